#include "media/deal.h"
#include "base/mem.h"
#include "media/deal_own.h"
#include <stdio.h>

enum {
    ARENA_BYTES = 4 << 20,
    AUDIO_UP_MAX = 4,
    VIDEO_UP_MAX = 12,
};
_Static_assert((int)AUDIO_UP_MAX + VIDEO_UP_MAX <= PEER_UPS_MAX, "each section that is taken gets a place");
_Static_assert((int)SDP_MEDIA_MAX <= PEER_DOWNS_MAX, "each section can carry a track");

const char *const deal_codec_names[CODEC_COUNT] = {[CODEC_OPUS] = "opus",
                                                   [CODEC_VP8] = "VP8",
                                                   [CODEC_VP9] = "VP9",
                                                   [CODEC_H264] = "H264",
                                                   [CODEC_AV1] = "AV1"};

/* Orientation is left out on purpose: a browser that may not send it turns the picture itself, and so it stands
 * upright for everybody. */
uint32_t deal_extensions(bool is_up)
{
    static const uint32_t common = 1u << EXT_MID | 1u << EXT_AUDIO_LEVEL | 1u << EXT_ABS_SEND_TIME |
                                   1u << EXT_TRANSPORT_SEQ | 1u << EXT_DEPENDENCY | 1u << EXT_CONTENT_TYPE |
                                   1u << EXT_ABS_CAPTURE_TIME | 1u << EXT_COLOR_SPACE |
                                   1u << EXT_VIDEO_TIMING;
    return common | (is_up ? 1u << EXT_RID | 1u << EXT_REPAIRED_RID : 0u);
}

void deal_result_init(struct deal_result *d)
{
    *d = (struct deal_result){.status = LINK_DONE};
    buf_init(&d->sdp, LINK_SDP_BYTES_MAX);
}

void deal_result_done(struct deal_result *d)
{
    buf_done(&d->sdp);
}

void deal_refuse(struct deal_result *d, uint8_t status, const char *why)
{
    d->status = status;
    buf_clear(&d->sdp);
    snprintf(d->why, sizeof d->why, "%s", why ? why : "");
}

bool deal_refused(struct deal *d, uint8_t status, const char *why)
{
    deal_refuse(d->result, status, why);
    return false;
}

bool deal_no_memory(struct deal *d)
{
    return deal_refused(d, LINK_FULL, "out of memory");
}

bool deal_read(struct deal *d, struct str text, bool is_fragment, struct sdp **ret_sdp)
{
    struct sdp_fault fault = {0};
    char why[LINK_WHY_BYTES_MAX];
    enum err err = is_fragment ? sdp_parse_fragment(text, d->arena, ret_sdp, &fault)
                               : sdp_parse(text, d->arena, ret_sdp, &fault);
    if (err == OK) return true;
    if (err == ERR_NOMEM) return deal_no_memory(d);
    snprintf(why, sizeof why, "line %u: %s", fault.line, fault.why ? fault.why : "malformed");
    return deal_refused(d, LINK_MALFORMED, why);
}

struct deal *deal_new(struct router *r, struct peer *p, int64_t now_us, struct deal_result *result)
{
    struct deal *d = mem_zalloc(sizeof *d); /* tens of kilobytes: too much for a stack */
    if (!d) {
        deal_refuse(result, LINK_FULL, "out of memory");
        return NULL;
    }
    d->router = r;
    d->peer = p;
    d->now_us = now_us;
    d->result = result;
    d->arena = arena_new(ARENA_BYTES);
    if (d->arena) return d;
    (void)deal_no_memory(d);
    deal_drop(d);
    return NULL;
}

static void deal_free(struct deal *d)
{
    arena_free(d->arena);
    mem_free(d);
}

void deal_drop(struct deal *d)
{
    deal_tracks_drop(d);
    deal_free(d);
}

static void terms_make(struct deal *d)
{
    const struct carrier *c = router_carrier(d->router);
    const struct peer *p = d->peer;
    bool is_up = peer_is_up(p), is_whip = p->kind == LINK_WHIP;
    d->terms = (struct answer_terms){
        .may_send = !is_up,
        .may_receive = is_up,
        .is_strict = is_whip,
        .wants_red = is_whip, /* it makes one offer, and cannot be asked for another when much is lost */
        .audio_max = is_whip ? 1
                     : is_up ? AUDIO_UP_MAX
                             : SDP_MEDIA_MAX,
        .video_max = is_whip ? 1
                     : is_up ? VIDEO_UP_MAX
                             : SDP_MEDIA_MAX,
        .layers_max = UP_LAYERS_MAX,
        .codecs = answer_codecs_default,
        .codec_count = answer_codecs_default_count,
        .avoided = is_up ? deal_avoided(p) : 0,
        .sections = is_up ? NULL : d->sections,
        .extensions = deal_extensions(is_up),
        .setup = SDP_SETUP_ACTIVE,
        .session_id = p->id,
        .session_version = p->versions + 1,
        .ufrag = c->ufrag(p->transport),
        .password = c->password(p->transport),
        .candidates = d->candidates,
    };
    c->fingerprint(c->context, d->terms.fingerprint);
    d->terms.candidate_count = c->candidates(c->context, d->candidates, CARRIER_CANDIDATES_MAX);
}

