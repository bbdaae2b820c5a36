/* The steps of a consultation (docs/PROTOCOL §17, desk/visit_table): each is one write of all that follows, or a refusal that says why. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/visits.h"
#include "auth/account.h"
#include "desk/advice.h"
#include "desk/calls.h"
#include "desk/chart_write.h"
#include "desk/transfer.h"
#include "desk/visit_grant.h"
#include "desk/visit_guest.h"
#include "records/grant.h"
#include <stdio.h>

enum { WORDS_MAX = 4000, NAME_MAX = 120, STEPS_MAX = 8 * 1024 };

struct step {
    struct request *r;
    struct visit_job *j;
    struct visit_consents consents;
    enum visit_verb verb;
    enum visit_state next;
    const char *detail; /* of the trail's row: members, each with a comma before it */
};

static struct schedule *plan(struct step *t)
{
    return &t->j->agenda->s;
}

static enum err refuse(struct step *t, const char *code, const char *where)
{
    return answer_fault(t->r, 409, code, where);
}

static enum err put_state(struct step *t, const char *why)
{
    struct schedule *s = plan(t);
    return visit_put_state(s->tx, &s->server, &t->j->v, t->next, why);
}

/* An event of its booking, by which the visit follows (desk/schedule_visit). A refusal of the plan is answered as one. */
static enum err book(struct step *t, struct appt_event *event)
{
    struct schedule_answer *answer = arena_zalloc(t->r->arena, sizeof *answer);
    struct schedule *s = plan(t);
    if (!answer) return ERR_NOMEM;
    enum err err = schedule_event(s, t->j->v.appointment_id, event, answer);
    if (!err && answer->refusal != SCHEDULE_DONE) {
        (void)answer_fault(t->r, 409, "booking_state", NULL);
        return ERR_DENIED;
    }
    return err ? err : visit_find(s->tx, &s->server, t->j->v.encounter.head.id, &t->j->v);
}

static bool is_booked_now(struct step *t, struct booking *b)
{
    struct schedule *s = plan(t);
    bool is_one =
        t->j->v.appointment_id.bytes && booking_read(s->tx, &s->server, t->j->v.appointment_id, b) == OK;
    return is_one && b->appt.state < APPT_FULFILLED;
}

/* -- consent -- */

static bool read_proof(struct step *t, bool is_needed, struct visit_consent_start *start)
{
    struct request *r = t->r;
    if (!request_text_optional(r, "signature", VISIT_SIGNATURE_BYTES_MAX, &start->signature) ||
        !request_text_optional(r, "witness", NAME_MAX, &start->witness))
        return false;
    start->witness = start->witness.at ? str_trim(start->witness) : (struct str){"", 0};
    if (start->signature.bytes && !visit_signature_is(plan(t)->server.arena, start->signature))
        return answer_fault(r, 400, "bad_field", "signature"), false;
    if (is_needed && !start->signature.bytes && !start->witness.bytes)
        return answer_fault(r, 400, "missing_field", "witness"), false;
    return true;
}

/* Who will be there: everybody of the room, and who stands beside the patient, as the clinic says. */
static enum err read_people(struct step *t, struct visit_person *people, uint8_t *n)
{
    static const char *const known[] = {"guard", "nurse", "interpreter", "other"};
    const struct json *list = json_get(t->r->json, "present");
    enum err err = visit_guest_people(plan(t)->tx, plan(t)->server.arena, &t->j->v, people, n);
    if (list && !json_is_array(list)) return answer_fault(t->r, 400, "bad_field", "present");
    for (size_t i = 0; list && i < json_count(list) && !err && *n < VISIT_PEOPLE_MAX; i++) {
        struct str word = {0};
        bool is_one = false;
        for (size_t k = 0; k < COUNT_OF(known) && json_text(json_at(list, i), &word); k++)
            is_one = is_one || str_is_text(word, known[k]);
        if (!is_one) return answer_fault(t->r, 400, "bad_field", "present");
        people[(*n)++] = (struct visit_person){{"", 0}, word, word};
    }
    return err;
}

