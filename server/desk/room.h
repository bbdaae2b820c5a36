/* room: who is in which room now, what each sends and gets, and on which worker the room lives (docs/PROTOCOL §10). It decides; it
 * has no thread, no socket and no store: what happens comes in by calls, what is to be done goes out by struct rooms_ports, at once.
 * Owned and called by one thread (desk/calls).
 *
 *   a participant            enter    lost                back     20 s    leave, kick, revoked, session over
 *   absent                   here     –                   (*)      –       –
 *   here                     –        away                here     –       gone
 *   away                     here(**) –                   here     gone    gone
 *   (*)  in the first minute after a start: here, under the number it had
 *   (**) the same session coming in again without its resume text is the same participant; another session of the same account is a new
 *        one, and the one that is away is gone
 *
 * Everybody in a room is told of everybody else; there is no way in that is not announced. A room lives on one worker, the one
 * with the fewest peers. When that dies the room moves to the one that is up next, and browsers are told to offer anew
 * (call.renew); sources and viewers are gone, as they cannot be told. Media, and what a description says, are
 * the worker's: nothing here reads SDP. */
#ifndef DESK_ROOM_H
#define DESK_ROOM_H
#include "auth/role.h"
#include "base/buf.h"
#include "base/clock.h"
#include "desk/room_frame.h"
#include "desk/room_token.h"
#include "link/msg.h"
#include "link/recording.h"

#define ROOM_PARTICIPANTS_MAX 1024
#define ROOM_TRACKS_MAX 16 /* of one participant */
#define ROOM_AWAY_MS 20000
#define ROOM_BACK_MS 60000   /* after a start */
#define ROOM_ANSWER_MS 5000  /* a worker's time for an answer */
#define ROOM_TRACKS_MS 10000 /* after a renewal, until a track that is not offered again is gone */
#define ROOM_STEER_MS 30000  /* since it was last moved, until nobody steers a camera any more */
#define ROOM_DISPLAY_BYTES 256
#define ROOM_FROM_BYTES 46
#define ROOM_SESSION_TEXT STR_BASE64_BYTES(24)

struct room_client { /* a WebSocket; serial 0: none */
    uint32_t slot;
    uint64_t serial;
};

/* A row for the trail (rule 24). Texts live as long as the call. */
struct room_trace {
    const char
        *action; /* "call.join", "call.leave", "call.kick", "call.private", "call.end", "room.open", … */
    const char *account, *from;
    struct role_set roles;
    char target[8 + ROOM_ID_MAX]; /* "room/ID" */
    char detail[192];             /* a JSON object of codes and numbers */
};

/* The answer to a WHIP or WHEP request. Texts live as long as the call. */
struct room_answer {
    int status;
    const char *code;                                    /* of an error */
    struct str why;                                      /* of an error: the worker's words, or empty */
    struct str body;                                     /* a description or a fragment, or empty */
    const char *session;                                 /* of 201 and 406: the last part of Location */
    const char *etag;                                    /* or NULL */
    int retry_after_s;                                   /* 0: none */
    const char *ice_url, *ice_username, *ice_credential; /* or NULL */
};

/* A picture of a track, made by its worker. Texts live as long as the call; the file's memory goes to whoever takes it (buf_done). */
struct room_grab {
    const char *
        code; /* NULL: it is there; else what the api answers: "not_in_call", "no_track", "still_no_picture", "still_codec",
                         "still_busy", "too_large" */
    struct buf file; /* PNG */
    uint16_t width, height;
    struct instant at;
    bool is_by_source; /* at: by the source's clock; else ours, when it came */
    uint32_t track, participant;
    const char *account;      /* whose track it is; "": a device's */
    const char *source;       /* the device's name in its path; "": a person's */
    const char *label, *name; /* of the track: room_label_name, and what its owner calls it */
};

/* Of a recording, on its way to the disk (desk/reel). Texts live as long as the call. */
struct room_film_said {
    enum room_film_kind {
        ROOM_FILM_BEGUN,   /* film, recording, account, source, participant */
        ROOM_FILM_PART,    /* film, part, offset, bytes: of its file of that number, one behind the other */
        ROOM_FILM_DONE,    /* film, part, offset: its length, bytes: its chain; that file is whole */
        ROOM_FILM_GONE,    /* film: nothing more comes of it */
        ROOM_FILM_SPEAKER, /* recording, account, participant: who speaks from now on */
        ROOM_FILM_DRAWING, /* recording, account, participant, on: who begins to draw, and on what */
        ROOM_FILM_OVER     /* recording: all have left, or another has begun */
    } kind;
    uint32_t film, part, participant;
    int64_t offset;
    struct str bytes;
    const char *recording, *account, *source;
    struct room_film_on {
        const char *account, *source, *record; /* a person's picture, a device's, one of the record */
    } on;
};

