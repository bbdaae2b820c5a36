#include "desk/schedule_own.h"
#include <string.h>

static const char due_sql[] =
    "CREATE TABLE booking_due (" /* bookings that are to be looked at again */
    " appointment INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " holder INTEGER," /* of a hold that runs; NULL: it is none */
    " holder_account TEXT"
    ") STRICT;"
    "CREATE INDEX booking_due_by_at ON booking_due (at);"
    "CREATE INDEX booking_due_by_holder ON booking_due (holder) WHERE holder IS NOT NULL;";

static const char message_sql[] =
    "CREATE TABLE reminder_mark ("
    " appointment INTEGER NOT NULL, person INTEGER NOT NULL, rule INTEGER NOT NULL, start INTEGER NOT NULL,"
    " is_sent INTEGER NOT NULL CHECK (is_sent IN (0, 1)), made INTEGER NOT NULL,"
    " PRIMARY KEY (appointment, person, rule, start)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE message (" /* to people, of bookings: no name and no clinical word stands here */
    " number INTEGER PRIMARY KEY,"
    " made INTEGER NOT NULL,"
    " person INTEGER NOT NULL," /* a Practitioner's or Patient's row */
    " appointment INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " start INTEGER NOT NULL, until INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL,"
    " rule INTEGER NOT NULL," /* of a reminder: minutes before; else 0 */
    " read INTEGER"
    ") STRICT;"
    "CREATE INDEX message_by_person ON message (person, number);"
    "CREATE UNIQUE INDEX message_reminds_once ON message (appointment, person, rule, start)"
    " WHERE kind = 'reminder';";

static const char feed_sql[] = "CREATE TABLE calendar_feed ("
                               " account TEXT PRIMARY KEY REFERENCES account (id),"
                               " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
                               " made INTEGER NOT NULL"
                               ") STRICT, WITHOUT ROWID;";

/* What of the messages goes out of the house (desk/outbox). */
static const char post_sql[] =
    "CREATE TABLE post ("
    " number INTEGER PRIMARY KEY,"
    " message INTEGER NOT NULL REFERENCES message (number),"
    " way TEXT NOT NULL CHECK (way IN ('mail', 'sms')),"
    " state TEXT NOT NULL CHECK"
    " (state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'late', 'dropped')),"
    " token TEXT NOT NULL UNIQUE," /* the same at every try: Message-ID, idempotency key */
    " tries INTEGER NOT NULL DEFAULT 0,"
    " next INTEGER," /* when to try */
    " why TEXT NOT NULL DEFAULT '', code INTEGER NOT NULL DEFAULT 0,"
    " made INTEGER NOT NULL, changed INTEGER NOT NULL,"
    " UNIQUE (message, way)"
    ") STRICT;"
    "CREATE INDEX post_by_state ON post (state, next);"
    "CREATE TABLE post_cursor (" /* the last message that was looked at */
    " one INTEGER PRIMARY KEY CHECK (one = 1), message INTEGER NOT NULL) STRICT;";

/* A specialist at once (desk/ring). */
static const char ring_sql[] =
    "CREATE TABLE ring ("
    " number INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " account TEXT NOT NULL REFERENCES account (id)," /* who rings */
    " need TEXT NOT NULL,"
    " practitioner INTEGER NOT NULL, patient INTEGER NOT NULL, request INTEGER NOT NULL,"
    " minutes INTEGER NOT NULL,"
    " made INTEGER NOT NULL, rung_at INTEGER NOT NULL,"
    " epoch INTEGER NOT NULL, rung INTEGER NOT NULL," /* rung: ticks of the process that epoch names */
    " state TEXT NOT NULL CHECK (state IN ('ringing', 'answered', 'nobody', 'cancelled')),"
    " at INTEGER NOT NULL, round INTEGER NOT NULL,"
    " answered INTEGER NOT NULL, appointment INTEGER NOT NULL, displaced INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX ring_by_state ON ring (state);"
    "CREATE TABLE ring_person ("
    " ring INTEGER NOT NULL REFERENCES ring (number), place INTEGER NOT NULL,"
    " person INTEGER NOT NULL, declined INTEGER NOT NULL, rung INTEGER,"
    " PRIMARY KEY (ring, place)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ring_person_by_person ON ring_person (person, rung);"
    "CREATE TABLE booking_room (" /* the video room of a booking (desk/schedule_room) */
    " appointment INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE) STRICT;";

