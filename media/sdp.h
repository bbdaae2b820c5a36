/* sdp: session descriptions as browsers and WHIP clients write them, read into a typed struct and written
 * from one (RFC 8866; JSEP RFC 9429; BUNDLE RFC 9143; rtcp-mux RFC 5761; ICE RFC 8839; fingerprints RFC 8122;
 * setup RFC 4145; header extensions RFC 8285; rid RFC 8851; simulcast RFC 8853; SSRCs RFC 5576; msid RFC
 * 8830; fragments RFC 8840).
 *
 *   v= o= s= … t= a= a= …      the session: holds for each section that does not say otherwise
 *   m=video 9 UDP/TLS/RTP/SAVPF 96 97
 *   a=mid:1  a=rtpmap:96 VP8/90000  a=rtcp-fb:96 nack pli …
 *   m= …
 *
 * The text comes from strangers: everything has a maximum, a known attribute that is malformed refuses the
 * whole, an unknown one is passed over as the RFC demands. All that the struct points to lives in the
 * caller's arena. One thread. Whether an offer is one that we want to answer is not decided here
 * (media/answer). */
#ifndef MEDIA_SDP_H
#define MEDIA_SDP_H
#include "base/arena.h"
#include "base/buf.h"
#include "link/address.h"
#include "media/ext.h"

enum {
    SDP_BYTES_MAX = 256 * 1024,
    SDP_LINES_MAX = 6000,
    SDP_LINE_BYTES_MAX = 2048,
    SDP_MEDIA_MAX = 64,
    SDP_CODECS_MAX = 64, /* each of these a section */
    SDP_EXTENSIONS_MAX = 32,
    SDP_CANDIDATES_MAX = 64,
    SDP_SSRCS_MAX = 64,
    SDP_GROUPS_MAX = 32,
    SDP_GROUP_SSRCS_MAX = 8,
    SDP_RIDS_MAX = 16,
    SDP_MID_BYTES_MAX = 32,
    SDP_RID_BYTES_MAX = 32,
    SDP_FINGERPRINT_BYTES = 32
};

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_APPLICATION, SDP_OTHER_KIND };
enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };
enum sdp_setup { SDP_SETUP_NONE, SDP_SETUP_ACTPASS, SDP_SETUP_ACTIVE, SDP_SETUP_PASSIVE };
enum sdp_feedback { /* bits */
                    SDP_NACK = 1,
                    SDP_NACK_PLI = 2,
                    SDP_CCM_FIR = 4,
                    SDP_REMB = 8,
                    SDP_TRANSPORT_CC = 16
};
enum sdp_candidate_type { SDP_HOST, SDP_SRFLX, SDP_PRFLX, SDP_RELAY };
enum sdp_tcp { SDP_TCP_NONE, SDP_TCP_ACTIVE, SDP_TCP_PASSIVE, SDP_TCP_SO };
enum sdp_semantics { SDP_FID, SDP_SIM, SDP_FEC_FR, SDP_OTHER_SEMANTICS };

struct sdp_codec {
    uint8_t payload_type, channels; /* channels 0: not said */
    struct str name;                /* "" when there was no rtpmap and the type is no static one */
    uint32_t clock_hz;
    struct str fmtp;
    uint8_t feedback; /* enum sdp_feedback */
};
struct sdp_extension {
    uint16_t id;
    enum sdp_direction direction;
    enum ext_kind kind; /* EXT_NONE: not one of ours */
    struct str uri;
};
struct sdp_candidate {
    struct str foundation, host; /* host as it stood: an address, or a name (mDNS) */
    uint16_t component;
    bool is_tcp;
    enum sdp_tcp tcp;
    uint32_t priority;
    struct link_address address; /* family 0: host is a name */
    enum sdp_candidate_type type;
};
struct sdp_ssrc {
    uint32_t ssrc;
    struct str cname, stream, track;
};
struct sdp_group {
    enum sdp_semantics semantics;
    unsigned count;
    uint32_t ssrcs[SDP_GROUP_SSRCS_MAX];
};
struct sdp_rid {
    struct str id, restrictions;
    bool is_send;
};
struct sdp_layer { /* of a simulcast list: the first of its alternatives */
    struct str rid;
    bool is_paused;
};

