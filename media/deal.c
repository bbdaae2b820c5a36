#include "media/deal.h"
#include "base/mem.h"
#include "media/answer.h"
#include <stdio.h>

enum {
    ARENA_BYTES = 4 << 20,
    AUDIO_UP_MAX = 4,
    VIDEO_UP_MAX = 12,
};
_Static_assert((int)AUDIO_UP_MAX + VIDEO_UP_MAX <= PEER_UPS_MAX, "each section that is taken gets a place");

static const char *const codec_names[CODEC_COUNT] = {[CODEC_OPUS] = "opus",
                                                     [CODEC_VP8] = "VP8",
                                                     [CODEC_VP9] = "VP9",
                                                     [CODEC_H264] = "H264",
                                                     [CODEC_AV1] = "AV1"};

/* Orientation is left out on purpose: a browser that may not send it turns the picture itself, and so it stands
 * upright for everybody. */
static const uint32_t common_extensions = 1u << EXT_MID | 1u << EXT_AUDIO_LEVEL | 1u << EXT_ABS_SEND_TIME |
                                          1u << EXT_TRANSPORT_SEQ | 1u << EXT_DEPENDENCY |
                                          1u << EXT_CONTENT_TYPE | 1u << EXT_ABS_CAPTURE_TIME |
                                          1u << EXT_COLOR_SPACE | 1u << EXT_VIDEO_TIMING;

struct deal {
    struct router *router;
    struct peer *peer;
    struct arena *arena;
    struct sdp *offer, *answer;
    struct sdp_candidate candidates[CARRIER_CANDIDATES_MAX];
    struct answer_terms terms;
    struct answer_section sections[SDP_MEDIA_MAX];
    struct up *sources[SDP_MEDIA_MAX]; /* of a down peer: what each section is to carry */
    int64_t now_us;
    struct deal_result *result;
};

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

static bool refuse(struct deal *d, uint8_t status, const char *why)
{
    deal_refuse(d->result, status, why);
    return false;
}

static bool no_memory(struct deal *d)
{
    return refuse(d, LINK_FULL, "out of memory");
}

static bool read(struct deal *d, struct str text, bool is_fragment, struct sdp **ret_sdp)
{
    struct sdp_fault fault = {0};
    char why[LINK_WHY_BYTES_MAX];
    enum err err = is_fragment ? sdp_parse_fragment(text, d->arena, ret_sdp, &fault)
                               : sdp_parse(text, d->arena, ret_sdp, &fault);
    if (err == OK) return true;
    if (err == ERR_NOMEM) return no_memory(d);
    snprintf(why, sizeof why, "line %u: %s", fault.line, fault.why ? fault.why : "malformed");
    return refuse(d, LINK_MALFORMED, why);
}

static bool begin(struct deal *d, struct router *r, struct peer *p, int64_t now_us,
                  struct deal_result *result)
{
    *d = (struct deal){.router = r, .peer = p, .now_us = now_us, .result = result};
    d->arena = arena_new(ARENA_BYTES);
    return d->arena || no_memory(d);
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
        .audio_max = is_whip ? 1
                     : is_up ? AUDIO_UP_MAX
                             : SDP_MEDIA_MAX,
        .video_max = is_whip ? 1
                     : is_up ? VIDEO_UP_MAX
                             : SDP_MEDIA_MAX,
        .layers_max = UP_LAYERS_MAX,
        .codecs = answer_codecs_default,
        .codec_count = answer_codecs_default_count,
        .sections = is_up ? NULL : d->sections,
        .extensions = common_extensions | (is_up ? 1u << EXT_RID | 1u << EXT_REPAIRED_RID : 0u),
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
    for (unsigned i = 0; i < d->offer->media_count; i++)
        d->sections[i] =
            (struct answer_section){!d->sources[i], d->sources[i] ? codec_names[d->sources[i]->codec] : NULL};
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

/* New credentials in an offer of a peer that lives are an ICE restart, and ours change too. What was good before
 * goes on until the new ones are in use. */
static bool restart_if_asked(struct deal *d)
{
    const struct carrier *c = router_carrier(d->router);
    const struct sdp_media *m = answer_peer(d->offer, d->answer);
    if (d->peer->versions == 0 || ufrag_is_same(d->peer, m->ufrag)) return true;
    if (c->restart(d->peer->transport) != OK) return no_memory(d);
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        if (!answer_is_taken(&d->answer->media[i])) continue;
        d->answer->media[i].ufrag = c->ufrag(d->peer->transport);
        d->answer->media[i].password = c->password(d->peer->transport);
    }
    return true;
}

