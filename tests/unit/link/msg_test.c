#include "base/rnd.h"
#include "link/msg.h"
#include "tests/unit/check.h"

static const struct link_msg samples[] = {
    {.type = LINK_HELLO, .hello = {LINK_VERSION, 3, 4711, 7}},
    {.type = LINK_CONFIG,
     .config = {LINK_VERSION,
                3,
                {4, {192, 0, 2, 7}, 8447},
                {6, {0x20, 1, 0xd, 0xb8, [15] = 1}, 0},
                50,
                200,
                4 << 20,
                1000,
                {4, {192, 0, 2, 7}, 443},
                4,
                STR("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
                {4, {192, 0, 2, 7}, 5004},
                {4, {192, 0, 2, 9}, 0},
                96,
                STR("\xff\x80 not text")}},
    {.type = LINK_READY, .ready = {{4, {192, 0, 2, 7}, 8447}, true, true, 7}},
    {.type = LINK_PING, .ping = {0x0102030405060708}},
    {.type = LINK_PONG, .pong = {UINT64_MAX}},
    {.type = LINK_STATS, .stats = {1, 2, 3, 4, 5, 6, 7, 8, 9}},
    {.type = LINK_DRAIN, .drain = {30000}},
    {.type = LINK_BYE, .bye = {LINK_BYE_PORT_TAKEN}},
    {.type = LINK_ROOM_OPEN, .room_open = {7}},
    {.type = LINK_ROOM_CLOSE, .room_close = {7}},
    {.type = LINK_ROOM_PRIVATE, .room_private = {7, 2, {11, 12}}},
    {.type = LINK_PEER_OFFER,
     .peer_offer = {7, 11, 21, 31, LINK_DOWN, STR("v=0\r\n"), {2, {{41, STR("0")}, {42, STR("")}}}}},
    {.type = LINK_PEER_COUNTER, .peer_counter = {7, 11, 21, 31, {1, {{41, STR("")}}}}},
    {.type = LINK_PEER_ACCEPT, .peer_accept = {21, 31, STR("v=0\r\n")}},
    {.type = LINK_PEER_PATCH, .peer_patch = {21, 31, true, STR("a=ice-ufrag:abcd\r\n")}},
    {.type = LINK_PEER_CLOSE, .peer_close = {21}},
    {.type = LINK_TRACK_WATCH, .track_watch = {21, 41, true, 200, 1280, 720}},
    {.type = LINK_TRACK_MUTE, .track_mute = {41, true}},
    {.type = LINK_CERTIFICATE, .certificate = {STR("-----BEGIN"), STR("-----BEGIN")}},
    {.type = LINK_ICE_ASK, .ice_ask = {31, 3600}},
    {.type = LINK_ICE_GRANT, .ice_grant = {31, STR("1790000000:p"), STR("secret")}},
    {.type = LINK_PEER_ANSWER,
     .peer_answer = {21, 31, LINK_REFUSED, STR(""), STR("none of the codecs is ours")}},
    {.type = LINK_PEER_STATE, .peer_state = {21, LINK_CONNECTED}},
    {.type = LINK_TRACK_ADDED, .track_added = {7, 11, 21, 41, LINK_VIDEO, LINK_VP8, 3, STR("1")}},
    {.type = LINK_TRACK_GONE, .track_gone = {7, 11, 21, 41}},
    {.type = LINK_SPEAKER, .speaker = {7, 11, 41}},
    {.type = LINK_QUALITY,
     .quality = {21, 40, 3, 1000, 900000, 800000, 0, 1, {{41, 1, 2, LINK_HELD_RATE, 640, 360, 500000}}}},
    {.type = LINK_TRACK_WANTED, .track_wanted = {7, 41, 2, true}},
    {.type = LINK_CODEC_ASK},
    {.type = LINK_CODEC_GIVE, .codec_give = {LINK_CODEC_OWN_BELL}},
    {.type = LINK_CODEC_GONE},
    {.type = LINK_STILL_ASK, .still_ask = {31, 41}},
    {.type = LINK_STILL_PART, .still_part = {31, 32768, STR("\x89PNG\xff")}},
    {.type = LINK_STILL_DONE,
     .still_done = {31, LINK_STILL_MADE, LINK_CLOCK_SOURCE, 32773, 1920, 1080, 1790000000123}},
    {.type = LINK_PEER_SAVE, .peer_save = {21, true}},
    {.type = LINK_LEG, .leg = {21, LINK_LEG_WAY, 41, 42}},
    {.type = LINK_FILM_SET, .film_set = {51, 41, 42, 1, STR("0123456789abcdef\xff\x80 23456789abcde")}},
    {.type = LINK_FILM_END, .film_end = {51}},
    {.type = LINK_FILM_PART, .film_part = {51, 1, 5000000000, STR("YQREC1\xff")}},
    {.type = LINK_FILM_DONE, .film_done = {51, 1, 5000000007, STR("0123456789abcdef\xff\x80 23456789abcde")}},
    {.type = LINK_FILM_GONE, .film_gone = {51}},
    {.type = LINK_PEER_LANE, .peer_lane = {21, 7}},
    {.type = LINK_ENDPOINT, .endpoint = {7, 11, 21}},
};

static enum link_side sender(const struct link_msg *m)
{
    bool is_servers = m->type == LINK_CONFIG || m->type == LINK_PING || m->type == LINK_DRAIN ||
                      (m->type >= LINK_ROOM_OPEN && m->type <= LINK_ICE_ASK) ||
                      (m->type >= LINK_CODEC_GIVE && m->type <= LINK_STILL_ASK) ||
                      m->type == LINK_PEER_SAVE || m->type == LINK_PEER_LANE || m->type == LINK_ENDPOINT ||
                      m->type == LINK_FILM_SET || m->type == LINK_FILM_END;
    return is_servers ? LINK_SERVER : LINK_WORKER;
}

TEST(every_message_reads_back_as_it_was_written)
{
    CHECK_INT(COUNT_OF(samples), LINK_TYPES - 1);
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        uint8_t bytes[LINK_BYTES_MAX], again[LINK_BYTES_MAX];
        struct link_msg back;
        size_t n = link_msg_encode(&samples[i], bytes);
        CHECK_OK(link_msg_decode(bytes, n, sender(&samples[i]), &back));
        CHECK_INT(back.type, samples[i].type);
        CHECK_INT(link_msg_encode(&back, again), n);
        CHECK(memcmp(bytes, again, n) == 0);
    }
}

