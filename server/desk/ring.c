#include "desk/ring.h"
#include "base/rnd.h"
#include "desk/schedule_own.h"
#include <stdio.h>

/* -- the store -- */

static struct str kept(struct schedule *s, struct str text)
{
    return (struct str){arena_text(s->server.arena, text.at, text.bytes), text.bytes};
}

static enum err state_from(struct str text, enum oncall_state *ret)
{
    for (int i = 0; i < ONCALL_STATES; i++)
        if (str_is_text(text, oncall_state_text((enum oncall_state)i)))
            return *ret = (enum oncall_state)i, OK;
    return ERR_CORRUPT;
}

static enum err read_people(struct schedule *s, struct ring *r)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(s->tx->db, "SELECT person, declined FROM ring_person WHERE ring = ?1 ORDER BY place", &q);
    if (err) return err;
    stmt_int(q, 1, r->number);
    while (!(err = stmt_step(q, &row)) && row && r->call.count < ONCALL_PEOPLE_MAX) {
        r->call.people[r->call.count].n = (uint64_t)stmt_get_int(q, 0);
        r->call.declined[r->call.count++] = stmt_get_int(q, 1) != 0;
    }
    stmt_done(q);
    return err;
}

/* Columns as both statements below name them. */
static enum err read_row(struct schedule *s, struct stmt *q, struct ring *r)
{
    *r = (struct ring){.number = stmt_get_int(q, 0),
                       .id = kept(s, stmt_get_str(q, 1)),
                       .account = kept(s, stmt_get_str(q, 2)),
                       .need = kept(s, stmt_get_str(q, 3)),
                       .practitioner = stmt_get_int(q, 4),
                       .patient = stmt_get_int(q, 5),
                       .request = stmt_get_int(q, 6),
                       .minutes = (uint16_t)stmt_get_int(q, 7),
                       .made = stmt_get_instant(q, 8),
                       .rung_at = stmt_get_instant(q, 9),
                       .epoch = stmt_get_int(q, 10),
                       .appointment = stmt_get_int(q, 11),
                       .displaced = (uint32_t)stmt_get_int(q, 12)};
    r->call.at = (uint8_t)stmt_get_int(q, 14);
    r->call.round = (uint8_t)stmt_get_int(q, 15);
    r->call.rung_at.ms = stmt_get_int(q, 16);
    r->call.answered_by.n = (uint64_t)stmt_get_int(q, 17);
    if (!r->id.at || !r->account.at || !r->need.at) return ERR_NOMEM;
    return state_from(stmt_get_str(q, 13), &r->call.state);
}

#define COLUMNS                                                                                              \
    "SELECT number, id, account, need, practitioner, patient, request, minutes, made, rung_at, epoch,"       \
    " appointment, displaced, state, at, round, rung, answered FROM ring "

static enum err read_one(struct schedule *s, struct stmt *q, struct ring *ret)
{
    bool row;
    enum err err = stmt_step(q, &row);
    if (!err) err = row ? read_row(s, q, ret) : ERR_NOT_FOUND;
    stmt_done(q);
    return err ? err : read_people(s, ret);
}

enum err ring_read(struct schedule *s, struct str id, struct ring *ret)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db, COLUMNS "WHERE id = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, id);
    return read_one(s, q, ret);
}

enum err ring_at(struct schedule *s, int64_t number, struct ring *ret)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db, COLUMNS "WHERE number = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, number);
    return read_one(s, q, ret);
}

static enum err write_state(struct schedule *s, const struct ring *r)
{
    struct stmt *q;
    enum err err =
        db_stmt(s->tx->db,
                "UPDATE ring SET state = ?2, at = ?3, round = ?4, rung = ?5, rung_at = ?6, epoch = ?7,"
                " answered = ?8, appointment = ?9, displaced = ?10 WHERE number = ?1",
                &q);
    if (err) return err;
    stmt_int(q, 1, r->number);
    stmt_text(q, 2, oncall_state_text(r->call.state));
    stmt_int(q, 3, r->call.at);
    stmt_int(q, 4, r->call.round);
    stmt_int(q, 5, r->call.rung_at.ms);
    stmt_int(q, 6, r->rung_at.ms);
    stmt_int(q, 7, r->epoch);
    stmt_int(q, 8, (int64_t)r->call.answered_by.n);
    stmt_int(q, 9, r->appointment);
    stmt_int(q, 10, r->displaced);
    return stmt_run(q);
}

