/* A still of a consultation: the bytes of a browser's own camera, or a picture that a track's worker makes; sealed on an errand's thread, and
 * written with its record, its origin and its row in one transaction (desk/still). */
#include "api/api.h"
#include "api/binary_type.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/mem.h"
#include "desk/calls.h"
#include "desk/chart.h"
#include "desk/still.h"
#include "desk/visit.h"
#include <stdio.h>

enum { SIDE_MAX = 16384, AHEAD_MS = 24 * 3600 * 1000 };

struct taking {
    struct calls_grab grab; /* first */
    struct request *r;
    struct record_head visit;
    struct still still;
    struct file_seal seal;
    struct str room; /* the visit's; empty: none */
    struct buf file; /* of a track */
};

static void taking_free(void *stash)
{
    struct taking *t = stash;
    buf_done(&t->file);
}

static const char *type_of(struct str content_type)
{
    static const char *const types[] = {"image/png", "image/jpeg", "image/webp"};
    struct str plain = str_trim(str_cut(&content_type, ';'));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_is_nocase(plain, str_of(types[i]))) return types[i];
    return NULL;
}

bool still_is_asked(struct str content_type)
{
    return str_is_nocase(str_trim(str_cut(&content_type, ';')), STR("application/json"));
}

/* -- the visit -- */

/* Who may not see it, or is shown no more than when and where, finds none. */
static enum err find_visit(struct request *r, struct tx *tx, struct record_reader *who, struct taking *t)
{
    struct record_reader server = {.records = who->records, .arena = r->arena};
    struct visit v;
    bool may = false;
    enum visit_view view = VISIT_HIDDEN;
    enum err err = chart_id_is(r->captures[0]) ? visit_find(tx, &server, r->captures[0], &v) : ERR_NOT_FOUND;
    if (!err) err = visit_view_of(tx, &server, who->guard, r->who.account, &v, &view);
    if (err == ERR_NOT_FOUND || (!err && view != VISIT_WHOLE)) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = visit_may_write(tx, &server, who->guard, r->who.account, &v, &may);
    if (err) return err;
    if (!may) return answer_fault(r, 409, "visit_state", NULL);
    t->visit = v.encounter.head;
    t->room = v.room;
    t->still.visit = &t->visit;
    t->still.patient_id = v.patient_id;
    t->still.account = r->who.account;
    t->still.display = r->who.display;
    t->still.seal = &t->seal;
    return OK;
}

/* -- before the bytes -- */

static bool query_side(struct request *r, const char *key, uint16_t *ret)
{
    int64_t n;
    if (str_to_i64(request_query(r, key), &n) && n > 0 && n <= SIDE_MAX) {
        *ret = (uint16_t)n;
        return true;
    }
    answer_fault(r, 400, "bad_field", key);
    return false;
}

/* What the taker's device says of it; the record has the server's own time beside it (date). */
static bool read_query(struct request *r, struct taking *t)
{
    struct str source = request_query(r, "source");
    t->still.type = type_of(r->content_type);
    t->still.clock = STILL_CLOCK_BROWSER;
    bool is_known = instant_from_text(request_query(r, "at"), &t->still.at) &&
                    t->still.at.ms < clock_now().ms + AHEAD_MS && t->still.at.ms > 0;
    if (!t->still.type)
        answer_fault(r, 415, "media_type", NULL);
    else if (!is_known)
        answer_fault(r, 400, "bad_field", "at");
    else if (source.bytes > STILL_SOURCE_BYTES_MAX || !str_is_utf8(source))
        answer_fault(r, 400, "bad_field", "source");
    t->still.source = str_trim(source);
    return !r->fault.status && query_side(r, "width", &t->still.width) &&
           query_side(r, "height", &t->still.height);
}

static bool read_body(struct request *r, struct taking *t)
{
    int64_t track;
    if (!request_only(r, (const char *const[]){"track", "room", NULL}) ||
        !request_int(r, "track", 1, UINT32_MAX, &track) ||
        !request_text(r, "room", ROOM_ID_MAX, &t->grab.room))
        return false;
    t->grab.track = (uint32_t)track;
    t->grab.visit = r->captures[0];
    t->grab.account = r->who.account;
    return true;
}

enum err still_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct taking *t = arena_zalloc(r->arena, sizeof *t);
    if (!t) return ERR_NOMEM;
    t->r = r;
    r->stash = t;
    r->stash_free = taking_free;
    buf_init(&t->file, STILL_BYTES_MAX);
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = find_visit(r, tx, &who, t);
    if (err || r->fault.status) return err;
    if (still_is_asked(r->content_type))
        (void)read_body(r, t);
    else if (!r->upload_bytes)
        return answer_fault(r, 415, "media_type", NULL);
    else
        (void)read_query(r, t);
    return OK;
}

/* -- of a track: its worker makes it -- */

static const char *text_kept(struct request *r, const char *text)
{
    return arena_text(r->arena, text, strlen(text));
}

static int status_of(const char *code)
{
    static const struct {
        const char *code;
        int status;
    } all[] = {{"not_in_call", 403}, {"no_track", 404},   {"still_no_picture", 409},
               {"still_codec", 409}, {"still_busy", 503}, {"too_large", 413}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strcmp(code, all[i].code) == 0) return all[i].status;
    return 503;
}

