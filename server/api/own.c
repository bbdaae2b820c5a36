/* The own session and account: who am I, which sessions and tokens are open, ending them. */
#include "api/ending.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/state.h"
#include "auth/account.h"
#include "auth/recovery.h"
#include "auth/token.h"
#include "records/person.h"

/* The record that the account is: "Practitioner/…", "Patient/…"; NULL: none. */
static enum err find_person(struct request *r, struct tx *tx, const char **ret)
{
    struct person person;
    struct record_head head;
    *ret = NULL;
    enum err err = person_find(tx, r->who.account, &person);
    int64_t row = err ? 0 : person.practitioner ? person.practitioner : person.patient;
    if (!row) return err;
    err = record_head_at(tx, r->arena, row, &head);
    if (!err) *ret = record_parts_target(r, &head);
    return err ? err : *ret ? OK : ERR_NOMEM;
}

static void write_who(struct json_out *out, const struct session *who, const char *person)
{
    json_open(out, "account");
    json_put_str(out, "id", who->account);
    json_put_str(out, "name", who->name);
    json_put_str(out, "display", who->display);
    account_write_roles(out, who->roles);
    account_write_world(out, who->roles);
    json_put_text(out, "person", person);
    json_close(out);
}

static void write_before(struct json_out *out, const struct session *who)
{
    if (who->before.ms == 0) {
        json_put_null(out, "last_login");
        return;
    }
    json_open(out, "last_login");
    json_put_instant(out, "at", who->before);
    json_put_str(out, "from", who->before_from);
    json_close(out);
}

enum err session_look(struct request *r, struct tx *tx)
{
    const struct session *who = &r->who;
    const struct site_settings *settings = &request_site(r)->settings;
    struct json_out out;
    const char *person;
    enum err err = find_person(r, tx, &person);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    write_who(&out, who, person);
    json_put_text(&out, "csrf", who->is_token ? NULL : who->csrf);
    json_put_instant(&out, "now", tx->now);
    json_put_instant(&out, "started", who->started);
    json_put_int(&out, "idle_s", session_idle_s(who->roles, settings->idle_s));
    json_put_instant(&out, "ends", who->ends);
    write_before(&out, who);
    json_put_int(&out, "failed_since", who->failed_before);
    json_open(&out, "site");
    json_put_text(&out, "name", settings->name);
    json_put_text(&out, "zone", settings->zone);
    json_close(&out);
    json_close(&out);
    return OK;
}

enum err socket_look(struct request *r, struct tx *tx)
{
    (void)tx;
    return answer_empty(r, 101);
}

enum err own_look(struct request *r, struct tx *tx)
{
    struct account account;
    struct json_out out;
    const char *person = NULL;
    int64_t left = 0;
    enum err err = account_find(tx, r->arena, r->who.account, &account);
    if (!err) err = recovery_left(tx, r->who.account, &left);
    if (!err) err = find_person(r, tx, &person);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    write_who(&out, &r->who, person);
    json_put_bool(&out, "totp", account.totp_secret.bytes != 0);
    json_put_int(&out, "recovery_left", left);
    json_put_instant(&out, "password_changed", account.password_at);
    json_open_array(&out, "sessions");
    err = session_list(tx, r->who.account, r->who.id, r->api->idle,
                       session_idle_s(r->who.roles, request_site(r)->settings.idle_s), &out);
    json_close_array(&out);
    json_open_array(&out, "tokens");
    if (!err) err = token_list_own(tx, r->who.account, &out);
    json_close_array(&out);
    json_close(&out);
    return err;
}

static enum err end_one(struct request *r, struct tx *tx, struct str id)
{
    const char *target = arena_printf(r->arena, "session/%.*s", (int)id.bytes, id.at);
    if (!target) return ERR_NOMEM;
    enum err err = session_end(tx, r->who.account, id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = ending_tell_session(r, id, "forced");
    if (!err) err = request_audit(r, "session.end", target, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}

enum err own_sessions_end_write(struct request *r, struct tx *tx)
{
    struct str id = {0};
    bool others;
    if (!request_only(r, (const char *const[]){"id", "others", NULL}) ||
        !request_text_optional(r, "id", SESSION_ID_TEXT, &id) ||
        !request_bool_optional(r, "others", false, &others))
        return OK;
    if (others == (id.at != NULL)) return answer_fault(r, 400, id.at ? "bad_field" : "missing_field", "id");
    if (!others) return end_one(r, tx, id);
    enum err err = ending_sessions(r, tx, r->who.account, r->who.id, "forced");
    if (!err) err = request_audit(r, "session.end", "session/others", AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
