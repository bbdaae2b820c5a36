/* msg: every message between yunqiaod ("server") and yunqiao-media ("worker"), as a struct and as bytes.
 * Pure; any thread.
 *
 * One message is one SOCK_SEQPACKET datagram. All integers are little-endian and unsigned unless said
 * otherwise, fields follow each other without gaps, and a message is exactly as long as its type and its counts say:
 *
 *      0       1       2       3       4       5       6       7       8
 *      +-------+-------+-------+-------+-------+-------+-------+-------+----- - -
 *      |  'Y'  |  'q'  |     type      |          body_bytes           | body
 *      +-------+-------+-------+-------+-------+-------+-------+-------+----- - -
 *
 *   HELLO   worker  | version 2 | index 2 | pid 4 | landlock 1 |
 *                   landlock: the ABI that the kernel offers, 0: none
 *   CONFIG  server  | version 2 | index 2 | bind 19 | announce 19 | rooms_max 4 | peers_max 4 |
 *                   | buffer_bytes 4 | stats_ms 4 | turn 19 | workers 2 | turn_secret |
 *                   turn: where TURN over TLS listens, for all workers of the site, this one being the first;
 *                   family 0: nowhere. turn_secret: of its passwords, 32 bytes in base64url, so that they
 *                   outlive the worker; empty: a fresh one
 *                   | endpoint 19 | endpoint_from 19 | endpoint_type 1 | endpoint_keys |   a room system by plain RTP (media/endpoint)
 *   READY   worker  | bound 19 | no_new_privileges 1 | seccomp 1 | landlock 1 |
 *                   what the sandbox really holds
 *   PING    server  | tick_ms 8 |   the server's own monotonic count; the worker gives it back unread
 *   PONG    worker  | tick_ms 8 |
 *   STATS   worker  | rss_bytes 8 | cpu_ms 8 | rooms 4 | peers 4 | packets_in 8 | packets_out 8 |
 *                   | bytes_in 8 | bytes_out 8 | packets_dropped 8 |   counts since the worker's start
 *   DRAIN   server  | wait_ms 4 |   take no new room; end with the last one, at the latest after wait_ms
 *   BYE     either  | reason 2 |    the last message of a side
 *
 *   ROOM_OPEN    server | room 4 |
 *   ROOM_CLOSE   server | room 4 |   all its peers go
 *   ROOM_PRIVATE server | room 4 | participants |   a private talk: these neither send to nor get from anybody; none: it is over
 *   PEER_OFFER   server | room 4 | participant 4 | peer 4 | request 4 | kind 1 | sdp | binds |
 *                         makes the peer, or renegotiates one that lives; answered by PEER_ANSWER with our answer.
 *                         binds, for DOWN and WHEP: which section (by mid) carries which track; a section that
 *                         is not named is inactive. An empty mid: the first section of the track's kind that is free
 *   PEER_COUNTER server | room 4 | participant 4 | peer 4 | request 4 | binds |
 *                         WHEP's other way round: makes the peer; PEER_ANSWER brings our offer
 *   PEER_ACCEPT  server | peer 4 | request 4 | sdp |   the client's answer to it; PEER_ANSWER without a text
 *   PEER_PATCH   server | peer 4 | request 4 | may_restart 1 | sdp |   a trickle-ice-sdpfrag (RFC 9725 §4.3): with new
 *                         credentials an ICE restart, and PEER_ANSWER brings our fragment; else it brings no text.
 *                         may_restart 0: such a one is refused (PRECONDITION), as its ETag says so
 *   PEER_CLOSE   server | peer 4 |
 *   TRACK_WATCH  server | peer 4 | track 4 | is_paused 1 | priority 1 | width 2 | height 2 |   of a track that a down peer gets
 *   TRACK_MUTE   server | track 4 | is_muted 1 |   of an up peer's track, for all: nothing of it is forwarded
 *   CERTIFICATE  server | chain | key |   PEM, for TURN over TLS: after READY, and again when it is renewed
 *   ICE_ASK      server | request 4 | lifetime_s 4 |
 *   ICE_GRANT    worker | request 4 | username | password |   for TURN over TLS; empty: this worker has none
 *
 *   PEER_ANSWER  worker | peer 4 | request 4 | status 1 | sdp | why |
 *   PEER_STATE   worker | peer 4 | state 1 |
 *   TRACK_ADDED  worker | room 4 | participant 4 | peer 4 | track 4 | kind 1 | codec 1 | layers 1 | mid |
 *   TRACK_GONE   worker | room 4 | participant 4 | peer 4 | track 4 |
 *   SPEAKER      worker | room 4 | participant 4 | track 4 |   0, 0: nobody any more
 *   TRACK_WANTED worker | room 4 | track 4 | layers 1 | thin 1 |   of its simulcast layers the lowest so many are watched, or would be;
 *                thin: whoever gets the lowest (or the sound) has a way too narrow for it
 *   CODEC_ASK    worker |        |   a codec child is wanted (media/codec_main); answered by three CODEC_GIVE, or by CODEC_GONE
 *   CODEC_GIVE   server | part 1 |   with a descriptor: the memory of the rings (link/ring), the child's bell, the worker's bell, in this order
 *   CODEC_GONE   server |        |   it has ended, or could not be started; the next CODEC_ASK gets another
 *   STILL_ASK    server | request 4 | track 4 |   the picture of this moment, at the full size of the best layer, as a PNG
 *   STILL_PART   worker | request 4 | offset 4 | bytes |   of the file, one behind the other; offset 0: it begins (anew)
 *   STILL_DONE   worker | request 4 | status 1 | clock 1 | bytes 4 | width 2 | height 2 | at_ms 8 |   once for each STILL_ASK, behind its parts.
 *                         at_ms: when it was taken, by clock; of DONE. All others: 0
 *   PEER_SAVE    server | peer 4 | is_on 1 |   a down peer's participant wishes to save data: one mixed sound and one composed picture of all
 *   PEER_LANE    server | peer 4 | lane 1 |   of an up peer: into which language it speaks; of a down peer: which it hears; 0: the floor
 *   ENDPOINT     server | room 4 | participant 4 | peer 4 |   the site's room system is in that room from now on, and in no other; PEER_CLOSE: out
 *   LEG          worker | peer 4 | why 1 | sound 4 | picture 4 |   it is so, by wish or for its way: the tracks whose place they have; or over
 *   FILM_SET     server | film 4 | picture 4 | sound 4 | held 1 | key |   a film of these tracks (0: none) is made from now on; said again, it
 *                         is changed. held: nothing of it is taken, and why (enum recording_why); 0: it runs. key: 32 bytes, from which that of
 *                         each part is made (recording_part_key)
 *   FILM_END     server | film 4 |   answered by FILM_GONE, behind all that there is of it
 *   FILM_PART    worker | film 4 | part 4 | offset 8 | bytes |   of the film's next file, sealed (link/recording), one behind the other
 *   FILM_DONE    worker | film 4 | part 4 | bytes 8 | chain |   that file is whole; chain: 32 bytes
 *   FILM_GONE    worker | film 4 |   nothing more comes of it
 *   QUALITY      worker | peer 4 | rtt_ms 4 | loss_up 2 | loss_down 2 | bps_up 4 | bps_down 4 | bps_estimate 4 | shown |
 *
 *   a text (sdp, mid, why …):  | bytes 4 | UTF-8 |
 *   bytes:                     | bytes 4 | any |
 *   participants:              | count 2 | count × | participant 4 |
 *   binds:                     | count 2 | count × | track 4 | mid |
 *   shown:                     | count 2 | count × | track 4 | sid 1 | tid 1 | held 1 | width 2 | height 2 | bps 4 |
 *
 * Rooms, participants and peers have numbers that the server gives and never gives twice in a worker's life; tracks have numbers that
 * the worker gives likewise. A participant is one person's presence: an up peer, a down peer, and the sources
 * (WHIP) that belong to them. What comes for a peer, a track or a room that is gone is passed over, save
 * requests, which are answered always, once.
 *
 * where an address of 19 bytes is  | family 1 | bytes 16 | port 2 |  (link/address.h).
 *
 * Handshake: HELLO -> CONFIG -> READY. The head and HELLO's first field never change, so that any two
 * versions understand each other well enough to part: a server that reads another version answers
 * BYE(version), and so does a worker.
 *
 * Our own processes count as strangers: a message that is too short, too long, of an unknown type, from the
 * wrong side, or with a value out of its range is refused as a whole (ERR_BAD_INPUT). */
