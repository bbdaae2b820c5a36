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
#define ROOM_FRAME_POINTS_MAX 64 /* of a stroke, in one frame */
#define ROOM_UNIT 10000          /* a picture's width, and its height, where somebody points */
#define ROOM_CHAT_BYTES_MAX 2000
#define ROOM_REF_BYTES_MAX 80 /* an id of the record, a UID, a UID with its frame */
#define ROOM_CODE_BYTES_MAX 20
#define ROOM_LANGUAGE_BYTES_MAX 8

enum room_frame_kind {
    ROOM_FRAME_JOIN,
    ROOM_FRAME_OFFER,
    ROOM_FRAME_MUTE,
    ROOM_FRAME_WANT,
    ROOM_FRAME_RECODE,
    ROOM_FRAME_SAVE,
    ROOM_FRAME_LANE,
    ROOM_FRAME_PTZ,
    ROOM_FRAME_PRIVATE,
    ROOM_FRAME_KICK,
    ROOM_FRAME_LEAVE,
    ROOM_FRAME_END,
    ROOM_FRAME_ENDPOINT,
    ROOM_FRAME_VIEW,
    ROOM_FRAME_POINT,
    ROOM_FRAME_DRAW,
    ROOM_FRAME_ERASE,
    ROOM_FRAME_CHAT,
    ROOM_FRAME_STEER,
    ROOM_FRAME_MOVE,
    ROOM_FRAME_LIGHT,
    ROOM_FRAME_STILL,
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

enum room_axis { ROOM_PAN, ROOM_TILT, ROOM_ZOOM, ROOM_AXES };
const char *room_axis_name(enum room_axis axis); /* "pan" */

struct room_frame_track {
    struct str mid, name;  /* OFFER */
    enum room_label label; /* OFFER up */
    uint32_t track;        /* OFFER down, WANT */
    bool is_paused, is_pinned;
    uint16_t width, height;
};

/* What somebody shows all: a DICOM study at one of its images, or a document's picture. Integers, so that all show the same:
 * window in hundredths of a value, zoom in thousandths of "fits", pan in ROOM_UNITs of the picture that fits. */
struct room_frame_view {
    struct str study, series, instance, document; /* study or document */
    int32_t frame;                                /* 1 … */
    bool has_window, is_inverted;
    int32_t center, width, zoom, pan_x, pan_y;
};

/* On what: a track, or a picture of the record; neither: on nothing. */
struct room_frame_target {
    uint32_t track;
    struct str record;
};

struct room_frame_point {
    uint16_t x, y; /* 0 … ROOM_UNIT */
};

struct room_frame {
    enum room_frame_kind kind;
    struct str room, token, resume; /* JOIN: one of token and resume */
    int64_t n;                      /* OFFER */
    bool is_up, is_fresh;
    struct str sdp;
    int tracks_n;
    struct room_frame_track tracks[ROOM_FRAME_TRACKS_MAX];
    uint32_t track, participant; /* MUTE, RECODE, PTZ, STEER, MOVE, LIGHT, STILL (asked); KICK */
    bool
        is_on; /* MUTE: muted; PRIVATE, SAVE, STEER, ENDPOINT; LIGHT: more; VIEW: takes the lead; ERASE: everybody's */
    int16_t axes[ROOM_AXES];  /* PTZ, MOVE; -1: not said */
    struct str hears, speaks; /* LANE; empty: the floor */
    int cut_n;
    uint32_t cut[ROOM_FRAME_CUT_MAX];
    bool has_view; /* VIEW: without, who leads stops showing */
    struct room_frame_view view;
    struct room_frame_target target; /* POINT, DRAW, ERASE */
    uint32_t stroke;                 /* DRAW: the client's number of it */
    bool is_end, is_fading;
    int points_n; /* POINT: 0 or 1 */
    struct room_frame_point points[ROOM_FRAME_POINTS_MAX];
    struct str text;     /* CHAT */
    uint32_t still;      /* STILL: answered; 0: asked */
    struct str document; /* STILL: taken, it is this; empty: failed */
    struct str code;     /* STILL: why it failed */
};

/* "call.…": then it is ours to read. */
bool room_frame_is(struct str type);
/* The frame's type as it is spoken; never NULL. */
const char *room_frame_name(enum room_frame_kind kind);
/* "axes" of an object; what is not named is -1. False: something else. */
bool room_axes_read(const struct json *v, int16_t ret_axes[ROOM_AXES]);
enum err room_frame_read(const struct json *v, struct room_frame *ret) MUST_USE; /* ERR_BAD_INPUT */

#endif
