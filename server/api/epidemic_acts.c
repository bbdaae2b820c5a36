/* What is done about what spreads: a suspicion, isolation, what it turned out to be, the report, the end; contacts looked at. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/epidemic_parts.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "auth/password.h"
#include "desk/epidemic_contact.h"
#include "desk/epidemic_officer.h"
#include "desk/epidemic_tell.h"
#include "desk/epidemic_watch.h"
#include "scheduler/terms.h"

enum { ONSET_DAYS = 60, WRITE_BYTES_MAX = 256 << 20 };

static bool is_doctor(struct request *r)
{
    if (role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR)) return true;
    answer_fault(r, 403, "epidemic_doctor", NULL);
    return false;
}

/* An instant that has been, at most so many days ago; ms 0: not said. */
static bool read_past(struct request *r, const struct tx *tx, const char *key, struct instant *ret)
{
    struct str text = {0};
    *ret = (struct instant){0};
    if (!request_text_optional(r, key, 40, &text)) return false;
    if (!text.bytes) return true;
    if (instant_from_text(text, ret) && ret->ms <= tx->now.ms + MINUTE_MS &&
        ret->ms > tx->now.ms - ONSET_DAYS * DAY_MS)
        return true;
    return answer_fault(r, 400, "bad_field", key), false;
}

static bool read_illness(struct request *r, bool is_needed, const struct epidemic_illness **ret)
{
    struct str code = {0};
    *ret = NULL;
    if (is_needed ? !request_text(r, "illness", 40, &code) : !request_text_optional(r, "illness", 40, &code))
        return false;
    if (!code.bytes) return true;
    *ret = epidemic_illness_of(code);
    return *ret ? true : (answer_fault(r, 400, "bad_field", "illness"), false);
}

/* -- a suspicion -- */

enum err epidemic_begin_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct epidemic_start start = {0};
    struct record_head head;
    struct epidemic_case c;
    struct sickcall_by by;
    struct str type, id;
    int64_t own;
    if (!request_only(r, (const char *const[]){"patient", "illness", "onset", NULL}) ||
        !request_text(r, "patient", 100, &start.patient) || !read_illness(r, true, &start.illness) ||
        !read_past(r, tx, "onset", &start.onset))
        return OK;
    if (!record_parts_cut(start.patient, &type, &id) || !str_is_text(type, "Patient"))
        return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, type, id, &head);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &by, &own);
    if (!err) err = epidemic_begin(tx, &server, &by, &start, &c);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "epidemic_known", NULL);
    if (!err)
        err = epidemic_parts_done(r, tx, &server, &c.item.head,
                                  arena_printf(r->arena, "{\"illness\":\"%s\"}", c.illness->code));
    return err ? err : epidemic_parts_answer(r, tx, 201, &c, -1);
}

/* -- what becomes of it -- */

struct acting {
    struct request *r;
    struct tx *tx;
    struct record_reader server;
    struct sickcall_by by;
    struct epidemic_case c;
    uint32_t made; /* contacts */
};

static enum err happen(struct acting *a, const struct epidemic_event *e)
{
    enum epidemic_no no;
    enum err err = epidemic_happen(a->tx, &a->server, &a->by, &a->c, e, &no);
    return !err && no ? epidemic_parts_refuse(a->r, no) : err;
}

static enum err trace_contacts(struct acting *a)
{
    return epidemic_trace(a->tx, &a->server, epidemic_parts_limits(a->r), &a->c, &a->made);
}

/* Where to: a place of ours, or, with none, in the cell. */
static enum err isolate(struct acting *a)
{
    struct epidemic_event e = {.verb = EPIDEMIC_DO_ISOLATE};
    struct record_head head;
    if (!request_only(a->r, (const char *const[]){"place", NULL}) ||
        !request_text_optional(a->r, "place", RECORD_ID_BYTES_MAX, &e.place))
        return OK;
    if (e.place.bytes) {
        enum err err =
            chart_id_is(e.place)
                ? record_head_find(a->tx, a->r->arena, fhir_resource_of(STR("Location")), e.place, &head)
                : ERR_NOT_FOUND;
        if (err == ERR_NOT_FOUND || (!err && head.is_deleted))
            return answer_fault(a->r, 400, "bad_field", "place");
        if (err) return err;
    }
    enum err err = happen(a, &e);
    return err || a->r->fault.status ? err : trace_contacts(a);
}