#ifndef LINK_MSG_H
#define LINK_MSG_H
#include "base/err.h"
#include "base/str.h"
#include "link/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINK_VERSION = 7,
    LINK_HEAD_BYTES = 8,
    LINK_SDP_BYTES_MAX = 65536,
    LINK_BYTES_MAX = 73728, /* of one message with its head: a session description and its lists */
    LINK_WHY_BYTES_MAX = 200,
    LINK_MID_BYTES_MAX = 32,
    LINK_CREDENTIAL_BYTES_MAX = 128,
    LINK_PART_BYTES_MAX = 32768,
    LINK_STILL_BYTES_MAX = 20 * 1024 * 1024,
    LINK_SECRET_BYTES_MAX = 43,
    LINK_FILM_BYTES = 32, /* of a film's key, and of its chain's last value */
    LINK_FILM_HELDS = 5,  /* one past the last of enum recording_why */
    LINK_CHAIN_BYTES_MAX = 49152,
    LINK_KEY_BYTES_MAX = 16384,
    LINK_BINDS_MAX = 64, /* sections of a session description */
    LINK_PARTICIPANTS_MAX = 64,
    LINK_ENDPOINT_KEYS_BYTES = 60, /* the one that it encrypts with, and ours */
    LINK_LANES = 8,                /* of a room's sound: the floor, and seven languages */
    LINK_INDEX_MAX = 63,           /* workers are numbered 0 … 63 */
};

