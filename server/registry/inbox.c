#include "registry/inbox.h"

static const char event_sql[] =
    "CREATE TABLE registry_event ("
    " id INTEGER PRIMARY KEY,"
    " source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 40),"
    " control TEXT NOT NULL CHECK (length(control) > 0),"
    " received INTEGER NOT NULL,"
    " kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 8),"
    " at INTEGER NOT NULL, recorded INTEGER NOT NULL,"
    " number TEXT NOT NULL CHECK (length(number) > 0), stay TEXT NOT NULL, prior TEXT NOT NULL,"
    " national TEXT NOT NULL, family TEXT NOT NULL, given TEXT NOT NULL,"
    " birth INTEGER," /* days since 1970 */
    " sex INTEGER NOT NULL, place INTEGER NOT NULL,"
    " block TEXT NOT NULL, cell TEXT NOT NULL, bed TEXT NOT NULL,"
    " how INTEGER NOT NULL,"
    " UNIQUE (source, control)"
    ") STRICT;"
    "CREATE INDEX registry_event_by_number ON registry_event (source, number, stay);"
    "CREATE TRIGGER registry_event_stays BEFORE UPDATE ON registry_event"
    " BEGIN SELECT raise(ABORT, 'registry_event_stays'); END;"
    "CREATE TRIGGER registry_event_goes_not BEFORE DELETE ON registry_event"
    " BEGIN SELECT raise(ABORT, 'registry_event_stays'); END;";

static const char letter_sql[] =
    "CREATE TABLE registry_letter ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " received INTEGER NOT NULL, settled INTEGER,"
    " source TEXT NOT NULL,"
    " state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),"
    " code TEXT NOT NULL, place TEXT NOT NULL, words TEXT NOT NULL,"
    " control TEXT NOT NULL, line INTEGER NOT NULL,"
    " digest BLOB NOT NULL,"
    " text BLOB,"
    " CHECK ((state = 0) = (text IS NOT NULL) AND (state = 0) = (settled IS NULL))"
    ") STRICT;"
    "CREATE UNIQUE INDEX registry_letter_open ON registry_letter (source, digest) WHERE state = 0;"
    "CREATE INDEX registry_letter_by_state ON registry_letter (state, id);"
    "CREATE TABLE registry_dropped (one INTEGER PRIMARY KEY CHECK (one = 1), letters INTEGER NOT NULL)"
    " STRICT;"
    "INSERT INTO registry_dropped VALUES (1, 0);";

const struct migration registry_migrations[] = {
    {600, "events of registries", event_sql},
    {601, "letters of registries that could not be taken", letter_sql},
    {602, "how far registries were asked",
     "CREATE TABLE registry_cursor (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT, WITHOUT ROWID;"},
    {0, NULL, NULL},
};

/* -- events -- */

#define VALUES                                                                                               \
    " kind, at, recorded, number, stay, prior, national, family, given, birth, sex, place, block, cell, "    \
    "bed, how"

static void bind(struct stmt *q, int at, struct str text)
{
    stmt_str(q, at, text.at ? text : STR(""));
}

static bool copy(struct arena *arena, struct stmt *q, int column, struct str *ret)
{
    struct str text = stmt_get_str(q, column);
    *ret = (struct str){arena_text(arena, text.at ? text.at : "", text.bytes), text.bytes};
    return ret->at != NULL;
}

/* Columns: control, then VALUES. */
static enum err event_of(struct arena *arena, struct stmt *q, struct event *ret)
{
    struct event e = {.kind = (enum event_kind)stmt_get_int(q, 1),
                      .at = {stmt_get_int(q, 2)},
                      .recorded = {stmt_get_int(q, 3)},
                      .birth = {(int32_t)stmt_get_int(q, 10)},
                      .has_birth = !stmt_is_null(q, 10),
                      .sex = (enum event_sex)stmt_get_int(q, 11),
                      .where = (enum event_where)stmt_get_int(q, 12),
                      .end = (enum event_end)stmt_get_int(q, 16)};
    struct {
        int column;
        struct str *to;
    } texts[] = {{0, &e.control}, {4, &e.number}, {5, &e.stay},   {6, &e.prior}, {7, &e.national},
                 {8, &e.family},  {9, &e.given},  {13, &e.block}, {14, &e.cell}, {15, &e.bed}};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (!copy(arena, q, texts[i].column, texts[i].to)) return ERR_NOMEM;
    *ret = e;
    return OK;
}

/* All that it says but for when it was written down: a message sent again has another time of that where it stands in MSH-7. */
static bool says_same(const struct event *a, const struct event *b)
{
    return a->kind == b->kind && a->at.ms == b->at.ms && str_is(a->number, b->number) &&
           str_is(a->stay, b->stay) && str_is(a->prior, b->prior) && str_is(a->national, b->national) &&
           str_is(a->family, b->family) && str_is(a->given, b->given) && a->has_birth == b->has_birth &&
           (!a->has_birth || a->birth.days == b->birth.days) && a->sex == b->sex && a->where == b->where &&
           str_is(a->block, b->block) && str_is(a->cell, b->cell) && str_is(a->bed, b->bed) &&
           a->end == b->end;
}

