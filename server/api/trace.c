#include "api/trace.h"

enum { VERSIONS_A_ROW = 4000, DETAIL_MAX = 64 * 1024 };

enum err request_trace(struct request *r, const struct record_reader *who, const char *action,
                       const char *target, const char *more)
{
    const struct record_trace *t = &who->trace;
    enum err err = t->patient_count ? record_trace_patients(t, r->arena, &r->about, &r->about_count) : OK;
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
