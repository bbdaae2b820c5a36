/* mixer: one room's sound for those who get a mix of it: each listener hears everybody but himself (N-1), as one Opus packet each 20 ms.
 *
 *   packets → jitter → loud → floor ──────────┬── x duck of the listener's lane ──┐
 *                           → lane 1, 2 … ────┴── the listener's own lane ────────┴─ minus his own → limit → Opus
 *
 * A lane is one language: who interprets into it speaks on it, who has chosen it hears it, and hears the floor MIXER_DUCK_DB quieter while
 * somebody speaks on it. Lane 0 is the floor: who has chosen none hears the floor as it is, and no interpreter.
 *
 * Loudness: media/loud brings each person to LOUD_TARGET_LUFS (-23 LUFS); media/limit keeps every sum below LIMIT_CEILING (-1 dBFS).
 * Delay: a source's jitter buffer (at most JITTER_CAP_MS), 20 ms of the tick, 5 ms of the limiter, 6.5 ms of Opus.
 *
 * Owner: the codec child; one thread; its clock is mixer_tick. Memory is taken when somebody comes, none per packet or tick. What comes in
 * is a stranger's: any bytes, any numbers. ERR_LIMIT: MIXER_SOURCES_MAX, MIXER_LISTENERS_MAX; ERR_EXISTS: that number is taken. */
#ifndef MEDIA_MIXER_H
#define MEDIA_MIXER_H
#include "media/jitter.h"

#define MIXER_DUCK_DB 15.0f        /* T5: 12 to 18 */
#define MIXER_SPEECH_DBFS (-45.0f) /* on a lane: somebody speaks */
enum {
    MIXER_SOURCES_MAX = 32,
    MIXER_LISTENERS_MAX = 32,
    MIXER_LANES = 8,             /* the floor among them */
    MIXER_DUCK_ATTACK_MS = 100,  /* until the floor is down */
    MIXER_DUCK_HOLD_MS = 400,    /* a breath of the interpreter's */
    MIXER_DUCK_RELEASE_MS = 500, /* until it is up again */
    MIXER_PACKET_BYTES_MAX = 400,
    MIXER_LEAST_BPS = 6000,
    MIXER_MOST_BPS = 64000
};

/* Of one listener, for this 20 ms. */
struct mixer_heard {
    uint32_t listener;
    uint32_t stamp;    /* its RTP timestamp; goes on by 960 whether or not a packet goes */
    const uint8_t *at; /* Opus; bytes 0: nobody says anything, and that has been told already */
    size_t bytes;
    const float *sound; /* SOUND_FRAME, what was encoded */
};
typedef void mixer_put(void *ctx, const struct mixer_heard *heard);

struct mixer;
struct mixer *mixer_new(void) MUST_USE; /* NULL: memory */
void mixer_free(struct mixer *m);       /* NULL allowed */

/* id: not 0; person: whose it is. lane: what he speaks on. */
enum err mixer_source_open(struct mixer *m, uint32_t id, uint32_t person, unsigned lane) MUST_USE;
void mixer_source_close(struct mixer *m, uint32_t id); /* harmless when it is not there */
void mixer_source_lane(struct mixer *m, uint32_t id, unsigned lane);
void mixer_packet(struct mixer *m, uint32_t id, uint16_t seq, uint32_t stamp, const uint8_t *payload,
                  size_t bytes);
const struct jitter_counts *mixer_source_counts(const struct mixer *m, uint32_t id); /* NULL: not there */

struct mixer_listener {
    uint32_t id, person; /* id: not 0; he does not hear what is person's; 0: nobody, all is heard */
    unsigned lane;
    uint32_t bps; /* 0: no Opus, the sound alone */
};
enum err mixer_listener_open(struct mixer *m, const struct mixer_listener *l) MUST_USE;
void mixer_listener_close(struct mixer *m, uint32_t id);
void mixer_listener_lane(struct mixer *m, uint32_t id, unsigned lane);
/* bps: brought into its bounds; lost: percent of the packets to him, as he tells, for in-band FEC. */
void mixer_listener_rate(struct mixer *m, uint32_t id, uint32_t bps, unsigned lost);

/* Each 20 ms. */
void mixer_tick(struct mixer *m, mixer_put *put, void *ctx);
unsigned mixer_sources(const struct mixer *m);
unsigned mixer_listeners(const struct mixer *m);

#endif
