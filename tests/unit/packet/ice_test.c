#include "../check.h"
#include "base/rnd.h"
#include "media/ice.h"
#include "media/stun.h"

static struct ice *ice;
static struct ice_session *s;
static struct ice_result result;
static uint8_t answer[ICE_ANSWER_BYTES_MAX];
static struct stun answered;
static int owner;

static struct tick at(int64_t ms)
{
    return (struct tick){ms};
}
static struct ice_path udp(unsigned port)
{
    return (struct ice_path){ICE_UDP, 0, {4, {198, 51, 100, 2}, (uint16_t)port}};
}
static void start(void)
{
    ice = ice_new(8);
    CHECK(ice);
    CHECK_OK(ice_session_new(ice, &owner, at(0), &s));
}
static void end(void)
{
    ice_session_free(s);
    ice_free(ice);
}

struct ask {
    struct str ufrag, password; /* "": the session's */
    unsigned priority;          /* 0: none */
    bool nominates, is_controlled, has_unknown, has_no_fingerprint;
    unsigned nomination; /* 0: none */
};

static enum err ask_path(struct ask a, struct ice_path path, int64_t ms)
{
    static const uint8_t id[STUN_TRANSACTION_BYTES] = "transaction";
    uint8_t check[256];
    char name[64];
    struct stun_out o;
    struct str ufrag = a.ufrag.bytes ? a.ufrag : ice_session_ufrag(s);
    snprintf(name, sizeof name, "%.*s:peer", (int)ufrag.bytes, ufrag.at);
    stun_start(&o, check, sizeof check, STUN_REQUEST, STUN_BINDING, id);
    stun_add_str(&o, STUN_AT_USERNAME, str_of(name));
    if (a.priority) stun_add_u32(&o, STUN_AT_PRIORITY, a.priority);
    stun_add_u64(&o, a.is_controlled ? STUN_AT_ICE_CONTROLLED : STUN_AT_ICE_CONTROLLING, 7);
    if (a.nominates) stun_add(&o, STUN_AT_USE_CANDIDATE, NULL, 0);
    if (a.nomination) stun_add_u32(&o, STUN_AT_NOMINATION, a.nomination);
    if (a.has_unknown) stun_add_u32(&o, 0x7777, 1);
    stun_add_integrity(&o, a.password.bytes ? a.password : ice_session_password(s));
    if (!a.has_no_fingerprint) stun_add_fingerprint(&o);
    result = (struct ice_result){0};
    enum err err = ice_stun(ice, &path, check, stun_end(&o), at(ms), answer, &result);
    if (!err && result.answer_bytes) CHECK_OK(stun_parse(answer, result.answer_bytes, &answered));
    return err;
}
/* A check that must be answered with success. */
static void checked(struct ask a, unsigned port, int64_t ms, unsigned events)
{
    CHECK_OK(ask_path(a, udp(port), ms));
    CHECK_INT(answered.class, STUN_SUCCESS);
    CHECK_INT(answered.mapped.port, port);
    CHECK_INT(result.events, events);
    CHECK(result.session == s);
}
static void refused(struct ask a, unsigned code)
{
    CHECK_OK(ask_path(a, udp(1), 0));
    CHECK(answered.class == STUN_FAILURE && result.session == NULL && result.events == 0);
    CHECK_INT(answered.error_code, code);
}
static void selected(unsigned port)
{
    struct ice_path path = {0};
    CHECK_INT(ice_session_path(s, &path), port != 0);
    CHECK_INT(path.remote.port, port);
}

