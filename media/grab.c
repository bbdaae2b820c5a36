#include "media/grab.h"
#include "base/mem.h"
#include "media/peer.h"
#include "media/room.h"
#include "media/wanted.h"

enum {
    LAYER_MS = 1500, /* until the best layer of a simulcast source is there */
    FRESH_MS = 300,  /* the newest picture may be so much older than the asking, where a hole follows it */
    ASK_AGAIN_MS = 500,
    UNIX_OF_NTP = 2208988800u
};

enum state { FREE, LOOKS, MADE };

struct grab {
    enum state state;
    uint32_t request, track, job;
    struct tick asked, until, key_asked;
    unsigned tries;
    bool was_key_asked, had_child;
    uint32_t bytes; /* of the file, passed on */
    /* of the run that is with the child */
    uint32_t stamp, clock_hz;
    int64_t last_key; /* of a run that did not decode: a newer one is wanted */
    bool has_last_key;
    uint8_t last_layer;
    int64_t at_ms;
    uint8_t clock; /* enum link_still_clock */
};

struct grabs {
    struct grabs_settings settings;
    uint32_t last_job;
    struct grab each[GRABS_MAX];
};

struct grabs *grabs_new(const struct grabs_settings *settings)
{
    struct grabs *g = mem_zalloc(sizeof *g);
    if (g) g->settings = *settings;
    return g;
}

void grabs_free(struct grabs *g)
{
    mem_free(g);
}

bool grabs_has(const struct grabs *g)
{
    for (unsigned i = 0; i < GRABS_MAX; i++)
        if (g->each[i].state != FREE) return true;
    return false;
}

static void refuse(struct grabs *g, uint32_t request, uint8_t status)
{
    struct link_msg m = {.type = LINK_STILL_DONE, .still_done = {.request = request, .status = status}};
    g->settings.tell(g->settings.owner, &m);
}

static void grab_end(struct grabs *g, struct grab *one, uint8_t status)
{
    uint32_t request = one->request;
    *one = (struct grab){0};
    refuse(g, request, status);
}

void grabs_ask(struct grabs *g, const struct link_still_ask *ask, int64_t now_us)
{
    struct grab *one = NULL;
    for (unsigned i = 0; i < GRABS_MAX && !one; i++)
        if (g->each[i].state == FREE) one = &g->each[i];
    if (!one) {
        refuse(g, ask->request, LINK_STILL_BUSY);
        return;
    }
    struct tick now = {now_us / 1000};
    *one = (struct grab){.state = LOOKS,
                         .request = ask->request,
                         .track = ask->track,
                         .asked = now,
                         .until = {now.ms + GRAB_LOOK_MS}};
    grabs_turn(g, now_us);
}

/* -- which picture -- */

struct run {
    int64_t first, last; /* numbers in the cache; last ends a picture */
    size_t bytes, packets;
};

/* ret_has_hole: something behind it is missing. */
static bool run_find(const struct cache *c, struct tick now, struct run *ret, bool *ret_has_hole)
{
    struct run r = {0};
    size_t bytes = 0, packets = 0;
    bool has_last = false;
    if (!cache_key(c, now, &r.first)) return false;
    int64_t seq = r.first;
    for (; seq <= c->newest; seq++) {
        const struct packet *p = cache_at(c, seq);
        if (!p) break;
        if (p->rtp.payload_bytes == 0) continue;
        bytes += p->rtp.payload_bytes;
        packets++;
        if (!p->rtp.is_marked) continue;
        r.last = seq;
        r.bytes = bytes;
        r.packets = packets;
        has_last = true;
    }
    *ret_has_hole = seq <= c->newest;
    *ret = r;
    return has_last;
}

static bool run_is_good(const struct grab *one, const struct up_layer *l, const struct run *r, bool has_hole)
{
    bool is_new = !one->has_last_key || one->last_layer != l->index || r->first > one->last_key;
    const struct packet *last = cache_at(l->cache, r->last);
    return is_new && (!has_hole || last->arrived.ms >= one->asked.ms - FRESH_MS);
}

