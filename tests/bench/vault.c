/* What sealing costs: a page alone, durable creates in groups (as the desk commits them) and one by one, sealed
 * beside plain SQLite with the same settings, taken in turns (A B A B), the median of the turns' ratios. Rows are
 * made the way a clinical create makes them: a body, its search entries, an audit row. `figure` lines are for
 * machines. bench_vault [FOLDER]: the files go into a fresh folder there (default: the current one). */
#include "base/cipher.h"
#include "base/clock.h"
#include "store/db_open.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { TURNS = 5, BODY_BYTES = 700, SEARCH_ROWS = 4, LOG_BYTES_MAX = 4 << 20 };

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_vault: %s failed\n", what);
    exit(1);
}

/* -- one page -- */

static void bench_page(void)
{
    enum { PAGES = 50000, BYTES = VAULT_PAGE_BYTES - VAULT_RESERVE_BYTES };
    static uint8_t page[BYTES], sealed[BYTES], key[CIPHER_KEY_BYTES] = {1};
    uint8_t nonce[CIPHER_NONCE_BYTES], tag[CIPHER_TAG_BYTES], ad[24] = {0};
    double best_seal = 1e9, best_open = 1e9;
    struct cipher *c = cipher_new(key);
    must(c != NULL, "cipher_new");
    for (int turn = 0; turn < TURNS; turn++) {
        int64_t start = clock_tick_us();
        for (int i = 0; i < PAGES; i++)
            must(cipher_seal(c, ad, sizeof ad, page, BYTES, sealed, nonce, tag) == OK, "seal");
        double us = (double)(clock_tick_us() - start) / PAGES;
        if (us < best_seal) best_seal = us;
        start = clock_tick_us();
        for (int i = 0; i < PAGES; i++)
            must(cipher_open(c, nonce, tag, ad, sizeof ad, sealed, BYTES, page) == OK, "open");
        us = (double)(clock_tick_us() - start) / PAGES;
        if (us < best_open) best_open = us;
    }
    cipher_free(c);
    printf("figure vault_seal_page_us %.2f\nfigure vault_open_page_us %.2f\n", best_seal, best_open);
}

/* -- creates -- */

static const char schema[] =
    "CREATE TABLE resource (id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (id, "
    "version))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE entry (param INTEGER NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,"
    " PRIMARY KEY (param, value, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE trail (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, hash BLOB NOT "
    "NULL) STRICT";

struct side { /* sealed or plain */
    struct db *db;
    sqlite3 *handle;
    sqlite3_stmt *resource, *entry, *trail, *begin, *commit;
    int64_t made, cpu_us;
};

static sqlite3_stmt *prepared(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *s = NULL;
    must(sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) == SQLITE_OK, sql);
    return s;
}

static void side_prepare(struct side *s)
{
    must(sqlite3_exec(s->handle, schema, NULL, NULL, NULL) == SQLITE_OK, "schema");
    s->resource = prepared(s->handle, "INSERT INTO resource VALUES (?1, 1, ?2)");
    s->entry = prepared(s->handle, "INSERT INTO entry VALUES (?1, ?2, ?3)");
    s->trail = prepared(s->handle, "INSERT INTO trail VALUES (?1, ?2, ?3, ?4)");
    s->begin = prepared(s->handle, "BEGIN IMMEDIATE");
    s->commit = prepared(s->handle, "COMMIT");
}

static void sealed_open(struct side *s, struct vault *v, const char *path)
{
    *s = (struct side){0};
    must(db_open(v, path, DB_CREATE, &s->db) == OK, "db_open");
    s->handle = db_handle(s->db);
    side_prepare(s);
}

static void plain_open(struct side *s, const char *path)
{
    *s = (struct side){0};
    must(sqlite3_open_v2(path, &s->handle, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                         NULL) == SQLITE_OK,
         "sqlite3_open");
    must(
        sqlite3_exec(s->handle,
                     "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA temp_store = MEMORY;"
                     "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;"
                     "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0; PRAGMA cell_size_check = ON",
                     NULL, NULL, NULL) == SQLITE_OK,
        "pragmas");
    side_prepare(s);
}

static void side_close(struct side *s)
{
    sqlite3_stmt *all[] = {s->resource, s->entry, s->trail, s->begin, s->commit};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        sqlite3_finalize(all[i]);
    if (s->db)
        db_close(s->db);
    else
        sqlite3_close(s->handle);
}

static void run(sqlite3_stmt *s)
{
    must(sqlite3_step(s) == SQLITE_DONE, "step");
    sqlite3_reset(s);
}

