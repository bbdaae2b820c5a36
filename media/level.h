/* level: how loud an audio stream is (RFC 6464: 0 is as loud as can be, 127 silence), smoothed, and which of
 * the streams of a room is the speaker. Embedded; one thread; times are the caller's.
 *
 * The speaker changes to one who is clearly louder for a while, not to a cough, and not while silence lasts:
 * tiles that jump are worse than a late one. */
#ifndef MEDIA_LEVEL_H
#define MEDIA_LEVEL_H
#include "base/clock.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    LEVEL_SILENT = 127,
    LEVEL_SPEECH = 50,        /* quieter is no speech, whatever the voice flag says */
    LEVEL_STALE_MS = 500,     /* DTX and mute: no packet is silence */
    LEVEL_LOUDER_DB = 3,      /* what it takes to be louder than the speaker */
    LEVEL_TAKE_OVER_MS = 300, /* and for how long */
    LEVEL_HOLD_MS = 1500      /* how long a speaker stays one at least */
};

struct level {
    int32_t smooth; /* loudness in 1/256 dB above silence: 0 … 127 * 256 */
    struct tick heard;
    bool was_heard;
};
void level_note(struct level *l, uint8_t level, bool is_voice, struct tick now);
int level_db(const struct level *l, struct tick now); /* loudness above silence, 0 … 127 */
bool level_is_speech(const struct level *l, struct tick now);

struct speaker {
    uint64_t current, rival; /* ids of streams; 0: none */
    struct tick since, rival_since;
};
struct speaker_entry {
    uint64_t id; /* never 0 */
    const struct level *level;
};
/* Looks at all streams, say every 100 ms; true: the speaker has changed. */
bool speaker_choose(struct speaker *s, const struct speaker_entry *entries, unsigned count, struct tick now);

#endif
