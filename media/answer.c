#include "media/answer.h"

enum { VIDEO_FEEDBACK = SDP_NACK | SDP_NACK_PLI | SDP_CCM_FIR | SDP_REMB | SDP_TRANSPORT_CC };
const struct answer_codec answer_codecs_default[] = {
    {SDP_AUDIO, CODEC_OPUS, 48000, SDP_NACK | SDP_TRANSPORT_CC, "minptime=10;useinbandfec=1;usedtx=1"},
    {SDP_VIDEO, CODEC_VP8, 90000, VIDEO_FEEDBACK, NULL},
    {SDP_VIDEO, CODEC_H264, 90000, VIDEO_FEEDBACK, NULL},
    {SDP_VIDEO, CODEC_VP9, 90000, VIDEO_FEEDBACK, NULL},
    {SDP_VIDEO, CODEC_AV1, 90000, VIDEO_FEEDBACK, NULL},
};
/* Where sound comes with its past, much is lost: a silence whose one packet is lost would be heard as a gap (DTX sends the next only
 * 400 ms later, further than RED reaches back). */
static const char answer_opus_over_loss[] = "minptime=10;useinbandfec=1";
const unsigned answer_codecs_default_count = COUNT_OF(answer_codecs_default);

struct maker {
    const struct sdp *offer;
    const struct answer_terms *terms;
    struct arena *arena;
    struct sdp *answer;
    unsigned taken[2];             /* of SDP_AUDIO and SDP_VIDEO */
    const struct sdp_media *first; /* offered section that was taken first: its transport is the bundle's */
    enum err err;
    const char *why;
};

static bool refuse(struct maker *k, enum err err, const char *why)
{
    k->err = err;
    k->why = why;
    return false;
}

static const struct answer_codec *wanted_of(const struct answer_terms *terms, const struct sdp_media *m,
                                            const struct sdp_codec *offered)
{
    enum codec codec = codec_of(offered->name);
    for (unsigned i = 0; i < terms->codec_count; i++) {
        const struct answer_codec *c = &terms->codecs[i];
        if (c->codec == codec && c->kind == m->kind && c->clock_hz == offered->clock_hz) return c;
    }
    return NULL;
}

/* Which of several formats of one codec; 0: none of ours. Of H.264 only packetization mode 1 is forwarded; without a word it
 * would be 0 (RFC 6184 §8.1), but GStreamer's players say none and take 1: so it is the last choice. What is sent already
 * has its profile; of what is to come the plainest is asked for, as that is what all decode. */
static unsigned fit_of(const struct sdp_codec *offered, enum codec codec,
                       const struct answer_section *section)
{
    struct str mode;
    bool tells_mode = codec == CODEC_H264 && sdp_fmtp(offered, "packetization-mode", &mode);
    if (tells_mode && !str_is_text(mode, "1")) return 0;
    if (codec == CODEC_H264 && !tells_mode) return 1;
    uint8_t profile = profile_of(codec, offered);
    unsigned fit = section->codec != CODEC_NONE ? profile_fit(codec, profile, section->profile)
                   : profile == PROFILE_MAIN    ? 2
                                                : 1;
    return 2 * fit;
}

static const struct sdp_codec *format_best(const struct sdp_media *m, enum codec codec, uint32_t clock_hz,
                                           const struct answer_section *section)
{
    const struct sdp_codec *best = NULL;
    unsigned best_fit = 0;
    for (unsigned i = 0; i < m->codec_count; i++) {
        const struct sdp_codec *c = &m->codecs[i];
        if (codec_of(c->name) != codec || c->clock_hz != clock_hz) continue;
        unsigned fit = fit_of(c, codec, section);
        if (fit <= best_fit) continue;
        best = c;
        best_fit = fit;
    }
    return best;
}

static const struct sdp_codec *codec_first(const struct sdp_media *m, const struct answer_terms *terms,
                                           const struct answer_section *section, uint32_t avoided,
                                           const struct answer_codec **ret_wanted)
{
    for (unsigned i = 0; i < m->codec_count; i++) {
        const struct answer_codec *wanted = wanted_of(terms, m, &m->codecs[i]);
        if (!wanted || avoided >> wanted->codec & 1) continue;
        if (section->codec != CODEC_NONE && section->codec != wanted->codec) continue;
        const struct sdp_codec *best = format_best(m, wanted->codec, wanted->clock_hz, section);
        if (!best) continue;
        *ret_wanted = wanted;
        return best;
    }
    return NULL;
}

