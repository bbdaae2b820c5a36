/* Reading and searching AuditEvents: a FHIR query walked over the trail, newest first unless it says otherwise. What can be asked of the trail itself (one patient, one
 * person, one action, a time) narrows the walk; the rest is held against each row. */
#include "records/audit_event_find.h"
#include "records/audit_event.h"
#include "records/guard.h"
#include "records/person.h"
#include "records/record_own.h"
#include "records/search.h"
#include "records/subset.h"
#include <stdio.h>

enum { COUNT_DEFAULT = 20, PAGE_BYTES_MAX = 8 * 1024 * 1024 };

static const char *const known[] = {"_id",        "_lastUpdated", "action",  "address", "agent",
                                    "agent-name", "agent-role",   "altid",   "date",    "entity",
                                    "outcome",    "patient",      "subtype", "type"};

bool audit_event_knows(uint16_t param)
{
    struct str name = fhir_name(fhir_params[param].name);
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is_text(name, known[i])) return true;
    return false;
}

struct finding {
    struct interaction *i;
    const struct query *query;
    struct trail_query trail;
    bool sees_nothing, is_nobody; /* the reader; or what is asked for cannot be there */
    struct buf page;
    uint32_t count, shown;
    int64_t total, last, next;
    bool counts, has_costly;
};

static struct str name_of(uint16_t param)
{
    return fhir_name(fhir_params[param].name);
}

/* -- who asks -- */

static void judge(struct finding *f)
{
    const struct guard *g = f->i->who->guard;
    if (!g || role_set_has(g->roles, ROLE_PRIVACY_OFFICER)) return;
    f->sees_nothing = !role_set_has(g->roles, ROLE_DETAINEE) || g->patient == 0;
    f->trail.subject = g->patient;
    f->trail.outcome = AUDIT_OK; /* what was refused opened nothing */
}

/* -- one row against one value -- */

static bool text_meets(struct str have, const struct query_term *t, struct str want)
{
    if (t->modifier == QUERY_EXACT) return str_is(have, want);
    for (size_t at = 0; at + want.bytes <= have.bytes; at++) {
        if (str_is_nocase((struct str){have.at + at, want.bytes}, want)) return true;
        if (t->modifier != QUERY_CONTAINS) return false;
    }
    return false;
}

static bool code_meets(const struct query_value *v, const char *system, struct str code)
{
    if (v->has_system && !str_is(v->system, str_of(system))) return false;
    return v->text.bytes == 0 ? v->has_system : str_is(v->text, code);
}

static bool date_meets(struct instant at, const struct query_value *v)
{
    bool is_after = at.ms >= v->to.ms, is_before = at.ms < v->from.ms;
    switch (v->prefix) {
    case QUERY_NE:
        return is_after || is_before;
    case QUERY_GT:
    case QUERY_SA:
        return is_after;
    case QUERY_LT:
    case QUERY_EB:
        return is_before;
    case QUERY_GE:
        return !is_before;
    case QUERY_LE:
        return !is_after;
    case QUERY_EQ:
    case QUERY_AP:
        break;
    }
    return !is_after && !is_before;
}

static bool subtype_meets(const struct audit_event *e, const struct query_value *v)
{
    const char *system, *rest = audit_event_rest_code(e), *sub = audit_event_subtype_code(e, &system);
    return code_meets(v, AUDIT_EVENT_ACTIONS, e->row->action) ||
           (rest && code_meets(v, AUDIT_EVENT_REST, str_of(rest))) ||
           (sub && code_meets(v, system, str_of(sub)));
}

