#include "hex.h"
#include "media/av1.h"
#include "media/frame.h"
#include "media/h264.h"
#include "media/vp9.h"

static uint8_t payload[256];
static size_t bytes;

static struct vp8 vp8_of(const char *text)
{
    struct vp8 v;
    bytes = hex(text, payload, sizeof payload);
    CHECK_OK(vp8_parse(payload, bytes, &v));
    return v;
}

TEST(a_vp8_key_frame_tells_its_size)
{
    struct vp8 v = vp8_of("90e0 8123 45 40 50b302 9d012a 8002 e001 00");
    CHECK(v.is_start && v.is_key && v.has_picture_id && v.is_long && v.picture_id == 0x123 && v.tl0 == 0x45);
    CHECK(v.has_tid && v.tid == 1 && !v.is_sync && v.width == 640 && v.height == 480);
    CHECK_INT(v.descriptor_bytes, 6);
}

TEST(a_vp8_descriptor_of_every_shape_is_read)
{
    struct vp8 v = vp8_of("10 01");
    CHECK(v.is_start && !v.is_key && !v.has_picture_id && v.descriptor_bytes == 1);
    v = vp8_of("00 00");
    CHECK(!v.is_start && !v.is_key);
    v = vp8_of("11 00"); /* the second partition */
    CHECK(!v.is_start && !v.is_key);
    v = vp8_of("b080 7f 01");
    CHECK(v.is_unreferenced && !v.is_long && v.picture_id == 0x7f && v.descriptor_bytes == 3);
    v = vp8_of("9030 bf 01");
    CHECK(v.has_tid && v.has_key_index && v.tid == 2 && v.is_sync && v.key_index == 31 &&
          v.descriptor_bytes == 3);
}

TEST(a_vp8_descriptor_cut_off_is_refused)
{
    struct vp8 v;
    size_t whole = hex("90f0 8123 45 40", payload, sizeof payload);
    for (size_t n = 0; n < whole; n++)
        CHECK_ERR(vp8_parse(payload, n, &v), ERR_BAD_INPUT);
    CHECK_OK(vp8_parse(payload, whole, &v));
}

static struct vp8_out out;

/* A packet of a source: forwarded, what id, TL0PICIDX and KEYIDX does it get? */
static enum err forward(unsigned id, unsigned tl0, unsigned key, uint16_t *ret_id, uint8_t *ret_tl0,
                        uint8_t *ret_key)
{
    struct vp8 v, back;
    uint8_t in[] = {0x90, 0xf0, (uint8_t)(0x80 | id >> 8), (uint8_t)id, (uint8_t)tl0, (uint8_t)(0x40 | key),
                    1},
            to[7];
    CHECK_OK(vp8_parse(in, sizeof in, &v));
    enum err err = vp8_out_forward(&out, &v, in, to);
    if (err) return err;
    to[6] = 1;
    CHECK_OK(vp8_parse(to, sizeof to, &back));
    CHECK(back.tid == v.tid && back.is_start == v.is_start && back.is_long);
    *ret_id = back.picture_id;
    *ret_tl0 = back.tl0;
    *ret_key = back.key_index;
    return OK;
}
static void forwarded(unsigned id, unsigned tl0, unsigned key, unsigned want_id, unsigned want_tl0,
                      unsigned want_key)
{
    uint16_t got_id;
    uint8_t got_tl0, got_key;
    CHECK_OK(forward(id, tl0, key, &got_id, &got_tl0, &got_key));
    CHECK_INT(got_id, want_id);
    CHECK_INT(got_tl0, want_tl0);
    CHECK_INT(got_key, want_key);
}
static void dropped(unsigned id)
{
    struct vp8 v = {.has_picture_id = true, .is_long = true, .picture_id = (uint16_t)id};
    vp8_out_drop(&out, &v);
}
static void denied(unsigned id)
{
    uint16_t a;
    uint8_t b, c;
    CHECK_ERR(forward(id, 0, 0, &a, &b, &c), ERR_DENIED);
}

TEST(the_counts_of_the_first_source_stay_as_they_are)
{
    vp8_out_init(&out);
    forwarded(32766, 254, 30, 32766, 254, 30);
    forwarded(32767, 255, 31, 32767, 255, 31);
    forwarded(0, 0, 0, 0, 0, 0);
    forwarded(2, 1, 0, 2, 1, 0); /* one is missing and keeps its number */
    forwarded(1, 0, 0, 1, 0, 0);
}

TEST(dropped_frames_leave_no_gap)
{
    vp8_out_init(&out);
    forwarded(100, 5, 1, 100, 5, 1);
    dropped(101);
    dropped(101); /* its second packet */
    forwarded(102, 6, 1, 101, 6, 1);
    forwarded(102, 6, 1, 101, 6, 1);
    dropped(103);
    dropped(104);
    forwarded(105, 7, 1, 102, 7, 1);
    denied(103);
    forwarded(102, 6, 1, 101, 6, 1); /* a retransmission */
}

