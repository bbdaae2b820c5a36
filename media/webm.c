#include "media/webm.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/avc.h"

/* Element ids, with their length marks (RFC 9559 §5). */
enum {
    EBML = 0x1A45DFA3,
    EBML_VERSION = 0x4286,
    EBML_READ_VERSION = 0x42F7,
    EBML_MAX_ID = 0x42F2,
    EBML_MAX_SIZE = 0x42F3,
    DOC_TYPE = 0x4282,
    DOC_TYPE_VERSION = 0x4287,
    DOC_TYPE_READ_VERSION = 0x4285,
    VOID = 0xEC,
    SEGMENT = 0x18538067,
    SEEK_HEAD = 0x114D9B74,
    SEEK = 0x4DBB,
    SEEK_ID = 0x53AB,
    SEEK_POSITION = 0x53AC,
    INFO = 0x1549A966,
    TIMESTAMP_SCALE = 0x2AD7B1,
    DURATION = 0x4489,
    DATE_UTC = 0x4461,
    MUXING_APP = 0x4D80,
    WRITING_APP = 0x5741,
    TRACKS = 0x1654AE6B,
    TRACK_ENTRY = 0xAE,
    TRACK_NUMBER = 0xD7,
    TRACK_UID = 0x73C5,
    TRACK_TYPE = 0x83,
    FLAG_LACING = 0x9C,
    CODEC_ID = 0x86,
    CODEC_PRIVATE = 0x63A2,
    SEEK_PRE_ROLL = 0x56BB,
    VIDEO = 0xE0,
    PIXEL_WIDTH = 0xB0,
    PIXEL_HEIGHT = 0xBA,
    AUDIO = 0xE1,
    SAMPLING_FREQUENCY = 0xB5,
    CHANNELS = 0x9F,
    CLUSTER = 0x1F43B675,
    TIMESTAMP = 0xE7,
    SIMPLE_BLOCK = 0xA3,
    CUES = 0x1C53BB6B,
    CUE_POINT = 0xBB,
    CUE_TIME = 0xB3,
    CUE_TRACK_POSITIONS = 0xB7,
    CUE_TRACK = 0xF7,
    CUE_CLUSTER_POSITION = 0xF1
};
enum { BLOCK_HEAD_BYTES = 4, BLOCK_IS_KEY = 0x80, HEAD_PART_BYTES = 512, SOUND_CUE_MS = 5000 };

struct webm {
    struct webm_settings settings;
    struct buf blocks; /* of the cluster that is being gathered */
    struct buf part;   /* for what is put together */
    struct buf configuration;
    int64_t least_ms[3]; /* of a track's next frame: each is later than the one before */
    int64_t cluster_ms, bytes, segment_at;
    bool has_cluster, has_key; /* the cluster: a key picture */
    uint64_t uid;
    size_t cues, cue_step, cue_turn;
    struct webm_cue {
        uint32_t at_ms;
        uint64_t position;
    } * cue;
    enum err err;
};

/* -- EBML -- */

static void put_id(struct buf *to, uint32_t id)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        if (id >> shift) buf_add_char(to, (char)(id >> shift));
}

/* Always eight bytes where a length is patched or long, else one: short elements are the many. */
static void put_size(struct buf *to, uint64_t n)
{
    if (n < 127) {
        buf_add_char(to, (char)(0x80 | n));
        return;
    }
    buf_add_char(to, 1);
    for (int shift = 48; shift >= 0; shift -= 8)
        buf_add_char(to, (char)(n >> shift));
}

static void put_bytes(struct buf *to, uint32_t id, const void *at, size_t bytes)
{
    put_id(to, id);
    put_size(to, bytes);
    buf_add(to, at, bytes);
}

static void put_text(struct buf *to, uint32_t id, const char *text)
{
    put_bytes(to, id, text, strlen(text));
}

static void put_uint(struct buf *to, uint32_t id, uint64_t n)
{
    uint8_t at[8];
    size_t bytes = 1;
    while (bytes < 8 && n >> 8 * bytes)
        bytes++;
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
    put_bytes(to, id, at, bytes);
}

static void put_fixed(struct buf *to, uint32_t id, uint64_t n)
{
    uint8_t at[8];
    for (size_t i = 0; i < 8; i++)
        at[i] = (uint8_t)(n >> 8 * (7 - i));
    put_bytes(to, id, at, sizeof at);
}

static void put_real(struct buf *to, uint32_t id, double n)
{
    uint64_t bits;
    memcpy(&bits, &n, sizeof bits);
    put_fixed(to, id, bits);
}

