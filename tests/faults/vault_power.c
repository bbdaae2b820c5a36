/* Power loss, simulated: what was synced stands; of what was written since, each 512-byte sector is there or not,
 * and so is each growth of a file. The world is stopped before a chosen write, a disk is made of what could be on
 * it, and that is opened. */
#include "../unit/vault/world.h"
#include "base/log.h"
#include "store/scrub.h"
#include "vault_sync.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 2, SECTOR = 512, IMAGE_BYTES_MAX = 4 << 20 };

static struct platter { /* what is surely on the disk */
    uint8_t *bytes;
    int64_t n;
    int64_t cut; /* the file was cut to this since; -1: it was not */
} platters[FILES];
static bool is_watching;
static long writes_left; /* until the loss */
static char main_path[96], lost_path[128];
static bool is_lost;

static void image_read(const char *path, uint8_t *room, int64_t *ret_n)
{
    int64_t n = file_bytes(path);
    CHECK(n <= IMAGE_BYTES_MAX);
    if (n > 0) file_read_at(path, 0, room, (size_t)n);
    *ret_n = n > 0 ? n : 0;
}

static const char *path_of(int i)
{
    return i ? with_tail(main_path, "-wal") : main_path;
}

static int platter_of(const struct stat *st)
{
    for (int i = 0; i < FILES; i++) {
        struct stat of;
        if (stat(path_of(i), &of) == 0 && of.st_ino == st->st_ino) return i;
    }
    return -1;
}

static void platter_take(int i)
{
    image_read(path_of(i), platters[i].bytes, &platters[i].n);
    platters[i].cut = -1;
}

/* Sector by sector: the synced or the written content; the length is one of those in between. */
static void file_lose(const struct platter *p, const char *from, const char *to)
{
    static uint8_t now[IMAGE_BYTES_MAX], out[IMAGE_BYTES_MAX];
    int64_t n, old_n = p->n;
    image_read(from, now, &n);
    if (p->cut >= 0) {
        if (dice(2) == 0) { /* the cut did not make it, nor what was written to fresh blocks after it */
            memcpy(now, p->bytes, (size_t)p->n);
            n = p->n;
        } else if (p->cut < old_n) {
            old_n = p->cut;
        }
    }
    int64_t longest = n > old_n ? n : old_n, shortest = n < old_n ? n : old_n;
    int64_t length = shortest + (longest > shortest ? (int64_t)dice((uint64_t)(longest - shortest + 1)) : 0);
    if (dice(3) == 0) length = longest;
    int odds = (int)dice(4); /* of 4: how much of it made it */
    for (int64_t at = 0; at < length; at += SECTOR) {
        for (int64_t i = at; i < at + SECTOR && i < length; i++)
            out[i] = 0;
        bool is_written = (int)dice(4) <= odds;
        const uint8_t *of = is_written ? now : p->bytes;
        int64_t of_n = is_written ? n : old_n;
        for (int64_t i = at; i < at + SECTOR && i < length && i < of_n; i++)
            out[i] = of[i];
    }
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, out, (size_t)length) == length);
    close(fd);
}

static void lose_power(void)
{
    is_lost = true;
    for (int i = 0; i < FILES; i++)
        file_lose(&platters[i], path_of(i), with_tail(lost_path, i ? "-wal" : ""));
}

static ssize_t watched_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    if (is_watching && writes_left > 0 && --writes_left == 0) lose_power();
    return pwrite(fd, bytes, n, at);
}

static int watched_truncate(int fd, off_t n)
{
    struct stat st;
    if (!is_watching) return ftruncate(fd, n);
    if (writes_left > 0 && --writes_left == 0) lose_power();
    int i = fstat(fd, &st) == 0 ? platter_of(&st) : -1;
    if (i >= 0 && (platters[i].cut < 0 || n < platters[i].cut)) platters[i].cut = n;
    return ftruncate(fd, n);
}

static void watched_sync(int fd, int after)
{
    struct stat st;
    if (!is_watching || fstat(fd, &st) != 0) return;
    if (!after && writes_left > 0 && --writes_left == 0) lose_power();
    int i = platter_of(&st);
    if (after && i >= 0) platter_take(i);
}

