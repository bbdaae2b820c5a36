#include "records/fault.h"

enum err record_fault_add(struct record_fault *f, int status, const char *code, const char *what,
                          const char *path)
{
    if (!f->status) f->status = status;
    if (f->count < RECORD_ISSUES_MAX)
        f->issues[f->count++] = (struct record_issue){.code = code, .what = what, .path = path};
    return OK;
}

enum err record_fault_absent(struct record_fault *f)
{
    return record_fault_add(f, 404, "not-found", "there is no such resource", NULL);
}