static bool transport_begin_with(struct deal *d, const struct sdp_media *theirs, enum sdp_setup ours)
{
    const struct carrier *c = router_carrier(d->router);
    bool is_browser = d->peer->kind == LINK_UP || d->peer->kind == LINK_DOWN;
    enum err err = c->begin(d->peer->transport, ours == SDP_SETUP_ACTIVE ? DTLS_CLIENT : DTLS_SERVER,
                            is_browser ? DTLS_GCM_ALONE : DTLS_ALL_PROFILES, theirs->fingerprint);
    if (err == ERR_UNSUPPORTED)
        return refuse(d, LINK_REFUSED,
                      "the certificate or the DTLS role has changed: that needs a new connection");
    return err == OK || no_memory(d);
}

static bool answer_find(struct deal *d)
{
    struct sdp_fault fault = {0};
    enum err err = answer_make(d->offer, &d->terms, d->arena, &d->answer, &fault);
    if (err == ERR_NOMEM) return no_memory(d);
    if (err) return refuse(d, err == ERR_BAD_INPUT ? LINK_MALFORMED : LINK_REFUSED, fault.why);
    const struct sdp_media *theirs = answer_peer(d->offer, d->answer);
    unsigned at = (unsigned)(theirs - d->offer->media);
    if (!transport_begin_with(d, theirs, d->answer->media[at].setup) || !restart_if_asked(d)) return false;
    ufrag_keep(d->peer, theirs->ufrag);
    return true;
}

static void peer_settle(struct peer *p, const struct sdp *answer)
{
    (void)answer_extensions(answer, &p->extensions); /* answer_make has seen that it can be */
    p->has_twcc = p->has_remb = p->has_rcvr_rtt = p->is_mixed = false;
    for (unsigned i = 0; i < answer->media_count; i++) {
        const struct sdp_media *m = &answer->media[i];
        if (!answer_is_taken(m)) continue;
        p->is_mixed |= m->has_mixed_extensions;
        p->has_rcvr_rtt |= m->has_rcvr_rtt;
        p->has_remb |= (m->codecs[0].feedback & SDP_REMB) != 0;
        p->has_twcc |= m->codecs[0].feedback & SDP_TRANSPORT_CC && p->extensions.id_of[EXT_TRANSPORT_SEQ];
    }
}

/* The other formats beside the codec itself. */
static void types_find(const struct sdp_media *m, uint8_t *ret_rtx, uint8_t *ret_red)
{
    *ret_rtx = *ret_red = 0;
    for (unsigned i = 1; i < m->codec_count; i++) {
        if (str_is_nocase(m->codecs[i].name, STR("rtx"))) *ret_rtx = m->codecs[i].payload_type;
        if (str_is_nocase(m->codecs[i].name, STR("red"))) *ret_red = m->codecs[i].payload_type;
    }
}

static bool layers_are_same(const struct up *up, const struct str *rids, unsigned count)
{
    if (up->layer_count != (count ? count : 1)) return false;
    for (unsigned i = 0; i < count; i++)
        if (!str_is(up->layers[i]->rid, rids[i])) return false;
    return true;
}

/* Layers by rid; or, as older browsers write them, by a group of SSRCs. */
static unsigned layers_find(const struct sdp_media *offered, const struct sdp_media *m,
                            struct str rids[UP_LAYERS_MAX])
{
    unsigned count = 0;
    for (; count < m->recv_count && count < UP_LAYERS_MAX; count++)
        rids[count] = m->recv_layers[count].rid;
    if (count || offered->rid_count) return count;
    for (unsigned i = 0; i < offered->group_count; i++) {
        const struct sdp_group *g = &offered->groups[i];
        if (g->semantics != SDP_SIM) continue;
        for (; count < g->count && count < UP_LAYERS_MAX; count++)
            rids[count] = STR("");
    }
    return count;
}