static enum err write_person(struct schedule *s, const struct ring *r, uint8_t place, bool is_rung)
{
    struct stmt *q;
    enum err err =
        db_stmt(s->tx->db,
                "INSERT INTO ring_person (ring, place, person, declined, rung) VALUES (?1, ?2, ?3, ?4, ?5)"
                " ON CONFLICT (ring, place) DO UPDATE SET declined = excluded.declined,"
                " rung = ifnull(excluded.rung, rung)",
                &q);
    if (err) return err;
    stmt_int(q, 1, r->number);
    stmt_int(q, 2, place);
    stmt_int(q, 3, (int64_t)r->call.people[place].n);
    stmt_int(q, 4, r->call.declined[place]);
    stmt_instant(q, 5, is_rung ? s->tx->now : (struct instant){0});
    return stmt_run(q);
}

static enum err insert(struct schedule *s, const struct ring_start *start, struct ring *r)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    char id[RING_ID_BYTES];
    struct stmt *q;
    for (int i = 0; i < RING_ID_BYTES - 1; i++)
        id[i] = letters[rnd_below(sizeof letters - 1)];
    id[RING_ID_BYTES - 1] = '\0';
    r->id = kept(s, str_of(id));
    r->account = s->account;
    r->need = booking_need_code(s->server.arena, &start->need);
    enum err err =
        db_stmt(s->tx->db,
                "INSERT INTO ring (id, account, need, practitioner, patient, request, minutes, made,"
                " rung_at, epoch, state, at, round, rung, answered, appointment, displaced) VALUES"
                " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, 'ringing', 0, 0, 0, 0, 0, 0)",
                &q);
    if (err) return err;
    stmt_str(q, 1, r->id);
    stmt_str(q, 2, r->account);
    stmt_str(q, 3, r->need);
    stmt_int(q, 4, r->practitioner = s->practitioner);
    stmt_int(q, 5, r->patient = start->patient);
    stmt_int(q, 6, r->request = start->request);
    stmt_int(q, 7, r->minutes = start->minutes);
    stmt_int(q, 8, s->tx->now.ms);
    stmt_int(q, 9, r->epoch);
    err = stmt_run(q);
    r->number = db_last_rowid(s->tx->db);
    r->made = s->tx->now;
    return err;
}

/* -- who could come -- */

static enum err last_rung(struct schedule *s, int64_t person, struct instant *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(s->tx->db, "SELECT max(rung) FROM ring_person WHERE person = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, person);
    err = stmt_step(q, &row);
    if (!err) *ret = stmt_get_instant(q, 0);
    stmt_done(q);
    return err;
}

/* Lower first: with hours now, outside of them; and those whom only the telephone reaches after all others. 255: cannot. */
static enum err priority_of(struct schedule *s, const struct agenda_resource *e, struct span span,
                            uint8_t *ret)
{
    enum roster_bar bar;
    const char *account;
    enum err err = seek_may(s->tx, s->view, e, e->row, span, 0, &bar);
    if (!err) err = schedule_account_of(s, e->row, &account);
    if (err) return err;
    *ret = bar == ROSTER_BOOKED || bar == ROSTER_ON_LEAVE ? UINT8_MAX : bar == ROSTER_NO_HOURS ? 1 : 0;
    if (*ret != UINT8_MAX && !account) *ret = (uint8_t)(*ret + 2);
    return OK;
}

static enum err order(struct schedule *s, const struct ring_start *start, struct resource_id *ret,
                      uint8_t *ret_n)
{
    struct span span = {s->tx->now, instant_add(s->tx->now, start->minutes * MINUTE_MS)};
    struct oncall_person *people = arena_zalloc(s->server.arena, (s->view->count + 1) * sizeof *people);
    uint32_t n = 0;
    enum err err = people ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < s->view->count && !err; i++) {
        const struct agenda_resource *e = &s->view->at[i];
        uint8_t priority = UINT8_MAX;
        bool fits =
            e->kind == start->need.kind && (!start->need.what.bytes || str_is(start->need.what, e->what));
        if (!fits || !agenda_may(e, s->tx->now)) continue;
        err = priority_of(s, e, span, &priority);
        if (err || priority == UINT8_MAX) continue;
        people[n] = (struct oncall_person){.person = {(uint64_t)e->row}, .duty = span, .priority = priority};
        err = last_rung(s, e->row, &people[n++].last_rung);
    }
    *ret_n = oncall_order(people, n, s->tx->now, ret);
    return err;
}

