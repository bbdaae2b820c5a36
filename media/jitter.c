#include "media/jitter.h"
#include "base/mem.h"
#include "media/seq.h"
#include <math.h>
#include <opus.h>
#include <string.h>

enum {
    A_MS = SOUND_HZ / 1000,
    CAP = JITTER_CAP_MS * A_MS,
    PACKET_SAMPLES_MAX = 120 * A_MS,
    STEP = 120, /* what the decoder makes up is a multiple of */
    ROOM = CAP + PACKET_SAMPLES_MAX + 2 * SOUND_FRAME,
    WINDOW_FRAMES = JITTER_WINDOW_MS / SOUND_FRAME_MS,
    DRY_FRAMES_MAX = JITTER_MADE_UP_MS / SOUND_FRAME_MS,
    WAIT_FRAMES = JITTER_FIRST_MS / SOUND_FRAME_MS,
    SEQ_JUMP = 1000, /* packets: another source */
    STAMP_JUMP = 10 * SOUND_HZ,
    HUSH_BYTES_MAX = 2, /* Opus' DTX */
    LAG_LEAST = 120,
    LAG_MOST = 480,
    LAG_STEP = 2, /* pitch periods, 100 to 400 a second */
    ALIKE = 240,  /* samples compared, and faded over */
    PERIODS_ROOM = LAG_MOST + ALIKE
};

struct slot {
    bool is_used;
    int64_t seq, stamp;
    unsigned samples, bytes;
    uint8_t payload[JITTER_PACKET_BYTES_MAX];
};

struct jitter {
    OpusDecoder *decoder;
    bool is_started; /* numbers are known */
    bool is_playing;
    bool is_hushed;                              /* the newest that was decoded began a silence */
    unsigned waited;                             /* frames, since the first packet that is to be played */
    int64_t seq_newest, stamp_newest, stamp_end; /* stamp_end: behind the newest */
    int64_t next_seq, next_stamp;
    unsigned dry;    /* frames made up in a row because nothing was here */
    unsigned owed;   /* samples of them, that are no part of the source's time yet */
    int64_t low;     /* the least that waited in this window, samples */
    unsigned window; /* frames of it so far */
    int64_t to_take_out;
    unsigned count; /* in sound */
    struct jitter_counts counts;
    struct slot slots[JITTER_PACKETS_MAX];
    float sound[ROOM]; /* decoded, not heard yet */
};

struct jitter *jitter_new(void)
{
    struct jitter *j = mem_zalloc(sizeof *j);
    if (!j) return NULL;
    j->decoder = mem_alloc((size_t)opus_decoder_get_size(1));
    if (j->decoder && opus_decoder_init(j->decoder, SOUND_HZ, 1) == OPUS_OK) return j;
    jitter_free(j);
    return NULL;
}

void jitter_free(struct jitter *j)
{
    if (!j) return;
    mem_free(j->decoder);
    mem_free(j);
}

const struct jitter_counts *jitter_counts(const struct jitter *j)
{
    return &j->counts;
}

/* -- what comes -- */

static struct slot *slot_of(struct jitter *j, int64_t seq)
{
    struct slot *s = &j->slots[(uint64_t)seq % JITTER_PACKETS_MAX];
    return s->is_used && s->seq == seq ? s : NULL;
}

static void restart(struct jitter *j)
{
    for (unsigned i = 0; i < JITTER_PACKETS_MAX; i++)
        j->slots[i].is_used = false;
    j->is_started = j->is_playing = j->is_hushed = false;
    j->waited = j->dry = j->owed = j->count = j->window = 0;
    j->to_take_out = j->next_seq = 0;
    (void)opus_decoder_ctl(j->decoder, OPUS_RESET_STATE);
}

static bool is_another(const struct jitter *j, uint16_t seq, uint32_t stamp)
{
    int seq_off = seq_ahead(seq, (uint16_t)j->seq_newest);
    int32_t stamp_off = seq_ahead32(stamp, (uint32_t)j->stamp_newest);
    bool is_far = seq_off > SEQ_JUMP || seq_off<-SEQ_JUMP, is_back = seq_off> 0 && stamp_off <= 0;
    /* A silence may last, and is no packets: its numbers go on. */
    return is_far || is_back || stamp_off < -STAMP_JUMP || (stamp_off > STAMP_JUMP && seq_off > 1);
}