/* Who did it: a Practitioner or Patient, or by :identifier the account. */
static enum err agent_meets(struct finding *f, const struct audit_event *e, const struct query_term *t,
                            const struct query_value *v, bool *ret)
{
    struct record_head head;
    *ret = false;
    if (t->modifier == QUERY_IDENTIFIER) {
        *ret = e->for_officer && e->row->actor.bytes && code_meets(v, AUDIT_EVENT_ACCOUNTS, e->row->actor);
        return OK;
    }
    if (e->person == 0 || !e->for_officer) return OK;
    enum err err = record_head_at(f->i->tx, f->i->who->arena, e->person, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    *ret = str_is(head.id, v->text) && (v->type == FHIR_NONE || v->type == head.resource);
    return OK;
}

static bool is_named(const struct audit_version *a, const struct query_value *v)
{
    return a->resource != FHIR_NONE && str_is(a->id, v->text) &&
           (v->type == FHIR_NONE || v->type == a->resource);
}

static enum err entity_meets(struct finding *f, const struct audit_event *e, const struct query_value *v,
                             bool *ret)
{
    *ret = is_named(&e->target, v);
    for (uint32_t k = 0; k < e->version_count && !*ret; k++)
        *ret = is_named(&e->versions[k], v);
    for (uint32_t k = 0; k < e->patient_count && !*ret; k++) {
        struct record_head head;
        enum err err = record_head_at(f->i->tx, f->i->who->arena, e->patients[k], &head);
        if (err) return err;
        *ret = is_named(&(struct audit_version){.resource = head.resource, .id = head.id}, v);
    }
    return OK;
}

static bool is_missing(const struct audit_event *e, struct str name)
{
    bool has_address =
        e->row->from.bytes && !str_is_text(e->row->from, "server") && !str_is_text(e->row->from, "control");
    if (str_is_text(name, "address")) return !e->for_officer || !has_address;
    if (str_is_text(name, "agent")) return !e->for_officer || e->row->actor.bytes == 0;
    if (str_is_text(name, "agent-name")) return e->row->display.bytes == 0;
    if (str_is_text(name, "agent-role")) return e->row->role.bytes == 0;
    if (str_is_text(name, "altid")) return !e->for_officer || e->row->name.bytes == 0;
    if (str_is_text(name, "patient")) return e->patient_count == 0;
    if (str_is_text(name, "entity"))
        return e->patient_count == 0 && e->version_count == 0 && e->target.resource == FHIR_NONE &&
               (!e->for_officer || e->row->target.bytes == 0);
    return false;
}

static enum err value_meets(struct finding *f, const struct audit_event *e, const struct query_term *t,
                            const struct query_value *v, bool *ret)
{
    struct str name = name_of(t->param);
    char id[24], letter[2] = {e->action, 0}, outcome[2] = {audit_event_outcome(e), 0};
    const char *system, *type = audit_event_type_code(e, &system);
    *ret = false;
    if (t->modifier == QUERY_MISSING) {
        *ret = is_missing(e, name) == v->is_missing;
    } else if (str_is_text(name, "agent")) {
        return agent_meets(f, e, t, v, ret);
    } else if (str_is_text(name, "entity") || str_is_text(name, "patient")) {
        return entity_meets(f, e, v, ret);
    } else if (str_is_text(name, "date") || str_is_text(name, "_lastUpdated")) {
        *ret = date_meets(e->row->at, v);
    } else if (str_is_text(name, "_id")) {
        snprintf(id, sizeof id, "%lld", (long long)e->row->seq);
        *ret = str_is_text(v->text, id);
    } else if (str_is_text(name, "agent-name")) {
        *ret = text_meets(e->row->display, t, v->text);
    } else if (str_is_text(name, "address")) {
        *ret = e->for_officer && text_meets(e->row->from, t, v->text);
    } else if (str_is_text(name, "altid")) {
        *ret = e->for_officer && e->row->name.bytes && str_is(e->row->name, v->text);
    } else if (str_is_text(name, "agent-role")) {
        *ret = e->row->role.bytes && code_meets(v, AUDIT_EVENT_ROLES, e->row->role);
    } else if (str_is_text(name, "type")) {
        *ret = code_meets(v, system, str_of(type));
    } else if (str_is_text(name, "subtype")) {
        *ret = subtype_meets(e, v);
    } else if (str_is_text(name, "action")) {
        *ret = str_is_text(v->text, letter);
    } else if (str_is_text(name, "outcome")) {
        *ret = str_is_text(v->text, outcome);
    }
    return OK;
}

/* What the row alone does not say: versions, patients and persons are to be looked up for it. */
static bool is_costly(const struct query_term *t)
{
    struct str name = name_of(t->param);
    return str_is_text(name, "entity") || str_is_text(name, "patient") ||
           (str_is_text(name, "agent") && t->modifier != QUERY_IDENTIFIER);
}

static enum err meets_all(struct finding *f, const struct audit_event *e, bool costly, bool *ret)
{
    enum err err = OK;
    *ret = true;
    for (const struct query_term *t = f->query->terms; t && *ret && !err; t = t->next) {
        bool is_met = false;
        if (is_costly(t) != costly) continue;
        for (const struct query_value *v = t->values; v && !is_met && !err; v = v->next)
            err = value_meets(f, e, t, v, &is_met);
        *ret = t->modifier == QUERY_NOT ? !is_met : is_met;
    }
    return err;
}

/* -- what narrows the walk -- */

static enum err narrow_patient(struct finding *f, const struct query_value *v, bool is_patient)
{
    struct record_head head;
    uint16_t type = is_patient ? fhir_resource_of(STR("Patient")) : v->type;
    if (type == FHIR_NONE) return OK;
    enum err err = record_head_find(f->i->tx, f->i->who->arena, type, v->text, &head);
    if (err) return err == ERR_NOT_FOUND ? f->is_nobody = is_patient, OK : err;
    if (head.patient == 0) return OK;
    /* A person asks of the own record alone. */
    f->is_nobody |= f->trail.subject && f->trail.subject != head.patient;
    f->trail.subject = head.patient;
    return OK;
}

static enum err narrow_agent(struct finding *f, const struct query_value *v)
{
    struct record_head head;
    if (v->type == FHIR_NONE) return OK;
    enum err err = record_head_find(f->i->tx, f->i->who->arena, v->type, v->text, &head);
    if (!err) err = person_account(f->i->tx, f->i->who->arena, head.row, &f->trail.actor);
    if (err != ERR_NOT_FOUND) return err;
    f->is_nobody = true;
    return OK;
}

static void narrow_date(struct finding *f, const struct query_value *v)
{
    bool is_from = v->prefix == QUERY_EQ || v->prefix == QUERY_GE || v->prefix == QUERY_AP;
    bool is_to = v->prefix == QUERY_EQ || v->prefix == QUERY_LE || v->prefix == QUERY_AP;
    if (v->prefix == QUERY_GT || v->prefix == QUERY_SA) {
        if (v->to.ms > f->trail.from.ms) f->trail.from = v->to;
    } else if (v->prefix == QUERY_LT || v->prefix == QUERY_EB) {
        if (!f->trail.to.ms || v->from.ms < f->trail.to.ms) f->trail.to = v->from;
    }
    if (is_from && v->from.ms > f->trail.from.ms) f->trail.from = v->from;
    if (is_to && (!f->trail.to.ms || v->to.ms < f->trail.to.ms)) f->trail.to = v->to;
}

/* Only what every match must have: a term with one plain value. */
static enum err narrow(struct finding *f)
{
    enum err err = OK;
    for (const struct query_term *t = f->query->terms; t && !err; t = t->next) {
        struct str name = name_of(t->param);
        const struct query_value *v = t->values;
        bool is_plain = t->modifier == QUERY_PLAIN && v && !v->next;
        if (is_plain && str_is_text(name, "patient"))
            err = narrow_patient(f, v, true);
        else if (is_plain && str_is_text(name, "entity"))
            err = narrow_patient(f, v, false);
        else if (is_plain && str_is_text(name, "agent"))
            err = narrow_agent(f, v);
        else if (is_plain && (str_is_text(name, "date") || str_is_text(name, "_lastUpdated")))
            narrow_date(f, v);
        else if (is_plain && str_is_text(name, "subtype") && str_is_text(v->system, AUDIT_EVENT_ACTIONS))
            f->trail.action = v->text;
        else if (t->modifier == QUERY_IDENTIFIER && v && !v->next && str_is_text(name, "agent"))
            f->trail.actor = v->text;
    }
    return err;
}

/* -- what cannot be asked -- */

static enum err check(struct finding *f)
{
    const struct query *q = f->query;
    for (const struct query_term *t = q->terms; t; t = t->next) {
        f->has_costly |= is_costly(t);
        if (t->is_reverse || t->chained || !audit_event_knows(t->param))
            return record_fault_add(
                f->i->fault, 400, "not-supported", "this parameter is not supported",
                arena_text(f->i->who->arena, name_of(t->param).at, name_of(t->param).bytes));
    }
    for (uint32_t k = 0; k < q->sort_count; k++) {
        struct str name = name_of(q->sorts[k].param);
        bool is_time = str_is_text(name, "date") || str_is_text(name, "_lastUpdated");
        if (!is_time)
            return record_fault_add(f->i->fault, 400, "not-supported",
                                    "it cannot be sorted by this parameter", "_sort");
        if (k == 0) f->trail.is_oldest_first = !q->sorts[k].is_descending; /* both are the same instant */
    }
    if (q->include_count)
        return record_fault_add(f->i->fault, 400, "not-supported", "this parameter is not supported",
                                "_include");
    return OK;
}

/* -- the walk -- */

static enum err write_entry(struct finding *f, const struct audit_event *e)
{
    struct interaction *i = f->i;
    struct buf body;
    buf_init(&body, PAGE_BYTES_MAX);
    buf_printf(&f->page, "%s{\"fullUrl\":\"%.*s/AuditEvent/%lld\",\"resource\":", f->shown ? "," : "",
               (int)i->who->base.bytes, i->who->base.at, (long long)e->row->seq);
    enum err err = audit_event_write(i->tx, i->who, e, &body);
    if (!err)
        err = subset_write(i->who->arena, buf_str(&body), f->query->summary, f->query->elements, &f->page);
    buf_add_text(&f->page, ",\"search\":{\"mode\":\"match\"}}");
    buf_done(&body);
    f->shown++;
    f->last = e->row->seq;
    return err ? err : f->page.err;
}

static enum err take(void *ctx, const struct trail_row *row, bool *more)
{
    struct finding *f = ctx;
    struct audit_event e = audit_event_begin(f->i->who, row);
    bool is_met, has_room = f->shown < f->count && f->page.bytes < PAGE_BYTES_MAX / 2;
    bool is_shown = !f->next && has_room && f->query->summary != QUERY_SUMMARY_COUNT;
    enum err err = meets_all(f, &e, false, &is_met);
    if (err || !is_met) return err;
    if (is_shown || f->has_costly) err = audit_event_look_up(f->i->tx, f->i->who, f->trail.subject, &e);
    if (!err && f->has_costly) err = meets_all(f, &e, true, &is_met);
    if (err || !is_met) return err;
    f->total++;
    if (is_shown) return write_entry(f, &e);
    if (!f->next && f->shown) f->next = f->last;
    *more = f->counts;
    return OK;
}

/* A page goes on beyond the last row of the one before; what is counted is counted from the beginning. */
static enum err walk(struct finding *f, int64_t beyond)
{
    enum err err = OK;
    f->counts = f->query->total == QUERY_TOTAL_ACCURATE || f->query->summary == QUERY_SUMMARY_COUNT;
    *(f->trail.is_oldest_first ? &f->trail.after : &f->trail.before) = beyond;
    if (!f->sees_nothing && !f->is_nobody) err = trail_walk(f->i->tx, &f->trail, take, f);
    if (err || !f->counts || !beyond) return err;
    struct finding all = *f;
    struct query counted = *f->query;
    counted.summary = QUERY_SUMMARY_COUNT;
    all.query = &counted;
    all.trail.before = all.trail.after = 0;
    all.total = 0;
    if (!f->sees_nothing && !f->is_nobody) err = trail_walk(f->i->tx, &all.trail, take, &all);
    f->total = all.total;
    return err;
}

static enum err write_bundle(struct finding *f)
{
    struct interaction *i = f->i;
    const char *next = f->next ? arena_printf(i->who->arena, "%lld", (long long)f->next) : NULL;
    if (f->next && !next) return ERR_NOMEM;
    enum err err = interact_open_search(i, f->query, f->counts ? f->total : -1, str_of(next));
    if (f->shown) {
        buf_add_text(i->to, ",\"entry\":[");
        buf_add_str(i->to, buf_str(&f->page));
        buf_add_char(i->to, ']');
    }
    buf_add_char(i->to, '}');
    i->ret->status = 200;
    i->ret->has_text = true;
    i->ret->matches = f->shown;
    i->who->trail_looks++;
    i->who->trail_rows += f->shown;
    return err ? err : i->to->err;
}

enum err audit_event_search(struct interaction *i, struct str cursor)
{
    struct query query;
    int64_t beyond = 0;
    struct finding f = {.i = i, .query = &query, .trail = {.outcome = -1}};
    enum err err =
        search_read(i->who, audit_event_type(), i->ask->query, i->ask->is_lenient, &query, i->fault);
    if (!err && !i->fault->status) err = check(&f);
    if (err || i->fault->status) return err;
    if (cursor.bytes && (!str_to_i64(cursor, &beyond) || beyond < 0))
        return record_fault_add(i->fault, 400, "invalid", "not a page of ours", "page");
    f.count = query.count < 0 ? COUNT_DEFAULT : (uint32_t)query.count;
    judge(&f);
    if (i->target.id.bytes) {
        const struct query_value patient = {.text = i->target.id};
        err = narrow_patient(&f, &patient, true);
    }
    if (!err) err = narrow(&f);
    buf_init(&f.page, PAGE_BYTES_MAX);
    if (!err) err = walk(&f, beyond);
    if (!err) err = write_bundle(&f);
    buf_done(&f.page);
    return err;
}

/* -- one -- */

static enum err take_one(void *ctx, const struct trail_row *row, bool *more)
{
    struct finding *f = ctx;
    struct audit_event e;
    *more = false;
    if (row->seq != f->last) return OK;
    e = audit_event_begin(f->i->who, row);
    enum err err = audit_event_look_up(f->i->tx, f->i->who, f->trail.subject, &e);
    if (!err) err = audit_event_write(f->i->tx, f->i->who, &e, &f->page);
    f->shown = 1;
    return err;
}

enum err audit_event_read(struct interaction *i)
{
    struct query query;
    struct finding f = {.i = i, .query = &query, .trail = {.outcome = -1}};
    enum err err =
        search_read(i->who, audit_event_type(), i->ask->query, i->ask->is_lenient, &query, i->fault);
    if (err || i->fault->status) return err;
    if (query.terms)
        return record_fault_add(i->fault, 400, "invalid", "a read takes no search parameters", NULL);
    judge(&f);
    if (f.sees_nothing || !str_to_i64(i->target.id, &f.last) || f.last <= 0)
        return record_fault_absent(i->fault);
    f.trail.before = f.last + 1;
    buf_init(&f.page, PAGE_BYTES_MAX);
    err = trail_walk(i->tx, &f.trail, take_one, &f);
    if (!err && !f.shown) err = record_fault_absent(i->fault);
    if (!err && f.shown) {
        err = subset_write(i->who->arena, buf_str(&f.page), query.summary, query.elements, i->to);
        i->ret->status = 200;
        i->ret->has_text = true;
        i->who->trail_looks++;
        i->who->trail_rows++;
    }
    buf_done(&f.page);
    return err;
}
