/* Requests to be seen by the clinic (docs/PROTOCOL §16): entered by nurses and doctors, or by the detainee's own session, which learns a
 * number and a word and nothing more. Nobody else knows that they exist. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/escalate.h"
#include "desk/local_visit.h"
#include "desk/whom.h"
#include "records/primitive.h"
#include "records/records.h"
#include "records/search.h"

enum { REASON_MAX = 500, OWN_MAX = 20 };

static const struct sick_limits *limits_of(struct request *r)
{
    const struct sick_limits *set = &request_site(r)->settings.clinic.sick;
    return set->triage_h ? set : &sick_limits_default;
}

/* -- what is answered -- */

/* What the one who asked is told: a word (workflow, step 4). */
static const char *own_word(const struct sickcall *c)
{
    bool is_coming = c->going.ms && c->triage == TRIAGE_EMERGENCY;
    if (is_coming && (c->state == SICK_TRIAGED || c->state == SICK_SCHEDULED)) return "coming";
    switch (c->state) {
    case SICK_DRAFT:
        return "draft";
    case SICK_TRIAGED:
        return c->triage <= TRIAGE_URGENT ? "today" : "soon";
    case SICK_SCHEDULED:
        return "called";
    case SICK_ANSWERED:
        return "answered";
    case SICK_SEEN:
    case SICK_CLOSED:
        return c->seen.ms ? "seen" : "answered";
    case SICK_WITHDRAWN:
        return "withdrawn";
    case SICK_SUBMITTED:
    case SICK_RECEIVED:
    case SICK_DUPLICATE:
    case SICK_STATES:
        break;
    }
    return "received";
}

static void put_regions(struct json_out *o, const struct sickcall *c)
{
    json_open_array(o, "regions");
    for (uint32_t i = 0; i < c->regions_n; i++)
        json_put_str(o, NULL, c->regions[i]);
    json_close_array(o);
}

/* That something was said, and for how long. */
static void put_voice(struct json_out *o, const struct sickcall *c)
{
    if (!c->voice.bytes) {
        json_put_null(o, "voice");
        return;
    }
    json_open(o, "voice");
    json_put_int(o, "ms", c->voice_ms);
    json_close(o);
}

/* is_repeat: it may be about the same as an earlier one, which a nurse looks at together with it. */
static void put_own(struct json_out *o, const char *key, const struct sickcall *c, bool is_repeat)
{
    json_open(o, key);
    json_put_str(o, "id", c->item.head.id);
    json_put_int(o, "number", c->number);
    json_put_text(o, "word", own_word(c));
    json_put_instant(o, "asked", c->asked);
    json_put_str(o, "words", clinic_text(c->words));
    json_put_str(o, "answer", clinic_text(c->answer));
    put_regions(o, c);
    put_voice(o, c);
    json_put_bool(o, "repeat", is_repeat);
    json_close(o);
}

static enum err put_visit(struct tx *tx, struct record_reader *server, struct json_out *o,
                          const struct sickcall *c, bool *ret_is_begun)
{
    struct local_visit v;
    struct str id = c->encounter;
    *ret_is_begun = false;
    if (!id.bytes) return json_put_null(o, "visit"), OK;
    (void)str_cut(&id, '/');
    enum err err = local_visit_read(tx, server, id, &v);
    if (err == ERR_NOT_FOUND) return json_put_null(o, "visit"), OK;
    if (err) return err;
    *ret_is_begun = v.state == LOCAL_VISIT_BEGUN;
    json_open(o, "visit");
    json_put_str(o, "id", v.item.head.id);
    json_put_text(o, "state", local_visit_state_text(v.state));
    json_put_instant(o, "start", v.start);
    json_put_str(o, "doctor", clinic_text(v.doctor_name));
    json_close(o);
    return OK;
}

static enum err put_like(struct tx *tx, struct record_reader *server, struct json_out *o,
                         const struct sickcall *c)
{
    struct str ids[SICKCALL_LIKE_MAX];
    uint32_t n = 0;
    enum err err = sickcall_like(tx, server, c, ids, &n);
    json_open_array(o, "like");
    for (uint32_t i = 0; i < n && !err; i++)
        json_put_str(o, NULL, ids[i]);
    json_close_array(o);
    return err;
}

