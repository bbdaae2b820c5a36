/* Opening, refusing to open, and what an open store tells. */
#include "kit.h"
#include "store/keyfile.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_and_close(struct kit *k)
{
    kit_init(k);
    CHECK_OK(kit_open(k));
    CHECK_OK(kit_put(k, KIT_CANARY));
    kit_close(k);
}

TEST(a_store_is_made_with_its_key_and_opened_again)
{
    struct kit k;
    struct stat st;
    make_and_close(&k);
    CHECK(stat(k.dir, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK(stat(kit_path(&k, "yunqiao.db"), &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat(kit_path(&k, "audit.anchor"), &st) == 0 && (st.st_mode & 0777) == 0600);
    CHECK(stat(k.key, &st) == 0 && (st.st_mode & 0777) == 0600);
    k.settings.create = false;
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 1);
    kit_close(&k);
}

TEST(where_there_is_no_store_opening_says_so_and_makes_nothing)
{
    struct kit k;
    kit_init(&k);
    k.settings.create = false;
    CHECK_ERR(kit_open(&k), ERR_NOT_FOUND);
    CHECK(strstr(k.why, "no store"));
    CHECK(access(k.dir, F_OK) != 0 && access(k.key, F_OK) != 0);
}

TEST(a_second_opening_is_told_who_has_it)
{
    struct kit k, second;
    char pid[32];
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    second = k;
    CHECK_ERR(kit_open(&second), ERR_BUSY);
    snprintf(pid, sizeof pid, "Process %ld ", (long)getpid());
    CHECK(strstr(second.why, pid));
    kit_close(&k);
    CHECK_OK(kit_open(&second));
    kit_close(&second);
}

TEST(without_its_key_a_store_stays_shut_and_gets_no_other)
{
    struct kit k;
    make_and_close(&k);
    CHECK_INT(unlink(k.key), 0);
    CHECK_ERR(kit_open(&k), ERR_KEY);
    CHECK(access(k.key, F_OK) != 0);
}

TEST(another_sites_key_does_not_open_it)
{
    struct kit k, other;
    make_and_close(&k);
    other = k;
    kit_another(&other, 1);
    CHECK_OK(kit_open(&other));
    kit_close(&other);
    memcpy(k.key, other.key, sizeof k.key);
    CHECK_ERR(kit_open(&k), ERR_KEY);
    CHECK(k.why[0]);
}

TEST(a_key_inside_the_folder_is_refused)
{
    struct kit k;
    kit_init(&k);
    snprintf(k.key, sizeof k.key, "%.64s/my.key", k.dir);
    CHECK_ERR(kit_open(&k), ERR_KEY);
    CHECK(k.why[0]);
}

TEST(a_store_of_a_newer_version_is_not_touched)
{
    struct kit k;
    struct migration older[] = {kit_migrations[0], {0, NULL, NULL}};
    make_and_close(&k);
    k.settings.migrations = older;
    CHECK_ERR(kit_open(&k), ERR_NEWER);
    CHECK(strstr(k.why, "the highest is 2") && strstr(k.why, "newer"));
    k.settings.migrations = kit_migrations;
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 1);
    kit_close(&k);
}

TEST(a_store_of_an_older_version_is_brought_up)
{
    struct kit k;
    struct store_state st;
    struct migration newer[] = {kit_migrations[0],
                                kit_migrations[1],
                                {3, "notes have a place", "ALTER TABLE note ADD COLUMN place TEXT;"},
                                {0, NULL, NULL}};
    make_and_close(&k);
    k.settings.migrations = newer;
    CHECK_OK(kit_open(&k));
    store_state(k.store, &st);
    CHECK_INT(st.schema, 3);
    CHECK_INT(kit_count(&k), 1);
    kit_close(&k);
}

TEST(a_step_that_fails_is_named_and_leaves_the_store_as_it_was)
{
    struct kit k;
    struct migration bad[] = {kit_migrations[0],
                              kit_migrations[1],
                              {3, "nonsense", "CREATE TABLE x(a); ALTER TABLE nowhere ADD COLUMN b;"},
                              {0, NULL, NULL}};
    make_and_close(&k);
    k.settings.migrations = bad;
    CHECK(kit_open(&k) != OK);
    CHECK(strstr(k.why, "Step 3") && strstr(k.why, "nonsense"));
    k.settings.migrations = kit_migrations;
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 1);
    kit_close(&k);
}

TEST(a_lost_main_file_is_not_replaced_by_an_empty_one)
{
    struct kit k;
    make_and_close(&k);
    CHECK_INT(unlink(kit_path(&k, "yunqiao.db")), 0);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK(strstr(k.why, "Restore"));
    CHECK(access(kit_path(&k, "yunqiao.db"), F_OK) != 0);
}

TEST(an_emptied_or_cut_main_file_is_refused)
{
    struct kit k;
    make_and_close(&k);
    CHECK_INT(truncate(kit_path(&k, "yunqiao.db"), 8192), 0);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
    CHECK_INT(truncate(kit_path(&k, "yunqiao.db"), 0), 0);
    CHECK_ERR(kit_open(&k), ERR_CORRUPT);
}

