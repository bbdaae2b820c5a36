/* Light at a camera of an examination: who may ask for it, where, how often, and who is told. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { NURSE = 1, EYE, PATIENT, DOCTOR }; /* serials */

static const char more[] = "{\"type\":\"call.light\",\"track\":1,\"more\":true}";
static const char less[] = "{\"type\":\"call.light\",\"track\":1,\"more\":false}";

/* A booked room with a nurse, who sends a camera of an examination (track 1) and the face's (track 2), a specialist, the patient and a doctor. */
static struct rooms *examination(void)
{
    static const enum role roles[] = {ROLE_NURSE, ROLE_SPECIALIST, ROLE_DETAINEE, ROLE_CLINIC_DOCTOR};
    static const char *const accounts[] = {"nurse", "eye", "patient", "doctor"};
    struct rooms *r = open_rooms(1);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    for (int i = 0; i < (int)COUNT_OF(roles); i++)
        enter_as(r, 1 + i, accounts[i], roles[i], "enc-1");
    say(r, NURSE,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
        "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\"},{\"mid\":\"1\",\"label\":\"camera\"}]}");
    const struct sent *offer = last(LINK_PEER_OFFER);
    if (!offer) return r;
    struct sent up = *offer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &up, 70, "0");
    add_track(r, &up, 71, "1");
    return r;
}

static bool is_told(int serial, uint32_t by, const char *what)
{
    char want[100];
    snprintf(want, sizeof want, "{\"type\":\"call.light\",\"track\":1,\"by\":%u,\"more\":%s}", by, what);
    return told(serial, want);
}

TEST(that_light_was_asked_for_is_told_to_all_who_asked_included)
{
    struct rooms *r = examination();
    uint32_t eye = number_of(EYE);
    say(r, EYE, more);
    for (int serial = NURSE; serial <= DOCTOR; serial++)
        CHECK(is_told(serial, eye, "true"));
    forget();
    say(r, EYE, less);
    CHECK(is_told(NURSE, eye, "false") && is_told(PATIENT, eye, "false"));
    close_rooms(r);
}

TEST(clinical_roles_ask_at_somebody_elses_camera_of_an_examination_and_nowhere_else)
{
    struct rooms *r = examination();
    say(r, PATIENT, more);
    CHECK(told(PATIENT, "\"code\":\"not_allowed\""));
    say(r, NURSE, more); /* who sits there */
    CHECK(told(NURSE, "\"code\":\"not_allowed\""));
    say(r, EYE, "{\"type\":\"call.light\",\"track\":2,\"more\":true}"); /* a face */
    CHECK(told(EYE, "\"code\":\"no_track\""));
    say(r, DOCTOR, "{\"type\":\"call.light\",\"track\":9,\"more\":true}");
    CHECK(told(DOCTOR, "\"code\":\"no_track\""));
    for (int serial = NURSE; serial <= DOCTOR; serial++)
        CHECK(!told(serial, "{\"type\":\"call.light\""));
    close_rooms(r);
}

TEST(two_at_once_and_then_one_a_second)
{
    struct rooms *r = examination();
    uint32_t eye = number_of(EYE);
    say(r, EYE, more);
    say(r, EYE, more);
    forget();
    say(r, EYE, more);
    CHECK(told(EYE, "\"code\":\"slow_down\"") && !is_told(NURSE, eye, "true"));
    now.ms += 1000;
    say(r, EYE, more);
    CHECK(is_told(NURSE, eye, "true"));
    close_rooms(r);
}

TEST(a_private_talk_keeps_it_from_who_is_cut_off_either_way)
{
    char text[80];
    struct rooms *r = examination();
    uint32_t eye = number_of(EYE), nurse = number_of(NURSE);
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", eye);
    say(r, DOCTOR, text);
    say(r, EYE, more);
    CHECK(told(EYE, "\"code\":\"cut_off\"") && !told(NURSE, "{\"type\":\"call.light\""));
    say(r, DOCTOR, more);
    CHECK(told(NURSE, "{\"type\":\"call.light\"") && !told(EYE, "{\"type\":\"call.light\""));
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", nurse);
    say(r, DOCTOR, text);
    forget();
    say(r, EYE, more); /* the camera is cut off */
    CHECK(told(EYE, "\"code\":\"cut_off\"") && !told(DOCTOR, "{\"type\":\"call.light\""));
    close_rooms(r);
}

TEST(who_is_out_of_the_room_asks_for_nothing)
{
    struct rooms *r = examination();
    say(r, EYE, "{\"type\":\"call.leave\"}");
    forget();
    say(r, EYE, more);
    CHECK(told(EYE, "\"code\":\"not_in_call\"") && !told(NURSE, "call.light"));
    close_rooms(r);
}

TEST(what_is_no_asking_for_light_is_no_frame)
{
    static struct room_frame f;
    static const char *const wrong[] = {
        "{\"type\":\"call.light\",\"track\":1}",
        "{\"type\":\"call.light\",\"more\":true}",
        "{\"type\":\"call.light\",\"track\":0,\"more\":true}",
        "{\"type\":\"call.light\",\"track\":1,\"more\":1}",
        "{\"type\":\"call.light\",\"track\":1,\"more\":true,\"text\":\"\"}",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct json *v;
        CHECK_OK(json_parse(str_of(wrong[i]), &v, NULL));
        CHECK_INT(room_frame_read(v, &f), ERR_BAD_INPUT);
        json_free(v);
    }
}
