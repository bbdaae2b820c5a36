/* The walk: from the fewest candidates, each guarded and held against every term, then sorted, counted, paged, and joined by includes. */
#include "records/search.h"
#include "base/form.h"
#include "base/mem.h"
#include "records/merge.h"
#include "records/number.h"
#include "records/project.h"
#include "records/search_own.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    COUNT_DEFAULT = 20,
    FEW = 3000,           /* candidates that are worth gathering before the others are tried */
    FEWEST = 64,          /* and at the first try */
    MATCHES_MAX = 200000, /* of a search that must be sorted or counted */
    STRIDE = 256,
    INCLUDES_MAX = 5000
};

struct match {
    int64_t row;
    struct search_key keys[QUERY_SORTS_MAX];
};

struct walk {
    struct search s;
    const struct query *query;
    struct search_term *terms;
    struct merge_rows compartment; /* none: all */
    uint32_t count;                /* of the page */
    bool counts;                   /* all matches are to be counted */
    struct search_row row;         /* the candidate */
    /* the place of the page before: */
    bool has_cursor;
    struct match cursor;
    /* what was found: */
    struct match *at;
    uint32_t found, room;
    int64_t total;
    bool is_full; /* the page and one more are there, and nothing needs the rest */
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
    const struct match *a = left, *b = right;
    const struct query *q = ctx;
    for (uint32_t i = 0; i < q->sort_count; i++) {
        int order = compare_keys(&a->keys[i], &b->keys[i]);
        bool is_missing = a->keys[i].kind != b->keys[i].kind;
        if (order) return q->sorts[i].is_descending && !is_missing ? -order : order;
    }
    return (a->row < b->row) - (a->row > b->row);
}

