#include "film.h"
#include "base/mem.h"
#include "media/bytes.h"
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>
#include <wels/codec_api.h>

static const uint8_t fields[FILM_FIELDS][3] = {{200, 40, 40},  {40, 180, 60},  {50, 70, 200},
                                               {220, 200, 40}, {180, 60, 190}, {128, 128, 128}};

enum { SQUARE = 16, BITS = 8 };

static void colour_at(unsigned width, unsigned height, unsigned x, unsigned y, unsigned number, int rgb[3])
{
    unsigned field = x * 3 / width + (y * 2 / height) * 3;
    for (int i = 0; i < 3; i++)
        rgb[i] = fields[field][i];
    if (y >= SQUARE || x >= SQUARE * BITS) return;
    for (int i = 0; i < 3; i++)
        rgb[i] = number >> (x / SQUARE) & 1 ? 235 : 20;
}

static uint8_t byte_of(double n)
{
    return n < 0 ? 0 : n > 255 ? 255 : (uint8_t)(n + 0.5);
}

/* BT.601, or 709 for what openh264's HD stands for; limited range. */
static void frame_fill(unsigned width, unsigned height, unsigned number, bool is_709, uint8_t *plane[3],
                       const int stride[3])
{
    double kr = is_709 ? 0.2126 : 0.299, kb = is_709 ? 0.0722 : 0.114, kg = 1 - kr - kb;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++) {
            int c[3];
            colour_at(width, height, x, y, number, c);
            double luma = kr * c[0] + kg * c[1] + kb * c[2];
            plane[0][y * (unsigned)stride[0] + x] = byte_of(16 + luma * 219 / 255);
            if (x & 1 || y & 1) continue;
            plane[1][y / 2 * (unsigned)stride[1] + x / 2] =
                byte_of(128 + (c[2] - luma) / (2 * (1 - kb)) * 224 / 255);
            plane[2][y / 2 * (unsigned)stride[2] + x / 2] =
                byte_of(128 + (c[0] - luma) / (2 * (1 - kr)) * 224 / 255);
        }
}

static struct film_payload *payload_add(struct film *f, uint32_t stamp)
{
    ASSERT(f->count < FILM_PAYLOADS_MAX);
    struct film_payload *p = &f->payloads[f->count++];
    p->stamp = stamp;
    return p;
}

static void vpx_cut(struct film *f, bool is_vp9, const uint8_t *at, size_t bytes, uint32_t stamp, bool is_key,
                    unsigned sid, bool has_layers, bool is_last)
{
    for (size_t n = 0; n < bytes;) {
        size_t some = bytes - n < FILM_PAYLOAD_BYTES ? bytes - n : FILM_PAYLOAD_BYTES;
        struct film_payload *p = payload_add(f, stamp);
        bool is_first = n == 0, is_end = n + some == bytes;
        uint8_t head[8];
        size_t heads = 0;
        if (is_vp9) {
            head[heads++] = (uint8_t)((is_key ? 0 : 0x40) | (has_layers ? 0x20 : 0) | (is_first ? 8 : 0) |
                                      (is_end ? 4 : 0));
            if (has_layers) head[heads++] = (uint8_t)(sid << 1 | (sid > 0 && is_key ? 1 : 0));
            if (has_layers) head[heads++] = 0; /* TL0PICIDX */
        } else {
            head[heads++] = is_first ? 0x10 : 0;
        }
        memcpy(p->at, head, heads);
        memcpy(p->at + heads, at + n, some);
        p->bytes = (uint16_t)(heads + some);
        p->is_key = is_key && sid == 0;
        p->is_marked = is_end && is_last;
        n += some;
    }
}

/* The index of a superframe (VP9 bitstream specification, annex B): its sizes, and none of it goes by RTP. */
static unsigned superframe_read(const uint8_t *at, size_t bytes, size_t sizes[8], size_t *ret_index)
{
    uint8_t marker = at[bytes - 1];
    *ret_index = 0;
    if ((marker & 0xe0) != 0xc0) {
        sizes[0] = bytes;
        return 1;
    }
    unsigned frames = (marker & 7) + 1u, mag = (marker >> 3 & 3) + 1u;
    *ret_index = 2 + frames * mag;
    const uint8_t *from = at + bytes - *ret_index + 1;
    for (unsigned i = 0; i < frames; i++) {
        sizes[i] = 0;
        for (unsigned b = 0; b < mag; b++)
            sizes[i] |= (size_t)*from++ << (8 * b);
    }
    return frames;
}

