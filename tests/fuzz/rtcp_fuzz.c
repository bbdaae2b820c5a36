/* A datagram that parses is walked to its end, and every reader of every packet stays inside it. */
#include "media/twcc.h"
#include "tests/fuzz/fuzz.h"

static volatile uint64_t sink; /* what is read must have been there to read */

static void twcc_read(const struct rtcp *r)
{
    struct twcc t;
    struct twcc_status status;
    unsigned count = 0;
    if (twcc_parse(r, &t) != OK) return;
    unsigned want = t.left;
    while (twcc_next(&t, &status))
        count++;
    ASSERT(count == want);
}

static void lists_read(const struct rtcp *r)
{
    size_t at = 0;
    uint32_t ssrc, last, since;
    uint8_t number;
    uint16_t seq;
    struct str cname;
    struct rtcp_nack_walk walk = {0};
    struct rtcp_xr block;
    if (r->kind == RTCP_SDES)
        while (rtcp_next_cname(r, &at, &ssrc, &cname))
            for (size_t i = 0; i < cname.bytes; i++)
                sink += (uint8_t)cname.at[i];
    if (r->kind == RTCP_NACK)
        while (rtcp_next_nack(r, &walk, &seq))
            sink += seq;
    if (r->kind == RTCP_FIR)
        while (rtcp_next_fir(r, &at, &ssrc, &number))
            sink += ssrc + number;
    if (r->kind == RTCP_XR)
        while (rtcp_next_xr(r, &at, &block))
            for (unsigned i = 0; block.kind == RTCP_XR_DLRR && i < block.count; i++) {
                rtcp_dlrr(&block, i, &ssrc, &last, &since);
                sink += ssrc + last + since;
            }
}

static void packet_read(const struct rtcp *r)
{
    struct rtcp_sender sender;
    struct rtcp_report report;
    if (r->kind == RTCP_SR) rtcp_sender(r, &sender);
    for (unsigned i = 0; (r->kind == RTCP_SR || r->kind == RTCP_RR) && i < r->count; i++) {
        rtcp_report(r, i, &report);
        ASSERT(report.lost >= -0x800000 && report.lost <= 0x7fffff);
    }
    for (unsigned i = 0; r->kind == RTCP_BYE && i < r->count; i++)
        sink += rtcp_bye_ssrc(r, i);
    if (r->kind == RTCP_REMB) sink += rtcp_remb_bps(r);
    if (r->kind == RTCP_TWCC) twcc_read(r);
    lists_read(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct rtcp r;
    size_t offset = 0;
    if (rtcp_parse(bytes, n) != OK) return 0;
    while (rtcp_next(bytes, n, &offset, &r))
        packet_read(&r);
    ASSERT(offset == n);
    return 0;
}
