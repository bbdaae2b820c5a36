#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "desk/chart.h"
#include "desk/tentative.h"
#include "records/person.h"
#include "records/primitive.h"
#include "scheduler/appt_table.h"
#include "scheduler/door.h"
#include <stdio.h>

/* -- a job -- */

/* Searches need more than a request's own arena; what they find is written into the answer before they are freed. */
enum { JOB_BYTES_MAX = 64 << 20 };

enum err agenda_open(struct request *r, struct tx *tx, struct agenda_job *job)
{
    struct site *site = request_site(r);
    struct person person;
    *job = (struct agenda_job){.agenda = site->agenda};
    if (!job->agenda) return ERR_UNSUPPORTED;
    struct schedule *s = &job->s;
    s->tx = tx;
    s->server = (struct record_reader){.records = site->records,
                                       .arena = arena_new(JOB_BYTES_MAX),
                                       .zone_offset_min = RECORD_ZONE_OFFSET_MIN};
    s->account = r->who.account;
    enum err err = s->server.arena ? person_find(tx, r->who.account, &person) : ERR_NOMEM;
    if (!err) s->practitioner = person.practitioner;
    if (!err) err = agenda_view(job->agenda, tx, site->records, &s->view);
    if (!err && !(s->joint = agenda_joint(job->agenda))) err = ERR_NOMEM;
    if (err) agenda_close(job);
    return err;
}

void agenda_close(struct agenda_job *job)
{
    agenda_view_free(job->s.view);
    agenda_joint_back(job->agenda, job->s.joint);
    arena_free(job->s.server.arena);
    job->s.view = NULL, job->s.joint = NULL, job->s.server.arena = NULL;
}

enum err agenda_with(struct request *r, struct tx *tx,
                     enum err (*f)(struct request *r, struct agenda_job *job))
{
    struct agenda_job job;
    enum err err = agenda_open(r, tx, &job);
    if (err) return err;
    err = f(r, &job);
    agenda_close(&job);
    return err;
}

/* -- who may -- */

static bool rule_of(enum role role, enum rule_role *ret)
{
    for (int i = 0; i < RULE_ROLES; i++)
        if (str_is_text(str_of(role_name(role)), rule_role_text((enum rule_role)i)))
            return *ret = (enum rule_role)i, true;
    return false;
}

static enum rule_answer best(struct request *r, enum rule_act act, struct rule_facts facts)
{
    enum rule_answer answer = RULE_NOT_THIS_ROLE;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        enum rule_role rule;
        if (!role_set_has(r->who.roles, role) || !rule_of(role, &rule)) continue;
        enum rule_answer one = rule_may(rule, act, facts);
        if (one == RULE_MAY) return RULE_MAY;
        if (one != RULE_NOT_THIS_ROLE) answer = one;
    }
    return answer;
}

bool agenda_knows(struct request *r, enum rule_act act, bool is_own)
{
    return best(r, act, (struct rule_facts){.is_own = is_own, .has_reason = true}) == RULE_MAY;
}

bool agenda_may_do(struct request *r, enum rule_act act, bool is_own, bool has_reason)
{
    enum rule_answer answer = best(r, act, (struct rule_facts){.is_own = is_own, .has_reason = has_reason});
    if (answer == RULE_MAY) return true;
    if (answer == RULE_NEEDS_REASON)
        answer_fault(r, 400, "missing_field", "reason");
    else
        answer_fault(r, 403, "booking_role", NULL);
    return false;
}

bool agenda_is_own(const struct schedule *s, const struct booking *b)
{
    return s->practitioner && appt_seat_of(&b->appt, (struct resource_id){(uint64_t)s->practitioner}) != NULL;
}

/* -- fields -- */

bool agenda_instant(struct request *r, const struct json *object, const char *key, struct instant *ret)
{
    struct str text;
    struct instant to;
    if (json_text(json_get(object, key), &text) && text.bytes > 10 &&
        primitive_span(text, RECORD_ZONE_OFFSET_MIN, ret, &to))
        return true;
    answer_fault(r, 400, json_get(object, key) ? "bad_field" : "missing_field", key);
    return false;
}

bool agenda_triage(struct request *r, enum triage *ret)
{
    struct str text;
    if (!request_text(r, "triage", 20, &text)) return false;
    for (int i = 0; i < TRIAGES; i++)
        if (str_is_text(text, triage_text((enum triage)i))) return *ret = (enum triage)i, true;
    answer_fault(r, 400, "bad_field", "triage");
    return false;
}

