#include "world.h"
#include <sys/stat.h>

TEST(what_is_written_is_read_again_after_opening_anew)
{
    struct world w;
    int64_t rows, left;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_begin(w.db));
    for (int i = 0; i < 500; i++)
        CHECK_OK(person_put(w.db, i, 1));
    CHECK_OK(db_commit(w.db));
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    CHECK_INT(rows, 500);
    CHECK(is_whole(w.db));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, &left));
    CHECK_INT(left, 0);
    CHECK_INT(file_bytes(with_tail(w.path, "-wal")), 0);
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    CHECK_INT(rows, 500);
    CHECK_INT(file_bytes(with_tail(w.path, "-shm")), -1);
    world_end(&w);
}

TEST(the_files_belong_to_their_user_alone)
{
    struct world w;
    struct stat st;
    world_start(&w);
    person_schema(w.db);
    CHECK(stat(w.path, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK(stat(with_tail(w.path, "-wal"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    world_end(&w);
}

TEST(a_connection_is_set_up_as_its_header_says)
{
    struct world w;
    world_start(&w);
    CHECK(ask_text_is(w.db, "PRAGMA journal_mode", "wal"));
    CHECK_INT(ask_int(w.db, "PRAGMA synchronous"), 2);
    CHECK_INT(ask_int(w.db, "PRAGMA foreign_keys"), 1);
    CHECK_INT(ask_int(w.db, "PRAGMA secure_delete"), 1);
    CHECK_INT(ask_int(w.db, "PRAGMA temp_store"), 2);
    CHECK_INT(ask_int(w.db, "PRAGMA page_size"), VAULT_PAGE_BYTES);
    CHECK_INT(ask_int(w.db, "PRAGMA cache_size"), -65536);
    CHECK_INT(ask_int(w.db, "PRAGMA wal_autocheckpoint"), 0);
    world_end(&w);
}

TEST(settings_that_would_leave_plaintext_are_refused)
{
    struct world w;
    world_start(&w);
    person_schema(w.db);
    CHECK(db_exec(w.db, "PRAGMA journal_mode = DELETE") != OK);
    CHECK_STR(str_of(db_raised(w.db)), "a vault stays in WAL mode");
    CHECK(db_exec(w.db, "PRAGMA journal_mode = OFF") != OK);
    CHECK(db_exec(w.db, "PRAGMA temp_store = FILE") != OK);
    CHECK(db_exec(w.db, "PRAGMA mmap_size = 1000000") != OK);
    CHECK(db_exec(w.db, "PRAGMA auto_vacuum = FULL") != OK);
    CHECK(db_exec(w.db, "PRAGMA locking_mode = EXCLUSIVE") != OK);
    CHECK(ask_text_is(w.db, "PRAGMA journal_mode", "wal"));
    CHECK(db_exec(w.db, "ATTACH 'other.db' AS other") != OK);
    CHECK(db_exec(w.db, "ATTACH ':memory:' AS other") != OK);
    CHECK(db_exec(w.db, "VACUUM INTO 'other.db'") != OK);
    CHECK(db_exec(w.db, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''") != OK);
    CHECK(db_exec(w.db, "SELECT load_extension('x')") != OK);
    CHECK(db_exec(w.db, "SELECT \"no such column\"") != OK);
    world_end(&w);
}

TEST(errors_of_rules_are_told_apart)
{
    struct world w;
    world_start(&w);
    CHECK_OK(db_exec(
        w.db, "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT UNIQUE, n INTEGER CHECK (n < 9)) STRICT;"
              "CREATE TABLE b (a INTEGER NOT NULL REFERENCES a(id)) STRICT;"
              "CREATE TRIGGER keep BEFORE DELETE ON a BEGIN SELECT RAISE(ABORT, 'append_only'); END;"
              "INSERT INTO a VALUES (1, 'x', 1)"));
    CHECK_ERR(db_exec(w.db, "INSERT INTO a VALUES (1, 'y', 1)"), ERR_EXISTS);
    CHECK_ERR(db_exec(w.db, "INSERT INTO a VALUES (2, 'x', 1)"), ERR_EXISTS);
    CHECK_ERR(db_exec(w.db, "INSERT INTO a VALUES (2, 'y', 10)"), ERR_BAD_INPUT);
    CHECK_ERR(db_exec(w.db, "INSERT INTO a VALUES (2, 'y', 'many')"), ERR_BAD_INPUT);
    CHECK_ERR(db_exec(w.db, "INSERT INTO b VALUES (7)"), ERR_BAD_INPUT);
    CHECK_ERR(db_exec(w.db, "INSERT INTO b VALUES (NULL)"), ERR_BAD_INPUT);
    CHECK_ERR(db_exec(w.db, "DELETE FROM a"), ERR_DENIED);
    CHECK_STR(str_of(db_raised(w.db)), "append_only");
    CHECK_ERR(db_exec(w.db, "SELEC 1"), ERR_BAD_INPUT);
    CHECK_OK(db_begin(w.db));
    CHECK_ERR(db_begin(w.db), ERR_BAD_INPUT);
    db_rollback(w.db);
    world_end(&w);
}

TEST(a_statement_is_found_again_by_its_text_and_starts_clean)
{
    static const char sql[] = "SELECT ?1, ?2, ?3";
    struct world w;
    struct stmt *s, *again;
    bool row = false;
    world_start(&w);
    CHECK_OK(db_stmt(w.db, sql, &s));
    stmt_int(s, 1, 7);
    stmt_text(s, 2, "seven");
    stmt_blob(s, 3, "\0\1", 2);
    CHECK_OK(stmt_step(s, &row));
    CHECK(row);
    CHECK_INT(stmt_get_int(s, 0), 7);
    CHECK_STR(stmt_get_str(s, 1), "seven");
    CHECK_INT(stmt_get_blob(s, 2).bytes, 2);
    CHECK_OK(db_stmt(w.db, sql, &again));
    CHECK(again == s);
    CHECK_OK(stmt_step(s, &row));
    CHECK(row && stmt_is_null(s, 0) && stmt_is_null(s, 1) && stmt_is_null(s, 2));
    CHECK_OK(stmt_step(s, &row));
    CHECK(!row);
    stmt_done(s);
    stmt_done(NULL);
    world_end(&w);
}

TEST(values_come_back_as_they_were_bound)
{
    struct world w;
    struct stmt *s;
    bool row = false;
    world_start(&w);
    CHECK_OK(db_stmt(w.db, "SELECT ?1, ?2, ?3, ?4, ?5, ?6", &s));
    stmt_instant(s, 1, (struct instant){1795418671031});
    stmt_instant(s, 2, (struct instant){0});
    stmt_str(s, 3, (struct str){NULL, 0});
    stmt_str(s, 4, STR(""));
    stmt_blob(s, 5, NULL, 0);
    stmt_int(s, 6, INT64_MIN);
    CHECK_OK(stmt_step(s, &row));
    CHECK(row);
    CHECK_INT(stmt_get_instant(s, 0).ms, 1795418671031);
    CHECK(stmt_is_null(s, 1));
    CHECK_INT(stmt_get_instant(s, 1).ms, 0);
    CHECK(stmt_is_null(s, 2));
    CHECK(!stmt_is_null(s, 3));
    CHECK_INT(stmt_get_str(s, 3).bytes, 0);
    CHECK(!stmt_is_null(s, 4));
    CHECK_INT(stmt_get_int(s, 5), INT64_MIN);
    stmt_done(s);
    world_end(&w);
}

TEST(many_statements_are_kept_and_all_found_again)
{
    enum { STATEMENTS = 300 };
    static char sql[STATEMENTS][32]; /* as many literals as that */
    struct stmt *first[STATEMENTS], *s;
    struct world w;
    world_start(&w);
    for (int i = 0; i < STATEMENTS; i++) {
        snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
        CHECK_OK(db_stmt(w.db, sql[i], &first[i]));
    }
    for (int i = 0; i < STATEMENTS; i++) {
        CHECK_OK(db_stmt(w.db, sql[i], &s));
        CHECK(s == first[i]);
        CHECK_INT(ask_int(w.db, sql[i]), i);
    }
    db_forget_stmts(w.db);
    CHECK_INT(ask_int(w.db, sql[7]), 7);
    world_end(&w);
}

TEST(a_savepoint_undoes_one_job_and_keeps_the_others)
{
    struct world w;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_begin(w.db));
    for (int i = 1; i <= 3; i++) {
        CHECK_OK(db_save(w.db));
        CHECK_OK(person_put(w.db, i, 1));
        CHECK_OK(i == 2 ? db_save_undo(w.db) : db_save_keep(w.db));
    }
    CHECK_OK(db_commit(w.db));
    CHECK_INT(ask_int(w.db, "SELECT group_concat(id, '') FROM person"), 13);
    CHECK(!db_in_transaction(w.db));
    db_rollback(w.db);
    world_end(&w);
}

TEST(a_reading_connection_cannot_write)
{
    struct world w;
    struct db *reader;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_open(w.vault, w.path, DB_READ, &reader));
    CHECK_ERR(db_exec(reader, "INSERT INTO person VALUES (1, 1, 'x', x'')"), ERR_DENIED);
    CHECK(db_exec(reader, "PRAGMA query_only = OFF; DELETE FROM person") != OK);
    CHECK_INT(ask_int(reader, "SELECT count(*) FROM person"), 0);
    db_close(reader);
    world_end(&w);
}

TEST(a_reader_keeps_its_snapshot_while_the_writer_goes_on)
{
    struct world w;
    struct db *reader;
    int64_t left;
    world_start(&w);
    model_schema(w.db);
    CHECK_OK(model_run(w.db, 1));
    CHECK_OK(db_open(w.vault, w.path, DB_READ, &reader));
    CHECK_OK(db_begin(reader));
    CHECK_OK(model_run(w.db, 2));
    CHECK_INT(model_check(reader), 1);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_PASSIVE, &left));
    CHECK(left > 0); /* the reader is in the way */
    CHECK_ERR(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL), ERR_BUSY);
    CHECK_INT(model_check(reader), 1);
    CHECK_OK(db_commit(reader));
    CHECK_INT(model_check(reader), 2);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, &left));
    CHECK_INT(left, 0);
    CHECK_INT(model_check(reader), 2);
    db_close(reader);
    world_end(&w);
}

