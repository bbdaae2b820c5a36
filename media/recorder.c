#include "media/recorder.h"
#include "base/mem.h"
#include "media/assemble.h"
#include "media/h264.h"
#include "media/vp9.h"

/* A frame that waits for the other track's. */
struct held {
    struct held *next;
    enum webm_track track;
    int64_t at_us, arrived_us;
    bool is_key;
    uint16_t width, height; /* of a key picture */
    size_t bytes;
    uint8_t at[];
};

struct line {
    enum codec codec;
    struct assemble assemble; /* of pictures */
    uint16_t width, height;
    bool has_report, has_anchor;
    uint32_t stamp; /* the anchor: this stamp was at_us */
    int64_t at_us;
    int64_t newest_us; /* of its frames */
};

struct recorder {
    struct recorder_settings settings;
    struct line lines[3]; /* by webm_track */
    int64_t offset_us;    /* ours minus the source's clock: the smallest that was seen */
    bool has_offset;
    struct held *held;
    unsigned held_count;
    size_t held_bytes;
    struct webm *webm;
    struct recording *file;
    unsigned part, parts; /* part: the open one */
    int64_t started_us;   /* of the open part */
    int64_t last_us;      /* what stands in the file */
    int64_t first_us;     /* of the sound that waits for a picture; 0: none */
    int64_t paused_us;    /* 0: it runs */
    enum recording_why why;
    enum codec picture, sound; /* of the open part */
    bool is_ended;
    enum err err;
};

enum err recorder_new(const struct recorder_settings *settings, struct recorder **ret)
{
    struct recorder *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    r->settings = *settings;
    assemble_init(&r->lines[WEBM_PICTURE].assemble, CODEC_NONE);
    *ret = r;
    return OK;
}

static void drop_held(struct recorder *r)
{
    while (r->held) {
        struct held *h = r->held;
        r->held = h->next;
        mem_wipe_free(h, sizeof *h + h->bytes);
    }
    r->held_count = 0;
    r->held_bytes = 0;
}

void recorder_free(struct recorder *r)
{
    if (!r) return;
    drop_held(r);
    assemble_done(&r->lines[WEBM_PICTURE].assemble);
    webm_free(r->webm);
    recording_free(r->file);
    mem_free(r);
}

static void fail(struct recorder *r, enum err err)
{
    if (!r->err) r->err = err;
}

/* -- the file -- */

static int64_t film_ms(const struct recorder *r, int64_t at_us)
{
    return at_us > r->started_us ? (at_us - r->started_us) / 1000 : 0;
}

/* webm's pieces become the file's. A cluster's instant is that of the newest frame, which decides nothing but what is told. */
static enum err put_piece(void *ctx, enum webm_piece piece, const void *at, size_t bytes)
{
    static const enum recording_kind kinds[] = {[WEBM_HEAD] = RECORDING_HEAD,
                                                [WEBM_CLUSTER] = RECORDING_CLUSTER,
                                                [WEBM_CUES] = RECORDING_CUES,
                                                [WEBM_HEAD_AGAIN] = RECORDING_HEAD_AGAIN};
    struct recorder *r = ctx;
    return recording_add(r->file, kinds[piece], film_ms(r, r->last_us), at, bytes);
}

static void part_end(struct recorder *r)
{
    if (!r->webm) return;
    int64_t length_ms = film_ms(r, r->last_us);
    enum err err = r->err ? r->err : webm_end(r->webm, length_ms);
    if (!err) err = recording_end(r->file, length_ms);
    if (!err) {
        struct digest_value chain = recording_chain(r->file);
        r->settings.ended(r->settings.ctx, r->part, &chain, recording_bytes(r->file));
    }
    if (err) fail(r, err);
    webm_free(r->webm);
    recording_free(r->file);
    r->webm = NULL;
    r->file = NULL;
}

/* first: a key picture, or the first sound. */
static enum err part_begin(struct recorder *r, const struct held *first, bool has_picture)
{
    struct recording_settings file = {0};
    enum err err = r->settings.open(r->settings.ctx, r->parts, &file);
    if (!err) err = recording_new(&file, &r->file);
    explicit_bzero(file.key, sizeof file.key);
    if (err) return err;
    r->part = r->parts++;
    r->started_us = r->last_us = first->at_us;
    r->picture = has_picture ? r->lines[WEBM_PICTURE].codec : CODEC_NONE;
    r->sound = r->lines[WEBM_SOUND].codec;
    struct webm_settings film = {.picture = r->picture,
                                 .sound = r->sound,
                                 .width = first->width,
                                 .height = first->height,
                                 .parameters = {(const char *)first->at, first->bytes},
                                 .started = {first->at_us / 1000},
                                 .put = put_piece,
                                 .ctx = r};
    return webm_new(&film, &r->webm);
}

/* -- what is held -- */

static bool fits_part(const struct recorder *r, const struct held *h)
{
    return h->track == WEBM_SOUND ? r->sound == r->lines[WEBM_SOUND].codec
                                  : r->picture == r->lines[WEBM_PICTURE].codec;
}

