/* Bases, shipped logs and what a restore makes of them. Without threads, so that every pass is ours. */
#include "kit.h"
#include "store/ship.h"
#include "store/target.h"
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static void open_with_target(struct kit *k)
{
    kit_init(k);
    CHECK_INT(mkdir(k->target, 0700), 0);
    k->settings.backup_target = k->target;
    CHECK_OK(kit_open(k));
}

static void put(struct kit *k, int from, int n)
{
    for (int i = from; i < from + n; i++) {
        char text[32];
        snprintf(text, sizeof text, KIT_CANARY " %d", i);
        CHECK_OK(kit_put(k, text));
    }
}

/* Enough commits to make the log begin anew: each about a MiB. */
static void put_large(struct kit *k, int from, int n)
{
    char *text = mem_zalloc(1 << 20);
    for (int i = from; i < from + n; i++) {
        memset(text, 'a' + i % 26, (1 << 20) - 1);
        snprintf(text, 32, KIT_CANARY " %d", i);
        text[strlen(text)] = ' ';
        CHECK_OK(kit_put(k, text));
    }
    mem_free(text);
}

/* Restores into a new folder and gives a kit that stands on it, shut. */
static struct kit restored(struct kit *k, const char *from, int n, struct audit_report *ret)
{
    struct kit r = *k;
    kit_another(&r, n);
    memcpy(r.key, k->key, sizeof k->key);
    r.settings.backup_target = NULL;
    enum err err = store_restore(from, r.dir, k->key, ret, NULL, NULL, r.why);
    if (err) printf("  %s\n", r.why);
    CHECK_OK(err);
    return r;
}

static int64_t notes_of(struct kit *r)
{
    CHECK_OK(kit_open(r));
    int64_t n = kit_count(r);
    struct audit_report report = kit_verify(r);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    kit_close(r);
    return n;
}

static struct audit_head head_of(struct kit *k)
{
    struct store_state st;
    store_state(k->store, &st);
    return st.head;
}

TEST(a_base_and_what_was_shipped_after_it_restore_to_the_same_head)
{
    struct kit k, r;
    struct audit_report report;
    open_with_target(&k);
    put(&k, 0, 10);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 10, 10);
    struct audit_head head = head_of(&k);
    kit_close(&k); /* ships the rest */
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(report.rows, 20);
    CHECK_INT(report.head.seq, 20);
    CHECK_INT(report.anchor.seq, 20);
    CHECK(memcmp(&report.head.hash, &head.hash, sizeof head.hash) == 0);
    CHECK_INT(notes_of(&r), 20);
}

TEST(a_restored_store_goes_on_in_a_new_epoch)
{
    struct kit k, r;
    struct audit_report report;
    struct anchor a;
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.head.epoch, 2); /* the one it begins */
    CHECK_OK(anchor_read(kit_path(&r, "audit.anchor"), &a, NULL));
    CHECK_INT(a.head.epoch, 2);
    CHECK_INT(a.head.seq, 3);
    CHECK_OK(kit_open(&r));
    put(&r, 3, 2);
    CHECK_INT(head_of(&r).epoch, 2);
    struct audit_report again = kit_verify(&r);
    CHECK_INT(again.damage, AUDIT_WHOLE);
    CHECK_INT(again.rows, 5);
    CHECK_INT(again.head.epoch, 2);
    kit_close(&r);
    /* The old store put back into the new folder is not taken for the new one. */
    CHECK(kit_copy_file(kit_path(&k, "yunqiao.db"), kit_path(&r, "yunqiao.db")));
    CHECK_ERR(kit_open(&r), ERR_CORRUPT);
}

