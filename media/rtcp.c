#include "media/rtcp.h"

enum {
    TYPE_SR = 200,
    TYPE_RR = 201,
    TYPE_SDES = 202,
    TYPE_BYE = 203,
    TYPE_XR = 207,
    FORMAT_NACK = 1,
    FORMAT_PLI = 1,
    FORMAT_FIR = 4,
    FORMAT_AFB = 15,
    SDES_CNAME = 1,
    XR_RRTR = 4,
    XR_DLRR = 5,
    HEADER_BYTES = 4,
    SENDER_BYTES = 20,
    REPORT_BYTES = 24
};

/* Chunks: | SSRC | type(8) bytes(8) text | … | 0 up to the word's end |. */
static bool sdes_fits(const uint8_t *at, size_t bytes, unsigned count)
{
    size_t p = 0;
    while (count--) {
        if (bytes - p < 4) return false;
        for (p += 4;;) {
            if (p >= bytes) return false; /* an item list ends with a zero */
            if (at[p] == 0) break;
            if (bytes - p < 2 || (size_t)at[p + 1] + 2 > bytes - p) return false;
            p += 2 + (size_t)at[p + 1];
        }
        p = (p + 4) & ~(size_t)3;
        if (p > bytes) return false;
    }
    return true;
}

static bool xr_fits(const uint8_t *at, size_t bytes)
{
    for (size_t p = 0; p < bytes;) {
        if (bytes - p < 4) return false;
        size_t block = 4 + 4 * (size_t)bytes_get16(at + p + 2);
        if (block > bytes - p) return false;
        if (at[p] == XR_RRTR && block != 12) return false;
        if (at[p] == XR_DLRR && (block - 4) % 12 != 0) return false;
        p += block;
    }
    return true;
}

static enum rtcp_kind feedback_kind(const struct rtcp *r)
{
    bool is_transport = r->type == RTCP_TYPE_RTPFB;
    if (is_transport)
        return r->count == FORMAT_NACK ? RTCP_NACK : r->count == RTCP_FORMAT_TWCC ? RTCP_TWCC : RTCP_OTHER;
    if (r->count == FORMAT_PLI) return RTCP_PLI;
    if (r->count == FORMAT_FIR) return RTCP_FIR;
    bool is_remb = r->count == FORMAT_AFB && r->body_bytes >= 8 && memcmp(r->body, "REMB", 4) == 0;
    return is_remb ? RTCP_REMB : RTCP_OTHER;
}

/* Feedback: the media's SSRC stands before the FCI, and the FCI has the shape of its kind. */
static bool feedback_read(struct rtcp *r)
{
    if (r->body_bytes < 4) return false;
    r->media_ssrc = bytes_get32(r->body);
    r->body += 4;
    r->body_bytes -= 4;
    r->kind = feedback_kind(r);
    switch (r->kind) {
    case RTCP_NACK:
        return r->body_bytes >= 4;
    case RTCP_FIR:
        return r->body_bytes % 8 == 0;
    case RTCP_REMB:
        return r->body_bytes >= 8 + 4 * (size_t)r->body[4];
    case RTCP_TWCC:
        return r->body_bytes >= 8;
    case RTCP_OTHER:
    case RTCP_SR:
    case RTCP_RR:
    case RTCP_SDES:
    case RTCP_BYE:
    case RTCP_PLI:
    case RTCP_XR:
    default:
        return true;
    }
}

