/* Posts as the scheduling admin sees them, and sending one again. */
#include "desk/outbox.h"
#include "records/record.h"
#include <stdio.h>

enum err outbox_again(struct tx *tx, int64_t number)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "UPDATE post SET state = 'waiting', next = ?2, changed = ?2, why = ''"
                           " WHERE number = ?1 AND (state IN ('failed', 'unknown', 'late')"
                           " OR (state = 'waiting' AND next > ?2))",
                           &q);
    if (err) return err;
    stmt_int(q, 1, number);
    stmt_int(q, 2, tx->now.ms);
    err = stmt_run(q);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err outbox_count(struct tx *tx, struct outbox_counts *ret)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT (SELECT count(*) FROM post WHERE state = 'waiting' AND tries > 0),"
                " (SELECT count(*) FROM post WHERE state IN ('failed', 'unknown') AND changed > ?1)",
                &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms - DAY_MS);
    err = stmt_step(q, &row);
    if (!err) *ret = (struct outbox_counts){stmt_get_int(q, 0), stmt_get_int(q, 1)};
    stmt_done(q);
    return err;
}

static enum err put_counts(struct schedule *s, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(s->tx->db, "SELECT state, count(*) FROM post GROUP BY state", &q);
    if (err) return err;
    json_open(to, "counts");
    while (!(err = stmt_step(q, &row)) && row) {
        char state[16];
        struct str word = stmt_get_str(q, 0);
        snprintf(state, sizeof state, "%.*s", (int)word.bytes, word.at);
        json_put_int(to, state, stmt_get_int(q, 1));
    }
    stmt_done(q);
    json_close(to);
    return err;
}

static struct str kept(struct schedule *s, struct str text)
{
    return (struct str){arena_text(s->server.arena, text.at, text.bytes), text.bytes};
}

struct shown {
    int64_t number, person, appointment, tries, code, rule;
    struct str way, state, why, kind;
    struct instant made, changed, next, start;
};

static enum err shown_read(struct schedule *s, struct str state, struct shown *at, uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err =
        db_stmt(s->tx->db,
                "SELECT p.number, m.person, m.appointment, p.tries, p.code, m.rule, p.way, p.state, p.why,"
                " m.kind, p.made, p.changed, p.next, m.start FROM post p JOIN message m ON m.number ="
                " p.message WHERE p.state = ?1 OR (?1 = '' AND p.state IN"
                " ('waiting', 'sending', 'failed', 'unknown', 'late')) ORDER BY p.number DESC LIMIT ?2",
                &q);
    if (err) return err;
    stmt_str(q, 1, state.bytes ? state : (struct str){"", 0});
    stmt_int(q, 2, OUTBOX_PAGE);
    while (!(err = stmt_step(q, &row)) && row && n < OUTBOX_PAGE) {
        at[n++] = (struct shown){.number = stmt_get_int(q, 0),
                                 .person = stmt_get_int(q, 1),
                                 .appointment = stmt_get_int(q, 2),
                                 .tries = stmt_get_int(q, 3),
                                 .code = stmt_get_int(q, 4),
                                 .rule = stmt_get_int(q, 5),
                                 .way = kept(s, stmt_get_str(q, 6)),
                                 .state = kept(s, stmt_get_str(q, 7)),
                                 .why = kept(s, stmt_get_str(q, 8)),
                                 .kind = kept(s, stmt_get_str(q, 9)),
                                 .made = stmt_get_instant(q, 10),
                                 .changed = stmt_get_instant(q, 11),
                                 .next = stmt_get_instant(q, 12),
                                 .start = stmt_get_instant(q, 13)};
    }
    stmt_done(q);
    *ret_n = n;
    return err;
}

static enum err put_post(struct schedule *s, const struct shown *p, struct json_out *to)
{
    struct record_head head;
    const struct agenda_resource *who = agenda_find(s->view, p->person, AGENDA_KINDS);
    enum err err =
        p->appointment ? record_head_at(s->tx, s->server.arena, p->appointment, &head) : ERR_NOT_FOUND;
    if (err && err != ERR_NOT_FOUND) return err;
    json_open(to, NULL);
    json_put_int(to, "number", p->number);
    json_put_str(to, "way", p->way);
    json_put_str(to, "state", p->state);
    json_put_str(to, "why", p->why);
    json_put_int(to, "code", p->code);
    json_put_str(to, "kind", p->kind);
    json_put_int(to, "minutes", p->rule);
    json_put_int(to, "tries", p->tries);
    json_put_instant(to, "made", p->made);
    json_put_instant(to, "changed", p->changed);
    json_put_instant(to, "next", p->next);
    json_put_instant(to, "start", p->start);
    if (!err) json_put_str(to, "booking", head.id);
    if (who) json_put_str(to, "name", who->name);
    json_close(to);
    return OK;
}

enum err outbox_write(struct schedule *s, struct str state, struct json_out *to)
{
    struct shown *at = arena_zalloc(s->server.arena, OUTBOX_PAGE * sizeof *at);
    uint32_t n = 0;
    if (!at) return ERR_NOMEM;
    enum err err = put_counts(s, to);
    if (!err) err = shown_read(s, state, at, &n);
    json_open_array(to, "posts");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_post(s, &at[i], to);
    json_close_array(to);
    json_put_bool(to, "cut", n == OUTBOX_PAGE);
    return err;
}
