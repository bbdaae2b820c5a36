#include "records/search_walk.h"
#include "base/mem.h"
#include "records/index_place.h"
#include "records/number.h"
#include "records/search_scan.h"
#include <stdlib.h>

enum {
    HANDFUL = 16,         /* candidates that cost less than a look at a patient's records */
    FEW = 3000,           /* and those that are worth gathering before the others are tried */
    FEWEST = 64,          /* at the first try */
    MATCHES_MAX = 200000, /* of a search that must be sorted */
    KEPT_MIN = 1024,      /* matches kept before those behind the page are let go */
    STRIDE = 256
};

/* -- matches -- */

static int compare_keys(const struct search_key *a, const struct search_key *b)
{
    if (a->kind != b->kind) return a->kind == SEARCH_KEY_NONE ? 2 : b->kind == SEARCH_KEY_NONE ? -2 : 0;
    if (a->kind == SEARCH_KEY_NUMBER) return (a->number > b->number) - (a->number < b->number);
    if (a->kind == SEARCH_KEY_NONE) return 0;
    size_t both = a->text.bytes < b->text.bytes ? a->text.bytes : b->text.bytes;
    int order = both ? memcmp(a->text.at, b->text.at, both) : 0;
    return order ? order : (a->text.bytes > b->text.bytes) - (a->text.bytes < b->text.bytes);
}

/* What has no value stands last in both directions; equals stand newest first. */
static int compare(const void *left, const void *right, void *ctx)
{
    const struct search_match *a = left, *b = right;
    const struct query *q = ctx;
    for (uint32_t i = 0; i < q->sort_count; i++) {
        int order = compare_keys(&a->keys[i], &b->keys[i]);
        bool is_missing = a->keys[i].kind != b->keys[i].kind;
        if (order) return q->sorts[i].is_descending && !is_missing ? -order : order;
    }
    return (a->row < b->row) - (a->row > b->row);
}

static void put_in_order(struct search_walk *w)
{
    if (w->found) qsort_r(w->at, w->found, sizeof *w->at, compare, (void *)(uintptr_t)w->query);
}

/* Only the page and one more are ever told of: what stands behind them goes, now and then. */
static void let_go(struct search_walk *w)
{
    if (w->found < KEPT_MIN || w->found / 4 <= w->count) return;
    put_in_order(w);
    w->found = w->count + 1;
}

