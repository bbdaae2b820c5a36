/* Which rows might meet a term: from the index by value. Whether they do is asked again of each. */
#include "base/mem.h"
#include "records/index_place.h"
#include "records/number.h"
#include "records/search_own.h"
#include <math.h>

void search_list_done(struct search_list *l)
{
    mem_free(l->at);
    *l = (struct search_list){0};
}

enum err search_list_add(struct search_list *l, int64_t row)
{
    if (l->count >= l->most) return ERR_LIMIT;
    if (l->count == l->room) {
        uint32_t room = l->room ? l->room * 2 : 64;
        int64_t *at = mem_resize(l->at, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        l->at = at;
        l->room = room;
    }
    l->at[l->count++] = row;
    return OK;
}

static enum err take_all(struct stmt *s, struct search_list *to)
{
    bool more;
    enum err err;
    while (!(err = stmt_step(s, &more)) && more)
        if ((err = search_list_add(to, stmt_get_int(s, 0)))) break;
    stmt_done(s);
    return err;
}

static enum err two(struct tx *tx, const char *sql, int64_t a, int64_t b, struct search_list *to)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, a);
    stmt_int(s, 2, b);
    return take_all(s, to);
}

enum err search_targets(struct tx *tx, int64_t record, int64_t param, struct search_list *to)
{
    struct search_row row = {.head.row = record};
    struct index_entry e;
    search_row_init(&row);
    enum err err = search_values(tx, &row);
    for (struct str rest = row.entries; !err && index_values_next(&rest, &e);)
        if (e.table == INDEX_LINK && (param == 0 || e.param == param)) err = search_list_add(to, e.n[0]);
    search_row_done(&row);
    return err;
}

static bool links_to(struct str entries, int64_t param, int64_t target)
{
    struct index_entry e;
    while (index_values_find(&entries, INDEX_LINK, param, &e))
        if (e.n[0] == target) return true;
    return false;
}

/* The records of a patient have no rows for their references to it (records/index_place): they lie together, and are looked into. */
static enum err step_sources(struct stmt *s, int64_t target, int64_t param, bool are_asked,
                             struct search_list *to)
{
    bool more;
    enum err err;
    while (!(err = stmt_step(s, &more)) && more) {
        bool is_it = true;
        if (are_asked && !stmt_is_null(s, 1)) {
            uint64_t words;
            is_it = links_to(index_values_begin(stmt_get_blob(s, 1), &words), param, target);
        }
        if (is_it && (err = search_list_add(to, stmt_get_int(s, 0)))) break;
    }
    return err;
}

static enum err sources(struct tx *tx, const struct search_source *from, bool are_asked,
                        struct search_list *to)
{
    static const char together[] =
        "SELECT record, NULL FROM record_link WHERE target = ?1 AND param = ?2 UNION ALL"
        " SELECT record, entries FROM record_value WHERE type = ?3 AND patient = ?1"
        " AND patient <> 0",
                      apart[] =
                          "SELECT record, NULL FROM record_link WHERE target = ?1 AND param = ?2 UNION ALL"
                          " SELECT v.record, v.entries FROM record r CROSS JOIN record_value v"
                          " ON v.type = r.type AND v.patient = 0 AND v.record = r.row"
                          " WHERE r.type = ?3 AND r.patient = ?1 AND r.patient <> 0";
    struct stmt *s;
    enum err err = db_stmt(tx->db, index_place_is_apart(from->resource) ? apart : together, &s);
    if (err) return err;
    stmt_int(s, 1, from->target);
    stmt_int(s, 2, from->param);
    stmt_int(s, 3, number_of_type(from->resource));
    err = step_sources(s, from->target, from->param, are_asked, to);
    stmt_done(s);
    return err;
}

enum err search_named_elsewhere(struct tx *tx, int64_t param, int64_t target, struct search_list *to)
{
    return two(tx, "SELECT record FROM record_link WHERE target = ?1 AND param = ?2", target, param, to);
}

enum err search_sources(struct tx *tx, const struct search_source *from, struct search_list *to)
{
    return sources(tx, from, true, to);
}

void search_row_init(struct search_row *row)
{
    buf_init(&row->whole, RECORD_BODY_BYTES_MAX);
    row->is_read = row->is_whole = false;
}

void search_row_done(struct search_row *row)
{
    buf_done(&row->whole);
}

