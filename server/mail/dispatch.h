/* dispatch: sends a courier (the program yunqiao-courier) out with a parcel, and takes it back in when it has ended. The courier is a process of
 * its own, which speaks with the outside and knows nothing but its parcel; when yunqiaod ends meanwhile it goes on, and its receipt is read
 * by the next one. Neither call waits; several may be out at a time, each with a receipt file of its own. A thread for it alone. */
#ifndef MAIL_DISPATCH_H
#define MAIL_DISPATCH_H
#include "mail/receipt.h"
#include <sys/types.h>

#define DISPATCH_S 50                 /* a courier's whole time */
#define DISPATCH_LAST_MS 4000         /* that it is still waited for when we are to end */
#define DISPATCH_ANSWER_MAX (8 << 20) /* of what is fetched */
#define DISPATCH_WAIT_MS 60000        /* after which one that hangs is killed */

struct dispatch { /* a courier that is out */
    pid_t pid;
    int fd;          /* readable when it has ended */
    struct tick end; /* by when it must have */
};
/* receipt_fd: from receipt_open. ERR_NOT_FOUND: the program is not installed. The parcel is not needed any more. */
enum err dispatch_begin(const char *program, int receipt_fd, const struct parcel *p,
                        struct dispatch *ret) MUST_USE;
/* The same of a question (PARCEL_FETCH), whose answer's body is written to answer_fd. */
enum err dispatch_fetch(const char *program, int receipt_fd, int answer_fd, const struct parcel *p,
                        struct dispatch *ret) MUST_USE;
/* It has ended, or its time is over and it is killed. One that ended without a word is RECEIPT_BEGUN or _ENDING. On an error the courier
 * is gone and what it left can be asked for again with receipt_read. */
enum err dispatch_end(struct dispatch *d, int receipt_fd, struct receipt *ret) MUST_USE;
void dispatch_leave(struct dispatch *d); /* it goes on alone */

#endif
