#include "desk/calendar_feed.h"
#include "auth/account.h"
#include "base/digest.h"
#include "base/rnd.h"
#include "base/zone.h"
#include "desk/calendar_feed_texts.h"
#include "ical/feed.h"
#include "records/search.h"
#include <stdio.h>

enum { EVENTS_MAX = 1000, ALARM_MIN = 15, SHIFTS_MAX = 24 };

enum err calendar_feed_make(struct tx *tx, struct str account, char ret_secret[CALENDAR_FEED_TEXT])
{
    struct stmt *q;
    uint8_t secret[CALENDAR_FEED_SECRET_BYTES];
    rnd_bytes(secret, sizeof secret);
    struct digest_value hash = digest_of(secret, sizeof secret);
    enum err err = db_stmt(tx->db,
                           "INSERT INTO calendar_feed (account, hash, made) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (account) DO UPDATE SET hash = ?2, made = ?3",
                           &q);
    if (err) return err;
    stmt_str(q, 1, account);
    stmt_blob(q, 2, hash.at, sizeof hash.at);
    stmt_instant(q, 3, tx->now);
    err = stmt_run(q);
    if (!err) str_base64url(secret, sizeof secret, ret_secret);
    return err;
}

enum err calendar_feed_revoke(struct tx *tx, struct str account)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM calendar_feed WHERE account = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, account);
    return stmt_run(q);
}

enum err calendar_feed_made(struct tx *tx, struct str account, struct instant *ret_at)
{
    struct stmt *q;
    bool row;
    *ret_at = (struct instant){0};
    enum err err = db_stmt(tx->db, "SELECT made FROM calendar_feed WHERE account = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, account);
    err = stmt_step(q, &row);
    if (!err && row) *ret_at = stmt_get_instant(q, 0);
    stmt_done(q);
    return err;
}

enum err calendar_feed_find(struct tx *tx, struct arena *arena, struct str secret, struct str *ret_account,
                            struct role_set *ret_roles)
{
    struct stmt *q;
    struct account who;
    uint8_t bytes[CALENDAR_FEED_SECRET_BYTES];
    size_t n;
    bool row;
    if (!str_from_base64url(secret, bytes, sizeof bytes, &n) || n != sizeof bytes) return ERR_NOT_FOUND;
    struct digest_value hash = digest_of(bytes, n);
    enum err err = db_stmt(tx->db, "SELECT account FROM calendar_feed WHERE hash = ?1", &q);
    if (err) return err;
    stmt_blob(q, 1, hash.at, sizeof hash.at);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str id = stmt_get_str(q, 0);
        *ret_account = (struct str){arena_text(arena, id.at, id.bytes), id.bytes};
        if (!ret_account->at) err = ERR_NOMEM;
    }
    stmt_done(q);
    if (!err) err = account_find(tx, arena, *ret_account, &who);
    if (!err && who.disabled.ms) err = ERR_NOT_FOUND;
    if (!err) *ret_roles = who.roles;
    return err;
}

/* -- what it says -- */

struct filling {
    struct schedule *s;
    int64_t person;
    struct role_set roles;
    bool english;
    struct feed_event *events;
    uint32_t count;
};

static const char *room_of(struct filling *f, const struct booking *b)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++)
        if (b->needs[b->appt.seats[i].role].kind == AGENDA_ROOM)
            return arena_printf(f->s->server.arena, "%.*s", (int)b->names[i].bytes, b->names[i].at);
    return NULL;
}

static bool is_told(enum appt_state s)
{
    return s != APPT_PROPOSED && s != APPT_HELD && s != APPT_EXPIRED;
}

static enum err add(struct filling *f, const struct booking *b)
{
    const struct appt *a = &b->appt;
    const struct appt_seat *seat = appt_seat_of(a, (struct resource_id){(uint64_t)f->person});
    bool is_custody = role_set_has(f->roles, ROLE_GUARD),
         is_outside = role_set_has(f->roles, ROLE_SPECIALIST);
    bool is_firm = a->state == APPT_BOOKED || a->state == APPT_CHECKED_IN || a->state == APPT_ARRIVED ||
                   a->state == APPT_FULFILLED;
    bool is_off = a->state == APPT_CANCELLED || a->state == APPT_NOSHOW;
    if (!is_told(a->state) || (seat && seat->answer == APPT_REFUSED)) return OK;
    if (is_custody && !is_firm && !is_off) return OK; /* an escort is ordered once it is booked */
    struct feed_event *e = &f->events[f->count++];
    bool is_asked = seat && seat->answer == APPT_ASKED;
    *e = (struct feed_event){.start = a->span.from,
                             .end = a->span.until,
                             .changed = b->head.updated,
                             .sequence = a->sequence,
                             .status = is_off    ? FEED_CANCELLED
                                       : is_firm ? FEED_CONFIRMED
                                                 : FEED_TENTATIVE,
                             .alarm_min = is_firm ? ALARM_MIN : 0};
    e->summary = calendar_feed_text(is_custody ? CALENDAR_FEED_ESCORT
                                    : is_asked ? CALENDAR_FEED_ASKED
                                               : CALENDAR_FEED_CONSULTATION,
                                    f->english);
    e->uid = arena_printf(f->s->server.arena, "%.*s@yunqiao.invalid", (int)b->head.id.bytes, b->head.id.at);
    if (!is_outside) e->location = room_of(f, b);
    return e->uid ? OK : ERR_NOMEM;
}

