#include "media/stamp.h"
#include "media/seq.h"

void stamp_init(struct stamp *s, uint32_t clock_hz, uint32_t first)
{
    *s = (struct stamp){.clock_hz = clock_hz, .newest = first};
}

static uint32_t passed(const struct stamp *s, int64_t now_us)
{
    int64_t us = now_us - s->newest_us;
    return us > 0 ? (uint32_t)(us * s->clock_hz / 1000000) : 0;
}

/* What the old source's clock would show at the new one's first timestamp, by the senders' common clock. */
static bool aligned(const struct stamp *s, const struct stamp_source *to, uint32_t theirs, uint32_t *ret_ours)
{
    if (!s->source.has_report || !to->has_report) return false;
    int64_t apart = (int64_t)(to->ntp - s->source.ntp); /* 32.32 s */
    if (apart > 60ll << 32 || apart < -(60ll << 32)) return false;
    int64_t units = (apart * (int64_t)s->clock_hz) >> 32;
    uint32_t old = s->source.timestamp + (uint32_t)units + (theirs - to->timestamp);
    *ret_ours = old + s->offset;
    return true;
}

void stamp_switch(struct stamp *s, const struct stamp_source *to, uint32_t theirs, int64_t now_us)
{
    uint32_t ours, by_time = s->newest + passed(s, now_us);
    if (!s->is_started) {
        s->is_started = true;
        s->offset = s->newest - theirs;
        s->newest_us = now_us;
        s->source = *to;
        return;
    }
    if (!aligned(s, to, theirs, &ours)) ours = by_time;
    /* Reports can lie: more than a second from what has passed is not believed. */
    int32_t off = seq_ahead32(ours, by_time);
    if (off > (int32_t)s->clock_hz || off < -(int32_t)s->clock_hz) ours = by_time;
    if (seq_ahead32(ours, s->newest) <= 0) ours = s->newest + 1; /* a new frame has a new time */
    s->offset = ours - theirs;
    s->source = *to;
}

uint32_t stamp_map(struct stamp *s, const struct stamp_source *source, uint32_t theirs, int64_t now_us)
{
    if (!s->is_started) stamp_switch(s, source, theirs, now_us);
    uint32_t ours = theirs + s->offset;
    if (seq_ahead32(ours, s->newest) > 0) {
        s->newest = ours;
        s->newest_us = now_us;
    }
    s->source = *source;
    return ours;
}