/* Sets kind and body by the type; false: the packet is too short for what it says it is. */
static bool kind_read(struct rtcp *r)
{
    switch (r->type) {
    case TYPE_SR:
        r->kind = RTCP_SR;
        if (r->body_bytes < 4 + SENDER_BYTES + REPORT_BYTES * (size_t)r->count) return false;
        break;
    case TYPE_RR:
        r->kind = RTCP_RR;
        if (r->body_bytes < 4 + REPORT_BYTES * (size_t)r->count) return false;
        break;
    case TYPE_SDES:
        r->kind = RTCP_SDES;
        r->ssrc = r->body_bytes >= 4 ? bytes_get32(r->body) : 0;
        return sdes_fits(r->body, r->body_bytes, r->count);
    case TYPE_BYE:
        r->kind = RTCP_BYE;
        r->ssrc = r->count && r->body_bytes >= 4 ? bytes_get32(r->body) : 0;
        return r->body_bytes >= 4 * (size_t)r->count;
    case RTCP_TYPE_RTPFB:
    case RTCP_TYPE_PSFB:
    case TYPE_XR:
        if (r->body_bytes < 4) return false;
        break;
    default:
        r->kind = RTCP_OTHER;
        return true;
    }
    r->ssrc = bytes_get32(r->body);
    r->body += 4;
    r->body_bytes -= 4;
    if (r->type == RTCP_TYPE_RTPFB || r->type == RTCP_TYPE_PSFB) return feedback_read(r);
    if (r->type != TYPE_XR) return true;
    r->kind = RTCP_XR;
    return xr_fits(r->body, r->body_bytes);
}

/* One packet at *offset; false: it does not fit. */
static bool packet_read(const uint8_t *at, size_t bytes, size_t *offset, struct rtcp *ret_rtcp)
{
    const uint8_t *p = at + *offset;
    size_t left = bytes - *offset;
    if (left < HEADER_BYTES || p[0] >> 6 != 2) return false;
    size_t whole = HEADER_BYTES + 4 * (size_t)bytes_get16(p + 2);
    if (whole > left) return false;
    struct rtcp r = {.count = p[0] & 31, .type = p[1], .at = p, .body = p + HEADER_BYTES};
    r.body_bytes = whole - HEADER_BYTES;
    if (p[0] &
        0x20) { /* RFC 3550 wants words, and in the last packet only; Chromium pads feedback by bytes */
        uint8_t padding = p[whole - 1];
        if (padding == 0 || padding > r.body_bytes) return false;
        r.body_bytes -= padding;
    }
    if (!kind_read(&r)) return false;
    *offset += whole;
    *ret_rtcp = r;
    return true;
}

enum err rtcp_parse(const uint8_t *at, size_t bytes)
{
    struct rtcp r;
    int count = 0;
    if (bytes < HEADER_BYTES || bytes > RTCP_BYTES_MAX) return ERR_BAD_INPUT;
    for (size_t offset = 0; offset < bytes;)
        if (++count > RTCP_PACKETS_MAX || !packet_read(at, bytes, &offset, &r)) return ERR_BAD_INPUT;
    return OK;
}

bool rtcp_next(const uint8_t *at, size_t bytes, size_t *offset, struct rtcp *ret_rtcp)
{
    return *offset < bytes && packet_read(at, bytes, offset, ret_rtcp);
}

/* The sender's part stays in front of the reports of an SR. */
static const uint8_t *reports_of(const struct rtcp *r)
{
    return r->body + (r->kind == RTCP_SR ? SENDER_BYTES : 0);
}

void rtcp_sender(const struct rtcp *sr, struct rtcp_sender *ret_sender)
{
    ASSERT(sr->kind == RTCP_SR);
    const uint8_t *p = sr->body;
    *ret_sender =
        (struct rtcp_sender){bytes_get64(p), bytes_get32(p + 8), bytes_get32(p + 12), bytes_get32(p + 16)};
}

void rtcp_report(const struct rtcp *r, unsigned n, struct rtcp_report *ret_report)
{
    ASSERT((r->kind == RTCP_SR || r->kind == RTCP_RR) && n < r->count);
    const uint8_t *p = reports_of(r) + (size_t)n * REPORT_BYTES;
    int32_t lost = (int32_t)(bytes_get24(p + 5) << 8) >> 8;
    *ret_report = (struct rtcp_report){
        bytes_get32(p),     p[4], lost, bytes_get32(p + 8), bytes_get32(p + 12), bytes_get32(p + 16),
        bytes_get32(p + 20)};
}