static const struct sdp_codec *codec_choose(const struct sdp_media *m, const struct answer_terms *terms,
                                            const struct answer_section *section,
                                            const struct answer_codec **ret_wanted)
{
    const struct sdp_codec *c = codec_first(m, terms, section, terms->avoided, ret_wanted);
    return c || !terms->avoided ? c : codec_first(m, terms, section, 0, ret_wanted);
}

static bool codec_add(struct maker *k, struct sdp_media *m, const struct sdp_codec *from, uint8_t feedback,
                      const char *fmtp)
{
    struct sdp_codec *c = SDP_ADD(k->arena, m, codecs, codec_count, SDP_CODECS_MAX);
    if (!c) return refuse(k, ERR_NOMEM, NULL);
    *c = *from;
    c->feedback &= feedback;
    if (fmtp) c->fmtp = str_of(fmtp);
    return true;
}

/* RED whose blocks are all of the codec that was chosen ("111/111", RFC 2198). */
static const struct sdp_codec *red_of(const struct sdp_media *offered, unsigned payload_type)
{
    for (unsigned i = 0; i < offered->codec_count; i++) {
        const struct sdp_codec *c = &offered->codecs[i];
        struct str rest = c->fmtp;
        uint64_t n = 0;
        if (!str_is_nocase(c->name, STR("red")) || rest.bytes == 0) continue;
        bool all = true;
        while (all && rest.bytes)
            all = str_to_u64(str_cut(&rest, '/'), &n) && n == payload_type;
        if (all) return c;
    }
    return NULL;
}

static bool codecs_make(struct maker *k, const struct sdp_media *offered, const struct sdp_codec *chosen,
                        const struct answer_codec *wanted, struct sdp_media *m)
{
    const struct sdp_codec *rtx = sdp_rtx_of(offered, chosen->payload_type), *red = NULL;
    if (m->kind == SDP_AUDIO) red = red_of(offered, chosen->payload_type);
    if (!codec_add(k, m, chosen, wanted->feedback, wanted->fmtp)) return false;
    /* Retransmissions on a stream of their own need NACK to be asked for. */
    if (rtx && m->codecs[0].feedback & SDP_NACK && !codec_add(k, m, rtx, 0, NULL)) return false;
    m->is_last_first = red && (k->terms->wants_red || red < chosen);
    if (m->is_last_first) m->codecs[0].fmtp = str_of(answer_opus_over_loss);
    return !red || codec_add(k, m, red, 0, NULL);
}

static enum sdp_direction mirrored(enum sdp_direction d)
{
    return d == SDP_SENDONLY ? SDP_RECVONLY : d == SDP_RECVONLY ? SDP_SENDONLY : d;
}

/* Of two that want one id the better stays: what finds streams, then what measures the link. Up, a level tells who speaks; down, times
 * of sending let the peer estimate. */
static int extension_rank(enum ext_kind kind, bool is_up)
{
    switch ((int)kind) {
    case EXT_MID:
    case EXT_RID:
    case EXT_REPAIRED_RID:
        return 5;
    case EXT_TRANSPORT_SEQ:
    case EXT_DEPENDENCY:
        return 4;
    case EXT_AUDIO_LEVEL:
        return is_up ? 3 : 1;
    case EXT_ABS_SEND_TIME:
        return is_up ? 1 : 3;
    default:
        return 2;
    }
}

static void extension_drop(struct sdp_media *m, unsigned at)
{
    m->extension_count--;
    memmove(&m->extensions[at], &m->extensions[at + 1], (m->extension_count - at) * sizeof m->extensions[0]);
}

/* aiortc numbers each section for itself (RFC 8843 §9.1 wants one meaning in a bundle). The lesser meaning is not agreed on: true when it
 * is the new one's, else it is taken out of the sections before. */
static bool extension_yields(struct maker *k, const struct sdp_extension *e)
{
    for (unsigned i = 0; i < k->answer->media_count; i++) {
        struct sdp_media *m = &k->answer->media[i];
        for (unsigned j = 0; j < m->extension_count; j++) {
            const struct sdp_extension *other = &m->extensions[j];
            if (other->id != e->id || other->kind == e->kind) continue;
            bool is_up = k->terms->may_receive;
            if (extension_rank(e->kind, is_up) <= extension_rank(other->kind, is_up)) return true;
            extension_drop(m, j--);
        }
    }
    return false;
}

static bool extensions_make(struct maker *k, const struct sdp_media *offered, struct sdp_media *m)
{
    for (unsigned i = 0; i < offered->extension_count; i++) {
        const struct sdp_extension *e = &offered->extensions[i];
        if (e->kind == EXT_NONE || !(k->terms->extensions >> e->kind & 1)) continue;
        if (extension_yields(k, e)) continue;
        struct sdp_extension *added = SDP_ADD(k->arena, m, extensions, extension_count, SDP_EXTENSIONS_MAX);
        if (!added) return refuse(k, ERR_NOMEM, NULL);
        *added = *e;
        added->direction = mirrored(e->direction);
    }
    return true;
}

