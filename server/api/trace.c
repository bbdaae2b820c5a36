#include "api/trace.h"
#include <stdlib.h>

enum { VERSIONS_A_ROW = 4000, DETAIL_MAX = 64 * 1024 };

static int in_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static enum err note_patients(struct request *r, const struct record_trace *t)
{
    uint32_t n = 0;
    if (t->patient_count == 0) return OK;
    int64_t *rows = arena_alloc(r->arena, t->patient_count * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    memcpy(rows, t->patients, t->patient_count * sizeof *rows);
    qsort(rows, t->patient_count, sizeof *rows, in_order);
    for (uint32_t i = 0; i < t->patient_count; i++)
        if (n == 0 || rows[n - 1] != rows[i]) rows[n++] = rows[i];
    r->about = rows;
    r->about_count = n;
    return OK;
}

enum err request_trace(struct request *r, const struct record_reader *who, const char *action,
                       const char *target, const char *more)
{
    const struct record_trace *t = &who->trace;
    enum err err = note_patients(r, t);
    uint32_t at = 0, part = 0;
    while (!err && (part == 0 || at < t->count)) {
        struct buf detail;
        buf_init(&detail, DETAIL_MAX);
        buf_add_text(&detail, "{\"versions\":[");
        for (uint32_t end = at + VERSIONS_A_ROW, first = at; at < t->count && at < end; at++)
            buf_printf(&detail, "%s%lld", at > first ? "," : "", (long long)t->seqs[at]);
        buf_add_char(&detail, ']');
        if (part)
            buf_printf(&detail, ",\"part\":%u}", part + 1);
        else
            buf_printf(&detail, "%s}", more);
        buf_add_char(&detail, 0);
        err = detail.err ? detail.err : request_audit(r, action, target, AUDIT_OK, detail.at);
        buf_done(&detail);
        part++;
    }
    return err;
}