TEST(the_first_good_check_opens_the_path)
{
    start();
    struct ice_path one = udp(1), two = udp(2);
    CHECK(!ice_find(ice, &one));
    selected(0);
    checked((struct ask){.priority = 5}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    CHECK(answered.has_fingerprint && stun_is_signed(&answered, ice_session_password(s)));
    CHECK(ice_find(ice, &one) == s && !ice_find(ice, &two) && ice_session_owner(s) == &owner);
    selected(1);
    checked((struct ask){.priority = 5}, 1, 10, 0);
    end();
}

TEST(a_bare_check_of_ffmpeg_is_taken)
{
    start();
    checked((struct ask){.nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.nominates = true, .has_no_fingerprint = true}, 1, 1, 0);
    end();
}

TEST(bad_checks_are_answered_by_their_fault_and_open_nothing)
{
    uint8_t bare[20];
    struct stun_out o;
    start();
    struct ice_path one = udp(1);
    refused((struct ask){.password = STR("a wrong password, this")}, 401);
    refused((struct ask){.has_unknown = true}, 420);
    CHECK(answered.integrity_at != 0);
    refused((struct ask){.is_controlled = true}, 487);
    stun_start(&o, bare, sizeof bare, STUN_REQUEST, STUN_BINDING, (const uint8_t *)"transaction");
    CHECK_OK(ice_stun(ice, &one, bare, sizeof bare, at(0), answer, &result));
    CHECK_OK(stun_parse(answer, result.answer_bytes, &answered));
    CHECK_INT(answered.error_code, 400);
    CHECK_ERR(ask_path((struct ask){.ufrag = STR("nobody")}, one, 0), ERR_BAD_INPUT);
    stun_start(&o, bare, sizeof bare, STUN_INDICATION, STUN_BINDING, (const uint8_t *)"transaction");
    CHECK_ERR(ice_stun(ice, &one, bare, sizeof bare, at(0), answer, &result), ERR_BAD_INPUT);
    CHECK_ERR(ice_stun(ice, &one, (const uint8_t *)"x", 1, at(0), answer, &result), ERR_BAD_INPUT);
    CHECK(!ice_find(ice, &one));
    end();
}

TEST(while_nominations_settle_the_higher_priority_wins)
{
    start();
    checked((struct ask){.priority = 5, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.priority = 3, .nominates = true}, 2, 10, ICE_VALIDATED);
    selected(1);
    checked((struct ask){.priority = 9, .nominates = true}, 3, 20, ICE_VALIDATED | ICE_SELECTED);
    checked((struct ask){.priority = 5, .nominates = true}, 1, 30, 0);
    selected(3);
    end();
}

TEST(afterwards_the_last_nomination_counts)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.priority = 3}, 2, 2000, ICE_VALIDATED);
    checked((struct ask){.priority = 3, .nominates = true}, 2, 2010, ICE_SELECTED);
    checked((struct ask){.priority = 9}, 1, 2020, 0); /* a check of the old pair moves nothing */
    selected(2);
    end();
}

TEST(the_higher_count_of_a_renomination_wins)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true, .nomination = 1}, 1, 0,
            ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.priority = 3, .nominates = true, .nomination = 2}, 2, 10,
            ICE_VALIDATED | ICE_SELECTED);
    checked((struct ask){.priority = 9, .nominates = true, .nomination = 1}, 1, 5000, 0);
    selected(2);
    end();
}

TEST(a_session_keeps_eight_paths_and_the_selected_one_always)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    for (unsigned port = 2; port <= 9; port++)
        checked((struct ask){.priority = 1}, port, port, ICE_VALIDATED);
    struct ice_path one = udp(1), two = udp(2), nine = udp(9);
    CHECK(ice_find(ice, &one) && !ice_find(ice, &two) && ice_find(ice, &nine));
    end();
}

