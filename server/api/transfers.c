/* Ways to a hospital outside (docs/PROTOCOL §24): asked for, consented to, approved, called off by the clinic. Custody knows of none of them: it arranges
 * and reports the escort's Task (api/escorts). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "api/transfer_parts.h"
#include "desk/visit_consent.h"
#include "desk/whom.h"

enum {
    REASON_MAX = 1000,
    NAME_MAX = 120,
    MINUTES_LEAST = 30,
    MINUTES_MOST = 7 * 24 * 60,
    MINUTES_USUAL = 240
};
enum { AHEAD_DAYS = 180 };

/* -- what is answered -- */

static enum err put_escort(struct tx *tx, struct record_reader *server, struct json_out *o,
                           const struct transfer *t)
{
    struct record_head head;
    struct escort_task task = {0};
    enum err err = record_head_find(tx, server->arena, fhir_resource_of(STR("Task")), t->escort, &head);
    if (!err) err = escort_read(tx, server, head.row, &task);
    if (err == ERR_NOT_FOUND) return json_put_null(o, "escort"), OK; /* called off */
    if (err) return err;
    json_open(o, "escort");
    json_put_text(o, "step", escort_step_text(task.step));
    json_put_bool(o, "arranged", task.outing.is_arranged);
    json_put_str(o, "lead", clinic_text(task.owner));
    json_put_str(o, "vehicle", clinic_text(task.outing.vehicle));
    json_put_int(o, "officers", task.outing.officers);
    json_close(o);
    return OK;
}

static void put_moments(struct json_out *o, const struct transfer *t)
{
    const struct {
        const char *key;
        struct instant at;
    } all[] = {{"asked", t->asked},       {"from", t->from},           {"until", t->until},
               {"approved", t->approved}, {"consented", t->consented}, {"arranged", t->arranged},
               {"departed", t->departed}, {"arrived", t->arrived},     {"admitted", t->admitted},
               {"returned", t->returned}, {"ended", t->ended}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        json_put_instant(o, all[i].key, all[i].at);
    bool waits = !transfer_is_over(&t->facts) && !t->facts.is_approved;
    json_put_instant(o, "approve_by",
                     waits ? transfer_approve_by(&t->facts, t->asked, t->from) : (struct instant){0});
}

static enum err put_transfer(struct tx *tx, struct record_reader *server, struct json_out *o, const char *key,
                             const struct transfer *t)
{
    struct whom whom;
    struct str hospital = t->hospital, visit = t->encounter;
    enum err err = whom_of(tx, server, t->patient, &whom);
    if (err) return err;
    (void)str_cut(&hospital, '/'), (void)str_cut(&visit, '/');
    json_open(o, key);
    json_put_str(o, "id", t->item.head.id);
    json_put_text(o, "state", transfer_state_text(t->facts.state));
    json_put_bool(o, "over", transfer_is_over(&t->facts));
    whom_put(o, &whom);
    json_put_str(o, "kind", t->kind);
    json_put_str(o, "means", t->means);
    json_put_int(o, "officers", t->officers);
    json_put_str(o, "hospital", hospital);
    json_put_str(o, "hospital_name", clinic_text(t->hospital_name));
    json_put_str(o, "visit", clinic_text(visit));
    json_put_str(o, "words", clinic_text(t->words));
    json_put_str(o, "by", clinic_text(t->by_name));
    json_put_str(o, "approved_by", clinic_text(t->approved_by));
    json_put_str(o, "why", clinic_text(t->why));
    json_put_str(o, "packet", clinic_text(t->packet));
    put_moments(o, t);
    err = put_escort(tx, server, o, t);
    json_close(o);
    return err;
}

static enum err answer_one(struct request *r, struct tx *tx, int status, const struct transfer *t)
{
    struct json_out o;
    struct record_reader server = clinic_server(r);
    answer_json(r, status, &o);
    json_open(&o, NULL);
    enum err err = put_transfer(tx, &server, &o, "transfer", t);
    json_close(&o);
    return err;
}

/* -- looking -- */

enum err transfers_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    struct str patient = request_query(r, "patient");
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, TRANSFER_LIST_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (patient.at && !chart_id_is(patient)) return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = transfer_list(tx, &who, clinic_text(patient), rows, &n);
    if (err) return err;
    r->answer.body.bytes_max = 4 * 1024 * 1024;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "transfers");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct transfer t;
        err = transfer_read_row(tx, &server, rows[i], &t);
        if (!err) err = record_traced(&who, &t.item.head);
        if (!err) err = put_transfer(tx, &server, &o, NULL, &t);
        if (err == ERR_NOT_FOUND) err = OK; /* a request of others' that bears the category */
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == TRANSFER_LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

