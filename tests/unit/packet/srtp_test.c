#include "media/replay.h"
#include "media/seq.h"
#include "media/srtp.h"
#include "srtp_clear.h"

static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_SHA1_80, SRTP_PROFILE_CM_SHA1_32,
                                             SRTP_PROFILE_GCM_128, SRTP_PROFILE_GCM_256};

static struct srtp_keys keys_of(enum srtp_profile profile)
{
    const struct srtp_shape *shape = srtp_shape(profile);
    uint8_t master[SRTP_KEYS_MASTER_BYTES_MAX];
    struct srtp_keys keys;
    for (size_t i = 0; i < sizeof master; i++)
        master[i] = (uint8_t)(i * 7 + 3);
    CHECK_OK(srtp_keys_derive(profile, master, (size_t)shape->key_bytes + shape->salt_bytes, &keys));
    return keys;
}

TEST(the_session_keys_of_rfc_3711_b3_are_derived)
{
    uint8_t master[30];
    struct srtp_keys k;
    hex("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6", master, sizeof master);
    CHECK_OK(srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, master, sizeof master, &k));
    CHECK_BYTES(k.rtp.key, 16, "C61E7A93744F39EE10734AFE3FF7A087");
    CHECK_BYTES(k.rtp.salt, 14, "30CBBC08863D8C85D49DB34A9AE1");
    CHECK_BYTES(k.rtp.auth, 20, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    CHECK_BYTES(k.rtcp.key, 16, "4c1aa45a81f73d61c800bbb00fbb1eaa");
    CHECK_BYTES(k.rtcp.auth, 20, "8d54534feb49ae8e7993a6bd0b844fc323a93dfd");
    CHECK_BYTES(k.rtcp.salt, 14, "9581c7ad87b3e530bf3e4454a8b3");
    CHECK_ERR(srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, master, 28, &k), ERR_BAD_INPUT);
    CHECK_ERR(srtp_keys_derive((enum srtp_profile)5, master, 30, &k), ERR_BAD_INPUT);
}

