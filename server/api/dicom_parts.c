#include "api/dicom.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "records/guard.h"
#include <stdio.h>

enum err dicom_study(struct request *r, struct tx *tx, struct str study, struct record_reader *who,
                     struct record_head *ret)
{
    int64_t row = 0;
    *who = fhir_reader(r);
    enum err err = fhir_guard(r, tx, who);
    if (!err) err = picture_study(tx, study, &row);
    if (!err) err = record_head_at(tx, r->arena, row, ret);
    bool is_absent = err == ERR_NOT_FOUND || (!err && (ret->is_deleted || !guard_may_see(who->guard, ret)));
    return is_absent ? answer_fault(r, 404, "not_found", NULL) : err;
}

struct str dicom_base(struct request *r)
{
    struct str base = fhir_reader(r).base; /* https://host/fhir */
    if (base.bytes < 4) return (struct str){0};
    const char *text = arena_printf(r->arena, "%.*sdicom-web", (int)base.bytes - 4, base.at);
    return text ? str_of(text) : (struct str){0};
}

enum err dicom_trace(struct request *r, const char *action, const struct record_head *head, int64_t count)
{
    struct record_reader only = {.arena = r->arena};
    char more[48];
    snprintf(more, sizeof more, ",\"count\":%lld", (long long)count);
    const char *target = record_parts_target(r, head);
    enum err err = target ? record_traced(&only, head) : ERR_NOMEM;
    return err ? err : request_trace(r, &only, action, target, more);
}

static enum err read_sealed(void *ctx, int64_t offset, void *to, size_t bytes)
{
    size_t n = 0;
    enum err err = file_reader_get(ctx, offset, to, bytes, &n);
    return err ? err : n == bytes ? OK : ERR_CORRUPT;
}

enum err dicom_file_open(struct request *r, const struct file_seal *seal, struct dicom_file *ret)
{
    *ret = (struct dicom_file){0};
    enum err err = file_reader_new(request_site(r)->files, seal, &ret->reader);
    if (!err) ret->source = (struct source){read_sealed, ret->reader, seal->bytes};
    return err;
}

void dicom_file_done(struct dicom_file *f)
{
    file_reader_free(f->reader);
    f->reader = NULL;
}
