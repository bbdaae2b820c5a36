#include "hex.h"
#include "media/stun.h"

/* RFC 5769, the sample messages. */
static const char request_hex[] = "000100582112a442b7e7a701bc34d686fa87dfae"
                                  "802200105354554e207465737420636c69656e74"
                                  "002400046e0001ff80290008932ff9b151263b36"
                                  "000600096576746a3a68367659202020"
                                  "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";
static const char answer4_hex[] = "0101003c2112a442b7e7a701bc34d686fa87dfae"
                                  "8022000b7465737420766563746f7220002000080001a147e112a643"
                                  "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
static const char answer6_hex[] =
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";
static const char long_term_hex[] =
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";
#define PASSWORD STR("VOkJxbRl1RmTxUk/WvJxBt")

static uint8_t packet[512];
static struct stun s;

static void parse(const char *text)
{
    size_t bytes = hex(text, packet, sizeof packet);
    CHECK_OK(stun_parse(packet, bytes, &s));
}

TEST(the_sample_request_of_rfc_5769_is_read_and_verified)
{
    parse(request_hex);
    CHECK_INT(s.class, STUN_REQUEST);
    CHECK_INT(s.method, STUN_BINDING);
    CHECK_STR(s.software, "STUN test client");
    CHECK_STR(s.username, "evtj:h6vY");
    CHECK(s.has_priority && s.priority == 0x6e0001ff);
    CHECK(s.has_controlled && !s.has_controlling && s.tie_breaker == 0x932ff9b151263b36);
    CHECK(s.has_fingerprint && !s.use_candidate && s.unknown_count == 0);
    CHECK(stun_is_signed(&s, PASSWORD));
    CHECK(!stun_is_signed(&s, STR("VOkJxbRl1RmTxUk/WvJxBu")));
}

TEST(the_sample_answers_of_rfc_5769_are_read_and_verified)
{
    char text[LINK_ADDRESS_TEXT_BYTES];
    parse(answer4_hex);
    CHECK_INT(s.class, STUN_SUCCESS);
    link_address_text(&s.mapped, text);
    CHECK_STR(str_of(text), "192.0.2.1:32853");
    CHECK(stun_is_signed(&s, PASSWORD) && s.has_fingerprint);
    parse(answer6_hex);
    link_address_text(&s.mapped, text);
    CHECK_STR(str_of(text), "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
    CHECK(stun_is_signed(&s, PASSWORD) && s.has_fingerprint);
}

TEST(the_sample_request_with_long_term_credentials_is_verified)
{
    uint8_t key[STUN_LONG_TERM_KEY_BYTES];
    parse(long_term_hex);
    CHECK_STR(s.realm, "example.org");
    CHECK_STR(s.nonce, "f//499k954d6OL34oL9FSTvy64sA");
    CHECK(!s.has_fingerprint);
    CHECK_OK(stun_long_term_key(s.username, s.realm, STR("TheMatrIX"), key));
    CHECK(stun_is_signed(&s, (struct str){(char *)key, sizeof key}));
}

TEST(an_answer_is_written_as_rfc_5769_has_it)
{
    uint8_t answer[256];
    struct stun_out o;
    struct link_address a;
    parse(request_hex);
    CHECK_OK(link_address_from_text(STR("192.0.2.1:32853"), &a));
    stun_start_answer(&o, answer, sizeof answer, STUN_SUCCESS, &s);
    stun_add(&o, STUN_AT_SOFTWARE, "test vector", 11);
    o.at[35] = ' '; /* the sample pads with a blank */
    stun_add_address(&o, STUN_AT_XOR_MAPPED_ADDRESS, &a);
    stun_add_integrity(&o, PASSWORD);
    stun_add_fingerprint(&o);
    CHECK_BYTES(answer, stun_end(&o), answer4_hex);
}

TEST(a_flipped_bit_anywhere_is_noticed)
{
    size_t bytes = hex(request_hex, packet, sizeof packet);
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
        /* a flip in its own type hides the fingerprint; that it is absent is seen as well */
        CHECK(stun_parse(packet, bytes, &s) != OK || !s.has_fingerprint);
        packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK_OK(stun_parse(packet, bytes, &s));
}

TEST(a_message_cut_short_or_lengthened_is_refused)
{
    size_t bytes = hex(request_hex, packet, sizeof packet);
    for (size_t n = 0; n < bytes; n++)
        CHECK_ERR(stun_parse(packet, n, &s), ERR_BAD_INPUT);
    CHECK_ERR(stun_parse(packet, bytes + 4, &s), ERR_BAD_INPUT);
}

static size_t built(const uint8_t *attributes, size_t bytes)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "abcdefghijkl";
    struct stun_out o;
    stun_start(&o, packet, sizeof packet, STUN_REQUEST, STUN_BINDING, id);
    memcpy(packet + STUN_HEADER_BYTES, attributes, bytes);
    packet[3] = (uint8_t)bytes;
    return STUN_HEADER_BYTES + bytes;
}

TEST(attributes_of_the_wrong_size_are_refused)
{
    static const char *const wrong[] = {
        "0024000300000000",                         /* PRIORITY of three bytes */
        "0025000400000000",                         /* USE-CANDIDATE with a value */
        "802a000411111111",                         /* ICE-CONTROLLING of four */
        "002000080003a147e112a643",                 /* an address of no family */
        "002000080002a147e112a643",                 /* IPv6 in eight bytes */
        "0020000400010000",                         /* an address without one */
        "000900030000040000",                       /* too short for a code (and a byte too many) */
        "0009000400000700",                         /* 700 */
        "0009000400000464",                         /* 500 by a rest of 100 */
        "0008001011111111111111111111111111111111", /* integrity of sixteen bytes */
        "000d00080000000000000000",                 /* LIFETIME of eight */
        "00060008616263",                           /* runs over the end */
        "0006ffff",                                 /* and far over it */
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        uint8_t attributes[64];
        size_t n = hex(wrong[i], attributes, sizeof attributes);
        CHECK_ERR(stun_parse(packet, built(attributes, n), &s), ERR_BAD_INPUT);
    }
}

