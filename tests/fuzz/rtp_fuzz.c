/* A packet that parses stays inside its bytes, whatever is walked, set or unwrapped, and its elements are
 * written again. */
#include "base/mem.h"
#include "media/ext.h"
#include "tests/fuzz/fuzz.h"

static void written_again(const struct rtp *r)
{
    struct rtp_head h = {.payload_type = 96, .seq = r->seq, .ssrc = r->ssrc};
    uint8_t at[RTP_HEADER_BYTES_MAX], id;
    struct str value;
    struct rtp back;
    unsigned count = 0;
    for (uint16_t walk = 0; rtp_next_extension(r, &walk, &id, &value);)
        rtp_head_add(&h, id, value.at, value.bytes);
    size_t bytes = rtp_write(&h, true, at, sizeof at);
    if (bytes == 0) return;
    ASSERT(rtp_parse(at, bytes, &back) == OK && back.payload_bytes == 0);
    for (uint16_t walk = 0; rtp_next_extension(&back, &walk, &id, &value); count++)
        ASSERT(id == h.extensions[count].id && value.bytes == h.extensions[count].bytes);
    ASSERT(count == h.extension_count);
}

static void values_read(const struct rtp *r)
{
    struct ext_map map;
    struct ext_values values;
    struct str value;
    ext_map_init(&map);
    for (int kind = EXT_NONE + 1; kind < EXT_KINDS; kind++)
        ASSERT(ext_map_add(&map, (enum ext_kind)kind, kind < 15 ? (unsigned)kind : (unsigned)kind + 1));
    ext_read(&map, r, &values);
    for (int kind = EXT_NONE + 1; kind < EXT_KINDS; kind++)
        if (ext_has(&values, (enum ext_kind)kind)) ASSERT(ext_find(&map, r, (enum ext_kind)kind, &value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t copy[RTP_BYTES_MAX];
    struct rtp r;
    if (n == 0 || n > sizeof copy) return 0;
    memcpy(copy, bytes, n);
    if (rtp_parse(copy, n, &r) != OK) return 0;
    ASSERT((size_t)r.header_bytes + r.payload_bytes + r.padding_bytes == n);
    values_read(&r);
    written_again(&r);
    (void)rtp_set_extension(&r, 3, "\x01\x02", 2);
    rtp_set_seq(&r, 7);
    rtp_set_marked(&r, false);
    if (rtp_unwrap_rtx(&r, 9, 97) == OK) ASSERT(r.at == copy + 2 && r.bytes == n - 2 && r.ssrc == 9);
    return 0;
}
