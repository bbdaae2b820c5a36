/* Payloads of a source that says what it likes: the first byte is the codec, then steps of three bytes and a payload: which track, how it is marked,
 * its stamp. Whatever comes, the file opens, each piece is what was sealed, and no film is longer than its instants. */
#include "base/mem.h"
#include "media/recorder.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_MAX = 1 << 20 };
static size_t taken;

static enum err take(void *ctx, const void *at, size_t bytes)
{
    (void)ctx, (void)at;
    taken += bytes;
    return taken > FILE_MAX ? ERR_DISK_FULL : OK;
}

static enum err open_part(void *ctx, unsigned part, struct recording_settings *ret)
{
    (void)ctx;
    *ret = (struct recording_settings){.id = {(uint8_t)part}, .put = take};
    return OK;
}

static void ended(void *ctx, unsigned part, const struct digest_value *chain, int64_t bytes)
{
    (void)ctx, (void)part, (void)chain;
    ASSERT(bytes > 0 && bytes <= (int64_t)taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264};
    struct recorder_settings settings = {NULL, open_part, ended};
    struct recorder *r;
    int64_t now_us = 1790000000000000;
    if (n < 1 || recorder_new(&settings, &r)) return 0;
    taken = 0;
    size_t at = 1;
    bool is_ours = recorder_track(r, WEBM_PICTURE, codecs[bytes[0] % COUNT_OF(codecs)]) == OK &&
                   recorder_track(r, WEBM_SOUND, CODEC_OPUS) == OK;
    while (is_ours && at + 4 <= n) {
        uint8_t how = bytes[at];
        size_t part = bytes[at + 2] < n - at - 3 ? bytes[at + 2] : n - at - 3;
        struct recorder_packet p = {bytes + at + 3, part, bytes[at + 1] * 3000u, how & 2, how & 4, now_us};
        enum webm_track track = how & 1 ? WEBM_SOUND : WEBM_PICTURE;
        if (how >> 3 == 9) recorder_report(r, track, p.stamp, now_us - 1000 * p.stamp, now_us);
        if (how >> 3 == 10) recorder_pause(r, RECORDING_PAUSED, now_us);
        if (how >> 3 == 11) recorder_resume(r, now_us);
        if (how >> 3 == 12) is_ours = recorder_track(r, WEBM_PICTURE, codecs[how % COUNT_OF(codecs)]) == OK;
        recorder_packet(r, track, &p);
        now_us += bytes[at + 1] * 1000;
        recorder_turn(r, now_us);
        at += 3 + part;
    }
    recorder_end(r, now_us);
    recorder_free(r);
    return 0;
}
