/* The outside hospitals and their specialists, as who schedules keeps them: the list, approval, suspension, licences (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/ending.h"
#include "api/handlers.h"
#include "auth/account.h"
#include "desk/hospital_department.h"
#include "records/claim.h"
#include "records/index.h"
#include "records/person.h"

enum { NAME_CHARS_MAX = 60, BOOKINGS_MAX = 200, AHEAD_DAYS = 400 };

/* -- hospitals -- */

static uint32_t count_at(const struct agenda_view *v, struct str hospital)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        struct str id = v->at[i].organization;
        (void)str_cut(&id, '/');
        n += v->at[i].kind == AGENDA_SPECIALIST && v->at[i].standing == STANDING_APPROVED &&
             str_is(id, hospital);
    }
    return n;
}

static enum err put_departments(struct agenda_job *job, struct json_out *o, struct str hospital)
{
    uint32_t held = 0;
    enum err err = hospital_departments(job->s.tx, &job->s.server, hospital, &held);
    json_open_array(o, "departments");
    for (uint32_t d = 0; d < DEPARTMENTS && !err; d++)
        if (held & 1u << d) json_put_text(o, NULL, departments[d].code);
    json_close_array(o);
    return err;
}

static enum err hospitals(struct request *r, struct agenda_job *job)
{
    struct standing_hospital *all;
    uint32_t n;
    struct json_out o;
    enum err err = standing_hospitals(job->s.tx, &job->s.server, &all, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "hospitals");
    for (uint32_t i = 0; i < n && !err; i++) {
        json_open(&o, NULL);
        json_put_str(&o, "id", all[i].id);
        json_put_str(&o, "name", all[i].name);
        json_put_bool(&o, "active", all[i].is_active);
        json_put_int(&o, "specialists", count_at(job->s.view, all[i].id));
        err = put_departments(job, &o, all[i].id);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return err;
}

enum err hospitals_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, hospitals);
}

static enum err hospital_put(struct request *r, struct agenda_job *job)
{
    struct standing_hospital h = {.id = r->captures[0].at ? r->captures[0] : (struct str){"", 0}};
    struct str id;
    struct json_out o;
    if (!request_only(r, (const char *const[]){"name", "active", NULL}) ||
        !request_text(r, "name", 4 * NAME_CHARS_MAX, &h.name) ||
        !request_bool_optional(r, "active", true, &h.is_active))
        return OK;
    h.name = str_trim(h.name);
    if (!account_display_is(h.name)) return answer_fault(r, 400, "bad_field", "name");
    enum err err = standing_hospital_put(job->s.tx, &job->s.server, &h, &id);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "hospital_known", "name");
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    const char *target = arena_printf(r->arena, "Organization/%.*s", (int)id.bytes, id.at);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    if (err) return err;
    answer_json(r, h.id.bytes ? 200 : 201, &o);
    json_open(&o, NULL);
    json_put_str(&o, "id", id);
    json_close(&o);
    return OK;
}

/* Each code once; a fault and false for one that is none. */
static bool read_departments(struct request *r, uint32_t *ret)
{
    const struct json *all = json_get(r->json, "departments");
    *ret = 0;
    bool is_right = all && json_is_array(all);
    for (size_t i = 0; is_right && i < json_count(all); i++) {
        struct str code;
        const struct department *d = json_text(json_at(all, i), &code) ? department_of(code) : NULL;
        uint32_t bit = d ? 1u << (d - departments) : 0;
        is_right = bit && !(*ret & bit);
        *ret |= bit;
    }
    if (!is_right) answer_fault(r, 400, all ? "bad_field" : "missing_field", "departments");
    return is_right;
}

static enum err departments_put(struct request *r, struct agenda_job *job)
{
    uint32_t wanted;
    if (!request_only(r, (const char *const[]){"departments", NULL}) || !read_departments(r, &wanted))
        return OK;
    enum err err = hospital_departments_put(job->s.tx, &job->s.server, r->captures[0], wanted);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    const char *target =
        arena_printf(r->arena, "Organization/%.*s", (int)r->captures[0].bytes, r->captures[0].at);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : answer_empty(r, 204);
}

enum err hospital_departments_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, departments_put);
}

enum err hospital_put_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, hospital_put);
}

/* -- specialists -- */

static const char *licence_state(const struct agenda_resource *e, struct instant now)
{
    if (e->licence_ends.ms == 0) return "unknown";
    if (e->licence_ends.ms <= now.ms) return "over";
    return e->licence_ends.ms <= now.ms + STANDING_WARN_DAYS * DAY_MS ? "soon" : "good";
}

