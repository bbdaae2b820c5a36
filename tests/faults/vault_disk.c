/* A disk that is full, or fails at the n-th read or write: the transaction is refused and rolled back, the state
 * before it stands, and once the disk is well again work goes on. */
#include "../unit/vault/world.h"
#include "base/log.h"
#include "vault_sync.h"
#include <errno.h>
#include <unistd.h>

static long calls_left; /* until the disk fails; it stays so until it is mended */
static int failing_with;
static bool fails_reads;

static bool disk_fails(void)
{
    if (!failing_with) return false;
    if (calls_left > 0 && --calls_left > 0) return false;
    errno = failing_with;
    return true;
}

static ssize_t failing_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    if (fails_reads || !disk_fails()) return pwrite(fd, bytes, n, at);
    /* What a full disk does: part of it goes through. */
    size_t part = n / 2;
    if (failing_with == ENOSPC && part && pwrite(fd, bytes, part, at) < 0) return -1;
    errno = failing_with;
    return -1;
}

static ssize_t failing_pread(int fd, void *bytes, size_t n, off_t at)
{
    if (!fails_reads || !disk_fails()) return pread(fd, bytes, n, at);
    return -1;
}

static void disk_watch(void)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    failing_with = 0;
    CHECK(os->xSetSystemCall(os, "pwrite64", (sqlite3_syscall_ptr)failing_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "pwrite", (sqlite3_syscall_ptr)failing_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "pread64", (sqlite3_syscall_ptr)failing_pread) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "pread", (sqlite3_syscall_ptr)failing_pread) == SQLITE_OK);
}

static void disk_unwatch(void)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    failing_with = 0;
    CHECK(os->xSetSystemCall(os, NULL, NULL) == SQLITE_OK);
}

static void disk_break(int with, long after, bool reads)
{
    failing_with = with;
    calls_left = after;
    fails_reads = reads;
}

static void disk_mend(void)
{
    failing_with = 0;
}

struct story {
    int with;
    bool reads;
    enum err expected;
};

/* One transaction after the other, each failing once at its n-th call, n growing until it goes through. */
static void run_story(const struct story *story, int64_t transactions)
{
    struct world w;
    disk_watch();
    world_start(&w);
    model_schema(w.db);
    log_to(-1);
    long refused = 0;
    for (int64_t n = 1; n <= transactions; n++) {
        enum err err = ERR_IO;
        for (long after = 1; err != OK; after++) {
            CHECK(after < 2000);
            if (story->reads) { /* from the disk, not the cache */
                world_reopen(&w);
                CHECK_OK(db_exec(w.db, "PRAGMA cache_size = 8"));
            }
            disk_break(story->with, after, story->reads);
            err = model_run(w.db, n);
            disk_mend();
            if (err == OK) break;
            CHECK_ERR(err, story->expected);
            CHECK(!db_in_transaction(w.db));
            CHECK_INT(model_check(w.db), n - 1);
            refused++;
        }
        if (n % 3 == 0) { /* and the same for checkpoints */
            err = ERR_IO;
            for (long after = 1; err != OK; after++) {
                CHECK(after < 2000);
                disk_break(story->with, after, story->reads);
                err = db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL);
                disk_mend();
                CHECK(err == OK || err == story->expected);
                CHECK_INT(model_check(w.db), n);
            }
        }
        CHECK_INT(model_check(w.db), n);
        if (n % 4 == 0) {
            world_reopen(&w);
            CHECK_INT(model_check(w.db), n);
            CHECK(is_whole(w.db));
        }
    }
    log_to(2);
    CHECK(refused > 0);
    disk_unwatch();
    world_end(&w);
}

TEST(a_full_disk_refuses_and_recovers)
{
    run_story(&(struct story){ENOSPC, false, ERR_DISK_FULL}, check_count(12, 120));
}

TEST(a_full_quota_is_told_as_a_full_disk)
{
    run_story(&(struct story){EDQUOT, false, ERR_DISK_FULL}, 4);
}

TEST(a_failing_write_refuses_and_recovers)
{
    run_story(&(struct story){EIO, false, ERR_IO}, check_count(12, 120));
}

TEST(a_failing_read_refuses_and_recovers)
{
    run_story(&(struct story){EIO, true, ERR_IO}, check_count(6, 60));
}

/* What a failed sync leaves on the disk is unknown: the transaction is refused, and written anew by the next. */
TEST(a_failing_sync_refuses_and_recovers)
{
    struct world w;
    int64_t n = 0;
    world_start(&w);
    model_schema(w.db);
    for (int turn = 0; turn < 20; turn++) {
        CHECK_OK(model_run(w.db, ++n));
        sync_fails_at = 1;
        CHECK_ERR(model_run(w.db, n + 1), ERR_IO);
        CHECK_INT(sync_fails_at, 0);
        CHECK(!db_in_transaction(w.db));
        CHECK_INT(model_check(w.db), n);
        CHECK_OK(model_run(w.db, ++n));
        for (long at = 1; at <= 2; at++) { /* of the log, then of the main file */
            sync_fails_at = at;
            CHECK_ERR(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL), ERR_IO);
            CHECK_INT(sync_fails_at, 0);
        }
        CHECK_OK(db_checkpoint(w.db, turn % 2 ? DB_CHECKPOINT_TRUNCATE : DB_CHECKPOINT_RESTART, NULL));
        if (turn % 5 == 0) world_reopen(&w);
        CHECK_INT(model_check(w.db), n);
    }
    CHECK(is_whole(w.db));
    world_end(&w);
}

TEST(a_store_cannot_be_made_on_a_full_disk_and_can_be_later)
{
    struct db *db;
    struct vault *v = world_vault(key_one, "one");
    char path[96];
    snprintf(path, sizeof path, "%s/x.db", check_tmp_dir());
    disk_watch();
    disk_break(ENOSPC, 1, false);
    CHECK_ERR(db_open(v, path, DB_CREATE, &db), ERR_DISK_FULL);
    disk_mend();
    CHECK(unlink(path) == 0); /* as whoever makes it under a temporary name does */
    (void)unlink(with_tail(path, "-wal"));
    CHECK_OK(db_open(v, path, DB_CREATE, &db));
    model_schema(db);
    db_close(db);
    disk_unwatch();
    check_zero_counters(v);
    vault_free(v);
}