static enum err keep(struct walk *w)
{
    struct match m = {.row = w->row.head.row};
    for (uint32_t i = 0; i < w->query->sort_count; i++) {
        enum err err = search_key_of(&w->s, &w->row, w->query->sorts[i].param,
                                     w->query->sorts[i].is_descending, &m.keys[i]);
        if (err) return err;
    }
    w->total++;
    if (w->has_cursor && compare(&m, &w->cursor, (void *)(uintptr_t)w->query) <= 0) return OK;
    bool is_sorted = w->query->sort_count > 0;
    if (!is_sorted && w->found > w->count) return OK; /* counted only */
    if (w->found == MATCHES_MAX) return ERR_LIMIT;
    if (w->found == w->room) {
        uint32_t room = w->room ? w->room * 2 : 64;
        struct match *at = mem_resize(w->at, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        w->at = at;
        w->room = room;
    }
    w->at[w->found++] = m;
    w->is_full = !is_sorted && !w->counts && w->found > w->count;
    return OK;
}

/* A candidate: is it one, for this reader? The guard is asked before anything else of it is looked at. */
static enum err consider(struct walk *w, int64_t row)
{
    const struct record_head *head = &w->row.head;
    bool meets = true;
    if (!w->query->sort_count && w->has_cursor && !w->counts && row >= w->cursor.row) return OK;
    enum err err = search_peek(w->s.tx, row, &w->row);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (head->is_deleted || head->resource != w->query->resource) return OK;
    if (w->compartment.count && !merge_has(&w->compartment, head->patient)) return OK;
    if (!record_may_see(w->s.who, head)) return OK;
    for (const struct search_term *t = w->terms; t && meets && !err; t = t->next)
        err = search_meets(&w->s, t, &w->row, &meets);
    return err || !meets ? err : keep(w);
}

/* -- which rows to consider -- */

static int newest_first(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static enum err consider_all(struct walk *w, struct search_list *rows)
{
    enum err err = OK;
    if (rows->count) qsort(rows->at, rows->count, sizeof *rows->at, newest_first);
    for (uint32_t i = 0; i < rows->count && !err && !w->is_full; i++)
        if (i == 0 || rows->at[i] != rows->at[i - 1]) err = consider(w, rows->at[i]);
    return err;
}

/* The fewest candidates that one of the terms gives, of those that give no more than most; false: none does. */
static enum err gather_few(struct walk *w, uint32_t most, struct search_list *best, bool *ret_found)
{
    *ret_found = false;
    best->most = most;
    for (const struct search_term *t = w->terms; t; t = t->next) {
        struct search_list rows = {.most = *ret_found ? best->count : most};
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
static enum err gather(struct walk *w, struct search_list *best, bool *ret_found)
{
    enum err err = OK;
    bool is_one = w->terms && !w->terms->next;
    *ret_found = false;
    for (uint32_t most = is_one ? FEW : FEWEST; !*ret_found && !err; most = most * 8 > FEW ? FEW : most * 8) {
        err = gather_few(w, most, best, ret_found);
        if (most == FEW) break;
    }
    return err;
}

/* A stretch of rows of the type (or of the patient's), newest first. */
static enum err stretch(struct walk *w, int64_t before, struct search_list *to)
{
    struct stmt *s;
    bool more;
    int64_t compartment = w->compartment.count == 1 ? w->compartment.at[0] : 0; /* of several: the type's */
    const char *sql =
        compartment ? "SELECT row FROM record WHERE patient = ?2 AND type = ?1 AND row < ?3"
                      " AND patient <> 0 ORDER BY row DESC LIMIT ?4"
                    : "SELECT row FROM record WHERE type = ?1 AND ?2 = 0 AND row < ?3 AND is_deleted = 0"
                      " ORDER BY row DESC LIMIT ?4";
    enum err err = db_stmt(w->s.tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(w->query->resource));
    stmt_int(s, 2, compartment);
    stmt_int(s, 3, before);
    stmt_int(s, 4, STRIDE);
    to->count = 0;
    while (!(err = stmt_step(s, &more)) && more)
        if ((err = search_list_add(to, stmt_get_int(s, 0)))) break;
    stmt_done(s);
    return err;
}

static enum err consider_type(struct walk *w)
{
    struct search_list rows = {.most = STRIDE};
    bool may_skip = w->has_cursor && !w->query->sort_count && !w->counts;
    int64_t before = may_skip ? w->cursor.row : INT64_MAX;
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

static enum err find(struct walk *w)
{
    struct search_list few = {0};
    bool found;
    search_row_init(&w->row);
    enum err err = gather(w, &few, &found);
    if (!err) err = found ? consider_all(w, &few) : consider_type(w);
    search_list_done(&few);
    search_row_done(&w->row);
    return err;
}

/* -- cursors: "row" and the keys behind it, each "n", "i<bits>" or "t<hex>" with ; between -- */

static bool read_key(struct walk *w, struct str text, struct search_key *ret)
{
    *ret = (struct search_key){0};
    if (text.bytes == 0) return false;
    char kind = text.at[0];
    text.at++, text.bytes--;
    if (kind == 'n') return text.bytes == 0;
    if (kind == 'i') {
        uint64_t bits;
        if (!str_to_u64(text, &bits)) return false;
        ret->kind = SEARCH_KEY_NUMBER;
        memcpy(&ret->number, &bits, sizeof bits);
        return true;
    }
    char *bytes = arena_alloc(w->s.who->arena, text.bytes / 2 + 1);
    if (kind != 't' || !bytes || text.bytes % 2 || !str_from_hex(text, bytes, text.bytes / 2)) return false;
    *ret = (struct search_key){.kind = SEARCH_KEY_TEXT, .text = {bytes, text.bytes / 2}};
    return true;
}

static bool read_cursor(struct walk *w)
{
    struct str rest = w->query->page;
    if (rest.bytes == 0) return true;
    w->has_cursor = true;
    if (!str_to_i64(str_cut(&rest, ';'), &w->cursor.row)) return false;
    for (uint32_t i = 0; i < w->query->sort_count; i++)
        if (!read_key(w, str_cut(&rest, ';'), &w->cursor.keys[i])) return false;
    return rest.bytes == 0;
}

static enum err write_cursor(struct walk *w, const struct match *m, struct str *ret)
{
    struct buf to;
    buf_init(&to, 1 << 16);
    buf_add_i64(&to, m->row);
    for (uint32_t i = 0; i < w->query->sort_count; i++) {
        const struct search_key *key = &m->keys[i];
        uint64_t bits;
        memcpy(&bits, &key->number, sizeof bits);
        buf_add_char(&to, ';');
        if (key->kind == SEARCH_KEY_NUMBER) {
            buf_add_char(&to, 'i');
            buf_add_u64(&to, bits);
        } else {
            buf_add_char(&to, key->kind == SEARCH_KEY_NONE ? 'n' : 't');
            for (size_t k = 0; key->kind == SEARCH_KEY_TEXT && k < key->text.bytes; k++)
                buf_printf(&to, "%02x", (uint8_t)key->text.at[k]);
        }
    }
    char *copy = to.err ? NULL : arena_text(w->s.who->arena, to.at, to.bytes);
    *ret = (struct str){copy, to.bytes};
    enum err err = to.err ? to.err : copy ? OK : ERR_NOMEM;
    buf_done(&to);
    return err;
}

/* -- includes -- */

struct joining {
    struct walk *w;
    struct search_result *result;
    uint32_t room;
};

static bool is_in(const struct search_result *r, int64_t row)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->at[i].record.head.row == row) return true;
    return false;
}

static enum err join(struct joining *j, int64_t row, uint16_t target)
{
    struct search_result *r = j->result;
    struct walk *w = j->w;
    struct record_head head;
    if (is_in(r, row) || r->count == INCLUDES_MAX) return OK;
    enum err err = record_head_at(w->s.tx, w->s.who->arena, row, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (head.is_deleted || !record_may_see(w->s.who, &head)) return OK;
    if (target != FHIR_NONE && head.resource != target) return OK;
    if (r->count == j->room) {
        uint32_t room = j->room * 2;
        struct search_entry *at = arena_alloc(w->s.who->arena, room * sizeof *at);
        if (!at) return ERR_NOMEM;
        memcpy(at, r->at, r->count * sizeof *at);
        r->at = at;
        j->room = room;
    }
    struct search_entry *e = &r->at[r->count++];
    *e = (struct search_entry){.record.head = head, .is_include = true};
    return record_body(w->s.tx, w->s.who, &e->record.head, &e->record.body);
}

static enum err include_of(struct joining *j, const struct query_include *i, const struct record_head *from)
{
    struct search_list rows = {.most = INCLUDES_MAX};
    struct tx *tx = j->w->s.tx;
    int64_t param = i->param == FHIR_NONE ? 0 : number_of_param(i->param);
    enum err err = OK;
    if (!i->is_reverse && i->resource != from->resource) return OK;
    if (!i->is_reverse)
        err = search_targets(tx, from->row, param, &rows);
    else if (param)
        err = search_sources(tx, &(struct search_source){i->resource, param, from->row}, &rows);
    if (err == ERR_LIMIT) err = OK; /* the first of very many */
    for (uint32_t k = 0; k < rows.count && !err; k++)
        err = join(j, rows.at[k], i->is_reverse ? i->resource : i->target);
    search_list_done(&rows);
    return err;
}

/* Of the matches; :iterate also of what was included, until nothing new comes. */
static enum err add_includes(struct walk *w, struct search_result *result, uint32_t room)
{
    struct joining j = {w, result, room};
    uint32_t matches = result->count;
    enum err err = OK;
    for (uint32_t k = 0; k < result->count && !err; k++)
        for (uint32_t i = 0; i < w->query->include_count && !err; i++) {
            struct record_head head = result->at[k].record.head; /* the list may move */
            if (k < matches || w->query->includes[i].is_iterate)
                err = include_of(&j, &w->query->includes[i], &head);
        }
    return err;
}

/* -- the answer -- */

static enum err fill(struct walk *w, struct search_result *ret)
{
    uint32_t n = w->found < w->count ? w->found : w->count;
    uint32_t room = n + 16;
    ret->at = arena_alloc(w->s.who->arena, room * sizeof *ret->at);
    enum err err = ret->at ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct search_entry *e = &ret->at[ret->count];
        *e = (struct search_entry){0};
        err = record_whole(w->s.tx, w->s.who, w->at[i].row, &e->record);
        if (!err) ret->count++;
    }
    if (!err && n && w->found > n) err = write_cursor(w, &w->at[n - 1], &ret->next);
    return err ? err : add_includes(w, ret, room);
}

static enum err make_ready(struct walk *w)
{
    struct search_term **last = &w->terms;
    for (const struct query_term *q = w->query->terms; q; q = q->next) {
        enum err err = search_prepare(&w->s, q, w->query->resource, last);
        if (err || w->s.fault->status) return err;
        last = &(*last)->next;
    }
    for (uint32_t i = 0; i < w->query->sort_count; i++)
        if (!search_can_sort(w->query->sorts[i].param))
            return record_fault_add(w->s.fault, 400, "not-supported", "it cannot be sorted by this parameter",
                                    "_sort");
    if (!read_cursor(w)) return record_fault_add(w->s.fault, 400, "invalid", "not a page of ours", "page");
    return OK;
}

/* A parameter that looks into what this reader never gets is none of his. */
static bool looks_into_hidden(const struct walk *w)
{
    const struct record_reader *who = w->s.who;
    struct str hidden = who->guard ? project_query(who->guard, w->query) : (struct str){0};
    if (!hidden.at) return false;
    (void)record_fault_add(w->s.fault, 400, "not-supported", "a parameter that is not known",
                           arena_text(who->arena, hidden.at, hidden.bytes));
    return true;
}

enum err search_run(struct tx *tx, struct record_reader *who, const struct query *query, int64_t compartment,
                    struct search_result *ret, struct record_fault *fault)
{
    bool is_count = query->summary == QUERY_SUMMARY_COUNT || query->count == 0;
    struct walk w = {.s = {tx, who, fault},
                     .query = query,
                     .count = is_count           ? 0
                              : query->count < 0 ? COUNT_DEFAULT
                                                 : (uint32_t)query->count,
                     .counts = is_count || query->total == QUERY_TOTAL_ACCURATE ||
                               query->total == QUERY_TOTAL_ESTIMATE};
    *ret = (struct search_result){.total = -1};
    if (looks_into_hidden(&w)) return OK;
    enum err err = compartment ? merge_rows(tx, compartment, &w.compartment) : OK;
    if (!err) err = make_ready(&w);
    if (!err && !fault->status) err = find(&w);
    if (!err && w.found && query->sort_count)
        qsort_r(w.at, w.found, sizeof *w.at, compare, (void *)(uintptr_t)query);
    if (!err && !fault->status && !is_count) err = fill(&w, ret);
    if (!err && w.counts) ret->total = w.total;
    mem_free(w.at);
    if (err == ERR_LIMIT)
        return record_fault_add(fault, 400, "too-costly", "too many matches: narrow the search", NULL);
    return err;
}

/* -- for others -- */

enum err search_pairs(struct arena *arena, struct str text, struct query_pair **ret_pairs, size_t *ret_n)
{
    size_t n = 0;
    struct query_pair *pairs = arena_alloc(arena, (QUERY_PAIRS_MAX + 1) * sizeof *pairs);
    if (!pairs) return ERR_NOMEM;
    while (text.bytes) {
        struct str value = str_cut(&text, '&'), name = str_cut(&value, '=');
        if (name.bytes == 0) continue;
        if (n > QUERY_PAIRS_MAX) return ERR_LIMIT;
        pairs[n] = (struct query_pair){form_decode(arena, name), form_decode(arena, value)};
        if (!pairs[n].name.at || !pairs[n].value.at) return ERR_NOMEM;
        if (!str_is_utf8(pairs[n].name) || !str_is_utf8(pairs[n].value)) return ERR_BAD_INPUT;
        n++;
    }
    *ret_pairs = pairs;
    *ret_n = n;
    return OK;
}

static enum err tell(struct record_reader *who, const struct query_fault *f, uint16_t resource,
                     struct record_fault *fault)
{
    const char *path = arena_text(who->arena, f->name.at ? f->name.at : "", f->name.bytes);
    if (!path) return ERR_NOMEM;
    (void)record_fault_add(fault, 400, f->is_unknown ? "not-supported" : "invalid", f->why, path);
    if (!f->is_unknown) return OK;
    struct buf known;
    buf_init(&known, 1 << 14);
    buf_add_text(&known, "known parameters: ");
    query_known(resource, &known);
    const char *text = known.err ? NULL : arena_text(who->arena, known.at, known.bytes);
    buf_done(&known);
    if (!text) return ERR_NOMEM;
    fault->known = text;
    return OK;
}

enum err search_read(struct record_reader *who, uint16_t resource, struct str text, bool is_lenient,
                     struct query *ret, struct record_fault *fault)
{
    struct query_pair *pairs;
    size_t n;
    struct query_fault wrong = {0};
    enum err err = search_pairs(who->arena, text, &pairs, &n);
    if (err == ERR_LIMIT || err == ERR_BAD_INPUT)
        return record_fault_add(fault, 400, "invalid", "a query that cannot be read", NULL);
    if (!err) err = query_read(resource, pairs, n, is_lenient, who->zone_offset_min, who->arena, ret, &wrong);
    return err == ERR_BAD_INPUT || err == ERR_LIMIT ? tell(who, &wrong, resource, fault) : err;
}

enum err search_rows(struct tx *tx, struct record_reader *who, uint16_t resource, struct str text,
                     int64_t *ret_rows, uint32_t most, uint32_t *ret_n, struct record_fault *fault)
{
    struct query query = {0};
    *ret_n = 0;
    enum err err = search_read(who, resource, text, false, &query, fault);
    if (err || fault->status) return err;
    if (!query.terms)
        return record_fault_add(fault, 412, "multiple-matches", "the criteria select nothing in particular",
                                NULL);
    struct walk w = {.s = {tx, who, fault}, .query = &query, .count = most - 1};
    query.sort_count = 0;
    if (looks_into_hidden(&w)) return OK;
    err = make_ready(&w);
    if (!err && !fault->status) err = find(&w);
    for (uint32_t i = 0; i < w.found && i < most && !err; i++)
        ret_rows[(*ret_n)++] = w.at[i].row;
    mem_free(w.at);
    return err;
}
