/* Rooms on workers that only write down what they are told. */
#include "base/rnd.h"
#include "tests/unit/check.h"
#include "tests/unit/desk/room_world.h"

static const char offer_up[] =
    "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
    "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\",\"name\":\"裂隙灯\"}]}";

TEST(two_who_enter_see_each_other_and_what_each_sends)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    CHECK(told(1, "call.joined") && told(2, "call.joined") && told(1, "call.participant"));
    CHECK_INT(rooms_present(r, "r1"), 2);
    CHECK(traced("room.open room/r1"));
    say(r, 1, offer_up);
    struct sent up = *last(LINK_PEER_OFFER);
    CHECK_INT(up.kind, LINK_UP);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    CHECK(told(1, "\"call.answer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0 answer\""));
    CHECK(!told(2, "call.answer"));
    add_track(r, &up, 70, "0");
    CHECK(told(2, "\"label\":\"exam\",\"name\":\"裂隙灯\""));
    say(r, 2,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"down\",\"sdp\":\"v=0\",\"tracks\":[{\"mid\":\"0\","
        "\"track\":1},"
        "{\"mid\":\"1\",\"track\":99}]}");
    const struct sent *down = last(LINK_PEER_OFFER);
    CHECK_INT(down->kind, LINK_DOWN);
    CHECK_INT(down->binds, 1); /* 99 is none */
    CHECK_INT(down->track, 70);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    say(r, 2,
        "{\"type\":\"call.want\",\"tracks\":[{\"track\":1,\"pinned\":true,\"width\":640,\"height\":360}]}");
    CHECK(last(LINK_TRACK_WATCH) && last(LINK_TRACK_WATCH)->is_on);
    say(r, 1, "{\"type\":\"call.mute\",\"track\":1,\"muted\":true}");
    CHECK(last(LINK_TRACK_MUTE)->track == 70 && told(2, "\"muted\":true"));
    forget();
    say(r, 2, "{\"type\":\"call.mute\",\"track\":1,\"muted\":false}"); /* not its own */
    CHECK(told(2, "no_track") && !last(LINK_TRACK_MUTE));
    close_rooms(r);
}

TEST(a_thousand_offers_that_cannot_be_read_end_no_call)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 2, offer_up);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    uint32_t other = last(LINK_PEER_OFFER)->peer;
    for (int i = 0; i < 1000; i++) {
        forget();
        say(r, 1, offer_up);
        answer_last(r, LINK_PEER_OFFER, i % 2 ? LINK_MALFORMED : LINK_REFUSED);
        CHECK(told(1, "\"code\":\"bad_offer\",\"detail\":\"line 3\""));
        CHECK(last(LINK_PEER_CLOSE) && last(LINK_PEER_CLOSE)->peer != other);
        CHECK(!told(2, "call."));
    }
    struct rooms_counts counts;
    rooms_count(r, &counts);
    CHECK_INT(counts.participants, 2);
    CHECK_INT(counts.peers, 1);
    close_rooms(r);
}

TEST(only_one_offer_of_a_way_is_under_way)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    say(r, 1, offer_up);
    say(r, 1, offer_up);
    CHECK(told(1, "\"code\":\"busy\""));
    now.ms += ROOM_ANSWER_MS;
    rooms_turn(r, now, wall);
    CHECK(told(1, "\"code\":\"failed\"")); /* a worker that says nothing is not waited for */
    CHECK(last(LINK_PEER_CLOSE) != NULL);
    close_rooms(r);
}

