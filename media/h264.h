/* h264: what an RTP payload of H.264 holds (RFC 6184 §5), enough to find where decoding can begin.
 *
 *   |F|NRI| type |   1-23: one NAL unit; 24: STAP-A, | bytes (16) | NAL | …; 28: FU-A, |S|E|R| type | a piece
 *
 * Any thread. ERR_BAD_INPUT: cut off, or a packetization of mode 2 (nobody offers it). */
#ifndef MEDIA_H264_H
#define MEDIA_H264_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct h264 {
    bool is_start; /* not the middle or end of a NAL unit in pieces */
    bool has_idr, has_sps, has_pps;
    bool is_key;       /* begins with parameters or an IDR slice: FFmpeg and browsers put SPS and PPS first */
    uint8_t reference; /* the highest NRI; 0: nothing refers to it */
    uint16_t width, height; /* from the SPS; 0: not told here, or one that we do not read */
};
enum err h264_parse(const uint8_t *payload, size_t bytes, struct h264 *ret_h264) MUST_USE;

#endif
