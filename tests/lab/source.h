/* source: an encoder's place in tests of the router: frames of one track whose packets say in their payload which frame they
 * are of and which frame that one refers to, so that a viewer can tell what can be decoded (tests/lab/viewer). It keeps
 * its packets and answers NACK, PLI and FIR as a browser does. Packets leave by the function that the test gives.
 *
 *   behind the codec's own descriptor:  | 'Y' 'q' | layer | sid | tid | is_key | index | count | picture 4 | refers to 4 | */
#ifndef TESTS_LAB_SOURCE_H
#define TESTS_LAB_SOURCE_H
#include "media/frame.h"
#include "media/rtcp.h"

enum {
    SOURCE_MARK_BYTES = 16,
    SOURCE_LAYERS_MAX = 3,
    SOURCE_KEPT = 512,
    SOURCE_BODY_BYTES = 200,
    SOURCE_SOUND_BYTES_MAX = 200
};

struct source_mark {
    uint8_t layer, sid, tid, is_key, index, count;
    uint32_t picture, refers_to;
};
/* False: the payload (of a packet as it arrives) has none. */
bool source_mark_read(enum codec codec, const struct rtp *r, struct source_mark *ret_mark);

struct source_layer {
    uint32_t ssrc, rtx_ssrc, stamp_offset;
    uint16_t seq, rtx_seq, picture_id;
    uint8_t tl0, key_index;
    uint32_t picture, latest[4]; /* the latest picture of temporal layer n or below */
    unsigned step;               /* in the pattern of temporal layers */
    bool wants_key, is_off;
    unsigned keys_asked, nacks_heard, keys_sent;
    uint32_t packets, octets;
    struct source_kept {
        uint16_t seq, bytes, payload_at;
        bool is_kept;
        uint8_t at[400];
    } kept[SOURCE_KEPT];
};

struct source {
    uint32_t peer;
    enum codec codec;
    uint8_t payload_type, rtx_payload_type; /* rtx 0: retransmissions go on the stream itself */
    const char *mid;
    const char *rids[SOURCE_LAYERS_MAX];
    unsigned layer_count, sids, tids; /* sids > 1: VP9's spatial layers in the one stream */
    uint32_t clock_hz;
    bool is_long_id, is_mixed, has_twcc, tells_ssrc_only; /* ssrc_only: neither mid nor rid in the packets */
    uint8_t level;                                        /* of audio */
    uint8_t sound_bytes;                                  /* of 20 ms of it; 0: few */
    uint16_t *transport_seq;                              /* shared by the peer's sources */
    void (*send)(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes);
    void *owner;
    struct source_layer layers[SOURCE_LAYERS_MAX];
};

void source_init(struct source *s, uint32_t peer, enum codec codec, const char *mid, uint32_t ssrc);
/* The next picture of a layer, so many packets a spatial layer; a key frame when asked to or when one is wanted. */
void source_picture(struct source *s, unsigned layer, bool is_key, unsigned packets, int64_t now_us);
void source_sound(struct source *s, int64_t now_us); /* 20 ms of audio; s->layers[0].picture counts them */
void source_padding(struct source *s, unsigned layer, int64_t now_us); /* a packet of padding alone */
void source_report(struct source *s, uint64_t ntp, int64_t now_us);    /* sender reports of all its layers */
void source_rtcp(struct source *s, const uint8_t *at, size_t bytes);   /* what the router asks for */

#endif