TEST(a_lost_frame_comes_late_to_the_number_kept_for_it)
{
    vp8_out_init(&out);
    forwarded(10, 0, 0, 10, 0, 0);
    dropped(12);
    forwarded(13, 1, 0, 12, 1, 0);
    forwarded(11, 0, 0, 11, 0, 0);
    forwarded(14, 1, 0, 13, 1, 0);
    dropped(11); /* more of it, now unwanted: the number stays a gap */
    denied(11);
}

TEST(another_source_goes_on_where_the_last_one_ended)
{
    vp8_out_init(&out);
    forwarded(32767, 200, 31, 32767, 200, 31);
    vp8_out_switch(&out);
    forwarded(500, 9, 4, 0, 201, 0);
    forwarded(501, 10, 4, 1, 202, 0);
    denied(300);
    vp8_out_switch(&out);
    dropped(8); /* of the new source, before its key frame */
    forwarded(9, 0, 0, 2, 203, 1);
}

TEST(short_picture_ids_wrap_at_seven_bits)
{
    vp8_out_init(&out);
    for (unsigned n = 0; n < 1000; n++) {
        uint8_t in[] = {0x90, 0x80, (uint8_t)((n * 3) & 0x7f), 1}, to[VP8_DESCRIPTOR_BYTES_MAX];
        struct vp8 v;
        CHECK_OK(vp8_parse(in, sizeof in, &v));
        if (n) { /* of three frames the first two are left out */
            struct vp8 gone = v;
            gone.picture_id = (uint16_t)((n * 3 - 2) & 0x7f);
            vp8_out_drop(&out, &gone);
            gone.picture_id = (uint16_t)((n * 3 - 1) & 0x7f);
            vp8_out_drop(&out, &gone);
        }
        CHECK_OK(vp8_out_forward(&out, &v, in, to));
        CHECK_INT(to[2], n & 0x7f);
        CHECK(to[0] == 0x90 && to[1] == 0x80);
    }
}

TEST(vp9_descriptors_are_read)
{
    struct vp9 v;
    bytes = hex("aa 8123 00 07 10 0140 00b4", payload,
                sizeof payload); /* I L B V: a key frame with a structure */
    CHECK_OK(vp9_parse(payload, bytes, &v));
    CHECK(v.is_start && v.is_key && v.picture_id == 0x123 && v.has_layers && v.tl0 == 7 &&
          v.spatial_count == 1);
    CHECK_INT(v.descriptor_bytes, 10);
    bytes = hex("aa 8123 00 07 38 0140 00b4 0280 0168 02 04 01 44 01", payload, sizeof payload);
    CHECK_ERR(vp9_parse(payload, bytes - 1, &v), ERR_BAD_INPUT);
    CHECK_OK(vp9_parse(payload, bytes, &v));
    CHECK(v.spatial_count == 2 && v.has_sizes && v.width[1] == 640 && v.height[0] == 180);
    bytes = hex("ec 05 b3 09", payload, sizeof payload); /* I P L B E: T5 U S1 D */
    CHECK_OK(vp9_parse(payload, bytes, &v));
    CHECK(!v.is_key && v.is_inter && v.tid == 5 && v.is_switch_up && v.sid == 1 && v.is_inter_layer &&
          v.is_end);
    bytes = hex("f8 05 00 03 05 04", payload, sizeof payload); /* flexible, three references */
    CHECK_OK(vp9_parse(payload, bytes, &v));
    CHECK_INT(v.descriptor_bytes, 6);
    bytes = hex("f8 05 00 03 05 05 04", payload, sizeof payload); /* four: too many */
    CHECK_ERR(vp9_parse(payload, bytes, &v), ERR_BAD_INPUT);
    bytes = hex("a8 05 02 00", payload, sizeof payload); /* the upper layer of a key picture */
    CHECK_OK(vp9_parse(payload, bytes, &v));
    CHECK(!v.is_key && v.sid == 1);
    CHECK_ERR(vp9_parse(payload, 0, &v), ERR_BAD_INPUT);
}

static struct h264 h264_of(const char *text)
{
    struct h264 h;
    bytes = hex(text, payload, sizeof payload);
    CHECK_OK(h264_parse(payload, bytes, &h));
    return h;
}

