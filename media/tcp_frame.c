#include "media/tcp_frame.h"
#include "media/bytes.h"
#include "media/stun.h"

enum { TURN_HEADER_BYTES = 4, CHANNEL_FIRST = 0x40, CHANNEL_LAST = 0x4f };

static size_t header_bytes(const struct tcp_frame *f)
{
    return f->kind == TCP_FRAME_ICE ? TCP_FRAME_HEADER_BYTES : TURN_HEADER_BYTES;
}

/* The whole frame's bytes, by its header; 0: it is none. */
static size_t whole_bytes(const struct tcp_frame *f)
{
    size_t body = bytes_get16(f->bytes + (f->kind == TCP_FRAME_ICE ? 0 : 2)), whole;
    if (f->kind == TCP_FRAME_ICE)
        whole = body ? TCP_FRAME_HEADER_BYTES + body : 0;
    else if (f->bytes[0] <= 3)
        whole = body % 4 ? 0 : STUN_HEADER_BYTES + body;
    else
        whole = f->bytes[0] >= CHANNEL_FIRST && f->bytes[0] <= CHANNEL_LAST
                    ? TURN_HEADER_BYTES + ((body + 3) & ~(size_t)3)
                    : 0;
    return whole > sizeof f->bytes ? 0 : whole;
}

/* Copies until the frame has want bytes; true when it has. */
static bool fill(struct tcp_frame *f, size_t want, const uint8_t *from, size_t bytes, size_t *used)
{
    size_t missing = want - f->have, some = bytes - *used < missing ? bytes - *used : missing;
    if (some) memcpy(f->bytes + f->have, from + *used, some);
    f->have += some;
    *used += some;
    return f->have == want;
}

enum err tcp_frame_take(struct tcp_frame *f, const uint8_t *from, size_t bytes, size_t *ret_used,
                        uint8_t **ret_at, size_t *ret_bytes)
{
    size_t used = 0, header = header_bytes(f);
    *ret_at = NULL;
    *ret_bytes = 0;
    *ret_used = bytes;
    if (f->have < header && !fill(f, header, from, bytes, &used)) return OK;
    size_t whole = whole_bytes(f);
    if (whole == 0) return ERR_BAD_INPUT;
    if (!fill(f, whole, from, bytes, &used)) return OK;
    size_t skipped = f->kind == TCP_FRAME_ICE ? TCP_FRAME_HEADER_BYTES : 0;
    *ret_used = used;
    *ret_at = f->bytes + skipped;
    *ret_bytes = whole - skipped;
    f->have = 0;
    return OK;
}

void tcp_frame_header(size_t bytes, uint8_t ret_header[TCP_FRAME_HEADER_BYTES])
{
    ASSERT(bytes > 0 && bytes <= TCP_FRAME_BYTES_MAX);
    bytes_put16(ret_header, (uint16_t)bytes);
}
