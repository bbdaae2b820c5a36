#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/record_parts.h"
#include "records/person.h"
#include "records/primitive.h"
#include "records/records.h"
#include "scheduler/appt_table.h"

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
    s->server = (struct record_reader){.records = site->records, .arena = arena_new(JOB_BYTES_MAX)};
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

bool agenda_shows_reason(struct request *r, enum appt_reason reason)
{
    enum rule_role rule;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        if (role_set_has(r->who.roles, role) && rule_of(role, &rule) && rule_shows_reason(rule, reason))
            return true;
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
    if (json_text(json_get(object, key), &text) && text.bytes > 10 && primitive_span(text, NULL, ret, &to))
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
        if (!text.at || !primitive_span(text, records_zone(request_site(r)->records), to[i], &rest))
            return answer_fault(r, 400, text.at ? "bad_field" : "missing_field", keys[i]), false;
    }
    if (ret_until->ms > ret_from->ms && ret_until->ms - ret_from->ms <= days * DAY_MS) return true;
    answer_fault(r, 400, "bad_field", "until");
    return false;
}