static enum err account_of(struct request *r, struct agenda_job *job, const struct agenda_resource *e,
                           struct account *ret)
{
    struct str id;
    *ret = (struct account){0};
    enum err err = person_account(job->s.tx, r->arena, e->row, &id);
    if (!err) err = account_find(job->s.tx, r->arena, id, ret);
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err put_specialist(struct request *r, struct agenda_job *job, struct json_out *o,
                               const struct agenda_resource *e)
{
    struct account account;
    struct str hospital = e->organization;
    (void)str_cut(&hospital, '/');
    enum err err = account_of(r, job, e, &account);
    if (err) return err;
    agenda_write_resource(r, o, e, true);
    json_put_str(o, "hospital", hospital);
    json_put_text(o, "title", standing_title_code(e->title));
    json_put_text(o, "standing", standing_text(e->standing));
    json_put_str(o, "why", e->standing_why);
    json_put_str(o, "licence", e->licence);
    json_put_text(o, "licence_state", licence_state(e, job->s.tx->now));
    if (account.id.at)
        json_put_str(o, "login", account.name);
    else
        json_put_null(o, "login");
    json_put_bool(o, "second_factor", account.totp_secret.bytes > 0);
    return OK;
}

/* "pending", "approved", "suspended", "declined", "licence": approved, but the licence is over or soon will be. */
static bool is_in_state(const struct agenda_resource *e, struct str state, struct instant now)
{
    enum standing standing;
    if (state.bytes == 0) return true;
    if (standing_from(state, &standing)) return e->standing == standing;
    const char *licence = licence_state(e, now);
    return str_is_text(state, "licence") && e->standing == STANDING_APPROVED &&
           (str_is_text(str_of(licence), "soon") || str_is_text(str_of(licence), "over"));
}

static enum err list(struct request *r, struct agenda_job *job)
{
    struct str text = request_query(r, "text"), state = request_query(r, "state"),
               hospital = request_query(r, "hospital");
    enum err err = OK;
    struct json_out o;
    text = index_fold(r->arena, text.at ? text : (struct str){"", 0});
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "specialists");
    for (uint32_t i = 0; i < job->s.view->count && !err; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        struct str at = e->organization;
        (void)str_cut(&at, '/');
        if (e->kind != AGENDA_SPECIALIST || !is_in_state(e, state, job->s.tx->now) ||
            (hospital.bytes && !str_is(at, hospital)) || !agenda_is_named(r, e, text))
            continue;
        json_open(&o, NULL);
        err = put_specialist(r, job, &o, e);
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    return err;
}

enum err specialists_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, list);
}

static const struct agenda_resource *find(struct request *r, const struct agenda_job *job)
{
    for (uint32_t i = 0; i < job->s.view->count; i++)
        if (job->s.view->at[i].kind == AGENDA_SPECIALIST &&
            str_is(job->s.view->at[i].role_id, r->captures[0]))
            return &job->s.view->at[i];
    answer_fault(r, 404, "not_found", NULL);
    return NULL;
}

/* What is booked from now on: where a suspension or a lapsed licence leaves a gap, to be repaired one by one. */
static enum err put_bookings(struct request *r, struct agenda_job *job, struct json_out *o,
                             const struct agenda_resource *e)
{
    struct claim *claims = arena_alloc(r->arena, BOOKINGS_MAX * sizeof *claims);
    struct booking *b = arena_alloc(r->arena, sizeof *b);
    uint32_t n = 0;
    struct instant now = job->s.tx->now;
    if (!claims || !b) return ERR_NOMEM;
    enum err err =
        claim_of(job->s.tx, e->row, now, instant_add(now, AHEAD_DAYS * DAY_MS), claims, BOOKINGS_MAX, &n);
    json_open_array(o, "bookings");
    for (uint32_t i = 0; i < n && !err; i++) {
        err = booking_read_row(job->s.tx, &job->s.server, claims[i].appointment, b);
        if (err == ERR_NOT_FOUND)
            err = OK; /* another program's */
        else if (!err)
            err = agenda_write_booking(r, job, o, NULL, b);
    }
    json_close_array(o);
    return err;
}

static enum err one(struct request *r, struct agenda_job *job, int status)
{
    struct json_out o;
    const struct agenda_resource *e = find(r, job);
    if (!e) return OK;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    json_open(&o, "specialist");
    enum err err = put_specialist(r, job, &o, e);
    json_close(&o);
    if (!err) err = put_bookings(r, job, &o, e);
    json_close(&o);
    return err;
}

