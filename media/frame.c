#include "media/frame.h"
#include "media/av1.h"
#include "media/h264.h"
#include "media/vp9.h"

enum codec codec_of(struct str sdp_name)
{
    static const char *const names[CODEC_COUNT] = {"", "opus", "VP8", "VP9", "H264", "AV1"};
    for (int c = CODEC_OPUS; c < CODEC_COUNT; c++)
        if (str_is_nocase(sdp_name, str_of(names[c]))) return (enum codec)c;
    return CODEC_NONE;
}

static enum err vp8_frame(const struct rtp *r, struct frame *f)
{
    enum err err = vp8_parse(rtp_payload(r), r->payload_bytes, &f->vp8);
    const struct vp8 *v = &f->vp8;
    if (err) return err;
    f->is_start = v->is_start;
    f->is_key = v->is_start && v->is_key;
    f->is_switch_up = v->is_sync || f->is_key;
    f->is_unreferenced = v->is_unreferenced;
    f->has_layers = v->has_tid;
    f->tid = v->tid;
    f->width = v->width;
    f->height = v->height;
    return OK;
}

static enum err vp9_frame(const struct rtp *r, struct frame *f)
{
    struct vp9 v;
    enum err err = vp9_parse(rtp_payload(r), r->payload_bytes, &v);
    if (err) return err;
    f->is_start = v.is_start;
    f->is_end = v.is_end;
    f->is_key = v.is_key;
    f->is_switch_up = v.is_switch_up || v.is_key;
    f->is_unreferenced = v.is_unreferenced;
    f->has_layers = v.has_layers;
    f->sid = v.sid;
    f->tid = v.tid;
    if (!v.has_sizes) return OK;
    f->width = v.width[v.spatial_count - 1];
    f->height = v.height[v.spatial_count - 1];
    return OK;
}

static enum err h264_frame(const struct rtp *r, struct frame *f)
{
    struct h264 h;
    enum err err = h264_parse(rtp_payload(r), r->payload_bytes, &h);
    if (err) return err;
    f->is_start = h.is_start;
    f->is_key = f->is_switch_up = h.is_key;
    f->has_parameters = h.has_sps;
    f->is_unreferenced = h.reference == 0;
    f->width = h.width;
    f->height = h.height;
    return OK;
}

static enum err av1_frame(const struct rtp *r, struct frame *f)
{
    struct av1 v;
    enum err err = av1_parse(rtp_payload(r), r->payload_bytes, &v);
    if (err) return err;
    f->is_start = !v.is_continued;
    f->is_key = f->is_switch_up = v.is_key;
    f->has_layers = v.has_layers;
    f->sid = v.sid;
    f->tid = v.tid;
    return OK;
}

/* The descriptor knows better than the payload, and is the only one that knows AV1's layers whole. */
static void dependency_apply(struct str value, struct dependency_structure *kept, struct frame *f)
{
    struct dependency d;
    if (dependency_parse(value, kept, &d) != OK) return;
    f->is_start = d.is_start;
    f->is_end = d.is_end;
    f->is_key = d.is_start && d.has_structure;
    f->has_layers = true;
    f->sid = d.sid;
    f->tid = d.tid;
    f->is_switch_up = f->is_key;
    f->is_unreferenced = true;
    for (int t = 0; t < kept->target_count; t++) {
        f->is_switch_up |= d.use[t] == DEPENDENCY_SWITCH;
        f->is_unreferenced &= d.use[t] == DEPENDENCY_NOT_PRESENT || d.use[t] == DEPENDENCY_DISCARDABLE;
    }
    if (!d.has_structure || !kept->has_sizes) return;
    f->width = kept->width[kept->spatial_count - 1];
    f->height = kept->height[kept->spatial_count - 1];
}

enum err frame_read(enum codec codec, const struct rtp *r, const struct ext_values *values,
                    struct dependency_structure *kept, struct frame *ret_frame)
{
    struct frame f = {0};
    enum err err = OK;
    if (r->payload_bytes == 0) return ERR_NOT_FOUND;
    switch (codec) {
    case CODEC_VP8:
        err = vp8_frame(r, &f);
        break;
    case CODEC_VP9:
        err = vp9_frame(r, &f);
        break;
    case CODEC_H264:
        err = h264_frame(r, &f);
        break;
    case CODEC_AV1:
        err = av1_frame(r, &f);
        break;
    case CODEC_OPUS:
        f.is_start = f.is_end = f.is_key = true;
        break;
    case CODEC_NONE:
    case CODEC_COUNT:
    default:
        return ERR_BAD_INPUT;
    }
    if (err) return err;
    if (codec_is_video(codec) && ext_has(values, EXT_DEPENDENCY))
        dependency_apply(values->dependency, kept, &f);
    f.is_end |= r->is_marked;
    *ret_frame = f;
    return OK;
}
