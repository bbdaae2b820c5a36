/* Bookings and escorts of whoever has left, or is out of the house. */
#include "desk/chart_write.h"
#include "desk/consequence_own.h"
#include "desk/schedule_own.h"

/* Custody has a code for court; of any other way to be away it says that nobody can bring the patient. */
static enum appt_reason reason_of(const struct consequence *c)
{
    return custody_is_out(c->custody->state)
               ? c->custody->state == CUSTODY_COURT ? APPT_COURT : APPT_NO_ESCORT
               : APPT_LEFT;
}

/* For another time: a person finds it, who is told; an emergency is a person's to decide about. */
static enum err reopen(const struct consequence *c, struct booking *b, bool *ret_did)
{
    struct schedule *s = c->s;
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    int64_t until = s->tx->now.ms + consequence_ahead_ms(c->rule);
    if (!answer) return ERR_NOMEM;
    bool is_firm = b->appt.state == APPT_PENDING || b->appt.state == APPT_BOOKED ||
                   b->appt.state == APPT_CHECKED_IN || b->appt.state == APPT_DECLINED;
    if (!is_firm || b->appt.triage == TRIAGE_EMERGENCY || b->appt.span.from.ms >= until ||
        b->appt.span.until.ms <= s->tx->now.ms)
        return OK;
    struct appt_event e = {.verb = APPT_DO_DISPLACE,
                           .version = b->appt.version,
                           .now = s->tx->now,
                           .reason = reason_of(c),
                           .until = schedule_repair_by(b->appt.triage, b->appt.span.from, s->tx->now)};
    enum err err = schedule_apply(s, b, &e, answer);
    *ret_did = !err && answer->refusal == SCHEDULE_DONE;
    return err;
}

static enum err end(const struct consequence *c, struct booking *b, bool *ret_did)
{
    struct schedule *s = c->s;
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    if (!answer) return ERR_NOMEM;
    bool is_there = b->appt.state == APPT_ARRIVED && c->custody->state != CUSTODY_DIED;
    if (is_there) return OK; /* the patient was seen to arrive: it is the clinic's to end */
    struct appt_event e = {.verb = APPT_DO_CANCEL, .side = APPT_CUSTODY, .reason = APPT_LEFT};
    enum err err = schedule_event(s, b->head.id, &e, answer);
    *ret_did = !err && answer->refusal == SCHEDULE_DONE;
    return err;
}

enum err consequence_bookings(const struct consequence *c, uint32_t *ret_n)
{
    struct chart_list list;
    struct schedule *s = c->s;
    enum err err = chart_list(s->tx, &s->server, "Appointment", c->patient->id,
                              "&status=proposed,pending,booked,arrived,checked-in,waitlist", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
        bool did = false;
        if (!b) return ERR_NOMEM;
        err = booking_read_row(s->tx, &s->server, list.at[i].head.row, b);
        if (err == ERR_NOT_FOUND) {
            err = OK; /* none that is led here */
            continue;
        }
        if (!err) err = c->rule == CONSEQUENCE_ENDS ? end(c, b, &did) : reopen(c, b, &did);
        *ret_n += !err && did;
    }
    return err;
}

/* A booking took its own back; what is left was ordered by hand. One that is under way is seen to its end. */
enum err consequence_escorts(const struct consequence *c, uint32_t *ret_n)
{
    struct chart_list list;
    struct schedule *s = c->s;
    enum err err = chart_list(s->tx, &s->server, "Task", c->patient->id,
                              "&code=escort&status=requested,accepted", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        err = chart_write_steps(s->tx, &s->server, &list.at[i].head, list.at[i].head.version,
                                STR("[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"cancelled\"}]"),
                                NULL, NULL);
        *ret_n += !err;
    }
    return err;
}
