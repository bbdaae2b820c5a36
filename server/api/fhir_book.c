/* Appointment/$find, $hold and $book after IHE ITI Scheduling (ITI-115, 116, 117; R4 Parameters in, Bundle or Appointment out). The same
 * operations as our screens': what is proposed says in participant.type what each is needed for, and is sent back as it came. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "desk/chart.h"
#include "records/interact.h"
#include "records/primitive.h"

enum { NODES_MAX = 20000, COUNT_MOST = 20 };

struct book_ask {
    struct chart_item item; /* the body; its head is empty */
    uint32_t list;          /* Parameters.parameter; TAPE_NONE: none */
};

/* -- Parameters -- */

static bool read_ask(struct request *r, struct book_ask *ask, enum err *ret_err)
{
    struct tape_fault where;
    *ask = (struct book_ask){.list = TAPE_NONE};
    *ret_err = tape_read(r->arena, r->body, NODES_MAX, &ask->item.tape, &where);
    if (*ret_err == ERR_BAD_INPUT || *ret_err == ERR_LIMIT) {
        *ret_err = answer_fault(r, 400, "bad_json", NULL);
        return false;
    }
    if (*ret_err) return false;
    const struct tape *t = &ask->item.tape;
    uint32_t type = t->nodes[0].kind == TAPE_OBJECT ? tape_get(t, 0, STR("resourceType")) : TAPE_NONE;
    if (type == TAPE_NONE || !tape_is_text(t, type, "Parameters")) {
        answer_fault(r, 400, "bad_field", "resourceType");
        return false;
    }
    ask->list = tape_get(t, 0, STR("parameter"));
    return true;
}

/* The n-th parameter of the name; TAPE_NONE. */
static uint32_t parameter(const struct book_ask *ask, const char *name, uint32_t n)
{
    const struct tape *t = &ask->item.tape;
    if (ask->list == TAPE_NONE || t->nodes[ask->list].kind != TAPE_ARRAY) return TAPE_NONE;
    for (uint32_t i = ask->list + 1; i < t->nodes[ask->list].end; i = t->nodes[i].end) {
        uint32_t called = tape_get(t, i, STR("name"));
        if (called != TAPE_NONE && tape_is_text(t, called, name) && n-- == 0) return i;
    }
    return TAPE_NONE;
}

static struct str text_of(struct agenda_job *job, const struct book_ask *ask, uint32_t node, const char *path)
{
    return node == TAPE_NONE ? (struct str){0} : chart_text(&job->s.server, &ask->item, node, path);
}

static bool instant_at(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                       const char *name, struct instant *ret)
{
    static const char *const values[] = {"valueDateTime", "valueInstant", "valueDate"};
    struct instant until;
    uint32_t at = parameter(ask, name, 0);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct str text = text_of(job, ask, at, values[i]);
        if (text.bytes && primitive_span(text, job->s.view->zone, ret, &until)) return true;
    }
    answer_fault(r, 400, at == TAPE_NONE ? "missing_field" : "bad_field", name);
    return false;
}

/* -- $find -- */

static struct seek_need *add_need(struct seek *seek, enum agenda_kind kind, struct str what, int64_t named)
{
    if (seek->need_count == SEEK_NEEDS_MAX) return NULL;
    struct seek_need *n = &seek->needs[seek->need_count++];
    *n = (struct seek_need){.need = {kind, what.at ? what : (struct str){"", 0}}, .count = 1, .named = named};
    return n;
}

static bool add_specialties(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                            struct seek *seek)
{
    static const char *const values[] = {"valueCodeableConcept.coding.code", "valueCoding.code", "valueCode",
                                         "valueString"};
    uint32_t at;
    for (uint32_t n = 0; (at = parameter(ask, "specialty", n)) != TAPE_NONE; n++) {
        struct str code = {0};
        for (size_t i = 0; i < COUNT_OF(values) && !code.bytes; i++)
            code = text_of(job, ask, at, values[i]);
        if (!code.bytes || code.bytes > BOOKING_WHAT_BYTES_MAX || !add_need(seek, AGENDA_SPECIALIST, code, 0))
            return answer_fault(r, 400, "bad_field", "specialty"), false;
    }
    return true;
}

/* By reference, or by an identifier of the staff. A named specialist is the one of the specialty that was asked for. */
static bool add_practitioners(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                              struct seek *seek)
{
    uint32_t at;
    for (uint32_t n = 0; (at = parameter(ask, "practitioner", n)) != TAPE_NONE; n++) {
        const struct agenda_resource *e = agenda_find_reference(
            job->s.view, text_of(job, ask, at, "valueReference.reference"), AGENDA_KINDS);
        if (!e) return answer_fault(r, 400, "bad_field", "practitioner"), false;
        struct seek_need *same = NULL;
        for (uint8_t i = 0; i < seek->need_count; i++)
            if (seek->needs[i].need.kind == e->kind && !seek->needs[i].named &&
                (e->kind != AGENDA_SPECIALIST || str_is(seek->needs[i].need.what, e->what)))
                same = &seek->needs[i];
        if (!same)
            same = add_need(seek, e->kind, e->kind == AGENDA_SPECIALIST ? e->what : (struct str){0}, 0);
        if (!same) return answer_fault(r, 400, "bad_field", "practitioner"), false;
        same->named = e->row;
    }
    return true;
}

