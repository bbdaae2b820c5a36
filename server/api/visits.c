/* Consultations (docs/PROTOCOL §17): asked for, looked at, listed; what their specialists would see. The steps are visit_steps.c's. */
#include "api/visits.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/visit_grant.h"
#include "desk/visit_guest.h"
#include "desk/visit_preview.h"
#include "records/grant.h"
#include "records/search.h"

enum { LIST_MAX = 200 };

/* -- what they share -- */

static enum err load(struct request *r, struct agenda_job *job, struct visit_job *j)
{
    *j = (struct visit_job){.agenda = job,
                            .who = {.account = r->who.account, .roles = r->who.roles},
                            .by = {r->who.account, r->who.display},
                            .guard = arena_zalloc(job->s.server.arena, sizeof *j->guard)};
    return j->guard ? grant_load(job->s.tx, job->s.server.arena, r->who.account, r->who.roles, j->guard)
                    : ERR_NOMEM;
}

static enum err see(struct visit_job *j)
{
    struct agenda_job *job = j->agenda;
    return visit_view_of(job->s.tx, &job->s.server, j->guard, j->who.account, &j->v, &j->who.view);
}

enum err visits_find(struct request *r, struct agenda_job *job, struct visit_job *ret)
{
    enum err err = load(r, job, ret);
    if (!err) err = visit_find(job->s.tx, &job->s.server, r->captures[0], &ret->v);
    if (!err) err = see(ret);
    if (err == ERR_NOT_FOUND || (!err && ret->who.view == VISIT_HIDDEN))
        return answer_fault(r, 404, "not_found", NULL);
    return err ? err : request_about(r, ret->v.patient);
}

static enum err tell(struct request *r, struct visit_job *j)
{
    struct visit_person people[VISIT_PEOPLE_MAX];
    uint8_t n = 0;
    struct str id = j->v.encounter.head.id;
    const char *data = arena_printf(r->arena, "{\"visit\":\"%.*s\",\"state\":\"%s\"}", (int)id.bytes, id.at,
                                    visit_state_text(j->v.state));
    if (!data) return ERR_NOMEM;
    enum err err = request_notify(
        r, &(struct site_notice){.role = "clinic-doctor", .kind = "visit_changed", .data = data});
    if (!err)
        err =
            request_notify(r, &(struct site_notice){.role = "nurse", .kind = "visit_changed", .data = data});
    if (!err && j->v.room.bytes) err = visit_guest_people(j->agenda->s.tx, r->arena, &j->v, people, &n);
    for (uint8_t i = 0; i < n && !err; i++) {
        const char *account = arena_text(r->arena, people[i].account.at, people[i].account.bytes);
        bool is_told = str_is_text(people[i].role, "clinic-doctor") || str_is_text(people[i].role, "nurse");
        if (!account) return ERR_NOMEM;
        if (!is_told)
            err = request_notify(
                r, &(struct site_notice){.account = account, .kind = "visit_changed", .data = data});
    }
    return err;
}

enum err visits_answer(struct request *r, struct visit_job *j, int status, const char *action,
                       const char *detail)
{
    struct json_out o;
    struct agenda_job *job = j->agenda;
    struct record_reader *server = &job->s.server;
    struct record_reader told = {.arena = r->arena}; /* what was read on the way did not leave */
    const char *target = record_parts_target(r, &j->v.encounter.head);
    enum err err = target ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < server->written_count && !err; i++)
        err = record_traced(&told, &server->written[i]);
    if (!err) err = request_trace(r, &told, action, target, detail);
    if (!err) err = fhir_origin(r, job->s.tx, server);
    if (!err) err = agenda_tell(r, job);
    if (!err) err = tell(r, j);
    if (!err) err = see(j);
    if (err) return err;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    err = visit_write(job->s.tx, server, &j->v, &j->who, true, "visit", &o);
    json_close(&o);
    return err;
}