TEST(the_long_keys_of_rfc_6188_are_derived)
{
    uint8_t key[32], salt[14], out[32];
    hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6", key, sizeof key);
    hex("3b04803de51ee7c96423ab5b78d2", salt, sizeof salt);
    CHECK_OK(srtp_keys_prf(key, 32, salt, 14, 0, out, 32));
    CHECK_BYTES(out, 32, "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4");
    CHECK_OK(srtp_keys_prf(key, 32, salt, 14, 1, out, 20));
    CHECK_BYTES(out, 20, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05");
    CHECK_OK(srtp_keys_prf(key, 32, salt, 14, 2, out, 14));
    CHECK_BYTES(out, 14, "fa31791685ca444a9e07c6c64e93");
}

static struct srtp_out *out_of(const struct srtp_keys *keys)
{
    struct srtp_out *out = NULL;
    CHECK_OK(srtp_out_new(keys, 16, &out));
    return out;
}
static struct srtp_in *in_of(const struct srtp_keys *keys)
{
    struct srtp_in *in = NULL;
    CHECK_OK(srtp_in_new(keys, 16, &in));
    return in;
}

/* RFC 3711 B.2: the keystream at SSRC 0, index 0 under the given session key and salt. */
TEST(the_keystream_of_rfc_3711_b2_encrypts)
{
    static const uint8_t zeros[48];
    struct srtp_keys k = {.profile = SRTP_PROFILE_CM_SHA1_80};
    size_t bytes;
    hex("2B7E151628AED2A6ABF7158809CF4F3C", k.rtp.key, 16);
    hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD", k.rtp.salt, 14);
    struct srtp_out *out = out_of(&k);
    hex("80600000 00000000 00000000", packet, sizeof packet);
    CHECK_OK(srtp_out_rtp(out, packet, sizeof packet, 12, 0, zeros, sizeof zeros, &bytes));
    srtp_out_free(out);
    CHECK_INT(bytes, 12 + 48 + 10);
    CHECK_BYTES(packet + 12, 48,
                "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
                "41E95B3BB0A2E8DD477901E4FCA894C0");
}

/* RFC 7714 §16.1.1, §16.2.1 and §17: "Quid pro quo", "Gallia est omnis divisa in partes tres". */
static const char gallia[] =
    "8040f17b8041f8d35501a0b2 47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573";
static const char gallia_128[] =
    "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b"
    "36de3adf8833899d7f27beb16a9152cf765ee4390cce";
static const char gallia_256[] =
    "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f"
    "1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13";
static const char mars[] =
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeef"
    "deadbeef";
static const char mars_128[] =
    "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b46"
    "86303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4";
static const char mars_256[] =
    "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658"
    "c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4";

static struct srtp_keys quid_pro_quo(enum srtp_profile profile)
{
    struct srtp_keys k = {.profile = profile};
    hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", k.rtp.key, 32);
    hex("517569642070726f2071756f", k.rtp.salt, 14);
    k.rtcp = k.rtp;
    return k;
}

static void gallia_goes_both_ways(enum srtp_profile profile, const char *wire)
{
    struct srtp_keys k = quid_pro_quo(profile);
    struct srtp_out *out = out_of(&k);
    struct srtp_in *in = in_of(&k);
    uint8_t clear[64];
    size_t clear_bytes = hex(gallia, clear, sizeof clear), bytes;
    memcpy(packet, clear, 12);
    CHECK_OK(srtp_out_rtp(out, packet, sizeof packet, 12, 0, clear + 12, clear_bytes - 12, &bytes));
    CHECK_BYTES(packet, bytes, wire);
    CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
    CHECK_BYTES(r.at, r.bytes, gallia);
    srtp_out_free(out);
    srtp_in_free(in);
}

static void mars_goes_both_ways(enum srtp_profile profile, const char *wire)
{
    struct srtp_keys k = quid_pro_quo(profile);
    struct srtp_out *out = out_of(&k);
    struct srtp_in *in = in_of(&k);
    size_t bytes, clear_bytes = hex(mars, packet, sizeof packet);
    srtp_out_set_rtcp_index(out, 0x5d4);
    CHECK_OK(srtp_out_rtcp(out, packet, clear_bytes, sizeof packet, &bytes));
    CHECK_BYTES(packet, bytes, wire);
    CHECK_OK(srtp_in_rtcp(in, packet, bytes, &bytes));
    CHECK_BYTES(packet, bytes, mars);
    srtp_out_free(out);
    srtp_in_free(in);
}

TEST(the_packets_of_rfc_7714_are_protected_and_unprotected)
{
    gallia_goes_both_ways(SRTP_PROFILE_GCM_128, gallia_128);
    gallia_goes_both_ways(SRTP_PROFILE_GCM_256, gallia_256);
    mars_goes_both_ways(SRTP_PROFILE_GCM_128, mars_128);
    mars_goes_both_ways(SRTP_PROFILE_GCM_256, mars_256);
}

/* A packet of libsrtp's, recorded by baresip's tests: master key of 0x22, salt of 0x44. */
TEST(a_recorded_packet_of_another_hand_is_opened)
{
    uint8_t master[30];
    struct srtp_keys k;
    memset(master, 0x22, 16);
    memset(master + 16, 0x44, 14);
    CHECK_OK(srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, master, sizeof master, &k));
    struct srtp_in *in = in_of(&k);
    size_t bytes =
        hex("800000010000000001020304 f5b44b7e3ad4eb057bc6480c45df6547bb70bcc2 7b136e1f3d3a62821b15", packet,
            sizeof packet);
    CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
    CHECK_BYTES(r.at, r.bytes, "800000010000000001020304 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
    srtp_in_free(in);
}

TEST(packets_of_every_profile_and_length_come_back)
{
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        struct srtp_keys k = keys_of(profiles[p]);
        struct srtp_out *out = out_of(&k);
        struct srtp_in *in = in_of(&k);
        for (uint32_t n = 0; n < 1400; n++) {
            size_t bytes = sealed(out, 7, n, n);
            CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
            is_clear(7, n, n);
        }
        srtp_out_free(out);
        srtp_in_free(in);
    }
}

