/* The write-scanner: every write(2) that SQLite makes is searched for words that must not reach the disk, and every
 * file afterwards. The control run, on a plain database, proves that the scanner finds them. */
#include "world.h"
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#define CANARY "zinnobergruen"

static const struct {
    const char *at;
    size_t bytes;
} needles[] = {
    {CANARY, sizeof CANARY - 1}, {"z\0i\0n\0n\0o\0b\0e\0r\0", 16}, /* UTF-16 */
    {"CREATE TABLE", 12},        {"CREATE INDEX", 12},
    {"SQLite format 3", 15},     {"person_by_name", 14},
};

static long writes, writes_found;

static bool holds_needle(const void *bytes, size_t n)
{
    for (size_t i = 0; i < COUNT_OF(needles); i++)
        if (memmem(bytes, n, needles[i].at, needles[i].bytes)) return true;
    return false;
}

static ssize_t scanned_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    writes++;
    writes_found += holds_needle(bytes, n);
    return pwrite(fd, bytes, n, at);
}

static ssize_t scanned_write(int fd, const void *bytes, size_t n)
{
    writes++;
    writes_found += holds_needle(bytes, n);
    return write(fd, bytes, n);
}

static void scan_start(void)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    writes = writes_found = 0;
    CHECK(os->xSetSystemCall(os, "pwrite64", (sqlite3_syscall_ptr)scanned_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "pwrite", (sqlite3_syscall_ptr)scanned_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "write", (sqlite3_syscall_ptr)scanned_write) == SQLITE_OK);
}

static void scan_end(void)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    CHECK(os->xSetSystemCall(os, NULL, NULL) == SQLITE_OK); /* all back */
}

/* Files of a folder that hold a needle. */
static int files_found(const char *path, int *ret_files)
{
    static uint8_t room[8 << 20];
    char folder[128], name[400];
    int found = 0;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    DIR *dir = opendir(folder);
    struct dirent *entry;
    CHECK(dir != NULL);
    *ret_files = 0;
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(name, "rb");
        CHECK(file != NULL);
        found += holds_needle(room, fread(room, 1, sizeof room, file));
        CHECK(feof(file));
        fclose(file);
        ++*ret_files;
    }
    closedir(dir);
    return found;
}

static const char *const work[] = {
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note TEXT) STRICT",
    "CREATE INDEX person_by_name ON person(name, note)",
    "CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'trigram')",
    "PRAGMA cache_size = 8",
    "BEGIN",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)"
    " INSERT INTO person SELECT i, '" CANARY "-' || i, hex(zeroblob(i)) || 'is " CANARY "' FROM n",
    "INSERT INTO words SELECT name FROM person",
    "UPDATE person SET note = note || ' " CANARY "'",
    "COMMIT",
    "PRAGMA wal_checkpoint(PASSIVE)",
    "DELETE FROM person WHERE id % 3 = 0",
    "CREATE TEMP TABLE sorted AS SELECT * FROM person ORDER BY note DESC",
    "PRAGMA wal_checkpoint(RESTART)",
    "INSERT INTO person SELECT id + 1000, name || '+', note FROM person",
};

static void plain_exec(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        check_fail(__FILE__, __LINE__, "%s: %s", sql, why);
}

TEST(control_a_plain_database_is_found_out_by_the_scanner)
{
    char path[96];
    sqlite3 *db;
    int files;
    snprintf(path, sizeof path, "%s/plain.db", check_tmp_dir());
    scan_start();
    CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    plain_exec(db, "PRAGMA journal_mode = WAL");
    for (size_t i = 0; i < COUNT_OF(work); i++)
        plain_exec(db, work[i]);
    CHECK(files_found(path, &files) >= 2);
    sqlite3_close(db);
    scan_end();
    CHECK(writes > 100);
    CHECK(writes_found > writes / 4);
}

TEST(no_write_of_a_vault_holds_a_word_of_it)
{
    struct world w;
    struct db *copy;
    struct db_copy *c;
    int64_t left, total;
    int files;
    snprintf(w.path, sizeof w.path, "%s/yunqiao.db", check_tmp_dir());
    w.vault = world_vault(key_one, "one");
    scan_start();
    CHECK_OK(db_open(w.vault, w.path, DB_CREATE, &w.db));
    for (size_t i = 0; i < COUNT_OF(work); i++)
        CHECK_OK(db_exec(w.db, work[i]));
    CHECK_OK(db_vacuum(w.db));
    CHECK_OK(db_open(w.vault, with_tail(w.path, ".copy"), DB_CREATE, &copy));
    CHECK_OK(db_copy_new(w.db, copy, &c));
    CHECK_OK(db_copy_step(c, -1, &left, &total));
    CHECK_INT(left, 0);
    db_copy_free(c);
    CHECK_INT(ask_int(copy, "SELECT count(*) FROM person WHERE name LIKE '%" CANARY "%'"), 534);
    CHECK_INT(files_found(w.path, &files), 0);
    CHECK_INT(files, 4);
    CHECK_OK(db_checkpoint(copy, DB_CHECKPOINT_TRUNCATE, NULL));
    db_close(copy);
    scan_end();
    CHECK(writes > 100);
    CHECK_INT(writes_found, 0);
    CHECK_INT(files_found(w.path, &files), 0);
    world_end(&w);
}
