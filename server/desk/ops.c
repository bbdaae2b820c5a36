#include "desk/ops.h"
#include "desk/ops_run.h"
#include "desk/texts.h"
#include <stdio.h>

enum { ARENA_BYTES = 4 * 1024 * 1024, RESULT_BYTES_MAX = 16 * 1024 * 1024 };

/* -- for the operations -- */

struct op_job {
    struct job job; /* first */
    struct op *op;
    op_step *step;
    void *with;
};

static enum err run_step(struct job *job, struct tx *tx)
{
    struct op_job *j = (struct op_job *)job;
    return j->step(j->op, tx, job, j->with);
}

enum err op_write(struct op *op, op_step *step, void *with)
{
    struct op_job j = {.job.run = run_step, .op = op, .step = step, .with = with};
    return store_run(op->site->store, &j.job);
}

enum err op_read(struct op *op, op_step *step, void *with)
{
    struct op_job j = {.job.run = run_step, .op = op, .step = step, .with = with};
    return store_run_read(op->site->store, &j.job);
}

static struct str copy(struct op *op, const char *text, bool *is_whole)
{
    const char *at = arena_text(op->arena, text ? text : "", text ? strlen(text) : 0);
    if (!at) *is_whole = false;
    return str_of(at);
}

enum err op_audit(struct op *op, struct job *job, const char *action, const char *target, const char *detail)
{
    bool is_whole = true;
    struct audit_row *row = arena_zalloc(op->arena, sizeof *row);
    if (!row) return ERR_NOMEM;
    row->actor = row->role = STR("");
    row->from = STR("control");
    row->action = copy(op, action, &is_whole);
    row->target = copy(op, target, &is_whole);
    row->detail = copy(op, detail, &is_whole);
    row->next = job->audit;
    job->audit = row;
    return is_whole ? OK : ERR_NOMEM;
}

enum err op_refuse(struct op *op, int status, const char *code, const char *where)
{
    fault_set(&op->fault, status, code, where);
    return OK;
}

bool op_text_optional(struct op *op, const char *key, size_t bytes_max, struct str *ret_text)
{
    const struct json *v = op->args ? json_get(op->args, key) : NULL;
    struct str text = {0};
    if (v && (!json_text(v, &text) || text.bytes > bytes_max || memchr(text.at, 0, text.bytes))) {
        op_refuse(op, 400, "bad_field", key);
        return false;
    }
    *ret_text = text;
    return true;
}

bool op_text(struct op *op, const char *key, size_t bytes_max, struct str *ret_text)
{
    if (op->args && json_get(op->args, key)) return op_text_optional(op, key, bytes_max, ret_text);
    op_refuse(op, 400, "missing_field", key);
    return false;
}

bool op_only(struct op *op, const char *const *known)
{
    const char *unknown = op->args ? json_unknown_key(op->args, known) : NULL;
    if (unknown) op_refuse(op, 400, "unknown_field", unknown);
    return unknown == NULL;
}

void op_tell(void *ctx, int64_t done, int64_t of)
{
    const struct op *op = ctx;
    struct buf line;
    struct json_out out;
    if (!op->progress) return;
    buf_init(&line, 512);
    json_out_init(&out, &line);
    json_open(&out, NULL);
    json_open(&out, "progress");
    json_put_int(&out, "done", done);
    json_put_int(&out, "of", of);
    json_put_text(&out, "what", op->what);
    json_close(&out);
    json_close(&out);
    buf_add_char(&line, '\n');
    if (!line.err) op->progress(op->ctx, buf_str(&line));
    buf_done(&line);
}

/* -- the store's own operations -- */

static enum err op_version(struct op *op)
{
    struct store_state state;
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    store_state(op->site->store, &state);
    json_put_text(&op->out, "version", op->site->version);
    json_put_int(&op->out, "schema", state.schema);
    return OK;
}

static enum err note(struct op *op, struct tx *tx, struct job *job, void *with)
{
    (void)tx;
    return op_audit(op, job, with, NULL, op->is_not_so ? "{\"ok\":false}" : "{\"ok\":true}");
}

