#include "base/err.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const texts[] = {
    [OK] = "ok",
    [ERR_NOMEM] = "out of memory",
    [ERR_IO] = "input/output error",
    [ERR_DISK_FULL] = "disk full",
    [ERR_CORRUPT] = "damaged",
    [ERR_KEY] = "key absent or wrong",
    [ERR_NEWER] = "written by a newer version",
    [ERR_BUSY] = "busy",
    [ERR_LIMIT] = "limit reached",
    [ERR_BAD_INPUT] = "bad input",
    [ERR_NOT_FOUND] = "not found",
    [ERR_EXISTS] = "exists already",
    [ERR_DENIED] = "denied",
    [ERR_TIMEOUT] = "timed out",
    [ERR_CLOSED] = "closed",
    [ERR_UNSUPPORTED] = "unsupported",
};
_Static_assert(COUNT_OF(texts) == ERR_COUNT, "each error has its text");

const char *err_text(enum err err)
{
    return (unsigned)err < ERR_COUNT ? texts[err] : "unknown error";
}

enum err(err_from_errno)(int error_number)
{
    switch (error_number) {
    case 0:
        return OK;
    case ENOMEM:
        return ERR_NOMEM;
    case ENOSPC:
    case EDQUOT:
        return ERR_DISK_FULL;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY:
        return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EAGAIN:
    case EBUSY:
    case EADDRINUSE:
        return ERR_BUSY;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
    case ENOTCONN:
        return ERR_CLOSED;
    case ENOSYS:
    case EOPNOTSUPP:
        return ERR_UNSUPPORTED;
    case EMFILE:
    case ENFILE:
        return ERR_LIMIT;
    default:
        return ERR_IO;
    }
}

void assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "level=error part=assert event=failed what=\"%s\" at=%s:%d\n", what, file, line);
    abort();
}
