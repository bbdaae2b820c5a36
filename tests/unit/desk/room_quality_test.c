/* How each line was, minute by minute: what is looked at, when it is told, how it adds up in the store. */
#include "auth/account.h"
#include "desk/call_quality.h"
#include "desk/call_quality_bad.h"
#include "tests/unit/desk/room_world.h"
#include "tests/unit/records/chart.h"

static const char offer_up[] =
    "{\"type\":\"call.offer\",\"n\":1,\"peer\":\"up\",\"sdp\":\"v=0\",\"fresh\":true,"
    "\"tracks\":[{\"mid\":\"0\",\"label\":\"exam\",\"name\":\"x\"}]}";
static const struct instant noon = {1795435200000}; /* a minute begins */

/* A doctor and a specialist in a consultation's room, and the connection by which the doctor sends. */
static uint32_t meet(struct rooms *r, const char *visit)
{
    rooms_worker_up(r, 0, now);
    enter_as(r, 1, "gu", ROLE_CLINIC_DOCTOR, visit);
    enter_as(r, 2, "wen", ROLE_SPECIALIST, visit);
    say(r, 1, offer_up);
    uint32_t peer = last(LINK_PEER_OFFER)->peer;
    answer_last(r, LINK_PEER_OFFER, LINK_DONE);
    struct link_msg m = {.type = LINK_PEER_STATE, .peer_state = {peer, LINK_CONNECTED}};
    rooms_heard(r, 0, &m, now);
    return peer;
}

static void hear(struct rooms *r, uint32_t peer, uint16_t loss, uint32_t rtt_ms)
{
    struct link_msg m = {
        .type = LINK_QUALITY,
        .quality = {.peer = peer, .loss_up = loss, .rtt_ms = rtt_ms, .bps_up = 800000, .bps_down = 1}};
    rooms_heard(r, 0, &m, now);
}

/* Two seconds pass, and the line is looked at once. */
static void pass(struct rooms *r, int64_t *at_ms)
{
    *at_ms += 2000;
    now.ms += 2000;
    rooms_turn(r, now, (struct instant){noon.ms + *at_ms});
}

TEST(a_minute_is_told_when_it_is_over_and_what_is_left_of_one_when_somebody_goes)
{
    struct rooms *r = open_rooms(1);
    int64_t at_ms = 0;
    rooms_turn(r, now, noon);
    uint32_t peer = meet(r, "v1");
    rooms_turn(r, now, noon);
    for (int i = 0; i < 29; i++) {
        hear(r, peer, i < 20 ? 4 : 150, i == 3 ? 350 : 40);
        pass(r, &at_ms);
    }
    CHECK_INT(world.minutes_n, 0);
    pass(r, &at_ms); /* the next minute */
    CHECK_INT(world.minutes_n, 1);
    const struct room_line_minute *line = &world.minutes[0].line;
    CHECK_STR(str_of(world.minutes[0].who), "v1 gu up");
    CHECK_INT(line->at.ms, noon.ms);
    CHECK_INT(line->minute.looks, 29);
    CHECK_INT(line->minute.grades[CALL_GOOD], 19);
    CHECK_INT(line->minute.grades[CALL_FAIR], 1); /* slow */
    CHECK_INT(line->minute.grades[CALL_POOR], 9);
    CHECK_INT(line->minute.loss_sum, 20 * 4 + 9 * 150);
    CHECK_INT(line->minute.loss_worst, 150);
    CHECK_INT(line->minute.rtt_worst_ms, 350);
    CHECK_INT(line->minute.kbps_sum, 29 * 800);
    hear(r, peer, 0, 40);
    pass(r, &at_ms);
    rooms_lost(r, (struct room_client){.serial = 1}, true, now);
    CHECK_INT(world.minutes_n, 2);
    CHECK_INT(world.minutes[1].line.at.ms, noon.ms + ROOM_MINUTE_MS);
    CHECK(world.minutes[1].line.minute.looks >= 1 && world.minutes[1].line.minute.looks <= 2);
    close_rooms(r);
}

TEST(a_line_that_is_gone_is_lost_and_after_twenty_seconds_it_is_weak)
{
    struct rooms *r = open_rooms(1);
    int64_t at_ms = 0;
    rooms_turn(r, now, noon);
    uint32_t peer = meet(r, "v1");
    hear(r, peer, 0, 40);
    pass(r, &at_ms);
    CHECK_INT(rooms_weak(r), 0);
    rooms_worker_down(r, 0, now);
    for (int i = 0; i < 9; i++)
        pass(r, &at_ms);
    CHECK_INT(rooms_weak(r), 0);
    pass(r, &at_ms);
    CHECK_INT(rooms_weak(r), 1);
    while (at_ms < ROOM_MINUTE_MS)
        pass(r, &at_ms);
    CHECK_INT(world.minutes_n, 1);
    CHECK_INT(world.minutes[0].line.minute.grades[CALL_GOOD], 1);
    CHECK_INT(world.minutes[0].line.minute.grades[CALL_LOST], world.minutes[0].line.minute.looks - 1);
    close_rooms(r);
}

