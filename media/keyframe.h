/* keyframe: when a source is asked for a key frame. Askers are many, encoders are easily overrun: a source is
 * asked at most every half second, what was asked for in between is asked at its end, and again each second
 * until a key frame begins; an asker is heard three times, and once more each two seconds. Who repeats what is asked for
 * already asks for nothing: over a bad way a picture that waits says so again and again. Embedded; one thread; times
 * are the caller's. */
#ifndef MEDIA_KEYFRAME_H
#define MEDIA_KEYFRAME_H
#include "base/clock.h"
#include <stdbool.h>

enum { KEYFRAME_INTERVAL_MS = 500, KEYFRAME_RETRY_MS = 1000, KEYFRAME_ASKS_MAX = 3, KEYFRAME_ASK_MS = 2000 };

struct keyframe {   /* of the source */
    bool is_wanted; /* by somebody, and none has begun since */
    bool was_asked; /* ever: asked is meaningful */
    bool is_deferred;
    struct tick asked;
};
struct keyframe_asker { /* of who wants it */
    uint8_t spent;      /* of KEYFRAME_ASKS_MAX */
    struct tick since;  /* when the last of them came back, or the first was spent */
};

/* asker NULL: ourselves, always heard. True: send the request now. */
bool keyframe_ask(struct keyframe *k, struct keyframe_asker *asker, struct tick now);
/* True: send it now, as it was deferred or nothing came. */
bool keyframe_due(struct keyframe *k, struct tick now);
/* A key frame has begun. */
void keyframe_seen(struct keyframe *k);
/* Until keyframe_due may be true; < 0: nothing is wanted. */
int64_t keyframe_wait_ms(const struct keyframe *k, struct tick now);

#endif
