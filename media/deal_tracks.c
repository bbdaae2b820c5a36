/* What a deal makes of the tracks: found or made while it is decided, put in their places when it is applied. */
#include "base/rnd.h"
#include "media/deal_own.h"

void deal_types_find(const struct sdp_media *m, struct deal_types *ret_types)
{
    struct deal_types t = {.codec = m->codecs[0].payload_type};
    for (unsigned i = 1; i < m->codec_count; i++) {
        if (str_is_nocase(m->codecs[i].name, STR("rtx"))) t.rtx = m->codecs[i].payload_type;
        if (str_is_nocase(m->codecs[i].name, STR("red"))) t.red = m->codecs[i].payload_type;
    }
    *ret_types = t;
}

uint32_t deal_codecs(const struct sdp *s)
{
    uint32_t codecs = 0;
    for (unsigned i = 0; i < s->media_count; i++)
        for (unsigned j = 0; j < s->media[i].codec_count; j++)
            codecs |= 1u << codec_of(s->media[i].codecs[j].name);
    return codecs & ~(1u << CODEC_NONE);
}

/* Decision 0042: VP8 and H.264 are everybody's (RFC 7742 §5); another codec is good where all who are here to watch
 * have named it. */
uint32_t deal_avoided(const struct peer *p)
{
    static const uint32_t everybodys = 1u << CODEC_OPUS | 1u << CODEC_VP8 | 1u << CODEC_H264;
    uint32_t known = ~0u;
    bool has_viewers = false;
    list_each (item, after, &p->room->peers) {
        const struct peer *viewer = list_of(item, struct peer, in_room);
        if (peer_is_up(viewer) || !(viewer->decodes & ~(1u << CODEC_OPUS))) continue;
        has_viewers = true;
        known &= viewer->decodes;
    }
    return ~(has_viewers ? known | everybodys : everybodys);
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

static bool is_ups(const struct deal *d, const struct up *up)
{
    for (unsigned i = 0; i < d->up_count; i++)
        if (d->ups[i].up == up) return true;
    return false;
}

static bool up_find(struct deal *d, const struct sdp_media *offered, const struct sdp_media *m)
{
    struct str rids[UP_LAYERS_MAX];
    unsigned count = layers_find(offered, m, rids);
    enum codec codec = codec_of(m->codecs[0].name);
    struct up *up = peer_up_by_mid(d->peer, m->mid);
    /* Two sections of one mid: the first has it. */
    bool is_kept =
        up && up->codec == codec && up->kind == m->kind && layers_are_same(up, rids, count) && !is_ups(d, up);
    ASSERT(d->up_count < PEER_UPS_MAX);
    if (!is_kept) {
        up = up_new(d->peer, router_next_track(d->router), m->mid, m->kind, codec, m->codecs[0].clock_hz,
                    rids, count);
        if (!up || !router_know_track(d->router, up)) return deal_no_memory(d);
    }
    d->ups[d->up_count++] = (struct deal_up){.up = up, .is_new = !is_kept, .offered = offered, .taken = m};
    return true;
}

bool deal_ups(struct deal *d)
{
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        const struct sdp_media *m = &d->answer->media[i];
        bool comes = answer_is_taken(m) && (m->direction == SDP_RECVONLY || m->direction == SDP_SENDRECV);
        if (comes && !up_find(d, &d->offer->media[i], m)) return false;
    }
    return true;
}

static void up_apply(const struct deal *d, const struct deal_up *u)
{
    struct deal_types types;
    struct up *up = u->up;
    deal_types_find(u->taken, &types);
    up->payload_type = types.codec;
    up->rtx_payload_type = types.rtx;
    up->red_payload_type = types.red;
    up->feedback = u->taken->codecs[0].feedback;
    up->profile = profile_of(up->codec, &u->taken->codecs[0]);
    up_format_keep(up, u->taken->codecs[0].fmtp);
    if (u->is_new) router_add_track(d->router, up);
    streams_note(d->peer, up, u->offered);
}

static const struct up_layer *layer_of(const struct up *up, struct str rid)
{
    for (unsigned i = 0; i < up->layer_count; i++)
        if (str_is(up->layers[i]->rid, rid)) return up->layers[i];
    return NULL;
}

/* A track made anew, with another codec, in the section that it had. */
static void streams_remember(const struct deal *d, struct deal_up *u)
{
    const struct up *before = u->is_new ? peer_up_by_mid(d->peer, u->up->mid) : NULL;
    for (unsigned i = 0; before && i < u->up->layer_count; i++) {
        const struct up_layer *was = layer_of(before, u->up->layers[i]->rid);
        if (!was || !was->rid.bytes) continue;
        u->ssrcs[i] = was->has_ssrc ? was->ssrc : 0;
        u->rtx_ssrcs[i] = was->has_rtx_ssrc ? was->rtx_ssrc : 0;
    }
}

static void streams_restore(const struct deal *d, const struct deal_up *u)
{
    for (unsigned i = 0; i < u->up->layer_count; i++) {
        if (u->ssrcs[i]) (void)peer_add_stream(d->peer, u->ssrcs[i], u->up->layers[i], false);
        if (u->rtx_ssrcs[i] && u->up->rtx_payload_type)
            (void)peer_add_stream(d->peer, u->rtx_ssrcs[i], u->up->layers[i], true);
    }
}

