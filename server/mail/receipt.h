/* receipt: what became of a parcel, written by its courier into a file that outlives yunqiaod: a line before the point from which it may
 * have arrived, and one when it is known (decision 0151). The file holds the receipt of one parcel at a time and is locked by whoever
 * carries it, so that a yunqiaod that starts again waits for the courier of the one before and then reads what it left.
 *
 *   TOKEN begun            nothing has been handed over yet
 *   TOKEN ending           the last bytes go out: from here on it may have arrived
 *   TOKEN done 250         it has
 *   TOKEN later 421 reply  not now
 *   TOKEN refused 550 reply  never
 *
 * A line that was not finished counts as none. Any thread. */
#ifndef MAIL_RECEIPT_H
#define MAIL_RECEIPT_H
#include "mail/parcel.h"

#define RECEIPT_WHY_BYTES 16

enum receipt_end {
    RECEIPT_NONE,
    RECEIPT_BEGUN,
    RECEIPT_ENDING,
    RECEIPT_DONE,
    RECEIPT_LATER,
    RECEIPT_REFUSED,
    RECEIPT_ENDS
};
struct receipt {
    char token[PARCEL_TOKEN_BYTES];
    enum receipt_end end;
    int code; /* of SMTP or HTTP; 0: none came */
    char why
        [RECEIPT_WHY_BYTES]; /* "connect", "tls", "login", "timeout", "reply", "courier"; empty when done */
};

/* ERR_BUSY: another still carries, after wait_ms. The file is made when absent. */
enum err receipt_open(const char *path, int64_t wait_ms, int *ret_fd) MUST_USE;
/* What a file's bytes say: its last whole line that means something. */
struct receipt receipt_of(struct str text);
enum err receipt_read(int fd, struct receipt *ret) MUST_USE; /* RECEIPT_NONE: it is empty */
enum err receipt_begin(int fd, const char *token) MUST_USE;  /* empties it first */
enum err receipt_add(int fd, const struct receipt *r) MUST_USE;

#endif
