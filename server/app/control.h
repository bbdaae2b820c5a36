/* control: DIR/control.sock, by which the operator's command asks the running server (docs/PROTOCOL §9). Two threads of its own take
 * turns at accepting, so that a long audit walk does not hold up a token; one connection is one line in and its lines out.
 * Only root's and the server's own uid are heard. Main thread makes and ends it. */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H
#include "desk/ops.h"

struct control_settings {
    const char *dir; /* the site's data */
    struct site *site;
    /* What ops_run does not know: appends a JSON object and returns true for an op of the program's own. Any thread. */
    bool (*answer)(void *ctx, struct str op, struct buf *to);
    void *ctx;
};

struct control;
enum err control_new(const struct control_settings *settings, struct control **ret_control) MUST_USE;
/* No new line is heard; waits for those being answered. NULL allowed. */
void control_free(struct control *c);

/* -- the other side: the command -- */
/* Connects; ERR_NOT_FOUND: no server there (no socket, or nobody behind it). */
enum err control_connect(const char *dir, int *ret_fd) MUST_USE;
/* Sends one line and gives each line that comes back, without its newline, to heard, until the last. ERR_CLOSED: the server went
 * away before the answer. */
enum err control_ask(int fd, struct str line, void (*heard)(void *ctx, struct str line), void *ctx) MUST_USE;

#endif
