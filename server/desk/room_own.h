/* room_own: the inside of struct rooms, shared by room.c (rooms and their time), room_person.c (people), room_act.c (what they do),
 * room_media.c (workers, peers), room_track.c, room_endpoint.c, room_lane.c, room_leg.c, room_steer.c, room_source.c (WHIP, WHEP) and room_write.c (frames). Nobody else includes it. */
#ifndef DESK_ROOM_OWN_H
#define DESK_ROOM_OWN_H
#include "base/list.h"
#include "base/map.h"
#include "desk/room.h"

enum { UP, DOWN, WAYS };
enum participant_kind { PERSON, SOURCE, VIEWER, ENDPOINT };
enum { ROOM_INKS = 8, ROOM_STILLS_MAX = 8, ROOM_LANES = LINK_LANES - 1 };

struct label {
    char mid[ROOM_MID_BYTES_MAX + 1], name[ROOM_NAME_BYTES_MAX + 1];
    enum room_label label;
};

struct room_peer {
    uint32_t number;  /* 0: none */
    uint32_t request; /* of the offer under way; 0: none */
    int64_t n;        /* the client's number of it */
    struct tick asked;
    uint8_t state; /* enum link_peer_state; 0: none yet */
    bool is_new;   /* never answered yet */
    int labels_n;
    struct label *labels; /* of the last offer; UP */
    bool has_quality;
    uint16_t loss; /* of 1,000 packets its way */
    uint32_t rtt_ms, bps;
};

struct room_track {
    struct list item; /* in room.tracks */
    uint32_t id, worker_track;
    struct participant *by;
    uint8_t kind, codec;
    struct label label;
    bool is_muted, is_live;  /* live: the worker has it */
    struct tick gone_at;     /* while it is not */
    uint8_t layers;          /* of it that are watched, as its owner was last told; 0: not yet */
    bool is_thin;            /* and whether it is to be thin for those who watch it over a narrow way */
    int16_t axes[ROOM_AXES]; /* where its camera stands, in ROOM_UNITs of each axis's way; -1: it has none */
    uint32_t steers;         /* who moves it; 0: nobody */
    struct tick steered_at;  /* when last */
    struct instant steer_ends; /* when that is over, as is told */
    uint32_t moves;
    struct tick recoded_at; /* when its owner was last asked for another codec; 0: never */
};

/* So much a second, and a little in store. */
struct room_rate {
    struct tick at;
    int32_t thousandths; /* of one, in store */
};

struct participant {
    struct list item; /* in room.participants */
    struct room *room;
    enum participant_kind kind;
    uint32_t id, epoch;
    char account[IDENT_TEXT], session[IDENT_TEXT], display[ROOM_DISPLAY_BYTES], from[ROOM_FROM_BYTES];
    struct role_set roles;
    bool is_host, is_cut, was_cut; /* was: before the talk that is being begun or changed */
    bool saves_data;               /* as he wishes: one sound and one picture of all others */
    struct link_leg leg;           /* what he gets so, by the worker's tracks; why 0: all as it comes */
    char hears[ROOM_LANGUAGE_BYTES_MAX + 1], speaks[ROOM_LANGUAGE_BYTES_MAX + 1]; /* empty: the floor */
    uint8_t ink;          /* in which colour of ROOM_INKS it points and draws */
    struct room_drawing { /* the one that was last marked in the recording; at 0: none */
        struct tick at;   /* of its newest stroke */
        uint32_t track;   /* or record */
        char record[ROOM_REF_BYTES_MAX + 1];
    } drawing;
    struct room_rate rates[ROOM_FRAME_KINDS];
    bool
        is_unheard; /* none of its connections of media has been heard of for a while, nor has it said anything since */
    struct room_client client;
    struct tick away_at;
    struct instant since;
    struct room_peer peers[WAYS];
    struct room_minute minutes[WAYS]; /* the one under way */
    int weak_looks[WAYS];             /* in a row */
    bool had_quality[WAYS];           /* there was a connection of media: without one the line is lost */
    /* SOURCE, VIEWER; of an ENDPOINT some */
    char source[ROOM_ID_MAX + 1], secret[ROOM_SESSION_TEXT], etag[24], pass[IDENT_TEXT];
    void *asker; /* awaits the worker */
    enum { ASKS_POST, ASKS_COUNTER, ASKS_PATCH, ASKS_ACCEPT } asks;
    bool is_announced, awaits_accept;
    struct tick asked, accept_until;
    struct instant ends;
    struct room_box {            /* SOURCE: what its box is to do with the camera, and who waits for that */
        int16_t axes[ROOM_AXES]; /* as last wished; -1: as it is */
        uint32_t n;              /* moves so far */
        void *asker;
        struct tick asked;
    } box;
};

