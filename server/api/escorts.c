/* What custody reports of escorts' tasks (docs/PROTOCOL §14). The tasks themselves are read at /fhir, as far as the guard lets each see. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "desk/transfer.h"
#include "scheduler/appt_table.h"

enum { DAYS_MAX = 14 };

/* To a hospital outside: codes and a number. */
static void put_outing(struct json_out *o, const struct escort_outing *outing)
{
    json_open(o, "outing");
    json_put_str(o, "means", outing->means);
    json_put_str(o, "vehicle", outing->vehicle);
    json_put_int(o, "officers", outing->officers);
    json_put_bool(o, "arranged", outing->is_arranged);
    json_close(o);
}

static enum err put_task(struct request *r, struct agenda_job *job, struct json_out *o, int64_t row)
{
    struct escort_task t = {0};
    bool is_command = role_set_has(r->who.roles, ROLE_DUTY_COMMAND);
    enum err err = escort_read(job->s.tx, &job->s.server, row, &t);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, NULL);
    json_put_str(o, "id", t.id);
    json_put_text(o, "step", escort_step_text(t.step));
    json_put_str(o, "name", t.name);
    json_put_str(o, "number", t.number);
    json_put_str(o, "cell", t.cell);
    json_put_str(o, "room", t.room);
    json_put_instant(o, "start", t.start);
    json_put_instant(o, "end", t.end);
    json_put_instant(o, "at", t.at);
    json_put_str(o, "reason", t.reason.at ? t.reason : (struct str){"", 0});
    if (is_command) json_put_str(o, "owner", t.owner);
    json_open_array(o, "precautions");
    for (int p = 0; p < ESCORT_PRECAUTIONS; p++)
        if (t.precautions & 1u << p)
            json_put_text(o, NULL, escort_precaution_text((enum escort_precaution)p));
    json_close_array(o);
    if (t.outing.is_one) put_outing(o, &t.outing);
    json_close(o);
    return OK;
}

/* As the guard lets the asker see them: the own ones, or, for the command, all (rule 6). */
static enum err list(struct request *r, struct agenda_job *job)
{
    static const struct agenda_listing what = {.type = "Task",
                                               .criteria = "code=urn:yunqiao:task|escort",
                                               .when = "period",
                                               .sort = "_id",
                                               .key = "escorts",
                                               .days = DAYS_MAX,
                                               .put = put_task};
    struct record_reader who;
    enum err err = record_parts_reader(r, job->s.tx, &who);
    return err ? err : agenda_list(r, job, &who, &what);
}

enum err escorts_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, list);
}

static enum err isolated(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = escort_write_isolated(job->s.tx, &job->s.server, &o);
    json_close(&o);
    return err;
}

enum err escorts_isolated_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, isolated);
}

/* -- arranged: by the duty command, who of the guards leads, how many go, in what -- */

/* Those who can be sent, and whether they can be. */
static enum err people(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "people");
    for (uint32_t i = 0; i < job->s.view->count; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        if (e->kind != AGENDA_ESCORT || e->is_suspended) continue;
        json_open(&o, NULL);
        json_put_str(&o, "id", e->id);
        json_put_str(&o, "name", e->name);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return OK;
}

enum err escorts_people_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, people);
}

static bool read_arrangement(struct request *r, const struct agenda_view *view,
                             struct transfer_arrangement *a)
{
    int64_t officers;
    struct str lead;
    if (!request_only(r, (const char *const[]){"lead", "officers", "vehicle", NULL}) ||
        !request_text(r, "lead", RECORD_ID_BYTES_MAX, &lead) ||
        !request_int(r, "officers", 1, TRANSFER_OFFICERS_MAX, &officers) ||
        !request_text(r, "vehicle", 20, &a->vehicle))
        return false;
    a->officers = (uint32_t)officers;
    if (!transfer_vehicle_is(a->vehicle)) return answer_fault(r, 400, "bad_field", "vehicle"), false;
    const char *reference = arena_printf(r->arena, "Practitioner/%.*s", (int)lead.bytes, lead.at);
    const struct agenda_resource *e =
        reference ? agenda_find_reference(view, str_of(reference), AGENDA_ESCORT) : NULL;
    if (!e || e->is_suspended) return answer_fault(r, 400, "bad_field", "lead"), false;
    a->lead = str_of(reference);
    return true;
}

