#include "media/mixer.h"
#include "base/mem.h"
#include "media/limit.h"
#include "media/loud.h"
#include <math.h>
#include <opus.h>
#include <string.h>

enum {
    COMPLEXITY = 5,
    HUSH_FRAMES = 10, /* of nothing, that are told */
    LOST_FEC = 2,
    LOST_MOST = 40
};

struct source {
    uint32_t id, person; /* id 0: free */
    unsigned lane;
    struct jitter *jitter;
    struct loud loud;
    bool is_heard; /* this tick */
    float sound[SOUND_FRAME];
};

struct listener {
    uint32_t id, person;
    unsigned lane;
    OpusEncoder *opus; /* NULL: the sound alone */
    uint32_t stamp;
    unsigned hushed; /* frames of nothing in a row */
    struct limit limit;
};

struct lane {
    bool is_heard;
    float duck_db, duck; /* of the floor, at the end of the last tick; duck 1: as it is */
    float duck_from;     /* and at its beginning */
    int hold_ms;
    float sound[SOUND_FRAME];
};

struct mixer {
    struct source sources[MIXER_SOURCES_MAX];
    struct listener listeners[MIXER_LISTENERS_MAX];
    struct lane lanes[MIXER_LANES];
};

struct mixer *mixer_new(void)
{
    struct mixer *m = mem_zalloc(sizeof *m);
    for (unsigned i = 0; m && i < MIXER_LANES; i++)
        m->lanes[i].duck = m->lanes[i].duck_from = 1;
    return m;
}

static void source_done(struct source *s)
{
    jitter_free(s->jitter);
    *s = (struct source){0};
}

static void listener_done(struct listener *l)
{
    mem_free(l->opus);
    *l = (struct listener){0};
}

void mixer_free(struct mixer *m)
{
    if (!m) return;
    for (unsigned i = 0; i < MIXER_SOURCES_MAX; i++)
        source_done(&m->sources[i]);
    for (unsigned i = 0; i < MIXER_LISTENERS_MAX; i++)
        listener_done(&m->listeners[i]);
    mem_free(m);
}

/* -- who speaks -- */

static const struct source *source_find(const struct mixer *m, uint32_t id) /* 0: a free place */
{
    for (unsigned i = 0; i < MIXER_SOURCES_MAX; i++)
        if (m->sources[i].id == id) return &m->sources[i];
    return NULL;
}

static struct source *source_get(struct mixer *m, uint32_t id)
{
    for (unsigned i = 0; i < MIXER_SOURCES_MAX; i++)
        if (m->sources[i].id == id) return &m->sources[i];
    return NULL;
}

enum err mixer_source_open(struct mixer *m, uint32_t id, uint32_t person, unsigned lane)
{
    ASSERT(id != 0 && lane < MIXER_LANES);
    struct source *s = source_get(m, 0);
    if (source_find(m, id)) return ERR_EXISTS;
    if (!s) return ERR_LIMIT;
    struct jitter *j = jitter_new();
    if (!j) return ERR_NOMEM;
    *s = (struct source){.id = id, .person = person, .lane = lane, .jitter = j};
    loud_init(&s->loud);
    return OK;
}

void mixer_source_close(struct mixer *m, uint32_t id)
{
    struct source *s = id ? source_get(m, id) : NULL;
    if (s) source_done(s);
}

void mixer_source_lane(struct mixer *m, uint32_t id, unsigned lane)
{
    struct source *s = id ? source_get(m, id) : NULL;
    ASSERT(lane < MIXER_LANES);
    if (s) s->lane = lane;
}

void mixer_packet(struct mixer *m, uint32_t id, uint16_t seq, uint32_t stamp, const uint8_t *payload,
                  size_t bytes)
{
    struct source *s = id ? source_get(m, id) : NULL;
    if (s) jitter_packet(s->jitter, seq, stamp, payload, bytes);
}

const struct jitter_counts *mixer_source_counts(const struct mixer *m, uint32_t id)
{
    const struct source *s = id ? source_find(m, id) : NULL;
    return s ? jitter_counts(s->jitter) : NULL;
}

