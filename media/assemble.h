/* assemble: RTP payloads, in order, become what a decoder takes: a whole picture (an access unit). VP8 (RFC 7741): the pieces without
 * their descriptors. VP9 (RFC 9628): likewise, all spatial layers of a picture behind each other, as libvpx takes a superframe. H.264 (RFC
 * 6184): NAL units behind start codes; single ones, STAP-A and FU-A.
 *
 * A picture ends with the marker bit; one whose marked packet is missing is left out, and so is what follows a gap, up to the next picture
 * that can be decoded by itself. One owner, one thread; hostile input. */
#ifndef MEDIA_ASSEMBLE_H
#define MEDIA_ASSEMBLE_H
#include "base/buf.h"
#include "media/frame.h"

enum { ASSEMBLE_BYTES_MAX = 4 << 20 }; /* of one picture; more is left out */

struct assemble {
    enum codec codec;
    struct buf picture;
    uint32_t stamp;
    bool has_stamp, is_key, is_broken; /* of the picture that is being put together */
    bool is_running;                   /* a key picture was whole, and nothing has been missed since */
    bool is_in_pieces;                 /* a NAL unit is under way (FU-A) */
};

struct assemble_unit {
    const uint8_t *at; /* in the assembler's memory, until the next call */
    size_t bytes;
    uint32_t stamp;
    bool is_key;
};

void assemble_init(struct assemble *a, enum codec codec);
void assemble_done(struct assemble *a);
/* The next payload, is_after_gap: something before it is missing. True: a picture is whole by it. Short of memory it leaves pictures out. */
bool assemble_payload(struct assemble *a, const uint8_t *payload, size_t bytes, uint32_t stamp,
                      bool is_marked, bool is_after_gap, struct assemble_unit *ret_unit);

#endif
