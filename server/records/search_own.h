/* search_own: a query's terms made ready, between search_ready.c (which makes them), search_match.c (does a row meet a term),
 * search_rows.c (which rows might) and search_walk.c (which are looked at). */
#ifndef RECORDS_SEARCH_OWN_H
#define RECORDS_SEARCH_OWN_H
#include "records/index_values.h"
#include "records/record_own.h"
#include "records/search.h"

#define SEARCH_ANY_SYSTEM (-2)
#define SEARCH_TARGETS_MAX 16
#define SEARCH_ID_BYTES 65

struct search_value {
    const struct query_value *q;
    int64_t value, system; /* hashes; value 0: any (system|) */
    int64_t other;         /* a second meaning of the value: composite's second part, its own system */
    int64_t other_system;
    int64_t rows[SEARCH_TARGETS_MAX]; /* references: what the value may name */
    uint32_t row_count;
    bool are_patients; /* the rows, all of them */
    struct str folded;
    double low, high; /* number, quantity; composite's second part */
    enum query_prefix prefix;
};

struct search_term {
    struct search_term *next;
    const struct query_term *q;
    uint16_t resource, param;
    int64_t number; /* of the parameter, or of its part that is asked for */
    enum fhir_param_type type;
    struct search_value *values;
    uint32_t count;
    struct search_term *chained; /* a list: one for each type that the chain may lead to */
    enum { SEARCH_BY_INDEX, SEARCH_BY_ID, SEARCH_BY_UPDATED, SEARCH_BY_TEXT } how;
};

struct search {
    struct tx *tx;
    struct record_reader *who;
    struct record_fault *fault;
};

/* A record held against the terms: its head, and what is found in it, read when it is first asked for. Used for one after the other. Of
 * one that a scan gives, the head has at first only what the guard decides by: row, type, patient, labels, lifecycle. */
struct search_row {
    struct record_head head; /* its id stands in the buffer below */
    char id[SEARCH_ID_BYTES];
    struct buf whole;
    struct str entries; /* in whole, or in what a scan's statement holds */
    bool is_read, is_whole;
};
void search_row_init(struct search_row *row);
void search_row_done(struct search_row *row);

/* NULL with err OK: a fault. */
enum err search_prepare(struct search *s, const struct query_term *q, uint16_t resource,
                        struct search_term **ret_term) MUST_USE;
/* Does the record meet the term? */
enum err search_meets(struct search *s, const struct search_term *term, struct search_row *row,
                      bool *ret_meets) MUST_USE;
/* The head of a record; its entries are read by search_values. ERR_NOT_FOUND. */
enum err search_peek(struct tx *tx, int64_t record, struct search_row *ret) MUST_USE;
enum err search_values(struct tx *tx, struct search_row *row) MUST_USE;
enum err search_whole(struct tx *tx, struct search_row *row) MUST_USE; /* its id, version and time too */

char *search_like(struct arena *arena, struct str text); /* %text% for LIKE … ESCAPE '!' */

/* A growing list of rows in memory of its own. */
struct search_list {
    int64_t *at;
    uint32_t count, room, most;
};
void search_list_done(struct search_list *l);
enum err search_list_add(struct search_list *l, int64_t row) MUST_USE; /* ERR_LIMIT beyond most */
/* Rows of its type that might meet the term, all of them, in no order, perhaps twice. ERR_LIMIT: more than the list's most;
 * ERR_UNSUPPORTED: the term cannot tell. */
enum err search_candidates(struct search *s, const struct search_term *term, struct search_list *to) MUST_USE;
/* Rows linked from a row by a parameter (0: any). */
enum err search_targets(struct tx *tx, int64_t record, int64_t param, struct search_list *to) MUST_USE;
/* Rows of a type linked to a row by a parameter. */
struct search_source {
    uint16_t resource; /* the type of those that link */
    int64_t param, target;
};
enum err search_sources(struct tx *tx, const struct search_source *from, struct search_list *to) MUST_USE;

/* Rows that name a row by a parameter and belong to no patient, or to another: those that belong to it lie together (records/search_scan). */
enum err search_named_elsewhere(struct tx *tx, int64_t param, int64_t target,
                                struct search_list *to) MUST_USE;

/* A key to sort by. */
struct search_key {
    enum { SEARCH_KEY_NONE, SEARCH_KEY_NUMBER, SEARCH_KEY_TEXT } kind;
    double number;
    struct str text;
};
enum err search_key_of(struct search *s, struct search_row *row, uint16_t param, bool is_descending,
                       struct search_key *ret) MUST_USE;
bool search_can_sort(uint16_t param);

#endif
