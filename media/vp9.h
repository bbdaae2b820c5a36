/* vp9: the descriptor before each piece of VP9 (RFC 9628 §4.2).
 *
 *    0 1 2 3 4 5 6 7
 *   |I|P|L|F|B|E|V|Z|   P: inter-predicted, B, E: begins, ends a layer's frame, Z: no reference
 *   |M| PictureID   |   if I; 15 bits if M
 *   | TID |U| SID |D|   if L; U: up-switching point, D: refers to the lower spatial layer
 *   |   TL0PICIDX   |   if L and not F
 *   | P_DIFF    |N| |   if P and F, up to three
 *   | N_S |Y|G| RSV |   if V: the scalability structure: sizes if Y, picture group if G
 *
 * Embedded; any thread. ERR_BAD_INPUT: cut off. */
#ifndef MEDIA_VP9_H
#define MEDIA_VP9_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VP9_SPATIAL_MAX = 8 };
struct vp9 {
    bool is_start, is_end; /* of a layer's frame */
    bool is_key;           /* begins a picture that refers to no other: decoding can start here */
    bool is_inter, has_picture_id, is_long, has_layers, is_flexible, is_switch_up, is_inter_layer,
        is_unreferenced;
    uint16_t picture_id;
    uint8_t tid, sid, tl0;
    uint8_t descriptor_bytes;
    uint8_t spatial_count; /* of the structure; 0: none here */
    bool has_sizes;
    uint16_t width[VP9_SPATIAL_MAX], height[VP9_SPATIAL_MAX];
};
enum err vp9_parse(const uint8_t *payload, size_t bytes, struct vp9 *ret_vp9) MUST_USE;
/* What a key frame of profile 0 says of its size (VP9 bitstream specification §6.2); untouched where it says none. */
void vp9_key_size(const uint8_t *frame, size_t bytes, uint16_t *ret_width, uint16_t *ret_height);

#endif
