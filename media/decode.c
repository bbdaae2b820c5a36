#include "media/decode.h"
#include "base/mem.h"
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <wels/codec_api.h>

struct decoder {
    enum codec codec;
    bool is_open, has_picture;
    vpx_codec_ctx_t vpx;
    const vpx_image_t *image; /* the decoder's */
    ISVCDecoder *h264;
    uint8_t *plane[3];
    SBufferInfo info;
};

static bool vpx_open(struct decoder *d, vpx_codec_iface_t *how)
{
    vpx_codec_dec_cfg_t config = {.threads = 1}; /* the box has no second one */
    return vpx_codec_dec_init(&d->vpx, how, &config, 0) == VPX_CODEC_OK;
}

static bool h264_open(struct decoder *d)
{
    SDecodingParam how = {.eEcActiveIdc = ERROR_CON_DISABLE,
                          .sVideoProperty = {.eVideoBsType = VIDEO_BITSTREAM_AVC}};
    int quiet = WELS_LOG_QUIET;
    if (WelsCreateDecoder(&d->h264) != 0 || !d->h264) return false;
    (void)(*d->h264)->SetOption(d->h264, DECODER_OPTION_TRACE_LEVEL, &quiet);
    if ((*d->h264)->Initialize(d->h264, &how) == 0) return true;
    WelsDestroyDecoder(d->h264);
    return false;
}

enum err decoder_new(enum codec codec, struct decoder **ret_decoder)
{
    if (codec != CODEC_VP8 && codec != CODEC_VP9 && codec != CODEC_H264) return ERR_UNSUPPORTED;
    struct decoder *d = mem_zalloc(sizeof *d);
    if (!d) return ERR_NOMEM;
    d->codec = codec;
    d->is_open = codec == CODEC_H264  ? h264_open(d)
                 : codec == CODEC_VP8 ? vpx_open(d, vpx_codec_vp8_dx())
                                      : vpx_open(d, vpx_codec_vp9_dx());
    if (d->is_open) {
        *ret_decoder = d;
        return OK;
    }
    mem_free(d);
    return ERR_NOMEM;
}

void decoder_free(struct decoder *d)
{
    if (!d) return;
    if (d->codec == CODEC_H264) {
        (void)(*d->h264)->Uninitialize(d->h264);
        WelsDestroyDecoder(d->h264);
    } else {
        (void)vpx_codec_destroy(&d->vpx);
    }
    mem_free(d);
}

static enum err vpx_unit(struct decoder *d, const uint8_t *at, size_t bytes)
{
    vpx_codec_iter_t each = NULL;
    const vpx_image_t *image;
    if (vpx_codec_decode(&d->vpx, at, (unsigned)bytes, NULL, 0) != VPX_CODEC_OK) return ERR_BAD_INPUT;
    while ((image = vpx_codec_get_frame(&d->vpx, &each))) {
        d->image = image;
        d->has_picture = true;
    }
    return OK;
}

static enum err h264_unit(struct decoder *d, const uint8_t *at, size_t bytes)
{
    uint8_t *plane[3] = {NULL};
    SBufferInfo info = {0};
    if ((*d->h264)->DecodeFrameNoDelay(d->h264, at, (int)bytes, plane, &info) != dsErrorFree)
        return ERR_BAD_INPUT;
    if (info.iBufferStatus != 1) return OK;
    memcpy(d->plane, plane, sizeof plane);
    d->info = info;
    d->has_picture = true;
    return OK;
}

enum err decoder_unit(struct decoder *d, const uint8_t *at, size_t bytes)
{
    enum err err = bytes == 0 || bytes > INT32_MAX ? ERR_BAD_INPUT
                   : d->codec == CODEC_H264        ? h264_unit(d, at, bytes)
                                                   : vpx_unit(d, at, bytes);
    if (err) d->has_picture = false;
    return err;
}

/* -- what came out -- */

static enum err vpx_picture(const vpx_image_t *i, struct picture *to)
{
    if (i->bit_depth != 8 ||
        (i->fmt != VPX_IMG_FMT_I420 && i->fmt != VPX_IMG_FMT_I444 && i->fmt != VPX_IMG_FMT_I422))
        return ERR_UNSUPPORTED;
    if (i->d_w == 0 || i->d_h == 0 || i->d_w > PICTURE_SIDE_MAX || i->d_h > PICTURE_SIDE_MAX)
        return ERR_LIMIT;
    *to = (struct picture){.width = (uint16_t)i->d_w,
                           .height = (uint16_t)i->d_h,
                           .is_halved_x = i->x_chroma_shift != 0,
                           .is_halved_y = i->y_chroma_shift != 0,
                           .is_full_range = i->range == VPX_CR_FULL_RANGE,
                           .matrix = i->cs == VPX_CS_BT_709    ? PICTURE_BT709
                                     : i->cs == VPX_CS_BT_2020 ? PICTURE_BT2020
                                                               : PICTURE_BT601};
    for (int n = 0; n < 3; n++) {
        to->plane[n] = i->planes[n];
        to->stride[n] = (size_t)i->stride[n];
    }
    return OK;
}

/* openh264 does not tell the colours; what a browser and an encoder box that say nothing mean is BT.601 up to where HD begins. */
static enum err h264_picture(const struct decoder *d, struct picture *to)
{
    const SSysMEMBuffer *b = &d->info.UsrData.sSystemBuffer;
    if (b->iFormat != videoFormatI420) return ERR_UNSUPPORTED;
    if (b->iWidth <= 0 || b->iHeight <= 0 || b->iWidth > PICTURE_SIDE_MAX || b->iHeight > PICTURE_SIDE_MAX)
        return ERR_LIMIT;
    *to = (struct picture){.width = (uint16_t)b->iWidth,
                           .height = (uint16_t)b->iHeight,
                           .is_halved_x = true,
                           .is_halved_y = true,
                           .matrix = b->iHeight >= 720 ? PICTURE_BT709 : PICTURE_BT601};
    for (int n = 0; n < 3; n++) {
        to->plane[n] = d->plane[n];
        to->stride[n] = (size_t)b->iStride[n > 0];
    }
    return OK;
}

enum err decoder_picture(struct decoder *d, struct picture *ret_picture)
{
    if (!d->has_picture) return ERR_NOT_FOUND;
    return d->codec == CODEC_H264 ? h264_picture(d, ret_picture) : vpx_picture(d->image, ret_picture);
}
