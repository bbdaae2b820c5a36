/* Our SRTP and libsrtp2 open each other's packets. A program of its own: it is built where libsrtp2-dev is.
 * */
#include "media/srtp.h"
#include "srtp_clear.h"
#include <srtp2/srtp.h>

static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_SHA1_80, SRTP_PROFILE_CM_SHA1_32,
                                             SRTP_PROFILE_GCM_128, SRTP_PROFILE_GCM_256};

/* The other end is libsrtp2, keyed with the same master key. */
static srtp_t theirs_new(enum srtp_profile profile, const uint8_t *master, bool is_inbound)
{
    static const srtp_profile_t names[] = {[SRTP_PROFILE_CM_SHA1_80] = srtp_profile_aes128_cm_sha1_80,
                                           [SRTP_PROFILE_CM_SHA1_32] = srtp_profile_aes128_cm_sha1_32,
                                           [SRTP_PROFILE_GCM_128] = srtp_profile_aead_aes_128_gcm,
                                           [SRTP_PROFILE_GCM_256] = srtp_profile_aead_aes_256_gcm};
    srtp_policy_t policy;
    srtp_t theirs = NULL;
    uint8_t key[SRTP_KEYS_MASTER_BYTES_MAX];
    memset(&policy, 0, sizeof policy);
    memcpy(key, master, sizeof key);
    CHECK_INT(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, names[profile]), srtp_err_status_ok);
    CHECK_INT(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, names[profile]), srtp_err_status_ok);
    policy.ssrc.type = is_inbound ? ssrc_any_inbound : ssrc_any_outbound;
    policy.key = key;
    policy.window_size = 1024;
    CHECK_INT(srtp_create(&theirs, &policy), srtp_err_status_ok);
    return theirs;
}

TEST(libsrtp_and_we_open_each_others_packets)
{
    CHECK_INT(srtp_init(), srtp_err_status_ok);
    for (size_t p = 0; p < COUNT_OF(profiles); p++) {
        const struct srtp_shape *shape = srtp_shape(profiles[p]);
        uint8_t master[SRTP_KEYS_MASTER_BYTES_MAX], clear[1600];
        struct srtp_keys k;
        for (size_t i = 0; i < sizeof master; i++)
            master[i] = (uint8_t)(i * 31 + p);
        CHECK_OK(srtp_keys_derive(profiles[p], master, (size_t)shape->key_bytes + shape->salt_bytes, &k));
        struct srtp_out *out = NULL;
        struct srtp_in *in = NULL;
        CHECK_OK(srtp_out_new(&k, 16, &out));
        CHECK_OK(srtp_in_new(&k, 16, &in));
        srtp_t their_in = theirs_new(profiles[p], master, true),
               their_out = theirs_new(profiles[p], master, false);
        for (uint32_t n = 30000; n < 140000; n += n % 2 ? 41 : 2) {
            size_t payload = n % 1200;
            uint32_t ssrc = 1 + n % 3;
            size_t bytes = sealed(out, ssrc, n, payload), clear_bytes = clear_packet(clear, ssrc, n, payload);
            int theirs = (int)bytes;
            CHECK_INT(srtp_unprotect(their_in, packet, &theirs), srtp_err_status_ok);
            CHECK_INT(theirs, clear_bytes);
            CHECK(memcmp(packet, clear, clear_bytes) == 0);
            CHECK_INT(srtp_protect(their_out, packet, &theirs), srtp_err_status_ok);
            CHECK_OK(srtp_in_rtp(in, packet, (size_t)theirs, &r));
            is_clear(ssrc, n, payload);
        }
        for (size_t n = 8; n < 1400; n += 4) {
            size_t bytes;
            memset(clear, (int)n, sizeof clear);
            hex("80c90001 00000007", clear, sizeof clear);
            memcpy(packet, clear, n);
            CHECK_OK(srtp_out_rtcp(out, packet, n, sizeof packet, &bytes));
            int theirs = (int)bytes;
            CHECK_INT(srtp_unprotect_rtcp(their_in, packet, &theirs), srtp_err_status_ok);
            CHECK_INT(theirs, n);
            CHECK(memcmp(packet, clear, n) == 0);
            CHECK_INT(srtp_protect_rtcp(their_out, packet, &theirs), srtp_err_status_ok);
            CHECK_OK(srtp_in_rtcp(in, packet, (size_t)theirs, &bytes));
            CHECK_INT(bytes, n);
            CHECK(memcmp(packet, clear, n) == 0);
        }
        srtp_dealloc(their_in);
        srtp_dealloc(their_out);
        srtp_out_free(out);
        srtp_in_free(in);
    }
    srtp_shutdown();
}
