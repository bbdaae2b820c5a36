/* tally: counts bitmaps into one another, 64 steps at once: "at how many of these is step i set". One plane of
 * bits for each power of two, so that adding a bitmap is a ripple of and and xor; the count stops at
 * TALLY_MOST. The words are the caller's. */
#ifndef SCHEDULER_TALLY_H
#define SCHEDULER_TALLY_H
#include "scheduler/grid.h"

#define TALLY_PLANES 4
#define TALLY_MOST 15

struct tally {
    uint64_t *plane[TALLY_PLANES]; /* each of `words` words; the lowest power first */
    uint32_t words;
};

/* room: TALLY_PLANES * words words; all counts are 0. */
void tally_init(struct tally *t, uint64_t *room, uint32_t words);
void tally_add(struct tally *t, const uint64_t *bits);
/* 1 where the count is at least k, 0 < k <= TALLY_MOST. */
void tally_at_least(const struct tally *t, unsigned k, uint64_t *ret_bits);
unsigned tally_at(const struct tally *t, uint32_t step);

#endif