/* What a backup target is sent: the main file between two checkpoints, and the log up to its committed end. */
TEST(the_main_file_and_the_committed_log_are_a_copy_without_a_key)
{
    struct world w;
    struct db_log before, after;
    struct db *copy;
    static uint8_t room[1 << 20];
    world_start(&w);
    model_schema(w.db);
    for (int n = 1; n <= 5; n++)
        CHECK_OK(model_run(w.db, n));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    CHECK_OK(db_log(w.db, &before));
    CHECK_INT(before.end, 0);
    for (int n = 6; n <= 9; n++)
        CHECK_OK(model_run(w.db, n));
    CHECK_OK(db_log(w.db, &before));
    CHECK(before.end > 0 && before.end == db_wal_bytes(w.db));
    CHECK_OK(db_begin(w.db)); /* one that is not committed */
    CHECK_OK(person_put(w.db, 1, 99));
    const char *path = with_tail(w.path, ".copy"), *log_path = with_tail(w.path, ".copy-wal");
    file_copy(w.path, path);
    file_read_at(with_tail(w.path, "-wal"), 0, room, (size_t)before.end);
    file_copy(with_tail(w.path, "-wal"), log_path);
    file_cut(log_path, before.end);
    CHECK_OK(db_open(w.vault, path, DB_WRITE, &copy));
    CHECK_INT(model_check(copy), 9);
    CHECK(is_whole(copy));
    db_close(copy);
    db_rollback(w.db);
    CHECK_OK(model_run(w.db, 10));
    CHECK_OK(db_log(w.db, &after));
    CHECK(after.end > before.end && memcmp(after.generation, before.generation, 16) == 0);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_RESTART, NULL));
    CHECK_OK(model_run(w.db, 11));
    CHECK_OK(db_log(w.db, &after));
    CHECK(memcmp(after.generation, before.generation, 16) != 0);
    world_end(&w);
}

