/* err: what can go wrong, in one list, and ASSERT for what must not.
 *
 * Three kinds, three treatments (docs/STYLE): a bug stops the process (ASSERT, always compiled in); the world
 * returns enum err, handled or passed on, never dropped; a border answers with struct fault (base/fault.h).
 * Any thread. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err {
    OK = 0,
    ERR_NOMEM,     /* memory ran out */
    ERR_IO,        /* the disk or a socket failed */
    ERR_DISK_FULL, /* no space left: nothing was written */
    ERR_CORRUPT,   /* bytes that were ours do not verify */
    ERR_KEY,       /* the key is absent, or does not open this */
    ERR_NEWER,     /* written by a newer version than this one */
    ERR_BUSY,      /* a queue is full, or somebody else holds it: try again */
    ERR_LIMIT,     /* more than the stated maximum */
    ERR_BAD_INPUT, /* the input is not what it should be */
    ERR_NOT_FOUND,
    ERR_EXISTS, /* there already, or a unique value taken */
    ERR_DENIED, /* a rule forbids it */
    ERR_TIMEOUT,
    ERR_CLOSED,      /* the other side is gone, or we are going down */
    ERR_UNSUPPORTED, /* this system or build cannot do it */
    ERR_COUNT
};

/* A short English phrase, never NULL. */
const char *err_text(enum err err);
/* From errno; ENOSPC and EDQUOT become ERR_DISK_FULL. */
enum err err_from_errno(int error_number);
#ifdef __clang_analyzer__ /* it does not see the body, and would follow paths on which a failure is OK */
#define err_from_errno(error_number) ((error_number) == 28 ? ERR_DISK_FULL : ERR_IO)
#endif

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

_Noreturn void assert_failed(const char *what, const char *file, int line);
#define ASSERT(cond) ((cond) ? (void)0 : assert_failed(#cond, __FILE__, __LINE__))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
