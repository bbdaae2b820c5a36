/* Recordings for the operator: listed, and brought out as plain films for other programs. All of one is proved before its first byte goes out, and the
 * trail has the row by then: whoever has the films afterwards is asked there. */
#include "base/mem.h"
#include "desk/film_disk.h"
#include "desk/ops_run.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST_MAX = 1000, FOLDER_BYTES_MAX = 500 };

/* -- listed -- */

static enum err put_one(void *ctx, const struct film *film, int64_t files)
{
    struct json_out *o = ctx;
    json_open(o, NULL);
    json_put_str(o, "id", film->name);
    json_put_str(o, "visit", film->visit);
    json_put_instant(o, "started", film->started);
    if (film->is_ended)
        json_put_instant(o, "ended", film->ended);
    else
        json_put_text(o, "ended", "");
    json_put_int(o, "files", files);
    json_put_bool(o, "readable", film->has_key);
    json_close(o);
    return OK;
}

static enum err list(struct op *op, struct tx *tx, struct job *job, void *with)
{
    (void)with;
    json_open_array(&op->out, "recordings");
    enum err err = film_list(tx, op->arena, LIST_MAX, put_one, &op->out);
    json_close_array(&op->out);
    return err ? err : op_audit(op, job, "recording.list", NULL, NULL);
}

enum err op_recording_list(struct op *op)
{
    return op_only(op, (const char *const[]){NULL}) ? op_read(op, list, NULL) : OK;
}

/* -- brought out -- */

struct one {
    struct one *next;
    struct film_file file;
    struct film_proof proof;
    const char *path;
};

struct bringing {
    struct op *op;
    struct str name;
    const char *folder;
    bool is_forced;
    struct film film;
    uint8_t key[CIPHER_KEY_BYTES];
    struct one *first, **last;
    int64_t count, bad, done;
};

static enum err note_file(void *ctx, const struct film *film, const struct film_file *file)
{
    struct bringing *b = ctx;
    if (!file) {
        b->film = *film;
        return OK;
    }
    struct one *one = arena_zalloc(b->op->arena, sizeof *one);
    if (!one) return ERR_NOMEM;
    one->file = *file;
    *b->last = one;
    b->last = &one->next;
    b->count++;
    return OK;
}

static enum err find(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct bringing *b = with;
    (void)job;
    enum err err = film_each_file(tx, op->arena, b->name, note_file, b);
    if (!err) err = film_key(tx, op->site->records, &b->film, b->key);
    if (err == ERR_NOT_FOUND && b->film.row) return op_refuse(op, 410, "gone", NULL);
    if (err == ERR_NOT_FOUND) return op_refuse(op, 404, "not_found", "recording");
    return err == ERR_CORRUPT ? op_refuse(op, 409, "recording_key", NULL) : err;
}

static const char *path_of(struct op *op, const struct bringing *b, const struct one *one)
{
    bool is_part = one->proof.flaw != FILM_SOUND && one->proof.flaw != FILM_CHAIN;
    return arena_printf(op->arena, "%s/%.*s%s.%s", b->folder, (int)one->file.name.bytes, one->file.name.at,
                        is_part ? ".broken" : "", one->proof.is_matroska ? "mkv" : "webm");
}

static enum err prove_all(struct op *op, struct bringing *b)
{
    enum err err = OK;
    for (struct one *one = b->first; one && !err; one = one->next) {
        err = film_prove(op->site->recordings, &one->file, b->key, &one->proof);
        if (err) return err;
        if (one->proof.flaw == FILM_KEY) return op_refuse(op, 409, "recording_key", NULL);
        b->bad += one->proof.flaw != FILM_SOUND;
        one->path = path_of(op, b, one);
        if (!one->path) err = ERR_NOMEM;
        op_tell(op, ++b->done, 2 * b->count);
    }
    return err;
}

static enum err folder_check(struct op *op, const struct bringing *b)
{
    if (mkdir(b->folder, 0700) != 0 && errno != EEXIST) return op_refuse(op, 409, "folder", "out");
    if (access(b->folder, W_OK | X_OK) != 0) return op_refuse(op, 409, "folder", "out");
    for (const struct one *one = b->first; one; one = one->next)
        if (!b->is_forced && access(one->path, F_OK) == 0) return op_refuse(op, 409, "file_there", "out");
    return OK;
}

