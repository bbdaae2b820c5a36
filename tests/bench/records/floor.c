#include "tests/bench/records/floor.h"
#include "base/clock.h"
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENTS = 300, GROUP = 64, INDEX_ROWS = 10 };

static sqlite3 *db;

static void must(int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW) return;
    fprintf(stderr, "floor: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *s;
    must(sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    return s;
}

static void run(sqlite3_stmt *s)
{
    must(sqlite3_step(s));
    must(sqlite3_reset(s));
}

static double create(long n)
{
    char id[40], body[700] = "x";
    sqlite3_stmt *put = prepare("INSERT INTO resource (row, id, body) VALUES (?1, ?2, ?3)"),
                 *entry = prepare("INSERT INTO entry (param, value, row) VALUES (?1, ?2, ?3)");
    int64_t from = clock_tick_us();
    for (long i = 0; i < n; i++) {
        if (i % GROUP == 0) must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        snprintf(id, sizeof id, "%036ld", i);
        must(sqlite3_bind_int64(put, 1, i + 1));
        must(sqlite3_bind_text(put, 2, id, -1, SQLITE_STATIC));
        must(sqlite3_bind_blob(put, 3, body, sizeof body, SQLITE_STATIC));
        run(put);
        for (int k = 0; k < INDEX_ROWS; k++) {
            must(sqlite3_bind_int(entry, 1, k));
            must(sqlite3_bind_int64(entry, 2, k == 0 ? i % PATIENTS : k * 1000003L + i % 100));
            must(sqlite3_bind_int64(entry, 3, i + 1));
            run(entry);
        }
        if (i % GROUP == GROUP - 1 || i == n - 1) must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    }
    double rate = (double)n * 1e6 / (double)(clock_tick_us() - from);
    sqlite3_finalize(put);
    sqlite3_finalize(entry);
    return rate;
}

static double read_by_id(long n)
{
    char id[40];
    sqlite3_stmt *s = prepare("SELECT body FROM resource WHERE id = ?1");
    int64_t from = clock_tick_us();
    for (long i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%036ld", i * 7919 % n);
        must(sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC));
        run(s);
    }
    double rate = (double)n * 1e6 / (double)(clock_tick_us() - from);
    sqlite3_finalize(s);
    return rate;
}

static double search(long n)
{
    sqlite3_stmt *s = prepare("SELECT r.id, r.body FROM entry e JOIN resource r ON r.row = e.row"
                              " WHERE e.param = 0 AND e.value = ?1 ORDER BY e.row DESC LIMIT 20");
    int64_t from = clock_tick_us(), bytes = 0;
    for (long i = 0; i < n; i++) {
        must(sqlite3_bind_int64(s, 1, i % PATIENTS));
        while (sqlite3_step(s) == SQLITE_ROW)
            bytes += sqlite3_column_bytes(s, 1);
        must(sqlite3_reset(s));
    }
    double rate = (double)n * 1e6 / (double)(clock_tick_us() - from);
    sqlite3_finalize(s);
    return bytes > 0 ? rate : 0;
}

static struct floor_told measure(const char *dir, long n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/floor.db", dir);
    must(sqlite3_open(path, &db));
    must(sqlite3_exec(
        db,
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE resource (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL);"
        "CREATE TABLE entry (param INTEGER, value INTEGER, row INTEGER,"
        " PRIMARY KEY (param, value, row)) WITHOUT ROWID;",
        NULL, NULL, NULL));
    struct floor_told told = {.creates = create(n)};
    told.reads = read_by_id(n);
    told.searches = search(n);
    sqlite3_close(db);
    return told;
}

/* In a process of its own: SQLite takes the store's memory and settings only before it has been used. */
struct floor_told floor_measure(const char *dir, long n)
{
    struct floor_told told;
    int way[2], status;
    if (pipe(way) != 0) exit(1);
    pid_t child = fork();
    if (child == 0) {
        told = measure(dir, n);
        _exit(write(way[1], &told, sizeof told) == (ssize_t)sizeof told ? 0 : 1);
    }
    close(way[1]);
    bool is_told = child > 0 && read(way[0], &told, sizeof told) == (ssize_t)sizeof told;
    close(way[0]);
    if (!is_told || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "floor: not measured\n");
        exit(1);
    }
    return told;
}
