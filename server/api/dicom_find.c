/* QIDO-RS (PS3.18 §10.6): studies, series or instances whose record the asker may see and that are what is asked for. Each study is decided
 * by the guard before anything of it is opened or counted (rule 10). */
#include "api/dicom_find.h"
#include "api/dicom_match.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/trace.h"
#include "desk/study.h"
#include "records/guard.h"
#include "records/search.h"
#include <stdio.h>

enum { ROWS = 64 };

struct finding {
    struct request *r;
    struct tx *tx;
    struct record_reader who;
    const struct dicom_path *path;
    struct dicom_query q;
    struct json_out out;
    struct str base;
    struct record_reader shown; /* what of the studies left, for the trail */
    uint32_t seen, put;         /* that fit; that were written */
    int64_t patient;            /* row; 0: of all */
};

/* -- attributes of an answer -- */

static void put_text(struct json_out *o, const char *tag, const char *vr, struct str text)
{
    json_open(o, tag);
    json_put_text(o, "vr", vr);
    json_open_array(o, "Value");
    json_put_str(o, NULL, text);
    json_close_array(o);
    json_close(o);
}

static void put_count(struct json_out *o, const char *tag, int64_t n)
{
    json_open(o, tag);
    json_put_text(o, "vr", "IS");
    json_open_array(o, "Value");
    json_put_int(o, NULL, n);
    json_close_array(o);
    json_close(o);
}

static const char *const of_study[] = {"00080005", "00080020", "00080030", "00080050", "00080090",
                                       "00080201", "00081030", "00100010", "00100020", "00100030",
                                       "00100040", "0020000D", "00200010", NULL};
static const char *const of_series[] = {"00080005", "00080021", "00080031", "00080060",
                                        "0008103E", "0020000D", "0020000E", "00200011",
                                        "00400244", "00400245", "00180015", NULL};
static const char *const of_instance[] = {"00080005", "00080016", "00080018", "0020000D",
                                          "0020000E", "00200013", "00280008", "00280010",
                                          "00280011", "00280100", NULL};

static bool is_among(const char *tag, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, tag) == 0) return true;
    return false;
}

/* Those of the level and those asked for besides, each as it stands. */
static void put_said(struct finding *f, const struct tape *said, const char *const *level)
{
    for (uint32_t n = 1; n < said->nodes[0].end; n = said->nodes[n].end) {
        struct str name = tape_name(said, n);
        char tag[9];
        if (name.bytes != 8) continue;
        snprintf(tag, sizeof tag, "%.8s", name.at);
        bool is_wanted = f->q.wants_all || is_among(tag, level);
        for (uint32_t i = 0; i < f->q.field_n && !is_wanted; i++)
            is_wanted = strcmp(f->q.fields[i], tag) == 0;
        if (is_wanted) json_put_raw(&f->out, tag, tape_raw(said, n));
    }
}

/* depth: 1 the study's address, 2 the series', 3 the instance's. */
static void put_url(struct finding *f, int depth, const struct picture *p)
{
    const char *url = arena_printf(f->r->arena, "%.*s/studies/%s%s%s%s%s", (int)f->base.bytes, f->base.at,
                                   p->study, depth > 1 ? "/series/" : "", depth > 1 ? p->series : "",
                                   depth > 2 ? "/instances/" : "", depth > 2 ? p->instance : "");
    if (url) put_text(&f->out, "00081190", "UR", str_of(url));
    put_text(&f->out, "00080056", "CS", STR("ONLINE"));
}

/* -- what fits -- */

static enum err said_of(struct finding *f, const struct picture *p, struct tape *ret)
{
    struct str text;
    struct tape_fault where;
    enum err err = picture_said(f->tx, f->who.records, f->r->arena, p, &text);
    return err ? err : tape_read(f->r->arena, text, STUDY_NODES_MAX, ret, &where);
}

/* Counted, and one of those on this page? */
static bool is_on_page(struct finding *f)
{
    return f->seen++ >= f->q.offset && f->put < f->q.limit;
}

static bool is_first_of_series(const struct picture *p, uint32_t i)
{
    return i == 0 || strcmp(p[i].series, p[i - 1].series) != 0;
}

/* "CT\\MR" of all series; a study fits when one of them does. */
static enum err modalities(struct finding *f, const struct picture *p, uint32_t n, struct str *ret_json,
                           bool *ret_fits)
{
    struct str want = dicom_query_value(&f->q, "00080061"), all = STR("");
    *ret_fits = want.bytes == 0;
    for (uint32_t i = 0; i < n; i++) {
        struct tape said;
        if (!is_first_of_series(p, i)) continue;
        enum err err = said_of(f, &p[i], &said);
        if (err) return err;
        struct str one = str_trim(study_text(&said, "00080060", f->r->arena));
        *ret_fits |= dicom_value_fits(want, one, false);
        if (!one.bytes || memmem(all.at, all.bytes, one.at, one.bytes)) continue;
        const char *more = arena_printf(f->r->arena, "%.*s%s\"%.*s\"", (int)all.bytes, all.at,
                                        all.bytes ? "," : "", (int)one.bytes, one.at);
        if (!more) return ERR_NOMEM;
        all = str_of(more);
    }
    *ret_json = all;
    return OK;
}