static void vpx_shoot(struct film *f, bool is_vp9, unsigned pictures, unsigned spatial)
{
    vpx_codec_iface_t *how = is_vp9 ? vpx_codec_vp9_cx() : vpx_codec_vp8_cx();
    vpx_codec_enc_cfg_t config;
    vpx_codec_ctx_t encoder;
    ASSERT(vpx_codec_enc_config_default(how, &config, 0) == VPX_CODEC_OK);
    config.g_w = f->width;
    config.g_h = f->height;
    config.g_timebase = (vpx_rational_t){1, 30};
    config.g_lag_in_frames = 0;
    config.kf_mode = VPX_KF_DISABLED;
    config.rc_end_usage = VPX_CBR;
    config.rc_target_bitrate = 4000;
    config.rc_min_quantizer = 4;
    config.rc_max_quantizer = 20;
    config.ss_number_layers = spatial;
    if (spatial > 1) {
        for (unsigned i = 0; i < spatial; i++)
            config.ss_target_bitrate[i] = config.layer_target_bitrate[i] = 4000 / spatial;
        config.ts_number_layers = 1;
        config.ts_rate_decimator[0] = 1;
    }
    ASSERT(vpx_codec_enc_init(&encoder, how, &config, 0) == VPX_CODEC_OK);
    (void)vpx_codec_control(&encoder, VP8E_SET_CPUUSED, 8);
    if (spatial > 1) {
        vpx_svc_extra_cfg_t svc = {.speed_per_layer = {8, 8, 8}};
        for (unsigned i = 0; i < spatial; i++) {
            svc.max_quantizers[i] = 20;
            svc.min_quantizers[i] = 4;
            svc.scaling_factor_num[i] = 1;
            svc.scaling_factor_den[i] = 1 << (spatial - 1 - i);
        }
        ASSERT(vpx_codec_control(&encoder, VP9E_SET_SVC, 1) == VPX_CODEC_OK);
        ASSERT(vpx_codec_control(&encoder, VP9E_SET_SVC_PARAMETERS, &svc) == VPX_CODEC_OK);
    }
    vpx_image_t *image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, f->width, f->height, 16);
    for (unsigned n = 0; n < pictures; n++) {
        vpx_codec_iter_t each = NULL;
        const vpx_codec_cx_pkt_t *p;
        frame_fill(f->width, f->height, n, false, image->planes, image->stride);
        ASSERT(vpx_codec_encode(&encoder, image, n, 1, n == 0 ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME) ==
               VPX_CODEC_OK);
        while ((p = vpx_codec_get_cx_data(&encoder, &each))) {
            size_t sizes[8] = {0}, index = 0;
            if (p->kind != VPX_CODEC_CX_FRAME_PKT) continue;
            const uint8_t *at = p->data.frame.buf;
            bool is_key = p->data.frame.flags & VPX_FRAME_IS_KEY;
            unsigned frames = is_vp9 ? superframe_read(at, p->data.frame.sz, sizes, &index) : 1;
            if (!is_vp9) sizes[0] = p->data.frame.sz;
            for (unsigned i = 0; i < frames; at += sizes[i], i++)
                vpx_cut(f, is_vp9, at, sizes[i], n * 3000, is_key, i, spatial > 1, i + 1 == frames);
        }
    }
    vpx_img_free(image);
    (void)vpx_codec_destroy(&encoder);
}

static void nal_cut(struct film *f, const uint8_t *at, size_t bytes, uint32_t stamp, bool is_key,
                    bool is_last)
{
    if (bytes <= FILM_PAYLOAD_BYTES) {
        struct film_payload *p = payload_add(f, stamp);
        memcpy(p->at, at, bytes);
        p->bytes = (uint16_t)bytes;
        p->is_key = is_key;
        p->is_marked = is_last;
        return;
    }
    for (size_t n = 1; n < bytes;) {
        size_t some = bytes - n < FILM_PAYLOAD_BYTES ? bytes - n : FILM_PAYLOAD_BYTES;
        struct film_payload *p = payload_add(f, stamp);
        bool is_end = n + some == bytes;
        p->at[0] = (uint8_t)((at[0] & 0xe0) | 28);
        p->at[1] = (uint8_t)((at[0] & 31) | (n == 1 ? 0x80 : 0) | (is_end ? 0x40 : 0));
        memcpy(p->at + 2, at + n, some);
        p->bytes = (uint16_t)(some + 2);
        p->is_key = is_key;
        p->is_marked = is_end && is_last;
        n += some;
    }
}

/* SPS and PPS of one picture go as one STAP-A, as FFmpeg and browsers send them. */
static void stap_cut(struct film *f, const uint8_t *const nals[], const size_t sizes[], unsigned count,
                     uint32_t stamp)
{
    struct film_payload *p = payload_add(f, stamp);
    p->at[p->bytes++] = 0x78;
    for (unsigned i = 0; i < count; i++) {
        bytes_put16(p->at + p->bytes, (uint16_t)sizes[i]);
        memcpy(p->at + p->bytes + 2, nals[i], sizes[i]);
        p->bytes = (uint16_t)(p->bytes + 2 + sizes[i]);
    }
    p->is_key = true;
}

