#include "records/attach.h"
#include "base/mem.h"
#include "records/patient_key.h"
#include <stdio.h>

enum { BOX_BYTES = CIPHER_KEY_BYTES + CIPHER_BOX_BYTES };

static const char files_sql[] =
    "CREATE TABLE file ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE CHECK (length(name) = 32),"
    " record INTEGER NOT NULL,"
    " version INTEGER NOT NULL CHECK (version > 0),"
    " patient INTEGER NOT NULL CHECK (patient > 0),"
    " bytes INTEGER NOT NULL CHECK (bytes >= 0),"
    " sha256 BLOB NOT NULL CHECK (length(sha256) = 32),"
    " type TEXT NOT NULL,"
    " wrapped BLOB,"
    " made INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX file_by_record ON file (record, version);"
    "CREATE INDEX file_by_patient ON file (patient);"
    "CREATE TRIGGER file_is_kept BEFORE DELETE ON file BEGIN SELECT RAISE(ABORT, 'file_kept'); END;"
    "CREATE TRIGGER file_is_final BEFORE UPDATE ON file"
    " WHEN NEW.id IS NOT OLD.id OR NEW.name IS NOT OLD.name OR NEW.record IS NOT OLD.record"
    " OR NEW.version IS NOT OLD.version OR NEW.patient IS NOT OLD.patient OR NEW.bytes IS NOT OLD.bytes"
    " OR NEW.sha256 IS NOT OLD.sha256 OR NEW.type IS NOT OLD.type OR NEW.made IS NOT OLD.made"
    " OR NEW.wrapped IS NOT NULL"
    " OR NOT EXISTS (SELECT 1 FROM patient_key WHERE patient = OLD.patient AND destroyed IS NOT NULL)"
    " BEGIN SELECT RAISE(ABORT, 'file_final'); END;";

/* One row for each DICOM object. What it says of itself (dicom+json) is sealed under the patient's key; an erasure deletes the row. */
static const char pictures_sql[] = "CREATE TABLE picture ("
                                   " id INTEGER PRIMARY KEY,"
                                   " study TEXT NOT NULL,"
                                   " series TEXT NOT NULL,"
                                   " instance TEXT NOT NULL UNIQUE,"
                                   " record INTEGER NOT NULL," /* row of the ImagingStudy */
                                   " patient INTEGER NOT NULL CHECK (patient > 0),"
                                   " file INTEGER NOT NULL UNIQUE REFERENCES file (id),"
                                   " sop_class TEXT NOT NULL,"
                                   " syntax TEXT NOT NULL,"
                                   " frames INTEGER NOT NULL CHECK (frames >= 0)," /* 0: no picture in it */
                                   " series_number INTEGER NOT NULL,"
                                   " number INTEGER NOT NULL,"
                                   " said BLOB NOT NULL"
                                   ") STRICT;"
                                   "CREATE INDEX picture_by_study ON picture (study, series, instance);"
                                   "CREATE INDEX picture_by_record ON picture (record);"
                                   "CREATE INDEX picture_by_patient ON picture (patient);";

const struct migration attach_migrations[] = {
    {300, "files of records", files_sql},
    {301, "DICOM objects", pictures_sql},
    {0, NULL, NULL},
};

/* What the wrapped key is bound to: the file's name. */
static struct str bound(const struct file_seal *seal)
{
    return (struct str){seal->name, FILE_SEAL_NAME_BYTES - 1};
}

enum err attach_put(struct tx *tx, struct records *records, const struct attach *a, int64_t *ret_id)
{
    uint8_t box[BOX_BYTES];
    struct stmt *s;
    struct str ad = bound(&a->seal);
    enum err err =
        patient_key_seal(tx, records, a->patient, ad.at, ad.bytes, a->seal.key, CIPHER_KEY_BYTES, box);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO file (name, record, version, patient, bytes, sha256, type, wrapped, made)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                      &s);
    if (err) return err;
    stmt_str(s, 1, ad);
    stmt_int(s, 2, a->record);
    stmt_int(s, 3, a->version);
    stmt_int(s, 4, a->patient);
    stmt_int(s, 5, a->seal.bytes);
    stmt_blob(s, 6, a->seal.sha256.at, sizeof a->seal.sha256.at);
    stmt_text(s, 7, a->type);
    stmt_blob(s, 8, box, sizeof box);
    stmt_instant(s, 9, tx->now);
    err = stmt_run(s);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

