/* WADO-RS (PS3.18 §10.4): whole objects, what they say of themselves, frames, pixels, and pictures of them. A reader decides and finds the
 * files; objects stream from there as they lie; what must be looked into goes on to an errand's thread. */
#include "api/dicom_find.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "desk/study.h"
#include "imaging/tool.h"
#include <stdio.h>
#include <unistd.h>

enum { STRETCHES_MAX = 4096, FRAMES_ASKED_MAX = 512 };

struct getting {
    struct dicom_path path;
    struct dicom_drawing drawing; /* and of frames and pixels: the file */
    char boundary[33];
    struct str base;
};

/* -- multipart answers -- */

static void new_boundary(char ret[33])
{
    uint8_t bytes[16];
    rnd_bytes(bytes, sizeof bytes);
    str_hex(bytes, sizeof bytes, ret);
}

static enum err part_begin(struct request *r, const struct getting *g, bool is_first, const char *type,
                           const char *location)
{
    const char *head = arena_printf(
        r->arena, "%s--%s\r\nContent-Type: %s\r\n%s%s%s\r\n", is_first ? "" : "\r\n", g->boundary, type,
        location ? "Content-Location: " : "", location ? location : "", location ? "\r\n" : "");
    return head ? answer_add_text(r, str_of(head)) : ERR_NOMEM;
}

static enum err parts_end(struct request *r, const struct getting *g, const char *type)
{
    const char *end = arena_printf(r->arena, "\r\n--%s--\r\n", g->boundary);
    const char *field =
        arena_printf(r->arena, "multipart/related; type=\"%s\"; boundary=%s", type, g->boundary);
    if (!end || !field) return ERR_NOMEM;
    r->answer.status = 200;
    r->answer.content_type = field;
    return answer_add_text(r, str_of(end));
}

static const char *location_of(struct request *r, const struct getting *g, const struct picture *p,
                               const char *more)
{
    return arena_printf(r->arena, "%.*s/studies/%s/series/%s/instances/%s%s", (int)g->base.bytes, g->base.at,
                        p->study, p->series, p->instance, more);
}

/* -- whole objects -- */

/* One object for one who asks for it as such: plain, with Range, as a browser's viewer reads it. */
static bool wants_plain(const struct request *r, uint32_t n)
{
    return n == 1 && r->accept.bytes && !memmem(r->accept.at, r->accept.bytes, "multipart/related", 17) &&
           memmem(r->accept.at, r->accept.bytes, "application/dicom", 17);
}

static enum err get_objects(struct request *r, struct tx *tx, struct getting *g, struct record_reader *who,
                            const struct picture *all, uint32_t n)
{
    enum err err = OK;
    if (!dicom_accepts(r, "application/dicom") && !dicom_accepts(r, "multipart/related"))
        return answer_fault(r, 406, "only_dicom", NULL);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct attach a;
        err = attach_at(tx, who->records, all[i].file, &a);
        if (!err && wants_plain(r, n)) {
            err = answer_file(r, &a.seal, "application/dicom", NULL);
            mem_wipe(&a, sizeof a);
            return err;
        }
        const char *type = arena_printf(r->arena, "application/dicom; transfer-syntax=%s", all[i].syntax);
        const char *location = location_of(r, g, &all[i], "");
        if (!err && (!type || !location)) err = ERR_NOMEM;
        if (!err) err = part_begin(r, g, i == 0, type, location);
        if (!err) err = answer_add_file(r, &a.seal, 0, a.seal.bytes);
        mem_wipe(&a, sizeof a);
    }
    return err ? err : parts_end(r, g, "application/dicom");
}

/* -- metadata -- */

/* The pixels are told by where they can be had. */
static enum err get_metadata(struct request *r, struct tx *tx, struct getting *g, struct record_reader *who,
                             const struct picture *all, uint32_t n)
{
    struct buf *to = &r->answer.body;
    if (!dicom_accepts(r, DICOM_JSON) && !dicom_accepts(r, "application/json"))
        return answer_fault(r, 406, "only_json", NULL);
    buf_clear(to);
    to->bytes_max = 64 * 1024 * 1024;
    buf_add_char(to, '[');
    for (uint32_t i = 0; i < n; i++) {
        struct str text;
        enum err err = picture_said(tx, who->records, r->arena, &all[i], &text);
        if (err) return err;
        /* A deflated object was read whole, and has its pixels in it: they go, or they would stand there twice. */
        const char *pixels = memmem(text.at, text.bytes, ",\"7FE00010\":", 12);
        size_t bytes = pixels ? (size_t)(pixels - text.at) : text.bytes - 1;
        buf_add_text(to, i ? "," : "");
        buf_add(to, text.at, bytes);
        const char *url = location_of(r, g, &all[i], "/bulkdata/7FE00010");
        if (!url) return ERR_NOMEM;
        if (all[i].frames)
            buf_printf(to, "%s\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"%s\"}", bytes > 1 ? "," : "",
                       url);
        buf_add_char(to, '}');
    }
    buf_add_char(to, ']');
    r->answer.status = 200;
    r->answer.content_type = DICOM_JSON;
    return OK;
}