enum link_type {
    LINK_HELLO = 1,
    LINK_CONFIG,
    LINK_READY,
    LINK_PING,
    LINK_PONG,
    LINK_STATS,
    LINK_DRAIN,
    LINK_BYE,
    LINK_ROOM_OPEN,
    LINK_ROOM_CLOSE,
    LINK_ROOM_PRIVATE,
    LINK_PEER_OFFER,
    LINK_PEER_COUNTER,
    LINK_PEER_ACCEPT,
    LINK_PEER_PATCH,
    LINK_PEER_CLOSE,
    LINK_TRACK_WATCH,
    LINK_TRACK_MUTE,
    LINK_CERTIFICATE,
    LINK_ICE_ASK,
    LINK_ICE_GRANT,
    LINK_PEER_ANSWER,
    LINK_PEER_STATE,
    LINK_TRACK_ADDED,
    LINK_TRACK_GONE,
    LINK_SPEAKER,
    LINK_QUALITY,
    LINK_TRACK_WANTED,
    LINK_CODEC_ASK,
    LINK_CODEC_GIVE,
    LINK_CODEC_GONE,
    LINK_STILL_ASK,
    LINK_STILL_PART,
    LINK_STILL_DONE,
    LINK_PEER_SAVE,
    LINK_LEG,
    LINK_FILM_SET,
    LINK_FILM_END,
    LINK_FILM_PART,
    LINK_FILM_DONE,
    LINK_FILM_GONE,
    LINK_PEER_LANE,
    LINK_ENDPOINT,
    LINK_TYPES /* one past the last */
};

enum link_side { LINK_SERVER, LINK_WORKER };

enum link_reason {
    LINK_BYE_DRAINED = 1,    /* as asked */
    LINK_BYE_VERSION,        /* the other side speaks another version */
    LINK_BYE_BAD_MESSAGE,    /* the other side sent what cannot be */
    LINK_BYE_PORT_TAKEN,     /* CONFIG's bind address is in use */
    LINK_BYE_ADDRESS_ABSENT, /* … or is no address of this machine, or may not be bound */
    LINK_BYE_SANDBOX,        /* the sandbox could not be closed */
    LINK_BYE_INTERNAL,       /* memory or descriptors ran out */
    LINK_REASONS             /* one past the last */
};

enum link_peer_kind { LINK_UP = 1, LINK_DOWN, LINK_WHIP, LINK_WHEP, LINK_PEER_KINDS };
enum { LINK_BY_RTP = LINK_PEER_KINDS }; /* a room system's: it makes no offers */
enum link_peer_state { LINK_CONNECTING = 1, LINK_CONNECTED, LINK_INTERRUPTED, LINK_GONE, LINK_PEER_STATES };
enum link_track_kind { LINK_AUDIO = 1, LINK_VIDEO, LINK_TRACK_KINDS };
enum link_codec { LINK_OPUS = 1, LINK_VP8, LINK_VP9, LINK_H264, LINK_AV1, LINK_CODECS };
enum link_status {
    LINK_DONE = 1,
    LINK_MALFORMED,    /* the description or fragment does not read; why says where */
    LINK_REFUSED,      /* it reads, and is none that is taken here; why says for what */
    LINK_ABSENT,       /* no such room, peer or (WHEP) track */
    LINK_PRECONDITION, /* a restart that may not be */
    LINK_FULL,         /* a maximum of this worker, or its memory */
    LINK_STATUSES
};
/* Why a track that is watched does not come, or not as wanted. */
enum link_held {
    LINK_NOT_HELD,
    LINK_HELD_PAUSED,
    LINK_HELD_RATE,
    LINK_HELD_SOURCE,
    LINK_HELD_PRIVATE,
    LINK_HELD_MIX, /* it goes out in the mix, under another track */
    LINK_HELDS
};

