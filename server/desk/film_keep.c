#include "desk/film_keep.h"
#include "records/person.h"
#include <stdio.h>

static const char keep_sql[] =
    "ALTER TABLE recording ADD COLUMN due INTEGER;"     /* noted as past its time */
    "ALTER TABLE recording ADD COLUMN deleted INTEGER;" /* its key is gone since then */
    "CREATE TABLE recording_hold ("
    " id INTEGER PRIMARY KEY,"
    " recording INTEGER NOT NULL REFERENCES recording (id),"
    " reason TEXT NOT NULL,"
    " placed INTEGER NOT NULL,"
    " placed_by TEXT NOT NULL,"
    " lifted INTEGER,"
    " lifted_by TEXT"
    ") STRICT;"
    "CREATE UNIQUE INDEX recording_is_held_once ON recording_hold (recording) WHERE lifted IS NULL;"
    "CREATE TRIGGER recording_hold_is_kept BEFORE DELETE ON recording_hold BEGIN SELECT RAISE(ABORT, "
    "'recording_kept'); END;"
    "CREATE TABLE recording_deletion ("
    " id INTEGER PRIMARY KEY,"
    " recording INTEGER NOT NULL REFERENCES recording (id),"
    " reason TEXT NOT NULL,"
    " asked INTEGER NOT NULL,"
    " asked_by TEXT NOT NULL,"
    " decided INTEGER,"
    " decided_by TEXT CHECK (decided_by IS NULL OR decided_by <> asked_by),"
    " is_done INTEGER"
    ") STRICT;"
    "CREATE UNIQUE INDEX recording_deletion_is_asked_once ON recording_deletion (recording) WHERE decided IS "
    "NULL;"
    "CREATE TRIGGER recording_deletion_is_kept BEFORE DELETE ON recording_deletion BEGIN SELECT RAISE(ABORT, "
    "'recording_kept'); END;"
    "CREATE TRIGGER recording_deletion_is_decided_once BEFORE UPDATE ON recording_deletion WHEN old.decided "
    "IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'recording_decided_once'); END;"
    "CREATE TRIGGER recording_key_is_held BEFORE UPDATE OF wrapped ON recording WHEN new.wrapped IS NULL"
    " AND (new.ended IS NULL OR EXISTS (SELECT 1 FROM recording_hold h WHERE h.recording = new.id AND "
    "h.lifted IS NULL))"
    " BEGIN SELECT RAISE(ABORT, 'recording_held'); END;"
    "CREATE TRIGGER recording_key_is_no_other BEFORE UPDATE OF wrapped ON recording WHEN new.wrapped IS NOT "
    "NULL"
    " BEGIN SELECT RAISE(ABORT, 'recording_key_once'); END;";

const struct migration film_keep_migrations[] = {{730, "how long recordings are kept", keep_sql},
                                                 {0, NULL, NULL}};

/* -- as screens read it -- */

static void put_held(struct stmt *q, struct json_out *to)
{
    if (stmt_is_null(q, 10)) {
        json_put_null(to, "held");
        return;
    }
    json_open(to, "held");
    json_put_str(to, "reason", stmt_get_str(q, 10));
    json_put_instant(to, "placed", stmt_get_instant(q, 11));
    person_put(q, 12, to, "by");
    json_close(to);
}

static void put_asked(struct stmt *q, struct json_out *to)
{
    if (stmt_is_null(q, 14)) {
        json_put_null(to, "asked");
        return;
    }
    json_open(to, "asked");
    json_put_int(to, "id", stmt_get_int(q, 14));
    json_put_str(to, "reason", stmt_get_str(q, 15));
    json_put_instant(to, "at", stmt_get_instant(q, 16));
    person_put(q, 17, to, "by");
    json_close(to);
}

static void put_row(struct stmt *q, int64_t keep_ms, struct json_out *to)
{
    json_open(to, NULL);
    json_put_str(to, "recording", stmt_get_str(q, 0));
    json_put_str(to, "visit", stmt_get_str(q, 1));
    json_put_str(to, "patient", stmt_get_str(q, 2));
    person_put(q, 3, to, "by");
    json_put_instant(to, "started", stmt_get_instant(q, 5));
    json_put_instant(to, "ended", stmt_get_instant(q, 6));
    json_put_int(to, "files", stmt_get_int(q, 7));
    json_put_int(to, "bytes", stmt_get_int(q, 8));
    json_put_instant(to, "until", (struct instant){keep_ms ? stmt_get_int(q, 5) + keep_ms : 0});
    json_put_instant(to, "due", stmt_get_instant(q, 9));
    put_held(q, to);
    put_asked(q, to);
    json_put_instant(to, "deleted", stmt_get_instant(q, 19));
    person_put(q, 20, to, "deleted_by");
    person_put(q, 22, to, "confirmed_by");
    json_close(to);
}

