/* Programs' bearer tokens, made and revoked by the security admin. */
#include "api/accounts.h"
#include "api/handlers.h"
#include "auth/token.h"

enum { REASON_BYTES_MAX = 500 };

enum err tokens_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    char next[TOKEN_ID_TEXT];
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "tokens");
    enum err err = token_list(tx, request_query(r, "after"), &out, next);
    if (err) return err;
    json_close_array(&out);
    json_put_text(&out, "next", next[0] ? next : NULL);
    json_close(&out);
    return request_audit(r, "token.list", NULL, AUDIT_OK, NULL);
}

static bool is_label(struct str label)
{
    for (size_t i = 0; i < label.bytes; i++)
        if ((unsigned char)label.at[i] < ' ') return false;
    return str_trim(label).bytes > 0;
}

static enum err find_owner(struct request *r, struct tx *tx, struct str id, struct account *ret)
{
    enum err err = account_find(tx, r->arena, id, ret);
    if (err == ERR_NOT_FOUND || (!err && ret->disabled.ms))
        return answer_fault(r, 400, "bad_field", "account");
    if (!err && str_is(id, r->who.account)) answer_fault(r, 409, "own_account", NULL);
    return err;
}

static enum err answer_made(struct request *r, const struct token_made *made)
{
    struct json_out out;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_text(&out, "token", made->text);
    json_put_text(&out, "id", made->id);
    json_put_instant(&out, "ends", made->ends);
    json_close(&out);
    return OK;
}

enum err tokens_add_write(struct request *r, struct tx *tx)
{
    struct str account_id, label;
    int64_t ttl_s;
    struct account account;
    struct token_made made;
    if (!request_only(r, (const char *const[]){"account", "label", "ttl_s", NULL}) ||
        !request_text(r, "account", ACCOUNT_ID_TEXT, &account_id) ||
        !request_text(r, "label", TOKEN_LABEL_BYTES_MAX, &label) ||
        !request_int(r, "ttl_s", TOKEN_TTL_LEAST_S, TOKEN_TTL_MOST_S, &ttl_s))
        return OK;
    if (!is_label(label)) return answer_fault(r, 400, "bad_field", "label");
    enum err err = find_owner(r, tx, account_id, &account);
    if (err || r->fault.status) return err;
    err = token_new(tx, account.id, label, ttl_s, &made);
    if (err) return err;
    const char *target = arena_printf(r->arena, "token/%s", made.id);
    const char *detail = arena_printf(r->arena, "{\"account\":\"%.*s\",\"ttl_s\":%lld}",
                                      (int)account.id.bytes, account.id.at, (long long)ttl_s);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, "token.create", target, AUDIT_OK, detail);
    return err ? err : answer_made(r, &made);
}

enum err tokens_revoke_write(struct request *r, struct tx *tx)
{
    struct str reason, id = r->captures[0];
    char account[TOKEN_ID_TEXT];
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        !request_text(r, "reason", REASON_BYTES_MAX, &reason))
        return OK;
    enum err err = token_revoke(tx, id, account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    const char *target = arena_printf(r->arena, "token/%.*s", (int)id.bytes, id.at);
    const char *detail = arena_printf(r->arena, "{\"account\":\"%s\"}", account);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, "token.revoke", target, AUDIT_OK, detail);
    return err ? err : answer_empty(r, 204);
}
