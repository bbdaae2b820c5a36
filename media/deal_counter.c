/* Our own offer, for a WHEP player whose offer cannot be answered (draft-ietf-wish-whep §4.2): a section for each track, sent
 * and never received; and the answer to it. */
#include "media/deal_own.h"

enum { AUDIO_TYPE = 111, RED_TYPE = 63, VIDEO_TYPE = 96, RTX_TYPE = 97, FIRST_EXTENSION = 1 };

static bool format_add(struct deal *d, struct sdp_media *m, const struct sdp_codec *c)
{
    struct sdp_codec *to = SDP_ADD(d->arena, m, codecs, codec_count, SDP_CODECS_MAX);
    if (!to) return deal_no_memory(d);
    *to = *c;
    return true;
}

static bool formats_add(struct deal *d, struct sdp_media *m, const struct up *up)
{
    const struct answer_codec *known = NULL;
    for (unsigned i = 0; i < answer_codecs_default_count; i++)
        if (answer_codecs_default[i].codec == up->codec) known = &answer_codecs_default[i];
    ASSERT(known != NULL);
    bool is_audio = up->kind == SDP_AUDIO;
    struct sdp_codec codec = {.payload_type = is_audio ? AUDIO_TYPE : VIDEO_TYPE,
                              .channels = is_audio ? 2 : 0,
                              .name = str_of(deal_codec_names[up->codec]),
                              .clock_hz = up->clock_hz,
                              .fmtp = known->fmtp ? str_of(known->fmtp) : up->format,
                              .feedback = known->feedback};
    struct sdp_codec red = {.payload_type = RED_TYPE,
                            .channels = 2,
                            .name = STR("red"),
                            .clock_hz = up->clock_hz,
                            .fmtp = STR("111/111")};
    struct sdp_codec rtx = {
        .payload_type = RTX_TYPE, .name = STR("rtx"), .clock_hz = up->clock_hz, .fmtp = STR("apt=96")};
    if (!format_add(d, m, &codec)) return false;
    if (!is_audio) return format_add(d, m, &rtx);
    return format_add(d, m, &red); /* made by us where the player's loss asks for it (media/protect) */
}

static bool extensions_add(struct deal *d, struct sdp_media *m)
{
    uint16_t id = FIRST_EXTENSION;
    for (unsigned kind = EXT_NONE + 1; kind < EXT_KINDS; kind++) {
        if (!(deal_extensions(false) >> kind & 1)) continue;
        struct sdp_extension *e = SDP_ADD(d->arena, m, extensions, extension_count, SDP_EXTENSIONS_MAX);
        if (!e) return deal_no_memory(d);
        *e = (struct sdp_extension){.id = id++, .kind = kind, .uri = str_of(ext_uri(kind))};
    }
    return true;
}

static bool transport_add(struct deal *d, struct sdp_media *m, bool is_first)
{
    const struct carrier *c = router_carrier(d->router);
    m->ufrag = c->ufrag(d->peer->transport);
    m->password = c->password(d->peer->transport);
    m->has_fingerprint = true;
    c->fingerprint(c->context, m->fingerprint);
    m->setup = SDP_SETUP_ACTPASS; /* RFC 8842 §5.2: the answer chooses */
    if (!is_first) return true;
    unsigned count = c->candidates(c->context, d->candidates, CARRIER_CANDIDATES_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct sdp_candidate *to = SDP_ADD(d->arena, m, candidates, candidate_count, SDP_CANDIDATES_MAX);
        if (!to) return deal_no_memory(d);
        *to = d->candidates[i];
    }
    m->has_end_of_candidates = true;
    return true;
}

static bool section_add(struct deal *d, struct up *up, struct str mid)
{
    bool is_first = d->answer->media_count == 0;
    bool is_audio = up->kind == SDP_AUDIO;
    struct deal_types types;
    struct sdp_media *m = SDP_ADD(d->arena, d->answer, media, media_count, SDP_MEDIA_MAX);
    struct str *bundled = m ? SDP_ADD(d->arena, d->answer, bundle, bundle_count, SDP_MEDIA_MAX) : NULL;
    char *number = bundled ? arena_printf(d->arena, "%u", d->answer->media_count - 1u) : NULL;
    if (!number) return deal_no_memory(d);
    *m = (struct sdp_media){.kind = up->kind,
                            .kind_text = is_audio ? STR("audio") : STR("video"),
                            .protocol = STR("UDP/TLS/RTP/SAVPF"),
                            .port = 9,
                            .mid = mid.bytes ? mid : str_of(number),
                            .direction = SDP_SENDONLY,
                            .has_rtcp_mux = true,
                            .has_rtcp_rsize = true,
                            .has_rcvr_rtt = true,
                            .has_mixed_extensions = true};
    *bundled = m->mid;
    if (!formats_add(d, m, up) || !extensions_add(d, m) || !transport_add(d, m, is_first)) return false;
    deal_types_find(m, &types);
    return deal_down_add(d, up, m, &types);
}

