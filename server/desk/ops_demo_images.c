/* The demo's images: drawn (desk/demo_image), sealed, and written as a device's would be: files and rows, and the ImagingStudy that tells of
 * them, in one transaction. */
#include "base/mem.h"
#include "desk/demo_image.h"
#include "desk/ops_run.h"
#include "desk/study.h"
#include "records/attach.h"
#include "records/records.h"
#include <stdio.h>

enum { FILE_MAX = 1 << 20, SAID_MAX = 16384, ARENA_BYTES = 64 * 1024 * 1024 };
#define PATIENT "demo-p001"
#define VISIT "Encounter/demo-p001-v90"

struct one {
    struct demo_image image;
    struct str said;
    struct file_writer *writer;
    struct file_seal seal;
};

struct images {
    struct arena *arena;
    struct record_head patient;
    struct str number;
    bool are_there; /* a demo that was broken off had come so far */
    struct one all[DEMO_IMAGES];
};

/* -- files -- */

static enum err seal_one(struct op *op, struct images *m, int i)
{
    struct one *o = &m->all[i];
    struct buf file, said;
    buf_init(&file, FILE_MAX);
    buf_init(&said, SAID_MAX);
    demo_image(i, clock_now(), m->number, &o->image, &file, &said);
    enum err err = file.err ? file.err : said.err;
    const char *copy = err ? NULL : arena_text(m->arena, said.at, said.bytes);
    o->said = (struct str){copy, said.bytes};
    if (!err && !copy) err = ERR_NOMEM;
    if (!err) err = file_writer_new(op->site->files, &o->writer);
    if (!err) err = file_writer_add(o->writer, file.at, file.bytes);
    if (!err) err = file_writer_end(o->writer, &o->seal);
    if (!err) err = file_writer_place(o->writer);
    buf_done(&file);
    buf_done(&said);
    return err;
}

/* -- rows -- */

static enum err said_of(void *ctx, const struct picture *p, struct tape *ret)
{
    struct images *m = ctx;
    struct tape_fault why;
    for (int i = 0; i < DEMO_IMAGES; i++)
        if (strcmp(m->all[i].image.picture.instance, p->instance) == 0)
            return tape_read(m->arena, m->all[i].said, STUDY_NODES_MAX, ret, &why);
    return ERR_NOT_FOUND;
}

static enum err write_study(struct tx *tx, struct images *m, struct record_reader *who, const char *id,
                            struct record *ret)
{
    struct picture pictures[DEMO_IMAGES];
    struct study_write w = {.pictures = pictures,
                            .said = said_of,
                            .ctx = m,
                            .arena = m->arena,
                            .patient_id = STR(PATIENT),
                            .zone = records_zone(who->records)};
    struct tape tape;
    struct tape_fault why;
    struct record_fault fault = {0};
    enum record_done done;
    struct buf text;
    for (int i = 0; i < DEMO_IMAGES; i++)
        if (strcmp(m->all[i].image.study_id, id) == 0) pictures[w.count++] = m->all[i].image.picture;
    const char *old =
        arena_printf(m->arena, "{\"id\":\"%s\",\"encounter\":{\"reference\":\"" VISIT "\"}}", id);
    if (!old) return ERR_NOMEM;
    w.old = str_of(old);
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    enum err err = study_write(&w, &text);
    const char *copy = err ? NULL : arena_text(m->arena, text.at, text.bytes);
    if (!err && !copy) err = ERR_NOMEM;
    if (!err) err = tape_read(m->arena, (struct str){copy, text.bytes}, RECORD_NODES_MAX, &tape, &why);
    buf_done(&text);
    if (!err)
        err = record_update(tx, who, fhir_resource_of(STR("ImagingStudy")), str_of(id), &tape, 0, NULL, ret,
                            &done, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

static enum err write_rows(struct tx *tx, struct images *m, struct record_reader *who,
                           const struct record *study)
{
    enum err err = OK;
    for (int i = 0; i < DEMO_IMAGES && !err; i++) {
        struct one *o = &m->all[i];
        struct picture p = o->image.picture;
        struct attach a = {.record = study->head.row,
                           .version = study->head.version,
                           .patient = m->patient.row,
                           .seal = o->seal,
                           .type = "application/dicom"};
        if (!str_is_text(study->head.id, o->image.study_id)) continue;
        err = attach_put(tx, who->records, &a, &p.file);
        p.record = study->head.row;
        p.patient = m->patient.row;
        if (!err) err = picture_put(tx, who->records, &p, o->said);
        mem_wipe(&a, sizeof a);
    }
    return err;
}

static enum err write_all(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct images *m = with;
    struct record_reader who = {.records = op->site->records, .arena = m->arena};
    static const char *const ids[] = {DEMO_IMAGE_CT, DEMO_IMAGE_PHOTO};
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(ids) && !err; i++) {
        struct record study;
        err = write_study(tx, m, &who, ids[i], &study);
        if (!err) err = write_rows(tx, m, &who, &study);
    }
    return err ? err : op_audit(op, job, "demo.images", NULL, NULL);
}

static enum err find_patient(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct images *m = with;
    struct record_reader who = {.records = op->site->records, .arena = m->arena};
    struct str body, number;
    struct tape tape;
    struct tape_fault why;
    struct demo_image any;
    int64_t row;
    (void)job;
    enum err err =
        record_head_find(tx, m->arena, fhir_resource_of(STR("Patient")), STR(PATIENT), &m->patient);
    if (!err) err = record_body(tx, &who, &m->patient, &body);
    if (!err) err = tape_read(m->arena, body, RECORD_NODES_MAX, &tape, &why);
    if (err) return err;
    demo_image_name(0, &any);
    err = picture_study(tx, str_of(any.picture.study), &row);
    m->are_there = err == OK;
    if (err && err != ERR_NOT_FOUND) return err;
    uint32_t first = tape_at(&tape, tape_get(&tape, 0, STR("identifier")), 0);
    if (!tape_text(&tape, tape_get(&tape, first, STR("value")), m->arena, &number)) return ERR_CORRUPT;
    m->number = number;
    return OK;
}

enum err op_demo_images(struct op *op)
{
    struct images *m = mem_zalloc(sizeof *m);
    if (!m) return ERR_NOMEM;
    m->arena = arena_new(ARENA_BYTES);
    enum err err = m->arena ? op_read(op, find_patient, m) : ERR_NOMEM;
    bool is_due = !err && !m->are_there;
    for (int i = 0; i < DEMO_IMAGES && !err && is_due; i++)
        err = seal_one(op, m, i);
    if (!err && is_due) err = op_write(op, write_all, m);
    for (int i = 0; i < DEMO_IMAGES; i++) {
        if (!err && is_due) file_writer_keep(m->all[i].writer);
        file_writer_free(m->all[i].writer);
    }
    arena_free(m->arena);
    mem_wipe_free(m, sizeof *m);
    return err;
}
