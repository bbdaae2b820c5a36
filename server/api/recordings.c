/* The recording of a consultation (docs/PROTOCOL §10.6): begun and held by the clinic's doctor, with the patient's consent on record; listed and read by
 * whoever is shown the visit whole. A film is read from any place (Range), as far as it is written, also while it is. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/visits.h"
#include "auth/account.h"
#include "base/mem.h"
#include "desk/calls.h"
#include "desk/film.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include "desk/montage.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* -- begun and held -- */

struct starting {
    struct calls_record record;
    char name[FILM_NAME_TEXT];
    bool is_on;
};

static void starting_free(void *stash)
{
    mem_wipe(stash, sizeof(struct starting));
}

static void recording_apply(struct request *r)
{
    const struct starting *s = r->stash;
    struct calls *calls = request_site(r)->calls;
    if (s->is_on)
        calls_record(calls, &s->record);
    else
        calls_record_hold(calls, s->record.room, RECORDING_PAUSED);
}

static enum err text_keep(struct request *r, struct str text, struct str *ret)
{
    *ret = (struct str){arena_text(r->arena, text.at, text.bytes), text.bytes};
    return ret->at ? OK : ERR_NOMEM;
}

static enum err recording_set(struct request *r, struct agenda_job *job)
{
    struct visit_job *j = arena_zalloc(r->arena, sizeof *j);
    struct starting *s = arena_zalloc(r->arena, sizeof *s);
    struct calls *calls = request_site(r)->calls;
    struct visit_consents consents;
    if (!j || !s) return ERR_NOMEM;
    enum err err = visits_find(r, job, j);
    if (err || r->fault.status) return err;
    if (!role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR)) return answer_fault(r, 403, "not_allowed", NULL);
    if (!request_only(r, (const char *const[]){"on", NULL}) ||
        !request_bool_optional(r, "on", false, &s->is_on))
        return OK;
    if (!json_get(r->json, "on")) return answer_fault(r, 400, "missing_field", "on");
    if (!visit_is_running(j->v.state)) return answer_fault(r, 409, "visit_state", NULL);
    err = visit_consents_read(job->s.tx, &job->s.server, &j->v, &consents);
    if (!err) err = text_keep(r, j->v.room, &s->record.room);
    if (!err) err = text_keep(r, j->v.encounter.head.id, &s->record.visit);
    if (err) return err;
    if (s->is_on && !visit_consent_stands(&consents, VISIT_CONSENT_RECORDING))
        return answer_fault(r, 409, "recording_consent", NULL);
    if (!calls || calls_present(calls, s->record.room.at) == 0)
        return answer_fault(r, 409, "not_in_call", NULL);
    if (s->is_on)
        err = film_begin(job->s.tx, request_site(r)->records, s->record.visit, j->v.patient, r->who.account,
                         s->name, s->record.key);
    if (err) return err;
    s->record.id = str_of(s->name);
    r->stash = s;
    r->stash_free = starting_free;
    r->apply = recording_apply;
    return visits_answer(r, j, 200, s->is_on ? "recording.begin" : "recording.pause", "");
}

enum err recording_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, recording_set);
}

/* -- listed -- */

struct listing {
    struct request *r;
    struct tx *tx;
    struct json_out *o;
    int64_t open; /* the row of the recording whose object is open; 0: none */
    struct film film;
    struct instant first; /* of its files */
};

