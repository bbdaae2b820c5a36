/* Visits in the clinic's own rooms (docs/PROTOCOL §16): the day's list, and the steps of each. Doctors and nurses alone. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/local_visit.h"
#include "desk/whom.h"

enum { WHY_MAX = 500, DAYS_MAX = 14 };

static enum err put_visit(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                          const struct local_visit *v)
{
    struct record_reader server = clinic_server(r);
    struct whom whom;
    struct str call = v->call;
    enum err err = whom_of(tx, &server, v->patient, &whom);
    if (err) return err;
    (void)str_cut(&call, '/');
    json_open(o, key);
    json_put_str(o, "id", v->item.head.id);
    json_put_text(o, "state", local_visit_state_text(v->state));
    whom_put(o, &whom);
    json_put_str(o, "call", call);
    json_put_str(o, "words", clinic_text(v->words));
    json_put_instant(o, "start", v->start);
    json_put_instant(o, "begun", v->begun);
    json_put_instant(o, "end", v->end);
    json_put_str(o, "doctor", clinic_text(v->doctor_name));
    json_put_str(o, "outcome", clinic_text(v->outcome));
    json_put_int(o, "sights", v->sights);
    json_close(o);
    return OK;
}

static enum err answer_visit(struct request *r, struct tx *tx, const struct local_visit *v)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = put_visit(r, tx, &o, "visit", v);
    json_close(&o);
    return err;
}

enum err local_visits_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct instant from, until;
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, LOCAL_VISIT_LIST_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (!agenda_window(r, DAYS_MAX, &from, &until)) return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = local_visit_list(tx, &who, from, until, rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "visits");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct local_visit v;
        err = record_head_at(tx, r->arena, rows[i], &head);
        if (!err) err = local_visit_read(tx, &server, head.id, &v);
        if (!err) err = record_traced(&who, &v.item.head);
        if (!err) err = put_visit(r, tx, &o, NULL, &v);
        if (err == ERR_NOT_FOUND) err = OK; /* another house's */
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == LOCAL_VISIT_LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

static enum err find(struct request *r, struct tx *tx, struct local_visit *ret)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Encounter"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = local_visit_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err local_visit_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct local_visit v;
    enum err err = find(r, tx, &v);
    if (err || r->fault.status) return err;
    err = record_parts_reader(r, tx, &who);
    if (!err) err = record_traced(&who, &v.item.head);
    if (!err) err = answer_visit(r, tx, &v);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &v.item.head), "");
}

/* -- steps -- */

static bool read_outcome(struct request *r, struct str *ret)
{
    if (!request_only(r, (const char *const[]){"outcome", NULL}) || !request_text(r, "outcome", 20, ret))
        return false;
    return sickcall_outcome_is(*ret) ? true : (answer_fault(r, 400, "bad_field", "outcome"), false);
}

/* Why nobody came. */
static bool read_cancel(struct request *r, struct str *ret)
{
    static const char *const reasons[] = {"not-brought", "refused", "other"};
    if (!request_only(r, (const char *const[]){"reason", NULL}) || !request_text(r, "reason", 20, ret))
        return false;
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (str_is_text(*ret, reasons[i])) return true;
    return answer_fault(r, 400, "bad_field", "reason"), false;
}

static bool read_step(struct request *r, enum local_visit_verb verb, struct str *ret)
{
    *ret = (struct str){"", 0};
    if (verb == LOCAL_VISIT_DO_FINISH) return read_outcome(r, ret);
    if (verb == LOCAL_VISIT_DO_CANCEL) return read_cancel(r, ret);
    return request_only(r, (const char *const[]){NULL});
}

static enum err refuse(struct request *r, enum local_visit_no no)
{
    const char *code = no == LOCAL_VISIT_NO_OVER      ? "local_visit_over"
                       : no == LOCAL_VISIT_NO_UNBEGUN ? "local_visit_unbegun"
                                                      : "local_visit_state";
    return answer_fault(r, 409, code, NULL);
}

enum err local_visit_event_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct local_visit v;
    struct sickcall_by by;
    struct str said;
    enum local_visit_verb verb;
    enum local_visit_no no;
    int64_t own;
    if (!local_visit_verb_from(r->captures[1], &verb)) return answer_fault(r, 404, "not_found", NULL);
    enum err err = find(r, tx, &v);
    if (err || r->fault.status || !read_step(r, verb, &said)) return err;
    bool is_doctors = verb == LOCAL_VISIT_DO_BEGIN || verb == LOCAL_VISIT_DO_FINISH;
    if (is_doctors && !role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR))
        return answer_fault(r, 403, "local_visit_doctor", NULL);
    err = clinic_by(r, tx, &by, &own);
    if (!err) err = local_visit_happen(tx, &server, &by, &v, verb, said, &no);
    if (!err && no) return refuse(r, no);
    if (!err)
        err = clinic_done(r, tx, &server, &v.item.head,
                          arena_printf(r->arena, "{\"state\":\"%s\",\"outcome\":\"%.*s\"}",
                                       local_visit_state_text(v.state), (int)v.outcome.bytes,
                                       v.outcome.bytes ? v.outcome.at : ""));
    return err ? err : answer_visit(r, tx, &v);
}

/* A guard in sight, for a reason: an event of the visit, and a row of the trail. */
enum err local_visit_sight_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct local_visit v;
    struct sickcall_by by;
    struct str why;
    enum local_visit_no no;
    int64_t own;
    if (!request_only(r, (const char *const[]){"reason", NULL}) || !request_text(r, "reason", WHY_MAX, &why))
        return OK;
    why = str_trim(why);
    if (why.bytes == 0) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = find(r, tx, &v);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &by, &own);
    if (!err) err = local_visit_sight(tx, &server, &by, &v, why, &no);
    if (!err && no) return refuse(r, no);
    if (!err) err = clinic_done(r, tx, &server, &v.item.head, "{}");
    return err ? err : answer_visit(r, tx, &v);
}