static enum err op_audit_verify(struct op *op)
{
    struct audit_report report;
    char head[2 * DIGEST_BYTES + 1];
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    op->what = "audit";
    enum err err = store_verify_audit(op->site->store, &report, op_tell, op);
    if (err) return err;
    op->is_not_so = report.damage != AUDIT_WHOLE;
    json_put_bool(&op->out, "ok", !op->is_not_so);
    json_put_int(&op->out, "rows", report.rows);
    if (op->is_not_so) {
        json_put_int(&op->out, "seq", report.seq);
        json_put_text(&op->out, "why", audit_damage_text(report.damage));
    } else {
        str_hex(report.head.hash.at, DIGEST_BYTES, head);
        json_put_text(&op->out, "head", head);
        json_open(&op->out, "anchor");
        json_put_int(&op->out, "seq", report.anchor.seq);
        json_put_instant(&op->out, "at", report.anchor.at);
        json_close(&op->out);
    }
    char action[] = "audit.verify";
    return op_write(op, note, action);
}

/* The store tells an operator why in a sentence of its own. */
static enum err explain(struct op *op, enum err err, const char *why)
{
    if (!err) return OK;
    fault_from_err(&op->fault, err);
    snprintf(op->fault.detail, sizeof op->fault.detail, "%.150s", why);
    return err;
}

static enum err op_backup(struct op *op)
{
    struct str to;
    char why[256] = "", action[] = "store.backup";
    if (!op_only(op, (const char *const[]){"to", NULL}) || !op_text_optional(op, "to", 250, &to)) return OK;
    if (!to.bytes) to = str_of(op->site->settings.backup_target);
    if (!to.bytes) return op_refuse(op, 400, "missing_field", "to");
    const char *target = arena_text(op->arena, to.at, to.bytes);
    if (!target) return ERR_NOMEM;
    op->what = "backup";
    enum err err = store_backup(op->site->store, target, op_tell, op, why);
    if (err) return explain(op, err, why);
    json_put_text(&op->out, "to", target);
    return op_write(op, note, action);
}

static enum err op_rotate_key(struct op *op)
{
    struct store_state state;
    char why[256] = "", action[] = "store.rotate-key";
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    op->what = "rotate-key";
    enum err err = store_rotate_key(op->site->store, op_tell, op, why);
    if (err) return explain(op, err, why);
    store_state(op->site->store, &state);
    json_put_text(&op->out, "key", state.key_name);
    return op_write(op, note, action);
}

static enum err op_scrub(struct op *op)
{
    struct store_state state;
    int64_t bad = 0;
    char action[] = "store.scrub";
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    op->what = "scrub";
    enum err err = store_scrub(op->site->store, op_tell, op, &bad);
    if (err) return err;
    op->is_not_so = bad > 0;
    store_state(op->site->store, &state);
    json_put_int(&op->out, "pages", state.scrub_pages);
    json_put_int(&op->out, "bad", bad);
    return op_write(op, note, action);
}

static const struct {
    const char *name;
    enum err (*run)(struct op *op);
} ops[] = {
    {"version", op_version},
    {"init", op_init},
    {"user.add", op_user_add},
    {"user.list", op_user_list},
    {"user.disable", op_user_disable},
    {"user.enable", op_user_enable},
    {"user.unlock", op_user_unlock},
    {"user.reset", op_user_reset},
    {"token", op_token},
    {"room.token", op_room_token},
    {"terminal", op_terminal},
    {"audit.verify", op_audit_verify},
    {"backup", op_backup},
    {"rotate-key", op_rotate_key},
    {"scrub", op_scrub},
    {"records.verify", op_records_verify},
    {"demo", op_demo},
    {"recording.list", op_recording_list},
    {"recording.export", op_recording_export},
    {"import", op_import},
    {"codes.load", op_codes_load},
};

/* -- a request and its answer -- */

/* A refusal by a rule leaves its row too. */
static enum err note_refusal(struct op *op, struct tx *tx, struct job *job, void *with)
{
    (void)tx;
    const char *detail =
        arena_printf(op->arena, "{\"op\":\"%s\",\"code\":\"%s\"}", (const char *)with, op->fault.code);
    enum err err = detail ? op_audit(op, job, "control", NULL, detail) : ERR_NOMEM;
    if (!err) job->audit->outcome = AUDIT_REFUSED;
    return err;
}

