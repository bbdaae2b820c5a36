#include "media/red.h"
#include "media/bytes.h"
#include <stdbool.h>
#include <string.h>

enum { HEADER_BYTES = 4, LAST_HEADER_BYTES = 1 };

enum err red_parse(const uint8_t *payload, size_t bytes, struct red *ret_red)
{
    struct red r = {0};
    size_t at = 0;
    for (bool is_last = false; !is_last; r.count++) {
        if (at == bytes) return ERR_BAD_INPUT;
        if (r.count == RED_BLOCKS_MAX) return ERR_LIMIT;
        struct red_block *b = &r.blocks[r.count];
        is_last = !(payload[at] & 0x80);
        if (!is_last && bytes - at < HEADER_BYTES) return ERR_BAD_INPUT;
        *b = (struct red_block){.payload_type = payload[at] & 0x7f};
        if (!is_last) {
            uint32_t word = bytes_get24(payload + at + 1);
            b->offset = (uint16_t)(word >> 10);
            b->bytes = word & RED_BLOCK_BYTES_MAX;
        }
        at += is_last ? LAST_HEADER_BYTES : HEADER_BYTES;
    }
    for (unsigned i = 0; i < r.count; i++) {
        struct red_block *b = &r.blocks[i];
        if (i == r.count - 1) b->bytes = (uint16_t)(bytes - at);
        if (b->bytes > bytes - at) return ERR_BAD_INPUT;
        b->at = payload + at;
        at += b->bytes;
    }
    *ret_red = r;
    return OK;
}

static size_t bytes_of(const struct red *r)
{
    size_t bytes = (r->count - 1) * HEADER_BYTES + LAST_HEADER_BYTES;
    for (unsigned i = 0; i < r->count; i++)
        bytes += r->blocks[i].bytes;
    return bytes;
}

size_t red_write(const struct red *r, uint8_t *to, size_t room)
{
    size_t bytes = bytes_of(r);
    uint8_t *at = to;
    if (bytes > room) return 0;
    for (unsigned i = 0; i + 1 < r->count; i++) {
        const struct red_block *b = &r->blocks[i];
        if (b->bytes > RED_BLOCK_BYTES_MAX || b->offset > RED_OFFSET_MAX) return 0;
        at[0] = 0x80 | b->payload_type;
        bytes_put24(at + 1, (uint32_t)b->offset << 10 | b->bytes);
        at += HEADER_BYTES;
    }
    *at++ = r->blocks[r->count - 1].payload_type & 0x7f;
    for (unsigned i = 0; i < r->count; i++) {
        if (r->blocks[i].bytes) memcpy(at, r->blocks[i].at, r->blocks[i].bytes);
        at += r->blocks[i].bytes;
    }
    return bytes;
}
