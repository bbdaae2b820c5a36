/* room: those who meet: their peers, who of them speaks, and who is cut off while a private talk lasts. Owner: the
 * router; one thread. */
#ifndef MEDIA_ROOM_H
#define MEDIA_ROOM_H
#include "media/level.h"
#include "media/peer.h"

enum {
    ROOM_SPEAKERS_MAX = 64,
    ROOM_SPEAKER_EVERY_MS = 100,
    ROOM_QUALITY_EVERY_MS = 2000, /* at multiples of a tenth of it: who is told, is told of many at once */
    ROOM_GRID_MS = 50 /* what can wait is done at its multiples, so that the worker wakes once for many */
};

struct router;

struct room {
    struct router *router;
    uint32_t id;
    struct list in_router;
    struct list peers; /* struct peer, by in_room */
    unsigned peer_count;
    uint16_t private_count; /* participants who are cut off */
    uint32_t privates[LINK_PARTICIPANTS_MAX];
    struct speaker speaker; /* by track */
    int64_t speaker_ms;     /* when it is due */
    int64_t due_ms;         /* before this there is nothing for room_turn */
};

struct room *room_new(struct router *router, uint32_t id) MUST_USE; /* NULL: out of memory */
void room_free(struct room *r);                                     /* its peers must be gone */
void room_add(struct room *r, struct peer *p);
void room_remove(struct room *r, struct peer *p); /* the peer is not freed */
/* These are cut off from now on, all others are not. */
void room_private(struct room *r, const uint32_t *participants, uint16_t count, int64_t now_us);
/* Looks who speaks, and lets the peers do what is due. */
void room_turn(struct room *r, int64_t now_us);
void room_is_due(struct room *r, int64_t at_ms);
/* The wall clock of reports: it never jumps. */
uint64_t room_ntp(const struct room *r, int64_t now_us);

#endif
