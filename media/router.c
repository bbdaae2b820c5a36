#include "media/router.h"
#include "base/map.h"
#include "base/mem.h"
#include "media/deal.h"

enum { TRACKS_A_PEER = PEER_UPS_MAX, OPUS_CLOCK_HZ = 48000 };

struct router {
    struct router_settings settings;
    void (*leg_wish)(void *owner, uint32_t peer, uint8_t why); /* NULL: nobody hears */
    struct list rooms;                                         /* by in_router */
    struct list waiting; /* tracks that have something to forward, by in_waiting */
    struct map *room_of, *peer_of, *track_of;
    uint32_t last_track;
    int64_t due_ms;         /* before this there is nothing for router_turn */
    int64_t wall_offset_us; /* wall = monotonic + this; fixed, so that reports never jump */
};

static struct str key_of(const uint32_t *id)
{
    return (struct str){(const char *)id, sizeof *id};
}

struct router *router_new(const struct router_settings *settings)
{
    struct router *r = mem_zalloc(sizeof *r);
    if (!r) return NULL;
    r->settings = *settings;
    list_init(&r->rooms);
    list_init(&r->waiting);
    r->wall_offset_us = settings->wall.ms * 1000 - settings->now_us;
    r->room_of = map_new(settings->rooms_max);
    r->peer_of = map_new(settings->peers_max);
    r->track_of = map_new(settings->peers_max * TRACKS_A_PEER);
    if (r->room_of && r->peer_of && r->track_of) return r;
    router_free(r);
    return NULL;
}

static void peer_drop(struct router *r, struct peer *p, bool is_told);

static void room_drop(struct router *r, struct room *room)
{
    list_each (item, after, &room->peers)
        peer_drop(r, list_of(item, struct peer, in_room), true);
    (void)map_remove(r->room_of, key_of(&room->id));
    room_free(room);
}

void router_free(struct router *r)
{
    if (!r) return;
    list_each (item, after, &r->rooms)
        room_drop(r, list_of(item, struct room, in_router));
    map_free(r->room_of);
    map_free(r->peer_of);
    map_free(r->track_of);
    mem_free(r);
}

bool router_gather(struct router *r, struct list *in_waiting)
{
    if (r->settings.gathers && list_is_empty(in_waiting)) list_add_last(&r->waiting, in_waiting);
    return r->settings.gathers;
}

void router_forward(struct router *r)
{
    list_each (item, after, &r->waiting)
        up_forward(list_of(item, struct up, in_waiting));
}

void router_tell(struct router *r, const struct link_msg *m)
{
    r->settings.tell(r->settings.owner, m);
}

uint64_t router_ntp(const struct router *r, int64_t now_us)
{
    return rtcp_ntp(now_us + r->wall_offset_us);
}

const struct carrier *router_carrier(const struct router *r)
{
    return &r->settings.carrier;
}

uint32_t router_rooms(const struct router *r)
{
    return map_count(r->room_of);
}

uint32_t router_peers(const struct router *r)
{
    return map_count(r->peer_of);
}

struct peer *router_peer(const struct router *r, uint32_t id)
{
    return map_get(r->peer_of, key_of(&id));
}

void router_wishes_to(struct router *r, void (*leg_wish)(void *owner, uint32_t peer, uint8_t why))
{
    r->leg_wish = leg_wish;
}

void router_leg_wish(struct router *r, struct peer *p, uint8_t why)
{
    p->leg = why;
    if (r->leg_wish) r->leg_wish(r->settings.owner, p->id, why);
}

struct up *router_track(const struct router *r, uint32_t id)
{
    return map_get(r->track_of, key_of(&id));
}

uint32_t router_next_track(struct router *r)
{
    return ++r->last_track;
}

static uint8_t codec_told(enum codec c)
{
    static const uint8_t told[CODEC_COUNT] = {[CODEC_OPUS] = LINK_OPUS,
                                              [CODEC_VP8] = LINK_VP8,
                                              [CODEC_VP9] = LINK_VP9,
                                              [CODEC_H264] = LINK_H264,
                                              [CODEC_AV1] = LINK_AV1};
    return told[c];
}

