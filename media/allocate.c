#include "media/allocate.h"
#include "media/room.h"
#include "media/router.h"
#include "media/still.h"

/* One thing that a video may cost: a layer and how much of it. */
struct choice {
    uint8_t layer, sid, tid;
    uint32_t bps;
    uint16_t height;
};
enum { CHOICES_MAX = 24 };

struct share {
    struct down *down;
    unsigned count, at; /* choices, cheapest first; at: the one taken */
    bool is_taken;
    struct choice choices[CHOICES_MAX];
};

static void choice_add(struct share *s, const struct up_layer *l, unsigned sid, unsigned tid, struct tick now)
{
    uint32_t bps = up_layer_bps(l, sid, tid, now);
    if (s->count == CHOICES_MAX) return;
    if (protect_repeats(&s->down->peer->protect))
        bps += up_layer_bps(l, 0, 0, now) * (protect_is_thin(&s->down->peer->protect) ? 2 : 1);
    /* Simulcast layers are listed from small to large, but a sender may let a large one starve. */
    uint16_t height = (uint16_t)(l->sid_most > sid ? l->height >> (l->sid_most - sid) : l->height);
    s->choices[s->count++] = (struct choice){l->index, (uint8_t)sid, (uint8_t)tid, bps, height};
}

/* A layer larger than the tile shows nothing more than the first that fills it. */
static bool is_enough(const struct down *d, const struct choice *c)
{
    return d->height && c->height && c->height >= d->height;
}

/* Where much is lost, no more temporal layers than enough pictures need: what is repeated is to be the whole of it. */
static unsigned tid_most(const struct down *d, const struct up_layer *l, struct tick now)
{
    unsigned tid = 0;
    if (!protect_is_thin(&d->peer->protect)) return l->tid_most;
    while (tid < l->tid_most && up_layer_pictures(l, tid, now) < PROTECT_PICTURES)
        tid++;
    return tid;
}

/* Of one stream: temporal layers first for the lowest picture, whole rates above. */
static void stream_choices(struct share *s, const struct up_layer *l, bool is_lowest, struct tick now)
{
    unsigned most = tid_most(s->down, l, now);
    for (unsigned sid = 0; sid <= l->sid_most; sid++) {
        bool is_least = is_lowest && sid == 0;
        for (unsigned tid = is_least ? 0 : most; tid <= most; tid++)
            choice_add(s, l, sid, tid, now);
        if (s->count && is_enough(s->down, &s->choices[s->count - 1])) return;
    }
}

static void choices_find(struct share *s, struct down *d, struct tick now)
{
    bool is_lowest = true;
    s->down = d;
    s->count = s->at = 0;
    s->is_taken = false;
    for (unsigned i = 0; i < d->up->layer_count; i++) {
        const struct up_layer *l = d->up->layers[i];
        if (!up_layer_is_live(l, now)) continue;
        if (!is_lowest && l->steady[0][0] == 0) break; /* what it costs is not known yet */
        if (s->count && protect_is_thin(&d->peer->protect) && l->height > PROTECT_HEIGHT) break;
        stream_choices(s, l, is_lowest, now);
        is_lowest = false;
        if (s->count && is_enough(d, &s->choices[s->count - 1])) break;
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < s->count; i++) { /* dearer and no larger is of no use */
        while (kept && s->choices[kept - 1].bps > s->choices[i].bps &&
               s->choices[i].layer != s->choices[kept - 1].layer)
            kept--;
        s->choices[kept++] = s->choices[i];
    }
    s->count = kept;
}

static bool is_before(const struct down *a, const struct down *b)
{
    return a->priority > b->priority;
}

static unsigned shares_collect(struct peer *p, struct share *shares, struct tick now)
{
    unsigned count = 0;
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        unsigned at = count;
        if (d->is_mixed_in || d->up != d->home) continue; /* media/legs allots what a mix may have */
        if (!codec_is_video(d->up->codec) || d->is_paused || up_is_silent(d->up)) continue;
        for (; at > 0 && is_before(d, shares[at - 1].down); at--)
            shares[at] = shares[at - 1];
        choices_find(&shares[at], d, now);
        count++;
    }
    return count;
}

/* What had to be taken back soon after it was given waits longer the next time, unless the way has become wider meanwhile. */
static int64_t back_ms(const struct down *d, unsigned at, int64_t way_bps)
{
    int64_t ms = d->held == LINK_HELD_RATE && at == 0 ? ALLOCATE_AGAIN_MS : ALLOCATE_BACK_MS;
    return way_bps * 2 < (int64_t)d->failed_bps * 3 ? ms << d->failures : ms;
}

static void lowered_note(struct down *d, int64_t way_bps, int64_t now_ms)
{
    bool is_soon = d->raised_ms && now_ms - d->raised_ms < ALLOCATE_PROVEN_MS;
    if (!is_soon)
        d->failures = 0;
    else if (d->failures < ALLOCATE_FAILURES_MAX)
        d->failures++;
    d->failed_bps = (uint32_t)way_bps;
    d->lowered_ms = now_ms;
}

