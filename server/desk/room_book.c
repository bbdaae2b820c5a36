#include "desk/room_book.h"
#include "auth/account.h"
#include "base/rnd.h"

static const char rooms_sql[] = "CREATE TABLE room ("
                                " id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 40),"
                                " title TEXT NOT NULL,"
                                " created INTEGER NOT NULL,"
                                " maker TEXT NOT NULL REFERENCES account (id),"
                                " closed INTEGER"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE TABLE room_member ("
                                " room TEXT NOT NULL REFERENCES room (id),"
                                " account TEXT NOT NULL REFERENCES account (id),"
                                " is_host INTEGER NOT NULL CHECK (is_host IN (0, 1)),"
                                " PRIMARY KEY (room, account)"
                                ") STRICT, WITHOUT ROWID;"
                                "CREATE INDEX room_member_by_account ON room_member (account);"
                                "CREATE TABLE room_key ("
                                " number INTEGER PRIMARY KEY CHECK (number = 1),"
                                " secret BLOB NOT NULL CHECK (length(secret) = 32)"
                                ") STRICT;";

static const char pass_sql[] = "CREATE TABLE room_pass ("
                               " id TEXT PRIMARY KEY CHECK (length(id) = 36),"
                               " room TEXT NOT NULL,"
                               " source TEXT NOT NULL,"
                               " may_publish INTEGER NOT NULL CHECK (may_publish IN (0, 1)),"
                               " may_subscribe INTEGER NOT NULL CHECK (may_subscribe IN (0, 1)),"
                               " made INTEGER NOT NULL,"
                               " ends INTEGER NOT NULL"
                               ") STRICT, WITHOUT ROWID;"
                               "CREATE INDEX room_pass_by_room ON room_pass (room, made);"
                               "CREATE INDEX room_pass_by_end ON room_pass (ends);";

const struct migration room_migrations[] = {
    {100, "rooms, their members, and the key of their tokens", rooms_sql},
    {101, "tokens of sources and viewers, each to be taken back", pass_sql},
    {0, NULL, NULL},
};

bool room_world_may(struct role_set roles)
{
    enum world world = role_set_world(roles);
    return world == WORLD_CLINICAL || world == WORLD_DETAINEE;
}

/* -- the key -- */

static enum err key_read(struct tx *tx, uint8_t ret_key[ROOM_KEY_BYTES])
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT secret FROM room_key", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    struct str secret = row ? stmt_get_blob(s, 0) : (struct str){0};
    if (!row)
        err = ERR_NOT_FOUND;
    else if (secret.bytes != ROOM_KEY_BYTES)
        err = ERR_CORRUPT;
    else
        memcpy(ret_key, secret.at, ROOM_KEY_BYTES);
    stmt_done(s);
    return err;
}

enum err room_book_key(struct tx *tx, uint8_t ret_key[ROOM_KEY_BYTES])
{
    struct stmt *s;
    uint8_t fresh[ROOM_KEY_BYTES];
    enum err err = key_read(tx, ret_key);
    if (err != ERR_NOT_FOUND || !tx->may_write) return err;
    rnd_bytes(fresh, sizeof fresh);
    err = db_stmt(tx->db, "INSERT INTO room_key (number, secret) VALUES (1, ?1)", &s);
    if (err) return err;
    stmt_blob(s, 1, fresh, sizeof fresh);
    err = stmt_run(s);
    if (!err) memcpy(ret_key, fresh, sizeof fresh);
    return err;
}

/* -- rooms -- */

/* Fifty bits that nobody guesses, in letters and digits that nobody mistakes for each other. */
static void id_new(char ret_id[ROOM_ID_MAX + 1])
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789";
    for (int i = 0; i < 12; i++)
        ret_id[i] = letters[rnd_below(sizeof letters - 1)];
    ret_id[12] = '\0';
}

enum err room_book_make(struct tx *tx, struct str title, struct str maker, char ret_id[ROOM_ID_MAX + 1])
{
    struct stmt *s;
    char id[ROOM_ID_MAX + 1];
    id_new(id);
    enum err err =
        db_stmt(tx->db, "INSERT INTO room (id, title, created, maker) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    stmt_text(s, 1, id);
    stmt_str(s, 2, title);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, maker);
    err = stmt_run(s);
    if (!err) memcpy(ret_id, id, sizeof id);
    return err;
}