static enum err compare(struct tx *tx, struct str source, const struct event *e, enum inbox_found *ret)
{
    struct stmt *q;
    struct event old;
    bool row = false;
    struct arena *arena = arena_new(1 << 16);
    enum err err =
        arena
            ? db_stmt(tx->db,
                      "SELECT control," VALUES " FROM registry_event WHERE source = ?1 AND control = ?2", &q)
            : ERR_NOMEM;
    if (err) goto out;
    stmt_str(q, 1, source);
    stmt_str(q, 2, e->control);
    err = stmt_step(q, &row);
    *ret = INBOX_NEW;
    if (!err && row) {
        err = event_of(arena, q, &old);
        if (!err) *ret = says_same(&old, e) ? INBOX_AGAIN : INBOX_DIFFERS;
    }
    stmt_done(q);
out:
    arena_free(arena);
    return err;
}

static enum err has_room(struct tx *tx, struct str source, struct str number)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT count(*) FROM registry_event WHERE source = ?1 AND number = ?2", &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    err = stmt_step(q, &row);
    if (!err && stmt_get_int(q, 0) >= INBOX_EVENTS_MAX) err = ERR_LIMIT;
    stmt_done(q);
    return err;
}

enum err inbox_put(struct tx *tx, struct str source, const struct event *e, enum inbox_found *ret)
{
    struct stmt *q;
    enum inbox_found found;
    enum err err = compare(tx, source, e, &found);
    if (!err && found == INBOX_NEW) err = has_room(tx, source, e->number);
    if (err || found != INBOX_NEW) goto out;
    err = db_stmt(
        tx->db,
        "INSERT INTO registry_event (source, control, received," VALUES ")"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, e->control);
    stmt_int(q, 3, tx->now.ms);
    stmt_int(q, 4, e->kind);
    stmt_int(q, 5, e->at.ms);
    stmt_int(q, 6, e->recorded.ms);
    bind(q, 7, e->number);
    bind(q, 8, e->stay);
    bind(q, 9, e->prior);
    bind(q, 10, e->national);
    bind(q, 11, e->family);
    bind(q, 12, e->given);
    if (e->has_birth)
        stmt_int(q, 13, e->birth.days);
    else
        stmt_null(q, 13);
    stmt_int(q, 14, e->sex);
    stmt_int(q, 15, e->where);
    bind(q, 16, e->block);
    bind(q, 17, e->cell);
    bind(q, 18, e->bed);
    stmt_int(q, 19, e->end);
    err = stmt_run(q);
out:
    if (!err) *ret = found;
    return err;
}

enum err inbox_events(struct tx *tx, struct arena *arena, struct str source, struct str number,
                      struct str stay, struct event **ret, size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0, room = 16;
    struct event *at = arena_alloc(arena, room * sizeof *at);
    enum err err =
        at ? db_stmt(tx->db,
                     "SELECT control," VALUES " FROM registry_event WHERE source = ?1 AND number = ?2"
                     " AND (?3 = '' OR stay = ?3)",
                     &q)
           : ERR_NOMEM;
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    bind(q, 3, stay);
    while (!err) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        if (n == room) {
            struct event *more = arena_alloc(arena, 2 * room * sizeof *more);
            if (!more) {
                err = ERR_NOMEM;
                break;
            }
            memcpy(more, at, n * sizeof *at);
            at = more;
            room *= 2;
        }
        err = event_of(arena, q, &at[n]);
        n += !err;
    }
    stmt_done(q);
    if (err) return err;
    *ret = at;
    *ret_n = n;
    return OK;
}

enum err inbox_stays(struct tx *tx, struct arena *arena, struct str source, struct str number,
                     struct str **ret, size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0;
    struct str *at = arena_alloc(arena, INBOX_EVENTS_MAX * sizeof *at);
    enum err err =
        at ? db_stmt(
                 tx->db,
                 "SELECT DISTINCT stay FROM registry_event WHERE source = ?1 AND number = ?2 AND stay <> ''"
                 " ORDER BY stay",
                 &q)
           : ERR_NOMEM;
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    while (!err && n < INBOX_EVENTS_MAX) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        if (copy(arena, q, 0, &at[n]))
            n++;
        else
            err = ERR_NOMEM;
    }
    stmt_done(q);
    if (err) return err;
    *ret = at;
    *ret_n = n;
    return OK;
}

/* -- cursors -- */

enum err inbox_cursor(struct tx *tx, struct arena *arena, struct str source, struct str *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT cursor FROM registry_cursor WHERE source = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, source);
    err = stmt_step(q, &row);
    if (!err && !row) *ret = STR("");
    if (!err && row && !copy(arena, q, 0, ret)) err = ERR_NOMEM;
    stmt_done(q);
    return err;
}

enum err inbox_cursor_put(struct tx *tx, struct str source, struct str cursor)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO registry_cursor VALUES (?1, ?2)"
                           " ON CONFLICT (source) DO UPDATE SET cursor = ?2",
                           &q);
    if (err) return err;
    stmt_str(q, 1, source);
    bind(q, 2, cursor);
    return stmt_run(q);
}

