/* Posts in the store: made of messages, taken, settled. */
#include "base/rnd.h"
#include "desk/outbox_own.h"
#include "desk/outbox_texts.h"
#include "desk/reach.h"
#include "desk/ring.h"
#include "mail/receipt.h"

enum {
    FILL_AT_ONCE = 64,
    FIRST_AGAIN_S = 30,
    LAST_AGAIN_S = 1800, /* between two tries: 30 s, a minute, two … half an hour */
    RING_AGAIN_S = 5,    /* of a ring: 5 s, 10, 20 … while it rings */
};
/* A ring is told out of the house too: as a message without a booking, once a round. */
static const char ring_post_sql[] =
    "ALTER TABLE message ADD COLUMN ring INTEGER REFERENCES ring (number);"
    "CREATE UNIQUE INDEX message_rings_once ON message (ring, person, rule) WHERE ring IS NOT NULL;"
    "ALTER TABLE post ADD COLUMN lane INTEGER NOT NULL DEFAULT 0;"; /* that its courier is out in */
const struct migration outbox_migrations[] = {
    {355, "rings that go out of the house, and lanes", ring_post_sql},
    {0, NULL, NULL},
};

static const int64_t old_ms = DAY_MS; /* a message that nobody carried out for so long stays in the house */

static enum err address_of(struct schedule *s, int64_t person, enum parcel_way way, const char **ret)
{
    struct reach reach;
    *ret = NULL;
    enum err err = reach_of(s->tx, &s->server, person, &reach);
    if (err || reach.at[way].bytes == 0) return err;
    *ret = arena_text(s->server.arena, reach.at[way].at, reach.at[way].bytes);
    return *ret ? OK : ERR_NOMEM;
}

static enum err is_disabled(struct tx *tx, int64_t person, bool *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT a.disabled IS NOT NULL FROM person p JOIN account a ON a.id = p.account"
                           " WHERE p.record = ?1",
                           &q);
    if (err) return err;
    stmt_int(q, 1, person);
    err = stmt_step(q, &row);
    *ret = !err && row && stmt_get_int(q, 0) != 0;
    stmt_done(q);
    return err;
}

/* -- messages become posts -- */

static enum err cursor_read(struct tx *tx, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT message FROM post_cursor", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret = row ? stmt_get_int(q, 0) : -1;
    stmt_done(q);
    return OK;
}

static enum err cursor_write(struct tx *tx, int64_t to)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO post_cursor (one, message) VALUES (1, ?1)"
                           " ON CONFLICT (one) DO UPDATE SET message = excluded.message",
                           &q);
    if (err) return err;
    stmt_int(q, 1, to);
    return stmt_run(q);
}

static enum err newest_message(struct tx *tx, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT ifnull(max(number), 0) FROM message", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret = stmt_get_int(q, 0);
    stmt_done(q);
    return OK;
}

enum err outbox_forget(struct tx *tx)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM post_cursor", &q);
    return err ? err : stmt_run(q);
}

static enum err post_add(struct schedule *s, int64_t message, enum parcel_way way)
{
    struct stmt *q;
    uint8_t random[(PARCEL_TOKEN_BYTES - 1) / 2];
    char token[PARCEL_TOKEN_BYTES];
    rnd_bytes(random, sizeof random);
    str_hex(random, sizeof random, token);
    enum err err = db_stmt(s->tx->db,
                           "INSERT INTO post (message, way, state, token, made, next, changed)"
                           " VALUES (?1, ?2, 'waiting', ?3, ?4, ?4, ?4)",
                           &q);
    if (err) return err;
    stmt_int(q, 1, message);
    stmt_text(q, 2, parcel_way_text(way));
    stmt_text(q, 3, token);
    stmt_int(q, 4, s->tx->now.ms);
    return stmt_run(q);
}

struct fresh {
    int64_t number, person;
    struct instant made;
};

static enum err posts_of(struct schedule *s, const struct fresh *m, unsigned ways)
{
    bool is_off;
    enum err err = is_disabled(s->tx, m->person, &is_off);
    if (err || is_off || s->tx->now.ms - m->made.ms > old_ms) return err;
    for (int way = 0; way < PARCEL_WAYS && !err; way++) {
        const char *address = NULL;
        if (!(ways & 1u << way)) continue;
        err = address_of(s, m->person, (enum parcel_way)way, &address);
        if (!err && address) err = post_add(s, m->number, (enum parcel_way)way);
    }
    return err;
}

