/* Operations on the record store. */
#include "desk/ops_run.h"
#include "records/recheck.h"

enum { RECORDS_A_STEP = 500 };

struct checking {
    struct recheck found;
    bool more;
};

static enum err step(struct op *op, struct tx *tx, struct job *job, void *with)
{
    struct checking *c = with;
    (void)job;
    return recheck_step(tx, op->site->records, RECORDS_A_STEP, &c->found, &c->more);
}

static enum err note(struct op *op, struct tx *tx, struct job *job, void *with)
{
    const struct checking *c = with;
    (void)tx;
    const char *detail = arena_printf(op->arena, "{\"records\":%lld,\"bad\":%lld}",
                                      (long long)c->found.records, (long long)c->found.bad);
    return detail ? op_audit(op, job, "records.verify", NULL, detail) : ERR_NOMEM;
}

enum err op_records_verify(struct op *op)
{
    struct checking c = {.more = true};
    enum err err = OK;
    if (!op_only(op, (const char *const[]){NULL})) return OK;
    op->what = "records";
    while (c.more && !err) {
        err = op_read(op, step, &c);
        op_tell(op, c.found.records, 0);
    }
    if (err) return err;
    op->is_not_so = c.found.bad > 0;
    json_put_bool(&op->out, "ok", !op->is_not_so);
    json_put_int(&op->out, "records", c.found.records);
    json_put_int(&op->out, "versions", c.found.versions);
    json_put_int(&op->out, "entries", c.found.entries);
    json_put_int(&op->out, "bad", c.found.bad);
    if (op->is_not_so) {
        json_put_int(&op->out, "first", c.found.first_bad);
        json_put_text(&op->out, "why", c.found.first_why);
    }
    return op_write(op, note, &c);
}
