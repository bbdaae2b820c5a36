#include "desk/engagement.h"
#include "desk/chart.h"
#include "desk/schedule_own.h"
#include "records/claim.h"

enum { BODY_MAX = 16 * 1024, MEET_MAX = 64 };

bool engagement_kind_is(struct str kind)
{
    static const char *const kinds[] = {"court", "lawyer", "interrogation", "meal", "count"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is_text(kind, kinds[i])) return true;
    return false;
}

static void put_body(struct json_out *o, struct schedule *s, struct str patient, struct str kind,
                     struct span span)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Appointment");
    json_put_text(o, "status", "booked");
    json_open(o, "appointmentType");
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", ENGAGEMENT_SYSTEM);
    json_put_str(o, "code", kind);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_put_instant(o, "start", span.from);
    json_put_instant(o, "end", span.until);
    json_put_instant(o, "created", s->tx->now);
    json_open_array(o, "participant");
    json_open(o, NULL);
    json_open(o, "actor");
    json_put_text(o, "reference",
                  arena_printf(s->server.arena, "Patient/%.*s", (int)patient.bytes, patient.at));
    json_close(o);
    json_put_text(o, "status", "accepted");
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static enum err write(struct schedule *s, struct str patient, struct str kind, struct span span,
                      struct str *ret_id, enum engagement_answer *ret)
{
    struct buf body;
    struct json_out o;
    struct tape tape;
    struct tape_fault where;
    struct record record;
    struct record_fault fault = {0};
    enum record_done done;
    struct record_if cond = {0};
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_body(&o, s, patient, kind, span);
    struct str text = {body.err ? NULL : arena_copy(s->server.arena, body.at, body.bytes), body.bytes};
    enum err err = body.err ? body.err : text.at ? OK : ERR_NOMEM;
    buf_done(&body);
    if (!err) err = tape_read(s->server.arena, text, RECORD_NODES_MAX, &tape, &where);
    if (!err)
        err = record_create(s->tx, &s->server, fhir_resource_of(STR("Appointment")), &tape, 0, &cond, &record,
                            &done, &fault);
    if (fault.status == 409) return *ret = ENGAGEMENT_TAKEN, OK;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    if (!err) *ret_id = record.head.id;
    return err;
}

/* Bookings that stand there lose their place; what is none of ours, or will not yield, stays and is met when it is written. */
static enum err displace(struct schedule *s, int64_t appointment, struct str *ret_id)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    *ret_id = (struct str){0};
    if (!answer || !b) return ERR_NOMEM;
    enum err err = booking_read_row(s->tx, &s->server, appointment, b);
    if (err || b->appt.triage == TRIAGE_EMERGENCY) return err == ERR_NOT_FOUND ? OK : err;
    struct appt_event e = {.verb = APPT_DO_DISPLACE,
                           .version = b->appt.version,
                           .now = s->tx->now,
                           .reason = APPT_COURT,
                           .until = schedule_repair_by(b->appt.triage, b->appt.span.from, s->tx->now)};
    err = schedule_apply(s, b, &e, answer);
    if (!err && answer->refusal == SCHEDULE_DONE) *ret_id = b->head.id;
    return err;
}

enum err engagement_add(struct schedule *s, int64_t patient, struct str kind, struct span span,
                        struct str *ret_id, uint32_t *ret_displaced, enum engagement_answer *ret)
{
    struct claim claims[MEET_MAX];
    struct str ids[MEET_MAX];
    struct record_head head;
    uint32_t n = 0, count = 0;
    *ret = ENGAGEMENT_DONE;
    *ret_displaced = 0;
    enum err err = record_head_at(s->tx, s->server.arena, patient, &head);
    if (!err && str_is_text(kind, "court"))
        err = claim_of(s->tx, patient, span.from, span.until, claims, MEET_MAX, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = displace(s, claims[i].appointment, &ids[count]);
        if (ids[count].bytes) count++;
    }
    if (!err) err = write(s, head.id, kind, span, ret_id, ret);
    /* Now that the time is taken: the next best for each; what finds none is a person's to place. */
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    if (!err && !answer) err = ERR_NOMEM;
    for (uint32_t i = 0; i < count && !err && *ret == ENGAGEMENT_DONE; i++) {
        err = schedule_repair(s, ids[i], answer);
        if (!err && answer->refusal == SCHEDULE_TAKEN) err = ERR_EXISTS;
    }
    *ret_displaced = count;
    return err;
}

static bool is_engagement(struct record_reader *server, const struct chart_item *item)
{
    return str_is_text(chart_text(server, item, 0, "appointmentType.coding.system"), ENGAGEMENT_SYSTEM);
}

enum err engagement_cancel(struct schedule *s, struct str id)
{
    static const char patch[] = "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"cancelled\"}]";
    struct chart_item item;
    struct record record;
    struct record_fault fault = {0};
    enum record_done done;
    struct tape tape;
    struct tape_fault where;
    enum err err = chart_one(s->tx, &s->server, "Appointment", id, &item);
    if (!err && !is_engagement(&s->server, &item)) err = ERR_NOT_FOUND;
    if (!err) err = tape_read(s->server.arena, str_of(patch), 64, &tape, &where);
    if (!err)
        err = record_patch(s->tx, &s->server, item.head.resource, item.head.id, &tape, &(struct record_if){0},
                           &record, &done, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

enum err engagement_read(struct tx *tx, struct record_reader *server, int64_t row, struct engagement *ret)
{
    struct chart_item item, patient;
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err) err = chart_one(tx, server, "Appointment", head.id, &item);
    if (err) return err;
    struct str status = chart_text(server, &item, 0, "status");
    ret->is_aside = str_is_text(status, "waitlist");
    if (!is_engagement(server, &item) || (!ret->is_aside && !str_is_text(status, "booked")))
        return ERR_NOT_FOUND;
    ret->id = head.id;
    ret->kind = chart_text(server, &item, 0, "appointmentType.coding.code");
    ret->patient = chart_text(server, &item, 0, "participant.actor.reference");
    ret->start = chart_instant(server, chart_text(server, &item, 0, "start"));
    ret->end = chart_instant(server, chart_text(server, &item, 0, "end"));
    struct str id = ret->patient;
    (void)str_cut(&id, '/');
    err = chart_one(tx, server, "Patient", id, &patient);
    ret->name = err ? (struct str){"", 0} : chart_text(server, &patient, 0, "name.text");
    return err == ERR_NOT_FOUND ? OK : err;
}