/* What begins at `from` becomes the body of an element: its head is put before it. */
static void wrap(struct buf *to, size_t from, uint32_t id)
{
    uint8_t head[16];
    struct buf small;
    if (to->err) return;
    buf_init(&small, sizeof head);
    put_id(&small, id);
    put_size(&small, to->bytes - from);
    size_t n = small.bytes;
    if (small.err)
        to->err = small.err;
    else
        memcpy(head, small.at, n);
    buf_done(&small);
    if (to->err || !buf_reserve(to, n)) return;
    memmove(to->at + from + n, to->at + from, to->bytes - from);
    memcpy(to->at + from, head, n);
    to->bytes += n;
}

/* -- the head -- */

/* NULL: no place for it here. */
static const char *codec_id(enum codec codec)
{
    static const char *const ids[CODEC_COUNT] = {[CODEC_VP8] = "V_VP8",
                                                 [CODEC_VP9] = "V_VP9",
                                                 [CODEC_H264] = "V_MPEG4/ISO/AVC",
                                                 [CODEC_OPUS] = "A_OPUS"};
    return ids[codec];
}

static void put_track(struct buf *to, const struct webm *w, enum webm_track track)
{
    /* RFC 7845 §5.1: two channels, nothing to skip (a browser's stream has no beginning), 48 kHz, no gain, mapping family 0. */
    static const uint8_t opus_head[19] = {'O', 'p', 'u',  's',  'H', 'e', 'a', 'd', 1, 2,
                                          0,   0,   0x80, 0xBB, 0,   0,   0,   0,   0};
    bool is_sound = track == WEBM_SOUND;
    size_t from = to->bytes;
    put_uint(to, TRACK_NUMBER, track);
    put_uint(to, TRACK_UID, w->uid + track);
    put_uint(to, TRACK_TYPE, is_sound ? 2 : 1);
    put_uint(to, FLAG_LACING, 0);
    put_text(to, CODEC_ID, codec_id(is_sound ? w->settings.sound : w->settings.picture));
    if (is_sound) put_bytes(to, CODEC_PRIVATE, opus_head, sizeof opus_head);
    if (is_sound)
        put_uint(to, SEEK_PRE_ROLL, 80000000); /* ns: what a decoder needs to find in (RFC 7845 §4.6) */
    if (!is_sound && w->configuration.bytes)
        put_bytes(to, CODEC_PRIVATE, w->configuration.at, w->configuration.bytes);
    size_t inner = to->bytes;
    if (is_sound) {
        put_real(to, SAMPLING_FREQUENCY, 48000);
        put_uint(to, CHANNELS, 2);
    } else {
        put_uint(to, PIXEL_WIDTH, w->settings.width);
        put_uint(to, PIXEL_HEIGHT, w->settings.height);
    }
    wrap(to, inner, is_sound ? AUDIO : VIDEO);
    wrap(to, from, TRACK_ENTRY);
}

static void put_tracks(struct buf *to, const struct webm *w)
{
    size_t from = to->bytes;
    if (w->settings.picture) put_track(to, w, WEBM_PICTURE);
    if (w->settings.sound) put_track(to, w, WEBM_SOUND);
    wrap(to, from, TRACKS);
}

static void put_info(struct buf *to, const struct webm *w, int64_t length_ms)
{
    static const int64_t year_2001_ms = 978307200000;
    size_t from = to->bytes;
    put_uint(to, TIMESTAMP_SCALE, 1000000); /* ns: ours are milliseconds */
    put_fixed(to, DATE_UTC, (uint64_t)((w->settings.started.ms - year_2001_ms) * 1000000));
    put_text(to, MUXING_APP, "Yunqiao");
    put_text(to, WRITING_APP, "Yunqiao");
    if (length_ms >= 0) put_real(to, DURATION, (double)length_ms);
    wrap(to, from, INFO);
}

static void put_seek_head(struct buf *to, uint64_t cues_at)
{
    static const uint8_t id[] = {0x1C, 0x53, 0xBB, 0x6B};
    size_t from = to->bytes;
    put_bytes(to, SEEK_ID, id, sizeof id);
    put_fixed(to, SEEK_POSITION, cues_at);
    wrap(to, from, SEEK);
    wrap(to, from, SEEK_HEAD);
}