TEST(any_flipped_bit_is_refused_and_does_no_harm)
{
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        struct srtp_keys k = keys_of(profiles[p]);
        struct srtp_out *out = out_of(&k);
        struct srtp_in *in = in_of(&k);
        uint8_t copy[256];
        size_t bytes = sealed(out, 7, 1, 40);
        memcpy(copy, packet, bytes);
        for (size_t bit = 0; bit < bytes * 8; bit++) {
            memcpy(packet, copy, bytes);
            packet[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(srtp_in_rtp(in, packet, bytes, &r) != OK);
        }
        for (size_t n = 0; n < bytes; n++) {
            memcpy(packet, copy, bytes);
            CHECK(srtp_in_rtp(in, packet, n, &r) != OK);
        }
        memcpy(packet, copy, bytes);
        CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
        is_clear(7, 1, 40);
        bytes = sealed(out, 7, 2, 40);
        packet[bytes - 1] ^= 1; /* an SSRC that is known by now */
        CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_DENIED);
        bytes = sealed(out, 7, 3, 40);
        CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
        is_clear(7, 3, 40);
        srtp_out_free(out);
        srtp_in_free(in);
    }
}

TEST(a_packet_is_taken_once_and_only_while_it_is_young)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = out_of(&k);
    struct srtp_in *in = in_of(&k);
    uint8_t first[128], second[128];
    size_t bytes = sealed(out, 7, 10, 20);
    memcpy(first, packet, bytes);
    CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
    memcpy(packet, first, bytes);
    CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_EXISTS);
    bytes = sealed(out, 7, 11, 20);
    memcpy(second, packet, bytes);
    CHECK_OK(srtp_in_rtp(in, packet, sealed(out, 7, 11 + REPLAY_WINDOW, 20), &r));
    memcpy(packet, second, bytes);
    CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_LIMIT);
    CHECK_OK(srtp_in_rtp(in, packet, sealed(out, 7, 12, 20), &r)); /* the oldest of the window */
    srtp_out_free(out);
    srtp_in_free(in);
}

TEST(wraps_are_counted_in_order_and_out_of_order)
{
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        struct srtp_keys k = keys_of(profiles[p]);
        struct srtp_out *out = out_of(&k);
        struct srtp_in *in = in_of(&k);
        uint8_t late[128];
        size_t bytes, late_bytes = 0;
        for (uint32_t n = 100; n < 200000; n += 23) {
            bytes = sealed(out, 7, n, 8);
            if (n % 5 == 0) { /* arrives after the next one */
                memcpy(late, packet, bytes);
                late_bytes = bytes;
                continue;
            }
            CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
            if (!late_bytes) continue;
            memcpy(packet, late, late_bytes);
            CHECK_OK(srtp_in_rtp(in, packet, late_bytes, &r));
            late_bytes = 0;
        }
        srtp_out_free(out);
        srtp_in_free(in);
    }
}

TEST(a_receiver_that_missed_the_wrap_finds_it)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = out_of(&k);
    struct srtp_in *in = in_of(&k);
    for (uint32_t n = 60000; n < 65536; n += 100)
        (void)sealed(out, 7, n, 8);
    size_t bytes = sealed(out, 7, 65536 + 3, 8);
    CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
    is_clear(7, 65536 + 3, 8);
    CHECK_OK(srtp_in_rtp(in, packet, sealed(out, 7, 65535, 8), &r));
    srtp_out_free(out);
    srtp_in_free(in);
}

