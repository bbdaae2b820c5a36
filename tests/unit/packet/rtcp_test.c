#include "hex.h"
#include "media/rtcp.h"

static uint8_t packet[RTCP_BYTES_MAX + 8];
static size_t bytes, offset;
static struct rtcp r;

static enum err parse(const char *text)
{
    bytes = hex(text, packet, sizeof packet);
    offset = 0;
    return rtcp_parse(packet, bytes);
}
static void next_is(enum rtcp_kind kind, uint32_t ssrc)
{
    CHECK(rtcp_next(packet, bytes, &offset, &r));
    CHECK_INT(r.kind, kind);
    CHECK_INT(r.ssrc, ssrc);
}

TEST(a_compound_of_reports_and_descriptions_is_walked)
{
    struct rtcp_sender s;
    struct rtcp_report report;
    struct str cname;
    uint32_t ssrc;
    size_t at = 0;
    CHECK_OK(parse("81c8000c 902f9e2e da8bd1fcdddda05a aaf4edd5 00000001 00000002"
                   "bc5e9a40 00 fffffe 000046e1 00000111 09f36432 00024a79"
                   "81ca0004 902f9e2e 01 09 7b39633030656239 32 00"
                   "81cb0001 902f9e2e"));
    next_is(RTCP_SR, 0x902f9e2e);
    rtcp_sender(&r, &s);
    CHECK(s.ntp == 0xda8bd1fcdddda05a && s.timestamp == 0xaaf4edd5 && s.packets == 1 && s.octets == 2);
    rtcp_report(&r, 0, &report);
    CHECK(report.ssrc == 0xbc5e9a40 && report.lost == -2 && report.highest_seq == 0x46e1);
    CHECK(report.jitter == 0x111 && report.last_sr == 0x09f36432 && report.since_sr == 0x24a79);
    next_is(RTCP_SDES, 0x902f9e2e);
    CHECK(rtcp_next_cname(&r, &at, &ssrc, &cname));
    CHECK_STR(cname, "{9c00eb92");
    CHECK(!rtcp_next_cname(&r, &at, &ssrc, &cname));
    next_is(RTCP_BYE, 0x902f9e2e);
    CHECK_INT(rtcp_bye_ssrc(&r, 0), 0x902f9e2e);
    CHECK(!rtcp_next(packet, bytes, &offset, &r));
}

TEST(chunks_without_a_cname_are_passed_over)
{
    struct str cname;
    uint32_t ssrc;
    size_t at = 0;
    CHECK_OK(parse("83ca0007 00000001 0201 6100"
                   /* a name, then nothing */
                   "00000002 00000000" /* nothing at all */
                   "00000003 0201 61 0102 6263 00"));
    next_is(RTCP_SDES, 1);
    CHECK(rtcp_next_cname(&r, &at, &ssrc, &cname));
    CHECK_INT(ssrc, 3);
    CHECK_STR(cname, "bc");
    CHECK(!rtcp_next_cname(&r, &at, &ssrc, &cname));
}

TEST(a_negative_acknowledgement_is_walked_bit_by_bit)
{
    static const uint16_t want[] = {65534, 65535, 0, 14, 7};
    struct rtcp_nack_walk walk = {0};
    uint16_t seq;
    CHECK_OK(parse("81cd0004 00000001 00000002 fffe 8003 0007 0000"));
    next_is(RTCP_NACK, 1);
    CHECK_INT(r.media_ssrc, 2);
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        CHECK(rtcp_next_nack(&r, &walk, &seq));
        CHECK_INT(seq, want[i]);
    }
    CHECK(!rtcp_next_nack(&r, &walk, &seq));
}

TEST(key_frame_requests_are_read)
{
    uint32_t ssrc;
    uint8_t number;
    size_t at = 0;
    CHECK_OK(parse("81ce0002 00000001 00000002"
                   "84ce0006 00000001 00000000 00000002 05000000 00000003 ff000000"));
    next_is(RTCP_PLI, 1);
    CHECK_INT(r.media_ssrc, 2);
    next_is(RTCP_FIR, 1);
    CHECK(rtcp_next_fir(&r, &at, &ssrc, &number) && ssrc == 2 && number == 5);
    CHECK(rtcp_next_fir(&r, &at, &ssrc, &number) && ssrc == 3 && number == 255);
    CHECK(!rtcp_next_fir(&r, &at, &ssrc, &number));
}

TEST(the_estimate_of_a_real_browser_is_read)
{
    CHECK_OK(parse("8fce0005 00000001 00000000 52454d42 011a20df 4874ed16"));
    next_is(RTCP_REMB, 1);
    CHECK_INT(rtcp_remb_bps(&r), 8927168);
    CHECK_OK(parse("8fce0004 00000000 00000000 52454d42 00ffffff"));
    next_is(RTCP_REMB, 0);
    CHECK(rtcp_remb_bps(&r) == UINT64_MAX);
    CHECK_OK(parse("8fce0004 00000000 00000000 58454d42 00ffffff")); /* somebody else's */
    next_is(RTCP_OTHER, 0);
}