static void hold_recording(struct request *r)
{
    const struct str *room = r->stash;
    if (request_site(r)->calls) calls_record_hold(request_site(r)->calls, *room, RECORDING_CONSENT_WITHDRAWN);
}

/* The room's name outlives the step. */
static enum err after_commit(struct step *t, void (*apply)(struct request *r))
{
    struct str *room = arena_zalloc(t->r->arena, sizeof *room);
    const char *kept = room ? arena_text(t->r->arena, t->j->v.room.at, t->j->v.room.bytes) : NULL;
    if (!kept) return ERR_NOMEM;
    *room = (struct str){kept, t->j->v.room.bytes};
    t->r->stash = room;
    t->r->apply = apply;
    return OK;
}

static enum err put_consent(struct step *t, const struct visit_consent_start *start)
{
    struct schedule *s = plan(t);
    struct record_head head;
    return visit_consent_put(s->tx, &s->server, &t->j->by, &t->j->v, start, &head);
}

static enum err consent(struct step *t)
{
    struct request *r = t->r;
    struct str kind;
    struct visit_person people[VISIT_PEOPLE_MAX];
    struct visit_consent_start start = {.agrees = true, .people = people};
    bool is_running = visit_is_running(t->j->v.state);
    static const char *const known[] = {"kind", "agrees", "signature", "witness", "present", NULL};
    if (!request_only(r, known) || !request_text(r, "kind", 20, &kind)) return OK;
    start.kind = str_is_text(kind, "camera")      ? VISIT_CONSENT_CAMERA
                 : str_is_text(kind, "recording") ? VISIT_CONSENT_RECORDING
                                                  : VISIT_CONSENT_REQUEST;
    if (!str_is_text(kind, visit_consent_kind_text(start.kind)) ||
        (start.kind != VISIT_CONSENT_REQUEST) != is_running)
        return answer_fault(r, 400, "bad_field", "kind");
    if (!request_bool_optional(r, "agrees", true, &start.agrees) ||
        !read_proof(t, start.kind == VISIT_CONSENT_REQUEST, &start))
        return OK;
    if (!start.agrees && start.kind != VISIT_CONSENT_RECORDING)
        return answer_fault(r, 400, "bad_field", "agrees"); /* a no is a step of its own */
    if (start.kind == VISIT_CONSENT_CAMERA && !visit_is_identified(&t->j->v))
        return refuse(t, "visit_identity", NULL);
    enum err err = is_running ? read_people(t, people, &start.people_count) : OK;
    if (err || r->fault.status) return err;
    t->detail = start.kind == VISIT_CONSENT_CAMERA    ? ",\"kind\":\"camera\""
                : start.kind == VISIT_CONSENT_REQUEST ? ",\"kind\":\"request\""
                : start.agrees                        ? ",\"kind\":\"recording\""
                                                      : ",\"kind\":\"recording\",\"agrees\":false";
    if (start.kind == VISIT_CONSENT_RECORDING && !start.agrees) err = after_commit(t, hold_recording);
    return err ? err : put_consent(t, &start);
}

/* The patient says no: a Consent of its own, and nothing goes on. To custody the booking is merely cancelled. */
static enum err say_no(struct step *t)
{
    struct booking *b = arena_zalloc(t->r->arena, sizeof *b);
    struct visit_consent_start start = {.kind = visit_is_running(t->j->v.state) ? VISIT_CONSENT_CAMERA
                                                                                : VISIT_CONSENT_REQUEST};
    static const char *const known[] = {"signature", "witness", "reason", NULL};
    if (!b) return ERR_NOMEM;
    if (!request_only(t->r, known) || !read_proof(t, true, &start) ||
        !request_text_optional(t->r, "reason", VISIT_REASON_BYTES_MAX, &start.reason))
        return OK;
    enum err err = put_consent(t, &start);
    if (err) return err;
    if (!is_booked_now(t, b)) return put_state(t, "refused");
    struct appt_event cancel = {.verb = APPT_DO_CANCEL, .side = APPT_DETAINEE, .reason = APPT_CARE_REFUSED};
    return book(t, &cancel);
}