unsigned mixer_sources(const struct mixer *m)
{
    unsigned n = 0;
    for (unsigned i = 0; i < MIXER_SOURCES_MAX; i++)
        n += m->sources[i].id != 0;
    return n;
}

/* -- who listens -- */

static struct listener *listener_get(struct mixer *m, uint32_t id)
{
    for (unsigned i = 0; i < MIXER_LISTENERS_MAX; i++)
        if (m->listeners[i].id == id) return &m->listeners[i];
    return NULL;
}

static opus_int32 bps_within(uint32_t bps)
{
    return bps < MIXER_LEAST_BPS ? MIXER_LEAST_BPS : bps > MIXER_MOST_BPS ? MIXER_MOST_BPS : (opus_int32)bps;
}

static OpusEncoder *encoder_new(uint32_t bps)
{
    OpusEncoder *e = mem_alloc((size_t)opus_encoder_get_size(1));
    if (!e) return NULL;
    if (opus_encoder_init(e, SOUND_HZ, 1, OPUS_APPLICATION_VOIP) == OPUS_OK &&
        opus_encoder_ctl(e, OPUS_SET_BITRATE(bps_within(bps))) == OPUS_OK &&
        opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(COMPLEXITY)) == OPUS_OK &&
        opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) == OPUS_OK)
        return e;
    mem_free(e);
    return NULL;
}

enum err mixer_listener_open(struct mixer *m, const struct mixer_listener *l)
{
    ASSERT(l->id != 0 && l->lane < MIXER_LANES);
    struct listener *new = listener_get(m, 0);
    if (listener_get(m, l->id)) return ERR_EXISTS;
    if (!new) return ERR_LIMIT;
    OpusEncoder *opus = l->bps ? encoder_new(l->bps) : NULL;
    if (l->bps && !opus) return ERR_NOMEM;
    *new = (struct listener){.id = l->id, .person = l->person, .lane = l->lane, .opus = opus};
    limit_init(&new->limit);
    return OK;
}

void mixer_listener_close(struct mixer *m, uint32_t id)
{
    struct listener *l = id ? listener_get(m, id) : NULL;
    if (l) listener_done(l);
}

void mixer_listener_lane(struct mixer *m, uint32_t id, unsigned lane)
{
    struct listener *l = id ? listener_get(m, id) : NULL;
    ASSERT(lane < MIXER_LANES);
    if (l) l->lane = lane;
}

void mixer_listener_rate(struct mixer *m, uint32_t id, uint32_t bps, unsigned lost)
{
    struct listener *l = id ? listener_get(m, id) : NULL;
    if (!l || !l->opus) return;
    (void)opus_encoder_ctl(l->opus, OPUS_SET_BITRATE(bps_within(bps)));
    (void)opus_encoder_ctl(l->opus, OPUS_SET_INBAND_FEC(lost >= LOST_FEC));
    (void)opus_encoder_ctl(l->opus,
                           OPUS_SET_PACKET_LOSS_PERC((opus_int32)(lost < LOST_MOST ? lost : LOST_MOST)));
}

unsigned mixer_listeners(const struct mixer *m)
{
    unsigned n = 0;
    for (unsigned i = 0; i < MIXER_LISTENERS_MAX; i++)
        n += m->listeners[i].id != 0;
    return n;
}

/* -- by the clock -- */

static void source_turn(struct mixer *m, struct source *s)
{
    struct lane *lane = &m->lanes[s->lane];
    s->is_heard = jitter_take(s->jitter, s->sound);
    if (!s->is_heard) return;
    loud_frame(&s->loud, s->sound, SOUND_FRAME);
    lane->is_heard = true;
    for (unsigned i = 0; i < SOUND_FRAME; i++)
        lane->sound[i] += s->sound[i];
}

static bool is_speech(const struct lane *lane)
{
    double sum = 0;
    for (unsigned i = 0; lane->is_heard && i < SOUND_FRAME; i++)
        sum += (double)lane->sound[i] * lane->sound[i];
    return sum > 0 && 10 * log10(sum / SOUND_FRAME) > MIXER_SPEECH_DBFS;
}

