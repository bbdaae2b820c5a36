/* red: Opus with its own past beside it (RFC 2198, "red/48000/2"): what one packet lost, the next one brings.
 *
 *   |1| PT (7) | timestamp offset (14) | block bytes (10) | … |0| PT (7) | block | … | the newest, to the end
 *
 * Blocks stand oldest first. A struct red is a view of somebody's bytes. Any thread. */
#ifndef MEDIA_RED_H
#define MEDIA_RED_H
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

enum {
    RED_BLOCKS_MAX = 8, /* more past than that is of no use to anybody */
    RED_OFFSET_MAX = (1 << 14) - 1,
    RED_BLOCK_BYTES_MAX = (1 << 10) - 1 /* of what is past; the newest has no bound of its own */
};
struct red_block {
    uint8_t payload_type;
    uint16_t offset, bytes; /* offset: how much older than the newest, in the clock's unit; 0: the newest */
    const uint8_t *at;
};
struct red {
    unsigned count; /* at least one: the last is the newest */
    struct red_block blocks[RED_BLOCKS_MAX];
};

/* ERR_BAD_INPUT: cut off; ERR_LIMIT: too many blocks. */
enum err red_parse(const uint8_t *payload, size_t bytes, struct red *ret_red) MUST_USE;
/* Returns the bytes; 0: there is no room, or a block of the past is too long or too old. */
size_t red_write(const struct red *r, uint8_t *to, size_t room);

#endif