TEST(who_is_lost_is_seen_away_and_comes_back_as_the_same)
{
    struct rooms *r = open_rooms(1);
    struct room_token back = {0};
    char text[ROOM_TOKEN_TEXT] = "";
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    const char *at = memmem(world.told.at, world.told.bytes, "2<{\"type\":\"call.joined\"", 23);
    CHECK(at && sscanf(strstr(at, "\"resume\":\"") + 10, "%250[^\"]", text) == 1);
    CHECK(room_token_read(str_of(text), ROOM_TOKEN_BACK, (uint8_t[ROOM_KEY_BYTES]){1}, wall, &back));
    say(r, 2, offer_up);
    struct sent up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 70, "0");
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    forget();
    rooms_lost(r, (struct room_client){1, 2}, false, now);
    CHECK(told(1, "\"state\":\"away\""));
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_TRACK_WANTED, .track_wanted = {up.room, 70, 2, true}},
                now);
    CHECK_INT(rooms_present(r, "r1"), 2); /* nobody is hidden */
    now.ms += 1900;
    rooms_turn(r, now, wall);
    CHECK(rooms_may_come_back(r, &back, now));
    struct room_entrance e = {.client = {1, 3},
                              .room = "r1",
                              .title = "t",
                              .account = "b",
                              .session = "other",
                              .display = "b",
                              .from = "192.0.2.8",
                              .participant = back.participant,
                              .epoch = back.epoch};
    rooms_enter(r, &e, now, wall);
    CHECK(told(3, "\"call.layer\",\"track\":1,\"layers\":2,\"thin\":true")); /* said while he was away */
    char me[40];
    snprintf(me, sizeof me, "\"me\":%u", back.participant);
    CHECK(told(3, me));
    CHECK_INT(rooms_present(r, "r1"), 2);
    CHECK(!told(1, "call.gone") && told(1, "\"state\":\"here\""));
    CHECK(!rooms_may_come_back(r, &back, now)); /* a text is good once */
    close_rooms(r);
}

TEST(who_comes_in_by_another_browser_is_not_seen_twice)
{
    struct rooms *r = open_rooms(1);
    struct room_entrance e = {.client = {1, 3},
                              .room = "r1",
                              .title = "t",
                              .account = "b",
                              .session = "of another browser",
                              .display = "b",
                              .from = "192.0.2.8",
                              .roles = {ROLE_BIT(ROLE_SPECIALIST)}};
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    uint32_t first = number_of(2);
    rooms_lost(r, (struct room_client){1, 2}, false, now);
    forget();
    rooms_enter(r, &e, now, wall);
    char gone[80];
    snprintf(gone, sizeof gone, "\"call.gone\",\"participant\":%u,\"why\":\"replaced\"", first);
    CHECK(told(1, gone) && traced("call.leave room/r1"));
    CHECK(number_of(3) != first);
    CHECK_INT(rooms_present(r, "r1"), 2);
    e.client.serial = 4, e.session = "a second screen";
    rooms_enter(r, &e, now, wall);
    CHECK_INT(rooms_present(r, "r1"), 3); /* who is here by two browsers is seen by two */
    close_rooms(r);
}

static void state_say(struct rooms *r, const struct sent *peer, enum link_peer_state state)
{
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_PEER_STATE, .peer_state = {peer->peer, (uint8_t)state}},
                now);
}

TEST(whose_media_is_not_heard_of_is_seen_away_though_his_websocket_stands)
{
    static const char again[] =
        "{\"type\":\"call.offer\",\"n\":9,\"peer\":\"down\",\"sdp\":\"v=0\",\"tracks\":[]}";
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 2, offer_up);
    struct sent up = *last(LINK_PEER_OFFER);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    say(r, 2, again);
    struct sent down = *last(LINK_PEER_OFFER);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    state_say(r, &up, LINK_CONNECTED);
    state_say(r, &down, LINK_CONNECTED);
    forget();
    state_say(r, &up, LINK_INTERRUPTED);
    CHECK(!told(1, "\"state\":\"away\"")); /* the other way stands */
    state_say(r, &down, LINK_INTERRUPTED);
    CHECK(told(1, "\"state\":\"away\""));
    forget();
    state_say(r, &down, LINK_CONNECTED);
    CHECK(told(1, "\"state\":\"here\""));
    state_say(r, &down, LINK_INTERRUPTED);
    forget();
    state_say(r, &up, LINK_GONE);
    state_say(r, &down, LINK_GONE);
    CHECK(!told(1, "\"state\":\"here\"") && rooms_present(r, "r1") == 2); /* given up is not come back */
    say(r, 2, "{\"type\":\"call.mute\",\"track\":99,\"muted\":true}");
    CHECK(told(1, "\"state\":\"here\"")); /* whatever he says */
    close_rooms(r);
}