static int64_t ms_of_ntp(uint64_t ntp)
{
    return ((int64_t)(ntp >> 32) - UNIX_OF_NTP) * 1000 + (int64_t)((ntp & UINT32_MAX) * 1000 >> 32);
}

static void instant_note(struct grabs *g, struct grab *one, const struct up_layer *l,
                         const struct packet *last)
{
    const struct stamp_source *s = &l->source;
    int64_t arrival_ms = ms_of_ntp(router_ntp(g->settings.router, last->arrived_us));
    one->stamp = last->rtp.timestamp;
    one->clock_hz = l->up->clock_hz;
    one->clock = LINK_CLOCK_ARRIVAL;
    one->at_ms = arrival_ms;
    if (!s->has_report) return;
    int64_t since = (int32_t)(last->rtp.timestamp - s->timestamp);
    int64_t source_ms = ms_of_ntp(s->ntp) + since * 1000 / l->up->clock_hz, off = source_ms - arrival_ms;
    if (off > GRAB_AHEAD_MS || off < -GRAB_WAY_MS) return;
    one->clock = LINK_CLOCK_SOURCE;
    one->at_ms = source_ms;
}

static enum err run_say(struct grabs *g, struct grab *one, const struct up_layer *l, const struct run *r)
{
    struct codec_link *c = g->settings.codec;
    struct codec_msg open = {.type = CODEC_OPEN, .id = one->job, .codec = (uint8_t)l->up->codec},
                     still = {.type = CODEC_STILL, .id = one->job, .n = one->job},
                     close = {.type = CODEC_CLOSE, .id = one->job};
    enum err err = codec_link_say(c, &open);
    for (int64_t seq = r->first; seq <= r->last && !err; seq++) {
        const struct packet *p = cache_at(l->cache, seq);
        if (p->rtp.payload_bytes == 0) continue;
        struct codec_msg m = {.type = CODEC_PACKET,
                              .id = one->job,
                              .stamp = p->rtp.timestamp,
                              .flags = p->rtp.is_marked ? CODEC_MARKED : 0,
                              .body = rtp_payload(&p->rtp),
                              .body_bytes = p->rtp.payload_bytes};
        err = codec_link_say(c, &m);
    }
    if (!err) err = codec_link_say(c, &still);
    if (!err) err = codec_link_say(c, &close);
    codec_link_wake(c);
    return err;
}

static void run_send(struct grabs *g, struct grab *one, const struct up_layer *l, const struct run *r,
                     struct tick now)
{
    if (codec_link_room(g->settings.codec, r->bytes, r->packets + 3) != OK)
        return; /* the child is behind, or gone */
    one->job = ++g->last_job;
    if (run_say(g, one, l, r) != OK) return;
    instant_note(g, one, l, cache_at(l->cache, r->last));
    one->state = MADE;
    one->until.ms = now.ms + GRAB_MAKE_MS;
    one->bytes = 0;
    one->has_last_key = true;
    one->last_key = r->first;
    one->last_layer = l->index;
}

static void key_want(struct grab *one, struct up_layer *l, struct tick now)
{
    if (one->was_key_asked && now.ms - one->key_asked.ms < ASK_AGAIN_MS) return;
    one->was_key_asked = true;
    one->key_asked = now;
    up_ask_key(l, NULL, now);
}

/* 0: it may yet come. */
static uint8_t why_never(const struct up *up)
{
    if (!up || up->kind != SDP_VIDEO || up_is_silent(up)) return LINK_STILL_NOTHING;
    bool is_decoded = up->codec == CODEC_VP8 || up->codec == CODEC_VP9 || up->codec == CODEC_H264;
    return is_decoded ? 0 : LINK_STILL_CODEC;
}

