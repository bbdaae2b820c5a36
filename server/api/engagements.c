/* The times that custody keeps of detainees: court, lawyer, interrogation, meal, count (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "desk/engagement.h"
#include "records/search.h"

enum { LIST_MAX = 500, DAYS_MAX = 62 };

static enum err put(struct request *r, struct agenda_job *job, struct json_out *o, int64_t row)
{
    struct engagement e = {0};
    enum err err = engagement_read(job->s.tx, &job->s.server, row, &e);
    (void)r;
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, NULL);
    json_put_str(o, "id", e.id);
    json_put_str(o, "kind", e.kind);
    json_put_str(o, "patient", e.patient);
    json_put_str(o, "name", e.name);
    json_put_instant(o, "start", e.start);
    json_put_instant(o, "end", e.end);
    json_put_bool(o, "aside", e.is_aside);
    json_close(o);
    return OK;
}

static enum err list(struct request *r, struct agenda_job *job)
{
    struct record_fault fault = {0};
    struct instant from, until;
    char low[INSTANT_TEXT_BYTES], high[INSTANT_TEXT_BYTES];
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, LIST_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (!agenda_window(r, DAYS_MAX, &from, &until)) return OK;
    instant_text(from, low), instant_text(until, high);
    const char *query = arena_printf(
        r->arena, "appointment-type=" ENGAGEMENT_SYSTEM "|&date=ge%s&date=lt%s&_sort=date", low, high);
    enum err err = query ? search_rows(job->s.tx, &job->s.server, fhir_resource_of(STR("Appointment")),
                                       str_of(query), rows, LIST_MAX, &n, &fault)
                         : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "engagements");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put(r, job, &o, rows[i]);
    json_close_array(&o);
    json_close(&o);
    return err;
}

enum err engagements_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, list);
}

/* Whom: somebody whom custody may see. */
static enum err read_patient(struct request *r, struct agenda_job *job, struct record_head *ret)
{
    struct record_reader who;
    struct str reference, type, id;
    if (!request_text(r, "patient", 100, &reference)) return OK;
    if (!record_parts_cut(reference, &type, &id) || !str_is_text(type, "Patient"))
        return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_parts_reader(r, job->s.tx, &who);
    return err ? err : record_parts_find(r, job->s.tx, &who, type, id, ret);
}

static enum err finish(struct request *r, struct agenda_job *job, struct str id)
{
    const char *target = arena_printf(r->arena, "Appointment/%.*s", (int)id.bytes, id.at);
    enum err err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    return err ? err
               : request_notify(r, &(struct site_notice){
                                       .role = "scheduling-admin", .kind = "agenda_changed", .data = "{}"});
}

static enum err add(struct request *r, struct agenda_job *job)
{
    struct record_head patient = {0};
    struct span span;
    struct str kind, id;
    int64_t minutes;
    uint32_t displaced;
    enum engagement_answer answer;
    struct json_out o;
    if (!request_only(r, (const char *const[]){"patient", "kind", "start", "minutes", NULL}) ||
        !request_text(r, "kind", 20, &kind) || !agenda_instant(r, r->json, "start", &span.from) ||
        !request_int(r, "minutes", 5, 720, &minutes))
        return OK;
    span.until = instant_add(span.from, minutes * MINUTE_MS);
    if (!engagement_kind_is(kind)) return answer_fault(r, 400, "bad_field", "kind");
    if (span.until.ms <= job->s.tx->now.ms) return answer_fault(r, 400, "bad_field", "start");
    enum err err = read_patient(r, job, &patient);
    if (err || r->fault.status) return err;
    err = engagement_add(&job->s, patient.row, kind, span, &id, &displaced, &answer);
    if (err) return err;
    if (answer == ENGAGEMENT_TAKEN) {
        answer_fault(r, 409, "booking_taken", "start");
        return ERR_DENIED;
    }
    err = finish(r, job, id);
    if (err) return err;
    answer_json(r, 201, &o);
    json_open(&o, NULL);
    json_put_str(&o, "id", id);
    json_put_int(&o, "displaced", displaced);
    json_close(&o);
    return OK;
}

enum err engagement_add_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, add);
}

static enum err cancel(struct request *r, struct agenda_job *job)
{
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = engagement_cancel(&job->s, r->captures[0]);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = finish(r, job, r->captures[0]);
    return err ? err : answer_empty(r, 204);
}

enum err engagement_cancel_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, cancel);
}