static bool is_repair(const struct sdp_media *m, uint32_t ssrc, uint32_t *ret_of)
{
    for (unsigned i = 0; i < m->group_count; i++) {
        const struct sdp_group *g = &m->groups[i];
        if (g->semantics != SDP_FID || g->count < 2 || g->ssrcs[1] != ssrc) continue;
        *ret_of = g->ssrcs[0];
        return true;
    }
    return false;
}

/* SSRCs that the description tells, in the order of its layers. Where rids do, packets tell themselves. */
static void streams_note(struct peer *p, struct up *up, const struct sdp_media *m)
{
    unsigned layer = 0;
    uint32_t of, seen[UP_LAYERS_MAX];
    if (up->layers[0]->rid.bytes) return;
    for (unsigned i = 0; i < m->ssrc_count && layer < up->layer_count; i++) {
        bool is_known = false;
        for (unsigned j = 0; j < layer; j++)
            is_known |= seen[j] == m->ssrcs[i].ssrc;
        if (is_known || is_repair(m, m->ssrcs[i].ssrc, &of)) continue;
        seen[layer] = m->ssrcs[i].ssrc;
        (void)peer_add_stream(p, seen[layer], up->layers[layer],
                              false); /* too many: found by mid then, or not */
        layer++;
    }
    for (unsigned i = 0; i < m->ssrc_count; i++)
        for (unsigned j = 0; j < layer && is_repair(m, m->ssrcs[i].ssrc, &of); j++)
            if (seen[j] == of) (void)peer_add_stream(p, m->ssrcs[i].ssrc, up->layers[j], true);
}

static bool up_settle(struct deal *d, const struct sdp_media *offered, const struct sdp_media *m)
{
    struct str rids[UP_LAYERS_MAX];
    unsigned count = layers_find(offered, m, rids);
    enum codec codec = codec_of(m->codecs[0].name);
    struct up *up = peer_up_by_mid(d->peer, m->mid);
    if (up && (up->codec != codec || up->kind != m->kind || !layers_are_same(up, rids, count))) {
        router_remove_track(d->router, up);
        up = NULL;
    }
    if (!up) {
        up = up_new(d->peer, router_next_track(d->router), m->mid, m->kind, codec, m->codecs[0].clock_hz,
                    rids, count);
        if (!up || !router_add_track(d->router, up)) return no_memory(d);
    }
    up->is_present = true;
    up->payload_type = m->codecs[0].payload_type;
    up->feedback = m->codecs[0].feedback;
    types_find(m, &up->rtx_payload_type, &up->red_payload_type);
    streams_note(d->peer, up, offered);
    return true;
}

static bool ups_settle(struct deal *d)
{
    struct peer *p = d->peer;
    for (unsigned i = 0; i < p->up_count; i++)
        p->ups[i]->is_present = false;
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        const struct sdp_media *m = &d->answer->media[i];
        bool comes = answer_is_taken(m) && (m->direction == SDP_RECVONLY || m->direction == SDP_SENDRECV);
        if (comes && !up_settle(d, &d->offer->media[i], m)) return false;
    }
    for (unsigned i = p->up_count; i-- > 0;)
        if (!p->ups[i]->is_present) router_remove_track(d->router, p->ups[i]);
    return true;
}

/* The SSRCs, and one name for all that one peer sends, so that lips and voice are kept together. */
static bool down_describe(struct deal *d, const struct down *down, struct sdp_media *m)
{
    struct str cname = str_of(down->up->peer->cname);
    char *track = arena_printf(d->arena, "track-%u", down->up->id);
    uint32_t ssrcs[] = {down->ssrc, down->rtx_ssrc};
    if (!track) return no_memory(d);
    m->stream = cname;
    m->track = str_of(track);
    for (unsigned i = 0; i < (down->rtx_payload_type ? 2u : 1u); i++) {
        struct sdp_ssrc *s = SDP_ADD(d->arena, m, ssrcs, ssrc_count, SDP_SSRCS_MAX);
        if (!s) return no_memory(d);
        *s = (struct sdp_ssrc){ssrcs[i], cname, m->stream, m->track};
    }
    if (!down->rtx_payload_type) return true;
    struct sdp_group *g = SDP_ADD(d->arena, m, groups, group_count, SDP_GROUPS_MAX);
    if (!g) return no_memory(d);
    *g = (struct sdp_group){SDP_FID, 2, {down->ssrc, down->rtx_ssrc}};
    return true;
}

