/* audit_chain: the head of the audit chain in memory, and the one place that appends to it. Owned by the desk
 * thread (or by whoever holds the store without threads). server/store only.
 *
 * A row's hash is SHA-256 over: the hash before it; the fixed part, big-endian; then the six texts.
 *
 *   hash before 32 | seq 8 | epoch 8 | at 8 | outcome 1 | lengths of the texts 6 × 4 |
 *   actor | role | from | action | target | detail
 *
 * The lengths stand before all texts, so no two different rows have the same bytes. The hash before the first
 * row is SHA-256("yunqiao audit chain 1" | site id), so that a chain belongs to its site.
 *
 * Finding rows: an index on actor or action would dirty a page for each different one in each commit, a sixth of the
 * cost of a create. Instead audit_find says which blocks of AUDIT_BLOCK rows hold an actor or an action at all: a few
 * rows a block, and a query reads only those blocks (newest first: ORDER BY block DESC, seq DESC):
 *
 *   FROM audit_find f JOIN audit a ON a.seq BETWEEN f.block * 1024 AND f.block * 1024 + 1023
 *   WHERE f.kind = 1 AND f.value = ?1 AND a.actor = ?1
 *
 * audit_subject says which rows are about whose record. It is ordered by block before the subject: what is being written stays on a few
 * pages, whoever it is about, and who asks for one subject asks block by block, newest first (auth/trail). */
#ifndef STORE_AUDIT_CHAIN_H
#define STORE_AUDIT_CHAIN_H
#include "store/anchor.h"
#include "store/audit.h"
#include "store/db.h"

#define AUDIT_TEXT_BYTES_MAX 1024    /* actor, role, from, action, target */
#define AUDIT_DETAIL_BYTES_MAX 65536 /* a search's list of versions fits */

#define AUDIT_BLOCK 1024 /* the number in every query on audit_find: never to be changed */
enum audit_find_kind { AUDIT_FIND_ACTOR = 1, AUDIT_FIND_ACTION = 2 };

extern const char audit_schema[];         /* the tables, their triggers and the index on time */
extern const char audit_subject_schema[]; /* since own schema 2 (migrate.c) */

struct map;
struct audit_chain {
    struct digest *digest;
    struct audit_head head; /* as of the last append */
    struct map *found;      /* what audit_find says of `block`; NULL: not known */
    int64_t block;
};

struct digest_value audit_genesis(const uint8_t site[ANCHOR_SITE_BYTES]);
/* Reads the head from the table. ERR_NOMEM and the connection's errors. */
enum err audit_chain_load(struct audit_chain *c, struct db *db, const uint8_t site[ANCHOR_SITE_BYTES],
                          int64_t epoch) MUST_USE;
void audit_chain_done(struct audit_chain *c);
/* Inside the caller's transaction. ERR_LIMIT: a text is too long (nothing was written). */
enum err audit_chain_append(struct audit_chain *c, struct db *db, struct instant at,
                            const struct audit_row *row) MUST_USE;
/* After a transaction was rolled back: the head that was before it. */
void audit_chain_back(struct audit_chain *c, const struct audit_head *before);
bool audit_row_fits(const struct audit_row *row);
/* The row at seq: ERR_NOT_FOUND, or its epoch and hash. */
enum err audit_chain_at(struct db *db, int64_t seq, struct audit_head *ret) MUST_USE;

#endif
