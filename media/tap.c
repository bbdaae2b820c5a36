#include "media/tap.h"
#include "base/mem.h"
#include "media/bytes.h"
#include "media/peer.h"
#include "media/rtcp.h"
#include "media/wanted.h"

enum { PICTURE, SOUND, LINES };
enum { SMALL_MESSAGES = 8, SMALL_BYTES = 64, WHOLE_MS = 5000 };

/* One track of a film. */
struct line {
    uint32_t track; /* 0: none */
    uint8_t codec;  /* as the child knows it */
    bool is_running, is_after_gap, has_hole, was_key_asked;
    uint8_t layer;
    int64_t next; /* its number in the layer's cache */
    struct tick hole, key_asked;
    uint64_t told_ntp; /* the sender report that the child has */
    int64_t since_us;  /* what came before is not taken */
};

struct film {
    uint32_t id; /* 0: free */
    uint8_t key[LINK_FILM_BYTES];
    uint8_t held, told_held;
    bool is_begun, is_ending, is_end_told; /* begun: the child has it */
    struct tick again;                     /* not begun anew before */
    struct line lines[LINES];
    uint32_t base, part; /* the server's number of the child's file 0; of the newest */
    bool has_part;
    uint64_t bytes; /* of that */
};

struct taps {
    struct taps_settings settings;
    struct film films[TAP_FILMS_MAX];
};

struct taps *taps_new(const struct taps_settings *settings)
{
    struct taps *t = mem_zalloc(sizeof *t);
    if (t) t->settings = *settings;
    return t;
}

void taps_free(struct taps *t)
{
    if (t) mem_wipe_free(t, sizeof *t);
}

bool taps_has(const struct taps *t)
{
    for (unsigned i = 0; i < TAP_FILMS_MAX; i++)
        if (t->films[i].id) return true;
    return false;
}

static struct film *film_find(struct taps *t, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < TAP_FILMS_MAX; i++)
        if (t->films[i].id == id) return &t->films[i];
    return NULL;
}

static void tell_gone(struct taps *t, uint32_t film)
{
    struct link_msg m = {.type = LINK_FILM_GONE, .film_gone = {film}};
    t->settings.tell(t->settings.owner, &m);
}

static void film_free(struct taps *t, struct film *f)
{
    uint32_t id = f->id;
    mem_wipe(f, sizeof *f);
    tell_gone(t, id);
}

/* -- what the server says -- */

static void line_set(struct line *l, uint32_t track, int64_t now_us)
{
    if (l->track == track) return;
    uint8_t codec = l->codec;
    *l = (struct line){.track = track, .codec = codec, .since_us = now_us};
}

void taps_set(struct taps *t, const struct link_film_set *set, int64_t now_us)
{
    struct film *f = film_find(t, set->film);
    bool is_new = !f;
    if (is_new) f = film_find(t, 0);
    if (!f) {
        tell_gone(t, set->film);
        return;
    }
    if (f->is_ending) return;
    f->id = set->film;
    memcpy(f->key, set->key.at, sizeof f->key);
    line_set(&f->lines[PICTURE], set->picture, now_us);
    line_set(&f->lines[SOUND], set->sound, now_us);
    if (f->held && !set->held)
        for (unsigned i = 0; i < LINES; i++)
            f->lines[i].since_us = now_us;
    f->held = set->held;
    taps_turn(t, now_us);
}

void taps_end(struct taps *t, uint32_t film, int64_t now_us)
{
    struct film *f = film ? film_find(t, film) : NULL;
    if (!f) return;
    taps_turn(t, now_us); /* what has come already is of it */
    f->is_ending = true;
    taps_turn(t, now_us);
}

/* -- what goes to the child -- */

static void line_lose(struct line *l)
{
    l->is_running = l->has_hole = false;
    l->told_ntp = 0;
}

static bool film_begin(struct taps *t, struct film *f, int64_t now_us)
{
    uint8_t body[CODEC_FILM_BYTES + 8];
    int64_t utc_us = rtcp_ntp_us(router_ntp(t->settings.router, now_us));
    struct codec_msg m = {.type = CODEC_FILM, .id = f->id, .body = body, .body_bytes = sizeof body};
    memcpy(body, f->key, CODEC_FILM_BYTES);
    bytes_put64(body + CODEC_FILM_BYTES, (uint64_t)(utc_us - now_us));
    f->is_begun = codec_link_say(t->settings.codec, &m) == OK;
    mem_wipe(body, sizeof body);
    f->told_held = 0;
    if (f->has_part) f->base = f->part + 1;
    for (unsigned i = 0; i < LINES; i++) {
        line_lose(&f->lines[i]);
        f->lines[i].codec = CODEC_NONE;
        if (f->lines[i].since_us < now_us && f->has_part) f->lines[i].since_us = now_us;
    }
    return f->is_begun;
}

static bool say_codec(struct taps *t, struct film *f, unsigned which, uint8_t codec)
{
    struct codec_msg m = {
        .type = CODEC_FILM_TRACK, .id = f->id, .codec = codec, .n = which == PICTURE ? 1 : 2};
    if (codec_link_say(t->settings.codec, &m) != OK) return false;
    f->lines[which].codec = codec;
    line_lose(&f->lines[which]);
    return true;
}