static bool down_settle(struct deal *d, struct up *up, struct sdp_media *m)
{
    struct peer *p = d->peer;
    struct down *down = peer_down_by_mid(p, m->mid);
    bool is_new = !down || down->up != up;
    if (is_new) {
        if (down) peer_remove_down(p, down);
        down = down_new(p, up, m->mid);
        if (!down) return no_memory(d);
        if (!peer_add_down(p, down)) {
            down_free(down);
            return refuse(d, LINK_FULL, "too many tracks");
        }
    }
    down->is_present = true;
    down->payload_type = m->codecs[0].payload_type;
    types_find(m, &down->rtx_payload_type, &down->red_payload_type);
    if (!down_describe(d, down, m)) return false;
    if (is_new) down_start(down, d->now_us);
    return true;
}

static bool downs_settle(struct deal *d)
{
    struct peer *p = d->peer;
    unsigned count = 0;
    list_each (item, after, &p->downs)
        list_of(item, struct down, in_peer)->is_present = false;
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        struct sdp_media *m = &d->answer->media[i];
        bool goes = answer_is_taken(m) && m->direction == SDP_SENDONLY && d->sources[i];
        if (goes && !down_settle(d, d->sources[i], m)) return false;
        count += goes;
    }
    list_each (old, next, &p->downs) {
        struct down *down = list_of(old, struct down, in_peer);
        if (!down->is_present) peer_remove_down(p, down);
    }
    if (p->kind == LINK_WHEP && count == 0)
        return refuse(d, LINK_REFUSED, "no section can carry what is sent here");
    return true;
}

static bool answer_text(struct deal *d)
{
    sdp_write(d->answer, &d->result->sdp);
    if (d->result->sdp.err) return no_memory(d);
    d->peer->versions++;
    return true;
}

void deal_offer(struct router *r, struct peer *p, const struct link_offer *o, int64_t now_us,
                struct deal_result *ret_result)
{
    struct deal *d = mem_alloc(sizeof *d); /* tens of kilobytes: too much for a stack */
    if (!d) {
        deal_refuse(ret_result, LINK_FULL, "out of memory");
        return;
    }
    if (begin(d, r, p, now_us, ret_result) && read(d, o->sdp, false, &d->offer)) {
        terms_make(d);
        if (!peer_is_up(p)) sources_find(d, &o->binds);
        if (answer_find(d)) {
            peer_settle(p, d->answer);
            if (peer_is_up(p) ? ups_settle(d) : downs_settle(d)) (void)answer_text(d);
        }
    }
    arena_free(d->arena);
    mem_free(d);
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
    sdp_write_fragment(&ours, &d->result->sdp);
    return d->result->sdp.err == OK || no_memory(d);
}

static void patch(struct deal *d, struct str fragment, bool may_restart)
{
    struct sdp *theirs = NULL;
    if (!read(d, fragment, true, &theirs)) return;
    struct str ufrag =
        theirs->media_count && theirs->media[0].ufrag.bytes ? theirs->media[0].ufrag : theirs->session.ufrag;
    if (ufrag.bytes == 0 || ufrag_is_same(d->peer, ufrag))
        return; /* its candidates: checks will come from them */
    if (!may_restart) {
        deal_refuse(d->result, LINK_PRECONDITION,
                    "an ICE restart needs If-Match with the session's ETag or *");
        return;
    }
    if (router_carrier(d->router)->restart(d->peer->transport) != OK) {
        (void)no_memory(d);
        return;
    }
    if (fragment_write(d, theirs)) ufrag_keep(d->peer, ufrag);
}

void deal_patch(struct router *r, struct peer *p, struct str fragment, bool may_restart,
                struct deal_result *ret_result)
{
    struct deal *d = mem_alloc(sizeof *d);
    if (!d) {
        deal_refuse(ret_result, LINK_FULL, "out of memory");
        return;
    }
    if (begin(d, r, p, 0, ret_result)) patch(d, fragment, may_restart);
    arena_free(d->arena);
    mem_free(d);
}