TEST(generations_of_the_log_are_replayed_one_after_the_other)
{
    struct kit k, r;
    struct audit_report report;
    int64_t last, ended;
    open_with_target(&k);
    put(&k, 0, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put_large(&k, 5, 20);
    kit_close(&k);
    CHECK_OK(kit_open(&k)); /* a start is no break */
    put_large(&k, 25, 10);
    put(&k, 35, 5);
    kit_close(&k);
    CHECK_OK(target_generations(k.target, &last, &ended));
    CHECK(last >= 4 && ended >= last - 1);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.head.seq, 40);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(notes_of(&r), 40);
    struct store_base bases[4];
    size_t n;
    CHECK_OK(kit_open(&k));
    CHECK_OK(store_bases(k.store, bases, COUNT_OF(bases), &n));
    CHECK_INT(n, 1);
    CHECK_INT(bases[0].seq, 5);
    kit_close(&k);
}

TEST(a_target_that_is_away_delays_nobody_and_gets_everything_later)
{
    struct kit k, r;
    struct audit_report report;
    struct store_state st;
    char away[128];
    open_with_target(&k);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 0, 5);
    snprintf(away, sizeof away, "%s.away", k.target);
    CHECK_INT(rename(k.target, away), 0);
    put_large(&k, 5, 20); /* the log begins anew several times; what is missing is kept in DIR */
    CHECK_ERR(store_backup(k.store, NULL, NULL, NULL, k.why), ERR_NOT_FOUND);
    store_state(k.store, &st);
    CHECK_INT(st.backup, BACKUP_FAILED);
    CHECK_INT(st.backup_err, ERR_NOT_FOUND);
    kit_close(&k);
    CHECK_OK(kit_open(&k)); /* over a restart too */
    put(&k, 25, 5);
    CHECK_INT(rename(away, k.target), 0);
    kit_close(&k);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.head.seq, 30);
    CHECK_INT(notes_of(&r), 30);
    CHECK_OK(kit_open(&k));
    struct store_base bases[4];
    size_t n;
    CHECK_OK(store_bases(k.store, bases, COUNT_OF(bases), &n));
    CHECK_INT(n, 1); /* the line went on: no other base was needed */
    kit_close(&k);
}

TEST(an_operators_command_without_a_target_does_not_break_the_line)
{
    struct kit k, r;
    struct audit_report report;
    open_with_target(&k);
    put(&k, 0, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    k.settings.backup_target = NULL;
    CHECK_OK(kit_open(&k));
    put_large(&k, 5, 10);
    kit_close(&k);
    k.settings.backup_target = k.target;
    CHECK_OK(kit_open(&k));
    put(&k, 15, 5);
    kit_close(&k);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.head.seq, 20);
    CHECK_INT(notes_of(&r), 20);
}