/* Why a participant gets one mixed sound and one composed picture (media/legs). */
enum link_leg_why { LINK_LEG_NONE, LINK_LEG_ASKED, LINK_LEG_WAY, LINK_LEG_WHYS };

enum link_codec_part { LINK_CODEC_RINGS = 1, LINK_CODEC_BELL, LINK_CODEC_OWN_BELL, LINK_CODEC_PARTS };
enum link_still_status {
    LINK_STILL_MADE = 1,
    LINK_STILL_NOTHING, /* nothing that can be decoded came in time, or nothing may be seen of it */
    LINK_STILL_CODEC,   /* there is no decoder of its codec */
    LINK_STILL_BUSY,    /* too many at once, or no codec child */
    LINK_STILL_LARGE,   /* more than LINK_STILL_BYTES_MAX, or wider than can be */
    LINK_STILL_STATUSES
};
/* By which clock: the source's, whose sender report tells it and which agrees with ours; or ours, when its last packet came. */
enum link_still_clock { LINK_CLOCK_SOURCE = 1, LINK_CLOCK_ARRIVAL, LINK_CLOCKS };

struct link_hello {
    uint16_t version, index;
    uint32_t pid;
    uint8_t landlock;
};
struct link_config {
    uint16_t version, index;
    struct link_address bind;     /* family 4 or 6 */
    struct link_address announce; /* family 0: announce what is bound; port 0: the bound port */
    uint32_t rooms_max, peers_max;
    uint32_t buffer_bytes; /* of the media socket, each way; the kernel may give less */
    uint32_t stats_ms;
    struct link_address turn;
    uint16_t workers; /* of the site; this one's ports are followed by the others' */
    struct str turn_secret;
    /* A room system by plain RTP (media/endpoint): our port for it, family 0: none; its own address, port 0: any. */
    struct link_address endpoint, endpoint_from;
    uint8_t endpoint_type;    /* payload type of Opus; 0: none */
    struct str endpoint_keys; /* not text; LINK_ENDPOINT_KEYS_BYTES, or empty: in clear */
};
struct link_ready {
    struct link_address bound;
    bool no_new_privileges, seccomp;
    uint8_t landlock;
};
struct link_ping {
    uint64_t tick_ms;
};
struct link_stats {
    uint64_t rss_bytes, cpu_ms;
    uint32_t rooms, peers;
    uint64_t packets_in, packets_out, bytes_in, bytes_out, packets_dropped;
};
struct link_drain {
    uint32_t wait_ms;
};
struct link_bye {
    uint16_t reason; /* enum link_reason */
};

