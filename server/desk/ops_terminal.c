/* The operator's code for a wall terminal: one of that name, or a new one. */
#include "auth/terminal.h"
#include "base/mem.h"
#include "desk/ops_run.h"

struct naming {
    struct str name;
    int64_t ttl_s;
    struct terminal_made made;
};

enum err op_terminal_make(struct op *op, struct tx *tx, struct job *job, struct str name, int64_t ttl_s,
                          struct terminal_made *ret)
{
    struct terminal t;
    enum err err = terminal_find_name(tx, op->arena, name, &t);
    bool is_new = err == ERR_NOT_FOUND;
    if (is_new)
        err = terminal_new(tx, name, (struct str){0}, ttl_s, ret);
    else if (!err)
        err = terminal_code_new(tx, t.id, ttl_s, ret);
    if (err) return err;
    const char *target = arena_printf(op->arena, "terminal/%s", ret->id);
    return target ? op_audit(op, job, is_new ? "terminal.create" : "terminal.code", target, "{}") : ERR_NOMEM;
}

static enum err make(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct naming *n = with;
    return op_terminal_make(op, tx, job, n->name, n->ttl_s, &n->made);
}

enum err op_terminal(struct op *op)
{
    struct naming n = {.ttl_s = TERMINAL_CODE_TTL_S};
    const struct json *ttl = op->args ? json_get(op->args, "ttl_s") : NULL;
    if (!op_only(op, (const char *const[]){"name", "ttl_s", NULL}) ||
        !op_text(op, "name", 4 * TERMINAL_NAME_CHARS_MAX, &n.name))
        return OK;
    if (!terminal_name_is(n.name)) return op_refuse(op, 400, "bad_field", "name");
    if (ttl && (!json_int(ttl, &n.ttl_s) || n.ttl_s < TERMINAL_CODE_TTL_LEAST_S ||
                n.ttl_s > TERMINAL_CODE_TTL_MOST_S))
        return op_refuse(op, 400, "bad_field", "ttl_s");
    enum err err = op_write(op, make, &n);
    if (err || op->fault.status) return err;
    json_put_text(&op->out, "code", n.made.code);
    json_put_text(&op->out, "id", n.made.id);
    json_put_instant(&op->out, "ends", n.made.ends);
    mem_wipe(&n.made, sizeof n.made);
    return OK;
}