/* How somebody's line was. LOST: its connection of media did not stand. */
enum call_grade { CALL_GOOD, CALL_FAIR, CALL_POOR, CALL_LOST, CALL_GRADES };
const char *call_grade_text(enum call_grade grade); /* "good", … */
#define ROOM_MINUTE_MS 60000

/* One way of a line in a minute, looked at every two seconds: sums, so that two parts of a minute add up. */
struct room_minute {
    uint32_t looks, grades[CALL_GRADES]; /* how often each grade was seen */
    uint32_t loss_sum, loss_worst;       /* of 1,000 packets; LOST counts for nothing here */
    uint32_t rtt_worst_ms, kbps_sum;
};
struct room_line_minute {
    const char *visit, *account, *source; /* source: the device's name; "": a person */
    bool is_up;                           /* from the participant to here */
    struct instant at;                    /* its beginning */
    struct room_minute minute;
};

struct rooms_ports {
    void *ctx;
    void (*send)(void *ctx, int worker, const struct link_msg *m);
    void (*tell)(void *ctx, struct room_client to, struct str frame);
    void (*trace)(void *ctx, const struct room_trace *t);
    void (*answer)(void *ctx, void *asker, const struct room_answer *a);
    void (*grabbed)(void *ctx, void *asker, struct room_grab *g);
    void (*film)(void *ctx, const struct room_film_said *f);
    /* Of a consultation's room; texts live as long as the call. */
    void (*quality)(void *ctx, const struct room_line_minute *m);
};

struct rooms_settings {
    int workers;
    uint32_t rooms_max, peers_max; /* of one worker */
    char turn_host[120];           /* where browsers find TURN over TLS; empty: nowhere */
    uint16_t turn_port;
    char endpoint[ROOM_DISPLAY_BYTES]; /* what the site's room system is called; empty: there is none */
    uint8_t key[ROOM_KEY_BYTES];       /* of the tokens */
};

struct rooms;
struct rooms *rooms_new(const struct rooms_settings *settings, const struct rooms_ports *ports,
                        struct tick now) MUST_USE;
void rooms_free(struct rooms *r); /* says nothing to anybody */
void rooms_end(struct rooms *r);  /* answers whoever awaits a worker: it will not come */
/* The server goes down: all leave, the rooms close at their workers, and nobody is let in any more. Nothing is told but in the
 * trail: a browser hears it by its WebSocket's end (1012) and comes back by its resume text, a source by its connection's. */
void rooms_drain(struct rooms *r, struct tick now);

/* -- workers -- */
void rooms_worker_up(struct rooms *r, int worker, struct tick now);
void rooms_worker_down(struct rooms *r, int worker, struct tick now);
void rooms_heard(struct rooms *r, int worker, const struct link_msg *m, struct tick now);

/* -- people -- */
struct room_entrance { /* somebody whom the book lets in */
    struct room_client client;
    const char *room, *title, *account, *session, *display, *from;
    struct role_set roles;
    bool is_host;
    uint32_t participant, epoch; /* by a resume text; 0: by a token */
    const char *visit;           /* whose consultation the room is; NULL: nobody's */
    struct str chat;             /* an array of the lines that are kept and may be read; at NULL: none */
};
/* Answered by call.joined or call.refused. */
void rooms_enter(struct rooms *r, const struct room_entrance *e, struct tick now, struct instant wall);
/* Whether a resume text may still open the door: asked before the book is. */
bool rooms_may_come_back(const struct rooms *r, const struct room_token *t, struct tick now);
bool rooms_is_in(const struct rooms *r, struct room_client client);
/* Somebody's act that must stand in the trail before it is done: then it is to be taken once the row is durable. */
bool rooms_must_trace(const struct rooms *r, struct room_client client, const struct room_frame *f,
                      struct room_trace *ret_trace);
void rooms_take(struct rooms *r, struct room_client client, const struct room_frame *f, struct tick now,
                struct instant wall);
void rooms_refuse(struct rooms *r, struct room_client client, const struct room_frame *f, const char *code);

/* A line of chat, before it is told. Of a consultation's room it is kept first (desk/room_chat). */
struct room_line {
    char room[ROOM_ID_MAX + 1], visit[ROOM_REF_BYTES_MAX + 1]; /* visit empty: kept nowhere */
    char account[IDENT_TEXT], session[IDENT_TEXT], display[ROOM_DISPLAY_BYTES], from[ROOM_FROM_BYTES];
    struct role_set roles;
    uint32_t by;
    int cut_n; /* whom a private talk keeps it from, by account */
    char cut[ROOM_FRAME_CUT_MAX][IDENT_TEXT];
};
/* NULL: it may be said; otherwise the refusal's code. */
const char *rooms_line(struct rooms *r, struct room_client client, struct tick now,
                       struct room_line *ret_line);