enum err transfer_hospitals_look(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct standing_hospital *all;
    struct json_out o;
    uint32_t n = 0;
    enum err err = standing_hospitals(tx, &server, &all, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "hospitals");
    for (uint32_t i = 0; i < n; i++) {
        if (!all[i].is_active) continue;
        json_open(&o, NULL);
        json_put_str(&o, "id", all[i].id);
        json_put_str(&o, "name", all[i].name);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return OK;
}

enum err transfer_parts_find(struct request *r, struct tx *tx, struct record_reader *who,
                             struct transfer *ret)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, who);
    if (!err) err = record_parts_find(r, tx, who, STR("ServiceRequest"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = transfer_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err transfer_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct transfer t;
    enum err err = transfer_parts_find(r, tx, &who, &t);
    if (err || r->fault.status) return err;
    err = record_traced(&who, &t.item.head);
    if (!err) err = answer_one(r, tx, 200, &t);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &t.item.head), "");
}

/* -- a new one -- */

static bool read_code(struct request *r, const char *key, bool (*is_one)(struct str code), struct str *ret)
{
    if (!request_text(r, key, 20, ret)) return false;
    return is_one(*ret) ? true : (answer_fault(r, 400, "bad_field", key), false);
}

static bool read_times(struct request *r, const struct tx *tx, struct transfer_start *ret)
{
    struct str text = {0};
    int64_t minutes = MINUTES_USUAL;
    bool is_emergency = str_is_text(ret->kind, "emergency");
    ret->from = tx->now;
    if (!request_text_optional(r, "from", 40, &text) ||
        (json_get(r->json, "minutes") && !request_int(r, "minutes", MINUTES_LEAST, MINUTES_MOST, &minutes)))
        return false;
    if (!text.bytes && !is_emergency) return answer_fault(r, 400, "missing_field", "from"), false;
    bool is_right = !text.bytes || (!is_emergency && instant_from_text(text, &ret->from) &&
                                    ret->from.ms > tx->now.ms - 5 * MINUTE_MS &&
                                    ret->from.ms < tx->now.ms + AHEAD_DAYS * DAY_MS);
    if (!is_right) return answer_fault(r, 400, "bad_field", "from"), false; /* an emergency's is now */
    ret->until = instant_add(ret->from, minutes * MINUTE_MS);
    return true;
}

bool transfer_parts_read(struct request *r, const struct tx *tx, struct transfer_start *ret)
{
    int64_t officers = 2;
    if (!read_code(r, "kind", transfer_kind_is, &ret->kind) ||
        !read_code(r, "means", transfer_means_is, &ret->means) ||
        !request_text(r, "hospital", RECORD_ID_BYTES_MAX, &ret->hospital) ||
        !request_text(r, "words", TRANSFER_WORDS_BYTES_MAX, &ret->words) ||
        (json_get(r->json, "officers") && !request_int(r, "officers", 1, TRANSFER_OFFICERS_MAX, &officers)) ||
        !read_times(r, tx, ret))
        return false;
    ret->officers = (uint32_t)officers;
    ret->words = str_trim(ret->words);
    if (ret->words.bytes == 0) return answer_fault(r, 400, "missing_field", "words"), false;
    return chart_id_is(ret->hospital) ? true : (answer_fault(r, 400, "bad_field", "hospital"), false);
}

enum err transfer_parts_tell(struct request *r)
{
    static const char *const told[][2] = {{"nurse", "transfers_changed"},
                                          {"clinic-doctor", "transfers_changed"},
                                          {"duty-command", "escorts_changed"}};
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(told) && !err; i++)
        err = request_notify(r, &(struct site_notice){.role = told[i][0], .kind = told[i][1], .data = "{}"});
    return err;
}

static enum err done(struct request *r, struct tx *tx, struct record_reader *server, const struct transfer *t,
                     const char *verb)
{
    const char *target = record_parts_target(r, &t->item.head);
    const char *detail = arena_printf(r->arena, "{\"verb\":\"%s\",\"state\":\"%s\"}", verb,
                                      transfer_state_text(t->facts.state));
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_about(r, t->item.head.patient);
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, tx, server);
    return err ? err : transfer_parts_tell(r);
}

enum err transfer_parts_done(struct request *r, struct tx *tx, struct record_reader *server,
                             const struct transfer *t, const char *verb)
{
    enum err err = done(r, tx, server, t, verb);
    return err ? err : answer_one(r, tx, 200, t);
}

enum err transfer_add_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct transfer_start start = {0};
    struct transfer t;
    struct sickcall_by by;
    int64_t own;
    if (!request_only(r, (const char *const[]){"patient", TRANSFER_PARTS_KEYS, NULL}) ||
        !request_text(r, "patient", 100, &start.patient) || !transfer_parts_read(r, tx, &start))
        return OK;
    enum err err = clinic_see_patient(r, tx, start.patient);
    if (!err && !r->fault.status) err = clinic_by(r, tx, &by, &own);
    if (err || r->fault.status) return err;
    err = transfer_begin(tx, &server, &by, &start, &t);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 400, "bad_field", "hospital");
    if (!err) err = done(r, tx, &server, &t, "ask");
    return err ? err : answer_one(r, tx, 201, &t);
}

/* -- what happens to one -- */

struct doing {
    struct request *r;
    struct agenda_job *job;
    struct transfer t;
    struct sickcall_by by;
    enum transfer_no no;
};