static enum err confirm(struct acting *a)
{
    struct epidemic_event e = {.verb = EPIDEMIC_DO_CONFIRM};
    if (!is_doctor(a->r) || !request_only(a->r, (const char *const[]){"illness", NULL}) ||
        !read_illness(a->r, false, &e.illness))
        return OK;
    enum err err = happen(a, &e);
    return err || a->r->fault.status ? err : trace_contacts(a);
}

static enum err exclude(struct acting *a)
{
    uint32_t cleared;
    if (!is_doctor(a->r) || !request_only(a->r, (const char *const[]){NULL})) return OK;
    enum err err = happen(a, &(struct epidemic_event){.verb = EPIDEMIC_DO_EXCLUDE});
    return err || a->r->fault.status ? err : epidemic_contacts_clear(a->tx, &a->server, &a->c, &cleared);
}

/* An officer who had the case in hand was spoken with. */
static enum err speak(struct acting *a)
{
    struct str officer;
    if (!request_only(a->r, (const char *const[]){"officer", NULL}) ||
        !request_text(a->r, "officer", RECORD_ID_BYTES_MAX, &officer))
        return OK;
    enum err err = epidemic_officer_spoken(a->tx, a->c.item.head.row, officer, a->r->who.display);
    if (err == ERR_NOT_FOUND) return answer_fault(a->r, 400, "bad_field", "officer");
    return err == ERR_EXISTS ? answer_fault(a->r, 409, "epidemic_told", NULL) : err;
}

static enum err course(struct acting *a)
{
    struct instant well;
    int64_t negatives;
    if (!request_only(a->r, (const char *const[]){"well", "negatives", NULL}) ||
        !read_past(a->r, a->tx, "well", &well) || !request_int(a->r, "negatives", 0, 20, &negatives))
        return OK;
    enum err err = epidemic_course_write(a->tx, &a->server, &a->c, well, (uint8_t)negatives);
    return err == ERR_DENIED ? epidemic_parts_refuse(a->r, EPIDEMIC_NO_OVER) : err;
}

static enum err report(struct acting *a)
{
    struct str number;
    if (!is_doctor(a->r) || !request_only(a->r, (const char *const[]){"number", NULL}) ||
        !request_text(a->r, "number", EPIDEMIC_NUMBER_BYTES_MAX, &number))
        return OK;
    number = str_trim(number);
    if (!number.bytes) return answer_fault(a->r, 400, "missing_field", "number");
    enum err err = epidemic_report(a->tx, &a->server, &a->c, number);
    if (err == ERR_EXISTS || err == ERR_DENIED) return answer_fault(a->r, 409, "epidemic_reported", NULL);
    return err;
}

static enum err trace(struct acting *a)
{
    if (!request_only(a->r, (const char *const[]){NULL})) return OK;
    if (a->c.state == EPIDEMIC_EXCLUDED || a->c.state == EPIDEMIC_RELEASED)
        return epidemic_parts_refuse(a->r, EPIDEMIC_NO_OVER);
    return trace_contacts(a);
}

static const struct {
    const char *verb;
    enum err (*act)(struct acting *a);
} verbs[] = {{"isolate", isolate}, {"confirm", confirm}, {"exclude", exclude}, {"course", course},
             {"report", report},   {"trace", trace},     {"officer", speak}};

static enum err act(struct acting *a, size_t i)
{
    struct request *r = a->r;
    int64_t own;
    enum err err = epidemic_parts_find(r, a->tx, &a->c);
    if (err || r->fault.status) return err;
    err = clinic_by(r, a->tx, &a->by, &own);
    if (!err) err = verbs[i].act(a);
    if (err || r->fault.status) return err;
    err = epidemic_parts_done(r, a->tx, &a->server, &a->c.item.head,
                              arena_printf(r->arena, "{\"verb\":\"%s\",\"state\":\"%s\",\"contacts\":%u}",
                                           verbs[i].verb, epidemic_state_text(a->c.state), a->made));
    return err ? err : epidemic_parts_answer(r, a->tx, 200, &a->c, a->made);
}

enum err epidemic_event_write(struct request *r, struct tx *tx)
{
    struct acting a = {.r = r, .tx = tx, .server = clinic_server(r)};
    size_t i = 0;
    while (i < COUNT_OF(verbs) && !str_is_text(r->captures[1], verbs[i].verb))
        i++;
    if (i == COUNT_OF(verbs)) return answer_fault(r, 404, "not_found", NULL);
    /* A Task for each contact, each with its Provenance: a request's arena would not hold them. */
    a.server.arena = arena_new(WRITE_BYTES_MAX);
    enum err err = a.server.arena ? act(&a, i) : ERR_NOMEM;
    arena_free(a.server.arena);
    return err;
}

