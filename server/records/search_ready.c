/* The terms of a query made ready: codes hashed, references found, texts folded, numbers read. */
#include "records/index_text.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/search_own.h"
#include <math.h>

static struct str param_name(uint16_t param)
{
    return fhir_name(fhir_params[param].name);
}

static int64_t hash(struct search *s, struct str text)
{
    return text.bytes ? hash_of(&s->who->records->hash, text) : 0;
}

static void ready_token(struct search *s, const struct query_value *q, int64_t *ret_value,
                        int64_t *ret_system)
{
    *ret_value = hash(s, q->text);
    *ret_system = !q->has_system ? SEARCH_ANY_SYSTEM : hash(s, q->system);
}

/* Near enough: one tenth to each side. */
static void ready_number(struct search *s, const struct query_value *q, struct search_value *v)
{
    if (!index_number_span(q->text, &v->low, &v->high)) v->low = v->high = NAN;
    v->prefix = q->prefix;
    if (q->prefix == QUERY_AP) {
        double tenth = fabs(v->low + v->high) / 20;
        v->low -= tenth, v->high += tenth;
        v->prefix = QUERY_EQ;
    }
    v->other = hash(s, q->unit);
    v->other_system = q->has_system && q->system.bytes ? hash(s, q->system) : SEARCH_ANY_SYSTEM;
}

/* A patient is also what was merged into it. */
static enum err ready_merged(struct search *s, int64_t patient, struct search_value *v)
{
    struct merge_rows rows;
    enum err err = merge_rows(s->tx, patient, &rows);
    for (uint32_t i = 1; i < rows.count && v->row_count < SEARCH_TARGETS_MAX && !err; i++)
        v->rows[v->row_count++] = rows.at[i];
    return err;
}