TEST(extended_reports_of_seven_kinds_are_walked)
{
    struct rtcp_xr block;
    size_t at = 0;
    int seen = 0, counted = 0;
    uint32_t ssrc, last, since;
    CHECK_OK(parse("80cf0033 01020304"
                   "010c0004 12345689 0005000c 40060006 87650000"
                   "02060004 12345689 0005000c 41233fff ffff0000"
                   "03030007 98765432 3c483cd9 11111111 22222222 33333333 44444444 55555555"
                   "04000002 01020304 05060708"
                   "05000009 88888888 12345678 99999999 09090909 12345678 99999999 11223344 12345678 99999999"
                   "06e80009 fedcba98 12345678 11111111 22222222 33333333 44444444 55555555 66666666 01020304"
                   "07000008 89abcdef 05060708 11112222 33334444 11223344 55667788 99001122 33445566"));
    next_is(RTCP_XR, 0x01020304);
    for (; rtcp_next_xr(&r, &at, &block); counted++) {
        if (block.kind == RTCP_XR_RRTR) CHECK(block.ntp == 0x0102030405060708 && ++seen);
        if (block.kind != RTCP_XR_DLRR) continue;
        CHECK_INT(block.count, 3);
        rtcp_dlrr(&block, 2, &ssrc, &last, &since);
        CHECK(ssrc == 0x11223344 && last == 0x12345678 && since == 0x99999999 && ++seen);
    }
    CHECK_INT(counted, 7);
    CHECK_INT(seen, 2);
}

