/* Key rotation, shut off from load and under it. */
#include "kit.h"
#include "store/keyfile.h"
#include "store/target.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(struct kit *k, int from, int n)
{
    for (int i = from; i < from + n; i++) {
        char text[32];
        snprintf(text, sizeof text, KIT_CANARY " %d", i);
        CHECK_OK(kit_put(k, text));
    }
}

static void key_of(struct kit *k, char ret_name[16])
{
    struct store_state st;
    store_state(k->store, &st);
    memcpy(ret_name, st.key_name, 16);
}

/* Leaves only the active key in the key file. */
static void forget_old_keys(struct kit *k)
{
    struct keyfile *keys;
    CHECK_OK(keyfile_read(k->key, NULL, &keys, k->why));
    while (keyfile_count(keys) > 1)
        CHECK_OK(keyfile_forget(keys, keyfile_at(keys, 1)->name));
    CHECK_OK(keyfile_write(keys, k->key, NULL, false, k->why));
    keyfile_free(keys);
}

static void rotate_and_check(struct kit *k, int notes)
{
    char before[16], after[16];
    key_of(k, before);
    CHECK_OK(store_rotate_key(k->store, NULL, NULL, k->why));
    key_of(k, after);
    CHECK(strcmp(before, after) != 0);
    CHECK_INT(kit_count(k), notes);
    put(k, notes, 5);
    CHECK_INT(kit_count(k), notes + 5);
    CHECK_INT(kit_verify(k).damage, AUDIT_WHOLE);
    kit_close(k);
    CHECK(access(kit_path(k, "yunqiao.db.new"), F_OK) != 0);
    forget_old_keys(k);
    CHECK_OK(kit_open(k)); /* the new key alone opens all of it */
    CHECK_INT(kit_count(k), notes + 5);
    struct audit_report r = kit_verify(k);
    CHECK_INT(r.damage, AUDIT_WHOLE);
    CHECK_INT(r.rows, notes + 5);
    kit_close(k);
}

TEST(a_store_is_sealed_anew_without_threads)
{
    struct kit k;
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    put(&k, 0, 30);
    rotate_and_check(&k, 30);
}

TEST(a_store_is_sealed_anew_while_it_serves)
{
    struct kit k;
    kit_init(&k);
    k.settings.threads = true;
    k.settings.readers = 2;
    CHECK_OK(kit_open(&k));
    put(&k, 0, 30);
    rotate_and_check(&k, 30);
}

struct load {
    struct kit *k;
    atomic_bool stop;
    atomic_int written, read, failed;
};

static void *write_on(void *ctx)
{
    struct load *l = ctx;
    while (!atomic_load(&l->stop)) {
        char text[48];
        snprintf(text, sizeof text, "under load %d", atomic_load(&l->written));
        if (kit_put(l->k, text) == OK)
            atomic_fetch_add(&l->written, 1);
        else
            atomic_fetch_add(&l->failed, 1);
    }
    return NULL;
}

static void *read_on(void *ctx)
{
    struct load *l = ctx;
    int64_t last = 0;
    while (!atomic_load(&l->stop)) {
        struct note_job n;
        note_init(&n, NULL);
        n.job.audit = NULL;
        if (store_run_read(l->k->store, &n.job) != OK || n.count < last) atomic_fetch_add(&l->failed, 1);
        last = n.count;
        atomic_fetch_add(&l->read, 1);
    }
    return NULL;
}

/* Something to copy: some MiB, so that the copy takes many steps between commits. */
static void fill(struct kit *k)
{
    char *text = mem_zalloc(1 << 20);
    for (int i = 0; i < 12; i++) {
        memset(text, 'a' + i, (1 << 20) - 1);
        CHECK_OK(kit_put(k, text));
    }
    mem_free(text);
}

TEST(keys_are_rotated_under_load_and_nothing_is_lost_or_refused)
{
    struct kit k;
    struct load l = {.k = &k};
    pthread_t writer, reader;
    kit_init(&k);
    k.settings.threads = true;
    k.settings.readers = 2;
    CHECK_OK(kit_open(&k));
    fill(&k);
    pthread_create(&writer, NULL, write_on, &l);
    pthread_create(&reader, NULL, read_on, &l);
    for (int i = 0; i < 3; i++)
        CHECK_OK(store_rotate_key(k.store, NULL, NULL, k.why));
    atomic_store(&l.stop, true);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    CHECK_INT(l.failed, 0);
    CHECK(l.written > 0 && l.read > 0);
    CHECK_INT(kit_count(&k), 12 + l.written);
    CHECK_INT(kit_verify(&k).rows, 12 + l.written);
    kit_close(&k);
    forget_old_keys(&k);
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 12 + l.written);
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    int64_t bad = -1;
    CHECK_OK(store_scrub(k.store, NULL, NULL, &bad));
    CHECK_INT(bad, 0);
    kit_close(&k);
}

TEST(a_rotation_that_did_not_end_leaves_a_key_that_the_next_one_uses)
{
    struct kit k;
    struct keyfile *keys;
    char name[16];
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    put(&k, 0, 3);
    kit_close(&k);
    CHECK_OK(keyfile_read(k.key, NULL, &keys, k.why)); /* as a crash right after the new key was written */
    CHECK_OK(keyfile_renew(keys));
    CHECK_OK(keyfile_write(keys, k.key, NULL, false, k.why));
    memcpy(name, keyfile_at(keys, 0)->name, sizeof name);
    keyfile_free(keys);
    CHECK(
        kit_copy_file(kit_path(&k, "yunqiao.db"), kit_path(&k, "yunqiao.db.new"))); /* and a copy under way */
    CHECK_OK(kit_open(&k));
    CHECK(access(kit_path(&k, "yunqiao.db.new"), F_OK) != 0);
    CHECK_INT(kit_count(&k), 3);
    CHECK_OK(store_rotate_key(k.store, NULL, NULL, k.why));
    char now[16];
    key_of(&k, now);
    CHECK_STR(str_of(now), name);
    kit_close(&k);
    CHECK_OK(keyfile_read(k.key, NULL, &keys, k.why));
    CHECK_INT(keyfile_count(keys), 2);
    keyfile_free(keys);
}

TEST(backups_before_and_after_a_rotation_both_restore)
{
    struct kit k, r;
    struct audit_report report;
    struct target_base bases[4];
    size_t n;
    char from[1024];
    kit_init(&k);
    CHECK_INT(mkdir(k.target, 0700), 0);
    k.settings.backup_target = k.target;
    CHECK_OK(kit_open(&k));
    put(&k, 0, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 5, 5);
    CHECK_OK(store_rotate_key(k.store, NULL, NULL, k.why));
    put(&k, 10, 5);
    CHECK_OK(store_backup(k.store, NULL, NULL, NULL, k.why));
    put(&k, 15, 5);
    kit_close(&k);
    CHECK_OK(target_bases(k.target, bases, COUNT_OF(bases), &n));
    CHECK_INT(n, 2);
    CHECK(strcmp(bases[0].base.key_name, bases[1].base.key_name) != 0);
    for (int i = 0; i < 2; i++) {
        r = k;
        kit_another(&r, i);
        snprintf(from, sizeof from, "%s/bases/%s", k.target, bases[i].base.name);
        CHECK_OK(store_restore(from, r.dir, k.key, &report, NULL, NULL, r.why));
        CHECK_INT(report.head.seq,
                  i == 0 ? 20 : 10); /* the old key's line ends where the store was sealed anew */
        CHECK_INT(report.damage, i == 0 ? AUDIT_WHOLE : AUDIT_TRUNCATED);
    }
}
