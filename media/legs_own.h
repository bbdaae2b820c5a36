/* legs_own: the inside of struct legs, shared by legs.c (who has a leg, and its life), legs_feed.c (what goes to the child) and legs_put.c
 * (what comes back and takes a track's place). Nobody else includes it. */
#ifndef MEDIA_LEGS_OWN_H
#define MEDIA_LEGS_OWN_H
#include "media/leg_msg.h"
#include "media/legs.h"
#include "media/peer.h"
#include "media/room.h"

enum leg_state { LEG_FREE, LEG_ASKED, LEG_MIXED, LEG_RESTS };

/* A made stream: its numbers as a publisher's would be. */
struct made {
    struct up *up; /* its downs are none's: they are in their homes' lists */
    uint16_t seq, picture_id;
    uint8_t tl0, key_index;
    uint32_t carrier; /* the track whose place it has; 0: none yet */
    bool is_on;
};

struct leg {
    enum leg_state state;
    uint8_t why; /* enum link_leg_why */
    uint32_t peer, id;
    void (*put)(void *owner, const struct codec_msg *m); /* NULL: it takes the place of tracks */
    void *put_to;
    struct made sound, picture;
    bool is_said; /* the child has been told */
    struct leg_msg is;
    unsigned size;            /* of the picture, in steps */
    int64_t key_ms;           /* when one was last asked for */
    int64_t said_ms, size_ms; /* when last told, and when the step last changed */
    unsigned mute_turns;      /* since the child last said anything of it */
    unsigned turns, heard;    /* of this second: what was due, and what came */
    unsigned good;            /* seconds in which enough came, one after the other */
    unsigned rests;           /* how often it was left, as the child fell behind */
    int64_t rest_us;          /* until then all goes out as it comes */
    struct link_leg told;
};

/* One source on its way to the child. */
struct feed {
    uint32_t track; /* 0: free */
    uint32_t id;    /* the child's number of it */
    bool is_open, is_used;
    /* of a picture */
    uint8_t layer;
    bool has_next, has_gap, waits;
    int64_t next, waits_us; /* in its layer's cache */
    /* of sound */
    uint8_t lane; /* that it is spoken on, as the child was told */
    int64_t newest_us;
};

struct legs {
    struct legs_settings settings;
    uint32_t last_id;
    bool has_said;
    struct leg each[LEGS_MAX];
    struct feed feeds[LEGS_FEEDS_MAX];
};

/* legs.c */
bool legs_say(struct legs *l, const struct codec_msg *m); /* false: the ring is full, or there is no child */
uint32_t legs_id(struct legs *l);

/* legs_feed.c */
/* The feed of that source, opened where it is not; it is used until the next turn. NULL: no room. */
struct feed *legs_feed(struct legs *l, const struct up *up);
void legs_feeds_unuse(struct legs *l);
/* Gives the child what has come, and closes what nobody uses. */
void legs_feeds_turn(struct legs *l, int64_t now_us);
void legs_feeds_forget(struct legs *l); /* the child is another, or none */

/* legs_put.c */
bool made_open(struct made *m, struct peer *p, enum codec codec); /* false: memory */
void made_close(struct made *m);
/* The peer's track that it takes the place of. NULL: it has none. */
struct down *made_carrier(const struct made *m, const struct peer *p);
/* Its tracks of that kind are as the leg has them: the carrier's source is made, all others are silent; or all are as ever. */
void made_apply(struct made *m, struct peer *p, int64_t now_us);
void made_undo(struct made *m, struct peer *p, int64_t now_us);
void made_sound_put(struct legs *l, struct leg *leg, struct peer *p, const struct codec_msg *m,
                    int64_t now_us);
void made_picture_put(struct legs *l, struct leg *leg, struct peer *p, const struct codec_msg *m,
                      int64_t now_us);
void made_turn(struct made *m, int64_t now_us);

#endif