/* -- what follows -- */

static enum err tell(struct schedule *s, const struct ring *r)
{
    static const char *const pagers[] = {"clinic-doctor", "nurse"};
    const char *data = arena_printf(s->server.arena, "{\"ring\":\"%.*s\",\"state\":\"%s\"}", (int)r->id.bytes,
                                    r->id.at, oncall_state_text(r->call.state));
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(pagers) && !err; i++)
        err = schedule_tell(s, NULL, pagers[i], "ring_changed", data);
    return err;
}

static enum err call_person(struct schedule *s, const struct ring *r, int64_t person, const char *kind)
{
    const char *account;
    enum err err = schedule_account_of(s, person, &account);
    if (err || !account) return err;
    return schedule_tell(s, account, NULL, kind,
                         arena_printf(s->server.arena, "{\"ring\":\"%.*s\"}", (int)r->id.bytes, r->id.at));
}

/* For who has no client open: out of the house, where a way and an address are known (desk/outbox). Once a round, so that a server that
 * starts again and rings the same person anew does not write again. Who has no account could not answer; they are telephoned. */
static enum err message_person(struct schedule *s, const struct ring *r, int64_t person)
{
    struct stmt *q;
    const char *account;
    enum err err = schedule_account_of(s, person, &account);
    if (err || !account) return err;
    err = db_stmt(s->tx->db,
                  "INSERT INTO message (made, person, appointment, kind, start, until, sequence, rule, ring)"
                  " VALUES (?1, ?2, 0, 'rung', ?1, ?3, 0, ?4, ?5) ON CONFLICT DO NOTHING",
                  &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, person);
    stmt_int(q, 3, s->tx->now.ms + oncall_default.ring_ms);
    stmt_int(q, 4, r->call.round);
    stmt_int(q, 5, r->number);
    return stmt_run(q);
}

static enum err follow(struct schedule *s, int64_t epoch, struct ring *r, const struct oncall_change *c)
{
    enum err err = OK;
    r->call = c->after;
    for (uint8_t i = 0; i < c->action_count && !err; i++) {
        int64_t person = (int64_t)c->actions[i].person.n;
        switch (c->actions[i].act) {
        case ONCALL_RING:
            r->epoch = epoch, r->rung_at = s->tx->now;
            err = write_person(s, r, r->call.at, true);
            if (!err) err = call_person(s, r, person, "ring");
            if (!err) err = message_person(s, r, person);
            break;
        case ONCALL_STOP:
            err = call_person(s, r, person, "ring_over");
            break;
        case ONCALL_CONNECT: /* booked by ring_happen */
            err = call_person(s, r, person, "ring_over");
            break;
        case ONCALL_ESCALATE: /* the screens of who rings say so */
            break;
        }
    }
    if (!err) err = write_state(s, r);
    return err ? err : tell(s, r);
}

enum err ring_begin(struct schedule *s, int64_t epoch, const struct ring_start *start, struct ring *ret)
{
    struct resource_id people[ONCALL_PEOPLE_MAX];
    struct oncall_change change;
    uint8_t n = 0;
    *ret = (struct ring){.epoch = epoch};
    enum err err = order(s, start, people, &n);
    if (!err) err = insert(s, start, ret);
    if (err) return err;
    oncall_begin(people, n, clock_tick(), &change);
    ret->call = change.after;
    for (uint8_t i = 0; i < n && !err; i++)
        err = write_person(s, ret, i, false);
    return err ? err : follow(s, epoch, ret, &change);
}

/* -- an answer -- */

