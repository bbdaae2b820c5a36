/* webm: one source as a Matroska file (RFC 9559, EBML RFC 8794), written while it happens: one track of pictures, one of sound, or both.
 * VP8, VP9 and Opus make it WebM; with H.264 it is Matroska. A player reads it at any moment: the segment's size is unknown, and each cluster is whole.
 *
 *   HEAD        EBML | Segment | Void | Info | Tracks             once, at the first frame; HEAD_BYTES long
 *   CLUSTER     Timestamp, SimpleBlocks: a second at most         each a piece
 *   CUES        where the clusters with a key picture begin       at the end
 *   HEAD_AGAIN  as HEAD, and now with the length and where the cues are: to be read instead of HEAD
 *
 * Pieces go to the sink in order; the file is HEAD, CLUSTERs, CUES. Frames come in the order of their instants, track by track. One owner, one thread.
 * Errors: the sink's; ERR_NOMEM; ERR_LIMIT: the file is longer than it may be. After an error nothing more is taken. */
#ifndef MEDIA_WEBM_H
#define MEDIA_WEBM_H
#include "base/clock.h"
#include "base/str.h"
#include "media/frame.h"

enum {
    WEBM_CLUSTER_MS = 1000,
    WEBM_CLUSTER_BYTES_MAX = 8 << 20, /* a frame that would make it longer begins the next */
    WEBM_CUES_MAX = 8192,             /* beyond: every other one is left out */
    WEBM_HEAD_BYTES = 1024
};
#define WEBM_MS_MAX (24LL * 3600 * 1000)

enum webm_piece { WEBM_HEAD, WEBM_CLUSTER, WEBM_CUES, WEBM_HEAD_AGAIN };
enum webm_track { WEBM_PICTURE = 1, WEBM_SOUND = 2 }; /* the numbers in the file */

struct webm_settings {
    enum codec picture, sound; /* CODEC_NONE: no such track; sound: CODEC_OPUS */
    uint16_t width, height;    /* of the first picture */
    struct str parameters;     /* H.264: the first key picture, which holds SPS and PPS; only for the call */
    struct instant started;    /* of the frame at 0 ms, by the trusted clock */
    enum err (*put)(void *ctx, enum webm_piece piece, const void *at, size_t bytes);
    void *ctx;
};

struct webm;
/* Says HEAD. ERR_BAD_INPUT: H.264 without parameter sets, or a codec that has no place here. */
enum err webm_new(const struct webm_settings *settings, struct webm **ret_webm) MUST_USE;
void webm_free(struct webm *w); /* NULL allowed; says nothing */
/* A picture as assemble makes it, or an Opus packet. at_ms: since `started`; before the track's last it is taken as that. */
enum err webm_frame(struct webm *w, enum webm_track track, int64_t at_ms, bool is_key, const uint8_t *at,
                    size_t bytes) MUST_USE;
/* The cluster ends that began WEBM_CLUSTER_MS before, though nothing comes. */
enum err webm_turn(struct webm *w, int64_t now_ms) MUST_USE;
/* The last cluster, CUES and HEAD_AGAIN; then only webm_free. length_ms: of the whole. */
enum err webm_end(struct webm *w, int64_t length_ms) MUST_USE;
int64_t webm_bytes(const struct webm *w); /* of the file so far, without what is gathered */

#endif
