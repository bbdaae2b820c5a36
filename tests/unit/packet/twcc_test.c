#include "hex.h"
#include "media/twcc.h"

static uint8_t packet[RTCP_BYTES_MAX];
static struct twcc_recv recv;
static struct twcc t;
static struct twcc_status status;

static enum err parse(const char *text)
{
    struct rtcp r;
    size_t bytes = hex(text, packet, sizeof packet), offset = 0;
    CHECK_OK(rtcp_parse(packet, bytes));
    CHECK(rtcp_next(packet, bytes, &offset, &r));
    CHECK_INT(r.kind, RTCP_TWCC);
    return twcc_parse(&r, &t);
}
static void next_came_us(uint16_t seq, int64_t after_us)
{
    int64_t before = t.at_us;
    CHECK(twcc_next(&t, &status));
    CHECK_INT(status.seq, seq);
    CHECK(status.is_received);
    CHECK_INT(status.at_us - before, after_us);
}

/* Shapes that Chromium sends (padding by bytes). */
TEST(a_run_of_one_is_read)
{
    CHECK_OK(parse("afcd0005 fa17fa17 43032fa0 00990001 3de80217 20019401"));
    CHECK_INT(t.at_us, 4057090ll * 64000);
    CHECK_INT(t.feedback_count, 23);
    next_came_us(153, 37000);
    CHECK(!twcc_next(&t, &status));
}

TEST(runs_of_large_and_small_deltas_are_read)
{
    CHECK_OK(parse("8fcd0007 fa17fa17 193dd8bb 01740006 45b15a40 40022004 1ffe1f9a d000d000"));
    next_came_us(372, 2047500);
    next_came_us(373, 2022500);
    next_came_us(374, 52000);
    next_came_us(375, 0);
    next_came_us(376, 52000);
    next_came_us(377, 0);
    CHECK(!twcc_next(&t, &status));
}

TEST(vectors_of_one_and_two_bits_are_read)
{
    CHECK_OK(parse("afcd0006 fa17fa17 193dd8bb 0001000e 10636d00 ba00100c 0c100002"));
    next_came_us(1, 4000);
    next_came_us(2, 3000);
    next_came_us(3, 3000);
    CHECK(twcc_next(&t, &status) && !status.is_received);
    next_came_us(5, 4000);
    for (int i = 0; i < 9; i++)
        CHECK(twcc_next(&t, &status) && !status.is_received);
    CHECK(!twcc_next(&t, &status));
    CHECK_OK(parse("afcd0007 9b74f61f 9371dcbc 853c0009 63f916b3 d5520030 9baa6aaa 7b010901"));
    next_came_us(34108, 38750);
    next_came_us(34109, 42500);
    next_came_us(34110, 26500);
    next_came_us(34111, 42500);
    next_came_us(34112, 30750);
    CHECK(twcc_next(&t, &status) && !status.is_received);
    next_came_us(34114, 66250);
    CHECK(twcc_next(&t, &status) && twcc_next(&t, &status) && !twcc_next(&t, &status));
}

TEST(feedback_that_does_not_add_up_is_refused)
{
    CHECK_ERR(parse("8fcd0005 fa17fa17 43032fa0 00990003 3de80217 20039401"),
              ERR_BAD_INPUT); /* a delta short */
    CHECK_ERR(parse("afcd0005 fa17fa17 43032fa0 00990002 3de80217 40029401"), ERR_BAD_INPUT);
    CHECK_ERR(parse("8fcd0004 9acb0442 00000000 00000000 00000000"), ERR_BAD_INPUT); /* tells of nothing */
    CHECK_ERR(parse("8fcd0005 fa17fa17 43032fa0 00990001 3de80217 60010000"), ERR_BAD_INPUT); /* reserved */
    CHECK_ERR(parse("8fcd0005 fa17fa17 43032fa0 00990001 3de80217 20000000"),
              ERR_BAD_INPUT);                                                        /* a run of none */
    CHECK_ERR(parse("8fcd0004 fa17fa17 43032fa0 0099ffff 3de80217"), ERR_BAD_INPUT); /* no chunks */
}

static size_t written_bytes;

static bool written(void)
{
    struct rtcp_out o;
    struct rtcp r;
    size_t offset = 0;
    rtcp_start(&o, packet, 1200);
    if (!twcc_recv_write(&recv, &o, 1, 2)) return false;
    written_bytes = rtcp_end(&o);
    CHECK(written_bytes > 0);
    CHECK_OK(rtcp_parse(packet, written_bytes));
    CHECK(rtcp_next(packet, written_bytes, &offset, &r));
    CHECK_INT(r.kind, RTCP_TWCC);
    CHECK_OK(twcc_parse(&r, &t));
    return true;
}

