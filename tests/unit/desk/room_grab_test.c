/* A picture of a track for the record: who may have one, and what becomes of what the worker says. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { DOCTOR = 1, EYE };

/* A booked room on worker 0 of two, in which the doctor's exam camera is track 1, the worker's 70. */
static struct rooms *consultation(void)
{
    struct rooms *r = open_rooms(2);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    enter_as(r, DOCTOR, "doctor", ROLE_CLINIC_DOCTOR, "enc-1");
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    say(r, DOCTOR,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
        "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\"}]}");
    const struct sent *offer = last(LINK_PEER_OFFER);
    if (!offer) return r;
    struct sent up = *offer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &up, 70, "0");
    return r;
}

static void grab(struct rooms *r, const char *room, const char *visit, const char *account, uint32_t track)
{
    struct room_grab_ask ask = {&world, room, visit, account, track};
    rooms_grab(r, &ask, now);
}

static void hear_part(struct rooms *r, int worker, uint32_t request, uint32_t offset, const char *bytes)
{
    struct link_msg m = {.type = LINK_STILL_PART, .still_part = {request, offset, str_of(bytes)}};
    rooms_heard(r, worker, &m, now);
}

static void hear_done(struct rooms *r, int worker, uint32_t request, uint32_t bytes)
{
    struct link_msg m = {
        .type = LINK_STILL_DONE,
        .still_done = {request, LINK_STILL_MADE, LINK_CLOCK_SOURCE, bytes, 640, 480, 1795418640000}};
    rooms_heard(r, worker, &m, now);
}

static void hear_refusal(struct rooms *r, uint32_t request, enum link_still_status status)
{
    struct link_msg m = {.type = LINK_STILL_DONE,
                         .still_done = {.request = request, .status = (uint8_t)status}};
    rooms_heard(r, 0, &m, now);
}

static bool is_refused(const char *code)
{
    bool is = world.grabs == 1 && strcmp(world.grab_code, code) == 0;
    world.grabs = 0;
    return is;
}

TEST(a_picture_comes_in_parts_with_what_is_known_of_its_track)
{
    struct rooms *r = consultation();
    grab(r, "r1", "enc-1", "eye", 1);
    const struct sent *ask = last(LINK_STILL_ASK);
    CHECK(ask && ask->track == 70 && world.grabs == 0);
    uint32_t request = ask->request;
    hear_part(r, 0, request, 0, "half of one");
    hear_part(r, 0, request, 0, "\x89PNG"); /* its child died: it begins anew */
    hear_part(r, 0, request, 4, "rest");
    hear_done(r, 0, request, 8);
    CHECK(world.grabs == 1 && world.grab_code[0] == 0);
    CHECK(world.grab_bytes == 8 && world.grab.width == 640 && world.grab.height == 480);
    CHECK(world.grab.is_by_source && world.grab.at.ms == 1795418640000);
    CHECK(strcmp(world.grab_label, "exam") == 0 && world.grab_source[0] == 0 && world.grab.track == 1);
    hear_done(r, 0, request, 8); /* it was answered */
    CHECK_INT(world.grabs, 1);
    close_rooms(r);
}

TEST(nobody_has_a_picture_of_what_is_not_before_the_own_eyes)
{
    struct rooms *r = consultation();
    grab(r, "r2", "enc-1", "eye", 1);
    CHECK(is_refused("not_in_call"));
    grab(r, "r1", "enc-2", "eye", 1); /* another visit's */
    CHECK(is_refused("not_in_call"));
    grab(r, "r1", "enc-1", "nurse", 1); /* who is not there, sees nothing */
    CHECK(is_refused("not_in_call"));
    grab(r, "r1", "enc-1", "eye", 2);
    CHECK(is_refused("no_track"));
    say(r, DOCTOR, "{\"type\":\"call.mute\",\"track\":1,\"muted\":true}");
    grab(r, "r1", "enc-1", "eye", 1);
    CHECK(is_refused("still_no_picture"));
    say(r, DOCTOR, "{\"type\":\"call.mute\",\"track\":1,\"muted\":false}");
    char text[80];
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", number_of(EYE));
    say(r, DOCTOR, text);
    grab(r, "r1", "enc-1", "eye", 1);
    CHECK(is_refused("still_no_picture"));
    CHECK(!last(LINK_STILL_ASK));
    close_rooms(r);
}

TEST(what_the_worker_cannot_is_told_and_what_does_not_fit_is_no_picture)
{
    static const struct {
        enum link_still_status status;
        const char *code;
    } all[] = {{LINK_STILL_NOTHING, "still_no_picture"},
               {LINK_STILL_CODEC, "still_codec"},
               {LINK_STILL_BUSY, "still_busy"},
               {LINK_STILL_LARGE, "too_large"}};
    struct rooms *r = consultation();
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        grab(r, "r1", "enc-1", "doctor", 1);
        hear_refusal(r, last(LINK_STILL_ASK)->request, all[i].status);
        CHECK(is_refused(all[i].code));
    }
    grab(r, "r1", "enc-1", "doctor", 1);
    hear_part(r, 0, last(LINK_STILL_ASK)->request, 0, "abcd");
    hear_done(r, 0, last(LINK_STILL_ASK)->request, 5);
    CHECK(is_refused("still_busy"));
    grab(r, "r1", "enc-1", "doctor", 1);
    hear_part(r, 0, last(LINK_STILL_ASK)->request, 7, "abcd");
    CHECK(is_refused("still_busy"));
    close_rooms(r);
}

TEST(so_many_at_once_and_none_waits_for_ever)
{
    struct rooms *r = consultation();
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        grab(r, "r1", "enc-1", "doctor", 1);
    CHECK_INT(world.grabs, 0);
    grab(r, "r1", "enc-1", "doctor", 1);
    CHECK(is_refused("still_busy"));
    now.ms += 14000;
    rooms_turn(r, now, wall);
    CHECK_INT(world.grabs, 0);
    now.ms += 2000;
    rooms_turn(r, now, wall);
    CHECK_INT(world.grabs, ROOM_GRABS_MAX);
    world.grabs = 0;
    grab(r, "r1", "enc-1", "doctor", 1);
    hear_part(r, 1, last(LINK_STILL_ASK)->request, 0, "abcd"); /* another worker's word */
    hear_done(r, 1, last(LINK_STILL_ASK)->request, 4);
    CHECK_INT(world.grabs, 0);
    rooms_worker_down(r, 0, now);
    CHECK(is_refused("still_busy"));
    grab(r, "r1", "enc-1", "doctor", 1);
    CHECK(world.grabs == 1); /* no worker is up */
    world.grabs = 0;
    rooms_end(r);
    close_rooms(r);
}
