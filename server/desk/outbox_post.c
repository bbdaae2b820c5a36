/* Posts in the store: made of messages, taken, settled. */
#include "base/rnd.h"
#include "desk/calendar_feed.h"
#include "desk/outbox.h"
#include "desk/outbox_texts.h"
#include "desk/reach.h"
#include "mail/letter.h"
#include "mail/receipt.h"
#include <stdio.h>

enum {
    FILL_AT_ONCE = 64,
    BODY_MAX = 128 * 1024,
    FIRST_AGAIN_S = 30,
    LAST_AGAIN_S = 1800, /* between two tries: 30 s, a minute, two … half an hour */
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

struct due { /* a post with its message */
    int64_t number, person, appointment, rule, sequence;
    enum parcel_way way;
    struct str token, kind;
    struct instant start, end, made;
    int64_t tries;
};

static struct str kept(struct schedule *s, struct str text)
{
    return (struct str){arena_text(s->server.arena, text.at, text.bytes), text.bytes};
}

/* A wall clock that was set back does not make anything wait longer than it may. */
static enum err due_read(struct schedule *s, struct due *ret)
{
    struct stmt *q;
    bool row;
    *ret = (struct due){0};
    enum err err =
        db_stmt(s->tx->db,
                "SELECT p.number, p.way, p.token, p.tries, m.person, m.appointment, m.kind, m.rule,"
                " m.sequence, m.start, m.until, p.made FROM post p JOIN message m ON m.number = p.message"
                " WHERE p.state = 'waiting' AND (p.next <= ?1 OR p.next > ?2) ORDER BY p.next LIMIT 1",
                &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, s->tx->now.ms + LAST_AGAIN_S * INT64_C(1000));
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
static const char *overtaken(struct schedule *s, const struct due *d, const struct booking *b)
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

/* -- what it says -- */

static enum outbox_noun noun_of(const struct due *d, const struct booking *b)
{
    const struct appt_seat *seat = appt_seat_of(&b->appt, (struct resource_id){(uint64_t)d->person});
    return seat && b->needs[seat->role].kind == AGENDA_ESCORT ? OUTBOX_ESCORT : OUTBOX_CONSULTATION;
}

static void put_time(struct buf *to, const struct zone *z, struct instant from, struct instant until)
{
    char day[DATE_TEXT_BYTES];
    struct wall w = zone_wall(z, from), end = zone_wall(z, until);
    date_text(wall_date(w), day);
    buf_printf(to, "%s %02d:%02d–%02d:%02d", day, wall_second(w) / 3600, wall_second(w) / 60 % 60,
               wall_second(end) / 3600, wall_second(end) / 60 % 60);
}

static void put_words(struct buf *to, const struct due *d, const struct agenda_view *v, const char *zone,
                      enum outbox_noun noun, bool english)
{
    buf_printf(to, "%s\r\n", outbox_subject(d->kind, noun, english));
    put_time(to, v->zone, d->start, d->end);
    buf_printf(to, " (%s)\r\n", zone);
    if (str_is_text(d->kind, "reminder")) {
        outbox_ahead(to, d->rule, english);
        buf_add_text(to, "\r\n");
    }
    buf_printf(to, "%s\r\n", outbox_footer(english));
}

static enum err letter_of(struct schedule *s, const struct due *d, const struct booking *b, const char *from,
                          const char *address, const char *zone, struct buf *to)
{
    struct buf text, calendar, subject;
    enum outbox_noun noun = noun_of(d, b);
    char *token = arena_text(s->server.arena, d->token.at, d->token.bytes);
    if (!token) return ERR_NOMEM;
    buf_init(&text, BODY_MAX);
    buf_init(&calendar, BODY_MAX);
    buf_init(&subject, BODY_MAX);
    outbox_title(&subject, d->kind, noun);
    buf_add_char(&subject, '\0');
    put_words(&text, d, s->view, zone, noun, false);
    buf_add_text(&text, "\r\n");
    put_words(&text, d, s->view, zone, noun, true);
    enum err err = text.err ? text.err : subject.err;
    if (!err) err = calendar_feed_write_one(s, b, d->person, zone, &calendar);
    if (!err)
        err = letter_write(&(struct letter){.from = str_of(from),
                                            .to = str_of(address),
                                            .token = token,
                                            .date = d->made,
                                            .subject = subject.at,
                                            .text = buf_str(&text),
                                            .calendar = buf_str(&calendar)},
                           to);
    buf_done(&text);
    buf_done(&calendar);
    buf_done(&subject);
    return err;
}

static enum err word_of(struct schedule *s, const struct due *d, const struct booking *b, const char *address,
                        const char *zone, struct buf *to)
{
    struct json_out o;
    enum outbox_noun noun = noun_of(d, b);
    static const char *const keys[] = {"text", "text_en"};
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_put_str(&o, "id", d->token);
    json_put_text(&o, "to", address);
    json_put_str(&o, "kind", d->kind);
    json_put_instant(&o, "start", d->start);
    json_put_instant(&o, "end", d->end);
    json_put_int(&o, "minutes", d->rule);
    for (int english = 0; english < 2; english++) {
        struct buf when, text;
        buf_init(&when, 256);
        buf_init(&text, 1024);
        put_time(&when, s->view->zone, d->start, d->end);
        outbox_short(&text, d->kind, noun, buf_str(&when), zone, english);
        json_put_str(&o, keys[english], buf_str(&text));
        if ((text.err || when.err) && !to->err) to->err = ERR_NOMEM;
        buf_done(&when);
        buf_done(&text);
    }
    json_close(&o);
    return to->err;
}

static enum err fill_parcel(struct schedule *s, const struct due *d, const struct booking *b,
                            const struct outbox_way *how, const char *address, const char *zone,
                            struct parcel *ret)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    enum err err = d->way == PARCEL_MAIL ? letter_of(s, d, b, how->from, address, zone, &body)
                                         : word_of(s, d, b, address, zone, &body);
    char *copy = err ? NULL : arena_copy(s->server.arena, body.at, body.bytes);
    *ret = (struct parcel){.way = d->way,
                           .url = str_of(how->url),
                           .user = str_of(how->user),
                           .from = str_of(how->from),
                           .to = str_of(address),
                           .token = d->token,
                           .trust = str_of(how->trust),
                           .made = s->tx->now.ms / 1000,
                           .body = {copy, body.bytes}};
    if (d->way == PARCEL_MAIL)
        ret->password = str_of(how->secret);
    else
        ret->key = str_of(how->secret);
    buf_done(&body);
    return err ? err : copy ? OK : ERR_NOMEM;
}

enum err outbox_take(struct schedule *s, const struct outbox_settings *how, const char *site_zone,
                     struct outbox_post *ret, bool *ret_more)
{
    struct due d;
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    const char *address = NULL, *state = NULL;
    *ret = (struct outbox_post){0};
    *ret_more = false;
    if (!b) return ERR_NOMEM;
    enum err err = due_read(s, &d);
    if (err || d.number == 0) return err;
    *ret_more = true;
    err = booking_read_row(s->tx, &s->server, d.appointment, b);
    if (err == ERR_NOT_FOUND || !outbox_subject(d.kind, OUTBOX_CONSULTATION, false))
        return post_set(s->tx, d.number, "dropped", "", 0, (struct instant){0}); /* erased */
    if (!err) state = overtaken(s, &d, b);
    if (!err && state) return post_set(s->tx, d.number, state, "", 0, (struct instant){0});
    if (!err) err = address_of(s, d.person, d.way, &address);
    if (err) return err;
    if (!address || !how->ways[d.way].url[0])
        return post_set(s->tx, d.number, "dropped", "address", 0, (struct instant){0});
    err = fill_parcel(s, &d, b, &how->ways[d.way], address, site_zone, &ret->parcel);
    if (!err) err = post_set(s->tx, d.number, "sending", "", 0, (struct instant){0});
    if (!err) ret->number = d.number;
    return err;
}

/* -- how it went -- */

static struct instant again_at(struct tx *tx, int64_t tries)
{
    int64_t s = FIRST_AGAIN_S;
    for (int64_t i = 1; i < tries && s < LAST_AGAIN_S; i++)
        s *= 2;
    return instant_add(tx->now, (s < LAST_AGAIN_S ? s : LAST_AGAIN_S) * 1000);
}

static enum err tries_of(struct tx *tx, int64_t number, enum parcel_way *ret_way, int64_t *ret_tries)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT way, tries FROM post WHERE number = ?1 AND state = 'sending'", &q);
    if (err) return err;
    stmt_int(q, 1, number);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && !parcel_way_from(stmt_get_str(q, 0), ret_way)) err = ERR_CORRUPT;
    if (!err) *ret_tries = stmt_get_int(q, 1);
    stmt_done(q);
    return err;
}

enum err outbox_settle(struct tx *tx, int64_t number, const struct receipt *r)
{
    enum parcel_way way;
    int64_t tries;
    struct instant never = {0};
    enum err err = tries_of(tx, number, &way, &tries);
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
    return post_set(tx, number, "waiting", why, r->code, again_at(tx, tries));
}

enum err outbox_recover(struct tx *tx, const struct receipt *r)
{
    struct stmt *q;
    bool row;
    int64_t number = 0;
    bool is_its = false;
    enum err err = db_stmt(tx->db, "SELECT number, token FROM post WHERE state = 'sending'", &q);
    if (err) return err;
    err = stmt_step(q, &row); /* at most one is out at a time */
    if (!err && row) {
        number = stmt_get_int(q, 0);
        is_its = str_is_text(stmt_get_str(q, 1), r->token);
    }
    stmt_done(q);
    if (err || number == 0) return err;
    struct receipt none = {.end = RECEIPT_NONE};
    return outbox_settle(tx, number, is_its ? r : &none);
}

/* -- who looks -- */

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
    enum err err = record_head_at(s->tx, s->server.arena, p->appointment, &head);
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
