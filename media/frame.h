/* frame: what a packet is a part of, whatever the codec: the questions that forwarding asks. Embedded; one
 * thread. */
#ifndef MEDIA_FRAME_H
#define MEDIA_FRAME_H
#include "media/dependency.h"
#include "media/ext.h"
#include "media/vp8.h"

enum codec { CODEC_NONE, CODEC_OPUS, CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1, CODEC_COUNT };
enum codec codec_of(struct str sdp_name); /* CODEC_NONE: not one of ours */
static inline bool codec_is_video(enum codec c)
{
    return c > CODEC_OPUS;
}

struct frame {
    bool is_start, is_end; /* the first, the last packet of it (of its spatial layer) */
    bool is_key;           /* decoding can begin with this packet */
    bool is_switch_up;     /* higher temporal layers can begin here */
    bool is_unreferenced;  /* may be left out without harm to another */
    bool has_layers;
    bool has_parameters; /* H.264: parameter sets stand in this packet */
    uint8_t sid, tid;
    uint16_t width, height; /* 0: not told here */
    struct vp8 vp8;         /* of CODEC_VP8 */
};
/* values: the packet's extensions; kept: the stream's dependency structure. A padding-only packet is nothing:
 * ERR_NOT_FOUND. ERR_BAD_INPUT: the payload is none of this codec. */
enum err frame_read(enum codec codec, const struct rtp *r, const struct ext_values *values,
                    struct dependency_structure *kept, struct frame *ret_frame) MUST_USE;

#endif