TEST(a_path_belongs_to_who_checked_it_last)
{
    struct ice_session *first, *other;
    start();
    first = s;
    checked((struct ask){.priority = 9}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    CHECK_OK(ice_session_new(ice, NULL, at(0), &other));
    s = other;
    checked((struct ask){.priority = 9}, 1, 10, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    struct ice_path one = udp(1), path;
    CHECK(ice_find(ice, &one) == other && !ice_session_path(first, &path));
    ice_session_free(first);
    CHECK(ice_find(ice, &one) == other);
    end();
}

TEST(a_closed_connection_is_no_path_any_more)
{
    start();
    struct ice_path tcp = {ICE_TCP, 77, {4, {198, 51, 100, 2}, 9}};
    CHECK_OK(ask_path((struct ask){.priority = 1}, tcp, 0));
    CHECK_OK(ask_path((struct ask){.priority = 1}, udp(2), 1));
    CHECK(ice_path_gone(ice, &tcp) == s);
    selected(0);
    CHECK(!ice_path_gone(ice, &tcp));
    checked((struct ask){.priority = 1}, 2, 2, ICE_SELECTED);
    struct ice_path two = udp(2);
    CHECK(ice_path_gone(ice, &two) == s);
    end();
}

TEST(silence_interrupts_and_ends_the_consent)
{
    start();
    checked((struct ask){.priority = 1}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    CHECK_INT(ice_session_turn(s, at(7999)), ICE_CONNECTED);
    CHECK_INT(ice_session_turn(s, at(8000)), ICE_INTERRUPTED);
    selected(1);
    checked((struct ask){.priority = 1}, 1, 9000, ICE_BACK);
    CHECK_INT(ice_session_turn(s, at(9001)), ICE_CONNECTED);
    CHECK_INT(ice_session_turn(s, at(9000 + ICE_GONE_MS)), ICE_GONE);
    selected(0);
    CHECK_ERR(ask_path((struct ask){.priority = 1}, udp(1), 40000), ERR_BAD_INPUT);
    end();
}

TEST(media_is_a_sign_of_life_as_good_as_a_check)
{
    struct ice_path one = udp(1), stranger = udp(2);
    start();
    checked((struct ask){.priority = 5, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    for (int64_t ms = 5000; ms <= 100000; ms += 5000) {
        CHECK(!ice_session_heard(s, &one, at(ms)));
        CHECK_INT(ice_session_turn(s, at(ms + 4000)), ICE_CONNECTED);
    }
    CHECK_INT(ice_session_turn(s, at(100000 + ICE_QUIET_MS)), ICE_INTERRUPTED);
    CHECK(!ice_session_heard(s, &stranger, at(110000)));
    CHECK_INT(ice_session_turn(s, at(111000)), ICE_INTERRUPTED);
    CHECK(!ice_session_heard(s, &one, at(112000)));
    CHECK_INT(ice_session_turn(s, at(112100)), ICE_CONNECTED);
    end();
}

TEST(a_session_that_nobody_comes_to_ends)
{
    start();
    CHECK_INT(ice_session_turn(s, at(ICE_WAIT_MS - 1)), ICE_WAITING);
    CHECK_INT(ice_session_turn(s, at(ICE_WAIT_MS)), ICE_GONE);
    end();
}

TEST(paths_that_fell_silent_are_forgotten)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.priority = 1}, 2, 0, ICE_VALIDATED);
    for (int64_t ms = 1000; ms <= ICE_GONE_MS; ms += 1000) {
        checked((struct ask){.priority = 9, .nominates = true}, 1, ms, 0);
        (void)ice_session_turn(s, at(ms));
    }
    struct ice_path one = udp(1), two = udp(2);
    CHECK(ice_find(ice, &one) && !ice_find(ice, &two));
    end();
}

static char old_ufrag[ICE_UFRAG_BYTES], old_password[ICE_PASSWORD_BYTES];
static struct ask old_ask(bool nominates)
{
    return (struct ask){
        .ufrag = str_of(old_ufrag), .password = str_of(old_password), .priority = 9, .nominates = nominates};
}
static void restart(void)
{
    snprintf(old_ufrag, sizeof old_ufrag, "%s", ice_session_ufrag(s).at);
    snprintf(old_password, sizeof old_password, "%s", ice_session_password(s).at);
    CHECK_OK(ice_session_restart(s));
    CHECK(!str_is_text(ice_session_ufrag(s), old_ufrag));
}

TEST(a_restart_keeps_the_old_path_until_the_new_one_is_nominated)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    restart();
    checked(old_ask(true), 1, 3000, 0);
    checked((struct ask){.priority = 1}, 2, 3000, ICE_VALIDATED);
    selected(1);
    checked((struct ask){.priority = 1, .nominates = true}, 2, 3100, ICE_SELECTED);
    checked(old_ask(true), 1, 3200, 0); /* the old one has no say any more */
    selected(2);
    (void)ice_session_turn(s, at(3100 + ICE_OVERLAP_MS - 1));
    struct ice_path one = udp(1), two = udp(2);
    CHECK(ice_find(ice, &one));
    (void)ice_session_turn(s, at(3100 + ICE_OVERLAP_MS));
    CHECK(!ice_find(ice, &one) && ice_find(ice, &two));
    CHECK_ERR(ask_path(old_ask(false), one, 7000), ERR_BAD_INPUT);
    end();
}

TEST(a_restart_on_the_same_path_goes_on)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    restart();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 3000, 0);
    (void)ice_session_turn(s, at(3000 + ICE_OVERLAP_MS));
    selected(1);
    end();
}