TEST(h264_key_frames_are_found_in_all_packetizations)
{
    struct h264 h = h264_of("65 88"); /* an IDR slice by itself */
    CHECK(h.is_key && h.has_idr && h.is_start && h.reference == 3);
    h = h264_of("41 9a");
    CHECK(!h.is_key && h.reference == 2);
    h = h264_of("7c85 88"); /* its first piece */
    CHECK(h.is_key && h.is_start);
    h = h264_of("7c05 88"); /* a middle one */
    CHECK(!h.is_key && !h.is_start);
    h = h264_of("7c45 88");
    CHECK(!h.is_key && !h.is_start);
    /* SPS and PPS of libx264, 640 × 480, constrained baseline, then an IDR slice. */
    h = h264_of("78 0017 6742c01edd80a03da10000030001000003003c8f162e48 0004 68ca83cb 0002 6588");
    CHECK(h.is_key && h.has_sps && h.has_pps && h.has_idr);
    h = h264_of("01 00");
    CHECK(!h.is_key && h.reference == 0);
}

TEST(h264_sizes_are_read_with_their_cropping)
{
    struct h264 h = h264_of("6742001fed00a00b72"); /* baseline */
    CHECK(h.width == 1280 && h.height == 720);
    h = h264_of("6764001fadffff80da01e0089f95"); /* high, with a scaling list; 1080 of 1088 lines */
    CHECK(h.width == 1920 && h.height == 1080);
    h = h264_of("674d001fed01684890"); /* main, interlaced */
    CHECK(h.width == 720 && h.height == 576);
    h = h264_of("67 42");
    CHECK(h.is_key && h.width == 0);
}

TEST(h264_that_makes_no_sense_is_refused)
{
    static const char *const wrong[] = {"",          "00",     "1e00", "7c",    "78",
                                        "780005 67", "780000", "7800", "7d8500"};
    struct h264 h;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        bytes = hex(wrong[i], payload, sizeof payload);
        CHECK_ERR(h264_parse(payload, bytes, &h), ERR_BAD_INPUT);
    }
}

TEST(av1_headers_are_read)
{
    struct av1 v;
    bytes = hex("18 0a0b00", payload, sizeof payload); /* W = 1, N: a sequence header */
    CHECK_OK(av1_parse(payload, bytes, &v));
    CHECK(v.is_key && v.element_count == 1 && !v.is_continued && !v.has_layers);
    bytes = hex("20 02 3648 00", payload, sizeof payload); /* W = 2: length, then an OBU with T2 S1 */
    CHECK_OK(av1_parse(payload, bytes, &v));
    CHECK(!v.is_key && v.has_layers && v.tid == 2 && v.sid == 1);
    bytes = hex("90 ff", payload, sizeof payload);
    CHECK_OK(av1_parse(payload, bytes, &v));
    CHECK(v.is_continued && !v.is_key);
    static const char *const wrong[] = {
        "", "18", "98 0a", "10 80", "10 36", "20 ff", "20 ffffffffffffffffff"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        bytes = hex(wrong[i], payload, sizeof payload);
        CHECK_ERR(av1_parse(payload, bytes, &v), ERR_BAD_INPUT);
    }
}

static struct dependency_structure kept;

static enum err dependency_of(const char *text, struct dependency *ret_d)
{
    bytes = hex(text, payload, sizeof payload);
    return dependency_parse((struct str){(char *)payload, bytes}, &kept, ret_d);
}

/* A descriptor of an L1T3 stream, and one that Chrome 118 sent (both recorded in baresip's tests). */
TEST(a_dependency_structure_of_three_temporal_layers_is_read_and_kept)
{
    struct dependency d;
    kept = (struct dependency_structure){0};
    CHECK_ERR(dependency_of("800001", &d), ERR_NOT_FOUND);
    CHECK_OK(dependency_of("80012f800214eaa860414d1410208426", &d));
    CHECK(d.is_start && !d.is_end && d.has_structure && d.frame_number == 303 && d.active_targets == 7);
    CHECK(kept.target_count == 3 && kept.template_count == 5 && kept.chain_count == 1 &&
          kept.spatial_count == 1);
    CHECK(kept.tid[2] == 1 && kept.tid[3] == 2 && kept.target_tid[1] == 1 && kept.target_tid[2] == 2);
    CHECK(kept.use[2][0] == DEPENDENCY_NOT_PRESENT && kept.use[2][1] == DEPENDENCY_DISCARDABLE &&
          kept.use[2][2] == DEPENDENCY_SWITCH);
    CHECK_OK(dependency_of("c30130", &d)); /* a whole frame by template 3 */
    CHECK(d.is_start && d.is_end && !d.has_structure && d.tid == 2 && d.use[2] == DEPENDENCY_DISCARDABLE);
    CHECK_ERR(dependency_of("c50130", &d), ERR_BAD_INPUT); /* template 5 is not there */
    CHECK_OK(dependency_of("c00131 43", &d));              /* only targets 0 and 1 are active */
    CHECK(d.has_active_targets && d.active_targets == 3);
    CHECK_OK(dependency_of("c00131 21c0", &d)); /* a use of its own for each target */
    CHECK(d.use[0] == DEPENDENCY_NOT_PRESENT && d.use[1] == DEPENDENCY_REQUIRED &&
          d.use[2] == DEPENDENCY_SWITCH);
}

