/* What goes to the child: sound as it comes, in its own order, as the mixer has a jitter buffer; pictures one after the other. Both are read
 * from what the track keeps, so that a publisher's path knows nothing of it. */
#include "media/legs_own.h"

enum {
    SOUND_LOOK = 32,  /* packets back, for those that came late */
    HOLE_US = 150000, /* so long a missing packet of a picture is waited for */
    HEIGHT_ENOUGH = 160,
    PACKETS_A_TURN = 200
};

static struct feed *feed_find(struct legs *l, uint32_t track) /* 0: a free place */
{
    for (unsigned i = 0; i < LEGS_FEEDS_MAX; i++)
        if (l->feeds[i].track == track) return &l->feeds[i];
    return NULL;
}

/* The lane is said when a sound is opened. */
static void feed_reopen(struct legs *l, struct feed *f)
{
    struct codec_msg close = {.type = CODEC_CLOSE, .id = f->id};
    if (!legs_say(l, &close)) return; /* at the next turn */
    f->is_open = false;
    f->id = 0;
}

struct feed *legs_feed(struct legs *l, const struct up *up)
{
    struct feed *f = feed_find(l, up->id);
    if (!f && (f = feed_find(l, 0))) *f = (struct feed){.track = up->id};
    if (!f) return NULL;
    f->is_used = true;
    if (f->is_open && up->codec == CODEC_OPUS && f->lane != up->peer->lane) feed_reopen(l, f);
    if (f->is_open) return f;
    if (!f->id) f->id = legs_id(l);
    struct codec_msg open = {.type = CODEC_OPEN, .id = f->id, .codec = (uint8_t)up->codec};
    if (up->codec == CODEC_OPUS) {
        open.n = up->peer->room->id;
        open.stamp = up->peer->participant;
        open.width = f->lane = up->peer->lane;
    }
    f->is_open = legs_say(l, &open);
    return f;
}

void legs_feeds_unuse(struct legs *l)
{
    for (unsigned i = 0; i < LEGS_FEEDS_MAX; i++)
        l->feeds[i].is_used = false;
}

void legs_feeds_forget(struct legs *l)
{
    for (unsigned i = 0; i < LEGS_FEEDS_MAX; i++)
        l->feeds[i] = (struct feed){0};
}

/* -- sound -- */

static void sound_feed(struct legs *l, struct feed *f, const struct up *up)
{
    const struct cache *c = up->layers[0]->cache;
    int64_t newest_us = f->newest_us, from = c->newest - SOUND_LOOK + 1;
    for (int64_t seq = from < c->oldest ? c->oldest : from; c->is_started && seq <= c->newest; seq++) {
        const struct packet *p = cache_at(c, seq);
        if (!p || p->arrived_us <= f->newest_us || p->rtp.payload_bytes == 0) continue;
        if (p->arrived_us > newest_us) newest_us = p->arrived_us;
        struct codec_msg m = {.type = CODEC_PACKET,
                              .id = f->id,
                              .stamp = p->rtp.timestamp,
                              .n = p->rtp.seq,
                              .body = rtp_payload(&p->rtp),
                              .body_bytes = p->rtp.payload_bytes};
        (void)legs_say(l, &m); /* what finds no room is lost, as on any way */
    }
    f->newest_us = newest_us;
}

/* -- pictures -- */

/* The lowest layer that is no thumbnail, of those that come. */
static struct up_layer *layer_choose(const struct up *up, struct tick now)
{
    struct up_layer *found = NULL;
    for (unsigned i = 0; i < up->layer_count; i++) {
        struct up_layer *layer = up->layers[i];
        if (!up_layer_is_live(layer, now)) continue;
        found = layer;
        if (layer->height == 0 || layer->height >= HEIGHT_ENOUGH) break;
    }
    return found;
}

static void begin_with_key(struct feed *f, struct up_layer *layer, struct tick now)
{
    f->layer = layer->index;
    f->waits = false;
    f->has_next = cache_key(layer->cache, now, &f->next);
    f->has_gap = true;
    if (!f->has_next) up_ask_key(layer, NULL, now);
}

/* False: it is waited for. */
static bool hole_pass(struct feed *f, struct up_layer *layer, int64_t now_us)
{
    if (!f->waits) f->waits_us = now_us;
    f->waits = true;
    if (now_us - f->waits_us < HOLE_US) return false;
    begin_with_key(f, layer, (struct tick){now_us / 1000});
    return f->has_next;
}

static bool picture_say(struct legs *l, struct feed *f, const struct packet *p)
{
    struct codec_msg m = {.type = CODEC_PACKET,
                          .id = f->id,
                          .stamp = p->rtp.timestamp,
                          .flags =
                              (uint8_t)((p->rtp.is_marked ? CODEC_MARKED : 0) | (f->has_gap ? CODEC_GAP : 0)),
                          .body = rtp_payload(&p->rtp),
                          .body_bytes = p->rtp.payload_bytes};
    if (p->rtp.payload_bytes == 0) return true;
    if (!legs_say(l, &m)) return false;
    f->has_gap = false;
    return true;
}

static void picture_feed(struct legs *l, struct feed *f, const struct up *up, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    struct up_layer *layer = f->has_next ? up->layers[f->layer] : NULL;
    if (!layer || !up_layer_is_live(layer, now)) {
        layer = layer_choose(up, now);
        if (layer) begin_with_key(f, layer, now);
    }
    if (!layer || !f->has_next) return;
    const struct cache *c = layer->cache;
    if (f->next < c->oldest || f->next > c->newest + 1) begin_with_key(f, layer, now);
    for (int i = 0; i < PACKETS_A_TURN && f->has_next && f->next <= c->newest; i++) {
        const struct packet *p = cache_at(c, f->next);
        if (!p && !hole_pass(f, layer, now_us)) return;
        if (!p) continue;
        f->waits = false;
        if (!picture_say(l, f, p)) {
            f->has_next = false; /* the child is behind: on from a key picture */
            return;
        }
        f->next++;
    }
}

/* -- by the clock -- */

static void feed_close(struct legs *l, struct feed *f)
{
    struct codec_msg close = {.type = CODEC_CLOSE, .id = f->id};
    if (f->is_open && !legs_say(l, &close)) return; /* at the next turn */
    *f = (struct feed){0};
}

/* What nobody may see or hear now is not told; what comes after begins anew. */
static void feed_turn(struct legs *l, struct feed *f, int64_t now_us)
{
    const struct up *up = router_track(l->settings.router, f->track);
    if (!up || !f->is_used) {
        feed_close(l, f);
    } else if (!f->is_open || up_is_silent(up)) {
        f->newest_us = now_us;
        f->has_next = false;
    } else if (up->codec == CODEC_OPUS) {
        sound_feed(l, f, up);
    } else {
        picture_feed(l, f, up, now_us);
    }
}

void legs_feeds_turn(struct legs *l, int64_t now_us)
{
    for (unsigned i = 0; i < LEGS_FEEDS_MAX; i++)
        if (l->feeds[i].track) feed_turn(l, &l->feeds[i], now_us);
}