struct link_room { /* ROOM_OPEN, ROOM_CLOSE */
    uint32_t room;
};
struct link_private {
    uint32_t room;
    uint16_t count;
    uint32_t participants[LINK_PARTICIPANTS_MAX];
};
struct link_bind {
    uint32_t track;
    struct str mid;
};
struct link_binds {
    uint16_t count;
    struct link_bind at[LINK_BINDS_MAX];
};
struct link_offer {
    uint32_t room, participant, peer, request;
    uint8_t kind; /* enum link_peer_kind; of a peer that lives: the same as before */
    struct str sdp;
    struct link_binds binds;
};
struct link_counter {
    uint32_t room, participant, peer, request;
    struct link_binds binds;
};
struct link_accept {
    uint32_t peer, request;
    struct str sdp;
};
struct link_patch {
    uint32_t peer, request;
    bool may_restart;
    struct str sdp;
};
struct link_close {
    uint32_t peer;
};
struct link_watch {
    uint32_t peer, track;
    bool is_paused;
    uint8_t priority; /* 0 … 255: who gets a higher layer first; 0 is everybody's, a pinned source has more */
    uint16_t width, height; /* of the tile in pixels; 0: as large as there is */
};
struct link_mute {
    uint32_t track;
    bool is_muted;
};
struct link_certificate {
    struct str chain, key;
};
struct link_ice_ask {
    uint32_t request, lifetime_s;
};
struct link_ice_grant {
    uint32_t request;
    struct str username, password;
};
struct link_answer {
    uint32_t peer, request;
    uint8_t status; /* enum link_status */
    struct str sdp, why;
};
struct link_state {
    uint32_t peer;
    uint8_t state; /* enum link_peer_state; after GONE the number is nobody's any more */
};
struct link_track {
    uint32_t room, participant, peer, track;
    uint8_t kind, codec; /* enum link_track_kind, link_codec */
    uint8_t layers;      /* streams of one picture that the peer may send; 1: no simulcast */
    struct str mid;
};
struct link_track_gone {
    uint32_t room, participant, peer, track;
};
struct link_speaker {
    uint32_t room, participant, track;
};
struct link_wanted {
    uint32_t room, track;
    uint8_t layers;
    bool is_thin;
};
struct link_codec_give {
    uint8_t part; /* enum link_codec_part */
};
struct link_still_ask {
    uint32_t request, track;
};
struct link_still_part {
    uint32_t request, offset;
    struct str bytes; /* not text */
};
struct link_still_done {
    uint32_t request;
    uint8_t status, clock; /* enum link_still_status, link_still_clock */
    uint32_t bytes;
    uint16_t width, height;
    uint64_t at_ms;
};
struct link_save {
    uint32_t peer;
    bool is_on;
};
struct link_lane {
    uint32_t peer;
    uint8_t lane; /* 0 … LINK_LANES - 1 */
};
struct link_endpoint {
    uint32_t room, participant, peer;
};
struct link_leg {
    uint32_t peer;
    uint8_t why;             /* enum link_leg_why; NONE: it is over, all goes out as it comes */
    uint32_t sound, picture; /* tracks; 0: not mixed (yet) */
};
struct link_film_set {
    uint32_t film, picture, sound;
    uint8_t held;
    struct str key; /* not text */
};
struct link_film { /* FILM_END, FILM_GONE */
    uint32_t film;
};
struct link_film_part {
    uint32_t film, part;
    uint64_t offset;
    struct str bytes; /* not text */
};
struct link_film_done {
    uint32_t film, part;
    uint64_t bytes;
    struct str chain; /* not text */
};
struct link_shown {
    uint32_t track;
    uint8_t sid, tid, held; /* the layer that goes out; enum link_held */
    uint16_t width, height; /* 0: not known */
    uint32_t bps;
};
struct link_quality {
    uint32_t peer;
    uint32_t rtt_ms;                         /* 0: not known yet */
    uint16_t loss_up, loss_down;             /* of 1,000 packets, in the last interval */
    uint32_t bps_up, bps_down, bps_estimate; /* estimate: what the way down carries; 0: not known */
    uint16_t count;
    struct link_shown shown[LINK_BINDS_MAX];
};

/* Texts point into the sender's memory, or into the bytes that were decoded. */
struct link_msg {
    enum link_type type;
    union {
        struct link_hello hello;
        struct link_config config;
        struct link_ready ready;
        struct link_ping ping, pong;
        struct link_stats stats;
        struct link_drain drain;
        struct link_bye bye;
        struct link_room room_open, room_close;
        struct link_private room_private;
        struct link_offer peer_offer;
        struct link_counter peer_counter;
        struct link_accept peer_accept;
        struct link_patch peer_patch;
        struct link_close peer_close;
        struct link_watch track_watch;
        struct link_mute track_mute;
        struct link_certificate certificate;
        struct link_ice_ask ice_ask;
        struct link_ice_grant ice_grant;
        struct link_answer peer_answer;
        struct link_state peer_state;
        struct link_track track_added;
        struct link_track_gone track_gone;
        struct link_speaker speaker;
        struct link_quality quality;
        struct link_wanted track_wanted;
        struct link_codec_give codec_give;
        struct link_still_ask still_ask;
        struct link_still_part still_part;
        struct link_still_done still_done;
        struct link_save peer_save;
        struct link_lane peer_lane;
        struct link_endpoint endpoint;
        struct link_leg leg;
        struct link_film_set film_set;
        struct link_film film_end, film_gone;
        struct link_film_part film_part;
        struct link_film_done film_done;
    };
};

/* Writes m and returns its length with the head. A value out of its range is a bug of the sender and stops
 * the process. */
size_t link_msg_encode(const struct link_msg *m, uint8_t ret_bytes[LINK_BYTES_MAX]);
/* from: the side whose bytes these are. ERR_BAD_INPUT; a HELLO or CONFIG whose version is not ours:
 * ERR_UNSUPPORTED. */
enum err link_msg_decode(const void *bytes, size_t bytes_n, enum link_side from,
                         struct link_msg *ret_msg) MUST_USE;
/* Short names for the log and the system admin's screen; never NULL. */
const char *link_type_text(enum link_type type);
const char *link_reason_text(uint16_t reason);
const char *link_status_text(uint8_t status);

#endif
