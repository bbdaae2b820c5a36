/* index: what the search parameters of a resource find in its body, by one walk over the tables of records/fhir for all types; where it
 * stands whole (records/index_values), and the rows by which it is found. Extraction is pure but for the resolving of references; writing is on the desk. */
#ifndef RECORDS_INDEX_H
#define RECORDS_INDEX_H
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/zone.h"
#include "records/hash.h"
#include "records/record.h"

enum index_table { INDEX_KEY, INDEX_LINK, INDEX_DATE, INDEX_NUMBER, INDEX_STRING, INDEX_PAIR, INDEX_TABLES };

/* How a row of record_string was made. */
enum index_form { INDEX_PLAIN, INDEX_PINYIN, INDEX_INITIALS, INDEX_DISPLAY };

#define INDEX_ANY_SYSTEM (-1) /* the system of a code whose element fixes it */

/* A value after its record and parameter; which are used depends on the table:
 *   key     n: value, system          link  n: target           date  n: low, high
 *   number  low, high, n: unit, system                          string  text, n: form
 *   pair    n: code, code_system, value, system; low, high */
struct index_entry {
    enum index_table table;
    int64_t param;
    int64_t n[4];
    double low, high;
    struct str text;
};

struct index_set {
    struct index_entry *at; /* in the arena; no two alike */
    uint32_t count, room;
    struct buf narrative, content; /* for record_text */
    uint64_t words;                /* their keyed hash: what is the same needs no new rows there */
    int64_t patient, encounter;    /* the rows that the body refers to; 0: none */
    int64_t about;                 /* the first record that target or focus names */
    uint32_t labels;
    enum record_lifecycle lifecycle;
    const char
        *wrong; /* what cannot be stored: more than one patient, a reference to nothing; NULL: all well */
    const char *wrong_path;
};

struct index_ask {
    const struct tape *tape;
    uint32_t node;
    uint16_t resource;
    int64_t row; /* of the record itself */
    struct arena *arena;
    const struct hash_key *hash;
    struct str base;
    const struct zone *zone; /* of dates that name none */
    /* The row of a local reference, 0: there is none. */
    enum err (*resolve)(void *ctx, uint16_t resource, struct str id, int64_t *ret_row);
    void *ctx;
};
/* ret->narrative and content are begun here, and the caller's to buf_done, whatever is returned. */
enum err index_extract(const struct index_ask *ask, struct index_set *ret) MUST_USE;

/* Whose values: the patient that the head names tells which rows it needs (records/index_place). */
struct index_of {
    const struct record_head *head;
    int64_t patient_before; /* by the head before this change */
};
/* Of a record that has no values; in the place of those that it has; away with them. */
enum err index_put(struct tx *tx, const struct index_of *of, const struct index_set *set) MUST_USE;
enum err index_change(struct tx *tx, const struct index_of *of, const struct index_set *set) MUST_USE;
enum err index_clear(struct tx *tx, const struct index_of *of) MUST_USE;
/* Does what is in the store agree with the set? *ret_places is counted on by the rows that stand for it. */
enum err index_agrees(struct tx *tx, const struct index_of *of, const struct index_set *set, bool *ret_agrees,
                      int64_t *ret_places) MUST_USE;
/* All rows of the tables by value, and of what stands whole. */
enum err index_places(struct tx *tx, int64_t *ret_places) MUST_USE;

/* Type/id of a local reference text ("Patient/1", with our base before it or _history after it); false: it is none. */
bool index_local_reference(struct str text, struct str base, uint16_t *ret_resource, struct str *ret_id);
/* The span that a number as written stands for: 5.40 is [5.395, 5.405). */
bool index_number_span(struct str text, double *ret_low, double *ret_high);
/* Folded for comparing: small letters, no accents, full width made narrow, one blank for many. */
struct str index_fold(struct arena *arena, struct str text);

#endif