static enum err is_taken(struct schedule *s, int64_t row, struct span span, bool *ret)
{
    enum roster_bar bar;
    const struct agenda_resource *who = agenda_find(s->view, row, AGENDA_KINDS);
    enum err err = seek_may(s->tx, s->view, who, row, span, 0, &bar);
    *ret = !err && bar == ROSTER_BOOKED;
    return err;
}

static struct span from_now(struct schedule *s, const struct ring *r)
{
    struct instant now = {s->tx->now.ms - s->tx->now.ms % MINUTE_MS};
    return (struct span){now, instant_add(now, r->minutes * MINUTE_MS)};
}

static enum err start_now(struct schedule *s, const struct ring *r, const struct booking_need *need,
                          const struct agenda_resource *clinic, int64_t person, struct schedule_answer *ret)
{
    struct schedule_start *start = arena_zalloc(s->server.arena, sizeof *start);
    if (!start) return ERR_NOMEM;
    *start = (struct schedule_start){.patient = r->patient,
                                     .request = r->request,
                                     .triage = TRIAGE_EMERGENCY,
                                     .span = from_now(s, r),
                                     .asks = true};
    start->seats[start->seat_count++] = (struct schedule_seat){*need, person};
    if (clinic)
        start->seats[start->seat_count++] =
            (struct schedule_seat){{clinic->kind, (struct str){"", 0}}, clinic->row};
    return schedule_start(s, start, ret);
}

/* Somebody of them has something else now: what is weaker gives way (schedule_override). */
static enum err displace(struct schedule *s, struct ring *r, const struct booking_need *need,
                         const struct agenda_resource *clinic, int64_t person, struct schedule_answer *ret,
                         struct str *ids)
{
    struct seek seek = {.triage = TRIAGE_EMERGENCY,
                        .patient = r->patient,
                        .minutes = r->minutes,
                        .from = s->tx->now,
                        .since = s->tx->now,
                        .any_hour = true,
                        .until = instant_add(s->tx->now, r->minutes * MINUTE_MS + 2 * HOUR_MS)};
    seek.needs[seek.need_count++] = (struct seek_need){.need = *need, .count = 1, .named = person};
    if (clinic)
        seek.needs[seek.need_count++] =
            (struct seek_need){.need = {clinic->kind, {"", 0}}, .count = 1, .named = clinic->row};
    return schedule_override(s, &seek, r->request, ret, ids, &r->displaced);
}

/* Who rang and who answered have both said yes. */
static enum err accept_all(struct schedule *s, struct schedule_answer *ret)
{
    enum err err = OK;
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    if (!b) return ERR_NOMEM;
    *b = ret->booking;
    for (uint8_t i = 0; i < b->appt.seat_count && !err && ret->refusal == SCHEDULE_DONE; i++) {
        struct appt_event e = {.verb = APPT_DO_ACCEPT, .seat = b->appt.seats[i].resource};
        if (b->appt.seats[i].answer == APPT_ASKED) err = schedule_event(s, b->head.id, &e, ret);
    }
    return err;
}

static enum err book(struct schedule *s, struct ring *r, int64_t person, struct schedule_answer *ret,
                     struct str *ids)
{
    struct booking_need need;
    struct span span = from_now(s, r);
    const struct agenda_resource *clinic = agenda_find(s->view, r->practitioner, AGENDA_DOCTOR);
    int64_t rows[] = {person, r->patient, r->practitioner};
    bool taken = false;
    if (!clinic) clinic = agenda_find(s->view, r->practitioner, AGENDA_NURSE);
    if (!booking_need_from(s->server.arena, r->need, &need)) return ERR_CORRUPT;
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(rows) && !err && !taken; i++)
        if (rows[i]) err = is_taken(s, rows[i], span, &taken);
    if (err) return err;
    err =
        taken ? displace(s, r, &need, clinic, person, ret, ids) : start_now(s, r, &need, clinic, person, ret);
    if (!err && ret->refusal == SCHEDULE_DONE) err = accept_all(s, ret);
    if (!err && ret->refusal == SCHEDULE_DONE) r->appointment = ret->booking.head.row;
    return err;
}

