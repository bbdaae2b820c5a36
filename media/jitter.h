/* jitter: what one person says, from Opus packets as a network brings them to 20 ms of sound each time it is asked. It waits as little as
 * the way allows, and never more than JITTER_CAP_MS:
 *
 *   what comes next      real sound
 *   it is missing, the one behind it is here      that one's in-band FEC (RFC 6716 §2.1.7), and made-up sound for what is older
 *   nothing is here      made-up sound (the decoder's), JITTER_MADE_UP_MS of it at most; then silence, until something comes
 *
 * How much waits is looked at over JITTER_WINDOW_MS. Where there was always more than JITTER_HIGH_MS to spare, pitch periods are taken
 * out; where there was less than JITTER_LOW_MS, one is put in. So a way that calms down is followed, and so are clocks that differ. What
 * is above the cap is skipped at once.
 *
 * Owner: a mixer; one thread; time is how often it is asked. All memory is taken by jitter_new. Packets are a stranger's. */
#ifndef MEDIA_JITTER_H
#define MEDIA_JITTER_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SOUND_HZ = 48000,
    SOUND_FRAME_MS = 20,
    SOUND_FRAME = 960, /* samples of one frame, one channel */
    JITTER_CAP_MS = 200,
    JITTER_FIRST_MS = 40, /* so much is here before the first is heard, or has been waited for */
    JITTER_LOW_MS = 3,
    JITTER_HIGH_MS = 30,
    JITTER_WINDOW_MS = 2000,
    JITTER_MADE_UP_MS = 100,
    JITTER_PACKETS_MAX = 128, /* that wait: those of 2.5 ms too */
    JITTER_PACKET_BYTES_MAX = 1500
};

struct jitter_counts {             /* in samples, but for packets */
    uint64_t heard;                /* real sound */
    uint64_t by_fec, made_up;      /* for what was missing */
    uint64_t skipped;              /* above the cap, or taken out to catch up */
    uint64_t put_in;               /* to wait longer */
    uint64_t late, refused, twice; /* packets */
};

struct jitter;
struct jitter *jitter_new(void) MUST_USE; /* NULL: memory */
void jitter_free(struct jitter *j);       /* NULL allowed */
/* A packet's RTP sequence number, timestamp and payload. What is no Opus is passed over. */
void jitter_packet(struct jitter *j, uint16_t seq, uint32_t stamp, const uint8_t *payload, size_t bytes);
/* The next 20 ms. False: silence. */
bool jitter_take(struct jitter *j, float ret_sound[SOUND_FRAME]);
unsigned jitter_depth_ms(const struct jitter *j); /* what waits */
const struct jitter_counts *jitter_counts(const struct jitter *j);

#endif