struct sdp_media {
    enum sdp_kind kind;
    struct str kind_text, protocol, format; /* format: the rest of the m= line */
    uint16_t port;
    bool is_bundle_only, has_rtcp_mux, has_rtcp_rsize, has_mixed_extensions, has_end_of_candidates,
        has_rcvr_rtt;
    struct str mid;
    bool has_direction;
    bool is_last_first; /* written only: the last codec stands first on the m= line */
    enum sdp_direction direction;

    struct str ufrag, password;
    bool is_trickling, is_renominating;
    bool has_fingerprint;
    uint8_t fingerprint[SDP_FINGERPRINT_BYTES]; /* SHA-256; lines with other digests are passed over */
    enum sdp_setup setup;

    struct str stream, track; /* of msid; "-" is no stream */
    uint16_t sctp_port;
    uint16_t codec_count, extension_count, candidate_count, ssrc_count, group_count, rid_count, send_count,
        recv_count;
    struct sdp_codec *codecs; /* in the order of the m= line */
    struct sdp_extension *extensions;
    struct sdp_candidate *candidates;
    struct sdp_ssrc *ssrcs;
    struct sdp_group *groups;
    struct sdp_rid *rids;
    struct sdp_layer *send_layers, *recv_layers;
};
struct sdp {
    uint64_t id, version; /* of the o= line; 0 when its id is no number */
    bool is_ice_lite;
    uint16_t bundle_count, media_count;
    struct str *bundle;       /* mids */
    struct sdp_media session; /* what stood before the first m= */
    struct sdp_media *media;
};

struct sdp_fault {
    unsigned line;   /* from 1; 0: the whole */
    const char *why; /* English words for the log and the answer's body */
};

/* ERR_BAD_INPUT, ERR_LIMIT: ret_fault says where and why; ERR_NOMEM. */
enum err sdp_parse(struct str text, struct arena *arena, struct sdp **ret_sdp,
                   struct sdp_fault *ret_fault) MUST_USE;
/* An application/trickle-ice-sdpfrag body: no v=, o=, s=, t=; sections optional. */
enum err sdp_parse_fragment(struct str text, struct arena *arena, struct sdp **ret_sdp,
                            struct sdp_fault *ret_fault) MUST_USE;

/* b->err tells afterwards. The version goes up with each description of one session (RFC 3264 §8). */
void sdp_write(const struct sdp *s, struct buf *to);
void sdp_write_fragment(const struct sdp *s, struct buf *to);

/* The value of a format parameter, "" when it has none; false: it is not there. Names without case. */
bool sdp_fmtp(const struct sdp_codec *c, const char *name, struct str *ret_value);
const struct sdp_codec *sdp_codec(const struct sdp_media *m, unsigned payload_type); /* NULL: none */
/* The retransmission format of a codec (RFC 4588 §8.1: apt=), NULL: none. */
const struct sdp_codec *sdp_rtx_of(const struct sdp_media *m, unsigned payload_type);
const struct sdp_media *sdp_find_mid(const struct sdp *s, struct str mid); /* NULL: none */
/* Adds a zeroed item to one of the arrays above, in the arena; NULL: the maximum (of the enum) or memory. */
void *sdp_add(struct arena *arena, void *items, uint16_t *count, size_t item_bytes,
              unsigned count_max) MUST_USE;
#define SDP_ADD(arena, owner, items, count, max)                                                             \
    ((__typeof__((owner)->items))sdp_add(arena, &(owner)->items, &(owner)->count, sizeof *(owner)->items,    \
                                         max))

#endif
