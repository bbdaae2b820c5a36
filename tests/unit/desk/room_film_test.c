/* What of a room is recorded: a film for each picture with its sound, that follows what comes and goes, held while it must be, and seen by all. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

enum { DOCTOR = 1, EYE };

static struct sent up;

static struct rooms *consultation(void)
{
    struct rooms *r = open_rooms(2);
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    enter_as(r, DOCTOR, "doctor", ROLE_CLINIC_DOCTOR, "enc-1");
    say(r, DOCTOR,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
        "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\"},{\"mid\":\"1\",\"label\":\"camera\"}]}");
    const struct sent *offer = last(LINK_PEER_OFFER);
    if (!offer) return r;
    up = *offer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &up, 70, "0");
    return r;
}

static void record(struct rooms *r, const char *visit)
{
    struct room_recording_start start = {
        .room = "r1", .visit = visit, .id = "0123456789abcdef0123456789abcdef", .key = {9}, .at = wall};
    rooms_record(r, &start);
}

static const struct link_film_set *film_sent(void)
{
    const struct sent *s = last(LINK_FILM_SET);
    return s ? &s->film : NULL;
}

static bool is_said(enum room_film_kind kind)
{
    for (int i = 0; i < world.films_n && i < (int)COUNT_OF(world.films); i++)
        if (world.films[i].kind == kind) return true;
    return false;
}

TEST(a_film_is_made_of_each_picture_and_all_are_told)
{
    struct rooms *r = consultation();
    record(r, "enc-1");
    const struct link_film_set *f = film_sent();
    CHECK(f && f->picture == 70 && f->sound == 0 && f->held == 0 && world.films_n == 1);
    CHECK(told(DOCTOR, "\"call.recording\"") && told(DOCTOR, "\"held\":null"));
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    CHECK(told(EYE, "\"recording\":{\"since\""));
    uint32_t first = f->film;
    add_track(r, &up, 71, "1");
    f = film_sent();
    CHECK(f && f->film != first && f->picture == 71);
    close_rooms(r);
}

TEST(it_is_held_in_a_private_talk_and_when_consent_is_withdrawn_and_goes_on_by_a_new_start_alone)
{
    struct rooms *r = consultation();
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    record(r, "enc-1");
    rooms_record_hold(r, "r1", RECORDING_PAUSED);
    CHECK(film_sent()->held == RECORDING_PAUSED && told(DOCTOR, "\"held\":\"paused\""));
    rooms_record_hold(r, "r1", 0);
    CHECK(film_sent()->held == 0);
    rooms_clear(r, "r1", now);
    CHECK(film_sent()->held == RECORDING_CONSENT_WITHDRAWN && told(DOCTOR, "\"held\":\"consent\""));
    rooms_record_hold(r, "r1", 0);
    CHECK(film_sent()->held == RECORDING_CONSENT_WITHDRAWN);
    record(r, "enc-1");
    CHECK(film_sent()->held == 0);
    close_rooms(r);
}

TEST(it_ends_with_the_room_and_another_worker_begins_other_films)
{
    struct rooms *r = consultation();
    record(r, "enc-1");
    rooms_worker_up(r, 1, now);
    rooms_worker_down(r, 0, now);
    CHECK(is_said(ROOM_FILM_GONE) && !is_said(ROOM_FILM_OVER));
    rooms_revoke(r, "r1", NULL, now);
    CHECK(is_said(ROOM_FILM_OVER));
    close_rooms(r);
}

TEST(a_loss_is_told_to_all_and_another_film_begins_a_little_later)
{
    struct rooms *r = consultation();
    record(r, "enc-1");
    uint32_t first = film_sent()->film;
    rooms_film_lost(r, 99, now);
    CHECK_INT(rooms_lossy(r), 0);
    rooms_film_lost(r, first, now);
    CHECK(last(LINK_FILM_END) && told(DOCTOR, "\"lossy\":true") && rooms_lossy(r) == 1);
    rooms_turn(r, now, wall);
    CHECK(film_sent()->film == first);
    now.ms += 5000;
    rooms_turn(r, now, wall);
    uint32_t second = film_sent()->film;
    CHECK(second != first && film_sent()->picture == 70 && rooms_lossy(r) == 1);
    rooms_film_lost(r, second, now); /* the disk is still full */
    now.ms += 10000;
    rooms_turn(r, now, wall);
    CHECK(film_sent()->film != second && rooms_lossy(r) == 1);
    now.ms += 5000;
    rooms_turn(r, now, wall);
    CHECK(rooms_lossy(r) == 0 && told(DOCTOR, "\"lossy\":false"));
    close_rooms(r);
}