static void clear_room(struct request *r)
{
    const struct str *room = r->stash;
    if (request_site(r)->calls) calls_clear(request_site(r)->calls, *room);
}

/* The yes is taken back: whoever came from outside is out of the call with the commit, and what they saw closes. */
static enum err withdraw(struct step *t)
{
    struct schedule *s = plan(t);
    if (!request_only(t->r, (const char *const[]){NULL})) return OK;
    enum err err = visit_consent_withdraw(s->tx, &s->server, &t->consents);
    if (!err) err = visit_guest_forget(s->tx, &t->j->v);
    if (!err) err = visit_grant_end_all(s, &t->j->v);
    if (!err) err = put_state(t, NULL);
    return err ? err : after_commit(t, clear_room);
}

static enum err except(struct step *t)
{
    struct visit_consent_start start = {.kind = VISIT_CONSENT_EXCEPTION};
    if (!request_only(t->r, (const char *const[]){"reason", NULL}) ||
        !request_text(t->r, "reason", VISIT_REASON_BYTES_MAX, &start.reason))
        return OK;
    if (!str_trim(start.reason).bytes) return answer_fault(t->r, 400, "missing_field", "reason");
    return put_consent(t, &start);
}

/* The privacy officer learns of it with the commit: which visit, no name. */
static enum err confirm(struct step *t)
{
    struct schedule *s = plan(t);
    const struct visit_consent *asked = visit_consent_last(&t->consents, VISIT_CONSENT_EXCEPTION);
    char at[INSTANT_TEXT_BYTES];
    struct str id = t->j->v.encounter.head.id;
    if (!request_only(t->r, (const char *const[]){NULL})) return OK;
    if (!asked || !str_is_text(asked->status, "proposed")) return refuse(t, "visit_state", NULL);
    if (str_is(asked->by_account, t->r->who.account)) return refuse(t, "same_clinician", NULL);
    enum err err = visit_exception_confirm(s->tx, &s->server, &t->j->by, asked);
    instant_text(s->tx->now, at);
    const char *data =
        arena_printf(t->r->arena, "{\"visit\":\"%.*s\",\"at\":\"%s\"}", (int)id.bytes, id.at, at);
    if (err || !data) return err ? err : ERR_NOMEM;
    return request_notify(t->r, &(struct site_notice){.role = role_name(ROLE_PRIVACY_OFFICER),
                                                      .kind = "consent_exception",
                                                      .data = data});
}

/* -- the request -- */

static enum err activate(struct step *t)
{
    const char *lacks[4];
    if (!request_only(t->r, (const char *const[]){NULL})) return OK;
    if (visit_lacks(&plan(t)->server, &t->j->v, &t->consents, lacks)) {
        bool is_consent = str_is_text(str_of(lacks[0]), "consent");
        return refuse(t, is_consent ? "visit_consent" : "visit_blank", lacks[0]);
    }
    enum err err = put_state(t, NULL);
    return err ? err
               : request_notify(t->r, &(struct site_notice){.role = role_name(ROLE_SCHEDULING_ADMIN),
                                                            .kind = "waiting_changed",
                                                            .data = "{}"});
}

static enum err attach_more(struct step *t)
{
    struct schedule *s = plan(t);
    struct record_head *heads;
    struct str *references;
    uint8_t n;
    enum err err = visits_attached(t->r, t->j, t->j->v.patient, &heads, &references, &n);
    if (err || t->r->fault.status || n == 0) return err;
    err = visit_request_attach(s->tx, &s->server, &t->j->v, references, n);
    return err ? err : visit_grant_attach(s->tx, &s->server, &t->j->v);
}

static enum err attach(struct step *t)
{
    if (!request_only(t->r, (const char *const[]){"attached", NULL})) return OK;
    if (!json_get(t->r->json, "attached")) return answer_fault(t->r, 400, "missing_field", "attached");
    if (!t->j->v.has_request) return refuse(t, "visit_state", NULL);
    return attach_more(t);
}