bool rtcp_next_cname(const struct rtcp *sdes, size_t *at, uint32_t *ret_ssrc, struct str *ret_cname)
{
    ASSERT(sdes->kind == RTCP_SDES);
    const uint8_t *p = sdes->body;
    while (*at + 4 < sdes->body_bytes) {
        struct str cname = {NULL, 0};
        uint32_t ssrc = bytes_get32(p + *at);
        size_t item = *at + 4;
        for (; item < sdes->body_bytes && p[item] != 0; item += 2 + (size_t)p[item + 1]) {
            if (item + 2 > sdes->body_bytes || item + 2 + p[item + 1] > sdes->body_bytes) return false;
            if (p[item] == SDES_CNAME) cname = (struct str){(const char *)p + item + 2, p[item + 1]};
        }
        *at = (item + 4) & ~(size_t)3;
        if (!cname.at) continue;
        *ret_ssrc = ssrc;
        *ret_cname = cname;
        return true;
    }
    return false;
}

uint32_t rtcp_bye_ssrc(const struct rtcp *bye, unsigned n)
{
    ASSERT(bye->kind == RTCP_BYE && n < bye->count);
    return bytes_get32(bye->body + (size_t)n * 4);
}

bool rtcp_next_nack(const struct rtcp *nack, struct rtcp_nack_walk *walk, uint16_t *ret_seq)
{
    ASSERT(nack->kind == RTCP_NACK);
    if (walk->bits) {
        int bit = __builtin_ctz(walk->bits);
        walk->bits &= (uint16_t)(walk->bits - 1);
        *ret_seq = (uint16_t)(walk->pid + 1 + bit);
        return true;
    }
    if (nack->body_bytes - walk->at < 4) return false;
    walk->pid = bytes_get16(nack->body + walk->at);
    walk->bits = bytes_get16(nack->body + walk->at + 2);
    walk->at += 4;
    *ret_seq = walk->pid;
    return true;
}

bool rtcp_next_fir(const struct rtcp *fir, size_t *at, uint32_t *ret_ssrc, uint8_t *ret_number)
{
    ASSERT(fir->kind == RTCP_FIR);
    if (fir->body_bytes - *at < 8) return false;
    *ret_ssrc = bytes_get32(fir->body + *at);
    *ret_number = fir->body[*at + 4];
    *at += 8;
    return true;
}

uint64_t rtcp_remb_bps(const struct rtcp *remb)
{
    ASSERT(remb->kind == RTCP_REMB);
    uint32_t word = bytes_get24(remb->body + 5);
    uint64_t mantissa = word & 0x3ffff;
    unsigned exponent = word >> 18;
    return exponent > 46 ? UINT64_MAX : mantissa << exponent;
}

bool rtcp_next_xr(const struct rtcp *xr, size_t *at, struct rtcp_xr *ret_block)
{
    ASSERT(xr->kind == RTCP_XR);
    if (xr->body_bytes - *at < 4) return false;
    const uint8_t *p = xr->body + *at;
    size_t bytes = 4 * (size_t)bytes_get16(p + 2);
    struct rtcp_xr block = {.at = p + 4};
    if (p[0] == XR_RRTR) {
        block.kind = RTCP_XR_RRTR;
        block.ntp = bytes_get64(p + 4);
    } else if (p[0] == XR_DLRR) {
        block.kind = RTCP_XR_DLRR;
        block.count = (unsigned)(bytes / 12);
    }
    *at += 4 + bytes;
    *ret_block = block;
    return true;
}

void rtcp_dlrr(const struct rtcp_xr *dlrr, unsigned n, uint32_t *ret_ssrc, uint32_t *ret_last_rr,
               uint32_t *ret_since_rr)
{
    ASSERT(dlrr->kind == RTCP_XR_DLRR && n < dlrr->count);
    const uint8_t *p = dlrr->at + (size_t)n * 12;
    *ret_ssrc = bytes_get32(p);
    *ret_last_rr = bytes_get32(p + 4);
    *ret_since_rr = bytes_get32(p + 8);
}

int64_t rtcp_round_trip_us(uint32_t now_middle, uint32_t last, uint32_t since)
{
    if (last == 0) return -1;
    int32_t trip = (int32_t)(now_middle - last - since);
    if (trip < 0) trip = 0; /* clocks of two resolutions: shorter than can be told */
    return (int64_t)trip * 1000000 >> 16;
}

static const int64_t ntp_1970_s = 2208988800;

uint64_t rtcp_ntp(int64_t us_since_1970)
{
    uint64_t us = (uint64_t)(us_since_1970 + ntp_1970_s * 1000000);
    return us / 1000000 << 32 | (us % 1000000 << 32) / 1000000;
}