static enum err happen(struct doing *d, enum transfer_verb verb, struct str why)
{
    struct transfer_event e = {.verb = verb, .why = why};
    return transfer_happen(d->job->s.tx, &d->job->s.server, &d->by, &d->t, &e, &d->no);
}

static enum err consent(struct doing *d)
{
    struct request *r = d->r;
    struct transfer_said said = {0};
    if (!request_only(r, (const char *const[]){"agrees", "signature", "witness", "reason", NULL}) ||
        !request_bool_optional(r, "agrees", true, &said.agrees) ||
        !request_text_optional(r, "signature", VISIT_SIGNATURE_BYTES_MAX, &said.signature) ||
        !request_text_optional(r, "witness", NAME_MAX, &said.witness) ||
        !request_text_optional(r, "reason", REASON_MAX, &said.reason))
        return OK;
    said.witness = str_trim(clinic_text(said.witness)), said.reason = str_trim(clinic_text(said.reason));
    if (said.signature.bytes && !visit_signature_is(r->arena, said.signature))
        return answer_fault(r, 400, "bad_field", "signature");
    if (!said.signature.bytes && !said.witness.bytes) return answer_fault(r, 400, "missing_field", "witness");
    return transfer_consent(d->job->s.tx, &d->job->s.server, &d->by, &d->t, &said, &d->no);
}

/* The medical decision is a doctor's. */
static enum err approve(struct doing *d)
{
    if (!request_only(d->r, (const char *const[]){NULL})) return OK;
    if (!role_set_has(d->r->who.roles, ROLE_CLINIC_DOCTOR))
        return answer_fault(d->r, 403, "not_allowed", NULL);
    return happen(d, TRANSFER_DO_APPROVE, STR(""));
}

static enum err call_off(struct doing *d)
{
    struct str why;
    if (!request_only(d->r, (const char *const[]){"reason", NULL}) ||
        !request_text(d->r, "reason", REASON_MAX, &why))
        return OK;
    why = str_trim(why);
    if (!why.bytes) return answer_fault(d->r, 400, "missing_field", "reason");
    return happen(d, TRANSFER_DO_CALL_OFF, why);
}

static enum err admit(struct doing *d)
{
    if (!request_only(d->r, (const char *const[]){NULL})) return OK;
    return happen(d, TRANSFER_DO_ADMIT, STR(""));
}

/* They have left: said by the clinic where no officer could, through the same Task that officers report. */
static enum err depart(struct doing *d)
{
    struct schedule *s = &d->job->s;
    enum transfer_state to;
    enum escort_answer answer;
    if (!request_only(d->r, (const char *const[]){NULL})) return OK;
    d->no = transfer_decide(&d->t.facts, TRANSFER_DO_DEPART, &to);
    if (d->no) return OK;
    enum err err = escort_report(s, d->t.escort, ESCORT_COLLECTED, s->tx->now, APPT_NO_REASON, &answer);
    if (!err && answer != ESCORT_DONE) d->no = TRANSFER_NO_ON_WAY;
    return err || d->no ? err : transfer_read(s->tx, &s->server, d->t.item.head.id, &d->t);
}

static const struct {
    const char *name;
    enum err (*run)(struct doing *d);
} verbs[] = {
    {"consent", consent}, {"approve", approve}, {"call-off", call_off}, {"depart", depart}, {"admit", admit}};

static enum err refuse(struct request *r, enum transfer_no no)
{
    const char *code =
        no == TRANSFER_NO_UNASKED ? "transfer_unasked"
        : no == TRANSFER_NO_OVER  ? "transfer_over"
        : no == TRANSFER_NO_NEITHER || no == TRANSFER_NO_UNAPPROVED || no == TRANSFER_NO_UNARRANGED
            ? "transfer_unready"
            : "transfer_state";
    return answer_fault(r, 409, code, NULL);
}

static enum err event(struct request *r, struct agenda_job *job)
{
    struct doing *d = arena_zalloc(r->arena, sizeof *d);
    struct record_reader who;
    int64_t own;
    size_t i = 0;
    if (!d) return ERR_NOMEM;
    while (i < COUNT_OF(verbs) && !str_is_text(r->captures[1], verbs[i].name))
        i++;
    if (i == COUNT_OF(verbs)) return answer_fault(r, 404, "not_found", NULL);
    *d = (struct doing){.r = r, .job = job};
    enum err err = transfer_parts_find(r, job->s.tx, &who, &d->t);
    if (!err && !r->fault.status) err = clinic_by(r, job->s.tx, &d->by, &own);
    if (!err && !r->fault.status) err = verbs[i].run(d);
    if (err || r->fault.status) return err;
    if (d->no) return refuse(r, d->no);
    err = done(r, job->s.tx, &job->s.server, &d->t, verbs[i].name);
    if (!err) err = agenda_tell(r, job);
    return err ? err : answer_one(r, job->s.tx, 200, &d->t);
}

enum err transfer_event_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, event);
}
