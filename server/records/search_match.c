/* Terms made ready, and whether a row meets one. A row's few values of one parameter are read and compared here. */
#include "records/index_text.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/search_own.h"
#include <math.h>
#include <stdio.h>

/* -- made ready -- */

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

/* -- comparing spans -- */

/* [low, high) of the resource against [from, to) of the search (FHIR R4 §3.1.1.4.6). */
static bool spans_fit(enum query_prefix prefix, double low, double high, double from, double to)
{
    switch (prefix) {
    case QUERY_EQ:
        return low >= from && high <= to;
    case QUERY_NE:
        return !(low >= from && high <= to);
    case QUERY_GT:
        return high > to;
    case QUERY_LT:
        return low < from;
    case QUERY_GE:
        return high > to || (low >= from && high <= to);
    case QUERY_LE:
        return low < from || (low >= from && high <= to);
    case QUERY_SA:
        return low >= to;
    case QUERY_EB:
        return high <= from;
    case QUERY_AP:
        return low < to && high > from;
    }
    return false;
}

/* Numbers are compared by the value itself for everything but equality, which goes by the digits given (§3.1.1.4.7). */
static bool numbers_fit(const struct search_value *v, double low, double high)
{
    double middle = (low + high) / 2, asked = (v->low + v->high) / 2;
    bool is_range = low <= -1e299 || high >= 1e299;
    switch (v->prefix) {
    case QUERY_EQ:
        return is_range ? low <= asked && high >= asked : middle >= v->low && middle < v->high;
    case QUERY_NE:
        return is_range ? !(low <= asked && high >= asked) : !(middle >= v->low && middle < v->high);
    case QUERY_GT:
    case QUERY_SA:
        return (is_range ? high : middle) > asked;
    case QUERY_LT:
    case QUERY_EB:
        return (is_range ? low : middle) < asked;
    case QUERY_GE:
        return (is_range ? high : middle) >= asked;
    case QUERY_LE:
        return (is_range ? low : middle) <= asked;
    case QUERY_AP:
        break;
    }
    return false;
}

static bool unit_fits(const struct search_value *v, int64_t unit, int64_t system)
{
    if (v->other && unit != v->other) return false;
    return v->other_system == SEARCH_ANY_SYSTEM || system == v->other_system;
}

/* -- the record's values -- */

/* Looks at the entries one after the other until one fits a value of the term. */
typedef bool entry_fits(const struct index_entry *e, const struct search_term *t,
                        const struct search_value *v);

static bool any_fits(const struct search_row *row, enum index_table table, const struct search_term *t,
                     entry_fits *fits)
{
    struct index_entry e;
    for (struct str rest = row->entries; index_values_find(&rest, table, t->number, &e);)
        for (uint32_t i = 0; i < t->count; i++)
            if (fits(&e, t, &t->values[i])) return true;
    return false;
}

static bool system_fits(const struct search_value *v, int64_t system)
{
    return v->system == SEARCH_ANY_SYSTEM || v->system == system || system == INDEX_ANY_SYSTEM;
}

static bool key_fits(const struct index_entry *e, const struct search_term *t, const struct search_value *v)
{
    (void)t;
    return (v->value == 0 || v->value == e->n[0]) && system_fits(v, e->n[1]) &&
           (v->value || v->system != SEARCH_ANY_SYSTEM);
}

static bool link_fits(const struct index_entry *e, const struct search_term *t, const struct search_value *v)
{
    int64_t target = e->n[0];
    (void)t;
    for (uint32_t i = 0; i < v->row_count; i++)
        if (v->rows[i] == target) return true;
    return false;
}

static bool date_fits(const struct index_entry *e, const struct search_term *t, const struct search_value *v)
{
    (void)t;
    return spans_fit(v->prefix, (double)e->n[0], (double)e->n[1], (double)v->q->from.ms, (double)v->q->to.ms);
}

static bool number_fits(const struct index_entry *e, const struct search_term *t,
                        const struct search_value *v)
{
    (void)t;
    return numbers_fit(v, e->low, e->high) && unit_fits(v, e->n[0], e->n[1]);
}

static bool string_fits(const struct index_entry *e, const struct search_term *t,
                        const struct search_value *v)
{
    struct str text = e->text;
    int64_t form = e->n[0];
    if (v->folded.bytes == 0) return false;
    if (t->type == FHIR_PARAM_TOKEN) /* :text */
        return form == INDEX_DISPLAY && memmem(text.at, text.bytes, v->folded.at, v->folded.bytes);
    if (form == INDEX_DISPLAY) return false;
    if (t->q->modifier == QUERY_CONTAINS)
        return memmem(text.at, text.bytes, v->folded.at, v->folded.bytes) != NULL;
    return str_starts(text, v->folded);
}

static bool second_fits(const struct index_entry *e, const struct search_term *t,
                        const struct search_value *v)
{
    double low = e->low, high = e->high;
    int64_t value = e->n[2], system = e->n[3];
    enum fhir_param_type type =
        (enum fhir_param_type)fhir_components[fhir_params[t->param].components + 1].type;
    if (type == FHIR_PARAM_QUANTITY || type == FHIR_PARAM_NUMBER)
        return numbers_fit(v, low, high) && unit_fits(v, value, system);
    if (type == FHIR_PARAM_DATE) return spans_fit(v->prefix, low, high, v->low, v->high);
    bool is_system =
        v->other_system == SEARCH_ANY_SYSTEM || v->other_system == system || system == INDEX_ANY_SYSTEM;
    return (v->other == 0 || v->other == value) && is_system;
}

static bool pair_fits(const struct index_entry *e, const struct search_term *t, const struct search_value *v)
{
    return (v->value == 0 || v->value == e->n[0]) && system_fits(v, e->n[1]) && second_fits(e, t, v);
}

