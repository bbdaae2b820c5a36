#include "auth/trail.h"
#include "base/arena.h"

enum { BLOCK = 1024, FIND_ACTOR = 1, FIND_ACTION = 2 }; /* as store/audit_chain.h says of audit_find */

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

const char *trail_outcome_name(enum audit_outcome outcome)
{
    return outcome >= AUDIT_OK && outcome <= AUDIT_FAILED ? outcomes[outcome] : "failed";
}

/* -- which blocks to read -- */

struct walk {
    struct tx *tx;
    const struct trail_query *q;
    char actor[64]; /* the account's id; empty: any */
    bool is_prefix; /* of the action */
    int64_t low, before;
    trail_take *take;
    void *ctx;
    bool goes_on;
};

/* The account by its name; an unknown text stands for an id that nobody has. */
static enum err find_actor(struct walk *w)
{
    struct stmt *s;
    bool row;
    struct str text = w->q->actor;
    if (text.bytes == 0) return OK;
    enum err err = db_stmt(w->tx->db, "SELECT id FROM account WHERE name = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, text);
    err = stmt_step(s, &row);
    if (!err && row) text = stmt_get_str(s, 0);
    if (text.bytes >= sizeof w->actor) text.bytes = sizeof w->actor - 1;
    if (!err) memcpy(w->actor, text.at, text.bytes);
    stmt_done(s);
    return err;
}

/* Instants need not rise with the numbers (a clock may be set back), so both ends are looked up. */
static enum err find_ends(struct walk *w)
{
    struct stmt *s;
    bool row;
    const struct trail_query *q = w->q;
    if (q->from.ms == 0 && q->to.ms == 0) return OK;
    enum err err = db_stmt(w->tx->db, "SELECT min(seq), max(seq) FROM audit WHERE at >= ?1 AND at < ?2", &s);
    if (err) return err;
    stmt_int(s, 1, q->from.ms);
    stmt_int(s, 2, q->to.ms ? q->to.ms : INT64_MAX);
    err = stmt_step(s, &row);
    w->goes_on = !err && row && !stmt_is_null(s, 0);
    if (w->goes_on) {
        if (stmt_get_int(s, 0) > w->low) w->low = stmt_get_int(s, 0);
        int64_t past = stmt_get_int(s, 1) + 1;
        if (past < w->before) w->before = past;
    }
    stmt_done(s);
    return err;
}

static enum err newest(struct walk *w)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(w->tx->db, "SELECT ifnull(max(seq), 0) FROM audit", &s);
    if (err) return err;
    err = stmt_step(s, &row);
    if (!err && row && stmt_get_int(s, 0) + 1 < w->before) w->before = stmt_get_int(s, 0) + 1;
    stmt_done(s);
    return err;
}

/* The next block on the way, from this one on, that may hold a match; -1: none. */
static enum err block_from(struct walk *w, int64_t block, int64_t *ret_block)
{
    struct stmt *s;
    static const char down[] =
        "SELECT max(block) FROM audit_find WHERE kind = ?1 AND value = ?2 AND block <= ?3",
                      up[] =
                          "SELECT min(block) FROM audit_find WHERE kind = ?1 AND value = ?2 AND block >= ?3";
    bool row, is_actor = w->actor[0] != 0;
    *ret_block = block;
    if (!is_actor && (w->q->action.bytes == 0 || w->is_prefix)) return OK;
    enum err err = db_stmt(w->tx->db, w->q->is_oldest_first ? up : down, &s);
    if (err) return err;
    stmt_int(s, 1, is_actor ? FIND_ACTOR : FIND_ACTION);
    if (is_actor)
        stmt_text(s, 2, w->actor);
    else
        stmt_str(s, 2, w->q->action);
    stmt_int(s, 3, block);
    err = stmt_step(s, &row);
    *ret_block = !err && row && !stmt_is_null(s, 0) ? stmt_get_int(s, 0) : -1;
    stmt_done(s);
    return err;
}

/* -- reading them -- */

#define COLUMNS_OF(seq)                                                                                      \
    "SELECT " seq ", at, actor, name, display, role, from_, action, target, outcome, detail, hash"
#define MATCHING                                                                                             \
    " AND (?3 = '' OR actor = ?3)"                                                                           \
    " AND (?4 = '' OR action = ?4 OR (?5 = 1 AND substr(action, 1, length(?4)) = ?4))"                       \
    " AND (?6 < 0 OR outcome = ?6) AND at >= ?7 AND at < ?8"
#define ALL_ROWS                                                                                             \
    COLUMNS_OF("seq")                                                                                        \
    " FROM audit LEFT JOIN account ON account.id = audit.actor WHERE seq >= ?1 AND seq < ?2" MATCHING
#define SUBJECT_ROWS                                                                                         \
    COLUMNS_OF("a.seq")                                                                                      \
    " FROM audit_subject s CROSS JOIN audit a ON a.seq = s.seq LEFT JOIN account ON account.id = a.actor"    \
    " WHERE s.block = ?9 AND s.subject = ?10 AND s.seq >= ?1 AND s.seq < ?2" MATCHING
/* [about one subject][oldest first] */
static const char *const rows_of_block[2][2] = {
    {ALL_ROWS " ORDER BY seq DESC", ALL_ROWS " ORDER BY seq"},
    {SUBJECT_ROWS " ORDER BY s.seq DESC", SUBJECT_ROWS " ORDER BY s.seq"}};

