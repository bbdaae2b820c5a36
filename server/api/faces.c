/* A face as the first of the two things at a wall terminal (docs/PROTOCOL §2.2, decision 0257): the device beside it hands in what it has
 * signed, and the terminal takes it and logs that person in. No PIN is asked for; everything else of a login is as with one. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "auth/assertion.h"

static const struct {
    int status;
    const char *code;
} refusals[ASSERTION_NOS] = {
    [ASSERTION_NO_FORM] = {400, "face_form"},           [ASSERTION_NO_KEY] = {403, "face_key"},
    [ASSERTION_NO_SIGNATURE] = {403, "face_signature"}, [ASSERTION_NO_AUDIENCE] = {403, "face_audience"},
    [ASSERTION_NO_TIME] = {403, "face_expired"},
};

/* -- the device's -- */

static enum err note(struct request *r, enum audit_outcome outcome, const char *code)
{
    struct str id = r->captures[0];
    const char *target = arena_printf(r->arena, "terminal/%.*s", (int)id.bytes, id.at);
    const char *detail = arena_printf(r->arena, "{\"code\":\"%s\"}", code);
    return target && detail ? request_audit(r, "terminal.face", target, outcome, detail) : ERR_NOMEM;
}

/* Counted as a wrong try of the address: nobody guesses here for long. */
static enum err refuse(struct request *r, int status, const char *code)
{
    struct throttle *throttle = request_site(r)->throttle;
    if (throttle) throttle_fail(throttle, r->from);
    answer_fault(r, status, code, "assertion");
    return note(r, AUDIT_FAILED, code);
}

enum err face_assert_write(struct request *r, struct tx *tx)
{
    struct str text;
    struct terminal terminal = {0};
    struct assertion a;
    struct account account;
    enum assertion_no no = ASSERTION_NO_KEY;
    if (!request_only(r, (const char *const[]){"assertion", NULL}) ||
        !request_text(r, "assertion", ASSERTION_BYTES_MAX, &text))
        return OK;
    enum err err = terminal_find_id(tx, r->arena, r->captures[0], &terminal);
    bool is_known = err == OK;
    if (is_known) err = assertion_read(r->arena, text, &terminal, tx->now, &a, &no);
    if (err && err != ERR_NOT_FOUND) return err;
    if (no != ASSERTION_YES) {
        r->captures[0] =
            is_known ? terminal.id : STR("unknown"); /* the trail keeps no word of a stranger's */
        return refuse(r, refusals[no].status, refusals[no].code);
    }
    err = login_find_number(r, tx, a.number, &account);
    if (err == ERR_NOT_FOUND) return refuse(r, 403, "face_person");
    if (!err) err = assertion_keep(tx, &terminal, account.id, &a);
    if (err == ERR_EXISTS) return refuse(r, 409, "face_used");
    if (!err) err = note(r, AUDIT_OK, "ok");
    return err ? err : answer_empty(r, 204);
}

/* -- the terminal's -- */

static enum err refuse_account(struct request *r, struct tx *tx, const struct account *account)
{
    struct lockout lockout;
    if (account->disabled.ms) {
        answer_fault(r, 403, "disabled", NULL);
        return request_audit(r, "login", "", AUDIT_REFUSED, "{\"code\":\"disabled\"}");
    }
    enum err err = lockout_look(tx, account->name, &lockout);
    if (!err && login_refuse_locked(r, &lockout))
        err = request_audit(r, "login", "", AUDIT_REFUSED, "{\"code\":\"locked\"}");
    return err;
}

enum err login_face_write(struct request *r, struct tx *tx)
{
    struct terminal terminal;
    struct account account;
    char id[ACCOUNT_ID_TEXT];
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = terminal_find(tx, r->arena, r->cookie, &terminal);
    if (err) return err;
    if (!terminal.id.at) return answer_fault(r, 403, "terminal_needed", NULL);
    if (!terminal.device.bytes) return answer_fault(r, 409, "face_none", NULL);
    err = assertion_take(tx, terminal.id, id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 409, "face_waiting", NULL);
    if (!err) err = account_find(tx, r->arena, str_of(id), &account);
    if (err) return err;
    r->actor = account.id;
    err = refuse_account(r, tx, &account);
    return err || r->fault.status ? err : login_go_on(r, tx, &account, "face");
}
