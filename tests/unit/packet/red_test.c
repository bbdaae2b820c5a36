#include "hex.h"
#include "media/red.h"

static uint8_t payload[256];
static struct red r;

static enum err parse(const char *text)
{
    return red_parse(payload, hex(text, payload, sizeof payload), &r);
}
static bool is_block(unsigned i, uint8_t type, unsigned offset, const char *text)
{
    const struct red_block *b = &r.blocks[i];
    return b->payload_type == type && b->offset == offset && b->bytes == strlen(text) &&
           memcmp(b->at, text, b->bytes) == 0;
}

TEST(blocks_are_read_with_their_age_and_size)
{
    /* RFC 2198 §3: 1 | 111 | 1920 | 2; 1 | 111 | 960 | 3; 0 | 111; "ab" "cde" "fghi" */
    CHECK_OK(parse("ef 1e0002 ef 0f0003 6f 6162 636465 66676869"));
    CHECK_INT(r.count, 3);
    CHECK(is_block(0, 111, 1920, "ab") && is_block(1, 111, 960, "cde") && is_block(2, 111, 0, "fghi"));
    CHECK_OK(parse("6f 61"));
    CHECK(r.count == 1 && is_block(0, 111, 0, "a"));
    CHECK_OK(parse("6f")); /* nothing at all is a block too */
    CHECK(r.count == 1 && r.blocks[0].bytes == 0);
    CHECK_OK(parse("ef fffc00 6f"));
    CHECK(r.count == 2 && r.blocks[0].offset == RED_OFFSET_MAX && r.blocks[0].bytes == 0);
    CHECK_OK(parse("e0 000402 05 6162 63")); /* types as they stand */
    CHECK(is_block(0, 96, 1, "ab") && is_block(1, 5, 0, "c"));
}

TEST(what_is_cut_off_or_has_no_end_is_refused)
{
    static const char *const wrong[] = {"",
                                        "ef",
                                        "ef0f",
                                        "ef0f00",
                                        "ef0f0003",
                                        "ef0f00036f",
                                        "ef0f00036f6162",
                                        "ef0003ff6f61",
                                        "ef0f0000ef0f0000"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_ERR(parse(wrong[i]), ERR_BAD_INPUT);
    CHECK_OK(parse("ef000000ef000000ef000000ef000000ef000000ef000000ef000000 6f")); /* eight */
    CHECK_ERR(parse("ef000000ef000000ef000000ef000000ef000000ef000000ef000000ef000000 6f"), ERR_LIMIT);
}

TEST(what_is_written_is_what_was_meant)
{
    static uint8_t to[64];
    static const char *const text = "ef 1e0002 ef 0f0003 6f 6162 636465 66676869";
    CHECK_OK(parse(text));
    size_t bytes = red_write(&r, to, sizeof to);
    CHECK_BYTES(to, bytes, text);
    CHECK_INT(red_write(&r, to, bytes), bytes);
    CHECK_INT(red_write(&r, to, bytes - 1), 0);
    r.blocks[0].offset = RED_OFFSET_MAX + 1;
    CHECK_INT(red_write(&r, to, sizeof to), 0);
    r.blocks[0].offset = 1;
    r.blocks[0].bytes = RED_BLOCK_BYTES_MAX + 1;
    static uint8_t large[4096];
    r.blocks[0].at = large;
    static uint8_t room[4096];
    CHECK_INT(red_write(&r, room, sizeof room), 0);
    r.blocks[0].bytes = RED_BLOCK_BYTES_MAX;
    CHECK_INT(red_write(&r, room, sizeof room), 4 + 4 + 1 + RED_BLOCK_BYTES_MAX + 3 + 4);
}