/* What all are shown by who leads; by 0: nothing. Its numbers are room_frame_view's. */
struct room_view {
    uint32_t by;
    bool is_private; /* begun in a private talk, and over with it */
    struct room_frame_view at;
    char study[ROOM_REF_BYTES_MAX + 1], series[ROOM_REF_BYTES_MAX + 1], instance[ROOM_REF_BYTES_MAX + 1],
        document[ROOM_REF_BYTES_MAX + 1];
};

/* A stroke that stays until it is erased, under the name of who drew it, who may be gone. */
struct room_stroke {
    struct list item; /* in room.strokes */
    uint32_t by, number;
    uint8_t ink;
    char name[ROOM_DISPLAY_BYTES], record[ROOM_REF_BYTES_MAX + 1];
    uint32_t track; /* or record */
    bool is_private, is_ended;
    int count, places;
    struct room_frame_point *points;
};

/* A still that was asked for and is not answered yet. */
struct room_still {
    uint32_t number, by, track, owner; /* 0: none */
    struct tick asked;
};

/* One picture and its sound, being recorded; number 0: a free place. */
struct room_film {
    uint32_t number, room, participant; /* room: its number on that worker */
    int worker;
    uint32_t picture, sound; /* tracks of the room; 0: none */
    bool is_sent, is_ending;
    uint32_t sent[2]; /* what the worker was told */
    uint8_t sent_held;
};

struct room_recording {
    bool is_on;
    uint8_t held; /* enum recording_why; a private talk holds it besides */
    char id[ROOM_RECORDING_ID_TEXT];
    uint8_t key[ROOM_RECORDING_KEY_BYTES];
    struct instant since;
    uint32_t speaker; /* as last told */
    bool is_waiting;  /* with another film, after a loss */
    bool is_lossy;    /* something was lost of late, and all were told; another film waits or was begun */
    struct tick lost_at;
};

struct room {
    struct list item; /* in rooms.all */
    char id[ROOM_ID_MAX + 1], title[ROOM_DISPLAY_BYTES];
    char visit[ROOM_REF_BYTES_MAX + 1]; /* whose consultation it is; empty: nobody's */
    struct room_view view;
    struct list strokes;
    int strokes_n, points_n;
    struct room_still stills[ROOM_STILLS_MAX];
    uint32_t number; /* on its worker */
    int worker;      /* -1: none is up */
    struct list participants, tracks;
    int count;
    char lanes[ROOM_LANES]
              [ROOM_LANGUAGE_BYTES_MAX + 1]; /* by number less one; empty, or used by nobody: free */
    bool is_private, is_ending;
    uint32_t private_by, speaker;
    struct instant private_since;
    struct tick quality_at;
    struct room_recording recording;
    struct instant minute; /* in which its lines are looked at */
};

struct room_worker {
    bool is_up;
    uint32_t rooms, peers;
};

/* TURN over TLS, which the first worker ends for all. Its credentials outlive it. */
struct room_turn {
    char url[160]; /* "turns:host:443?transport=tcp"; empty: none */
    char username[LINK_CREDENTIAL_BYTES_MAX + 1], credential[LINK_CREDENTIAL_BYTES_MAX + 1];
    struct tick ask_at; /* when to ask again */
};