enum ops_exit ops_exit_of(enum err err)
{
    switch (err) {
    case OK:
        return OPS_DONE;
    case ERR_KEY:
    case ERR_NEWER:
    case ERR_CORRUPT:
    case ERR_BUSY:
    case ERR_UNSUPPORTED:
        return OPS_STORE;
    case ERR_NOT_FOUND:
    case ERR_EXISTS:
    case ERR_DENIED:
    case ERR_LIMIT:
        return OPS_REFUSED;
    case ERR_BAD_INPUT:
        return OPS_USAGE;
    case ERR_NOMEM:
    case ERR_IO:
    case ERR_DISK_FULL:
    case ERR_TIMEOUT:
    case ERR_CLOSED:
    case ERR_COUNT:
        break;
    }
    return OPS_FAILED;
}

static enum ops_exit exit_of_fault(const struct fault *fault)
{
    if (fault->status == 400) return OPS_USAGE;
    return fault->status < 500 ? OPS_REFUSED : OPS_FAILED;
}

static void write_error(struct buf *to, enum ops_exit code, const struct fault *fault)
{
    struct json_out out;
    json_out_init(&out, to);
    json_open(&out, NULL);
    json_put_bool(&out, "ok", false);
    json_put_int(&out, "exit", code);
    json_open(&out, "error");
    text_write_fault(&out, fault, true);
    if (fault->detail[0]) json_put_text(&out, "why", fault->detail);
    json_close(&out);
    json_close(&out);
    buf_add_char(to, '\n');
}

void ops_error_line(struct buf *to, enum err err, const char *why)
{
    struct fault fault;
    enum ops_exit code = ops_exit_of(err);
    fault_from_err(&fault, err);
    if (code == OPS_STORE) fault_set(&fault, 500, "store", NULL);
    snprintf(fault.detail, sizeof fault.detail, "%.150s", why ? why : err_text(err));
    write_error(to, code, &fault);
}

static enum ops_exit write_result(struct buf *to, const struct op *op)
{
    struct json_out out;
    json_out_init(&out, to);
    json_open(&out, NULL);
    json_put_bool(&out, "ok", true);
    if (op->is_not_so) json_put_int(&out, "exit", OPS_NOT_SO);
    json_put_raw(&out, "result", buf_str(&op->result));
    json_close(&out);
    buf_add_char(to, '\n');
    return op->is_not_so ? OPS_NOT_SO : OPS_DONE;
}

static enum err dispatch(struct op *op, struct str name)
{
    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        char own_name[32];
        if (!str_is_text(name, ops[i].name)) continue;
        snprintf(own_name, sizeof own_name, "%s", ops[i].name);
        enum err err = ops[i].run(op);
        bool is_rule = op->fault.status > 400 && op->fault.status < 500;
        enum err noted = is_rule ? op_write(op, note_refusal, own_name) : OK;
        return err ? err : noted;
    }
    return op_refuse(op, 400, "usage", "op");
}

static enum err run(struct op *op, const struct json *root)
{
    struct str name;
    if (!json_is_object(root) || json_unknown_key(root, (const char *const[]){"op", "args", NULL}) ||
        !json_text(json_get(root, "op"), &name))
        return op_refuse(op, 400, "usage", NULL);
    op->args = json_get(root, "args");
    if (op->args && !json_is_object(op->args)) return op_refuse(op, 400, "bad_field", "args");
    json_out_init(&op->out, &op->result);
    json_open(&op->out, NULL);
    enum err err = dispatch(op, name);
    json_close(&op->out);
    return err ? err : op->result.err;
}

enum ops_exit ops_run(struct site *site, struct str request, struct buf *to, ops_progress *progress,
                      void *ctx)
{
    struct op op = {
        .site = site, .arena = arena_new(ARENA_BYTES), .progress = progress, .ctx = ctx, .what = ""};
    struct json *root = NULL;
    enum ops_exit code;
    buf_init(&op.result, RESULT_BYTES_MAX);
    enum err err = op.arena ? json_parse(request, &root, NULL) : ERR_NOMEM;
    if (!err) err = run(&op, root);
    if (!err && !op.fault.status) {
        code = write_result(to, &op);
    } else if (op.fault.status) {
        code = err ? ops_exit_of(err) : exit_of_fault(&op.fault);
        write_error(to, code, &op.fault);
    } else {
        code = ops_exit_of(err);
        ops_error_line(to, err, NULL);
    }
    json_free(root);
    buf_done(&op.result);
    arena_free(op.arena);
    return code;
}
