#include "../check.h"
#include "media/owed.h"
#include "media/twcc.h"

enum { PICTURE = 0x1000, OTHER = 0x2000 };
static struct owed owed;
static struct owed_packet taken;

static void begin(void)
{
    memset(&owed, 0, sizeof owed);
}

static void goes(uint32_t ssrc, uint16_t seq, uint16_t number, int64_t due_ms)
{
    owed_add(&owed, &(struct owed_packet){ssrc, seq, 0}, due_ms);
    owed_sent(&owed, number, ssrc, seq);
}

/* Feedback of the numbers from one to another, of which only those of a bit in `came` arrived. */
static void feedback(uint16_t from, unsigned count, unsigned came)
{
    static struct twcc_recv recv;
    uint8_t at[RTCP_BYTES_MAX];
    struct rtcp_out o;
    struct rtcp r;
    size_t offset = 0;
    twcc_recv_init(&recv);
    for (unsigned i = 0; i < count; i++)
        if (came & 1u << i) twcc_recv_note(&recv, (uint16_t)(from + i), 1000000 + i * 1000);
    rtcp_start(&o, at, sizeof at);
    CHECK(twcc_recv_write(&recv, &o, 1, 2));
    size_t bytes = rtcp_end(&o);
    CHECK(rtcp_next(at, bytes, &offset, &r));
    owed_feedback(&owed, &r);
}

static bool takes(uint32_t ssrc, uint16_t seq, int64_t now_ms)
{
    return owed_take(&owed, now_ms, &taken) && taken.ssrc == ssrc && taken.seq == seq;
}

TEST(what_feedback_tells_of_is_owed_no_more)
{
    begin();
    for (uint16_t i = 0; i < 4; i++)
        goes(PICTURE, (uint16_t)(65534 + i), (uint16_t)(65533 + i), 200 + i);
    feedback(65533, 3, 1 | 4); /* of the second it tells that it is lost, of the last nothing */
    CHECK(!owed_take(&owed, 200, &taken));
    CHECK(takes(PICTURE, 65535, 201));
    CHECK(!owed_take(&owed, 202, &taken));
    CHECK(takes(PICTURE, 1, 203));
    CHECK(!owed_take(&owed, 100000, &taken));
}

TEST(one_copy_that_arrived_is_enough)
{
    begin();
    goes(PICTURE, 7, 100, 200);
    owed_sent(&owed, 101, 0, 0); /* sound between them */
    owed_sent(&owed, 102, PICTURE, 7);
    feedback(100, 3, 2 | 4);
    CHECK(!owed_take(&owed, 200, &taken));
}

TEST(numbers_of_another_time_or_stream_tell_nothing)
{
    begin();
    goes(PICTURE, 7, 100, 200);
    goes(OTHER, 7, 101, 200);
    goes(PICTURE, 8, 102, 200);
    owed_sent(&owed, 102 + OWED_SENT, OTHER, 9); /* took its place: not known any more */
    feedback(101, 2, 1 | 2);
    CHECK(takes(PICTURE, 7, 200));
    CHECK(takes(PICTURE, 8, 200));
    CHECK(!owed_take(&owed, 200, &taken));
}

TEST(a_stream_that_begins_anew_is_owed_nothing_of_before)
{
    begin();
    goes(PICTURE, 7, 100, 200);
    goes(OTHER, 8, 101, 200);
    owed_forget(&owed, PICTURE);
    goes(PICTURE, 9, 102, 200);
    CHECK(takes(OTHER, 8, 200));
    CHECK(takes(PICTURE, 9, 200));
    CHECK(!owed_take(&owed, 200, &taken));
}

TEST(more_than_can_be_waited_for_is_not)
{
    begin();
    for (unsigned i = 0; i < OWED_MAX + 5; i++)
        goes(PICTURE, (uint16_t)i, (uint16_t)i, 200);
    for (unsigned i = 0; i < OWED_MAX; i++)
        CHECK(takes(PICTURE, (uint16_t)i, 200));
    CHECK(!owed_take(&owed, 200, &taken));
}

TEST(feedback_that_does_not_read_changes_nothing)
{
    /* It tells of nine packets, and ends before it says what of them. */
    uint8_t at[] = {0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0xe0, 0, 0, 0};
    struct rtcp r;
    size_t offset = 0;
    begin();
    goes(PICTURE, 7, 0, 200);
    CHECK(rtcp_next(at, sizeof at, &offset, &r));
    CHECK_INT(r.kind, RTCP_TWCC);
    owed_feedback(&owed, &r);
    CHECK(takes(PICTURE, 7, 200));
}
