/* Legs: one sound and one picture of a room, by messages and the clock. */
#include "base/rnd.h"
#include "film.h"
#include "media/codec.h"
#include "media/decode.h"
#include "media/mixes.h"
#include "tests/unit/check.h"
#include "tests/unit/mixer/voice.h"
#include <math.h>
#include <opus.h>
#include <string.h>

enum { LEG = 9, SECOND = 50 };

struct ear {
    OpusDecoder *opus;
    struct decoder *eye;
    float sound[SECOND * SOUND_FRAME]; /* the last second of what came */
    unsigned packets, nothings, pictures, keys, broken;
    size_t sound_bytes, picture_bytes;
    uint32_t sound_stamp, picture_stamp;
    uint16_t width, height;
    uint8_t luma_left, luma_right, luma_corner;
};

static void mixed_hear(struct ear *e, const struct codec_msg *m)
{
    CHECK(e->packets == 0 || (m->stamp - e->sound_stamp) % SOUND_FRAME == 0);
    e->sound_stamp = m->stamp;
    e->packets++;
    e->nothings += m->body_bytes == 0;
    if (m->body_bytes == 0) return;
    e->sound_bytes += m->body_bytes;
    memmove(e->sound, e->sound + SOUND_FRAME, sizeof e->sound - SOUND_FRAME * sizeof *e->sound);
    CHECK(opus_decode_float(e->opus, m->body, (int)m->body_bytes, e->sound + (SECOND - 1) * SOUND_FRAME,
                            SOUND_FRAME, 0) == SOUND_FRAME);
}

static void composed_hear(struct ear *e, const struct codec_msg *m)
{
    struct picture p;
    CHECK((int32_t)(m->stamp - e->picture_stamp) > 0 || e->pictures == 0);
    e->picture_stamp = m->stamp;
    e->pictures++;
    e->keys += (m->flags & CODEC_MARKED) != 0;
    e->picture_bytes += m->body_bytes;
    if (decoder_unit(e->eye, m->body, m->body_bytes) || decoder_picture(e->eye, &p)) {
        e->broken++;
        return;
    }
    e->width = p.width;
    e->height = p.height;
    e->luma_left = p.plane[0][p.height / 2 * p.stride[0] + p.width / 4];
    e->luma_right = p.plane[0][p.height / 6 * p.stride[0] + p.width * 7 / 8];
    e->luma_corner = p.plane[0][(p.height - 2u) * p.stride[0] + p.width - 2u];
}

static enum err hear(void *ctx, const struct codec_msg *m)
{
    struct ear *e = ctx;
    CHECK_INT(m->id, LEG);
    CHECK(m->type == CODEC_MIXED || m->type == CODEC_COMPOSED);
    if (m->type == CODEC_MIXED)
        mixed_hear(e, m);
    else
        composed_hear(e, m);
    return OK;
}

static void ear_open(struct ear *e)
{
    int error;
    memset(e, 0, sizeof *e);
    e->opus = opus_decoder_create(SOUND_HZ, 1, &error);
    CHECK(e->opus);
    CHECK_OK(decoder_new(CODEC_VP8, &e->eye));
}

static void ear_close(struct ear *e)
{
    opus_decoder_destroy(e->opus);
    decoder_free(e->eye);
}

static void leg_say(struct codec_works *c, const struct leg_msg *l)
{
    uint8_t body[LEG_MSG_BYTES_MAX];
    struct codec_msg m = {.type = CODEC_LEG, .id = LEG, .body = body, .body_bytes = leg_msg_write(l, body)};
    CHECK_OK(codec_take(c, &m));
}

static void sound_open(struct codec_works *c, uint32_t id, uint32_t room, uint32_t person)
{
    struct codec_msg m = {.type = CODEC_OPEN, .codec = CODEC_OPUS, .id = id, .n = room, .stamp = person};
    CHECK_OK(codec_take(c, &m));
}

static void picture_open(struct codec_works *c, uint32_t id, enum codec codec)
{
    struct codec_msg m = {.type = CODEC_OPEN, .codec = (uint8_t)codec, .id = id};
    CHECK_OK(codec_take(c, &m));
}

static void sound_say(struct codec_works *c, uint32_t id, struct voice *v)
{
    uint8_t packet[VOICE_BYTES_MAX];
    size_t bytes = voice_packet(v, packet);
    struct codec_msg m = {
        .type = CODEC_PACKET, .id = id, .n = v->seq, .stamp = v->stamp, .body = packet, .body_bytes = bytes};
    CHECK_OK(codec_take(c, &m));
}

