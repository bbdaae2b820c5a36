/* Bundles from files, plain or gzip: each in one transaction, whole or not at all, with a line of the report; and code lists. The files
 * are read by whoever runs the operation: the server, for those that ask it over its socket. */
#include "base/gunzip.h"
#include "base/mem.h"
#include "desk/ops_run.h"
#include "records/bundle.h"
#include "records/codes.h"
#include "store/file.h"
#include <stdio.h>

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, IMPORT_ARENA_BYTES = 1024 * 1024 * 1024 };

struct import {
    struct str body;
    struct bundle_counts counts;
    struct record_fault fault;
    struct str list; /* of codes */
    int64_t rows, line;
    char why[200], where[128];
};

/* -- a file -- */

static enum err read_file(const char *path, struct buf *to)
{
    struct buf raw;
    buf_init(&raw, FILE_BYTES_MAX + 4096);
    enum err err = file_read_whole(path, FILE_BYTES_MAX, &raw);
    if (!err && gunzip_is(buf_str(&raw)))
        err = gunzip(buf_str(&raw), to);
    else if (!err)
        buf_add_str(to, buf_str(&raw));
    buf_done(&raw);
    return err ? err : to->err;
}

/* -- a bundle -- */

static enum err run_bundle(struct op *op, struct tx *tx, struct import *im, struct arena *arena)
{
    struct tape tape;
    struct tape_fault why = {0};
    struct buf answer;
    struct record_reader who = {.records = op->site->records, .arena = arena};
    enum err err = tape_read(arena, im->body, RECORD_NODES_MAX, &tape, &why);
    if (err == ERR_BAD_INPUT) {
        snprintf(im->why, sizeof im->why, "no proper JSON: %s", why.why ? why.why : "");
        snprintf(im->where, sizeof im->where, "%s", why.path);
    }
    if (err) return err;
    buf_init(&answer, FILE_BYTES_MAX);
    err = bundle_run(tx, &who, &tape, BUNDLE_MINIMAL, &answer, &im->counts, &im->fault);
    buf_done(&answer);
    if (im->fault.count > 0) {
        snprintf(im->why, sizeof im->why, "%s", im->fault.issues[0].what);
        snprintf(im->where, sizeof im->where, "%s", im->fault.issues[0].path ? im->fault.issues[0].path : "");
    }
    return im->fault.status && !err ? ERR_BAD_INPUT : err;
}

static enum err import_step(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct arena *arena = arena_new(IMPORT_ARENA_BYTES);
    enum err err = arena ? run_bundle(op, tx, with, arena) : ERR_NOMEM;
    arena_free(arena);
    return err ? err : op_audit(op, job, "import", NULL, NULL);
}

static void report(struct op *op, const char *path, const struct import *im, enum err err)
{
    const char *slash = strrchr(path, '/');
    json_open(&op->out, NULL);
    json_put_text(&op->out, "file", slash ? slash + 1 : path);
    json_put_bool(&op->out, "ok", err == OK);
    json_put_int(&op->out, "created", err ? 0 : im->counts.created);
    json_put_int(&op->out, "updated", err ? 0 : im->counts.updated);
    json_put_int(&op->out, "found", err ? 0 : im->counts.found);
    json_put_text(&op->out, "why", err ? (im->why[0] ? im->why : err_text(err)) : "");
    json_put_text(&op->out, "where", im->where);
    json_close(&op->out);
}

enum err op_import(struct op *op)
{
    const struct json *files = op->args ? json_get(op->args, "files") : NULL;
    if (!op_only(op, (const char *const[]){"files", NULL})) return OK;
    if (!json_is_array(files) || json_count(files) == 0) return op_refuse(op, 400, "missing_field", "files");
    if (!op->site->records) return ERR_UNSUPPORTED;
    op->what = "import";
    json_open_array(&op->out, "files");
    for (size_t i = 0; i < json_count(files); i++) {
        struct str name;
        struct buf body;
        struct import im = {0};
        if (!json_text(json_at(files, i), &name)) return op_refuse(op, 400, "bad_field", "files");
        const char *path = arena_text(op->arena, name.at, name.bytes);
        if (!path) return ERR_NOMEM;
        buf_init(&body, FILE_BYTES_MAX + 4096);
        enum err err = read_file(path, &body);
        im.body = buf_str(&body);
        if (!err) err = op_write(op, import_step, &im);
        buf_done(&body);
        report(op, path, &im, err);
        if (err) op->is_not_so = true;
        op_tell(op, (int64_t)i + 1, (int64_t)json_count(files));
        if (err == ERR_CLOSED || err == ERR_DISK_FULL) break;
    }
    json_close_array(&op->out);
    return OK;
}

/* -- code lists -- */

static enum err codes_step(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct import *im = with;
    enum err err = codes_load(tx, im->list, im->body, &im->rows, &im->line);
    return err ? err : op_audit(op, job, "codes.load", NULL, NULL);
}

enum err op_codes_load(struct op *op)
{
    struct str name;
    struct buf body;
    struct import im = {0};
    if (!op_only(op, (const char *const[]){"list", "file", NULL}) || !op_text(op, "list", 32, &im.list) ||
        !op_text(op, "file", 1000, &name))
        return OK;
    const char *path = arena_text(op->arena, name.at, name.bytes);
    if (!path) return ERR_NOMEM;
    buf_init(&body, FILE_BYTES_MAX + 4096);
    enum err err = read_file(path, &body);
    im.body = buf_str(&body);
    if (!err) err = op_write(op, codes_step, &im);
    buf_done(&body);
    if (err == ERR_BAD_INPUT || err == ERR_NOT_FOUND) {
        fault_from_err(&op->fault, err);
        snprintf(op->fault.where, sizeof op->fault.where, "%s",
                 err == ERR_NOT_FOUND ? "list or file" : "file");
        snprintf(op->fault.detail, sizeof op->fault.detail, "line %lld is not code,name[,classes] in UTF-8",
                 (long long)im.line);
    }
    if (!err) json_put_int(&op->out, "codes", im.rows);
    return err;
}
