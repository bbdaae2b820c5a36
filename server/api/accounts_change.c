/* The security admin changes one account: roles, disabled or not, locked or not, a new password, its sessions. Never the own one. */
#include "api/accounts.h"
#include "api/api.h"
#include "api/ending.h"
#include "api/handlers.h"
#include "auth/lockout.h"
#include "auth/recovery.h"
#include "auth/ticket.h"
#include "desk/standing.h"

enum { REASON_BYTES_MAX = 500 };

/* The account in the path. A fault is set when there is none, or it is the asker's own. */
static enum err find_target(struct request *r, struct tx *tx, struct account *ret)
{
    struct str id = r->captures[0];
    enum err err = account_find(tx, r->arena, id, ret);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && str_is(id, r->who.account)) answer_fault(r, 409, "own_account", NULL);
    return err;
}

/* Every change says why; the reason goes into the trail. */
static bool read_reason(struct request *r, struct str *ret_reason)
{
    if (!request_text(r, "reason", REASON_BYTES_MAX, ret_reason)) return false;
    if (str_trim(*ret_reason).bytes) return true;
    answer_fault(r, 400, "missing_field", "reason");
    return false;
}

static enum err audit_reason(struct request *r, struct str id, struct str reason)
{
    const char *target = accounts_target(r, id);
    struct buf text;
    struct json_out out;
    buf_init(&text, 8 * REASON_BYTES_MAX);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    json_put_str(&out, "reason", reason);
    json_close(&out);
    buf_add_char(&text, 0);
    enum err err = text.err ? text.err : !target ? ERR_NOMEM : OK;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, text.at);
    buf_done(&text);
    return err;
}

enum err account_roles_write(struct request *r, struct tx *tx)
{
    struct account account;
    struct role_set roles;
    const char *code = NULL;
    if (!request_only(r, (const char *const[]){"roles", NULL}) || !accounts_read_roles(r, &roles)) return OK;
    enum err err = find_target(r, tx, &account);
    if (err || r->fault.status) return err;
    err = account_set_roles(tx, &account, roles, &code);
    if (err) return accounts_refuse(r, err, code);
    const char *target = accounts_target(r, account.id), *detail = accounts_roles_detail(r, roles);
    if (!target || !detail) return ERR_NOMEM;
    err = ending_all(r, tx, account.id, "forced");
    if (!err) err = request_audit(r, "account.roles", target, AUDIT_OK, detail);
    return err ? err : accounts_answer(r, tx, 200, account.id, NULL);
}

static enum err disable(struct request *r, struct tx *tx, const struct account *account)
{
    const char *code = NULL;
    enum err err = account_disable(tx, account, &code);
    if (err) return accounts_refuse(r, err, code);
    err = standing_leave_closed(tx, account->id);
    if (err) return err;
    return ending_all(r, tx, account->id, "forced");
}

static enum err enable(struct request *r, struct tx *tx, const struct account *account)
{
    (void)r;
    return account_enable(tx, account->id);
}

static enum err unlock(struct request *r, struct tx *tx, const struct account *account)
{
    (void)r;
    return lockout_clear(tx, account->name);
}

static enum err log_out(struct request *r, struct tx *tx, const struct account *account)
{
    return ending_sessions(r, tx, account->id, (struct str){0}, "forced");
}

typedef enum err account_change(struct request *r, struct tx *tx, const struct account *account);

static enum err change_with_reason(struct request *r, struct tx *tx, account_change *change)
{
    struct account account;
    struct str reason;
    if (!request_only(r, (const char *const[]){"reason", NULL}) || !read_reason(r, &reason)) return OK;
    enum err err = find_target(r, tx, &account);
    if (err || r->fault.status) return err;
    err = change(r, tx, &account);
    if (!err) err = audit_reason(r, account.id, reason);
    return err ? err : accounts_answer(r, tx, 200, account.id, NULL);
}

enum err account_disable_write(struct request *r, struct tx *tx)
{
    return change_with_reason(r, tx, disable);
}

enum err account_enable_write(struct request *r, struct tx *tx)
{
    return change_with_reason(r, tx, enable);
}

enum err account_unlock_write(struct request *r, struct tx *tx)
{
    return change_with_reason(r, tx, unlock);
}

enum err account_logout_write(struct request *r, struct tx *tx)
{
    return change_with_reason(r, tx, log_out);
}

/* -- a new password, and a new second factor if asked -- */

struct reset {
    struct account account;
    struct str reason;
    bool totp;
    char password[PASSWORD_ONE_TIME_TEXT], hash[PASSWORD_HASH_TEXT];
};

enum err account_reset_look(struct request *r, struct tx *tx)
{
    struct reset *reset = r->stash = arena_zalloc(r->arena, sizeof *reset);
    if (!reset) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"reason", "totp", NULL}) || !read_reason(r, &reset->reason) ||
        !request_bool_optional(r, "totp", false, &reset->totp))
        return OK;
    return find_target(r, tx, &reset->account);
}

void account_reset_work(struct request *r)
{
    struct reset *reset = r->stash;
    accounts_one_time(r, reset->account.roles, reset->password, reset->hash);
}

enum err account_reset_write(struct request *r, struct tx *tx)
{
    struct reset *reset = r->stash;
    enum err err = find_target(r, tx, &reset->account);
    if (err || r->fault.status) return err;
    struct str id = reset->account.id;
    err = account_set_password(tx, id, str_of(reset->hash), true);
    if (!err && reset->totp) err = account_clear_totp(tx, id);
    if (!err && reset->totp) err = recovery_end_all(tx, id);
    if (!err) err = lockout_clear(tx, reset->account.name);
    if (!err) err = ending_sessions(r, tx, id, (struct str){0}, "password");
    if (!err) err = ticket_end_all(tx, id);
    if (!err) err = audit_reason(r, id, reset->reason);
    return err ? err : accounts_answer(r, tx, 200, id, reset->password);
}