/* -- the end of isolation: a doctor signs, by the own password -- */

enum err epidemic_release_look(struct request *r, struct tx *tx)
{
    struct login_proof *p = r->stash = arena_zalloc(r->arena, sizeof *p);
    if (!p) return ERR_NOMEM;
    if (!is_doctor(r) || !request_only(r, (const char *const[]){"password", NULL}) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &p->password))
        return OK;
    return login_proof_look(r, tx, p);
}

void epidemic_release_work(struct request *r)
{
    enum err err = login_proof_work(r, r->stash);
    if (err) fault_from_err(&r->fault, err);
}

enum err epidemic_release_write(struct request *r, struct tx *tx)
{
    struct acting a = {.r = r, .tx = tx, .server = clinic_server(r)};
    int64_t own;
    enum err err = login_proof_judge(r, tx, r->stash, "password");
    if (err || r->fault.status) return err;
    err = epidemic_parts_find(r, tx, &a.c);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &a.by, &own);
    if (!err) err = happen(&a, &(struct epidemic_event){.verb = EPIDEMIC_DO_RELEASE});
    if (err || r->fault.status) return err;
    err = epidemic_parts_done(r, tx, &a.server, &a.c.item.head, "{}");
    return err ? err : epidemic_parts_answer(r, tx, 200, &a.c, -1);
}

/* -- contacts -- */

/* Who has fallen ill is a case of the same illness, suspected, at once. */
static enum err begin_of(struct acting *a, const struct epidemic_contact *contact)
{
    struct str of = contact->of;
    struct epidemic_start start = {.patient = contact->patient};
    struct epidemic_case first;
    (void)str_cut(&of, '/');
    enum err err = epidemic_read(a->tx, &a->server, of, &first);
    if (err) return err;
    start.illness = first.illness;
    err = epidemic_begin(a->tx, &a->server, &a->by, &start, &a->c);
    return err == ERR_EXISTS ? OK : err;
}

enum err epidemic_contact_write(struct request *r, struct tx *tx)
{
    struct acting a = {.r = r, .tx = tx, .server = clinic_server(r)};
    struct epidemic_contact c;
    struct record_reader who;
    struct record_head head;
    struct json_out o;
    struct str outcome;
    int64_t own;
    if (!request_only(r, (const char *const[]){"outcome", NULL}) || !request_text(r, "outcome", 8, &outcome))
        return OK;
    if (!epidemic_outcome_is(outcome)) return answer_fault(r, 400, "bad_field", "outcome");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &a.by, &own);
    if (!err) err = epidemic_contact_read(tx, &a.server, head.row, &c);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = epidemic_contact_look(tx, &a.server, &c, outcome);
    if (err == ERR_DENIED) return answer_fault(r, 409, "epidemic_state", NULL);
    if (!err && str_is_text(outcome, "ill")) err = begin_of(&a, &c);
    if (!err)
        err = epidemic_parts_done(
            r, tx, &a.server, &c.item.head,
            arena_printf(r->arena, "{\"outcome\":\"%.*s\"}", (int)outcome.bytes, outcome.at));
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_bool(&o, "over", c.is_over);
    if (a.c.item.tape.nodes) err = epidemic_parts_put(r, tx, &o, "case", &a.c);
    json_close(&o);
    return err;
}

enum err epidemic_alarm_write(struct request *r, struct tx *tx)
{
    struct str block, word;
    enum epidemic_sign sign;
    if (!request_only(r, (const char *const[]){"block", "sign", NULL}) ||
        !request_text(r, "block", 64, &block) || !request_text(r, "sign", 10, &word))
        return OK;
    if (!epidemic_sign_from(word, &sign)) return answer_fault(r, 400, "bad_field", "sign");
    enum err err = epidemic_alarm_seen(tx, block, sign);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "nurse", .kind = "epidemic_changed", .data = "{}"});
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "clinic-doctor", .kind = "epidemic_changed", .data = "{}"});
    if (!err) err = request_audit(r, r->route->audit, "Block", AUDIT_OK, "{}");
    return err ? err : answer_empty(r, 204);
}