static void film_say(struct codec_works *c, uint32_t id, const struct film *f)
{
    for (unsigned i = 0; i < f->count; i++) {
        const struct film_payload *p = &f->payloads[i];
        struct codec_msg m = {.type = CODEC_PACKET,
                              .id = id,
                              .stamp = p->stamp,
                              .flags = p->is_marked ? CODEC_MARKED : 0,
                              .body = p->at,
                              .body_bytes = p->bytes};
        CHECK_OK(codec_take(c, &m));
    }
}

static const struct leg_msg usual = {.room = 1,
                                     .person = 3,
                                     .sound_bps = 20000,
                                     .picture_bps = 60000,
                                     .width = 320,
                                     .height = 180,
                                     .a_second = 8,
                                     .count = 2,
                                     .streams = {11, 12}};

/* The room of a test: persons 1 to 3 speak, 11 and 12 are seen, 3 listens; in room 2 somebody else speaks. */
struct stage {
    struct ear ear;
    struct codec_works *works;
    struct voice voices[4];
    int64_t now_us;
};
static const double tones[4] = {400, 1000, 1700, 2500};

static void stage_open(struct stage *s)
{
    ear_open(&s->ear);
    struct codec_port port = {hear, &s->ear};
    s->works = codec_new(&port);
    s->now_us = 5000000;
    for (uint32_t i = 0; i < 4; i++) {
        voice_init(&s->voices[i], tones[i], 0.3f, 0);
        sound_open(s->works, i + 1, i == 3 ? 2 : 1, i + 1);
    }
}

static void frames_pass(struct stage *s, unsigned frames)
{
    int64_t due_us;
    while (frames--) {
        for (uint32_t i = 0; i < 4; i++)
            sound_say(s->works, i + 1, &s->voices[i]);
        s->now_us += MIXES_TICK_US;
        CHECK_OK(codec_turn(s->works, s->now_us, &due_us));
        CHECK(due_us == INT64_MAX || (due_us > s->now_us && due_us <= s->now_us + MIXES_TICK_US));
    }
}

static void stage_close(struct stage *s)
{
    for (int i = 0; i < 4; i++)
        voice_done(&s->voices[i]);
    codec_free(s->works);
    ear_close(&s->ear);
}

static double hears(const struct stage *s, double hz)
{
    return db_of(tone_in(s->ear.sound, SECOND * SOUND_FRAME, hz));
}

TEST(a_leg_has_one_sound_and_one_picture_of_all_others)
{
    static struct stage s;
    struct film *f = film_new(CODEC_VP8, 640, 360, 3, 1), *g = film_new(CODEC_H264, 640, 480, 3, 1);
    stage_open(&s);
    picture_open(s.works, 11, CODEC_VP8);
    picture_open(s.works, 12, CODEC_H264);
    film_say(s.works, 11, f);
    film_say(s.works, 12, g);
    frames_pass(&s, SECOND);
    CHECK_INT(s.ear.packets + s.ear.pictures, 0); /* nobody listens */
    leg_say(s.works, &usual);
    frames_pass(&s, 5 * SECOND);
    CHECK(s.ear.packets >= 5 * SECOND - 2);
    CHECK(hears(&s, tones[0]) > -35 && hears(&s, tones[1]) > -35);
    CHECK(hears(&s, tones[2]) < -55); /* himself */
    CHECK(hears(&s, tones[3]) < -55); /* another room */
    CHECK(s.ear.pictures >= 30 && s.ear.pictures <= 42);
    CHECK(s.ear.keys == 1 && s.ear.broken == 0);
    CHECK(s.ear.width == 320 && s.ear.height == 180);
    CHECK(s.ear.luma_left > 40 && s.ear.luma_right > 40 && s.ear.luma_corner < 30);
    printf("figure leg: sound %zu, picture %zu bit/s\n", s.ear.sound_bytes * 8 / 5,
           s.ear.picture_bytes * 8 / 5);
    CHECK(s.ear.sound_bytes * 8 / 5 < 26000 && s.ear.picture_bytes * 8 / 5 < 90000);
    film_free(f);
    film_free(g);
    stage_close(&s);
}