static void create_one(struct side *s)
{
    static char body[BODY_BYTES];
    static const uint8_t hash[32] = {1};
    char id[40], value[40];
    uint64_t mixed = (uint64_t)++s->made * 0x9E3779B97F4A7C15u;
    snprintf(id, sizeof id, "%016llx-%08llx", (unsigned long long)mixed, (unsigned long long)s->made);
    snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"note\":\"", id);
    sqlite3_bind_text(s->resource, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s->resource, 2, body, BODY_BYTES, SQLITE_STATIC);
    run(s->resource);
    for (int i = 0; i < SEARCH_ROWS; i++) {
        snprintf(value, sizeof value, "%llx", (unsigned long long)(mixed >> (i * 8) & 0xffffff));
        sqlite3_bind_int(s->entry, 1, i);
        sqlite3_bind_text(s->entry, 2, value, -1, SQLITE_STATIC);
        sqlite3_bind_text(s->entry, 3, id, -1, SQLITE_STATIC);
        run(s->entry);
    }
    sqlite3_bind_int64(s->trail, 1, s->made);
    sqlite3_bind_int64(s->trail, 2, (int64_t)mixed);
    sqlite3_bind_text(s->trail, 3, id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s->trail, 4, hash, sizeof hash, SQLITE_STATIC);
    run(s->trail);
}

static int64_t cpu_us(void)
{
    struct rusage use;
    must(getrusage(RUSAGE_SELF, &use) == 0, "getrusage");
    return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec +
           use.ru_stime.tv_usec;
}

/* Creates a second; checkpoints as the desk does, when the log has grown to its limit. */
static double creates(struct side *s, int count, int group)
{
    int64_t start = clock_tick_us(), cpu = cpu_us(), pages = 0;
    for (int done = 0; done < count; done += group) {
        run(s->begin);
        for (int i = 0; i < group; i++)
            create_one(s);
        run(s->commit);
        pages += group; /* about as many as rows; the same for both sides */
        if (pages * VAULT_PAGE_BYTES < LOG_BYTES_MAX) continue;
        pages = 0;
        must(sqlite3_wal_checkpoint_v2(s->handle, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL) == SQLITE_OK,
             "checkpoint");
    }
    s->cpu_us += cpu_us() - cpu;
    return count * 1e6 / (double)(clock_tick_us() - start);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_creates(struct vault *v, const char *folder, const char *name, int count, int group)
{
    double ratios[TURNS], sealed_best = 0, plain_best = 0;
    int64_t sealed_cpu = 0, plain_cpu = 0;
    char path[2][512];
    for (int turn = 0; turn < TURNS; turn++) {
        struct side sealed, plain;
        snprintf(path[0], sizeof path[0], "%s/sealed-%s-%d.db", folder, name, turn);
        snprintf(path[1], sizeof path[1], "%s/plain-%s-%d.db", folder, name, turn);
        sealed_open(&sealed, v, path[0]);
        plain_open(&plain, path[1]);
        double got[2][2];
        for (int half = 0; half < 2; half++) { /* the second half works on a file that has grown */
            got[half][0] = creates(&sealed, count / 2, group);
            got[half][1] = creates(&plain, count / 2, group);
        }
        side_close(&sealed);
        side_close(&plain);
        sealed_cpu += sealed.cpu_us;
        plain_cpu += plain.cpu_us;
        double a = 2 / (1 / got[0][0] + 1 / got[1][0]), b = 2 / (1 / got[0][1] + 1 / got[1][1]);
        ratios[turn] = a / b;
        if (a > sealed_best) sealed_best = a;
        if (b > plain_best) plain_best = b;
    }
    qsort(ratios, TURNS, sizeof ratios[0], by_size);
    printf("figure vault_%s_creates_per_s %.0f\nfigure plain_%s_creates_per_s %.0f\n", name, sealed_best,
           name, plain_best);
    printf("figure vault_%s_ratio %.2f (%.2f..%.2f)\n", name, ratios[TURNS / 2], ratios[0],
           ratios[TURNS - 1]);
    printf("figure vault_%s_cpu_us %.1f\nfigure plain_%s_cpu_us %.1f\n", name,
           (double)sealed_cpu / (count * TURNS), name, (double)plain_cpu / (count * TURNS));
}

static void files_remove(const char *folder)
{
    static const char *const kinds[] = {"sealed-grouped", "plain-grouped", "sealed-single", "plain-single"};
    static const char *const tails[] = {"", "-wal", "-shm"};
    char path[512];
    for (size_t kind = 0; kind < COUNT_OF(kinds); kind++)
        for (size_t tail = 0; tail < COUNT_OF(tails); tail++)
            for (int turn = 0; turn < TURNS; turn++) {
                snprintf(path, sizeof path, "%s/%s-%d.db%s", folder, kinds[kind], turn, tails[tail]);
                (void)unlink(path);
            }
    (void)rmdir(folder);
}

int main(int argc, char **argv)
{
    static const uint8_t key[VAULT_KEY_BYTES] = {9};
    char folder[400];
    struct vault *v;
    snprintf(folder, sizeof folder, "%.360s/bench-vault-XXXXXX", argc > 1 ? argv[1] : ".");
    must(mkdtemp(folder) != NULL, "mkdtemp");
    must(vault_new(&v) == OK && vault_add_key(v, key, "bench") == OK, "vault_new");
    bench_page();
    bench_creates(v, folder, "grouped", 12000, 32);
    bench_creates(v, folder, "single", 1000, 1);
    vault_free(v);
    files_remove(folder);
    return 0;
}
