/* What is looked at together in a room: the lead, pointers, strokes, lines of chat, stills; who has it, who has not, and how much of it. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { DOCTOR = 1, EYE, BRAIN, PATIENT }; /* serials */

static const char ct[] =
    "{\"type\":\"call.view\",\"lead\":true,\"study\":\"st-1\",\"series\":\"1.2.3\",\"instance\":\"1.2.3.4\","
    "\"frame\":1,\"window\":[4000,8000],\"zoom\":1000,\"pan\":[0,-250],\"invert\":true}";
static const char ct_next[] =
    "{\"type\":\"call.view\",\"study\":\"st-1\",\"series\":\"1.2.3\",\"instance\":\"1.2.3.5\","
    "\"frame\":1,\"zoom\":2000,\"pan\":[0,0]}";

/* A booked room with a doctor, whose exam camera is track 1, two specialists, and the patient. */
static struct rooms *consultation(void)
{
    struct rooms *r = open_rooms(1);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    enter_as(r, DOCTOR, "doctor", ROLE_CLINIC_DOCTOR, "enc-1");
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    enter_as(r, BRAIN, "brain", ROLE_SPECIALIST, "enc-1");
    enter_as(r, PATIENT, "patient", ROLE_DETAINEE, "enc-1");
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

/* Whom the doctor's private talk keeps away. */
static void cut(struct rooms *r, uint32_t whom)
{
    char text[80];
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", whom);
    say(r, DOCTOR, text);
}

TEST(one_leads_and_the_lead_passes_by_taking_it)
{
    struct rooms *r = consultation();
    char by[40];
    snprintf(by, sizeof by, "\"view\":{\"by\":%u,\"hidden\":false", number_of(EYE));
    say(r, EYE, ct_next); /* nobody asked for the lead */
    CHECK(told(EYE, "not_leading") && !told(DOCTOR, "call.view"));
    forget();
    say(r, EYE, ct);
    CHECK(told(DOCTOR, by) &&
          told(BRAIN, "\"window\":[4000,8000],\"zoom\":1000,\"pan\":[0,-250],\"invert\":true"));
    CHECK(told(EYE, "call.view")); /* it has the lead */
    forget();
    say(r, EYE, ct_next);
    CHECK(told(DOCTOR, "\"instance\":\"1.2.3.5\"") && !told(DOCTOR, "\"window\"") && !told(EYE, "call.view"));
    say(r, DOCTOR, ct);
    forget();
    say(r, EYE, ct_next);
    CHECK(told(EYE, "not_leading") && !told(DOCTOR, "1.2.3.5"));
    say(r, EYE, "{\"type\":\"call.view\",\"lead\":false}");
    CHECK(told(EYE, "not_leading") && !told(DOCTOR, "call.view"));
    say(r, DOCTOR, "{\"type\":\"call.view\",\"lead\":false}");
    CHECK(told(EYE, "\"view\":null") && told(DOCTOR, "\"view\":null"));
    close_rooms(r);
}

TEST(who_may_not_be_shown_the_record_learns_that_it_is_shown_and_nothing_else)
{
    struct rooms *r = consultation();
    say(r, DOCTOR, ct);
    CHECK(told(PATIENT, "\"hidden\":true}}") && !told(PATIENT, "st-1") && !told(PATIENT, "1.2.3"));
    forget();
    say(r, DOCTOR, ct_next);
    say(r, DOCTOR, "{\"type\":\"call.point\",\"target\":\"1.2.3.5/1\",\"x\":10,\"y\":20}");
    say(r, DOCTOR,
        "{\"type\":\"call.draw\",\"target\":\"1.2.3.5/1\",\"id\":1,\"points\":[1,2,3,4],\"end\":true}");
    CHECK(!told(PATIENT, "call.") && told(EYE, "call.point") && told(EYE, "call.draw"));
    say(r, PATIENT, ct);
    CHECK(told(PATIENT, "not_allowed"));
    forget();
    enter_as(r, 9, "patient", ROLE_DETAINEE, "enc-1"); /* anew: the whole state */
    CHECK(told(9, "\"hidden\":true") && !told(9, "1.2.3") && told(9, "\"drawings\":[]"));
    close_rooms(r);
}

TEST(whoever_comes_back_has_the_view_and_the_drawings)
{
    struct rooms *r = consultation();
    say(r, DOCTOR, ct);
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":7,\"points\":[1,2,3,4]}");
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":7,\"points\":[5,6],\"end\":true}");
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":8,\"points\":[9,9],\"end\":true,\"fade\":true}");
    CHECK(told(BRAIN, "\"id\":8,"));
    rooms_lost(r, (struct room_client){1, BRAIN}, false, now);
    forget();
    enter_as(r, 9, "brain", ROLE_SPECIALIST, "enc-1");
    CHECK(told(9, "\"instance\":\"1.2.3.4\"") && told(9, "\"name\":\"eye\"") && told(9, "\"kept\":true"));
    CHECK(told(9, "\"target\":1,\"id\":7,\"points\":[1,2,3,4,5,6]") && !told(9, "\"id\":8,"));
    /* Who drew it is gone; what was drawn stays, under the name. */
    say(r, EYE, "{\"type\":\"call.leave\"}");
    forget();
    enter_as(r, 10, "eye", ROLE_SPECIALIST, "enc-1");
    CHECK(told(10, "\"name\":\"eye\"") && told(10, "\"points\":[1,2,3,4,5,6]"));
    /* Who led is gone: nobody leads. */
    say(r, DOCTOR, "{\"type\":\"call.leave\"}");
    CHECK(told(9, "\"view\":null"));
    close_rooms(r);
}

