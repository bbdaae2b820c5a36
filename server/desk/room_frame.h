/* room_frame: a client's frame about calls (docs/PROTOCOL §10.2) as a struct. Pure; any thread. Texts point into the JSON. */
#ifndef DESK_ROOM_FRAME_H
#define DESK_ROOM_FRAME_H
#include "base/err.h"
#include "base/json.h"

#define ROOM_FRAME_TRACKS_MAX 64
#define ROOM_FRAME_CUT_MAX 64
#define ROOM_SDP_BYTES_MAX 49152
#define ROOM_MID_BYTES_MAX 32
#define ROOM_NAME_BYTES_MAX 60

enum room_frame_kind {
    ROOM_FRAME_JOIN,
    ROOM_FRAME_OFFER,
    ROOM_FRAME_MUTE,
    ROOM_FRAME_WANT,
    ROOM_FRAME_RECODE,
    ROOM_FRAME_PRIVATE,
    ROOM_FRAME_KICK,
    ROOM_FRAME_LEAVE,
    ROOM_FRAME_END,
    ROOM_FRAME_KINDS
};

/* What a track shows; the first is taken where nothing is said. */
enum room_label {
    ROOM_LABEL_UNSAID,
    ROOM_LABEL_MICROPHONE,
    ROOM_LABEL_CAMERA,
    ROOM_LABEL_SCREEN,
    ROOM_LABEL_SCREEN_AUDIO,
    ROOM_LABEL_EXAM,
    ROOM_LABEL_IMAGING,
    ROOM_LABELS
};
const char *room_label_name(enum room_label label); /* "camera" */

struct room_frame_track {
    struct str mid, name;  /* OFFER */
    enum room_label label; /* OFFER up */
    uint32_t track;        /* OFFER down, WANT */
    bool is_paused, is_pinned;
    uint16_t width, height;
};

struct room_frame {
    enum room_frame_kind kind;
    struct str room, token, resume; /* JOIN: one of token and resume */
    int64_t n;                      /* OFFER */
    bool is_up, is_fresh;
    struct str sdp;
    int tracks_n;
    struct room_frame_track tracks[ROOM_FRAME_TRACKS_MAX];
    uint32_t track, participant; /* MUTE, RECODE; KICK */
    bool is_on;                  /* MUTE: muted; PRIVATE */
    int cut_n;
    uint32_t cut[ROOM_FRAME_CUT_MAX];
};

/* "call.…": then it is ours to read. */
bool room_frame_is(struct str type);
/* The frame's type as it is spoken; never NULL. */
const char *room_frame_name(enum room_frame_kind kind);
enum err room_frame_read(const struct json *v, struct room_frame *ret) MUST_USE; /* ERR_BAD_INPUT */

#endif
