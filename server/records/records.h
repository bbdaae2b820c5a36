/* records: what the record store keeps in memory for one open store: the secret that wraps patients' keys, and ciphers made ready.
 * Made by app after store_open, freed before store_close; any thread. */
#ifndef RECORDS_RECORDS_H
#define RECORDS_RECORDS_H
#include "store/store.h"

struct records;

/* Not on the desk or a reader. ERR_KEY: the secret cannot be opened with the keys at hand. */
enum err records_new(struct store *store, struct records **ret_records) MUST_USE;
void records_free(struct records *r); /* NULL allowed; secrets are wiped */

extern const struct migration records_migrations[];      /* 200 …; ends with number 0 */
extern const struct migration records_late_migrations[]; /* 310 …: after all of 2xx; ends with number 0 */

#endif