static const char
    door_sql[] = /* when who comes from outside may go in (scheduler/door); NULL: made before this was kept */
    "ALTER TABLE booking_room ADD COLUMN opens INTEGER;"
    "ALTER TABLE booking_room ADD COLUMN closes INTEGER;";

const struct migration schedule_migrations[] = {
    {342, "bookings that are to be looked at again", due_sql},
    {343, "messages to people, reminders once", message_sql},
    {344, "calendar feeds by secret address", feed_sql},
    {345, "messages that go out of the house", post_sql},
    {346, "specialists rung at once, and rooms of bookings", ring_sql},
    {347, "when a booking's room may be entered", door_sql},
    {0, NULL, NULL},
};

/* -- what is due -- */

struct instant schedule_answers_by(enum triage triage, struct instant start, struct instant now)
{
    static const int64_t minutes[TRIAGES] = {10, 120, 12 * 60, 24 * 60};
    struct instant by = instant_add(now, minutes[triage] * MINUTE_MS);
    struct instant latest = instant_add(start, -15 * MINUTE_MS);
    if (by.ms > latest.ms) by = latest;
    return by.ms > now.ms + MINUTE_MS ? by : instant_add(now, MINUTE_MS);
}

struct instant schedule_repair_by(enum triage triage, struct instant start, struct instant now)
{
    static const int64_t minutes[TRIAGES] = {10, 60, 6 * 60, 24 * 60};
    struct instant by = instant_add(now, minutes[triage] * MINUTE_MS);
    if (by.ms > start.ms) by = start;
    return by.ms > now.ms + MINUTE_MS ? by : instant_add(now, MINUTE_MS);
}

