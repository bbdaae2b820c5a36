#include "media/room.h"
#include "base/mem.h"
#include "media/router.h"

enum { QUALITY_GRID_MS = ROOM_QUALITY_EVERY_MS / 10 };

struct room *room_new(struct router *router, uint32_t id)
{
    struct room *r = mem_zalloc(sizeof *r);
    if (!r) return NULL;
    r->router = router;
    r->id = id;
    r->due_ms = INT64_MAX; /* nobody is here */
    list_init(&r->in_router);
    list_init(&r->peers);
    return r;
}

void room_free(struct room *r)
{
    if (!r) return;
    ASSERT(list_is_empty(&r->peers));
    list_remove(&r->in_router);
    mem_free(r);
}

static bool is_private(const struct room *r, uint32_t participant)
{
    for (unsigned i = 0; i < r->private_count; i++)
        if (r->privates[i] == participant) return true;
    return false;
}

void room_add(struct room *r, struct peer *p)
{
    p->is_cut_off = is_private(r, p->participant);
    list_add_last(&r->peers, &p->in_room);
    r->peer_count++;
    room_is_due(r, 0);
}

void room_remove(struct room *r, struct peer *p)
{
    list_remove(&p->in_room);
    r->peer_count--;
}

/* Whoever hears again begins with a key frame of after the talk: not one picture of it is shown to who was cut off. */
static void ups_forget(struct room *r)
{
    list_each (item, after, &r->peers) {
        const struct peer *p = list_of(item, struct peer, in_room);
        for (unsigned i = 0; i < p->up_count; i++)
            up_forget(p->ups[i]);
    }
}

static void downs_restart(struct room *r, int64_t now_us)
{
    list_each (item, after, &r->peers)
        list_each (inner, next, &list_of(item, struct peer, in_room)->downs)
            down_start(list_of(inner, struct down, in_peer), now_us);
}

void room_private(struct room *r, const uint32_t *participants, uint16_t count, int64_t now_us)
{
    ASSERT(count <= LINK_PARTICIPANTS_MAX);
    r->private_count = count;
    if (count) memcpy(r->privates, participants, count * sizeof *participants);
    list_each (item, after, &r->peers) {
        struct peer *p = list_of(item, struct peer, in_room);
        bool was = p->is_cut_off;
        p->is_cut_off = is_private(r, p->participant);
        if (was == p->is_cut_off) continue;
        /* What was seen before is not what goes on afterwards. */
        list_each (inner, next, &p->downs)
            down_stop(list_of(inner, struct down, in_peer));
        for (unsigned i = 0; i < p->up_count; i++)
            up_silence(p->ups[i]);
    }
    ups_forget(r);
    downs_restart(r, now_us);
}

static const struct up *speaking_track(const struct room *r)
{
    list_each (item, after, &r->peers) {
        const struct peer *p = list_of(item, struct peer, in_room);
        for (unsigned i = 0; i < p->up_count; i++)
            if (p->ups[i]->id == r->speaker.current) return p->ups[i];
    }
    return NULL;
}

/* Who interprets says what another has said: the picture stays with that one. */
static bool is_heard_by_all(const struct up *up)
{
    return up->kind == SDP_AUDIO && !up_is_silent(up) && up->peer->lane == 0;
}

static void speaker_turn(struct room *r, struct tick now)
{
    struct speaker_entry entries[ROOM_SPEAKERS_MAX];
    unsigned count = 0;
    list_each (item, after, &r->peers) {
        const struct peer *p = list_of(item, struct peer, in_room);
        for (unsigned i = 0; i < p->up_count && count < ROOM_SPEAKERS_MAX; i++)
            if (is_heard_by_all(p->ups[i]))
                entries[count++] = (struct speaker_entry){p->ups[i]->id, &p->ups[i]->level};
    }
    if (!speaker_choose(&r->speaker, entries, count, now)) return;
    const struct up *up = speaking_track(r);
    router_tell(r->router,
                &(struct link_msg){.type = LINK_SPEAKER,
                                   .speaker = {r->id, up ? up->peer->participant : 0, up ? up->id : 0}});
}

static void quality_turn(struct room *r, struct peer *p, int64_t now_us)
{
    struct link_msg m = {.type = LINK_QUALITY};
    if (now_us / 1000 < p->quality_ms) return;
    p->quality_ms = (now_us / 1000 / QUALITY_GRID_MS + 10) * QUALITY_GRID_MS;
    peer_quality(p, now_us, &m.quality);
    router_tell(r->router, &m);
}

/* Does what is due of one; then it is due again at once (0), or at a multiple of ROOM_GRID_MS. One with transport-wide feedback is in a loop of
 * control, where 50 ms are long: its time is kept. */
static void one_turn(struct room *r, struct peer *p, int64_t now_us)
{
    peer_turn(p, now_us);
    if (!peer_is_connected(p)) {
        p->due_ms = INT64_MAX; /* until its state changes */
        return;
    }
    quality_turn(r, p, now_us);
    if (p->quality_ms < p->due_ms) p->due_ms = p->quality_ms;
    if (!p->has_twcc) p->due_ms = (p->due_ms + ROOM_GRID_MS - 1) / ROOM_GRID_MS * ROOM_GRID_MS;
}

void room_turn(struct room *r, int64_t now_us)
{
    int64_t now_ms = now_us / 1000;
    r->due_ms = INT64_MAX;
    list_each (item, after, &r->peers) {
        struct peer *p = list_of(item, struct peer, in_room);
        if (now_ms >= p->due_ms) one_turn(r, p, now_us);
        room_is_due(r, p->due_ms);
    }
    if (now_ms >= r->speaker_ms) {
        r->speaker_ms = (now_ms / ROOM_SPEAKER_EVERY_MS + 1) * ROOM_SPEAKER_EVERY_MS;
        speaker_turn(r, (struct tick){now_ms});
    }
    if (r->peer_count > 0) room_is_due(r, r->speaker_ms);
}

void room_is_due(struct room *r, int64_t at_ms)
{
    if (at_ms >= r->due_ms) return;
    r->due_ms = at_ms;
    router_is_due(r->router, at_ms);
}

uint64_t room_ntp(const struct room *r, int64_t now_us)
{
    return router_ntp(r->router, now_us);
}