TEST(vacuum_text_search_overflow_and_sorting_work_sealed)
{
    struct world w;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_exec(w.db, "CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'trigram')"));
    CHECK_OK(db_begin(w.db));
    for (int i = 0; i < 2000; i++)
        CHECK_OK(person_put(w.db, i, 1));
    CHECK_OK(db_exec(w.db, "INSERT INTO words SELECT name || ' 左膝疼痛三天 ' || id FROM person"));
    CHECK_OK(db_commit(w.db));
    CHECK_INT(ask_int(w.db, "SELECT count(*) FROM words WHERE words MATCH '膝疼痛'"), 2000);
    CHECK_OK(db_exec(w.db, "INSERT INTO words(words) VALUES ('optimize')"));
    CHECK_OK(db_exec(w.db, "INSERT INTO words(words) VALUES ('integrity-check')"));
    CHECK_OK(db_exec(w.db, "DELETE FROM person WHERE id % 3 = 0; DELETE FROM words WHERE rowid % 2 = 0"));
    int64_t before = db_pages(w.db);
    CHECK_OK(db_vacuum(w.db));
    CHECK(db_pages(w.db) < before);
    CHECK_OK(db_exec(w.db, "CREATE TEMP TABLE t AS SELECT * FROM person ORDER BY note, name;"
                           "CREATE INDEX person_by_note ON person(note, name)"));
    CHECK_INT(ask_int(w.db, "SELECT count(*) FROM t"), 1333);
    CHECK(db_exec(w.db, "INSERT INTO person SELECT id + 10000, version, name, note FROM person"
                        " UNION ALL SELECT 1, 1, 'x', x''") != OK); /* undone by its statement journal */
    CHECK_INT(ask_int(w.db, "SELECT count(*) FROM person"), 1333);
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, NULL), 0);
    CHECK_INT(ask_int(w.db, "SELECT count(*) FROM words WHERE words MATCH '膝疼痛'"), 1000);
    CHECK(is_whole(w.db));
    world_end(&w);
}