static bool copy(struct arena *arena, struct str from, struct str *ret)
{
    ret->at = arena_text(arena, from.at, from.bytes);
    ret->bytes = from.bytes;
    return ret->at != NULL;
}

/* Columns: id, title, created, closed, is_host (NULL: no member). */
static struct room_entry entry_of(struct stmt *s)
{
    return (struct room_entry){.id = stmt_get_str(s, 0),
                               .title = stmt_get_str(s, 1),
                               .created = stmt_get_instant(s, 2),
                               .closed = stmt_get_instant(s, 3),
                               .is_member = !stmt_is_null(s, 4),
                               .is_host = !stmt_is_null(s, 4) && stmt_get_int(s, 4) != 0};
}

enum err room_book_find(struct tx *tx, struct arena *arena, struct str id, struct str account,
                        struct room_entry *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT room.id, title, created, closed, is_host FROM room LEFT JOIN room_member"
                           " ON room_member.room = room.id AND room_member.account = ?2 WHERE room.id = ?1",
                           &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, account.at ? account : STR(""));
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct room_entry e = entry_of(s);
        if (copy(arena, e.id, &e.id) && copy(arena, e.title, &e.title))
            *ret = e;
        else
            err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

enum err room_book_close(struct tx *tx, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE room SET closed = ?2 WHERE id = ?1 AND closed IS NULL", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}

/* -- members -- */

static enum err count(struct tx *tx, const char *sql, struct str id, struct str account, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, account);
    err = stmt_step(s, &row);
    if (!err) *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

/* A room that nobody may open or close would be nobody's. */
static enum err other_hosts(struct tx *tx, struct str id, struct str account, int64_t *ret_n)
{
    return count(tx, "SELECT count(*) FROM room_member WHERE room = ?1 AND account <> ?2 AND is_host = 1", id,
                 account, ret_n);
}

static enum err is_only_host(struct tx *tx, struct str id, struct str account, bool *ret_is)
{
    int64_t others = 0, own = 0;
    enum err err = other_hosts(tx, id, account, &others);
    if (!err)
        err = count(tx, "SELECT count(*) FROM room_member WHERE room = ?1 AND account = ?2 AND is_host = 1",
                    id, account, &own);
    *ret_is = own > 0 && others == 0;
    return err;
}

enum err room_book_put_member(struct tx *tx, struct arena *arena, struct str id, struct str account,
                              bool is_host)
{
    struct account who;
    struct stmt *s;
    int64_t others = 0;
    bool is_only = false;
    enum err err = account_find(tx, arena, account, &who);
    if (err == ERR_NOT_FOUND) return ERR_BAD_INPUT;
    if (!err && (who.disabled.ms || !room_world_may(who.roles))) return ERR_BAD_INPUT;
    if (!err)
        err = count(tx, "SELECT count(*) FROM room_member WHERE room = ?1 AND account <> ?2", id, account,
                    &others);
    if (!err && others >= ROOM_MEMBERS_MAX) return ERR_LIMIT;
    if (!err && !is_host) err = is_only_host(tx, id, account, &is_only);
    if (!err && is_only) return ERR_DENIED;
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO room_member (room, account, is_host) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT (room, account) DO UPDATE SET is_host = excluded.is_host",
                      &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, account);
    stmt_int(s, 3, is_host);
    return stmt_run(s);
}

