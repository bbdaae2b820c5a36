/* world: a folder, a vault with one key and a sealed database to work on; shared by the vault's tests. */
#ifndef TESTS_VAULT_WORLD_H
#define TESTS_VAULT_WORLD_H
#include "../check.h"
#include "store/db_open.h"

struct world {
    char path[96]; /* of the database */
    struct vault *vault;
    struct db *db; /* opened DB_CREATE */
};

extern const uint8_t key_one[VAULT_KEY_BYTES], key_two[VAULT_KEY_BYTES];

/* Ends the test on failure. */
void world_start(struct world *w);
void world_end(struct world *w); /* the counters that must stay 0 are 0 */
/* Closes and opens again, as a fresh process would (the wal-index is lost). */
void world_reopen(struct world *w);
enum err world_try_reopen(struct world *w);
struct vault *world_vault(const uint8_t *key, const char *name);
void check_zero_counters(const struct vault *v);

/* person(id, name, note): what tests write. Content is a function of id and version, so that it can be checked. */
void person_schema(struct db *db);
enum err person_put(struct db *db, int64_t id, int64_t version);
/* Counts rows whose content is not that of their id and version. */
int64_t persons_wrong(struct db *db, int64_t *ret_rows);
int64_t ask_int(struct db *db, const char *sql);
bool ask_text_is(struct db *db, const char *sql, const char *text);
bool is_whole(struct db *db); /* PRAGMA integrity_check */

/* The model: transaction n writes a few persons with version n, and n itself into mark; what stands after n of them
 * is known, so that whatever survives a crash can be compared whole. */
enum { MODEL_PERSONS = 200 };
void model_schema(struct db *db);
enum err model_run(struct db *db, int64_t n); /* begin to commit */
/* The number of transactions that the database holds; -1: it is no state that ever was. */
int64_t model_check(struct db *db);

/* Raw files. */
int64_t file_bytes(const char *path);
void file_flip(const char *path, int64_t bit);
void file_copy(const char *from, const char *to);
void file_cut(const char *path, int64_t bytes);
void file_read_at(const char *path, int64_t at, void *ret, size_t bytes);
void file_write_at(const char *path, int64_t at, const void *from, size_t bytes);
const char *with_tail(const char *path, const char *tail); /* one of eight static rooms */

/* A repeatable random stream for tests. */
uint64_t dice(uint64_t below);
void dice_seed(uint64_t seed);

#endif