static uint32_t utc_low(const struct taps *t, int64_t at_us)
{
    return (uint32_t)rtcp_ntp_us(router_ntp(t->settings.router, at_us));
}

/* With when it came: it sets the source's clock against ours. */
static void say_report(struct taps *t, struct film *f, struct line *l, const struct up_layer *layer)
{
    const struct reception *s = &layer->reception;
    uint8_t body[8];
    if (!s->has_sr || s->sr_ntp == l->told_ntp) return;
    bytes_put64(body, (uint64_t)rtcp_ntp_us(s->sr_ntp));
    struct codec_msg m = {.type = CODEC_FILM_REPORT,
                          .id = f->id,
                          .codec = l->codec,
                          .stamp = s->sr_timestamp,
                          .n = utc_low(t, s->sr_us),
                          .body = body,
                          .body_bytes = sizeof body};
    if (codec_link_say(t->settings.codec, &m) == OK) l->told_ntp = s->sr_ntp;
}

static bool say_packet(struct taps *t, struct film *f, struct line *l, const struct packet *p)
{
    struct codec_msg m = {
        .type = CODEC_FILM_PACKET,
        .id = f->id,
        .codec = l->codec,
        .stamp = p->rtp.timestamp,
        .flags = (uint8_t)((p->rtp.is_marked ? CODEC_MARKED : 0) | (l->is_after_gap ? CODEC_GAP : 0)),
        .n = utc_low(t, p->arrived_us),
        .body = rtp_payload(&p->rtp),
        .body_bytes = p->rtp.payload_bytes};
    if (codec_link_room(t->settings.codec, m.body_bytes + SMALL_BYTES, SMALL_MESSAGES) != OK) return false;
    if (codec_link_say(t->settings.codec, &m) != OK) return false;
    l->is_after_gap = false;
    return true;
}

static void key_want(struct line *l, struct up_layer *layer, struct tick now)
{
    if (l->was_key_asked && now.ms - l->key_asked.ms < TAP_KEY_MS) return;
    l->was_key_asked = true;
    l->key_asked = now;
    up_ask_key(layer, NULL, now);
}

/* The first packet that may be taken of it; false: none yet. */
static bool first_find(const struct line *l, unsigned which, const struct up_layer *layer, struct tick now,
                       int64_t *ret)
{
    const struct cache *c = layer->cache;
    int64_t seq = c->oldest;
    if (which == PICTURE) {
        if (!cache_key(c, now, &seq)) return false;
        const struct packet *p = cache_at(c, seq);
        *ret = seq;
        return p && p->arrived_us >= l->since_us;
    }
    for (; c->is_started && seq <= c->newest; seq++) {
        const struct packet *p = cache_at(c, seq);
        if (!p || p->arrived_us < l->since_us) continue;
        *ret = seq;
        return true;
    }
    return false;
}

/* Another layer is begun with when its key picture is here; the one before goes on until then, if it still comes. */
static struct up_layer *layer_choose(struct line *l, unsigned which, struct up *up, struct tick now)
{
    struct up_layer *best = which == PICTURE ? up_layer_best(up, now) : up->layers[0];
    struct up_layer *old = l->is_running && l->layer < up->layer_count ? up->layers[l->layer] : NULL;
    int64_t first;
    if (!best || best == old) return old;
    if (first_find(l, which, best, now, &first)) {
        l->layer = best->index;
        l->next = first;
        l->is_running = l->is_after_gap = true;
        l->has_hole = false;
        l->told_ntp = 0;
        return best;
    }
    if (which == PICTURE) key_want(l, best, now);
    return old;
}

/* False: it may yet come. */
static bool hole_pass(struct line *l, const struct cache *c, struct tick now)
{
    if (l->next < c->oldest) {
        l->next = c->oldest;
        l->is_after_gap = true;
        return true;
    }
    if (!l->has_hole) {
        l->has_hole = true;
        l->hole = now;
    }
    if (now.ms - l->hole.ms < TAP_HOLE_MS) return false;
    l->next++;
    l->is_after_gap = true;
    return true;
}

static void line_read(struct taps *t, struct film *f, struct line *l, struct up_layer *layer, struct tick now)
{
    const struct cache *c = layer->cache;
    while (c->is_started && l->next <= c->newest) {
        const struct packet *p = cache_at(c, l->next);
        if (!p) {
            if (!hole_pass(l, c, now)) return;
            continue;
        }
        l->has_hole = false;
        if (l->is_after_gap && f->lines[PICTURE].track == l->track && !p->frame.is_key)
            key_want(l, layer, now);
        if (p->rtp.payload_bytes > 0 && !say_packet(t, f, l, p)) return;
        l->next++;
    }
}

