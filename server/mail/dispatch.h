/* dispatch: sends a courier (the program yunqiao-courier) out with a parcel and waits for it. The courier is a process of its own, which
 * speaks with the outside and knows nothing but its parcel; when yunqiaod ends meanwhile it goes on, and its receipt is read by the next
 * one. Blocks its caller: a thread for it alone. */
#ifndef MAIL_DISPATCH_H
#define MAIL_DISPATCH_H
#include "mail/receipt.h"

#define DISPATCH_S 50          /* a courier's whole time */
#define DISPATCH_LAST_MS 4000  /* that it is still waited for when we are to end */
#define DISPATCH_WAIT_MS 60000 /* after which one that hangs is killed */

/* receipt_fd: from receipt_open. stop_fd: readable when we are to end; after a moment ERR_CLOSED, and the courier goes on alone. ERR_NOT_FOUND: the
 * program is not installed. Otherwise OK, and the receipt says how it went; one that ended without a word is RECEIPT_BEGUN or _ENDING. */
enum err dispatch(const char *program, int receipt_fd, int stop_fd, const struct parcel *p,
                  struct receipt *ret) MUST_USE;

#endif
