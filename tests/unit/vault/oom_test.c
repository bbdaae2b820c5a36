/* Memory failing at each allocation, ours and SQLite's: nothing leaks, nothing is damaged, and what was refused can
 * be done again. */
#include "store/scrub.h"
#include "world.h"

struct quiet { /* a world made without CHECKs, which would end a sweep */
    char path[96];
    struct vault *vault;
    struct db *db;
};

static enum err quiet_start(struct quiet *q)
{
    *q = (struct quiet){.db = NULL};
    snprintf(q->path, sizeof q->path, "%s/x.db", check_tmp_dir());
    enum err err = vault_new(&q->vault);
    if (err == OK) err = vault_add_key(q->vault, key_one, "one");
    return err;
}

static void quiet_end(struct quiet *q)
{
    db_close(q->db);
    vault_free(q->vault);
}

SWEEP(a_store_is_made)
{
    struct quiet q;
    enum err err = quiet_start(&q);
    if (err == OK) err = db_open(q.vault, q.path, DB_CREATE, &q.db);
    if (err == OK) err = db_exec(q.db, "CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT) STRICT");
    quiet_end(&q);
    return err;
}

/* The rest begins with a store that stands already, and sweeps one act on it. */
static enum err with_store(enum err (*act)(struct quiet *q), int64_t rows_after)
{
    struct quiet q;
    long at = mem_fail_left();
    mem_fail_at(0);
    enum err err = quiet_start(&q);
    if (err == OK) err = db_open(q.vault, q.path, DB_CREATE, &q.db);
    if (err == OK)
        err = db_exec(q.db, "CREATE TABLE a (b INTEGER PRIMARY KEY, c TEXT UNIQUE, d BLOB) STRICT;"
                            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
                            " INSERT INTO a SELECT i, 'c' || i, zeroblob(i * 50) FROM n");
    if (err == OK) {
        mem_fail_at(at);
        err = act(&q);
        at = mem_fail_left();
        mem_fail_at(0);
        db_close(q.db);
        q.db = NULL;
        /* Whatever failed: it opens, it is whole, and all or nothing of the act is there. */
        CHECK_OK(db_open(q.vault, q.path, DB_WRITE, &q.db));
        CHECK(is_whole(q.db));
        int64_t rows = ask_int(q.db, "SELECT count(*) FROM a");
        CHECK(rows == rows_after || (err != OK && rows == 40));
    }
    quiet_end(&q);
    if (at > 0) mem_fail_at(at); /* not reached: the sweep is over */
    return err;
}

static enum err act_write(struct quiet *q)
{
    struct stmt *s;
    enum err err = db_begin(q->db);
    for (int i = 41; err == OK && i <= 60; i++) {
        err = db_save(q->db);
        if (err == OK) err = db_stmt(q->db, "INSERT INTO a VALUES (?1, ?2, ?3)", &s);
        if (err != OK) break;
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        stmt_int(s, 1, i);
        stmt_text(s, 2, name);
        stmt_blob(s, 3, name, sizeof name);
        err = stmt_run(s);
        if (err == OK) err = db_save_keep(q->db);
    }
    if (err == OK) return db_commit(q->db);
    db_rollback(q->db);
    return err;
}

SWEEP(a_group_of_rows_is_written)
{
    return with_store(act_write, 60);
}

static enum err act_read(struct quiet *q)
{
    struct db *reader;
    struct stmt *s;
    bool row = true;
    enum err err = db_open(q->vault, q->path, DB_READ, &reader);
    if (err != OK) return err;
    err = db_begin(reader);
    if (err == OK) err = db_stmt(reader, "SELECT b, c, d FROM a ORDER BY d DESC", &s);
    while (err == OK && row)
        err = stmt_step(s, &row);
    if (err == OK) err = db_commit(reader);
    db_close(reader);
    return err;
}

SWEEP(rows_are_read_by_a_second_connection)
{
    return with_store(act_read, 40);
}

static enum err act_reopen(struct quiet *q)
{
    db_close(q->db);
    q->db = NULL;
    return db_open(q->vault, q->path, DB_WRITE, &q->db);
}

SWEEP(a_store_with_a_log_is_opened_anew)
{
    return with_store(act_reopen, 40);
}

static enum err act_checkpoint(struct quiet *q)
{
    struct scrub scrub;
    bool more = true;
    enum err err = db_checkpoint(q->db, DB_CHECKPOINT_TRUNCATE, NULL);
    scrub_init(&scrub, q->db);
    while (err == OK && more)
        err = scrub_step(&scrub, 10, &more);
    return err == OK && scrub.bad ? ERR_CORRUPT : err;
}

SWEEP(a_checkpoint_and_a_scrub)
{
    return with_store(act_checkpoint, 40);
}

static enum err act_copy(struct quiet *q)
{
    struct db *to;
    struct db_copy *copy;
    int64_t left, total;
    char path[128];
    snprintf(path, sizeof path, "%s.new", q->path);
    enum err err = db_open(q->vault, path, DB_CREATE, &to);
    if (err != OK) return err;
    err = db_copy_new(q->db, to, &copy);
    if (err == OK) {
        err = db_copy_step(copy, -1, &left, &total);
        db_copy_free(copy);
    }
    db_close(to);
    return err;
}

SWEEP(a_store_is_copied)
{
    return with_store(act_copy, 40);
}
