/* rtp: one RTP packet, read, rewritten in place, and its header written anew (RFC 3550 §5.1, header
 * extensions RFC 8285, retransmissions RFC 4588).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V=2|P|X|  CC   |M|     PT      |            seq                |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |                        CSRC × CC                              |
 *   +---------------------------------------------------------------+  if X
 *   | 0xBEDE, or 0x1000 | appbits   |     words that follow         |
 *   | one byte:  | id(4) len-1(4) | value |  id 0: padding, 15: end  |
 *   | two bytes: | id(8) | len(8) | value |  id 0: padding           |
 *   +---------------------------------------------------------------+
 *   | payload                              | padding if P, counted in its last byte
 *
 * Chromium sends two-byte headers of 20 words when the dependency descriptor is on, so both forms are read
 * always and the two-byte form is written when a value needs it and the peer said extmap-allow-mixed.
 *
 * A struct rtp is a view of somebody's buffer; embedded, one thread at a time. ERR_BAD_INPUT: the packet is
 * no RTP. */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H
#include "base/err.h"
#include "base/str.h"
#include "media/bytes.h"

enum {
    RTP_HEADER_BYTES = 12,
    RTP_BYTES_MAX = 1500, /* of a whole packet; nothing longer is looked at */
    RTP_EXTENSIONS_MAX = 16,
    RTP_HEADER_BYTES_MAX = 160, /* of a header that we write */
    RTP_ONE_BYTE_PROFILE = 0xBEDE,
    RTP_TWO_BYTE_PROFILE = 0x1000
};

struct rtp {
    uint8_t *at;
    uint16_t bytes; /* all of it, padding included */
    uint16_t header_bytes, payload_bytes, padding_bytes;
    uint16_t seq;
    uint32_t timestamp, ssrc;
    uint8_t payload_type, csrc_count;
    bool is_marked;
    uint16_t ext_profile; /* 0: no extension */
    uint16_t ext_at, ext_bytes;
};

/* RTP or RTCP (RFC 7983: 128-191), and which of the two (RFC 5761 §4: a type byte of 192-223). */
static inline bool rtp_is(const uint8_t *at, size_t bytes)
{
    return bytes >= RTP_HEADER_BYTES && at[0] >> 6 == 2 && !(at[1] >= 192 && at[1] <= 223);
}
static inline bool rtp_is_rtcp(const uint8_t *at, size_t bytes)
{
    return bytes >= 4 && at[0] >> 6 == 2 && at[1] >= 192 && at[1] <= 223;
}

/* The header alone, as it is in clear in SRTP too: padding_bytes stays 0 and the payload is all that follows.
 * */
enum err rtp_parse_header(uint8_t *at, size_t bytes, struct rtp *ret_rtp) MUST_USE;
enum err rtp_parse(uint8_t *at, size_t bytes, struct rtp *ret_rtp) MUST_USE;
static inline uint8_t *rtp_payload(const struct rtp *r)
{
    return r->at + r->header_bytes;
}

/* Walks the extension's elements: start with *at = 0. False at the end, or where they stop making sense. */
bool rtp_next_extension(const struct rtp *r, uint16_t *at, uint8_t *ret_id, struct str *ret_value);

/* Rewriting in place; the view follows. */
static inline void rtp_set_seq(struct rtp *r, uint16_t seq)
{
    r->seq = seq;
    bytes_put16(r->at + 2, seq);
}
static inline void rtp_set_timestamp(struct rtp *r, uint32_t timestamp)
{
    r->timestamp = timestamp;
    bytes_put32(r->at + 4, timestamp);
}
static inline void rtp_set_ssrc(struct rtp *r, uint32_t ssrc)
{
    r->ssrc = ssrc;
    bytes_put32(r->at + 8, ssrc);
}
static inline void rtp_set_payload_type(struct rtp *r, uint8_t payload_type)
{
    r->payload_type = payload_type & 0x7f;
    r->at[1] = (uint8_t)((r->at[1] & 0x80) | r->payload_type);
}
static inline void rtp_set_marked(struct rtp *r, bool is_marked)
{
    r->is_marked = is_marked;
    r->at[1] = (uint8_t)((r->at[1] & 0x7f) | (is_marked ? 0x80 : 0));
}
/* Overwrites the element's value; false: it is absent or has another length. */
bool rtp_set_extension(struct rtp *r, uint8_t id, const void *value, size_t bytes);

/* Turns a retransmission into what was sent first: the header moves up over the two bytes of the original
 * sequence number, so r->at grows by two. ERR_NOT_FOUND: it carries no packet (bandwidth probing). */
enum err rtp_unwrap_rtx(struct rtp *r, uint32_t ssrc, uint8_t payload_type) MUST_USE;

/* The payload's first bytes go: the header moves up over them. */
void rtp_cut_payload(struct rtp *r, uint16_t bytes);

struct rtp_extension {
    uint8_t id; /* 1 … 255 */
    uint8_t bytes;
    const uint8_t *at;
};
struct rtp_head {
    bool is_marked, is_padded;
    uint8_t payload_type;
    uint16_t seq;
    uint32_t timestamp, ssrc;
    uint8_t extension_count;
    struct rtp_extension extensions[RTP_EXTENSIONS_MAX];
};
/* Room for one more, or nothing happens: the header is ours, so the caller keeps to the maximum. */
void rtp_head_add(struct rtp_head *h, uint8_t id, const void *value, size_t bytes);
/* may_mix: the peer takes two-byte elements. If not, those that need them are left out. Returns the header's
 * bytes; 0: it does not fit. */
size_t rtp_write(const struct rtp_head *h, bool may_mix, uint8_t *at, size_t room);

#endif
