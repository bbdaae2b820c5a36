#include "api/login_parts.h"
#include "api/metrics.h"
#include "auth/recovery.h"
#include "base/mem.h"
#include <stdio.h>

enum err login_fold_name(struct request *r, struct str name, struct str *ret_name)
{
    name = str_trim(name);
    char *folded = arena_text(r->arena, name.at, name.bytes);
    if (!folded) return ERR_NOMEM;
    for (size_t i = 0; i < name.bytes; i++)
        if (folded[i] >= 'A' && folded[i] <= 'Z') folded[i] = (char)(folded[i] + 32);
    *ret_name = (struct str){folded, name.bytes};
    return OK;
}

enum err login_find_number(struct request *r, struct tx *tx, struct str number, struct account *ret)
{
    enum err err = account_find_number(tx, r->arena, number, ret);
    return !err && !role_set_has(ret->roles, ROLE_DETAINEE) ? ERR_NOT_FOUND : err;
}

static const char *target_of(struct request *r, const struct account *account)
{
    if (!account) return "";
    return arena_printf(r->arena, "account/%.*s", (int)account->id.bytes, account->id.at);
}

bool login_refuse_locked(struct request *r, const struct lockout *lockout)
{
    if (lockout->until.ms == 0) return false;
    answer_fault(r, 403, "locked", NULL);
    r->fault.until = lockout->until;
    return true;
}

void login_refuse_weak(struct request *r, const char *why, const char *where)
{
    answer_fault(r, 400, "password_weak", where);
    snprintf(r->fault.detail, sizeof r->fault.detail, "%s", why);
}

static enum err tell_lockout(struct request *r, const struct account *account, struct instant until)
{
    struct buf data;
    struct json_out out;
    buf_init(&data, 1024);
    json_out_init(&out, &data);
    json_open(&out, NULL);
    json_put_str(&out, "id", account->id);
    json_put_str(&out, "name", account->name);
    json_put_instant(&out, "locked_until", until);
    json_close(&out);
    buf_add_char(&data, 0);
    enum err err = data.err;
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "security-admin", .kind = "lockout", .data = data.at});
    buf_done(&data);
    return err;
}

static enum err note_fail(struct request *r, const struct account *account, const struct lockout *lockout,
                          const char *step)
{
    const char *target = target_of(r, account);
    const char *detail = arena_printf(r->arena, "{\"step\":\"%s\",\"known\":%s,\"locked\":%s}", step,
                                      account ? "true" : "false", lockout->until.ms ? "true" : "false");
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_audit(r, "login", target, AUDIT_FAILED, detail);
    if (!err && account && lockout->until.ms) err = tell_lockout(r, account, lockout->until);
    return err;
}

enum err login_fail(struct request *r, struct tx *tx, struct str name, const struct account *account,
                    const char *code, const char *where, const char *step)
{
    struct lockout lockout;
    struct throttle *throttle = request_site(r)->throttle;
    enum err err = lockout_fail(tx, name, account ? account->id : (struct str){0}, &lockout);
    if (!err) err = note_fail(r, account, &lockout, step);
    if (err) return err;
    metrics_count_login(false);
    if (throttle) throttle_fail(throttle, r->from);
    if (login_refuse_locked(r, &lockout)) return OK;
    answer_fault(r, 401, code, where);
    r->fault.left = lockout.left;
    return OK;
}

/* People type the six digits in two groups. */
static struct str without_blanks(struct request *r, struct str code)
{
    char *text = arena_text(r->arena, code.at, code.bytes);
    size_t n = 0;
    if (!text) return code;
    for (size_t i = 0; i < code.bytes; i++)
        if (code.at[i] != ' ') text[n++] = code.at[i];
    return (struct str){text, n};
}

enum err login_use_code(struct request *r, struct tx *tx, const struct account *account, struct str code,
                        const char **ret_by)
{
    int64_t step;
    *ret_by = NULL;
    code = without_blanks(r, code);
    if (totp_check(account->totp_secret, code, tx->now, account->totp_step, &step)) {
        *ret_by = "totp";
        return account_used_totp(tx, account->id, step);
    }
    if (!recovery_is_like(code) || account->totp_secret.bytes == 0) return OK;
    enum err err = recovery_use(tx, account->id, code);
    if (!err) *ret_by = "recovery";
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err refuse_disabled(struct request *r, const struct account *account)
{
    const char *target = target_of(r, account);
    answer_fault(r, 403, "disabled", NULL);
    return target ? request_audit(r, "login", target, AUDIT_REFUSED, "{\"code\":\"disabled\"}") : ERR_NOMEM;
}

static enum err refuse_while_locked(struct request *r, struct tx *tx, const struct account *account)
{
    struct lockout lockout;
    enum err err = lockout_look(tx, account->name, &lockout);
    if (err || !login_refuse_locked(r, &lockout)) return err;
    const char *target = target_of(r, account);
    return target ? request_audit(r, "login", target, AUDIT_REFUSED, "{\"code\":\"locked\"}") : ERR_NOMEM;
}

enum err login_find_ticket(struct request *r, struct tx *tx, struct str text, enum ticket_next next,
                           struct ticket *ret_ticket, struct account *ret_account)
{
    enum err err = ticket_find(tx, text, next, ret_ticket);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 401, "ticket_gone", NULL);
    if (!err) err = account_find(tx, r->arena, str_of(ret_ticket->account), ret_account);
    if (err) return err;
    r->actor = ret_account->id;
    r->acting = role_set_first(ret_account->roles);
    if (ret_account->disabled.ms) return refuse_disabled(r, ret_account);
    return refuse_while_locked(r, tx, ret_account);
}

