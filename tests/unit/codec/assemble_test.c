/* RTP payloads become whole pictures, or none. */
#include "media/assemble.h"
#include "tests/unit/check.h"

static struct assemble a;
static struct assemble_unit unit;

static bool put(const char *payload, size_t bytes, uint32_t stamp, bool is_marked)
{
    return assemble_payload(&a, (const uint8_t *)payload, bytes, stamp, is_marked, false, &unit);
}
#define PUT(text, stamp, is_marked) put(text, sizeof(text) - 1, stamp, is_marked)

static bool is_unit(const char *bytes, size_t n)
{
    return unit.bytes == n && memcmp(unit.at, bytes, n) == 0;
}
#define IS_UNIT(text) is_unit(text, sizeof(text) - 1)

/* Descriptor 10: S, first partition; 00: goes on. Then P = 0 (even) is a key frame. */
TEST(pieces_of_vp8_are_joined_without_their_descriptors)
{
    assemble_init(&a, CODEC_VP8);
    CHECK(!PUT("\x10\x10yy\x9d\x01\x2a\x40\x01\xf0\x00key", 1, false));
    CHECK(PUT("\x00more", 1, true));
    CHECK(IS_UNIT("\x10yy\x9d\x01\x2a\x40\x01\xf0\x00keymore") && unit.is_key && unit.stamp == 1);
    CHECK(PUT("\x90\x80\x81\x02\x11"
              "delta",
              2, true)); /* with a picture id of two bytes */
    CHECK(IS_UNIT("\x11"
                  "delta") &&
          !unit.is_key);
    assemble_done(&a);
}

TEST(a_picture_that_lost_a_piece_is_left_out_and_those_after_it_up_to_the_next_key)
{
    assemble_init(&a, CODEC_VP8);
    CHECK(!PUT("\x10\x11"
               "delta",
               1, true)); /* before any key */
    CHECK(PUT("\x10\x10key", 2, true));
    CHECK(!PUT("\x10\x11"
               "a",
               3, false));
    CHECK(!PUT("\x10\x11"
               "b",
               4, true)); /* the marked packet of 3 did not come */
    CHECK(!PUT("\x10\x11"
               "c",
               5, true));
    CHECK(PUT("\x10\x10key", 6, true));
    CHECK(!PUT("\x10\x10key", 7, false));
    CHECK(!assemble_payload(&a, (const uint8_t *)"\x00x", 2, 7, true, true, &unit)); /* a gap within */
    CHECK(!PUT("\x10\x11"
               "d",
               8, true));
    CHECK(PUT("\x10\x10key", 9, true));
    CHECK(!PUT("\x00x", 10, true)); /* begins in the middle */
    CHECK(!PUT("", 11, true));
    assemble_done(&a);
}

/* 0x28: layers (L) and begins (B); then sid in bits 1-3 of the next; then TL0PICIDX. */
TEST(all_layers_of_a_vp9_picture_come_together)
{
    assemble_init(&a, CODEC_VP9);
    CHECK(!PUT("\x2c\x00\x00low", 1, false));
    CHECK(PUT("\x2c\x03\x00high", 1, true));
    CHECK(IS_UNIT("lowhigh") && unit.is_key);
    CHECK(!PUT("\x6c\x00\x01"
               "delta",
               2, false));
    CHECK(!PUT("\x24\x03\x01", 2, false)); /* empty of payload, and no beginning: it adds nothing */
    CHECK(PUT("\x6c\x02\x01-high", 2, true));
    CHECK(IS_UNIT("delta-high") && !unit.is_key);
    assemble_done(&a);
}

TEST(nal_units_of_h264_stand_behind_start_codes)
{
    assemble_init(&a, CODEC_H264);
    CHECK(!PUT("\x78\x00\x03\x67"
               "ab\x00\x02\x68"
               "c",
               1, false)); /* STAP-A: SPS, PPS */
    CHECK(!PUT("\x7c\x85"
               "idr",
               1, false)); /* FU-A, its start */
    CHECK(!PUT("\x7c\x05-goes", 1, false));
    CHECK(PUT("\x7c\x45-on", 1, true));
    CHECK(IS_UNIT("\0\0\0\1\x67"
                  "ab\0\0\0\1\x68"
                  "c\0\0\0\1\x65idr-goes-on") &&
          unit.is_key);
    CHECK(PUT("\x41slice", 2, true));
    CHECK(IS_UNIT("\0\0\0\1\x41slice") && !unit.is_key);
    CHECK(!PUT("\x7c\x05middle", 3, true)); /* without its start */
    CHECK(!PUT("\x65idr", 4, false));
    CHECK(!PUT("\x7c\x85never ends", 4, true));
    CHECK(!PUT("\x61slice", 5, true));
    CHECK(!PUT("\x7c\x85"
               "a",
               6, false));
    CHECK(!PUT("\x61slice", 6, true));        /* into the middle of another */
    CHECK(!PUT("\x79\x00\x01\x67", 7, true)); /* STAP-B */
    assemble_done(&a);
}

TEST(a_picture_of_more_than_its_maximum_is_left_out)
{
    static uint8_t piece[1200] = {0x10, 0x10};
    assemble_init(&a, CODEC_VP8);
    CHECK(!assemble_payload(&a, piece, sizeof piece, 1, false, false, &unit));
    piece[0] = 0;
    for (int i = 0; i < ASSEMBLE_BYTES_MAX / 1100; i++)
        CHECK(!assemble_payload(&a, piece, sizeof piece, 1, false, false, &unit));
    CHECK(!assemble_payload(&a, piece, sizeof piece, 1, true, false, &unit));
    CHECK(PUT("\x10\x10key", 2, true));
    CHECK(IS_UNIT("\x10key"));
    assemble_done(&a);
}