static enum err arrange(struct request *r, struct agenda_job *job)
{
    struct record_reader who;
    struct record_head head;
    struct transfer_arrangement a;
    enum transfer_arranging answer;
    enum err err = record_parts_reader(r, job->s.tx, &who);
    if (!err) err = record_parts_find(r, job->s.tx, &who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status || !read_arrangement(r, job->s.view, &a)) return err;
    err = transfer_arrange(job->s.tx, &job->s.server, head.id, &a, &answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    if (answer == TRANSFER_ARRANGE_BUSY) return answer_fault(r, 409, "escort_busy", "lead");
    if (answer == TRANSFER_ARRANGE_NO) return answer_fault(r, 409, "escort_state", NULL);
    const char *target = record_parts_target(r, &head);
    const char *detail = arena_printf(r->arena, "{\"officers\":%u,\"vehicle\":\"%.*s\"}", a.officers,
                                      (int)a.vehicle.bytes, a.vehicle.at);
    if (!target || !detail) return ERR_NOMEM;
    err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    static const char *const told[][2] = {{"duty-command", "escorts_changed"},
                                          {"guard", "escorts_changed"},
                                          {"nurse", "transfers_changed"},
                                          {"clinic-doctor", "transfers_changed"}};
    for (size_t i = 0; i < COUNT_OF(told) && !err; i++)
        err = request_notify(r, &(struct site_notice){.role = told[i][0], .kind = told[i][1], .data = "{}"});
    return err ? err : answer_empty(r, 204);
}

enum err escort_arrange_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, arrange);
}

/* -- reports -- */

static bool read_report(struct request *r, const struct tx *tx, enum escort_step step, struct instant *ret_at,
                        enum appt_reason *ret_reason, struct str *ret_key)
{
    uint8_t bytes[ESCORT_KEY_BYTES / 2];
    struct str at, reason;
    *ret_at = tx->now;
    *ret_reason = APPT_NO_REASON;
    if (!request_only(r, (const char *const[]){"at", "reason", "key", NULL}) ||
        !request_text_optional(r, "key", ESCORT_KEY_BYTES, ret_key) ||
        !request_text_optional(r, "at", 40, &at) || !request_text_optional(r, "reason", 20, &reason))
        return false;
    if (ret_key->bytes &&
        (ret_key->bytes != ESCORT_KEY_BYTES || !str_from_hex(*ret_key, bytes, sizeof bytes)))
        return answer_fault(r, 400, "bad_field", "key"), false;
    if (at.bytes && (!instant_from_text(at, ret_at) || ret_at->ms > tx->now.ms + MINUTE_MS ||
                     ret_at->ms < tx->now.ms - ESCORT_LATE_MS))
        return answer_fault(r, 400, "bad_field", "at"), false;
    for (int i = 1; i < APPT_REASONS && reason.bytes; i++)
        if (rule_is_custody_code((enum appt_reason)i) &&
            str_is_text(reason, appt_reason_text((enum appt_reason)i)))
            *ret_reason = (enum appt_reason)i;
    if ((step == ESCORT_FAILED) == (*ret_reason != APPT_NO_REASON)) return true;
    answer_fault(r, 400, reason.bytes ? "bad_field" : "missing_field", "reason");
    return false;
}

static enum err tell_step(struct request *r, enum escort_step step, bool changed)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_text(&o, "step", escort_step_text(step));
    json_put_bool(&o, "changed", changed);
    json_close(&o);
    return OK;
}

static enum err report(struct request *r, struct agenda_job *job)
{
    struct record_reader who;
    struct record_head head;
    enum escort_step step;
    enum escort_answer answer;
    enum appt_reason reason;
    struct instant at;
    struct str key = {0};
    bool was_taken = false;
    if (!escort_verb(r->captures[1], &step)) return answer_fault(r, 404, "not_found", NULL);
    enum err err = record_parts_reader(r, job->s.tx, &who);
    if (!err) err = record_parts_find(r, job->s.tx, &who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status || !read_report(r, job->s.tx, step, &at, &reason, &key)) return err;
    if (key.bytes) err = escort_key_seen(job->s.tx, key, &was_taken);
    if (err || was_taken) return err ? err : tell_step(r, step, false);
    err = escort_report(&job->s, head.id, step, at, reason, &answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    if (answer == ESCORT_UNREADY) return answer_fault(r, 409, "escort_unready", NULL);
    if (answer == ESCORT_NO) return answer_fault(r, 409, "escort_state", NULL);
    const char *target = record_parts_target(r, &head);
    const char *detail = arena_printf(r->arena, "{\"step\":\"%s\",\"reason\":\"%s\"}", escort_step_text(step),
                                      reason ? appt_reason_text(reason) : "");
    if (!target || !detail) return ERR_NOMEM;
    if (answer == ESCORT_DONE) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err && key.bytes) err = escort_key_note(job->s.tx, key);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    return err ? err : tell_step(r, step, answer == ESCORT_DONE);
}

enum err escort_report_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, report);
}