/* To all but those whom it is kept from, then or now; also when who said it is gone by now. id: of the record; NULL: not kept. */
void rooms_say(struct rooms *r, const struct room_line *line, const char *id, struct str text,
               struct instant at);
/* The WebSocket is gone; is_over: with the session, so that nobody comes back by it. */
void rooms_lost(struct rooms *r, struct room_client client, bool is_over, struct tick now);
/* No longer a member; account NULL: the room is closed for good. */
/* Whoever came from outside, and viewers by a token, go: the patient's consent stands no more. The clinic and its sources stay. */
void rooms_clear(struct rooms *r, const char *id, struct tick now);
void rooms_revoke(struct rooms *r, const char *id, const char *account, struct tick now);

/* -- WHIP sources and WHEP viewers -- */
struct room_post {
    void *asker;
    bool is_whep;
    const char *room, *title, *source, *from;
    const char *pass;    /* its token's id */
    struct instant ends; /* of its token */
    struct str sdp;
};
/* Who posts is in the room from the moment its offer is answered. */
void rooms_post(struct rooms *r, const struct room_post *p, struct tick now, struct instant wall);
/* The id of the token by which somebody came, of the room that this client is in; empty: none. */
const char *rooms_pass_of(const struct rooms *r, struct room_client client, uint32_t participant);
/* Whoever came by that token goes. */
void rooms_void(struct rooms *r, const char *pass, struct tick now);
/* A session's request: the room, the source and the session's text must be one another's; NULL where none is. */
bool rooms_has_session(const struct rooms *r, const char *room, const char *source, struct str session,
                       bool is_whep);
void rooms_patch(struct rooms *r, struct str session, struct str fragment, struct str if_match, void *asker,
                 struct tick now);
void rooms_accept(struct rooms *r, struct str session, struct str sdp, void *asker, struct tick now);
void rooms_delete(struct rooms *r, struct str session, void *asker, struct tick now);
bool rooms_has_source(const struct rooms *r, const char *id, const char *source); /* one that is live */

/* -- the box beside a source's camera -- */
struct room_box_ask {
    void *asker;
    const char *room, *source;
    const char *pass; /* its token's id, which must be the source's own */
};
/* Where its camera stands, and along what it moves; -1: not along that. Answered before it returns. */
void rooms_box_stands(struct rooms *r, const struct room_box_ask *b, const int16_t axes[ROOM_AXES],
                      struct tick now);
/* Answered with the next move, or with those after that number (NULL: from now on); with none after a while. */
void rooms_box_wait(struct rooms *r, const struct room_box_ask *b, const uint32_t *after, struct tick now);

/* -- stills -- */
#define ROOM_GRABS_MAX 4 /* at once, of all rooms: each may be megabytes */
struct room_grab_ask {
    void *asker;
    const char *room, *visit, *account;
    uint32_t track;
};
/* Of a track in this visit's room, for somebody who is in it, as it may be seen there. Answered once (ports.grabbed), perhaps before it
 * returns. */
void rooms_grab(struct rooms *r, const struct room_grab_ask *ask, struct tick now);

/* -- recordings -- */
#define ROOM_FILMS_MAX 256 /* of all rooms */
#define ROOM_RECORDING_KEY_BYTES 32
#define ROOM_RECORDING_ID_TEXT 40
struct room_recording_start {
    const char *room, *visit, *id;
    uint8_t key[ROOM_RECORDING_KEY_BYTES];
    struct instant at;
};
/* The visit's room is recorded from now on, or goes on being. It ends with the room. */
void rooms_record(struct rooms *r, const struct room_recording_start *start);
/* why: enum recording_why. What was withdrawn goes on by rooms_record alone. */
void rooms_record_hold(struct rooms *r, const char *id, uint8_t why);

/* -- time -- */
void rooms_turn(struct rooms *r, struct tick now, struct instant wall);
int64_t rooms_wait_ms(const struct rooms *r); /* until the next turn; < 0: nothing to wait for */

struct rooms_counts {
    int rooms, participants, tracks, peers;
};
void rooms_count(const struct rooms *r, struct rooms_counts *ret);
/* Participants whose line has been poor, or away, for twenty seconds. */
/* A film lost something on its way to the disk: its file ends there, all in the room are told, and another begins a little later. */
void rooms_film_lost(struct rooms *r, uint32_t film, struct tick now);
int rooms_lossy(const struct rooms *r); /* rooms whose recording loses something */
int rooms_weak(const struct rooms *r);
/* People there, or just lost: of the clinic (and the patient), and from outside. */
void rooms_count_sides(struct rooms *r, const char *id, int *ret_inside, int *ret_outside);
int rooms_present(const struct rooms *r, const char *id);
bool rooms_is_private(const struct rooms *r, const char *id); /* a talk that keeps somebody away is on */

#endif