static enum err ask_back(struct step *t)
{
    struct schedule *s = plan(t);
    struct record_head head;
    struct str text;
    bool is_answer = t->verb == VISIT_DO_ANSWER;
    if (!request_only(t->r, (const char *const[]){"text", is_answer ? "attached" : NULL, NULL}) ||
        !request_text(t->r, "text", WORDS_MAX, &text))
        return OK;
    if (!str_trim(text).bytes) return answer_fault(t->r, 400, "missing_field", "text");
    if (!t->j->v.has_request) return refuse(t, "visit_state", NULL);
    enum err err = is_answer ? attach_more(t) : OK;
    if (err || t->r->fault.status) return err;
    err = visit_word_add(s->tx, &s->server, &t->j->by, &t->j->v, is_answer, str_trim(text), &head);
    if (!err) err = visit_grant_attach(s->tx, &s->server, &t->j->v);
    return err ? err : put_state(t, NULL);
}

static enum err revoke(struct step *t)
{
    struct booking *b = arena_zalloc(t->r->arena, sizeof *b);
    struct str reason;
    if (!b) return ERR_NOMEM;
    if (!request_only(t->r, (const char *const[]){"reason", NULL}) ||
        !request_text(t->r, "reason", 40, &reason))
        return OK;
    bool has_left = str_is_text(reason, "left");
    if (!has_left && !str_is_text(reason, "need-gone")) return answer_fault(t->r, 400, "bad_field", "reason");
    if (!is_booked_now(t, b)) return put_state(t, has_left ? "left" : "need-gone");
    struct appt_event cancel = {
        .verb = APPT_DO_CANCEL, .side = APPT_CLINIC, .reason = has_left ? APPT_LEFT : APPT_NEED_GONE};
    return book(t, &cancel);
}

/* -- at the time -- */

static enum err arrive(struct step *t)
{
    struct booking *b = arena_zalloc(t->r->arena, sizeof *b);
    if (!b) return ERR_NOMEM;
    if (!request_only(t->r, (const char *const[]){NULL})) return OK;
    if (!is_booked_now(t, b) || !t->j->v.room.bytes) return refuse(t, "visit_not_booked", NULL);
    if (b->appt.state == APPT_ARRIVED) return put_state(t, NULL);
    struct appt_event event = {.verb = APPT_DO_ARRIVE};
    return book(t, &event);
}