TEST(an_index_is_never_used_twice_with_gcm)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_256), cm = keys_of(SRTP_PROFILE_CM_SHA1_80);
    struct srtp_out *out = out_of(&k);
    uint8_t body[8] = {0};
    size_t bytes;
    (void)sealed(out, 7, 5, 8);
    size_t header = clear_packet(packet, 7, 5, 0);
    CHECK_ERR(srtp_out_rtp(out, packet, sizeof packet, header, 0, body, 8, &bytes), ERR_EXISTS);
    (void)sealed(out, 7, 5 + 2 * REPLAY_WINDOW, 8);
    header = clear_packet(packet, 7, 6, 0);
    CHECK_ERR(srtp_out_rtp(out, packet, sizeof packet, header, 0, body, 8, &bytes), ERR_LIMIT);
    srtp_out_free(out);
    out = out_of(&cm);
    (void)sealed(out, 7, 5, 8);
    (void)sealed(out, 7, 5, 8); /* a repeat */
    srtp_out_free(out);
}

TEST(an_ssrc_costs_memory_only_after_it_has_verified)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = out_of(&k);
    struct srtp_in *in = in_of(&k);
    long before = mem_live();
    for (uint32_t ssrc = 100; ssrc < 1100; ssrc++) {
        size_t bytes = clear_packet(packet, ssrc, 1, 100);
        CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_DENIED);
    }
    CHECK_INT(mem_live(), before);
    srtp_out_free(out);
    srtp_in_free(in);
}

TEST(the_ssrc_unused_longest_is_forgotten_and_the_others_are_not)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = NULL;
    struct srtp_in *in = in_of(&k); /* knows 16 */
    uint8_t old[17][64];
    size_t bytes = 0;
    CHECK_OK(srtp_out_new(&k, 40, &out));
    for (uint32_t ssrc = 0; ssrc < 17; ssrc++) {
        bytes = sealed(out, ssrc, 1, 8);
        memcpy(old[ssrc], packet, bytes);
        CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
        if (ssrc == 15) CHECK_OK(srtp_in_rtp(in, packet, sealed(out, 0, 2, 8), &r)); /* 0 is in use again */
    }
    memcpy(packet, old[0], bytes);
    CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_EXISTS);
    memcpy(packet, old[1], bytes); /* forgotten: its replay is not known as one, and begins it anew */
    CHECK_OK(srtp_in_rtp(in, packet, bytes, &r));
    memcpy(packet, old[16], bytes);
    CHECK_ERR(srtp_in_rtp(in, packet, bytes, &r), ERR_EXISTS);
    srtp_out_free(out);
    srtp_in_free(in);
}

TEST(an_outgoing_ssrc_is_never_forgotten)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = out_of(&k);
    uint8_t body[8] = {0};
    size_t bytes;
    for (uint32_t ssrc = 0; ssrc < 16; ssrc++)
        (void)sealed(out, ssrc, 1, 8);
    size_t header = clear_packet(packet, 16, 1, 0);
    CHECK_ERR(srtp_out_rtp(out, packet, sizeof packet, header, 0, body, 8, &bytes), ERR_LIMIT);
    (void)sealed(out, 15, 2, 8);
    srtp_out_free(out);
}

TEST(a_packet_without_room_is_not_written)
{
    struct srtp_keys k = keys_of(SRTP_PROFILE_GCM_128);
    struct srtp_out *out = out_of(&k);
    static const uint8_t body[RTP_BYTES_MAX];
    size_t bytes, header = clear_packet(packet, 16, 3, 0);
    CHECK_ERR(srtp_out_rtp(out, packet, header + 20 + 15, header, 0, body, 20, &bytes), ERR_LIMIT);
    CHECK_ERR(srtp_out_rtp(out, packet, sizeof packet, header, 0, body, sizeof body, &bytes), ERR_LIMIT);
    CHECK_OK(srtp_out_rtp(out, packet, header + 20 + 16, header, 0, body, 20, &bytes));
    CHECK_ERR(srtp_out_rtcp(out, packet, 8, 27, &bytes), ERR_LIMIT);
    srtp_out_set_rtcp_index(out, 0x7fffffff);
    CHECK_OK(srtp_out_rtcp(out, packet, 8, 28, &bytes));
    CHECK_ERR(srtp_out_rtcp(out, packet, 8, 28, &bytes), ERR_LIMIT); /* the index is used up */
    srtp_out_free(out);
}

