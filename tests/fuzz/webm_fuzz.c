/* A file that says it is a film of ours: whatever it holds, what is read lies within it, in a track that it has, and reading ends. */
#include "media/webm_read.h"
#include "tests/fuzz/fuzz.h"

struct held {
    const uint8_t *at;
    size_t bytes;
};

static enum err get(void *ctx, int64_t offset, void *ret, size_t bytes, size_t *ret_n)
{
    const struct held *h = ctx;
    ASSERT(offset >= 0);
    size_t left = (uint64_t)offset < h->bytes ? h->bytes - (size_t)offset : 0;
    *ret_n = bytes < left ? bytes : left;
    if (*ret_n) memcpy(ret, h->at + offset, *ret_n);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct held held = {bytes, n};
    struct webm_source source = {get, &held};
    struct webm_reader *r;
    struct webm_seen seen;
    struct webm_block b;
    size_t blocks = 0;
    unsigned sum = 0;
    if (webm_read_new(&source, &r, &seen) != OK) return 0;
    while (webm_read_next(r, &b) == OK) {
        ASSERT(++blocks <= n); /* each takes a byte at least */
        ASSERT(b.track == WEBM_PICTURE ? seen.picture != CODEC_NONE : seen.sound != CODEC_NONE);
        for (size_t i = 0; i < b.bytes; i++)
            sum += b.at[i]; /* looked at, so that the sanitizer does */
    }
    webm_read_free(r);
    return sum == 1 && n == 0; /* never */
}