/* In a straight line of decibels: down while somebody speaks on the lane, up again after a hold. */
static void duck_turn(struct lane *lane)
{
    const float down = MIXER_DUCK_DB * SOUND_FRAME_MS / MIXER_DUCK_ATTACK_MS,
                up = MIXER_DUCK_DB * SOUND_FRAME_MS / MIXER_DUCK_RELEASE_MS;
    lane->duck_from = lane->duck;
    if (is_speech(lane)) {
        lane->hold_ms = MIXER_DUCK_HOLD_MS;
        lane->duck_db = lane->duck_db - down < -MIXER_DUCK_DB ? -MIXER_DUCK_DB : lane->duck_db - down;
    } else if (lane->hold_ms > 0) {
        lane->hold_ms -= SOUND_FRAME_MS;
    } else {
        lane->duck_db = lane->duck_db + up > 0 ? 0 : lane->duck_db + up;
    }
    lane->duck = lane->duck_db == 0 ? 1 : powf(10, lane->duck_db / 20);
}

static float duck_at(const struct lane *lane, unsigned i)
{
    return lane->duck_from + (lane->duck - lane->duck_from) * (float)(i + 1) / SOUND_FRAME;
}

/* What others say. His own is left out rather than taken away again: where he is alone there is nothing, to the last bit. */
static void others_sum(const struct mixer *m, const struct listener *l, float floor[SOUND_FRAME],
                       float own_lane[SOUND_FRAME])
{
    for (unsigned n = 0; n < MIXER_SOURCES_MAX; n++) {
        const struct source *s = &m->sources[n];
        if (!s->id || !s->is_heard || (l->person && s->person == l->person)) continue;
        float *to = s->lane == 0 ? floor : s->lane == l->lane ? own_lane : NULL;
        for (unsigned i = 0; to && i < SOUND_FRAME; i++)
            to[i] += s->sound[i];
    }
}

static void listener_sound(const struct mixer *m, struct listener *l, float ret_sound[SOUND_FRAME])
{
    const struct lane *lane = &m->lanes[l->lane];
    float own_lane[SOUND_FRAME] = {0};
    memset(ret_sound, 0, SOUND_FRAME * sizeof *ret_sound);
    others_sum(m, l, ret_sound, own_lane);
    for (unsigned i = 0; l->lane && i < SOUND_FRAME; i++)
        ret_sound[i] = ret_sound[i] * duck_at(lane, i) + own_lane[i];
    limit_frame(&l->limit, ret_sound, SOUND_FRAME);
}

/* Opus' own DTX takes a steady tone for noise and leaves it out: what a stethoscope or an alarm says is to be heard. So only where nobody
 * says anything nothing is sent, once that has been told. */
static bool is_nothing(const float *sound)
{
    for (unsigned i = 0; i < SOUND_FRAME; i++)
        if (sound[i] != 0) return false;
    return true;
}

static void listener_turn(struct mixer *m, struct listener *l, mixer_put *put, void *ctx)
{
    float sound[SOUND_FRAME];
    uint8_t packet[MIXER_PACKET_BYTES_MAX];
    struct mixer_heard heard = {.listener = l->id, .stamp = l->stamp, .at = packet, .sound = sound};
    listener_sound(m, l, sound);
    l->hushed = is_nothing(sound) ? l->hushed + 1 : 0;
    if (l->opus && l->hushed <= HUSH_FRAMES) {
        opus_int32 n = opus_encode_float(l->opus, sound, SOUND_FRAME, packet, sizeof packet);
        heard.bytes = n > 0 ? (size_t)n : 0;
    }
    l->stamp += SOUND_FRAME;
    put(ctx, &heard);
}

void mixer_tick(struct mixer *m, mixer_put *put, void *ctx)
{
    for (unsigned i = 0; i < MIXER_LANES; i++) {
        memset(m->lanes[i].sound, 0, sizeof m->lanes[i].sound);
        m->lanes[i].is_heard = false;
    }
    for (unsigned i = 0; i < MIXER_SOURCES_MAX; i++)
        if (m->sources[i].id) source_turn(m, &m->sources[i]);
    for (unsigned i = 1; i < MIXER_LANES; i++)
        duck_turn(&m->lanes[i]);
    for (unsigned i = 0; i < MIXER_LISTENERS_MAX; i++)
        if (m->listeners[i].id) listener_turn(m, &m->listeners[i], put, ctx);
}