/* A device has none. */
static enum err put_name(struct listing *l, struct str account)
{
    struct account who;
    enum err err = account.bytes ? account_find(l->tx, l->r->arena, account, &who) : ERR_NOT_FOUND;
    if (!err) json_put_str(l->o, "name", who.display);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* What was drawn on. */
static enum err put_on(struct listing *l, const struct film_at *mark)
{
    json_open(l->o, "on");
    json_put_str(l->o, "account", mark->on_account);
    enum err err = put_name(l, mark->on_account);
    json_put_str(l->o, "source", mark->on_source);
    json_put_str(l->o, "record", mark->on_record);
    json_close(l->o);
    return err;
}

static enum err put_mark(void *ctx, const struct film_at *mark)
{
    struct listing *l = ctx;
    struct json_out *o = l->o;
    json_open(o, NULL);
    json_put_instant(o, "at", mark->at);
    json_put_str(o, "kind", mark->kind);
    json_put_str(o, "account", mark->account);
    enum err err = put_name(l, mark->account);
    if (!err && str_is_text(mark->kind, "drawing")) err = put_on(l, mark);
    json_close(o);
    return err;
}

/* What became of the newest that was asked for. */
static enum err put_montage(struct listing *l)
{
    enum montage_state state;
    enum err err = montage_look(l->tx, &l->film, &state);
    if (err || state == MONTAGE_NONE) {
        json_put_null(l->o, "montage");
        return err;
    }
    struct montages *all = request_site(l->r)->montages;
    int percent = state == MONTAGE_WAITS && all ? montages_percent(all, l->film.name) : -1;
    json_open(l->o, "montage");
    json_put_text(l->o, "state", montage_state_text(state));
    if (percent >= 0) json_put_int(l->o, "percent", percent);
    json_close(l->o);
    return OK;
}

static enum err film_close(struct listing *l)
{
    if (!l->open) return OK;
    json_close_array(l->o);
    json_open_array(l->o, "marks");
    enum err err = film_marks(l->tx, l->r->arena, l->open, put_mark, l);
    json_close_array(l->o);
    if (!err) err = put_montage(l);
    json_close(l->o);
    l->open = 0;
    return err;
}

static enum err put_film(void *ctx, const struct film *film, const struct film_file *file)
{
    struct listing *l = ctx;
    struct json_out *o = l->o;
    if (file) {
        if (film->has_key && !film_is_there(request_site(l->r)->recordings, file)) return OK;
        bool is_montage = film_file_is_montage(file);
        if (!l->first.ms) l->first = file->started;
        json_open(o, NULL);
        json_put_str(o, "id", file->name);
        json_put_str(o, "account", file->account);
        enum err err = put_name(l, file->account);
        json_put_str(o, "source", file->source);
        json_put_instant(o, "started", is_montage ? l->first : file->started);
        json_put_bool(o, "whole", file->is_whole);
        json_put_bool(o, "montage", is_montage);
        json_close(o);
        return err;
    }
    enum err err = film_close(l);
    l->open = film->row;
    l->film = *film;
    l->first = (struct instant){0};
    json_open(o, NULL);
    json_put_str(o, "id", film->name);
    json_put_str(o, "by", film->by);
    json_put_instant(o, "started", film->started);
    json_put_instant(o, "ended", film->ended);
    json_put_bool(o, "readable", film->has_key);
    json_open_array(o, "files");
    return err;
}

static enum err find_whole(struct request *r, struct agenda_job *job, struct visit_job *j)
{
    enum err err = visits_find(r, job, j);
    if (err || r->fault.status) return err;
    return j->who.view == VISIT_WHOLE ? OK : answer_fault(r, 404, "not_found", NULL);
}

static enum err list(struct request *r, struct agenda_job *job)
{
    struct visit_job j = {0};
    struct json_out o;
    struct listing l = {.r = r, .tx = job->s.tx, .o = &o};
    enum err err = find_whole(r, job, &j);
    if (err || r->fault.status) return err;
    const char *target = record_parts_target(r, &j.v.encounter.head);
    err = target ? request_audit(r, "recording.list", target, AUDIT_OK, "{}") : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "recordings");
    err = film_each(job->s.tx, r->arena, j.v.encounter.head.id, put_film, &l);
    if (!err) err = film_close(&l);
    json_close_array(&o);
    json_close(&o);
    return err;
}

enum err recordings_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, list);
}

/* -- as one film -- */

struct asking {
    struct str name; /* the recording's */
    bool is_on;
};

static void montage_apply(struct request *r)
{
    const struct asking *a = r->stash;
    struct montages *all = request_site(r)->montages;
    if (a->is_on)
        montages_begin(all, a->name);
    else
        montages_give_up(all, a->name);
}

/* NULL: go on. */
static const char *refusal(const struct montages *all, const struct film *film)
{
    if (!all) return "montage_busy";
    return !film->has_key ? "recording_gone" : !film->is_ended ? "recording_runs" : NULL;
}

static enum err montage_set(struct request *r, struct agenda_job *job, struct film *film, struct asking *a)
{
    struct montages *all = request_site(r)->montages;
    enum montage_state state;
    enum err err = montage_look(job->s.tx, film, &state);
    const char *no = refusal(all, film);
    if (err) return err;
    if (no) return answer_fault(r, 409, no, NULL);
    bool is_asked = state == MONTAGE_WAITS || state == MONTAGE_MADE;
    if (a->is_on ? is_asked : state != MONTAGE_WAITS) return OK; /* as it is */
    if (a->is_on && !montages_have_room(all)) return answer_fault(r, 503, "busy", NULL);
    r->stash = a;
    r->apply = montage_apply;
    return a->is_on ? montage_put(job->s.tx, film, r->who.account) : montage_cancel(job->s.tx, film);
}

