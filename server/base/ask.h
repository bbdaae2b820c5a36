/* ask: one question to a small program of ours: it reads it on descriptor 0 and answers on 1, both memory, and holds nothing else: no
 * other file, no environment, nobody to complain to. Blocks its caller until the program has ended. Any thread. */
#ifndef BASE_ASK_H
#define BASE_ASK_H
#include "base/buf.h"

/* A memory file with these bytes, read from its beginning; the caller closes it. */
enum err ask_memory(const char *name, struct str bytes, int *ret_fd) MUST_USE;
/* Appends the whole file. ERR_LIMIT: more than the buffer may hold. */
enum err ask_take(int fd, struct buf *to) MUST_USE;

/* Runs it for at most wait_ms, after which it is killed: ERR_TIMEOUT. ERR_NOT_FOUND: the program is not there. Else *ret_status is what
 * waitpid says of its end, and *ret_out its answer, the caller's to close. argv is NULL-ended. */
enum err ask_program(const char *program, char *const *argv, int question, int wait_ms, int *ret_out,
                     int *ret_status) MUST_USE;

#endif
