/* codec: the codec child's work: streams come in as RTP payloads, and stills are made of them. It knows messages (media/codec_msg) and no
 * process: what it says goes through one function, which may wait until there is room. One thread.
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
unsigned codec_streams(const struct codec_works *c); /* that are open */

#endif
