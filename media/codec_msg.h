/* codec_msg: what a worker and its codec child say to each other through their rings (link/ring). Pure; any thread.
 *
 *   | type 1 | codec 1 | flags 1 | status 1 | id 4 | stamp 4 | n 4 | width 2 | height 2 | body |     all in network order
 *
 *   OPEN    to the child    id, codec            a stream of pictures begins; or of sound (Opus), for mixes: then also n: the room,
 *                                                stamp: the person, width: the lane that is spoken on
 *   PACKET  to the child    id, stamp, flags, n, body   the next RTP payload of it; flags: MARKED, the last of its picture; GAP, what stood
 *                                                before it is missing; n: of sound, its sequence number
 *   STILL   to the child    id, n: a job         the newest whole picture of the stream, as a PNG
 *   CLOSE   to the child    id                   of a stream or of a leg
 *   LEG     to the child    id, body             a leg begins, or is from now on (media/mixes says what the body is)
 *   KEY     to the child    id: the leg          its next picture is to stand by itself
 *   PART    to the worker   id: the job, n: where in the file, body
 *   DONE    to the worker   id: the job, status, stamp, n: bytes of the file, width, height
 *   MIXED   to the worker   id: the leg, stamp, body   20 ms of it: Opus, or nothing where there is nothing to hear; stamp: 48 kHz
 *   COMPOSED to the worker  id: the leg, stamp, flags, body   a picture of it: VP8; MARKED: it stands by itself; stamp: 90 kHz
 *
 *   FILM    to the child    id, body             a recording begins (media/films); body: its key 32 | UTC minus the monotonic clock, microseconds 8
 *   FILM_TRACK  to the child  id, n, codec       its picture (n 1) or sound (2) comes in this codec from now on; NONE: it is gone
 *   FILM_PACKET to the child  id, codec, flags, stamp, n, body   the next RTP payload; n: when it came, UTC microseconds, the low 32 bits
 *   FILM_REPORT to the child  id, codec, stamp, n, body   the source's clock said at that stamp: UTC microseconds, 8 bytes; n: as above
 *   FILM_HOLD   to the child  id, status         nothing is taken, for this reason (enum recording_why); 0: it goes on
 *   FILM_END    to the child  id                 answered by FILM_GONE
 *   FILM_PART   to the worker id, stamp, n, body   of its file number stamp, from n on (the low 32 bits)
 *   FILM_DONE   to the worker id, stamp, n, body   that file is whole, n bytes (the low 32 bits); body: its chain
 *   FILM_GONE   to the worker id                 nothing more comes of it: it was ended, or could not go on
 *
 * What is not said is 0. A stream's number is the worker's; one that is opened twice, is not open, or is one too many is passed over, and a
 * job of it is answered NOTHING. Each job is answered by one DONE, behind its PARTs. ERR_BAD_INPUT: no message, or not one for this side:
 * the other's word is not to be trusted any more. */
#ifndef MEDIA_CODEC_MSG_H
#define MEDIA_CODEC_MSG_H
#include "link/recording.h"
#include "link/ring.h"
#include "media/frame.h"

enum {
    CODEC_HEAD_BYTES = 20,
    CODEC_BODY_BYTES_MAX = 32 * 1024,
    CODEC_FILM_BYTES = 32, /* of a film's key, and of its chain's last value */
    CODEC_STREAMS_MAX = 64,
    CODEC_LANES_MAX = 8,                     /* of a room's sound (media/mixer) */
    CODEC_STILL_BYTES_MAX = 20 * 1024 * 1024 /* of one file */
};

enum codec_msg_type {
    CODEC_OPEN = 1,
    CODEC_PACKET,
    CODEC_STILL,
    CODEC_CLOSE,
    CODEC_PART,
    CODEC_DONE,
    CODEC_LEG,
    CODEC_KEY,
    CODEC_MIXED,
    CODEC_COMPOSED,
    CODEC_FILM,
    CODEC_FILM_TRACK,
    CODEC_FILM_PACKET,
    CODEC_FILM_REPORT,
    CODEC_FILM_HOLD,
    CODEC_FILM_END,
    CODEC_FILM_PART,
    CODEC_FILM_DONE,
    CODEC_FILM_GONE,
    CODEC_MSG_TYPES
};
enum codec_msg_flag { CODEC_MARKED = 1, CODEC_GAP = 2 };
enum codec_msg_status {
    CODEC_MADE = 1,
    CODEC_NOTHING,     /* no picture came out of what was given */
    CODEC_UNSUPPORTED, /* of this codec there is no decoder here */
    CODEC_TOO_LARGE,
    CODEC_FAILED, /* memory */
    CODEC_STATUSES
};

struct codec_msg {
    uint8_t type, codec, flags, status;
    uint32_t id, stamp, n;
    uint16_t width, height;
    const uint8_t *body;
    size_t body_bytes;
};

/* Puts it into a ring whole. A value out of its range is a bug of the sender. */
enum err codec_msg_put(struct ring *r, const struct codec_msg *m) MUST_USE;
enum err codec_msg_read(const uint8_t *bytes, size_t n, enum ring_side to,
                        struct codec_msg *ret_msg) MUST_USE;

#endif