enum err visits_attached(struct request *r, struct visit_job *j, int64_t patient,
                         struct record_head **ret_heads, struct str **ret_references, uint8_t *ret_n)
{
    const struct json *list = json_get(r->json, "attached");
    struct arena *arena = j->agenda->s.server.arena;
    size_t n = list ? json_count(list) : 0;
    struct record_reader who = {.guard = j->guard};
    if ((list && !json_is_array(list)) || n > VISIT_ATTACHED_MAX)
        return answer_fault(r, 400, "bad_field", "attached");
    struct record_head *heads = arena_zalloc(arena, (n + 1) * sizeof *heads);
    struct str *references = arena_zalloc(arena, (n + 1) * sizeof *references);
    if (!heads || !references) return ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct str type, id;
        if (!json_text(json_at(list, i), &references[i]) || !record_parts_cut(references[i], &type, &id))
            return answer_fault(r, 400, "bad_field", "attached");
        enum err err = record_parts_find(r, j->agenda->s.tx, &who, type, id, &heads[i]);
        if (err || r->fault.status) return err;
        if (heads[i].patient != patient) return answer_fault(r, 400, "bad_field", "attached");
    }
    *ret_heads = heads, *ret_references = references, *ret_n = (uint8_t)n;
    return OK;
}

/* -- looking -- */

static enum err look_one(struct request *r, struct agenda_job *job)
{
    struct visit_job j;
    struct json_out o;
    struct record_reader told = {.arena = r->arena};
    enum err err = visits_find(r, job, &j);
    if (err || r->fault.status) return err;
    const char *target = record_parts_target(r, &j.v.encounter.head);
    err = record_traced(&told, &j.v.encounter.head);
    if (!err && j.v.has_request && j.who.view == VISIT_WHOLE) err = record_traced(&told, &j.v.request.head);
    if (!err) err = target ? request_trace(r, &told, r->route->audit, target, "") : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = visit_write(job->s.tx, &job->s.server, &j.v, &j.who, true, "visit", &o);
    json_close(&o);
    return err;
}

enum err visit_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_one);
}

/* Talked through, and its request still waits for its close. */
static const char unclosed[] = "&status=finished&based-on:ServiceRequest.status=active";

/* Adds the rows of that search, the last changed first, as many as have room. */
static enum err find_rows(struct request *r, struct agenda_job *job, const char *statuses, const char *of,
                          int64_t *rows, uint32_t *n)
{
    struct record_fault fault = {0};
    uint32_t found = 0;
    const char *query = arena_printf(r->arena, "class=VR%s%s&_sort=-_lastUpdated", statuses, of);
    if (!query) return ERR_NOMEM;
    if (*n == LIST_MAX) return OK;
    enum err err = search_rows(job->s.tx, &job->s.server, fhir_resource_of(STR("Encounter")), str_of(query),
                               rows + *n, LIST_MAX - *n, &found, &fault);
    *n += found;
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* Rows of Encounters that may be meant: for who comes from outside the own bookings' and grants', for others what a search finds. */
static enum err list_rows(struct request *r, struct visit_job *j, int64_t *rows, uint32_t *ret_n)
{
    struct agenda_job *job = j->agenda;
    struct str patient = request_query(r, "patient"), state = request_query(r, "state");
    const char *statuses = str_is_text(state, "all") ? "" : "&status=planned,arrived,in-progress,onleave";
    *ret_n = 0;
    if (patient.at && !chart_id_is(patient)) return answer_fault(r, 400, "bad_field", "patient");
    if (visit_is_outsider(r->who.roles)) {
        for (uint32_t i = 0; i < j->guard->grant_count && *ret_n < LIST_MAX; i++)
            rows[(*ret_n)++] = j->guard->grants[i].encounter;
        for (uint32_t i = j->guard->booking_count; i-- > 0 && *ret_n < LIST_MAX;) {
            struct visit *v = arena_zalloc(job->s.server.arena, sizeof *v);
            enum err err =
                v ? visit_of_appointment(job->s.tx, &job->s.server, j->guard->bookings[i], v) : ERR_NOMEM;
            if (err && err != ERR_NOT_FOUND) return err;
            if (!err) rows[(*ret_n)++] = v->encounter.head.row;
        }
        return OK;
    }
    const char *of =
        patient.at ? arena_printf(r->arena, "&patient=Patient/%.*s", (int)patient.bytes, patient.at) : "";
    if (!of) return ERR_NOMEM;
    enum err err = find_rows(r, job, statuses, of, rows, ret_n);
    if (!err && *statuses) err = find_rows(r, job, unclosed, of, rows, ret_n);
    return err;
}

static bool is_listed(const int64_t *rows, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (rows[k] == rows[i]) return true;
    return false;
}

static enum err look_all(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct json_out o;
    struct record_reader told = {.arena = r->arena};
    int64_t rows[LIST_MAX];
    uint32_t n = 0;
    if (!j) return ERR_NOMEM;
    enum err err = load(r, job, j);
    if (!err) err = list_rows(r, j, rows, &n);
    if (err || r->fault.status) return err;
    bool is_open = !str_is_text(request_query(r, "state"), "all");
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "visits");
    for (uint32_t i = 0; i < n && !err; i++) {
        if (is_listed(rows, i)) continue;
        err = visit_of_encounter(job->s.tx, &job->s.server, rows[i], &j->v);
        if (!err) err = see(j);
        /* without a request nobody closes it: over when it was talked through */
        bool is_over = visit_is_over(j->v.state) || (j->v.state == VISIT_FINISHED && !j->v.has_request);
        bool is_meant = !err && j->who.view != VISIT_HIDDEN && !(is_open && is_over);
        if (is_meant) err = request_about(r, j->v.patient);
        if (is_meant && !err) err = record_traced(&told, &j->v.encounter.head);
        if (is_meant && !err) err = visit_write(job->s.tx, &job->s.server, &j->v, &j->who, false, NULL, &o);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &told, r->route->audit, NULL, "");
}