static enum err read_head(struct tx *tx, int64_t record, struct search_row *ret)
{
    struct stmt *s;
    bool found;
    enum err err = db_stmt(tx->db, "SELECT " RECORD_HEAD_COLUMNS " FROM record r WHERE r.row = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, record);
    err = stmt_step(s, &found);
    if (!err && !found) err = ERR_NOT_FOUND;
    if (!err) {
        struct str text = stmt_get_str(s, 2);
        size_t bytes = text.bytes < SEARCH_ID_BYTES ? text.bytes : SEARCH_ID_BYTES - 1;
        memcpy(ret->id, text.at, bytes);
        ret->id[bytes] = 0;
        record_head_values(s, &ret->head);
        ret->head.id = (struct str){ret->id, bytes};
        ret->is_whole = true;
    }
    stmt_done(s);
    return err;
}

enum err search_peek(struct tx *tx, int64_t record, struct search_row *ret)
{
    ret->is_read = ret->is_whole = false;
    return read_head(tx, record, ret);
}

enum err search_whole(struct tx *tx, struct search_row *row)
{
    enum err err = row->is_whole ? OK : read_head(tx, row->head.row, row);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

enum err search_values(struct tx *tx, struct search_row *row)
{
    uint64_t words;
    if (row->is_read) return OK;
    enum err err = row->is_whole ? index_values_of(tx, &row->head, &row->whole)
                                 : index_values_read(tx, row->head.row, &row->whole);
    if (err) return err;
    row->entries = index_values_begin(buf_str(&row->whole), &words);
    row->is_read = true;
    return OK;
}

/* -- by type of parameter -- */

static enum err rows_of_key(struct search *s, int64_t param, int64_t value, struct search_list *to)
{
    const int64_t *tellers = index_place_tellers(param);
    enum err err =
        index_place_is_dull(param)
            ? ERR_UNSUPPORTED
            : two(s->tx, "SELECT record FROM record_key WHERE param = ?1 AND value = ?2", param, value, to);
    for (int i = 0; i < INDEX_TELLERS_MAX && tellers[i] && !err; i++)
        err = rows_of_key(s, tellers[i], value, to);
    return err;
}

static enum err rows_of_keys(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        if (t->values[i].value == 0) return ERR_UNSUPPORTED; /* system| alone */
        err = rows_of_key(s, t->number, t->values[i].value, to);
    }
    return err;
}

static enum err rows_of_links(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        const struct search_value *v = &t->values[i];
        for (uint32_t k = 0; k < v->row_count && !err; k++)
            err = sources(s->tx, &(struct search_source){t->resource, t->number, v->rows[k]}, false, to);
        if (!err && v->value) err = rows_of_key(s, t->number, v->value, to);
    }
    return err;
}

/* The first text after all that start so: its last byte counted up (UTF-8 has no 0xff). */
static struct str after(struct arena *arena, struct str prefix)
{
    char *text = arena_text(arena, prefix.at, prefix.bytes);
    if (text) text[prefix.bytes - 1] = (char)((uint8_t)text[prefix.bytes - 1] + 1);
    return (struct str){text, prefix.bytes};
}

static enum err rows_of_strings(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    if (t->q->modifier == QUERY_EXACT) return rows_of_keys(s, t, to);
    if (t->q->modifier != QUERY_PLAIN) return ERR_UNSUPPORTED;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        struct stmt *stmt;
        struct str folded = t->values[i].folded;
        if (folded.bytes == 0) continue;
        struct str end = after(s->who->arena, folded);
        if (!end.at) return ERR_NOMEM;
        err = db_stmt(s->tx->db,
                      "SELECT record FROM record_string WHERE param = ?1 AND text >= ?2"
                      " AND text < CAST(?3 AS TEXT)",
                      &stmt);
        if (err) return err;
        stmt_int(stmt, 1, t->number);
        stmt_str(stmt, 2, folded);
        stmt_blob(stmt, 3, end.at, end.bytes);
        err = take_all(stmt, to);
    }
    return err;
}