TEST(media_that_comes_another_way_moves_the_answer_there)
{
    struct ice_path one = udp(1), two = udp(2), stranger = udp(3);
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    checked((struct ask){.priority = 3}, 2, 100, ICE_VALIDATED);
    CHECK(!ice_session_heard(s, &one, at(200)));
    CHECK(!ice_session_heard(s, &two, at(200 + ICE_MOVE_MS - 1))); /* a late packet of another way */
    CHECK(!ice_session_heard(s, &stranger, at(2000)));
    selected(1);
    CHECK(ice_session_heard(s, &two, at(200 + ICE_MOVE_MS)));
    selected(2);
    end();
}

TEST(in_a_restart_media_moves_at_once_and_a_check_when_the_old_path_is_silent)
{
    struct ice_path one = udp(1), two = udp(2);
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    restart();
    checked((struct ask){.priority = 3}, 2, ICE_MOVE_MS - 1, ICE_VALIDATED);
    selected(1);
    CHECK(ice_session_heard(s, &two, at(ICE_MOVE_MS - 1)));
    selected(2);
    CHECK(!ice_session_heard(s, &one, at(5000))); /* of before: no way back */
    selected(2);
    restart();
    checked((struct ask){.priority = 3}, 4, 10000, ICE_VALIDATED | ICE_SELECTED);
    selected(4);
    end();
}

TEST(a_failed_restart_keeps_the_call)
{
    start();
    checked((struct ask){.priority = 9, .nominates = true}, 1, 0, ICE_VALIDATED | ICE_SELECTED | ICE_BACK);
    restart();
    for (int64_t ms = 1000; ms < 120000; ms += 2500) {
        checked(old_ask(true), 1, ms, 0);
        CHECK_INT(ice_session_turn(s, at(ms)), ICE_CONNECTED);
    }
    selected(1);
    char in_between[ICE_UFRAG_BYTES];
    snprintf(in_between, sizeof in_between, "%s", ice_session_ufrag(s).at);
    CHECK_OK(
        ice_session_restart(s)); /* another try: the first one's credentials are gone, the old ones are not */
    checked(old_ask(true), 1, 121000, 0);
    CHECK_ERR(ask_path((struct ask){.ufrag = str_of(in_between)}, udp(1), 121000), ERR_BAD_INPUT);
    checked((struct ask){.priority = 1, .nominates = true}, 2, 122000, ICE_VALIDATED | ICE_SELECTED);
    end();
}

TEST(credentials_are_long_enough_and_of_the_allowed_letters)
{
    start();
    for (int i = 0; i < 200; i++) {
        struct str ufrag = ice_session_ufrag(s), password = ice_session_password(s);
        CHECK(ufrag.bytes >= 4 && password.bytes >= 22);
        for (size_t k = 0; k < password.bytes; k++)
            CHECK(password.at[k] != '-' && password.at[k] != '_' && password.at[k] != '=');
        CHECK_OK(ice_session_restart(s));
    }
    end();
}

SWEEP(a_session_lives_with_little_memory)
{
    ice = ice_new(4);
    if (!ice) return ERR_NOMEM;
    s = NULL;
    enum err err = ice_session_new(ice, NULL, at(0), &s);
    if (!err) err = ask_path((struct ask){.priority = 1, .nominates = true}, udp(1), 0);
    if (!err) err = ice_session_restart(s);
    if (!err) err = ask_path((struct ask){.priority = 1, .nominates = true}, udp(2), 0);
    ice_session_free(s);
    ice_free(ice);
    return err;
}