static bool kind_is(const struct sdp_media *m, const struct up *up)
{
    return m->kind == up->kind && m->direction != SDP_INACTIVE && m->direction != SDP_SENDONLY;
}

/* An empty mid: the first section of the kind that nobody has. */
static int section_of(const struct deal *d, const struct link_bind *b, const struct up *up)
{
    for (unsigned i = 0; i < d->offer->media_count; i++) {
        const struct sdp_media *m = &d->offer->media[i];
        bool is_it = b->mid.bytes ? str_is(m->mid, b->mid) : !d->sources[i] && kind_is(m, up);
        if (is_it) return (int)i;
    }
    return -1;
}

/* Which track each section is to carry, and with which codec. Tracks that went meanwhile leave theirs empty. */
static void sources_find(struct deal *d, const struct link_binds *binds)
{
    for (unsigned i = 0; i < binds->count; i++) {
        struct up *up = router_track(d->router, binds->at[i].track);
        if (!up || up->peer->room != d->peer->room) continue;
        int at = section_of(d, &binds->at[i], up);
        if (at >= 0 && kind_is(&d->offer->media[at], up)) d->sources[at] = up;
    }
    for (unsigned i = 0; i < d->offer->media_count; i++) {
        const struct up *up = d->sources[i];
        d->sections[i] = (struct answer_section){.is_off = !up};
        if (up) d->sections[i] = (struct answer_section){.codec = up->codec, .profile = up->profile};
    }
}

static bool ufrag_is_same(const struct peer *p, struct str ufrag)
{
    size_t bytes = ufrag.bytes < sizeof p->ufrag ? ufrag.bytes : sizeof p->ufrag;
    return str_is((struct str){p->ufrag, p->ufrag_bytes}, (struct str){ufrag.at, bytes});
}

static void ufrag_keep(struct peer *p, struct str ufrag)
{
    p->ufrag_bytes = ufrag.bytes < sizeof p->ufrag ? ufrag.bytes : sizeof p->ufrag;
    if (p->ufrag_bytes) memcpy(p->ufrag, ufrag.at, p->ufrag_bytes);
}

static bool text_write(struct deal *d)
{
    buf_clear(&d->result->sdp);
    sdp_write(d->answer, &d->result->sdp);
    return d->result->sdp.err == OK || deal_no_memory(d);
}

/* New credentials in an offer of a peer that lives are an ICE restart, and ours change too. What was good before
 * goes on until the new ones are in use. The text has been written once: with other credentials of the same length
 * it needs no more room. */
static bool restart_if_asked(struct deal *d)
{
    const struct carrier *c = router_carrier(d->router);
    if (d->peer->versions == 0 || ufrag_is_same(d->peer, d->theirs->ufrag)) return true;
    size_t bytes = c->ufrag(d->peer->transport).bytes + c->password(d->peer->transport).bytes;
    if (c->restart(d->peer->transport) != OK) return deal_no_memory(d);
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        if (!answer_is_taken(&d->answer->media[i])) continue;
        d->answer->media[i].ufrag = c->ufrag(d->peer->transport);
        d->answer->media[i].password = c->password(d->peer->transport);
    }
    ASSERT(c->ufrag(d->peer->transport).bytes + c->password(d->peer->transport).bytes == bytes);
    return text_write(d);
}

bool deal_begin(struct deal *d, const struct sdp_media *theirs, enum sdp_setup ours)
{
    const struct carrier *c = router_carrier(d->router);
    bool is_browser = d->peer->kind == LINK_UP || d->peer->kind == LINK_DOWN;
    enum err err = c->begin(d->peer->transport, ours == SDP_SETUP_ACTIVE ? DTLS_CLIENT : DTLS_SERVER,
                            is_browser ? DTLS_GCM_ALONE : DTLS_ALL_PROFILES, theirs->fingerprint);
    if (err == ERR_UNSUPPORTED)
        return deal_refused(d, LINK_REFUSED,
                            "the certificate or the DTLS role has changed: that needs a new connection");
    d->theirs = theirs;
    return err == OK || deal_no_memory(d);
}

static bool answer_find(struct deal *d)
{
    struct sdp_fault fault = {0};
    enum err err = answer_make(d->offer, &d->terms, d->arena, &d->answer, &fault);
    if (err == ERR_NOMEM) return deal_no_memory(d);
    if (err) return deal_refused(d, err == ERR_BAD_INPUT ? LINK_MALFORMED : LINK_REFUSED, fault.why);
    return true;
}