static enum err put_call(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                         const struct sickcall *c)
{
    static const char *const clocks[] = {NULL, "triage", "seen"};
    struct record_reader server = clinic_server(r);
    struct whom whom;
    struct instant due;
    bool is_begun;
    struct str linked = c->linked;
    enum err err = whom_of(tx, &server, c->patient, &whom);
    if (err) return err;
    if (clinic_is_detainee(r)) {
        struct str ids[SICKCALL_LIKE_MAX];
        uint32_t n = 0;
        err = sickcall_like(tx, &server, c, ids, &n);
        put_own(o, key, c, n > 0 || c->linked.bytes > 0);
        return err;
    }
    (void)str_cut(&linked, '/');
    json_open(o, key);
    json_put_str(o, "id", c->item.head.id);
    json_put_int(o, "number", c->number);
    json_put_text(o, "state", sick_state_text(c->state));
    json_put_text(o, "triage", c->triaged.ms ? triage_text(c->triage) : NULL);
    whom_put(o, &whom);
    json_put_str(o, "words", clinic_text(c->words));
    json_put_str(o, "place", clinic_text(c->place));
    put_regions(o, c);
    put_voice(o, c);
    json_put_str(o, "door", clinic_text(c->door));
    json_put_str(o, "by", clinic_text(c->by_name));
    json_put_instant(o, "asked", c->asked);
    json_put_instant(o, "received", c->received);
    json_put_instant(o, "triaged", c->triaged);
    json_put_instant(o, "seen", c->seen);
    json_put_str(o, "linked", clinic_text(linked));
    json_put_str(o, "answer", clinic_text(c->answer));
    json_put_str(o, "outcome", clinic_text(c->outcome));
    json_put_instant(o, "going", c->going);
    json_put_str(o, "going_by", clinic_text(c->going_by));
    err = put_visit(tx, &server, o, c, &is_begun);
    if (!err) {
        json_put_text(o, "clock", clocks[sickcall_clock(&server, limits_of(r), c, is_begun, &due)]);
        json_put_instant(o, "due", due);
        json_put_instant(o, "clock_from",
                         c->state == SICK_RECEIVED || c->triage > TRIAGE_SOON ? c->received
                                                                              : c->triage_since);
        err = put_like(tx, &server, o, c);
    }
    json_close(o);
    return err;
}

static enum err answer_call(struct request *r, struct tx *tx, int status, const struct sickcall *c)
{
    struct json_out o;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    enum err err = put_call(r, tx, &o, "call", c);
    json_close(&o);
    return err;
}

/* -- looking -- */

/* A detainee's own, newest first, those that are over too. */
static enum err own_rows(struct request *r, struct tx *tx, struct record_reader *server, int64_t *rows,
                         uint32_t *ret_n)
{
    struct sickcall_by by;
    struct record_fault fault = {0};
    int64_t patient;
    enum err err = clinic_by(r, tx, &by, &patient);
    *ret_n = 0;
    if (err || patient == 0) return err;
    const char *query =
        arena_printf(r->arena, "patient=%.*s&code=" SICKCALL_TASK "|sick-call&_sort=-authored-on&_count=20",
                     (int)by.reference.bytes, by.reference.at);
    if (!query) return ERR_NOMEM;
    err = search_rows(tx, server, fhir_resource_of(STR("Task")), str_of(query), rows, OWN_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

enum err sick_calls_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(r->arena, SICKCALL_LIST_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err)
        err = clinic_is_detainee(r) ? own_rows(r, tx, &server, rows, &n)
                                    : sickcall_open(tx, &who, (struct str){"", 0}, rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "calls");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct sickcall c;
        err = sickcall_read_row(tx, &server, rows[i], &c);
        if (!err) err = record_traced(&who, &c.item.head);
        if (!err) err = put_call(r, tx, &o, NULL, &c);
        if (err == ERR_NOT_FOUND) err = OK; /* a task of others' that bears the code */
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == SICKCALL_LIST_MAX);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

/* One that the asker may see: staff by the guard, a detainee the own. 404 as a fault. */
static enum err find(struct request *r, struct tx *tx, struct sickcall *ret)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    struct sickcall_by by;
    int64_t patient = 0;
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    if (clinic_is_detainee(r)) {
        err = clinic_by(r, tx, &by, &patient);
        if (!err)
            err = chart_id_is(r->captures[0])
                      ? record_head_find(tx, r->arena, fhir_resource_of(STR("Task")), r->captures[0], &head)
                      : ERR_NOT_FOUND;
        if (err == ERR_NOT_FOUND || (!err && (head.is_deleted || patient == 0 || head.patient != patient)))
            return answer_fault(r, 404, "not_found", NULL);
    } else {
        err = record_parts_find(r, tx, &who, STR("Task"), r->captures[0], &head);
    }
    if (err || r->fault.status) return err;
    err = sickcall_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err sick_call_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct sickcall c;
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    err = record_parts_reader(r, tx, &who);
    if (!err) err = record_traced(&who, &c.item.head);
    if (!err) err = answer_call(r, tx, 200, &c);
    return err ? err : request_trace(r, &who, r->route->audit, record_parts_target(r, &c.item.head), "");
}

