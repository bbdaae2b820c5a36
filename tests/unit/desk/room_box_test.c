/* The box beside a source's camera: it says where the camera stands, and waits for where it is to stand. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { DOCTOR = 1, EYE };

static const char pass[] = "6f9619ff-8b86-4011-b42d-00c04fc964ff";
static const struct room_box_ask its = {.asker = &world, .room = "r1", .source = "cam", .pass = pass};
static const int16_t stands[ROOM_AXES] = {5000, 2500, 0}, nowhere[ROOM_AXES] = {-1, -1, -1};

/* A doctor and a specialist in r1, and the camera "cam", whose picture is track 1. */
static struct rooms *with_camera(void)
{
    struct rooms *r = open_rooms(1);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    enter_as(r, DOCTOR, "doctor", ROLE_CLINIC_DOCTOR, "enc-1");
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    struct room_post p = {.asker = &world,
                          .room = "r1",
                          .title = "r1",
                          .source = "cam",
                          .from = "192.0.2.9",
                          .pass = pass,
                          .ends = {wall.ms + 600000},
                          .sdp = STR("v=0")};
    rooms_post(r, &p, now, wall);
    const struct sent *offer = last(LINK_PEER_OFFER);
    if (!offer) return r;
    struct sent up = *offer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &up, 70, "0");
    return r;
}

static void take(struct rooms *r, int serial)
{
    say(r, serial, "{\"type\":\"call.steer\",\"track\":1,\"on\":true}");
}

static void move(struct rooms *r, int serial, const char *axes)
{
    char text[120];
    snprintf(text, sizeof text, "{\"type\":\"call.move\",\"track\":1,\"axes\":{%s}}", axes);
    say(r, serial, text);
}

static bool is_body(const char *body)
{
    return world.status == 200 && strcmp(world.body, body) == 0;
}

TEST(a_box_says_where_its_camera_stands_and_is_told_where_it_is_to_stand)
{
    struct rooms *r = with_camera();
    rooms_box_stands(r, &its, stands, now);
    CHECK_INT(world.status, 204);
    CHECK(told(EYE, "\"ptz\":{\"pan\":5000,\"tilt\":2500,\"zoom\":0}"));
    rooms_box_wait(r, &its, NULL, now);
    take(r, EYE);
    int before = world.answers;
    move(r, EYE, "\"pan\":6000");
    CHECK_INT(world.answers, before + 1);
    CHECK(is_body("{\"type\":\"call.move\",\"n\":1,\"axes\":{\"pan\":6000}}"));
    CHECK(!told(EYE, "\"code\""));
    rooms_box_stands(r, &its, nowhere, now); /* switched off */
    CHECK(told(EYE, "\"ptz\":null") && traced("call.steer-end room/r1"));
    close_rooms(r);
}

TEST(what_is_moved_between_two_waits_comes_with_the_next_and_no_more_once_it_is_nobodys)
{
    struct rooms *r = with_camera();
    uint32_t after = 0;
    rooms_box_stands(r, &its, stands, now);
    take(r, EYE);
    move(r, EYE, "\"pan\":6000");
    move(r, EYE, "\"zoom\":100");
    rooms_box_wait(r, &its, &after, now);
    CHECK(is_body("{\"type\":\"call.move\",\"n\":2,\"axes\":{\"pan\":6000,\"zoom\":100}}"));
    int before = world.answers;
    after = 2;
    rooms_box_wait(r, &its, &after, now);
    CHECK_INT(world.answers, before);
    now.ms += 20000;
    rooms_turn(r, now, wall);
    CHECK(is_body("{\"type\":\"call.move\",\"n\":2,\"axes\":{}}"));
    now.ms += ROOM_STEER_MS;
    rooms_turn(r, now, wall); /* unused: nobody's */
    after = 0;
    before = world.answers;
    rooms_box_wait(r, &its, &after, now);
    CHECK_INT(world.answers, before);
    take(r, DOCTOR);
    move(r, DOCTOR, "\"tilt\":1");
    CHECK(is_body("{\"type\":\"call.move\",\"n\":3,\"axes\":{\"tilt\":1}}"));
    close_rooms(r);
}

TEST(another_pass_another_name_and_a_second_wait_are_refused)
{
    struct rooms *r = with_camera();
    struct room_box_ask other = its;
    other.pass = "00000000-0000-4000-8000-000000000000";
    rooms_box_stands(r, &other, stands, now);
    CHECK(world.status == 403 && !told(EYE, "\"ptz\":{"));
    rooms_box_wait(r, &other, NULL, now);
    CHECK_INT(world.status, 403);
    other = its;
    other.source = "scope";
    rooms_box_wait(r, &other, NULL, now);
    CHECK_INT(world.status, 404);
    rooms_box_wait(r, &its, NULL, now);
    rooms_box_wait(r, &its, NULL, now);
    CHECK(world.status == 409 && strcmp(world.code, "conflict") == 0);
    close_rooms(r); /* the second is answered too */
    CHECK_INT(world.status, 404);
}

TEST(a_box_that_says_too_much_is_told_so_and_one_whose_source_goes_waits_no_longer)
{
    struct rooms *r = with_camera();
    for (int i = 0; i < 41; i++)
        rooms_box_stands(r, &its, stands, now);
    CHECK(world.status == 429 && strcmp(world.code, "slow_down") == 0);
    rooms_box_wait(r, &its, NULL, now);
    int before = world.answers;
    rooms_void(r, pass, now);
    CHECK_INT(world.answers, before + 1);
    CHECK_INT(world.status, 404);
    close_rooms(r);
}