static enum err keep(struct search_walk *w)
{
    struct search_match m = {.row = w->row.head.row};
    bool is_in_order = !w->query->sort_count && !w->is_mixed;
    for (uint32_t i = 0; i < w->query->sort_count; i++) {
        enum err err = search_key_of(&w->s, &w->row, w->query->sorts[i].param,
                                     w->query->sorts[i].is_descending, &m.keys[i]);
        if (err) return err;
    }
    w->total++;
    if (w->has_cursor && compare(&m, &w->cursor, (void *)(uintptr_t)w->query) <= 0) return OK;
    if (is_in_order && w->found > w->count) return OK; /* counted only */
    if (w->query->sort_count && w->total > MATCHES_MAX) return ERR_LIMIT;
    let_go(w);
    if (w->found == w->room) {
        uint32_t room = w->room ? w->room * 2 : 64;
        struct search_match *at = mem_resize(w->at, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        w->at = at;
        w->room = room;
    }
    w->at[w->found++] = m;
    w->is_full = is_in_order && !w->counts && w->found > w->count;
    return OK;
}

/* -- a candidate -- */

/* Is it one, for this reader? The guard is asked before anything else of it is looked at. */
static enum err weigh(struct search_walk *w)
{
    const struct record_head *head = &w->row.head;
    bool meets = true;
    enum err err = OK;
    if (head->is_deleted || head->resource != w->query->resource) return OK;
    if (w->compartment.count && !merge_has(&w->compartment, head->patient)) return OK;
    if (!record_may_see(w->s.who, head)) return OK;
    for (const struct search_term *t = w->terms; t && meets && !err; t = t->next)
        err = search_meets(&w->s, t, &w->row, &meets);
    return err || !meets ? err : keep(w);
}

/* Newest first and not counted: what stands before the page needs no look. */
static bool may_skip(const struct search_walk *w)
{
    return w->has_cursor && !w->query->sort_count && !w->counts;
}

static enum err consider(struct search_walk *w, int64_t row)
{
    if (may_skip(w) && row >= w->cursor.row) return OK;
    enum err err = search_peek(w->s.tx, row, &w->row);
    return err == ERR_NOT_FOUND ? OK : err ? err : weigh(w);
}

/* -- those that terms name -- */

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static enum err consider_all(struct search_walk *w, struct search_list *rows)
{
    enum err err = OK;
    if (rows->count) qsort(rows->at, rows->count, sizeof *rows->at, newest_first);
    for (uint32_t i = 0; i < rows->count && !err && !w->is_full; i++)
        if (i == 0 || rows->at[i] != rows->at[i - 1]) err = consider(w, rows->at[i]);
    return err;
}

/* The fewest candidates that one of the terms gives, of those that give no more than most; false: none does. */
static enum err gather_few(struct search_walk *w, const struct search_term *but, uint32_t most,
                           struct search_list *best, bool *ret_found)
{
    *ret_found = false;
    best->most = most;
    for (const struct search_term *t = w->terms; t; t = t->next) {
        struct search_list rows = {.most = *ret_found ? best->count : most};
        if (t == but) continue;
        enum err err = search_candidates(&w->s, t, &rows);
        if (!err && (!*ret_found || rows.count < best->count)) {
            search_list_done(best);
            *best = rows;
            *ret_found = true;
            if (best->count == 0) return OK;
            continue;
        }
        search_list_done(&rows);
        if (err && err != ERR_LIMIT && err != ERR_UNSUPPORTED) return err;
    }
    return OK;
}

/* A term that gives thousands is not followed to its end while another may give ten: what is tried grows. */
static enum err gather(struct search_walk *w, struct search_list *best, bool *ret_found)
{
    enum err err = OK;
    bool is_one = w->terms && !w->terms->next;
    *ret_found = false;
    for (uint32_t most = is_one ? FEW : FEWEST; !*ret_found && !err; most = most * 8 > FEW ? FEW : most * 8) {
        err = gather_few(w, NULL, most, best, ret_found);
        if (most == FEW) break;
    }
    return err;
}

/* -- those that lie together -- */

static enum err take(void *ctx, bool *ret_enough)
{
    struct search_walk *w = ctx;
    enum err err = weigh(w);
    *ret_enough = w->is_full;
    return err;
}

static struct search_scan scan_of(struct search_walk *w)
{
    return (struct search_scan){.resource = w->query->resource,
                                .before = may_skip(w) ? w->cursor.row : INT64_MAX,
                                .row = &w->row,
                                .take = take,
                                .ctx = w};
}

/* The patients whose records alone may meet the query; *ret_by: the term that says so, NULL: the compartment does. More than fit are
 * none. */
static bool patients_of(const struct search_walk *w, struct merge_rows *ret,
                        const struct search_term **ret_by)
{
    *ret_by = NULL;
    *ret = w->compartment;
    for (const struct search_term *t = w->terms; t && !ret->count; t = t->next) {
        bool is_plain = t->type == FHIR_PARAM_REFERENCE && t->how == SEARCH_BY_INDEX && !t->q->chained &&
                        t->q->modifier == QUERY_PLAIN;
        for (uint32_t i = 0; i < t->count && is_plain; i++) {
            const struct search_value *v = &t->values[i];
            is_plain = v->are_patients && !v->value && ret->count + v->row_count <= MERGE_ROWS_MAX;
            for (uint32_t k = 0; k < v->row_count && is_plain; k++)
                if (!merge_has(ret, v->rows[k])) ret->at[ret->count++] = v->rows[k];
        }
        *ret_by = t;
        if (!is_plain) ret->count = 0;
    }
    return ret->count > 0;
}

/* What names a patient and is another's, or nobody's, has a row of its own (records/index_place). */
static enum err named_elsewhere(struct search_walk *w, const struct search_term *by,
                                const struct merge_rows *patients, struct search_list *to)
{
    struct search_list rows = {.most = FEW};
    enum err err = OK;
    for (uint32_t i = 0; i < patients->count && by && !err; i++)
        err = search_named_elsewhere(w->s.tx, by->number, patients->at[i], &rows);
    *to = rows;
    return err;
}

static enum err consider_elsewhere(struct search_walk *w, const struct merge_rows *patients,
                                   struct search_list *rows)
{
    enum err err = OK;
    if (rows->count) qsort(rows->at, rows->count, sizeof *rows->at, newest_first);
    for (uint32_t i = 0; i < rows->count && !err; i++) {
        if (i > 0 && rows->at[i] == rows->at[i - 1]) continue;
        err = search_peek(w->s.tx, rows->at[i], &w->row);
        if (err == ERR_NOT_FOUND)
            err = OK;
        else if (!err && !merge_has(patients, w->row.head.patient))
            err = weigh(w);
    }
    return err;
}

static enum err consider_patients(struct search_walk *w, const struct merge_rows *patients,
                                  struct search_list *elsewhere)
{
    struct search_scan scan = scan_of(w);
    enum err err = OK;
    w->is_mixed = patients->count > 1 || elsewhere->count > 0;
    for (uint32_t i = 0; i < patients->count && !err; i++)
        err = search_scan_patient(w->s.tx, &scan, patients->at[i]);
    return err ? err : consider_elsewhere(w, patients, elsewhere);
}

/* Where a term names a handful these are looked at, else the patients' records. *ret_done: one of both was. */
static enum err find_in_patients(struct search_walk *w, bool *ret_done)
{
    struct merge_rows patients;
    struct search_list few = {0}, elsewhere = {0};
    const struct search_term *by;
    *ret_done = false;
    if (!patients_of(w, &patients, &by)) return OK;
    enum err err = gather_few(w, by, HANDFUL, &few, ret_done);
    if (!err && *ret_done) {
        err = consider_all(w, &few);
    } else if (!err) {
        err = named_elsewhere(w, by, &patients, &elsewhere);
        *ret_done = err != ERR_LIMIT;
        if (err == ERR_LIMIT)
            err = OK;
        else if (!err)
            err = consider_patients(w, &patients, &elsewhere);
    }
    search_list_done(&few);
    search_list_done(&elsewhere);
    return err;
}

/* -- all of a type -- */

static enum err stretch(struct search_walk *w, int64_t before, struct search_list *to)
{
    static const char by_type[] = "SELECT row FROM record WHERE type = ?1 AND type <> " NUMBER_PROVENANCE
                                  " AND row < ?2 AND is_deleted = 0 ORDER BY row DESC LIMIT ?3",
                      apart[] =
                          "SELECT record FROM record_value WHERE type = ?1 AND patient = 0 AND record < ?2"
                          " ORDER BY record DESC LIMIT ?3";
    struct stmt *s;
    bool more;
    enum err err = db_stmt(w->s.tx->db, index_place_is_apart(w->query->resource) ? apart : by_type, &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(w->query->resource));
    stmt_int(s, 2, before);
    stmt_int(s, 3, STRIDE);
    to->count = 0;
    while (!(err = stmt_step(s, &more)) && more)
        if ((err = search_list_add(to, stmt_get_int(s, 0)))) break;
    stmt_done(s);
    return err;
}

static enum err consider_newest(struct search_walk *w)
{
    struct search_list rows = {.most = STRIDE};
    int64_t before = may_skip(w) ? w->cursor.row : INT64_MAX;
    enum err err;
    do {
        err = stretch(w, before, &rows);
        for (uint32_t i = 0; i < rows.count && !err && !w->is_full; i++)
            err = consider(w, rows.at[i]);
        if (rows.count) before = rows.at[rows.count - 1];
    } while (!err && !w->is_full && rows.count == STRIDE);
    search_list_done(&rows);
    return err;
}

static enum err consider_type(struct search_walk *w)
{
    if (!w->counts && !w->query->sort_count) return consider_newest(w);
    struct search_scan scan = scan_of(w);
    w->is_mixed = true;
    return search_scan_type(w->s.tx, &scan);
}

/* -- the walk -- */

static enum err find(struct search_walk *w)
{
    struct search_list few = {0};
    bool is_done, are_few = false;
    enum err err = find_in_patients(w, &is_done);
    if (err || is_done) return err;
    err = gather(w, &few, &are_few);
    if (!err) err = are_few ? consider_all(w, &few) : consider_type(w);
    search_list_done(&few);
    return err;
}

enum err search_walk_find(struct search_walk *w)
{
    search_row_init(&w->row);
    enum err err = find(w);
    search_row_done(&w->row);
    if (!err && (w->query->sort_count || w->is_mixed)) put_in_order(w);
    return err;
}

void search_walk_done(struct search_walk *w)
{
    mem_free(w->at);
}
