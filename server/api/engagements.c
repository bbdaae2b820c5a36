/* The times that custody keeps of detainees: court, lawyer, interrogation, meal, count (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "desk/engagement.h"

enum { DAYS_MAX = 62 };

static enum err put(struct request *r, struct agenda_job *job, struct json_out *o, int64_t row)
{
    struct engagement e = {0};
    (void)r;
    enum err err = engagement_read(job->s.tx, &job->s.server, row, &e);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, NULL);
    json_put_str(o, "id", e.id);
    json_put_str(o, "kind", e.kind);
    json_put_str(o, "patient", e.patient);
    json_put_str(o, "name", e.name);
    json_put_instant(o, "start", e.start);
    json_put_instant(o, "end", e.end);
    json_put_bool(o, "aside", e.is_aside);
    json_put_int(o, "version", e.version);
    if (e.order.number.bytes) {
        json_open(o, "order");
        json_put_str(o, "number", e.order.number);
        json_put_str(o, "authority", e.order.authority);
        json_put_str(o, "date", e.order.day);
        json_close(o);
    }
    json_close(o);
    return OK;
}

static enum err list(struct request *r, struct agenda_job *job)
{
    static const struct agenda_listing what = {.type = "Appointment",
                                               .criteria = "appointment-type=" ENGAGEMENT_SYSTEM "|",
                                               .when = "date",
                                               .sort = "date",
                                               .key = "engagements",
                                               .days = DAYS_MAX,
                                               .put = put};
    return agenda_list(r, job, &job->s.server, &what);
}

enum err engagements_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, list);
}

/* Whom: somebody whom custody may see. */
static enum err find_patient(struct request *r, struct agenda_job *job, struct str reference,
                             struct record_head *ret)
{
    struct record_reader who;
    struct str type, id;
    if (!record_parts_cut(reference, &type, &id) || !str_is_text(type, "Patient"))
        return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_parts_reader(r, job->s.tx, &who);
    return err ? err : record_parts_find(r, job->s.tx, &who, type, id, ret);
}

static enum err history(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = engagement_write_history(&job->s, r->captures[0], &o);
    json_close(&o);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err engagement_history_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, history);
}

/* What stands in a patient's way: to be shown before anything is written. */
static enum err taken(struct request *r, struct agenda_job *job)
{
    struct record_head patient = {0};
    struct span span;
    struct json_out o;
    if (!agenda_window(r, 2, &span.from, &span.until)) return OK;
    enum err err = find_patient(r, job, request_query(r, "patient"), &patient);
    if (err || r->fault.status) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = engagement_write_taken(&job->s, patient.row, span, &o);
    json_close(&o);
    return err;
}

enum err engagement_taken_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, taken);
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

/* What and when, of a body. */
static bool read_time(struct request *r, struct agenda_job *job, struct str *ret_kind, struct span *ret)
{
    int64_t minutes;
    if (!request_text(r, "kind", 20, ret_kind) || !agenda_instant(r, r->json, "start", &ret->from) ||
        !request_int(r, "minutes", 5, 720, &minutes))
        return false;
    ret->until = instant_add(ret->from, minutes * MINUTE_MS);
    if (!engagement_kind_is(*ret_kind)) return answer_fault(r, 400, "bad_field", "kind"), false;
    if (ret->until.ms <= job->s.tx->now.ms) return answer_fault(r, 400, "bad_field", "start"), false;
    return true;
}

/* Half of it may be written: the job ends with an error. */
static enum err refuse_taken(struct request *r)
{
    answer_fault(r, 409, "booking_taken", "start");
    return ERR_DENIED;
}

static enum err add(struct request *r, struct agenda_job *job)
{
    struct record_head patient = {0};
    struct span span;
    struct str kind, id, whom;
    uint32_t displaced;
    enum engagement_answer answer;
    struct json_out o;
    if (!request_only(r, (const char *const[]){"patient", "kind", "start", "minutes", NULL}) ||
        !read_time(r, job, &kind, &span) || !request_text(r, "patient", 100, &whom))
        return OK;
    enum err err = find_patient(r, job, whom, &patient);
    if (err || r->fault.status) return err;
    err = engagement_add(&job->s, patient.row, kind, span, &id, &displaced, &answer);
    if (!err && answer == ENGAGEMENT_TAKEN) return refuse_taken(r);
    if (!err) err = finish(r, job, id);
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

static enum err change(struct request *r, struct agenda_job *job)
{
    struct span span;
    struct str kind;
    int64_t version;
    uint32_t displaced;
    enum engagement_answer answer;
    struct json_out o;
    if (!request_only(r, (const char *const[]){"version", "kind", "start", "minutes", NULL}) ||
        !request_int(r, "version", 1, INT32_MAX, &version) || !read_time(r, job, &kind, &span))
        return OK;
    enum err err = engagement_change(&job->s, r->captures[0], version, kind, span, &displaced, &answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && answer == ENGAGEMENT_TAKEN) return refuse_taken(r);
    if (!err && answer == ENGAGEMENT_STALE) return answer_fault(r, 409, "booking_stale", NULL);
    if (!err) err = finish(r, job, r->captures[0]);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_int(&o, "displaced", displaced);
    json_close(&o);
    return OK;
}

enum err engagement_change_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, change);
}

/* A text of a paper: in one line, and not of spaces alone. */
static bool read_words(struct request *r, const char *key, size_t least, size_t most, struct str *ret)
{
    if (!request_text(r, key, most, ret)) return false;
    *ret = str_trim(*ret);
    bool is_line = ret->bytes >= least;
    for (size_t i = 0; i < ret->bytes; i++)
        is_line &= (unsigned char)ret->at[i] >= ' ' && ret->at[i] != 0x7f;
    if (!is_line) answer_fault(r, 400, "bad_field", key);
    return is_line;
}

static bool read_day(struct request *r, const struct agenda_job *job, struct str *ret)
{
    struct date day;
    struct date today = wall_date(zone_wall(job->s.view->zone, job->s.tx->now));
    if (!request_text(r, "date", DATE_TEXT_BYTES, ret)) return false;
    if (date_from_text(*ret, &day) && day.days <= today.days &&
        day.days >= today.days - ENGAGEMENT_ORDER_DAYS)
        return true;
    return answer_fault(r, 400, "bad_field", "date"), false;
}

/* The duty command's written order (workflow 8): the paper it stands on, named whole. */
static enum err order(struct request *r, struct agenda_job *job)
{
    struct engagement_order order;
    enum engagement_answer answer;
    if (!request_only(r, (const char *const[]){"number", "authority", "date", NULL}) ||
        !read_words(r, "number", 4, 60, &order.number) ||
        !read_words(r, "authority", 4, 120, &order.authority) || !read_day(r, job, &order.day))
        return OK;
    enum err err = engagement_give_order(&job->s, r->captures[0], &order, &answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && answer != ENGAGEMENT_DONE) return answer_fault(r, 409, "engagement_no_order", NULL);
    if (!err) err = finish(r, job, r->captures[0]);
    return err ? err : answer_empty(r, 204);
}

enum err engagement_order_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, order);
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