/* A still that a worker is making; request 0: none. */
struct room_grabbing {
    uint32_t request, track, participant;
    int worker;
    void *asker;
    struct tick asked;
    struct buf file;
    char account[IDENT_TEXT], source[ROOM_ID_MAX + 1];
    struct label label;
};

struct rooms {
    struct rooms_settings settings;
    struct rooms_ports ports;
    struct tick started;
    struct list all;
    struct map *by_id, *by_client, *by_peer; /* room, participant, participant */
    struct room_worker workers[LINK_INDEX_MAX + 1];
    struct room_turn turn;
    struct room_grabbing grabs[ROOM_GRABS_MAX];
    struct room_film films[ROOM_FILMS_MAX];
    int recordings;
    uint32_t next_film;
    uint32_t next_room, next_peer, next_request, next_track, next_still;
    int participants, tracks;
    bool is_draining;
};

/* room.c */
struct room *room_find(const struct rooms *r, const char *id);
struct room *room_open(struct rooms *r, const char *id, const char *title,
                       struct tick now); /* NULL: memory */
void room_close_if_empty(struct rooms *r, struct room *room);
void room_keep(char *to, size_t room, const char *from); /* cut to what fits, not in a character */
void room_keep_whole(char *to, struct str from);         /* of a frame: its reader saw to it that it fits */
void room_private_end(struct rooms *r, struct room *room);
void room_private_check(struct rooms *r,
                        struct room *room); /* it ends with who began it or was the last cut */
void room_end(struct rooms *r, struct room *room, const char *ended, struct tick now);
void room_trace(struct rooms *r, const char *action, const struct room *room, const struct participant *p,
                const char *detail);
void room_send_private(struct rooms *r, struct room *room);

/* room_person.c */
struct participant *participant_new(struct rooms *r, struct room *room, enum participant_kind kind,
                                    uint32_t id);
void participant_free(struct rooms *r, struct participant *p);
struct participant *participant_find(const struct room *room, uint32_t id);
struct participant *participant_of(const struct rooms *r, struct room_client c); /* NULL: in no room */
/* Out of the room, its peers closed, everybody told; why as call.gone has it. p is freed. */
void participant_leave(struct rooms *r, struct participant *p, const char *why, struct tick now);
/* The same, for whoever is told first that it is over. */
void participant_put_out(struct rooms *r, struct participant *p, const char *ended, const char *gone,
                         struct tick now);
void participant_unplug(struct rooms *r, struct participant *p); /* from its WebSocket */

/* room_view.c */
bool may_show(const struct participant *p); /* pictures of the record: whose work it is */
/* Whether it is still within the rate of its kind. */
bool rate_take(struct participant *p, enum room_frame_kind kind, struct tick now);
void view_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void view_end(struct rooms *r, struct room *room); /* nothing where nothing is shown */
void view_of_gone(struct rooms *r, struct room *room, uint32_t participant);

/* room_draw.c */
void point_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void draw_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void erase_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void strokes_of_track_gone(struct room *room, uint32_t track);
void strokes_of_talk_gone(struct room *room); /* what was drawn in a private talk */
void strokes_free(struct room *room);

/* room_still.c */
void still_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void stills_turn(struct rooms *r, struct room *room, struct tick now);