/* Sound before the first picture waits for it, and begins alone when none comes. */
static bool may_begin(struct recorder *r, const struct held *h, int64_t now_us)
{
    bool has_picture = r->lines[WEBM_PICTURE].codec != CODEC_NONE;
    if (h->track == WEBM_PICTURE) return h->is_key;
    if (!has_picture) return true;
    if (!r->first_us) r->first_us = now_us;
    return now_us - r->first_us >= RECORDER_WAIT_MS * 1000;
}

static void write_held(struct recorder *r, const struct held *h, int64_t now_us)
{
    bool is_key_picture = h->track == WEBM_PICTURE && h->is_key;
    if (r->webm && !fits_part(r, h)) {
        if (h->track == WEBM_PICTURE && !h->is_key) return;
        part_end(r);
    }
    if (!r->webm && !r->err) {
        if (!may_begin(r, h, now_us)) return;
        enum err err = part_begin(r, h, is_key_picture);
        if (err) fail(r, err);
        r->first_us = 0;
    }
    if (r->err || !r->webm) return;
    if (h->at_us < r->started_us) return; /* from before the film's first frame */
    if (h->at_us - r->last_us > RECORDER_LOST_MS * 1000 && r->last_us > r->started_us)
        fail(r, recording_gap(r->file, film_ms(r, r->last_us), film_ms(r, h->at_us), RECORDING_LOST));
    if (h->at_us > r->last_us) r->last_us = h->at_us;
    if (!r->err) fail(r, webm_frame(r->webm, h->track, film_ms(r, h->at_us), h->is_key, h->at, h->bytes));
}

static void write_until(struct recorder *r, int64_t until_us, int64_t now_us)
{
    while (r->held && r->held->at_us <= until_us) {
        struct held *h = r->held;
        r->held = h->next;
        r->held_count--;
        r->held_bytes -= h->bytes;
        if (!r->err) write_held(r, h, now_us);
        mem_wipe_free(h, sizeof *h + h->bytes);
    }
}

static void hold(struct recorder *r, enum webm_track track, int64_t at_us, int64_t arrived_us,
                 const struct assemble_unit *u, uint16_t width, uint16_t height)
{
    if (u->bytes > WEBM_CLUSTER_BYTES_MAX / 2) return;
    while (r->held &&
           (r->held_count >= RECORDER_HELD_MAX || r->held_bytes + u->bytes > RECORDER_HELD_BYTES_MAX))
        write_until(r, r->held->at_us, arrived_us);
    /* A report may set the source's clock back by a little: a track's frames stay in their order, each later than the one before. */
    struct line *l = &r->lines[track];
    if (at_us < l->newest_us + 1000 && at_us > l->newest_us - 2000000) at_us = l->newest_us + 1000;
    l->newest_us = at_us;
    struct held *h = mem_alloc(sizeof *h + u->bytes);
    if (!h) {
        fail(r, ERR_NOMEM);
        return;
    }
    *h = (struct held){.track = track,
                       .at_us = at_us,
                       .arrived_us = arrived_us,
                       .is_key = u->is_key,
                       .width = width,
                       .height = height,
                       .bytes = u->bytes};
    memcpy(h->at, u->at, u->bytes);
    struct held **at = &r->held;
    while (*at && (*at)->at_us <= at_us)
        at = &(*at)->next;
    h->next = *at;
    *at = h;
    r->held_count++;
    r->held_bytes += u->bytes;
}

/* -- instants -- */

static int64_t rate_of(enum webm_track track)
{
    return track == WEBM_SOUND ? 48000 : 90000;
}

static int64_t us_since(uint32_t stamp, uint32_t anchor, enum webm_track track)
{
    return (int64_t)(int32_t)(stamp - anchor) * 1000000 / rate_of(track);
}

static int64_t instant_of(struct recorder *r, enum webm_track track, uint32_t stamp, int64_t arrived_us)
{
    struct line *l = &r->lines[track];
    if (!l->has_anchor) {
        l->has_anchor = true;
        l->stamp = stamp;
        l->at_us = arrived_us;
    }
    int64_t at_us = l->at_us + us_since(stamp, l->stamp, track);
    bool is_far = at_us > arrived_us + 2000000 || at_us < arrived_us - 10000000;
    if (is_far && !l->has_report) { /* the source has begun its stamps anew */
        l->stamp = stamp;
        l->at_us = at_us = arrived_us;
    }
    return at_us;
}

void recorder_report(struct recorder *r, enum webm_track track, uint32_t stamp, int64_t ntp_us,
                     int64_t arrived_us)
{
    struct line *l = &r->lines[track];
    int64_t offset_us = arrived_us - ntp_us;
    int64_t moved_us = r->has_offset && offset_us < r->offset_us ? offset_us - r->offset_us : 0;
    if (!r->has_offset || offset_us < r->offset_us) r->offset_us = offset_us;
    r->has_offset = true;
    /* The other track stands on the same clock. */
    for (int i = WEBM_PICTURE; i <= WEBM_SOUND; i++)
        if (r->lines[i].has_report) r->lines[i].at_us += moved_us;
    l->has_report = l->has_anchor = true;
    l->stamp = stamp;
    l->at_us = ntp_us + r->offset_us;
}