/* Until the end cues_at is 0 and length_ms -1. Always WEBM_HEAD_BYTES: what is left is Void, so that the last one fits the first one's place. */
static enum err say_head(struct webm *w, enum webm_piece piece, uint64_t cues_at, int64_t length_ms)
{
    struct buf *to = &w->part;
    bool is_webm = w->settings.picture != CODEC_H264;
    buf_clear(to);
    put_uint(to, EBML_VERSION, 1);
    put_uint(to, EBML_READ_VERSION, 1);
    put_uint(to, EBML_MAX_ID, 4);
    put_uint(to, EBML_MAX_SIZE, 8);
    put_text(to, DOC_TYPE, is_webm ? "webm" : "matroska");
    put_uint(to, DOC_TYPE_VERSION, 4);
    put_uint(to, DOC_TYPE_READ_VERSION, 2);
    wrap(to, 0, EBML);
    put_id(to, SEGMENT);
    buf_add(to, "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8); /* unknown: to the file's end */
    w->segment_at = (int64_t)to->bytes;
    if (cues_at) put_seek_head(to, cues_at);
    put_info(to, w, length_ms);
    put_tracks(to, w);
    if (to->err) return to->err;
    if (to->bytes > HEAD_PART_BYTES)
        return ERR_BAD_INPUT; /* parameter sets of that length are none of a camera */
    put_id(to, VOID);
    buf_add_char(to, 1);
    size_t left = WEBM_HEAD_BYTES - to->bytes - 7;
    for (int shift = 48; shift >= 0; shift -= 8)
        buf_add_char(to, (char)((uint64_t)left >> shift));
    char *at = buf_reserve(to, left);
    if (!at) return to->err;
    memset(at, 0, left);
    to->bytes += left;
    ASSERT(to->bytes == WEBM_HEAD_BYTES);
    return w->settings.put(w->settings.ctx, piece, to->at, to->bytes);
}

enum err webm_new(const struct webm_settings *settings, struct webm **ret_webm)
{
    bool is_good =
        (settings->picture || settings->sound) &&
        (!settings->picture || (codec_is_video(settings->picture) && codec_id(settings->picture))) &&
        (!settings->sound || settings->sound == CODEC_OPUS);
    if (!is_good) return ERR_BAD_INPUT;
    struct webm *w = mem_zalloc(sizeof *w);
    if (!w) return ERR_NOMEM;
    w->settings = *settings;
    w->settings.parameters = (struct str){0};
    w->cue_step = 1;
    buf_init(&w->blocks, WEBM_CLUSTER_BYTES_MAX);
    buf_init(&w->part, WEBM_CLUSTER_BYTES_MAX);
    buf_init(&w->configuration, HEAD_PART_BYTES);
    rnd_bytes(&w->uid, sizeof w->uid);
    w->uid = (w->uid >> 8) + 1; /* never 0, seven bytes */
    w->cue = mem_alloc(WEBM_CUES_MAX * sizeof *w->cue);
    enum err err = w->cue ? OK : ERR_NOMEM;
    if (!err && settings->picture == CODEC_H264)
        err = avc_configuration((const uint8_t *)settings->parameters.at, settings->parameters.bytes,
                                &w->configuration);
    if (!err) err = say_head(w, WEBM_HEAD, 0, -1);
    if (err) {
        webm_free(w);
        return err;
    }
    w->bytes = WEBM_HEAD_BYTES;
    *ret_webm = w;
    return OK;
}

void webm_free(struct webm *w)
{
    if (!w) return;
    buf_done(&w->blocks);
    buf_done(&w->part);
    buf_done(&w->configuration);
    mem_free(w->cue);
    mem_free(w);
}

/* -- clusters -- */

static void cue_note(struct webm *w)
{
    if (w->cue_turn++ % w->cue_step) return;
    if (w->cues == WEBM_CUES_MAX) {
        for (size_t i = 0; i < WEBM_CUES_MAX / 2; i++)
            w->cue[i] = w->cue[2 * i];
        w->cues /= 2;
        w->cue_step *= 2;
    }
    w->cue[w->cues++] = (struct webm_cue){(uint32_t)w->cluster_ms, (uint64_t)(w->bytes - w->segment_at)};
}

static enum err cluster_end(struct webm *w)
{
    struct buf *to = &w->part;
    if (!w->has_cluster) return OK;
    bool is_due = w->cues == 0 || w->cluster_ms - w->cue[w->cues - 1].at_ms >= SOUND_CUE_MS;
    if (w->settings.picture ? w->has_key : is_due) cue_note(w);
    buf_clear(to);
    put_id(to, CLUSTER);
    struct buf *blocks = &w->blocks;
    uint8_t stamp[16];
    size_t stamp_bytes = to->bytes;
    put_uint(to, TIMESTAMP, (uint64_t)w->cluster_ms);
    if (to->err) return to->err;
    stamp_bytes = to->bytes - stamp_bytes;
    memcpy(stamp, to->at + to->bytes - stamp_bytes, stamp_bytes);
    to->bytes -= stamp_bytes;
    put_size(to, stamp_bytes + blocks->bytes);
    buf_add(to, stamp, stamp_bytes);
    buf_add(to, blocks->at, blocks->bytes);
    if (to->err) return to->err;
    enum err err = w->settings.put(w->settings.ctx, WEBM_CLUSTER, to->at, to->bytes);
    if (err) return err;
    w->bytes += (int64_t)to->bytes;
    w->has_cluster = w->has_key = false;
    buf_clear(blocks);
    return OK;
}

static enum err block_add(struct webm *w, enum webm_track track, int64_t at_ms, bool is_key,
                          const uint8_t *at, size_t bytes)
{
    struct buf *to = &w->blocks;
    size_t from = to->bytes;
    int64_t in_cluster = at_ms - w->cluster_ms; /* below 2^15, as a cluster is a second */
    const uint8_t head[BLOCK_HEAD_BYTES] = {(uint8_t)(0x80 | track), (uint8_t)(in_cluster >> 8),
                                            (uint8_t)in_cluster, is_key ? BLOCK_IS_KEY : 0};
    buf_add(to, head, sizeof head);
    if (track == WEBM_PICTURE && w->settings.picture == CODEC_H264)
        avc_with_lengths(at, bytes, to);
    else
        buf_add(to, at, bytes);
    wrap(to, from, SIMPLE_BLOCK);
    return to->err;
}

static enum err frame_add(struct webm *w, enum webm_track track, int64_t at_ms, bool is_key,
                          const uint8_t *at, size_t bytes)
{
    enum { AROUND = 64 };
    if (at_ms < 0 || at_ms > WEBM_MS_MAX || bytes > WEBM_CLUSTER_BYTES_MAX / 2) return ERR_LIMIT;
    if (at_ms < w->least_ms[track]) at_ms = w->least_ms[track];
    bool is_late = w->has_cluster &&
                   at_ms < w->cluster_ms; /* the other track is ahead: it stands at the cluster's beginning */
    bool is_full =
        w->has_cluster && (at_ms - w->cluster_ms >= WEBM_CLUSTER_MS ||
                           w->blocks.bytes + bytes + bytes / 64 + AROUND > WEBM_CLUSTER_BYTES_MAX / 2 ||
                           (is_key && track == WEBM_PICTURE));
    enum err err = is_full && !is_late ? cluster_end(w) : OK;
    if (err) return err;
    if (!w->has_cluster) {
        w->has_cluster = true;
        w->cluster_ms = at_ms;
    }
    w->has_key |= is_key && track == WEBM_PICTURE;
    if (is_late) at_ms = w->cluster_ms;
    w->least_ms[track] = at_ms + 1;
    return block_add(w, track, at_ms, is_key || track == WEBM_SOUND, at, bytes);
}

enum err webm_frame(struct webm *w, enum webm_track track, int64_t at_ms, bool is_key, const uint8_t *at,
                    size_t bytes)
{
    ASSERT(track == WEBM_SOUND ? w->settings.sound : w->settings.picture);
    if (!w->err) w->err = frame_add(w, track, at_ms, is_key, at, bytes);
    return w->err;
}

enum err webm_turn(struct webm *w, int64_t now_ms)
{
    if (!w->err && w->has_cluster && now_ms - w->cluster_ms >= WEBM_CLUSTER_MS) w->err = cluster_end(w);
    return w->err;
}

/* -- the end -- */

static void put_cue(struct buf *to, const struct webm *w, const struct webm_cue *cue)
{
    size_t from = to->bytes;
    put_uint(to, CUE_TIME, cue->at_ms);
    size_t inner = to->bytes;
    put_uint(to, CUE_TRACK, w->settings.picture ? WEBM_PICTURE : WEBM_SOUND);
    put_uint(to, CUE_CLUSTER_POSITION, cue->position);
    wrap(to, inner, CUE_TRACK_POSITIONS);
    wrap(to, from, CUE_POINT);
}

static enum err say_cues(struct webm *w)
{
    struct buf *to = &w->part;
    buf_clear(to);
    for (size_t i = 0; i < w->cues; i++)
        put_cue(to, w, &w->cue[i]);
    wrap(to, 0, CUES);
    enum err err = to->err ? to->err : w->settings.put(w->settings.ctx, WEBM_CUES, to->at, to->bytes);
    if (!err) w->bytes += (int64_t)to->bytes;
    return err;
}

enum err webm_end(struct webm *w, int64_t length_ms)
{
    if (!w->err) w->err = cluster_end(w);
    int64_t cues_at = w->cues ? w->bytes - w->segment_at : 0;
    if (!w->err && w->cues) w->err = say_cues(w);
    if (!w->err) w->err = say_head(w, WEBM_HEAD_AGAIN, (uint64_t)cues_at, length_ms);
    return w->err;
}

int64_t webm_bytes(const struct webm *w)
{
    return w->bytes;
}