int64_t rtcp_ntp_us(uint64_t ntp)
{
    int64_t us =
        (int64_t)((ntp & 0xffffffff) * 1000000 + (1u << 31)) >> 32; /* rounded, so that it comes back */
    return ((int64_t)(ntp >> 32) - ntp_1970_s) * 1000000 + us;
}

void rtcp_start(struct rtcp_out *o, void *at, size_t room)
{
    *o = (struct rtcp_out){.at = at, .room = room};
}

size_t rtcp_end(const struct rtcp_out *o)
{
    return o->is_failed ? 0 : o->bytes;
}

/* The header, and the zeroed room for a body of whole words; NULL: no room. */
static uint8_t *packet_start(struct rtcp_out *o, uint8_t type, unsigned count, size_t body_bytes)
{
    ASSERT(count < 32 && body_bytes % 4 == 0);
    if (o->is_failed || HEADER_BYTES + body_bytes > o->room - o->bytes) {
        o->is_failed = true;
        return NULL;
    }
    uint8_t *at = o->at + o->bytes;
    at[0] = (uint8_t)(0x80 | count);
    at[1] = type;
    bytes_put16(at + 2, (uint16_t)(body_bytes / 4));
    memset(at + HEADER_BYTES, 0, body_bytes);
    o->bytes += HEADER_BYTES + body_bytes;
    return at + HEADER_BYTES;
}

static void reports_write(uint8_t *at, const struct rtcp_report *reports, unsigned count)
{
    for (unsigned i = 0; i < count; i++, at += REPORT_BYTES) {
        const struct rtcp_report *r = &reports[i];
        bytes_put32(at, r->ssrc);
        at[4] = r->fraction_lost;
        bytes_put24(at + 5, (uint32_t)r->lost & 0xffffff);
        bytes_put32(at + 8, r->highest_seq);
        bytes_put32(at + 12, r->jitter);
        bytes_put32(at + 16, r->last_sr);
        bytes_put32(at + 20, r->since_sr);
    }
}

void rtcp_add_sr(struct rtcp_out *o, uint32_t ssrc, const struct rtcp_sender *s,
                 const struct rtcp_report *reports, unsigned count)
{
    uint8_t *at = packet_start(o, TYPE_SR, count, 4 + SENDER_BYTES + (size_t)count * REPORT_BYTES);
    if (!at) return;
    bytes_put32(at, ssrc);
    bytes_put64(at + 4, s->ntp);
    bytes_put32(at + 12, s->timestamp);
    bytes_put32(at + 16, s->packets);
    bytes_put32(at + 20, s->octets);
    reports_write(at + 24, reports, count);
}

void rtcp_add_rr(struct rtcp_out *o, uint32_t ssrc, const struct rtcp_report *reports, unsigned count)
{
    uint8_t *at = packet_start(o, TYPE_RR, count, 4 + (size_t)count * REPORT_BYTES);
    if (!at) return;
    bytes_put32(at, ssrc);
    reports_write(at + 4, reports, count);
}

void rtcp_add_cname(struct rtcp_out *o, uint32_t ssrc, struct str cname)
{
    ASSERT(cname.bytes <= UINT8_MAX);
    size_t bytes = (4 + 2 + cname.bytes + 4) & ~(size_t)3; /* with at least one zero at the end */
    uint8_t *at = packet_start(o, TYPE_SDES, 1, bytes);
    if (!at) return;
    bytes_put32(at, ssrc);
    at[4] = SDES_CNAME;
    at[5] = (uint8_t)cname.bytes;
    if (cname.bytes) memcpy(at + 6, cname.at, cname.bytes);
}

void rtcp_add_bye(struct rtcp_out *o, const uint32_t *ssrcs, unsigned count)
{
    uint8_t *at = packet_start(o, TYPE_BYE, count, 4 * (size_t)count);
    for (unsigned i = 0; at && i < count; i++)
        bytes_put32(at + 4 * (size_t)i, ssrcs[i]);
}

