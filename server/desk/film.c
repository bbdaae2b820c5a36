#include "desk/film.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "records/patient_key.h"

enum { BOX_BYTES = CIPHER_KEY_BYTES + CIPHER_BOX_BYTES };

static const char films_sql[] = "CREATE TABLE recording ("
                                " id INTEGER PRIMARY KEY,"
                                " name TEXT NOT NULL UNIQUE CHECK (length(name) = 32),"
                                " visit TEXT NOT NULL,"
                                " patient INTEGER NOT NULL CHECK (patient > 0),"
                                " account TEXT NOT NULL,"
                                " wrapped BLOB,"
                                " started INTEGER NOT NULL,"
                                " ended INTEGER"
                                ") STRICT;"
                                "CREATE INDEX recording_by_visit ON recording (visit);"
                                "CREATE INDEX recording_by_patient ON recording (patient);"
                                "CREATE TRIGGER recording_is_kept BEFORE DELETE ON recording BEGIN SELECT "
                                "RAISE(ABORT, 'recording_kept'); END;"
                                "CREATE TABLE recording_file ("
                                " id INTEGER PRIMARY KEY,"
                                " name TEXT NOT NULL UNIQUE CHECK (length(name) = 32),"
                                " recording INTEGER NOT NULL REFERENCES recording (id),"
                                " account TEXT NOT NULL," /* whose picture and sound; of a device empty */
                                " source TEXT NOT NULL,"
                                " started INTEGER NOT NULL,"
                                " bytes INTEGER,"
                                " chain BLOB CHECK (chain IS NULL OR length(chain) = 32)"
                                ") STRICT;"
                                "CREATE INDEX recording_file_by_recording ON recording_file (recording);"
                                "CREATE TRIGGER recording_file_is_kept BEFORE DELETE ON recording_file"
                                " BEGIN SELECT RAISE(ABORT, 'recording_kept'); END;"
                                "CREATE TABLE recording_mark ("
                                " recording INTEGER NOT NULL REFERENCES recording (id),"
                                " at INTEGER NOT NULL,"
                                " kind TEXT NOT NULL,"
                                " account TEXT NOT NULL"
                                ") STRICT;"
                                "CREATE INDEX recording_mark_by_recording ON recording_mark (recording, at);";

const struct migration film_migrations[] = {{690, "recordings of consultations", films_sql}, {0, NULL, NULL}};

/* What was drawn on: somebody's picture, a device's, one of the record. Who spoke and drew when goes with the key, whoever destroys it. */
static const char mark_sql[] =
    "ALTER TABLE recording_mark ADD COLUMN on_account TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE recording_mark ADD COLUMN on_source TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE recording_mark ADD COLUMN on_record TEXT NOT NULL DEFAULT '';"
    "DELETE FROM recording_mark WHERE recording IN (SELECT id FROM recording WHERE wrapped IS NULL);"
    "CREATE TRIGGER recording_marks_go AFTER UPDATE OF wrapped ON recording WHEN new.wrapped IS NULL"
    " BEGIN DELETE FROM recording_mark WHERE recording = new.id; END;";

const struct migration film_mark_migrations[] = {{780, "what was drawn while it was recorded", mark_sql},
                                                 {0, NULL, NULL}};

static bool text_take(struct arena *arena, struct stmt *q, int column, struct str *ret)
{
    struct str at = stmt_get_str(q, column);
    *ret = (struct str){arena_text(arena, at.at ? at.at : "", at.bytes), at.bytes};
    return ret->at != NULL;
}

/* -- writing -- */

static enum err film_open(struct tx *tx, struct records *records, struct str visit, struct film *ret,
                          uint8_t ret_key[CIPHER_KEY_BYTES], char ret_name[FILM_NAME_TEXT])
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(
        tx->db, "SELECT id, patient, name FROM recording WHERE visit = ?1 AND ended IS NULL ORDER BY id DESC",
        &q);
    if (err) return err;
    stmt_str(q, 1, visit);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str name = stmt_get_str(q, 2);
        ASSERT(name.bytes == FILM_NAME_TEXT - 1);
        memcpy(ret_name, name.at, name.bytes);
        ret_name[name.bytes] = '\0';
        *ret =
            (struct film){.row = stmt_get_int(q, 0), .patient = stmt_get_int(q, 1), .name = str_of(ret_name)};
    }
    stmt_done(q);
    return err ? err : film_key(tx, records, ret, ret_key);
}

static enum err film_new(struct tx *tx, struct records *records, struct str visit, int64_t patient,
                         struct str account, char ret_name[FILM_NAME_TEXT], uint8_t ret_key[CIPHER_KEY_BYTES])
{
    uint8_t id[16], box[BOX_BYTES];
    struct stmt *q;
    rnd_bytes(id, sizeof id);
    rnd_bytes(ret_key, CIPHER_KEY_BYTES);
    str_hex(id, sizeof id, ret_name);
    enum err err =
        patient_key_seal(tx, records, patient, ret_name, FILM_NAME_TEXT - 1, ret_key, CIPHER_KEY_BYTES, box);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO recording (name, visit, patient, account, wrapped, started)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                      &q);
    if (err) return err;
    stmt_text(q, 1, ret_name);
    stmt_str(q, 2, visit);
    stmt_int(q, 3, patient);
    stmt_str(q, 4, account);
    stmt_blob(q, 5, box, sizeof box);
    stmt_instant(q, 6, tx->now);
    return stmt_run(q);
}