static void line_turn(struct taps *t, struct film *f, unsigned which, int64_t now_us)
{
    struct line *l = &f->lines[which];
    struct tick now = {now_us / 1000};
    struct up *up = l->track ? router_track(t->settings.router, l->track) : NULL;
    bool fits = up && up->layer_count > 0 && (up->kind == SDP_VIDEO) == (which == PICTURE);
    uint8_t codec = (uint8_t)(fits ? up->codec : CODEC_NONE);
    if (codec != l->codec && !say_codec(t, f, which, codec)) return;
    if (codec == CODEC_NONE) return;
    if (f->held || up_is_silent(up)) {
        line_lose(l);
        l->since_us = now_us;
        return;
    }
    if (which == PICTURE) wanted_whole(up, now, (struct tick){now.ms + WHOLE_MS});
    struct up_layer *layer = layer_choose(l, which, up, now);
    if (!layer) return;
    say_report(t, f, l, layer);
    line_read(t, f, l, layer, now);
}

static void hold_tell(struct taps *t, struct film *f)
{
    if (f->held == f->told_held) return;
    struct codec_msg on = {.type = CODEC_FILM_HOLD, .id = f->id};
    struct codec_msg m = {.type = CODEC_FILM_HOLD, .id = f->id, .status = f->held};
    if (f->held && f->told_held && codec_link_say(t->settings.codec, &on) != OK) return;
    if (codec_link_say(t->settings.codec, &m) == OK) f->told_held = f->held;
}

static void film_turn(struct taps *t, struct film *f, int64_t now_us)
{
    struct codec_link *c = t->settings.codec;
    if (!codec_link_is_open(c)) {
        if (f->is_ending)
            film_free(t, f); /* it has no more to say */
        else if (now_us / 1000 >= f->again.ms)
            codec_link_want(c);
        return;
    }
    if (codec_link_room(c, SMALL_MESSAGES * SMALL_BYTES, SMALL_MESSAGES) != OK) return;
    if (!f->is_begun && (f->is_ending || now_us / 1000 < f->again.ms || !film_begin(t, f, now_us))) {
        if (f->is_ending) film_free(t, f);
        return;
    }
    hold_tell(t, f);
    for (unsigned i = 0; i < LINES && !f->is_ending; i++)
        line_turn(t, f, i, now_us);
    if (!f->is_ending || f->is_end_told) return;
    struct codec_msg end = {.type = CODEC_FILM_END, .id = f->id};
    f->is_end_told = codec_link_say(c, &end) == OK;
}

void taps_turn(struct taps *t, int64_t now_us)
{
    bool has_any = false;
    for (unsigned i = 0; i < TAP_FILMS_MAX; i++) {
        if (!t->films[i].id) continue;
        film_turn(t, &t->films[i], now_us);
        has_any = true;
    }
    if (has_any) codec_link_wake(t->settings.codec);
}

/* -- what the child says -- */

bool taps_is_ours(const struct codec_msg *m)
{
    return m->type >= CODEC_FILM_PART && m->type <= CODEC_FILM_GONE;
}

static void part_heard(struct taps *t, struct film *f, const struct codec_msg *m)
{
    uint32_t part = f->base + m->stamp;
    bool is_next = m->n == 0 && m->stamp < UINT16_MAX && (f->has_part ? part == f->part + 1 : part == 0);
    if (is_next) {
        f->part = part;
        f->bytes = 0;
        f->has_part = true;
    }
    if (!f->has_part || part != f->part || m->n != (uint32_t)f->bytes) {
        codec_link_break(t->settings.codec);
        return;
    }
    struct link_msg say = {.type = LINK_FILM_PART,
                           .film_part = {f->id, part, f->bytes, {(const char *)m->body, m->body_bytes}}};
    f->bytes += m->body_bytes;
    t->settings.tell(t->settings.owner, &say);
}

static void done_heard(struct taps *t, struct film *f, const struct codec_msg *m)
{
    if (!f->has_part || f->base + m->stamp != f->part || m->n != (uint32_t)f->bytes || f->bytes == 0) {
        codec_link_break(t->settings.codec);
        return;
    }
    struct link_msg say = {.type = LINK_FILM_DONE,
                           .film_done = {f->id, f->part, f->bytes, {(const char *)m->body, m->body_bytes}}};
    t->settings.tell(t->settings.owner, &say);
}

/* One that was not ended could not go on: it begins anew, after a while. */
static void gone_heard(struct taps *t, struct film *f, struct tick now)
{
    if (f->is_end_told) {
        film_free(t, f);
        return;
    }
    f->is_begun = false;
    f->again.ms = now.ms + TAP_AGAIN_MS;
}

void taps_heard(struct taps *t, const struct codec_msg *m, int64_t now_us)
{
    struct film *f = film_find(t, m->id);
    if (!f || !f->is_begun) return;
    if (m->type == CODEC_FILM_PART)
        part_heard(t, f, m);
    else if (m->type == CODEC_FILM_DONE)
        done_heard(t, f, m);
    else
        gone_heard(t, f, (struct tick){now_us / 1000});
}

void taps_moved(struct taps *t, int64_t now_us)
{
    for (unsigned i = 0; i < TAP_FILMS_MAX; i++)
        t->films[i].is_begun = t->films[i].is_end_told = false;
    taps_turn(t, now_us);
}
