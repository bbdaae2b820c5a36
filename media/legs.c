#include "base/log.h"
#include "base/mem.h"
#include "media/legs_own.h"

enum {
    FIRST_ID = 1u << 30, /* stills' numbers are below (media/grab) */
    SAY_EVERY_MS = 500,
    SIZE_EVERY_MS = 5000,
    UNKNOWN_BPS = 300000,
    MOST_BPS = 300000,    /* also where the way carries more: who saves data */
    HEADS_BPS = 20000,    /* of fifty packets of sound a second, and some pictures' */
    PICTURE_PERCENT = 80, /* of what is left */
    PICTURE_MOST_BPS = 220000,
    CHANGE_PERCENT = 15, /* of less nothing is said */
    SOUND_ALONE_BPS = 32000,
    GOOD_S = 60 /* it has kept up */
};

_Static_assert((int)LINK_LANES == (int)CODEC_LANES_MAX, "the child has each lane that the server names");

struct legs *legs_new(const struct legs_settings *settings)
{
    struct legs *l = mem_zalloc(sizeof *l);
    if (!l) return NULL;
    l->settings = *settings;
    l->last_id = FIRST_ID;
    return l;
}

void legs_free(struct legs *l)
{
    if (!l) return;
    for (unsigned i = 0; i < LEGS_MAX; i++) {
        struct leg *leg = &l->each[i];
        struct peer *p = leg->state ? router_peer(l->settings.router, leg->peer) : NULL;
        if (p) made_undo(&leg->sound, p, 0);
        if (p) made_undo(&leg->picture, p, 0);
        made_close(&leg->sound);
        made_close(&leg->picture);
    }
    mem_free(l);
}

uint32_t legs_id(struct legs *l)
{
    return ++l->last_id;
}

bool legs_say(struct legs *l, const struct codec_msg *m)
{
    bool is_said = codec_link_say(l->settings.codec, m) == OK;
    l->has_said |= is_said;
    return is_said;
}

bool legs_has(const struct legs *l)
{
    for (unsigned i = 0; i < LEGS_MAX; i++)
        if (l->each[i].state) return true;
    return false;
}

static struct leg *leg_find(struct legs *l, uint32_t peer)
{
    for (unsigned i = 0; i < LEGS_MAX; i++)
        if (l->each[i].state && l->each[i].peer == peer) return &l->each[i];
    return NULL;
}

static struct leg *leg_free_place(struct legs *l)
{
    for (unsigned i = 0; i < LEGS_MAX; i++)
        if (!l->each[i].state) return &l->each[i];
    return NULL;
}

void legs_wish(struct legs *l, uint32_t peer, uint8_t why)
{
    struct leg *leg = leg_find(l, peer);
    if (!leg && why && (leg = leg_free_place(l)))
        *leg = (struct leg){.state = LEG_ASKED, .peer = peer, .id = legs_id(l)};
    if (leg) leg->why = why;
}

void legs_feed_to(struct legs *l, uint32_t peer, void (*put)(void *owner, const struct codec_msg *m),
                  void *owner)
{
    struct leg *leg = leg_find(l, peer);
    if (leg || !(leg = leg_free_place(l))) return;
    *leg = (struct leg){.state = LEG_ASKED,
                        .why = LINK_LEG_ASKED,
                        .peer = peer,
                        .id = legs_id(l),
                        .put = put,
                        .put_to = owner};
}

/* -- telling -- */

static void leg_tell(struct legs *l, struct leg *leg)
{
    bool is_mixed = leg->sound.is_on || leg->picture.is_on;
    struct link_leg now = {leg->peer, is_mixed ? leg->why : LINK_LEG_NONE,
                           leg->sound.is_on ? leg->sound.carrier : 0,
                           leg->picture.is_on ? leg->picture.carrier : 0};
    struct link_leg was = leg->told;
    if (now.why == was.why && now.sound == was.sound && now.picture == was.picture) return;
    leg->told = now;
    l->settings.tell(l->settings.owner, &(struct link_msg){.type = LINK_LEG, .leg = now});
}

/* -- what he is to get -- */

static bool is_before(const struct down *a, const struct down *b)
{
    if (a->priority != b->priority) return a->priority > b->priority;
    uint64_t speaks = a->peer->room->speaker.current ? a->peer->room->speaker.current : 0;
    const struct up *voice = speaks ? router_track(a->peer->room->router, (uint32_t)speaks) : NULL;
    uint32_t who = voice ? voice->peer->participant : 0;
    bool a_speaks = a->home->peer->participant == who, b_speaks = b->home->peer->participant == who;
    if (a_speaks != b_speaks) return a_speaks;
    return a->home->id < b->home->id;
}

