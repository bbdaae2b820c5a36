/* What a disk, a torn write or a hand may do to the files, and what is then served: the same rows, an older whole
 * state where a log's end was lost, or nothing. Never anything else. */
#include "base/log.h"
#include "store/scrub.h"
#include "world.h"
#include <unistd.h>

enum outcome { REFUSED, SAME, OLDER, WRONG };

/* Opens what stands at path, reads all of it and says what was served. now: transactions that it should hold. */
static enum outcome look_at(struct vault *v, const char *path, int64_t now)
{
    struct db *db;
    struct scrub scrub;
    bool more = true;
    if (db_open(v, path, DB_WRITE, &db) != OK) return REFUSED;
    int64_t held = model_check(db);
    bool whole = held >= 0 && is_whole(db);
    scrub_init(&scrub, db); /* pages that no query reads */
    while (more && scrub_step(&scrub, 100, &more) == OK)
        continue;
    db_close(db);
    if (held >= 0 && held < now) return OLDER;
    if (held >= 0 && held != now) return WRONG;
    /* A damaged page shows as an error, not as other rows: persons_wrong is -1 then, and so is model_check. */
    return held < 0 || !whole || scrub.bad ? REFUSED : SAME;
}

/* As look_at, but tells wrong rows from refused reading. */
static bool serves_wrong_rows(struct vault *v, const char *path)
{
    struct db *db;
    if (db_open(v, path, DB_READ, &db) != OK) return false;
    int64_t wrong = persons_wrong(db, NULL);
    db_close(db);
    return wrong > 0;
}

struct site { /* a database with a log, both kept aside */
    struct world w;
    int64_t done, ends[64]; /* ends[n]: of the log after transaction n of it */
    int log_runs;
    const char *db, *log;
};