/* What is taken now stays while it fits about, as an estimate that has been cut stands below what the way carries; what would be
 * more counts with something on top, and not right after it was made less. */
static bool fits(const struct share *s, unsigned at, int64_t left, int64_t now_ms)
{
    const struct down *d = s->down;
    const struct choice *c = &s->choices[at];
    bool is_more =
        c->layer > d->target || c->sid > d->target_sid || c->tid > d->target_tid || d->held == LINK_HELD_RATE;
    int slack = d->peer->narrow.is ? ALLOCATE_SLACK_NARROW_PERCENT : ALLOCATE_SLACK_PERCENT;
    if (!is_more) return (int64_t)c->bps * (100 - slack) / 100 <= left;
    int64_t way_bps = estimate_bps(d->peer->estimate, now_ms * 1000);
    if (c->layer > d->target && protect_is_thin(&d->peer->protect) && way_bps < PROTECT_WIDE_BPS)
        return false;
    if (d->lowered_ms && now_ms - d->lowered_ms < back_ms(d, at, way_bps)) return false;
    int spare = d->still ? ALLOCATE_SPARE_STILL_PERCENT : ALLOCATE_SPARE_PERCENT;
    return (int64_t)c->bps * (100 + spare) / 100 <= left;
}

/* Where much is lost an estimate dips for a moment: what goes is not given up for that, as single pictures and the way back from them cost seconds. */
static bool is_short(struct down *d, bool does_fit, int64_t now_ms)
{
    if (does_fit || !d->is_running || !protect_is_thin(&d->peer->protect)) {
        d->short_ms = 0;
        return !does_fit;
    }
    if (d->short_ms == 0) d->short_ms = now_ms;
    return now_ms - d->short_ms >= ALLOCATE_SHORT_MS;
}

static void lowest_give(struct share *shares, unsigned count, int64_t *left, bool is_untried, int64_t now_ms)
{
    for (unsigned i = 0; i < count; i++) {
        struct share *s = &shares[i];
        if (s->count == 0) continue;
        /* A clinical source that is pinned keeps its lowest layer whatever happens. */
        bool does_fit = s->down->priority > 0 || is_untried || fits(s, 0, *left, now_ms);
        s->is_taken = !is_short(s->down, does_fit, now_ms);
        is_untried = false;
        if (s->is_taken) *left -= s->choices[0].bps;
    }
}

static void more_give(struct share *shares, unsigned count, int64_t *left, int64_t now_ms)
{
    for (unsigned i = 0; i < count; i++) {
        struct share *s = &shares[i];
        while (s->is_taken && s->at + 1 < s->count) {
            int64_t without = *left + s->choices[s->at].bps;
            if (!fits(s, s->at + 1, without, now_ms)) break;
            *left = without - s->choices[++s->at].bps;
        }
    }
}

/* There are larger pictures, and they wait for a way that is known to be wide. */
static bool is_width_asked(const struct share *shares, unsigned count)
{
    bool is_any = false;
    for (unsigned i = 0; i < count; i++) {
        const struct share *s = &shares[i];
        bool is_larger = s->count && s->choices[s->count - 1].layer > s->choices[0].layer;
        is_any |= is_larger && protect_is_thin(&s->down->peer->protect);
    }
    return is_any;
}

/* What is left beside the sound, for single pictures of those that are held back: each the same part of it. */
static void stills_allow(struct share *shares, unsigned count, int64_t left, uint32_t estimate,
                         int64_t now_us)
{
    unsigned held = 0;
    for (unsigned i = 0; i < count; i++)
        held += shares[i].count > 0 && !shares[i].is_taken;
    int64_t bps = held && estimate && left > 0 ? left * ALLOCATE_STILLS_PERCENT / 100 / held : 0;
    if (bps > ALLOCATE_STILL_MOST_BPS) bps = ALLOCATE_STILL_MOST_BPS;
    for (unsigned i = 0; i < count; i++) {
        struct down *d = shares[i].down;
        bool is_held = shares[i].count > 0 && !shares[i].is_taken;
        if (is_held) d->still_layer = shares[i].choices[0].layer;
        still_allow(d, is_held ? (uint32_t)bps : 0, now_us);
    }
}

