#include "base/rnd.h"
#include "base/err.h"
#include "base/str.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>

static _Thread_local uint64_t seed;

/* splitmix64: enough for a repeatable stream in tests. */
static uint64_t seeded_next(void)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void rnd_seed(uint64_t new_seed)
{
    seed = new_seed;
}

void rnd_bytes(void *ret_bytes, size_t bytes)
{
    unsigned char *out = ret_bytes;
    while (bytes) {
        if (seed) {
            uint64_t word = seeded_next();
            size_t n = bytes < sizeof word ? bytes : sizeof word;
            memcpy(out, &word, n);
            out += n, bytes -= n;
            continue;
        }
        ssize_t n = getrandom(out, bytes, 0);
        if (n < 0 && errno == EINTR) continue;
        ASSERT(n > 0);
        out += n, bytes -= (size_t)n;
    }
}

uint64_t rnd_u64(void)
{
    uint64_t n;
    rnd_bytes(&n, sizeof n);
    return n;
}

uint64_t rnd_below(uint64_t n)
{
    ASSERT(n > 0);
    uint64_t uneven = (0 - n) % n, word; /* words below this would favour the small results */
    do
        word = rnd_u64();
    while (word < uneven);
    return word % n;
}

void rnd_token(const char *prefix, size_t bytes, char *ret_text)
{
    unsigned char random[64];
    size_t prefix_bytes = strlen(prefix);
    ASSERT(bytes <= sizeof random);
    rnd_bytes(random, bytes);
    memcpy(ret_text, prefix, prefix_bytes);
    str_base64url(random, bytes, ret_text + prefix_bytes);
    explicit_bzero(random, sizeof random);
}
