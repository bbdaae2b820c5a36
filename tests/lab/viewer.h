/* viewer: who watches one track, in tests of the router: puts packets in order, asks for what is missing, and walks what
 * came as a decoder would. What a router may never do shows as a word in viewer_fault.
 *
 *   - a sequence number is used once, for one packet, and there is none that never comes (no loss on the way)
 *   - packets of one frame share a timestamp, later frames have later ones, no frame has two
 *   - VP8: PictureID goes up by one with each frame, TL0PICIDX with each of the base layer, both without a jump back
 *   - a frame whose packets are all there, with no gap before it since the last key frame, has what it refers to
 *   - the marker ends each picture */
#ifndef TESTS_LAB_VIEWER_H
#define TESTS_LAB_VIEWER_H
#include "tests/lab/source.h"

enum { VIEWER_PACKETS_MAX = 40000 };

struct viewer_packet {
    bool is_here, is_marked, has_mark, is_padding, is_resent;
    uint32_t timestamp, fingerprint;
    struct source_mark mark;
    struct vp8 vp8;
    int64_t at_us;
};

struct viewer {
    uint32_t peer, ssrc, rtx_ssrc;
    uint8_t rtx_payload_type;
    enum codec codec;
    bool asks; /* NACK and PLI are sent */
    int64_t first, began,
        newest; /* sequence numbers, unwrapped; first: some before the one that came first */
    bool is_started;
    unsigned count, resent, repeated, keys_asked, nacks_sent;
    int64_t asked_us, reported_us, first_us;
    void (*send)(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes);
    void *owner;
    struct viewer_packet packets[VIEWER_PACKETS_MAX]; /* by seq - first */
    uint32_t sr_middle;                               /* of the last sender report */
    int64_t sr_us;
    const char *fault;
    char fault_text[200];
};

struct viewer_sum {
    unsigned frames, keys, broken, gaps;
    unsigned of_layer[SOURCE_LAYERS_MAX], of_sid[4], of_tid[4];
    uint32_t last_picture;
    unsigned last_layer;
};

/* Its SSRCs are found in the answer (or offer) that the router wrote for a section. False: none. */
bool viewer_init(struct viewer *v, uint32_t peer, enum codec codec, const char *sdp, const char *mid);
void viewer_rtp(struct viewer *v, const uint8_t *at, size_t bytes, int64_t now_us);
void viewer_rtcp(struct viewer *v, const uint8_t *at, size_t bytes, int64_t now_us);
void viewer_turn(struct viewer *v,
                 int64_t now_us); /* NACK after 30 ms, again after 80; reports each second */
void viewer_ask_key(struct viewer *v);
/* Walks all that came. may_have_gaps: what never came on the way up need not be here. */
void viewer_walk(struct viewer *v, bool may_have_gaps, struct viewer_sum *ret_sum);

#endif