TEST(strokes_are_erased_by_who_drew_them_all_of_them_by_the_clinic_and_go_with_their_picture)
{
    struct rooms *r = consultation();
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1],\"end\":true}");
    say(r, BRAIN, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[2,2],\"end\":true}");
    say(r, BRAIN, "{\"type\":\"call.draw\",\"target\":\"doc-1\",\"id\":2,\"points\":[3,3],\"end\":true}");
    say(r, BRAIN, "{\"type\":\"call.erase\",\"all\":true}");
    CHECK(told(BRAIN, "not_allowed"));
    say(r, BRAIN, "{\"type\":\"call.erase\",\"target\":1}");
    CHECK(told(EYE, "\"call.erase\"") && told(BRAIN, "\"all\":false,\"target\":1}"));
    forget();
    enter_as(r, 9, "nurse", ROLE_NURSE, "enc-1");
    CHECK(told(9, "[1,1]") && !told(9, "[2,2]") && told(9, "[3,3]"));
    say(r, 9, "{\"type\":\"call.erase\",\"all\":true,\"target\":\"doc-1\"}");
    forget();
    enter_as(r, 10, "nurse-2", ROLE_NURSE, "enc-1");
    CHECK(told(10, "[1,1]") && !told(10, "[3,3]"));
    say(r, DOCTOR, "{\"type\":\"call.leave\"}"); /* and with it the camera */
    forget();
    enter_as(r, 11, "nurse-3", ROLE_NURSE, "enc-1");
    CHECK(told(11, "\"drawings\":[]"));
    say(r, 11, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1]}");
    CHECK(told(11, "no_track"));
    close_rooms(r);
}