TEST(the_bytes_lie_as_the_header_draws_them)
{
    static const uint8_t hello[] = {'Y', 'q', 1, 0, 9, 0, 0, 0, LINK_VERSION, 0, 3, 0, 0x67, 0x12, 0, 0, 7};
    static const uint8_t ping[] = {'Y', 'q', 4, 0, 8, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1};
    static const uint8_t ready[] = {'Y', 'q', 3, 0, 22, 0, 0, 0, 4, 192, 0,    2,    7, 0, 0,
                                    0,   0,   0, 0, 0,  0, 0, 0, 0, 0,   0xff, 0x20, 1, 1, 7};
    uint8_t bytes[LINK_BYTES_MAX];
    CHECK_INT(link_msg_encode(&samples[0], bytes), sizeof hello);
    CHECK(memcmp(bytes, hello, sizeof hello) == 0);
    CHECK_INT(link_msg_encode(&samples[3], bytes), sizeof ping);
    CHECK(memcmp(bytes, ping, sizeof ping) == 0);
    CHECK_INT(link_msg_encode(&samples[2], bytes), sizeof ready);
    CHECK(memcmp(bytes, ready, sizeof ready) == 0);
    CHECK_INT(link_msg_encode(&samples[1], bytes),
              8 + 4 + 19 + 19 + 16 + 19 + 2 + 4 + 43 + 19 + 19 + 1 + 4 + 11);
    CHECK_INT(link_msg_encode(&samples[5], bytes), 8 + 64);
}

TEST(a_message_of_another_length_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        uint8_t bytes[LINK_BYTES_MAX] = {0};
        struct link_msg back = {.type = LINK_TYPES};
        size_t n = link_msg_encode(&samples[i], bytes);
        for (size_t shorter = 0; shorter < n; shorter++) {
            CHECK_ERR(link_msg_decode(bytes, shorter, sender(&samples[i]), &back), ERR_BAD_INPUT);
            if (shorter < LINK_HEAD_BYTES) continue;
            bytes[4] = (uint8_t)(shorter - LINK_HEAD_BYTES); /* the head agrees; the type does not */
            enum err err = link_msg_decode(bytes, shorter, sender(&samples[i]), &back);
            CHECK(err == ERR_BAD_INPUT);
            bytes[4] = (uint8_t)(n - LINK_HEAD_BYTES);
        }
        CHECK_ERR(link_msg_decode(bytes, n + 1, sender(&samples[i]), &back), ERR_BAD_INPUT);
        bytes[4]++;
        CHECK_ERR(link_msg_decode(bytes, n + 1, sender(&samples[i]), &back), ERR_BAD_INPUT);
        CHECK_INT(back.type, LINK_TYPES); /* untouched */
    }
}