static void h264_picture(struct film *f, const SFrameBSInfo *info, uint32_t stamp)
{
    const uint8_t *nals[64];
    size_t sizes[64];
    unsigned n = 0, sets = 0;
    for (int l = 0; l < info->iLayerNum; l++) {
        const uint8_t *at = info->sLayerInfo[l].pBsBuf;
        for (int i = 0; i < info->sLayerInfo[l].iNalCount; i++) {
            size_t bytes = (size_t)info->sLayerInfo[l].pNalLengthInByte[i];
            ASSERT(n < 64);
            nals[n] = at + 4; /* behind the start code */
            sizes[n++] = bytes - 4;
            at += bytes;
        }
    }
    while (sets < n && ((nals[sets][0] & 31) == 7 || (nals[sets][0] & 31) == 8))
        sets++;
    if (sets) stap_cut(f, nals, sizes, sets, stamp);
    for (unsigned i = sets; i < n; i++)
        nal_cut(f, nals[i], sizes[i], stamp, (nals[i][0] & 31) == 5, i + 1 == n);
}

static void h264_shoot(struct film *f, unsigned pictures)
{
    ISVCEncoder *encoder = NULL;
    int quiet = WELS_LOG_QUIET;
    SEncParamBase how = {.iUsageType = CAMERA_VIDEO_REAL_TIME,
                         .iPicWidth = (int)f->width,
                         .iPicHeight = (int)f->height,
                         .iTargetBitrate = 4000000,
                         .iRCMode = RC_QUALITY_MODE,
                         .fMaxFrameRate = 30};
    ASSERT(WelsCreateSVCEncoder(&encoder) == 0);
    (void)(*encoder)->SetOption(encoder, ENCODER_OPTION_TRACE_LEVEL, &quiet);
    ASSERT((*encoder)->Initialize(encoder, &how) == 0);
    size_t luma = (size_t)f->width * f->height;
    uint8_t *memory = mem_zalloc(luma * 3 / 2);
    SSourcePicture picture = {.iColorFormat = videoFormatI420,
                              .iPicWidth = (int)f->width,
                              .iPicHeight = (int)f->height,
                              .iStride = {(int)f->width, (int)f->width / 2, (int)f->width / 2},
                              .pData = {memory, memory + luma, memory + luma * 5 / 4}};
    for (unsigned n = 0; n < pictures; n++) {
        SFrameBSInfo info = {0};
        frame_fill(f->width, f->height, n, f->height >= 720, picture.pData, picture.iStride);
        picture.uiTimeStamp = (long long)n * 33;
        ASSERT((*encoder)->EncodeFrame(encoder, &picture, &info) == 0);
        if (info.eFrameType != videoFrameTypeSkip) h264_picture(f, &info, n * 3000);
    }
    (*encoder)->Uninitialize(encoder);
    WelsDestroySVCEncoder(encoder);
    mem_free(memory);
}

struct film *film_new(enum codec codec, unsigned width, unsigned height, unsigned pictures, unsigned spatial)
{
    struct film *f = mem_zalloc(sizeof *f);
    ASSERT(f);
    f->width = width;
    f->height = height;
    if (codec == CODEC_H264)
        h264_shoot(f, pictures);
    else
        vpx_shoot(f, codec == CODEC_VP9, pictures, spatial);
    return f;
}

void film_free(struct film *f)
{
    mem_free(f);
}

/* -- looking -- */

bool film_look(const uint8_t *png, size_t bytes, struct film_seen *ret)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, png, bytes)) return false;
    image.format = PNG_FORMAT_RGB;
    uint8_t *rgb = mem_alloc(PNG_IMAGE_SIZE(image));
    ASSERT(rgb);
    bool ok = png_image_finish_read(&image, NULL, rgb, 0, NULL);
    struct film_seen seen = {.width = image.width, .height = image.height};
    for (unsigned b = 0; ok && b < BITS; b++)
        seen.number |= (rgb[(SQUARE / 2 * image.width + b * SQUARE + SQUARE / 2) * 3] > 128) << b;
    double error = 0, sums[FILM_FIELDS][3] = {{0}}, n[FILM_FIELDS] = {0};
    for (unsigned y = 0; ok && y < image.height; y++)
        for (unsigned x = 0; x < image.width; x++) {
            int c[3];
            unsigned field = x * 3 / image.width + (y * 2 / image.height) * 3;
            bool is_corner = y < SQUARE + 2 && x < SQUARE * BITS + 2;
            colour_at(image.width, image.height, x, y, (unsigned)seen.number, c);
            for (int i = 0; i < 3; i++) {
                double d = rgb[(y * image.width + x) * 3 + (unsigned)i] - c[i];
                error += d * d;
                if (!is_corner) sums[field][i] += d;
            }
            if (!is_corner) n[field]++;
        }
    for (int f = 0; ok && f < FILM_FIELDS; f++)
        for (int i = 0; i < 3; i++) {
            int off = (int)lround(fabs(sums[f][i] / n[f]));
            if (off > seen.off_most) seen.off_most = off;
        }
    seen.psnr = error > 0 ? 10 * log10(255.0 * 255 * 3 * image.width * image.height / error) : 99;
    mem_free(rgb);
    png_image_free(&image);
    *ret = seen;
    return ok;
}
