/* resume: the text by which a browser tab proves after a loss that it is the same one (docs/PROTOCOL §7). It states the
 * tab's number and when it was written, under a MAC whose key is the session's own resume secret: it needs no store, outlives
 * a restart of the server, and is worth nothing with another session. Pure; any thread.
 *
 *   base64url of  | tab 16 | written_ms 8, big-endian | HMAC-SHA-256 over both, first 16 |  */
#ifndef NET_RESUME_H
#define NET_RESUME_H
#include "base/clock.h"
#include "base/str.h"
#include <stdbool.h>

#define RESUME_TAB_BYTES 16
#define RESUME_TEXT_BYTES STR_BASE64_BYTES(40)

struct resume_tab {
    uint8_t at[RESUME_TAB_BYTES];
};

void resume_write(struct resume_tab tab, struct instant now, struct str secret,
                  char ret_text[RESUME_TEXT_BYTES]);
/* False: malformed, another session's, or from the future (an hour's grace for a clock put back). */
bool resume_read(struct str text, struct instant now, struct str secret, struct resume_tab *ret_tab,
                 struct instant *ret_written);

#endif