/* What the peer sends as layers we receive as such, all of them: OBS ends when one is left out. */
static bool layers_make(struct maker *k, const struct sdp_media *offered, struct sdp_media *m)
{
    if (offered->send_count == 0 || !(m->direction == SDP_RECVONLY || m->direction == SDP_SENDRECV))
        return true;
    if (offered->send_count > k->terms->layers_max)
        return refuse(k, ERR_UNSUPPORTED, "too many simulcast layers");
    for (unsigned i = 0; i < offered->send_count; i++) {
        struct sdp_layer *l = SDP_ADD(k->arena, m, recv_layers, recv_count, SDP_RIDS_MAX);
        struct sdp_rid *rid = SDP_ADD(k->arena, m, rids, rid_count, SDP_RIDS_MAX);
        if (!l || !rid) return refuse(k, ERR_NOMEM, NULL);
        l->rid = rid->id = offered->send_layers[i].rid;
    }
    return true;
}

static bool transport_make(struct maker *k, const struct sdp_media *offered, struct sdp_media *m)
{
    const struct answer_terms *t = k->terms;
    if (!k->first) k->first = offered;
    m->ufrag = t->ufrag;
    m->password = t->password;
    m->has_fingerprint = true;
    memcpy(m->fingerprint, t->fingerprint, sizeof m->fingerprint);
    m->setup = k->first->setup == SDP_SETUP_PASSIVE  ? SDP_SETUP_ACTIVE
               : k->first->setup == SDP_SETUP_ACTIVE ? SDP_SETUP_PASSIVE
                                                     : t->setup;
    m->is_renominating = k->first->is_renominating;
    if (offered != k->first) return true; /* one transport: the first section tells its candidates */
    for (unsigned i = 0; i < t->candidate_count; i++) {
        struct sdp_candidate *c = SDP_ADD(k->arena, m, candidates, candidate_count, SDP_CANDIDATES_MAX);
        if (!c) return refuse(k, ERR_NOMEM, NULL);
        *c = t->candidates[i];
    }
    m->has_end_of_candidates = true;
    return true;
}

static bool is_bundled(const struct sdp *offer, const struct sdp_media *m)
{
    for (unsigned i = 0; i < offer->bundle_count; i++)
        if (str_is(offer->bundle[i], m->mid)) return true;
    return false;
}

/* Why a section cannot be taken; NULL: it can. */
static const char *objection(const struct maker *k, const struct sdp_media *m)
{
    static const char *const protocols[] = {"UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF", "RTP/SAVPF"};
    const struct answer_terms *t = k->terms;
    bool is_known = false;
    if (m->kind != SDP_AUDIO && m->kind != SDP_VIDEO) return "only audio and video are taken";
    for (size_t i = 0; i < COUNT_OF(protocols); i++)
        is_known |= str_is_text(m->protocol, protocols[i]);
    if (!is_known) return "only DTLS-SRTP is taken";
    if (m->port == 0 && !m->is_bundle_only) return "the section is switched off";
    if (!m->has_rtcp_mux) return "rtcp-mux is needed";
    if (m->mid.bytes == 0 || !is_bundled(k->offer, m)) return "all sections must be of one bundle";
    if (!m->has_fingerprint) return "a sha-256 fingerprint is needed";
    if (m->ufrag.bytes == 0 || m->password.bytes == 0) return "ice-ufrag and ice-pwd are needed";
    if (m->setup == SDP_SETUP_NONE) return "setup is needed";
    if (k->taken[m->kind] == (m->kind == SDP_AUDIO ? t->audio_max : t->video_max))
        return "too many sections of a kind";
    return NULL;
}

static bool reject(struct maker *k, const struct sdp_media *offered, struct sdp_media *m, const char *why)
{
    if (k->terms->is_strict) return refuse(k, ERR_UNSUPPORTED, why);
    m->port = 0;
    m->direction = SDP_INACTIVE;
    m->format = offered->format; /* the m= line needs one, any (RFC 3264 §6) */
    m->codec_count = 0;
    m->mid = offered->mid;
    return true;
}

static enum sdp_direction direction_of(bool sends, bool receives)
{
    return sends ? receives ? SDP_SENDRECV : SDP_SENDONLY : receives ? SDP_RECVONLY : SDP_INACTIVE;
}