TEST(who_is_cut_off_neither_sends_nor_gets_and_has_it_again_after_but_for_what_was_of_the_talk)
{
    struct rooms *r = consultation();
    struct room_line line;
    uint32_t brain = number_of(BRAIN);
    say(r, BRAIN, ct);
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1],\"end\":true}");
    forget();
    cut(r, brain);
    CHECK(told(DOCTOR, "\"view\":null")); /* who is cut off leads no more */
    CHECK(told(BRAIN, "\"call.look\",\"view\":null,\"drawings\":[]"));
    forget();
    say(r, DOCTOR, ct);
    say(r, EYE, "{\"type\":\"call.point\",\"target\":1,\"x\":1,\"y\":2}");
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":2,\"points\":[2,2],\"end\":true}");
    CHECK(!rooms_line(r, (struct room_client){1, EYE}, now, &line));
    CHECK_INT(line.cut_n, 1);
    CHECK_STR(str_of(line.cut[0]), "brain");
    rooms_say(r, &line, "com-1", STR("颅内压"), wall);
    say(r, DOCTOR, "{\"type\":\"call.still\",\"track\":1}");
    CHECK(told(DOCTOR, "颅内压") && told(PATIENT, "颅内压") && told(DOCTOR, "\"asked\""));
    CHECK(!told(BRAIN, "call."));
    static const char *const said[] = {ct, "{\"type\":\"call.point\",\"target\":1,\"x\":1,\"y\":2}",
                                       "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1]}",
                                       "{\"type\":\"call.erase\"}", "{\"type\":\"call.still\",\"track\":1}"};
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        forget();
        say(r, BRAIN, said[i]);
        CHECK(told(BRAIN, "cut_off") && !told(DOCTOR, "call."));
    }
    CHECK_STR(str_of(rooms_line(r, (struct room_client){1, BRAIN}, now, &line)), "cut_off");
    /* A line that waits for the store while the talk ends, and one that waits while it begins. */
    forget();
    CHECK(!rooms_line(r, (struct room_client){1, EYE}, now, &line));
    say(r, DOCTOR, "{\"type\":\"call.private\",\"on\":false}");
    CHECK(told(BRAIN, "\"call.look\",\"view\":null,\"drawings\":[{") && told(BRAIN, "[1,1]") &&
          !told(BRAIN, "[2,2]"));
    CHECK(told(DOCTOR, "\"call.look\",\"view\":null"));
    rooms_say(r, &line, "com-2", STR("一"), wall);
    CHECK(told(DOCTOR, "com-2") && !told(BRAIN, "com-2"));
    CHECK(!rooms_line(r, (struct room_client){1, EYE}, now, &line) && line.cut_n == 0);
    cut(r, brain);
    rooms_say(r, &line, "com-3", STR("二"), wall);
    CHECK(told(DOCTOR, "com-3") && !told(BRAIN, "com-3"));
    close_rooms(r);
}

TEST(a_talk_that_cuts_off_others_gives_the_look_to_who_is_let_in)
{
    struct rooms *r = consultation();
    uint32_t eye = number_of(EYE), brain = number_of(BRAIN);
    cut(r, brain);
    say(r, DOCTOR, ct);
    forget();
    cut(r, eye);
    CHECK(told(BRAIN, "\"call.look\"") && told(BRAIN, "\"instance\":\"1.2.3.4\""));
    CHECK(told(EYE, "\"call.look\",\"view\":null") && !told(DOCTOR, "call.look"));
    close_rooms(r);
}

TEST(a_line_of_chat_is_told_also_when_who_said_it_has_left_and_is_bounded)
{
    struct rooms *r = consultation();
    struct room_line line;
    int said = 0;
    CHECK(!rooms_line(r, (struct room_client){1, EYE}, now, &line));
    CHECK_STR(str_of(line.visit), "enc-1");
    CHECK_STR(str_of(line.account), "eye");
    say(r, EYE, "{\"type\":\"call.leave\"}");
    forget();
    rooms_say(r, &line, NULL, STR("再见"), wall);
    CHECK(told(DOCTOR, "\"name\":\"eye\",\"id\":null,\"at\":\"2026-11-23T") && told(DOCTOR, "再见"));
    while (!rooms_line(r, (struct room_client){1, DOCTOR}, now, &line))
        said++;
    CHECK_INT(said, 10);
    now.ms += 1000;
    CHECK(!rooms_line(r, (struct room_client){1, DOCTOR}, now, &line));
    CHECK_STR(str_of(rooms_line(r, (struct room_client){1, 77}, now, &line)), "not_in_call");
    rooms_revoke(r, "r1", NULL, now);
    rooms_say(r, &line, NULL, STR("x"), wall); /* the room is gone */
    close_rooms(r);
}