bool router_know_track(struct router *r, struct up *up)
{
    if (map_put(r->track_of, key_of(&up->id), up) == OK) return true;
    up_free(up);
    return false;
}

void router_forget_track(struct router *r, struct up *up)
{
    (void)map_remove(r->track_of, key_of(&up->id));
    up_free(up);
}

void router_add_track(struct router *r, struct up *up)
{
    struct peer *p = up->peer;
    peer_add_up(p, up);
    router_tell(
        r, &(struct link_msg){.type = LINK_TRACK_ADDED,
                              .track_added = {p->room->id, p->participant, p->id, up->id,
                                              up->kind == SDP_AUDIO ? LINK_AUDIO : LINK_VIDEO,
                                              codec_told(up->codec), (uint8_t)up->layer_count, up->mid}});
}

void router_remove_track(struct router *r, struct up *up)
{
    struct peer *p = up->peer;
    struct link_msg m = {.type = LINK_TRACK_GONE, .track_gone = {p->room->id, p->participant, p->id, up->id}};
    (void)map_remove(r->track_of, key_of(&up->id));
    peer_remove_up(p, up);
    router_tell(r, &m);
}

static void peer_drop(struct router *r, struct peer *p, bool is_told)
{
    struct link_msg m = {.type = LINK_PEER_STATE, .peer_state = {p->id, LINK_GONE}};
    while (p->up_count)
        router_remove_track(r, p->ups[p->up_count - 1]);
    (void)map_remove(r->peer_of, key_of(&p->id));
    room_remove(p->room, p);
    if (p->kind != LINK_BY_RTP) r->settings.carrier.close(p->transport);
    peer_free(p);
    if (is_told) router_tell(r, &m);
}

void router_state(struct peer *p, enum link_peer_state state, int64_t now_us)
{
    struct router *r = p->room->router;
    router_forward(r);
    if (state == LINK_GONE)
        peer_drop(r, p, true);
    else if (peer_set_state(p, state, now_us))
        router_tell(r, &(struct link_msg){.type = LINK_PEER_STATE, .peer_state = {p->id, (uint8_t)state}});
}

static struct room *room_find(const struct router *r, uint32_t id)
{
    return map_get(r->room_of, key_of(&id));
}

/* Opening twice does no harm. One that cannot be opened shows by the answers to its offers. */
static void room_open(struct router *r, uint32_t id)
{
    if (room_find(r, id)) return;
    struct room *room = room_new(r, id);
    if (!room) return;
    if (map_put(r->room_of, key_of(&room->id), room) != OK) {
        room_free(room);
        return;
    }
    list_add_last(&r->rooms, &room->in_router);
}

/* NULL: ret_status tells. */
static struct peer *peer_make(struct router *r, struct room *room, uint32_t id, uint32_t participant,
                              uint8_t kind, uint8_t *ret_status)
{
    struct carrier *c = &r->settings.carrier;
    *ret_status = LINK_FULL;
    if (map_count(r->peer_of) >= r->settings.peers_max) return NULL;
    struct peer *p = peer_new(room, id, participant, kind, &c->outlet, NULL);
    if (!p) return NULL;
    if (map_put(r->peer_of, key_of(&p->id), p) != OK) {
        peer_free(p);
        return NULL;
    }
    if (c->open(c->context, p, &p->transport) != OK) {
        (void)map_remove(r->peer_of, key_of(&p->id));
        peer_free(p);
        return NULL;
    }
    room_add(room, p);
    *ret_status = LINK_DONE;
    return p;
}

struct peer *router_endpoint(struct router *r, const struct link_endpoint *l, const struct outlet *outlet,
                             uint8_t payload_type)
{
    struct room *room = room_find(r, l->room);
    if (!room || router_peer(r, l->peer) || map_count(r->peer_of) >= r->settings.peers_max) return NULL;
    struct peer *p = peer_new(room, l->peer, l->participant, LINK_BY_RTP, outlet, NULL);
    if (!p) return NULL;
    if (map_put(r->peer_of, key_of(&p->id), p) != OK) {
        peer_free(p);
        return NULL;
    }
    room_add(room, p);
    struct up *up = up_new(p, router_next_track(r), STR("0"), SDP_AUDIO, CODEC_OPUS, OPUS_CLOCK_HZ, NULL, 0);
    if (!up || !router_know_track(r, up)) {
        peer_drop(r, p, false);
        return NULL;
    }
    up->payload_type = payload_type;
    router_add_track(r, up);
    return p;
}