TEST(who_stays_away_or_loses_the_session_is_gone)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    enter(r, 3, "c", false);
    say(r, 3, offer_up);
    rooms_lost(r, (struct room_client){1, 2}, false, now);
    rooms_lost(r, (struct room_client){1, 3}, true, now); /* rule 8: at once, and its peer with it */
    CHECK(told(1, "\"why\":\"ended\"") && last(LINK_PEER_CLOSE));
    now.ms += ROOM_AWAY_MS;
    rooms_turn(r, now, wall);
    CHECK(told(1, "\"why\":\"lost\"") && traced("call.leave"));
    CHECK_INT(rooms_present(r, "r1"), 1);
    say(r, 1, "{\"type\":\"call.leave\"}");
    CHECK(told(1, "\"why\":\"left\"") && traced("room.close") && last(LINK_ROOM_CLOSE));
    CHECK_INT(rooms_present(r, "r1"), 0);
    close_rooms(r);
}

TEST(a_server_that_goes_down_closes_its_rooms_and_lets_nobody_in)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 1, offer_up);
    forget();
    rooms_drain(r, now);
    CHECK_INT(rooms_present(r, "r1"), 0);
    CHECK(last(LINK_PEER_CLOSE) && last(LINK_ROOM_CLOSE));
    CHECK(traced("call.leave") && traced("room.close"));
    CHECK_INT(world.told.bytes, 0); /* they hear it from the net, and come back to the next one */
    rooms_lost(r, (struct room_client){1, 1}, false, now);
    enter(r, 3, "c", false);
    CHECK(told(3, "\"busy\""));
    CHECK_INT(rooms_present(r, "r1"), 0);
    close_rooms(r);
}

TEST(a_dead_workers_rooms_move_and_tracks_keep_their_numbers)
{
    struct rooms *r = open_rooms(2);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 1, offer_up);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 70, "0");
    forget();
    rooms_worker_down(r, 0, now);
    CHECK(!told(1, "call.renew"));
    say(r, 1, offer_up);
    CHECK(told(1, "no_worker"));
    rooms_worker_up(r, 1, now);
    CHECK(told(1, "call.renew") && told(2, "call.renew"));
    CHECK(last(LINK_ROOM_OPEN)->worker == 1);
    forget();
    say(r, 1, offer_up);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    up = *last(LINK_PEER_OFFER);
    CHECK_INT(up.worker, 1);
    add_track(r, &up, 5, "0");
    CHECK(told(2, "\"call.track\",\"track\":{\"id\":1,"));
    now.ms += ROOM_TRACKS_MS;
    rooms_turn(r, now, wall);
    CHECK(!told(2, "call.untrack"));
    rooms_worker_down(r, 1, now);
    rooms_worker_up(r, 1, now);
    now.ms += ROOM_TRACKS_MS;
    rooms_turn(r, now, wall);
    CHECK(told(2, "call.untrack")); /* not offered again */
    close_rooms(r);
}

TEST(a_fresh_offer_keeps_the_numbers_of_what_it_offers_again_and_lets_the_rest_go)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 1,
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"tracks\":["
        "{\"mid\":\"0\",\"label\":\"exam\",\"name\":\"裂隙灯\"},{\"mid\":\"1\",\"label\":\"camera\"}]}");
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 70, "0");
    add_track(r, &up, 71, "1");
    CHECK(!told(2, "\"again\""));
    forget();
    say(r, 1, offer_up);
    CHECK(last(LINK_PEER_CLOSE)->peer == up.peer);
    struct link_msg gone = {.type = LINK_TRACK_GONE, .track_gone = {up.room, up.participant, up.peer, 70}};
    rooms_heard(r, 0, &gone, now);
    CHECK(!told(2, "call.untrack"));
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    CHECK(told(2, "\"call.untrack\",\"track\":2"));
    up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 72, "0");
    CHECK(told(2, "\"call.track\",\"track\":{\"id\":1,") && told(2, "\"again\":true"));
    now.ms += ROOM_TRACKS_MS;
    rooms_turn(r, now, wall);
    CHECK(!told(2, "\"call.untrack\",\"track\":1"));
    close_rooms(r);
}

static void tell_mix(struct rooms *r, const struct sent *down, enum link_leg_why why, uint32_t sound,
                     uint32_t picture)
{
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_LEG, .leg = {down->peer, (uint8_t)why, sound, picture}},
                now);
}