enum err agenda_reference(struct request *r, struct tx *tx, const char *key, const char *type,
                          int64_t *ret_row)
{
    struct str text, kind, id;
    struct record_head head;
    *ret_row = 0;
    if (!request_text_optional(r, key, 100, &text)) return OK;
    if (!text.at || text.bytes == 0) return OK;
    if (!record_parts_cut(text, &kind, &id) || !str_is_text(kind, type))
        return answer_fault(r, 400, "bad_field", key);
    enum err err = record_head_find(tx, r->arena, fhir_resource_of(kind), id, &head);
    if (err == ERR_NOT_FOUND || (!err && head.is_deleted)) return answer_fault(r, 400, "bad_field", key);
    if (!err) *ret_row = head.row;
    return err;
}

static bool need_of(struct request *r, const struct json *object, struct booking_need *ret)
{
    struct str code;
    if (json_text(json_get(object, "need"), &code) && booking_need_from(r->arena, code, ret) &&
        ret->kind != AGENDA_PATIENT)
        return true;
    answer_fault(r, 400, "bad_field", "need");
    return false;
}

static bool who_of(struct request *r, struct agenda_job *job, const struct json *object,
                   enum agenda_kind kind, bool is_wanted, int64_t *ret_row)
{
    struct str text;
    *ret_row = 0;
    if (!json_text(json_get(object, "reference"), &text)) {
        if (is_wanted) answer_fault(r, 400, "missing_field", "reference");
        return !is_wanted;
    }
    const struct agenda_resource *e = agenda_find_reference(job->s.view, text, kind);
    if (e) *ret_row = e->row;
    if (!e) answer_fault(r, 400, "bad_field", "reference");
    return e != NULL;
}

bool agenda_needs(struct request *r, struct agenda_job *job, struct seek *to)
{
    const struct json *list = json_get(r->json, "needs");
    size_t n = list && json_is_array(list) ? json_count(list) : 0;
    if (n == 0 || n > SEEK_NEEDS_MAX) return answer_fault(r, 400, "bad_field", "needs"), false;
    for (size_t i = 0; i < n; i++) {
        const struct json *one = json_at(list, i);
        struct seek_need *need = &to->needs[to->need_count++];
        int64_t count = 1;
        *need = (struct seek_need){.count = 1};
        (void)json_bool(json_get(one, "may_drop"), &need->may_drop);
        (void)json_int(json_get(one, "count"), &count);
        if (count < 1 || count > 8) return answer_fault(r, 400, "bad_field", "count"), false;
        need->count = (uint8_t)count;
        if (!need_of(r, one, &need->need) || !who_of(r, job, one, need->need.kind, false, &need->named))
            return false;
    }
    return true;
}

bool agenda_seats(struct request *r, struct agenda_job *job, struct schedule_start *to)
{
    const struct json *list = json_get(r->json, "seats");
    size_t n = list && json_is_array(list) ? json_count(list) : 0;
    if (n == 0 || n >= APPT_SEATS_MAX) return answer_fault(r, 400, "bad_field", "seats"), false;
    for (size_t i = 0; i < n; i++) {
        struct schedule_seat *seat = &to->seats[to->seat_count++];
        const struct json *one = json_at(list, i);
        if (!need_of(r, one, &seat->need) || !who_of(r, job, one, seat->need.kind, true, &seat->resource))
            return false;
    }
    return true;
}

bool agenda_window(struct request *r, int days, struct instant *ret_from, struct instant *ret_until)
{
    const char *const keys[] = {"from", "until"};
    struct instant *const to[] = {ret_from, ret_until};
    for (int i = 0; i < 2; i++) {
        struct str text = request_query(r, keys[i]);
        struct instant rest;
        if (!text.at || !primitive_span(text, RECORD_ZONE_OFFSET_MIN, to[i], &rest))
            return answer_fault(r, 400, text.at ? "bad_field" : "missing_field", keys[i]), false;
    }
    if (ret_until->ms > ret_from->ms && ret_until->ms - ret_from->ms <= days * DAY_MS) return true;
    answer_fault(r, 400, "bad_field", "until");
    return false;
}

/* -- written -- */

static void put_need(struct request *r, struct json_out *o, const char *key, const struct booking_need *need)
{
    json_put_str(o, key, booking_need_code(r->arena, need));
}

static void put_reference(struct request *r, struct json_out *o, struct str type, struct str id)
{
    json_put_text(o, "reference",
                  arena_printf(r->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)id.bytes, id.at));
}