TEST(what_does_not_fit_is_refused_whole)
{
    static const char *const wrong[] = {
        "80c9",                                                  /* too short */
        "40c90001 00000001",                                     /* version 1 */
        "80c90002 00000001",                                     /* longer than the datagram */
        "81c90001 00000001",                                     /* a report cut off */
        "80c80005 00000001 00000000 00000000 00000000 00000000", /* a sender's part cut off */
        "80c90000",                                              /* no SSRC */
        "80c90001 00000001 80c90004 00000001",                   /* the second one runs over */
        "a0c90001 00000000",                                     /* padding of none */
        "a0c90001 00000005",                                     /* padding longer than the body */
        "81ca0001 00000001",                                     /* a chunk without an end */
        "81ca0002 00000001 01046162",                            /* an item that runs over */
        "82ca0002 00000001 00000000",                            /* one chunk of two */
        "82cb0001 00000001",                                     /* one source of two */
        "81cd0002 00000001 00000002",                            /* a NACK of nothing */
        "81cd0001 00000001",                                     /* feedback on nothing */
        "84ce0003 00000001 00000002 00000003",                   /* half a FIR */
        "8fce0004 00000001 00000000 52454d42 01000000",          /* REMB for an SSRC that is not there */
        "8fcd0003 00000001 00000000 00000000",                   /* TWCC without its reference time */
        "80cf0002 00000001 04000002",                            /* RRTR cut off */
        "80cf0003 00000001 04000001 00000000",                   /* RRTR of one word */
        "80cf0003 00000001 05000001 00000000",                   /* DLRR of one word */
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        if (parse(wrong[i]) != ERR_BAD_INPUT) check_fail(__FILE__, __LINE__, "%s is taken", wrong[i]);
    for (size_t i = 0; i < RTCP_PACKETS_MAX * 8 + 8; i += 8)
        memcpy(packet + i, "\x80\xc9\x00\x01\x00\x00\x00\x01", 8);
    CHECK_OK(rtcp_parse(packet, RTCP_PACKETS_MAX * 8));
    CHECK_ERR(rtcp_parse(packet, RTCP_PACKETS_MAX * 8 + 8), ERR_BAD_INPUT);
}

TEST(what_is_written_is_read_again)
{
    struct rtcp_out o;
    struct rtcp_sender s = {0x1122334455667788, 1, 2, 3};
    struct rtcp_report reports[2] = {{7, 255, -5, 0x10002, 9, 10, 11}, {8, 0, 8388607, 1, 2, 3, 4}}, back;
    uint32_t ssrcs[2] = {1, 2};
    rtcp_start(&o, packet, sizeof packet);
    rtcp_add_sr(&o, 42, &s, reports, 2);
    rtcp_add_cname(&o, 42, STR("yq"));
    rtcp_add_rr(&o, 43, reports, 1);
    rtcp_add_pli(&o, 42, 7);
    rtcp_add_fir(&o, 42, 7, 200);
    rtcp_add_remb(&o, 42, 8927168, ssrcs, 2);
    rtcp_add_rrtr(&o, 42, 0x8877665544332211);
    rtcp_add_dlrr(&o, 42, 7, 8, 9);
    rtcp_add_bye(&o, ssrcs, 2);
    bytes = rtcp_end(&o);
    offset = 0;
    CHECK(bytes > 0);
    CHECK_OK(rtcp_parse(packet, bytes));
    next_is(RTCP_SR, 42);
    rtcp_report(&r, 0, &back);
    CHECK(back.lost == -5 && back.fraction_lost == 255 && back.since_sr == 11);
    rtcp_report(&r, 1, &back);
    CHECK(back.lost == 8388607 && back.ssrc == 8);
    next_is(RTCP_SDES, 42);
    next_is(RTCP_RR, 43);
    next_is(RTCP_PLI, 42);
    next_is(RTCP_FIR, 42);
    next_is(RTCP_REMB, 42);
    CHECK_INT(rtcp_remb_bps(&r), 8927168);
    next_is(RTCP_XR, 42);
    next_is(RTCP_XR, 42);
    next_is(RTCP_BYE, 1);
    CHECK_INT(rtcp_bye_ssrc(&r, 1), 2);
    CHECK(!rtcp_next(packet, bytes, &offset, &r));
}

TEST(a_cname_of_any_length_ends_with_a_zero)
{
    char name[256];
    memset(name, 'n', sizeof name);
    for (size_t n = 0; n < 256; n++) {
        struct rtcp_out o;
        struct str cname;
        uint32_t ssrc;
        size_t at = 0;
        rtcp_start(&o, packet, sizeof packet);
        rtcp_add_cname(&o, 5, (struct str){name, n});
        bytes = rtcp_end(&o);
        offset = 0;
        CHECK_OK(rtcp_parse(packet, bytes));
        next_is(RTCP_SDES, 5);
        CHECK(rtcp_next_cname(&r, &at, &ssrc, &cname));
        CHECK_INT(cname.bytes, n);
    }
}

TEST(asked_for_packets_share_an_item_when_they_are_near)
{
    static const uint16_t seqs[] = {65530, 65531, 10, 11, 27, 28, 100};
    struct rtcp_out o;
    struct rtcp_nack_walk walk = {0};
    uint16_t seq;
    rtcp_start(&o, packet, sizeof packet);
    CHECK_INT(rtcp_add_nack(&o, 1, 2, seqs, COUNT_OF(seqs)), COUNT_OF(seqs));
    bytes = rtcp_end(&o);
    CHECK_BYTES(packet, bytes, "81cd0006 00000001 00000002 fffa8001 000b8000 001c0000 00640000");
    CHECK_OK(rtcp_parse(packet, bytes));
    offset = 0;
    next_is(RTCP_NACK, 1);
    for (size_t i = 0; i < COUNT_OF(seqs); i++)
        CHECK(rtcp_next_nack(&r, &walk, &seq) && seq == seqs[i]);
    CHECK(!rtcp_next_nack(&r, &walk, &seq));
}

TEST(more_asked_for_than_fits_is_told_to_the_asker)
{
    uint16_t seqs[100];
    struct rtcp_out o;
    for (int i = 0; i < 100; i++)
        seqs[i] = (uint16_t)(i * 100);
    rtcp_start(&o, packet, 12 + 4 * 7);
    CHECK_INT(rtcp_add_nack(&o, 1, 2, seqs, 100), 7);
    CHECK_INT(rtcp_end(&o), 12 + 4 * 7);
    rtcp_start(&o, packet, 12);
    CHECK_INT(rtcp_add_nack(&o, 1, 2, seqs, 100), 0);
    CHECK_INT(rtcp_end(&o), 0);
}

TEST(what_does_not_fit_is_not_sent)
{
    for (size_t room = 0; room < 20; room++) {
        struct rtcp_out o;
        rtcp_start(&o, packet, room);
        rtcp_add_fir(&o, 1, 2, 3);
        CHECK_INT(rtcp_end(&o), 0);
        rtcp_add_bye(&o, NULL, 0);
        CHECK_INT(rtcp_end(&o), 0);
    }
}

TEST(the_round_trip_is_what_remains_of_the_time)
{
    /* The example of RFC 3550, figure 2: 6.125 s. */
    CHECK_INT(rtcp_round_trip_us(0xb7108000 + 0x00000000, 0xb7052000, 0x00054000), 6125000);
    CHECK_INT(rtcp_round_trip_us(100, 0, 5), -1);
    CHECK_INT(rtcp_round_trip_us(100, 90, 20), 0);
}

TEST(the_clocks_of_1900_and_1970_agree)
{
    CHECK(rtcp_ntp(0) == 2208988800ull << 32);
    CHECK(rtcp_ntp(500000) == (2208988800ull << 32 | 0x80000000));
    for (int64_t us = 1790000000000000; us < 1790000002000000; us += 99991)
        CHECK_INT(rtcp_ntp_us(rtcp_ntp(us)), us);
    CHECK_INT(rtcp_ntp_middle(0x1122334455667788), 0x33445566);
}
