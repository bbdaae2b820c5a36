#include "records/hash.h"

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))

struct state {
    uint64_t a, b, c, d;
};

static inline void turn(struct state *s)
{
    s->a += s->b, s->b = ROTATE(s->b, 13), s->b ^= s->a, s->a = ROTATE(s->a, 32);
    s->c += s->d, s->d = ROTATE(s->d, 16), s->d ^= s->c;
    s->a += s->d, s->d = ROTATE(s->d, 21), s->d ^= s->a;
    s->c += s->b, s->b = ROTATE(s->b, 17), s->b ^= s->c, s->c = ROTATE(s->c, 32);
}

static inline void take(struct state *s, uint64_t word)
{
    s->d ^= word;
    turn(s), turn(s);
    s->a ^= word;
}

uint64_t hash_siphash(const struct hash_key *key, const void *from, size_t bytes)
{
    const uint8_t *at = from;
    uint64_t k0 = key->at[0], k1 = key->at[1], word, last = (uint64_t)bytes << 56;
    struct state s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                      k1 ^ 0x7465646279746573u};
    for (; bytes >= 8; bytes -= 8, at += 8) {
        memcpy(&word, at, 8); /* little-endian machines only, as the rest of the store */
        take(&s, word);
    }
    for (size_t i = 0; i < bytes; i++)
        last |= (uint64_t)at[i] << 8 * i;
    take(&s, last);
    s.c ^= 0xff;
    turn(&s), turn(&s), turn(&s), turn(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

int64_t hash_of(const struct hash_key *key, struct str text)
{
    int64_t n = (int64_t)(hash_siphash(key, text.at, text.bytes) >> 1);
    return n ? n : 1;
}