TEST(a_making_that_was_interrupted_begins_again)
{
    struct kit k;
    kit_init(&k);
    CHECK_INT(mkdir(k.dir, 0700), 0);
    FILE *f = fopen(kit_path(&k, "yunqiao.db.new"), "wb");
    CHECK(f && fwrite("half a store", 1, 12, f) == 12 && fclose(f) == 0);
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "a note"));
    kit_close(&k);
}

TEST(a_folder_open_to_others_is_closed_to_them)
{
    struct kit k;
    struct stat st;
    kit_init(&k);
    CHECK_INT(mkdir(k.dir, 0755), 0);
    CHECK_INT(chmod(k.dir, 0755), 0);
    CHECK_OK(kit_open(&k));
    CHECK(stat(k.dir, &st) == 0 && (st.st_mode & 0777) == 0700);
    kit_close(&k);
}

TEST(derived_keys_are_stable_and_differ_by_label)
{
    struct kit k;
    uint8_t a[32], b[32], again[32];
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    store_derive(k.store, "yunqiao test a", a);
    store_derive(k.store, "yunqiao test b", b);
    kit_close(&k);
    CHECK_OK(kit_open(&k));
    store_derive(k.store, "yunqiao test a", again);
    CHECK(memcmp(a, again, sizeof a) == 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    kit_close(&k);
}

TEST(an_open_store_tells_its_state)
{
    struct kit k;
    struct store_state st;
    kit_init(&k);
    k.settings.threads = true;
    k.settings.readers = 2;
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "a note"));
    store_state(k.store, &st);
    CHECK_INT(st.schema, 2);
    CHECK(st.bytes > 0 && st.bytes % 4096 == 0);
    CHECK(st.wal_bytes > 0 && st.free_bytes > 0);
    CHECK_INT(st.readers, 2);
    CHECK_INT(st.commits, 1);
    CHECK_INT(st.jobs, 1);
    CHECK(st.last_commit_us > 0);
    CHECK_INT(st.head.seq, 1);
    CHECK_INT(st.anchor.seq, 1);
    CHECK_INT(st.backup, BACKUP_OFF);
    CHECK(!st.disk_full && st.key_name[0] == 'k');
    int64_t bad = -1;
    CHECK_OK(store_scrub(k.store, NULL, NULL, &bad));
    CHECK_INT(bad, 0);
    store_state(k.store, &st);
    CHECK_INT(st.scrub, SCRUB_IDLE);
    CHECK(st.scrub_pages > 0 && st.scrub_last.ms > 0);
    CHECK_ERR(store_ask_backup(k.store), ERR_NOT_FOUND);
    CHECK_OK(store_ask_scrub(k.store));
    kit_close(&k);
}

TEST(a_damaged_page_is_found_by_the_scrub)
{
    struct kit k;
    struct store_state st;
    char byte;
    int64_t bad = -1;
    make_and_close(&k);
    int fd = open(kit_path(&k, "yunqiao.db"), O_RDWR);
    CHECK(pread(fd, &byte, 1, 4 * 4096 + 77) == 1);
    byte ^= 16;
    CHECK(pwrite(fd, &byte, 1, 4 * 4096 + 77) == 1);
    close(fd);
    enum err err = kit_open(&k); /* depending on what the page holds the start may find it first */
    if (err) {
        CHECK_ERR(err, ERR_CORRUPT);
        return;
    }
    CHECK_OK(store_scrub(k.store, NULL, NULL, &bad));
    CHECK_INT(bad, 1);
    store_state(k.store, &st);
    CHECK_INT(st.scrub, SCRUB_FAILED);
    CHECK_INT(st.scrub_bad, 1);
    kit_close(&k);
}

static enum err write_and_read(struct kit *k)
{
    struct note_job n;
    enum err err = kit_put(k, "a note");
    note_init(&n, NULL);
    if (!err) err = store_run_read(k->store, &n.job);
    return err;
}

SWEEP(a_store_is_made_used_and_closed)
{
    struct kit k;
    kit_init(&k);
    enum err err = kit_open(&k);
    if (err) return err;
    err = write_and_read(&k);
    kit_close(&k);
    return err;
}

SWEEP(a_backup_is_made_and_restored)
{
    struct kit k;
    struct audit_report report;
    char dir[96];
    kit_init(&k);
    if (mkdir(k.target, 0700) != 0) return ERR_IO;
    k.settings.backup_target = k.target;
    enum err err = kit_open(&k);
    if (err) return err;
    err = write_and_read(&k);
    if (!err) err = store_backup(k.store, NULL, NULL, NULL, k.why);
    kit_close(&k);
    snprintf(dir, sizeof dir, "%s/restored", k.root);
    return err ? err : store_restore(k.target, dir, k.key, &report, NULL, NULL, k.why);
}

SWEEP(a_key_is_rotated_and_a_chain_verified)
{
    struct kit k;
    struct audit_report report = {0};
    kit_init(&k);
    enum err err = kit_open(&k);
    if (err) return err;
    err = write_and_read(&k);
    if (!err) err = store_rotate_key(k.store, NULL, NULL, k.why);
    if (!err) err = store_verify_audit(k.store, &report, NULL, NULL);
    if (!err && report.damage != AUDIT_WHOLE) err = ERR_CORRUPT;
    kit_close(&k);
    return err;
}
