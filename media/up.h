/* up: a track on its way to us: one section of an up peer's description, with the streams (simulcast layers) that
 * carry it. It reads what arrives, notices what is missing, keeps the last packets, knows how loud or how large
 * each layer is, and hands every packet to all who watch (struct down).
 *
 *   NACK, PLI, reports  <-- up_layer <-- packets, decrypted, in order of arrival
 *                              |--> cache, for retransmissions and for those who come later
 *                              |--> down, down, down …
 *
 * Owner: the peer; one thread. Nothing is allocated once it stands. */
#ifndef MEDIA_UP_H
#define MEDIA_UP_H
#include "base/list.h"
#include "media/cache.h"
#include "media/keyframe.h"
#include "media/level.h"
#include "media/nack.h"
#include "media/rate.h"
#include "media/reception.h"
#include "media/sdp.h"
#include "media/stamp.h"
#include "media/wanted.h"

enum {
    UP_LAYERS_MAX = 4,
    UP_TIDS_MAX = 4,
    UP_SIDS_MAX = 4,
    UP_EXTENSIONS_MAX = 8,
    UP_LIVE_MS = 1500,
    UP_THIN_LIVE_MS = 5000, /* of a picture a second, some of which an encoder leaves out */
    UP_FORMAT_BYTES_MAX = 160,
    UP_WAITING_MAX = 32
};

struct peer;
struct up;

struct up_layer {
    struct up *up;
    uint8_t index;
    struct str rid; /* points into rid_text; "": no simulcast */
    char rid_text[SDP_RID_BYTES_MAX];
    bool has_ssrc, has_rtx_ssrc, has_arrived;
    uint32_t ssrc, rtx_ssrc;
    struct tick arrived;
    struct nack nack;
    struct reception reception;
    struct stamp_source source;
    struct keyframe keyframe;
    uint8_t fir_number;
    struct dependency_structure dependency;
    struct cache *cache;
    /* What of it a subscriber would get that takes spatial layers up to s and temporal layers up to t. */
    struct rate rate, rates[UP_SIDS_MAX][UP_TIDS_MAX];
    uint32_t steady[UP_SIDS_MAX]
                   [UP_TIDS_MAX]; /* of rates: over some seconds, as a key frame is no rate; 0: not known */
    struct rate pictures[UP_TIDS_MAX]; /* that begin, each counted as one byte */
    uint8_t sid_most, tid_most;        /* seen since the last key frame */
    uint16_t width, height;            /* 0: not told yet */
    uint64_t refused;                  /* packets that were nothing of this codec */
    uint64_t recovered;                /* lost on the way, and brought by a later one (RED) */
};

/* What of a packet's extensions goes on to subscribers, found once. */
struct up_extensions {
    uint8_t count;
    struct up_extension {
        uint8_t kind; /* enum ext_kind */
        uint8_t bytes;
        const uint8_t *at;
    } at[UP_EXTENSIONS_MAX];
};

struct up {
    struct peer *peer;
    uint32_t id;
    struct str mid; /* points into mid_text */
    char mid_text[SDP_MID_BYTES_MAX];
    enum sdp_kind kind;
    enum codec codec;
    uint32_t clock_hz;
    uint8_t payload_type, rtx_payload_type, red_payload_type; /* of the last two 0: not negotiated */
    uint8_t feedback;                                         /* enum sdp_feedback */
    uint8_t profile;                                          /* media/profile */
    struct str format; /* the codec's parameters, in format_text; "": none, or too long to keep */
    char format_text[UP_FORMAT_BYTES_MAX];
    bool is_muted;
    bool is_made; /* no publisher's: a mix, for its peer alone (media/legs) */
    unsigned layer_count;
    struct up_layer *layers[UP_LAYERS_MAX];
    struct level level;
    struct list downs; /* struct down, by in_up */
    struct wanted wanted;
    /* What has come this turn and goes out at its end, where the router gathers (router_gather). */
    struct list in_waiting;
    unsigned waiting_count;
    struct up_waiting {
        struct up_layer *layer;
        struct packet *packet; /* a reference of its own */
    } waiting[UP_WAITING_MAX];
};

/* With one layer for each of rids; rid_count 0: one without a name. NULL: out of memory. */
struct up *up_new(struct peer *peer, uint32_t id, struct str mid, enum sdp_kind kind, enum codec codec,
                  uint32_t clock_hz, const struct str *rids, unsigned rid_count) MUST_USE;
void up_free(struct up *up); /* the downs must be gone */
void up_format_keep(struct up *up, struct str format);

/* A packet of a layer; values are its extensions. is_rtx: it came by retransmission and has been unwrapped. Of RED what was
 * lost is taken out of it, and it goes on as plain Opus: each subscriber gets what his own way needs (media/protect).
 * Keeps a reference if it needs one. */
void up_packet(struct up_layer *l, struct packet *p, const struct ext_values *values, bool is_rtx);
/* Sends what waits to all who watch, one after another: what goes to one stands together. */
void up_forward(struct up *up);
/* What of a packet's extensions goes on to subscribers. */
void up_extensions_find(const struct up *up, const struct packet *p, struct up_extensions *ret_extensions);
/* It comes under another SSRC from now on: nothing of before counts, and subscribers begin anew. */
void up_layer_restart(struct up_layer *l);
/* A key frame is wanted of it. asker: NULL for ourselves. */
void up_ask_key(struct up_layer *l, struct keyframe_asker *asker, struct tick now);
/* Asks for what is missing, and for key frames that are due. */
void up_turn(struct up *up, struct tick now);
/* Whether up_turn may have something to do soon. */
bool up_is_waiting(const struct up *up);
/* Gives back what is too old, and reckons rates; each half second or so. */
void up_trim(struct up *up, struct tick now);
static inline bool up_layer_is_live(const struct up_layer *l, struct tick now)
{
    bool is_thin = l->index == 0 && l->up->wanted.is_thin;
    return l->has_arrived && now.ms - l->arrived.ms < (is_thin ? UP_THIN_LIVE_MS : UP_LIVE_MS);
}
/* The largest that comes now; of those whose size is not told, the highest. NULL: none comes. */
struct up_layer *up_layer_best(const struct up *up, struct tick now);
/* What it costs to take the layers of a stream up to these, bits a second. */
uint32_t up_layer_bps(const struct up_layer *l, unsigned sid, unsigned tid, struct tick now);
/* Pictures a second that one gets who takes temporal layers up to tid. */
unsigned up_layer_pictures(const struct up_layer *l, unsigned tid, struct tick now);
/* All who watch begin anew when they may again. */
void up_silence(struct up *up);
/* What is kept of it is shown to nobody who comes from now on: they begin with a key frame that is yet to come. What is
 * missing of sound comes no more. */
void up_forget(struct up *up);
/* Nobody may hear or see it: muted, or cut off from the room. */
bool up_is_silent(const struct up *up);

#endif
