#include "media/vp8.h"
#include "media/bytes.h"

enum {
    X = 0x80,
    N = 0x20,
    S = 0x10,
    PARTITION = 0x07,
    I = 0x80,
    L = 0x40,
    T = 0x20,
    K = 0x10,
    M = 0x80,
    Y = 0x20
};

/* The frame's own header, at the start of its first partition. */
static void frame_header_read(const uint8_t *at, size_t bytes, struct vp8 *v)
{
    v->is_key = bytes >= 1 && (at[0] & 1) == 0;
    if (!v->is_key || bytes < 10 || memcmp(at + 3, "\x9d\x01\x2a", 3) != 0) return;
    v->width = (at[7] << 8 | at[6]) & 0x3fff;
    v->height = (at[9] << 8 | at[8]) & 0x3fff;
}

enum err vp8_parse(const uint8_t *payload, size_t bytes, struct vp8 *ret_vp8)
{
    struct vp8 v = {0};
    size_t n = 1;
    if (bytes < 1) return ERR_BAD_INPUT;
    v.is_unreferenced = payload[0] & N;
    v.is_start = payload[0] & S && (payload[0] & PARTITION) == 0;
    uint8_t has = 0;
    if (payload[0] & X) {
        if (bytes < ++n) return ERR_BAD_INPUT;
        has = payload[1];
    }
    if (has & I) {
        if (bytes < ++n) return ERR_BAD_INPUT;
        v.has_picture_id = true;
        v.is_long = payload[n - 1] & M;
        v.picture_id = payload[n - 1] & 0x7f;
        if (v.is_long) {
            if (bytes < ++n) return ERR_BAD_INPUT;
            v.picture_id = (uint16_t)(v.picture_id << 8 | payload[n - 1]);
        }
    }
    if (has & L) {
        if (bytes < ++n) return ERR_BAD_INPUT;
        v.has_tl0 = true;
        v.tl0 = payload[n - 1];
    }
    if (has & (T | K)) {
        if (bytes < ++n) return ERR_BAD_INPUT;
        v.has_tid = has & T;
        v.has_key_index = has & K;
        v.tid = v.has_tid ? payload[n - 1] >> 6 : 0;
        v.is_sync = v.has_tid && payload[n - 1] & Y;
        v.key_index = payload[n - 1] & 0x1f;
    }
    v.descriptor_bytes = (uint8_t)n;
    if (v.is_start) frame_header_read(payload + n, bytes - n, &v);
    *ret_vp8 = v;
    return OK;
}

void vp8_out_init(struct vp8_out *o)
{
    *o = (struct vp8_out){0};
}

void vp8_out_switch(struct vp8_out *o)
{
    o->is_switching = true;
}

static void frames_clear(struct vp8_out *o)
{
    for (int i = 0; i < VP8_FRAMES_KEPT; i++)
        o->frames[i].theirs = -1;
}

/* The picture id without its wraps at 7 or 15 bits, nearest to the newest. */
static int64_t unwrapped(const struct vp8_out *o, const struct vp8 *v)
{
    int64_t size = v->is_long ? 1 << 15 : 1 << 7, ahead = (v->picture_id - o->newest) % size;
    if (ahead < 0) ahead += size;
    return o->newest + (ahead < size / 2 ? ahead : ahead - size);
}

static struct vp8_frame *frame_at(struct vp8_out *o, int64_t theirs)
{
    return &o->frames[(uint64_t)theirs % VP8_FRAMES_KEPT];
}

/* The first packet of a source: its counts go on from ours. */
static void source_begin(struct vp8_out *o, const struct vp8 *v)
{
    int64_t first = v->picture_id + (1 << 16); /* whole wraps, so that one before it is no negative number */
    if (!o->is_started) o->last_id = first - 1;
    o->offset = first - (o->last_id + 1);
    o->tl0_offset = o->is_started ? (uint8_t)(v->tl0 - (o->last_tl0 + 1)) : 0;
    o->key_offset = o->is_started ? (uint8_t)(v->key_index - (o->last_key_index + 1)) : 0;
    frames_clear(o);
    o->newest = first - 1;
    o->is_started = true;
    o->is_switching = false;
}

/* Makes theirs known: frames between the newest and it have not come and keep their numbers. */
static void advance(struct vp8_out *o, int64_t theirs)
{
    int64_t from = theirs - o->newest > VP8_FRAMES_KEPT ? theirs - VP8_FRAMES_KEPT : o->newest;
    for (int64_t id = from + 1; id <= theirs; id++)
        *frame_at(o, id) = (struct vp8_frame){id, id - o->offset};
    o->newest = theirs;
}

void vp8_out_drop(struct vp8_out *o, const struct vp8 *v)
{
    if (!v->has_picture_id || !o->is_started || o->is_switching) return;
    int64_t theirs = unwrapped(o, v);
    if (theirs <= o->newest) {
        struct vp8_frame *f = frame_at(o, theirs);
        if (f->theirs == theirs && theirs != o->newest) f->ours = -1; /* late: its number stays a gap */
        return;
    }
    advance(o, theirs);
    frame_at(o, theirs)->ours = -1;
    o->offset++; /* the next one takes its number */
}

static void descriptor_write(const struct vp8 *v, const uint8_t *payload, uint16_t id, uint8_t tl0,
                             uint8_t key_index, uint8_t *ret_descriptor)
{
    size_t n = 2;
    memcpy(ret_descriptor, payload, v->descriptor_bytes);
    if (v->has_picture_id && v->is_long) {
        bytes_put16(ret_descriptor + n, (uint16_t)(0x8000 | (id & 0x7fff)));
        n += 2;
    } else if (v->has_picture_id) {
        ret_descriptor[n++] = id & 0x7f;
    }
    if (v->has_tl0) ret_descriptor[n++] = tl0;
    if (v->has_key_index) ret_descriptor[n] = (uint8_t)((payload[n] & 0xe0) | (key_index & 0x1f));
}

enum err vp8_out_forward(struct vp8_out *o, const struct vp8 *v, const uint8_t *payload,
                         uint8_t ret_descriptor[VP8_DESCRIPTOR_BYTES_MAX])
{
    if (!v->has_picture_id) { /* nothing counts the frames: nothing to keep whole */
        memcpy(ret_descriptor, payload, v->descriptor_bytes);
        return OK;
    }
    if (!o->is_started || o->is_switching) source_begin(o, v);
    int64_t theirs = unwrapped(o, v);
    bool is_new = theirs > o->newest;
    if (is_new) advance(o, theirs);
    const struct vp8_frame *f = frame_at(o, theirs);
    if (f->theirs != theirs || f->ours < 0) return ERR_DENIED;
    uint8_t tl0 = (uint8_t)(v->tl0 - o->tl0_offset),
            key_index = (uint8_t)(v->key_index - o->key_offset) & 0x1f;
    descriptor_write(v, payload, (uint16_t)f->ours, tl0, key_index, ret_descriptor);
    if (f->ours > o->last_id || is_new) {
        o->last_id = f->ours;
        o->last_tl0 = tl0;
        o->last_key_index = key_index;
    }
    return OK;
}