enum err ring_happen(struct schedule *s, int64_t epoch, struct ring *r, enum oncall_verb verb, int64_t person,
                     enum oncall_no *ret_no, struct schedule_answer *ret_answer, struct str *ret_ids)
{
    struct oncall_change change;
    *ret_answer = (struct schedule_answer){0};
    *ret_no = oncall_decide(&oncall_default, &r->call, verb, (struct resource_id){(uint64_t)person},
                            clock_tick(), &change);
    if (*ret_no != ONCALL_YES) return OK;
    enum err err = OK;
    if (verb == ONCALL_DO_ANSWER) err = book(s, r, person, ret_answer, ret_ids);
    if (err || ret_answer->refusal != SCHEDULE_DONE) return err;
    err = follow(s, epoch, r, &change);
    for (uint8_t i = 0; i < r->call.count && !err; i++)
        if (r->call.declined[i]) err = write_person(s, r, i, false);
    return err;
}

/* -- by the clock -- */

enum err ring_waits(struct tx *tx, bool *ret_any)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM ring WHERE state = 'ringing' LIMIT 1", &q);
    if (err) return err;
    err = stmt_step(q, ret_any);
    stmt_done(q);
    return err;
}

static enum err tick_one(struct schedule *s, int64_t epoch, int64_t number)
{
    struct ring r;
    struct oncall_change change;
    enum err err = ring_at(s, number, &r);
    if (err) return err;
    if (r.epoch != epoch) { /* the process before was ringing: the same person again, for a whole minute */
        change = (struct oncall_change){.after = r.call, .action_count = 1};
        change.after.rung_at = clock_tick();
        change.actions[0].act = ONCALL_RING;
        change.actions[0].person = r.call.people[r.call.at];
        return follow(s, epoch, &r, &change);
    }
    enum oncall_no no = oncall_decide(&oncall_default, &r.call, ONCALL_DO_TICK, (struct resource_id){0},
                                      clock_tick(), &change);
    return no == ONCALL_YES ? follow(s, epoch, &r, &change) : OK;
}

static enum err numbers(struct stmt *q, int64_t ret[RING_LIST_MAX], uint32_t *ret_n)
{
    bool row;
    uint32_t n = 0;
    enum err err;
    while (!(err = stmt_step(q, &row)) && row && n < RING_LIST_MAX)
        ret[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    *ret_n = n;
    return err;
}

enum err ring_tick(struct schedule *s, int64_t epoch)
{
    int64_t at[RING_LIST_MAX];
    uint32_t n = 0;
    struct stmt *q;
    enum err err = db_stmt(s->tx->db, "SELECT number FROM ring WHERE state = 'ringing' ORDER BY number", &q);
    if (!err) err = numbers(q, at, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = tick_one(s, epoch, at[i]);
    return err;
}

/* -- who looks -- */

enum err ring_list(struct schedule *s, int64_t person, int64_t ret_numbers[RING_LIST_MAX], uint32_t *ret_n)
{
    struct stmt *q;
    enum err err =
        db_stmt(s->tx->db,
                "SELECT number FROM ring WHERE (state = 'ringing' OR made > ?1) AND (?2 = 0 OR EXISTS"
                " (SELECT 1 FROM ring_person p WHERE p.ring = number AND p.person = ?2 AND"
                " p.rung IS NOT NULL)) ORDER BY number DESC LIMIT ?3",
                &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms - RING_SHOWN_MS);
    stmt_int(q, 2, person);
    stmt_int(q, 3, RING_LIST_MAX);
    return numbers(q, ret_numbers, ret_n);
}

enum err ring_is_at(struct tx *tx, int64_t number, int64_t person, int64_t round, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "SELECT 1 FROM ring r JOIN ring_person p ON p.ring = r.number AND p.place = r.at"
                           " WHERE r.number = ?1 AND r.state = 'ringing' AND r.round = ?3 AND p.person = ?2",
                           &q);
    if (err) return err;
    stmt_int(q, 1, number);
    stmt_int(q, 2, person);
    stmt_int(q, 3, round);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

bool ring_has_rung(const struct ring *r, uint8_t place)
{
    return place < r->call.count &&
           (r->call.round > 0 || r->call.state == ONCALL_NOBODY || place <= r->call.at);
}
