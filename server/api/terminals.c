/* Wall terminals (docs/PROTOCOL §2.1): named, given a code and revoked by the security admin; the terminal's own browser trades the code
 * for its key, and asks what it is. */
#include "api/ending.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "base/mem.h"

enum { REASON_BYTES_MAX = 500, NAME_BYTES_MAX = 4 * TERMINAL_NAME_CHARS_MAX, CODE_BYTES_MAX = 40 };
#define YEARS_10_S "315360000"

static enum err audit(struct request *r, struct str id, const char *action, const char *detail)
{
    const char *target = arena_printf(r->arena, "terminal/%.*s", (int)id.bytes, id.at);
    return target && detail ? request_audit(r, action, target, AUDIT_OK, detail) : ERR_NOMEM;
}

/* -- the security admin's -- */

enum err terminals_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "terminals");
    enum err err = terminal_list(tx, &out);
    json_close_array(&out);
    json_close(&out);
    return err ? err : request_audit(r, "terminal.list", NULL, AUDIT_OK, NULL);
}

static enum err answer_made(struct request *r, struct terminal_made *made)
{
    struct json_out out;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_text(&out, "id", made->id);
    json_put_text(&out, "code", made->code);
    json_put_instant(&out, "ends", made->ends);
    json_close(&out);
    mem_wipe(made, sizeof *made);
    return OK;
}

enum err terminals_add_write(struct request *r, struct tx *tx)
{
    struct str name;
    struct terminal_made made;
    if (!request_only(r, (const char *const[]){"name", NULL}) ||
        !request_text(r, "name", NAME_BYTES_MAX, &name))
        return OK;
    name = str_trim(name);
    if (!terminal_name_is(name)) return answer_fault(r, 400, "bad_field", "name");
    enum err err = terminal_new(tx, name, r->who.account, TERMINAL_CODE_TTL_S, &made);
    if (!err) err = audit(r, str_of(made.id), "terminal.create", "{}");
    return err ? err : answer_made(r, &made);
}

enum err terminal_code_write(struct request *r, struct tx *tx)
{
    struct terminal_made made;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = terminal_code_new(tx, r->captures[0], TERMINAL_CODE_TTL_S, &made);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = audit(r, r->captures[0], "terminal.code", "{}");
    return err ? err : answer_made(r, &made);
}

struct ending {
    struct request *r;
    struct tx *tx;
};

static enum err end_session(void *ctx, struct str session, struct str account)
{
    struct ending *e = ctx;
    (void)account;
    return ending_tell_session(e->r, session, "forced");
}

enum err terminal_revoke_write(struct request *r, struct tx *tx)
{
    struct str reason, id = r->captures[0];
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        !request_text(r, "reason", REASON_BYTES_MAX, &reason))
        return OK;
    struct ending e = {r, tx};
    enum err err = terminal_each_session(tx, id, end_session, &e);
    if (!err) err = terminal_revoke(tx, id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = audit(r, id, "terminal.revoke", "{}");
    return err ? err : answer_empty(r, 204);
}

enum err terminal_device_write(struct request *r, struct tx *tx)
{
    struct str algorithm = {0}, public = {0}, id = r->captures[0];
    enum sign_algorithm a = SIGN_ECDSA;
    if (!request_only(r, (const char *const[]){"algorithm", "public", NULL}) ||
        !request_text_optional(r, "algorithm", 40, &algorithm) ||
        !request_text_optional(r, "public", SIGN_PUBLIC_TEXT, &public))
        return OK;
    if (algorithm.bytes && (!sign_from_name(algorithm, &a) || a != SIGN_ECDSA)) /* JWS has no name for SM2 */
        return answer_fault(r, 400, "bad_field", "algorithm");
    enum err err = terminal_set_device(tx, id, a, public);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "terminal_key", "public");
    if (!err)
        err = audit(r, id, "terminal.device",
                    arena_printf(r->arena, "{\"algorithm\":\"%s\"}", public.bytes ? sign_name(a) : ""));
    return err ? err : answer_empty(r, 204);
}

/* -- the terminal's own -- */

enum err terminal_look(struct request *r, struct tx *tx)
{
    struct terminal terminal;
    struct json_out out;
    enum err err = terminal_find(tx, r->arena, r->cookie, &terminal);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_bool(&out, "enrolled", terminal.id.at != NULL);
    if (terminal.id.at)
        json_put_str(&out, "name", terminal.name);
    else
        json_put_null(&out, "name");
    json_put_bool(&out, "face", terminal.device.bytes != 0);
    json_close(&out);
    return OK;
}

/* What people type from paper: blanks between the digits. */
static struct str digits_of(struct request *r, struct str code)
{
    char *text = arena_text(r->arena, code.at, code.bytes);
    size_t n = 0;
    if (!text) return (struct str){0};
    for (size_t i = 0; i < code.bytes; i++)
        if (code.at[i] != ' ' && code.at[i] != '-') text[n++] = code.at[i];
    return (struct str){text, n};
}

static enum err refuse_code(struct request *r)
{
    struct throttle *throttle = request_site(r)->throttle;
    if (throttle) throttle_fail(throttle, r->from);
    answer_fault(r, 403, "terminal_code", "code");
    return request_audit(r, "terminal.enrol", "", AUDIT_FAILED, "{}");
}

enum err terminal_enrol_write(struct request *r, struct tx *tx)
{
    struct str code;
    struct terminal terminal;
    struct json_out out;
    char key[TERMINAL_KEY_TEXT];
    if (!request_only(r, (const char *const[]){"code", NULL}) ||
        !request_text(r, "code", CODE_BYTES_MAX, &code))
        return OK;
    enum err err = terminal_enrol(tx, r->arena, digits_of(r, code), str_of(r->from), &terminal, key);
    if (err == ERR_NOT_FOUND) return refuse_code(r);
    if (!err) err = audit(r, terminal.id, "terminal.enrol", "{}");
    const char *cookie =
        err ? NULL
            : arena_printf(
                  r->arena,
                  TERMINAL_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" YEARS_10_S, key);
    mem_wipe(key, sizeof key);
    if (err) return err;
    if (!cookie) return ERR_NOMEM;
    answer_header(r, "set-cookie", cookie);
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_str(&out, "id", terminal.id);
    json_put_str(&out, "name", terminal.name);
    json_close(&out);
    return OK;
}
