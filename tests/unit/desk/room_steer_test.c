/* A camera that is moved from afar: who may, one at a time, how long, and who is told. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { DOCTOR = 1, EYE, BRAIN, PATIENT, NURSE }; /* serials */

static const char stands[] =
    "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"pan\":5000,\"tilt\":2500,\"zoom\":0}}";
static const char takes[] = "{\"type\":\"call.steer\",\"track\":1,\"on\":true}";
static const char gives[] = "{\"type\":\"call.steer\",\"track\":1,\"on\":false}";
static const char moves[] = "{\"type\":\"call.move\",\"track\":1,\"axes\":{\"pan\":6000}}";

/* A booked room with a doctor, whose exam camera is track 1 and can be moved, two specialists, the patient and a nurse. */
static struct rooms *consultation(void)
{
    static const enum role roles[] = {ROLE_CLINIC_DOCTOR, ROLE_SPECIALIST, ROLE_SPECIALIST, ROLE_DETAINEE,
                                      ROLE_NURSE};
    static const char *const accounts[] = {"doctor", "eye", "brain", "patient", "nurse"};
    struct rooms *r = open_rooms(1);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    for (int i = 0; i < (int)COUNT_OF(roles); i++)
        enter_as(r, 1 + i, accounts[i], roles[i], "enc-1");
    say(r, DOCTOR,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
        "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\"}]}");
    const struct sent *offer = last(LINK_PEER_OFFER);
    if (!offer) return r;
    struct sent up = *offer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &up, 70, "0");
    say(r, DOCTOR, stands);
    return r;
}

static bool is_refused(int serial, const char *code)
{
    char want[60];
    snprintf(want, sizeof want, "\"code\":\"%s\"", code);
    return told(serial, want);
}

/* By its number, of a consultation whose call.joined frames are not forgotten. */
static bool is_steered_by(uint32_t who, int seen_by)
{
    char want[60];
    snprintf(want, sizeof want, "\"steer\":{\"by\":%u,\"until\":\"", who);
    return told(seen_by, want);
}

TEST(where_a_camera_stands_is_told_to_all_and_one_that_has_no_axes_is_nobodys_to_take)
{
    struct rooms *r = consultation();
    CHECK(told(PATIENT, "\"ptz\":null,\"steer\":null"));
    CHECK(told(PATIENT, "\"ptz\":{\"pan\":5000,\"tilt\":2500,\"zoom\":0},\"steer\":null"));
    forget();
    say(r, DOCTOR, stands); /* as it was */
    CHECK(!told(EYE, "call.track"));
    say(r, EYE, stands); /* another's */
    CHECK(is_refused(EYE, "no_track") && !told(BRAIN, "call.track"));
    forget();
    say(r, DOCTOR, "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{}}");
    CHECK(told(EYE, "\"ptz\":null"));
    say(r, EYE, takes);
    CHECK(is_refused(EYE, "no_track"));
    close_rooms(r);
}

TEST(one_has_a_camera_at_a_time_and_moves_it_and_nobody_else_does)
{
    struct rooms *r = consultation();
    uint32_t eye = number_of(EYE);
    forget();
    say(r, PATIENT, takes);
    CHECK(is_refused(PATIENT, "not_allowed"));
    say(r, EYE, moves); /* before it is taken */
    CHECK(is_refused(EYE, "not_steering") && !told(DOCTOR, "call.move"));
    say(r, EYE, takes);
    CHECK(is_steered_by(eye, PATIENT) && is_steered_by(eye, EYE));
    say(r, BRAIN, takes);
    CHECK(is_refused(BRAIN, "steered"));
    say(r, BRAIN, gives);
    CHECK(is_refused(BRAIN, "not_steering"));
    say(r, BRAIN, moves);
    CHECK(!told(DOCTOR, "call.move"));
    forget();
    say(r, EYE, "{\"type\":\"call.move\",\"track\":1,\"axes\":{\"pan\":6000,\"zoom\":10000}}");
    CHECK(told(DOCTOR, "{\"type\":\"call.move\",\"track\":1,\"by\":") &&
          told(DOCTOR, "\"axes\":{\"pan\":6000,\"zoom\":10000}}"));
    CHECK(!told(BRAIN, "call.move") && !told(EYE, "call.move"));
    say(r, EYE, gives);
    CHECK(told(BRAIN, "\"steer\":null") && traced("call.steer-end room/r1"));
    say(r, BRAIN, takes);
    CHECK(!is_refused(BRAIN, "steered"));
    close_rooms(r);
}

TEST(an_axis_that_the_camera_does_not_have_is_not_moved)
{
    struct rooms *r = consultation();
    say(r, DOCTOR, "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"zoom\":100}}");
    say(r, EYE, takes);
    forget();
    say(r, EYE, "{\"type\":\"call.move\",\"track\":1,\"axes\":{\"pan\":6000,\"zoom\":200}}");
    CHECK(told(DOCTOR, "\"axes\":{\"zoom\":200}}"));
    close_rooms(r);
}