TEST(who_saves_data_is_told_where_the_mix_is_and_saves_on_over_another_connection)
{
    static const char offer_down[] =
        "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"down\",\"sdp\":\"v=0\",\"fresh\":true,"
        "\"tracks\":[{\"mid\":\"0\",\"track\":1}]}";
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    CHECK(told(2, "\"saves\":false,\"mix\":null"));
    say(r, 1, offer_up);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 70, "0");
    say(r, 2, "{\"type\":\"call.save\",\"on\":true}"); /* before there is a connection */
    CHECK(!last(LINK_PEER_SAVE));
    say(r, 2, offer_down);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent down = *last(LINK_PEER_OFFER);
    CHECK(last(LINK_PEER_SAVE)->peer == down.peer && last(LINK_PEER_SAVE)->is_on);
    forget();
    tell_mix(r, &down, LINK_LEG_ASKED, 0, 70);
    CHECK(told(2, "{\"type\":\"call.mix\",\"mix\":{\"why\":\"asked\",\"sound\":null,\"picture\":1}}") &&
          !told(1, "call."));
    tell_mix(r, &up, LINK_LEG_WAY, 0, 70); /* no way down */
    CHECK(!told(1, "call.mix"));

    forget(); /* another connection has none of it yet, and is to have it */
    say(r, 2, offer_down);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent again = *last(LINK_PEER_OFFER);
    CHECK(again.peer != down.peer && told(2, "{\"type\":\"call.mix\",\"mix\":null}"));
    CHECK(last(LINK_PEER_SAVE)->peer == again.peer && last(LINK_PEER_SAVE)->is_on);
    tell_mix(r, &again, LINK_LEG_WAY, 70, 99);
    CHECK(told(2, "{\"why\":\"way\",\"sound\":1,\"picture\":null}"));
    forget();
    say(r, 2, "{\"type\":\"call.save\",\"on\":false}");
    CHECK(last(LINK_PEER_SAVE) && !last(LINK_PEER_SAVE)->is_on);
    forget();
    say(r, 2, "{\"type\":\"call.save\",\"on\":false}"); /* it is so */
    CHECK(!last(LINK_PEER_SAVE));
    close_rooms(r);
}

/* The lane that the worker was told last of a peer; -1: none. */
static int lane_of(uint32_t peer)
{
    for (int i = world.sent_n - 1; i >= 0; i--)
        if (world.sent[i].type == LINK_PEER_LANE && world.sent[i].peer == peer) return world.sent[i].lane;
    return -1;
}

static uint32_t peer_made(struct rooms *r, int serial, const char *offer)
{
    say(r, serial, offer);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    return last(LINK_PEER_OFFER)->peer;
}

TEST(an_interpreter_speaks_a_language_who_chooses_it_hears_it_and_all_are_told)
{
    static const char offer_down[] = "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"down\",\"sdp\":\"v=0\","
                                     "\"fresh\":true,\"tracks\":[]}";
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    enter_as(r, 3, "c", ROLE_INTERPRETER, NULL);
    CHECK(told(3, "\"hears\":null,\"speaks\":null"));
    uint32_t up = peer_made(r, 3, offer_up), down = peer_made(r, 2, offer_down);
    CHECK(lane_of(up) < 0 && lane_of(down) < 0); /* the floor is where all begin */
    forget();
    say(r, 3, "{\"type\":\"call.lane\",\"speaks\":\"ug\"}");
    CHECK(told(1, "\"hears\":null,\"speaks\":\"ug\"") && told(3, "\"speaks\":\"ug\""));
    int ug = lane_of(up);
    CHECK(ug > 0 && ug < LINK_LANES);
    say(r, 2, "{\"type\":\"call.lane\",\"hears\":\"ug\"}");
    CHECK(told(1, "\"hears\":\"ug\",\"speaks\":null") && lane_of(down) == ug);
    forget();
    say(r, 2, "{\"type\":\"call.lane\",\"hears\":\"ug\"}"); /* it is so */
    CHECK(!told(1, "call.participant") && world.sent_n == 0);

    say(r, 2, "{\"type\":\"call.lane\",\"hears\":\"ug\",\"speaks\":\"ug\"}"); /* who is no interpreter */
    CHECK(told(2, "\"of\":\"call.lane\",\"code\":\"not_allowed\"") && world.sent_n == 0);
    forget(); /* over another connection, and what others have is theirs */
    uint32_t again = peer_made(r, 3, offer_up);
    CHECK(again != up && lane_of(again) == ug && lane_of(down) < 0);
    say(r, 3, "{\"type\":\"call.lane\",\"speaks\":\"zh-Hans\"}");
    CHECK(lane_of(again) > 0 && lane_of(again) != ug);
    say(r, 3, "{\"type\":\"call.lane\"}");
    CHECK(lane_of(again) == 0);
    close_rooms(r);
}

