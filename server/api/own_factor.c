/* The own password, second factor and recovery codes. Each asks for what proves the person again, and a wrong answer counts like one at
 * the login (rule 27): a browser left open is no way around the lockout. */
#include "api/ending.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "auth/password.h"
#include "auth/recovery.h"
#include "base/mem.h"

enum { CODE_BYTES_MAX = 40 };

struct factor {
    struct login_proof proof; /* by the password that was */
    struct str fresh, code;
    char new_hash[PASSWORD_HASH_TEXT];
};

/* The own account, open to tries. */
static enum err find_own(struct request *r, struct tx *tx, struct account *ret)
{
    struct lockout lockout;
    enum err err = account_find(tx, r->arena, r->who.account, ret);
    if (!err) err = lockout_look(tx, r->who.name, &lockout);
    if (!err) login_refuse_locked(r, &lockout);
    return err;
}

static enum err fail(struct request *r, struct tx *tx, const struct account *account, const char *code,
                     const char *where)
{
    return login_fail(r, tx, account->name, account, code, where, "own-account");
}

/* The code proves the person; by: NULL and a fault when it does not. */
static enum err need_code(struct request *r, struct tx *tx, const struct account *account, struct str code)
{
    const char *by;
    enum err err = login_use_code(r, tx, account, code, &by);
    return err || by ? err : fail(r, tx, account, "totp_wrong", "code");
}

enum err login_prove_again(struct request *r, struct tx *tx, struct str code)
{
    struct account account;
    enum err err = find_own(r, tx, &account);
    return err || r->fault.status ? err : need_code(r, tx, &account, code);
}

enum err login_proof_look(struct request *r, struct tx *tx, struct login_proof *p)
{
    return find_own(r, tx, &p->account);
}

enum err login_proof_work(struct request *r, struct login_proof *p)
{
    return password_check(p->account.password, p->password, request_site(r)->settings.argon2_mib, &p->fits);
}

/* Finds the account again: what was checked must still be so. */
enum err login_proof_judge(struct request *r, struct tx *tx, struct login_proof *p, const char *where)
{
    struct str checked = p->account.password;
    enum err err = find_own(r, tx, &p->account);
    if (err || r->fault.status) return err;
    if (p->fits && str_is(checked, p->account.password)) return OK;
    return fail(r, tx, &p->account, "password_wrong", where);
}

static const char *own_target(struct request *r)
{
    return arena_printf(r->arena, "account/%.*s", (int)r->who.account.bytes, r->who.account.at);
}

static enum err audit_own(struct request *r, const char *action)
{
    const char *target = own_target(r);
    return target ? request_audit(r, action, target, AUDIT_OK, NULL) : ERR_NOMEM;
}

/* -- password -- */

enum err own_password_look(struct request *r, struct tx *tx)
{
    struct factor *f = r->stash = arena_zalloc(r->arena, sizeof *f);
    if (!f) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"old", "new", "code", NULL}) ||
        !request_text(r, "old", PASSWORD_BYTES_MAX, &f->proof.password) ||
        !request_text(r, "new", 1024, &f->fresh) || !request_text(r, "code", CODE_BYTES_MAX, &f->code))
        return OK;
    const struct account *own = &f->proof.account;
    enum err err = login_proof_look(r, tx, &f->proof);
    if (err || r->fault.status) return err;
    const char *weakness = password_weakness(f->fresh, own->name, own->staff_number, false);
    if (!weakness && str_is(f->proof.password, f->fresh)) weakness = "same";
    if (weakness) login_refuse_weak(r, weakness, "new");
    return OK;
}

void own_password_work(struct request *r)
{
    struct factor *f = r->stash;
    enum err err = login_proof_work(r, &f->proof);
    if (!err && f->proof.fits)
        err = password_hash(f->fresh, request_site(r)->settings.argon2_mib, f->new_hash);
    if (err) fault_from_err(&r->fault, err);
}

static enum err judge(struct request *r, struct tx *tx, struct factor *f)
{
    enum err err = login_proof_judge(r, tx, &f->proof, f->fresh.at ? "old" : "password");
    return err || r->fault.status ? err : need_code(r, tx, &f->proof.account, f->code);
}

enum err own_password_write(struct request *r, struct tx *tx)
{
    struct factor *f = r->stash;
    enum err err = judge(r, tx, f);
    if (err || r->fault.status) return err;
    err = account_set_password(tx, f->proof.account.id, str_of(f->new_hash), false);
    if (!err) err = ending_sessions(r, tx, r->who.account, r->who.id, "password");
    if (!err) err = audit_own(r, "account.password");
    return err ? err : answer_empty(r, 204);
}

/* -- recovery codes -- */

enum err own_codes_write(struct request *r, struct tx *tx)
{
    struct account account;
    struct str code;
    char codes[RECOVERY_CODES][RECOVERY_TEXT];
    struct json_out out;
    if (!request_only(r, (const char *const[]){"code", NULL}) ||
        !request_text(r, "code", CODE_BYTES_MAX, &code))
        return OK;
    enum err err = find_own(r, tx, &account);
    if (!err && !r->fault.status) err = need_code(r, tx, &account, code);
    if (err || r->fault.status) return err;
    err = recovery_new(tx, account.id, codes);
    if (!err) err = audit_own(r, "account.recovery-codes");
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    login_write_codes(&out, codes);
    json_close(&out);
    mem_wipe(codes, sizeof codes);
    return OK;
}

/* -- a new authenticator -- */

enum err own_totp_look(struct request *r, struct tx *tx)
{
    struct factor *f = r->stash = arena_zalloc(r->arena, sizeof *f);
    if (!f) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"password", "code", NULL}) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &f->proof.password) ||
        !request_text(r, "code", CODE_BYTES_MAX, &f->code))
        return OK;
    return login_proof_look(r, tx, &f->proof);
}

void own_totp_work(struct request *r)
{
    struct factor *f = r->stash;
    enum err err = login_proof_work(r, &f->proof);
    if (err) fault_from_err(&r->fault, err);
}

enum err own_totp_write(struct request *r, struct tx *tx)
{
    struct factor *f = r->stash;
    uint8_t secret[TOTP_SECRET_BYTES];
    enum err err = judge(r, tx, f);
    if (err || r->fault.status) return err;
    totp_secret_new(secret);
    err = account_set_totp_next(tx, f->proof.account.id, secret);
    if (!err) err = audit_own(r, "account.totp");
    if (!err) err = login_write_secret(r, f->proof.account.name, secret);
    mem_wipe(secret, sizeof secret);
    return err;
}

enum err own_totp_confirm_write(struct request *r, struct tx *tx)
{
    struct account account;
    struct str code;
    int64_t step;
    if (!request_only(r, (const char *const[]){"code", NULL}) ||
        !request_text(r, "code", CODE_BYTES_MAX, &code))
        return OK;
    enum err err = find_own(r, tx, &account);
    if (err || r->fault.status) return err;
    if (account.totp_next.bytes != TOTP_SECRET_BYTES) return answer_fault(r, 409, "conflict", NULL);
    if (!totp_check(account.totp_next, code, tx->now, 0, &step))
        return fail(r, tx, &account, "totp_wrong", "code");
    err = account_set_totp(tx, account.id, (const uint8_t *)account.totp_next.at, step);
    if (!err) err = audit_own(r, "account.totp.confirm");
    return err ? err : answer_empty(r, 204);
}