TEST(a_dependency_structure_of_chrome_tells_the_size)
{
    struct dependency d;
    kept = (struct dependency_structure){0};
    CHECK_OK(dependency_of("80000180003a40813f80ef80", &d));
    CHECK(kept.target_count == 1 && kept.template_count == 2 && kept.has_sizes && d.active_targets == 1);
    CHECK(kept.width[0] == 640 && kept.height[0] == 480 && d.use[0] == DEPENDENCY_SWITCH);
}

TEST(a_malformed_dependency_structure_leaves_the_kept_one_alone)
{
    struct dependency d;
    kept = (struct dependency_structure){0};
    CHECK_OK(dependency_of("80012f800214eaa860414d1410208426", &d));
    struct dependency_structure before = kept;
    size_t whole = bytes;
    for (size_t n = 0; n < whole; n++) {
        if (n == 3) continue; /* a short descriptor of its own right */
        CHECK(dependency_parse((struct str){(char *)payload, n}, &kept, &d) != OK);
        CHECK(memcmp(&kept, &before, sizeof kept) == 0);
    }
    CHECK_ERR(dependency_of("80012f80000000000000000000000000000000000000", &d),
              ERR_BAD_INPUT); /* layers without end */
    CHECK_ERR(dependency_of("80012f8003aaaaaaaaaaaaaaaaaaaaaaaaaa", &d),
              ERR_BAD_INPUT); /* ten spatial layers */
}

static struct frame frame_of(enum codec codec, const char *payload_hex, struct str dependency)
{
    static uint8_t packet[512];
    struct rtp r;
    struct ext_values values = {0};
    struct frame f;
    size_t n = hex("80e0 0001 00000001 00000001", packet, sizeof packet);
    n += hex(payload_hex, packet + n, sizeof packet - n);
    if (dependency.bytes) {
        values.has = 1u << EXT_DEPENDENCY;
        values.dependency = dependency;
    }
    CHECK_OK(rtp_parse(packet, n, &r));
    CHECK_OK(frame_read(codec, &r, &values, &kept, &f));
    return f;
}

TEST(all_codecs_answer_the_same_questions)
{
    kept = (struct dependency_structure){0};
    struct frame f = frame_of(CODEC_VP8, "90e0 8123 45 00 50b302 9d012a 8002 e001 00", STR(""));
    CHECK(f.is_key && f.is_end && f.has_layers && f.tid == 0 && f.width == 640);
    f = frame_of(CODEC_VP8, "90e0 8123 45 60 51b302", STR(""));
    CHECK(!f.is_key && f.is_switch_up && f.tid == 1);
    f = frame_of(CODEC_VP9, "aa 8123 00 07 10 0140 00b4", STR(""));
    CHECK(f.is_key && f.width == 320 && f.height == 180);
    f = frame_of(CODEC_H264, "65 88", STR(""));
    CHECK(f.is_key && !f.has_layers && !f.is_unreferenced);
    f = frame_of(CODEC_OPUS, "78", STR(""));
    CHECK(f.is_key && f.is_start);
    uint8_t dependency[16];
    hex("80012f800214eaa860414d1410208426", dependency, sizeof dependency);
    f = frame_of(CODEC_AV1, "18 0a0b00", (struct str){(char *)dependency, sizeof dependency});
    CHECK(f.is_key && f.has_layers && f.is_switch_up && !f.is_unreferenced);
    hex("c30130", dependency, sizeof dependency);
    f = frame_of(CODEC_AV1, "90 ff", (struct str){(char *)dependency, 3});
    CHECK(!f.is_key && f.tid == 2 && f.is_unreferenced && f.is_start);
    CHECK(codec_of(STR("vp8")) == CODEC_VP8 && codec_of(STR("H266")) == CODEC_NONE &&
          !codec_is_video(CODEC_OPUS));
}

TEST(padding_is_part_of_no_frame)
{
    uint8_t packet[] = {0xa0, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4};
    struct rtp r;
    struct ext_values values = {0};
    struct frame f;
    CHECK_OK(rtp_parse(packet, sizeof packet, &r));
    CHECK_ERR(frame_read(CODEC_VP8, &r, &values, &kept, &f), ERR_NOT_FOUND);
    CHECK_OK(rtp_parse(packet, sizeof packet, &r));
    r.payload_bytes = 1;
    CHECK_ERR(frame_read(CODEC_NONE, &r, &values, &kept, &f), ERR_BAD_INPUT);
}
