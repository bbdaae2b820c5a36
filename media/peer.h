/* peer: one peer connection: up (a client's tracks come in) or down (others' tracks go out), the streams on it and
 * its RTCP. What it stands on, it knows only as a struct outlet: media/transport in the worker, the tests' own
 * elsewhere. Decrypted packets come in, clear packets go out.
 *
 *   peer_packet -> transport-wide number noted -> SSRC -> layer (discovered by mid and rid, by the description, by
 *                  payload type) -> unwrapped when it is a retransmission -> up_packet -> downs -> peer_send
 *   peer_rtcp   -> reports, NACK, PLI, FIR, REMB, transport-wide feedback -> whom they concern
 *
 * Owner: its room; one thread. Nothing is allocated on the packet path. */
#ifndef MEDIA_PEER_H
#define MEDIA_PEER_H
#include "link/msg.h"
#include "media/down.h"
#include "media/estimate.h"
#include "media/frugal.h"
#include "media/narrow.h"
#include "media/owed.h"
#include "media/protect.h"
#include "media/twcc.h"
#include "media/up.h"

enum {
    PEER_SSRCS_MAX = 64, /* that come in */
    PEER_SSRC_SLOTS = 256,
    PEER_UPS_MAX = 16,
    PEER_DOWNS_MAX = LINK_BINDS_MAX,
    PEER_CNAME_BYTES_MAX = 24,
    PEER_OVERHEAD_BYTES = 44 /* of a packet's header, extensions and tag, about: narrow ways feel them */
};

struct room;

struct outlet {                           /* media/transport's functions, or a test's */
    uint8_t *(*reserve)(void *transport); /* for a header and a prefix; NULL: not connected */
    enum err (*send)(void *transport, bool is_video, size_t header_bytes, size_t prefix_bytes,
                     const uint8_t *body, size_t body_bytes);
    enum err (*send_rtcp)(void *transport, const uint8_t *at, size_t bytes);
    void (*together)(void *transport, unsigned packets); /* so many follow, that had better leave as one */
};
enum { OUTLET_HEAD_BYTES_MAX = 256 };

struct peer_stream { /* of an SSRC that comes in */
    uint32_t ssrc;
    bool is_used, is_rtx;
    struct up_layer *layer;
};

struct peer {
    struct list in_room;
    int64_t
        due_ms; /* before this there is nothing for peer_turn; beside the list, as it is looked at so often */
    struct room *room;
    const struct outlet *outlet;
    void *transport;
    uint32_t id, participant;
    uint8_t kind;  /* enum link_peer_kind */
    uint8_t state; /* enum link_peer_state */
    bool is_cut_off, is_mixed, has_rcvr_rtt, has_twcc, has_remb;
    bool awaits_accept; /* our offer is out */
    char cname[PEER_CNAME_BYTES_MAX];
    uint32_t ssrc; /* of our reports */
    struct ext_map extensions;
    /* of descriptions: ours so far, and the peer's latest ICE user name fragment (its beginning) */
    uint64_t versions;
    char ufrag[32];
    size_t ufrag_bytes;

    /* up */
    unsigned up_count, stream_count;
    struct up *ups[PEER_UPS_MAX];
    struct peer_stream *streams; /* PEER_SSRC_SLOTS, of an up peer; NULL: down */
    struct twcc_recv *arrivals;  /* of an up peer */
    uint32_t twcc_ssrc;          /* one that exists */
    uint64_t remb_bps;

    /* down */
    struct list downs; /* by in_peer */
    unsigned down_count;
    struct estimate *estimate; /* of a down peer */
    struct protect protect;
    struct owed *owed; /* once so much was lost that things go twice; else NULL */
    struct narrow narrow;
    struct frugal frugal;
    bool saves_data;  /* as its participant wishes */
    uint8_t lane;     /* up: into which language it speaks; down: which it hears; 0: the floor */
    uint8_t leg;      /* enum link_leg_why, that is wished */
    uint32_t decodes; /* bit n: its description names enum codec n */
    int64_t pad_us, pad_bytes_left; /* of padding: when it was last counted, and what may go */
    uint64_t resend_bytes_left;     /* of this tenth of a second: what is asked for */
    uint64_t repeat_bytes_left;     /* and what goes twice unasked, which takes nothing from that */
    int64_t resend_slot;
    int64_t pace_bytes_left, pace_us; /* of what is caught up with, and until when it was counted */

