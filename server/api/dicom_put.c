/* STOW-RS (PS3.18 §10.5): objects come up as one sealed file, are cut apart, read by DCMTK in its box and sealed one by one on an errand's
 * thread; then the desk finds whose they are and writes their rows and the ImagingStudy in one transaction. One that is refused does
 * not keep the others out; the answer says why, one by one. */
#include "api/dicom.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "base/mem.h"
#include "desk/study.h"
#include "desk/texts.h"
#include "imaging/multipart.h"
#include "imaging/tool.h"
#include "records/guard.h"
#include "records/records.h"
#include "records/search.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { OBJECTS_MAX = 2000, BLOCK = 65536 };

/* PS3.18 §I.2.2, PS3.7 annex C */
enum reason {
    REASON_NONE = 0,
    REASON_FAILED = 0x0110,
    REASON_DUPLICATE = 0x0111,
    REASON_DENIED = 0x0124,
    REASON_MISMATCH = 0xa900,
    REASON_UNREADABLE = 0xc000,
};

struct object {
    struct object *next;
    struct multipart_part at;
    enum reason reason;
    const char *code; /* of desk/texts: why */
    bool is_there;    /* stored before, byte by byte the same */
    struct dicom d;
    struct str text; /* its JSON */
    struct tape said;
    struct picture picture;
    struct request_file *file;
};

struct putting {
    struct request *r;
    struct tx *tx;
    struct record_reader who;
    struct record_head asked; /* the patient that the asker named; row 0: none */
    struct object *objects;
    uint32_t count, stored;
    char boundary[MULTIPART_BOUNDARY_BYTES + 1];
    bool is_single; /* the body is one object */
};

static void refuse(struct object *o, enum reason reason, const char *code)
{
    if (o->reason) return;
    o->reason = reason;
    o->code = code;
}

/* -- before the body is read -- */

static bool read_type(struct request *r, struct putting *p)
{
    char type[64];
    struct str rest = r->content_type;
    p->is_single = str_is_nocase(str_trim(str_cut(&rest, ';')), STR("application/dicom"));
    if (p->is_single) return true;
    return multipart_boundary(r->content_type, p->boundary, type) &&
           (!type[0] || str_is_nocase(str_of(type), STR("application/dicom")));
}

/* ?patient=Patient/1: whose the sender says they are. */
static enum err find_asked(struct request *r, struct tx *tx, struct putting *p)
{
    struct str reference = request_query(r, "patient"), id = reference;
    if (!reference.at) return OK;
    struct str type = str_cut(&id, '/');
    if (!str_is_text(type, "Patient")) return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_head_find(tx, r->arena, fhir_resource_of(STR("Patient")), id, &p->asked);
    bool is_absent =
        err == ERR_NOT_FOUND || (!err && (p->asked.is_deleted || !guard_may_see(p->who.guard, &p->asked)));
    return is_absent ? answer_fault(r, 404, "not_found", NULL) : err;
}

/* Somebody who may write no image of anybody is told so before a byte is read: 404, as custody is told of all that is clinical. */
static bool may_write(const struct guard *guard)
{
    return guard->roles.bits & (ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE));
}

enum err dicom_put_look(struct request *r, struct tx *tx)
{
    struct putting *p = r->stash = arena_zalloc(r->arena, sizeof *p);
    if (!p) return ERR_NOMEM;
    p->r = r;
    p->who = fhir_reader(r);
    enum err err = fhir_guard(r, tx, &p->who);
    if (err) return err;
    if (!may_write(p->who.guard)) return answer_fault(r, 404, "not_found", NULL);
    if (!r->upload_bytes || !read_type(r, p)) return answer_fault(r, 415, "media_type", NULL);
    return find_asked(r, tx, p);
}

/* -- on the errand's thread: cutting apart, reading, sealing -- */

struct cut {
    struct source all;
    int64_t from;
};

static enum err read_cut(void *ctx, int64_t offset, void *to, size_t bytes)
{
    struct cut *c = ctx;
    return c->all.read(c->all.ctx, c->from + offset, to, bytes);
}

