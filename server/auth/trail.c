#include "auth/trail.h"

static const char *const outcomes[] = {
    [AUDIT_OK] = "ok", [AUDIT_REFUSED] = "refused", [AUDIT_FAILED] = "failed"};

bool trail_outcome_from(struct str name, int *ret_outcome)
{
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        if (!str_is_text(name, outcomes[i])) continue;
        *ret_outcome = (int)i;
        return true;
    }
    return false;
}

static void bind_action(struct stmt *s, struct str action)
{
    bool is_prefix = action.bytes && action.at[action.bytes - 1] == '.';
    stmt_str(s, 2, action.at ? action : STR(""));
    stmt_int(s, 3, is_prefix);
}

static void put_text_or_null(struct json_out *to, const char *key, struct str text)
{
    if (text.bytes)
        json_put_str(to, key, text);
    else
        json_put_null(to, key);
}

/* Columns: seq, at, actor, name, display, role, from_, action, target, outcome, detail, hash. */
static void put_actor(struct stmt *s, struct json_out *to)
{
    if (stmt_get_str(s, 2).bytes == 0) {
        json_put_null(to, "actor");
        return;
    }
    json_open(to, "actor");
    json_put_str(to, "id", stmt_get_str(s, 2));
    json_put_str(to, "name", stmt_get_str(s, 3));
    json_put_str(to, "display", stmt_get_str(s, 4));
    json_close(to);
}

static void put_row(struct stmt *s, struct json_out *to)
{
    struct str hash = stmt_get_blob(s, 11), detail = stmt_get_str(s, 10);
    char hex[2 * DIGEST_BYTES + 1] = "";
    if (hash.bytes == DIGEST_BYTES) str_hex(hash.at, hash.bytes, hex);
    int64_t outcome = stmt_get_int(s, 9);
    json_open(to, NULL);
    json_put_int(to, "seq", stmt_get_int(s, 0));
    json_put_instant(to, "at", stmt_get_instant(s, 1));
    put_actor(s, to);
    put_text_or_null(to, "role", stmt_get_str(s, 5));
    put_text_or_null(to, "from", stmt_get_str(s, 6));
    json_put_str(to, "action", stmt_get_str(s, 7));
    put_text_or_null(to, "target", stmt_get_str(s, 8));
    json_put_text(to, "outcome", outcome >= 0 && outcome <= AUDIT_FAILED ? outcomes[outcome] : "failed");
    json_put_raw(to, "detail", detail.bytes ? detail : STR("{}"));
    json_put_text(to, "hash", hex);
    json_close(to);
}

static void bind_query(struct stmt *s, const struct trail_query *q)
{
    stmt_str(s, 1, q->actor.at ? q->actor : STR(""));
    bind_action(s, q->action);
    stmt_int(s, 4, q->outcome);
    stmt_int(s, 5, q->from.ms);
    stmt_int(s, 6, q->to.ms ? q->to.ms : INT64_MAX);
    stmt_int(s, 7, q->before ? q->before : INT64_MAX);
    stmt_int(s, 8, TRAIL_PAGE + 1);
}

enum err trail_list(struct tx *tx, const struct trail_query *query, struct json_out *to, int64_t *ret_next,
                    int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    int64_t n = 0, last = 0, next = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT seq, at, actor, name, display, role, from_, action, target, outcome, detail, hash"
                " FROM audit LEFT JOIN account ON account.id = audit.actor"
                " WHERE (?1 = '' OR actor = ?1 OR actor = (SELECT id FROM account WHERE name = ?1))"
                " AND (?2 = '' OR action = ?2 OR (?3 = 1 AND substr(action, 1, length(?2)) = ?2))"
                " AND (?4 < 0 OR outcome = ?4) AND at >= ?5 AND at < ?6 AND seq < ?7"
                " ORDER BY seq DESC LIMIT ?8",
                &s);
    if (err) return err;
    bind_query(s, query);
    while (!(err = stmt_step(s, &row)) && row) {
        if (n == TRAIL_PAGE) {
            next = last;
            break;
        }
        last = stmt_get_int(s, 0);
        put_row(s, to);
        n++;
    }
    stmt_done(s);
    if (err) return err;
    *ret_next = next;
    *ret_n = n;
    return OK;
}
