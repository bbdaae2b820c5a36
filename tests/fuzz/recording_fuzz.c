/* A sealed film as a stranger would leave it. The first byte: how many of the following bytes are laid over a whole one, and where; else the
 * rest is the file as it stands. However it is, it opens or is refused, and what is read of it is what was sealed. */
#include "base/mem.h"
#include "link/recording.h"
#include "tests/fuzz/fuzz.h"
#include <sys/mman.h>
#include <unistd.h>

enum { FILM = 3000, FILE_MAX = 65536 };
static uint8_t whole[FILE_MAX];
static size_t whole_bytes;

static enum err take(void *ctx, const void *at, size_t bytes)
{
    (void)ctx;
    ASSERT(whole_bytes + bytes <= sizeof whole);
    memcpy(whole + whole_bytes, at, bytes);
    whole_bytes += bytes;
    return OK;
}

static const struct recording_settings settings = {.id = {1, 2, 3}, .key = {4, 5, 6}, .put = take};

static bool make_whole(void)
{
    struct recording *r;
    uint8_t body[1000];
    whole_bytes = 0;
    if (recording_new(&settings, &r)) return false;
    enum err err = OK;
    for (int i = 0; i < 3 && !err; i++) {
        memset(body, 'a' + i, sizeof body);
        err = recording_add(r, i ? RECORDING_CLUSTER : RECORDING_HEAD, i * 1000, body, sizeof body);
    }
    if (!err) err = recording_gap(r, 2000, 2500, RECORDING_PAUSED);
    if (!err) err = recording_end(r, 3000);
    recording_free(r);
    return !err;
}

static void read_all(int fd)
{
    struct recording_reader *r;
    struct recording_seen seen;
    struct digest_value chain;
    struct recording_gap_seen gap;
    char at[FILM + 1];
    size_t n;
    uint32_t piece;
    if (recording_open(fd, settings.id, settings.key, &r, &seen)) return;
    for (int64_t from = 0; from < FILM && from < seen.film_bytes; from += 500)
        if (recording_get(r, from, at, 500, &n) == OK)
            for (size_t i = 0; i < n; i++)
                ASSERT(at[i] == 'a' + (from + (int64_t)i) / 1000);
    for (uint32_t i = 0; i < seen.gaps && i < 100; i++)
        if (recording_gap_at(r, i, &gap) == OK) ASSERT(gap.from_ms == 2000 && gap.to_ms == 2500);
    if (recording_verify(r, &chain, &piece) == OK && seen.is_ended) ASSERT(seen.film_bytes == FILM);
    recording_close(r);
}

/* What may be damaged is read up to where it is, and is what was sealed up to there. */
static void read_damaged(int fd)
{
    struct recording_reader *r;
    struct recording_seen seen;
    struct digest_value chain;
    char at[FILM + 1];
    size_t n = 0;
    uint32_t piece = 0;
    if (recording_open_damaged(fd, settings.id, settings.key, &r, &seen)) return;
    (void)!recording_verify(r, &chain, &piece);
    recording_cut(r, piece, &seen);
    ASSERT(seen.film_bytes <= FILM);
    ASSERT(recording_get(r, 0, at, sizeof at, &n) == OK);
    ASSERT((int64_t)n == seen.film_bytes);
    for (size_t i = 0; i < n; i++)
        ASSERT(at[i] == 'a' + (int)(i / 1000));
    recording_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 4 || n > FILE_MAX / 2 || !make_whole()) return 0;
    int fd = memfd_create("film", MFD_CLOEXEC);
    if (fd < 0) return 0;
    if (bytes[0] & 1) {
        size_t at = (size_t)(bytes[1] << 8 | bytes[2]) % whole_bytes, part = n - 3;
        if (part > whole_bytes - at) part = whole_bytes - at;
        memcpy(whole + at, bytes + 3, part);
        ASSERT(write(fd, whole, whole_bytes) == (ssize_t)whole_bytes);
    } else {
        ASSERT(write(fd, bytes + 1, n - 1) == (ssize_t)(n - 1));
    }
    read_all(fd);
    read_damaged(fd);
    close(fd);
    return 0;
}