TEST(a_room_that_is_not_the_visits_is_not_recorded)
{
    struct rooms *r = consultation();
    record(r, "enc-2");
    CHECK(!film_sent() && is_said(ROOM_FILM_OVER));
    close_rooms(r);
}

static void draw(struct rooms *r, int serial, const char *target, bool fades)
{
    char text[160];
    snprintf(text, sizeof text,
             "{\"type\":\"call.draw\",\"target\":%s,\"id\":1,\"points\":[1,1,2,2],\"end\":true%s}", target,
             fades ? ",\"fade\":true" : "");
    say(r, serial, text);
}

#define RECORDED "0123456789abcdef0123456789abcdef"

TEST(a_drawing_is_marked_once_with_who_and_on_what)
{
    struct rooms *r = consultation();
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    record(r, "enc-1");
    draw(r, EYE, "1", false);
    CHECK_INT(world.drawings_n, 1);
    CHECK_STR(str_of(world.drawing), RECORDED " eye on doctor");
    now.ms += 9000;
    draw(r, EYE, "1", true);
    now.ms += 9000; /* from the newest stroke on */
    draw(r, EYE, "1", false);
    CHECK_INT(world.drawings_n, 1);
    draw(r, EYE, "\"doc-1\"", false);
    CHECK_INT(world.drawings_n, 2);
    CHECK_STR(str_of(world.drawing), RECORDED " eye on doc-1");
    draw(r, DOCTOR, "\"doc-1\"", true);
    CHECK_INT(world.drawings_n, 3);
    CHECK_STR(str_of(world.drawing), RECORDED " doctor on doc-1");
    draw(r, EYE, "\"1.2.3/4\"", false);
    CHECK_INT(world.drawings_n, 4);
    now.ms += 10001;
    draw(r, EYE, "\"1.2.3/4\"", false);
    CHECK_INT(world.drawings_n, 5);
    draw(r, EYE, "99", false); /* no such picture: refused */
    CHECK_INT(world.drawings_n, 5);
    close_rooms(r);
}

TEST(what_is_drawn_while_nothing_is_taken_leaves_no_mark)
{
    struct rooms *r = consultation();
    enter_as(r, EYE, "eye", ROLE_SPECIALIST, "enc-1");
    draw(r, EYE, "1", false);
    CHECK_INT(world.drawings_n, 0);
    record(r, "enc-1");
    rooms_record_hold(r, "r1", RECORDING_PAUSED);
    draw(r, EYE, "1", false);
    CHECK_INT(world.drawings_n, 0);
    rooms_record_hold(r, "r1", 0);
    draw(r, EYE, "1", false); /* the same drawing, and now it is taken */
    CHECK_INT(world.drawings_n, 1);
    char talk[80];
    snprintf(talk, sizeof talk, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", number_of(EYE));
    say(r, DOCTOR, talk);
    CHECK(rooms_is_private(r, "r1"));
    now.ms += 20000;
    draw(r, DOCTOR, "1", false);
    CHECK_INT(world.drawings_n, 1);
    say(r, DOCTOR, "{\"type\":\"call.private\",\"on\":false}");
    draw(r, DOCTOR, "1", false);
    int before = world.drawings_n;
    CHECK_INT(before, 2);
    rooms_record_hold(r, "r1", RECORDING_CONSENT_WITHDRAWN);
    now.ms += 20000;
    draw(r, DOCTOR, "1", false);
    CHECK_INT(world.drawings_n, before);
    rooms_record_hold(r, "r1", 0); /* by a new start alone */
    now.ms += 20000;
    draw(r, DOCTOR, "1", false);
    CHECK_INT(world.drawings_n, before);
    close_rooms(r);
}
