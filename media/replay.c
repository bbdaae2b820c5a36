#include "media/replay.h"
#include <string.h>

static uint64_t *word_of(struct replay *r, uint64_t index)
{
    return &r->bits[index % REPLAY_WINDOW / 64];
}

static bool is_too_old(const struct replay *r, uint64_t index)
{
    return r->top >= REPLAY_WINDOW && index <= r->top - REPLAY_WINDOW;
}

enum err replay_check(const struct replay *r, uint64_t index)
{
    if (!r->is_started || index > r->top) return OK;
    if (is_too_old(r, index)) return ERR_LIMIT;
    return r->bits[index % REPLAY_WINDOW / 64] >> index % 64 & 1 ? ERR_EXISTS : OK;
}

/* Clears the bits of top + 1 … index, which stood for indexes a window ago. */
static void advance(struct replay *r, uint64_t index)
{
    if (index - r->top >= REPLAY_WINDOW) {
        memset(r->bits, 0, sizeof r->bits);
    } else {
        for (uint64_t i = r->top + 1; i <= index; i++)
            *word_of(r, i) &= ~(1ull << i % 64);
    }
    r->top = index;
}

void replay_note(struct replay *r, uint64_t index)
{
    if (!r->is_started) {
        r->is_started = true;
        r->top = index;
    } else if (index > r->top) {
        advance(r, index);
    } else if (is_too_old(r, index)) {
        return;
    }
    *word_of(r, index) |= 1ull << index % 64;
}