/* Our own words for what else is needed: "device:exam-camera", "interpreter:ug". */
static bool add_needs(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                      struct seek *seek)
{
    uint32_t at;
    bool kinds[AGENDA_KINDS] = {false};
    for (uint32_t n = 0; (at = parameter(ask, "need", n)) != TAPE_NONE; n++) {
        struct booking_need need;
        if (!booking_need_from(r->arena, text_of(job, ask, at, "valueCode"), &need) ||
            need.kind == AGENDA_PATIENT || !add_need(seek, need.kind, need.what, 0))
            return answer_fault(r, 400, "bad_field", "need"), false;
    }
    for (uint8_t i = 0; i < seek->need_count; i++)
        kinds[seek->needs[i].need.kind] = true;
    if (!kinds[AGENDA_DOCTOR]) (void)add_need(seek, AGENDA_DOCTOR, (struct str){0}, 0);
    if (!kinds[AGENDA_ROOM]) (void)add_need(seek, AGENDA_ROOM, STR("video-room"), 0);
    if (!kinds[AGENDA_ESCORT] && seek->patient) (void)add_need(seek, AGENDA_ESCORT, (struct str){0}, 0);
    return true;
}

static bool read_seek(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                      struct seek *seek)
{
    uint64_t n;
    struct record_head patient;
    struct str ref = text_of(job, ask, parameter(ask, "patient-reference", 0), "valueReference.reference");
    if (!ref.bytes) ref = text_of(job, ask, parameter(ask, "patient", 0), "valueReference.reference");
    *seek =
        (struct seek){.minutes = 40, .triage = TRIAGE_ROUTINE, .since = job->s.tx->now, .proposals_max = 10};
    if (!instant_at(r, job, ask, "start", &seek->from) || !instant_at(r, job, ask, "end", &seek->until))
        return false;
    if (ref.bytes) {
        struct str id = ref, type = str_cut(&id, '/');
        bool is = str_is_text(type, "Patient") &&
                  record_head_find(job->s.tx, r->arena, fhir_resource_of(type), id, &patient) == OK &&
                  !patient.is_deleted;
        if (!is) return answer_fault(r, 400, "bad_field", "patient-reference"), false;
        seek->patient = patient.row;
    }
    if (str_to_u64(text_of(job, ask, parameter(ask, "duration", 0), "valueInteger"), &n) && n >= 5 &&
        n <= 480)
        seek->minutes = (uint16_t)n;
    if (str_to_u64(text_of(job, ask, parameter(ask, "_count", 0), "valueInteger"), &n) && n >= 1)
        seek->proposals_max = (uint8_t)(n > COUNT_MOST ? COUNT_MOST : n);
    return add_specialties(r, job, ask, seek) && add_practitioners(r, job, ask, seek) &&
           add_needs(r, job, ask, seek);
}

static void put_participant(struct request *r, struct json_out *o, const struct booking_need *need,
                            const char *reference, struct str name)
{
    json_open(o, NULL);
    json_open_array(o, "type");
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", BOOKING_SEAT);
    json_put_str(o, "code", booking_need_code(r->arena, need));
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
    json_open(o, "actor");
    json_put_text(o, "reference", reference);
    if (name.bytes) json_put_str(o, "display", name);
    json_close(o);
    json_put_text(o, "required", "required");
    json_put_text(o, "status", "needs-action");
    json_close(o);
}

static enum err put_proposal(struct request *r, struct agenda_job *job, struct json_out *o,
                             const struct seek *seek, const struct seek_found *found,
                             const struct seek_proposal *p)
{
    static const struct booking_need patient = {AGENDA_PATIENT, {"", 0}};
    struct record_head head;
    json_open(o, NULL);
    json_open(o, "resource");
    json_put_text(o, "resourceType", "Appointment");
    json_put_text(o, "status", "proposed");
    json_put_int(o, "priority", seek->triage);
    json_put_instant(o, "start", p->span.from);
    json_put_instant(o, "end", instant_add(p->span.from, seek->minutes * MINUTE_MS));
    json_put_int(o, "minutesDuration", seek->minutes);
    json_open_array(o, "participant");
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct agenda_resource *e = p->seats[i].who;
        if (!e) continue;
        put_participant(
            r, o, &found->asked->needs[p->seats[i].need].need,
            arena_printf(r->arena, "%.*s/%.*s", (int)e->type.bytes, e->type.at, (int)e->id.bytes, e->id.at),
            e->name);
    }
    enum err err = seek->patient ? record_head_at(job->s.tx, r->arena, seek->patient, &head) : OK;
    if (!err && seek->patient)
        put_participant(r, o, &patient,
                        arena_printf(r->arena, "Patient/%.*s", (int)head.id.bytes, head.id.at),
                        (struct str){"", 0});
    json_close_array(o);
    json_close(o);
    json_open(o, "search");
    json_put_text(o, "mode", "match");
    json_close(o);
    json_close(o);
    return err;
}

