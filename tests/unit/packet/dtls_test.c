#include "../check.h"
#include "media/dtls.h"
#include "media/srtp.h"

enum { QUEUE = 64 };
/* One end of a link in memory: what is sent to it waits in a queue. */
struct end {
    struct dtls *dtls;
    struct dtls_session *session;
    struct end *peer;
    enum err err;
    unsigned sent, queued, longest;
    struct {
        uint8_t at[2048];
        size_t bytes;
    } queue[QUEUE];
    uint32_t lost; /* bit n: the n-th datagram of this end is lost on its way */
    bool splits;   /* its hello travels in two datagrams, as the browsers' do */
};
static struct end a, b; /* the client, the server */
static const struct tick start = {0};

static void put(struct end *e, const uint8_t *datagram, size_t bytes)
{
    struct end *to = e->peer;
    unsigned n = e->sent++;
    if (bytes > e->longest) e->longest = (unsigned)bytes;
    if ((n < 32 && e->lost >> n & 1) || to->queued == QUEUE) return;
    memcpy(to->queue[to->queued].at, datagram, bytes);
    to->queue[to->queued++].bytes = bytes;
}

/* RFC 6347 §4.2.3. | type, version, epoch, number (6), bytes (2) | type, bytes (3), sequence, from (3), bytes (3) | … */
static void put_piece(struct end *e, const uint8_t *hello, size_t from, size_t bytes, uint8_t number)
{
    uint8_t at[2048];
    memcpy(at, hello, 25);
    at[10] = (uint8_t)(hello[10] + number); /* within the window of what the client numbers later */
    at[11] = (uint8_t)((bytes + 12) >> 8);
    at[12] = (uint8_t)(bytes + 12);
    at[20] = (uint8_t)(from >> 8);
    at[21] = (uint8_t)from;
    at[23] = (uint8_t)(bytes >> 8);
    at[24] = (uint8_t)bytes;
    memcpy(at + 25, hello + 25 + from, bytes);
    put(e, at, 25 + bytes);
}

static void send_to_peer(void *owner, const uint8_t *datagram, size_t bytes)
{
    struct end *e = owner;
    bool is_hello = bytes > 100 && datagram[0] == 22 && datagram[13] == 1;
    if (!e->splits || !is_hello) {
        put(e, datagram, bytes);
        return;
    }
    size_t half = (bytes - 25) / 2;
    put_piece(e, datagram, 0, half, 0);
    put_piece(e, datagram, half, bytes - 25 - half, 40);
}

static void end_open(struct end *e, struct end *peer, enum dtls_role role, enum dtls_profiles profiles)
{
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    dtls_fingerprint(peer->dtls, fingerprint);
    e->peer = peer;
    CHECK_OK(dtls_session_new(e->dtls, role, profiles, fingerprint, send_to_peer, e, start, &e->session));
}

static void open_with(enum dtls_profiles client, enum dtls_profiles server, unsigned datagram_bytes)
{
    a = b = (struct end){0};
    CHECK_OK(dtls_new(4, &a.dtls));
    CHECK_OK(dtls_new(4, &b.dtls));
    dtls_set_link(a.dtls, 20000, datagram_bytes);
    dtls_set_link(b.dtls, 20000, datagram_bytes);
    end_open(&a, &b, DTLS_CLIENT, client);
    end_open(&b, &a, DTLS_SERVER, server);
}
static void open_both(void)
{
    open_with(DTLS_GCM_ALONE, DTLS_GCM_ALONE, DTLS_DATAGRAM_BYTES_MAX);
}
static void close_both(void)
{
    dtls_session_free(a.session);
    dtls_session_free(b.session);
    CHECK(dtls_handshakes(a.dtls) == 0 && dtls_handshakes(b.dtls) == 0);
    dtls_free(a.dtls);
    dtls_free(b.dtls);
}

/* Hands over all that waits; the last first when it is turned round. */
static bool delivered(struct end *e, bool is_reversed)
{
    unsigned count = e->queued;
    static uint8_t at[QUEUE][2048];
    size_t bytes[QUEUE];
    for (unsigned i = 0; i < count; i++) {
        memcpy(at[i], e->queue[i].at, e->queue[i].bytes);
        bytes[i] = e->queue[i].bytes;
    }
    e->queued = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned n = is_reversed ? count - 1 - i : i;
        enum err err = dtls_session_take(e->session, at[n], bytes[n], start);
        if (err && !e->err) e->err = err;
    }
    return count > 0;
}

