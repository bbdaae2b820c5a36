/* A disk without room: refused as such, nothing half kept, and it goes on by itself when there is room again. The disk
 * is a tmpfs of a few MiB in a mount namespace of this process's own; where that may not be made, it is skipped. */
#include "../unit/store/kit.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void small_disk(const char *at, const char *size)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        check_skip("a mount namespace of our own needs root");
    CHECK(mkdir(at, 0700) == 0 || errno == EEXIST);
    if (mount("none", at, "tmpfs", 0, size) != 0) check_skip("a tmpfs cannot be mounted here");
}

static void ballast(const char *path, size_t bytes)
{
    static const char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CHECK(fd >= 0);
    for (size_t n = 0; n < bytes; n += sizeof block)
        CHECK(write(fd, block, sizeof block) == (ssize_t)sizeof block);
    close(fd);
}

enum { NOTES_MAX = 1000 };

/* Puts notes until one is refused; returns how many were taken. */
static int put_until_full(struct kit *k, int from, enum err *ret_err)
{
    enum { TEXT_BYTES = 20000 };
    static char text[TEXT_BYTES];
    for (int i = from; i < from + NOTES_MAX; i++) {
        memset(text, 'a' + i % 26, sizeof text - 1);
        int n = snprintf(text, 32, "note %d", i);
        text[n] = ' ';
        *ret_err = kit_put(k, text);
        if (*ret_err) return i - from;
    }
    return NOTES_MAX;
}

static void refused_then_recovers(bool threads)
{
    struct kit k;
    struct store_state st;
    enum err err;
    char big[160];
    kit_init(&k);
    small_disk(k.dir, "size=12m");
    snprintf(big, sizeof big, "%s/ballast", k.dir);
    ballast(big, 6 << 20);
    k.settings.threads = threads;
    k.settings.readers = 1;
    CHECK_OK(kit_open(&k));
    int taken = put_until_full(&k, 0, &err);
    CHECK_ERR(err, ERR_DISK_FULL);
    CHECK(taken > 10);
    store_state(k.store, &st);
    CHECK(st.disk_full);
    CHECK_INT(st.head.seq, taken);
    CHECK_INT(kit_count(&k), taken); /* reads go on */
    for (int i = 0; i < 20; i++) {
        CHECK_INT(put_until_full(&k, taken, &err), 0);
        CHECK_ERR(err, ERR_DISK_FULL);
    }
    CHECK_INT(unlink(big), 0);
    CHECK_OK(kit_put(&k, "there is room again"));
    store_state(k.store, &st);
    CHECK(!st.disk_full);
    CHECK_INT(kit_count(&k), taken + 1);
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    kit_close(&k);
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), taken + 1);
    CHECK_INT(kit_verify(&k).rows, taken + 1);
    kit_close(&k);
    CHECK_INT(umount(k.dir), 0);
}

TEST(a_full_disk_is_told_and_left_behind_when_there_is_room)
{
    refused_then_recovers(true);
}

TEST(a_full_disk_is_told_and_left_behind_without_threads_too)
{
    refused_then_recovers(false);
}

TEST(a_store_on_a_full_disk_opens_and_can_be_read)
{
    struct kit k;
    enum err err;
    char big[160];
    kit_init(&k);
    small_disk(k.dir, "size=4m");
    CHECK_OK(kit_open(&k));
    int taken = put_until_full(&k, 0, &err);
    CHECK_ERR(err, ERR_DISK_FULL);
    kit_close(&k);
    snprintf(big, sizeof big, "%s/ballast", k.dir);
    int fd = open(big, O_WRONLY | O_CREAT, 0600);
    static const char block[4096];
    while (write(fd, block, sizeof block) > 0)
        continue;
    close(fd);
    err =
        kit_open(&k); /* a start writes a new anchor: where not even that has room, it says what is missing */
    if (err) {
        CHECK_ERR(err, ERR_DISK_FULL);
        CHECK_INT(unlink(big), 0);
        CHECK_OK(kit_open(&k));
    }
    CHECK_INT(kit_count(&k), taken);
    kit_close(&k);
    CHECK_INT(umount(k.dir), 0);
}

TEST(a_full_backup_target_fails_the_backup_and_not_the_store)
{
    struct kit k;
    struct store_state st;
    struct audit_report report;
    char big[160], dir[96];
    enum err err = OK;
    kit_init(&k);
    small_disk(k.target, "size=8m");
    k.settings.backup_target = k.target;
    CHECK_OK(kit_open(&k));
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    snprintf(big, sizeof big, "%s/ballast", k.target);
    ballast(big, 6 << 20);
    CHECK_INT(put_until_full(&k, 0, &err), NOTES_MAX); /* 50 MiB of log: the store never minds */
    CHECK_ERR(store_backup(k.store, NULL, NULL, NULL, k.why), ERR_DISK_FULL);
    store_state(k.store, &st);
    CHECK_INT(st.backup, BACKUP_FAILED);
    CHECK_INT(st.backup_err, ERR_DISK_FULL);
    CHECK_INT(umount2(k.target, MNT_DETACH), 0); /* the operator gives it a larger disk */
    CHECK_ERR(store_backup(k.store, NULL, NULL, NULL, k.why),
              ERR_NOT_FOUND); /* an empty one is not ours: its mount? */
    kit_close(&k);
    CHECK_INT(unlink(kit_path(&k, "shipping")), 0); /* yes, it is meant to be empty (docs/OPERATIONS) */
    CHECK_OK(kit_open(&k));
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    snprintf(dir, sizeof dir, "%s/restored", k.root);
    CHECK_OK(store_restore(k.target, dir, k.key, &report, NULL, NULL, k.why));
    CHECK_INT(report.head.seq, NOTES_MAX);
}