void agenda_write_resource(struct request *r, struct json_out *o, const struct agenda_resource *e,
                           bool is_whole)
{
    json_put_text(o, "kind", agenda_kind_text(e->kind));
    put_reference(r, o, e->type, e->id);
    json_put_str(o, "name", e->name);
    json_put_str(o, "what", e->what);
    json_put_str(o, "what_words", e->what_words);
    json_put_str(o, "place", e->place);
    if (!is_whole) return;
    json_put_str(o, "role", e->role_id);
    json_put_str(o, "search", e->initials);
    json_put_str(o, "zone", e->zone_name);
    json_put_bool(o, "suspended", e->is_suspended);
    json_put_instant(o, "licence_ends", e->licence_ends);
}

static const char *const answers[] = {"not-needed", "unasked", "asked", "accepted", "refused"};

/* Who is brought: the clinic and who schedules know; a specialist learns it by the grant, not here. */
static enum err put_patient(struct request *r, struct agenda_job *job, struct json_out *o,
                            const struct booking *b, uint8_t seat)
{
    struct chart_item item;
    struct str id = b->references[seat];
    bool knows = agenda_knows(r, RULE_FIND, false);
    (void)str_cut(&id, '/');
    if (!knows) return OK;
    json_put_str(o, "reference", b->references[seat]);
    enum err err = chart_one(job->s.tx, &job->s.server, "Patient", id, &item);
    if (!err) json_put_str(o, "name", chart_text(&job->s.server, &item, 0, "name.text"));
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err put_seat(struct request *r, struct agenda_job *job, struct json_out *o,
                         const struct booking *b, uint8_t i)
{
    const struct appt_seat *seat = &b->appt.seats[i];
    const struct booking_need *need = &b->needs[seat->role];
    bool knows_field = agenda_knows(r, RULE_SEE_FIELD, agenda_is_own(&job->s, b));
    enum err err = OK;
    json_open(o, NULL);
    put_need(r, o, "need", knows_field ? need : &(struct booking_need){need->kind, {"", 0}});
    json_put_text(o, "answer", answers[seat->answer]);
    json_put_bool(o, "own", job->s.practitioner && seat->resource.n == (uint64_t)job->s.practitioner);
    if (need->kind == AGENDA_PATIENT) {
        err = put_patient(r, job, o, b, i);
    } else {
        const struct agenda_resource *e = agenda_find(job->s.view, (int64_t)seat->resource.n, need->kind);
        json_put_str(o, "reference", b->references[i]);
        json_put_str(o, "name", e ? e->name : b->names[i]);
        json_put_str(o, "place", e ? e->place : (struct str){"", 0});
        json_put_str(o, "what_words", e && knows_field ? e->what_words : (struct str){"", 0});
    }
    json_close(o);
    return err;
}

static bool shows_reason(struct request *r, enum appt_reason reason)
{
    enum rule_role rule;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        if (role_set_has(r->who.roles, role) && rule_of(role, &rule) && rule_shows_reason(rule, reason))
            return true;
    return false;
}

enum err agenda_write_booking(struct request *r, struct agenda_job *job, struct json_out *o, const char *key,
                              const struct booking *b)
{
    const struct appt *a = &b->appt;
    enum err err = OK;
    json_open(o, key);
    json_put_str(o, "id", b->head.id);
    json_put_int(o, "version", a->version);
    json_put_text(o, "state", appt_state_text(a->state));
    if (agenda_knows(r, RULE_SEE_TRIAGE, agenda_is_own(&job->s, b)))
        json_put_text(o, "triage", triage_text(a->triage));
    json_put_instant(o, "start", a->span.from);
    json_put_instant(o, "end", a->span.until);
    json_put_instant(o, "until", a->until);
    json_put_int(o, "moved", a->moved);
    json_put_bool(o, "own", agenda_is_own(&job->s, b));
    if (a->side) json_put_text(o, "side", appt_side_text(a->side));
    if (a->reason && shows_reason(r, a->reason)) json_put_text(o, "reason", appt_reason_text(a->reason));
    struct str room = {0};
    if (agenda_is_own(&job->s, b)) err = schedule_room_of(&job->s, b->head.row, &room);
    if (room.bytes) {
        struct span times = door_times(a->span);
        json_put_str(o, "room", room);
        json_put_instant(o, "opens", times.from);
        json_put_instant(o, "closes", times.until);
    }
    json_open_array(o, "seats");
    for (uint8_t i = 0; i < a->seat_count && !err; i++)
        err = put_seat(r, job, o, b, i);
    json_close_array(o);
    bool shows_times =
        a->state == APPT_PENDING && agenda_knows(r, RULE_SEE_PEOPLE, agenda_is_own(&job->s, b));
    if (!err && shows_times) err = tentative_list(job->s.tx, &job->s.server, b, o);
    json_close(o);
    return err;
}

enum err agenda_write_displaced(struct request *r, struct agenda_job *job, struct json_out *o,
                                const struct str *ids, uint32_t n)
{
    struct booking *b = arena_zalloc(r->arena, sizeof *b);
    int64_t engagements = 0;
    enum err err = b ? OK : ERR_NOMEM;
    json_open_array(o, "displaced");
    for (uint32_t i = 0; i < n && !err; i++) {
        engagements += ids[i].bytes == 0;
        if (ids[i].bytes == 0) continue;
        err = booking_read(job->s.tx, &job->s.server, ids[i], b);
        if (!err) err = agenda_write_booking(r, job, o, NULL, b);
    }
    json_close_array(o);
    json_put_int(o, "engagements", engagements);
    return err;
}

static const char *const whys[] = {"first", "waits", "late", "strangers", "loaded", "penalized", "equal"};

void agenda_write_proposal(struct request *r, struct json_out *o, const struct seek_found *found,
                           const struct seek_proposal *p, const char *key)
{
    json_open(o, key);
    json_put_instant(o, "start", p->span.from);
    json_put_instant(o, "end", p->span.until);
    json_put_int(o, "wait_min", p->wait_min);
    json_put_int(o, "late_min", p->late_min);
    json_put_int(o, "strangers", p->stranger_count);
    json_put_int(o, "load_min", (int64_t)p->load_min);
    json_put_text(o, "why", whys[p->why]);
    json_open_array(o, "seats");
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct seek_seat *seat = &p->seats[i];
        if (!seat->who) continue;
        json_open(o, NULL);
        put_need(r, o, "need", &found->asked->needs[seat->need].need);
        put_reference(r, o, seat->who->type, seat->who->id);
        if (seat->is_known) json_put_bool(o, "known", true);
        json_put_str(o, "name", seat->who->name);
        json_put_str(o, "place", seat->who->place);
        json_put_str(o, "what_words", seat->who->what_words);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
}

static void put_change(struct request *r, struct json_out *o, const struct seek_ask *asked,
                       const struct joint_change *c)
{
    json_open(o, NULL);
    json_put_instant(o, "start", grid_instant(&asked->grid, c->start));
    if (c->extend_days) json_put_int(o, "extend_days", c->extend_days);
    if (c->shorter_steps) json_put_int(o, "shorter_min", c->shorter_steps * GRID_STEP_MIN);
    if (c->drop_role >= 0) put_need(r, o, "drop", &asked->needs[c->drop_role].need);
    if (c->other_role >= 0) {
        const struct agenda_resource *e = asked->who[c->other_resource];
        put_need(r, o, "other", &asked->needs[c->other_role].need);
        if (e) put_reference(r, o, e->type, e->id);
        if (e) json_put_str(o, "name", e->name);
    }
    json_close(o);
}

static void put_block(struct request *r, struct json_out *o, const struct seek_found *found)
{
    static const char *const states[] = {"can", "nobody", "no-time", "too-few"};
    const struct seek_ask *asked = found->asked;
    json_open(o, "block");
    json_put_bool(o, "twice", found->block.is_twice);
    json_open_array(o, "needs");
    for (uint8_t i = 0; i < asked->need_count; i++) {
        const struct joint_obstacle *ob = &found->block.roles[i];
        json_open(o, NULL);
        put_need(r, o, "need", &asked->needs[i].need);
        json_put_text(o, "state", states[ob->state]);
        json_put_int(o, "most", ob->most);
        json_put_bool(o, "alone", ob->is_alone);
        json_open_array(o, "against");
        for (uint8_t k = 0; k < asked->need_count; k++)
            if (ob->against >> k & 1) put_need(r, o, NULL, &asked->needs[k].need);
        json_close_array(o);
        json_close(o);
    }
    json_close_array(o);
    json_open_array(o, "changes");
    for (uint8_t i = 0; i < found->block.change_count; i++)
        put_change(r, o, asked, &found->block.changes[i]);
    json_close_array(o);
    json_close(o);
}

void agenda_write_found(struct request *r, struct json_out *o, const struct seek_found *found)
{
    json_open_array(o, "proposals");
    for (uint32_t i = 0; i < found->count; i++)
        agenda_write_proposal(r, o, found, &found->at[i], NULL);
    json_close_array(o);
    if (found->is_blocked) put_block(r, o, found);
}

/* -- refusals -- */

static enum err refuse_state(struct request *r, enum appt_no no)
{
    switch (no) {
    case APPT_NO_STALE:
        return answer_fault(r, 409, "booking_stale", "version");
    case APPT_NO_OVER:
        return answer_fault(r, 409, "booking_over", NULL);
    case APPT_NO_LATE:
        return answer_fault(r, 409, "booking_late", NULL);
    case APPT_NO_EARLY:
        return answer_fault(r, 409, "booking_early", NULL);
    case APPT_NO_SEAT:
    case APPT_NO_SAID:
        return answer_fault(r, 409, "booking_answer", NULL);
    case APPT_NO_FORM:
        return answer_fault(r, 400, "bad_field", "reason");
    case APPT_YES:
    case APPT_NO_NOT_HELD:
    case APPT_NO_HELD_ALREADY:
    case APPT_NO_NOT_ASKED:
    case APPT_NO_ASKED_ALREADY:
    case APPT_NO_NOT_BOOKED:
    case APPT_NO_NOT_ARRIVED:
    case APPT_NO_UNDER_WAY:
    case APPT_NO_REPAIR_FIRST:
    case APPT_NO_WHOLE:
    case APPT_NO_UNTIMED:
    case APPT_NOS:
        break;
    }
    answer_fault(r, 409, "booking_state", NULL);
    snprintf(r->fault.detail, sizeof r->fault.detail, "%s", appt_no_text(no));
    return OK;
}

static enum err refuse(struct request *r, const struct schedule_answer *a)
{
    static const char *const bars[ROSTER_BARS] = {
        [ROSTER_MAY] = "booking_taken",     [ROSTER_NO_HOURS] = "barred_hours",
        [ROSTER_ON_LEAVE] = "barred_leave", [ROSTER_BOOKED] = "booking_taken",
        [ROSTER_DAY_FULL] = "barred_full",  [ROSTER_TOO_SOON] = "barred_soon",
        [ROSTER_TOO_FAR] = "barred_far"};
    const char *who = a->who ? arena_printf(r->arena, "%.*s/%.*s", (int)a->who->type.bytes, a->who->type.at,
                                            (int)a->who->id.bytes, a->who->id.at)
                             : "patient";
    switch (a->refusal) {
    case SCHEDULE_NO:
        return refuse_state(r, a->no);
    case SCHEDULE_BARRED:
        return answer_fault(r, 409, bars[a->bar], who);
    case SCHEDULE_TAKEN:
        answer_fault(r, 409, "booking_taken", a->bar == ROSTER_BOOKED ? who : NULL);
        return ERR_DENIED;
    case SCHEDULE_HOLDS:
        return answer_fault(r, 409, "booking_holds", NULL);
    case SCHEDULE_NOTHING:
        return answer_fault(r, 409, "booking_nothing", NULL);
    case SCHEDULE_UNSUITED:
        return answer_fault(r, 409, "booking_unsuited", who);
    case SCHEDULE_ORDER:
        return answer_fault(r, 409, "booking_order", "order");
    case SCHEDULE_DONE:
        break;
    }
    return OK;
}

enum err agenda_tell(struct request *r, struct agenda_job *job)
{
    enum err err = OK;
    for (const struct schedule_news *n = job->s.news; n && !err; n = n->next)
        err = request_notify(
            r,
            &(struct site_notice){.account = n->account, .role = n->role, .kind = n->kind, .data = n->data});
    return err;
}

enum err agenda_answer(struct request *r, struct agenda_job *job, int status,
                       const struct schedule_answer *answer)
{
    struct json_out o;
    const struct booking *b = &answer->booking;
    if (answer->refusal != SCHEDULE_DONE) return refuse(r, answer);
    const char *target = arena_printf(r->arena, "Appointment/%.*s", (int)b->head.id.bytes, b->head.id.at);
    const char *detail = arena_printf(r->arena, "{\"versions\":[%lld],\"state\":\"%s\"}",
                                      (long long)b->head.seq, appt_state_text(b->appt.state));
    enum err err = target && detail ? request_audit(r, r->route->audit, target, AUDIT_OK, detail) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    if (err) return err;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    err = agenda_write_booking(r, job, &o, "booking", b);
    if (!err && job->displaced)
        err = agenda_write_displaced(r, job, &o, job->displaced, job->displaced_count);
    json_close(&o);
    return err;
}