TEST(a_room_has_seven_languages_and_one_that_nobody_uses_makes_room)
{
    static const char *const codes[] = {"aa", "bb", "cc", "dd", "ee", "ff", "gg"};
    char text[80];
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    for (int i = 0; i < 7; i++) {
        char account[2] = {(char)('a' + i), 0};
        enter_as(r, 1 + i, account, ROLE_SPECIALIST, NULL);
        snprintf(text, sizeof text, "{\"type\":\"call.lane\",\"hears\":\"%s\"}", codes[i]);
        say(r, 1 + i, text);
    }
    enter_as(r, 9, "z", ROLE_INTERPRETER, NULL);
    forget();
    say(r, 9, "{\"type\":\"call.lane\",\"hears\":\"aa\",\"speaks\":\"hh\"}");
    CHECK(told(9, "\"code\":\"full\"") && !told(1, "call.participant"));
    say(r, 4, "{\"type\":\"call.lane\"}");
    forget();
    say(r, 9, "{\"type\":\"call.lane\",\"hears\":\"aa\",\"speaks\":\"hh\"}");
    CHECK(told(1, "\"hears\":\"aa\",\"speaks\":\"hh\"") && !told(9, "refused"));
    close_rooms(r);
}

TEST(a_language_is_a_code_and_nothing_else)
{
    static struct room_frame f;
    static const char *const wrong[] = {"\"\"",     "\"z\"",        "\"ZH\"",    "\"zhou\"",  "\"zh-\"",
                                        "\"zh-C\"", "\"zh-CNABC\"", "\"zh_CN\"", "\"zh-C1\"", "null",
                                        "1",        "\"zh-CN \""};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[80];
        struct json *v;
        snprintf(text, sizeof text, "{\"type\":\"call.lane\",\"hears\":%s}", wrong[i]);
        CHECK_OK(json_parse(str_of(text), &v, NULL));
        CHECK_INT(room_frame_read(v, &f), ERR_BAD_INPUT);
        json_free(v);
    }
}

TEST(who_cannot_decode_a_track_has_its_owner_asked_and_it_keeps_its_number)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 1, offer_up);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct sent up = *last(LINK_PEER_OFFER);
    add_track(r, &up, 70, "0");
    forget();
    say(r, 2, "{\"type\":\"call.recode\",\"track\":1}");
    CHECK(told(1, "{\"type\":\"call.recode\",\"track\":1}") && !told(2, "call."));
    forget();
    say(r, 2, "{\"type\":\"call.recode\",\"track\":1}"); /* not twice within a second */
    CHECK(!told(1, "call.recode"));
    now.ms += 1000;
    say(r, 2, "{\"type\":\"call.recode\",\"track\":1}");
    CHECK(told(1, "call.recode"));
    say(r, 2, "{\"type\":\"call.recode\",\"track\":9}");
    CHECK(told(2, "no_track"));
    say(r, 1, "{\"type\":\"call.recode\",\"track\":1}"); /* one's own */
    CHECK(told(1, "no_track"));

    /* how much of it is watched is its owner's to know */
    forget();
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_TRACK_WANTED, .track_wanted = {up.room, 70, 2}}, now);
    CHECK(told(1, "{\"type\":\"call.layer\",\"track\":1,\"layers\":2}") && !told(2, "call."));
    rooms_heard(r, 0, &(struct link_msg){.type = LINK_TRACK_WANTED, .track_wanted = {up.room, 99, 2}}, now);

    /* offered again on the same connection: the worker's old track goes, the new one comes under the same number */
    forget();
    say(r, 1,
        "{\"type\":\"call.offer\",\"n\":2,\"peer\":\"up\",\"sdp\":\"v=0\",\"tracks\":["
        "{\"mid\":\"0\",\"label\":\"exam\",\"name\":\"裂隙灯\"}]}");
    struct link_msg gone = {.type = LINK_TRACK_GONE, .track_gone = {up.room, up.participant, up.peer, 70}};
    rooms_heard(r, 0, &gone, now);
    add_track(r, &up, 71, "0");
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    CHECK(!told(2, "call.untrack") && told(2, "\"call.track\",\"track\":{\"id\":1,") &&
          told(2, "\"again\":true"));

    /* what the next offer leaves out goes at once */
    forget();
    say(r, 1, "{\"type\":\"call.offer\",\"n\":3,\"peer\":\"up\",\"sdp\":\"v=0\",\"tracks\":[]}");
    gone.track_gone.track = 71;
    rooms_heard(r, 0, &gone, now);
    CHECK(told(2, "\"call.untrack\",\"track\":1"));
    close_rooms(r);
}