static void site_start(struct site *s, int checkpointed, int logged)
{
    static char db_room[128], log_room[128];
    struct db_log at;
    world_start(&s->w);
    model_schema(s->w.db);
    for (s->done = 0; s->done < checkpointed;)
        CHECK_OK(model_run(s->w.db, ++s->done));
    CHECK_OK(db_checkpoint(s->w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    ASSERT(logged < (int)COUNT_OF(s->ends));
    for (s->log_runs = 0; s->log_runs < logged;) {
        CHECK_OK(model_run(s->w.db, ++s->done));
        CHECK_OK(db_log(s->w.db, &at));
        s->ends[++s->log_runs] = at.end;
    }
    db_close(s->w.db);
    s->w.db = NULL;
    snprintf(db_room, sizeof db_room, "%s.copy", s->w.path);
    snprintf(log_room, sizeof log_room, "%s.copy-wal", s->w.path);
    s->db = db_room;
    s->log = log_room;
    log_to(-1); /* the vault tells of each refusal */
}

static void site_restore(struct site *s)
{
    file_copy(s->w.path, s->db);
    file_copy(with_tail(s->w.path, "-wal"), s->log);
}

static void site_end(struct site *s)
{
    log_to(2);
    vault_free(s->w.vault);
}

TEST(a_flipped_bit_in_the_main_file_is_refused)
{
    struct site s;
    site_start(&s, 60, 0);
    file_copy(s.w.path, s.db);
    int64_t bits = file_bytes(s.db) * 8;
    for (long i = 0, flips = check_count(120, 600); i < flips; i++) {
        int64_t bit = (int64_t)dice((uint64_t)(i % 6 ? bits : 800)); /* a sixth in the first 100 bytes */
        file_flip(s.db, bit);
        CHECK(!serves_wrong_rows(s.w.vault, s.db));
        CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
        file_flip(s.db, bit);
    }
    CHECK_INT(look_at(s.w.vault, s.db, s.done), SAME);
    site_end(&s);
}

TEST(a_flipped_bit_in_the_log_is_refused_but_for_the_last_transaction)
{
    struct site s;
    int counts[4] = {0};
    site_start(&s, 20, 40);
    int64_t last = s.ends[s.log_runs - 1], end = s.ends[s.log_runs];
    CHECK_INT(end, file_bytes(with_tail(s.w.path, "-wal")));
    for (long i = 0, flips = check_count(120, 700); i < flips; i++) {
        site_restore(&s);
        int64_t byte = (int64_t)dice((uint64_t)end);
        if (i % 7 == 0) byte = (int64_t)dice(VAULT_WAL_HEAD_BYTES);
        if (i % 7 == 1)
            byte = VAULT_WAL_HEAD_BYTES + (byte / VAULT_FRAME_BYTES) * VAULT_FRAME_BYTES + (int64_t)dice(24);
        if (byte >= end) byte = end - 1;
        file_flip(s.log, byte * 8 + (int64_t)dice(8));
        enum outcome got = look_at(s.w.vault, s.db, s.done);
        counts[got]++;
        CHECK_INT(got, byte < last ? REFUSED : OLDER);
    }
    CHECK(counts[REFUSED] > 0);
    site_restore(&s);
    CHECK_INT(look_at(s.w.vault, s.db, s.done), SAME);
    site_end(&s);
}

TEST(a_flip_in_the_last_transaction_gives_the_one_before)
{
    struct site s;
    site_start(&s, 5, 10);
    int64_t last = s.ends[s.log_runs - 1], end = s.ends[s.log_runs];
    for (long i = 0, flips = check_count(60, 200); i < flips; i++) {
        site_restore(&s);
        file_flip(s.log, last * 8 + (int64_t)dice((uint64_t)(end - last) * 8));
        CHECK_INT(look_at(s.w.vault, s.db, s.done), OLDER);
    }
    site_end(&s);
}

/* Cut anywhere: exactly the transactions that the rest holds whole. */
TEST(a_log_cut_short_gives_an_older_whole_state)
{
    struct site s;
    site_start(&s, 10, 40);
    for (long i = 0, cuts = check_count(60, 200); i < cuts; i++) {
        site_restore(&s);
        int64_t at = (int64_t)dice((uint64_t)s.ends[s.log_runs]), whole = 0;
        while (whole < s.log_runs && s.ends[whole + 1] <= at)
            whole++;
        file_cut(s.log, at);
        struct db *db;
        CHECK_OK(db_open(s.w.vault, s.db, DB_WRITE, &db));
        CHECK_INT(model_check(db), 10 + whole);
        CHECK(is_whole(db));
        db_close(db);
    }
    site_end(&s);
}

TEST(a_torn_last_transaction_is_dropped_whole)
{
    static uint8_t noise[64 * VAULT_FRAME_BYTES];
    struct site s;
    site_start(&s, 10, 10);
    int64_t last = s.ends[s.log_runs - 1], end = s.ends[s.log_runs];
    CHECK(end - last <= (int64_t)sizeof noise);
    for (long i = 0, turns = check_count(40, 100); i < turns; i++) {
        site_restore(&s);
        int64_t from = last + (int64_t)dice((uint64_t)(end - last));
        for (int64_t j = 0; j < end - from; j++)
            noise[j] = i % 2 ? (uint8_t)dice(256) : 0;
        file_write_at(s.log, from, noise, (size_t)(end - from));
        CHECK_INT(look_at(s.w.vault, s.db, s.done), OLDER);
    }
    site_end(&s);
}

/* A checkpoint that tore page 1 while its good copy stands in the log. */
TEST(a_torn_first_page_is_healed_by_the_log)
{
    uint8_t noise[2048];
    struct site s;
    site_start(&s, 20, 0);
    CHECK_OK(db_open(s.w.vault, s.w.path, DB_WRITE, &s.w.db));
    CHECK_OK(db_exec(s.w.db, "CREATE TABLE more (a) STRICT") == OK ? ERR_IO : OK); /* STRICT wants a type */
    CHECK_OK(db_exec(s.w.db, "CREATE TABLE more (a INTEGER) STRICT"));             /* writes page 1 */
    db_close(s.w.db);
    for (int turn = 0; turn < 10; turn++) {
        site_restore(&s);
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)dice(256);
        file_write_at(s.db, 16 + (int64_t)dice(2000), noise, sizeof noise);
        struct db *db;
        CHECK_OK(db_open(s.w.vault, s.db, DB_WRITE, &db));
        CHECK_INT(model_check(db), s.done);
        CHECK_OK(db_checkpoint(db, DB_CHECKPOINT_TRUNCATE, NULL));
        db_close(db);
        CHECK_INT(look_at(s.w.vault, s.db, s.done), SAME);
    }
    site_end(&s);
}

/* Pages that the vault itself refuses: SQLite's own checks of its structures do not count. */
static int64_t pages_refused(struct vault *v, const char *path)
{
    struct db *db;
    struct scrub scrub;
    bool more = true;
    struct vault_counters before, after;
    vault_counters(v, &before);
    enum err err = db_open(v, path, DB_READ, &db);
    vault_counters(v, &after);
    if (err != OK) return after.bad_pages + after.zero_pages - before.bad_pages - before.zero_pages;
    scrub_init(&scrub, db);
    while (more && scrub_step(&scrub, 100, &more) == OK)
        continue;
    db_close(db);
    return scrub.bad;
}

TEST(pages_cannot_change_places_nor_come_from_elsewhere)
{
    uint8_t a[VAULT_PAGE_BYTES], b[VAULT_PAGE_BYTES];
    struct site s;
    struct world other;
    world_start(&other);
    model_schema(other.db);
    for (int n = 1; n <= 60; n++)
        CHECK_OK(model_run(other.db, n));
    CHECK_OK(db_checkpoint(other.db, DB_CHECKPOINT_TRUNCATE, NULL));
    db_close(other.db);
    site_start(&s, 60, 0);
    int64_t pages = file_bytes(s.w.path) / VAULT_PAGE_BYTES;
    CHECK_INT(file_bytes(other.path) / VAULT_PAGE_BYTES, pages); /* same content, same key, another file */
    for (int64_t page = 1; page < pages; page++) {
        int64_t at = page * VAULT_PAGE_BYTES, far = (page % (pages - 1) + 1) * VAULT_PAGE_BYTES;
        file_copy(s.w.path, s.db);
        file_read_at(s.db, at, a, sizeof a);
        file_read_at(s.db, far, b, sizeof b);
        file_write_at(s.db, at, b, sizeof b);
        file_write_at(s.db, far, a, sizeof a);
        CHECK_INT(pages_refused(s.w.vault, s.db), 2);
        CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
        file_copy(s.w.path, s.db);
        file_read_at(other.path, at, a, sizeof a);
        file_write_at(s.db, at, a, sizeof a);
        CHECK_INT(pages_refused(s.w.vault, s.db), 1);
        CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
        memset(a, 0, sizeof a);
        file_write_at(s.db, at, a, sizeof a);
        CHECK_INT(pages_refused(s.w.vault, s.db), 1);
        CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
    }
    file_copy(s.w.path, s.db); /* page 1 of another file, but for its prefix */
    file_read_at(other.path, 0, a, sizeof a);
    file_write_at(s.db, 16, a + 16, sizeof a - 16);
    CHECK(pages_refused(s.w.vault, s.db) >= 1);
    site_end(&s);
    vault_free(other.vault);
}

/* A frame exchanged under a running store: the index in the heap still points to its place. */
static enum err read_live(struct world *w, int64_t *ret_refused)
{
    struct vault_counters before, after;
    struct db *reader;
    vault_counters(w->vault, &before);
    enum err err = db_open(w->vault, w->path, DB_READ, &reader);
    if (err == OK) {
        CHECK(persons_wrong(reader, NULL) <= 0); /* never other rows */
        (void)is_whole(reader);
        db_close(reader);
    }
    vault_counters(w->vault, &after);
    *ret_refused = after.bad_pages - before.bad_pages;
    return err;
}

TEST(frames_exchanged_under_a_running_store_are_refused)
{
    enum { FRAMES = 6 };
    uint8_t old[FRAMES][VAULT_FRAME_BYTES], now[FRAMES][VAULT_FRAME_BYTES];
    struct world w;
    int64_t refused;
    world_start(&w);
    person_schema(w.db);
    for (int generation = 0; generation < 2; generation++) { /* the same pages at the same places */
        CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
        CHECK_OK(db_begin(w.db));
        for (int i = 0; i < 40; i++)
            CHECK_OK(person_put(w.db, i, generation + 1));
        CHECK_OK(db_commit(w.db));
        for (int i = 0; i < FRAMES; i++)
            file_read_at(with_tail(w.path, "-wal"), VAULT_WAL_HEAD_BYTES + i * VAULT_FRAME_BYTES,
                         generation ? now[i] : old[i], VAULT_FRAME_BYTES);
    }
    log_to(-1);
    const char *log = with_tail(w.path, "-wal");
    CHECK_OK(read_live(&w, &refused));
    CHECK_INT(refused, 0);
    int found = 0, same_pages = 0;
    for (int i = 0; i < FRAMES; i++) {
        int64_t at = VAULT_WAL_HEAD_BYTES + i * VAULT_FRAME_BYTES;
        if (memcmp(old[i], now[i], 8) == 0) { /* the same page and commit mark, an older generation */
            file_write_at(log, at, old[i], VAULT_FRAME_BYTES);
            (void)read_live(&w, &refused);
            CHECK(refused > 0);
            same_pages++;
        }
        /* Another page's frame, whole: SQLite asks for an offset, not for a page, and would take it. */
        file_write_at(log, at, now[(i + 1) % FRAMES], VAULT_FRAME_BYTES);
        (void)read_live(&w, &refused);
        found += refused > 0;
        file_write_at(log, at, now[i], VAULT_FRAME_BYTES);
    }
    CHECK(same_pages > 0);
    CHECK_INT(found, FRAMES);
    CHECK_OK(read_live(&w, &refused));
    CHECK_INT(refused, 0);
    log_to(2);
    db_close(w.db);
    vault_free(w.vault);
}

/* T2 spilled and was rolled back; T3 is shorter and torn by the crash. What T2 left behind T3's commit opens, but it
 * continues nothing: T3 was never durable, and the store must open. */
TEST(leftovers_of_a_rolled_back_transaction_prove_no_commit)
{
    struct site s;
    struct db_log before, after;
    site_start(&s, 3, 0);
    log_to(2);
    CHECK_OK(db_open(s.w.vault, s.w.path, DB_WRITE, &s.w.db));
    CHECK_OK(db_exec(s.w.db, "PRAGMA cache_size = 8"));
    CHECK_OK(model_run(s.w.db, 4));
    CHECK_OK(db_log(s.w.db, &before));
    CHECK_OK(db_begin(s.w.db));
    for (int i = 1000; i < 1400; i++)
        CHECK_OK(person_put(s.w.db, i, 1));
    db_rollback(s.w.db);
    CHECK_OK(model_run(s.w.db, 5));
    CHECK_OK(db_log(s.w.db, &after));
    int64_t frames = (after.end - before.end) / VAULT_FRAME_BYTES;
    CHECK(frames >= 2);
    CHECK(file_bytes(with_tail(s.w.path, "-wal")) > after.end + 2 * VAULT_FRAME_BYTES);
    db_close(s.w.db);
    log_to(-1);
    for (int64_t i = 0; i < frames; i++) { /* all of T3 but this frame made it to the disk */
        site_restore(&s);
        file_flip(s.log, (before.end + i * VAULT_FRAME_BYTES + 24 + (int64_t)dice(VAULT_PAGE_BYTES)) * 8);
        CHECK_INT(look_at(s.w.vault, s.db, 5), OLDER);
    }
    site_restore(&s);
    CHECK_INT(look_at(s.w.vault, s.db, 5), SAME);
    site_end(&s);
}

TEST(frames_cannot_change_places)
{
    uint8_t a[VAULT_FRAME_BYTES], b[VAULT_FRAME_BYTES];
    struct site s;
    site_start(&s, 10, 12);
    int64_t frames = (s.ends[s.log_runs - 2] - VAULT_WAL_HEAD_BYTES) / VAULT_FRAME_BYTES;
    for (int64_t i = 0; i + 1 < frames; i++) {
        int64_t at = VAULT_WAL_HEAD_BYTES + i * VAULT_FRAME_BYTES, next = at + VAULT_FRAME_BYTES;
        for (int bodies_only = 0; bodies_only < 2; bodies_only++) {
            size_t skip = bodies_only ? 24 : 0;
            site_restore(&s);
            file_read_at(s.log, at, a, sizeof a);
            file_read_at(s.log, next, b, sizeof b);
            file_write_at(s.log, at + (int64_t)skip, b + skip, sizeof b - skip);
            file_write_at(s.log, next + (int64_t)skip, a + skip, sizeof a - skip);
            CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
        }
    }
    site_end(&s);
}

/* With a log SQLite does not compare the file's length with its header, and takes a short read for zeroes: only the
 * vault can tell. */
static bool read_is_short(struct vault *v, const char *path)
{
    struct vault_counters before, after;
    struct db *db, *to;
    struct db_copy *copy;
    int64_t left, total;
    char target[128];
    vault_counters(v, &before);
    snprintf(target, sizeof target, "%s.target", path);
    if (db_open(v, path, DB_READ, &db) == OK) { /* a copy reads every page */
        CHECK_OK(db_open(v, target, DB_CREATE, &to));
        CHECK_OK(db_copy_new(db, to, &copy));
        (void)!db_copy_step(copy, -1, &left, &total);
        db_copy_free(copy);
        db_close(to);
        db_close(db);
        CHECK(unlink(target) == 0);
        (void)unlink(with_tail(target, "-wal"));
    }
    vault_counters(v, &after);
    return after.torn_pages + after.past_end > before.torn_pages + before.past_end;
}

/* Cut pages that the log holds newer are no loss; everything else is refused. */
TEST(a_main_file_cut_short_is_refused)
{
    struct site s;
    for (int logged = 0; logged < 2; logged++) {
        int same = 0, told = 0;
        site_start(&s, 60, logged);
        int64_t pages = file_bytes(s.w.path) / VAULT_PAGE_BYTES;
        for (int64_t page = 0; page < pages; page++) {
            site_restore(&s);
            file_cut(s.db, page * VAULT_PAGE_BYTES);
            enum outcome got = look_at(s.w.vault, s.db, s.done);
            same += got == SAME;
            CHECK(got == REFUSED || got == SAME);
            site_restore(&s);
            file_cut(s.db, page * VAULT_PAGE_BYTES + 1 + (int64_t)dice(VAULT_PAGE_BYTES - 1));
            CHECK_INT(look_at(s.w.vault, s.db, s.done), REFUSED);
            if (logged) told += read_is_short(s.w.vault, s.db);
        }
        CHECK(logged ? same <= 3 : same == 0);
        CHECK(!logged || told >= pages - 5); /* not those that the log holds */
        site_end(&s);
    }
}

/* Named in THREATS: what only the anchored audit head can tell. If one of these is ever refused, say so there. */
TEST(an_older_copy_put_back_whole_is_not_seen_here)
{
    struct site s;
    site_start(&s, 10, 5);
    site_restore(&s);
    CHECK(unlink(s.log) == 0);
    struct db *db;
    CHECK_OK(db_open(s.w.vault, s.db, DB_WRITE, &db));
    CHECK_INT(model_check(db), 10);
    db_close(db);
    site_end(&s);
}
