/* letter: a message as SMTP carries it (RFC 5322, RFC 2045): two parts, words in UTF-8 and a calendar (RFC 6047 §2.4), each in base64, so
 * that no server on the way has anything to change. Pure; any thread. */
#ifndef MAIL_LETTER_H
#define MAIL_LETTER_H
#include "base/buf.h"
#include "base/clock.h"

#define LETTER_ADDRESS_BYTES 255

struct letter {
    struct str from, to; /* letter_address_is */
    const char *token;   /* makes the Message-ID, with the domain of from: the same at every try */
    struct instant date;
    const char *subject; /* UTF-8 */
    struct str text;
    struct str calendar; /* empty: none */
};

enum err letter_write(const struct letter *l, struct buf *to) MUST_USE;
/* LOCAL@DOMAIN of RFC 5321 §4.1.2 without quotes: nothing that could end a line or begin another address. */
bool letter_address_is(struct str text);

#endif