/* -- a new one -- */

static bool read_words(struct request *r, bool is_needed, struct str *ret_words, struct str *ret_place)
{
    if (is_needed ? !request_text(r, "words", SICKCALL_WORDS_BYTES_MAX, ret_words)
                  : !request_text_optional(r, "words", SICKCALL_WORDS_BYTES_MAX, ret_words))
        return false;
    if (!request_text_optional(r, "place", 20, ret_place)) return false;
    if (ret_words->at) *ret_words = str_trim(*ret_words);
    if (ret_words->at && ret_words->bytes == 0) return answer_fault(r, 400, "missing_field", "words"), false;
    if (ret_place->bytes && !sickcall_place_is(*ret_place))
        return answer_fault(r, 400, "bad_field", "place"), false;
    return true;
}

/* When it was said, at most a week ago: paper that was carried. */
static bool read_asked(struct request *r, const struct tx *tx, struct instant *ret)
{
    struct str text = {0};
    *ret = (struct instant){0};
    if (!request_text_optional(r, "asked", 40, &text)) return false;
    if (!text.bytes) return true;
    if (instant_from_text(text, ret) && ret->ms <= tx->now.ms + MINUTE_MS &&
        ret->ms > tx->now.ms - 7 * DAY_MS)
        return true;
    return answer_fault(r, 400, "bad_field", "asked"), false;
}

/* The picture of the body: each region once, and the place is that of the first unless it is said. */
static bool read_regions(struct request *r, struct sickcall_start *s)
{
    const struct json *list = json_get(r->json, "regions");
    if (!list) return true;
    if (!json_is_array(list) || json_count(list) > SICKCALL_REGIONS_MAX)
        return answer_fault(r, 400, "bad_field", "regions"), false;
    for (size_t i = 0; i < json_count(list); i++) {
        struct str region, place;
        if (!json_text(json_at(list, i), &region) || !(place = sickcall_region_place(region)).bytes)
            return answer_fault(r, 400, "bad_field", "regions"), false;
        for (uint32_t k = 0; k < s->regions_n; k++)
            if (str_is(s->regions[k], region)) return answer_fault(r, 400, "bad_field", "regions"), false;
        s->regions[s->regions_n++] = region;
        if (!s->place.bytes) s->place = place;
    }
    return true;
}

static bool read_start(struct request *r, const struct tx *tx, struct sickcall_start *s)
{
    static const char *const own[] = {"words", "place", "regions", NULL};
    static const char *const all[] = {"patient", "words", "place", "door", "asked", "draft", NULL};
    if (!request_only(r, clinic_is_detainee(r) ? own : all) || !read_words(r, true, &s->words, &s->place))
        return false;
    if (clinic_is_detainee(r) && !read_regions(r, s)) return false;
    s->door = STR("terminal");
    if (clinic_is_detainee(r)) return true;
    if (!request_text_optional(r, "door", 20, &s->door) || !read_asked(r, tx, &s->asked) ||
        !request_bool_optional(r, "draft", false, &s->is_draft))
        return false;
    if (!s->door.bytes) s->door = STR("voice");
    return sickcall_door_is(s->door) ? true : (answer_fault(r, 400, "bad_field", "door"), false);
}

/* Whom it is for: the detainee's own self; else whom the staff names and may see. */
static enum err read_patient(struct request *r, struct tx *tx, const struct sickcall_by *by, int64_t own,
                             struct str *ret)
{
    if (clinic_is_detainee(r)) {
        *ret = by->reference;
        return own ? OK : answer_fault(r, 404, "not_found", NULL);
    }
    return request_text(r, "patient", 100, ret) ? clinic_see_patient(r, tx, *ret) : OK;
}

