/* The site's room system in rooms: who calls it in, that all see it, and when it is out. */
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

static const char calls_in[] = "{\"type\":\"call.endpoint\",\"on\":true}";
static const char sends_out[] = "{\"type\":\"call.endpoint\",\"on\":false}";

static struct rooms *open_with(const char *name)
{
    world.endpoint = name;
    struct rooms *r = open_rooms(1);
    world.endpoint = NULL;
    if (!r) return NULL;
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    return r;
}

static void worker_says(struct rooms *r, uint32_t peer, enum link_peer_state state)
{
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_PEER_STATE, .peer_state = {peer, (uint8_t)state}}, now);
}

TEST(a_host_calls_it_in_and_everybody_sees_it_before_it_hears_anything)
{
    struct rooms *r = open_with("三号会议室");
    CHECK(told(1, "\"endpoint\":\"三号会议室\"") && told(2, "\"endpoint\":null"));
    forget();
    say(r, 2, calls_in);
    CHECK(told(2, "\"of\":\"call.endpoint\",\"code\":\"not_host\"") && !last(LINK_ENDPOINT));
    say(r, 1, calls_in);
    const struct sent *in = last(LINK_ENDPOINT);
    CHECK(in && in->room && in->peer);
    CHECK(told(2, "\"kind\":\"endpoint\",\"display\":\"三号会议室\"") && told(2, "\"state\":\"away\""));
    if (!in) return;
    struct sent first = *in;
    forget();
    say(r, 1, calls_in); /* it is in */
    CHECK(world.sent_n == 0 && !told(1, "refused"));
    worker_says(r, first.peer, LINK_CONNECTED);
    CHECK(told(2, "\"kind\":\"endpoint\"") && told(2, "\"state\":\"here\""));
    add_track(r, &first, 90, "0");
    CHECK(told(2, "call.track"));
    forget();
    worker_says(r, first.peer, LINK_INTERRUPTED);
    CHECK(told(1, "\"state\":\"away\""));
    say(r, 1, sends_out);
    CHECK(last(LINK_PEER_CLOSE) && last(LINK_PEER_CLOSE)->peer == first.peer);
    CHECK(told(2, "call.gone") && told(2, "call.untrack") && traced("call.stream.leave"));
    close_rooms(r);
}

TEST(where_none_is_set_up_none_is_called)
{
    struct rooms *r = open_with("");
    CHECK(told(1, "\"endpoint\":null"));
    say(r, 1, calls_in);
    CHECK(told(1, "\"code\":\"no_endpoint\"") && !last(LINK_ENDPOINT));
    close_rooms(r);
}

TEST(it_is_in_one_room_at_a_time)
{
    struct rooms *r = open_with("x");
    struct room_entrance e = {.client = {1, 9},
                              .room = "r2",
                              .title = "t",
                              .account = "z",
                              .session = "z",
                              .display = "z",
                              .from = "192.0.2.8",
                              .roles = {ROLE_BIT(ROLE_CLINIC_DOCTOR)},
                              .is_host = true};
    rooms_enter(r, &e, now, wall);
    say(r, 1, calls_in);
    forget();
    say(r, 9, calls_in);
    CHECK(told(9, "\"code\":\"endpoint_taken\"") && !last(LINK_ENDPOINT));
    say(r, 1, sends_out);
    say(r, 9, calls_in);
    CHECK(last(LINK_ENDPOINT) != NULL);
    close_rooms(r);
}

TEST(it_goes_with_the_patients_consent_with_the_last_person_and_with_its_worker)
{
    struct rooms *r = open_with("x");
    say(r, 1, calls_in);
    forget();
    rooms_clear(r, "r1", now);
    CHECK(told(1, "call.gone") && last(LINK_PEER_CLOSE)); /* what comes from outside */
    say(r, 1, calls_in);
    CHECK(last(LINK_ENDPOINT) != NULL);
    uint32_t peer = last(LINK_ENDPOINT) ? last(LINK_ENDPOINT)->peer : 0;
    forget();
    worker_says(r, peer, LINK_GONE); /* the worker does not have it */
    CHECK(told(1, "\"why\":\"lost\""));
    say(r, 1, calls_in);
    forget();
    rooms_worker_down(r, 0, now);
    rooms_worker_up(r, 0, now);
    CHECK(told(1, "call.gone") && !last(LINK_ENDPOINT));
    say(r, 1, calls_in);
    forget();
    say(r, 2, "{\"type\":\"call.leave\"}");
    say(r, 1, "{\"type\":\"call.leave\"}");
    CHECK(!last(LINK_ROOM_CLOSE));
    rooms_turn(r, now, wall);
    CHECK(last(LINK_PEER_CLOSE) && last(LINK_ROOM_CLOSE));
    close_rooms(r);
}

TEST(calling_it_in_stands_in_the_trail_first)
{
    static struct room_frame f;
    struct json *v;
    struct room_trace t = {.action = ""};
    struct rooms *r = open_with("x");
    CHECK_OK(json_parse(str_of(calls_in), &v, NULL));
    CHECK_OK(room_frame_read(v, &f));
    CHECK(rooms_must_trace(r, (struct room_client){1, 1}, &f, &t) && strcmp(t.action, "call.endpoint") == 0);
    CHECK(strstr(t.detail, "\"on\":true}") != NULL);
    CHECK(!rooms_must_trace(r, (struct room_client){1, 2}, &f, &t));
    json_free(v);
    close_rooms(r);
}