TEST(of_a_room_that_is_no_consultations_nothing_is_kept)
{
    struct rooms *r = open_rooms(1);
    int64_t at_ms = 0;
    rooms_turn(r, now, noon);
    uint32_t peer = meet(r, NULL);
    while (at_ms <= ROOM_MINUTE_MS) {
        hear(r, peer, 0, 40);
        pass(r, &at_ms);
    }
    CHECK_INT(world.minutes_n, 0);
    close_rooms(r);
}

TEST(a_minute_has_the_grade_that_was_felt)
{
    static const struct {
        uint32_t grades[CALL_GRADES];
        enum call_grade is;
    } minutes[] = {{{30, 0, 0, 0}, CALL_GOOD},  {{24, 6, 0, 0}, CALL_GOOD}, {{22, 8, 0, 0}, CALL_FAIR},
                   {{22, 0, 8, 0}, CALL_POOR},  {{22, 4, 4, 0}, CALL_FAIR}, {{20, 0, 0, 10}, CALL_POOR},
                   {{15, 0, 0, 15}, CALL_LOST}, {{0, 0, 1, 0}, CALL_POOR}};
    for (size_t i = 0; i < COUNT_OF(minutes); i++) {
        struct room_minute m = {0};
        for (int g = 0; g < CALL_GRADES; g++) {
            m.grades[g] = minutes[i].grades[g];
            m.looks += m.grades[g];
        }
        CHECK_INT(call_quality_grade(&m), minutes[i].is);
    }
}

/* -- in the store -- */

struct adding {
    struct job job; /* first */
    struct arena *arena;
    struct str text;
};

static enum err add_and_write(struct job *job, struct tx *tx)
{
    struct adding *a = (struct adding *)(void *)job;
    struct buf text;
    struct json_out o;
    struct room_line_minute up = {
        .visit = "v1", .account = "nobody", .source = "", .is_up = true, .at = noon};
    struct room_line_minute cam = {
        .visit = "v1", .account = "", .source = "otoscope", .is_up = true, .at = noon};
    up.minute = (struct room_minute){
        .looks = 10, .grades = {10}, .loss_sum = 30, .loss_worst = 9, .rtt_worst_ms = 50, .kbps_sum = 8000};
    cam.minute = (struct room_minute){.looks = 4, .grades = {0, 0, 0, 4}};
    enum err err = call_quality_add(tx, &up);
    if (!err) err = call_quality_add(tx, &up); /* the rest of the same minute, after coming back */
    up.at.ms += ROOM_MINUTE_MS;
    if (!err) err = call_quality_add(tx, &up);
    if (!err) err = call_quality_add(tx, &cam);
    if (err) return err;
    buf_init(&text, 1 << 16);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    err = call_quality_write(tx, a->arena, STR("v1"), &o);
    json_close(&o);
    if (!err) err = text.err;
    if (!err) a->text = (struct str){arena_text(a->arena, text.at, text.bytes), text.bytes};
    buf_done(&text);
    return err || a->text.at ? err : ERR_NOMEM;
}

static void added(struct job *job, enum err err)
{
    (void)job, (void)err;
}

SWEEP(parts_of_a_minute_add_up_and_each_line_is_told)
{
    static const char said[] =
        "{\"lines\":[{\"kind\":\"person\",\"name\":\"nobody\",\"share\":{\"good\":"
        "1000,\"fair\":0,\"poor\":0,\"lost\":0},"
        "\"up\":[{\"at\":\"2026-11-23T12:00:00.000Z\",\"grade\":\"good\",\"loss\":3,"
        "\"loss_worst\":9,\"rtt_ms\":50,\"kbps\":800},"
        "{\"at\":\"2026-11-23T12:01:00.000Z\",\"grade\":\"good\",\"loss\":3,\"loss_"
        "worst\":9,\"rtt_ms\":50,\"kbps\":800}],\"down\":[],\"stayed_bad\":null},"
        "{\"kind\":\"source\",\"name\":\"otoscope\",\"share\":{\"good\":0,\"fair\":0,"
        "\"poor\":0,\"lost\":1000},"
        "\"up\":[{\"at\":\"2026-11-23T12:00:00.000Z\",\"grade\":\"lost\",\"loss\":0,"
        "\"loss_worst\":0,\"rtt_ms\":0,\"kbps\":0}],\"down\":[],\"stayed_bad\":null}]}";
    struct chart chart;
    struct adding a = {.job = {.run = add_and_write, .done = added}};
    enum err err = chart_open(&chart);
    a.arena = arena_new(1 << 20);
    if (!err) err = chart_sql(&chart, call_quality_migrations[0].sql);
    if (!err) err = chart_sql(&chart, call_quality_bad_migrations[0].sql);
    if (!err) err = a.arena ? store_run(chart.store, &a.job) : ERR_NOMEM;
    if (!err) CHECK_STR(a.text, said);
    arena_free(a.arena);
    chart_close(&chart);
    return err;
}

/* -- what stayed bad -- */

/* A minute of each letter: g good, f fair, p poor, l lost, - none; the last one is the minute before now. */
struct bad_story {
    struct job job; /* first */
    const char *minutes, *who;
    bool is_source, is_up;
    int64_t lately;
    struct arena *arena;
    struct line_bad bad;
    enum err found;
    char listed[400];
};

