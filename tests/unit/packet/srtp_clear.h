/* srtp_clear: the packets that both SRTP tests send. */
#ifndef TESTS_UNIT_PACKET_SRTP_CLEAR_H
#define TESTS_UNIT_PACKET_SRTP_CLEAR_H
#include "hex.h"
#include "media/srtp.h"

static uint8_t packet[RTP_BYTES_MAX + 64];
static struct rtp r;

/* A clear packet of the given number: header with an extension, payload by the number. */
static size_t clear_packet(uint8_t *at, uint32_t ssrc, uint32_t n, size_t payload_bytes)
{
    struct rtp_head h = {.payload_type = 96, .seq = (uint16_t)n, .timestamp = n * 90, .ssrc = ssrc};
    uint8_t level = (uint8_t)n;
    if (n % 3) rtp_head_add(&h, 1, &level, 1);
    size_t bytes = rtp_write(&h, true, at, 64);
    for (size_t i = 0; i < payload_bytes; i++)
        at[bytes++] = (uint8_t)(n + i * 3);
    return bytes;
}

static size_t sealed(struct srtp_out *out, uint32_t ssrc, uint32_t n, size_t payload_bytes)
{
    uint8_t clear[RTP_BYTES_MAX + 64];
    size_t bytes = clear_packet(clear, ssrc, n, payload_bytes), header = bytes - payload_bytes, ret = 0;
    size_t prefix = payload_bytes < n % 5 ? payload_bytes : n % 5;
    memset(packet, 0xee, sizeof packet);
    memcpy(packet, clear, header + prefix);
    CHECK_OK(srtp_out_rtp(out, packet, sizeof packet, header, prefix, clear + header + prefix,
                          payload_bytes - prefix, &ret));
    return ret;
}

static void is_clear(uint32_t ssrc, uint32_t n, size_t payload_bytes)
{
    uint8_t clear[RTP_BYTES_MAX + 64];
    size_t bytes = clear_packet(clear, ssrc, n, payload_bytes);
    CHECK_INT(r.bytes, bytes);
    CHECK(memcmp(r.at, clear, bytes) == 0);
}

#endif