static bool is_decoded(enum codec c)
{
    return c == CODEC_VP8 || c == CODEC_VP9 || c == CODEC_H264;
}

/* Those that he watches, in order; the most that one picture can show. */
static unsigned pictures_choose(const struct peer *p, struct tick now,
                                const struct up *ret[COMPOSE_PICTURES_MAX])
{
    const struct down *chosen[COMPOSE_PICTURES_MAX + 1];
    unsigned count = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        bool is_seen = is_decoded(d->home->codec) && !d->is_paused && !up_is_silent(d->home);
        bool is_live = false;
        for (unsigned i = 0; i < d->home->layer_count; i++)
            is_live |= up_layer_is_live(d->home->layers[i], now);
        if (!is_seen || !is_live) continue;
        unsigned at = count < COMPOSE_PICTURES_MAX ? count++ : count;
        for (; at > 0 && is_before(d, chosen[at - 1]); at--)
            chosen[at] = chosen[at - 1];
        chosen[at] = d;
    }
    for (unsigned i = 0; i < count; i++)
        ret[i] = chosen[i]->home;
    return count;
}

static const struct step {
    uint32_t from_bps;
    uint16_t width, height;
    uint8_t a_second;
} steps[] = {{0, 320, 180, 3}, {45000, 320, 180, 6}, {100000, 480, 270, 8}, {180000, 640, 360, 10}};

/* The picture's size follows its rate, upwards with something to spare and not at once. */
static void size_turn(struct leg *leg, uint32_t bps, int64_t now_ms)
{
    unsigned size = leg->size;
    while (size > 0 && bps < steps[size].from_bps)
        size--;
    if (size == leg->size && size + 1 < COUNT_OF(steps) && bps * 4ull > steps[size + 1].from_bps * 5ull &&
        (now_ms - leg->size_ms >= SIZE_EVERY_MS || !leg->is_said))
        size++;
    if (size != leg->size) leg->size_ms = now_ms;
    leg->size = size;
}

static void rates_set(struct leg *leg, const struct peer *p, struct leg_msg *is, int64_t now_us)
{
    int64_t way = estimate_bps(p->estimate, now_us);
    if (way == 0 || (p->has_twcc && estimate_is_untried(p->estimate))) way = UNKNOWN_BPS;
    if (way > MOST_BPS) way = MOST_BPS;
    is->sound_bps = way < 70000 ? 12000 : way < 130000 ? 16000 : 24000;
    int64_t left = way - (int64_t)is->sound_bps * (1 + p->protect.distance) - HEADS_BPS;
    int64_t bps = left * PICTURE_PERCENT / 100;
    if (bps < COMPOSE_LEAST_BPS) bps = COMPOSE_LEAST_BPS; /* a picture now and then is better than none */
    if (bps > PICTURE_MOST_BPS) bps = PICTURE_MOST_BPS;
    unsigned lost = (p->estimate->has_feedback ? estimate_loss_of_air(p->estimate) : p->loss_down) / 10;
    is->lost = (uint8_t)(lost > 100 ? 100 : lost);
    size_turn(leg, (uint32_t)bps, now_us / 1000);
    is->picture_bps = (uint32_t)bps;
    is->width = steps[leg->size].width;
    is->height = steps[leg->size].height;
    is->a_second = steps[leg->size].a_second;
}

static bool is_near(uint32_t a, uint32_t b)
{
    uint32_t off = a > b ? a - b : b - a;
    return off * 100ull <= (uint64_t)b * CHANGE_PERCENT;
}

static bool is_same(const struct leg_msg *a, const struct leg_msg *b)
{
    bool has_same = a->lane == b->lane && a->count == b->count && a->width == b->width &&
                    a->a_second == b->a_second && (a->picture_bps == 0) == (b->picture_bps == 0) &&
                    a->sound_bps == b->sound_bps;
    for (unsigned i = 0; has_same && i < a->count; i++)
        has_same = a->streams[i] == b->streams[i];
    unsigned lost = a->lost > b->lost ? a->lost - b->lost : b->lost - a->lost;
    return has_same && is_near(a->picture_bps, b->picture_bps) && lost < 3;
}

