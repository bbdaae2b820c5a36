/* tcp_frame: datagrams in a byte stream: ICE-TCP's frames (RFC 4571 §2, RFC 6544 §3), and TURN's over TCP and
 * TLS (RFC 8656 §3.1, §12.5), which are STUN messages and ChannelData as they are.
 *
 *   | bytes (16) | datagram |                              ICE-TCP
 *   | 0x4000-0x4FFF (16) | bytes (16) | data | 0-3 |       ChannelData, padded to words
 *   | STUN: its length is in its header |
 *
 * Collects one frame at a time in a buffer of its own, so that a peer can make us hold 1,600 bytes and no
 * more. Embedded in the connection; one thread. */
#ifndef MEDIA_TCP_FRAME_H
#define MEDIA_TCP_FRAME_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TCP_FRAME_BYTES_MAX = 1600, TCP_FRAME_HEADER_BYTES = 2 };
enum tcp_frame_kind { TCP_FRAME_ICE, TCP_FRAME_TURN };

struct tcp_frame {
    enum tcp_frame_kind kind;
    size_t have;
    uint8_t bytes[TCP_FRAME_HEADER_BYTES + TCP_FRAME_BYTES_MAX];
};

static inline void tcp_frame_init(struct tcp_frame *f, enum tcp_frame_kind kind)
{
    f->kind = kind;
    f->have = 0;
}
/* Takes from the stream what the frame still needs; *ret_used says how much. When it is whole, *ret_at and
 * *ret_bytes are the datagram, good until the next call; *ret_at is NULL otherwise. Again until *ret_used is
 * all. ERR_BAD_INPUT: no frame of this kind, or one too long: the connection is to be closed. */
enum err tcp_frame_take(struct tcp_frame *f, const uint8_t *from, size_t bytes, size_t *ret_used,
                        uint8_t **ret_at, size_t *ret_bytes) MUST_USE;
/* The header of ICE-TCP before a datagram; two bytes. */
void tcp_frame_header(size_t bytes, uint8_t ret_header[TCP_FRAME_HEADER_BYTES]);

#endif