static bool meets_values(const struct search_row *row, const struct search_term *t)
{
    enum query_modifier modifier = t->q->modifier;
    switch (t->type) {
    case FHIR_PARAM_TOKEN:
        return modifier == QUERY_TEXT ? any_fits(row, INDEX_STRING, t, string_fits)
                                      : any_fits(row, INDEX_KEY, t, key_fits);
    case FHIR_PARAM_URI:
        return any_fits(row, INDEX_KEY, t, key_fits);
    case FHIR_PARAM_REFERENCE:
        return (modifier != QUERY_IDENTIFIER && any_fits(row, INDEX_LINK, t, link_fits)) ||
               any_fits(row, INDEX_KEY, t, key_fits);
    case FHIR_PARAM_DATE:
        return any_fits(row, INDEX_DATE, t, date_fits);
    case FHIR_PARAM_NUMBER:
    case FHIR_PARAM_QUANTITY:
        return any_fits(row, INDEX_NUMBER, t, number_fits);
    case FHIR_PARAM_STRING:
        return modifier == QUERY_EXACT ? any_fits(row, INDEX_KEY, t, key_fits)
                                       : any_fits(row, INDEX_STRING, t, string_fits);
    case FHIR_PARAM_COMPOSITE:
        return any_fits(row, INDEX_PAIR, t, pair_fits);
    case FHIR_PARAM_SPECIAL:
        break;
    }
    return false;
}

/* -- without a value -- */

static bool has_value(const struct search_row *row, const struct search_term *t)
{
    struct index_entry e;
    for (struct str rest = row->entries; index_values_next(&rest, &e);)
        if (e.param == t->number) return true;
    return false;
}

/* -- the head's own -- */

static bool meets_id(const struct search_term *t, const struct record_head *head)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (str_is(t->values[i].q->text, head->id)) return true;
    return false;
}

static bool meets_updated(const struct search_term *t, const struct record_head *head)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct query_value *q = t->values[i].q;
        double at = (double)head->updated.ms;
        if (spans_fit(q->prefix, at, at + 1, (double)q->from.ms, (double)q->to.ms)) return true;
    }
    return false;
}

static enum err meets_text(struct search *s, const struct search_term *t, int64_t row, bool *ret_meets)
{
    bool is_narrative = str_is_text(param_name(t->param), "_text"), more;
    const char *sql = is_narrative
                          ? "SELECT 1 FROM record_text WHERE rowid = ?1 AND narrative LIKE ?2 ESCAPE '!'"
                          : "SELECT 1 FROM record_text WHERE rowid = ?1 AND content LIKE ?2 ESCAPE '!'";
    *ret_meets = false;
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err && !*ret_meets; i++) {
        struct stmt *stmt;
        char *like = search_like(s->who->arena, t->values[i].folded);
        if (!like) return ERR_NOMEM;
        err = db_stmt(s->tx->db, sql, &stmt);
        if (err) return err;
        stmt_int(stmt, 1, row);
        stmt_text(stmt, 2, like);
        err = stmt_step(stmt, &more);
        *ret_meets = !err && more;
        stmt_done(stmt);
    }
    return err;
}

/* -- through references -- */

/* One of the rows, seen by the reader, meets one of the chained terms of its type. */
static enum err one_meets(struct search *s, const struct search_term *t, const struct search_list *rows,
                          bool *ret_meets)
{
    struct search_row row;
    enum err err = OK;
    search_row_init(&row);
    for (uint32_t i = 0; i < rows->count && !err && !*ret_meets; i++) {
        err = search_peek(s->tx, rows->at[i], &row);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        if (err || row.head.is_deleted || !record_may_see(s->who, &row.head)) continue;
        for (const struct search_term *c = t->chained; c && !err && !*ret_meets; c = c->next)
            if (c->resource == row.head.resource) err = search_meets(s, c, &row, ret_meets);
    }
    search_row_done(&row);
    return err;
}

static enum err meets_chain(struct search *s, const struct search_term *t, const struct record_head *head,
                            bool *ret_meets)
{
    struct search_list rows = {.most = 100000};
    int64_t param = number_of_param(t->param);
    *ret_meets = false;
    struct search_source from = {t->q->resource, param, head->row};
    enum err err = t->q->is_reverse ? search_sources(s->tx, &from, &rows)
                                    : search_targets(s->tx, head->row, param, &rows);
    if (!err) err = one_meets(s, t, &rows, ret_meets);
    search_list_done(&rows);
    return err;
}

enum err search_meets(struct search *s, const struct search_term *t, struct search_row *row, bool *ret_meets)
{
    enum query_modifier modifier = t->q->modifier;
    bool meets = false;
    if (t->q->chained) return meets_chain(s, t, &row->head, ret_meets);
    enum err err = t->how == SEARCH_BY_INDEX                               ? search_values(s->tx, row)
                   : t->how == SEARCH_BY_ID || t->how == SEARCH_BY_UPDATED ? search_whole(s->tx, row)
                                                                           : OK;
    if (err) return err;
    if (modifier == QUERY_MISSING) {
        bool has = t->how != SEARCH_BY_INDEX || has_value(row, t);
        *ret_meets = has != t->values[0].q->is_missing;
        return OK;
    }
    if (t->how == SEARCH_BY_ID)
        meets = meets_id(t, &row->head);
    else if (t->how == SEARCH_BY_UPDATED)
        meets = meets_updated(t, &row->head);
    else if (t->how == SEARCH_BY_TEXT)
        err = meets_text(s, t, row->head.row, &meets);
    else
        meets = meets_values(row, t);
    *ret_meets = modifier == QUERY_NOT ? !meets : meets;
    return err;
}
