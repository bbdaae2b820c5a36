/* down_own: the inside of struct down's way out, shared by down.c and down_sound.c. Nobody else includes it. */
#ifndef MEDIA_DOWN_OWN_H
#define MEDIA_DOWN_OWN_H
#include "media/peer.h"

enum { DOWN_PAST_ROOM = 1000 }; /* of sound with its past */

/* What goes before the publisher's payload, and what of that payload goes. */
struct down_cut {
    uint8_t prefix[2 + VP8_DESCRIPTOR_BYTES_MAX];
    uint8_t prefix_bytes, payload_type;
    const uint8_t *body;
    size_t body_bytes;
};

/* down.c */
void down_count(struct down *d, size_t bytes, int64_t now_us); /* a packet of so much payload has gone */

/* down_sound.c */
/* Sound with as much of its past as its subscriber's loss asks for, written to room; else it stays as it is. */
void down_past_add(const struct down *d, const struct up_layer *l, const struct packet *p, struct down_cut *c,
                   uint8_t room[DOWN_PAST_ROOM]);
/* Sound has gone: is it the beginning of a silence? */
void down_hush_note(struct down *d, const struct packet *p, int64_t now_us);

#endif