static enum err rows_of_dates(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        const struct query_value *q = t->values[i].q;
        struct stmt *stmt;
        bool from_there = q->prefix == QUERY_EQ || q->prefix == QUERY_SA;
        bool up_to_there = q->prefix == QUERY_EQ || q->prefix == QUERY_LT || q->prefix == QUERY_EB;
        if (!from_there && !up_to_there) return ERR_UNSUPPORTED;
        err = db_stmt(s->tx->db, "SELECT record FROM record_date WHERE param = ?1 AND low >= ?2 AND low < ?3",
                      &stmt);
        if (err) return err;
        stmt_int(stmt, 1, t->number);
        stmt_int(stmt, 2, from_there ? q->from.ms : INT64_MIN);
        stmt_int(stmt, 3, up_to_there ? q->to.ms : INT64_MAX);
        err = take_all(stmt, to);
    }
    return err;
}

static enum err rows_of_pairs(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        if (t->values[i].value == 0) return ERR_UNSUPPORTED;
        err = two(s->tx, "SELECT record FROM record_pair WHERE param = ?1 AND code = ?2", t->number,
                  t->values[i].value, to);
        const int64_t *tellers = index_place_tellers(t->number);
        for (int k = 0; k < INDEX_TELLERS_MAX && tellers[k] && !err; k++)
            err = rows_of_key(s, tellers[k], t->values[i].value, to);
    }
    return err;
}

