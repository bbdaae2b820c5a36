#include "base/log.h"
#include "world.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err try_open(struct vault *v, const char *path)
{
    struct db *db;
    enum err err = db_open(v, path, DB_WRITE, &db);
    if (err == OK) db_close(db);
    return err;
}

TEST(only_the_right_key_opens)
{
    struct world w;
    world_start(&w);
    person_schema(w.db);
    db_close(w.db);
    struct vault *none = world_vault(NULL, NULL), *other = world_vault(key_two, "two");
    CHECK_ERR(try_open(none, w.path), ERR_KEY);
    CHECK_ERR(try_open(other, w.path), ERR_KEY);
    CHECK_OK(vault_add_key(other, key_one, "one"));
    CHECK_OK(try_open(other, w.path));
    CHECK_OK(vault_forget_key(other, "one"));
    CHECK_ERR(vault_forget_key(other, "one"), ERR_NOT_FOUND);
    CHECK_ERR(try_open(other, w.path), ERR_KEY);
    vault_free(none);
    vault_free(other);
    CHECK_OK(db_open(w.vault, w.path, DB_WRITE, &w.db));
    world_end(&w);
}

TEST(a_vault_without_a_key_makes_nothing)
{
    struct vault *none = world_vault(NULL, NULL);
    struct db *db;
    char path[96];
    snprintf(path, sizeof path, "%s/x.db", check_tmp_dir());
    CHECK_ERR(db_open(none, path, DB_CREATE, &db), ERR_KEY);
    CHECK_INT(file_bytes(path), 0);
    vault_free(none);
}

TEST(as_many_keys_as_a_vault_holds_and_no_more)
{
    struct vault *v = world_vault(NULL, NULL);
    uint8_t key[VAULT_KEY_BYTES] = {0};
    char name[VAULT_KEY_NAME_BYTES];
    for (int i = 0; i < VAULT_KEYS_MAX; i++) {
        key[0] = (uint8_t)i;
        snprintf(name, sizeof name, "k-%d", i);
        CHECK_OK(vault_add_key(v, key, name));
    }
    CHECK_ERR(vault_add_key(v, key, "one-more"), ERR_LIMIT);
    CHECK_OK(vault_add_key(v, key, "k-3"));
    CHECK_ERR(vault_add_key(v, key, "a-name-far-too-long"), ERR_LIMIT);
    vault_free(v);
}

