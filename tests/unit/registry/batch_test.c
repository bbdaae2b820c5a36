/* Files of events, as registries and spreadsheets write them. */
#include "base/zone_file.h"
#include "registry/batch.h"
#include "tests/unit/check.h"

struct setting {
    struct arena *arena;
    struct zone *zone;
    struct batch batch;
    struct batch_row row;
    struct event_fault fault;
    const char *words;
    bool more;
};

static void begin(struct setting *s)
{
    *s = (struct setting){.arena = arena_new(1 << 20)};
    CHECK(s->arena != NULL);
    CHECK_OK(zone_china(&s->zone));
}

static void over(struct setting *s)
{
    zone_free(s->zone);
    arena_free(s->arena);
}

static enum err open_file(struct setting *s, struct str bytes)
{
    return batch_begin(s->arena, bytes, CHARSET_AUTO, s->zone, &s->batch, &s->words);
}

static enum err next(struct setting *s)
{
    return batch_next(s->arena, &s->batch, &s->row, &s->more, &s->fault);
}

static int64_t utc(const char *text)
{
    struct instant at;
    CHECK(instant_from_text(str_of(text), &at));
    return at.ms;
}

TEST(rows_become_events)
{
    struct setting s;
    begin(&s);
    CHECK_OK(open_file(&s, STR("number,event,at,name,sex,block,cell,birth\r\n"
                               "77,admit,2026-11-27 08:15,淳于鹭,男,B,3-07,1988-01-02\r\n\r\n"
                               "77,A03,2026-11-28T01:00:00Z,,,,,\r\n")));
    CHECK_OK(next(&s));
    CHECK(s.more);
    CHECK_INT(s.row.line, 2);
    CHECK_INT(s.row.event.kind, EVENT_ADMIT);
    CHECK_INT(s.row.event.at.ms, utc("2026-11-27T00:15:00Z"));
    CHECK_INT(s.row.event.where, WHERE_CELL);
    CHECK_INT(s.row.event.sex, SEX_MALE);
    CHECK_STR(s.row.event.family, "淳于鹭");
    CHECK_STR(s.row.event.stay, "77");
    CHECK_INT(s.row.event.control.bytes, 64);
    CHECK_OK(next(&s));
    CHECK_INT(s.row.line, 4);
    CHECK_INT(s.row.event.kind, EVENT_DISCHARGE);
    CHECK_OK(next(&s));
    CHECK(!s.more);
    over(&s);
}

TEST(a_file_in_gb_18030_with_chinese_columns_is_read)
{
    struct setting s;
    struct str bytes;
    begin(&s);
    CHECK_OK(charset_from_utf8(
        s.arena, CHARSET_GB18030,
        STR("编号;事件;发生时间;监室;监区;姓名\n77;admit;2026-11-27 08:15:30;3-07;B;淳于鹭"), &bytes));
    CHECK_OK(open_file(&s, bytes));
    CHECK_OK(next(&s));
    CHECK_STR(s.row.event.cell, "3-07");
    CHECK_STR(s.row.event.family, "淳于鹭");
    CHECK_INT(s.row.event.at.ms, utc("2026-11-27T00:15:30Z"));
    over(&s);
}

TEST(the_same_row_twice_is_one_event)
{
    struct setting s;
    struct str first;
    begin(&s);
    CHECK_OK(open_file(
        &s, STR("number,event,at\n77,update,2026-11-27\n77,update,2026-11-27\n77,update,2026-11-28\n")));
    CHECK_OK(next(&s));
    first = s.row.event.control;
    CHECK_OK(next(&s));
    CHECK(str_is(first, s.row.event.control));
    CHECK_OK(next(&s));
    CHECK(!str_is(first, s.row.event.control));
    over(&s);
}

TEST(a_file_whose_columns_are_not_known_is_refused_whole)
{
    static const char *const bad[] = {"number,event,at,diagnosis\n", "number,event,number,at\n",
                                      "number,event\n", "\n", ""};
    struct setting s;
    begin(&s);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        s.words = NULL;
        CHECK_ERR(open_file(&s, str_of(bad[i])), ERR_BAD_INPUT);
        CHECK(s.words != NULL);
    }
    over(&s);
}

TEST(a_bad_row_is_told_with_its_line_and_column_and_the_next_is_read)
{
    static const struct {
        const char *row, *where;
    } bad[] = {{"77,jump,2026-11-27,,", "event"},      {"77,update,soon,,", "at"},
               {"77,update,2026-11-27 24:00,,", "at"}, {"77,update,2026-11-27,1988-13-01,", "birth"},
               {"77,update,2026-11-27,,X", "sex"},     {"77,update,2026-11-27", "event"},
               {"\"77,update,2026-11-27,,", "event"},  {",update,2026-11-27,,", "PID^1^3"}};
    struct setting s;
    begin(&s);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char file[200];
        snprintf(file, sizeof file, "number,event,at,birth,sex\n%s\n78,update,2026-11-27,,M\n", bad[i].row);
        CHECK_OK(open_file(&s, str_of(file)));
        CHECK_ERR(next(&s), ERR_BAD_INPUT);
        CHECK_INT(s.row.line, 2);
        if (strcmp(s.fault.where, bad[i].where) != 0)
            check_fail(__FILE__, __LINE__, "%s: %s", bad[i].row, s.fault.where);
        CHECK_OK(next(&s));
        CHECK_STR(s.row.event.number, "78");
        CHECK_INT(s.row.line, 3);
    }
    over(&s);
}

SWEEP(a_file_is_read)
{
    struct batch b;
    struct batch_row row;
    struct event_fault fault;
    const char *words;
    struct zone *zone;
    bool more;
    enum err err = zone_china(&zone);
    if (err) return err;
    struct arena *a = arena_new(1 << 16);
    err = a ? batch_begin(a, STR("number,event,at\n77,update,2026-11-27\n"), CHARSET_AUTO, zone, &b, &words)
            : ERR_NOMEM;
    if (!err) err = batch_next(a, &b, &row, &more, &fault);
    arena_free(a);
    zone_free(zone);
    return err;
}