TEST(a_store_that_comes_from_elsewhere_begins_a_new_line_with_a_gap)
{
    struct kit k, r;
    struct audit_report report;
    int64_t last, ended, last2;
    open_with_target(&k);
    put(&k, 0, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    CHECK_OK(target_generations(k.target, &last, &ended));
    r = restored(&k, k.target, 1, &report);
    r.settings.backup_target = r.target;
    CHECK_OK(kit_open(&r));
    put(&r, 5, 5);
    CHECK_OK(store_backup(r.store, NULL, NULL, NULL, r.why));
    put(&r, 10, 5);
    kit_close(&r);
    CHECK_OK(target_generations(k.target, &last2, &ended));
    CHECK(last2 >= last + 2);
    struct kit again = restored(&r, r.target, 2, &report);
    CHECK_INT(report.head.seq, 15);
    CHECK_INT(report.head.epoch, 3);
    CHECK_INT(notes_of(&again), 15);
}

static const char *base_path(struct kit *k, size_t at)
{
    static char path[256];
    struct target_base bases[8];
    size_t n;
    CHECK_OK(target_bases(k->target, bases, COUNT_OF(bases), &n));
    CHECK(at < n);
    snprintf(path, sizeof path, "%s/bases/%s", k->target, bases[at].base.name);
    return path;
}

TEST(an_older_base_named_by_its_folder_reaches_the_same_head)
{
    struct kit k, r;
    struct audit_report report;
    open_with_target(&k);
    put(&k, 0, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put_large(&k, 5, 6);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 11, 2);
    kit_close(&k);
    r = restored(&k, base_path(&k, 1), 1, &report);
    CHECK_INT(report.head.seq, 13);
    CHECK_INT(notes_of(&r), 13);
}

static enum err restore_fails(struct kit *k, const char *key, char ret_why[256])
{
    struct audit_report report;
    char dir[96];
    snprintf(dir, sizeof dir, "%s/refused", k->root);
    enum err err = store_restore(k->target, dir, key, &report, NULL, NULL, ret_why);
    bool is_made = access(kit_path(k, "../refused/yunqiao.db"), F_OK) == 0;
    CHECK(err != OK && !is_made); /* nothing that looks like a store is left */
    CHECK_INT(rmdir(dir), 0);
    return err;
}

TEST(a_restore_says_which_key_it_wants)
{
    struct kit k, other;
    struct store_state st;
    char why[256];
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    store_state(k.store, &st);
    kit_close(&k);
    other = k;
    kit_another(&other, 7);
    other.settings.backup_target = NULL;
    CHECK_OK(kit_open(&other));
    kit_close(&other);
    CHECK_ERR(restore_fails(&k, other.key, why), ERR_KEY);
    CHECK(strstr(why, st.key_name));
    CHECK_ERR(restore_fails(&k, "/nonexistent/key", why), ERR_KEY);
    CHECK(strstr(why, st.key_name));
}

TEST(a_restore_refuses_a_folder_that_is_not_empty)
{
    struct kit k;
    struct audit_report report;
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    CHECK_ERR(store_restore(k.target, k.dir, k.key, &report, NULL, NULL, k.why), ERR_EXISTS);
    CHECK(strstr(k.why, "not empty"));
    CHECK_ERR(store_restore(k.root, kit_path(&k, "../x"), k.key, &report, NULL, NULL, k.why), ERR_NOT_FOUND);
}

static void flip(const char *path, long at)
{
    FILE *f = fopen(path, "r+b");
    CHECK(f && fseek(f, at, SEEK_SET) == 0);
    int c = fgetc(f);
    CHECK(fseek(f, at, SEEK_SET) == 0 && fputc(c ^ 4, f) != EOF && fclose(f) == 0);
}

TEST(a_damaged_base_or_generation_is_not_restored)
{
    struct kit k;
    char why[256], path[300];
    struct target_base base;
    size_t n;
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put_large(&k, 3, 12);
    kit_close(&k);
    CHECK_OK(target_bases(k.target, &base, 1, &n));
    snprintf(path, sizeof path, "%s/yunqiao.db", base_path(&k, 0));
    flip(path, 5000);
    CHECK_ERR(restore_fails(&k, k.key, why), ERR_CORRUPT);
    CHECK(strstr(why, "manifest"));
    flip(path, 5000);
    snprintf(path, sizeof path, "%s/wal/%06d.wal", k.target, (int)base.gen);
    flip(path, 9000);
    CHECK_ERR(restore_fails(&k, k.key, why), ERR_CORRUPT);
    CHECK(strstr(why, "Generation"));
    flip(path, 9000);
    CHECK_INT(truncate(path, 9000), 0);
    CHECK_ERR(restore_fails(&k, k.key, why), ERR_CORRUPT);
}

TEST(a_backup_that_lags_behind_the_anchor_is_told_as_truncated)
{
    struct kit k, r;
    struct audit_report report;
    char path[160], kept[160];
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    snprintf(path, sizeof path, "%s/wal/000001.wal", k.target);
    snprintf(kept, sizeof kept, "%s/kept", k.root);
    CHECK(kit_copy_file(path, kept));
    put(&k, 3, 4);
    kit_close(&k);
    CHECK(kit_copy_file(kept, path)); /* the target lost what came last, but for the anchor */
    snprintf(path, sizeof path, "%s/wal/000001.end", k.target);
    (void)unlink(path);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.damage, AUDIT_TRUNCATED);
    CHECK_INT(report.seq, 4);
    CHECK_INT(report.head.seq, 3);
    CHECK_INT(report.anchor.seq, 7);
    CHECK_INT(notes_of(&r), 3);
}

