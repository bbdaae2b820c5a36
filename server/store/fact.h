/* fact: the few values that a store keeps about itself, and the schema of the store's own tables (facts, list of
 * migrations, audit chain). Called with a transaction open, on the thread that owns the connection.
 *
 *   site         16 random bytes, made once: which chain this is
 *   anchor_seed  32 bytes: the Ed25519 seed that anchors are signed with
 *   epoch        8 bytes, big-endian: 1, and one more with each restore */
#ifndef STORE_FACT_H
#define STORE_FACT_H
#include "store/anchor.h"
#include "store/db.h"

/* ERR_NOT_FOUND: no such fact; ERR_CORRUPT: it has another length. */
enum err fact_get(struct db *db, const char *name, void *ret_bytes, size_t bytes) MUST_USE;
enum err fact_put(struct db *db, const char *name, const void *from, size_t bytes) MUST_USE;
enum err fact_get_int(struct db *db, const char *name, int64_t *ret_n) MUST_USE;
enum err fact_put_int(struct db *db, const char *name, int64_t n) MUST_USE;
/* Who signs this store's anchors. Wipe it after use. */
enum err fact_signer(struct db *db, struct anchor_signer *ret) MUST_USE;

#endif