TEST(control_packets_come_back_once_and_never_in_clear)
{
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        struct srtp_keys k = keys_of(profiles[p]);
        struct srtp_out *out = out_of(&k);
        struct srtp_in *in = in_of(&k);
        for (size_t n = 8; n < 400; n += 4) {
            uint8_t clear[400], copy[512];
            size_t bytes;
            memset(clear, (int)n, sizeof clear);
            hex("80c90001 00000007", clear, sizeof clear);
            memcpy(packet, clear, n);
            CHECK_OK(srtp_out_rtcp(out, packet, n, sizeof packet, &bytes));
            CHECK_INT(bytes, n + 4 + srtp_shape(profiles[p])->rtcp_tag_bytes);
            memcpy(copy, packet, bytes);
            size_t word_at = srtp_shape(profiles[p])->is_aead ? bytes - 4 : n;
            packet[word_at] ^= 0x80; /* says that it is in clear */
            CHECK_ERR(srtp_in_rtcp(in, packet, bytes, &bytes), ERR_DENIED);
            memcpy(packet, copy, sizeof copy);
            packet[n / 2] ^= 1;
            CHECK(srtp_in_rtcp(in, packet, bytes, &bytes) != OK);
            memcpy(packet, copy, sizeof copy);
            size_t back;
            CHECK_OK(srtp_in_rtcp(in, packet, bytes, &back));
            CHECK_INT(back, n);
            CHECK(memcmp(packet, clear, n) == 0);
            memcpy(packet, copy, sizeof copy);
            CHECK_ERR(srtp_in_rtcp(in, packet, bytes, &back), ERR_EXISTS);
        }
        srtp_out_free(out);
        srtp_in_free(in);
    }
}

TEST(the_window_remembers_its_last_thousand_indexes)
{
    struct replay w = {0};
    uint8_t seen[20000] = {0};
    uint32_t random = 9;
    uint64_t top = 0;
    CHECK_OK(replay_check(&w, 500));
    for (int turn = 0; turn < 200000; turn++) {
        random = random * 1664525 + 1013904223;
        uint64_t index = top + (random >> 16) % 1200;
        index = index < 1100 ? index : index - 1100;
        if (index >= sizeof seen) break;
        enum err want = top >= REPLAY_WINDOW && index <= top - REPLAY_WINDOW ? ERR_LIMIT
                        : seen[index]                                        ? ERR_EXISTS
                                                                             : OK;
        CHECK_ERR(replay_check(&w, index), want);
        if (want != OK) continue;
        replay_note(&w, index);
        seen[index] = 1;
        if (index > top) top = index;
    }
    CHECK(top > 10000);
    replay_note(&w, 1ull << 40); /* a leap forgets all */
    CHECK_OK(replay_check(&w, (1ull << 40) - 1));
    CHECK_ERR(replay_check(&w, 1ull << 40), ERR_EXISTS);
    replay_note(&w, 5);
    CHECK_ERR(replay_check(&w, 5), ERR_LIMIT);
}

SWEEP(a_session_is_keyed_and_carries_a_packet)
{
    uint8_t master[28] = {1}, clear[64], at[128];
    struct srtp_keys k;
    struct srtp_out *out = NULL;
    struct srtp_in *in = NULL;
    size_t bytes = clear_packet(clear, 7, 1, 20);
    enum err err = srtp_keys_derive(SRTP_PROFILE_GCM_128, master, sizeof master, &k);
    if (!err) err = srtp_out_new(&k, 4, &out);
    if (!err) err = srtp_in_new(&k, 4, &in);
    memcpy(at, clear, bytes - 20);
    if (!err) err = srtp_out_rtp(out, at, sizeof at, bytes - 20, 0, clear + bytes - 20, 20, &bytes);
    if (!err) err = srtp_in_rtp(in, at, bytes, &r);
    if (!err) CHECK(r.payload_bytes == 20);
    srtp_out_free(out);
    srtp_in_free(in);
    return err;
}