TEST(a_backup_to_another_folder_stands_by_itself)
{
    struct kit k, r;
    struct audit_report report;
    char disk[96];
    open_with_target(&k);
    snprintf(disk, sizeof disk, "%s/disk", k.root);
    put(&k, 0, 7);
    CHECK_OK(store_backup(k.store, disk, NULL, NULL, k.why));
    put(&k, 7, 5);
    CHECK_OK(store_backup(k.store, disk, NULL, NULL, k.why));
    put(&k, 12, 1);
    kit_close(&k);
    r = restored(&k, disk, 1, &report);
    CHECK_INT(report.head.seq, 12);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(notes_of(&r), 12);
}

TEST(another_sites_target_is_left_alone)
{
    struct kit k, other;
    struct store_state st;
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    other = k;
    kit_another(&other, 1);
    CHECK_OK(kit_open(&other));
    CHECK_ERR(store_backup(other.store, NULL, NULL, NULL, other.why), ERR_DENIED);
    CHECK(strstr(other.why, "another site"));
    store_state(other.store, &st);
    CHECK_INT(st.backup, BACKUP_FAILED);
    kit_close(&other);
}

static int count_lines(const char *dir)
{
    int lines = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char path[600], line[ANCHOR_LINE_BYTES];
        struct anchor a;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        while (f && fgets(line, sizeof line, f)) {
            CHECK_OK(anchor_parse(str_of(line), &a));
            lines++;
        }
        if (f) fclose(f);
    }
    if (d) closedir(d);
    return lines;
}

TEST(anchors_are_kept_in_the_target_with_the_key_that_signs_them)
{
    struct kit k;
    struct anchor a;
    char path[160];
    uint8_t key[32];
    open_with_target(&k);
    put(&k, 0, 3);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    kit_close(&k);
    snprintf(path, sizeof path, "%s/audit.anchor", k.target);
    CHECK_OK(anchor_read(path, &a, NULL));
    CHECK_INT(a.head.seq, 3);
    CHECK_OK(target_pinned_key(k.target, key));
    CHECK(memcmp(key, a.key, sizeof key) == 0);
    snprintf(path, sizeof path, "%s/anchors", k.target);
    CHECK_INT(count_lines(path), 1);
    key[0] ^= 1; /* somebody put another key into the target: it is not overwritten, and we say so */
    CHECK_ERR(target_pin_key(k.target, key), ERR_DENIED);
}

TEST(nothing_in_the_target_or_in_dir_can_be_read)
{
    struct kit k;
    open_with_target(&k);
    put(&k, 0, 20);
    put_large(&k, 20, 6);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 26, 20);
    CHECK(!kit_folder_holds(k.root, KIT_CANARY));
    CHECK(!kit_folder_holds(k.root, "CREATE TABLE"));
    CHECK(!kit_folder_holds(k.root, "note.put"));
    CHECK(kit_folder_holds(k.root, "yunqiao-anchor")); /* the search itself works */
    kit_close(&k);
    CHECK(!kit_folder_holds(k.root, KIT_CANARY));
}

/* -- with all threads -- */

struct writer {
    struct kit *k;
    int number;
    atomic_bool *stop;
    int written;
};

static void *write_on(void *ctx)
{
    struct writer *w = ctx;
    char *text = mem_zalloc(20000);
    while (text && !atomic_load(w->stop) && w->written < 20000) {
        size_t bytes =
            w->written < 500 ? 19999 : 199; /* long ones make the log turn; short ones do not fill the disk */
        memset(text, 'x', bytes);
        text[bytes] = 0;
        snprintf(text, 64, KIT_CANARY " %d/%d", w->number, w->written);
        text[strlen(text)] = ' ';
        if (kit_put(w->k, text) != OK) break;
        w->written++;
    }
    mem_free(text);
    return NULL;
}

