/* parcel: one thing to be carried out of the house, with all that its courier must know: a letter by SMTP, or a word to the site's SMS
 * gateway by HTTPS; or a question, whose answer it brings back. yunqiaod writes it into memory, the courier reads it there, once; it is JSON, read as strictly as a stranger's.
 *
 *   {"way":"mail","url":…,"user":…,"password":…,"from":…,"to":…,"token":…,"trust":PEM,"key":…,"made":…,"body":…}
 *
 * What is read points into the root. Any thread. */
#ifndef MAIL_PARCEL_H
#define MAIL_PARCEL_H
#include "base/json.h"

#define PARCEL_BYTES_MAX (2 << 20)
#define PARCEL_TOKEN_BYTES 33 /* 16 bytes as hex, and a NUL */

/* The ways by which people are told; and what is fetched, by the same courier. */
enum parcel_way { PARCEL_MAIL, PARCEL_HOOK, PARCEL_WAYS, PARCEL_FETCH = PARCEL_WAYS, PARCEL_KINDS };
const char *parcel_way_text(enum parcel_way way); /* "mail", "sms", "fetch" */
bool parcel_way_from(struct str text, enum parcel_way *ret);

struct parcel {
    enum parcel_way way;
    struct str url;
    struct str user,
        password; /* of the mail server; empty: none. Of what is fetched: the password is a bearer token */
    struct str from, to; /* addresses of the envelope; of a hook: to is not used */
    struct str token;    /* hex; the same at every try */
    struct str trust;    /* certificates, PEM */
    struct str key;      /* the hook's secret, by which its body is signed */
    int64_t made;        /* seconds since 1970, signed with the body */
    struct str body;     /* a whole message (RFC 5322), or JSON */
};

enum err parcel_write(const struct parcel *p, struct buf *to) MUST_USE;
/* ERR_BAD_INPUT. The root is the caller's to free. */
enum err parcel_read(struct str text, struct json **ret_root, struct parcel *ret) MUST_USE;
bool parcel_token_is(struct str text);

/* hex of HMAC-SHA-256 over "MADE.BODY", by which a hook knows that it is from us and when. */
void parcel_sign(const struct parcel *p, char ret_hex[65]);

#endif
