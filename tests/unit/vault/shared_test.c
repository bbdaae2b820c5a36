/* One process, many threads, one file: a writer that checkpoints, readers that compare, openers that come and go. */
#include "store/scrub.h"
#include "world.h"
#include <pthread.h>
#include <stdatomic.h>

struct shared {
    struct world w;
    _Atomic bool is_over;
    _Atomic int64_t reads, opens, scrubbed, wrong;
};

static bool over(struct shared *s)
{
    return atomic_load(&s->is_over);
}

/* Every state has the same sum: the writer moves amounts between rows. */
static const char sum_sql[] = "SELECT sum(amount) FROM purse";
enum { PURSES = 300, SUM = PURSES * 100 };

static int64_t sum_of(struct db *db)
{
    struct stmt *s;
    bool row = false;
    int64_t sum = -1;
    if (db_stmt(db, sum_sql, &s) == OK && stmt_step(s, &row) == OK && row) sum = stmt_get_int(s, 0);
    stmt_done(s);
    return sum;
}

static void *read_on(void *ctx)
{
    struct shared *s = ctx;
    struct db *db;
    if (db_open(s->w.vault, s->w.path, DB_READ, &db) != OK) {
        atomic_fetch_add(&s->wrong, 1000000);
        return NULL;
    }
    while (!over(s)) {
        if (db_begin(db) != OK || sum_of(db) != SUM || sum_of(db) != SUM || db_commit(db) != OK)
            atomic_fetch_add(&s->wrong, 1);
        atomic_fetch_add(&s->reads, 1);
    }
    db_close(db);
    return NULL;
}

static void *open_and_close(void *ctx)
{
    struct shared *s = ctx;
    struct db *db;
    while (!over(s)) {
        if (db_open(s->w.vault, s->w.path, DB_READ, &db) == OK) {
            if (sum_of(db) != SUM) atomic_fetch_add(&s->wrong, 1);
            db_close(db);
        } else {
            atomic_fetch_add(&s->wrong, 1000);
        }
        atomic_fetch_add(&s->opens, 1);
    }
    return NULL;
}

static void *scrub_on(void *ctx)
{
    struct shared *s = ctx;
    struct db *db;
    struct scrub scrub;
    if (db_open(s->w.vault, s->w.path, DB_READ, &db) != OK) {
        atomic_fetch_add(&s->wrong, 1000000);
        return NULL;
    }
    while (!over(s)) {
        bool more = true;
        scrub_init(&scrub, db);
        while (more && scrub_step(&scrub, 16, &more) == OK)
            continue;
        atomic_fetch_add(&s->wrong, scrub.bad);
        atomic_fetch_add(&s->scrubbed, scrub.checked);
    }
    db_close(db);
    return NULL;
}

static void write_on(struct shared *s, long turns)
{
    static const enum db_checkpoint modes[] = {DB_CHECKPOINT_PASSIVE, DB_CHECKPOINT_RESTART,
                                               DB_CHECKPOINT_TRUNCATE};
    struct stmt *st;
    for (long i = 0; i < turns; i++) {
        CHECK_OK(db_begin(s->w.db));
        for (int j = 0; j < 8; j++) {
            CHECK_OK(db_stmt(
                s->w.db, "UPDATE purse SET amount = amount + ?2, pad = hex(randomblob(200)) WHERE id = ?1",
                &st));
            stmt_int(st, 1, (int64_t)dice(PURSES) + 1);
            stmt_int(st, 2, j % 2 ? -7 : 7);
            CHECK_OK(stmt_run(st));
        }
        if (i % 50 == 7)
            db_rollback(s->w.db);
        else
            CHECK_OK(db_commit(s->w.db));
        if (i % 20 == 0) {
            enum err err = db_checkpoint(s->w.db, modes[i / 20 % 3], NULL);
            CHECK(err == OK || err == ERR_BUSY);
        }
    }
}

TEST(readers_openers_and_a_scrub_see_whole_states_while_one_writes)
{
    static void *(*const roles[])(void *) = {read_on, read_on, open_and_close, open_and_close, scrub_on};
    static struct shared s;
    pthread_t threads[COUNT_OF(roles)];
    memset(&s, 0, sizeof s);
    world_start(&s.w);
    CHECK_OK(db_exec(s.w.db, "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount INTEGER, pad TEXT) STRICT;"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
                             " INSERT INTO purse SELECT i, 100, hex(zeroblob(200)) FROM n"));
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        CHECK(pthread_create(&threads[i], NULL, roles[i], &s) == 0);
    write_on(&s, check_count(600, 20000));
    while (atomic_load(&s.wrong) == 0 &&
           (atomic_load(&s.reads) < 50 || atomic_load(&s.opens) < 20 || atomic_load(&s.scrubbed) < 50))
        write_on(&s, 20); /* on a busy machine the others may not have had their turn */
    atomic_store(&s.is_over, true);
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        pthread_join(threads[i], NULL);
    CHECK_INT(atomic_load(&s.wrong), 0);
    CHECK_INT(sum_of(s.w.db), SUM);
    CHECK(is_whole(s.w.db));
    world_reopen(&s.w);
    CHECK_INT(sum_of(s.w.db), SUM);
    world_end(&s.w);
}