    int64_t round_trip_us; /* smoothed; 0: not known */
    uint8_t trip;          /* enum peer_trip: how it is known */
    uint64_t rrtr_ntp;     /* the peer's last, whose, and when it came */
    uint32_t peer_ssrc;
    int64_t rrtr_us;
    struct rate rate_up, rate_down;
    unsigned loss_up, loss_down; /* of 1000 */
    int64_t hasty_ms;            /* until when reports tell of a shorter round trip, as much was lost */
    uint64_t packets_in, packets_out;
    uint64_t unknown;                                             /* packets of no track */
    int64_t twcc_ms, report_ms, allocate_ms, trim_ms, quality_ms; /* when each is due */
};

/* NULL: out of memory. transport: what outlet's functions get. */
struct peer *peer_new(struct room *room, uint32_t id, uint32_t participant, uint8_t kind,
                      const struct outlet *outlet, void *transport) MUST_USE;
void peer_free(struct peer *p); /* with its tracks, and the downs of others that watch them */

static inline bool peer_is_up(const struct peer *p)
{
    return p->kind == LINK_UP || p->kind == LINK_WHIP || p->kind == LINK_BY_RTP;
}
static inline bool peer_is_connected(const struct peer *p)
{
    return p->state == LINK_CONNECTED || p->state == LINK_INTERRUPTED;
}
static inline bool peer_is_cut_off(const struct peer *p)
{
    return p->is_cut_off;
}
static inline const struct ext_map *peer_extensions(const struct peer *p)
{
    return &p->extensions;
}
/* How a round trip is known, the better the higher: by an answer to a NACK (the source's own delay is in it), by what
 * reports say (RFC 3550 §6.4.1, RFC 3611 §4.5). */
enum peer_trip { TRIP_UNKNOWN, TRIP_ANSWERED, TRIP_REPORTED };
void peer_note_round_trip(struct peer *p, enum peer_trip how, int64_t trip_us);
int64_t peer_round_trip_us(const struct peer *p); /* 0: not known */
int64_t peer_round_trip_ms(const struct peer *p); /* a guess while it is not known */

/* A decrypted packet, its header read; keeps references of its own. */
void peer_packet(struct peer *p, struct packet *packet);
/* Decrypted RTCP. Malformed: nothing happens. */
void peer_rtcp(struct peer *p, const uint8_t *at, size_t bytes, int64_t now_us);
/* The transport is up, interrupted or gone. True: that is new. */
bool peer_set_state(struct peer *p, enum link_peer_state state, int64_t now_us);
/* What time asks for: NACK, feedback, reports, key frames, layers. Call it each 10 ms or so. */
void peer_turn(struct peer *p, int64_t now_us);
/* Something has come up: it is looked at in the next turn. */
void peer_set_due(struct peer *p, int64_t at_ms);
static inline void peer_is_due(struct peer *p, int64_t at_ms)
{
    if (at_ms < p->due_ms) peer_set_due(p, at_ms);
}

/* Makes an SSRC known, as a description has it. False: too many. */
bool peer_add_stream(struct peer *p, uint32_t ssrc, struct up_layer *layer, bool is_rtx);
void peer_add_up(struct peer *p, struct up *up);
void peer_remove_up(struct peer *p, struct up *up); /* frees it and the downs that watch it */
/* Its SSRCs are nobody else's here, and there is room (PEER_DOWNS_MAX). */
void peer_add_down(struct peer *p, struct down *d);
void peer_remove_down(struct peer *p, struct down *d); /* frees it */
struct up *peer_up_by_mid(const struct peer *p, struct str mid);
struct down *peer_down_by_ssrc(const struct peer *p, uint32_t ssrc); /* or the SSRC of its retransmissions */
struct down *peer_down_by_mid(const struct peer *p, struct str mid);
struct down *peer_down_by_track(const struct peer *p, uint32_t track);

/* For the tracks. */
struct peer_out {
    uint8_t payload_type, prefix_bytes;
    bool is_marked, is_video, is_padding; /* is_padding: the body is nothing else */
    uint16_t seq;
    uint32_t timestamp, ssrc;
    uint32_t owed_ssrc; /* the picture's packet that it brings, first or again; 0: none */
    uint16_t owed_seq;
    struct str mid; /* "": not told */
    const struct up_extensions *extensions;
    const uint8_t *prefix, *body;
    size_t body_bytes;
};
void peer_send(struct peer *p, const struct peer_out *out, int64_t now_us);
bool peer_may_resend(struct peer *p, size_t bytes, bool is_key, bool is_asked, int64_t now_us);
void peer_request_key(struct peer *p, struct up_layer *l);
void peer_request_packets(struct peer *p, struct up_layer *l, const uint16_t *seqs, unsigned count);
void peer_quality(struct peer *p, int64_t now_us, struct link_quality *ret_quality);

#endif
