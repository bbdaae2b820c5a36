/* down_own: the inside of struct down's way out, shared by down.c, down_again.c, down_sound.c and still.c. Nobody else includes it. */
#ifndef MEDIA_DOWN_OWN_H
#define MEDIA_DOWN_OWN_H
#include "media/peer.h"

enum {
    DOWN_PAST_ROOM = 1000,  /* of sound with its past */
    DOWN_MID_TOLD_MAX = 100 /* packets: the description names the SSRC too */
};

/* What goes before the publisher's payload, and what of that payload goes. */
struct down_cut {
    uint8_t prefix[2 + VP8_DESCRIPTOR_BYTES_MAX];
    uint8_t prefix_bytes, payload_type;
    const uint8_t *body;
    size_t body_bytes;
};

static inline bool down_is_video(const struct down *d)
{
    return codec_is_video(d->up->codec);
}

/* down.c */
void down_count(struct down *d, size_t bytes, int64_t now_us); /* a packet of so much payload has gone */
/* False: it is of a frame that does not go. */
bool down_cut_payload(struct down *d, const struct packet *p, struct down_cut *c);
/* What seqmap keeps of a packet that went: of which source it is, and whether it was marked, as it has to be again. */
uint8_t down_origin(const struct down *d, bool is_marked_then);
/* One packet as it goes, and counted. */
struct down_going {
    uint16_t seq;
    uint32_t timestamp;
    bool is_marked;
};
void down_put(struct down *d, const struct down_cut *c, const struct down_going *g,
              const struct up_extensions *e, int64_t now_us);
/* Nothing of it may go, whatever the way carries: paused, muted, cut off, or not connected. */
bool down_is_shut(const struct down *d);

/* down_again.c */
/* A packet has gone: where it is of those that go twice, it is noted. */
void down_repeat_note(struct down *d, const struct packet *p, uint16_t seq, int64_t now_us);

/* down_sound.c */
/* Sound with as much of its past as its subscriber's loss asks for, written to room; else it stays as it is. */
void down_past_add(const struct down *d, const struct up_layer *l, const struct packet *p, struct down_cut *c,
                   uint8_t room[DOWN_PAST_ROOM]);
/* Sound has gone: is it the beginning of a silence? */
void down_hush_note(struct down *d, const struct packet *p, int64_t now_us);

#endif