static bool section_make(struct maker *k, const struct sdp_media *offered, struct sdp_media *m)
{
    static const struct answer_section any;
    const struct answer_section *section =
        k->terms->sections ? &k->terms->sections[offered - k->offer->media] : &any;
    const struct answer_codec *wanted = NULL;
    const char *why = objection(k, offered);
    m->kind = offered->kind;
    m->kind_text = offered->kind_text;
    m->protocol = offered->protocol;
    if (why) return reject(k, offered, m, why);
    bool is_off = section->is_off;
    const struct sdp_codec *chosen = codec_choose(offered, k->terms, section, &wanted);
    if (!chosen && section->codec != CODEC_NONE) {
        /* What it was to carry has a codec that the peer has not. A rejected section is lost to a browser for good (RFC 9429
         * §5.3.1); an inactive one carries the source when it comes with another codec (decision 0051). */
        is_off = true;
        chosen = codec_choose(offered, k->terms, &any, &wanted);
    }
    if (!chosen) return reject(k, offered, m, "none of the codecs is ours");
    bool peer_sends = offered->direction == SDP_SENDRECV || offered->direction == SDP_SENDONLY;
    bool peer_receives = offered->direction == SDP_SENDRECV || offered->direction == SDP_RECVONLY;
    m->direction = direction_of(peer_receives && k->terms->may_send, peer_sends && k->terms->may_receive);
    if (is_off) m->direction = SDP_INACTIVE;
    if (m->direction == SDP_INACTIVE && k->terms->is_strict)
        return refuse(k, ERR_UNSUPPORTED, "the direction is not the one wanted here");
    m->port = 9;
    m->mid = offered->mid;
    m->has_rtcp_mux = true;
    m->has_rtcp_rsize = offered->has_rtcp_rsize;
    m->has_rcvr_rtt = offered->has_rcvr_rtt;
    m->has_mixed_extensions = offered->has_mixed_extensions;
    k->taken[m->kind]++;
    return codecs_make(k, offered, chosen, wanted, m) && extensions_make(k, offered, m) &&
           layers_make(k, offered, m) && transport_make(k, offered, m);
}

static bool sections_make(struct maker *k)
{
    for (unsigned i = 0; i < k->offer->media_count; i++) {
        struct sdp_media made = {0};
        if (!section_make(k, &k->offer->media[i], &made)) return false;
        struct sdp_media *m = SDP_ADD(k->arena, k->answer, media, media_count, SDP_MEDIA_MAX);
        if (!m) return refuse(k, ERR_NOMEM, NULL);
        *m = made;
        if (!answer_is_taken(m)) continue;
        struct str *mid = SDP_ADD(k->arena, k->answer, bundle, bundle_count, SDP_MEDIA_MAX);
        if (!mid) return refuse(k, ERR_NOMEM, NULL);
        *mid = m->mid;
    }
    struct ext_map map;
    if (k->answer->bundle_count == 0) return refuse(k, ERR_UNSUPPORTED, "no section can be taken");
    return answer_extensions(k->answer, &map) ||
           refuse(k, ERR_BAD_INPUT, "an extension under two extmap ids");
}

enum err answer_make(const struct sdp *offer, const struct answer_terms *terms, struct arena *arena,
                     struct sdp **ret_answer, struct sdp_fault *ret_fault)
{
    struct maker k = {.offer = offer, .terms = terms, .arena = arena};
    k.answer = arena_zalloc(arena, sizeof *k.answer);
    if (!k.answer) return ERR_NOMEM;
    k.answer->id = terms->session_id;
    k.answer->version = terms->session_version;
    k.answer->is_ice_lite = true;
    if (sections_make(&k)) {
        *ret_answer = k.answer;
        return OK;
    }
    if (k.err != ERR_NOMEM) *ret_fault = (struct sdp_fault){0, k.why};
    return k.err;
}

const struct sdp_media *answer_peer(const struct sdp *offer, const struct sdp *answer)
{
    for (unsigned i = 0; i < answer->media_count; i++)
        if (answer_is_taken(&answer->media[i])) return &offer->media[i];
    return NULL;
}

bool answer_extensions(const struct sdp *s, struct ext_map *ret_map)
{
    ext_map_init(ret_map);
    for (unsigned i = 0; i < s->media_count; i++)
        for (unsigned j = 0; answer_is_taken(&s->media[i]) && j < s->media[i].extension_count; j++) {
            const struct sdp_extension *e = &s->media[i].extensions[j];
            if (e->kind != EXT_NONE && !ext_map_add(ret_map, e->kind, e->id)) return false;
        }
    return true;
}
