/* search_walk: which rows a search considers, and what it keeps of them. Each is guarded first, then held against every term; what passes is
 * counted, and the best of the page kept. Between search.c (the answer), search_scan.c (rows that lie together) and search_rows.c (what the
 * tables by value say). On a reader or the desk; lives for one search.
 *
 * From where the rows come, the first that fits (docs/decisions/0161):
 *   1. one of the terms names a handful                            each looked at by itself
 *   2. a patient is asked for, by a term or as a compartment       the patient's records of the type, which lie together
 *   3. one of the terms names less than some thousands             each looked at by itself
 *   4. all must be seen, to be counted or sorted                   the type's records, as they lie
 *   5. the newest are enough                                       the type's records, newest first */
#ifndef RECORDS_SEARCH_WALK_H
#define RECORDS_SEARCH_WALK_H
#include "records/merge.h"
#include "records/search_own.h"

struct search_match {
    int64_t row;
    struct search_key keys[QUERY_SORTS_MAX];
};

struct search_walk {
    struct search s;
    const struct query *query;
    struct search_term *terms;
    struct merge_rows compartment; /* none: all */
    uint32_t count;                /* of the page */
    bool counts;                   /* all matches are to be counted */
    /* the place of the page before: */
    bool has_cursor;
    struct search_match cursor;
    /* what was found: */
    struct search_match *at; /* in order after search_walk_find: the page and one more, if there is one */
    uint32_t found, room;
    int64_t total; /* where all are counted */
    /* while it goes: */
    struct search_row row; /* the candidate */
    bool is_mixed;         /* candidates do not come newest first */
    bool is_full;          /* the page and one more are there, and nothing needs the rest */
};

/* The terms are ready. ERR_LIMIT: too many to be sorted. */
enum err search_walk_find(struct search_walk *w) MUST_USE;
void search_walk_done(struct search_walk *w);

/* "row" and the keys behind it, each "n", "i<bits>" or "t<hex>" with ; between. false: it is no place of ours. */
bool search_cursor_read(struct search_walk *w);
enum err search_cursor_write(struct search_walk *w, const struct search_match *m, struct str *ret) MUST_USE;

/* What the query's includes name beside its matches, into the result's entries, of which there is room for so many. */
enum err search_includes(struct search_walk *w, struct search_result *result, uint32_t room) MUST_USE;

#endif