/* Twenty pages of cache: pages go to the log before their commit, are changed again and rewritten in place. */
TEST(a_transaction_larger_than_the_cache_is_rewritten_in_place)
{
    struct world w;
    struct vault_counters c;
    int64_t rows, many = check_count(6000, 60000);
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_exec(w.db, "PRAGMA cache_size = 20"));
    CHECK_OK(db_begin(w.db));
    for (int64_t i = 0; i < many; i++)
        CHECK_OK(person_put(w.db, i * 7919 % many, 1)); /* many is no multiple of 7919 */
    for (int64_t i = 0; i < many; i++)
        CHECK_OK(person_put(w.db, i, 2));
    CHECK_OK(db_commit(w.db));
    CHECK_OK(db_begin(w.db));
    CHECK_OK(db_exec(w.db, "DELETE FROM person WHERE id % 2 = 0; UPDATE person SET name = name || '!'"));
    db_rollback(w.db);
    vault_counters(w.vault, &c);
    CHECK(c.in_place > 100);
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    CHECK_INT(rows, many);
    CHECK(is_whole(w.db));
    vault_counters(w.vault, &c);
    CHECK_INT(c.log_damage, 0);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    world_end(&w);
}

TEST(a_log_that_was_rewritten_in_place_and_not_committed_is_dropped)
{
    struct world w;
    struct db *copy;
    world_start(&w);
    model_schema(w.db);
    CHECK_OK(model_run(w.db, 1));
    CHECK_OK(db_exec(w.db, "PRAGMA cache_size = 8"));
    CHECK_OK(db_begin(w.db));
    for (int turn = 0; turn < 3; turn++)
        for (int i = 1; i <= 400; i++)
            CHECK_OK(person_put(w.db, i, 100 + turn));
    const char *path = with_tail(w.path, ".copy");
    file_copy(w.path, path);
    file_copy(with_tail(w.path, "-wal"), with_tail(path, "-wal"));
    db_rollback(w.db);
    CHECK_OK(model_run(w.db, 2)); /* over frames that stay behind it */
    const char *later = with_tail(w.path, ".later");
    file_copy(w.path, later);
    file_copy(with_tail(w.path, "-wal"), with_tail(later, "-wal"));
    CHECK_OK(db_open(w.vault, path, DB_WRITE, &copy));
    CHECK_INT(model_check(copy), 1);
    db_close(copy);
    CHECK_OK(db_open(w.vault, later, DB_WRITE, &copy));
    CHECK_INT(model_check(copy), 2);
    db_close(copy);
    world_end(&w);
}

/* The desk writes its anchor there: between a durable commit and anybody who could see it. */
struct hooked {
    int64_t calls;
    bool answer;
};

static bool on_commit(void *ctx)
{
    struct hooked *h = ctx;
    h->calls++;
    return h->answer;
}

TEST(the_commit_hook_is_called_once_a_commit_and_may_refuse_it)
{
    struct world w;
    struct hooked h = {0, true};
    world_start(&w);
    model_schema(w.db);
    db_on_commit(w.db, on_commit, &h);
    CHECK_OK(model_run(w.db, 1));
    CHECK_INT(h.calls, 1);
    CHECK_OK(db_begin(w.db));
    CHECK_OK(person_put(w.db, 1, 9));
    db_rollback(w.db);
    CHECK_INT(h.calls, 1);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_RESTART, NULL)); /* syncs the log too */
    CHECK_INT(h.calls, 1);
    h.answer = false;
    CHECK_ERR(model_run(w.db, 2), ERR_IO);
    CHECK_INT(h.calls, 2);
    CHECK_INT(model_check(w.db), 1);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    CHECK_INT(h.calls, 2);
    h.answer = true;
    CHECK_OK(db_exec(w.db, "PRAGMA cache_size = 8")); /* spills: frames are summed anew before the commit */
    CHECK_OK(db_begin(w.db));
    for (int turn = 0; turn < 2; turn++)
        for (int i = 300; i < 600; i++)
            CHECK_OK(person_put(w.db, i, turn));
    CHECK_INT(h.calls, 2);
    CHECK_OK(db_commit(w.db));
    CHECK_INT(h.calls, 3);
    CHECK_OK(db_exec(w.db, "DELETE FROM person WHERE id >= 300"));
    CHECK_INT(h.calls, 4);
    CHECK_OK(model_run(w.db, 2));
    world_reopen(&w);
    CHECK_INT(model_check(w.db), 2);
    world_end(&w);
}