static void leg_say(struct legs *l, struct leg *leg, const struct leg_msg *is, int64_t now_ms)
{
    uint8_t body[LEG_MSG_BYTES_MAX];
    struct codec_msg m = {
        .type = CODEC_LEG, .id = leg->id, .body = body, .body_bytes = leg_msg_write(is, body)};
    if (leg->is_said && (now_ms - leg->said_ms < SAY_EVERY_MS || is_same(is, &leg->is))) return;
    if (!legs_say(l, &m)) return;
    leg->is_said = true;
    leg->said_ms = now_ms;
    leg->is = *is;
}

/* -- its tracks -- */

/* The first that can be it; it stays while it can be. */
static void carrier_find(struct made *m, const struct peer *p)
{
    if (made_carrier(m, p)) return;
    m->carrier = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        bool can_be = d->home->codec == m->up->codec && !d->is_paused;
        if (can_be && (m->carrier == 0 || d->home->id < m->carrier)) m->carrier = d->home->id;
    }
}

static void sounds_feed(struct legs *l, const struct peer *p)
{
    list_each (item, after, &p->room->peers) {
        const struct peer *other = list_of(item, struct peer, in_room);
        for (unsigned i = 0; other->participant != p->participant && i < other->up_count; i++)
            if (other->ups[i]->codec == CODEC_OPUS) (void)legs_feed(l, other->ups[i]);
    }
}

static void key_turn(struct legs *l, struct leg *leg, struct tick now)
{
    const struct up_layer *layer = leg->picture.up->layers[0];
    struct codec_msg key = {.type = CODEC_KEY, .id = leg->id};
    bool is_wanted = layer->keyframe.is_wanted || (leg->picture.carrier && !leg->picture.is_on);
    if (!leg->is_said || !is_wanted || now.ms - leg->key_ms < KEYFRAME_INTERVAL_MS) return;
    if (legs_say(l, &key)) leg->key_ms = now.ms;
}

static void leg_make(struct legs *l, struct leg *leg, struct peer *p, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    const struct up *pictures[COMPOSE_PICTURES_MAX];
    struct leg_msg is = {.room = p->room->id, .person = p->participant, .lane = p->lane};
    if (!made_open(&leg->sound, p, CODEC_OPUS) || !made_open(&leg->picture, p, CODEC_VP8)) return;
    carrier_find(&leg->sound, p);
    carrier_find(&leg->picture, p);
    sounds_feed(l, p);
    unsigned count = leg->picture.carrier ? pictures_choose(p, now, pictures) : 0;
    rates_set(leg, p, &is, now_us);
    for (unsigned i = 0; i < count; i++) {
        const struct feed *f = legs_feed(l, pictures[i]);
        if (f) is.streams[is.count++] = f->id;
    }
    if (is.count == 0) is.picture_bps = 0;
    leg_say(l, leg, &is, now.ms);
    if (is.picture_bps == 0 && leg->picture.is_on) made_undo(&leg->picture, p, now_us);
    made_apply(&leg->sound, p, now_us);
    made_apply(&leg->picture, p, now_us);
    key_turn(l, leg, now);
    made_turn(&leg->sound, now_us);
    made_turn(&leg->picture, now_us);
}

/* It has no tracks, and of pictures nothing. */
static void sound_make(struct legs *l, struct leg *leg, const struct peer *p, int64_t now_us)
{
    struct leg_msg is = {
        .room = p->room->id, .person = p->participant, .lane = p->lane, .sound_bps = SOUND_ALONE_BPS};
    sounds_feed(l, p);
    leg_say(l, leg, &is, now_us / 1000);
}

static void leg_plain(struct leg *leg, struct peer *p, int64_t now_us)
{
    leg->state = LEG_ASKED;
    leg->is_said = false;
    leg->mute_turns = leg->turns = leg->heard = leg->good = 0;
    made_undo(&leg->sound, p, now_us);
    made_undo(&leg->picture, p, now_us);
}

/* -- whether the child keeps up -- */

static void leg_rest(struct legs *l, struct leg *leg, struct peer *p, int64_t now_us)
{
    struct codec_msg close = {.type = CODEC_CLOSE, .id = leg->id};
    int64_t rest_s = LEGS_REST_S << leg->rests;
    if (rest_s > LEGS_REST_MOST_S) rest_s = LEGS_REST_MOST_S;
    if (rest_s < LEGS_REST_MOST_S) leg->rests++;
    log_warn("legs", "child_behind", LOG_U("peer", leg->peer),
             LOG_U("mute_ms", leg->mute_turns * LEGS_TURN_MS), LOG_I("rest_s", rest_s));
    (void)legs_say(l, &close);
    leg_plain(leg, p, now_us);
    leg->id = legs_id(l); /* what it still says of this one is passed over */
    leg->state = LEG_RESTS;
    leg->rest_us = now_us + rest_s * 1000000;
}

