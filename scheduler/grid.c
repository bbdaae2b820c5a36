#include "scheduler/grid.h"
#include <string.h>

static int64_t divide_down(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

enum err grid_of(struct instant from, struct instant until, struct grid *ret_grid)
{
    if (until.ms < from.ms) return ERR_BAD_INPUT;
    int64_t first = divide_down(from.ms, GRID_STEP_MS),
            last = divide_down(until.ms + GRID_STEP_MS - 1, GRID_STEP_MS);
    if (last - first > GRID_STEPS_MAX) return ERR_LIMIT;
    *ret_grid = (struct grid){{first * GRID_STEP_MS}, (uint32_t)(last - first)};
    return OK;
}

int64_t grid_floor(const struct grid *g, struct instant at)
{
    return divide_down(at.ms - g->origin.ms, GRID_STEP_MS);
}

int64_t grid_ceil(const struct grid *g, struct instant at)
{
    return divide_down(at.ms - g->origin.ms + GRID_STEP_MS - 1, GRID_STEP_MS);
}

static uint32_t into(const struct grid *g, int64_t step)
{
    return step < 0 ? 0 : step > g->steps ? g->steps : (uint32_t)step;
}

void grid_mark_free(const struct grid *g, uint64_t *bits, struct instant from, struct instant until)
{
    uint32_t first = into(g, grid_ceil(g, from)), last = into(g, grid_floor(g, until));
    if (first < last) bits_set_span(bits, first, last);
}

void grid_mark_busy(const struct grid *g, uint64_t *bits, struct instant from, struct instant until)
{
    if (until.ms <= from.ms) return;
    uint32_t first = into(g, grid_floor(g, from)), last = into(g, grid_ceil(g, until));
    if (first < last) bits_clear_span(bits, first, last);
}

void bits_clear(uint64_t *bits, uint32_t words)
{
    memset(bits, 0, words * sizeof *bits);
}

void bits_fill(uint64_t *bits, uint32_t steps)
{
    memset(bits, 0xff, grid_words(steps) * sizeof *bits);
    if (steps % 64) bits[steps / 64] = (UINT64_C(1) << steps % 64) - 1;
}

/* The bits of word w that lie in [from, until). */
static uint64_t span_mask(uint32_t w, uint32_t from, uint32_t until)
{
    uint64_t mask = ~UINT64_C(0);
    if (w == from / 64) mask &= ~UINT64_C(0) << from % 64;
    if (w == until / 64) mask &= (UINT64_C(1) << until % 64) - 1;
    return mask;
}

void bits_set_span(uint64_t *bits, uint32_t from, uint32_t until)
{
    for (uint32_t w = from / 64; w < grid_words(until); w++)
        bits[w] |= span_mask(w, from, until);
}

void bits_clear_span(uint64_t *bits, uint32_t from, uint32_t until)
{
    for (uint32_t w = from / 64; w < grid_words(until); w++)
        bits[w] &= ~span_mask(w, from, until);
}

bool bits_has_span(const uint64_t *bits, uint32_t from, uint32_t until)
{
    for (uint32_t w = from / 64; w < grid_words(until) && from < until; w++)
        if (~bits[w] & span_mask(w, from, until)) return false;
    return true;
}

void bits_and(uint64_t *to, const uint64_t *with, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] &= with[w];
}

void bits_or(uint64_t *to, const uint64_t *with, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] |= with[w];
}

void bits_and_not(uint64_t *to, const uint64_t *without, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] &= ~without[w];
}

bool bits_any(const uint64_t *bits, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        if (bits[w]) return true;
    return false;
}

uint32_t bits_count(const uint64_t *bits, uint32_t words)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < words; w++)
        count += (uint32_t)__builtin_popcountll(bits[w]);
    return count;
}

/* flip is 0 to look for ones, all ones to look for zeros. */
static uint32_t next(const uint64_t *bits, uint32_t steps, uint32_t from, uint64_t flip)
{
    if (from >= steps) return steps;
    uint32_t w = from / 64;
    uint64_t word = (bits[w] ^ flip) & ~UINT64_C(0) << from % 64;
    while (!word && ++w < grid_words(steps))
        word = bits[w] ^ flip;
    uint32_t found = word ? w * 64 + (uint32_t)__builtin_ctzll(word) : steps;
    return found < steps ? found : steps;
}