static enum err find_objects(struct putting *p, const struct source *all)
{
    struct multipart m;
    struct object **last = &p->objects;
    enum err err = OK;
    multipart_begin(&m, all, p->boundary);
    while (!err) {
        struct object *o = arena_zalloc(p->r->arena, sizeof *o);
        if (!o) return ERR_NOMEM;
        o->at = (struct multipart_part){.bytes = all->bytes};
        if (!p->is_single) err = multipart_next(&m, &o->at);
        if (err) break;
        if (++p->count > OBJECTS_MAX) return ERR_LIMIT;
        *last = o;
        last = &o->next;
        if (p->is_single) break;
    }
    return err == ERR_NOT_FOUND && p->count ? OK : err == ERR_NOT_FOUND ? ERR_BAD_INPUT : err;
}

/* What stands before the pixels is all that DCMTK is given to read; of a deflated one nobody can tell, so it is given all. */
static enum err read_words(struct putting *p, struct object *o, const struct source *from)
{
    struct dicom_stretch head = {0, o->d.kind == DICOM_DEFLATED ? from->bytes : o->d.head};
    struct tape_fault where;
    struct buf text;
    int fd;
    enum err err = tool_object(from, &head, 1, &fd);
    if (err) return err;
    buf_init(&text, PICTURE_SAID_BYTES_MAX);
    err = tool_json(request_site(p->r)->imaging, fd, &text);
    close(fd);
    const char *copy = !err && text.bytes ? arena_text(p->r->arena, text.at, text.bytes) : NULL;
    o->text = (struct str){copy, copy ? text.bytes : 0};
    while (o->text.bytes && o->text.at[o->text.bytes - 1] == '\n')
        o->text.bytes--;
    buf_done(&text);
    if (!err && !copy) err = ERR_NOMEM;
    return err ? err : tape_read(p->r->arena, o->text, STUDY_NODES_MAX, &o->said, &where);
}

static bool copy_uid(struct str from, char to[PICTURE_UID_BYTES])
{
    from = str_trim(from);
    if (from.bytes == 0 || from.bytes >= PICTURE_UID_BYTES) return false;
    for (size_t i = 0; i < from.bytes; i++)
        if (!((from.at[i] >= '0' && from.at[i] <= '9') || from.at[i] == '.')) return false;
    snprintf(to, PICTURE_UID_BYTES, "%.*s", (int)from.bytes, from.at);
    return true;
}

static void take_names(struct putting *p, struct object *o)
{
    struct picture *to = &o->picture;
    struct arena *a = p->r->arena;
    bool ok = copy_uid(study_text(&o->said, "0020000D", a), to->study) &&
              copy_uid(study_text(&o->said, "0020000E", a), to->series) &&
              copy_uid(study_text(&o->said, "00080018", a), to->instance) &&
              copy_uid(study_text(&o->said, "00080016", a), to->sop_class);
    if (!ok) refuse(o, REASON_UNREADABLE, "dicom_uid");
    if (p->r->captures[0].bytes && !str_is_text(p->r->captures[0], to->study))
        refuse(o, REASON_MISMATCH, "dicom_uid");
    snprintf(to->syntax, sizeof to->syntax, "%s", o->d.syntax);
    to->series_number = study_int(&o->said, "00200011");
    to->number = study_int(&o->said, "00200013");
    to->frames = o->d.frames;
    if (o->d.kind == DICOM_DEFLATED) {
        int64_t frames = study_int(&o->said, "00280008");
        bool has_picture = study_int(&o->said, "00280010") > 0;
        to->frames = !has_picture ? 0 : frames > 0 && frames < DICOM_FRAMES_MAX ? (uint32_t)frames : 1;
    }
}