/* By face or number, and by the name that the patient says; who cannot speak, in an emergency, without that. */
static enum err identify(struct step *t)
{
    static const char *const known[] = {"name", "face", "number"};
    struct schedule *s = plan(t);
    const struct json *list = json_get(t->r->json, "how");
    bool said[COUNT_OF(known)] = {false};
    struct buf steps;
    struct json_out o;
    if (!request_only(t->r, (const char *const[]){"how", NULL})) return OK;
    if (!list || !json_is_array(list)) return answer_fault(t->r, 400, "missing_field", "how");
    for (size_t i = 0; i < json_count(list); i++) {
        struct str word;
        bool is_one = false;
        for (size_t k = 0; k < COUNT_OF(known) && json_text(json_at(list, i), &word); k++)
            if (str_is_text(word, known[k])) said[k] = is_one = true;
        if (!is_one) return answer_fault(t->r, 400, "bad_field", "how");
    }
    bool is_enough = (said[0] || visit_exception(&t->consents)) && (said[1] || said[2]);
    if (!is_enough) return answer_fault(t->r, 400, "bad_field", "how");
    if (visit_is_identified(&t->j->v)) return OK; /* it stands */
    buf_init(&steps, STEPS_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    visit_begin_extension(&o, &t->j->v.encounter, VISIT_IDENTITY);
    json_open_array(&o, "extension");
    for (size_t k = 0; k < COUNT_OF(known); k++) {
        if (!said[k]) continue;
        json_open(&o, NULL);
        json_put_text(&o, "url", "how");
        json_put_text(&o, "valueCode", known[k]);
        json_close(&o);
    }
    json_open(&o, NULL);
    json_put_text(&o, "url", "at");
    json_put_instant(&o, "valueInstant", s->tx->now);
    json_close(&o);
    json_open(&o, NULL);
    json_put_text(&o, "url", "by");
    enum err err =
        chart_put_person(s->tx, &s->server, &o, "valueReference", t->j->by.account, t->j->by.display);
    json_close(&o);
    json_close_array(&o);
    visit_end_extension(&o, &t->j->v.encounter);
    json_close_array(&o);
    if (err) buf_done(&steps);
    return err ? err : visit_patch(s->tx, &s->server, &t->j->v, false, &steps);
}

/* A consent that was withdrawn took the grants with it: they are there again with the new one. */
static enum err grants_again(struct step *t)
{
    struct booking *b = arena_zalloc(t->r->arena, sizeof *b);
    if (!b) return ERR_NOMEM;
    return is_booked_now(t, b) ? visit_grant_follow(plan(t), &t->j->v, b, b) : OK;
}

static enum err admit(struct step *t)
{
    struct schedule *s = plan(t);
    struct str account;
    struct account who;
    struct visit_person people[VISIT_PEOPLE_MAX];
    uint8_t n = 0;
    bool is_member = false;
    if (!request_only(t->r, (const char *const[]){"account", NULL}) ||
        !request_text(t->r, "account", ACCOUNT_ID_TEXT, &account))
        return OK;
    if (!visit_is_identified(&t->j->v)) return refuse(t, "visit_identity", NULL);
    if (!visit_consent_stands(&t->consents, VISIT_CONSENT_CAMERA)) return refuse(t, "visit_consent", NULL);
    enum err err = visit_guest_people(s->tx, t->r->arena, &t->j->v, people, &n);
    for (uint8_t i = 0; i < n && !err; i++)
        is_member = is_member || str_is(people[i].account, account);
    if (!err && is_member) err = account_find(s->tx, t->r->arena, account, &who);
    if (err) return err;
    if (!is_member || !visit_is_outsider(who.roles)) return answer_fault(t->r, 400, "bad_field", "account");
    if (!visit_consent_names(&t->consents, account)) return refuse(t, "visit_not_named", "account");
    err = visit_guest_admit(s->tx, &t->j->v, account, t->r->who.account);
    if (!err) err = grants_again(t);
    t->detail = arena_printf(t->r->arena, ",\"account\":\"%.*s\"", (int)account.bytes, account.at);
    return err ? err : put_state(t, NULL);
}

static enum err finish(struct step *t)
{
    struct booking *b = arena_zalloc(t->r->arena, sizeof *b);
    if (!b) return ERR_NOMEM;
    if (!request_only(t->r, (const char *const[]){NULL})) return OK;
    if (!is_booked_now(t, b) || b->appt.state != APPT_ARRIVED) return put_state(t, NULL);
    struct appt_event event = {.verb = APPT_DO_FULFIL};
    return book(t, &event);
}

/* Answered and followed up: the opinion is final, each advice decided, and so is what the patient is told. One that nobody has signed can
 * be given up, knowingly. A transfer that came of it is decided about too; once a doctor has approved it, it goes on by itself, on Today. */
static enum err close_it(struct step *t)
{
    struct schedule *s = plan(t);
    struct opinion *o = arena_zalloc(t->r->arena, sizeof *o);
    struct opinion_ends ends;
    bool is_without, is_undecided = false;
    if (!o) return ERR_NOMEM;
    if (!request_only(t->r, (const char *const[]){"without_opinion", NULL}) ||
        !request_bool_optional(t->r, "without_opinion", false, &is_without))
        return OK;
    enum err err = opinion_load(s->tx, &s->server, t->j->v.encounter.head.id, o);
    if (!err && is_without && o->state == OPINION_DRAFT) return put_state(t, "no-opinion");
    if (!err) err = opinion_open_ends(s->tx, &s->server, o, &ends);
    if (!err)
        err = transfer_undecided(s->tx, &s->server, o->patient, t->j->v.encounter.head.id, &is_undecided);
    if (err) return err;
    if (ends.is_unsigned) return refuse(t, "visit_open_ends", "signatures");
    if (ends.undecided) return refuse(t, "visit_open_ends", "advice");
    if (is_undecided) return refuse(t, "visit_open_ends", "transfer");
    if (ends.is_unreleased) return refuse(t, "visit_open_ends", "telling");
    return put_state(t, NULL);
}

/* -- all of them -- */

static enum err (*const doing[VISIT_VERBS])(struct step *t) = {
    [VISIT_DO_CONSENT] = consent, [VISIT_DO_REFUSE] = say_no,   [VISIT_DO_WITHDRAW] = withdraw,
    [VISIT_DO_EXCEPT] = except,   [VISIT_DO_CONFIRM] = confirm, [VISIT_DO_ACTIVATE] = activate,
    [VISIT_DO_ASK] = ask_back,    [VISIT_DO_ANSWER] = ask_back, [VISIT_DO_ATTACH] = attach,
    [VISIT_DO_REVOKE] = revoke,   [VISIT_DO_ARRIVE] = arrive,   [VISIT_DO_IDENTIFY] = identify,
    [VISIT_DO_ADMIT] = admit,     [VISIT_DO_FINISH] = finish,   [VISIT_DO_CLOSE] = close_it};

static enum err step(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct step *t = arena_zalloc(r->arena, sizeof *t);
    enum visit_no no;
    if (!j || !t) return ERR_NOMEM;
    *t = (struct step){.r = r, .j = j, .detail = ""};
    enum err err = visits_find(r, job, j);
    if (err || r->fault.status) return err;
    if (!visit_verb_from(r->captures[1], &t->verb) || !doing[t->verb])
        return answer_fault(r, 404, "not_found", NULL);
    if (!visit_may(r->who.roles, t->verb)) return answer_fault(r, 403, "not_allowed", NULL);
    t->next = visit_next(j->v.state, t->verb, &no);
    if (no != VISIT_YES) return answer_fault(r, 409, "visit_state", NULL);
    err = visit_consents_read(job->s.tx, &job->s.server, &j->v, &t->consents);
    if (!err) err = doing[t->verb](t);
    if (err || r->fault.status) return err ? err : job->s.server.written_count ? ERR_DENIED : OK;
    const char *action = arena_printf(r->arena, "visit.%s", visit_verb_text(t->verb));
    return action && t->detail ? visits_answer(r, j, 200, action, t->detail) : ERR_NOMEM;
}

enum err visit_step_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, step);
}