/* The columns, in this order: id, record, version, patient, name, bytes, sha256, type, wrapped. */
static enum err take(struct tx *tx, struct records *records, struct stmt *s, struct attach *ret)
{
    struct attach a = {.id = stmt_get_int(s, 0),
                       .record = stmt_get_int(s, 1),
                       .version = stmt_get_int(s, 2),
                       .patient = stmt_get_int(s, 3),
                       .seal.bytes = stmt_get_int(s, 5)};
    struct str name = stmt_get_str(s, 4), sha = stmt_get_blob(s, 6), type = stmt_get_str(s, 7), box;
    uint8_t wrapped[BOX_BYTES];
    if (stmt_is_null(s, 8)) return ERR_NOT_FOUND;
    box = stmt_get_blob(s, 8);
    if (name.bytes != FILE_SEAL_NAME_BYTES - 1 || sha.bytes != sizeof a.seal.sha256.at ||
        type.bytes >= sizeof a.type || box.bytes != sizeof wrapped)
        return ERR_CORRUPT;
    memcpy(a.seal.name, name.at, name.bytes);
    memcpy(a.seal.sha256.at, sha.at, sha.bytes);
    memcpy(a.type, type.at, type.bytes);
    memcpy(wrapped, box.at, box.bytes);
    struct str ad = bound(&a.seal);
    enum err err =
        patient_key_open(tx, records, a.patient, ad.at, ad.bytes, wrapped, sizeof wrapped, a.seal.key);
    if (!err) *ret = a;
    return err == ERR_DENIED ? ERR_NOT_FOUND : err;
}

static enum err find(struct tx *tx, struct records *records, struct stmt *s, struct attach *ret)
{
    bool row;
    enum err err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = take(tx, records, s, ret);
    stmt_done(s);
    return err;
}

enum err attach_of(struct tx *tx, struct records *records, int64_t record, int64_t version,
                   struct attach *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "SELECT id, record, version, patient, name, bytes, sha256, type, wrapped FROM file"
                           " WHERE record = ?1 AND version = ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, record);
    stmt_int(s, 2, version);
    return find(tx, records, s, ret);
}

enum err attach_at(struct tx *tx, struct records *records, int64_t id, struct attach *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "SELECT id, record, version, patient, name, bytes, sha256, type, wrapped FROM file"
                           " WHERE id = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    return find(tx, records, s, ret);
}

/* -- erasure -- */

enum err attach_forget(struct tx *tx, int64_t patient, enum err (*told)(void *ctx, const char *name),
                       void *ctx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT name FROM file WHERE patient = ?1 AND wrapped IS NOT NULL", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    while (!(err = stmt_step(s, &row)) && row) {
        char name[FILE_SEAL_NAME_BYTES];
        struct str at = stmt_get_str(s, 0);
        snprintf(name, sizeof name, "%.*s", (int)at.bytes, at.at);
        err = told(ctx, name);
        if (err) break;
    }
    stmt_done(s);
    if (!err) err = db_stmt(tx->db, "DELETE FROM picture WHERE patient = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_run(s);
    if (!err) err = db_stmt(tx->db, "UPDATE file SET wrapped = NULL WHERE patient = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    return stmt_run(s);
}

/* -- the sweep -- */

enum err attach_names(struct tx *tx, struct map *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT name FROM file WHERE wrapped IS NOT NULL", &s);
    if (err) return err;
    while (!(err = stmt_step(s, &row)) && row) {
        err = map_put(to, stmt_get_str(s, 0), to);
        if (err) break;
    }
    stmt_done(s);
    return err;
}

struct sweep {
    struct job job; /* first */
    struct map *names;
};

static enum err run_names(struct job *job, struct tx *tx)
{
    return attach_names(tx, ((struct sweep *)job)->names);
}

static bool is_known(void *ctx, const char *name)
{
    return map_get(ctx, str_of(name)) != NULL;
}

enum err attach_sweep(struct store *store, const char *dir, int64_t *ret_removed)
{
    struct sweep sweep = {.job.run = run_names, .names = map_new(ATTACH_FILES_MAX)};
    enum err err = sweep.names ? store_run_read(store, &sweep.job) : ERR_NOMEM;
    if (!err) err = file_seal_sweep(dir, is_known, sweep.names, ret_removed);
    map_free(sweep.names);
    return err;
}