enum err outbox_fill(struct schedule *s, unsigned ways, bool *ret_more)
{
    struct fresh at[FILL_AT_ONCE];
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    int64_t cursor;
    *ret_more = false;
    enum err err = cursor_read(s->tx, &cursor);
    if (!err && cursor < 0) { /* the first time: from now on */
        err = newest_message(s->tx, &cursor);
        return err ? err : cursor_write(s->tx, cursor);
    }
    if (!err)
        err = db_stmt(s->tx->db,
                      "SELECT number, person, made FROM message WHERE number > ?1 ORDER BY number LIMIT ?2",
                      &q);
    if (err) return err;
    stmt_int(q, 1, cursor);
    stmt_int(q, 2, FILL_AT_ONCE);
    while (!(err = stmt_step(q, &row)) && row && n < FILL_AT_ONCE)
        at[n++] = (struct fresh){stmt_get_int(q, 0), stmt_get_int(q, 1), stmt_get_instant(q, 2)};
    stmt_done(q);
    for (uint32_t i = 0; i < n && !err; i++)
        err = posts_of(s, &at[i], ways);
    *ret_more = n == FILL_AT_ONCE;
    return err || n == 0 ? err : cursor_write(s->tx, at[n - 1].number);
}

/* -- the next -- */

static struct str kept(struct schedule *s, struct str text)
{
    return (struct str){arena_text(s->server.arena, text.at, text.bytes), text.bytes};
}

/* A wall clock that was set back does not make anything wait longer than it may. */
static enum err due_read(struct schedule *s, int lane, struct outbox_due *ret)
{
    struct stmt *q;
    bool row;
    *ret = (struct outbox_due){0};
    enum err err =
        db_stmt(s->tx->db,
                "SELECT p.number, p.way, p.token, p.tries, m.person, m.appointment, m.kind, m.rule,"
                " m.sequence, m.start, m.until, p.made, ifnull(m.ring, 0) FROM post p"
                " JOIN message m ON m.number = p.message WHERE p.state = 'waiting'"
                " AND (p.next <= ?1 OR p.next > ?2) AND p.way = ?3 AND (?4 = 0 OR m.ring IS NOT NULL)"
                " ORDER BY m.ring IS NULL, p.next LIMIT 1",
                &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, s->tx->now.ms + LAST_AGAIN_S * INT64_C(1000));
    stmt_text(q, 3, parcel_way_text((enum parcel_way)(lane / OUTBOX_LANES_EACH)));
    stmt_int(q, 4, lane % OUTBOX_LANES_EACH == 0);
    err = stmt_step(q, &row);
    if (!err && row) {
        ret->number = stmt_get_int(q, 0);
        if (!parcel_way_from(stmt_get_str(q, 1), &ret->way)) err = ERR_CORRUPT;
        ret->token = kept(s, stmt_get_str(q, 2));
        ret->tries = stmt_get_int(q, 3);
        ret->person = stmt_get_int(q, 4);
        ret->appointment = stmt_get_int(q, 5);
        ret->kind = kept(s, stmt_get_str(q, 6));
        ret->rule = stmt_get_int(q, 7);
        ret->sequence = stmt_get_int(q, 8);
        ret->start = stmt_get_instant(q, 9);
        ret->end = stmt_get_instant(q, 10);
        ret->made = stmt_get_instant(q, 11);
        ret->ring = stmt_get_int(q, 12);
        if (!ret->token.at || !ret->kind.at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

static enum err post_set(struct tx *tx, int64_t number, const char *state, const char *why, int64_t code,
                         struct instant next)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "UPDATE post SET state = ?2, why = ?3, code = ?4, next = ?5, changed = ?6,"
                           " tries = tries + (?2 = 'sending') WHERE number = ?1",
                           &q);
    if (err) return err;
    stmt_int(q, 1, number);
    stmt_text(q, 2, state);
    stmt_text(q, 3, why);
    stmt_int(q, 4, code);
    stmt_instant(q, 5, next);
    stmt_int(q, 6, tx->now.ms);
    return stmt_run(q);
}

/* Why it must not go out any more: a state; NULL: it is still so. */
static const char *overtaken(struct schedule *s, const struct outbox_due *d, const struct booking *b)
{
    const struct appt *a = &b->appt;
    const struct appt_seat *seat = appt_seat_of(a, (struct resource_id){(uint64_t)d->person});
    if (str_is_text(d->kind, "reminder")) {
        if (s->tx->now.ms >= d->start.ms) return "late";
        return b->booked_at.ms && a->span.from.ms == d->start.ms && seat ? NULL : "dropped";
    }
    if (str_is_text(d->kind, "invited"))
        return seat && seat->answer == APPT_ASKED && a->span.from.ms == d->start.ms ? NULL : "dropped";
    if (str_is_text(d->kind, "booked") || str_is_text(d->kind, "moved"))
        return (int64_t)a->sequence == d->sequence && seat ? NULL : "dropped";
    return NULL;
}

static enum err is_still_so(struct schedule *s, const struct outbox_due *d, struct booking *b,
                            const char **ret_state)
{
    bool is_ringing = false;
    *ret_state = "dropped";
    if (d->ring) {
        enum err err = ring_is_at(s->tx, d->ring, d->person, d->rule, &is_ringing);
        if (!err && is_ringing) *ret_state = NULL;
        return err;
    }
    enum err err = booking_read_row(s->tx, &s->server, d->appointment, b);
    if (err == ERR_NOT_FOUND) return OK; /* erased */
    if (!err) *ret_state = overtaken(s, d, b);
    return err;
}

static enum err put_to_sending(struct tx *tx, int64_t number, int lane)
{
    struct stmt *q;
    enum err err = post_set(tx, number, "sending", "", 0, (struct instant){0});
    if (!err) err = db_stmt(tx->db, "UPDATE post SET lane = ?2 WHERE number = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, number);
    stmt_int(q, 2, lane);
    return stmt_run(q);
}

enum err outbox_take(struct schedule *s, const struct outbox_settings *how, const char *site_zone, int lane,
                     struct outbox_post *ret, bool *ret_more)
{
    struct outbox_due d;
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    const char *address = NULL, *state = NULL;
    *ret = (struct outbox_post){0};
    *ret_more = false;
    if (!b) return ERR_NOMEM;
    enum err err = due_read(s, lane, &d);
    if (err || d.number == 0) return err;
    *ret_more = true;
    err = is_still_so(s, &d, b, &state);
    if (!outbox_subject(d.kind, OUTBOX_CONSULTATION, false)) state = "dropped";
    if (!err && state) return post_set(s->tx, d.number, state, "", 0, (struct instant){0});
    if (!err) err = address_of(s, d.person, d.way, &address);
    if (err) return err;
    if (!address || !how->ways[d.way].url[0])
        return post_set(s->tx, d.number, "dropped", "address", 0, (struct instant){0});
    err = outbox_parcel(s, &d, d.ring ? NULL : b, &how->ways[d.way], address, site_zone, &ret->parcel);
    if (!err) err = put_to_sending(s->tx, d.number, lane);
    if (!err) ret->number = d.number;
    return err;
}

/* -- how it went -- */

static struct instant again_at(struct tx *tx, int64_t tries, bool is_ring)
{
    int64_t s = is_ring ? RING_AGAIN_S : FIRST_AGAIN_S;
    for (int64_t i = 1; i < tries && s < LAST_AGAIN_S; i++)
        s *= 2;
    return instant_add(tx->now, (s < LAST_AGAIN_S ? s : LAST_AGAIN_S) * 1000);
}

static enum err tries_of(struct tx *tx, int64_t number, int64_t *ret_tries, bool *ret_is_ring)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT p.tries, m.ring IS NOT NULL FROM post p JOIN message m"
                           " ON m.number = p.message WHERE p.number = ?1 AND p.state = 'sending'",
                           &q);
    if (err) return err;
    stmt_int(q, 1, number);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) *ret_tries = stmt_get_int(q, 0), *ret_is_ring = stmt_get_int(q, 1) != 0;
    stmt_done(q);
    return err;
}

