/* The visit follows its booking: it has an Encounter from the moment on that a patient's place is firm, its specialists have their grants, and
 * it arrives, ends and is taken back with it. */
#include "desk/chart_write.h"
#include "desk/schedule_own.h"
#include "desk/visit_grant.h"
#include "scheduler/appt_table.h"

enum { BODY_MAX = 8 * 1024 };

static enum err find(struct schedule *s, const struct booking *b, struct visit *ret)
{
    enum err err = visit_of_appointment(s->tx, &s->server, b->head.row, ret);
    bool has_request = b->appt.request.n != 0;
    return err == ERR_NOT_FOUND && has_request
               ? visit_of_request(s->tx, &s->server, (int64_t)b->appt.request.n, ret)
               : err;
}

static enum err id_of(struct schedule *s, int64_t row, struct str *ret)
{
    struct record_head head;
    enum err err = record_head_at(s->tx, s->server.arena, row, &head);
    if (!err) *ret = head.id;
    return err;
}

/* Nobody asked for it by our form: a specialist was rung, or another system wrote the request. */
static enum err make(struct schedule *s, const struct booking *b, struct visit *ret)
{
    struct str patient, request = {"", 0}, text;
    struct record_head head;
    struct buf body;
    struct json_out o;
    enum err err = id_of(s, b->patient, &patient);
    if (!err && b->appt.request.n) err = id_of(s, (int64_t)b->appt.request.n, &request);
    if (err) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    visit_put_encounter(&o, patient, request);
    err = chart_take(&s->server, &body, &text);
    if (!err)
        err =
            chart_write(s->tx, &s->server, fhir_resource_of(STR("Encounter")), STR(""), 0, text, &head, NULL);
    return err ? err : visit_find(s->tx, &s->server, head.id, ret);
}

static enum err link(struct schedule *s, const struct booking *b, struct visit *v)
{
    struct buf steps;
    struct json_out o;
    const char *reference =
        arena_printf(s->server.arena, "Appointment/%.*s", (int)b->head.id.bytes, b->head.id.at);
    if (!reference) return ERR_NOMEM;
    if (v->appointment == b->head.row || v->encounter.head.lifecycle == RECORD_FINAL) return OK;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "add", "/appointment");
    json_open_array(&o, "value");
    chart_put_reference(&o, NULL, str_of(reference));
    json_close_array(&o);
    json_close(&o);
    json_close_array(&o);
    return visit_patch(s->tx, &s->server, v, false, &steps);
}

/* As its Encounter says: the request may have been closed a moment ago by the same change. */
static bool is_held(struct schedule *s, const struct visit *v, enum visit_state state)
{
    return str_is_text(chart_text(&s->server, &v->encounter, 0, "status"), visit_encounter_status(state));
}

static bool has_begun(struct schedule *s, const struct visit *v)
{
    return is_held(s, v, VISIT_IN_PROGRESS) || is_held(s, v, VISIT_ONLEAVE);
}

/* Its place is gone: it waits for another, where there is a request, or it is over. */
static enum err lose(struct schedule *s, const struct booking *b, struct visit *v)
{
    bool is_closed =
        b->appt.state == APPT_CANCELLED && (b->appt.reason == APPT_CARE_REFUSED ||
                                            b->appt.reason == APPT_NEED_GONE || b->appt.reason == APPT_LEFT);
    if (has_begun(s, v)) return visit_put_state(s->tx, &s->server, v, VISIT_FINISHED, NULL);
    if (is_closed && b->appt.reason == APPT_CARE_REFUSED)
        return visit_put_state(s->tx, &s->server, v, VISIT_REFUSED, "refused");
    if (is_closed || !v->has_request)
        return visit_put_state(s->tx, &s->server, v, VISIT_REVOKED, appt_reason_text(b->appt.reason));
    return is_held(s, v, VISIT_ARRIVED) ? visit_put_state(s->tx, &s->server, v, VISIT_ACTIVE, NULL) : OK;
}

static enum err put_state(struct schedule *s, const struct booking *b, struct visit *v)
{
    enum visit_no no;
    enum visit_state next;
    if (is_held(s, v, VISIT_FINISHED) || is_held(s, v, VISIT_REVOKED)) return OK;
    if (b->appt.state == APPT_ARRIVED || b->appt.state == APPT_FULFILLED) {
        next = visit_next(v->state, b->appt.state == APPT_ARRIVED ? VISIT_DO_ARRIVE : VISIT_DO_FINISH, &no);
        return no == VISIT_YES ? visit_put_state(s->tx, &s->server, v, next, NULL) : OK;
    }
    return appt_is_over(b->appt.state) ? lose(s, b, v) : OK;
}

static enum err tell(struct schedule *s, const struct visit *v)
{
    const char *data =
        arena_printf(s->server.arena, "{\"visit\":\"%.*s\",\"state\":\"%s\"}",
                     (int)v->encounter.head.id.bytes, v->encounter.head.id.at, visit_state_text(v->state));
    enum err err = schedule_tell(s, NULL, "clinic-doctor", "visit_changed", data);
    return err ? err : schedule_tell(s, NULL, "nurse", "visit_changed", data);
}

enum err schedule_visit(struct schedule *s, const struct booking *before, const struct booking *b)
{
    struct visit v;
    enum err err = b->patient ? find(s, b, &v) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND && (!b->patient || b->booked_at.ms == 0)) return OK;
    if (err == ERR_NOT_FOUND) err = make(s, b, &v);
    if (!err) err = link(s, b, &v);
    if (!err) err = visit_grant_follow(s, &v, before, b);
    if (!err) err = put_state(s, b, &v);
    return err ? err : tell(s, &v);
}