TEST(what_is_no_vault_is_refused)
{
    struct world w;
    sqlite3 *plain;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    db_close(w.db);
    const char *path = with_tail(w.path, ".plain");
    CHECK(sqlite3_open(path, &plain) == SQLITE_OK);
    CHECK(sqlite3_exec(plain, "CREATE TABLE a (b)", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(plain);
    CHECK_ERR(try_open(w.vault, path), ERR_CORRUPT);
    CHECK_ERR(try_open(w.vault, with_tail(w.path, ".absent")), ERR_NOT_FOUND);
    CHECK_ERR(try_open(w.vault, check_tmp_dir()), ERR_CORRUPT);
    for (int byte = 0; byte < 16; byte++) {
        file_flip(w.path, byte * 8 + byte % 8);
        enum err err = try_open(w.vault, w.path);
        CHECK(err == ERR_CORRUPT || err == ERR_KEY);
        file_flip(w.path, byte * 8 + byte % 8);
    }
    CHECK_OK(db_open(w.vault, w.path, DB_WRITE, &w.db));
    world_end(&w);
}

TEST(an_emptied_file_is_not_taken_for_a_new_one)
{
    struct world w;
    struct db *db;
    world_start(&w);
    model_schema(w.db);
    CHECK_OK(model_run(w.db, 1));
    db_close(w.db);
    w.db = NULL;
    CHECK(file_bytes(with_tail(w.path, "-wal")) > 0);
    file_cut(w.path, 0);
    CHECK_ERR(db_open(w.vault, w.path, DB_WRITE, &db), ERR_CORRUPT);
    CHECK_ERR(db_open(w.vault, w.path, DB_READ, &db), ERR_CORRUPT);
    CHECK_ERR(db_open(w.vault, w.path, DB_CREATE, &db), ERR_CORRUPT);
    CHECK(file_bytes(with_tail(w.path, "-wal")) > 0);
    CHECK(unlink(w.path) == 0);
    CHECK_ERR(db_open(w.vault, w.path, DB_CREATE, &db), ERR_CORRUPT);
    CHECK(unlink(with_tail(w.path, "-wal")) == 0);
    CHECK_OK(db_open(w.vault, w.path, DB_CREATE, &w.db));
    world_end(&w);
}

TEST(creating_what_is_there_opens_it)
{
    struct world w;
    world_start(&w);
    model_schema(w.db);
    CHECK_OK(model_run(w.db, 1));
    db_close(w.db);
    CHECK_OK(db_open(w.vault, w.path, DB_CREATE, &w.db));
    CHECK_INT(model_check(w.db), 1);
    world_end(&w);
}

/* The wal-index is in the heap: a second process, or a second vault, would not see it. */
TEST(a_second_process_and_a_second_vault_are_kept_out)
{
    struct world w;
    struct db *db;
    int status;
    world_start(&w);
    person_schema(w.db);
    struct vault *second = world_vault(key_one, "one");
    CHECK_ERR(db_open(second, w.path, DB_READ, &db), ERR_BUSY);
    vault_free(second);
    db_close(w.db);
    int turn[2], done[2];
    char byte;
    CHECK(pipe(turn) == 0 && pipe(done) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) { /* holds the file until told, or until we are gone */
        close(turn[0]);
        close(done[1]);
        bool held = db_open(w.vault, w.path, DB_WRITE, &db) == OK;
        if (write(turn[1], held ? "y" : "n", 1) != 1 || read(done[0], &byte, 1) < 0) _exit(2);
        _exit(held ? 0 : 1);
    }
    CHECK(read(turn[0], &byte, 1) == 1 && byte == 'y');
    CHECK_ERR(db_open(w.vault, w.path, DB_WRITE, &db), ERR_BUSY);
    CHECK_ERR(db_open(w.vault, w.path, DB_READ, &db), ERR_BUSY);
    CHECK(write(done[1], "x", 1) == 1);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (int i = 0; i < 2; i++)
        close(turn[i]), close(done[i]);
    CHECK_OK(db_open(w.vault, w.path, DB_WRITE, &w.db));
    world_end(&w);
}

TEST(two_stores_stand_in_one_process)
{
    struct world a, b;
    world_start(&a);
    world_start(&b);
    model_schema(a.db);
    model_schema(b.db);
    for (int n = 1; n <= 3; n++) {
        CHECK_OK(model_run(a.db, n));
        if (n < 3) CHECK_OK(model_run(b.db, n));
    }
    world_end(&a);
    CHECK_INT(model_check(b.db), 2);
    world_reopen(&b);
    CHECK_INT(model_check(b.db), 2);
    world_end(&b);
}

TEST(a_planted_journal_or_shared_memory_changes_nothing)
{
    static const char noise[8192] = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7 not ours";
    static const char *const tails[] = {"-journal", "-shm"};
    struct world w;
    world_start(&w);
    model_schema(w.db);
    for (int n = 1; n <= 4; n++)
        CHECK_OK(model_run(w.db, n));
    db_close(w.db);
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        int fd = open(with_tail(w.path, tails[i]), O_WRONLY | O_CREAT, 0600);
        CHECK(fd >= 0 && write(fd, noise, sizeof noise) == sizeof noise);
        close(fd);
    }
    CHECK_OK(db_open(w.vault, w.path, DB_WRITE, &w.db));
    CHECK_INT(model_check(w.db), 4);
    CHECK_OK(model_run(w.db, 5));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    world_reopen(&w);
    CHECK_INT(model_check(w.db), 5);
    CHECK_INT(file_bytes(with_tail(w.path, "-shm")), sizeof noise); /* never touched */
    world_end(&w);
}

/* The table of sqlite.org/walformat.html: shared by many or held by one. */
TEST(locks_of_the_index_keep_each_other_out)
{
    enum {
        SLOT = SQLITE_SHM_NLOCK - 1,
        TAKE_ONE = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE,
        TAKE_MANY = SQLITE_SHM_LOCK | SQLITE_SHM_SHARED,
        GIVE_ONE = SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE,
        GIVE_MANY = SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED
    };
    struct world w;
    struct db *others[2];
    sqlite3_file *f[3];
    world_start(&w);
    person_schema(w.db);
    for (int i = 0; i < 2; i++)
        CHECK_OK(db_open(w.vault, w.path, DB_READ, &others[i]));
    for (int i = 0; i < 3; i++)
        CHECK(sqlite3_file_control(db_handle(i ? others[i - 1] : w.db), "main", SQLITE_FCNTL_FILE_POINTER,
                                   &f[i]) == SQLITE_OK);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, TAKE_ONE), SQLITE_OK);
    CHECK_INT(f[1]->pMethods->xShmLock(f[1], SLOT, 1, TAKE_ONE), SQLITE_BUSY);
    CHECK_INT(f[1]->pMethods->xShmLock(f[1], SLOT, 1, TAKE_MANY), SQLITE_BUSY);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, GIVE_ONE), SQLITE_OK);
    CHECK_INT(f[1]->pMethods->xShmLock(f[1], SLOT, 1, TAKE_MANY), SQLITE_OK);
    CHECK_INT(f[1]->pMethods->xShmLock(f[1], SLOT, 1, TAKE_MANY),
              SQLITE_OK); /* held already: not counted twice */
    CHECK_INT(f[2]->pMethods->xShmLock(f[2], SLOT, 1, TAKE_MANY), SQLITE_OK);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, TAKE_ONE), SQLITE_BUSY);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT - 2, 3, TAKE_ONE),
              SQLITE_BUSY); /* all of a range or none */
    CHECK_INT(f[2]->pMethods->xShmLock(f[2], SLOT - 2, 1, TAKE_ONE), SQLITE_OK);
    CHECK_INT(f[2]->pMethods->xShmLock(f[2], SLOT - 2, 1, GIVE_ONE), SQLITE_OK);
    CHECK_INT(f[1]->pMethods->xShmLock(f[1], SLOT, 1, GIVE_MANY), SQLITE_OK);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, TAKE_ONE), SQLITE_BUSY);
    db_close(others[1]); /* gives back what it holds */
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, TAKE_ONE), SQLITE_OK);
    CHECK_INT(f[0]->pMethods->xShmLock(f[0], SLOT, 1, GIVE_ONE), SQLITE_OK);
    db_close(others[0]);
    world_end(&w);
}

