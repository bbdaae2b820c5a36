/* Drafts: the account's own unfinished text. */
#include "api/api.h"
#include "api/handlers.h"
#include "auth/draft.h"

static bool key_of(struct request *r, struct str *ret_key)
{
    *ret_key = r->captures[0];
    if (draft_key_is(*ret_key)) return true;
    answer_fault(r, 404, "not_found", NULL);
    return false;
}

enum err draft_look(struct request *r, struct tx *tx)
{
    struct str key, text;
    struct instant saved;
    struct json_out out;
    if (!key_of(r, &key)) return OK;
    enum err err = draft_get(tx, r->arena, r->who.account, key, &text, &saved);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_str(&out, "text", text);
    json_put_instant(&out, "saved", saved);
    json_close(&out);
    return OK;
}

static enum err audit_draft(struct request *r, struct str key)
{
    const char *target = arena_printf(r->arena, "draft/%.*s", (int)key.bytes, key.at);
    return target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
}

enum err draft_put_write(struct request *r, struct tx *tx)
{
    struct str key, text;
    struct json_out out;
    if (!key_of(r, &key) || !request_only(r, (const char *const[]){"text", NULL}) ||
        !request_text(r, "text", DRAFT_BYTES_MAX, &text))
        return OK;
    enum err err = draft_put(tx, r->who.account, key, text);
    if (err == ERR_LIMIT) return answer_fault(r, 409, "too_many", NULL);
    if (!err) err = audit_draft(r, key);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_instant(&out, "saved", tx->now);
    json_close(&out);
    return OK;
}

enum err draft_delete_write(struct request *r, struct tx *tx)
{
    struct str key;
    if (!key_of(r, &key)) return OK;
    enum err err = draft_delete(tx, r->who.account, key);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = audit_draft(r, key);
    return err ? err : answer_empty(r, 204);
}
