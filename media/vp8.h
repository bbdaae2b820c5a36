/* vp8: the descriptor before each piece of VP8 (RFC 7741 §4.2), what it says of frames and layers, and the
 * descriptor that a subscriber gets, whose counts go on without a gap when layers are left out or the source
 * changes.
 *
 *    0 1 2 3 4 5 6 7
 *   |X|R|N|S|R| PID |   N: no reference, S: a partition begins
 *   |I|L|T|K| RSV   |   if X
 *   |M| PictureID   |   if I; 15 bits in two bytes if M
 *   |   TL0PICIDX   |   if L
 *   |TID|Y| KEYIDX  |   if T or K; Y: refers to the base layer only
 *   |Size0|H| VER |P|   the payload: P = 0 is a key frame; behind three bytes 9d 01 2a, width, height
 *
 * Embedded; one thread. ERR_BAD_INPUT: cut off. */
#ifndef MEDIA_VP8_H
#define MEDIA_VP8_H
#include "base/err.h"
#include "media/seq.h"
#include <stddef.h>

enum { VP8_DESCRIPTOR_BYTES_MAX = 6, VP8_FRAMES_KEPT = 128 };

struct vp8 {
    bool is_start; /* of the frame: S, and the first partition */
    bool is_key;   /* known at the start only */
    bool is_unreferenced;
    bool has_picture_id, is_long, has_tl0, has_tid, has_key_index, is_sync;
    uint16_t picture_id;
    uint8_t tl0, tid, key_index;
    uint8_t descriptor_bytes;
    uint16_t width, height; /* of a key frame; 0: not told here */
};
enum err vp8_parse(const uint8_t *payload, size_t bytes, struct vp8 *ret_vp8) MUST_USE;

/* The counts of one subscriber's stream. Per frame of the source, by its picture id: which id it got, or that
 * it was dropped; ids of frames that have not come yet are kept free for them. */
struct vp8_out {
    bool is_started, is_switching;
    int64_t newest; /* the source's picture id, unwrapped */
    int64_t offset; /* ours = theirs - offset, from the newest on */
    uint8_t tl0_offset, key_offset;
    uint8_t last_tl0, last_key_index; /* ours, for the next source to go on from */
    int64_t last_id;
    struct vp8_frame {
        int64_t theirs, ours; /* ours < 0: dropped */
    } frames[VP8_FRAMES_KEPT];
};
void vp8_out_init(struct vp8_out *o);
/* The next packet comes from another source (or after a pause): its counts continue ours. */
void vp8_out_switch(struct vp8_out *o);
/* The frame of this packet is left out. Every packet of it that comes is told. */
void vp8_out_drop(struct vp8_out *o, const struct vp8 *v);
/* The descriptor's bytes as they go out, as many as came in. ERR_DENIED: a packet of a frame that was
 * dropped, or one from before the switch or too old to know. */
enum err vp8_out_forward(struct vp8_out *o, const struct vp8 *v, const uint8_t *payload,
                         uint8_t ret_descriptor[VP8_DESCRIPTOR_BYTES_MAX]) MUST_USE;

#endif
