#include "media/rtp.h"

enum { ONE_BYTE_ID_MAX = 14, ONE_BYTE_VALUE_MAX = 16 };

static bool extension_header_parse(struct rtp *r)
{
    if (r->bytes - r->header_bytes < 4) return false;
    const uint8_t *at = r->at + r->header_bytes;
    size_t words = bytes_get16(at + 2);
    if (words * 4 > (size_t)r->bytes - r->header_bytes - 4) return false;
    r->ext_profile = bytes_get16(at);
    r->ext_at = (uint16_t)(r->header_bytes + 4);
    r->ext_bytes = (uint16_t)(words * 4);
    r->header_bytes = (uint16_t)(r->ext_at + r->ext_bytes);
    return true;
}

enum err rtp_parse_header(uint8_t *at, size_t bytes, struct rtp *ret_rtp)
{
    if (!rtp_is(at, bytes) || bytes > RTP_BYTES_MAX) return ERR_BAD_INPUT;
    struct rtp r = {.at = at, .bytes = (uint16_t)bytes};
    r.csrc_count = at[0] & 15;
    r.is_marked = at[1] >> 7;
    r.payload_type = at[1] & 0x7f;
    r.seq = bytes_get16(at + 2);
    r.timestamp = bytes_get32(at + 4);
    r.ssrc = bytes_get32(at + 8);
    r.header_bytes = (uint16_t)(RTP_HEADER_BYTES + 4 * r.csrc_count);
    if (r.header_bytes > r.bytes) return ERR_BAD_INPUT;
    if (at[0] & 0x10 && !extension_header_parse(&r)) return ERR_BAD_INPUT;
    r.payload_bytes = (uint16_t)(r.bytes - r.header_bytes);
    *ret_rtp = r;
    return OK;
}

enum err rtp_parse(uint8_t *at, size_t bytes, struct rtp *ret_rtp)
{
    struct rtp r;
    enum err err = rtp_parse_header(at, bytes, &r);
    if (err) return err;
    if (at[0] & 0x20) {
        uint8_t padding = at[bytes - 1];
        if (padding == 0 || padding > r.payload_bytes) return ERR_BAD_INPUT;
        r.padding_bytes = padding;
        r.payload_bytes = (uint16_t)(r.payload_bytes - padding);
    }
    *ret_rtp = r;
    return OK;
}

static bool next_one_byte(const struct rtp *r, uint16_t *at, uint8_t *ret_id, struct str *ret_value)
{
    const uint8_t *e = r->at + r->ext_at;
    while (*at < r->ext_bytes && e[*at] == 0)
        ++*at;
    if (*at >= r->ext_bytes) return false;
    uint8_t id = e[*at] >> 4, bytes = (uint8_t)((e[*at] & 15) + 1);
    /* §4.2: 15 ends it; 0 with a length is nonsense and ends it too. */
    if (id == 0 || id > ONE_BYTE_ID_MAX || bytes > r->ext_bytes - *at - 1) return false;
    *ret_id = id;
    *ret_value = (struct str){(const char *)e + *at + 1, bytes};
    *at = (uint16_t)(*at + 1 + bytes);
    return true;
}

static bool next_two_byte(const struct rtp *r, uint16_t *at, uint8_t *ret_id, struct str *ret_value)
{
    const uint8_t *e = r->at + r->ext_at;
    while (*at < r->ext_bytes && e[*at] == 0)
        ++*at;
    if (r->ext_bytes - *at < 2 || e[*at + 1] > r->ext_bytes - *at - 2) return false;
    *ret_id = e[*at];
    *ret_value = (struct str){(const char *)e + *at + 2, e[*at + 1]};
    *at = (uint16_t)(*at + 2 + e[*at + 1]);
    return true;
}

bool rtp_next_extension(const struct rtp *r, uint16_t *at, uint8_t *ret_id, struct str *ret_value)
{
    if (r->ext_profile == RTP_ONE_BYTE_PROFILE) return next_one_byte(r, at, ret_id, ret_value);
    if ((r->ext_profile & 0xfff0) == RTP_TWO_BYTE_PROFILE) return next_two_byte(r, at, ret_id, ret_value);
    return false;
}