static enum err seal(struct putting *p, struct object *o, const struct source *from)
{
    struct request_file *f = arena_zalloc(p->r->arena, sizeof *f);
    char *block = mem_alloc(BLOCK);
    enum err err = f && block ? file_writer_new(request_site(p->r)->files, &f->writer) : ERR_NOMEM;
    if (!err) {
        f->next = p->r->files;
        p->r->files = f;
        o->file = f;
    }
    for (int64_t at = 0; at < from->bytes && !err;) {
        size_t n = from->bytes - at < BLOCK ? (size_t)(from->bytes - at) : BLOCK;
        err = from->read(from->ctx, at, block, n);
        if (!err) err = file_writer_add(f->writer, block, n);
        at += (int64_t)n;
    }
    mem_wipe_free(block, BLOCK);
    if (!err) err = file_writer_end(f->writer, &f->seal);
    return err ? err : file_writer_place(f->writer);
}

/* The world's errors end the request; what is wrong with the object is the object's. */
static enum err read_object(struct putting *p, struct object *o, const struct source *all)
{
    struct cut cut = {*all, o->at.offset};
    struct source from = {read_cut, &cut, o->at.bytes};
    const char *why = NULL;
    enum err err = dicom_read(&from, &o->d, &why);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) {
        refuse(o, REASON_UNREADABLE, "dicom_broken");
        return OK;
    }
    if (!err) err = read_words(p, o, &from);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_TIMEOUT) {
        refuse(o, REASON_UNREADABLE, "dicom_words");
        return OK;
    }
    if (err) return err;
    take_names(p, o);
    return o->reason ? OK : seal(p, o, &from);
}

void dicom_put_work(struct request *r)
{
    struct putting *p = r->stash;
    struct dicom_file file;
    enum err err = dicom_file_open(r, &r->upload_seal, &file);
    if (!err) err = find_objects(p, &file.source);
    if (err == ERR_BAD_INPUT)
        answer_fault(r, 400, "dicom_parts", NULL);
    else if (err == ERR_LIMIT)
        answer_fault(r, 413, "too_large", NULL);
    for (struct object *o = p->objects; o && !err; o = o->next)
        err = read_object(p, o, &file.source);
    dicom_file_done(&file);
    if (err == ERR_NOT_FOUND) answer_fault(r, 503, "no_dcmtk", NULL);
    if (err && !r->fault.status) fault_from_err(&r->fault, err);
}

/* -- on the desk: whose it is -- */

/* A value as a search takes it: its own signs escaped, then percent-encoded. */
static const char *criteria_of(struct arena *arena, struct str value)
{
    struct buf b;
    buf_init(&b, 1024);
    buf_add_text(&b, "identifier=");
    search_put_value(&b, value);
    const char *copy = b.err ? NULL : arena_text(arena, b.at, b.bytes);
    buf_done(&b);
    return copy;
}