TEST(a_key_picture_comes_when_it_is_asked_for_and_with_another_size)
{
    static struct stage s;
    struct leg_msg l = usual;
    struct codec_msg key = {.type = CODEC_KEY, .id = LEG}, close = {.type = CODEC_CLOSE, .id = LEG};
    struct film *f = film_new(CODEC_VP8, 640, 360, 3, 1);
    stage_open(&s);
    picture_open(s.works, 11, CODEC_VP8);
    film_say(s.works, 11, f);
    leg_say(s.works, &l);
    frames_pass(&s, 2 * SECOND);
    CHECK_INT(s.ear.keys, 1);
    CHECK_OK(codec_take(s.works, &key));
    frames_pass(&s, SECOND);
    CHECK_INT(s.ear.keys, 2);
    l.width = 480, l.height = 270;
    leg_say(s.works, &l);
    frames_pass(&s, SECOND);
    CHECK_INT(s.ear.keys, 3);
    CHECK(s.ear.width == 480 && s.ear.broken == 0);
    l.picture_bps = 0; /* the sound alone */
    leg_say(s.works, &l);
    unsigned pictures = s.ear.pictures, packets = s.ear.packets;
    frames_pass(&s, SECOND);
    CHECK(s.ear.pictures == pictures && s.ear.packets > packets);
    CHECK_OK(codec_take(s.works, &close));
    packets = s.ear.packets;
    frames_pass(&s, SECOND);
    CHECK_INT(s.ear.packets, packets);
    film_free(f);
    stage_close(&s);
}

TEST(a_leg_that_has_nothing_to_hear_is_told_so_each_time)
{
    static struct stage s;
    int64_t due_us;
    stage_open(&s);
    for (uint32_t i = 1; i <= 4; i++) {
        struct codec_msg close = {.type = CODEC_CLOSE, .id = i};
        CHECK_OK(codec_take(s.works, &close));
    }
    leg_say(s.works, &usual);
    for (int i = 0; i < 3 * SECOND; i++)
        CHECK_OK(codec_turn(s.works, s.now_us += MIXES_TICK_US, &due_us));
    CHECK(s.ear.packets >= 3 * SECOND - 1 && s.ear.nothings >= 2 * SECOND);
    CHECK(s.ear.sound_bytes > 0); /* that it became still */
    stage_close(&s);
}

TEST(a_child_that_was_held_up_goes_on_with_what_is_now)
{
    static struct stage s;
    int64_t due_us;
    stage_open(&s);
    leg_say(s.works, &usual);
    frames_pass(&s, SECOND);
    unsigned packets = s.ear.packets;
    s.now_us += 3000000;
    CHECK_OK(codec_turn(s.works, s.now_us, &due_us));
    CHECK(s.ear.packets <= packets + 1);
    s.now_us += 100000; /* what is a little late is made up for */
    CHECK_OK(codec_turn(s.works, s.now_us, &due_us));
    CHECK(s.ear.packets > packets + 3);
    stage_close(&s);
}

TEST(a_legs_body_is_read_as_it_was_written_and_nonsense_is_refused)
{
    uint8_t body[LEG_MSG_BYTES_MAX];
    struct leg_msg back;
    size_t n = leg_msg_write(&usual, body);
    CHECK_OK(leg_msg_read(body, n, &back));
    CHECK(back.room == 1 && back.person == 3 && back.count == 2 && back.streams[1] == 12 &&
          back.a_second == 8);
    CHECK_ERR(leg_msg_read(body, n - 1, &back), ERR_BAD_INPUT);
    for (int i = 0; i < 20000; i++) {
        uint8_t any[LEG_MSG_BYTES_MAX];
        size_t bytes = rnd_below(sizeof any + 1);
        memcpy(any, body, sizeof any);
        for (int k = 0; k < 4; k++)
            any[rnd_below(sizeof any)] = (uint8_t)rnd_u64();
        if (leg_msg_read(any, bytes, &back) != OK) continue;
        CHECK(back.room && back.count <= COMPOSE_PICTURES_MAX);
        CHECK(!back.picture_bps || (back.width <= COMPOSE_SIDE_MAX && back.width >= 16 && back.a_second));
    }
}

SWEEP(a_leg_is_made_and_ends)
{
    struct ear e = {0};
    struct codec_port port = {hear, &e};
    uint8_t body[LEG_MSG_BYTES_MAX];
    struct codec_msg leg = {.type = CODEC_LEG,
                            .id = LEG,
                            .body = body,
                            .body_bytes = leg_msg_write(&usual, body)},
                     open = {.type = CODEC_OPEN, .codec = CODEC_OPUS, .id = 1, .n = 1, .stamp = 1},
                     close = {.type = CODEC_CLOSE, .id = LEG};
    struct codec_works *c = codec_new(&port);
    if (!c) return ERR_NOMEM;
    CHECK_OK(codec_take(c, &open)); /* without memory it is passed over */
    CHECK_OK(codec_take(c, &leg));
    CHECK_OK(codec_take(c, &close));
    codec_free(c);
    return mem_fail_left() > 0 ? OK : ERR_NOMEM;
}