static bool counter_decide(struct deal *d, const struct link_binds *binds)
{
    d->answer = arena_zalloc(d->arena, sizeof *d->answer);
    if (!d->answer) return deal_no_memory(d);
    d->answer->id = d->peer->id;
    d->answer->version = d->peer->versions + 1;
    d->answer->is_ice_lite = true;
    d->awaits_accept = true;
    for (unsigned i = 0; i < binds->count; i++) {
        struct up *up = router_track(d->router, binds->at[i].track);
        if (!up || up->peer->room != d->peer->room) continue;
        if (!section_add(d, up, binds->at[i].mid)) return false;
    }
    if (d->down_count == 0) return deal_refused(d, LINK_ABSENT, "nothing is sent here");
    sdp_write(d->answer, &d->result->sdp);
    return d->result->sdp.err == OK || deal_no_memory(d);
}

struct deal *deal_counter(struct router *r, struct peer *p, const struct link_binds *binds, int64_t now_us,
                          struct deal_result *ret_result)
{
    struct deal *d = deal_new(r, p, now_us, ret_result);
    if (!d || counter_decide(d, binds)) return d;
    deal_drop(d);
    return NULL;
}

/* -- the answer -- */

/* Ids are ours: an answer may leave extensions out, and nothing else (RFC 8285 §5). */
static bool extensions_are_ours(const struct deal *d, const struct sdp_media *m)
{
    for (unsigned i = 0; i < m->extension_count; i++) {
        const struct sdp_extension *e = &m->extensions[i];
        if (e->kind != EXT_NONE && d->peer->extensions.id_of[e->kind] != e->id) return false;
    }
    return true;
}

static const char *objection(const struct deal *d, const struct down *down, const struct sdp_media *m)
{
    if (!m->has_rtcp_mux) return "rtcp-mux is needed";
    if (!m->has_fingerprint) return "a sha-256 fingerprint is needed";
    if (m->ufrag.bytes == 0 || m->password.bytes == 0) return "ice-ufrag and ice-pwd are needed";
    if (m->setup != SDP_SETUP_ACTIVE && m->setup != SDP_SETUP_PASSIVE) return "setup is active or passive";
    if (m->codec_count == 0 || m->codecs[0].payload_type != down->payload_type)
        return "the codec is not the one of the offer";
    return extensions_are_ours(d, m) ? NULL : "an extmap that is not the offer's";
}

/* Formats beside the codec stay where the answer has them. */
static struct deal_types types_left(const struct down *down, const struct sdp_media *m)
{
    struct deal_types t = {.codec = down->payload_type};
    if (down->rtx_payload_type && sdp_codec(m, down->rtx_payload_type)) t.rtx = down->rtx_payload_type;
    if (down->red_payload_type && sdp_codec(m, down->red_payload_type)) t.red = down->red_payload_type;
    return t;
}

/* One whose source has gone meanwhile is passed over. */
static bool section_accept(struct deal *d, const struct sdp_media *m)
{
    struct down *down = peer_down_by_mid(d->peer, m->mid);
    if (!down || m->port == 0 || m->direction == SDP_INACTIVE || m->direction == SDP_SENDONLY) return true;
    const char *why = objection(d, down, m);
    if (why) return deal_refused(d, LINK_REFUSED, why);
    ASSERT(d->down_count < PEER_DOWNS_MAX);
    d->downs[d->down_count++] = (struct deal_down){down, false, types_left(down, m)};
    if (!d->theirs) d->theirs = m;
    return true;
}

static bool accept_decide(struct deal *d, struct str text)
{
    struct ext_map map;
    if (!deal_read(d, text, false, &d->answer)) return false;
    d->offer = d->answer;
    for (unsigned i = 0; i < d->answer->media_count; i++)
        if (!section_accept(d, &d->answer->media[i])) return false;
    if (d->down_count == 0) return deal_refused(d, LINK_REFUSED, "no section is wanted");
    if (!answer_extensions(d->answer, &map))
        return deal_refused(d, LINK_MALFORMED, "an extmap id for two extensions");
    return deal_begin(d, d->theirs,
                      d->theirs->setup == SDP_SETUP_ACTIVE ? SDP_SETUP_PASSIVE : SDP_SETUP_ACTIVE);
}

struct deal *deal_accept(struct router *r, struct peer *p, struct str sdp, int64_t now_us,
                         struct deal_result *ret_result)
{
    struct deal *d = deal_new(r, p, now_us, ret_result);
    if (!d || accept_decide(d, sdp)) return d;
    deal_drop(d);
    return NULL;
}
