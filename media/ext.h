/* ext: the header extensions that we know by their URI, the ids that a peer connection gave them, and their
 * values. Embedded; one thread at a time. Unknown extensions, and values of the wrong length, are passed
 * over: an extension is never a reason to lose a packet. */
#ifndef MEDIA_EXT_H
#define MEDIA_EXT_H
#include "media/rtp.h"

enum ext_kind {
    EXT_NONE,
    EXT_MID,              /* RFC 9143 */
    EXT_RID,              /* RFC 8852 */
    EXT_REPAIRED_RID,     /* RFC 8852 */
    EXT_AUDIO_LEVEL,      /* RFC 6464: | V | level(7) | in -dBov */
    EXT_ABS_SEND_TIME,    /* 24 bits, 6.18 s */
    EXT_TRANSPORT_SEQ,    /* draft-holmer-rmcat-transport-wide-cc-extensions-01: 16 bits */
    EXT_TIME_OFFSET,      /* RFC 5450: 24 bits, signed */
    EXT_ORIENTATION,      /* 3GPP TS 26.114: one byte */
    EXT_PLAYOUT_DELAY,    /* | min(12) | max(12) | in 10 ms */
    EXT_DEPENDENCY,       /* AV1 RTP specification, appendix A (media/av1) */
    EXT_CONTENT_TYPE,     /* one byte; 1 is a screen */
    EXT_VIDEO_TIMING,     /* 13 bytes, forwarded */
    EXT_COLOR_SPACE,      /* 4 or 28 bytes, forwarded */
    EXT_ABS_CAPTURE_TIME, /* 8 or 16 bytes, forwarded */
    EXT_LAYER_ALLOCATION,
    EXT_KINDS
};

/* EXT_NONE: not one of ours. */
enum ext_kind ext_of_uri(struct str uri);
const char *ext_uri(enum ext_kind kind); /* "" for EXT_NONE */

struct ext_map {
    uint8_t id_of[EXT_KINDS]; /* 0: not negotiated */
    uint8_t kind_of[256];
};
void ext_map_init(struct ext_map *m);
/* False: the id is not 1-14 or 16-255, or it stands for another kind already (RFC 8843 §11: one map a
 * bundle). */
bool ext_map_add(struct ext_map *m, enum ext_kind kind, unsigned id);

struct ext_values {
    uint32_t has; /* bit n: the value of kind n is there */
    struct str mid, rid, repaired_rid, dependency;
    uint16_t transport_seq;
    uint32_t abs_send_time;
    uint8_t level; /* 0 loud … 127 silent */
    bool is_voice;
    uint8_t orientation, content_type;
    uint16_t playout_min, playout_max;
};
static inline bool ext_has(const struct ext_values *v, enum ext_kind kind)
{
    return v->has >> kind & 1;
}
/* The texts point into the packet. */
void ext_read(const struct ext_map *m, const struct rtp *r, struct ext_values *ret_values);
/* A value as it stands in the packet. */
bool ext_find(const struct ext_map *m, const struct rtp *r, enum ext_kind kind, struct str *ret_value);

/* The 24 bits of a time, which wrap each 64 seconds. */
static inline uint32_t ext_abs_send_time(uint64_t us)
{
    return (uint32_t)(((us % 64000000u) << 18) / 1000000u) & 0xffffff;
}

#endif
