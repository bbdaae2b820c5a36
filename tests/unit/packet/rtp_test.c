#include "hex.h"
#include "media/ext.h"
#include "media/rtp.h"
#include "media/seq.h"

static uint8_t packet[RTP_BYTES_MAX + 8];
static struct rtp r;

static enum err parse(const char *text)
{
    size_t bytes = hex(text, packet, sizeof packet);
    return rtp_parse(packet, bytes, &r);
}

TEST(a_plain_header_is_read)
{
    CHECK_OK(parse("80e0 1234 89abcdef 01020304 aabbcc"));
    CHECK(r.is_marked && r.payload_type == 96 && r.seq == 0x1234);
    CHECK(r.timestamp == 0x89abcdef && r.ssrc == 0x01020304);
    CHECK_INT(r.header_bytes, 12);
    CHECK_INT(r.payload_bytes, 3);
    CHECK_INT(rtp_payload(&r)[0], 0xaa);
}

TEST(contributors_and_padding_are_counted_out)
{
    CHECK_OK(parse("a260 0001 00000000 00000001 00000002 00000003 aabb 00000004"));
    CHECK_INT(r.csrc_count, 2);
    CHECK_INT(r.header_bytes, 20);
    CHECK_INT(r.payload_bytes, 2);
    CHECK_INT(r.padding_bytes, 4);
    CHECK_OK(parse("a060 0001 00000000 00000001 00000004"));
    CHECK_INT(r.payload_bytes, 0);
}