enum err outbox_settle(struct tx *tx, int64_t number, const struct receipt *r)
{
    int64_t tries;
    bool is_ring;
    struct instant never = {0};
    enum err err = tries_of(tx, number, &tries, &is_ring);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    switch (r->end) {
    case RECEIPT_DONE:
        return post_set(tx, number, "sent", "", r->code, never);
    case RECEIPT_REFUSED:
        return post_set(tx, number, "failed", r->why, r->code, never);
    case RECEIPT_ENDING:
        return post_set(tx, number, "unknown", "unknown", r->code, never);
    case RECEIPT_NONE:
    case RECEIPT_BEGUN: /* of a letter nothing has arrived; a hook knows its key and takes it once */
    case RECEIPT_LATER:
    case RECEIPT_ENDS:
        break;
    }
    const char *why = r->end == RECEIPT_LATER ? r->why : "courier";
    return post_set(tx, number, "waiting", why, r->code, again_at(tx, tries, is_ring));
}

enum err outbox_recover(struct tx *tx, int lane, const struct receipt *r)
{
    struct stmt *q;
    bool row;
    int64_t number = 0;
    bool is_its = false;
    enum err err =
        db_stmt(tx->db, "SELECT number, token FROM post WHERE state = 'sending' AND lane = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, lane);
    err = stmt_step(q, &row); /* at most one is out in a lane */
    if (!err && row) {
        number = stmt_get_int(q, 0);
        is_its = str_is_text(stmt_get_str(q, 1), r->token);
    }
    stmt_done(q);
    if (err || number == 0) return err;
    struct receipt none = {.end = RECEIPT_NONE};
    return outbox_settle(tx, number, is_its ? r : &none);
}