/* -- what comes -- */

enum err recorder_track(struct recorder *r, enum webm_track track, enum codec codec)
{
    struct line *l = &r->lines[track];
    bool is_sound = track == WEBM_SOUND;
    bool is_ours =
        codec == CODEC_NONE ||
        (is_sound ? codec == CODEC_OPUS : codec == CODEC_VP8 || codec == CODEC_VP9 || codec == CODEC_H264);
    if (!is_ours) return ERR_UNSUPPORTED;
    if (codec == l->codec) return OK;
    if (!is_sound) {
        assemble_done(&l->assemble);
        assemble_init(&l->assemble, codec);
    }
    l->codec = codec;
    l->has_report = l->has_anchor = false;
    l->width = 640; /* where nobody tells: a player takes the pictures' own */
    l->height = 360;
    return OK;
}

/* Of a key picture, where the packet tells. */
static void size_of(struct line *l, const struct recorder_packet *p)
{
    struct vp8 vp8;
    struct vp9 vp9;
    struct h264 h264;
    uint16_t width = 0, height = 0;
    if (l->codec == CODEC_VP8 && vp8_parse(p->at, p->bytes, &vp8) == OK)
        width = vp8.width, height = vp8.height;
    if (l->codec == CODEC_H264 && h264_parse(p->at, p->bytes, &h264) == OK)
        width = h264.width, height = h264.height;
    if (l->codec == CODEC_VP9 && vp9_parse(p->at, p->bytes, &vp9) == OK) {
        if (vp9.has_sizes)
            width = vp9.width[vp9.spatial_count - 1], height = vp9.height[vp9.spatial_count - 1];
        else if (vp9.is_key && vp9.is_start && vp9.sid == 0)
            vp9_key_size(p->at + vp9.descriptor_bytes, p->bytes - vp9.descriptor_bytes, &width, &height);
    }
    if (!width || !height) return;
    l->width = width;
    l->height = height;
}

void recorder_packet(struct recorder *r, enum webm_track track, const struct recorder_packet *p)
{
    struct line *l = &r->lines[track];
    struct assemble_unit u = {p->at, p->bytes, p->stamp, true};
    if (r->err || r->is_ended || r->paused_us || l->codec == CODEC_NONE || p->bytes == 0) return;
    if (track == WEBM_PICTURE) {
        size_of(l, p);
        if (!assemble_payload(&l->assemble, p->at, p->bytes, p->stamp, p->is_marked, p->is_after_gap, &u))
            return;
    }
    hold(r, track, instant_of(r, track, u.stamp, p->arrived_us), p->arrived_us, &u, l->width, l->height);
}

void recorder_turn(struct recorder *r, int64_t now_us)
{
    if (r->err || r->is_ended || r->paused_us) return;
    write_until(r, now_us - RECORDER_HOLD_MS * 1000, now_us);
    if (r->webm && !r->err) fail(r, webm_turn(r->webm, film_ms(r, now_us - RECORDER_HOLD_MS * 1000)));
}

void recorder_pause(struct recorder *r, enum recording_why why, int64_t now_us)
{
    if (r->err || r->is_ended || r->paused_us) return;
    if (why == RECORDING_CONSENT_WITHDRAWN || why == RECORDING_PRIVATE)
        drop_held(r);
    else
        write_until(r, now_us, now_us);
    r->paused_us = now_us;
    r->why = why;
    if (r->webm && !r->err)
        fail(r, webm_turn(r->webm, INT64_MAX)); /* the cluster goes to the file as it is */
}

void recorder_resume(struct recorder *r, int64_t now_us)
{
    if (!r->paused_us || r->is_ended) return;
    if (r->webm && !r->err) {
        fail(r, recording_gap(r->file, film_ms(r, r->paused_us), film_ms(r, now_us), r->why));
        r->last_us = now_us;
    }
    r->paused_us = 0;
    struct line *l = &r->lines[WEBM_PICTURE]; /* from the next key picture on */
    enum codec codec = l->assemble.codec;
    assemble_done(&l->assemble);
    assemble_init(&l->assemble, codec);
}

void recorder_end(struct recorder *r, int64_t now_us)
{
    if (r->is_ended) return;
    if (!r->paused_us) write_until(r, INT64_MAX, now_us);
    if (r->paused_us && r->webm && !r->err) {
        fail(r, recording_gap(r->file, film_ms(r, r->paused_us), film_ms(r, now_us), r->why));
        r->last_us = now_us > r->last_us ? now_us : r->last_us;
    }
    part_end(r);
    r->is_ended = true;
}

enum err recorder_error(const struct recorder *r)
{
    return r->err;
}

int64_t recorder_last_us(const struct recorder *r)
{
    return r->webm ? r->last_us : 0;
}