/* Until both are up or one has failed. The clock is the real one, as OpenSSL knows no other: waits of 20 ms. */
static void run(bool is_reversed)
{
    int64_t began_us = clock_tick_us();
    a.err = b.err = OK;
    CHECK_OK(dtls_session_start(a.session, start));
    while (dtls_session_state(a.session) == DTLS_SHAKING || dtls_session_state(b.session) == DTLS_SHAKING) {
        bool moved = delivered(&b, is_reversed);
        moved |= delivered(&a, is_reversed);
        if (!moved) {
            (void)(dtls_session_turn(a.session, start) == OK && dtls_session_turn(b.session, start) == OK);
        }
        CHECK(clock_tick_us() - began_us < 20000000);
        if (dtls_session_state(a.session) == DTLS_FAILED || dtls_session_state(b.session) == DTLS_FAILED)
            break;
    }
}
static void both_are_up(void)
{
    CHECK_INT(dtls_session_state(a.session), DTLS_UP);
    CHECK_INT(dtls_session_state(b.session), DTLS_UP);
    CHECK(dtls_handshakes(a.dtls) == 0 && dtls_handshakes(b.dtls) == 0);
}

/* The two ends' keys fit each other. */
static enum srtp_profile keys_fit(void)
{
    struct srtp_keys a_in, a_out, b_in, b_out;
    CHECK_OK(dtls_session_keys(a.session, &a_in, &a_out));
    CHECK_OK(dtls_session_keys(b.session, &b_in, &b_out));
    CHECK(a_in.profile == b_out.profile && a_in.profile != SRTP_PROFILE_NONE);
    CHECK(memcmp(&a_in, &b_out, sizeof a_in) == 0 && memcmp(&a_out, &b_in, sizeof a_out) == 0);
    CHECK(memcmp(&a_in.rtp, &a_out.rtp, sizeof a_in.rtp) != 0);
    return a_in.profile;
}

TEST(two_ends_agree_on_keys)
{
    open_both();
    CHECK_INT(dtls_session_state(a.session), DTLS_IDLE);
    run(false);
    both_are_up();
    CHECK_INT(keys_fit(), SRTP_PROFILE_GCM_128);
    CHECK(a.longest <= DTLS_DATAGRAM_BYTES_MAX && b.longest <= DTLS_DATAGRAM_BYTES_MAX);
    CHECK(dtls_session_wait_ms(a.session, start) < 0);
    close_both();
}

TEST(a_packet_goes_from_end_to_end_under_the_keys)
{
    struct srtp_keys in_keys, out_keys, unused;
    struct srtp_in *in = NULL;
    struct srtp_out *out = NULL;
    struct rtp r;
    uint8_t at[128] = {0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9};
    size_t bytes;
    open_both();
    run(false);
    both_are_up();
    CHECK_OK(dtls_session_keys(a.session, &unused, &out_keys));
    CHECK_OK(dtls_session_keys(b.session, &in_keys, &unused));
    CHECK_OK(srtp_out_new(&out_keys, 2, &out));
    CHECK_OK(srtp_in_new(&in_keys, 2, &in));
    CHECK_OK(srtp_out_rtp(out, at, sizeof at, 12, 0, (const uint8_t *)"hello", 5, &bytes));
    CHECK_OK(srtp_in_rtp(in, at, bytes, &r));
    CHECK(r.payload_bytes == 5 && memcmp(rtp_payload(&r), "hello", 5) == 0);
    srtp_in_free(in);
    srtp_out_free(out);
    close_both();
}

TEST(any_one_datagram_may_be_lost)
{
    for (int who = 0; who < 2; who++)
        for (unsigned n = 0; n < 6; n++) {
            open_both();
            (who ? &a : &b)->lost = 1u << n;
            run(false);
            both_are_up();
            (void)keys_fit();
            close_both();
        }
}

TEST(a_link_that_loses_every_other_datagram_and_turns_them_round_still_serves)
{
    open_with(DTLS_GCM_ALONE, DTLS_GCM_ALONE, 400);
    a.lost = 0x1555;
    b.lost = 0x0aaa;
    run(true);
    /* The server's last flight may have been lost after it was up: the client's repetition brings it again.
     * */
    both_are_up();
    (void)keys_fit();
    close_both();
}

