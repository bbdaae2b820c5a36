#include "world.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

const uint8_t key_one[VAULT_KEY_BYTES] = {1, 2, 3}, key_two[VAULT_KEY_BYTES] = {2, 3, 4};

struct vault *world_vault(const uint8_t *key, const char *name)
{
    struct vault *v;
    CHECK_OK(vault_new(&v));
    if (key) CHECK_OK(vault_add_key(v, key, name));
    return v;
}

void world_start(struct world *w)
{
    snprintf(w->path, sizeof w->path, "%s/yunqiao.db", check_tmp_dir());
    w->vault = world_vault(key_one, "one");
    CHECK_OK(db_open(w->vault, w->path, DB_CREATE, &w->db));
}

void check_zero_counters(const struct vault *v)
{
    struct vault_counters c;
    vault_counters(v, &c);
    CHECK_INT(c.bad_pages, 0);
    CHECK_INT(c.torn_pages, 0);
    CHECK_INT(c.past_end, 0);
    CHECK_INT(c.zero_pages, 0);
    CHECK_INT(c.log_damage, 0);
    CHECK_INT(c.odd_io, 0);
    CHECK_INT(c.dirty_reserve, 0);
    CHECK_INT(c.refused_files, 0);
}

void world_end(struct world *w)
{
    check_zero_counters(w->vault);
    db_close(w->db);
    vault_free(w->vault);
}

enum err world_try_reopen(struct world *w)
{
    db_close(w->db);
    w->db = NULL;
    return db_open(w->vault, w->path, DB_WRITE, &w->db);
}

void world_reopen(struct world *w)
{
    CHECK_OK(world_try_reopen(w));
}

void person_schema(struct db *db)
{
    CHECK_OK(db_exec(
        db, "CREATE TABLE person (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL,"
            " note BLOB NOT NULL) STRICT;"
            "CREATE INDEX person_by_name ON person(name)"));
}

/* Notes of 0 to 6,000 bytes: some overflow their page. */
static size_t person_note(int64_t id, int64_t version, uint8_t note[6000])
{
    uint64_t state = (uint64_t)(id * 7919 + version * 104729 + 1);
    size_t bytes = (size_t)(state * 2654435761u % 600);
    if (id % 17 == 0) bytes *= 10;
    for (size_t i = 0; i < bytes; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        note[i] = (uint8_t)(state >> 56);
    }
    return bytes;
}

static void person_name(int64_t id, int64_t version, char name[32])
{
    snprintf(name, 32, "person-%06" PRId64 "-%" PRId64, id * 7 % 100003, version);
}

enum err person_put(struct db *db, int64_t id, int64_t version)
{
    struct stmt *s;
    uint8_t note[6000];
    char name[32];
    enum err err = db_stmt(db,
                           "INSERT INTO person (id, version, name, note) VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT (id) DO UPDATE SET version = ?2, name = ?3, note = ?4",
                           &s);
    if (err != OK) return err;
    size_t bytes = person_note(id, version, note);
    person_name(id, version, name);
    stmt_int(s, 1, id);
    stmt_int(s, 2, version);
    stmt_text(s, 3, name);
    stmt_blob(s, 4, note, bytes);
    return stmt_run(s);
}

int64_t persons_wrong(struct db *db, int64_t *ret_rows)
{
    struct stmt *s;
    uint8_t note[6000];
    char name[32];
    int64_t wrong = 0, rows = 0;
    bool row;
    CHECK_OK(db_stmt(db, "SELECT id, version, name, note FROM person", &s));
    for (;;) {
        if (stmt_step(s, &row) != OK) return -1;
        if (!row) break;
        int64_t id = stmt_get_int(s, 0), version = stmt_get_int(s, 1);
        size_t bytes = person_note(id, version, note);
        struct str got = stmt_get_blob(s, 3);
        person_name(id, version, name);
        wrong += !str_is_text(stmt_get_str(s, 2), name) || got.bytes != bytes ||
                 (bytes && memcmp(got.at, note, bytes) != 0);
        rows++;
    }
    stmt_done(s);
    if (ret_rows) *ret_rows = rows;
    return wrong;
}

void model_schema(struct db *db)
{
    person_schema(db);
    CHECK_OK(db_exec(
        db, "CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 0), version INTEGER NOT NULL) STRICT;"
            "INSERT INTO mark VALUES (0, 0)"));
}

