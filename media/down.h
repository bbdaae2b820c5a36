/* down: a track on its way to one who watches: which of its layers goes out, with sequence numbers, timestamps and
 * picture counts of its own that go on without a gap whatever is left out, lost, or switched.
 *
 *   STARTING   nothing goes out until a key frame begins (or the one that is kept does); audio skips this
 *   CATCHING   what is kept of layer l goes out in order, paced (down_pump), until the newest has gone: from the kept key frame
 *   UP         on, or from one whose first packet came late
 *   RUNNING    layer l goes out as it comes; when target is another, that one takes over with its next key frame
 *   SILENT     paused by who watches, by the rate, or cut off: nothing goes out (held for the rate: stills, media/still); then
 *              STARTING again
 *
 * Temporal layers go at once when fewer are wanted, and come at a point where the codec allows it. Spatial
 * layers (SVC) go at the next picture and come with a key frame.
 *
 * Owner: the down peer; one thread. Nothing is allocated once it stands. */
#ifndef MEDIA_DOWN_H
#define MEDIA_DOWN_H
#include "link/msg.h"
#include "media/seqmap.h"
#include "media/up.h"

enum { DOWN_REPEATS_MAX = 64 };

struct down {
    struct up *home; /* what it stands for in the description, and in whose list it is */
    struct up *up;   /* where what goes out comes from: home, or a mix of its peer's (media/legs) */
    struct peer *peer;
    struct list in_up, in_peer;
    struct str mid; /* points into mid_text */
    char mid_text[SDP_MID_BYTES_MAX];
    uint32_t ssrc, rtx_ssrc;
    uint8_t payload_type, rtx_payload_type, red_payload_type; /* of the last two 0: not negotiated */

    /* what is wished */
    bool is_paused;
    uint8_t priority;
    uint16_t width, height;
    /* what is allowed (peer_allocate) */
    uint8_t held;     /* enum link_held */
    bool is_mixed_in; /* what home says or shows goes out in a mix, under another of its peer's tracks */
    uint8_t target, target_sid, target_tid;
    int64_t lowered_ms, raised_ms; /* when it was last made less, and more */
    int64_t short_ms;              /* since when its lowest layer has not fitted; 0: it does */
    uint32_t failed_bps;           /* what the way was thought to carry when it was last made less */
    uint8_t failures;              /* times in a row that more did not last */
    uint8_t still_layer;           /* of which stills are taken */
    struct still *still;           /* while held for the rate: single pictures (media/still); else NULL */

    /* what is */
    bool is_running;
    int64_t first; /* packet of this run, as the layer's cache numbers them: nothing older is shown */
    uint8_t layer, sid, tid;
    uint8_t before_sid, before_tid; /* what held for the packets before since */
    int64_t since;                  /* unwrapped as seqmap's in */
    bool is_catching;
    uint8_t catch_layer;
    int64_t catch_next; /* in that layer's cache */
    uint8_t epoch;      /* of seqmap's sources: one more with each switch */
    struct keyframe_asker asker;
    struct seqmap seqmap;
    struct stamp stamp;
    struct vp8_out *vp8; /* NULL: of another codec */
    uint16_t rtx_seq;
    uint16_t pad_seq;  /* of ours: the last that went once more as padding */
    uint32_t mid_told; /* packets with a mid, so far */
    struct rate rate;
    uint32_t packets, octets;                        /* for sender reports */
    uint64_t packets_sum, resent, repeated, brought; /* brought: what no feedback had told of (media/owed) */
    uint32_t report_middle;                          /* of the last sender report, and when it went */
    int64_t report_us;
    uint8_t fraction_lost; /* as the peer last told */
    struct down_resent {
        uint16_t seq;
        bool is_known;
        uint32_t ms;
    } * resends; /* by seq % resends_kept */
    uint32_t resends_kept;
    /* The packet that begins a silence, which is told twice more where much is lost. */
    uint8_t hush_left;
    uint16_t hush_seq; /* of the source's */
    int64_t hush_ms;   /* when it is next told */
    /* What goes once more without being asked for (media/protect), oldest first, from repeat_next on. */
    uint8_t repeat_next, repeat_count;
    struct down_repeat {
        uint16_t seq;    /* of ours */
        uint16_t due_ms; /* its lower bits */
        uint8_t more;    /* so often again after that */
    } repeats[DOWN_REPEATS_MAX];
};

/* NULL: out of memory. It joins its lists by peer_add_down; the peer starts it once its transport is up. */
struct down *down_new(struct peer *peer, struct up *up, struct str mid) MUST_USE;
void down_free(struct down *d); /* leaves all lists */

/* Begins: with the key frame that is kept, or by asking for one. */
void down_start(struct down *d, int64_t now_us);
/* What goes out ends; it begins anew with a key frame. */
void down_stop(struct down *d);
/* What goes out comes from there from now on; it begins anew. Of home's codec. */
void down_source(struct down *d, struct up *up, int64_t now_us);
/* Sends of what is kept, while it is catching up, as *bytes_left allow. */
void down_pump(struct down *d, int64_t *bytes_left, int64_t now_us);
/* What comes of it meanwhile, bits a second. */
uint32_t down_caught_bps(const struct down *d, struct tick now);
/* A packet of a layer of its track. */
void down_packet(struct down *d, const struct up_layer *l, struct packet *p, const struct up_extensions *e);
/* A packet of the layer that carries nothing. */
void down_skip(struct down *d, const struct up_layer *l, const struct packet *p);
/* Nothing may go out; true: that is new. */
bool down_is_silent(const struct down *d);
/* Takes the new targets: asks for the key frame that a switch waits for. */
void down_retarget(struct down *d, int64_t now_us);
/* A packet of padding; false: nothing of it has gone yet that this could follow. */
bool down_probe(struct down *d, int64_t now_us);
/* What the peer asks for. */
void down_resend(struct down *d, uint16_t seq, int64_t now_us);
void down_ask_key(struct down *d, struct tick now);
/* Sends once more what is due of key frames and the base layer, where much is lost; false: nothing waits. */
bool down_repeat(struct down *d, int64_t now_us);
/* Sends once more what no feedback told of as arrived (media/owed), of all tracks of the peer; false: nothing waits. */
bool down_owed(struct peer *p, int64_t now_us);
/* Tells once more that there is silence, when that is due; false: it has been told enough. */
bool down_hush(struct down *d, int64_t now_us);
/* Sends one of the last packets once more, as padding that is of use where much is lost; its bytes, 0: there is none. */
size_t down_pad(struct down *d, int64_t now_us);
/* The sender report of now; false: nothing has gone out yet. */
bool down_report(struct down *d, int64_t now_us, uint64_t ntp_now, struct rtcp_sender *ret_report);
/* The round trip that the peer's report of this track shows, in microseconds; < 0: it shows none. */
int64_t down_round_trip_us(const struct down *d, const struct rtcp_report *r, int64_t now_us);

#endif