TEST(who_moves_it_no_more_has_it_no_more)
{
    struct rooms *r = consultation();
    say(r, EYE, takes);
    now.ms += ROOM_STEER_MS - 1000;
    rooms_turn(r, now, wall);
    say(r, EYE, moves);
    now.ms += ROOM_STEER_MS - 1000;
    forget();
    rooms_turn(r, now, wall);
    CHECK(!told(BRAIN, "call.track"));
    now.ms += 1000;
    rooms_turn(r, now, wall);
    CHECK(told(BRAIN, "\"steer\":null") && traced("call.steer-end room/r1"));
    say(r, EYE, moves);
    CHECK(is_refused(EYE, "not_steering"));
    close_rooms(r);
}

TEST(the_clinic_takes_it_at_any_time_and_so_does_whose_camera_it_is)
{
    struct rooms *r = consultation();
    uint32_t doctor = number_of(DOCTOR), nurse = number_of(NURSE);
    say(r, EYE, takes);
    forget();
    say(r, NURSE, takes);
    CHECK(is_steered_by(nurse, EYE) && traced("call.steer-end room/r1"));
    say(r, EYE, moves);
    CHECK(is_refused(EYE, "not_steering") && !told(DOCTOR, "call.move"));
    say(r, DOCTOR, takes);
    CHECK(is_steered_by(doctor, EYE));
    forget();
    say(r, NURSE, gives); /* another's, by the clinic: it is nobody's then */
    CHECK(told(EYE, "\"steer\":null"));
    now.ms += 2000;
    say(r, EYE, takes);
    forget();
    say(r, DOCTOR, gives); /* at the camera: stop */
    CHECK(told(EYE, "\"steer\":null"));
    close_rooms(r);
}

TEST(it_ends_with_who_has_it_with_the_camera_and_with_a_private_talk)
{
    char text[80];
    struct rooms *r = consultation();
    uint32_t eye = number_of(EYE);
    say(r, EYE, takes);
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", eye);
    forget();
    say(r, DOCTOR, text);
    CHECK(told(BRAIN, "\"steer\":null") && traced("call.steer-end"));
    say(r, EYE, takes);
    CHECK(is_refused(EYE, "cut_off"));
    say(r, DOCTOR, "{\"type\":\"call.private\",\"on\":false}");
    say(r, EYE, takes);
    forget();
    say(r, EYE, "{\"type\":\"call.leave\"}");
    CHECK(told(BRAIN, "\"steer\":null") && traced("call.steer-end"));
    say(r, BRAIN, takes);
    forget();
    say(r, DOCTOR, "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{}}"); /* off */
    CHECK(told(BRAIN, "\"ptz\":null,\"steer\":null") && traced("call.steer-end"));
    say(r, DOCTOR, stands);
    say(r, BRAIN, takes);
    forget();
    say(r, DOCTOR, "{\"type\":\"call.leave\"}");
    CHECK(told(BRAIN, "\"call.untrack\"") && traced("call.steer-end"));
    close_rooms(r);
}

TEST(taking_it_stands_in_the_trail_before_it_is_done_and_what_is_refused_does_not)
{
    static const struct {
        int serial;
        const char *text;
        bool must;
    } each[] = {{EYE, takes, true}, {PATIENT, takes, false}, {EYE, moves, false}, {EYE, gives, false}};
    struct rooms *r = consultation();
    for (size_t i = 0; i < COUNT_OF(each); i++) {
        static struct room_frame f;
        struct json *v;
        struct room_trace t = {.action = ""};
        CHECK_OK(json_parse(str_of(each[i].text), &v, NULL));
        CHECK_OK(room_frame_read(v, &f));
        CHECK_INT(rooms_must_trace(r, (struct room_client){1, (uint64_t)each[i].serial}, &f, &t),
                  each[i].must);
        if (each[i].must) CHECK_STR(str_of(t.action), "call.steer");
        if (each[i].must) CHECK(strstr(t.detail, "\"track\":1}") != NULL);
        json_free(v);
    }
    close_rooms(r);
}

TEST(axes_out_of_their_bounds_are_no_frame)
{
    static struct room_frame f;
    static const char *const wrong[] = {
        "{\"type\":\"call.ptz\",\"track\":1}",
        "{\"type\":\"call.ptz\",\"track\":1,\"axes\":[]}",
        "{\"type\":\"call.ptz\",\"track\":0,\"axes\":{}}",
        "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"pan\":10001}}",
        "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"pan\":-1}}",
        "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"pan\":0.5}}",
        "{\"type\":\"call.ptz\",\"track\":1,\"axes\":{\"roll\":1}}",
        "{\"type\":\"call.move\",\"track\":1,\"axes\":{}}",
        "{\"type\":\"call.move\",\"track\":1,\"axes\":{\"pan\":1},\"by\":2}",
        "{\"type\":\"call.steer\",\"track\":1}",
        "{\"type\":\"call.steer\",\"track\":1,\"on\":1}",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct json *v;
        CHECK_OK(json_parse(str_of(wrong[i]), &v, NULL));
        CHECK_INT(room_frame_read(v, &f), ERR_BAD_INPUT);
        json_free(v);
    }
}