static enum err minutes_put(struct bad_story *b, struct tx *tx)
{
    static const char letters[CALL_GRADES + 1] = "gfpl";
    int64_t first = tx->now.ms - tx->now.ms % ROOM_MINUTE_MS - (int64_t)strlen(b->minutes) * ROOM_MINUTE_MS;
    enum err err = OK;
    for (size_t i = 0; b->minutes[i] && !err; i++) {
        const char *grade = strchr(letters, b->minutes[i]);
        if (!grade) continue;
        struct room_line_minute m = {.visit = "v1",
                                     .account = b->is_source ? "" : b->who,
                                     .source = b->is_source ? b->who : "",
                                     .is_up = b->is_up,
                                     .at = {first + (int64_t)i * ROOM_MINUTE_MS},
                                     .minute = {.looks = 30}};
        m.minute.grades[grade - letters] = 30;
        err = call_quality_add(tx, &m);
    }
    return err;
}

static enum err bad_run(struct job *job, struct tx *tx)
{
    struct bad_story *b = (struct bad_story *)(void *)job;
    struct buf text;
    struct json_out o;
    enum err err = minutes_put(b, tx);
    if (!err) err = line_bad_note(tx, &b->lately);
    if (err) return err;
    b->found = line_bad_find(tx, STR("v1"), b->is_source, str_of(b->who), &b->bad);
    buf_init(&text, 1 << 16);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    err = line_bad_write(tx, b->arena, (struct instant){0}, &o);
    json_close(&o);
    if (!err) err = text.err;
    if (!err) snprintf(b->listed, sizeof b->listed, "%.*s", (int)text.bytes, text.at);
    buf_done(&text);
    return err;
}

static enum err bad_open(struct chart *chart, struct arena **ret)
{
    enum err err = chart_open(chart);
    *ret = arena_new(1 << 16);
    if (!err) err = chart_sql(chart, call_quality_migrations[0].sql);
    if (!err) err = chart_sql(chart, call_quality_bad_migrations[0].sql);
    return !err && !*ret ? ERR_NOMEM : err;
}

TEST(a_line_that_stayed_bad_is_noted_once_with_its_side_and_no_name)
{
    static const struct {
        const char *minutes;
        bool is_source, is_noted;
        int64_t bad;
    } all[] = {
        {"ggggg", false, false, 0},
        {"fffff", false, false, 0},
        {"ppggg", false, false, 0},
        {"pgplg", false, true, 3},
        {"lll", true, true, 3},
        {"ppppgg", false, true, 3},
        {"pppgggg", false, false, 0} /* it is over by five minutes */,
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct chart chart;
        struct bad_story b = {.job = {.run = bad_run, .done = added},
                              .minutes = all[i].minutes,
                              .who = "somebody",
                              .is_source = all[i].is_source,
                              .is_up = true};
        CHECK_OK(bad_open(&chart, &b.arena));
        CHECK_OK(store_run(chart.store, &b.job));
        CHECK_INT(b.lately, all[i].is_noted);
        CHECK_ERR(b.found, all[i].is_noted ? OK : ERR_NOT_FOUND);
        if (all[i].is_noted) CHECK_INT(b.bad.minutes, all[i].bad);
        CHECK(!strstr(b.listed, "somebody") && !strstr(b.listed, "v1"));
        CHECK(!strstr(b.listed, "\"side\":\"device\"") == !(all[i].is_noted && all[i].is_source));
        arena_free(b.arena);
        chart_close(&chart);
    }
}

TEST(one_that_goes_on_being_bad_is_carried_on_and_both_ways_are_one_minute)
{
    struct chart chart;
    struct bad_story b = {
        .job = {.run = bad_run, .done = added}, .minutes = "ppp--", .who = "somebody", .is_up = true};
    CHECK_OK(bad_open(&chart, &b.arena));
    CHECK_OK(store_run(chart.store, &b.job));
    CHECK(b.found == OK && b.bad.minutes == 3);
    struct instant since = b.bad.since;
    struct bad_story down = b;
    down.job = (struct job){.run = bad_run, .done = added};
    down.is_up = false;
    down.minutes = "pp-pp";
    CHECK_OK(store_run(chart.store, &down.job));
    CHECK(down.found == OK && down.bad.since.ms == since.ms);
    CHECK_INT(down.bad.minutes, 5);
    CHECK_INT(down.bad.last.ms - since.ms, 4 * ROOM_MINUTE_MS);
    CHECK_INT(down.lately, 1);
    arena_free(b.arena);
    chart_close(&chart);
}

SWEEP(a_line_that_stayed_bad_is_noted_and_listed)
{
    struct chart chart;
    struct bad_story b = {
        .job = {.run = bad_run, .done = added}, .minutes = "ppp", .who = "somebody", .is_up = true};
    enum err err = bad_open(&chart, &b.arena);
    if (!err) err = store_run(chart.store, &b.job);
    arena_free(b.arena);
    chart_close(&chart);
    return err;
}