enum err sick_call_add_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct sickcall_start start = {0};
    struct sickcall_by by;
    struct sickcall c;
    int64_t own;
    if (!read_start(r, tx, &start)) return OK;
    enum err err = clinic_by(r, tx, &by, &own);
    if (!err) err = read_patient(r, tx, &by, own, &start.patient);
    if (err || r->fault.status) return err;
    err = sickcall_begin(tx, &server, &by, &start, &c);
    if (!err)
        err = clinic_done(r, tx, &server, &c.item.head,
                          arena_printf(r->arena, "{\"number\":%lld,\"door\":\"%.*s\"}", (long long)c.number,
                                       (int)c.door.bytes, c.door.at));
    return err ? err : answer_call(r, tx, 201, &c);
}

/* -- what happens to one -- */

struct doing {
    struct request *r;
    struct tx *tx;
    struct record_reader server;
    struct sickcall_by by;
    struct sickcall *c;
    struct sickcall_event e;
    struct instant at; /* of a visit */
};

static bool only(struct doing *d, const char *a, const char *b)
{
    return request_only(d->r, (const char *const[]){a, b, NULL});
}

static bool read_submit(struct doing *d)
{
    return only(d, "words", "place") && read_words(d->r, false, &d->e.words, &d->e.place);
}

/* More urgent is free; less urgent takes a reason (scheduler/rule). */
static bool read_triage(struct doing *d)
{
    if (!only(d, "triage", "reason") || !agenda_triage(d->r, &d->e.triage) ||
        !request_text_optional(d->r, "reason", REASON_MAX, &d->e.why))
        return false;
    d->e.why = str_trim(clinic_text(d->e.why));
    bool lowers = d->c->triaged.ms != 0 && d->e.triage > d->c->triage;
    return agenda_may_do(d->r, lowers ? RULE_LOWER : RULE_RAISE, false, d->e.why.bytes > 0);
}

static bool read_answer(struct doing *d)
{
    if (!only(d, "answer", NULL) || !request_text(d->r, "answer", SICKCALL_WORDS_BYTES_MAX, &d->e.answer))
        return false;
    d->e.answer = str_trim(d->e.answer);
    return d->e.answer.bytes ? true : (answer_fault(d->r, 400, "missing_field", "answer"), false);
}

static bool read_link(struct doing *d)
{
    if (!only(d, "to", NULL) || !request_text(d->r, "to", RECORD_ID_BYTES_MAX, &d->e.to)) return false;
    return chart_id_is(d->e.to) ? true : (answer_fault(d->r, 400, "bad_field", "to"), false);
}

static bool read_close(struct doing *d)
{
    if (!only(d, "outcome", NULL) || !request_text_optional(d->r, "outcome", 20, &d->e.outcome)) return false;
    if (!d->e.outcome.bytes) d->e.outcome = d->c->outcome;
    return !d->e.outcome.bytes || sickcall_outcome_is(d->e.outcome)
               ? true
               : (answer_fault(d->r, 400, "bad_field", "outcome"), false);
}

static bool read_visit(struct doing *d)
{
    struct str text = {0};
    if (!only(d, "at", NULL) || !request_text_optional(d->r, "at", 40, &text)) return false;
    if (!text.bytes) return true;
    if (instant_from_text(text, &d->at) && d->at.ms > d->tx->now.ms - MINUTE_MS &&
        d->at.ms < d->tx->now.ms + 30 * DAY_MS)
        return true;
    return answer_fault(d->r, 400, "bad_field", "at"), false;
}

static bool read_nothing(struct doing *d)
{
    return only(d, NULL, NULL);
}

static const struct {
    const char *name;
    enum sick_verb verb;
    bool is_own; /* a detainee's too */
    bool (*read)(struct doing *d);
} verbs[] = {
    {"submit", SICK_DO_SUBMIT, false, read_submit}, {"triage", SICK_DO_TRIAGE, false, read_triage},
    {"visit", SICK_DO_SCHEDULE, false, read_visit}, {"answer", SICK_DO_ANSWER, false, read_answer},
    {"link", SICK_DO_LINK, false, read_link},       {"part", SICK_DO_PART, false, read_nothing},
    {"close", SICK_DO_CLOSE, false, read_close},    {"withdraw", SICK_DO_WITHDRAW, true, read_nothing},
};