static enum err look_one(struct request *r, struct agenda_job *job)
{
    return one(r, job, 200);
}

enum err specialist_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_one);
}

/* -- changes -- */

static bool verb_of(struct str verb, enum standing *ret)
{
    static const struct {
        const char *verb;
        enum standing to;
    } verbs[] = {{"approve", STANDING_APPROVED},
                 {"reinstate", STANDING_APPROVED},
                 {"decline", STANDING_DECLINED},
                 {"suspend", STANDING_SUSPENDED}};
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_is_text(verb, verbs[i].verb)) return *ret = verbs[i].to, true;
    return false;
}

/* After it nobody comes in by this account, and what was open by it is closed; or it is open again. */
static enum err change_account(struct request *r, struct agenda_job *job, const struct agenda_resource *e,
                               enum standing to)
{
    struct account account;
    enum err err = account_of(r, job, e, &account);
    if (err || !account.id.at) return err;
    if (to == STANDING_APPROVED) {
        err = standing_open(job->s.tx, account.id);
        const char *id = arena_text(r->arena, account.id.at, account.id.bytes);
        if (!err && !id) err = ERR_NOMEM;
        return err ? err
                   : request_notify(
                         r, &(struct site_notice){.account = id, .kind = "agenda_changed", .data = "{}"});
    }
    err = standing_close(job->s.tx, r->arena, account.id);
    if (!err) err = ending_all(r, job->s.tx, account.id, "forced");
    return err ? err : ending_grants(r, job->s.tx, account.id);
}

static enum err finish(struct request *r, struct agenda_job *job, const struct agenda_resource *e,
                       const char *detail)
{
    const char *target =
        arena_printf(r->arena, "PractitionerRole/%.*s", (int)e->role_id.bytes, e->role_id.at);
    enum err err = target && detail ? fhir_origin(r, job->s.tx, &job->s.server) : ERR_NOMEM;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "scheduling-admin", .kind = "agenda_changed", .data = "{}"});
    if (err) return err;
    /* As it is now: the view is made anew from what was written. */
    agenda_view_free(job->s.view);
    job->s.view = NULL;
    err = agenda_view(job->agenda, job->s.tx, job->s.server.records, &job->s.view);
    return err ? err : one(r, job, 200);
}

static enum err licence(struct request *r, struct agenda_job *job, const struct agenda_resource *e)
{
    struct str number, ends;
    if (!request_only(r, (const char *const[]){"number", "ends", NULL}) ||
        !request_text(r, "number", ACCOUNT_STAFF_NUMBER_MAX, &number) || !request_text(r, "ends", 10, &ends))
        return OK;
    enum err err = standing_licence(job->s.tx, &job->s.server, e->id, number, ends);
    if (err == ERR_BAD_INPUT)
        return answer_fault(r, 400, "bad_field", account_staff_number_is(number) ? "ends" : "number");
    return err ? err : finish(r, job, e, "{\"licence\":true}");
}

static enum err change(struct request *r, struct agenda_job *job)
{
    struct str reason = {"", 0};
    enum standing to;
    const struct agenda_resource *e = find(r, job);
    if (!e) return OK;
    if (str_is_text(r->captures[1], "licence")) return licence(r, job, e);
    if (!verb_of(r->captures[1], &to)) return answer_fault(r, 404, "not_found", NULL);
    bool wants_reason = to != STANDING_APPROVED;
    if (!request_only(r, (const char *const[]){"reason", NULL}) ||
        (wants_reason && !request_text(r, "reason", 20, &reason)))
        return OK;
    if (wants_reason && !standing_reason_is(reason)) return answer_fault(r, 400, "bad_field", "reason");
    if (!standing_may_become(e->standing, to)) return answer_fault(r, 409, "standing_state", NULL);
    if (to == STANDING_APPROVED && (!e->licence.bytes || e->licence_ends.ms <= job->s.tx->now.ms))
        return answer_fault(r, 409, "licence_over", "licence");
    enum err err = standing_change(job->s.tx, &job->s.server, e->role_id, to, reason);
    if (!err) err = change_account(r, job, e, to);
    const char *detail = arena_printf(r->arena, "{\"standing\":\"%s\",\"reason\":\"%.*s\"}",
                                      standing_text(to), (int)reason.bytes, reason.at);
    return err ? err : finish(r, job, e, detail);
}

enum err specialist_change_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, change);
}