enum err schedule_note_due(struct schedule *s, const struct booking *b)
{
    struct stmt *q;
    struct instant at = b->appt.until, next;
    if (at.ms == 0 && remind_next(&remind_default, &b->appt, s->tx->now, &next)) at = next;
    enum err err = at.ms ? db_stmt(s->tx->db,
                                   "INSERT INTO booking_due (appointment, at, holder, holder_account)"
                                   " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (appointment) DO UPDATE SET"
                                   " at = excluded.at, holder = excluded.holder",
                                   &q)
                         : db_stmt(s->tx->db, "DELETE FROM booking_due WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)b->appt.id.n);
    if (at.ms) {
        stmt_int(q, 2, at.ms);
        if (b->appt.state == APPT_HELD)
            stmt_int(q, 3, (int64_t)b->appt.holder);
        else
            stmt_null(q, 3);
        stmt_str(q, 4, b->holder);
    }
    return stmt_run(q);
}

static enum err count_holds(struct schedule *s, uint64_t holder, uint32_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(s->tx->db, "SELECT count(*) FROM booking_due WHERE holder = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)holder);
    err = stmt_step(q, &row);
    if (!err) *ret = (uint32_t)stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

enum err schedule_next(struct tx *tx, struct instant *ret_at)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT min(at) FROM booking_due", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret_at = stmt_get_instant(q, 0);
    stmt_done(q);
    return OK;
}

/* -- seats -- */

static bool is_asked(const struct schedule *s, enum agenda_kind kind, int64_t resource)
{
    bool answers = kind == AGENDA_SPECIALIST || kind == AGENDA_INTERPRETER || kind == AGENDA_DOCTOR;
    return answers && (s->practitioner == 0 || resource != s->practitioner);
}

static uint16_t need_place(struct booking *b, const struct booking_need *need)
{
    for (uint8_t i = 0; i < b->need_count; i++)
        if (b->needs[i].kind == need->kind && str_is(b->needs[i].what, need->what)) return i;
    b->needs[b->need_count] = *need;
    return b->need_count++;
}

static enum err seat_one(struct schedule *s, const struct schedule_start *start, uint8_t i, int64_t except,
                         struct booking *b, struct schedule_answer *ret)
{
    bool is_patient = i == start->seat_count;
    static const struct booking_need patient = {AGENDA_PATIENT, {"", 0}};
    const struct booking_need *need = is_patient ? &patient : &start->seats[i].need;
    int64_t row = is_patient ? start->patient : start->seats[i].resource;
    ret->who = is_patient ? NULL : agenda_find(s->view, row, need->kind);
    if (!is_patient && (!ret->who || !agenda_may(ret->who, start->span.until) ||
                        (need->what.bytes && !str_is(need->what, ret->who->what))))
        return ret->refusal = SCHEDULE_UNSUITED, OK;
    enum err err = seek_may(s->tx, s->view, ret->who, row, start->span, except, &ret->bar);
    if (err) return err;
    if (ret->bar == ROSTER_BOOKED) return ret->refusal = SCHEDULE_TAKEN, OK;
    if (ret->bar != ROSTER_MAY && start->triage != TRIAGE_EMERGENCY)
        return ret->refusal = SCHEDULE_BARRED, OK;
    uint8_t at = b->appt.seat_count++;
    b->appt.seats[at] =
        (struct appt_seat){.resource = {(uint64_t)row},
                           .role = need_place(b, need),
                           .before_min = ret->who ? ret->who->roster.before_min : 0,
                           .after_min = ret->who ? ret->who->roster.after_min : 0,
                           .answer = is_asked(s, need->kind, row) ? APPT_UNASKED : APPT_NOT_NEEDED,
                           .is_told = is_patient || agenda_kind_is_person(need->kind)};
    b->names[at] = ret->who ? ret->who->name : (struct str){0};
    b->references[at] = (struct str){0};
    return OK;
}

/* Into an empty list of seats; needs that are there already are used again. */
static enum err seat_all(struct schedule *s, const struct schedule_start *start, int64_t except,
                         struct booking *b, struct schedule_answer *ret)
{
    enum err err = OK;
    uint8_t count = (uint8_t)(start->seat_count + (start->patient != 0));
    b->appt.seat_count = 0;
    ret->refusal = SCHEDULE_DONE;
    for (uint8_t i = 0; i < count && !err && ret->refusal == SCHEDULE_DONE; i++)
        err = seat_one(s, start, i, except, b, ret);
    b->patient = start->patient;
    return err;
}

/* -- beginning -- */

static enum err decide(struct booking *b, const struct appt_event *e, struct appt_change *change,
                       struct schedule_answer *ret)
{
    ret->no = appt_decide(&b->appt, e, change);
    if (ret->no == APPT_YES)
        appt_apply(&b->appt, change);
    else
        ret->refusal = SCHEDULE_NO;
    return OK;
}

static enum err begin(struct schedule *s, const struct schedule_start *start, struct booking *b,
                      struct schedule_answer *ret)
{
    struct appt seated = b->appt;
    struct appt_change *changes = arena_zalloc(s->server.arena, 2 * sizeof *changes);
    struct appt_event hold = {.verb = APPT_DO_HOLD, .now = s->tx->now},
                      ask = {.verb = APPT_DO_ASK, .now = s->tx->now};
    struct instant until;
    uint32_t holds = 0;
    if (!changes) return ERR_NOMEM;
    enum err err = count_holds(s, booking_holder(b->holder), &holds);
    if (err) return err;
    ret->hold = hold_begin(&hold_default, start->asks || start->is_offer ? 0 : holds, s->tx->now, &until);
    if (ret->hold != HOLD_MAY) return ret->refusal = SCHEDULE_HOLDS, OK;
    ret->no = appt_propose((struct appt_id){1}, (struct request_id){(uint64_t)start->request}, start->triage,
                           booking_holder(b->holder), start->span, seated.seats, seated.seat_count, &b->appt);
    if (ret->no != APPT_YES) return ret->refusal = SCHEDULE_NO, OK;
    hold.version = b->appt.version;
    hold.until = start->is_offer ? instant_add(s->tx->now, 2 * HOUR_MS) : until;
    err = decide(b, &hold, &changes[0], ret);
    if (!err && ret->refusal == SCHEDULE_DONE && start->asks) {
        ask.version = b->appt.version;
        ask.until = schedule_answers_by(start->triage, start->span.from, s->tx->now);
        err = decide(b, &ask, &changes[1], ret);
    }
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    if (b->appt.state == APPT_BOOKED) b->booked_at = s->tx->now;
    err = booking_write(s->tx, &s->server, b);
    if (err == ERR_EXISTS) return ret->refusal = SCHEDULE_TAKEN, OK;
    for (int i = 0; i < 2 && !err; i++)
        if (changes[i].after.id.n) err = schedule_after(s, b, b, &changes[i]);
    return err ? err : schedule_note_due(s, b);
}

enum err schedule_start(struct schedule *s, const struct schedule_start *start, struct schedule_answer *ret)
{
    *ret = (struct schedule_answer){0};
    struct booking *b = &ret->booking;
    b->created = s->tx->now;
    b->holder = s->account;
    enum err err = seat_all(s, start, 0, b, ret);
    return err || ret->refusal != SCHEDULE_DONE ? err : begin(s, start, b, ret);
}

/* -- events -- */

enum err schedule_apply(struct schedule *s, struct booking *b, const struct appt_event *e,
                        struct schedule_answer *ret)
{
    struct appt_change *change = arena_zalloc(s->server.arena, sizeof *change);
    struct booking *before = arena_copy(s->server.arena, b, sizeof *b);
    if (!change || !before) return ERR_NOMEM;
    ret->refusal = SCHEDULE_DONE;
    enum err err = booking_change(s->tx, &s->server, b, e, &ret->no, change);
    if (err == ERR_EXISTS) return ret->refusal = SCHEDULE_TAKEN, OK;
    if (!err && ret->no != APPT_YES) return ret->refusal = SCHEDULE_NO, OK;
    if (!err) err = schedule_after(s, before, b, change);
    if (!err) err = schedule_note_due(s, b);
    for (uint8_t i = 0; !err && i < change->action_count; i++)
        if (change->actions[i].act == APPT_FREE) {
            err = schedule_offer(s, e->verb == APPT_DO_MOVE ? change->step.before : change->actions[i].span);
            break; /* one stretch, though several get it back */
        }
    return err;
}

static enum err set_until(struct schedule *s, const struct booking *b, struct appt_event *e,
                          struct schedule_answer *ret)
{
    const struct appt *a = &b->appt;
    if (e->verb == APPT_DO_EXTEND) {
        ret->hold = hold_extend(&hold_default, a->until, a->extended, s->tx->now, &e->until);
        if (ret->hold != HOLD_MAY && a->state == APPT_HELD) ret->refusal = SCHEDULE_HOLDS;
    } else if (e->verb == APPT_DO_ASK || e->verb == APPT_DO_MOVE || e->verb == APPT_DO_REPAIR) {
        e->until = schedule_answers_by(a->triage, e->span.from.ms ? e->span.from : a->span.from, s->tx->now);
    } else if (e->verb == APPT_DO_DECLINE || e->verb == APPT_DO_DISPLACE || e->verb == APPT_DO_LAPSE) {
        e->until = schedule_repair_by(a->triage, a->span.from, s->tx->now);
    }
    return OK;
}

/* After so many the next best is a person's to find; left alone it lapses, and the request waits again. */
enum { REPAIRS_MAX = 5 };

static bool wants_repair(const struct booking *b)
{
    return b->appt.state == APPT_DECLINED || b->appt.state == APPT_DISPLACED;
}

enum err schedule_event(struct schedule *s, struct str id, struct appt_event *event,
                        struct schedule_answer *ret)
{
    *ret = (struct schedule_answer){0};
    enum err err = booking_read(s->tx, &s->server, id, &ret->booking);
    if (err) return err;
    event->now = s->tx->now;
    if (event->version == 0) event->version = ret->booking.appt.version;
    err = set_until(s, &ret->booking, event, ret);
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    err = schedule_apply(s, &ret->booking, event, ret);
    bool is_due = wants_repair(&ret->booking) && ret->booking.appt.moved < REPAIRS_MAX;
    if (err || ret->refusal != SCHEDULE_DONE || !is_due) return err;
    struct schedule_answer repaired; /* nothing found: who schedules is told, and it lapses by itself */
    err = schedule_repair(s, ret->booking.head.id, &repaired);
    if (!err && repaired.refusal == SCHEDULE_TAKEN) err = ERR_EXISTS; /* half of it is written */
    if (!err && repaired.refusal == SCHEDULE_DONE) ret->booking = repaired.booking;
    return err;
}

static enum err reseat(struct schedule *s, struct booking *b, enum appt_verb verb, uint32_t version,
                       const struct schedule_start *to, struct schedule_answer *ret)
{
    struct booking seated = *b;
    enum err err = seat_all(s, to, b->head.row, &seated, ret);
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    struct appt_event e = {.verb = verb,
                           .version = version ? version : b->appt.version,
                           .now = s->tx->now,
                           .span = to->span,
                           .seats = seated.appt.seats,
                           .seat_count = seated.appt.seat_count};
    struct booking changed = *b; /* its seats name needs by their places, and so do the new ones */
    memcpy(changed.needs, seated.needs, sizeof changed.needs);
    changed.need_count = seated.need_count;
    err = set_until(s, b, &e, ret);
    if (!err) err = schedule_apply(s, &changed, &e, ret);
    if (!err && ret->refusal == SCHEDULE_DONE) *b = changed;
    return err;
}

enum err schedule_move(struct schedule *s, struct str id, uint32_t version, const struct schedule_start *to,
                       struct schedule_answer *ret)
{
    struct schedule_start there = *to;
    *ret = (struct schedule_answer){0};
    enum err err = booking_read(s->tx, &s->server, id, &ret->booking);
    if (err) return err;
    there.patient = ret->booking.patient;
    there.triage = ret->booking.appt.triage;
    if (version != ret->booking.appt.version) {
        ret->no = APPT_NO_STALE;
        return ret->refusal = SCHEDULE_NO, OK;
    }
    enum appt_verb verb = wants_repair(&ret->booking) ? APPT_DO_REPAIR : APPT_DO_MOVE;
    return reseat(s, &ret->booking, verb, version, &there, ret);
}

/* -- the next best -- */

void schedule_seek_of(const struct booking *b, struct instant now, struct seek *ret)
{
    static const int64_t days[TRIAGES] = {1, 3, 10, 30};
    const struct appt *a = &b->appt;
    *ret = (struct seek){.patient = b->patient,
                         .minutes = (uint16_t)((a->span.until.ms - a->span.from.ms) / MINUTE_MS),
                         .from = instant_add(now, 10 * MINUTE_MS),
                         .since = b->created,
                         .triage = a->triage,
                         .except = b->head.row};
    ret->until = instant_add(now, days[a->triage] * DAY_MS);
    if (ret->until.ms < a->span.until.ms) ret->until = instant_add(a->span.until, DAY_MS);
    for (uint8_t n = 0; n < b->need_count; n++) {
        struct seek_need need = {.need = b->needs[n]};
        if (need.need.kind == AGENDA_PATIENT) continue;
        for (uint8_t i = 0; i < a->seat_count; i++) {
            if (a->seats[i].role != n) continue;
            need.count++;
            if (a->seats[i].answer == APPT_REFUSED) need.unwanted = (int64_t)a->seats[i].resource.n;
            if (need.need.kind == AGENDA_ROOM) ret->room = (int64_t)a->seats[i].resource.n;
        }
        ret->needs[ret->need_count++] = need;
    }
}

static bool place_in(const struct seek_ask *asked, int64_t row, uint16_t *ret)
{
    for (uint16_t i = 0; i < asked->ask.resource_count; i++)
        if (asked->ask.resources[i].id.n == (uint64_t)row) return *ret = i, true;
    return false;
}

static uint8_t repair_seats(const struct booking *b, const struct seek_ask *asked, struct repair_seat *to)
{
    uint8_t n = 0;
    for (uint8_t i = 0; i < b->appt.seat_count; i++) {
        const struct appt_seat *seat = &b->appt.seats[i];
        struct repair_seat r = {.is_kept = seat->answer != APPT_REFUSED};
        if (!place_in(asked, (int64_t)seat->resource.n, &r.resource)) continue;
        for (uint8_t k = 0; k < asked->need_count; k++)
            if (asked->needs[k].need.kind == b->needs[seat->role].kind &&
                str_is(asked->needs[k].need.what, b->needs[seat->role].what))
                r.role = k;
        to[n++] = r;
    }
    return n;
}

/* An ask's proposal as the start of a booking. */
static void start_of(const struct seek_ask *asked, const struct joint_proposal *p, const struct booking *b,
                     struct schedule_start *to)
{
    *to = (struct schedule_start){
        .patient = b->patient, .request = (int64_t)b->appt.request.n, .triage = b->appt.triage};
    to->span.from = grid_instant(&asked->grid, p->start);
    to->span.until = instant_add(to->span.from, b->appt.span.until.ms - b->appt.span.from.ms);
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct seek_need *need = &asked->needs[p->seats[i].role];
        if (need->need.kind == AGENDA_PATIENT) continue;
        to->seats[to->seat_count++] =
            (struct schedule_seat){need->need, (int64_t)asked->ask.resources[p->seats[i].resource].id.n};
    }
}

enum err schedule_repair(struct schedule *s, struct str id, struct schedule_answer *ret)
{
    struct seek *seek = arena_zalloc(s->server.arena, sizeof *seek);
    struct repair_answer *found = arena_zalloc(s->server.arena, sizeof *found);
    struct schedule_start *to = arena_zalloc(s->server.arena, sizeof *to);
    struct seek_ask *asked;
    struct repair_seat seats[APPT_SEATS_MAX];
    *ret = (struct schedule_answer){0};
    if (!seek || !found || !to) return ERR_NOMEM;
    struct booking *b = &ret->booking;
    enum err err = booking_read(s->tx, &s->server, id, b);
    if (err) return err;
    if (!wants_repair(b)) return ret->no = APPT_NO_WHOLE, ret->refusal = SCHEDULE_NO, OK;
    schedule_seek_of(b, s->tx->now, seek);
    err = seek_ask(s->tx, &s->server, s->view, seek, false, &asked, NULL, NULL);
    if (err) return err;
    int64_t start = grid_floor(&asked->grid, b->appt.span.from);
    bool is_same_time = b->appt.state == APPT_DECLINED && start >= 0 && b->appt.span.from.ms > s->tx->now.ms;
    uint8_t n = repair_seats(b, asked, seats);
    err =
        repair_find(s->joint, &asked->ask, seats, n, (uint32_t)(start < 0 ? 0 : start), is_same_time, found);
    if (err || found->way == REPAIR_NOTHING) return ret->refusal = err ? SCHEDULE_NO : SCHEDULE_NOTHING, err;
    start_of(asked, &found->found.proposals[0], b, to);
    return reseat(s, b, APPT_DO_REPAIR, b->appt.version, to, ret);
}

/* -- by the clock -- */

static enum err due_rows(struct schedule *s, int64_t *rows, uint32_t most, uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err =
        db_stmt(s->tx->db, "SELECT appointment FROM booking_due WHERE at <= ?1 ORDER BY at LIMIT ?2", &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, most);
    while (!(err = stmt_step(q, &row)) && row && n < most)
        rows[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    *ret_n = n;
    return err;
}

static enum err forget_due(struct schedule *s, int64_t row)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db, "DELETE FROM booking_due WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, row);
    return stmt_run(q);
}

static enum err tick_one(struct schedule *s, int64_t row)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    if (!answer) return ERR_NOMEM;
    struct booking *b = &answer->booking;
    enum err err = booking_read_row(s->tx, &s->server, row, b);
    if (err == ERR_NOT_FOUND) return forget_due(s, row); /* erased */
    if (err) return err;
    if (b->appt.until.ms && b->appt.until.ms <= s->tx->now.ms) {
        struct appt_event lapse = {.verb = APPT_DO_LAPSE, .version = b->appt.version};
        return schedule_event(s, b->head.id, &lapse, answer);
    }
    err = schedule_remind(s, b);
    return err ? err : schedule_note_due(s, b);
}

enum err schedule_tick(struct schedule *s, uint32_t most, bool *ret_more)
{
    int64_t rows[64];
    uint32_t n = 0;
    if (most > COUNT_OF(rows)) most = COUNT_OF(rows);
    enum err err = due_rows(s, rows, most, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = tick_one(s, rows[i]);
    *ret_more = n == most;
    return err;
}