TEST(drawing_is_bounded_in_strokes_in_points_and_in_time)
{
    struct rooms *r = consultation();
    char text[2000];
    for (int i = 0; i < 128; i++) {
        snprintf(text, sizeof text,
                 "{\"type\":\"call.draw\",\"target\":1,\"id\":%d,\"points\":[1,1],\"end\":true}", i + 1);
        now.ms += 100;
        say(r, EYE, text);
    }
    CHECK(!told(EYE, "refused"));
    say(r, DOCTOR, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1]}");
    CHECK(told(DOCTOR, "\"of\":\"call.draw\",\"code\":\"full\""));
    say(r, DOCTOR, "{\"type\":\"call.erase\",\"all\":true}");
    size_t n = (size_t)snprintf(text, sizeof text,
                                "{\"type\":\"call.draw\",\"target\":1,\"id\":500,\"points\":[1,1");
    for (int i = 1; i < 64; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, ",%d,%d", i, i);
    snprintf(text + n, sizeof text - n, "]}");
    forget();
    for (int i = 0; i < 16; i++) {
        now.ms += 100;
        say(r, EYE, text);
    }
    CHECK(!told(EYE, "refused"));
    now.ms += 100;
    say(r, EYE, text);
    CHECK(told(EYE, "full")); /* 1,024 of a stroke */
    forget();
    for (int i = 0; i < 60; i++)
        say(r, BRAIN,
            "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,1],\"end\":true,\"fade\":true}");
    CHECK(told(BRAIN, "slow_down"));
    forget();
    for (int i = 0; i < 60; i++)
        say(r, BRAIN, "{\"type\":\"call.point\",\"target\":1,\"x\":1,\"y\":1}");
    CHECK(!told(BRAIN, "refused")); /* one point more or less */
    forget();
    say(r, BRAIN, "{\"type\":\"call.point\"}"); /* that it points no more is always told */
    CHECK(told(DOCTOR, "\"target\":null}"));
    say(r, BRAIN, "{\"type\":\"call.point\",\"target\":99,\"x\":1,\"y\":1}");
    CHECK(told(BRAIN, "no_track"));
    close_rooms(r);
}

TEST(a_still_is_asked_of_the_tracks_owner_and_told_to_all)
{
    struct rooms *r = consultation();
    char text[120], want[120];
    unsigned still = 0;
    say(r, PATIENT, "{\"type\":\"call.still\",\"track\":1}");
    CHECK(told(PATIENT, "not_allowed"));
    say(r, EYE, "{\"type\":\"call.still\",\"track\":5}");
    CHECK(told(EYE, "no_track"));
    forget();
    say(r, EYE, "{\"type\":\"call.still\",\"track\":1}");
    const char *at = memmem(world.told.at, world.told.bytes, "\"still\":", 8);
    CHECK(at && sscanf(at + 8, "%u", &still) == 1);
    CHECK(told(DOCTOR, "\"track\":1,\"state\":\"asked\"}") && told(PATIENT, "\"asked\"") &&
          told(EYE, "\"asked\""));
    snprintf(text, sizeof text, "{\"type\":\"call.still\",\"still\":%u,\"document\":\"doc-7\"}", still);
    say(r, BRAIN, text); /* neither asked nor sends it */
    CHECK(told(BRAIN, "no_still"));
    forget();
    say(r, DOCTOR, text);
    CHECK(told(EYE, "\"state\":\"taken\",\"document\":\"doc-7\"") && told(PATIENT, "\"taken\"}") &&
          !told(PATIENT, "doc-7"));
    say(r, DOCTOR, text);
    CHECK(told(DOCTOR, "no_still"));
    /* It fails: said, late, or with the track. */
    now.ms += 2000;
    say(r, DOCTOR, "{\"type\":\"call.still\",\"track\":1}");
    snprintf(text, sizeof text, "{\"type\":\"call.still\",\"still\":%u,\"failed\":\"camera\"}", still + 1);
    say(r, DOCTOR, text);
    CHECK(told(EYE, "\"state\":\"failed\",\"code\":\"camera\""));
    say(r, EYE, "{\"type\":\"call.still\",\"track\":1}");
    now.ms += 25000;
    rooms_turn(r, now, wall);
    CHECK(told(EYE, "\"code\":\"late\""));
    say(r, EYE, "{\"type\":\"call.still\",\"track\":1}");
    say(r, DOCTOR, "{\"type\":\"call.leave\"}");
    rooms_turn(r, now, wall);
    snprintf(want, sizeof want, "\"still\":%u", still + 3);
    CHECK(told(EYE, want) && told(EYE, "\"code\":\"gone\""));
    close_rooms(r);
}

TEST(a_room_that_is_no_consultation_has_no_stills_and_says_that_it_keeps_nothing)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, DOCTOR, "doctor", true);
    CHECK(told(DOCTOR, "\"kept\":false,\"view\":null,\"drawings\":[],\"chat\":null"));
    say(r, DOCTOR, "{\"type\":\"call.still\",\"track\":1}");
    CHECK(told(DOCTOR, "no_visit"));
    close_rooms(r);
}