static void apply(struct share *s, int64_t now_us)
{
    struct down *d = s->down;
    if (s->count == 0) { /* nothing comes yet: whatever comes first */
        d->held = LINK_NOT_HELD;
        return;
    }
    const struct choice *c = &s->choices[s->at];
    bool is_held = !s->is_taken, is_top = c->sid == d->up->layers[c->layer]->sid_most;
    bool is_thinner = c->layer == d->layer && !is_top && c->sid < d->sid;
    bool is_less = is_held ? d->held != LINK_HELD_RATE : c->layer < d->layer || is_thinner;
    bool is_more = !is_held && (d->held == LINK_HELD_RATE || c->layer > d->layer) &&
                   !estimate_is_untried(d->peer->estimate); /* a first try proves nothing */
    if (is_less && d->is_running)                           /* what never ran was no more */
        lowered_note(d, estimate_bps(d->peer->estimate, now_us), now_us / 1000);
    if (is_more && c->layer != d->target) d->raised_ms = now_us / 1000;
    if (is_more && d->held == LINK_HELD_RATE) d->raised_ms = now_us / 1000;
    d->held = is_held ? LINK_HELD_RATE : LINK_NOT_HELD;
    if (is_held) return;
    bool is_all = c->tid == d->up->layers[c->layer]->tid_most;
    d->target = c->layer;
    d->target_sid = is_top ? UP_SIDS_MAX - 1 : c->sid; /* all, also what the source adds later */
    d->target_tid = is_all ? UP_TIDS_MAX - 1 : c->tid;
    down_retarget(d, now_us);
}

static int64_t audio_bps(const struct peer *p, struct tick now)
{
    int64_t bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (!codec_is_video(d->up->codec)) bps += rate_bps(&d->rate, now);
    }
    return bps;
}

/* What a mix's picture takes, where there is one. */
static int64_t mix_bps(const struct peer *p, struct tick now)
{
    int64_t bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (d->up != d->home && codec_is_video(d->up->codec)) bps += rate_bps(&d->rate, now);
    }
    return bps;
}

/* Of what comes by WHIP nobody can be told to make less (decision 0096). What is pinned stays whole, as few pictures as there may be. */
static bool is_smaller_made_here(const struct down *d)
{
    return d->home->peer->kind == LINK_WHIP && d->home->codec == CODEC_VP8 && d->priority == 0;
}

/* All that is watched, whether it comes by itself or in a mix. */
static struct frugal_watch watch_of(const struct peer *p, struct tick now)
{
    struct frugal_watch w = {0};
    bool is_any = false;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        const struct up_layer *lowest = d->home->layer_count ? d->home->layers[0] : NULL;
        if (d->is_paused || up_is_silent(d->home)) continue;
        w.sources++;
        if (!codec_is_video(d->home->codec)) {
            w.least_bps += FRUGAL_SOUND_BPS;
        } else if (is_smaller_made_here(d) && lowest && up_layer_is_live(lowest, now)) {
            w.least_bps += up_layer_bps(lowest, 0, 0, now);
            is_any = true;
        }
    }
    if (!is_any) w.least_bps = 0;
    return w;
}

void allocate(struct peer *p, int64_t now_us)
{
    static struct share shares[PEER_DOWNS_MAX]; /* of the one thread; too large for a stack */
    struct tick now = {now_us / 1000};
    unsigned count = shares_collect(p, shares, now);
    uint32_t estimate = estimate_bps(p->estimate, now_us);
    if (estimate == 0 && p->has_twcc) estimate = ESTIMATE_FIRST_BPS; /* its feedback is on the way */
    int64_t audio = audio_bps(p, now), left = estimate ? (int64_t)estimate - audio : INT64_MAX / 256;
    int64_t mix = mix_bps(p, now), wanted = audio + mix;
    narrow_turn(&p->narrow, estimate && !estimate_is_untried(p->estimate) ? estimate : INT64_MAX, left, count,
                now);
    struct frugal_watch watched = watch_of(p, now);
    struct frugal_bounds bounds = frugal_bounds(&watched);
    bool is_tried = estimate && !(p->has_twcc &&
                                  estimate_is_untried(p->estimate)); /* what a peer tells by REMB is tried */
    frugal_turn(&p->frugal, is_tried ? estimate : INT64_MAX, bounds, now);
    uint8_t leg = p->saves_data ? LINK_LEG_ASKED : p->frugal.is ? LINK_LEG_WAY : LINK_LEG_NONE;
    if (leg != p->leg) router_leg_wish(p->room->router, p, leg);
    if (leg == LINK_LEG_WAY && wanted < bounds.over_bps)
        wanted = bounds.over_bps; /* whether the way carries more again is asked of it */
    left -= mix;
    for (unsigned i = 0; i < count; i++)
        if (shares[i].count) wanted += shares[i].choices[shares[i].count - 1].bps;
    wanted = wanted * (100 + ALLOCATE_SPARE_PERCENT) / 100;
    if (is_width_asked(shares, count) && wanted < PROTECT_WIDE_BPS) wanted = PROTECT_WIDE_BPS;
    estimate_want(p->estimate, wanted > ESTIMATE_MOST_BPS ? ESTIMATE_MOST_BPS : (uint32_t)wanted);
    lowest_give(shares, count, &left, estimate_is_untried(p->estimate), now.ms);
    more_give(shares, count, &left, now.ms);
    for (unsigned i = 0; i < count; i++)
        apply(&shares[i], now_us);
    stills_allow(shares, count, left, estimate, now_us);
}