TEST(a_private_talk_is_announced_with_who_is_cut_off_and_ends_with_them)
{
    struct rooms *r = open_rooms(1);
    char text[120];
    uint32_t second;
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    second = number_of(2);
    snprintf(text, sizeof text, "{\"type\":\"call.private\",\"on\":true,\"cut\":[%u]}", second);
    forget();
    say(r, 2, "{\"type\":\"call.private\",\"on\":true,\"cut\":[1]}");
    CHECK(told(2, "not_host"));
    say(r, 1, text);
    CHECK(told(1, "\"call.private\"") && told(2, "\"call.private\""));
    CHECK_INT(last(LINK_ROOM_PRIVATE)->cut, 1);
    snprintf(text, sizeof text, "{\"type\":\"call.kick\",\"participant\":%u}", second);
    say(r, 1, text);
    CHECK(told(2, "\"kicked\"") && told(1, "\"call.private\",\"private\":null"));
    CHECK_INT(last(LINK_ROOM_PRIVATE)->cut, 0);
    close_rooms(r);
}

TEST(hosts_acts_are_to_stand_in_the_trail_first)
{
    static struct room_frame f;
    struct rooms *r = open_rooms(1);
    struct room_trace t;
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    f = (struct room_frame){.kind = ROOM_FRAME_END};
    CHECK(rooms_must_trace(r, (struct room_client){1, 1}, &f, &t));
    CHECK_STR(str_of(t.action), "call.end");
    CHECK_STR(str_of(t.target), "room/r1");
    CHECK(!rooms_must_trace(r, (struct room_client){1, 2}, &f, &t)); /* refused anyway */
    say(r, 1, "{\"type\":\"call.end\"}");
    CHECK(told(1, "\"ended\"") && told(2, "\"ended\"") && rooms_present(r, "r1") == 0);
    close_rooms(r);
}

TEST(a_member_who_is_removed_is_out_at_once)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    rooms_revoke(r, "r1", "b", now);
    CHECK(told(2, "revoked") && told(1, "call.gone"));
    rooms_revoke(r, "r1", NULL, now);
    CHECK(told(1, "room_closed") && rooms_present(r, "r1") == 0);
    close_rooms(r);
}

TEST(rooms_go_where_there_is_room)
{
    struct rooms *r = open_rooms(2);
    int on[2] = {0, 0};
    rooms_worker_up(r, 0, now);
    rooms_worker_up(r, 1, now);
    for (int i = 0; i < 17; i++) {
        char id[16], account[16];
        snprintf(id, sizeof id, "room-%d", i);
        snprintf(account, sizeof account, "a%d", i);
        struct room_entrance e = {.client = {1, (uint64_t)i + 1},
                                  .room = id,
                                  .title = "t",
                                  .account = account,
                                  .session = "s",
                                  .display = "d",
                                  .from = "f",
                                  .roles = {1}};
        rooms_enter(r, &e, now, wall);
        if (i < 16) on[last(LINK_ROOM_OPEN)->worker]++;
    }
    CHECK(on[0] == 8 && on[1] == 8);
    CHECK(told(17, "\"code\":\"full\""));
    close_rooms(r);
}

static void post(struct rooms *r, bool is_whep)
{
    struct room_post p = {.asker = &world,
                          .is_whep = is_whep,
                          .room = "bench-1",
                          .title = "bench-1",
                          .source = "cam",
                          .from = "192.0.2.9",
                          .pass = "6f9619ff-8b86-4011-b42d-00c04fc964ff",
                          .ends = {wall.ms + 60000},
                          .sdp = STR("v=0")};
    rooms_post(r, &p, now, wall);
}

