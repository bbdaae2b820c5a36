/* answer: what we say to an offer (RFC 3264 §6, JSEP RFC 9429 §5.3, WHIP RFC 9725 §4.2): one codec a section
 * with its retransmissions (and RED beside Opus), the extensions that both know, all in one bundle on one
 * ICE-lite transport. A pure function; everything it makes lives in the arena. Sections that we cannot take
 * are refused by port 0, or, when the terms are strict (WHIP: all or nothing), the whole offer is
 * (ERR_UNSUPPORTED, with the words why). */
#ifndef MEDIA_ANSWER_H
#define MEDIA_ANSWER_H
#include "media/profile.h"

struct answer_codec {
    enum sdp_kind kind;
    enum codec codec;
    uint32_t clock_hz;
    uint8_t feedback; /* enum sdp_feedback that we want of those offered */
    const char *fmtp; /* what we say; NULL: what the offer said */
};
extern const struct answer_codec answer_codecs_default[];
extern const unsigned answer_codecs_default_count;

/* Of one offered section, where we know already what is to go out on it. */
struct answer_section {
    bool is_off;      /* nothing: it stays, inactive */
    enum codec codec; /* no other than this; CODEC_NONE: any of the terms' */
    uint8_t profile;  /* of that codec, as it is sent (media/profile) */
};

struct answer_terms {
    bool may_send, may_receive; /* we, towards the peer that offered */
    bool is_strict;
    bool wants_red; /* sound is to come with its past, whatever the order in the offer is */
    unsigned audio_max, video_max, layers_max; /* sections of each kind; simulcast layers a section */
    const struct answer_codec *codecs;
    unsigned codec_count;
    uint32_t avoided; /* bit n: enum codec n is taken only where nothing else can be (decision 0042) */
    const struct answer_section *sections; /* NULL, or one for each of the offer's */
    uint32_t extensions;                   /* bit n: ext_kind n is wanted */
    enum sdp_setup setup;                  /* for an offer of actpass: active or passive */
    uint64_t session_id, session_version;
    struct str ufrag, password;
    uint8_t fingerprint[SDP_FINGERPRINT_BYTES];
    const struct sdp_candidate *candidates;
    unsigned candidate_count;
};

/* Of the codecs that an offer names, the first that is among the terms' and is not avoided: the order is the
 * peer's to choose. RED stands first in the answer's section where it does in the offer's, or is wanted: browsers send by
 * RED only what lists it so. ERR_UNSUPPORTED, ERR_BAD_INPUT, ERR_LIMIT with ret_fault; ERR_NOMEM. The answer's section n answers the
 * offer's section n; of a section that was taken, codecs[0] is the codec. The offer must outlive the answer.
 * */
enum err answer_make(const struct sdp *offer, const struct answer_terms *terms, struct arena *arena,
                     struct sdp **ret_answer, struct sdp_fault *ret_fault) MUST_USE;
/* The offered section whose ufrag, password, fingerprint and setup are the bundle's: the first that was taken (RFC 9143
 * §7.3; aiortc offers others in each section, in case the answer does not bundle). NULL: none. */
const struct sdp_media *answer_peer(const struct sdp *offer, const struct sdp *answer);
/* The ids of all sections that were taken; false: one id stands for two extensions. */
bool answer_extensions(const struct sdp *s, struct ext_map *ret_map);
static inline bool answer_is_taken(const struct sdp_media *m)
{
    return m->port != 0;
}

#endif