TEST(arrivals_are_told_as_they_were)
{
    twcc_recv_init(&recv);
    CHECK(!written());
    twcc_recv_note(&recv, 65534, 1000000);
    twcc_recv_note(&recv, 65535, 1010000);
    twcc_recv_note(&recv, 1, 1500000); /* 0 is lost, and the delta is a large one */
    twcc_recv_note(&recv, 2, 1499000); /* timers may step back */
    CHECK(written());
    CHECK_BYTES(packet, written_bytes, "8fcd0006 00000001 00000002 fffe0005 00000f00 d4a0 a0 28 07a8 fffc");
    CHECK(twcc_next(&t, &status) && status.seq == 65534 && status.at_us == 1000000);
    CHECK(twcc_next(&t, &status) && status.seq == 65535 && status.at_us == 1010000);
    CHECK(twcc_next(&t, &status) && status.seq == 0 && !status.is_received);
    CHECK(twcc_next(&t, &status) && status.seq == 1 && status.at_us == 1500000);
    CHECK(twcc_next(&t, &status) && status.seq == 2 && status.at_us == 1499000);
    CHECK(!twcc_next(&t, &status));
    CHECK(!written());
}

TEST(the_next_feedback_goes_on_where_the_last_one_ended)
{
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 10, 1000);
    CHECK(written());
    twcc_recv_note(&recv, 13, 2000);
    CHECK(written());
    CHECK(t.seq == 11 && t.left == 3 && t.feedback_count == 1);
    CHECK(twcc_next(&t, &status) && !status.is_received);
    CHECK(twcc_next(&t, &status) && !status.is_received);
    CHECK(twcc_next(&t, &status) && status.is_received);
}

TEST(a_late_packet_is_told_though_it_was_told_as_lost)
{
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 10, 1000);
    twcc_recv_note(&recv, 12, 2000);
    CHECK(written());
    twcc_recv_note(&recv, 11, 3000);
    CHECK(written());
    CHECK(t.seq == 11 && twcc_next(&t, &status) && status.is_received && status.at_us == 3000);
    twcc_recv_note(&recv, 11, 4000); /* a duplicate is no news */
    CHECK(!written());
}

TEST(one_that_is_late_beyond_measure_stays_lost)
{
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 1000, 1000);
    CHECK(written());
    twcc_recv_note(&recv, 1000 - TWCC_LATE_MAX, 2000);
    CHECK(!written());
    twcc_recv_note(&recv, 1001 - TWCC_LATE_MAX, 2000);
    CHECK(written());
}

TEST(a_long_gap_is_not_told_packet_by_packet)
{
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 0, 1000);
    CHECK(written());
    twcc_recv_note(&recv, 30000, 2000);
    CHECK(written());
    CHECK(t.seq == 30000 && t.left == 1);
    CHECK(!written());
}

TEST(a_pause_begins_a_new_packet)
{
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 1, 1000);
    twcc_recv_note(&recv, 2, 60 * 1000000ll);
    CHECK(written());
    CHECK_INT(t.left, 1);
    CHECK(written());
    CHECK(t.left == 1 && twcc_next(&t, &status) && status.seq == 2 && status.at_us == 60 * 1000000ll);
    CHECK(!written());
}

/* Random loss, reordering and delays: all that arrived is told, at its time cut to 250 µs, and nothing else
 * is. */
TEST(whatever_arrives_is_told_in_the_end)
{
    enum { PACKETS = 20000 };
    static uint8_t arrived[PACKETS], told[PACKETS];
    static int64_t at_us[PACKETS];
    int64_t now = 77777;
    uint32_t random = 1;
    memset(arrived, 0, sizeof arrived);
    memset(told, 0, sizeof told);
    twcc_recv_init(&recv);
    for (int i = 0; i < PACKETS; i++) {
        random = random * 1664525 + 1013904223;
        int seq = i % 7 == 3 && i + 1 < PACKETS ? i + 1 : i % 7 == 4 ? i - 1 : i; /* swap two of seven */
        now += random >> 24 > 250 ? 300000 : random >> 16 & 0x3fff;
        if (random % 100 < 30) continue;
        arrived[seq] = 1;
        at_us[seq] = now;
        twcc_recv_note(&recv, (uint16_t)seq, now);
        if (i % 50 != 49 && i != PACKETS - 1) continue;
        while (written()) {
            int64_t near = i;
            while (twcc_next(&t, &status)) {
                int64_t whole = seq_unwrap(near, status.seq);
                CHECK(whole >= 0 && whole < PACKETS);
                CHECK_INT(status.is_received, arrived[whole]);
                if (status.is_received) CHECK_INT(status.at_us, at_us[whole] / 250 * 250);
                told[whole] |= (uint8_t)status.is_received;
            }
        }
    }
    while (written())
        while (twcc_next(&t, &status))
            told[seq_unwrap(PACKETS - 1, status.seq)] |= (uint8_t)status.is_received;
    for (int i = 0; i < PACKETS; i++)
        CHECK_INT(told[i], arrived[i]);
}

TEST(a_feedback_is_never_longer_than_a_datagram)
{
    twcc_recv_init(&recv);
    for (int i = 0; i < 2000; i++)
        twcc_recv_note(&recv, (uint16_t)i, i * 100000ll); /* all large */
    int packets = 0;
    while (written()) {
        CHECK(written_bytes <= 1000);
        packets++;
    }
    CHECK_INT(packets, 5);
}

TEST(feedback_that_does_not_fit_is_kept)
{
    struct rtcp_out o;
    twcc_recv_init(&recv);
    twcc_recv_note(&recv, 1, 1000);
    rtcp_start(&o, packet, 10);
    CHECK(!twcc_recv_write(&recv, &o, 1, 2));
    CHECK(o.is_failed && twcc_recv_has(&recv));
    CHECK(written());
}
