/* replay: which of the last REPLAY_WINDOW indexes were seen (RFC 3711 §3.3.2). Embedded; one thread.
 *
 *   …  too old  | top - 1023 … top |  ahead …          the bit of an index is index % 1024
 */
#ifndef MEDIA_REPLAY_H
#define MEDIA_REPLAY_H
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

enum { REPLAY_WINDOW = 1024 };
struct replay {
    uint64_t top;
    bool is_started;
    uint64_t bits[REPLAY_WINDOW / 64];
};

/* OK: new; ERR_EXISTS: seen; ERR_LIMIT: too old to tell. */
enum err replay_check(const struct replay *r, uint64_t index) MUST_USE;
void replay_note(struct replay *r, uint64_t index); /* one too old is passed over */

#endif