uint32_t bits_next_set(const uint64_t *bits, uint32_t steps, uint32_t from)
{
    return next(bits, steps, from, 0);
}

uint32_t bits_next_clear(const uint64_t *bits, uint32_t steps, uint32_t from)
{
    return next(bits, steps, from, ~UINT64_C(0));
}

uint32_t bits_next_run(const uint64_t *bits, uint32_t steps, uint32_t from, uint32_t length, uint32_t align)
{
    ASSERT(length > 0 && align > 0);
    for (uint32_t start = bits_next_set(bits, steps, from); start < steps;) {
        uint32_t end = bits_next_clear(bits, steps, start);
        uint32_t aligned = (start + align - 1) / align * align;
        if (aligned + length <= end) return aligned;
        start = bits_next_set(bits, steps, end);
    }
    return steps;
}

void bits_fill_aligned(uint64_t *bits, uint32_t steps, uint32_t align)
{
    ASSERT(align > 0);
    if (align == 1) {
        bits_fill(bits, steps);
        return;
    }
    bits_clear(bits, grid_words(steps));
    for (uint32_t step = 0; step < steps; step += align)
        bits[step / 64] |= UINT64_C(1) << step % 64;
}

static uint64_t word_or_none(const uint64_t *in, uint32_t in_words, int64_t w)
{
    return w >= 0 && w < (int64_t)in_words ? in[w] : 0;
}

/* The part of copy_shifted that needs no look at the ends: from holds words + 1 words when shift is not 0. */
static void copy_inner(uint64_t *restrict to, const uint64_t *restrict from, int64_t words, unsigned shift)
{
    if (shift == 0) {
        memcpy(to, from, (size_t)words * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < words; i++)
        to[i] = from[i] >> shift | from[i + 1] << (64 - shift);
}

/* to[i] = the 64 bits of `in` from bit first + 64 i on. */
static void copy_shifted(uint64_t *to, int64_t words, const uint64_t *in, uint32_t in_words, int64_t first)
{
    int64_t w = divide_down(first, 64), end = w + words, i = 0;
    unsigned shift = (unsigned)(first - w * 64);
    int64_t inner = (end < (int64_t)in_words - 1 ? end : (int64_t)in_words - 1) - (w < 0 ? 0 : w);
    while (i < words) {
        if (w + i >= 0 && inner > 0) {
            copy_inner(to + i, in + (w + i), inner, shift);
            i += inner;
            inner = 0;
            continue;
        }
        uint64_t low = word_or_none(in, in_words, w + i), high = word_or_none(in, in_words, w + i + 1);
        to[i++] = shift ? low >> shift | high << (64 - shift) : low;
    }
}

/* to &= to >> by, over `words` words and 0 behind them. Reading runs ahead of writing, so it is done in place. */
static void and_shifted(uint64_t *to, uint32_t words, uint32_t by)
{
    uint32_t skip = by / 64, shift = by % 64, inner = words > skip + 1 ? words - skip - 1 : 0;
    const uint64_t *from = to + skip;
    if (shift == 0)
        for (uint32_t i = 0; i < inner; i++)
            to[i] &= from[i];
    else
        for (uint32_t i = 0; i < inner; i++)
            to[i] &= from[i] >> shift | from[i + 1] << (64 - shift);
    if (inner + skip < words) to[inner] &= from[inner] >> shift;
    for (uint32_t i = inner + 1; i < words; i++)
        to[i] = 0;
}

void bits_runs(uint64_t *to, uint32_t words, const uint64_t *in, uint32_t in_words, int64_t first,
               uint32_t length)
{
    uint32_t room = (uint32_t)bits_runs_room(words, length), have = 1;
    ASSERT(length > 0);
    copy_shifted(to, room, in, in_words, first);
    while (have < length) {
        uint32_t by = length - have < have ? length - have : have;
        and_shifted(to, room, by);
        have += by;
    }
}