static enum err montage_change(struct request *r, struct agenda_job *job)
{
    struct visit_job j = {0};
    struct film film;
    struct str name;
    struct asking *a = arena_zalloc(r->arena, sizeof *a);
    if (!a) return ERR_NOMEM;
    enum err err = find_whole(r, job, &j);
    if (err || r->fault.status) return err;
    if (!request_only(r, (const char *const[]){"recording", "on", NULL}) ||
        !request_text(r, "recording", FILM_NAME_TEXT - 1, &name) ||
        !request_bool_optional(r, "on", true, &a->is_on))
        return OK;
    err = film_by_name(job->s.tx, r->arena, name, &film);
    if (err == ERR_NOT_FOUND || (!err && !str_is(film.visit, j.v.encounter.head.id)))
        return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = text_keep(r, film.name, &a->name);
    if (!err) err = montage_set(r, job, &film, a);
    if (err || r->fault.status) return err;
    const char *target = record_parts_target(r, &j.v.encounter.head);
    err = target ? request_audit(r, a->is_on ? "recording.montage" : "recording.montage-cancel", target,
                                 AUDIT_OK, "{}")
                 : ERR_NOMEM;
    return err ? err : answer_empty(r, 202);
}

enum err recording_montage(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, montage_change);
}

/* -- read -- */

struct reading {
    struct answer_film film;
    char etag[FILM_NAME_TEXT + 32];
};

static void reading_free(void *stash)
{
    mem_wipe(stash, sizeof(struct reading));
}

static bool id_read(struct str name, uint8_t ret[RECORDING_ID_BYTES])
{
    if (name.bytes != 2 * RECORDING_ID_BYTES) return false;
    for (size_t i = 0; i < name.bytes; i++) {
        char c = name.at[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) return false;
        ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] << 4 | digit : digit);
    }
    return true;
}

/* The visit is asked for as if by its own id: who is not shown it whole finds no film. */
static enum err find_file(struct request *r, struct agenda_job *job)
{
    struct visit_job j = {0};
    struct film film;
    struct film_file file;
    struct str name = r->captures[0];
    uint8_t key[CIPHER_KEY_BYTES], id[RECORDING_ID_BYTES];
    struct reading *s = arena_zalloc(r->arena, sizeof *s);
    if (!s) return ERR_NOMEM;
    enum err err = id_read(name, id) ? film_find(job->s.tx, r->arena, name, &film, &file) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) {
        r->captures[0] = film.visit;
        err = find_whole(r, job, &j);
    }
    if (err || r->fault.status) return err;
    err = film_key(job->s.tx, request_site(r)->records, &film, key);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 410, "gone", NULL);
    if (err) return err;
    memcpy(s->film.id, id, sizeof id);
    recording_part_key(key, id, s->film.key);
    mem_wipe(key, sizeof key);
    snprintf(s->film.path, sizeof s->film.path, "%s/%.*s", request_site(r)->recordings, (int)name.bytes,
             name.at);
    r->stash = s;
    r->stash_free = reading_free;
    const char *target = record_parts_target(r, &j.v.encounter.head);
    const char *detail = arena_printf(r->arena, "{\"file\":\"%.*s\"}", (int)name.bytes, name.at);
    return target && detail ? request_audit(r, "recording.read", target, AUDIT_OK, detail) : ERR_NOMEM;
}

enum err recording_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, find_file);
}

/* Matroska's name stands in the first bytes (RFC 9559 §5.1.1); the other is WebM's. */
static const char *type_of(const char *head, size_t bytes)
{
    return memmem(head, bytes, "matroska", 8) ? "video/x-matroska" : "video/webm";
}

static enum err open_film(struct request *r, const struct reading *s)
{
    struct recording_reader *reader = NULL;
    struct recording_seen seen;
    char head[64], etag[80];
    size_t bytes = 0;
    int fd = open(s->film.path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? answer_fault(r, 410, "gone", NULL) : ERR_IO;
    enum err err = recording_open(fd, s->film.id, s->film.key, &reader, &seen);
    if (!err) err = recording_get(reader, 0, head, sizeof head, &bytes);
    recording_close(reader);
    close(fd);
    if (err) return err;
    if (bytes == 0) return answer_fault(r, 404, "not_found", NULL); /* its first second is under way */
    snprintf(etag, sizeof etag, "\"%lld.%d\"", (long long)seen.film_bytes, seen.is_ended);
    return answer_film(r, &s->film, seen.film_bytes, type_of(head, bytes), etag);
}

void recording_work(struct request *r)
{
    const struct reading *s = r->stash;
    enum err err = open_film(r, s);
    if (err) fault_from_err(&r->fault, err);
}