/* -- frames and pixels; on an errand's thread -- */

static const char *media_of(const char *syntax)
{
    static const struct {
        const char *syntax, *type;
    } known[] = {
        {"1.2.840.10008.1.2.4.50", "image/jpeg"},   {"1.2.840.10008.1.2.4.51", "image/jpeg"},
        {"1.2.840.10008.1.2.4.57", "image/jpeg"},   {"1.2.840.10008.1.2.4.70", "image/jpeg"},
        {"1.2.840.10008.1.2.4.80", "image/jls"},    {"1.2.840.10008.1.2.4.81", "image/jls"},
        {"1.2.840.10008.1.2.4.90", "image/jp2"},    {"1.2.840.10008.1.2.4.91", "image/jp2"},
        {"1.2.840.10008.1.2.5", "image/dicom-rle"},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(known[i].syntax, syntax) == 0) return known[i].type;
    return "application/octet-stream";
}

/* A frame out of memory: of an object that was unpacked for it. */
static enum err add_bytes(struct request *r, const struct source *from, struct dicom_stretch s)
{
    char *at = s.bytes < 128 * 1024 * 1024 ? arena_alloc(r->arena, (size_t)s.bytes + 1) : NULL;
    if (!at) return ERR_LIMIT;
    enum err err = from->read(from->ctx, s.offset, at, (size_t)s.bytes);
    struct answer_part *part = arena_zalloc(r->arena, sizeof *part), **last = &r->answer.parts;
    if (err || !part) return err ? err : ERR_NOMEM;
    *part = (struct answer_part){.text = {at, (size_t)s.bytes}, .bytes = s.bytes};
    while (*last)
        last = &(*last)->next;
    *last = part;
    return OK;
}

static enum err add_frames(struct request *r, struct getting *g, const struct source *from,
                           const struct dicom *d, bool is_file)
{
    struct dicom_stretch *at = arena_alloc(r->arena, STRETCHES_MAX * sizeof *at);
    struct str list = g->path.what == DICOM_BULK ? STR("") : g->path.frames;
    const char *media = d->kind == DICOM_PACKED ? media_of(d->syntax) : "application/octet-stream";
    const char *type = d->kind == DICOM_PACKED
                           ? arena_printf(r->arena, "%s; transfer-syntax=%s", media, d->syntax)
                           : "application/octet-stream";
    uint32_t asked = 0, all = g->path.what == DICOM_BULK ? d->frames : FRAMES_ASKED_MAX;
    enum err err = at && type ? OK : ERR_NOMEM;
    for (uint32_t i = 1; i <= all && !err; i++) {
        char more[48];
        size_t n = 0;
        uint32_t frame = g->path.what == DICOM_BULK ? i : dicom_path_frame(&list);
        if (!frame) break;
        err = dicom_frame(from, d, frame, at, STRETCHES_MAX, &n);
        snprintf(more, sizeof more, "/frames/%u", frame);
        const char *location = location_of(r, g, &g->drawing.picture, more);
        if (!err && !location) err = ERR_NOMEM;
        if (!err) err = part_begin(r, g, asked++ == 0, type, location);
        for (size_t k = 0; k < n && !err; k++)
            err = is_file ? answer_add_file(r, &g->drawing.file.seal, at[k].offset, at[k].bytes)
                          : add_bytes(r, from, at[k]);
    }
    if (err == ERR_NOT_FOUND || (!err && asked == 0)) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : parts_end(r, g, media);
}

/* Who asks for the frame as it lies gets it so; who wants it plain, or says nothing of packed ones, gets it unpacked (PS3.18 §8.7.3). */
static bool wants_packed(const struct request *r, const struct dicom *d)
{
    const char *media = media_of(d->syntax);
    if (!r->accept.bytes) return false;
    bool is_any = memmem(r->accept.at, r->accept.bytes, "transfer-syntax=*", 17) ||
                  memmem(r->accept.at, r->accept.bytes, d->syntax, strlen(d->syntax));
    return is_any || (strcmp(media, "application/octet-stream") != 0 &&
                      memmem(r->accept.at, r->accept.bytes, media, strlen(media)));
}