/* room_media.c */
int worker_choose(const struct rooms *r); /* -1: none is up; -2: all are full */
void room_place(struct rooms *r, struct room *room, int worker);
void peer_close(struct rooms *r, struct participant *p, int way);
void peer_offer(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
/* It has said something. */
void participant_is_heard(struct rooms *r, struct participant *p);
/* 0: full. A number, known to by_peer. */
uint32_t peer_number(struct rooms *r, struct participant *p);
void media_turn(struct rooms *r, struct room *room, struct tick now);
void workers_turn(struct rooms *r, struct tick now);
struct room *room_by_number(const struct rooms *r, int worker, uint32_t number);
void room_send(struct rooms *r, const struct room *room,
               const struct link_msg *m); /* nothing where its worker is down */

/* room_track.c */
bool tracks_label(struct room_peer *peer,
                  const struct room_frame *f); /* what the offer calls them; false: no memory */
void track_hold(struct room_track *t,
                struct tick now); /* the worker has it no more; it stays for the others */
void tracks_hold(struct participant *p, struct tick now);
void tracks_settle(struct rooms *r, struct participant *p); /* what a new connection does not offer goes */
void track_heard(struct rooms *r, int worker, const struct link_track *l);
void track_unheard(struct rooms *r, int worker, const struct link_track_gone *l, struct tick now);
void track_wanted(struct rooms *r, int worker, const struct link_wanted *l);
void tracks_watch(struct rooms *r, struct participant *p, const struct room_frame *f);
void track_mute(struct rooms *r, struct participant *p, const struct room_frame *f);
void track_recode(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);
void track_free(struct rooms *r, struct room *room, struct room_track *t, bool is_told);
struct room_track *track_find(const struct room *room, uint32_t id);
struct room_track *track_of_worker(const struct room *room, uint32_t number); /* one that lives; NULL: none */

/* room_leg.c */
void leg_take(struct rooms *r, struct participant *p, const struct room_frame *f);
void leg_of_new_peer(struct rooms *r, struct participant *p); /* its down peer was made */
void leg_heard(struct rooms *r, struct participant *p, const struct link_leg *l);

/* room_endpoint.c */
const char *endpoint_why_not(const struct rooms *r, const struct participant *p, const struct room_frame *f);
void endpoint_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now,
                   struct instant wall); /* once it may be */
void endpoint_turn(struct rooms *r, struct room *room, struct tick now);

/* room_lane.c */
void lane_take(struct rooms *r, struct participant *p, const struct room_frame *f);
void lane_of_new_peer(struct rooms *r, const struct participant *p, int way); /* it was made */

/* room_steer.c */
/* Of PTZ, STEER, MOVE. NULL: it may be; otherwise the refusal's code. */
const char *steer_why_not(const struct participant *p, const struct room_frame *f);
void steer_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now,
                struct instant wall); /* once it may be */
/* Of a source: its box says where the camera stands. */
void steer_stands(struct rooms *r, struct room_track *t, const int16_t axes[ROOM_AXES]);
void axes_none(struct room_track *t);
void steer_of_track_gone(struct rooms *r, struct room_track *t); /* says nothing */
void steer_of_gone(struct rooms *r, struct room *room, uint32_t participant);
void steers_of_talk(struct rooms *r, struct room *room); /* a private talk began or changed */
void steers_turn(struct rooms *r, struct room *room, struct tick now);

/* room_box.c */
void room_box_take(
    struct participant *source); /* somebody else has its camera now: what was wished before is over */
void room_box_move(struct rooms *r, struct participant *source, const int16_t axes[ROOM_AXES]);
void room_box_turn(struct rooms *r, struct participant *source, struct tick now);
void room_box_gone(struct rooms *r, struct participant *source); /* whoever waits is told */

/* room_light.c */
void light_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now);

/* room_source.c */
struct participant *source_find(const struct rooms *r, const char *room, const char *source); /* NULL: none */
void source_answered(struct rooms *r, struct participant *p, const struct link_answer *l, struct tick now);
void source_fail(struct rooms *r, struct participant *p, int status, const char *code);
void source_turn(struct rooms *r, struct participant *p, struct tick now, struct instant wall,
                 bool *ret_gone);

/* A frame being written. */
struct room_out {
    struct buf text;
    struct json_out out;
};
struct json_out *frame_begin(struct room_out *f, const char *type);
bool frame_is_whole(struct room_out *f); /* closes it; false: no memory */
void frame_end_to(struct rooms *r, struct room_out *f, struct room_client to);
void frame_end_to_all(struct rooms *r, struct room_out *f, const struct room *room,
                      const struct participant *but);
/* To those who are not cut off from the room; records: to those who may be shown the record, alone. */
enum room_whom { WHOM_ALL, WHOM_RECORDS, WHOM_OTHERS };
void frame_end_to_open(struct rooms *r, struct room_out *f, const struct room *room, enum room_whom whom,
                       const struct participant *but);

