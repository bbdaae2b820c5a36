#include "store/fact.h"
#include "base/mem.h"

enum err fact_get(struct db *db, const char *name, void *ret_bytes, size_t bytes)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(db, "SELECT value FROM fact WHERE name = ?1", &s);
    if (err) return err;
    stmt_text(s, 1, name);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str value = stmt_get_blob(s, 0);
        if (value.bytes == bytes)
            memcpy(ret_bytes, value.at, bytes);
        else
            err = ERR_CORRUPT;
    }
    stmt_done(s);
    return err;
}

enum err fact_put(struct db *db, const char *name, const void *from, size_t bytes)
{
    struct stmt *s;
    enum err err = db_stmt(db,
                           "INSERT INTO fact(name, value) VALUES(?1, ?2)"
                           " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                           &s);
    if (err) return err;
    stmt_text(s, 1, name);
    stmt_blob(s, 2, from, bytes);
    return stmt_run(s);
}

enum err fact_get_int(struct db *db, const char *name, int64_t *ret_n)
{
    uint8_t bytes[8];
    enum err err = fact_get(db, name, bytes, sizeof bytes);
    if (err) return err;
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        n = n << 8 | bytes[i];
    *ret_n = (int64_t)n;
    return OK;
}

enum err fact_put_int(struct db *db, const char *name, int64_t n)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
    return fact_put(db, name, bytes, sizeof bytes);
}

enum err fact_signer(struct db *db, struct anchor_signer *ret)
{
    uint8_t site[ANCHOR_SITE_BYTES], seed[ANCHOR_SEED_BYTES];
    enum err err = fact_get(db, "site", site, sizeof site);
    if (!err) err = fact_get(db, "anchor_seed", seed, sizeof seed);
    if (!err) err = anchor_signer_init(ret, site, seed);
    mem_wipe(seed, sizeof seed);
    return err;
}
