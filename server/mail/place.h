/* place: where something is carried to: the scheme, host and port of an address that the site's settings name (RFC 3986, of which only
 * SCHEME://HOST[:PORT][/PATH] is taken: no user, no fragment). Pure; any thread. */
#ifndef MAIL_PLACE_H
#define MAIL_PLACE_H
#include "base/str.h"

#define PLACE_HOST_BYTES 256

enum place_scheme { PLACE_SMTP, PLACE_SMTPS, PLACE_HTTP, PLACE_HTTPS };
struct place {
    enum place_scheme scheme;
    char host[PLACE_HOST_BYTES]; /* a name or an address, without brackets */
    uint16_t port;
};

bool place_of(struct str url, struct place *ret);
/* This machine's own, where nothing has to be hidden from the network. */
bool place_is_loopback(const struct place *p);

#endif
