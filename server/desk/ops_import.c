/* Bundles from files, plain or gzip: each in one transaction, whole or not at all, with a line of the report; and code lists. The files
 * are read by whoever runs the operation: the server, for those that ask it over its socket. */
#include "base/digest.h"
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
    struct digest_value digest;
    struct instant before; /* when the same bundle was loaded; ms 0: never */
    char why[200], where[128];
};

/* -- a file -- */

/* ret_why: in words, when it is the file's fault. */
static enum err read_file(const char *path, struct buf *to, const char **ret_why)
{
    struct buf raw;
    buf_init(&raw, FILE_BYTES_MAX + 4096);
    enum err err = file_read_whole(path, FILE_BYTES_MAX, &raw);
    *ret_why = err == ERR_NOT_FOUND   ? "there is no such file"
               : err == ERR_DENIED    ? "the file may not be read by whoever runs this"
               : err == ERR_BAD_INPUT ? "a folder or a device, not a file"
               : err == ERR_LIMIT     ? "larger than 64 MiB"
                                      : NULL;
    if (!err && raw.bytes == 0) {
        *ret_why = "the file is empty";
        err = ERR_BAD_INPUT;
    } else if (!err && gunzip_is(buf_str(&raw))) {
        err = gunzip(buf_str(&raw), to);
        if (err == ERR_BAD_INPUT) *ret_why = "the gzip data is damaged or ends too early";
        if (err == ERR_LIMIT) *ret_why = "larger than 64 MiB unpacked";
    } else if (!err) {
        buf_add_str(to, buf_str(&raw));
    }
    buf_done(&raw);
    return err ? err : to->err;
}

/* -- what was loaded before -- */

static enum err find_before(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct import *im = with;
    struct stmt *s;
    bool row;
    (void)op, (void)job;
    enum err err = db_stmt(tx->db, "SELECT at FROM imported WHERE digest = ?1", &s);
    if (err) return err;
    stmt_blob(s, 1, im->digest.at, sizeof im->digest.at);
    err = stmt_step(s, &row);
    if (!err && row) im->before = stmt_get_instant(s, 0);
    stmt_done(s);
    return err;
}

static enum err keep_digest(struct tx *tx, const struct import *im)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO imported (digest, at) VALUES (?1, ?2)"
                           " ON CONFLICT (digest) DO UPDATE SET at = excluded.at",
                           &s);
    if (err) return err;
    stmt_blob(s, 1, im->digest.at, sizeof im->digest.at);
    stmt_int(s, 2, tx->now.ms);
    return stmt_run(s);
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
    if (!err) err = keep_digest(tx, with);
    return err ? err : op_audit(op, job, "import", NULL, NULL);
}

/* A bundle that was loaded before is left out, and said to be. */
static enum err load(struct op *op, struct import *im, bool again)
{
    im->digest = digest_of(im->body.at, im->body.bytes);
    enum err err = again ? OK : op_read(op, find_before, im);
    if (err || im->before.ms == 0) return err ? err : op_write(op, import_step, im);
    char at[INSTANT_TEXT_BYTES];
    instant_text(im->before, at);
    snprintf(im->why, sizeof im->why,
             "loaded before, on %.10s at %.5s UTC; nothing was written (--again loads it once more)", at,
             at + 11);
    return OK;
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
    json_put_text(&op->out, "why", im->why[0] ? im->why : err ? err_text(err) : "");
    json_put_text(&op->out, "where", im->where);
    json_close(&op->out);
}

enum err op_import(struct op *op)
{
    const struct json *files = op->args ? json_get(op->args, "files") : NULL;
    const struct json *flag = op->args ? json_get(op->args, "again") : NULL;
    bool again = false;
    if (!op_only(op, (const char *const[]){"files", "again", NULL})) return OK;
    if (flag && !json_bool(flag, &again)) return op_refuse(op, 400, "bad_field", "again");
    if (!json_is_array(files) || json_count(files) == 0) return op_refuse(op, 400, "missing_field", "files");
    if (!op->site->records) return ERR_UNSUPPORTED;
    op->what = "import";
    int64_t resources = 0, refused = 0, loaded = 0;
    json_open_array(&op->out, "files");
    for (size_t i = 0; i < json_count(files); i++) {
        struct str name;
        struct buf body;
        struct import im = {0};
        if (!json_text(json_at(files, i), &name)) return op_refuse(op, 400, "bad_field", "files");
        const char *path = arena_text(op->arena, name.at, name.bytes);
        if (!path) return ERR_NOMEM;
        buf_init(&body, FILE_BYTES_MAX + 4096);
        const char *why;
        enum err err = read_file(path, &body, &why);
        if (why) snprintf(im.why, sizeof im.why, "%s", why);
        im.body = buf_str(&body);
        if (!err) err = load(op, &im, again);
        buf_done(&body);
        report(op, path, &im, err);
        if (err) op->is_not_so = true;
        refused += err != OK, loaded += err == OK && im.before.ms == 0;
        resources += err ? 0 : im.counts.created + im.counts.updated;
        op_tell(op, (int64_t)i + 1, (int64_t)json_count(files));
        if (err == ERR_CLOSED || err == ERR_DISK_FULL) break;
    }
    json_close_array(&op->out);
    json_put_int(&op->out, "loaded", loaded);
    json_put_int(&op->out, "refused", refused);
    json_put_int(&op->out, "resources", resources);
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
    const char *why;
    enum err err = read_file(path, &body, &why);
    im.body = buf_str(&body);
    if (!err) err = op_write(op, codes_step, &im);
    buf_done(&body);
    if (err == ERR_BAD_INPUT || err == ERR_NOT_FOUND) {
        fault_from_err(&op->fault, err);
        snprintf(op->fault.where, sizeof op->fault.where, "%s",
                 err == ERR_NOT_FOUND ? "list or file" : "file");
        if (why)
            snprintf(op->fault.detail, sizeof op->fault.detail, "%s", why);
        else
            snprintf(op->fault.detail, sizeof op->fault.detail,
                     "line %lld is not code,name[,classes] in UTF-8", (long long)im.line);
    }
    if (!err) json_put_int(&op->out, "codes", im.rows);
    return err;
}
