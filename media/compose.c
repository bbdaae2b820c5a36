#include "media/compose.h"
#include "base/mem.h"
#include "media/caption.h"
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

enum {
    LIMITED_BLACK = 16,
    LIMITED_GREY = 128,
    CPU_USED = -8,
    PERIOD_MOST = 3000, /* pictures between two that stand by themselves, where nobody asks for one */
    QUANTIZER_LEAST = 4,
    QUANTIZER_MOST = 58
};

struct composer {
    vpx_codec_enc_cfg_t config;
    vpx_codec_ctx_t vpx;
    vpx_image_t image; /* over own memory */
    uint8_t *memory;
    bool is_open;
    const char *caption;
    int64_t first_us, last_us;
};

static bool encoder_open(struct composer *c, uint16_t width, uint16_t height)
{
    vpx_codec_enc_cfg_t *f = &c->config;
    if (vpx_codec_enc_config_default(vpx_codec_vp8_cx(), f, 0) != VPX_CODEC_OK) return false;
    f->g_w = width;
    f->g_h = height;
    f->g_timebase = (struct vpx_rational){1, 1000000};
    f->g_threads = 1;
    f->g_lag_in_frames = 0;
    f->rc_end_usage = VPX_CBR;
    f->rc_target_bitrate = COMPOSE_LEAST_BPS / 1000;
    f->rc_dropframe_thresh = 30;
    f->rc_undershoot_pct = 100;
    f->rc_overshoot_pct = 15;
    f->rc_buf_sz = 1000;
    f->rc_buf_initial_sz = 500;
    f->rc_buf_optimal_sz = 600;
    f->rc_min_quantizer = QUANTIZER_LEAST;
    f->rc_max_quantizer = QUANTIZER_MOST;
    f->kf_max_dist = PERIOD_MOST;
    if (vpx_codec_enc_init(&c->vpx, vpx_codec_vp8_cx(), f, 0) != VPX_CODEC_OK) return false;
    c->is_open = true;
    return vpx_codec_control(&c->vpx, VP8E_SET_CPUUSED, CPU_USED) == VPX_CODEC_OK &&
           vpx_codec_control(&c->vpx, VP8E_SET_STATIC_THRESHOLD, 1) == VPX_CODEC_OK &&
           vpx_codec_control(&c->vpx, VP8E_SET_NOISE_SENSITIVITY, 1) == VPX_CODEC_OK &&
           vpx_codec_control(&c->vpx, VP8E_SET_MAX_INTRA_BITRATE_PCT, 400) == VPX_CODEC_OK;
}

enum err composer_new(uint16_t width, uint16_t height, struct composer **ret)
{
    ASSERT(width >= 16 && height >= 16 && width <= COMPOSE_SIDE_MAX && height <= COMPOSE_SIDE_MAX);
    ASSERT(width % 2 == 0 && height % 2 == 0);
    struct composer *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->first_us = c->last_us = -1;
    c->memory = mem_alloc((size_t)width * height * 3 / 2);
    if (c->memory && vpx_img_wrap(&c->image, VPX_IMG_FMT_I420, width, height, 1, c->memory) &&
        encoder_open(c, width, height)) {
        *ret = c;
        return OK;
    }
    composer_free(c);
    return ERR_NOMEM;
}

void composer_free(struct composer *c)
{
    if (!c) return;
    if (c->is_open) (void)vpx_codec_destroy(&c->vpx);
    mem_free(c->memory);
    mem_free(c);
}

void composer_rate(struct composer *c, uint32_t bps)
{
    unsigned kbps = bps < COMPOSE_LEAST_BPS  ? COMPOSE_LEAST_BPS / 1000
                    : bps > COMPOSE_MOST_BPS ? COMPOSE_MOST_BPS / 1000
                                             : bps / 1000;
    if (kbps == c->config.rc_target_bitrate) return;
    c->config.rc_target_bitrate = kbps;
    (void)vpx_codec_enc_config_set(&c->vpx, &c->config);
}

void composer_caption(struct composer *c, const char *words)
{
    c->caption = words;
}

/* -- putting together -- */

struct box {
    unsigned x, y, width, height;
};

static struct box place_of(const struct composer *c, unsigned n, unsigned count)
{
    unsigned width = c->config.g_w, height = c->config.g_h - (c->caption ? CAPTION_HEIGHT : 0),
             main = count == 1 ? width : width * 3 / 4;
    if (n == 0) return (struct box){0, 0, main, height};
    unsigned each = height / (COMPOSE_PICTURES_MAX - 1);
    return (struct box){main, (n - 1) * each, width - main, each};
}