enum err visits_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_all);
}

/* -- asking -- */

static const char *const asked[] = {"patient", "from",    "needs",    "named",  "question",
                                    "triage",  "minutes", "attached", "labels", NULL};

static bool read_needs(struct request *r, struct visit_ask *ask)
{
    const struct json *list = json_get(r->json, "needs");
    size_t n = list && json_is_array(list) ? json_count(list) : 0;
    if ((list && !json_is_array(list)) || n > VISIT_NEEDS_MAX)
        return answer_fault(r, 400, "bad_field", "needs"), false;
    for (size_t i = 0; i < n; i++) {
        struct str code;
        struct booking_need *need = &ask->needs[ask->need_count++];
        bool is_one = json_text(json_at(list, i), &code) && booking_need_from(r->arena, code, need) &&
                      need->what.bytes &&
                      (need->kind == AGENDA_SPECIALIST || need->kind == AGENDA_DEVICE ||
                       need->kind == AGENDA_INTERPRETER);
        if (!is_one) return answer_fault(r, 400, "bad_field", "needs"), false;
    }
    return true;
}

static bool read_named(struct request *r, struct agenda_job *job, struct visit_ask *ask)
{
    const struct json *list = json_get(r->json, "named");
    size_t n = list && json_is_array(list) ? json_count(list) : 0;
    if ((list && !json_is_array(list)) || n > VISIT_NEEDS_MAX)
        return answer_fault(r, 400, "bad_field", "named"), false;
    for (size_t i = 0; i < n; i++) {
        struct str *one = &ask->named[ask->named_count++];
        if (!json_text(json_at(list, i), one) || !agenda_find_reference(job->s.view, *one, AGENDA_SPECIALIST))
            return answer_fault(r, 400, "bad_field", "named"), false;
    }
    return true;
}

static bool read_ask(struct request *r, struct agenda_job *job, struct visit_ask *ask)
{
    struct str question = {0};
    if (!request_only(r, asked) || !read_needs(r, ask) || !read_named(r, job, ask) ||
        !request_text_optional(r, "question", VISIT_QUESTION_BYTES_MAX, &question) ||
        !agenda_triage(r, &ask->triage) || !request_int(r, "minutes", 5, 480, &ask->minutes) ||
        !record_parts_labels(r, "labels", &ask->labels))
        return false;
    ask->question = question.at ? str_trim(question) : (struct str){"", 0};
    return true;
}

static enum err find_patient(struct request *r, struct visit_job *j, struct record_head *ret)
{
    struct record_reader who = {.guard = j->guard};
    struct str reference, type, id;
    if (!request_text(r, "patient", 100, &reference)) return OK;
    if (!record_parts_cut(reference, &type, &id) || !str_is_text(type, "Patient"))
        return answer_fault(r, 400, "bad_field", "patient");
    return record_parts_find(r, j->agenda->s.tx, &who, type, id, ret);
}