TEST(a_source_is_shown_to_all_changed_restarted_and_ended)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    post(r, true);
    CHECK(world.status == 409 && strcmp(world.code, "source_absent") == 0);
    post(r, false);
    CHECK_INT(world.answers, 1);
    CHECK_INT(last(LINK_PEER_OFFER)->kind, LINK_WHIP);
    struct sent offer = *last(LINK_PEER_OFFER);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    CHECK(world.status == 201 && world.etag[0] == '"' && strlen(world.session) > 20);
    add_track(r, &offer, 9, "0");
    CHECK(rooms_has_source(r, "bench-1", "cam"));
    post(r, false);
    CHECK(world.status == 409 && strcmp(world.code, "source_taken") == 0);
    char etag[32], session[64];
    snprintf(session, sizeof session, "%s", world.session);
    CHECK(rooms_has_session(r, "bench-1", "cam", str_of(session), false));
    CHECK(!rooms_has_session(r, "bench-1", "cam", str_of(session), true));
    CHECK(!rooms_has_session(r, "bench-2", "cam", str_of(session), false));
    rooms_patch(r, str_of(session), STR("a=ice-ufrag:x"), STR(""), &world, now);
    CHECK_INT(world.status, 428);
    rooms_patch(r, str_of(session), STR("a=ice-ufrag:x"), STR("\"old\""), &world, now);
    CHECK_INT(world.status, 412);
    rooms_patch(r, str_of(session), STR("a=ice-ufrag:x"), STR("*"), &world, now);
    answer_last(r, LINK_PEER_PATCH, LINK_DONE);
    CHECK_INT(world.status, 200);
    snprintf(etag, sizeof etag, "%s", world.etag);
    rooms_patch(r, str_of(session), STR("a=ice-ufrag:x"), str_of(etag), &world, now);
    answer_last(r, LINK_PEER_PATCH, LINK_REFUSED);
    CHECK_INT(world.status, 406);
    CHECK(rooms_has_session(r, "bench-1", "cam", str_of(session), false)); /* a failed restart ends nothing */
    rooms_delete(r, str_of(session), &world, now);
    CHECK(world.status == 200 && last(LINK_PEER_CLOSE) && rooms_present(r, "bench-1") == 0);
    CHECK(traced("call.stream.leave room/bench-1"));
    close_rooms(r);
}

TEST(a_viewer_whose_offer_cannot_be_met_gets_ours_and_thirty_seconds)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    post(r, false);
    struct sent offer = *last(LINK_PEER_OFFER);
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    add_track(r, &offer, 9, "0");
    post(r, true);
    CHECK_INT(last(LINK_PEER_OFFER)->kind, LINK_WHEP);
    CHECK_INT(last(LINK_PEER_OFFER)->track, 9);
    answer_last(r, LINK_PEER_OFFER, LINK_REFUSED);
    answer_last(r, LINK_PEER_COUNTER, LINK_DONE);
    CHECK_INT(world.status, 406);
    CHECK_INT(rooms_present(r, "bench-1"), 2);
    rooms_accept(r, str_of(world.session), STR("v=0"), &world, now);
    answer_last(r, LINK_PEER_ACCEPT, LINK_DONE);
    CHECK_INT(world.status, 204);
    now.ms += 31000;
    rooms_turn(r, now, wall);
    CHECK_INT(rooms_present(r, "bench-1"), 2);
    rooms_turn(r, now, (struct instant){wall.ms + 60000}); /* its token is over */
    CHECK_INT(rooms_present(r, "bench-1"), 0);
    close_rooms(r);
}

TEST(a_worker_that_does_not_answer_is_not_waited_for)
{
    struct rooms *r = open_rooms(1);
    rooms_worker_up(r, 0, now);
    post(r, false);
    now.ms += ROOM_ANSWER_MS;
    rooms_turn(r, now, wall);
    CHECK(world.answers == 1 && world.status == 503);
    post(r, false);
    rooms_worker_down(r, 0, now);
    CHECK(world.answers == 2 && world.status == 503);
    CHECK_INT(rooms_present(r, "bench-1"), 0);
    close_rooms(r);
}