static enum err rows_of_ids(struct search *s, const struct search_term *t, struct search_list *to)
{
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        struct record_head head;
        err = record_head_find(s->tx, s->who->arena, t->resource, t->values[i].q->text, &head);
        if (!err) err = search_list_add(to, head.row);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

/* %text% with its own % and _ kept. */
char *search_like(struct arena *arena, struct str text)
{
    char *like = arena_alloc(arena, text.bytes * 2 + 3);
    size_t n = 0;
    if (!like) return NULL;
    like[n++] = '%';
    for (size_t i = 0; i < text.bytes; i++) {
        if (text.at[i] == '%' || text.at[i] == '_' || text.at[i] == '!') like[n++] = '!';
        like[n++] = text.at[i];
    }
    like[n++] = '%';
    like[n] = 0;
    return like;
}

/* The trigram index answers LIKE where three characters stand together, and reads all texts otherwise. */
static enum err rows_of_texts(struct search *s, const struct search_term *t, struct search_list *to)
{
    bool is_narrative = str_is_text(fhir_name(fhir_params[t->param].name), "_text");
    const char *sql = is_narrative ? "SELECT rowid FROM record_text WHERE narrative LIKE ?1"
                                   : "SELECT rowid FROM record_text WHERE content LIKE ?1";
    enum err err = OK;
    for (uint32_t i = 0; i < t->count && !err; i++) {
        struct stmt *stmt;
        struct str folded = t->values[i].folded;
        if (memchr(folded.at, '%', folded.bytes) || memchr(folded.at, '_', folded.bytes))
            return ERR_UNSUPPORTED;
        char *like = search_like(s->who->arena, folded);
        if (!like) return ERR_NOMEM;
        err = db_stmt(s->tx->db, sql, &stmt);
        if (err) return err;
        stmt_text(stmt, 1, like);
        err = take_all(stmt, to);
    }
    return err;
}

/* -- through references -- */

static enum err rows_of_chain(struct search *s, const struct search_term *t, struct search_list *to)
{
    struct search_list far = {.most = to->most};
    int64_t param = number_of_param(t->param);
    enum err err = OK;
    for (const struct search_term *c = t->chained; c && !err; c = c->next)
        err = search_candidates(s, c, &far);
    for (uint32_t i = 0; i < far.count && !err; i++)
        err = t->q->is_reverse
                  ? search_targets(s->tx, far.at[i], param, to)
                  : sources(s->tx, &(struct search_source){t->resource, param, far.at[i]}, false, to);
    search_list_done(&far);
    return err;
}

enum err search_candidates(struct search *s, const struct search_term *t, struct search_list *to)
{
    if (t->q->chained) return rows_of_chain(s, t, to);
    if (t->q->modifier == QUERY_MISSING || t->q->modifier == QUERY_NOT || t->q->modifier == QUERY_TEXT)
        return ERR_UNSUPPORTED;
    if (t->how == SEARCH_BY_ID) return rows_of_ids(s, t, to);
    if (t->how == SEARCH_BY_UPDATED) return ERR_UNSUPPORTED;
    if (t->how == SEARCH_BY_TEXT) return rows_of_texts(s, t, to);
    switch (t->type) {
    case FHIR_PARAM_TOKEN:
    case FHIR_PARAM_URI:
        return rows_of_keys(s, t, to);
    case FHIR_PARAM_REFERENCE:
        return t->q->modifier == QUERY_IDENTIFIER ? rows_of_keys(s, t, to) : rows_of_links(s, t, to);
    case FHIR_PARAM_STRING:
        return rows_of_strings(s, t, to);
    case FHIR_PARAM_DATE:
        return rows_of_dates(s, t, to);
    case FHIR_PARAM_COMPOSITE:
        return rows_of_pairs(s, t, to);
    case FHIR_PARAM_NUMBER:
    case FHIR_PARAM_QUANTITY:
    case FHIR_PARAM_SPECIAL:
        break;
    }
    return ERR_UNSUPPORTED;
}

/* -- sorting -- */

bool search_can_sort(uint16_t param)
{
    struct str name = fhir_name(fhir_params[param].name);
    uint8_t type = fhir_params[param].type;
    if (str_is_text(name, "_text") || str_is_text(name, "_content")) return false;
    return str_is_text(name, "_id") || type == FHIR_PARAM_DATE || type == FHIR_PARAM_STRING ||
           type == FHIR_PARAM_NUMBER || type == FHIR_PARAM_QUANTITY;
}

/* The least value of the parameter, or the most when descending. */
static bool is_before(const struct search_key *a, const struct search_key *b)
{
    if (a->kind == SEARCH_KEY_NUMBER) return a->number < b->number;
    size_t both = a->text.bytes < b->text.bytes ? a->text.bytes : b->text.bytes;
    int order = both ? memcmp(a->text.at, b->text.at, both) : 0;
    return order ? order < 0 : a->text.bytes < b->text.bytes;
}

static bool key_from(const struct index_entry *e, uint8_t type, bool is_descending, struct search_key *ret)
{
    *ret = (struct search_key){.kind = SEARCH_KEY_NUMBER};
    if (type == FHIR_PARAM_DATE) {
        ret->number = (double)e->n[is_descending ? 1 : 0];
        return e->table == INDEX_DATE;
    }
    if (type == FHIR_PARAM_STRING) {
        *ret = (struct search_key){.kind = SEARCH_KEY_TEXT, .text = e->text};
        return e->table == INDEX_STRING && e->n[0] == INDEX_PLAIN;
    }
    ret->number = is_descending ? e->high : e->low;
    return e->table == INDEX_NUMBER;
}

static enum err keep_text(struct search *s, struct str text, struct search_key *ret)
{
    char *copy = arena_text(s->who->arena, text.at, text.bytes);
    if (!copy) return ERR_NOMEM;
    *ret = (struct search_key){.kind = SEARCH_KEY_TEXT, .text = {copy, text.bytes}};
    return OK;
}

enum err search_key_of(struct search *s, struct search_row *row, uint16_t param, bool is_descending,
                       struct search_key *ret)
{
    struct str name = fhir_name(fhir_params[param].name);
    struct index_entry e;
    struct search_key best = {0}, one;
    int64_t number = number_of_param(param);
    *ret = (struct search_key){0};
    bool is_id = str_is_text(name, "_id"), is_updated = str_is_text(name, "_lastUpdated");
    enum err err = is_id || is_updated ? search_whole(s->tx, row) : search_values(s->tx, row);
    if (!err && is_id) return keep_text(s, row->head.id, ret);
    if (!err && is_updated) {
        *ret = (struct search_key){.kind = SEARCH_KEY_NUMBER, .number = (double)row->head.updated.ms};
        return OK;
    }
    if (err) return err;
    enum index_table table = fhir_params[param].type == FHIR_PARAM_DATE     ? INDEX_DATE
                             : fhir_params[param].type == FHIR_PARAM_STRING ? INDEX_STRING
                                                                            : INDEX_NUMBER;
    for (struct str rest = row->entries; index_values_find(&rest, table, number, &e);) {
        if (!key_from(&e, fhir_params[param].type, is_descending, &one)) continue;
        bool is_better =
            best.kind == SEARCH_KEY_NONE || (is_descending ? is_before(&best, &one) : is_before(&one, &best));
        if (is_better) best = one;
    }
    if (best.kind == SEARCH_KEY_TEXT) return keep_text(s, best.text, ret);
    *ret = best;
    return OK;
}
