#include "media/keyframe.h"

static bool is_heard(struct keyframe_asker *a, struct tick now)
{
    for (; a->spent && now.ms - a->since.ms >= KEYFRAME_ASK_MS; a->since.ms += KEYFRAME_ASK_MS)
        a->spent--;
    if (a->spent == KEYFRAME_ASKS_MAX) return false;
    if (a->spent++ == 0) a->since = now;
    return true;
}

static void send(struct keyframe *k, struct tick now)
{
    k->was_asked = true;
    k->is_deferred = false;
    k->asked = now;
}

bool keyframe_ask(struct keyframe *k, struct keyframe_asker *asker, struct tick now)
{
    if (asker && !k->is_wanted && !is_heard(asker, now)) return false;
    k->is_wanted = true;
    if (k->was_asked && now.ms - k->asked.ms < KEYFRAME_INTERVAL_MS) {
        k->is_deferred = true;
        return false;
    }
    send(k, now);
    return true;
}

int64_t keyframe_wait_ms(const struct keyframe *k, struct tick now)
{
    if (!k->is_wanted) return -1;
    int64_t wait_ms = k->asked.ms + (k->is_deferred ? KEYFRAME_INTERVAL_MS : KEYFRAME_RETRY_MS) - now.ms;
    return wait_ms > 0 ? wait_ms : 0;
}

bool keyframe_due(struct keyframe *k, struct tick now)
{
    if (keyframe_wait_ms(k, now) != 0) return false;
    send(k, now);
    return true;
}

/* Who asked before it began gets this one, the deferred askers too. */
void keyframe_seen(struct keyframe *k)
{
    k->is_wanted = k->is_deferred = false;
}