static enum err rows_of(struct filling *f, int64_t *rows, uint32_t *ret_n)
{
    struct record_fault fault = {0};
    struct record_head head;
    char low[INSTANT_TEXT_BYTES], high[INSTANT_TEXT_BYTES];
    const char *own = "";
    struct instant now = f->s->tx->now;
    *ret_n = 0;
    if (!role_set_has(f->roles, ROLE_SCHEDULING_ADMIN)) {
        if (f->s->practitioner == 0) return OK;
        enum err err = record_head_at(f->s->tx, f->s->server.arena, f->s->practitioner, &head);
        if (err) return err;
        own = arena_printf(f->s->server.arena, "&actor=Practitioner/%.*s", (int)head.id.bytes, head.id.at);
    }
    instant_text(instant_add(now, -CALENDAR_FEED_PAST_DAYS * DAY_MS), low);
    instant_text(instant_add(now, CALENDAR_FEED_AHEAD_DAYS * DAY_MS), high);
    char *query =
        own ? arena_printf(f->s->server.arena, "date=ge%s&date=lt%s%s&_sort=date", low, high, own) : NULL;
    if (!query) return ERR_NOMEM;
    enum err err = search_rows(f->s->tx, &f->s->server, fhir_resource_of(STR("Appointment")), str_of(query),
                               rows, EVENTS_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

static void shift_set(struct feed_shift *ret, struct instant at, const struct zone_offset *to)
{
    *ret = (struct feed_shift){.at = at, .ahead_s = to->s, .is_dst = to->is_dst};
    snprintf(ret->name, sizeof ret->name, "%s", to->name);
}

/* The site's zone as it is among these events: by the same table that they were booked by. */
static enum err put_events(const struct filling *f, const char *zone, struct buf *to)
{
    struct feed_shift shifts[SHIFTS_MAX];
    struct instant from = f->s->tx->now, until = from;
    for (uint32_t i = 0; i < f->count; i++) {
        if (f->events[i].start.ms < from.ms) from = f->events[i].start;
        if (f->events[i].end.ms > until.ms) until = f->events[i].end;
    }
    size_t n = 0;
    struct zone_change change = {.at = from, .after = zone_offset(f->s->view->zone, from)};
    do {
        shift_set(&shifts[n++], change.at, &change.after);
    } while (n < SHIFTS_MAX && zone_next_change(f->s->view->zone, change.at, &change) &&
             change.at.ms <= until.ms);
    struct feed_zone named = {.name = zone, .shifts = shifts, .count = n};
    return feed_write(to, calendar_feed_text(CALENDAR_FEED_NAME, f->english), &named, f->events, f->count);
}

enum err calendar_feed_write(struct schedule *s, struct role_set roles, const char *zone, bool english,
                             struct buf *to)
{
    struct filling f = {.s = s, .person = s->practitioner, .roles = roles, .english = english};
    int64_t *rows = arena_alloc(s->server.arena, EVENTS_MAX * sizeof *rows);
    struct booking *b = arena_alloc(s->server.arena, sizeof *b);
    uint32_t n = 0;
    f.events = arena_zalloc(s->server.arena, EVENTS_MAX * sizeof *f.events);
    if (!rows || !b || !f.events) return ERR_NOMEM;
    enum err err = rows_of(&f, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = booking_read_row(s->tx, &s->server, rows[i], b);
        if (!err) err = add(&f, b);
        if (err == ERR_NOT_FOUND) err = OK; /* not led by the server: others' */
    }
    return err ? err : put_events(&f, zone, to);
}

/* Kinds of seats stand for roles: who is asked from outside is told no room, an escort no consultation. */
static enum role role_of(const struct booking *b, int64_t person)
{
    const struct appt_seat *seat = appt_seat_of(&b->appt, (struct resource_id){(uint64_t)person});
    if (!seat) return ROLE_SPECIALIST;
    enum agenda_kind kind = b->needs[seat->role].kind;
    return kind == AGENDA_ESCORT                           ? ROLE_GUARD
           : kind == AGENDA_DOCTOR || kind == AGENDA_NURSE ? ROLE_CLINIC_DOCTOR
                                                           : ROLE_SPECIALIST;
}

enum err calendar_feed_write_one(struct schedule *s, const struct booking *b, int64_t person,
                                 const char *zone, struct buf *to)
{
    struct feed_event event = {0};
    struct filling f = {.s = s, .person = person, .events = &event};
    f.roles = role_set_add(f.roles, role_of(b, person));
    enum err err = add(&f, b);
    return err ? err : put_events(&f, zone, to);
}