static void answer(struct router *r, uint32_t peer, uint32_t request, const struct deal_result *d)
{
    router_tell(
        r, &(struct link_msg){.type = LINK_PEER_ANSWER,
                              .peer_answer = {peer, request, d->status, buf_str(&d->sdp), str_of(d->why)}});
}

/* The answer goes first: what comes of a peer before it has been answered would surprise. */
static void settle(struct router *r, struct peer *p, bool is_new, uint32_t request, struct deal *d,
                   const struct deal_result *result)
{
    answer(r, p->id, request, result);
    if (d)
        deal_apply(d);
    else if (is_new)
        peer_drop(r, p, false);
}

static void refuse(struct router *r, uint32_t peer, uint32_t request, uint8_t status, const char *why)
{
    struct deal_result result;
    deal_result_init(&result);
    deal_refuse(&result, status, why);
    answer(r, peer, request, &result);
    deal_result_done(&result);
}

static const char refusal_absent[] = "no such room, or another's peer",
                  refusal_full[] = "this worker is full";

static void offer(struct router *r, const struct link_offer *o, int64_t now_us)
{
    struct deal_result result;
    struct room *room = room_find(r, o->room);
    struct peer *p = router_peer(r, o->peer);
    bool is_new = !p;
    uint8_t status;
    if (!room || (p && (p->room != room || p->kind != o->kind || p->participant != o->participant))) {
        refuse(r, o->peer, o->request, LINK_ABSENT, refusal_absent);
        return;
    }
    if (!p && !(p = peer_make(r, room, o->peer, o->participant, o->kind, &status))) {
        refuse(r, o->peer, o->request, status, refusal_full);
        return;
    }
    deal_result_init(&result);
    struct deal *d = deal_offer(r, p, o, now_us, &result);
    settle(r, p, is_new, o->request, d, &result);
    deal_result_done(&result);
}

static void counter(struct router *r, const struct link_counter *c, int64_t now_us)
{
    struct deal_result result;
    struct room *room = room_find(r, c->room);
    struct peer *p;
    uint8_t status;
    if (!room || router_peer(r, c->peer)) {
        refuse(r, c->peer, c->request, LINK_ABSENT, refusal_absent);
        return;
    }
    if (!(p = peer_make(r, room, c->peer, c->participant, LINK_WHEP, &status))) {
        refuse(r, c->peer, c->request, status, refusal_full);
        return;
    }
    deal_result_init(&result);
    struct deal *d = deal_counter(r, p, &c->binds, now_us, &result);
    settle(r, p, true, c->request, d, &result);
    deal_result_done(&result);
}

static void accepted(struct router *r, const struct link_accept *a, int64_t now_us)
{
    struct deal_result result;
    struct peer *p = router_peer(r, a->peer);
    if (!p || !p->awaits_accept) {
        refuse(r, a->peer, a->request, p ? LINK_REFUSED : LINK_ABSENT,
               p ? "no offer of ours awaits an answer" : "no such peer");
        return;
    }
    deal_result_init(&result);
    struct deal *d = deal_accept(r, p, a->sdp, now_us, &result);
    settle(r, p, false, a->request, d, &result);
    deal_result_done(&result);
}

static void patch(struct router *r, const struct link_patch *m)
{
    struct deal_result result;
    struct peer *p = router_peer(r, m->peer);
    deal_result_init(&result);
    if (!p || p->kind == LINK_BY_RTP)
        deal_refuse(&result, LINK_ABSENT, "no such peer");
    else
        deal_patch(r, p, m->sdp, m->may_restart, &result);
    answer(r, m->peer, m->request, &result);
    deal_result_done(&result);
}