static bool is_detainee(const struct account *account)
{
    return role_set_has(account->roles, ROLE_DETAINEE);
}

/* Number and PIN are good at an enrolled terminal alone: 403 terminal_needed elsewhere. */
static enum err need_terminal(struct request *r, struct tx *tx, const struct account *account)
{
    struct terminal terminal;
    enum err err = terminal_find(tx, r->arena, r->cookie, &terminal);
    if (err || terminal.id.at) return err;
    const char *target = target_of(r, account);
    answer_fault(r, 403, "terminal_needed", NULL);
    return target ? request_audit(r, "login", target, AUDIT_REFUSED, "{\"code\":\"terminal_needed\"}")
                  : ERR_NOMEM;
}

static enum err note_step(struct request *r, const struct account *account, const char *step,
                          const char *next)
{
    const char *target = target_of(r, account);
    const char *detail = arena_printf(r->arena, "{\"step\":\"%s\",\"next\":\"%s\"}", step, next);
    return target && detail ? request_audit(r, "login.step", target, AUDIT_OK, detail) : ERR_NOMEM;
}

static void write_login(struct request *r, const char *next, const char *ticket,
                        const struct account *account)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_text(&out, "next", next);
    if (ticket) json_put_text(&out, "ticket", ticket);
    json_open(&out, "account");
    json_put_str(&out, "name", account->name);
    json_put_str(&out, "display", account->display);
    account_write_roles(&out, account->roles);
    json_close(&out);
    json_close(&out);
}

enum err login_go_on(struct request *r, struct tx *tx, const struct account *account, const char *step)
{
    char ticket[TICKET_TEXT];
    enum ticket_next next = account->password_given           ? TICKET_PASSWORD
                            : account->totp_secret.bytes == 0 ? TICKET_ENROL
                                                              : TICKET_TOTP;
    r->actor = account->id;
    r->acting = role_set_first(account->roles);
    if (is_detainee(account)) {
        enum err err = need_terminal(r, tx, account);
        if (err || r->fault.status) return err;
    }
    if (is_detainee(account) && next != TICKET_PASSWORD) {
        enum err err = login_finish(r, tx, account, strcmp(step, "face") == 0 ? "face" : "pin");
        if (!err) write_login(r, "done", NULL, account);
        return err;
    }
    enum err err = ticket_new(tx, account->id, next, ticket);
    if (!err) err = note_step(r, account, step, ticket_next_name(next));
    if (!err) write_login(r, ticket_next_name(next), ticket, account);
    return err;
}

static void set_cookie(struct request *r, const char *token)
{
    const char *value =
        arena_printf(r->arena, SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict", token);
    if (value)
        answer_header(r, "set-cookie", value);
    else
        fault_from_err(&r->fault, ERR_NOMEM);
}

static enum err note_terminal(struct request *r, struct tx *tx, const char *session, struct str *ret_id)
{
    struct terminal terminal;
    enum err err = terminal_find(tx, r->arena, r->cookie, &terminal);
    if (err || !terminal.id.at) return err;
    *ret_id = terminal.id;
    return terminal_note_session(tx, terminal.id, str_of(session));
}

enum err login_finish(struct request *r, struct tx *tx, const struct account *account, const char *by)
{
    char token[SESSION_TOKEN_TEXT], id[SESSION_ID_TEXT];
    struct lockout lockout;
    struct str terminal = {0};
    struct session_start start = {account->id, str_of(r->from), r->user_agent,
                                  request_site(r)->settings.session_s, 0};
    enum err err = lockout_look(tx, account->name, &lockout);
    if (err) return err;
    start.failed_before = lockout.failed;
    err = lockout_clear(tx, account->name);
    if (!err) err = session_new(tx, &start, token, id);
    if (!err && is_detainee(account)) err = note_terminal(r, tx, id, &terminal);
    if (err) return err;
    const char *target = arena_printf(r->arena, "session/%s", id);
    const char *detail = terminal.bytes ? arena_printf(r->arena, "{\"by\":\"%s\",\"terminal\":\"%.*s\"}", by,
                                                       (int)terminal.bytes, terminal.at)
                                        : arena_printf(r->arena, "{\"by\":\"%s\"}", by);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, "login", target, AUDIT_OK, detail);
    if (!err) set_cookie(r, token);
    mem_wipe(token, sizeof token);
    metrics_count_login(true);
    return err;
}

enum err login_write_secret(struct request *r, struct str name, const uint8_t secret[TOTP_SECRET_BYTES])
{
    char text[TOTP_SECRET_TEXT];
    struct buf uri, qr;
    struct json_out out;
    buf_init(&uri, 1024);
    buf_init(&qr, 64 * 1024);
    totp_uri(&uri, str_of(request_site(r)->settings.name), name, secret);
    buf_add_char(&uri, 0);
    enum err err = uri.err ? uri.err : totp_qr(&qr, uri.at);
    if (!err) {
        totp_secret_text(secret, text);
        answer_json(r, 200, &out);
        json_open(&out, NULL);
        json_put_text(&out, "secret", text);
        json_put_text(&out, "uri", uri.at);
        json_put_str(&out, "qr", buf_str(&qr));
        json_close(&out);
        mem_wipe(text, sizeof text);
    }
    buf_done(&uri);
    buf_done(&qr);
    return err;
}

void login_write_codes(struct json_out *out, char codes[10][12])
{
    json_open_array(out, "recovery_codes");
    for (int i = 0; i < RECOVERY_CODES; i++)
        json_put_text(out, NULL, codes[i]);
    json_close_array(out);
}