TEST(a_message_from_the_wrong_side_is_refused)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        if (samples[i].type == LINK_BYE) continue;
        uint8_t bytes[LINK_BYTES_MAX];
        struct link_msg back;
        size_t n = link_msg_encode(&samples[i], bytes);
        enum link_side wrong = sender(&samples[i]) == LINK_SERVER ? LINK_WORKER : LINK_SERVER;
        CHECK_ERR(link_msg_decode(bytes, n, wrong, &back), ERR_BAD_INPUT);
    }
}

TEST(an_unknown_type_or_head_is_refused)
{
    uint8_t bytes[LINK_BYTES_MAX];
    struct link_msg back;
    size_t n = link_msg_encode(&samples[3], bytes);
    static const int places[] = {0, 1, 2, 3};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        bytes[places[i]] ^= 0x40;
        CHECK_ERR(link_msg_decode(bytes, n, LINK_SERVER, &back), ERR_BAD_INPUT);
        bytes[places[i]] ^= 0x40;
    }
    bytes[2] = 0;
    CHECK_ERR(link_msg_decode(bytes, n, LINK_SERVER, &back), ERR_BAD_INPUT);
    bytes[2] = LINK_TYPES;
    CHECK_ERR(link_msg_decode(bytes, n, LINK_SERVER, &back), ERR_BAD_INPUT);
}

static enum err decode_with(size_t sample, size_t at, uint8_t value)
{
    uint8_t bytes[LINK_BYTES_MAX];
    struct link_msg back;
    size_t n = link_msg_encode(&samples[sample], bytes);
    bytes[at] = value;
    return link_msg_decode(bytes, n, sender(&samples[sample]), &back);
}

TEST(values_out_of_their_range_are_refused)
{
    CHECK_ERR(decode_with(0, 10, LINK_INDEX_MAX + 1), ERR_BAD_INPUT); /* HELLO.index */
    CHECK_ERR(decode_with(0, 15, 0x80), ERR_BAD_INPUT);               /* HELLO.pid above INT32_MAX */
    CHECK_ERR(decode_with(1, 12, 0), ERR_BAD_INPUT); /* CONFIG.bind: a family must be there */
    CHECK_ERR(decode_with(1, 12, 5), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(1, 20, 1), ERR_BAD_INPUT); /* a stray byte behind an IPv4 address */
    CHECK_ERR(decode_with(2, 27, 2), ERR_BAD_INPUT); /* READY.no_new_privileges: neither no nor yes */
    CHECK_ERR(decode_with(7, 8, 0), ERR_BAD_INPUT);  /* BYE.reason */
    CHECK_ERR(decode_with(7, 8, LINK_REASONS), ERR_BAD_INPUT);
    CHECK_OK(decode_with(7, 8, LINK_REASONS - 1));
}

/* ROOM_PRIVATE: | head 8 | room 4 | count 2 | 11 | 12 |; ICE_GRANT: | head 8 | request 4 | bytes 4 | …;
 * PEER_OFFER's text begins at 8 + 17 + 4. */
TEST(lists_and_texts_keep_to_their_maxima_and_to_the_body)
{
    size_t private = LINK_ROOM_PRIVATE - 1, grant = LINK_ICE_GRANT - 1, offer = LINK_PEER_OFFER - 1;
    CHECK_ERR(decode_with(private, 12, 1), ERR_BAD_INPUT); /* bytes are left over */
    CHECK_ERR(decode_with(private, 12, 3), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(private, 12, LINK_PARTICIPANTS_MAX + 1), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(private, 13, 0xff), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(private, 14, 0), ERR_BAD_INPUT); /* participant 0 */
    CHECK_ERR(decode_with(grant, 12, 13), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(grant, 12, LINK_CREDENTIAL_BYTES_MAX + 1), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(grant, 15, 0xff), ERR_BAD_INPUT);
    CHECK_ERR(decode_with(offer, 29, 0), ERR_BAD_INPUT); /* no UTF-8 text has a NUL */
    CHECK_ERR(decode_with(offer, 29, 0xff), ERR_BAD_INPUT);
    CHECK_OK(decode_with(offer, 29, 'w'));
}