/* Counted in our own turns: where this thread is what is held up, nothing is held against the child. */
static bool keeps_up(struct leg *leg)
{
    if (!leg->sound.is_on) return true;
    if (++leg->mute_turns * LEGS_TURN_MS > LEGS_MUTE_MS) return false;
    if (++leg->turns * LEGS_TURN_MS < 1000) return true;
    bool has_enough = leg->heard * 100 >= leg->turns * LEGS_ENOUGH_PERCENT;
    leg->turns = leg->heard = 0;
    if (has_enough && ++leg->good >= GOOD_S) leg->rests = 0;
    return has_enough;
}

static void leg_end(struct legs *l, struct leg *leg, struct peer *p, int64_t now_us)
{
    struct codec_msg close = {.type = CODEC_CLOSE, .id = leg->id};
    if (leg->is_said) (void)legs_say(l, &close);
    if (p) {
        leg_plain(leg, p, now_us);
        leg_tell(l, leg);
    }
    made_close(&leg->sound);
    made_close(&leg->picture);
    *leg = (struct leg){0};
}

static void leg_turn(struct legs *l, struct leg *leg, int64_t now_us)
{
    struct peer *p = router_peer(l->settings.router, leg->peer);
    if (!p || leg->why == LINK_LEG_NONE) {
        leg_end(l, leg, p, now_us);
        return;
    }
    codec_link_want(l->settings.codec);
    if (!keeps_up(leg)) leg_rest(l, leg, p, now_us);
    if (leg->state == LEG_RESTS && now_us >= leg->rest_us) leg->state = LEG_ASKED;
    bool is_made = codec_link_is_open(l->settings.codec) && peer_is_connected(p);
    if (is_made && leg->put) sound_make(l, leg, p, now_us);
    if (leg->put) return;
    if (is_made && leg->state != LEG_RESTS) leg_make(l, leg, p, now_us);
    leg_tell(l, leg);
}

void legs_turn(struct legs *l, int64_t now_us)
{
    router_forward(l->settings.router); /* what has come goes out by the sources it had */
    legs_feeds_unuse(l);
    for (unsigned i = 0; i < LEGS_MAX; i++)
        if (l->each[i].state) leg_turn(l, &l->each[i], now_us);
    legs_feeds_turn(l, now_us);
    if (l->has_said) codec_link_wake(l->settings.codec);
    l->has_said = false;
}

/* -- what the child says -- */

/* A leg that is nobody's any more is passed over. */
void legs_heard(struct legs *l, const struct codec_msg *m, int64_t now_us)
{
    for (unsigned i = 0; i < LEGS_MAX; i++) {
        struct leg *leg = &l->each[i];
        if (!leg->state || leg->id != m->id || !leg->is_said) continue;
        struct peer *p = router_peer(l->settings.router, leg->peer);
        if (leg->put) {
            if (p && m->type == CODEC_MIXED && !peer_is_cut_off(p)) leg->put(leg->put_to, m);
            return;
        }
        struct made *made = m->type == CODEC_MIXED ? &leg->sound : &leg->picture;
        if (!p || !made->up || !made_carrier(made, p)) return;
        if (m->type == CODEC_MIXED) {
            leg->mute_turns = 0;
            leg->heard++;
        }
        bool begins =
            !made->is_on && (m->type == CODEC_MIXED || (m->flags & CODEC_MARKED && leg->is.picture_bps));
        made->is_on |= begins;
        if (begins) made_apply(made, p, now_us);
        if (m->type == CODEC_MIXED)
            made_sound_put(l, leg, p, m, now_us);
        else
            made_picture_put(l, leg, p, m, now_us);
        leg->state = LEG_MIXED;
        if (begins) leg_tell(l, leg);
        return;
    }
}

void legs_moved(struct legs *l, int64_t now_us)
{
    legs_feeds_forget(l);
    for (unsigned i = 0; i < LEGS_MAX; i++) {
        struct leg *leg = &l->each[i];
        struct peer *p = leg->state ? router_peer(l->settings.router, leg->peer) : NULL;
        if (!p) continue;
        leg_plain(leg, p, now_us);
        leg_tell(l, leg);
    }
    legs_turn(l, now_us);
}