enum err film_keep_list(struct tx *tx, int64_t keep_ms, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT r.name, r.visit, p.id, c.id, c.display, r.started, r.ended,"
                " (SELECT count(*) FROM recording_file f WHERE f.recording = r.id),"
                " (SELECT ifnull(sum(f.bytes), 0) FROM recording_file f WHERE f.recording = r.id),"
                " CASE WHEN r.wrapped IS NULL THEN NULL ELSE r.due END,"
                " h.reason, h.placed, hb.id, hb.display,"
                " d.id, d.reason, d.asked, db.id, db.display,"
                " r.deleted, ea.id, ea.display, eb.id, eb.display"
                " FROM recording r JOIN record p ON p.row = r.patient LEFT JOIN account c ON c.id = r.account"
                " LEFT JOIN recording_hold h ON h.recording = r.id AND h.lifted IS NULL"
                " LEFT JOIN account hb ON hb.id = h.placed_by"
                " LEFT JOIN recording_deletion d ON d.recording = r.id AND d.decided IS NULL"
                " LEFT JOIN account db ON db.id = d.asked_by"
                " LEFT JOIN recording_deletion e ON e.recording = r.id AND e.is_done = 1"
                " LEFT JOIN account ea ON ea.id = e.asked_by LEFT JOIN account eb ON eb.id = e.decided_by"
                " ORDER BY r.wrapped IS NULL, d.id IS NULL, r.due IS NULL, r.id DESC LIMIT ?1",
                &q);
    if (err) return err;
    stmt_int(q, 1, FILM_KEEP_PAGE);
    while (!(err = stmt_step(q, &row)) && row)
        put_row(q, keep_ms, to);
    stmt_done(q);
    return err;
}

/* -- the clock -- */

static enum err note_due(struct tx *tx, const struct film_due *all, uint32_t n)
{
    struct stmt *q;
    enum err err = OK;
    for (uint32_t i = 0; i < n && !err; i++) {
        err = db_stmt(tx->db, "UPDATE recording SET due = ?2 WHERE name = ?1", &q);
        if (err) return err;
        stmt_str(q, 1, all[i].name);
        stmt_instant(q, 2, tx->now);
        err = stmt_run(q);
    }
    return err;
}

enum err film_keep_look(struct tx *tx, struct arena *arena, int64_t keep_ms, struct film_due *ret,
                        uint32_t most, uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT patient, name, visit FROM recording WHERE wrapped IS NOT NULL"
                           " AND ended IS NOT NULL AND due IS NULL AND started <= ?1 LIMIT ?2",
                           &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms - keep_ms);
    stmt_int(q, 2, most);
    while (!(err = stmt_step(q, &row)) && row && n < most) {
        struct str name = stmt_get_str(q, 1), visit = stmt_get_str(q, 2);
        ret[n] = (struct film_due){.patient = stmt_get_int(q, 0),
                                   .name = {arena_text(arena, name.at, name.bytes), name.bytes},
                                   .visit = {arena_text(arena, visit.at, visit.bytes), visit.bytes}};
        if (!ret[n].name.at || !ret[n].visit.at) err = ERR_NOMEM;
        if (err) break;
        n++;
    }
    stmt_done(q);
    if (!err) err = note_due(tx, ret, n);
    if (!err) *ret_n = n;
    return err;
}

/* -- what speaks against it -- */

static enum err is_any(struct tx *tx, const char *sql, int64_t with, bool *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, sql, &q);
    if (err) return err;
    stmt_int(q, 1, with);
    err = stmt_step(q, &row);
    stmt_done(q);
    if (!err) *ret = row;
    return err;
}

enum err film_keep_no(struct tx *tx, const struct film *film, int64_t keep_ms, enum film_no *ret)
{
    bool is_held = false;
    enum err err = is_any(tx, "SELECT 1 FROM recording_hold WHERE recording = ?1 AND lifted IS NULL",
                          film->row, &is_held);
    if (err) return err;
    bool is_early = keep_ms == 0 || film->started.ms + keep_ms > tx->now.ms;
    *ret = !film->has_key    ? FILM_NO_GONE
           : !film->is_ended ? FILM_NO_RUNS
           : is_held         ? FILM_NO_HELD
           : is_early        ? FILM_NO_EARLY
                             : FILM_YES;
    return OK;
}

enum err film_keep_no_of(struct tx *tx, int64_t patient, enum film_no *ret)
{
    bool is_held = false, is_running = false;
    enum err err = is_any(tx,
                          "SELECT 1 FROM recording r JOIN recording_hold h ON h.recording = r.id AND "
                          "h.lifted IS NULL WHERE r.patient = ?1 AND r.wrapped IS NOT NULL",
                          patient, &is_held);
    if (!err)
        err = is_any(
            tx,
            "SELECT 1 FROM recording WHERE patient = ?1 AND wrapped IS NOT NULL AND ended IS NULL LIMIT 1",
            patient, &is_running);
    if (!err) *ret = is_running ? FILM_NO_RUNS : is_held ? FILM_NO_HELD : FILM_YES;
    return err;
}