TEST(what_is_no_rtp_is_refused)
{
    static const char *const wrong[] = {
        "8060000100000000000000",                     /* eleven bytes */
        "40600001000000000000000100",                 /* version 1 */
        "80c8000100000000000000010000",               /* RTCP */
        "8160000100000000000000010000",               /* a contributor cut off */
        "9060000100000000000000010000",               /* an extension cut off */
        "90600001000000000000000 1bede00020000000 0", /* longer than the packet */
        "a0600001000000000000000100",                 /* padding of none */
        "a0600001000000000000000102",                 /* padding longer than the payload */
        "a06000010000000000000001",                   /* padding without a byte to count it */
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_ERR(parse(wrong[i]), ERR_BAD_INPUT);
    memset(packet, 0, sizeof packet);
    packet[0] = 0x80;
    CHECK_OK(rtp_parse(packet, RTP_BYTES_MAX, &r));
    CHECK_ERR(rtp_parse(packet, RTP_BYTES_MAX + 1, &r), ERR_BAD_INPUT);
}

static void next_is(uint16_t *at, int id, const char *text)
{
    uint8_t found;
    struct str value;
    CHECK(rtp_next_extension(&r, at, &found, &value));
    CHECK_INT(found, id);
    CHECK_BYTES(value.at, value.bytes, text);
}
static void no_more(uint16_t *at)
{
    uint8_t found;
    struct str value;
    CHECK(!rtp_next_extension(&r, at, &found, &value));
}

TEST(one_byte_elements_are_walked)
{
    uint16_t at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 bede0003 10aa 00 00 21bbcc 00 40dd f0ee ff"));
    next_is(&at, 1, "aa");
    next_is(&at, 2, "bbcc");
    next_is(&at, 4, "dd");
    no_more(&at); /* 15 ends it */
    CHECK_INT(r.payload_bytes, 1);
}

TEST(two_byte_elements_are_walked)
{
    uint16_t at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 10000003 0100 00 ff02aabb 0f0101 00 00"));
    next_is(&at, 1, "");
    next_is(&at, 255, "aabb");
    next_is(&at, 15, "01");
    no_more(&at);
    at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 100f0001 050100 00")); /* any appbits */
    next_is(&at, 5, "00");
}

TEST(elements_that_run_over_end_the_walk)
{
    uint16_t at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 bede0001 10aa 2fbb"));
    next_is(&at, 1, "aa");
    no_more(&at);
    at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 bede0001 03aabbcc")); /* id 0 with a length */
    no_more(&at);
    at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 10000001 0103aabb"));
    no_more(&at);
    at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 10000001 00000001"));
    no_more(&at);
    at = 0;
    CHECK_OK(parse("9060 0001 00000000 00000001 abcd0001 10aa2fbb")); /* somebody's own profile */
    no_more(&at);
}

TEST(fields_are_rewritten_in_place)
{
    CHECK_OK(parse("90e0 0001 00000000 00000001 bede0002 10aa 22bbccdd 0000 99"));
    rtp_set_seq(&r, 0xfffe);
    rtp_set_timestamp(&r, 0x01020304);
    rtp_set_ssrc(&r, 0xa0b0c0d0);
    rtp_set_payload_type(&r, 111);
    rtp_set_marked(&r, false);
    CHECK(rtp_set_extension(&r, 2, "\x01\x02\x03", 3));
    CHECK(rtp_set_extension(&r, 1, "\x55", 1));
    CHECK(!rtp_set_extension(&r, 2, "\x01\x02", 2));
    CHECK(!rtp_set_extension(&r, 3, "\x01\x02", 2));
    CHECK_BYTES(packet, r.bytes, "906f fffe 01020304 a0b0c0d0 bede0002 1055 22010203 0000 99");
    rtp_set_marked(&r, true);
    CHECK_INT(packet[1], 0xef);
}

TEST(a_retransmission_becomes_what_was_sent_first)
{
    CHECK_OK(parse("90e1 0777 00000064 0000beef bede0001 10aa0000 1234 c0ffee"));
    CHECK_OK(rtp_unwrap_rtx(&r, 0xcafe, 96));
    CHECK_BYTES(r.at, r.bytes, "90e0 1234 00000064 0000cafe bede0001 10aa0000 c0ffee");
    CHECK_INT(r.payload_bytes, 3);
    struct rtp again;
    CHECK_OK(rtp_parse(r.at, r.bytes, &again));
    CHECK(again.seq == 0x1234 && again.ssrc == 0xcafe && again.payload_bytes == 3);
}

TEST(a_retransmission_of_nothing_but_padding_carries_no_packet)
{
    CHECK_OK(parse("a061 0777 00000064 0000beef 00000004"));
    CHECK_ERR(rtp_unwrap_rtx(&r, 1, 96), ERR_NOT_FOUND);
}

TEST(a_header_is_written_with_one_byte_elements_where_they_do)
{
    struct rtp_head h = {.is_marked = true, .payload_type = 96, .seq = 1, .timestamp = 2, .ssrc = 3};
    uint8_t at[64];
    CHECK_BYTES(at, rtp_write(&h, true, at, sizeof at), "80e0 0001 00000002 00000003");
    rtp_head_add(&h, 3, "\xaa\xbb", 2);
    rtp_head_add(&h, 14, "0123456789abcdef", 16);
    CHECK_BYTES(at, rtp_write(&h, true, at, sizeof at),
                "90e0 0001 00000002 00000003 bede0005 31aabb ef30313233343536373839616263646566");
}

TEST(a_header_is_written_with_two_byte_elements_when_one_needs_it_and_the_peer_may)
{
    struct rtp_head h = {.payload_type = 96, .seq = 1, .timestamp = 2, .ssrc = 3};
    uint8_t at[64];
    rtp_head_add(&h, 3, "\xaa", 1);
    rtp_head_add(&h, 20, "\xbb\xcc", 2);
    CHECK_BYTES(at, rtp_write(&h, true, at, sizeof at),
                "9060 0001 00000002 00000003 10000002 0301aa 1402bbcc 00");
    CHECK_BYTES(at, rtp_write(&h, false, at, sizeof at), "9060 0001 00000002 00000003 bede0001 30aa 0000");
    h.extensions[0] = h.extensions[1];
    h.extension_count = 1;
    CHECK_BYTES(at, rtp_write(&h, false, at, sizeof at), "8060 0001 00000002 00000003");
}

TEST(a_header_that_does_not_fit_is_not_written)
{
    struct rtp_head h = {.payload_type = 96};
    uint8_t at[64];
    rtp_head_add(&h, 3, "\xaa\xbb", 2);
    for (size_t room = 0; room < 20; room++)
        CHECK_INT(rtp_write(&h, true, at, room), 0);
    CHECK_INT(rtp_write(&h, true, at, 20), 20);
    for (int i = 0; i < 40; i++)
        rtp_head_add(&h, 4, "\x01", 1);
    CHECK_INT(h.extension_count, RTP_EXTENSIONS_MAX);
}

TEST(what_is_written_is_read_again)
{

    for (unsigned turn = 0; turn < 2000; turn++) {
        struct rtp_head h = {.payload_type = (uint8_t)(turn % 128), .seq = (uint16_t)turn, .ssrc = turn};
        uint8_t value[255], at[400];
        memset(value, (int)turn, sizeof value);
        if (h.payload_type >= 64 && h.payload_type < 96) continue; /* with the mark it looks like RTCP */
        for (unsigned i = 0; i < turn % 5; i++)
            rtp_head_add(&h, (uint8_t)(1 + (turn * 7 + i) % 255), value, (turn * 13 + i * 31) % 40);
        size_t n = rtp_write(&h, true, at, sizeof at);
        CHECK(n >= RTP_HEADER_BYTES);
        CHECK_OK(rtp_parse(at, n, &r));
        uint16_t walk = 0;
        uint8_t id;
        struct str found;
        for (unsigned i = 0; i < h.extension_count; i++) {
            CHECK(rtp_next_extension(&r, &walk, &id, &found));
            CHECK_INT(id, h.extensions[i].id);
            CHECK_INT(found.bytes, h.extensions[i].bytes);
        }
        CHECK(!rtp_next_extension(&r, &walk, &id, &found));
    }
}

TEST(the_known_extensions_are_found_by_their_uri)
{
    for (int kind = EXT_NONE + 1; kind < EXT_KINDS; kind++)
        CHECK_INT(ext_of_uri(str_of(ext_uri((enum ext_kind)kind))), kind);
    CHECK_INT(ext_of_uri(STR("urn:ietf:params:rtp-hdrext:encrypt")), EXT_NONE);
    CHECK_INT(ext_of_uri(STR("")), EXT_NONE);
}

TEST(an_id_stands_for_one_extension)
{
    struct ext_map m;
    ext_map_init(&m);
    CHECK(ext_map_add(&m, EXT_MID, 4));
    CHECK(ext_map_add(&m, EXT_MID, 4)); /* the next section of a bundle */
    CHECK(!ext_map_add(&m, EXT_RID, 4));
    CHECK(!ext_map_add(&m, EXT_MID, 5));
    CHECK(!ext_map_add(&m, EXT_RID, 0) && !ext_map_add(&m, EXT_RID, 15) && !ext_map_add(&m, EXT_RID, 256));
    CHECK(ext_map_add(&m, EXT_RID, 255));
}

TEST(values_are_read_by_the_map)
{
    struct ext_map m;
    struct ext_values v;
    ext_map_init(&m);
    CHECK(ext_map_add(&m, EXT_AUDIO_LEVEL, 1) && ext_map_add(&m, EXT_ABS_SEND_TIME, 2) &&
          ext_map_add(&m, EXT_TRANSPORT_SEQ, 3) && ext_map_add(&m, EXT_MID, 4) &&
          ext_map_add(&m, EXT_PLAYOUT_DELAY, 5));
    CHECK_OK(parse("9060 0001 00000000 00000001 bede0005 1087 22010203 31abcd 4030 52064190 90ff 000000"));
    ext_read(&m, &r, &v);
    CHECK(v.is_voice && v.level == 7 && v.abs_send_time == 0x010203 && v.transport_seq == 0xabcd);
    CHECK_STR(v.mid, "0");
    CHECK(v.playout_min == 0x064 && v.playout_max == 0x190);
    CHECK(ext_has(&v, EXT_MID) && !ext_has(&v, EXT_RID));
    struct str value;
    CHECK(ext_find(&m, &r, EXT_TRANSPORT_SEQ, &value) && value.bytes == 2);
    CHECK(!ext_find(&m, &r, EXT_RID, &value));
}

TEST(values_of_the_wrong_length_are_passed_over)
{
    struct ext_map m;
    struct ext_values v;
    ext_map_init(&m);
    CHECK(ext_map_add(&m, EXT_ABS_SEND_TIME, 2) && ext_map_add(&m, EXT_TRANSPORT_SEQ, 3) &&
          ext_map_add(&m, EXT_MID, 4));
    CHECK_OK(parse("9060 0001 00000000 00000001 10000003 02020102 030101 0400 0000 00"));
    ext_read(&m, &r, &v);
    CHECK_INT(v.has, 0);
}

TEST(a_send_time_wraps_after_sixty_four_seconds)
{
    CHECK_INT(ext_abs_send_time(0), 0);
    CHECK_INT(ext_abs_send_time(1000000), 1 << 18);
    CHECK_INT(ext_abs_send_time(63999999), 0xffffff);
    CHECK_INT(ext_abs_send_time(64000000), 0);
}

TEST(sequence_numbers_are_compared_across_the_wrap)
{
    CHECK(seq_is_newer(1, 0) && !seq_is_newer(0, 0) && !seq_is_newer(0, 1));
    CHECK(seq_is_newer(0, 65535) && !seq_is_newer(65535, 0));
    CHECK_INT(seq_ahead(5, 65530), 11);
    CHECK_INT(seq_unwrap(65535, 0), 65536);
    CHECK_INT(seq_unwrap(65536, 65535), 65535);
    CHECK_INT(seq_unwrap(0, 65535), -1);
    CHECK_INT(seq_unwrap(200000, (uint16_t)200100), 200100);
}