static void grabbed(struct calls_grab *grab, struct room_grab *g)
{
    struct taking *t = (struct taking *)(void *)grab;
    struct request *r = t->r;
    if (g->code) {
        answer_fault(r, status_of(g->code), g->code, NULL);
        buf_done(&g->file);
        api_resume(r);
        return;
    }
    t->file = g->file;
    g->file = (struct buf){0};
    const char *source = text_kept(r, g->name[0] ? g->name : g->label), *device = text_kept(r, g->source);
    t->still.type = "image/png";
    t->still.at = g->at;
    t->still.clock = g->is_by_source ? STILL_CLOCK_SOURCE : STILL_CLOCK_SERVER;
    t->still.width = g->width;
    t->still.height = g->height;
    t->still.track = g->track;
    t->still.source = str_of(source ? source : "");
    t->still.device = str_of(device ? device : "");
    api_resume(r);
}

void still_ask(struct request *r)
{
    struct taking *t = r->stash;
    struct calls *calls = request_site(r)->calls;
    t->grab.answered = grabbed;
    if (calls) {
        calls_grab(calls, &t->grab);
        return;
    }
    answer_fault(r, 503, "still_busy", NULL);
    api_resume(r);
}

/* -- sealing -- */

static enum err check_upload(struct request *r, const struct taking *t)
{
    struct file_reader *reader = NULL;
    char head[BINARY_HEAD_BYTES];
    size_t bytes = 0;
    enum err err = file_reader_new(request_site(r)->files, &r->upload_seal, &reader);
    if (!err) err = file_reader_get(reader, 0, head, sizeof head, &bytes);
    file_reader_free(reader);
    if (!err && !binary_type_fits(str_of(t->still.type), head, bytes))
        return answer_fault(r, 415, "file_type", NULL);
    return err ? err : file_writer_place(r->upload);
}

static enum err seal_file(struct request *r, struct taking *t)
{
    struct request_file *f = arena_zalloc(r->arena, sizeof *f);
    if (!f) return ERR_NOMEM;
    enum err err = file_writer_new(request_site(r)->files, &f->writer);
    if (err) return err;
    f->next = r->files;
    r->files = f;
    err = file_writer_add(f->writer, t->file.at, t->file.bytes);
    if (!err) err = file_writer_end(f->writer, &f->seal);
    if (!err) err = file_writer_place(f->writer);
    buf_done(&t->file);
    t->seal = f->seal;
    f->is_kept = true;
    return err;
}

void still_work(struct request *r)
{
    struct taking *t = r->stash;
    enum err err = r->upload ? check_upload(r, t) : seal_file(r, t);
    if (r->upload) t->seal = r->upload_seal;
    if (err) fault_from_err(&r->fault, err);
}

/* -- into the record -- */

static enum err trace_made(struct request *r, struct record_reader *who, const struct taking *t,
                           const struct still_made *made)
{
    char sha[2 * DIGEST_BYTES + 1];
    const struct still *s = &t->still;
    str_hex(t->seal.sha256.at, DIGEST_BYTES, sha);
    const char *target = record_parts_target(r, &made->document);
    const char *more = arena_printf(
        r->arena, ",\"visit\":\"%.*s\",\"kind\":\"%s\",\"track\":%u,\"bytes\":%lld,\"sha256\":\"%s\"",
        (int)t->visit.id.bytes, t->visit.id.at, s->track ? "track" : "camera", s->track,
        (long long)t->seal.bytes, sha);
    if (!target || !more) return ERR_NOMEM;
    enum err err = record_traced(who, &made->document);
    if (!err) err = record_traced(who, &made->file);
    return err ? err : request_trace(r, who, r->route->audit, target, more);
}

static void answer_made(struct request *r, const struct taking *t, const struct still_made *made)
{
    struct json_out out;
    char sha[2 * DIGEST_BYTES + 1];
    str_hex(t->seal.sha256.at, DIGEST_BYTES, sha);
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_str(&out, "id", made->document.id);
    json_put_str(&out, "file", made->file.id);
    json_put_text(&out, "sha256", sha);
    json_put_instant(&out, "at", t->still.at);
    json_put_text(&out, "clock", still_clock_name(t->still.clock));
    json_put_int(&out, "width", t->still.width);
    json_put_int(&out, "height", t->still.height);
    json_put_int(&out, "bytes", t->seal.bytes);
    json_close(&out);
}

/* What is taken while a private talk keeps somebody away is the clinic's and the taker's own; the clinic may attach it later. */
static bool is_apart(struct request *r, const struct taking *t)
{
    struct calls *calls = request_site(r)->calls;
    const char *room = arena_text(r->arena, t->room.at ? t->room.at : "", t->room.bytes);
    return !room || (calls && calls_is_private(calls, room));
}

enum err still_write(struct request *r, struct tx *tx)
{
    struct taking *t = r->stash;
    struct record_reader who;
    struct still_made made;
    int status = 0;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = find_visit(r, tx, &who, t);
    if (err || r->fault.status) return err;
    err = still_put(tx, &who, &t->still, &made, &status);
    if (status) {
        answer_fault(r, status == 404 ? 404 : 403, status == 404 ? "not_found" : "not_allowed", NULL);
        return err ? err : ERR_DENIED;
    }
    if (!err) err = fhir_origin(r, tx, &who);
    if (!err && !is_apart(r, t)) err = still_share(tx, &t->still, &made);
    if (!err) err = trace_made(r, &who, t, &made);
    if (err) return err;
    r->upload_kept = r->upload != NULL;
    answer_made(r, t, &made);
    return OK;
}
