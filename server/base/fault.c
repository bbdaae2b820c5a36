#include "base/fault.h"
#include <stdio.h>

void fault_set(struct fault *f, int status, const char *code, const char *where)
{
    *f = (struct fault){.status = status, .code = code, .left = -1};
    if (where) snprintf(f->where, sizeof f->where, "%s", where);
}

static const struct {
    int status;
    const char *code;
} by_err[] = {
    [OK] = {0, ""},
    [ERR_NOMEM] = {503, "busy"},
    [ERR_IO] = {500, "failed"},
    [ERR_DISK_FULL] = {507, "disk_full"},
    [ERR_CORRUPT] = {500, "damaged"},
    [ERR_KEY] = {500, "damaged"},
    [ERR_NEWER] = {500, "failed"},
    [ERR_BUSY] = {503, "busy"},
    [ERR_LIMIT] = {413, "too_large"},
    [ERR_BAD_INPUT] = {400, "bad_field"},
    [ERR_NOT_FOUND] = {404, "not_found"},
    [ERR_EXISTS] = {409, "conflict"},
    [ERR_DENIED] = {403, "not_allowed"},
    [ERR_TIMEOUT] = {503, "busy"},
    [ERR_CLOSED] = {503, "busy"},
    [ERR_UNSUPPORTED] = {500, "failed"},
};
_Static_assert(COUNT_OF(by_err) == ERR_COUNT, "each error has its answer");

void fault_from_err(struct fault *f, enum err err)
{
    if ((unsigned)err >= ERR_COUNT) err = ERR_IO;
    fault_set(f, by_err[err].status, by_err[err].code, NULL);
}