enum err film_begin(struct tx *tx, struct records *records, struct str visit, int64_t patient,
                    struct str account, char ret_name[FILM_NAME_TEXT], uint8_t ret_key[CIPHER_KEY_BYTES])
{
    struct film film;
    enum err err = film_open(tx, records, visit, &film, ret_key, ret_name);
    return err == ERR_NOT_FOUND ? film_new(tx, records, visit, patient, account, ret_name, ret_key) : err;
}

enum err film_end(struct tx *tx, struct str name)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "UPDATE recording SET ended = ?2 WHERE name = ?1 AND ended IS NULL", &q);
    if (err) return err;
    stmt_str(q, 1, name);
    stmt_instant(q, 2, tx->now);
    return stmt_run(q);
}

enum err film_end_all(struct tx *tx)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "UPDATE recording SET ended = ?1 WHERE ended IS NULL", &q);
    if (err) return err;
    stmt_instant(q, 1, tx->now);
    return stmt_run(q);
}

static enum err row_of(struct tx *tx, struct str recording, int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT id FROM recording WHERE name = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, recording);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) *ret = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

enum err film_file_put(struct tx *tx, struct str recording, const struct film_file *f)
{
    struct stmt *q;
    int64_t row;
    enum err err = row_of(tx, recording, &row);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO recording_file (name, recording, account, source, started)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
                      &q);
    if (err) return err;
    stmt_str(q, 1, f->name);
    stmt_int(q, 2, row);
    stmt_str(q, 3, f->account);
    stmt_str(q, 4, f->source);
    stmt_instant(q, 5, tx->now);
    return stmt_run(q);
}

enum err film_file_whole(struct tx *tx, struct str name, int64_t bytes, const struct digest_value *chain)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db, "UPDATE recording_file SET bytes = ?2, chain = ?3 WHERE name = ?1 AND bytes IS NULL", &q);
    if (err) return err;
    stmt_str(q, 1, name);
    stmt_int(q, 2, bytes);
    stmt_blob(q, 3, chain->at, sizeof chain->at);
    return stmt_run(q);
}

