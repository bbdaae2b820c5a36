/* Does a row meet a term? A row's few values of one parameter are read and compared here. */
#include "records/number.h"
#include "records/search_own.h"

static struct str param_name(uint16_t param)
{
    return fhir_name(fhir_params[param].name);
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