uint8_t *rtcp_add_feedback(struct rtcp_out *o, uint8_t type, uint8_t format, uint32_t ssrc,
                           uint32_t media_ssrc, size_t fci_bytes)
{
    uint8_t *at = packet_start(o, type, format, 8 + ((fci_bytes + 3) & ~(size_t)3));
    if (!at) return NULL;
    bytes_put32(at, ssrc);
    bytes_put32(at + 4, media_ssrc);
    return at + 8;
}

/* How many of the seqs the item that begins with the first of them covers, and its bits. */
static unsigned nack_item(const uint16_t *seqs, unsigned count, uint16_t *ret_bits)
{
    unsigned n = 1;
    uint16_t bits = 0;
    for (; n < count; n++) {
        uint16_t ahead = (uint16_t)(seqs[n] - seqs[0]);
        if (ahead == 0 || ahead > 16) break;
        bits |= (uint16_t)(1u << (ahead - 1));
    }
    *ret_bits = bits;
    return n;
}

unsigned rtcp_add_nack(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc, const uint16_t *seqs,
                       unsigned count)
{
    uint16_t bits;
    unsigned items = 0, taken = 0;
    size_t room =
        o->is_failed || o->room - o->bytes < HEADER_BYTES + 8 ? 0 : o->room - o->bytes - HEADER_BYTES - 8;
    ASSERT(count > 0);
    for (; taken < count && (items + 1) * (size_t)4 <= room; items++)
        taken += nack_item(seqs + taken, count - taken, &bits);
    uint8_t *at =
        rtcp_add_feedback(o, RTCP_TYPE_RTPFB, FORMAT_NACK, ssrc, media_ssrc, items ? items * (size_t)4 : 4);
    if (!at) return 0;
    for (unsigned i = 0, from = 0; i < items; i++, at += 4) {
        unsigned n = nack_item(seqs + from, count - from, &bits);
        bytes_put16(at, seqs[from]);
        bytes_put16(at + 2, bits);
        from += n;
    }
    return taken;
}

void rtcp_add_pli(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc)
{
    (void)rtcp_add_feedback(o, RTCP_TYPE_PSFB, FORMAT_PLI, ssrc, media_ssrc, 0);
}

void rtcp_add_fir(struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc, uint8_t number)
{
    uint8_t *at = rtcp_add_feedback(o, RTCP_TYPE_PSFB, FORMAT_FIR, ssrc, 0, 8);
    if (!at) return;
    bytes_put32(at, media_ssrc);
    at[4] = number;
}

void rtcp_add_remb(struct rtcp_out *o, uint32_t ssrc, uint64_t bps, const uint32_t *ssrcs, unsigned count)
{
    ASSERT(count <= UINT8_MAX);
    uint8_t *at = rtcp_add_feedback(o, RTCP_TYPE_PSFB, FORMAT_AFB, ssrc, 0, 8 + 4 * (size_t)count);
    unsigned exponent = 0;
    if (!at) return;
    for (; bps > 0x3ffff; exponent++)
        bps >>= 1;
    memcpy(at, "REMB", 4);
    at[4] = (uint8_t)count;
    bytes_put24(at + 5, (uint32_t)bps | exponent << 18);
    for (unsigned i = 0; i < count; i++)
        bytes_put32(at + 8 + 4 * (size_t)i, ssrcs[i]);
}

void rtcp_add_rrtr(struct rtcp_out *o, uint32_t ssrc, uint64_t ntp)
{
    uint8_t *at = packet_start(o, TYPE_XR, 0, 4 + 12);
    if (!at) return;
    bytes_put32(at, ssrc);
    at[4] = XR_RRTR;
    bytes_put16(at + 6, 2);
    bytes_put64(at + 8, ntp);
}

void rtcp_add_dlrr(struct rtcp_out *o, uint32_t ssrc, uint32_t of_ssrc, uint32_t last_rr, uint32_t since_rr)
{
    uint8_t *at = packet_start(o, TYPE_XR, 0, 4 + 16);
    if (!at) return;
    bytes_put32(at, ssrc);
    at[4] = XR_DLRR;
    bytes_put16(at + 6, 3);
    bytes_put32(at + 8, of_ssrc);
    bytes_put32(at + 12, last_rr);
    bytes_put32(at + 16, since_rr);
}
