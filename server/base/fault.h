/* fault: an answer that says what was wrong, where, and what to do: what enum err becomes at a border (HTTP,
 * WebSocket, control socket, registry). Embedded; any thread. docs/PROTOCOL §1 lists the codes. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H
#include "base/clock.h"
#include "base/err.h"

struct fault {
    int status;           /* HTTP status; 0: no fault */
    const char *code;     /* literal, from docs/PROTOCOL */
    char where[64];       /* the field's path, or empty */
    char detail[160];     /* English, for a log-safe explanation beyond the code's own text, or empty */
    int left;             /* tries left; -1: unsaid */
    struct instant until; /* when the way is free again; 0: unsaid */
};

void fault_set(struct fault *f, int status, const char *code, const char *where);
/* The fault that an enum err becomes when nobody said more. */
void fault_from_err(struct fault *f, enum err err);

#endif
