/* What a packet costs: our SRTP beside Debian's libsrtp2, the same profile, sizes and machine, taken in turns
 * so that a busy neighbour slows both. Prints the best of the turns; `figure` lines are for machines. */
#include "media/srtp.h"
#include "base/clock.h"
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>

enum { PACKETS = 20000, TURNS = 7, BATCH = 64 };
static const struct {
    enum srtp_profile ours;
    srtp_profile_t theirs;
    const char *name;
} profiles[] = {{SRTP_PROFILE_GCM_128, srtp_profile_aead_aes_128_gcm, "gcm128"},
                {SRTP_PROFILE_GCM_256, srtp_profile_aead_aes_256_gcm, "gcm256"},
                {SRTP_PROFILE_CM_SHA1_80, srtp_profile_aes128_cm_sha1_80, "cm_sha1_80"}};
static uint8_t master[SRTP_KEYS_MASTER_BYTES_MAX], clear[RTP_BYTES_MAX],
    at[BATCH][RTP_BYTES_MAX + SRTP_MAX_TRAILER_LEN];
static size_t packet_bytes;

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_srtp: %s failed\n", what);
    exit(1);
}

static srtp_t theirs_new(srtp_profile_t profile, bool is_inbound)
{
    srtp_policy_t policy;
    srtp_t s = NULL;
    memset(&policy, 0, sizeof policy);
    must(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile) == srtp_err_status_ok, "policy");
    must(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile) == srtp_err_status_ok, "policy");
    policy.ssrc.type = is_inbound ? ssrc_any_inbound : ssrc_any_outbound;
    policy.key = master;
    policy.window_size = 1024;
    must(srtp_create(&s, &policy) == srtp_err_status_ok, "srtp_create");
    return s;
}

struct cost {
    int64_t protect_us, unprotect_us;
};

static void ours_run(const struct srtp_keys *keys, struct cost *ret_cost)
{
    struct srtp_in *in = NULL;
    struct srtp_out *out = NULL;
    struct cost cost = {0, 0};
    must(srtp_out_new(keys, 4, &out) == OK && srtp_in_new(keys, 4, &in) == OK, "session");
    for (int n = 0; n < PACKETS; n += BATCH) {
        size_t bytes[BATCH];
        struct rtp r;
        int64_t start_us = clock_tick_us();
        for (int i = 0; i < BATCH; i++) {
            memcpy(at[i], clear, RTP_HEADER_BYTES);
            bytes_put16(at[i] + 2, (uint16_t)(n + i));
            must(srtp_out_rtp(out, at[i], sizeof at[i], RTP_HEADER_BYTES, 0, clear + RTP_HEADER_BYTES,
                              packet_bytes - RTP_HEADER_BYTES, &bytes[i]) == OK,
                 "protect");
        }
        int64_t middle_us = clock_tick_us();
        for (int i = 0; i < BATCH; i++)
            must(srtp_in_rtp(in, at[i], bytes[i], &r) == OK, "unprotect");
        cost.protect_us += middle_us - start_us;
        cost.unprotect_us += clock_tick_us() - middle_us;
    }
    srtp_in_free(in);
    srtp_out_free(out);
    *ret_cost = cost;
}

/* libsrtp works in place, so that a forwarder copies the packet for each who watches. */
static void theirs_run(srtp_profile_t profile, struct cost *ret_cost)
{
    srtp_t out = theirs_new(profile, false), in = theirs_new(profile, true);
    struct cost cost = {0, 0};
    for (int n = 0; n < PACKETS; n += BATCH) {
        int bytes[BATCH];
        int64_t start_us = clock_tick_us();
        for (int i = 0; i < BATCH; i++) {
            memcpy(at[i], clear, packet_bytes);
            bytes_put16(at[i] + 2, (uint16_t)(n + i));
            bytes[i] = (int)packet_bytes;
            must(srtp_protect(out, at[i], &bytes[i]) == srtp_err_status_ok, "srtp_protect");
        }
        int64_t middle_us = clock_tick_us();
        for (int i = 0; i < BATCH; i++)
            must(srtp_unprotect(in, at[i], &bytes[i]) == srtp_err_status_ok, "srtp_unprotect");
        cost.protect_us += middle_us - start_us;
        cost.unprotect_us += clock_tick_us() - middle_us;
    }
    srtp_dealloc(in);
    srtp_dealloc(out);
    *ret_cost = cost;
}

static void keep_best(struct cost *best, struct cost cost)
{
    if (cost.protect_us < best->protect_us) best->protect_us = cost.protect_us;
    if (cost.unprotect_us < best->unprotect_us) best->unprotect_us = cost.unprotect_us;
}

static void report(const char *profile, const char *way, int64_t ours_us, int64_t theirs_us)
{
    double ours = (double)ours_us * 1000 / PACKETS, theirs = (double)theirs_us * 1000 / PACKETS;
    printf("figure srtp_%s_%s_%zu_bytes ours_ns=%.0f libsrtp2_ns=%.0f ratio=%.2f\n", way, profile,
           packet_bytes, ours, theirs, ours / theirs);
}

int main(void)
{
    static const size_t sizes[] = {120, 1200};
    must(srtp_init() == srtp_err_status_ok, "srtp_init");
    for (size_t i = 0; i < sizeof master; i++)
        master[i] = (uint8_t)(i * 5 + 1);
    memcpy(clear, "\x80\x60\0\0\0\0\0\0\0\0\0\1", RTP_HEADER_BYTES);
    for (size_t p = 0; p < COUNT_OF(profiles); p++)
        for (size_t s = 0; s < COUNT_OF(sizes); s++) {
            const struct srtp_shape *shape = srtp_shape(profiles[p].ours);
            struct cost ours = {INT64_MAX, INT64_MAX}, theirs = ours, cost;
            struct srtp_keys keys;
            packet_bytes = sizes[s];
            must(srtp_keys_derive(profiles[p].ours, master, (size_t)shape->key_bytes + shape->salt_bytes,
                                  &keys) == OK,
                 "keys");
            for (int turn = 0; turn < TURNS; turn++) {
                ours_run(&keys, &cost);
                keep_best(&ours, cost);
                theirs_run(profiles[p].theirs, &cost);
                keep_best(&theirs, cost);
            }
            report(profiles[p].name, "protect", ours.protect_us, theirs.protect_us);
            report(profiles[p].name, "unprotect", ours.unprotect_us, theirs.unprotect_us);
        }
    srtp_shutdown();
    return 0;
}
