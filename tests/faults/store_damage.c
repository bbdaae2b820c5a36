/* Bits flipped on the disk: what is damaged is refused, never served. */
#include "../unit/store/kit.h"
#include "base/rnd.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTES = 60, TEXT_BYTES = 5000 };

static void text_of(int i, char text[TEXT_BYTES])
{
    memset(text, 'a' + i % 26, TEXT_BYTES - 1);
    int n = snprintf(text, 32, "note %d", i);
    text[n] = ' ';
    text[TEXT_BYTES - 1] = 0;
}

static void flip(const char *path, int64_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR);
    CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= (uint8_t)(1 << rnd_below(8));
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

struct all_job {
    struct job job; /* first */
    int seen;
    bool is_wrong;
};

static enum err all_run(struct job *job, struct tx *tx)
{
    struct all_job *all = (struct all_job *)job;
    struct stmt *s;
    bool row;
    char expected[TEXT_BYTES];
    enum err err = db_stmt(tx->db, "SELECT id, text FROM note ORDER BY id", &s);
    if (err) return err;
    while (!(err = stmt_step(s, &row)) && row) {
        text_of((int)stmt_get_int(s, 0) - 1, expected);
        all->is_wrong |= !str_is_text(stmt_get_str(s, 1), expected);
        all->seen++;
    }
    stmt_done(s);
    return err;
}

enum found { AT_OPENING, BY_READING, BY_SCRUB };

/* A damaged site: found when it is opened, when all is read, or at the latest by the scrub. */
static enum found examine(struct kit *k)
{
    struct all_job all = {.job = {.run = all_run}};
    struct audit_report report = {0};
    int64_t bad = 0;
    enum err err = kit_open(k);
    if (err) {
        CHECK(err == ERR_CORRUPT || err == ERR_KEY);
        CHECK(k->why[0]);
        return AT_OPENING;
    }
    err = store_run_read(k->store, &all.job);
    CHECK(!all.is_wrong);
    CHECK(err == OK ? all.seen == NOTES : err == ERR_CORRUPT);
    if (!err) err = store_verify_audit(k->store, &report, NULL, NULL);
    CHECK(err == OK ? report.damage == AUDIT_WHOLE : err == ERR_CORRUPT);
    CHECK_OK(store_scrub(k->store, NULL, NULL, &bad));
    CHECK_INT(bad, 1);
    kit_close(k);
    return err ? BY_READING : BY_SCRUB;
}

static void fill(struct kit *k)
{
    char text[TEXT_BYTES];
    kit_init(k);
    CHECK_OK(kit_open(k));
    for (int i = 0; i < NOTES; i++) {
        text_of(i, text);
        CHECK_OK(kit_put(k, text));
    }
    kit_close(k);
}

TEST(a_flipped_bit_in_any_page_is_refused_and_not_served)
{
    struct kit k;
    char kept_db[160], kept_anchor[160];
    int found[3] = {0};
    fill(&k);
    snprintf(kept_db, sizeof kept_db, "%s/kept.db", k.root);
    snprintf(kept_anchor, sizeof kept_anchor, "%s/kept.anchor", k.root);
    CHECK(kit_copy_file(kit_path(&k, "yunqiao.db"), kept_db));
    CHECK(kit_copy_file(kit_path(&k, "audit.anchor"), kept_anchor));
    struct stat st;
    CHECK_INT(stat(kept_db, &st), 0);
    int64_t pages = st.st_size / 4096;
    CHECK(pages > NOTES);
    for (int64_t page = 0; page < pages; page++) {
        for (long turn = 0, turns = check_count(1, 4); turn < turns; turn++) {
            CHECK(kit_copy_file(kept_db, kit_path(&k, "yunqiao.db")));
            CHECK(kit_copy_file(kept_anchor, kit_path(&k, "audit.anchor")));
            (void)unlink(kit_path(&k, "yunqiao.db-wal"));
            flip(kit_path(&k, "yunqiao.db"), page * 4096 + (int64_t)rnd_below(4096));
            found[examine(&k)]++;
        }
    }
    CHECK(found[AT_OPENING] > 0 && found[BY_READING] > 0);
    printf("figure faults_store_flips %lld found at opening %d, by reading %d, by the scrub %d\n",
           (long long)(pages * check_count(1, 4)), found[AT_OPENING], found[BY_READING], found[BY_SCRUB]);
}

/* The last commit of a log that was damaged after a crash: SQLite would drop it in silence; the anchor knows. */
TEST(a_damaged_last_commit_of_the_log_is_found_by_the_anchor)
{
    static const char *const names[] = {"yunqiao.db", "yunqiao.db-wal", "audit.anchor"};
    struct kit k, copy;
    int refused = 0;
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "one"));
    CHECK_OK(kit_put(&k, "two"));
    struct store_state state;
    store_state(k.store, &state);
    copy = k;
    kit_another(&copy, 1);
    memcpy(copy.key, k.key, sizeof k.key);
    CHECK_INT(mkdir(copy.dir, 0700), 0);
    for (int64_t at = state.wal_bytes - 1; at > state.wal_bytes - 4096 * 3; at -= 97) {
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            char from[200];
            snprintf(from, sizeof from, "%s/%s", k.dir, names[i]);
            CHECK(kit_copy_file(from, kit_path(&copy, names[i])));
        }
        flip(kit_path(&copy, "yunqiao.db-wal"), at);
        CHECK_ERR(kit_open(&copy), ERR_CORRUPT);
        refused++;
    }
    kit_close(&k);
    CHECK(refused > 100);
}