TEST(everybody_has_a_colour_of_the_own_while_there_are_some)
{
    struct rooms *r = open_rooms(1);
    char account[8], want[16];
    rooms_worker_up(r, 0, now);
    for (int i = 1; i <= 8; i++) {
        snprintf(account, sizeof account, "a%d", i);
        snprintf(want, sizeof want, "\"ink\":%d,", i - 1);
        forget();
        enter(r, i, account, i == 1);
        CHECK(told(i, want));
    }
    say(r, 3, "{\"type\":\"call.leave\"}");
    forget();
    enter(r, 20, "late", false);
    CHECK(told(1, "\"ink\":2,"));
    close_rooms(r);
}

TEST(frames_out_of_their_bounds_are_none)
{
    static struct room_frame f;
    static const char *const wrong[] = {
        "{\"type\":\"call.view\"}",
        "{\"type\":\"call.view\",\"lead\":true}",
        "{\"type\":\"call.view\",\"lead\":true,\"study\":\"a\",\"series\":\"b\",\"instance\":\"c\",\"frame\":"
        "0,\"zoom\":1000,\"pan\":[0,0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"study\":\"a\",\"frame\":1,\"zoom\":1000,\"pan\":[0,0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"document\":\"a\",\"study\":\"a\",\"frame\":1,\"zoom\":1000,"
        "\"pan\":[0,0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"document\":\"a b\",\"frame\":1,\"zoom\":1000,\"pan\":[0,0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"document\":\"a\",\"frame\":1,\"zoom\":100,\"pan\":[0,0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"document\":\"a\",\"frame\":1,\"zoom\":1000,\"pan\":[0]}",
        "{\"type\":\"call.view\",\"lead\":true,\"document\":\"a\",\"frame\":1,\"zoom\":1000,\"pan\":[0,0.5]}",
        "{\"type\":\"call.point\",\"target\":1}",
        "{\"type\":\"call.point\",\"target\":1,\"x\":10001,\"y\":0}",
        "{\"type\":\"call.point\",\"target\":1,\"x\":-1,\"y\":0}",
        "{\"type\":\"call.point\",\"x\":1,\"y\":0}",
        "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[]}",
        "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1]}",
        "{\"type\":\"call.draw\",\"target\":1,\"id\":0,\"points\":[1,1]}",
        "{\"type\":\"call.draw\",\"id\":1,\"points\":[1,1]}",
        "{\"type\":\"call.chat\",\"text\":\"\"}",
        "{\"type\":\"call.chat\",\"text\":\" \\n\"}",
        "{\"type\":\"call.chat\",\"text\":\"a\\u0007b\"}",
        "{\"type\":\"call.still\"}",
        "{\"type\":\"call.still\",\"track\":1,\"still\":1}",
        "{\"type\":\"call.still\",\"still\":1}",
        "{\"type\":\"call.still\",\"still\":1,\"failed\":\"A\"}",
        "{\"type\":\"call.still\",\"still\":1,\"failed\":\"a\",\"document\":\"b\"}",
        "{\"type\":\"call.erase\",\"target\":true}",
        "{\"type\":\"call.erase\",\"who\":1}"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct json *v;
        CHECK_OK(json_parse(str_of(wrong[i]), &v, NULL));
        CHECK_INT(room_frame_read(v, &f), ERR_BAD_INPUT);
        json_free(v);
    }
}

SWEEP(what_is_looked_at_without_memory_is_refused_or_whole)
{
    struct rooms *r = consultation();
    struct room_line line;
    if (!r) return ERR_NOMEM;
    say(r, DOCTOR, ct);
    say(r, EYE, "{\"type\":\"call.draw\",\"target\":1,\"id\":1,\"points\":[1,2,3,4],\"end\":true}");
    if (!rooms_line(r, (struct room_client){1, EYE}, now, &line))
        rooms_say(r, &line, "com-1", STR("好"), wall);
    bool is_whole =
        told(BRAIN, "call.view") && told(BRAIN, "call.draw") && told(BRAIN, "call.chat") && !world.told.err;
    close_rooms(r);
    return is_whole ? OK : ERR_NOMEM;
}