/* Last, as what a transport has begun it does not forget. */
static bool transport_decide(struct deal *d)
{
    const struct sdp_media *theirs = answer_peer(d->offer, d->answer);
    unsigned at = (unsigned)(theirs - d->offer->media);
    return deal_begin(d, theirs, d->answer->media[at].setup) && restart_if_asked(d);
}

static bool offer_decide(struct deal *d, const struct link_offer *o)
{
    if (!deal_read(d, o->sdp, false, &d->offer)) return false;
    terms_make(d);
    if (!peer_is_up(d->peer)) sources_find(d, &o->binds);
    if (!answer_find(d)) return false;
    if (!(peer_is_up(d->peer) ? deal_ups(d) : deal_downs(d))) return false;
    return text_write(d) && transport_decide(d);
}

struct deal *deal_offer(struct router *r, struct peer *p, const struct link_offer *o, int64_t now_us,
                        struct deal_result *ret_result)
{
    struct deal *d = deal_new(r, p, now_us, ret_result);
    if (!d || offer_decide(d, o)) return d;
    deal_drop(d);
    return NULL;
}

static void feedback_apply(struct peer *p, const struct sdp *answer)
{
    (void)answer_extensions(answer, &p->extensions); /* it has been seen that it can be */
    p->has_twcc = p->has_remb = p->has_rcvr_rtt = p->is_mixed = false;
    for (unsigned i = 0; i < answer->media_count; i++) {
        const struct sdp_media *m = &answer->media[i];
        if (!answer_is_taken(m) || m->codec_count == 0) continue;
        p->is_mixed |= m->has_mixed_extensions;
        p->has_rcvr_rtt |= m->has_rcvr_rtt;
        p->has_remb |= (m->codecs[0].feedback & SDP_REMB) != 0;
        p->has_twcc |= m->codecs[0].feedback & SDP_TRANSPORT_CC && p->extensions.id_of[EXT_TRANSPORT_SEQ];
    }
    if (p->has_twcc && p->estimate) estimate_open(p->estimate);
}

void deal_apply(struct deal *d)
{
    struct peer *p = d->peer;
    if (d->theirs) ufrag_keep(p, d->theirs->ufrag);
    p->awaits_accept = d->awaits_accept;
    p->versions++;
    feedback_apply(p, d->answer);
    if (!peer_is_up(p) && !d->awaits_accept) p->decodes = deal_codecs(d->offer);
    deal_tracks_apply(d);
    deal_free(d);
}

/* The fragment that answers one with new credentials (RFC 9725 §4.3.3). */
static bool fragment_write(struct deal *d, const struct sdp *theirs)
{
    const struct carrier *c = router_carrier(d->router);
    struct sdp ours = {.is_ice_lite = true};
    struct sdp_media m = {.ufrag = c->ufrag(d->peer->transport),
                          .password = c->password(d->peer->transport),
                          .candidates = d->candidates,
                          .has_end_of_candidates = true};
    m.candidate_count = (uint16_t)c->candidates(c->context, d->candidates, CARRIER_CANDIDATES_MAX);
    if (theirs->media_count) {
        m.kind_text = theirs->media[0].kind_text;
        m.protocol = theirs->media[0].protocol;
        m.format = theirs->media[0].format;
        m.port = 9;
        m.mid = theirs->media[0].mid;
        ours.media = &m;
        ours.media_count = 1;
    } else {
        ours.session = m;
    }
    buf_clear(&d->result->sdp);
    sdp_write_fragment(&ours, &d->result->sdp);
    return d->result->sdp.err == OK || deal_no_memory(d);
}

static void patch(struct deal *d, struct str fragment, bool may_restart)
{
    struct sdp *theirs = NULL;
    if (!deal_read(d, fragment, true, &theirs)) return;
    const struct sdp_media *with =
        theirs->media_count && theirs->media[0].ufrag.bytes ? &theirs->media[0] : &theirs->session;
    struct str ufrag = with->ufrag,
               password = with->password.bytes ? with->password : theirs->session.password;
    if (ufrag.bytes == 0 || ufrag_is_same(d->peer, ufrag))
        return; /* its candidates: checks will come from them */
    if (password.bytes == 0) {
        deal_refuse(d->result, LINK_MALFORMED,
                    "an ICE restart needs a password beside the user name fragment");
        return;
    }
    if (!may_restart) {
        deal_refuse(d->result, LINK_PRECONDITION,
                    "an ICE restart needs If-Match with the session's ETag or *");
        return;
    }
    if (!fragment_write(d, theirs)) return; /* for its room: the credentials are the old ones yet */
    if (router_carrier(d->router)->restart(d->peer->transport) != OK) {
        (void)deal_no_memory(d);
        return;
    }
    if (fragment_write(d, theirs)) ufrag_keep(d->peer, ufrag);
}

void deal_patch(struct router *r, struct peer *p, struct str fragment, bool may_restart,
                struct deal_result *ret_result)
{
    struct deal *d = deal_new(r, p, 0, ret_result);
    if (!d) return;
    patch(d, fragment, may_restart);
    deal_free(d);
}
