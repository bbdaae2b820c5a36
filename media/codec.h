/* codec: the codec child's work: streams come in as RTP payloads, and stills and mixes (media/mixes) are made of them. It knows messages
 * (media/codec_msg) and no process: what it says goes through one function, which may wait until there is room. One thread.
 *
 * Streams are decoded as they come, so that what is asked of them is there at once. Maxima: CODEC_STREAMS_MAX. */
#ifndef MEDIA_CODEC_H
#define MEDIA_CODEC_H
#include "media/codec_msg.h"

struct codec_port {
    /* Not OK: nobody listens any more; the job is given up. */
    enum err (*say)(void *ctx, const struct codec_msg *m);
    void *ctx;
};

struct codec_works;
struct codec_works *codec_new(const struct codec_port *port) MUST_USE; /* NULL: memory */
void codec_free(struct codec_works *c);                                /* NULL allowed */
/* A message for the child (codec_msg_read). The port's error, else OK. */
enum err codec_take(struct codec_works *c, const struct codec_msg *m) MUST_USE;
/* Makes what is due by the clock; ret_due_us: when it is to be called next, INT64_MAX: not by itself. The port's error. */
enum err codec_turn(struct codec_works *c, int64_t now_us, int64_t *ret_due_us) MUST_USE;
unsigned codec_streams(const struct codec_works *c); /* of pictures, that are open */

#endif
