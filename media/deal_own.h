/* deal_own: the inside of struct deal, shared by deal.c (offers of peers), deal_counter.c (ours) and deal_tracks.c (what
 * becomes of the tracks). Nobody else includes it. */
#ifndef MEDIA_DEAL_OWN_H
#define MEDIA_DEAL_OWN_H
#include "media/answer.h"
#include "media/deal.h"

/* Formats beside a codec: payload types, 0: not negotiated. */
struct deal_types {
    uint8_t codec, rtx, red;
};
struct deal_up {
    struct up *up;
    bool is_new;
    const struct sdp_media *offered, *taken;
    /* Of a section made anew: what its layers' streams were, by layer; 0: not known. A browser keeps them, and names each only until the first report. */
    uint32_t ssrcs[UP_LAYERS_MAX], rtx_ssrcs[UP_LAYERS_MAX];
};
struct deal_down {
    struct down *down;
    bool is_new;
    struct deal_types types;
};

struct deal {
    struct router *router;
    struct peer *peer;
    struct arena *arena;
    struct sdp *offer, *answer;
    struct sdp_candidate candidates[CARRIER_CANDIDATES_MAX];
    struct answer_terms terms;
    struct answer_section sections[SDP_MEDIA_MAX];
    struct up *sources[SDP_MEDIA_MAX]; /* of a down peer: what each section is to carry */
    const struct sdp_media *theirs;    /* whose transport it is; NULL: not told yet */
    bool awaits_accept;
    unsigned up_count, down_count;
    struct deal_up ups[PEER_UPS_MAX];
    struct deal_down downs[PEER_DOWNS_MAX];
    int64_t now_us;
    struct deal_result *result;
};

/* deal.c */
struct deal *deal_new(struct router *r, struct peer *p, int64_t now_us, struct deal_result *result) MUST_USE;
void deal_drop(struct deal *d); /* undecided: what it made goes */
bool deal_refused(struct deal *d, uint8_t status, const char *why);
bool deal_no_memory(struct deal *d);
bool deal_read(struct deal *d, struct str text, bool is_fragment, struct sdp **ret_sdp);
bool deal_begin(struct deal *d, const struct sdp_media *theirs, enum sdp_setup ours);
/* What we take or offer of header extensions on a section. */
uint32_t deal_extensions(bool is_up);
extern const char *const deal_codec_names[CODEC_COUNT];

/* deal_tracks.c */
void deal_types_find(const struct sdp_media *m, struct deal_types *ret_types);
bool deal_ups(struct deal *d);
bool deal_downs(struct deal *d);
/* One more track down, the one that is there if it is of the same source. */
bool deal_down_add(struct deal *d, struct up *up, struct sdp_media *m, const struct deal_types *types);
void deal_tracks_apply(struct deal *d);
void deal_tracks_drop(struct deal *d);
/* Codecs, as bits, that a publisher of this peer's room had better not use. */
uint32_t deal_avoided(const struct peer *p);
/* Codecs, as bits, that stand in a description. */
uint32_t deal_codecs(const struct sdp *s);

#endif
