/* The first steps of a login: name and password, and a password that must be changed. A reader finds the account, an errand
 * thread does the hashing, the desk judges again, counts and hands out a ticket. A name that nobody has takes the same way. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "auth/password.h"
#include "base/mem.h"

struct login {
    struct account account;
    bool is_known, fits, is_dated;
    struct str name, password;
    char new_hash[PASSWORD_HASH_TEXT];
};

/* By name; at a terminal by the detainee's number too. Wrong tries are counted by the account's name, however it was found. */
static enum err login_find(struct request *r, struct tx *tx, struct login *l)
{
    struct terminal terminal;
    enum err err = account_find_name(tx, r->arena, l->name, &l->account);
    if (err == ERR_NOT_FOUND) {
        err = terminal_find(tx, r->arena, r->cookie, &terminal);
        if (!err) err = terminal.id.at ? login_find_number(r, tx, l->name, &l->account) : ERR_NOT_FOUND;
    }
    l->is_known = err == OK;
    if (!err) l->name = l->account.name;
    if (err != ERR_NOT_FOUND) return err;
    l->account = (struct account){0};
    return OK;
}

enum err login_look(struct request *r, struct tx *tx)
{
    struct str name;
    struct lockout lockout;
    struct login *l = r->stash = arena_zalloc(r->arena, sizeof *l);
    if (!l) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"name", "password", NULL}) ||
        !request_text(r, "name", LOGIN_NAME_BYTES_MAX, &name) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &l->password))
        return OK;
    enum err err = login_fold_name(r, name, &l->name);
    if (!err) err = login_find(r, tx, l);
    if (!err) err = lockout_look(tx, l->name, &lockout);
    if (err) return err;
    if (login_refuse_locked(r, &lockout))
        return request_audit(r, "login", "", AUDIT_REFUSED, "{\"code\":\"locked\"}");
    return OK;
}

void login_work(struct request *r)
{
    struct login *l = r->stash;
    int64_t mib = request_site(r)->settings.argon2_mib;
    struct str hash = l->account.password;
    enum err err = password_check(hash, l->password, mib, &l->fits);
    if (!err && l->fits) l->is_dated = password_is_dated(hash, mib);
    if (!err && l->is_dated) err = password_hash(l->password, mib, l->new_hash);
    if (err) fault_from_err(&r->fault, err);
}

enum err login_write(struct request *r, struct tx *tx)
{
    struct login *l = r->stash;
    struct lockout lockout;
    struct str checked = l->account.password;
    enum err err = lockout_look(tx, l->name, &lockout);
    if (err) return err;
    if (login_refuse_locked(r, &lockout))
        return request_audit(r, "login", "", AUDIT_REFUSED, "{\"code\":\"locked\"}");
    if ((err = login_find(r, tx, l))) return err;
    /* Set anew while the old one was being checked: what was typed is the old one. */
    if (!l->is_known || !l->fits || !str_is(l->account.password, checked))
        return login_fail(r, tx, l->name, l->is_known ? &l->account : NULL, "login_wrong", NULL, "password");
    if (l->account.disabled.ms) {
        r->actor = l->account.id;
        answer_fault(r, 403, "disabled", NULL);
        return request_audit(r, "login", "", AUDIT_REFUSED, "{\"code\":\"disabled\"}");
    }
    if (l->is_dated) err = account_refresh_hash(tx, l->account.id, checked, str_of(l->new_hash));
    return err ? err : login_go_on(r, tx, &l->account, "password");
}

/* -- a password given by somebody else is changed first -- */

struct change {
    struct account account;
    struct str ticket, password;
    char new_hash[PASSWORD_HASH_TEXT];
};

enum err login_password_look(struct request *r, struct tx *tx)
{
    struct ticket ticket;
    struct change *c = r->stash = arena_zalloc(r->arena, sizeof *c);
    if (!c) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"ticket", "password", NULL}) ||
        !request_text(r, "ticket", 100, &c->ticket) || !request_text(r, "password", 1024, &c->password))
        return OK;
    enum err err = login_find_ticket(r, tx, c->ticket, TICKET_PASSWORD, &ticket, &c->account);
    if (err || r->fault.status) return err;
    const char *weakness = password_weakness(c->password, c->account.name, c->account.staff_number,
                                             role_set_has(c->account.roles, ROLE_DETAINEE));
    if (weakness) login_refuse_weak(r, weakness, "password");
    return OK;
}

void login_password_work(struct request *r)
{
    struct change *c = r->stash;
    int64_t mib = request_site(r)->settings.argon2_mib;
    bool is_same;
    enum err err = password_check(c->account.password, c->password, mib, &is_same);
    if (!err && is_same) {
        login_refuse_weak(r, "same", "password");
        return;
    }
    if (!err) err = password_hash(c->password, mib, c->new_hash);
    if (err) fault_from_err(&r->fault, err);
}

enum err login_password_write(struct request *r, struct tx *tx)
{
    struct ticket ticket;
    struct change *c = r->stash;
    enum err err = login_find_ticket(r, tx, c->ticket, TICKET_PASSWORD, &ticket, &c->account);
    if (err || r->fault.status) return err;
    err = ticket_use(tx, c->ticket);
    if (!err) err = account_set_password(tx, c->account.id, str_of(c->new_hash), false);
    c->account.password_given = false;
    return err ? err : login_go_on(r, tx, &c->account, "password-change");
}

enum err logout_write(struct request *r, struct tx *tx)
{
    const char *id = arena_text(r->arena, r->who.id.at, r->who.id.bytes);
    const char *target = arena_printf(r->arena, "session/%.*s", (int)r->who.id.bytes, r->who.id.at);
    if (!id || !target) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = session_end(tx, r->who.account, r->who.id);
    if (!err) err = request_audit(r, "logout", target, AUDIT_OK, NULL);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.session = id, .kind = "session_ended", .data = "{\"why\":\"logout\"}"});
    if (err) return err;
    answer_header(r, "set-cookie", SESSION_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
    return answer_empty(r, 204);
}