static enum err put_study(struct finding *f, const struct picture *p, uint32_t n)
{
    static const char *const elsewhere[] = {"00080061", NULL};
    struct tape said;
    struct str kinds = {0};
    bool fits;
    uint32_t series = 0;
    enum err err = said_of(f, &p[0], &said);
    if (!err) err = modalities(f, p, n, &kinds, &fits);
    if (err || !fits || !dicom_query_fits(&f->q, &said, f->r->arena, elsewhere) || !is_on_page(f)) return err;
    for (uint32_t i = 0; i < n; i++)
        series += is_first_of_series(p, i);
    json_open(&f->out, NULL);
    put_said(f, &said, of_study);
    const char *raw =
        arena_printf(f->r->arena, "{\"vr\":\"CS\",\"Value\":[%.*s]}", (int)kinds.bytes, kinds.at);
    if (!raw) return ERR_NOMEM;
    json_put_raw(&f->out, "00080061", str_of(raw));
    put_count(&f->out, "00201206", series);
    put_count(&f->out, "00201208", n);
    put_url(f, 1, p);
    json_close(&f->out);
    f->put++;
    return OK;
}

static enum err put_series(struct finding *f, const struct picture *p, uint32_t n)
{
    static const char *const elsewhere[] = {NULL};
    struct tape said;
    enum err err = said_of(f, &p[0], &said);
    if (err || !dicom_query_fits(&f->q, &said, f->r->arena, elsewhere) || !is_on_page(f)) return err;
    json_open(&f->out, NULL);
    put_said(f, &said, of_series);
    put_count(&f->out, "00201209", n);
    put_url(f, 2, p);
    json_close(&f->out);
    f->put++;
    return OK;
}

static enum err put_instance(struct finding *f, const struct picture *p)
{
    static const char *const elsewhere[] = {NULL};
    struct tape said;
    enum err err = said_of(f, p, &said);
    if (err || !dicom_query_fits(&f->q, &said, f->r->arena, elsewhere) || !is_on_page(f)) return err;
    json_open(&f->out, NULL);
    put_said(f, &said, of_instance);
    put_url(f, 3, p);
    json_close(&f->out);
    f->put++;
    return OK;
}

static enum err put_level(struct finding *f, const struct picture *p, uint32_t n)
{
    enum err err = OK;
    if (f->path->what == DICOM_LIST_STUDIES) return put_study(f, p, n);
    for (uint32_t i = 0, end; i < n && !err; i = end) {
        end = i + 1;
        while (f->path->what == DICOM_LIST_SERIES && end < n && !is_first_of_series(p, end))
            end++;
        err = f->path->what == DICOM_LIST_SERIES ? put_series(f, p + i, end - i) : put_instance(f, &p[i]);
    }
    return err;
}

static enum err look_at(struct finding *f, int64_t row)
{
    struct record_head head;
    struct picture *all;
    uint32_t n = 0, before = f->put;
    enum err err = record_head_at(f->tx, f->r->arena, row, &head);
    if (err || head.is_deleted || !guard_may_see(f->who.guard, &head)) return err;
    err = picture_list(f->tx, f->r->arena, row, f->path->series, STR(""), DICOM_LIST_MAX, &all, &n);
    if (err || n == 0) return err;
    err = put_level(f, all, n);
    return !err && f->put > before ? record_traced(&f->shown, &head) : err;
}

static enum err look_at_all(struct finding *f)
{
    int64_t rows[ROWS], before = 0;
    uint32_t n = 0;
    enum err err = OK;
    do {
        err = picture_records(f->tx, f->patient, before, rows, ROWS, &n);
        for (uint32_t i = 0; i < n && !err && f->put < f->q.limit; i++) {
            err = look_at(f, rows[i]);
            before = rows[i];
        }
    } while (!err && n == ROWS && f->put < f->q.limit);
    return err;
}

static enum err look_at_one(struct finding *f, struct str study)
{
    int64_t row;
    enum err err = picture_study(f->tx, study, &row);
    return err == ERR_NOT_FOUND ? OK : err ? err : look_at(f, row);
}

static enum err find(struct finding *f)
{
    struct str asked = f->path->study.bytes ? f->path->study : dicom_query_value(&f->q, "0020000D");
    if (!asked.bytes) return look_at_all(f);
    enum err err = OK;
    while (asked.bytes && !err)
        err = look_at_one(f, str_trim(str_cut(&asked, ',')));
    return err;
}

enum err dicom_find(struct request *r, struct tx *tx, const struct dicom_path *path)
{
    struct str where;
    struct finding *f = arena_zalloc(r->arena, sizeof *f);
    if (!f) return ERR_NOMEM;
    f->r = r;
    f->tx = tx;
    f->path = path;
    f->who = fhir_reader(r);
    f->shown.arena = r->arena;
    f->base = dicom_base(r);
    if (!dicom_query_read(r->query, r->arena, &f->q, &where)) {
        const char *name =
            arena_text(r->arena, where.at ? where.at : "", where.bytes < 60 ? where.bytes : 60);
        return answer_fault(r, 400, "bad_field", name && str_is_utf8(str_of(name)) ? name : NULL);
    }
    if (!dicom_accepts(r, DICOM_JSON) && !dicom_accepts(r, "application/json"))
        return answer_fault(r, 406, "only_json", NULL);
    enum err err = fhir_guard(r, tx, &f->who);
    r->answer.body.bytes_max = 64 * 1024 * 1024;
    answer_json(r, 200, &f->out);
    r->answer.content_type = DICOM_JSON;
    json_open_array(&f->out, NULL);
    if (!err) err = find(f);
    json_close_array(&f->out);
    char more[32];
    snprintf(more, sizeof more, ",\"count\":%u", f->put);
    return err ? err : request_trace(r, &f->shown, "image.search", NULL, more);
}
