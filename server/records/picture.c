#include "records/picture.h"
#include "base/mem.h"
#include "records/number.h"
#include "records/patient_key.h"
#include <stdio.h>

#define COLUMNS                                                                                              \
    "id, record, patient, file, study, series, instance, sop_class, syntax, frames, series_number, number"

static void take_text(struct stmt *s, int at, char *to)
{
    struct str text = stmt_get_str(s, at);
    snprintf(to, PICTURE_UID_BYTES, "%.*s", (int)text.bytes, text.at);
}

static void take(struct stmt *s, struct picture *ret)
{
    *ret = (struct picture){.id = stmt_get_int(s, 0),
                            .record = stmt_get_int(s, 1),
                            .patient = stmt_get_int(s, 2),
                            .file = stmt_get_int(s, 3),
                            .frames = (uint32_t)stmt_get_int(s, 9),
                            .series_number = stmt_get_int(s, 10),
                            .number = stmt_get_int(s, 11)};
    take_text(s, 4, ret->study);
    take_text(s, 5, ret->series);
    take_text(s, 6, ret->instance);
    take_text(s, 7, ret->sop_class);
    take_text(s, 8, ret->syntax);
}

enum err picture_put(struct tx *tx, struct records *records, const struct picture *p, struct str said)
{
    struct stmt *s;
    if (said.bytes > PICTURE_SAID_BYTES_MAX) return ERR_LIMIT;
    size_t bytes = said.bytes + CIPHER_BOX_BYTES;
    void *box = mem_alloc(bytes);
    if (!box) return ERR_NOMEM;
    enum err err =
        patient_key_seal(tx, records, p->patient, p->instance, strlen(p->instance), said.at, said.bytes, box);
    if (!err)
        err =
            db_stmt(tx->db,
                    "INSERT INTO picture (record, patient, file, study, series, instance, sop_class, syntax,"
                    " frames, series_number, number, said)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                    &s);
    if (!err) {
        stmt_int(s, 1, p->record);
        stmt_int(s, 2, p->patient);
        stmt_int(s, 3, p->file);
        stmt_text(s, 4, p->study);
        stmt_text(s, 5, p->series);
        stmt_text(s, 6, p->instance);
        stmt_text(s, 7, p->sop_class);
        stmt_text(s, 8, p->syntax);
        stmt_int(s, 9, p->frames);
        stmt_int(s, 10, p->series_number);
        stmt_int(s, 11, p->number);
        stmt_blob(s, 12, box, bytes);
        err = stmt_run(s);
    }
    mem_free(box);
    return err;
}

enum err picture_find(struct tx *tx, struct str instance, struct picture *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT " COLUMNS " FROM picture WHERE instance = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, instance);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) take(s, ret);
    stmt_done(s);
    return err;
}

enum err picture_study(struct tx *tx, struct str study, int64_t *ret_record)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT record FROM picture WHERE study = ?1 LIMIT 1", &s);
    if (err) return err;
    stmt_str(s, 1, study);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) *ret_record = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

enum err picture_list(struct tx *tx, struct arena *arena, int64_t record, struct str series,
                      struct str instance, uint32_t most, struct picture **ret, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0, room = 0;
    struct picture *all = NULL;
    enum err err = db_stmt(tx->db,
                           "SELECT " COLUMNS " FROM picture WHERE record = ?1 AND (?2 IS NULL OR series = ?2)"
                           " AND (?3 IS NULL OR instance = ?3)"
                           " ORDER BY series_number, series, number, instance",
                           &s);
    if (err) return err;
    stmt_int(s, 1, record);
    stmt_str(s, 2, series.bytes ? series : (struct str){0});
    stmt_str(s, 3, instance.bytes ? instance : (struct str){0});
    while (!(err = stmt_step(s, &row)) && row) {
        if (n == most) err = ERR_LIMIT;
        if (!err && n == room) {
            struct picture *more = arena_alloc(arena, (room ? room * 2 : 16) * sizeof *more);
            if (more && n) memcpy(more, all, n * sizeof *more);
            if (!more) err = ERR_NOMEM;
            all = more;
            room = room ? room * 2 : 16;
        }
        if (err) break;
        take(s, &all[n++]);
    }
    stmt_done(s);
    if (err) return err;
    *ret = all;
    *ret_n = n;
    return OK;
}

enum err picture_said(struct tx *tx, struct records *records, struct arena *arena, const struct picture *p,
                      struct str *ret)
{
    struct stmt *s;
    bool row;
    char *text = NULL;
    size_t bytes = 0;
    enum err err = db_stmt(tx->db, "SELECT said FROM picture WHERE id = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, p->id);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str box = stmt_get_blob(s, 0);
        bytes = box.bytes > CIPHER_BOX_BYTES ? box.bytes - CIPHER_BOX_BYTES : 0;
        text = arena_alloc(arena, bytes + 1);
        err = text ? patient_key_open(tx, records, p->patient, p->instance, strlen(p->instance), box.at,
                                      box.bytes, text)
                   : ERR_NOMEM;
    }
    stmt_done(s);
    if (err) return err == ERR_DENIED ? ERR_NOT_FOUND : err;
    *ret = (struct str){text, bytes};
    return OK;
}

enum err picture_records(struct tx *tx, int64_t patient, int64_t before, int64_t *ret_rows, uint32_t most,
                         uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT row FROM record WHERE type = ?1 AND type <> " NUMBER_PROVENANCE
                           " AND is_deleted = 0 AND row < ?2"
                           " AND (?3 = 0 OR patient = ?3) ORDER BY row DESC LIMIT ?4",
                           &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(fhir_resource_of(STR("ImagingStudy"))));
    stmt_int(s, 2, before ? before : INT64_MAX);
    stmt_int(s, 3, patient);
    stmt_int(s, 4, most);
    while (n < most && !(err = stmt_step(s, &row)) && row)
        ret_rows[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}
