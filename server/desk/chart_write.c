#include "desk/chart_write.h"
#include "records/person.h"
#include <stdio.h>

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
    struct str own = id; /* heads that are kept name it after the caller's copy is gone */
    if (id.bytes && !(own.at = arena_text(who->arena, id.at, id.bytes))) return ERR_NOMEM;
    enum err err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err)
        err = id.bytes ? record_update(tx, who, resource, own, &tape, 0, &cond, &record, &done, &fault)
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

void chart_put_reference(struct json_out *o, const char *key, struct str reference)
{
    json_open(o, key);
    json_put_str(o, "reference", reference);
    json_close(o);
}

void chart_put_local(struct json_out *o, const char *key, const char *type, struct str id)
{
    char text[128]; /* an id has 64 bytes at most */
    int n = snprintf(text, sizeof text, "%s/%.*s", type, (int)id.bytes, id.at);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    chart_put_reference(o, key, str_of(text));
}

void chart_put_label(struct json_out *o, const char *system, const char *code)
{
    json_open(o, "meta");
    json_open_array(o, "security");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    json_close(o);
    json_close_array(o);
    json_close(o);
}

void chart_put_consented(struct json_out *o, struct instant now, struct str signature, struct str witness)
{
    if (signature.bytes) {
        json_open(o, "sourceAttachment");
        json_put_text(o, "contentType", "image/png");
        json_put_str(o, "data", signature);
        json_put_instant(o, "creation", now);
        json_close(o);
    }
    if (!witness.bytes) return;
    json_open_array(o, "verification");
    json_open(o, NULL);
    json_put_bool(o, "verified", true);
    json_open(o, "verifiedWith");
    json_put_str(o, "display", witness);
    json_close(o);
    json_put_instant(o, "verificationDate", now);
    json_close(o);
    json_close_array(o);
}

void chart_put_code(struct json_out *o, const char *key, const char *system, const char *code,
                    const char *display)
{
    json_open(o, key);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_text(o, "code", code);
    if (display) json_put_text(o, "display", display);
    json_close(o);
    json_close_array(o);
    json_close(o);
}

void chart_put_part(struct json_out *o, const char *url, const char *type, struct str value)
{
    if (value.bytes == 0) return;
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_str(o, type, value);
    json_close(o);
}

void chart_put_moment(struct json_out *o, const char *url, struct instant at)
{
    if (at.ms == 0) return;
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_instant(o, "valueInstant", at);
    json_close(o);
}

enum err chart_put_person(struct tx *tx, struct record_reader *who, struct json_out *o, const char *key,
                          struct str account, struct str display)
{
    struct person person;
    struct record_head head;
    enum err err = person_find(tx, account, &person);
    if (err) return err;
    json_open(o, key);
    if (person.practitioner) {
        err = record_head_at(tx, who->arena, person.practitioner, &head);
        const char *ref =
            err ? NULL : arena_printf(who->arena, "Practitioner/%.*s", (int)head.id.bytes, head.id.at);
        if (!err && !ref) err = ERR_NOMEM;
        if (!err) json_put_text(o, "reference", ref);
    }
    json_open(o, "identifier");
    json_put_text(o, "system", CHART_ACCOUNT);
    json_put_str(o, "value", account);
    json_close(o);
    json_put_str(o, "display", display);
    json_close(o);
    return err;
}
