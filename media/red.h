/* red: Opus with its own past beside it (RFC 2198, "red/48000/2"). Whoever negotiated it gets the packet as it is;
 * to others only the newest block goes.
 *
 *   |1| PT (7) | timestamp offset (14) | block bytes (10) | … |0| PT (7) | block | … | the newest, to the end
 *
 * Any thread. ERR_BAD_INPUT: cut off. */
#ifndef MEDIA_RED_H
#define MEDIA_RED_H
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

/* Where the newest block begins, and what its payload type is. */
static inline enum err red_newest(const uint8_t *payload, size_t bytes, size_t *ret_at,
                                  uint8_t *ret_payload_type)
{
    size_t at = 0, before = 0;
    while (at < bytes && payload[at] & 0x80) {
        if (bytes - at < 4) return ERR_BAD_INPUT;
        before += (size_t)(payload[at + 2] & 3) << 8 | payload[at + 3];
        at += 4;
    }
    if (at >= bytes || before > bytes - at - 1) return ERR_BAD_INPUT;
    *ret_payload_type = payload[at] & 0x7f;
    *ret_at = at + 1 + before;
    return OK;
}

#endif