static enum err get_unpacked(struct request *r, struct getting *g, const struct source *from,
                             const struct dicom *d)
{
    struct dicom_stretch all = {0, from->bytes};
    struct dicom plain;
    struct source unpacked;
    const char *why;
    int object, fd = -1;
    if (!tool_can_draw(d->syntax)) return answer_fault(r, 406, "dicom_syntax", NULL);
    enum err err = tool_object(from, &all, 1, &object);
    if (err) return err;
    err = tool_unpack(request_site(r)->imaging, object, d->syntax, &fd);
    close(object);
    if (!err) err = tool_source(&fd, &unpacked);
    if (!err) err = dicom_read(&unpacked, &plain, &why);
    if (!err) err = add_frames(r, g, &unpacked, &plain, false);
    if (fd >= 0) close(fd);
    return err == ERR_BAD_INPUT || err == ERR_TIMEOUT ? answer_fault(r, 406, "dicom_syntax", NULL) : err;
}

static void get_frames(struct request *r, struct getting *g)
{
    struct dicom_file file;
    struct dicom d;
    const char *why;
    enum err err = dicom_file_open(r, &g->drawing.file.seal, &file);
    if (!err) err = dicom_read(&file.source, &d, &why);
    bool is_plain = !err && d.kind == DICOM_PLAIN && !d.is_big;
    if (!err)
        err = is_plain || (d.kind == DICOM_PACKED && wants_packed(r, &d))
                  ? add_frames(r, g, &file.source, &d, true)
                  : get_unpacked(r, g, &file.source, &d);
    dicom_file_done(&file);
    if (err == ERR_UNSUPPORTED) answer_fault(r, 406, "dicom_syntax", NULL);
    if (err && !r->fault.status) fault_from_err(&r->fault, err);
}

/* -- the stages -- */

/* Of a study or series, the picture in the middle of the first series stands for it. */
static const struct picture *standing_for(const struct picture *all, uint32_t n)
{
    uint32_t end = 0;
    while (end < n && strcmp(all[end].series, all[0].series) == 0)
        end++;
    if (all[end / 2].frames) return &all[end / 2];
    for (uint32_t i = 0; i < n; i++)
        if (all[i].frames) return &all[i];
    return NULL;
}

static enum err prepare(struct request *r, struct tx *tx, struct getting *g, struct record_reader *who,
                        const struct picture *all, uint32_t n)
{
    struct str list = g->path.frames;
    const struct picture *p = standing_for(all, n);
    if (!p) return answer_fault(r, 406, "dicom_no_picture", NULL);
    g->drawing.picture = *p;
    g->drawing.is_thumbnail = g->path.what == DICOM_THUMBNAIL;
    g->drawing.frame = list.bytes ? dicom_path_frame(&list) : (p->frames + 1) / 2;
    if (!g->path.frames.bytes && g->path.what == DICOM_RENDERED) g->drawing.frame = 1;
    if (g->path.frames.bytes && g->path.what != DICOM_FRAMES && g->drawing.frame > p->frames)
        return answer_fault(r, 404, "not_found", NULL);
    return attach_at(tx, who->records, p->file, &g->drawing.file);
}

enum err dicom_get_look(struct request *r, struct tx *tx)
{
    struct getting *g = r->stash = arena_zalloc(r->arena, sizeof *g);
    struct record_reader who;
    struct record_head study;
    struct picture *all;
    uint32_t n;
    if (!g) return ERR_NOMEM;
    if (!dicom_path_read(r->captures[0], &g->path)) return answer_fault(r, 404, "not_found", NULL);
    if (g->path.what <= DICOM_LIST_INSTANCES) return dicom_find(r, tx, &g->path);
    new_boundary(g->boundary);
    g->base = dicom_base(r);
    if (!g->base.at) return ERR_NOMEM;
    enum err err = dicom_study(r, tx, g->path.study, &who, &study);
    if (err || r->fault.status) return err;
    err = picture_list(tx, r->arena, study.row, g->path.series, g->path.instance, DICOM_LIST_MAX, &all, &n);
    if (!err && n == 0) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = dicom_trace(r, "image.read", &study, n);
    if (err) return err;
    if (g->path.what == DICOM_OBJECTS) return get_objects(r, tx, g, &who, all, n);
    if (g->path.what == DICOM_METADATA) return get_metadata(r, tx, g, &who, all, n);
    return prepare(r, tx, g, &who, all, n);
}

void dicom_get_work(struct request *r)
{
    struct getting *g = r->stash;
    if (g->path.what == DICOM_FRAMES || g->path.what == DICOM_BULK)
        get_frames(r, g);
    else
        dicom_draw(r, &g->drawing);
    mem_wipe(&g->drawing.file, sizeof g->drawing.file);
}