enum err room_book_remove_member(struct tx *tx, struct str id, struct str account)
{
    struct stmt *s;
    bool is_only = false;
    enum err err = is_only_host(tx, id, account, &is_only);
    if (!err && is_only) return ERR_DENIED;
    if (!err) err = db_stmt(tx->db, "DELETE FROM room_member WHERE room = ?1 AND account = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, account);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

struct member {
    struct str account;
    bool is_host;
};

static enum err members_read(struct tx *tx, struct arena *arena, struct str id,
                             struct member ret[ROOM_MEMBERS_MAX + 1], int *ret_n)
{
    struct stmt *s;
    bool row = false;
    int n = 0;
    enum err err = db_stmt(
        tx->db, "SELECT account, is_host FROM room_member WHERE room = ?1 ORDER BY is_host DESC, account",
        &s);
    if (err) return err;
    stmt_str(s, 1, id);
    while (!(err = stmt_step(s, &row)) && row && n <= ROOM_MEMBERS_MAX) {
        if (!copy(arena, stmt_get_str(s, 0), &ret[n].account)) {
            err = ERR_NOMEM;
            break;
        }
        ret[n++].is_host = stmt_get_int(s, 1) != 0;
    }
    stmt_done(s);
    *ret_n = n;
    return err;
}

enum err room_book_write_members(struct tx *tx, struct arena *arena, struct str id, struct json_out *to)
{
    struct member members[ROOM_MEMBERS_MAX + 1];
    int n = 0;
    enum err err = members_read(tx, arena, id, members, &n);
    json_open_array(to, "members");
    for (int i = 0; !err && i < n; i++) {
        struct account who;
        err = account_find(tx, arena, members[i].account, &who);
        if (err) break;
        json_open(to, NULL);
        json_put_str(to, "account", who.id);
        json_put_str(to, "name", who.name);
        json_put_str(to, "display", who.display);
        account_write_roles(to, who.roles);
        json_put_text(to, "role", members[i].is_host ? "host" : "member");
        json_close(to);
    }
    json_close_array(to);
    return err;
}

enum err room_book_members(struct tx *tx, struct arena *arena, struct str id, uint32_t most, struct str **ret,
                           uint32_t *ret_n)
{
    struct member members[ROOM_MEMBERS_MAX + 1];
    struct str *at = arena_zalloc(arena, (ROOM_MEMBERS_MAX + 1) * sizeof *at);
    int n = 0;
    *ret = at, *ret_n = 0;
    enum err err = at ? members_read(tx, arena, id, members, &n) : ERR_NOMEM;
    for (int i = 0; !err && i < n && *ret_n < most; i++)
        at[(*ret_n)++] = members[i].account;
    return err;
}

enum err room_book_write_people(struct tx *tx, struct arena *arena, struct json_out *to)
{
    struct stmt *s;
    bool row = false;
    struct str ids[ROOM_PEOPLE_MAX];
    int n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT DISTINCT account.id, account.name FROM account JOIN account_role ON"
                           " account_role.account = account.id JOIN role ON role.name = account_role.role"
                           " WHERE role.world IN ('clinical', 'detainee') AND account.disabled IS NULL"
                           " ORDER BY account.name LIMIT ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, ROOM_PEOPLE_MAX);
    while (!(err = stmt_step(s, &row)) && row && n < ROOM_PEOPLE_MAX)
        if (!copy(arena, stmt_get_str(s, 0), &ids[n++])) {
            err = ERR_NOMEM;
            break;
        }
    stmt_done(s);
    json_open_array(to, "people");
    for (int i = 0; !err && i < n; i++) {
        struct account who;
        err = account_find(tx, arena, ids[i], &who);
        if (err) break;
        json_open(to, NULL);
        json_put_str(to, "account", who.id);
        json_put_str(to, "display", who.display);
        account_write_roles(to, who.roles);
        json_close(to);
    }
    json_close_array(to);
    return err;
}

enum err room_book_each(struct tx *tx, struct str account,
                        void (*each)(void *ctx, const struct room_entry *entry), void *ctx)
{
    struct stmt *s;
    bool row = false;
    enum err err = db_stmt(tx->db,
                           "SELECT room.id, title, created, closed, is_host FROM room_member JOIN room"
                           " ON room.id = room_member.room WHERE account = ?1 AND closed IS NULL"
                           " ORDER BY created DESC, room.id LIMIT ?2",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, ROOM_LIST_MAX);
    while (!(err = stmt_step(s, &row)) && row) {
        struct room_entry e = entry_of(s);
        each(ctx, &e);
    }
    stmt_done(s);
    return err;
}