/* DICOM writes 19800131, FHIR 1980-01-31, or less of it; what only one of them says is no difference. */
static enum err check_birth(struct putting *p, struct object *o, const struct record_head *patient)
{
    struct str body, theirs, ours = {0};
    struct tape tape;
    struct tape_fault where;
    char plain[16] = "";
    size_t n = 0;
    theirs = str_trim(study_text(&o->said, "00100030", p->r->arena));
    enum err err = record_body(p->tx, &p->who, patient, &body);
    if (!err) err = tape_read(p->r->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (err || theirs.bytes != 8) return err;
    (void)tape_text(&tape, tape_get(&tape, 0, STR("birthDate")), p->r->arena, &ours);
    for (size_t i = 0; i < ours.bytes && n < 8; i++)
        if (ours.at[i] != '-') plain[n++] = ours.at[i];
    if (memcmp(theirs.at, plain, n) != 0) refuse(o, REASON_MISMATCH, "dicom_birth");
    return OK;
}

static enum err find_patient(struct putting *p, struct object *o, struct record_head *ret)
{
    int64_t rows[16];
    uint32_t n = 0;
    struct record_fault fault = {0};
    struct str id = str_trim(study_text(&o->said, "00100020", p->r->arena));
    enum err err = OK;
    if (id.bytes) {
        const char *criteria = criteria_of(p->r->arena, id);
        if (!criteria) return ERR_NOMEM;
        err = search_rows(p->tx, &p->who, fhir_resource_of(STR("Patient")), str_of(criteria), rows,
                          COUNT_OF(rows), &n, &fault);
        if (err || fault.status) return err ? err : ERR_BAD_INPUT;
    }
    if (p->asked.row) {
        bool is_one = id.bytes == 0;
        for (uint32_t i = 0; i < n; i++)
            is_one |= rows[i] == p->asked.row;
        if (!is_one) refuse(o, REASON_MISMATCH, "dicom_patient_other");
        *ret = p->asked;
    } else if (n != 1) {
        refuse(o, REASON_MISMATCH, n ? "dicom_patient_several" : "dicom_patient_unknown");
    } else {
        err = record_head_at(p->tx, p->r->arena, rows[0], ret);
    }
    return err || o->reason ? err : check_birth(p, o, ret);
}

/* One that is there already: the same bytes are no harm, others are refused. */
static enum err check_twice(struct putting *p, struct object *o)
{
    struct picture had;
    struct attach file;
    enum err err = picture_find(p->tx, str_of(o->picture.instance), &had);
    for (struct object *before = p->objects; before != o; before = before->next)
        if (!before->reason && strcmp(before->picture.instance, o->picture.instance) == 0)
            refuse(o, REASON_DUPLICATE, "dicom_duplicate");
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    err = attach_at(p->tx, p->who.records, had.file, &file);
    if (err && err != ERR_NOT_FOUND) return err;
    bool is_same = !err && had.patient == o->picture.patient &&
                   memcmp(file.seal.sha256.at, o->file->seal.sha256.at, DIGEST_BYTES) == 0;
    mem_wipe(&file, sizeof file);
    if (is_same)
        o->is_there = true;
    else
        refuse(o, REASON_DUPLICATE, "dicom_duplicate");
    return OK;
}

static enum err decide(struct putting *p, struct object *o)
{
    struct record_head patient, study;
    int64_t row;
    if (o->reason) return OK;
    enum err err = find_patient(p, o, &patient);
    if (err || o->reason) return err;
    o->picture.patient = patient.row;
    err = picture_study(p->tx, str_of(o->picture.study), &row);
    if (!err) {
        err = record_head_at(p->tx, p->r->arena, row, &study);
        if (err) return err;
        bool is_theirs =
            !study.is_deleted && study.patient == patient.row && guard_may_see(p->who.guard, &study);
        if (!is_theirs) refuse(o, REASON_MISMATCH, "dicom_study_other");
        o->picture.record = row;
    } else if (err != ERR_NOT_FOUND) {
        return err;
    }
    return o->reason ? OK : check_twice(p, o);
}

/* -- on the desk: one study -- */

static bool is_new_of(const struct object *o, const char *study)
{
    return !o->reason && !o->is_there && strcmp(o->picture.study, study) == 0;
}

static enum err said_of(void *ctx, const struct picture *picture, struct tape *ret)
{
    struct putting *p = ctx;
    struct str text;
    struct tape_fault where;
    if (!picture->id) {
        for (struct object *o = p->objects; o; o = o->next)
            if (!o->reason && strcmp(o->picture.instance, picture->instance) == 0) *ret = o->said;
        return OK;
    }
    enum err err = picture_said(p->tx, p->who.records, p->r->arena, picture, &text);
    return err ? err : tape_read(p->r->arena, text, STUDY_NODES_MAX, ret, &where);
}

static int by_place(const void *x, const void *y)
{
    const struct picture *a = x, *b = y;
    if (a->series_number != b->series_number) return a->series_number < b->series_number ? -1 : 1;
    int series = strcmp(a->series, b->series);
    if (series) return series;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return strcmp(a->instance, b->instance);
}

static enum err gather(struct putting *p, const struct object *first, struct picture **ret, uint32_t *ret_n)
{
    struct picture *had = NULL;
    uint32_t had_n = 0, n = 0;
    enum err err = OK;
    if (first->picture.record)
        err = picture_list(p->tx, p->r->arena, first->picture.record, STR(""), STR(""), DICOM_LIST_MAX, &had,
                           &had_n);
    if (err) return err;
    struct picture *all = arena_alloc(p->r->arena, (had_n + p->count) * sizeof *all);
    if (!all) return ERR_NOMEM;
    if (had_n) memcpy(all, had, had_n * sizeof *all);
    n = had_n;
    for (struct object *o = p->objects; o; o = o->next)
        if (is_new_of(o, first->picture.study)) all[n++] = o->picture;
    qsort(all, n, sizeof *all, by_place);
    *ret = all;
    *ret_n = n;
    return OK;
}

static enum err old_body(struct putting *p, const struct object *first, struct record_head *head,
                         struct str *ret)
{
    if (!first->picture.record) return OK;
    enum err err = record_head_at(p->tx, p->r->arena, first->picture.record, head);
    return err ? err : record_body(p->tx, &p->who, head, ret);
}

static enum err write_study(struct putting *p, const struct object *first, struct record *ret)
{
    struct study_write w = {
        .said = said_of, .ctx = p, .arena = p->r->arena, .zone = records_zone(request_site(p->r)->records)};
    struct record_head patient, old = {0};
    struct record_fault fault = {0};
    struct record_if cond = {0};
    enum record_done done;
    struct tape tape;
    struct tape_fault where;
    struct picture *all;
    struct buf text;
    uint16_t type = fhir_resource_of(STR("ImagingStudy"));
    enum err err = gather(p, first, &all, &w.count);
    if (!err) err = record_head_at(p->tx, p->r->arena, first->picture.patient, &patient);
    if (!err) err = old_body(p, first, &old, &w.old);
    if (err) return err;
    w.pictures = all;
    w.patient_id = patient.id;
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    err = study_write(&w, &text);
    const char *copy = err ? NULL : arena_text(p->r->arena, text.at, text.bytes);
    struct str body = {copy, text.bytes};
    buf_done(&text);
    if (!err && !copy) err = ERR_NOMEM;
    if (!err) err = tape_read(p->r->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err && old.row)
        err = record_update(p->tx, &p->who, type, old.id, &tape, 0, &cond, ret, &done, &fault);
    else if (!err)
        err = record_create(p->tx, &p->who, type, &tape, 0, &cond, ret, &done, &fault);
    if (fault.status) {
        answer_fault(p->r, fault.status == 404 || fault.status == 403 ? fault.status : 422,
                     fault.status == 404   ? "not_found"
                     : fault.status == 403 ? "not_allowed"
                                           : "dicom_study",
                     NULL);
        return err ? err : ERR_DENIED;
    }
    return err;
}

static enum err write_rows(struct putting *p, struct object *o, const struct record_head *study)
{
    struct attach a = {.record = study->row,
                       .version = study->version,
                       .patient = o->picture.patient,
                       .seal = o->file->seal,
                       .type = "application/dicom"};
    enum err err = attach_put(p->tx, p->who.records, &a, &o->picture.file);
    mem_wipe(&a, sizeof a);
    o->picture.record = study->row;
    if (!err) err = picture_put(p->tx, p->who.records, &o->picture, o->text);
    if (!err) o->file->is_kept = true;
    if (!err) p->stored++;
    return err;
}

static bool is_first_of_study(const struct putting *p, const struct object *o)
{
    if (o->reason || o->is_there) return false;
    for (const struct object *before = p->objects; before != o; before = before->next)
        if (is_new_of(before, o->picture.study)) return false;
    return true;
}

/* Objects of one study that name two patients: the first one's is the study's. */
static void keep_together(struct object *first)
{
    for (struct object *o = first->next; o; o = o->next)
        if (is_new_of(o, first->picture.study) && o->picture.patient != first->picture.patient)
            refuse(o, REASON_MISMATCH, "dicom_study_other");
}

static enum err store_study(struct putting *p, struct object *first)
{
    struct record study;
    uint32_t before = p->stored;
    keep_together(first);
    enum err err = write_study(p, first, &study);
    for (struct object *o = first; o && !err; o = o->next)
        if (is_new_of(o, first->picture.study)) err = write_rows(p, o, &study.head);
    return err ? err : dicom_trace(p->r, "image.store", &study.head, p->stored - before);
}

/* -- the answer: PS3.18 §10.5.3 -- */

static void put_value(struct json_out *o, const char *tag, const char *vr, struct str text)
{
    json_open(o, tag);
    json_put_text(o, "vr", vr);
    json_open_array(o, "Value");
    json_put_str(o, NULL, text);
    json_close_array(o);
    json_close(o);
}

static void put_object(struct putting *p, struct json_out *o, const struct object *it, struct str base)
{
    const char *url = arena_printf(p->r->arena, "%.*s/studies/%s/series/%s/instances/%s", (int)base.bytes,
                                   base.at, it->picture.study, it->picture.series, it->picture.instance);
    json_open(o, NULL);
    if (it->picture.sop_class[0]) put_value(o, "00081150", "UI", str_of(it->picture.sop_class));
    if (it->picture.instance[0]) put_value(o, "00081155", "UI", str_of(it->picture.instance));
    if (it->reason) {
        json_open(o, "00081197");
        json_put_text(o, "vr", "US");
        json_open_array(o, "Value");
        json_put_int(o, NULL, it->reason);
        json_close_array(o);
        json_close(o);
        const struct text *t = text_find(it->code, NULL);
        put_value(o, "00000902", "LO", str_of(p->r->english ? t->en : t->zh));
    } else if (url) {
        put_value(o, "00081190", "UR", str_of(url));
    }
    json_close(o);
}

static void put_list(struct putting *p, struct json_out *out, const char *tag, bool is_failed,
                     struct str base)
{
    bool is_any = false;
    for (struct object *o = p->objects; o; o = o->next)
        is_any |= (o->reason != REASON_NONE) == is_failed;
    if (!is_any) return;
    json_open(out, tag);
    json_put_text(out, "vr", "SQ");
    json_open_array(out, "Value");
    for (struct object *o = p->objects; o; o = o->next)
        if ((o->reason != REASON_NONE) == is_failed) put_object(p, out, o, base);
    json_close_array(out);
    json_close(out);
}

static enum err answer(struct putting *p)
{
    struct request *r = p->r;
    struct json_out out;
    struct str base = dicom_base(r);
    uint32_t failed = 0;
    for (struct object *o = p->objects; o; o = o->next)
        failed += o->reason != REASON_NONE;
    answer_json(r, failed == 0 ? 200 : failed < p->count ? 202 : 409, &out);
    r->answer.content_type = DICOM_JSON;
    json_open(&out, NULL);
    for (struct object *o = p->objects; o; o = o->next) {
        if (o->reason) continue;
        const char *url =
            arena_printf(r->arena, "%.*s/studies/%s", (int)base.bytes, base.at, o->picture.study);
        if (!url) return ERR_NOMEM;
        put_value(&out, "00081190", "UR", str_of(url));
        break;
    }
    put_list(p, &out, "00081198", true, base);
    put_list(p, &out, "00081199", false, base);
    json_close(&out);
    return OK;
}

enum err dicom_put_write(struct request *r, struct tx *tx)
{
    struct putting *p = r->stash;
    enum err err = OK;
    p->tx = tx;
    p->who = fhir_reader(r);
    err = fhir_guard(r, tx, &p->who);
    for (struct object *o = p->objects; o && !err; o = o->next)
        err = decide(p, o);
    for (struct object *o = p->objects; o && !err; o = o->next)
        if (is_first_of_study(p, o)) err = store_study(p, o);
    if (!err) err = fhir_origin(r, tx, &p->who);
    if (err) return err;
    if (!p->stored) {
        err = request_audit(r, "image.store", NULL, AUDIT_OK, "{\"count\":0}");
        if (err) return err;
    }
    return answer(p);
}