bool rtp_set_extension(struct rtp *r, uint8_t id, const void *value, size_t bytes)
{
    struct str found;
    uint8_t found_id;
    for (uint16_t at = 0; rtp_next_extension(r, &at, &found_id, &found);) {
        if (found_id != id) continue;
        if (found.bytes != bytes) return false;
        if (bytes) memcpy(r->at + r->ext_at + at - bytes, value, bytes);
        return true;
    }
    return false;
}

void rtp_cut_payload(struct rtp *r, uint16_t bytes)
{
    ASSERT(bytes <= r->payload_bytes);
    memmove(r->at + bytes, r->at, r->header_bytes);
    r->at += bytes;
    r->bytes = (uint16_t)(r->bytes - bytes);
    r->payload_bytes = (uint16_t)(r->payload_bytes - bytes);
}

enum err rtp_unwrap_rtx(struct rtp *r, uint32_t ssrc, uint8_t payload_type)
{
    if (r->payload_bytes < 2) return ERR_NOT_FOUND;
    uint16_t seq = bytes_get16(rtp_payload(r));
    rtp_cut_payload(r, 2);
    rtp_set_seq(r, seq);
    rtp_set_ssrc(r, ssrc);
    rtp_set_payload_type(r, payload_type);
    return OK;
}

void rtp_head_add(struct rtp_head *h, uint8_t id, const void *value, size_t bytes)
{
    ASSERT(id > 0 && bytes <= UINT8_MAX);
    if (h->extension_count == RTP_EXTENSIONS_MAX) return;
    h->extensions[h->extension_count++] = (struct rtp_extension){id, (uint8_t)bytes, value};
}

static bool needs_two_bytes(const struct rtp_extension *e)
{
    return e->id > ONE_BYTE_ID_MAX || e->bytes == 0 || e->bytes > ONE_BYTE_VALUE_MAX;
}

/* Writes the elements behind the extension's own header, padded to words; returns their bytes or -1: no room.
 * */
static int elements_write(const struct rtp_head *h, bool is_two_byte, uint8_t *at, size_t room)
{
    size_t n = 0, element_header = is_two_byte ? 2 : 1;
    for (int i = 0; i < h->extension_count; i++) {
        const struct rtp_extension *e = &h->extensions[i];
        if (!is_two_byte && needs_two_bytes(e)) continue;
        if (element_header + e->bytes > room - n) return -1;
        if (is_two_byte) {
            at[n++] = e->id;
            at[n++] = e->bytes;
        } else {
            at[n++] = (uint8_t)(e->id << 4 | (e->bytes - 1));
        }
        if (e->bytes) memcpy(at + n, e->at, e->bytes);
        n += e->bytes;
    }
    for (; n % 4; n++) {
        if (n == room) return -1;
        at[n] = 0;
    }
    return (int)n;
}

size_t rtp_write(const struct rtp_head *h, bool may_mix, uint8_t *at, size_t room)
{
    bool is_two_byte = false;
    size_t bytes = RTP_HEADER_BYTES;
    if (room < RTP_HEADER_BYTES) return 0;
    at[0] = (uint8_t)(0x80 | (h->is_padded ? 0x20 : 0));
    at[1] = (uint8_t)((h->is_marked ? 0x80 : 0) | (h->payload_type & 0x7f));
    bytes_put16(at + 2, h->seq);
    bytes_put32(at + 4, h->timestamp);
    bytes_put32(at + 8, h->ssrc);
    if (h->extension_count == 0) return bytes;
    for (int i = 0; may_mix && i < h->extension_count; i++)
        is_two_byte |= needs_two_bytes(&h->extensions[i]);
    if (room < bytes + 4) return 0;
    int elements = elements_write(h, is_two_byte, at + bytes + 4, room - bytes - 4);
    if (elements < 0) return 0;
    if (elements == 0) return bytes; /* none could be said in one byte */
    at[0] |= 0x10;
    bytes_put16(at + bytes, is_two_byte ? RTP_TWO_BYTE_PROFILE : RTP_ONE_BYTE_PROFILE);
    bytes_put16(at + bytes + 2, (uint16_t)(elements / 4));
    return bytes + 4 + (size_t)elements;
}