TEST(a_hello_in_two_datagrams_is_taken_in_any_order)
{
    for (int is_reversed = 0; is_reversed < 2; is_reversed++)
        for (unsigned lost = 0; lost < 3; lost++) {
            open_with(DTLS_ALL_PROFILES, DTLS_ALL_PROFILES, DTLS_DATAGRAM_BYTES_MAX);
            a.splits = true;
            a.lost = lost; /* none, the first piece, the second */
            CHECK_OK(dtls_session_start(a.session, start));
            CHECK_INT(a.sent, 2);
            run(is_reversed);
            both_are_up();
            (void)keys_fit();
            close_both();
        }
}

TEST(flights_are_cut_to_small_datagrams)
{
    open_with(DTLS_GCM_ALONE, DTLS_GCM_ALONE, 228);
    run(false);
    both_are_up();
    CHECK(a.longest <= 228 && b.longest <= 228 && b.sent > 3);
    close_both();
}

TEST(the_profiles_are_those_that_both_have)
{
    open_with(DTLS_ALL_PROFILES, DTLS_GCM_ALONE, DTLS_DATAGRAM_BYTES_MAX);
    run(false);
    both_are_up();
    CHECK_INT(keys_fit(), SRTP_PROFILE_GCM_128);
    close_both();
}

TEST(a_certificate_that_is_not_the_signalled_one_ends_the_handshake)
{
    for (int who = 0; who < 2; who++) {
        open_both();
        CHECK_OK(dtls_renew((who ? &a : &b)->dtls)); /* the peer expects the one from before */
        struct end *liar = who ? &a : &b, *victim = liar->peer;
        dtls_session_free(liar->session);
        end_open(liar, victim, who ? DTLS_CLIENT : DTLS_SERVER, DTLS_GCM_ALONE);
        run(false);
        CHECK_INT(dtls_session_state(victim->session), DTLS_FAILED);
        CHECK_ERR(victim->err, ERR_DENIED);
        CHECK(dtls_session_state(liar->session) != DTLS_UP || who == 0);
        close_both();
    }
}

TEST(sessions_outlive_a_change_of_the_certificate)
{
    uint8_t before[DTLS_FINGERPRINT_BYTES], after[DTLS_FINGERPRINT_BYTES];
    open_both();
    dtls_fingerprint(a.dtls, before);
    CHECK_OK(dtls_renew(a.dtls));
    CHECK_OK(dtls_renew(b.dtls));
    dtls_fingerprint(a.dtls, after);
    CHECK(memcmp(before, after, sizeof before) != 0);
    run(false); /* both began with the certificates of before */
    both_are_up();
    close_both();
}

TEST(handshakes_under_way_are_capped)
{
    struct dtls_session *others[4];
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES] = {0};
    open_both();
    for (int i = 0; i < 4; i++) {
        CHECK_OK(dtls_session_new(a.dtls, DTLS_CLIENT, DTLS_GCM_ALONE, fingerprint, send_to_peer, &a, start,
                                  &others[i]));
        CHECK_OK(dtls_session_start(others[i], start));
    }
    a.queued = b.queued = 0;
    CHECK_INT(dtls_handshakes(a.dtls), 4);
    CHECK_ERR(dtls_session_start(a.session, start), ERR_BUSY);
    for (int i = 0; i < 4; i++)
        dtls_session_free(others[i]);
    run(false);
    both_are_up();
    close_both();
}

TEST(a_handshake_that_nobody_answers_ends_at_its_deadline)
{
    open_both();
    CHECK_OK(dtls_session_start(a.session, start));
    CHECK(dtls_session_wait_ms(a.session, start) <= 20);
    CHECK_ERR(dtls_session_turn(a.session, (struct tick){DTLS_DEADLINE_MS}), ERR_TIMEOUT);
    CHECK_INT(dtls_session_state(a.session), DTLS_FAILED);
    CHECK_ERR(dtls_session_take(a.session, (const uint8_t *)"x", 1, start), ERR_CLOSED);
    CHECK_INT(dtls_session_wait_ms(b.session, start), DTLS_DEADLINE_MS);
    CHECK_ERR(dtls_session_turn(b.session, (struct tick){DTLS_DEADLINE_MS}), ERR_TIMEOUT);
    close_both();
}

TEST(good_bye_is_heard)
{
    open_both();
    run(false);
    both_are_up();
    dtls_session_close(a.session);
    CHECK_INT(dtls_session_state(a.session), DTLS_CLOSED);
    CHECK(delivered(&b, false));
    CHECK_ERR(b.err, ERR_CLOSED);
    CHECK_INT(dtls_session_state(b.session), DTLS_CLOSED);
    close_both();
}