/* Equal pages must not look equal, nor may the salts or sums of the log be read. */
TEST(frames_hide_their_salts_and_sums)
{
    enum { FRAMES_MAX = 200 };
    static uint8_t log[VAULT_WAL_HEAD_BYTES + FRAMES_MAX * VAULT_FRAME_BYTES];
    struct world w;
    struct db_log at;
    world_start(&w);
    CHECK_OK(db_exec(
        w.db, "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER) STRICT; INSERT INTO a VALUES (1, 1)"));
    for (int i = 0; i < 20; i++)
        CHECK_OK(db_exec(w.db, i % 2 ? "UPDATE a SET b = 1" : "UPDATE a SET b = 2"));
    CHECK_OK(db_log(w.db, &at));
    CHECK(at.end <= (int64_t)sizeof log);
    file_read_at(with_tail(w.path, "-wal"), 0, log, (size_t)at.end);
    for (uint8_t *f = log + VAULT_WAL_HEAD_BYTES; f < log + at.end; f += VAULT_FRAME_BYTES) {
        CHECK(memcmp(f + 8, log + 16, 8) != 0);
        for (uint8_t *g = log + VAULT_WAL_HEAD_BYTES; g < f; g += VAULT_FRAME_BYTES) {
            CHECK(memcmp(f + 8, g + 8, 8) != 0);
            CHECK(memcmp(f + 16, g + 16, 8) != 0);
            for (int i = 24; i < VAULT_FRAME_BYTES; i += 16)
                CHECK(memcmp(f + i, g + i, 16) != 0);
        }
    }
    world_end(&w);
}