static enum err note(struct op *op, struct tx *tx, struct job *job, void *with)
{
    const struct bringing *b = with;
    (void)tx;
    const char *target =
        arena_printf(op->arena, "Encounter/%.*s", (int)b->film.visit.bytes, b->film.visit.at);
    const char *detail =
        arena_printf(op->arena, "{\"recording\":\"%.*s\",\"files\":%lld,\"bad\":%lld}",
                     (int)b->film.name.bytes, b->film.name.at, (long long)b->count, (long long)b->bad);
    if (!target || !detail) return ERR_NOMEM;
    enum err err = op_audit(op, job, "recording.export", target, detail);
    if (err) return err;
    job->audit->subjects = &b->film.patient;
    job->audit->subject_count = 1;
    return OK;
}

static enum err copy_all(struct op *op, struct bringing *b)
{
    for (const struct one *one = b->first; one; one = one->next) {
        enum err err = one->proof.bytes == 0 ? OK
                                             : film_copy(op->site->recordings, &one->file, b->key,
                                                         &one->proof, one->path, b->is_forced);
        if (err == ERR_EXISTS) return op_refuse(op, 409, "file_there", "out");
        if (err == ERR_DENIED) return op_refuse(op, 409, "folder", "out");
        if (err) return err;
        op_tell(op, ++b->done, 2 * b->count);
    }
    return OK;
}

static void put_file(struct json_out *o, const struct one *one)
{
    const struct film_proof *p = &one->proof;
    const char *base = strrchr(one->path, '/');
    json_open(o, NULL);
    json_put_text(o, "file", p->bytes && base ? base + 1 : "");
    json_put_str(o, "id", one->file.name);
    json_put_bool(o, "ok", p->flaw == FILM_SOUND);
    json_put_bool(o, "whole", p->is_ended);
    json_put_int(o, "length_ms", p->length_ms);
    json_put_int(o, "gaps", p->gaps);
    json_put_text(o, "why", p->flaw == FILM_SOUND ? "" : film_flaw_name(p->flaw));
    if (p->flaw != FILM_SOUND) json_put_int(o, "piece", p->pieces);
    json_close(o);
}

static enum err bring(struct op *op, struct bringing *b)
{
    enum err err = op_read(op, find, b);
    if (!err && !op->fault.status) err = prove_all(op, b);
    if (!err && !op->fault.status) err = folder_check(op, b);
    if (!err && !op->fault.status) err = op_write(op, note, b);
    if (!err && !op->fault.status) err = copy_all(op, b);
    return err;
}

enum err op_recording_export(struct op *op)
{
    struct bringing b = {.op = op, .last = &b.first};
    const struct json *force = op->args ? json_get(op->args, "force") : NULL;
    struct str folder;
    if (!op_only(op, (const char *const[]){"recording", "out", "force", NULL}) ||
        !op_text(op, "recording", FILM_NAME_TEXT - 1, &b.name) ||
        !op_text(op, "out", FOLDER_BYTES_MAX, &folder))
        return OK;
    if (force && !json_bool(force, &b.is_forced)) return op_refuse(op, 400, "bad_field", "force");
    if (folder.bytes == 0 || folder.at[0] != '/') return op_refuse(op, 400, "bad_field", "out");
    if (!op->site->records) return ERR_UNSUPPORTED;
    b.folder = arena_text(op->arena, folder.at, folder.bytes);
    if (!b.folder) return ERR_NOMEM;
    op->what = "recording";
    enum err err = bring(op, &b);
    mem_wipe(b.key, sizeof b.key);
    if (err || op->fault.status) return err;
    op->is_not_so = b.bad > 0;
    json_put_str(&op->out, "recording", b.film.name);
    json_put_str(&op->out, "visit", b.film.visit);
    json_put_text(&op->out, "folder", b.folder);
    json_open_array(&op->out, "files");
    for (const struct one *one = b.first; one; one = one->next)
        put_file(&op->out, one);
    json_close_array(&op->out);
    return OK;
}
