#include "desk/chart_write.h"

enum err chart_take(struct record_reader *who, struct buf *from, struct str *ret)
{
    enum err err = from->err;
    *ret = (struct str){err ? NULL : arena_copy(who->arena, from->at, from->bytes), from->bytes};
    if (!err && !ret->at) err = ERR_NOMEM;
    buf_done(from);
    return err;
}

static enum err answer(enum err err, const struct record *record, const struct record_fault *fault,
                       struct record_head *ret, int *ret_status)
{
    if (ret_status) *ret_status = fault->status;
    if (!err && fault->status) return ret_status ? OK : ERR_BAD_INPUT;
    if (!err && ret) *ret = record->head;
    return err;
}

enum err chart_write(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                     int64_t version, struct str body, struct record_head *ret, int *ret_status)
{
    struct tape tape;
    struct tape_fault where;
    struct record record;
    struct record_fault fault = {0};
    enum record_done done;
    struct record_if cond = {.version = version};
    enum err err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err)
        err = id.bytes ? record_update(tx, who, resource, id, &tape, 0, &cond, &record, &done, &fault)
                       : record_create(tx, who, resource, &tape, 0, &cond, &record, &done, &fault);
    return answer(err, &record, &fault, ret, ret_status);
}

enum err chart_write_steps(struct tx *tx, struct record_reader *who, const struct record_head *of,
                           int64_t version, struct str steps, struct record_head *ret, int *ret_status)
{
    struct tape tape;
    struct tape_fault where;
    struct record record;
    struct record_fault fault = {0};
    enum record_done done;
    struct record_if cond = {.version = version};
    enum err err = tape_read(who->arena, steps, RECORD_NODES_MAX, &tape, &where);
    if (!err) err = record_patch(tx, who, of->resource, of->id, &tape, &cond, &record, &done, &fault);
    return answer(err, &record, &fault, ret, ret_status);
}

void chart_put_step(struct json_out *o, const char *op, const char *path)
{
    json_open(o, NULL);
    json_put_text(o, "op", op);
    json_put_text(o, "path", path);
}