static enum err take_film(void *ctx, const struct film *film, const struct film_file *file)
{
    if (!file) *(struct film *)ctx = *film;
    return OK;
}

enum err film_by_name(struct tx *tx, struct arena *arena, struct str name, struct film *ret)
{
    struct film film;
    enum err err = film_each_file(tx, arena, name, take_film, &film);
    if (!err) *ret = film;
    return err;
}

/* -- two people -- */

enum err film_keep_ask(struct tx *tx, const struct film *film, struct str reason, struct str by,
                       int64_t *ret_id)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db, "INSERT INTO recording_deletion (recording, reason, asked, asked_by) VALUES (?1, ?2, ?3, ?4)",
        &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    stmt_str(q, 2, reason);
    stmt_instant(q, 3, tx->now);
    stmt_str(q, 4, by);
    err = stmt_run(q);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

enum err film_keep_asked(struct tx *tx, struct arena *arena, int64_t id, struct film *ret_film,
                         struct str *ret_by)
{
    struct stmt *q;
    bool row;
    struct str name = {0}, by = {0};
    enum err err = db_stmt(tx->db,
                           "SELECT r.name, d.asked_by FROM recording_deletion d JOIN recording r ON r.id = "
                           "d.recording WHERE d.id = ?1 AND d.decided IS NULL",
                           &q);
    if (err) return err;
    stmt_int(q, 1, id);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        name = stmt_get_str(q, 0), by = stmt_get_str(q, 1);
        name.at = arena_text(arena, name.at, name.bytes);
        by.at = arena_text(arena, by.at, by.bytes);
        if (!name.at || !by.at) err = ERR_NOMEM;
    }
    stmt_done(q);
    if (!err) err = film_by_name(tx, arena, name, ret_film);
    if (!err) *ret_by = by;
    return err;
}

enum err film_keep_decide(struct tx *tx, int64_t id, struct str by, bool is_done)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "UPDATE recording_deletion SET decided = ?2, decided_by = ?3, is_done = ?4"
                           " WHERE id = ?1 AND decided IS NULL",
                           &q);
    if (err) return err;
    stmt_int(q, 1, id);
    stmt_instant(q, 2, tx->now);
    stmt_str(q, 3, by);
    stmt_int(q, 4, is_done);
    err = stmt_run(q);
    return err || db_changes(tx->db) == 1 ? err : ERR_NOT_FOUND;
}

enum err film_keep_hold(struct tx *tx, const struct film *film, struct str reason, struct str by)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db, "INSERT INTO recording_hold (recording, reason, placed, placed_by) VALUES (?1, ?2, ?3, ?4)",
        &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    stmt_str(q, 2, reason);
    stmt_instant(q, 3, tx->now);
    stmt_str(q, 4, by);
    return stmt_run(q);
}

enum err film_keep_lift(struct tx *tx, const struct film *film, struct str by)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db,
        "UPDATE recording_hold SET lifted = ?2, lifted_by = ?3 WHERE recording = ?1 AND lifted IS NULL", &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    stmt_instant(q, 2, tx->now);
    stmt_str(q, 3, by);
    err = stmt_run(q);
    return err || db_changes(tx->db) == 1 ? err : ERR_NOT_FOUND;
}

/* -- the end -- */

/* Of those of `with`: each file's name is told, and the keys go. */
static enum err forget(struct tx *tx, const char *files_sql, const char *keys_sql, int64_t with,
                       enum err (*told)(void *ctx, const char *name), void *ctx)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, files_sql, &q);
    if (err) return err;
    stmt_int(q, 1, with);
    while (!(err = stmt_step(q, &row)) && row) {
        char name[FILM_NAME_TEXT];
        struct str at = stmt_get_str(q, 0);
        snprintf(name, sizeof name, "%.*s", (int)at.bytes, at.at);
        err = told(ctx, name);
        if (err) break;
    }
    stmt_done(q);
    if (!err) err = db_stmt(tx->db, keys_sql, &q);
    if (err) return err;
    stmt_int(q, 1, with);
    stmt_instant(q, 2, tx->now);
    return stmt_run(q);
}

enum err film_forget(struct tx *tx, int64_t recording, enum err (*told)(void *ctx, const char *name),
                     void *ctx)
{
    return forget(tx, "SELECT name FROM recording_file WHERE recording = ?1",
                  "UPDATE recording SET wrapped = NULL, deleted = ?2 WHERE id = ?1", recording, told, ctx);
}

enum err film_forget_of(struct tx *tx, int64_t patient, enum err (*told)(void *ctx, const char *name),
                        void *ctx)
{
    return forget(
        tx,
        "SELECT f.name FROM recording_file f JOIN recording r ON r.id = f.recording"
        " WHERE r.patient = ?1 AND r.wrapped IS NOT NULL",
        "UPDATE recording SET wrapped = NULL, deleted = ?2 WHERE patient = ?1 AND wrapped IS NOT NULL",
        patient, told, ctx);
}
