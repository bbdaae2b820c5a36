/* The next best for a booking that somebody declined or that lost its place: the same people kept where they can be. */
#include "desk/schedule_own.h"

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
    if (!schedule_wants_repair(b)) return ret->no = APPT_NO_WHOLE, ret->refusal = SCHEDULE_NO, OK;
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
    return schedule_reseat(s, b, APPT_DO_REPAIR, b->appt.version, to, ret);
}
