/* grab: a picture of a track as it is now, for the record: at the full size of its best layer, decoded and made a PNG by the codec child.
 *
 *   LOOKS   for a run of packets without a hole from the last key picture to the newest that is whole; where there is none, or the newest
 *           is older than the asking, the source is asked for a key picture. A simulcast source is told to send all its layers
 *   MADE    the run is with the child; its parts go on as they come
 *
 * Nothing of it is found within GRAB_LOOK_MS: STILL_NOTHING. A child that dies is not the track's fault: the next one gets the picture that is
 * newest then, once. What nobody may see now (muted, cut off by a private talk) is no picture. When it was taken: by the source's clock, where its sender
 * report (RFC 3550 §6.4.1) says an instant that can be: at most GRAB_WAY_MS before the picture came, and not behind it; else by ours,
 * when it came.
 *
 * Owner: control; one thread. At most GRABS_MAX at once, more are STILL_BUSY. */
#ifndef MEDIA_GRAB_H
#define MEDIA_GRAB_H
#include "media/codec_link.h"
#include "media/router.h"

enum {
    GRABS_MAX = 4,
    GRAB_LOOK_MS = 3000,
    GRAB_MAKE_MS = 6000,
    GRAB_TURN_MS = 20,
    GRAB_WAY_MS = 500,
    GRAB_AHEAD_MS = 50,
    GRAB_TRIES = 2
};

struct grabs;
struct grabs_settings {
    struct router *router;
    struct codec_link *codec;
    void (*tell)(void *owner, const struct link_msg *m); /* STILL_PART, STILL_DONE */
    void *owner;
};
struct grabs *grabs_new(const struct grabs_settings *settings) MUST_USE; /* NULL: memory */
void grabs_free(struct grabs *g);                                        /* NULL allowed; answers nobody */
void grabs_ask(struct grabs *g, const struct link_still_ask *ask, int64_t now_us);
/* While there are any: each GRAB_TURN_MS. */
void grabs_turn(struct grabs *g, int64_t now_us);
bool grabs_has(const struct grabs *g);
void grabs_heard(struct grabs *g, const struct codec_msg *m, int64_t now_us); /* of the child */
void grabs_moved(struct grabs *g, int64_t now_us); /* the child has come or gone; none of before counts */

#endif