/* The worker counts as a stranger: whatever it says in whatever order, rooms stand. */
TEST(a_worker_that_says_anything_breaks_nothing)
{
    struct rooms *r = open_rooms(1);
    rnd_seed(7);
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    say(r, 1, offer_up);
    for (long i = 0; i < check_count(20000, 1000000); i++) {
        static const enum link_type types[] = {LINK_PEER_ANSWER, LINK_PEER_STATE,  LINK_TRACK_ADDED,
                                               LINK_TRACK_GONE,  LINK_SPEAKER,     LINK_QUALITY,
                                               LINK_ICE_GRANT,   LINK_TRACK_WANTED};
        struct link_msg m = {.type = types[rnd_below(COUNT_OF(types))]};
        const struct sent *s = world.sent_n ? &world.sent[rnd_below((uint64_t)world.sent_n)] : NULL;
        uint32_t few = 1 + (uint32_t)rnd_below(4);
        uint32_t peer = s && s->peer ? s->peer : few, who = s && s->participant ? s->participant : few;
        uint32_t where = s && s->room ? s->room : 1;
        if (m.type == LINK_PEER_ANSWER)
            m.peer_answer = (struct link_answer){
                .peer = peer, .request = s ? s->request : few, .status = (uint8_t)(1 + rnd_below(6))};
        if (m.type == LINK_PEER_STATE) m.peer_state = (struct link_state){peer, (uint8_t)(1 + rnd_below(4))};
        if (m.type == LINK_TRACK_ADDED || m.type == LINK_TRACK_GONE)
            m.track_added = (struct link_track){where, who, peer, few, 1, 1, 1, STR("0")};
        if (m.type == LINK_SPEAKER) m.speaker = (struct link_speaker){1, who, few};
        if (m.type == LINK_QUALITY) m.quality.peer = peer;
        if (m.type == LINK_TRACK_WANTED) m.track_wanted = (struct link_wanted){where, few, 1, few % 2 == 0};
        rooms_heard(r, 0, &m, now);
        if (i % 16 == 0) say(r, 1, offer_up);
        if (i % 64 == 0) post(r, i % 128 == 0);
        if (i % 256 == 0) rooms_worker_down(r, 0, now);
        if (i % 256 == 3) rooms_worker_up(r, 0, now);
        now.ms += 20;
        rooms_turn(r, now, wall);
        if (world.sent_n > SENT_MAX / 2) forget();
        if (world.told.bytes > 1 << 20) forget();
    }
    rnd_seed(0);
    CHECK_INT(rooms_present(r, "r1"), 2);
    close_rooms(r);
}

SWEEP(a_room_without_memory_says_so)
{
    struct rooms *r = open_rooms(1);
    if (!r) return ERR_NOMEM;
    rooms_worker_up(r, 0, now);
    enter(r, 1, "a", true);
    enter(r, 2, "b", false);
    bool is_whole =
        rooms_present(r, "r1") == 2 && !world.told.err && told(2, "call.joined") && traced("room.open");
    close_rooms(r);
    return is_whole ? OK : ERR_NOMEM;
}

TEST(a_token_is_read_by_its_key_kind_and_time_alone)
{
    uint8_t key[ROOM_KEY_BYTES] = {1}, other[ROOM_KEY_BYTES] = {2};
    struct room_token t = {.kind = ROOM_TOKEN_SOURCE,
                           .may_publish = true,
                           .ends = {wall.ms + 1000},
                           .room = "bench-*",
                           .source = "cam"};
    struct room_token got;
    char text[ROOM_TOKEN_TEXT];
    room_token_write(&t, key, text);
    CHECK(room_token_read(str_of(text), ROOM_TOKEN_SOURCE, key, wall, &got));
    CHECK(got.may_publish && !got.may_subscribe && strcmp(got.room, "bench-*") == 0);
    CHECK(!room_token_read(str_of(text), ROOM_TOKEN_SOURCE, other, wall, &got));
    CHECK(!room_token_read(str_of(text), ROOM_TOKEN_JOIN, key, wall, &got));
    CHECK(!room_token_read(str_of(text), ROOM_TOKEN_SOURCE, key, t.ends, &got));
    for (size_t i = 0; i < strlen(text); i++) {
        char bent[ROOM_TOKEN_TEXT];
        memcpy(bent, text, sizeof bent);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        /* The last letter may hold bits that stand for nothing. */
        if (i + 1 < strlen(text)) CHECK(!room_token_read(str_of(bent), ROOM_TOKEN_SOURCE, key, wall, &got));
    }
    CHECK(room_pattern_fits(STR("bench-*"), STR("bench-7")) &&
          !room_pattern_fits(STR("bench-*"), STR("room")));
    CHECK(room_pattern_fits(STR("r1"), STR("r1")) && !room_pattern_fits(STR("r1"), STR("r12")));
    CHECK(room_pattern_is(STR("*")) && !room_pattern_is(STR("a*b")) && !room_pattern_is(STR("A")) &&
          !room_pattern_is(STR("")));
}