void put_axes(struct json_out *o, const char *key, const int16_t axes[ROOM_AXES]); /* those that are said */

/* room_write_look.c */
/* "view" and "drawings" as p may have them, into an open object. */
void put_look(struct json_out *o, const struct participant *p);
void tell_look(struct rooms *r, const struct participant *p);
/* is_new: somebody else leads, or nobody; then who leads is told too, and those who are shown no record are. */
void tell_view(struct rooms *r, const struct room *room, bool is_new);
void tell_point(struct rooms *r, const struct participant *p, const struct room_frame *f);
void tell_draw(struct rooms *r, const struct participant *p, const struct room_frame *f);
void tell_erase(struct rooms *r, const struct participant *p, const struct room_frame *f);
void tell_still(struct rooms *r, const struct room *room, const struct room_still *s, const char *state,
                struct str document, struct str code);

/* room_grab.c */
void grab_part(struct rooms *r, int worker, const struct link_still_part *p);
void grab_done(struct rooms *r, int worker, const struct link_still_done *d);
void grabs_lose(struct rooms *r, int worker); /* it will not answer any more; -1: none will */
void grabs_turn(struct rooms *r, struct tick now);

/* room_film.c */
void films_turn(struct rooms *r, struct tick now);
void films_settle(struct rooms *r); /* what is recorded follows what is there; cheap where nothing is */
void films_worker_gone(struct rooms *r, int worker);
void films_room_gone(struct rooms *r, struct room *room); /* before it is closed at its worker */
void film_heard(struct rooms *r, int worker, const struct link_msg *m);
/* p has drawn: it is marked in what is recorded, once a drawing. */
void film_drawn(struct rooms *r, struct participant *p, const struct room_frame_target *on, struct tick now);

/* room_write.c: frames, written and told. to NULL: everybody in the room who has a WebSocket. */
void tell_joined(struct rooms *r, struct participant *p, struct str chat, struct instant wall);
void tell_participant(struct rooms *r, const struct participant *p); /* to all others */
void tell_changed(struct rooms *r, const struct participant *p);     /* to himself as well */
void tell_gone(struct rooms *r, const struct room *room, uint32_t id, const char *why);
/* is_again: the worker has made it anew, and who gets it must ask for it anew. */
void tell_track(struct rooms *r, const struct room_track *t, bool is_again);
void tell_untrack(struct rooms *r, const struct room *room, uint32_t id);
void tell_recode(struct rooms *r, const struct room_track *t); /* to its owner */
/* To whose camera it is: where p wishes it to stand; -1: as it is. */
void tell_move(struct rooms *r, const struct room_track *t, const struct participant *p,
               const int16_t axes[ROOM_AXES]);
/* To all who are not cut off. */
void tell_light(struct rooms *r, const struct room_track *t, const struct participant *p, bool is_more);
void tell_leg(struct rooms *r, const struct participant *p);  /* to himself */
void tell_layer(struct rooms *r, const struct room_track *t); /* what is watched of it, to its owner */
void tell_answer(struct rooms *r, const struct participant *p, int way, int64_t n, struct str sdp);
void tell_refused(struct rooms *r, struct room_client to, const char *of, int64_t n, const char *code,
                  struct str detail);
void tell_peer(struct rooms *r, const struct participant *p, int way, uint8_t state);
void tell_renew(struct rooms *r, const struct room *room);
void tell_speaker(struct rooms *r, const struct room *room);
void tell_quality(struct rooms *r, const struct room *room);

/* room_quality.c */
enum call_grade room_grade(const struct room_peer *peer);
void quality_look(struct room *room);                                               /* every QUALITY_MS */
void quality_minute(struct rooms *r, struct room *room, struct instant wall);       /* tells what is over */
void quality_tell(struct rooms *r, const struct room *room, struct participant *p); /* before somebody goes */
void tell_private(struct rooms *r, const struct room *room);
void tell_recording(struct rooms *r, const struct room *room);
void tell_ended(struct rooms *r, struct room_client to, const char *why);

#endif