enum err film_mark(struct tx *tx, struct str recording, const struct film_at *mark)
{
    struct stmt *q;
    int64_t row;
    enum err err = row_of(tx, recording, &row);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO recording_mark (recording, at, kind, account, on_account, on_source,"
                      " on_record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      &q);
    if (err) return err;
    stmt_int(q, 1, row);
    stmt_instant(q, 2, tx->now);
    stmt_str(q, 3, mark->kind);
    stmt_str(q, 4, mark->account);
    stmt_str(q, 5, mark->on_account.at ? mark->on_account : STR(""));
    stmt_str(q, 6, mark->on_source.at ? mark->on_source : STR(""));
    stmt_str(q, 7, mark->on_record.at ? mark->on_record : STR(""));
    return stmt_run(q);
}

/* -- reading -- */

static enum err take(struct arena *arena, struct stmt *q, struct film *film, struct film_file *file)
{
    *film = (struct film){.row = stmt_get_int(q, 0),
                          .patient = stmt_get_int(q, 1),
                          .started = stmt_get_instant(q, 5),
                          .is_ended = !stmt_is_null(q, 6),
                          .has_key = !stmt_is_null(q, 7)};
    if (film->is_ended) film->ended = stmt_get_instant(q, 6);
    if (!text_take(arena, q, 2, &film->name) || !text_take(arena, q, 3, &film->visit) ||
        !text_take(arena, q, 4, &film->by))
        return ERR_NOMEM;
    *file = (struct film_file){0};
    if (stmt_is_null(q, 8)) return OK;
    file->row = stmt_get_int(q, 8);
    file->started = stmt_get_instant(q, 12);
    struct str chain = stmt_get_blob(q, 14);
    file->is_whole = !stmt_is_null(q, 13) && chain.bytes == sizeof file->chain.at;
    if (file->is_whole) {
        file->bytes = stmt_get_int(q, 13);
        memcpy(file->chain.at, chain.at, sizeof file->chain.at);
    }
    return text_take(arena, q, 9, &file->name) && text_take(arena, q, 10, &file->account) &&
                   text_take(arena, q, 11, &file->source)
               ? OK
               : ERR_NOMEM;
}

#define COLUMNS                                                                                              \
    "r.id, r.patient, r.name, r.visit, r.account, r.started, r.ended, r.wrapped,"                            \
    " f.id, f.name, f.account, f.source, f.started, f.bytes, f.chain"

static enum err each(struct stmt *q, struct arena *arena,
                     enum err (*told)(void *ctx, const struct film *film, const struct film_file *file),
                     void *ctx, bool *ret_any)
{
    struct film film;
    struct film_file file;
    int64_t before = 0;
    bool row;
    enum err err;
    while (!(err = stmt_step(q, &row)) && row) {
        err = take(arena, q, &film, &file);
        if (!err && film.row != before) err = told(ctx, &film, NULL);
        before = film.row;
        if (!err && file.row) err = told(ctx, &film, &file);
        if (err) break;
    }
    stmt_done(q);
    if (!err) *ret_any = before != 0;
    return err;
}

enum err film_each(struct tx *tx, struct arena *arena, struct str visit,
                   enum err (*told)(void *ctx, const struct film *film, const struct film_file *file),
                   void *ctx)
{
    struct stmt *q;
    bool any;
    enum err err =
        db_stmt(tx->db,
                "SELECT " COLUMNS " FROM recording r LEFT JOIN recording_file f ON f.recording = r.id"
                " WHERE r.visit = ?1 ORDER BY r.id, f.id",
                &q);
    if (err) return err;
    stmt_str(q, 1, visit);
    return each(q, arena, told, ctx, &any);
}

enum err film_each_file(struct tx *tx, struct arena *arena, struct str recording,
                        enum err (*told)(void *ctx, const struct film *film, const struct film_file *file),
                        void *ctx)
{
    struct stmt *q;
    bool any = false;
    enum err err =
        db_stmt(tx->db,
                "SELECT " COLUMNS " FROM recording r LEFT JOIN recording_file f ON f.recording = r.id"
                " WHERE r.name = ?1 ORDER BY f.id",
                &q);
    if (err) return err;
    stmt_str(q, 1, recording);
    err = each(q, arena, told, ctx, &any);
    return err || any ? err : ERR_NOT_FOUND;
}

enum err film_list(struct tx *tx, struct arena *arena, int64_t limit,
                   enum err (*told)(void *ctx, const struct film *film, int64_t files), void *ctx)
{
    struct stmt *q;
    struct film film;
    struct film_file none;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT r.id, r.patient, r.name, r.visit, r.account, r.started, r.ended, r.wrapped,"
                " NULL, (SELECT count(*) FROM recording_file f WHERE f.recording = r.id)"
                " FROM recording r ORDER BY r.id DESC LIMIT ?1",
                &q);
    if (err) return err;
    stmt_int(q, 1, limit);
    while (!(err = stmt_step(q, &row)) && row) {
        err = take(arena, q, &film, &none);
        if (!err) err = told(ctx, &film, stmt_get_int(q, 9));
        if (err) break;
    }
    stmt_done(q);
    return err;
}

enum err film_marks(struct tx *tx, struct arena *arena, int64_t recording,
                    enum err (*told)(void *ctx, const struct film_at *mark), void *ctx)
{
    struct stmt *q;
    struct film_at mark;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT at, kind, account, on_account, on_source, on_record FROM recording_mark"
                           " WHERE recording = ?1 ORDER BY at LIMIT 2000",
                           &q);
    if (err) return err;
    stmt_int(q, 1, recording);
    while (!(err = stmt_step(q, &row)) && row) {
        mark.at = stmt_get_instant(q, 0);
        bool is_taken = text_take(arena, q, 1, &mark.kind) && text_take(arena, q, 2, &mark.account) &&
                        text_take(arena, q, 3, &mark.on_account) && text_take(arena, q, 4, &mark.on_source) &&
                        text_take(arena, q, 5, &mark.on_record);
        err = is_taken ? told(ctx, &mark) : ERR_NOMEM;
        if (err) break;
    }
    stmt_done(q);
    return err;
}

enum err film_find(struct tx *tx, struct arena *arena, struct str file, struct film *ret_film,
                   struct film_file *ret_file)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT " COLUMNS " FROM recording_file f JOIN recording r ON r.id = f.recording"
                           " WHERE f.name = ?1",
                           &q);
    if (err) return err;
    stmt_str(q, 1, file);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = take(arena, q, ret_film, ret_file);
    stmt_done(q);
    return err;
}

enum err film_key(struct tx *tx, struct records *records, const struct film *film,
                  uint8_t ret_key[CIPHER_KEY_BYTES])
{
    struct stmt *q;
    bool row;
    uint8_t box[BOX_BYTES];
    enum err err = db_stmt(tx->db, "SELECT wrapped FROM recording WHERE id = ?1 AND wrapped IS NOT NULL", &q);
    if (err) return err;
    stmt_int(q, 1, film->row);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str at = stmt_get_blob(q, 0);
        if (at.bytes == sizeof box)
            memcpy(box, at.at, sizeof box);
        else
            err = ERR_CORRUPT;
    }
    stmt_done(q);
    if (!err)
        err = patient_key_open(tx, records, film->patient, film->name.at, film->name.bytes, box, sizeof box,
                               ret_key);
    return err == ERR_DENIED ? ERR_NOT_FOUND : err;
}
