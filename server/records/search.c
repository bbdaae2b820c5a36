/* The answer: the terms made ready, the walk (records/search_walk), the page of what it found. */
#include "records/search.h"
#include "base/form.h"
#include "records/project.h"
#include "records/search_walk.h"

enum { COUNT_DEFAULT = 20 };

/* -- the answer -- */

static enum err fill(struct search_walk *w, struct search_result *ret)
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
    if (!err && n && w->found > n) err = search_cursor_write(w, &w->at[n - 1], &ret->next);
    return err ? err : search_includes(w, ret, room);
}

static enum err make_ready(struct search_walk *w)
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
    if (!search_cursor_read(w))
        return record_fault_add(w->s.fault, 400, "invalid", "not a page of ours", "page");
    return OK;
}

/* A parameter that looks into what this reader never gets is none of his. */
static bool looks_into_hidden(const struct search_walk *w)
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
    struct search_walk w = {.s = {tx, who, fault},
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
    if (!err && !fault->status) err = search_walk_find(&w);
    if (!err && !fault->status && !is_count) err = fill(&w, ret);
    if (!err && w.counts) ret->total = w.total;
    search_walk_done(&w);
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
    if (!err) err = query_read(resource, pairs, n, is_lenient, who->records->zone, who->arena, ret, &wrong);
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
    struct search_walk w = {.s = {tx, who, fault}, .query = &query, .count = most - 1};
    if (looks_into_hidden(&w)) return OK;
    err = make_ready(&w);
    if (!err && !fault->status) err = search_walk_find(&w);
    for (uint32_t i = 0; i < w.found && i < most && !err; i++)
        ret_rows[(*ret_n)++] = w.at[i].row;
    search_walk_done(&w);
    return err;
}

void search_put_value(struct buf *to, struct str value)
{
    for (size_t i = 0; i < value.bytes; i++) {
        uint8_t c = (uint8_t)value.at[i];
        if (c == ',' || c == '|' || c == '$' || c == '\\') buf_add_text(to, "%5C");
        buf_printf(to, "%%%02X", c);
    }
}