static void grab_look(struct grabs *g, struct grab *one, struct tick now)
{
    struct up *up = router_track(g->settings.router, one->track);
    uint8_t never = why_never(up);
    if (never) {
        grab_end(g, one, never);
        return;
    }
    one->had_child |= codec_link_is_open(g->settings.codec);
    if (now.ms >= one->until.ms) {
        grab_end(g, one, one->had_child ? LINK_STILL_NOTHING : LINK_STILL_BUSY);
        return;
    }
    codec_link_want(g->settings.codec);
    wanted_whole(up, now, one->until);
    struct up_layer *l = up_layer_best(up, now);
    struct run run;
    bool has_hole = false;
    if (!l || (l != up->layers[up->layer_count - 1] && up->peer->kind == LINK_UP &&
               now.ms - one->asked.ms < LAYER_MS))
        return;
    if (!run_find(l->cache, now, &run, &has_hole) || !run_is_good(one, l, &run, has_hole))
        key_want(one, l, now);
    else if (codec_link_is_open(g->settings.codec))
        run_send(g, one, l, &run, now);
}

void grabs_turn(struct grabs *g, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    for (unsigned i = 0; i < GRABS_MAX; i++) {
        struct grab *one = &g->each[i];
        if (one->state == LOOKS)
            grab_look(g, one, now);
        else if (one->state == MADE && now.ms >= one->until.ms)
            grab_end(g, one, LINK_STILL_BUSY);
    }
}

/* -- what the child says -- */

static void look_again(struct grabs *g, struct grab *one, struct tick now, uint8_t otherwise)
{
    if (++one->tries >= GRAB_TRIES) {
        grab_end(g, one, otherwise);
        return;
    }
    one->state = LOOKS;
    one->until.ms = now.ms + GRAB_LOOK_MS;
}

void grabs_moved(struct grabs *g, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    for (unsigned i = 0; i < GRABS_MAX; i++) {
        struct grab *one = &g->each[i];
        if (one->state == MADE) {
            one->has_last_key = false;
            look_again(g, one, now, LINK_STILL_NOTHING);
        }
    }
    grabs_turn(g, now_us);
}

static void part_heard(struct grabs *g, struct grab *one, const struct codec_msg *m)
{
    struct link_msg part = {.type = LINK_STILL_PART,
                            .still_part = {one->request, m->n, {(const char *)m->body, m->body_bytes}}};
    if (m->n != one->bytes || m->n + m->body_bytes > LINK_STILL_BYTES_MAX) {
        codec_link_break(g->settings.codec);
        return;
    }
    one->bytes += (uint32_t)m->body_bytes;
    g->settings.tell(g->settings.owner, &part);
}

static void made(struct grabs *g, struct grab *one, const struct codec_msg *m)
{
    if (m->n != one->bytes || m->width == 0 || m->height == 0) {
        codec_link_break(g->settings.codec);
        return;
    }
    int64_t before =
        (int32_t)(m->stamp - one->stamp); /* the last may not have decoded: then it is one of before */
    int64_t at_ms = one->at_ms + before * 1000 / one->clock_hz;
    struct link_msg done = {.type = LINK_STILL_DONE,
                            .still_done = {one->request, LINK_STILL_MADE, one->clock, m->n, m->width,
                                           m->height, at_ms > 0 ? (uint64_t)at_ms : 0}};
    *one = (struct grab){0};
    g->settings.tell(g->settings.owner, &done);
}

static void done_heard(struct grabs *g, struct grab *one, const struct codec_msg *m, struct tick now)
{
    if (m->status == CODEC_MADE)
        made(g, one, m);
    else if (m->status == CODEC_NOTHING)
        look_again(g, one, now, LINK_STILL_NOTHING);
    else
        grab_end(g, one,
                 m->status == CODEC_UNSUPPORTED ? LINK_STILL_CODEC
                 : m->status == CODEC_TOO_LARGE ? LINK_STILL_LARGE
                                                : LINK_STILL_BUSY);
}

/* A job that is nobody's any more is passed over. */
void grabs_heard(struct grabs *g, const struct codec_msg *m, int64_t now_us)
{
    for (unsigned i = 0; i < GRABS_MAX; i++) {
        struct grab *one = &g->each[i];
        if (one->state != MADE || one->job != m->id) continue;
        if (m->type == CODEC_PART)
            part_heard(g, one, m);
        else
            done_heard(g, one, m, (struct tick){now_us / 1000});
        return;
    }
}