static enum err find(struct request *r, struct agenda_job *job)
{
    struct book_ask ask;
    struct seek seek;
    struct seek_found found;
    struct json_out o;
    enum err err = OK;
    if (!agenda_may_do(r, RULE_FIND, false, true) || !read_ask(r, &ask, &err))
        return r->fault.status ? OK : err;
    if (!read_seek(r, job, &ask, &seek)) return OK;
    err = seek_run(job->s.tx, &job->s.server, job->s.view, job->s.joint, &seek, &found);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "end");
    if (err) return err;
    answer_json(r, 200, &o);
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Bundle");
    json_put_text(&o, "type", "searchset");
    json_put_int(&o, "total", found.count);
    if (found.count) json_open_array(&o, "entry");
    for (uint32_t i = 0; i < found.count && !err; i++)
        err = put_proposal(r, job, &o, &seek, &found, &found.at[i]);
    if (found.count) json_close_array(&o);
    json_close(&o);
    return err;
}

enum err fhir_find_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, find);
}

/* -- an Appointment as it came back -- */

static bool seat_at(struct request *r, struct agenda_job *job, const struct book_ask *ask, uint32_t node,
                    struct schedule_start *to)
{
    struct booking_need need;
    struct record_head patient;
    struct str ref = text_of(job, ask, node, "actor.reference"), id = ref, type = str_cut(&id, '/');
    if (str_is_text(type, "Patient")) {
        bool is = record_head_find(job->s.tx, r->arena, fhir_resource_of(type), id, &patient) == OK &&
                  !patient.is_deleted;
        if (is) to->patient = patient.row;
        return is;
    }
    bool has_code = booking_need_from(r->arena, text_of(job, ask, node, "type.coding.code"), &need);
    const struct agenda_resource *e =
        agenda_find_reference(job->s.view, ref, has_code ? need.kind : AGENDA_KINDS);
    if (!e || to->seat_count == APPT_SEATS_MAX - 1) return false;
    if (!has_code) need = (struct booking_need){e->kind, e->what};
    to->seats[to->seat_count++] = (struct schedule_seat){need, e->row};
    return true;
}

static bool read_appointment(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                             uint32_t node, struct schedule_start *to)
{
    const struct tape *t = &ask->item.tape;
    struct instant rest;
    struct record_head head;
    uint64_t priority;
    struct str start = text_of(job, ask, node, "start"), end = text_of(job, ask, node, "end");
    struct str request = text_of(job, ask, node, "basedOn.reference");
    uint32_t all = tape_get(t, node, STR("participant"));
    to->triage = TRIAGE_ROUTINE;
    if (str_to_u64(text_of(job, ask, node, "priority"), &priority) && priority < TRIAGES)
        to->triage = (enum triage)priority;
    if (start.bytes <= 10 || end.bytes <= 10 || !primitive_span(start, NULL, &to->span.from, &rest) ||
        !primitive_span(end, NULL, &to->span.until, &rest))
        return answer_fault(r, 400, "bad_field", "appt-resource.start"), false;
    bool right = all != TAPE_NONE && t->nodes[all].kind == TAPE_ARRAY;
    for (uint32_t i = right ? all + 1 : 0; right && i < t->nodes[all].end; i = t->nodes[i].end)
        right = seat_at(r, job, ask, i, to);
    if (!right) return answer_fault(r, 400, "bad_field", "appt-resource.participant"), false;
    if (request.bytes) {
        (void)str_cut(&request, '/');
        if (record_head_find(job->s.tx, r->arena, fhir_resource_of(STR("ServiceRequest")), request, &head))
            return answer_fault(r, 400, "bad_field", "appt-resource.basedOn"), false;
        to->request = head.row;
    }
    return true;
}

/* -- $hold and $book -- */