/* The visit that it comes from: of the same patient. */
static enum err find_from(struct request *r, struct visit_job *j, int64_t patient, struct str *ret)
{
    struct record_reader who = {.guard = j->guard};
    struct record_head head;
    struct str reference = {0}, type, id;
    *ret = (struct str){"", 0};
    if (!request_text_optional(r, "from", 100, &reference) || !reference.bytes) return OK;
    if (!record_parts_cut(reference, &type, &id) || !str_is_text(type, "Encounter"))
        return answer_fault(r, 400, "bad_field", "from");
    enum err err = record_parts_find(r, j->agenda->s.tx, &who, type, id, &head);
    if (err || r->fault.status) return err;
    if (head.patient != patient) return answer_fault(r, 400, "bad_field", "from");
    *ret = head.id;
    return OK;
}

static enum err fill(struct request *r, struct visit_job *j, struct visit_ask *ask,
                     const struct record_head *patient)
{
    struct record_head *heads;
    struct str *references = NULL;
    uint8_t n = 0;
    ask->patient = patient->id;
    enum err err = find_from(r, j, patient->row, &ask->from);
    if (!err && !r->fault.status) err = visits_attached(r, j, patient->row, &heads, &references, &n);
    if (err || r->fault.status) return err;
    memcpy(ask->attached, references, n * sizeof *references);
    ask->attached_count = n;
    return OK;
}

static enum err begin(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct visit_ask *ask = arena_zalloc(r->arena, sizeof *ask);
    struct record_head patient = {0};
    if (!j || !ask) return ERR_NOMEM;
    enum err err = load(r, job, j);
    if (err || !read_ask(r, job, ask)) return err;
    err = find_patient(r, j, &patient);
    if (!err && !r->fault.status) err = fill(r, j, ask, &patient);
    if (err || r->fault.status) return err;
    err = visit_request_write(job->s.tx, &job->s.server, &j->by, ask, NULL, &j->v);
    return err ? err : visits_answer(r, j, 201, "visit.begin", "");
}

enum err visit_begin_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, begin);
}

static enum err change(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct visit_ask *ask = arena_zalloc(r->arena, sizeof *ask);
    struct record_head patient = {0};
    enum visit_no no;
    if (!j || !ask) return ERR_NOMEM;
    enum err err = visits_find(r, job, j);
    if (err || r->fault.status) return err;
    if (!visit_may(r->who.roles, VISIT_DO_CHANGE)) return answer_fault(r, 403, "not_allowed", NULL);
    (void)visit_next(j->v.state, VISIT_DO_CHANGE, &no);
    if (no != VISIT_YES) return answer_fault(r, 409, "visit_state", NULL);
    if (!read_ask(r, job, ask)) return OK;
    err = find_patient(r, j, &patient);
    if (err || r->fault.status) return err;
    if (patient.row != j->v.patient) return answer_fault(r, 400, "bad_field", "patient");
    err = fill(r, j, ask, &patient);
    if (err || r->fault.status) return err;
    err = visit_request_write(job->s.tx, &job->s.server, &j->by, ask, &j->v, &j->v);
    return err ? err : visits_answer(r, j, 200, "visit.change", "");
}

enum err visit_change_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, change);
}

/* -- what they would see -- */

static enum err preview(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct record_head patient = {0}, *heads = NULL;
    struct str *references;
    struct record_reader told = {.arena = r->arena};
    struct json_out o;
    uint32_t labels;
    uint8_t n = 0;
    if (!j) return ERR_NOMEM;
    enum err err = load(r, job, j);
    if (err || !request_only(r, (const char *const[]){"patient", "attached", "labels", NULL}) ||
        !record_parts_labels(r, "labels", &labels))
        return err;
    err = find_patient(r, j, &patient);
    if (!err && !r->fault.status) err = visits_attached(r, j, patient.row, &heads, &references, &n);
    if (err || r->fault.status) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = visit_preview_write(job->s.tx, &job->s.server, patient.row, 0, heads, n, labels, &o);
    json_close(&o);
    for (uint8_t i = 0; i < n && !err; i++)
        err = record_traced(&told, &heads[i]);
    return err ? err : request_trace(r, &told, r->route->audit, record_parts_target(r, &patient), "");
}

enum err visit_preview_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, preview);
}