TEST(what_follows_the_integrity_does_not_count)
{
    uint8_t attributes[64];
    size_t n = hex("00080014"
                   "0000000000000000000000000000000000000000"
                   "00250000"
                   "00060004"
                   "61623a63",
                   attributes, sizeof attributes);
    CHECK_OK(stun_parse(packet, built(attributes, n), &s));
    CHECK(!s.use_candidate && !s.has_username);
}

TEST(an_attribute_that_must_be_understood_is_listed_and_the_others_passed_over)
{
    uint8_t attributes[64], answer[128];
    struct stun_out o;
    size_t n = hex("7001000461626364"
                   "c057000400000032"
                   "7002000100000000",
                   attributes, sizeof attributes);
    CHECK_OK(stun_parse(packet, built(attributes, n), &s));
    CHECK_INT(s.unknown_count, 2);
    CHECK(s.unknown[0] == 0x7001 && s.unknown[1] == 0x7002);
    stun_start_answer(&o, answer, sizeof answer, STUN_FAILURE, &s);
    stun_add_error(&o, 420);
    stun_add_unknown(&o, &s);
    CHECK_BYTES(answer + 20, stun_end(&o) - 20,
                "00090015"
                "00000414"
                "556e6b6e6f776e20417474726962757465"
                "000000"
                "000a0004"
                "70017002");
    CHECK_OK(stun_parse(answer, stun_end(&o), &s));
    CHECK_INT(s.error_code, 420);
    CHECK_STR(s.error_reason, "Unknown Attribute");
}

TEST(the_first_of_equal_attributes_counts)
{
    uint8_t attributes[64];
    size_t n = hex("00060003613a6200"
                   "00060003633a6400"
                   "0024000400000001"
                   "0024000400000002"
                   "000c000440000000"
                   "000c000440010000",
                   attributes, sizeof attributes);
    CHECK_OK(stun_parse(packet, built(attributes, n), &s));
    CHECK_STR(s.username, "a:b");
    CHECK_INT(s.priority, 1);
    CHECK_INT(s.channel, 0x4000);
}

TEST(more_attributes_than_any_peer_sends_are_refused)
{
    uint8_t attributes[(STUN_ATTRIBUTES_MAX + 1) * 4];
    for (size_t i = 0; i < sizeof attributes; i += 4)
        memcpy(attributes + i, "\xc0\x01\x00\x00", 4);
    for (size_t i = 0; i < sizeof attributes; i += 4)
        attributes[i + 1] = 0x99; /* nobody's, and of no length */
    CHECK_OK(stun_parse(packet, built(attributes, STUN_ATTRIBUTES_MAX * 4), &s));
    CHECK_ERR(stun_parse(packet, built(attributes, sizeof attributes), &s), ERR_BAD_INPUT);
}

TEST(every_peer_of_a_permission_request_is_found)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "abcdefghijkl";
    struct stun_out o;
    struct link_address a = {4, {192, 0, 2, 1}, 1}, found;
    size_t at = 0;
    stun_start(&o, packet, sizeof packet, STUN_REQUEST, STUN_CREATE_PERMISSION, id);
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, &a);
    stun_add_u32(&o, STUN_AT_LIFETIME, 600);
    a.port = 2;
    stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, &a);
    CHECK_OK(stun_parse(packet, stun_end(&o), &s));
    CHECK(s.is_peer_repeated && s.xor_peer.port == 1 && s.lifetime_s == 600);
    CHECK(stun_next_peer(&s, &at, &found) && found.port == 1);
    CHECK(stun_next_peer(&s, &at, &found) && found.port == 2);
    CHECK(!stun_next_peer(&s, &at, &found));
}

TEST(every_class_and_method_comes_back_as_written)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "abcdefghijkl";
    for (unsigned method = 0; method < 0x100; method++)
        for (int class = 0; class < 4; class ++) {
            struct stun_out o;
            stun_start(&o, packet, sizeof packet, (enum stun_class) class, (uint16_t)method, id);
            CHECK_OK(stun_parse(packet, stun_end(&o), &s));
            CHECK(s.class == (enum stun_class) class && s.method == method);
        }
}

TEST(a_buffer_too_small_fails_once_and_for_all)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "abcdefghijkl";
    for (size_t room = 0; room < 20 + 12 + 24 + 8; room++) {
        struct stun_out o;
        stun_start(&o, packet, room, STUN_REQUEST, STUN_BINDING, id);
        stun_add(&o, STUN_AT_USERNAME, "abcde", 5);
        stun_add_integrity(&o, STR("key"));
        stun_add_fingerprint(&o);
        CHECK_INT(stun_end(&o), 0);
    }
}

TEST(a_user_name_has_two_halves)
{
    struct str ours, theirs;
    CHECK(stun_username_split(STR("evtj:h6vY"), &ours, &theirs));
    CHECK_STR(ours, "evtj");
    CHECK_STR(theirs, "h6vY");
    CHECK(!stun_username_split(STR("evtj"), &ours, &theirs));
    CHECK(!stun_username_split(STR("evtj:"), &ours, &theirs));
    CHECK(!stun_username_split(STR(":h6vY"), &ours, &theirs));
    CHECK(!stun_username_split(STR(""), &ours, &theirs));
}