static enum err ready_row(struct search *s, uint16_t resource, struct str id, struct search_value *v)
{
    struct record_head head;
    if (v->row_count == SEARCH_TARGETS_MAX) return OK;
    enum err err = record_head_find(s->tx, s->who->arena, resource, id, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    bool is_patient = head.row == head.patient;
    v->are_patients = is_patient && (v->row_count == 0 || v->are_patients);
    v->rows[v->row_count++] = head.row;
    return is_patient ? ready_merged(s, head.row, v) : OK;
}

static enum err ready_reference(struct search *s, uint16_t param, const struct query_value *q,
                                struct search_value *v)
{
    uint16_t resource;
    struct str id;
    if (q->url.bytes) {
        v->value = hash(s, q->url);
        v->system = SEARCH_ANY_SYSTEM;
        if (!index_local_reference(q->url, s->who->base, &resource, &id)) return OK;
        return ready_row(s, resource, id, v);
    }
    if (q->type != FHIR_NONE) return ready_row(s, q->type, q->text, v);
    enum err err = OK;
    const uint16_t *targets = &fhir_lists[fhir_params[param].targets];
    for (uint16_t r = 0; r < fhir_resource_count && !err; r++) {
        bool is_target = fhir_params[param].targets == 0;
        for (const uint16_t *t = targets; !is_target && *t != FHIR_NONE; t++)
            is_target = *t == fhir_resources[r].type;
        if (is_target) err = ready_row(s, r, q->text, v);
    }
    return err;
}

static enum err ready_string(struct search *s, struct str text, struct search_value *v)
{
    v->folded = index_fold(s->who->arena, text);
    return v->folded.at ? OK : ERR_NOMEM;
}

/* The second part of a composite: a code, a quantity, a date or a text. */
static enum err ready_pair(struct search *s, uint16_t param, const struct query_value *q,
                           struct search_value *v)
{
    const struct query_value *second = q->parts->next;
    const struct fhir_component *c = &fhir_components[fhir_params[param].components];
    enum err err = OK;
    ready_token(s, q->parts, &v->value, &v->system);
    if (c[0].type == FHIR_PARAM_REFERENCE) v->value = hash(s, q->parts->text), v->system = SEARCH_ANY_SYSTEM;
    v->other_system = SEARCH_ANY_SYSTEM;
    if (c[1].type == FHIR_PARAM_QUANTITY || c[1].type == FHIR_PARAM_NUMBER) {
        ready_number(s, second, v);
    } else if (c[1].type == FHIR_PARAM_DATE) {
        v->low = (double)second->from.ms, v->high = (double)second->to.ms;
        v->prefix = second->prefix;
    } else if (c[1].type == FHIR_PARAM_STRING) {
        err = ready_string(s, second->text, v);
        v->other = hash(s, v->folded);
    } else {
        ready_token(s, second, &v->other, &v->other_system);
    }
    return err;
}

static int64_t of_type(struct search *s, const struct query_value *q)
{
    char *text = arena_printf(s->who->arena, "%.*s|%.*s|%.*s", (int)q->system.bytes, q->system.at,
                              (int)q->unit.bytes, q->unit.at, (int)q->text.bytes, q->text.at);
    return text ? hash(s, str_of(text)) : 0;
}

static enum err ready_value(struct search *s, struct search_term *t, const struct query_value *q,
                            struct search_value *v)
{
    v->q = q;
    v->prefix = q->prefix;
    v->system = SEARCH_ANY_SYSTEM;
    if (t->q->modifier == QUERY_MISSING || t->how != SEARCH_BY_INDEX)
        return t->how == SEARCH_BY_TEXT ? ready_string(s, q->text, v) : OK;
    switch (t->type) {
    case FHIR_PARAM_TOKEN:
        if (t->q->modifier == QUERY_TEXT) return ready_string(s, q->text, v);
        if (t->q->modifier == QUERY_OF_TYPE)
            v->value = of_type(s, q);
        else
            ready_token(s, q, &v->value, &v->system);
        return OK;
    case FHIR_PARAM_REFERENCE:
        if (t->q->modifier != QUERY_IDENTIFIER) return ready_reference(s, t->param, q, v);
        ready_token(s, q, &v->value, &v->system);
        return OK;
    case FHIR_PARAM_STRING:
        v->value = hash(s, q->text);
        return ready_string(s, q->text, v);
    case FHIR_PARAM_URI:
        v->value = hash(s, q->text);
        return OK;
    case FHIR_PARAM_NUMBER:
    case FHIR_PARAM_QUANTITY:
        ready_number(s, q, v);
        return OK;
    case FHIR_PARAM_COMPOSITE:
        return ready_pair(s, t->param, q, v);
    case FHIR_PARAM_DATE:
    case FHIR_PARAM_SPECIAL:
        return OK;
    }
    return OK;
}

static int64_t number_asked(uint16_t param, enum query_modifier modifier)
{
    switch (modifier) {
    case QUERY_EXACT:
        return number_of_part(param, "exact");
    case QUERY_OF_TYPE:
        return number_of_part(param, "of-type");
    case QUERY_IDENTIFIER:
        return number_of_part(param, "identifier");
    case QUERY_PLAIN:
    case QUERY_MISSING:
    case QUERY_CONTAINS:
    case QUERY_NOT:
    case QUERY_TEXT:
        break;
    }
    return number_of_param(param);
}

/* The chained term for each type that the reference may lead to and that knows the parameter. */
static enum err ready_chain(struct search *s, const struct query_term *q, struct search_term *t)
{
    struct search_term **last = &t->chained;
    struct str name = param_name(q->chained->param);
    if (q->is_reverse || q->chain_type != FHIR_NONE)
        return search_prepare(s, q->chained, q->is_reverse ? q->resource : q->chain_type, last);
    for (uint16_t r = 0; r < fhir_resource_count; r++) {
        uint16_t param = fhir_param_of(r, name);
        bool may = fhir_params[q->param].targets == 0;
        for (const uint16_t *x = &fhir_lists[fhir_params[q->param].targets]; !may && *x != FHIR_NONE; x++)
            may = *x == fhir_resources[r].type;
        if (!may || param == FHIR_NONE || fhir_params[param].type != fhir_params[q->chained->param].type)
            continue;
        enum err err = search_prepare(s, q->chained, r, last);
        if (err || !*last) return err;
        last = &(*last)->next;
    }
    return OK;
}

enum err search_prepare(struct search *s, const struct query_term *q, uint16_t resource,
                        struct search_term **ret_term)
{
    struct search_term *t = arena_zalloc(s->who->arena, sizeof *t);
    if (!t) return ERR_NOMEM;
    t->q = q;
    t->resource = resource;
    t->param = q->is_reverse ? q->param : fhir_param_of(resource, param_name(q->param));
    ASSERT(t->param != FHIR_NONE);
    struct str name = param_name(t->param);
    t->type = (enum fhir_param_type)fhir_params[t->param].type;
    t->number = number_asked(t->param, q->modifier);
    if (str_is_text(name, "_query") || t->type == FHIR_PARAM_SPECIAL) {
        const char *path = arena_text(s->who->arena, name.at, name.bytes);
        return record_fault_add(s->fault, 400, "not-supported", "this parameter is not supported", path);
    }
    t->how = str_is_text(name, "_id")                                      ? SEARCH_BY_ID
             : str_is_text(name, "_lastUpdated")                           ? SEARCH_BY_UPDATED
             : str_is_text(name, "_text") || str_is_text(name, "_content") ? SEARCH_BY_TEXT
                                                                           : SEARCH_BY_INDEX;
    if (t->how == SEARCH_BY_TEXT && s->tx->may_write) {
        enum err err = index_text_settle(s->tx);
        if (err) return err;
    }
    if (q->chained) {
        enum err err = ready_chain(s, q, t);
        if (!err && !s->fault->status) *ret_term = t;
        return err;
    }
    t->count = q->value_count;
    t->values = arena_zalloc(s->who->arena, (t->count ? t->count : 1) * sizeof *t->values);
    enum err err = t->values ? OK : ERR_NOMEM;
    const struct query_value *value = q->values;
    for (uint32_t i = 0; i < t->count && !err; i++, value = value->next)
        err = ready_value(s, t, value, &t->values[i]);
    if (!err) *ret_term = t;
    return err;
}
