/* Hostile packets do not pass and do no harm: a good packet before, between and after them is taken as ever.
 * The first byte chooses the profile, the second whether the rest stands as it is or as a change to a packet
 * that verifies. */
#include "base/mem.h"
#include "media/srtp.h"
#include "tests/fuzz/fuzz.h"

static const enum srtp_profile profiles[] = {SRTP_PROFILE_CM_SHA1_80, SRTP_PROFILE_CM_SHA1_32,
                                             SRTP_PROFILE_GCM_128, SRTP_PROFILE_GCM_256};
struct ends {
    struct srtp_in *in;
    struct srtp_out *out;
    uint16_t seq;
};

static enum err ends_init(struct ends *e, enum srtp_profile profile)
{
    static const uint8_t master[SRTP_KEYS_MASTER_BYTES_MAX] = {1, 2, 3};
    const struct srtp_shape *shape = srtp_shape(profile);
    struct srtp_keys keys;
    enum err err = srtp_keys_derive(profile, master, (size_t)shape->key_bytes + shape->salt_bytes, &keys);
    if (!err) err = srtp_in_new(&keys, 4, &e->in);
    if (!err) err = srtp_out_new(&keys, 4, &e->out);
    return err;
}

static size_t good_packet(struct ends *e, uint8_t at[256])
{
    static const uint8_t body[] = "a good packet";
    struct rtp_head h = {.payload_type = 96, .seq = ++e->seq, .ssrc = 0xfeed};
    size_t bytes = rtp_write(&h, true, at, 64);
    return srtp_out_rtp(e->out, at, 256, bytes, 0, body, sizeof body, &bytes) == OK ? bytes : 0;
}

static void good_passes(struct ends *e)
{
    uint8_t at[256];
    struct rtp r;
    size_t bytes = good_packet(e, at);
    if (bytes == 0) return; /* out of memory */
    enum err err = srtp_in_rtp(e->in, at, bytes, &r);
    ASSERT(err == OK || err == ERR_NOMEM);
    if (!err) ASSERT(memcmp(rtp_payload(&r), "a good packet", 14) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t copy[RTP_BYTES_MAX + 64];
    struct ends e = {0};
    struct rtp r;
    size_t left;
    if (n < 2 || n - 2 > sizeof copy) return 0;
    if (ends_init(&e, profiles[bytes[0] % 4]) != OK) goto out;
    good_passes(&e);
    if (bytes[1] & 1) {
        uint8_t at[256];
        size_t good = good_packet(&e, at), changes = 0;
        for (size_t i = 2; i + 1 < n && good; i += 2) {
            at[bytes[i] % good] ^= bytes[i + 1];
            changes += bytes[i + 1] != 0;
        }
        if (changes == 1) ASSERT(srtp_in_rtp(e.in, at, good, &r) != OK);
    }
    memcpy(copy, bytes + 2, n - 2);
    ASSERT(srtp_in_rtp(e.in, copy, n - 2, &r) != OK);
    memcpy(copy, bytes + 2, n - 2);
    ASSERT(srtp_in_rtcp(e.in, copy, n - 2, &left) != OK);
    good_passes(&e);
out:
    srtp_in_free(e.in);
    srtp_out_free(e.out);
    return 0;
}