/* -- letters -- */

enum err letter_count(struct tx *tx, int64_t *ret_open, int64_t *ret_dropped)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT (SELECT count(*) FROM registry_letter WHERE state = 0),"
                           " (SELECT letters FROM registry_dropped)",
                           &q);
    if (err) return err;
    err = stmt_step(q, &row);
    if (!err) {
        *ret_open = stmt_get_int(q, 0);
        *ret_dropped = stmt_get_int(q, 1);
    }
    stmt_done(q);
    return err;
}

static enum err drop(struct tx *tx, int64_t *ret_id)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "UPDATE registry_dropped SET letters = letters + 1", &q);
    if (!err) err = stmt_run(q);
    if (!err) *ret_id = 0;
    return err;
}

static enum err same_letter(struct tx *tx, struct str source, const struct digest_value *digest,
                            int64_t *ret_id)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT id FROM registry_letter WHERE source = ?1 AND digest = ?2 AND state = 0", &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_blob(q, 2, digest, sizeof *digest);
    err = stmt_step(q, &row);
    *ret_id = !err && row ? stmt_get_int(q, 0) : 0;
    stmt_done(q);
    return err;
}

enum err letter_put(struct tx *tx, const struct letter *l, struct str text, int64_t *ret_id)
{
    struct stmt *q;
    int64_t open = 0, dropped, id = 0;
    struct digest_value digest = digest_of(text.at, text.bytes);
    enum err err = same_letter(tx, l->source, &digest, &id);
    if (!err && !id) err = letter_count(tx, &open, &dropped);
    if (err) return err;
    if (id) {
        *ret_id = id;
        return OK;
    }
    if (open >= INBOX_LETTERS_MAX || text.bytes > INBOX_LETTER_BYTES_MAX) return drop(tx, ret_id);
    err = db_stmt(tx->db,
                  "INSERT INTO registry_letter (received, source, state, code, place, words, control, line, "
                  "digest, text)"
                  " VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                  &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms);
    stmt_str(q, 2, l->source);
    bind(q, 3, l->code);
    bind(q, 4, l->place);
    bind(q, 5, l->words);
    bind(q, 6, l->control);
    stmt_int(q, 7, (int64_t)l->line);
    stmt_blob(q, 8, &digest, sizeof digest);
    stmt_blob(q, 9, text.bytes ? text.at : "", text.bytes);
    err = stmt_run(q);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

#define LETTER                                                                                               \
    " id, received, settled, source, state, code, place, words, control, line, coalesce(length(text), 0)"

static enum err letter_of(struct arena *arena, struct stmt *q, struct letter *ret)
{
    struct letter l = {.id = stmt_get_int(q, 0),
                       .received = {stmt_get_int(q, 1)},
                       .settled = stmt_get_instant(q, 2),
                       .state = (enum letter_state)stmt_get_int(q, 4),
                       .line = (size_t)stmt_get_int(q, 9),
                       .bytes = (size_t)stmt_get_int(q, 10)};
    if (!copy(arena, q, 3, &l.source) || !copy(arena, q, 5, &l.code) || !copy(arena, q, 6, &l.place) ||
        !copy(arena, q, 7, &l.words) || !copy(arena, q, 8, &l.control))
        return ERR_NOMEM;
    *ret = l;
    return OK;
}

enum err letter_list(struct tx *tx, struct arena *arena, int state, int64_t before, size_t most,
                     struct letter *ret, size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT" LETTER " FROM registry_letter WHERE (?1 < 0 OR state = ?1) AND (?2 = 0 OR id < ?2)"
                " ORDER BY id DESC LIMIT ?3",
                &q);
    if (err) return err;
    stmt_int(q, 1, state);
    stmt_int(q, 2, before);
    stmt_int(q, 3, (int64_t)most);
    while (!err && n < most) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        err = letter_of(arena, q, &ret[n]);
        n += !err;
    }
    stmt_done(q);
    if (!err) *ret_n = n;
    return err;
}

enum err letter_find(struct tx *tx, struct arena *arena, int64_t id, struct letter *ret, struct str *ret_text)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT" LETTER ", text FROM registry_letter WHERE id = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, id);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = letter_of(arena, q, ret);
    if (!err) {
        struct str text = stmt_get_blob(q, 11);
        *ret_text = (struct str){arena_text(arena, text.at ? text.at : "", text.bytes), text.bytes};
        if (!ret_text->at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

enum err letter_settle(struct tx *tx, int64_t id, enum letter_state state)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db,
        "UPDATE registry_letter SET state = ?2, settled = ?3, text = NULL WHERE id = ?1 AND state = 0", &q);
    if (err) return err;
    stmt_int(q, 1, id);
    stmt_int(q, 2, state);
    stmt_int(q, 3, tx->now.ms);
    err = stmt_run(q);
    if (!err && db_changes(tx->db) == 0) err = ERR_DENIED;
    return err;
}
