/* What a booking's job is answered with: the booking, or why not; and who is told. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "scheduler/appt_table.h"
#include <stdio.h>

static enum err refuse_state(struct request *r, enum appt_no no)
{
    switch (no) {
    case APPT_NO_STALE:
        return answer_fault(r, 409, "booking_stale", "version");
    case APPT_NO_OVER:
        return answer_fault(r, 409, "booking_over", NULL);
    case APPT_NO_LATE:
        return answer_fault(r, 409, "booking_late", NULL);
    case APPT_NO_EARLY:
        return answer_fault(r, 409, "booking_early", NULL);
    case APPT_NO_SEAT:
    case APPT_NO_SAID:
        return answer_fault(r, 409, "booking_answer", NULL);
    case APPT_NO_FORM:
        return answer_fault(r, 400, "bad_field", "reason");
    case APPT_YES:
    case APPT_NO_NOT_HELD:
    case APPT_NO_HELD_ALREADY:
    case APPT_NO_NOT_ASKED:
    case APPT_NO_ASKED_ALREADY:
    case APPT_NO_NOT_BOOKED:
    case APPT_NO_NOT_ARRIVED:
    case APPT_NO_UNDER_WAY:
    case APPT_NO_REPAIR_FIRST:
    case APPT_NO_WHOLE:
    case APPT_NO_UNTIMED:
    case APPT_NOS:
        break;
    }
    answer_fault(r, 409, "booking_state", NULL);
    snprintf(r->fault.detail, sizeof r->fault.detail, "%s", appt_no_text(no));
    return OK;
}

static enum err refuse(struct request *r, const struct schedule_answer *a)
{
    static const char *const bars[ROSTER_BARS] = {
        [ROSTER_MAY] = "booking_taken",     [ROSTER_NO_HOURS] = "barred_hours",
        [ROSTER_ON_LEAVE] = "barred_leave", [ROSTER_BOOKED] = "booking_taken",
        [ROSTER_DAY_FULL] = "barred_full",  [ROSTER_TOO_SOON] = "barred_soon",
        [ROSTER_TOO_FAR] = "barred_far"};
    const char *who = a->who ? arena_printf(r->arena, "%.*s/%.*s", (int)a->who->type.bytes, a->who->type.at,
                                            (int)a->who->id.bytes, a->who->id.at)
                             : "patient";
    switch (a->refusal) {
    case SCHEDULE_NO:
        return refuse_state(r, a->no);
    case SCHEDULE_BARRED:
        return answer_fault(r, 409, bars[a->bar], who);
    case SCHEDULE_TAKEN:
        answer_fault(r, 409, "booking_taken", a->bar == ROSTER_BOOKED ? who : NULL);
        return ERR_DENIED;
    case SCHEDULE_HOLDS:
        return answer_fault(r, 409, "booking_holds", NULL);
    case SCHEDULE_NOTHING:
        return answer_fault(r, 409, "booking_nothing", NULL);
    case SCHEDULE_UNSUITED:
        return answer_fault(r, 409, "booking_unsuited", who);
    case SCHEDULE_ORDER:
        return answer_fault(r, 409, "booking_order", NULL);
    case SCHEDULE_UNASKED:
        return answer_fault(r, 409, "visit_state", "request");
    case SCHEDULE_DONE:
        break;
    }
    return OK;
}

static void leave(struct request *r)
{
    schedule_leave_all(request_site(r)->calls, r->stash);
}

/* The job's own arena is gone by then. */
static enum err leave_later(struct request *r, const struct schedule_leave *from)
{
    struct schedule_leave *kept = NULL;
    for (; from; from = from->next) {
        struct schedule_leave *l = arena_zalloc(r->arena, sizeof *l);
        const char *room = arena_text(r->arena, from->room.at, from->room.bytes);
        const char *account =
            arena_text(r->arena, from->account.at ? from->account.at : "", from->account.bytes);
        if (!l || !room || !account) return ERR_NOMEM;
        *l = (struct schedule_leave){kept, {room, from->room.bytes}, {account, from->account.bytes}};
        kept = l;
    }
    if (!kept) return OK;
    r->stash = kept;
    r->apply = leave;
    return OK;
}

enum err agenda_tell(struct request *r, struct agenda_job *job)
{
    enum err err = leave_later(r, job->s.leaves);
    for (const struct schedule_act *a = job->s.acts; a && !err; a = a->next) {
        err = request_about(r, a->patient);
        if (!err) err = request_audit(r, a->action, a->target, AUDIT_OK, a->detail);
    }
    for (const struct schedule_news *n = job->s.news; n && !err; n = n->next)
        err = request_notify(
            r,
            &(struct site_notice){.account = n->account, .role = n->role, .kind = n->kind, .data = n->data});
    return err;
}

enum err agenda_answer(struct request *r, struct agenda_job *job, int status,
                       const struct schedule_answer *answer)
{
    struct json_out o;
    const struct booking *b = &answer->booking;
    if (answer->refusal != SCHEDULE_DONE) return refuse(r, answer);
    const char *target = arena_printf(r->arena, "Appointment/%.*s", (int)b->head.id.bytes, b->head.id.at);
    const char *detail = arena_printf(r->arena, "{\"versions\":[%lld],\"state\":\"%s\"}",
                                      (long long)b->head.seq, appt_state_text(b->appt.state));
    enum err err = target && detail ? request_audit(r, r->route->audit, target, AUDIT_OK, detail) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    if (err) return err;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    err = agenda_write_booking(r, job, &o, "booking", b);
    if (!err && job->displaced)
        err = agenda_write_displaced(r, job, &o, job->displaced, job->displaced_count);
    json_close(&o);
    return err;
}