static void bind(struct stmt *s, const struct walk *w, int64_t block)
{
    const struct trail_query *q = w->q;
    int64_t first = block * BLOCK, past = first + BLOCK;
    stmt_int(s, 1, first > w->low ? first : w->low);
    stmt_int(s, 2, past < w->before ? past : w->before);
    stmt_text(s, 3, w->actor);
    stmt_str(s, 4, q->action.at ? q->action : STR(""));
    stmt_int(s, 5, w->is_prefix);
    stmt_int(s, 6, q->outcome);
    stmt_int(s, 7, q->from.ms);
    stmt_int(s, 8, q->to.ms ? q->to.ms : INT64_MAX);
    if (!q->subject) return;
    stmt_int(s, 9, block);
    stmt_int(s, 10, q->subject);
}

static struct trail_row row_of(struct stmt *s)
{
    return (struct trail_row){.seq = stmt_get_int(s, 0),
                              .at = stmt_get_instant(s, 1),
                              .actor = stmt_get_str(s, 2),
                              .name = stmt_get_str(s, 3),
                              .display = stmt_get_str(s, 4),
                              .role = stmt_get_str(s, 5),
                              .from = stmt_get_str(s, 6),
                              .action = stmt_get_str(s, 7),
                              .target = stmt_get_str(s, 8),
                              .outcome = (enum audit_outcome)stmt_get_int(s, 9),
                              .detail = stmt_get_str(s, 10),
                              .hash = stmt_get_blob(s, 11)};
}

static enum err read_block(struct walk *w, int64_t block)
{
    struct stmt *s;
    bool is_row;
    enum err err = db_stmt(w->tx->db, rows_of_block[w->q->subject != 0][w->q->is_oldest_first], &s);
    if (err) return err;
    bind(s, w, block);
    while (w->goes_on && !(err = stmt_step(s, &is_row)) && is_row) {
        struct trail_row row = row_of(s);
        err = w->take(w->ctx, &row, &w->goes_on);
        if (err) break;
    }
    stmt_done(s);
    return err;
}

enum err trail_walk(struct tx *tx, const struct trail_query *query, trail_take *take, void *ctx)
{
    struct str action = query->action;
    struct walk w = {.tx = tx,
                     .q = query,
                     .is_prefix = action.bytes && action.at[action.bytes - 1] == '.',
                     .low = query->after + 1,
                     .before = query->before ? query->before : INT64_MAX,
                     .take = take,
                     .ctx = ctx,
                     .goes_on = true};
    enum err err = tx->misses_traces ? ERR_UNSUPPORTED : OK; /* a job that said it would not come here */
    if (!err) err = find_actor(&w);
    if (!err) err = find_ends(&w);
    if (!err) err = newest(&w);
    int64_t lowest = w.low / BLOCK, highest = (w.before - 1) / BLOCK;
    int64_t block = query->is_oldest_first ? lowest : highest;
    while (!err && w.goes_on && block >= lowest && block <= highest) {
        err = block_from(&w, block, &block);
        if (!err && block >= lowest && block <= highest) err = read_block(&w, block);
        if (block < 0) break;
        block += query->is_oldest_first ? 1 : -1;
    }
    return err;
}

/* -- for people -- */

static void put_text_or_null(struct json_out *to, const char *key, struct str text)
{
    if (text.bytes)
        json_put_str(to, key, text);
    else
        json_put_null(to, key);
}

void trail_write(const struct trail_row *row, struct json_out *to)
{
    char hex[2 * DIGEST_BYTES + 1] = "";
    if (row->hash.bytes == DIGEST_BYTES) str_hex(row->hash.at, row->hash.bytes, hex);
    json_open(to, NULL);
    json_put_int(to, "seq", row->seq);
    json_put_instant(to, "at", row->at);
    if (row->actor.bytes) {
        json_open(to, "actor");
        json_put_str(to, "id", row->actor);
        json_put_str(to, "name", row->name);
        json_put_str(to, "display", row->display);
        json_close(to);
    } else
        json_put_null(to, "actor");
    put_text_or_null(to, "role", row->role);
    put_text_or_null(to, "from", row->from);
    json_put_str(to, "action", row->action);
    put_text_or_null(to, "target", row->target);
    json_put_text(to, "outcome", trail_outcome_name(row->outcome));
    json_put_raw(to, "detail", row->detail.bytes ? row->detail : STR("{}"));
    json_put_text(to, "hash", hex);
    json_close(to);
}

struct listing {
    struct json_out *to;
    int64_t n, last, next;
};

static enum err list_row(void *ctx, const struct trail_row *row, bool *more)
{
    struct listing *l = ctx;
    if (l->n == TRAIL_PAGE) {
        l->next = l->last;
        *more = false;
        return OK;
    }
    l->last = row->seq;
    trail_write(row, l->to);
    l->n++;
    return OK;
}

enum err trail_list(struct tx *tx, const struct trail_query *query, struct json_out *to, int64_t *ret_next,
                    int64_t *ret_n)
{
    struct listing l = {.to = to};
    enum err err = trail_walk(tx, query, list_row, &l);
    if (err) return err;
    *ret_next = l.next;
    *ret_n = l.n;
    return OK;
}

struct last {
    struct arena *arena;
    struct instant at;
    struct str detail;
};

static enum err last_row(void *ctx, const struct trail_row *row, bool *more)
{
    struct last *l = ctx;
    const char *copy = arena_text(l->arena, row->detail.at, row->detail.bytes);
    if (!copy) return ERR_NOMEM;
    l->at = row->at;
    l->detail = (struct str){copy, row->detail.bytes};
    *more = false;
    return OK;
}

enum err trail_last(struct tx *tx, struct arena *arena, const char *action, struct instant *ret_at,
                    struct str *ret_detail)
{
    struct last l = {.arena = arena};
    struct trail_query query = {.action = str_of(action), .outcome = -1};
    enum err err = trail_walk(tx, &query, last_row, &l);
    if (err) return err;
    if (!l.detail.at) return ERR_NOT_FOUND;
    *ret_at = l.at;
    *ret_detail = l.detail;
    return OK;
}