TEST(a_session_description_of_64_KiB_with_all_its_binds_fits)
{
    static char sdp[LINK_SDP_BYTES_MAX];
    static uint8_t bytes[LINK_BYTES_MAX];
    struct link_msg m = {.type = LINK_PEER_OFFER,
                         .peer_offer = {1, 2, 3, 4, LINK_DOWN, {sdp, sizeof sdp}, {0}}},
                    back;
    memset(sdp, 'a', sizeof sdp);
    m.peer_offer.binds.count = LINK_BINDS_MAX;
    for (int i = 0; i < LINK_BINDS_MAX; i++)
        m.peer_offer.binds.at[i] = (struct link_bind){1 + (uint32_t)i, {sdp, LINK_MID_BYTES_MAX}};
    size_t n = link_msg_encode(&m, bytes);
    CHECK_OK(link_msg_decode(bytes, n, LINK_SERVER, &back));
    CHECK_INT(back.peer_offer.sdp.bytes, sizeof sdp);
    CHECK_INT(back.peer_offer.binds.count, LINK_BINDS_MAX);
    CHECK_INT(back.peer_offer.binds.at[LINK_BINDS_MAX - 1].track, LINK_BINDS_MAX);
    CHECK_INT(back.peer_offer.binds.at[LINK_BINDS_MAX - 1].mid.bytes, LINK_MID_BYTES_MAX);
}

TEST(another_version_is_told_apart_from_nonsense)
{
    CHECK_ERR(decode_with(0, 8, LINK_VERSION + 1), ERR_UNSUPPORTED);
    CHECK_ERR(decode_with(1, 8, LINK_VERSION + 1), ERR_UNSUPPORTED);
    /* … even when that version's HELLO is longer than ours */
    uint8_t bytes[LINK_BYTES_MAX] = {0};
    struct link_msg back;
    size_t n = link_msg_encode(&samples[0], bytes);
    bytes[8] = LINK_VERSION + 1;
    bytes[4] += 5;
    CHECK_ERR(link_msg_decode(bytes, n + 5, LINK_WORKER, &back), ERR_UNSUPPORTED);
}

TEST(random_bytes_never_read_as_more_than_they_are)
{
    rnd_seed(20261123);
    long turns = check_count(20000, 2000000), read = 0;
    for (long i = 0; i < turns; i++) {
        uint8_t bytes[128], again[LINK_BYTES_MAX];
        struct link_msg back;
        size_t n = (size_t)rnd_below(sizeof bytes);
        rnd_bytes(bytes, sizeof bytes);
        if (n >= 8 && rnd_below(4)) {
            bytes[0] = 'Y', bytes[1] = 'q', bytes[2] = (uint8_t)rnd_below(LINK_TYPES + 1), bytes[3] = 0;
            bytes[4] = (uint8_t)(n - 8), bytes[5] = bytes[6] = bytes[7] = 0;
        }
        enum link_side from = rnd_below(2) ? LINK_SERVER : LINK_WORKER;
        if (link_msg_decode(bytes, n, from, &back) != OK) continue;
        read++;
        CHECK_INT(link_msg_encode(&back, again), n);
        CHECK(memcmp(bytes, again, n) == 0);
    }
    rnd_seed(0);
    CHECK(read > 0);
}

TEST(names_for_people_exist_for_every_type_and_reason)
{
    for (int t = 1; t < LINK_TYPES; t++)
        CHECK(strcmp(link_type_text((enum link_type)t), "unknown") != 0);
    for (uint16_t r = 1; r < LINK_REASONS; r++)
        CHECK(strcmp(link_reason_text(r), "unknown reason") != 0);
    CHECK_STR(str_of(link_reason_text(0)), "unknown reason");
    CHECK_STR(str_of(link_reason_text(UINT16_MAX)), "unknown reason");
    CHECK_STR(str_of(link_type_text(LINK_TYPES)), "unknown");
    for (uint8_t t = 1; t < LINK_STATUSES; t++)
        CHECK(strcmp(link_status_text(t), "unknown status") != 0);
    CHECK_STR(str_of(link_status_text(0)), "unknown status");
    CHECK_STR(str_of(link_status_text(LINK_STATUSES)), "unknown status");
}