static void watch(struct router *r, const struct link_watch *m, int64_t now_us)
{
    struct peer *p = router_peer(r, m->peer);
    struct down *d = p ? peer_down_by_track(p, m->track) : NULL;
    if (!d) return;
    d->is_paused = m->is_paused;
    d->priority = m->priority;
    d->width = m->width;
    d->height = m->height;
    if (d->is_paused) down_stop(d);
    p->allocate_ms = 0;
    peer_is_due(p, 0); /* at the next turn */
    if (!d->is_paused) down_start(d, now_us);
    if (peer_is_connected(d->home->peer)) wanted_turn(d->home, (struct tick){now_us / 1000});
}

static void mute(struct router *r, const struct link_mute *m, int64_t now_us)
{
    struct up *up = router_track(r, m->track);
    if (!up || up->is_muted == m->is_muted) return;
    up->is_muted = m->is_muted;
    if (up->is_muted) up_silence(up);
    up_forget(up);
    list_each (item, after, &up->downs)
        if (!up->is_muted) down_start(list_of(item, struct down, in_up), now_us);
}

static void room_close(struct router *r, uint32_t id)
{
    struct room *room = room_find(r, id);
    if (room) room_drop(r, room);
}

static void peer_close(struct router *r, uint32_t id)
{
    struct peer *p = router_peer(r, id);
    if (p) peer_drop(r, p, true);
}

static void private(struct router *r, const struct link_private *m, int64_t now_us)
{
    struct room *room = room_find(r, m->room);
    if (room) room_private(room, m->participants, m->count, now_us);
}

static void save(struct router *r, const struct link_save *m)
{
    struct peer *p = router_peer(r, m->peer);
    if (!p || peer_is_up(p)) return;
    p->saves_data = m->is_on;
    p->allocate_ms = 0;
    peer_is_due(p, 0);
}

static void lane(struct router *r, const struct link_lane *m)
{
    struct peer *p = router_peer(r, m->peer);
    if (p) p->lane = m->lane;
}

bool router_take(struct router *r, const struct link_msg *m, int64_t now_us)
{
    router_forward(r);
    switch ((int)m->type) {
    case LINK_ROOM_OPEN:
        room_open(r, m->room_open.room);
        return true;
    case LINK_ROOM_CLOSE:
        room_close(r, m->room_close.room);
        return true;
    case LINK_ROOM_PRIVATE:
        private
        (r, &m->room_private, now_us);
        return true;
    case LINK_PEER_OFFER:
        offer(r, &m->peer_offer, now_us);
        return true;
    case LINK_PEER_COUNTER:
        counter(r, &m->peer_counter, now_us);
        return true;
    case LINK_PEER_ACCEPT:
        accepted(r, &m->peer_accept, now_us);
        return true;
    case LINK_PEER_PATCH:
        patch(r, &m->peer_patch);
        return true;
    case LINK_PEER_CLOSE:
        peer_close(r, m->peer_close.peer);
        return true;
    case LINK_TRACK_WATCH:
        watch(r, &m->track_watch, now_us);
        return true;
    case LINK_PEER_SAVE:
        save(r, &m->peer_save);
        return true;
    case LINK_PEER_LANE:
        lane(r, &m->peer_lane);
        return true;
    case LINK_TRACK_MUTE:
        mute(r, &m->track_mute, now_us);
        return true;
    default:
        return false;
    }
}

void router_turn(struct router *r, int64_t now_us)
{
    router_forward(r);
    if (now_us / 1000 < r->due_ms) return;
    r->due_ms = INT64_MAX;
    list_each (item, after, &r->rooms) {
        struct room *room = list_of(item, struct room, in_router);
        if (now_us / 1000 >= room->due_ms) room_turn(room, now_us);
        router_is_due(r, room->due_ms);
    }
}

void router_is_due(struct router *r, int64_t at_ms)
{
    if (at_ms < r->due_ms) r->due_ms = at_ms;
}

int64_t router_due_ms(const struct router *r)
{
    return r->due_ms;
}
