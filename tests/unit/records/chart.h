/* chart: a store of records without threads, and short ways to write, read and search it, for the tests of the record store. */
#ifndef TESTS_RECORDS_CHART_H
#define TESTS_RECORDS_CHART_H
#include "../check.h"
#include "records/bundle.h"
#include "records/guard.h"
#include "records/recheck.h"
#include "records/records.h"
#include "records/search.h"

struct chart {
    struct store *store;
    struct records *records;
    struct arena *arena; /* of what was read */
    struct migration migrations[64];
    char dir[96], key[96];
    const struct guard *guard;
    struct record_fault fault; /* of the last call */
    enum record_done done;
    struct record last;
    char text[65536];    /* the last bundle's answer, cut */
    struct db_work work; /* of the last call */
};

enum err chart_open(struct chart *c) MUST_USE;
void chart_close(struct chart *c);
/* The folder is let go; opened again, as by the next start. */
void chart_shut(struct chart *c);
enum err chart_again(struct chart *c) MUST_USE;
/* Each in a job of its own; the fault is in c->fault. */
enum err chart_create(struct chart *c, const char *type, const char *body) MUST_USE;
enum err chart_update(struct chart *c, const char *type, const char *id, int64_t version,
                      const char *body) MUST_USE;
enum err chart_delete(struct chart *c, const char *type, const char *id) MUST_USE;
enum err chart_patch(struct chart *c, const char *type, const char *id, const char *patch) MUST_USE;
enum err chart_read(struct chart *c, const char *type, const char *id) MUST_USE;
enum err chart_vread(struct chart *c, const char *type, const char *id, int64_t version) MUST_USE;
enum err chart_bundle(struct chart *c, const char *body) MUST_USE;
enum err chart_purge(struct chart *c, const char *patient) MUST_USE;
enum err chart_recheck(struct chart *c, struct recheck *ret) MUST_USE;
enum err chart_sql(struct chart *c, const char *sql) MUST_USE; /* with what a trigger says as ERR_DENIED */
/* Matches of a search; *ret_next (may be NULL) the cursor of the next page in the arena. */
enum err chart_search(struct chart *c, const char *type, const char *query, struct str cursor,
                      struct search_result *ret) MUST_USE;
int chart_count(struct chart *c, const char *type, const char *query); /* -1: a fault */
bool chart_says(const struct chart *c, const char *part);              /* the last body holds it */

#endif