void jitter_packet(struct jitter *j, uint16_t seq, uint32_t stamp, const uint8_t *payload, size_t bytes)
{
    int samples = bytes > 0 && bytes <= JITTER_PACKET_BYTES_MAX
                      ? opus_packet_get_nb_samples(payload, (opus_int32)bytes, SOUND_HZ)
                      : 0;
    if (samples <= 0 || samples > PACKET_SAMPLES_MAX) {
        j->counts.refused++;
        return;
    }
    if (j->is_started && is_another(j, seq, stamp)) restart(j);
    if (!j->is_started) {
        j->is_started = true;
        j->seq_newest = seq + (1 << 16); /* so that what comes before the first has a number too */
        j->stamp_newest = stamp + (1LL << 32);
    }
    int64_t number = seq_unwrap(j->seq_newest, seq),
            at = j->stamp_newest + seq_ahead32(stamp, (uint32_t)j->stamp_newest);
    if (j->is_playing && number < j->next_seq) {
        j->counts.late++;
        return;
    }
    if (slot_of(j, number)) {
        j->counts.twice++;
        return;
    }
    struct slot *s = &j->slots[(uint64_t)number % JITTER_PACKETS_MAX];
    if (s->is_used && s->seq > number) { /* older than all that can wait */
        j->counts.late++;
        return;
    }
    s->is_used = true;
    s->seq = number;
    s->stamp = at;
    s->samples = (unsigned)samples;
    s->bytes = (unsigned)bytes;
    memcpy(s->payload, payload, bytes);
    if (number < j->seq_newest) return;
    j->seq_newest = number;
    j->stamp_newest = at;
    j->stamp_end = at + samples;
}

/* -- what waits -- */

/* The next there is, at or behind next_seq; NULL: none. */
static struct slot *slot_next(struct jitter *j)
{
    int64_t seq = j->next_seq;
    if (seq <= j->seq_newest - JITTER_PACKETS_MAX) seq = j->seq_newest - JITTER_PACKETS_MAX + 1;
    for (; seq <= j->seq_newest; seq++) {
        struct slot *s = slot_of(j, seq);
        if (s) return s;
    }
    return NULL;
}

static int64_t depth(const struct jitter *j)
{
    int64_t waits = j->stamp_end - j->next_stamp;
    if (waits < 0) waits = 0;
    return waits + j->count;
}

unsigned jitter_depth_ms(const struct jitter *j)
{
    return j->is_playing ? (unsigned)(depth(j) / A_MS) : 0;
}

static void sound_drop(struct jitter *j, unsigned samples)
{
    j->count -= samples;
    memmove(j->sound, j->sound + samples, j->count * sizeof *j->sound);
}

/* -- decoding -- */

/* Behind what is there. False: the decoder refuses. */
static bool decode(struct jitter *j, const uint8_t *payload, unsigned bytes, unsigned samples, bool is_fec)
{
    int n =
        opus_decode_float(j->decoder, payload, (opus_int32)bytes, j->sound + j->count, (int)samples, is_fec);
    if (n != (int)samples) return false;
    j->count += samples;
    return true;
}

static void silence_add(struct jitter *j, unsigned samples)
{
    memset(j->sound + j->count, 0, samples * sizeof *j->sound);
    j->count += samples;
}

/* In parts that the decoder takes. */
static void make_up(struct jitter *j, unsigned samples)
{
    unsigned most = JITTER_MADE_UP_MS * A_MS, some = samples < most ? samples / STEP * STEP : most;
    if (some && !decode(j, NULL, 0, some, false)) some = 0;
    j->counts.made_up += some;
    if (samples > some) silence_add(j, samples - some);
}

/* So much is missing before the packet, which may say something of it. */
static void fill(struct jitter *j, const struct slot *s, unsigned samples, bool is_lost)
{
    unsigned told = !is_lost ? 0 : samples < s->samples ? samples / STEP * STEP : s->samples;
    if (!is_lost) { /* the source was silent */
        silence_add(j, samples);
        return;
    }
    make_up(j, samples - told);
    if (told && decode(j, s->payload, s->bytes, told, true))
        j->counts.by_fec += told;
    else
        silence_add(j, told);
}

static void packet_play(struct jitter *j, struct slot *s)
{
    int64_t missing = s->stamp - j->next_stamp - j->owed;
    bool is_lost = s->seq > j->next_seq;
    if (missing > 0 && missing <= CAP) fill(j, s, (unsigned)missing, is_lost);
    if (decode(j, s->payload, s->bytes, s->samples, false))
        j->counts.heard += s->samples;
    else
        silence_add(j, s->samples);
    j->is_hushed = s->bytes <= HUSH_BYTES_MAX;
    j->next_seq = s->seq + 1;
    if (s->stamp + s->samples > j->next_stamp) j->next_stamp = s->stamp + s->samples;
    j->dry = j->owed = 0;
    s->is_used = false;
}

/* Nothing is here. What is made up now is heard instead of what comes late, or before it: only then it is known. */
static void frame_make_up(struct jitter *j)
{
    if (j->is_hushed) {
        silence_add(j, SOUND_FRAME);
        j->next_stamp += SOUND_FRAME;
    } else {
        make_up(j, SOUND_FRAME);
        j->owed += SOUND_FRAME;
    }
    if (++j->dry >= DRY_FRAMES_MAX) j->is_playing = false;
}

static void frame_fill(struct jitter *j)
{
    while (j->count < SOUND_FRAME) {
        struct slot *s = slot_next(j);
        if (s)
            packet_play(j, s);
        else
            frame_make_up(j);
    }
}

/* -- how much waits -- */

