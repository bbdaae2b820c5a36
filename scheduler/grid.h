/* grid: time as bits. A grid cuts a stretch of time into steps of five minutes; a bitmap over it has one bit a
 * step, 1 = free. Everything the search does is and, or, shift over 64 steps at once.
 *
 *   origin          origin + 5 min                       bit i of word i / 64 is the step
 *   |0              |1              |2   ...             [origin + 5 i min, origin + 5 (i + 1) min)
 *
 * Bits behind the last step are 0 in every bitmap; functions keep it so. Bitmaps belong to the caller and hold
 * grid_words(steps) words. Values and plain arrays; any thread. */
#ifndef SCHEDULER_GRID_H
#define SCHEDULER_GRID_H
#include "base/clock.h"
#include "base/err.h"
#include <stddef.h>

#define GRID_STEP_MS 300000
#define GRID_STEP_MIN 5
#define GRID_DAY_STEPS 288
#define GRID_STEPS_MAX (400 * GRID_DAY_STEPS)

struct grid {
    struct instant origin; /* on a whole step */
    uint32_t steps;
};

static inline uint32_t grid_words(uint32_t steps)
{
    return (steps + 63) / 64;
}
/* Covers [from, until), widened to whole steps. ERR_BAD_INPUT: until is before from; ERR_LIMIT: too long. */
enum err grid_of(struct instant from, struct instant until, struct grid *ret_grid) MUST_USE;
static inline struct instant grid_instant(const struct grid *g, int64_t step)
{
    return (struct instant){g->origin.ms + step * GRID_STEP_MS};
}
/* The step that `at` lies in, or the first that begins at or after it; beyond the grid's ends they go on. */
int64_t grid_floor(const struct grid *g, struct instant at);
int64_t grid_ceil(const struct grid *g, struct instant at);

/* Free time counts only in whole steps inside [from, until); busy time takes every step it touches. */
void grid_mark_free(const struct grid *g, uint64_t *bits, struct instant from, struct instant until);
void grid_mark_busy(const struct grid *g, uint64_t *bits, struct instant from, struct instant until);

void bits_clear(uint64_t *bits, uint32_t words);
void bits_fill(uint64_t *bits, uint32_t steps); /* all 1, and 0 behind the last */
void bits_set_span(uint64_t *bits, uint32_t from, uint32_t until);
void bits_clear_span(uint64_t *bits, uint32_t from, uint32_t until);
void bits_and(uint64_t *to, const uint64_t *with, uint32_t words);
void bits_or(uint64_t *to, const uint64_t *with, uint32_t words);
void bits_and_not(uint64_t *to, const uint64_t *without, uint32_t words);
bool bits_any(const uint64_t *bits, uint32_t words);
uint32_t bits_count(const uint64_t *bits, uint32_t words);
static inline bool bits_has(const uint64_t *bits, uint32_t step)
{
    return bits[step / 64] >> (step % 64) & 1;
}
/* All of [from, until) is 1; true for an empty span. */
bool bits_has_span(const uint64_t *bits, uint32_t from, uint32_t until);
/* The first 1 (or 0) at or after from; `steps` when there is none. */
uint32_t bits_next_set(const uint64_t *bits, uint32_t steps, uint32_t from);
uint32_t bits_next_clear(const uint64_t *bits, uint32_t steps, uint32_t from);
/* The first start at or after from, a multiple of align, of a run of `length` ones; `steps` when none. */
uint32_t bits_next_run(const uint64_t *bits, uint32_t steps, uint32_t from, uint32_t length, uint32_t align);
/* Every align-th bit: the starts that a search may use. */
void bits_fill_aligned(uint64_t *bits, uint32_t steps, uint32_t align);

/* Erosion: bit i of `to` is 1 when in[first + i .. first + i + length) are all 1; bits outside in's words are 0,
 * and first may be negative. to holds words + length / 64 + 2 words, of which the first `words` are the result.
 * A run of n is found in log2 n rounds, each 64 steps at once. */
void bits_runs(uint64_t *to, uint32_t words, const uint64_t *in, uint32_t in_words, int64_t first,
               uint32_t length);
static inline size_t bits_runs_room(uint32_t words, uint32_t length)
{
    return words + length / 64 + 2;
}

#endif