/* -- waiting -- */

/* Who comes from outside says: I am here. The clinic is told; nobody is hidden. */
static enum err wait(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct visit_person people[VISIT_PEOPLE_MAX];
    struct instant opens;
    enum door door = DOOR_OPEN;
    uint8_t n = 0;
    bool is_member = false;
    if (!j) return ERR_NOMEM;
    enum err err = visits_find(r, job, j);
    if (err || r->fault.status || !request_only(r, (const char *const[]){NULL})) return err;
    if (!visit_is_outsider(r->who.roles)) return answer_fault(r, 403, "not_allowed", NULL);
    if (!j->v.room.bytes || visit_is_over(j->v.state) || j->v.state == VISIT_FINISHED)
        return answer_fault(r, 409, "visit_state", NULL);
    err = visit_guest_people(job->s.tx, r->arena, &j->v, people, &n);
    for (uint8_t i = 0; i < n; i++)
        is_member = is_member || str_is(people[i].account, r->who.account);
    if (!err && !is_member) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = schedule_door(job->s.tx, j->v.room, r->who.roles, &door, &opens);
    if (err) return err;
    if (door != DOOR_OPEN) {
        err = answer_fault(r, 409, door == DOOR_EARLY ? "room_early" : "room_late", NULL);
        if (door == DOOR_EARLY) r->fault.until = opens;
        return err;
    }
    err = visit_guest_wait(job->s.tx, &j->v, r->who.account);
    return err ? err : visits_answer(r, j, 200, "visit.wait", "");
}

enum err visit_wait_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, wait);
}
