/* Frames, in whatever pieces they come. */
#include "registry/mllp.h"
#include "tests/unit/check.h"

static const char two[] = "\x0BMSH|one\x1C\r\r\n\x0BMSH|two\rPID|\x1C\r";

TEST(messages_come_out_whole_however_the_bytes_are_cut)
{
    for (size_t cut = 1; cut < sizeof two; cut++) {
        struct mllp m;
        const char *texts[] = {"MSH|one", "MSH|two\rPID|"};
        size_t n = 0;
        mllp_init(&m);
        for (size_t at = 0; at < sizeof two - 1; at += cut) {
            struct str rest = {two + at, sizeof two - 1 - at < cut ? sizeof two - 1 - at : cut};
            bool is_whole = true;
            while (rest.bytes || is_whole) {
                CHECK_OK(mllp_take(&m, &rest, &is_whole));
                if (!is_whole) break;
                CHECK(n < 2);
                CHECK_STR(buf_str(&m.message), texts[n]);
                n++;
            }
        }
        CHECK_INT(n, 2);
        mllp_done(&m);
    }
}

static enum err taken(struct str bytes)
{
    struct mllp m;
    bool is_whole = true;
    enum err err = OK;
    mllp_init(&m);
    while (!err && is_whole)
        err = mllp_take(&m, &bytes, &is_whole);
    mllp_done(&m);
    return err;
}

TEST(another_protocol_is_told_from_ours)
{
    CHECK_ERR(
        taken(STR("GET / HTTP/1.1\r\nHost: clinic.example\r\nAccept: text/html, application/json\r\n\r\n")),
        ERR_BAD_INPUT);
    CHECK_ERR(taken(STR("\x0BMSH|one\x0BMSH|two\x1C\r")), ERR_BAD_INPUT);
    CHECK_ERR(taken(STR("\x0BMSH|one\x1C and more")), ERR_BAD_INPUT);
    CHECK_OK(taken(STR("\r\n\r\n\x0BMSH|one\x1C\r\r\n")));
}

TEST(a_message_has_a_greatest_length)
{
    struct mllp m;
    struct str rest;
    bool is_whole;
    char block[4096];
    enum err err = OK;
    memset(block, 'x', sizeof block);
    mllp_init(&m);
    rest = STR("\x0B");
    CHECK_OK(mllp_take(&m, &rest, &is_whole));
    for (size_t i = 0; i < MLLP_BYTES_MAX / sizeof block; i++) {
        rest = (struct str){block, sizeof block};
        CHECK_OK(mllp_take(&m, &rest, &is_whole));
    }
    rest = (struct str){block, 1};
    err = mllp_take(&m, &rest, &is_whole);
    CHECK_ERR(err, ERR_LIMIT);
    mllp_done(&m);
}

TEST(what_is_framed_is_read_as_it_was)
{
    struct buf framed;
    struct mllp m;
    bool is_whole;
    buf_init(&framed, 1024);
    mllp_frame(&framed, STR("MSH|^~\\&|"));
    CHECK_OK(framed.err);
    mllp_init(&m);
    struct str rest = buf_str(&framed);
    CHECK_OK(mllp_take(&m, &rest, &is_whole));
    CHECK(is_whole);
    CHECK_STR(buf_str(&m.message), "MSH|^~\\&|");
    mllp_done(&m);
    buf_done(&framed);
}

SWEEP(a_frame_is_taken)
{
    return taken(STR("\x0BMSH|one\x1C\r"));
}