/* Whoever withdraws is not called any more; once the visit has begun it is too late. */
static enum err call_off_visit(struct doing *d, enum sick_no *ret_no)
{
    struct local_visit v;
    enum local_visit_no no;
    struct str id = d->c->encounter;
    *ret_no = SICK_YES;
    if (d->c->state != SICK_SCHEDULED || !id.bytes) return OK;
    (void)str_cut(&id, '/');
    enum err err = local_visit_read(d->tx, &d->server, id, &v);
    if (!err)
        err = local_visit_happen(d->tx, &d->server, &d->by, &v, LOCAL_VISIT_DO_CANCEL, STR("withdrawn"), &no);
    if (!err && no) *ret_no = SICK_NO_HAS_VISIT;
    if (!err && !no) err = sickcall_read(d->tx, &d->server, d->c->item.head.id, d->c);
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err run(struct doing *d, enum sick_no *ret_no)
{
    struct local_visit v;
    enum err err = OK;
    *ret_no = SICK_YES;
    if (d->e.verb == SICK_DO_SCHEDULE)
        return local_visit_plan(d->tx, &d->server, &d->by, d->c, d->at, &v, ret_no);
    if (d->e.verb == SICK_DO_WITHDRAW) err = call_off_visit(d, ret_no);
    if (!err && !*ret_no) err = sickcall_happen(d->tx, &d->server, &d->by, d->c, &d->e, ret_no);
    if (!err && !*ret_no && d->e.verb == SICK_DO_SUBMIT)
        err = sickcall_happen(d->tx, &d->server, &d->by, d->c,
                              &(struct sickcall_event){.verb = SICK_DO_RECEIVE}, ret_no);
    return err;
}

/* The command is told that somebody goes where it was asked for help, and nothing when it was not. */
static enum err tell_command(struct request *r, struct tx *tx, int64_t record)
{
    struct escalate_row *rows = arena_alloc(r->arena, ESCALATE_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    bool is_told = false;
    enum err err = rows ? escalate_late(tx, ESCALATE_COMMAND, (struct str){"", 0}, rows, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        is_told |= rows[i].record == record;
    return err || !is_told
               ? err
               : request_notify(
                     r, &(struct site_notice){.role = "duty-command", .kind = "clinic_alarm", .data = "{}"});
}

enum err sick_call_go_write(struct request *r, struct tx *tx)
{
    struct record_reader server = clinic_server(r);
    struct sickcall_by by;
    struct sickcall c;
    bool may;
    int64_t own;
    if (clinic_is_detainee(r)) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &by, &own);
    if (!err) err = sickcall_go(tx, &server, &by, &c, &may);
    if (!err && !may) return answer_fault(r, 409, "sickcall_going", NULL);
    if (!err) err = clinic_done(r, tx, &server, &c.item.head, "{}");
    if (!err) err = tell_command(r, tx, c.item.head.row);
    return err ? err : answer_call(r, tx, 200, &c);
}

enum err sick_call_event_write(struct request *r, struct tx *tx)
{
    struct doing d = {.r = r, .tx = tx, .server = clinic_server(r)};
    struct sickcall c;
    enum sick_no no;
    int64_t own;
    size_t i = 0;
    while (i < COUNT_OF(verbs) && !str_is_text(r->captures[1], verbs[i].name))
        i++;
    if (i == COUNT_OF(verbs) || (clinic_is_detainee(r) && !verbs[i].is_own))
        return answer_fault(r, 404, "not_found", NULL);
    enum err err = find(r, tx, &c);
    if (err || r->fault.status) return err;
    d.c = &c, d.e.verb = verbs[i].verb;
    if (!verbs[i].read(&d)) return OK;
    err = clinic_by(r, tx, &d.by, &own);
    if (!err) err = run(&d, &no);
    if (!err && no) {
        (void)clinic_refuse_call(r, no);
        return d.server.written_count ? ERR_DENIED : OK;
    }
    if (!err)
        err = clinic_done(r, tx, &d.server, &c.item.head,
                          arena_printf(r->arena, "{\"verb\":\"%s\",\"state\":\"%s\",\"triage\":\"%s\"}",
                                       verbs[i].name, sick_state_text(c.state),
                                       c.triaged.ms ? triage_text(c.triage) : ""));
    return err ? err : answer_call(r, tx, 200, &c);
}