/* Stamps of a stranger's: what has been decoded for a time that had passed already goes too. */
static void cap_hold_sound(struct jitter *j)
{
    int64_t over = depth(j) - SOUND_FRAME - CAP, most = j->count - SOUND_FRAME;
    if (over > most) over = most;
    if (over <= 0) return;
    sound_drop(j, (unsigned)over);
    j->counts.skipped += (uint64_t)over;
}

/* Above the cap: the oldest go, heard or not. */
static void cap_hold(struct jitter *j)
{
    while (depth(j) > CAP) {
        struct slot *s = slot_next(j);
        int64_t before = depth(j);
        if (j->count) {
            j->count = 0;
        } else if (s) {
            j->next_seq = s->seq + 1;
            if (s->stamp + s->samples > j->next_stamp) j->next_stamp = s->stamp + s->samples;
            s->is_used = false;
        } else {
            j->next_stamp = j->stamp_end;
        }
        j->counts.skipped += (uint64_t)(before > depth(j) ? before - depth(j) : 0);
    }
}

/* The distance at which the sound repeats itself best. */
static unsigned period_find(const float *x)
{
    unsigned best = LAG_LEAST;
    float best_alike = -2;
    for (unsigned lag = LAG_LEAST; lag <= LAG_MOST; lag += LAG_STEP) {
        float both = 0, there = 1e-9f;
        for (unsigned i = 0; i < ALIKE; i++) {
            both += x[i] * x[i + lag];
            there += x[i + lag] * x[i + lag];
        }
        float alike = both / sqrtf(there);
        if (alike <= best_alike) continue;
        best_alike = alike;
        best = lag;
    }
    return best;
}

static unsigned fade_of(unsigned lag)
{
    return lag < ALIKE ? lag : ALIKE;
}

static void period_take_out(struct jitter *j)
{
    unsigned lag = period_find(j->sound), fade = fade_of(lag);
    for (unsigned i = 0; i < fade; i++) {
        float w = (float)i / (float)fade;
        j->sound[i + lag] = j->sound[i] * (1 - w) + j->sound[i + lag] * w;
    }
    sound_drop(j, lag);
    j->counts.skipped += lag;
    j->to_take_out -= lag;
}

static void period_put_in(struct jitter *j)
{
    unsigned lag = period_find(j->sound), fade = fade_of(lag);
    memmove(j->sound + lag, j->sound,
            j->count * sizeof *j->sound); /* the first period stands in front as well */
    j->count += lag;
    for (unsigned i = 0; i < fade; i++) { /* what followed it first fades into its beginning */
        float w = (float)i / (float)fade, once = j->sound[i + 2 * lag];
        j->sound[i + lag] = once * (1 - w) + j->sound[i + lag] * w;
    }
    j->counts.put_in += lag;
}

/* More of what waits is decoded, so that there are periods to take out. */
static bool has_periods(struct jitter *j)
{
    while (j->count < SOUND_FRAME + PERIODS_ROOM) {
        struct slot *s = slot_next(j);
        if (!s) return false;
        packet_play(j, s);
    }
    return true;
}

static void depth_note(struct jitter *j)
{
    int64_t spare = depth(j) - SOUND_FRAME;
    if (j->window == 0 || spare < j->low) j->low = spare;
    if (++j->window < WINDOW_FRAMES) return;
    j->window = 0;
    if (j->low > JITTER_HIGH_MS * A_MS)
        j->to_take_out = j->low - JITTER_HIGH_MS * A_MS / 2;
    else if (j->low < JITTER_LOW_MS * A_MS && j->dry == 0 && j->count >= SOUND_FRAME &&
             j->count + LAG_MOST <= ROOM)
        period_put_in(j);
}

/* -- by the clock -- */

/* The oldest that waits is the first to be heard. */
static bool begin(struct jitter *j)
{
    struct slot *s = j->is_started ? slot_next(j) : NULL;
    if (!s) return false;
    bool is_enough = j->stamp_end - s->stamp >= JITTER_FIRST_MS * A_MS;
    if (!is_enough && j->waited++ < WAIT_FRAMES) return false;
    j->waited = j->dry = j->owed = j->window = 0;
    j->to_take_out = 0;
    j->next_seq = s->seq;
    j->next_stamp = s->stamp;
    j->is_playing = true;
    return true;
}

/* Within what sound can be: those who measure it would not get over what is no number. */
static void sound_give(struct jitter *j, float ret_sound[SOUND_FRAME])
{
    for (unsigned i = 0; i < SOUND_FRAME; i++) {
        float x = j->sound[i];
        ret_sound[i] = x > 1 ? 1 : x < -1 ? -1 : isnan(x) ? 0 : x;
    }
    sound_drop(j, SOUND_FRAME);
}

bool jitter_take(struct jitter *j, float ret_sound[SOUND_FRAME])
{
    if (!j->is_playing && !begin(j)) {
        j->count = 0;
        memset(ret_sound, 0, SOUND_FRAME * sizeof *ret_sound);
        return false;
    }
    cap_hold(j);
    frame_fill(j);
    if (j->to_take_out >= LAG_LEAST && has_periods(j)) period_take_out(j);
    cap_hold_sound(j);
    depth_note(j);
    sound_give(j, ret_sound);
    return true;
}
