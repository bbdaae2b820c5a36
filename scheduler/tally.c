#include "scheduler/tally.h"

void tally_init(struct tally *t, uint64_t *room, uint32_t words)
{
    t->words = words;
    for (uint32_t p = 0; p < TALLY_PLANES; p++)
        t->plane[p] = room + (size_t)p * words;
    bits_clear(room, TALLY_PLANES * words);
}

void tally_add(struct tally *t, const uint64_t *bits)
{
    for (uint32_t w = 0; w < t->words; w++) {
        uint64_t carry = bits[w];
        for (uint32_t p = 0; p < TALLY_PLANES && carry; p++) {
            uint64_t next = t->plane[p][w] & carry;
            t->plane[p][w] ^= carry;
            carry = next;
        }
        if (!carry) continue;
        for (uint32_t p = 0; p < TALLY_PLANES; p++) /* it was full: it stays full */
            t->plane[p][w] |= carry;
    }
}

/* count >= k is the carry out of count + (16 - k): a compare with a constant, plane by plane. */
void tally_at_least(const struct tally *t, unsigned k, uint64_t *ret_bits)
{
    unsigned add = (TALLY_MOST + 1 - k) & TALLY_MOST;
    ASSERT(k > 0 && k <= TALLY_MOST);
    for (uint32_t w = 0; w < t->words; w++) {
        uint64_t carry = 0;
        for (uint32_t p = 0; p < TALLY_PLANES; p++)
            carry = add >> p & 1 ? t->plane[p][w] | carry : t->plane[p][w] & carry;
        ret_bits[w] = carry;
    }
}

unsigned tally_at(const struct tally *t, uint32_t step)
{
    unsigned count = 0;
    for (uint32_t p = 0; p < TALLY_PLANES; p++)
        count |= (unsigned)bits_has(t->plane[p], step) << p;
    return count;
}