/* The largest of the picture's proportions inside it, in the middle; all of it even. */
static struct box fit(struct box b, const struct picture *p)
{
    unsigned width = b.width, height = (unsigned)((uint64_t)b.width * p->height / p->width);
    if (height > b.height) {
        height = b.height;
        width = (unsigned)((uint64_t)b.height * p->width / p->height);
    }
    width = width < 2 ? 2 : width & ~1u;
    height = height < 2 ? 2 : height & ~1u;
    return (struct box){(b.x + (b.width - width) / 2) & ~1u, (b.y + (b.height - height) / 2) & ~1u, width,
                        height};
}

struct plane {
    const uint8_t *at;
    size_t stride;
    unsigned width, height;
};

static struct plane plane_of(const struct picture *p, int n)
{
    unsigned x = n && p->is_halved_x, y = n && p->is_halved_y;
    return (struct plane){p->plane[n], p->stride[n], (p->width + x) >> x, (p->height + y) >> y};
}

/* The mean of what one pixel of the smaller picture covers. */
static uint8_t mean(const struct plane *from, unsigned x0, unsigned x1, unsigned y0, unsigned y1)
{
    unsigned sum = 0, count = (x1 - x0) * (y1 - y0);
    for (unsigned y = y0; y < y1; y++)
        for (unsigned x = x0; x < x1; x++)
            sum += from->at[y * from->stride + x];
    return (uint8_t)((sum + count / 2) / count);
}

static void plane_scale(const struct plane *from, uint8_t *to, size_t stride, struct box b)
{
    for (unsigned y = 0; y < b.height; y++) {
        unsigned y0 = y * from->height / b.height, y1 = (y + 1) * from->height / b.height;
        if (y1 <= y0) y1 = y0 + 1;
        for (unsigned x = 0; x < b.width; x++) {
            unsigned x0 = x * from->width / b.width, x1 = (x + 1) * from->width / b.width;
            to[(b.y + y) * stride + b.x + x] = mean(from, x0, x1 <= x0 ? x0 + 1 : x1, y0, y1);
        }
    }
}

static void picture_put(struct composer *c, const struct picture *p, struct box b)
{
    for (int n = 0; n < 3; n++) {
        struct plane from = plane_of(p, n);
        unsigned half = n > 0;
        struct box to = {b.x >> half, b.y >> half, b.width >> half, b.height >> half};
        plane_scale(&from, c->image.planes[n], (size_t)c->image.stride[n], to);
    }
}

static void clear(struct composer *c)
{
    size_t luma = (size_t)c->config.g_w * c->config.g_h;
    memset(c->memory, LIMITED_BLACK, luma);
    memset(c->memory + luma, LIMITED_GREY, luma / 2);
}

/* -- encoding -- */

static enum err encode(struct composer *c, bool is_key, int64_t now_us, struct composed *ret)
{
    vpx_codec_iter_t each = NULL;
    const vpx_codec_cx_pkt_t *packet;
    if (c->first_us < 0) c->first_us = now_us;
    if (now_us <= c->last_us) now_us = c->last_us + 1;
    unsigned long lasts = c->last_us < 0 ? 100000 : (unsigned long)(now_us - c->last_us);
    c->last_us = now_us;
    if (vpx_codec_encode(&c->vpx, &c->image, now_us - c->first_us, lasts, is_key ? VPX_EFLAG_FORCE_KF : 0,
                         VPX_DL_REALTIME) != VPX_CODEC_OK)
        return ERR_IO;
    *ret = (struct composed){0};
    while ((packet = vpx_codec_get_cx_data(&c->vpx, &each)))
        if (packet->kind == VPX_CODEC_CX_FRAME_PKT)
            *ret = (struct composed){packet->data.frame.buf, packet->data.frame.sz,
                                     (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0};
    return OK;
}

enum err composer_make(struct composer *c, const struct picture *const *pictures, unsigned count, bool is_key,
                       int64_t now_us, struct composed *ret)
{
    ASSERT(count <= COMPOSE_PICTURES_MAX);
    clear(c);
    for (unsigned n = 0; n < count; n++)
        if (pictures[n]) picture_put(c, pictures[n], fit(place_of(c, n, count), pictures[n]));
    if (c->caption)
        caption_put(c->image.planes[0], (size_t)c->image.stride[0], c->config.g_w, c->config.g_h, c->caption);
    return encode(c, is_key, now_us, ret);
}

void composer_look(const struct composer *c, struct picture *ret)
{
    *ret = (struct picture){.width = (uint16_t)c->config.g_w,
                            .height = (uint16_t)c->config.g_h,
                            .is_halved_x = true,
                            .is_halved_y = true};
    for (int n = 0; n < 3; n++) {
        ret->plane[n] = c->image.planes[n];
        ret->stride[n] = (size_t)c->image.stride[n];
    }
}