static void watch_start(const char *path)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    snprintf(main_path, sizeof main_path, "%s", path);
    snprintf(lost_path, sizeof lost_path, "%s.lost", path);
    for (int i = 0; i < FILES; i++) {
        platters[i].bytes = mem_alloc(IMAGE_BYTES_MAX);
        platter_take(i);
    }
    CHECK(os->xSetSystemCall(os, "pwrite64", (sqlite3_syscall_ptr)watched_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "pwrite", (sqlite3_syscall_ptr)watched_pwrite) == SQLITE_OK);
    CHECK(os->xSetSystemCall(os, "ftruncate", (sqlite3_syscall_ptr)watched_truncate) == SQLITE_OK);
    sync_watch = watched_sync;
    is_watching = true;
}

static void watch_end(void)
{
    sqlite3_vfs *os = sqlite3_vfs_find(NULL);
    is_watching = false;
    sync_watch = NULL;
    CHECK(os->xSetSystemCall(os, NULL, NULL) == SQLITE_OK);
    for (int i = 0; i < FILES; i++)
        mem_free(platters[i].bytes);
}

/* Opens the disk that is left: whole, and no older than what had been acknowledged. */
static void check_lost(struct vault *v, int64_t acknowledged, int64_t begun)
{
    struct db *db;
    struct scrub scrub;
    bool more = true;
    is_watching = false;
    CHECK_OK(db_open(v, lost_path, DB_WRITE, &db));
    int64_t held = model_check(db);
    if (held < acknowledged || held > begun)
        check_fail(__FILE__, __LINE__, "holds %" PRId64 ", acknowledged %" PRId64 ", begun %" PRId64, held,
                   acknowledged, begun);
    CHECK(is_whole(db));
    CHECK_OK(model_run(db, held + 1)); /* and it works on */
    CHECK_OK(db_checkpoint(db, DB_CHECKPOINT_TRUNCATE, NULL));
    scrub_init(&scrub, db);
    while (more)
        CHECK_OK(scrub_step(&scrub, 100, &more));
    CHECK_INT(scrub.bad, 0);
    CHECK_INT(model_check(db), held + 1);
    db_close(db);
    is_watching = true;
}

TEST(power_loss_at_any_write_leaves_a_whole_state)
{
    static const enum db_checkpoint modes[] = {DB_CHECKPOINT_PASSIVE, DB_CHECKPOINT_RESTART,
                                               DB_CHECKPOINT_TRUNCATE};
    struct world w;
    world_start(&w);
    model_schema(w.db);
    CHECK_OK(db_exec(w.db, "PRAGMA cache_size = 12")); /* transactions spill, and are rewritten in place */
    watch_start(w.path);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    log_to(-1);
    int64_t n = 0;
    for (long losses = 0, wanted = check_count(150, 3000); losses < wanted;) {
        is_lost = false;
        writes_left = 1 + (long)dice(60);
        int64_t acknowledged = n;
        while (!is_lost) {
            acknowledged = n;
            if (n % 6 == 5) { /* a large one, rolled back: its frames stay behind */
                CHECK_OK(db_begin(w.db));
                for (int i = 1; i <= 120; i++)
                    CHECK_OK(person_put(w.db, 1000 + i, n));
                db_rollback(w.db);
            }
            if (!is_lost) CHECK_OK(model_run(w.db, ++n));
            if (!is_lost) acknowledged = n;
            if (!is_lost && n % 4 == 0) {
                enum err err = db_checkpoint(w.db, modes[n / 4 % 3], NULL);
                CHECK_OK(err);
            }
        }
        check_lost(w.vault, acknowledged, n);
        losses++;
    }
    log_to(2);
    watch_end();
    CHECK_INT(model_check(w.db), n);
    db_close(w.db);
    struct vault_counters c;
    vault_counters(w.vault, &c);
    CHECK_INT(c.log_damage, 0); /* a torn end was never taken for damage */
    CHECK(c.log_tails > 10 && c.in_place > 10);
    CHECK_INT(c.odd_io + c.dirty_reserve + c.refused_files + c.zero_pages + c.past_end, 0);
    vault_free(w.vault);
}