/* The persons that transaction n writes: 1 to 40, now and then the same one twice. */
static int model_persons(int64_t n, int64_t ids[40])
{
    uint64_t state = (uint64_t)n * 0x9E3779B97F4A7C15u + 7;
    int count = 1 + (int)((state >> 33) % (n % 5 == 0 ? 40 : 4));
    for (int i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        ids[i] = 1 + (int64_t)((state >> 33) % MODEL_PERSONS);
    }
    return count;
}

static enum err model_write(struct db *db, int64_t n)
{
    struct stmt *s;
    int64_t ids[40];
    int count = model_persons(n, ids);
    enum err err = OK;
    for (int i = 0; err == OK && i < count; i++)
        err = person_put(db, ids[i], n);
    if (err == OK) err = db_stmt(db, "UPDATE mark SET version = ?1", &s);
    if (err != OK) return err;
    stmt_int(s, 1, n);
    return stmt_run(s);
}

enum err model_run(struct db *db, int64_t n)
{
    enum err err = db_begin(db);
    if (err != OK) return err;
    err = model_write(db, n);
    if (err == OK) return db_commit(db);
    db_rollback(db);
    return err;
}

int64_t model_check(struct db *db)
{
    int64_t versions[MODEL_PERSONS + 1] = {0}, ids[40], expected = 0, found = 0;
    struct stmt *s;
    bool row = false;
    if (persons_wrong(db, NULL) != 0) return -1;
    if (db_stmt(db, "SELECT version FROM mark", &s) != OK || stmt_step(s, &row) != OK || !row) return -1;
    int64_t done = stmt_get_int(s, 0);
    stmt_done(s);
    for (int64_t n = 1; n <= done; n++)
        for (int i = model_persons(n, ids); i-- > 0;)
            versions[ids[i]] = n;
    for (int id = 1; id <= MODEL_PERSONS; id++)
        expected += versions[id] != 0;
    if (db_stmt(db, "SELECT id, version FROM person", &s) != OK) return -1;
    while (stmt_step(s, &row) == OK && row) {
        int64_t id = stmt_get_int(s, 0);
        if (id < 1 || id > MODEL_PERSONS || versions[id] != stmt_get_int(s, 1)) return -1;
        found++;
    }
    return found == expected ? done : -1;
}

int64_t ask_int(struct db *db, const char *sql)
{
    struct stmt *s;
    bool row = false;
    CHECK_OK(db_stmt(db, sql, &s));
    CHECK_OK(stmt_step(s, &row));
    CHECK(row);
    int64_t n = stmt_get_int(s, 0);
    stmt_done(s);
    return n;
}

bool ask_text_is(struct db *db, const char *sql, const char *text)
{
    struct stmt *s;
    bool row = false;
    if (db_stmt(db, sql, &s) != OK || stmt_step(s, &row) != OK || !row) return false;
    bool is = str_is_text(stmt_get_str(s, 0), text);
    stmt_done(s);
    return is;
}

bool is_whole(struct db *db)
{
    return ask_text_is(db, "PRAGMA integrity_check", "ok");
}

int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

void file_read_at(const char *path, int64_t at, void *ret, size_t bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(pread(fd, ret, bytes, at) == (ssize_t)bytes);
    close(fd);
}

void file_write_at(const char *path, int64_t at, const void *from, size_t bytes)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(pwrite(fd, from, bytes, at) == (ssize_t)bytes);
    close(fd);
}

void file_flip(const char *path, int64_t bit)
{
    uint8_t byte;
    file_read_at(path, bit / 8, &byte, 1);
    byte ^= (uint8_t)(1 << bit % 8);
    file_write_at(path, bit / 8, &byte, 1);
}

void file_copy(const char *from, const char *to)
{
    static uint8_t room[1 << 16];
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t n;
    CHECK(in >= 0 && out >= 0);
    while ((n = read(in, room, sizeof room)) > 0)
        CHECK(write(out, room, (size_t)n) == n);
    CHECK(n == 0);
    close(in);
    close(out);
}

void file_cut(const char *path, int64_t bytes)
{
    CHECK(truncate(path, bytes) == 0);
}

const char *with_tail(const char *path, const char *tail)
{
    static char rooms[8][128];
    static unsigned next;
    char *room = rooms[next++ % COUNT_OF(rooms)];
    snprintf(room, sizeof rooms[0], "%s%s", path, tail);
    return room;
}

static uint64_t dice_state = 1;

void dice_seed(uint64_t seed)
{
    dice_state = seed * 2 + 1;
}

uint64_t dice(uint64_t below)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (dice_state >> 20) % below;
}
