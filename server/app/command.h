/* command: the words of `yunqiao`: which subcommands there are, what options each takes, and the request line that they become
 * (desk/ops.h). Pure; main thread. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H
#include "base/buf.h"
#include <stdbool.h>

#define COMMAND_PATH_BYTES 512

struct command {
    const char *words, *op; /* "user add", "user.add"; op NULL: done here, not by ops_run */
    const char *help;
    const char *takes; /* names of its options, separated by blanks; a trailing ! is a must */
    bool creates;      /* makes the store when there is none */
};

struct command_call {
    const struct command *command; /* NULL: the help of all */
    bool wants_help, wants_json;
    char data[COMMAND_PATH_BYTES], key[COMMAND_PATH_BYTES];
    char from[COMMAND_PATH_BYTES]; /* restore */
    struct buf request;            /* one JSON line, without a newline */
};

/* ERR_BAD_INPUT: ret_why says what is wrong. The caller ends the request (also on failure). */
enum err command_read(int argc, char **argv, struct command_call *ret_call, char ret_why[256]) MUST_USE;
void command_help(int fd, const struct command *command); /* NULL: of all */

#endif