static void settled_to_closed(struct end *settled, struct end *other, bool settled_says_it)
{
    struct end *from = settled_says_it ? settled : other, *to = settled_says_it ? other : settled;
    open_both();
    run(false);
    both_are_up();
    a.queued = b.queued = 0; /* repetitions, where all is slow */
    dtls_session_settle(settled->session);
    dtls_session_settle(settled->session);
    CHECK_INT(dtls_session_state(settled->session), DTLS_UP);
    dtls_session_close(from->session);
    CHECK_INT(to->queued, 1);
    CHECK(delivered(to, false));
    CHECK_ERR(to->err, ERR_CLOSED);
    CHECK_INT(dtls_session_state(to->session), DTLS_CLOSED);
    close_both();
}

/* OpenSSL at the other end: what it says is understood, and it understands. */
TEST(good_bye_is_heard_and_said_when_all_else_of_a_session_is_gone)
{
    settled_to_closed(&a, &b, true);
    settled_to_closed(&a, &b, false);
    settled_to_closed(&b, &a, true);
    settled_to_closed(&b, &a, false);
}

TEST(a_good_bye_that_does_not_verify_is_none)
{
    uint8_t good_bye[2048], two[2048] = {20, 0xfe, 0xfd, [12] = 1};
    open_both();
    dtls_session_settle(a.session); /* too early: nothing happens */
    run(false);
    both_are_up();
    dtls_session_settle(a.session);
    a.queued = 0;
    dtls_session_close(b.session);
    size_t bytes = a.queue[0].bytes;
    memcpy(good_bye, a.queue[0].at, bytes);
    for (size_t bit = 0; bit < bytes * 8; bit++) {
        good_bye[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_OK(dtls_session_take(a.session, good_bye, bytes, start));
        good_bye[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < bytes; n++)
        CHECK_OK(dtls_session_take(a.session, good_bye, n, start));
    CHECK_INT(dtls_session_state(a.session), DTLS_UP);
    memcpy(two + 14, good_bye, bytes); /* behind another record */
    CHECK_ERR(dtls_session_take(a.session, two, 14 + bytes, start), ERR_CLOSED);
    close_both();
}

TEST(a_lost_end_of_the_handshake_is_sent_again_to_who_is_up_already)
{
    open_both();
    b.lost = ~0u << 1; /* after its first flight the server is not heard … */
    CHECK_OK(dtls_session_start(a.session, start));
    for (int i = 0; i < 4; i++) {
        delivered(&b, false);
        delivered(&a, false);
    }
    if (dtls_session_state(b.session) == DTLS_UP) CHECK_INT(dtls_session_state(a.session), DTLS_SHAKING);
    b.lost = 0; /* … and then it is */
    run(false);
    both_are_up();
    close_both();
}

TEST(a_thousand_spoofed_hellos_and_other_bytes_end_no_session)
{
    uint8_t hello[2048], noise[64];
    size_t hello_bytes;
    uint32_t random = 5;
    open_both();
    CHECK_OK(dtls_session_start(a.session, start));
    hello_bytes = b.queue[0].bytes;
    memcpy(hello, b.queue[0].at, hello_bytes);
    run(false);
    both_are_up();
    for (int i = 0; i < 1000; i++) {
        hello[hello_bytes - 1 - (size_t)i % 40] ^= (uint8_t)i;
        CHECK_OK(dtls_session_take(b.session, hello, hello_bytes, start));
        CHECK_OK(dtls_session_take(a.session, hello, hello_bytes, start));
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
        noise[0] = (uint8_t)(20 + i % 4);
        noise[1] = 0xfe;
        noise[2] = 0xfd;
        memset(noise + 3, 0, 8);
        noise[12] = i % 2 ? (uint8_t)(sizeof noise - 13) : noise[12];
        noise[11] = 0;
        CHECK_OK(dtls_session_take(b.session, noise, sizeof noise, start));
        CHECK_OK(dtls_session_take(a.session, noise, sizeof noise, start));
        static const uint8_t fatal[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
        CHECK_OK(dtls_session_take(b.session, fatal, sizeof fatal, start));
    }
    both_are_up();
    CHECK_INT(keys_fit(), SRTP_PROFILE_GCM_128);
    close_both();
}

SWEEP(a_session_is_made_with_little_memory)
{
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES] = {0};
    struct dtls *d = NULL;
    struct dtls_session *s = NULL;
    enum err err = dtls_new(1, &d);
    if (!err)
        err = dtls_session_new(d, DTLS_SERVER, DTLS_GCM_ALONE, fingerprint, send_to_peer, &a, start, &s);
    dtls_session_free(s);
    dtls_free(d);
    return err;
}