static void ups_apply(struct deal *d)
{
    struct peer *p = d->peer;
    for (unsigned i = 0; i < d->up_count; i++)
        streams_remember(d, &d->ups[i]);
    for (unsigned i = p->up_count; i-- > 0;)
        if (!is_ups(d, p->ups[i])) router_remove_track(d->router, p->ups[i]);
    for (unsigned i = 0; i < d->up_count; i++) {
        up_apply(d, &d->ups[i]);
        streams_restore(d, &d->ups[i]);
    }
}

/* -- down -- */

static bool ssrc_is_taken(const struct deal *d, uint32_t ssrc)
{
    if (ssrc == 0 || ssrc == d->peer->ssrc || peer_down_by_ssrc(d->peer, ssrc)) return true;
    for (unsigned i = 0; i < d->down_count; i++)
        if (d->downs[i].down->ssrc == ssrc || d->downs[i].down->rtx_ssrc == ssrc) return true;
    return false;
}

static uint32_t ssrc_fresh(const struct deal *d, uint32_t other)
{
    uint32_t ssrc;
    do
        ssrc = (uint32_t)rnd_below(UINT32_MAX);
    while (ssrc == other || ssrc_is_taken(d, ssrc));
    return ssrc;
}

/* What a browser plays together: in a call voice is a stream of its own, as it must not wait for pictures that come seconds late over a bad way (decision
 * 0372); players of WHEP show one stream, and all is in that. */
static const char *stream_name(struct deal *d, const struct down *down)
{
    const char *cname = down->home->peer->cname;
    bool is_apart = d->peer->kind == LINK_DOWN && !codec_is_video(down->home->codec);
    return is_apart ? arena_printf(d->arena, "%s-voice", cname) : cname;
}

/* The SSRCs, and the names of the source. */
static bool down_describe(struct deal *d, const struct down *down, bool has_rtx, struct sdp_media *m)
{
    struct str cname = str_of(down->home->peer->cname);
    const char *stream = stream_name(d, down);
    char *track = arena_printf(d->arena, "track-%u", down->home->id);
    uint32_t ssrcs[] = {down->ssrc, down->rtx_ssrc};
    if (!track || !stream) return deal_no_memory(d);
    m->stream = str_of(stream);
    m->track = str_of(track);
    for (unsigned i = 0; i < (has_rtx ? 2u : 1u); i++) {
        struct sdp_ssrc *s = SDP_ADD(d->arena, m, ssrcs, ssrc_count, SDP_SSRCS_MAX);
        if (!s) return deal_no_memory(d);
        *s = (struct sdp_ssrc){ssrcs[i], cname, m->stream, m->track};
    }
    if (!has_rtx) return true;
    struct sdp_group *g = SDP_ADD(d->arena, m, groups, group_count, SDP_GROUPS_MAX);
    if (!g) return deal_no_memory(d);
    *g = (struct sdp_group){SDP_FID, 2, {down->ssrc, down->rtx_ssrc}};
    return true;
}

static bool is_downs(const struct deal *d, const struct down *down)
{
    for (unsigned i = 0; i < d->down_count; i++)
        if (d->downs[i].down == down) return true;
    return false;
}

bool deal_down_add(struct deal *d, struct up *up, struct sdp_media *m, const struct deal_types *types)
{
    struct down *down = peer_down_by_mid(d->peer, m->mid);
    bool is_kept = down && down->home == up && !is_downs(d, down);
    ASSERT(d->down_count < PEER_DOWNS_MAX);
    if (!is_kept) {
        down = down_new(d->peer, up, m->mid);
        if (!down) return deal_no_memory(d);
        down->ssrc = ssrc_fresh(d, 0);
        down->rtx_ssrc = ssrc_fresh(d, down->ssrc);
    }
    d->downs[d->down_count++] = (struct deal_down){down, !is_kept, *types};
    return down_describe(d, down, types->rtx != 0, m);
}

bool deal_downs(struct deal *d)
{
    for (unsigned i = 0; i < d->answer->media_count; i++) {
        struct sdp_media *m = &d->answer->media[i];
        struct deal_types types;
        if (!answer_is_taken(m) || m->direction != SDP_SENDONLY || !d->sources[i]) continue;
        deal_types_find(m, &types);
        if (!deal_down_add(d, d->sources[i], m, &types)) return false;
    }
    if (d->peer->kind == LINK_WHEP && d->down_count == 0)
        return deal_refused(d, LINK_REFUSED, "no section can carry what is sent here");
    return true;
}

static void downs_apply(struct deal *d)
{
    struct peer *p = d->peer;
    list_each (item, after, &p->downs) {
        struct down *down = list_of(item, struct down, in_peer);
        if (!is_downs(d, down)) peer_remove_down(p, down);
    }
    for (unsigned i = 0; i < d->down_count; i++) {
        struct deal_down *one = &d->downs[i];
        one->down->payload_type = one->types.codec;
        one->down->rtx_payload_type = one->types.rtx;
        one->down->red_payload_type = one->types.red;
        if (one->is_new) peer_add_down(p, one->down);
        if (one->is_new) down_start(one->down, d->now_us);
    }
}

void deal_tracks_apply(struct deal *d)
{
    if (peer_is_up(d->peer))
        ups_apply(d);
    else
        downs_apply(d);
}

void deal_tracks_drop(struct deal *d)
{
    for (unsigned i = 0; i < d->up_count; i++)
        if (d->ups[i].is_new) router_forget_track(d->router, d->ups[i].up);
    for (unsigned i = 0; i < d->down_count; i++)
        if (d->downs[i].is_new) down_free(d->downs[i].down);
}
