#include "media/h264.h"
#include "media/bits.h"
#include "media/bytes.h"

enum { SLICE_IDR = 5, SPS = 7, PPS = 8, STAP_A = 24, FU_A = 28, SINGLE_MAX = 23, SPS_BYTES_MAX = 64 };

/* Exp-Golomb codes (ITU-T H.264 §9.1). */
static uint32_t golomb(struct bits *b)
{
    unsigned zeros = 0;
    while (!bits_flag(b) && !b->is_over && zeros < 31)
        zeros++;
    return (1u << zeros) - 1 + bits_get(b, zeros);
}

static void skip_scaling_list(struct bits *b, int count)
{
    uint32_t last = 8, next = 8; /* of 256: what wraps is cut, whatever the stream says */
    for (int i = 0; i < count && !b->is_over; i++) {
        if (next != 0) {
            uint32_t code = golomb(b), delta = code & 1 ? code / 2 + 1 : 0 - code / 2;
            next = (last + delta) & 255;
        }
        last = next == 0 ? last : next;
    }
}

static void skip_chroma(struct bits *b, uint32_t *ret_chroma)
{
    uint32_t chroma = golomb(b);
    if (chroma == 3) (void)bits_flag(b);
    (void)golomb(b); /* bit depths */
    (void)golomb(b);
    (void)bits_flag(b);
    if (bits_flag(b))
        for (int i = 0; i < (chroma == 3 ? 12 : 8) && !b->is_over; i++)
            if (bits_flag(b)) skip_scaling_list(b, i < 6 ? 16 : 64);
    *ret_chroma = chroma;
}

static bool has_chroma(unsigned profile)
{
    static const uint8_t profiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128};
    for (size_t i = 0; i < sizeof profiles; i++)
        if (profiles[i] == profile) return true;
    return false;
}

/* Bytes of the NAL without the 03 that keeps start codes out (§7.4.1). */
static size_t unescaped(const uint8_t *at, size_t bytes, uint8_t ret_bytes[SPS_BYTES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < bytes && n < SPS_BYTES_MAX; i++) {
        if (i >= 2 && at[i] == 3 && at[i - 1] == 0 && at[i - 2] == 0) continue;
        ret_bytes[n++] = at[i];
    }
    return n;
}

/* §7.3.2.1.1 up to the cropping. What makes no sense leaves the size untold. */
static void sps_read(const uint8_t *at, size_t bytes, struct h264 *h)
{
    uint8_t plain[SPS_BYTES_MAX];
    struct bits b = bits_of(plain, unescaped(at, bytes, plain));
    uint32_t chroma = 1, crop[4] = {0};
    unsigned profile = bits_get(&b, 8);
    (void)bits_get(&b, 16); /* constraints, level */
    (void)golomb(&b);       /* its id */
    if (has_chroma(profile)) skip_chroma(&b, &chroma);
    (void)golomb(&b); /* frame numbers' width */
    uint32_t order = golomb(&b);
    if (order == 0) (void)golomb(&b);
    if (order == 1) return; /* cycles of picture order: no encoder of ours */
    (void)golomb(&b);       /* reference frames */
    (void)bits_flag(&b);
    uint32_t width = golomb(&b) + 1, height = golomb(&b) + 1;
    bool is_progressive = bits_flag(&b);
    if (!is_progressive) (void)bits_flag(&b);
    (void)bits_flag(&b);
    if (bits_flag(&b))
        for (int i = 0; i < 4; i++)
            crop[i] = golomb(&b);
    if (b.is_over || width > 512 || height > 512) return;
    uint32_t step_x = chroma == 0 || chroma == 3 ? 1 : 2,
             step_y = (chroma == 1 ? 2 : 1) * (is_progressive ? 1u : 2u);
    uint64_t cut_x = step_x * ((uint64_t)crop[0] + crop[1]), cut_y = step_y * ((uint64_t)crop[2] + crop[3]);
    width *= 16;
    height *= is_progressive ? 16 : 32;
    if (cut_x >= width || cut_y >= height) return;
    h->width = (uint16_t)(width - cut_x);
    h->height = (uint16_t)(height - cut_y);
}

static void nal_note(struct h264 *h, uint8_t head, const uint8_t *at, size_t bytes)
{
    uint8_t type = head & 31, reference = head >> 5 & 3;
    if (reference > h->reference) h->reference = reference;
    h->has_idr |= type == SLICE_IDR;
    h->has_pps |= type == PPS;
    if (type != SPS) return;
    h->has_sps = true;
    sps_read(at, bytes, h);
}

static bool stap_read(const uint8_t *at, size_t bytes, struct h264 *h)
{
    for (size_t n = 1; n < bytes;) {
        if (bytes - n < 2) return false;
        size_t nal = bytes_get16(at + n);
        n += 2;
        if (nal == 0 || nal > bytes - n) return false;
        nal_note(h, at[n], at + n + 1, nal - 1);
        n += nal;
    }
    return bytes > 1;
}

enum err h264_parse(const uint8_t *payload, size_t bytes, struct h264 *ret_h264)
{
    struct h264 h = {.is_start = true};
    if (bytes < 1) return ERR_BAD_INPUT;
    uint8_t type = payload[0] & 31;
    if (type == STAP_A) {
        if (!stap_read(payload, bytes, &h)) return ERR_BAD_INPUT;
    } else if (type == FU_A) {
        if (bytes < 2) return ERR_BAD_INPUT;
        h.is_start = payload[1] & 0x80;
        uint8_t head = (uint8_t)((payload[0] & 0xe0) | (payload[1] & 31));
        if (h.is_start)
            nal_note(&h, head, payload + 2, bytes - 2);
        else
            h.reference = head >> 5 & 3;
    } else if (type >= 1 && type <= SINGLE_MAX) {
        nal_note(&h, payload[0], payload + 1, bytes - 1);
    } else {
        return ERR_BAD_INPUT;
    }
    h.is_key = h.has_sps || (h.is_start && h.has_idr);
    *ret_h264 = h;
    return OK;
}
