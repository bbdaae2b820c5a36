/* records: what the record store keeps in memory for one open store: the secret that wraps patients' keys, and ciphers made ready.
 * Made by app after store_open, freed before store_close; any thread. */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H
#include "store/store.h"

struct records;

/* Not on the desk or a reader. ERR_KEY: the secret cannot be opened with the keys at hand. */
enum err records_new(struct store *store, struct records **ret_records) MUST_USE;
void records_free(struct records *r); /* NULL allowed; secrets are wiped */

struct zone; /* base/zone.h */
/* The zone in which dates that name none are meant: the one that the store's index was made in. For the life of *r. */
const struct zone *records_zone(const struct records *r);
/* Another zone of the site's, by its IANA name: remembered, and what searches find is taken away, to be made anew (records/reindex); nothing
 * where it was that one. Before anything else asks; waits; not on the desk or a reader. ERR_NOT_FOUND, ERR_BAD_INPUT: the system's zone data
 * has none of that name. */
enum err records_set_zone(struct records *r, const char *name) MUST_USE;

extern const struct migration records_migrations[];      /* 200 …; ends with number 0 */
extern const struct migration records_late_migrations[]; /* 310 …: after all of 2xx; ends with number 0 */
extern const struct migration records_last_migrations[]; /* 357 …: after all others; ends with number 0 */

#endif
