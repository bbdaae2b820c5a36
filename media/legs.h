/* legs: participants who get one mixed sound and one composed picture of all others, as they wish to save data or their way carries little
 * (media/frugal). The codec child makes both (media/mixes); here the sources are fed to it, and what comes back takes the place of two of the
 * peer's tracks: the same connection, the same sections, another source (media/down: home and up). The others of its tracks are silent
 * meanwhile (LINK_HELD_MIX).
 *
 *   ASKED   all goes out as it comes; the child is asked for, or makes the first of it
 *   MIXED   its sound is mixed, and its picture composed from the first that stands by itself on
 *   RESTS   all goes out as it comes: the child fell behind. It is tried again after LEGS_REST_S, each time twice that up to LEGS_REST_MOST_S
 *
 * A child that dies costs the mix: all goes out as it comes at once, and ASKED begins again. One that lives but says nothing for
 * LEGS_MUTE_MS, or less than LEGS_ENOUGH_PERCENT of a second, does too. So nobody's call hangs on it. A source that is muted or cut off is not fed. A picture is put together of those that he watches, the pinned and then who speaks first, where one of his
 * tracks is of VP8; else his pictures are forwarded.
 *
 * Owner: control; one thread. At most LEGS_MAX and LEGS_FEEDS_MAX sources at once; who is beyond has what he had. */
#ifndef MEDIA_LEGS_H
#define MEDIA_LEGS_H
#include "media/codec_link.h"
#include "media/router.h"

enum {
    LEGS_MAX = 16,
    LEGS_FEEDS_MAX = 64,
    LEGS_TURN_MS = 20,
    LEGS_MUTE_MS = 500,
    LEGS_ENOUGH_PERCENT = 80, /* what Opus' own concealment still carries */
    LEGS_REST_S = 10,
    LEGS_REST_MOST_S = 80
};

struct legs;
struct legs_settings {
    struct router *router;
    struct codec_link *codec;
    struct pool *packets;                                /* media/packet */
    void (*tell)(void *owner, const struct link_msg *m); /* LEG */
    void *owner;
};
struct legs *legs_new(const struct legs_settings *settings) MUST_USE; /* NULL: memory */
void legs_free(struct legs *l);                                       /* NULL allowed; before the router */
void legs_wish(struct legs *l, uint32_t peer, uint8_t why);           /* enum link_leg_why */
/* The sound of all others for a peer that has no tracks down (media/endpoint), until the peer is gone: each 20 ms to this function, but
 * while it is cut off. Where there is no room for it, nothing comes. */
void legs_feed_to(struct legs *l, uint32_t peer, void (*put)(void *owner, const struct codec_msg *m),
                  void *owner);
bool legs_has(const struct legs *l);
/* While there are any: each LEGS_TURN_MS. */
void legs_turn(struct legs *l, int64_t now_us);
void legs_heard(struct legs *l, const struct codec_msg *m, int64_t now_us); /* MIXED, COMPOSED */
void legs_moved(struct legs *l, int64_t now_us); /* the child has come or gone; none of before counts */

#endif
