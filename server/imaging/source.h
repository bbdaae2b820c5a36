/* source: bytes to be read from any place, wherever they lie: a sealed file, a buffer. One thread. */
#ifndef IMAGING_SOURCE_H
#define IMAGING_SOURCE_H
#include "base/err.h"
#include "base/str.h"

struct source {
    /* Exactly so many, which lie within bytes. */
    enum err (*read)(void *ctx, int64_t offset, void *to, size_t bytes);
    void *ctx;
    int64_t bytes;
};

#endif