/* The Appointment as this asker may see it. */
static enum err put_appointment(struct request *r, struct agenda_job *job,
                                const struct schedule_answer *answer, bool as_bundle)
{
    struct record_reader who;
    struct interact_ask ask = {.method = INTERACT_GET};
    struct interact_answer got = {0};
    struct record_fault fault = {0};
    struct buf text;
    const char *path = arena_printf(r->arena, "Appointment/%.*s", (int)answer->booking.head.id.bytes,
                                    answer->booking.head.id.at);
    if (!path) return ERR_NOMEM;
    ask.path = str_of(path);
    enum err err = record_parts_reader(r, job->s.tx, &who);
    const struct interact_kind *kind = interact_find(&ask, &fault);
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    if (!err && kind) err = interact_run(job->s.tx, &who, kind, &ask, &text, &got, &fault);
    if (!err && !fault.status && got.has_record) {
        buf_clear(&r->answer.body);
        r->answer.content_type = "application/fhir+json; charset=utf-8";
        if (as_bundle)
            buf_add_text(&r->answer.body, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":1,"
                                          "\"entry\":[{\"resource\":");
        buf_add_str(&r->answer.body, got.record.body);
        if (as_bundle) buf_add_text(&r->answer.body, ",\"search\":{\"mode\":\"match\"}}]}");
    }
    buf_done(&text);
    return err ? err : fault.status ? answer_fault(r, 404, "not_found", NULL) : r->answer.body.err;
}

static enum err answer_appointment(struct request *r, struct agenda_job *job, int status,
                                   const struct schedule_answer *answer, bool as_bundle)
{
    enum err err = agenda_answer(r, job, status, answer);
    if (err || r->fault.status) return err;
    return put_appointment(r, job, answer, as_bundle);
}

static enum err hold(struct request *r, struct agenda_job *job)
{
    struct book_ask ask;
    struct schedule_start *to = arena_zalloc(r->arena, sizeof *to);
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    enum err err = OK;
    if (!to || !answer) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_BOOK, false, true) || !read_ask(r, &ask, &err)) return err;
    uint32_t given = parameter(&ask, "appt-resource", 0);
    uint32_t node = given == TAPE_NONE ? TAPE_NONE : tape_get(&ask.item.tape, given, STR("resource"));
    if (node == TAPE_NONE) return answer_fault(r, 400, "missing_field", "appt-resource");
    if (!read_appointment(r, job, &ask, node, to)) return OK;
    err = schedule_start(&job->s, to, answer);
    return err ? err : answer_appointment(r, job, 200, answer, false);
}

enum err fhir_hold_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, hold);
}

/* What is held is asked; what is cancelled in the body is cancelled; another time in it moves it. */
static enum err book_known(struct request *r, struct agenda_job *job, const struct book_ask *ask,
                           uint32_t node, struct str id, struct schedule_answer *answer)
{
    struct booking *b = arena_zalloc(r->arena, sizeof *b);
    struct schedule_start *to = arena_zalloc(r->arena, sizeof *to);
    if (!b || !to) return ERR_NOMEM;
    enum err err = booking_read(job->s.tx, &job->s.server, id, b);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    struct str status = text_of(job, ask, node, "status");
    if (str_is_text(status, "cancelled")) {
        struct appt_event cancel = {.verb = APPT_DO_CANCEL,
                                    .version = b->appt.version,
                                    .side = APPT_CLINIC,
                                    .reason = APPT_OTHER_DUTY};
        return schedule_event(&job->s, id, &cancel, answer);
    }
    if (node != TAPE_NONE && !read_appointment(r, job, ask, node, to)) return OK;
    if (node != TAPE_NONE && to->span.from.ms != b->appt.span.from.ms)
        return schedule_move(&job->s, id, b->appt.version, to, answer);
    struct appt_event ask_all = {.verb = APPT_DO_ASK, .version = b->appt.version};
    return schedule_event(&job->s, id, &ask_all, answer);
}

static enum err book(struct request *r, struct agenda_job *job)
{
    struct book_ask ask;
    struct schedule_start *to = arena_zalloc(r->arena, sizeof *to);
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    enum err err = OK;
    if (!to || !answer) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_BOOK, false, true) || !read_ask(r, &ask, &err)) return err;
    uint32_t given = parameter(&ask, "appt-resource", 0), named = parameter(&ask, "appt-id", 0);
    uint32_t node = given == TAPE_NONE ? TAPE_NONE : tape_get(&ask.item.tape, given, STR("resource"));
    struct str id = text_of(job, &ask, named, "valueId");
    if (!id.bytes) id = text_of(job, &ask, named, "valueString");
    if (!id.bytes && node != TAPE_NONE) id = text_of(job, &ask, node, "id");
    if (id.bytes) {
        err = book_known(r, job, &ask, node, id, answer);
    } else if (node == TAPE_NONE) {
        return answer_fault(r, 400, "missing_field", "appt-id");
    } else if (read_appointment(r, job, &ask, node, to)) {
        to->asks = true;
        err = schedule_start(&job->s, to, answer);
    }
    return err || r->fault.status ? err : answer_appointment(r, job, 200, answer, true);
}

enum err fhir_book_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, book);
}