/* Everything at once: commits, reads, checkpoints, shipping, bases, scrub, verification, key rotation. */
TEST(a_serving_store_is_backed_up_sealed_anew_and_checked_all_at_once)
{
    enum { WRITERS = 4 };
    struct kit k, r;
    struct audit_report report;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    atomic_bool stop = false;
    int64_t bad = -1;
    int written = 0;
    kit_init(&k);
    CHECK_INT(mkdir(k.target, 0700), 0);
    k.settings.backup_target = k.target;
    k.settings.threads = true;
    k.settings.readers = 2;
    CHECK_OK(kit_open(&k));
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){&k, i, &stop, 0};
        CHECK_INT(pthread_create(&threads[i], NULL, write_on, &writers[i]), 0);
    }
    for (int turn = 0; turn < 2; turn++) {
        CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
        CHECK_OK(store_ask_backup(k.store));
        CHECK_OK(store_ask_scrub(k.store));
        CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
        CHECK_OK(store_rotate_key(k.store, NULL, NULL, k.why));
        CHECK_OK(store_scrub(k.store, NULL, NULL, &bad));
        CHECK_INT(bad, 0);
    }
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    atomic_store(&stop, true);
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        written += writers[i].written;
    }
    CHECK_INT(kit_count(&k), written);
    kit_close(&k);
    r = restored(&k, k.target, 1, &report);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(report.head.seq, written);
    CHECK_INT(notes_of(&r), written);
    CHECK(!kit_folder_holds(k.root, KIT_CANARY));
}

/* -- pruning -- */

static void fake_base(const char *target, int64_t gen, int64_t day, int hour)
{
    struct target_base b = {.gen = gen, .gen_bytes = 1};
    char dir[200];
    struct file_path wal;
    b.base.made.ms = (day * 24 + hour) * 3600 * 1000;
    snprintf(b.base.name, sizeof b.base.name, "d%02d-%02d", (int)day, hour);
    snprintf(b.base.key_name, sizeof b.base.key_name, "k-1");
    snprintf(dir, sizeof dir, "%s/bases/%s", target, b.base.name);
    CHECK_OK(file_make_dir(dir));
    CHECK_OK(target_base_write(dir, &b));
    CHECK_OK(target_generation_path(target, gen, ".wal", &wal));
    CHECK_OK(file_replace(wal.at, "x", 1));
}

TEST(old_bases_go_and_with_them_the_generations_that_nobody_needs)
{
    struct kit k;
    struct target_line line = {.first = 1};
    struct target_base left[32];
    size_t n;
    kit_init(&k);
    CHECK_OK(file_make_dir(k.target));
    CHECK_OK(target_line_write(k.target, &line));
    int64_t gen = 1;
    for (int64_t day = 1; day <= 10; day++)
        fake_base(k.target, gen++, day, 3);
    for (int hour = 4; hour < 12; hour++) /* somebody asks for one each hour: yesterday's and older stay */
        fake_base(k.target, gen++, 10, hour);
    CHECK_OK(target_prune(k.target));
    CHECK_OK(target_bases(k.target, left, COUNT_OF(left), &n));
    CHECK_INT(n, 3 + 6); /* the newest three, all of day 10, and one of each of the six days before */
    CHECK_STR(str_of(left[0].base.name), "d10-11");
    CHECK_STR(str_of(left[2].base.name), "d10-09");
    CHECK_STR(str_of(left[3].base.name), "d09-03");
    CHECK_STR(str_of(left[8].base.name), "d04-03");
    CHECK_INT(target_generation_bytes(k.target, 3), 0);
    CHECK_INT(target_generation_bytes(k.target, 4), 1);
}
