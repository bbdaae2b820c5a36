/* migrate_run: brings an open store up to the given table. The store's own tables come first (number 0), made with
 * a new site id and signing key. server/store only; the thread that owns the connection, no transaction open. */
#ifndef STORE_MIGRATE_RUN_H
#define STORE_MIGRATE_RUN_H
#include "store/db.h"
#include "store/migrate.h"

/* Each missing step in a transaction of its own. ERR_NEWER: the store knows steps that the table does not.
 * *ret_schema: the last number, 0 when there are no steps. ret_why: a sentence, on failure. */
enum err migrate_run(struct db *db, const struct migration *table, struct instant now, int *ret_schema,
                     char ret_why[256]) MUST_USE;

#endif
