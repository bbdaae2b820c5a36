#include "base/rnd.h"
#include "scheduler/calendar.h"
#include "scheduler/holidays.h"
#include "tests/unit/check.h"
#include <stdlib.h>

static struct calendar parse(const char *text)
{
    struct calendar c = {0};
    char why[CALENDAR_WHY_BYTES] = "";
    enum err err = calendar_parse(str_of(text), &c, why);
    if (err) printf("  %s\n", why);
    CHECK_OK(err);
    return c;
}

static void is_refused(const char *text, enum err expected, const char *because)
{
    struct calendar c = {0};
    char why[CALENDAR_WHY_BYTES] = "";
    CHECK_ERR(calendar_parse(str_of(text), &c, why), expected);
    CHECK(c.days == NULL);
    CHECK_STR(str_of(why), because);
}

TEST(a_spring_festival_rests_and_its_weekends_are_worked)
{
    struct calendar c = parse("# a comment\r\n\n2026-02-15..2026-02-23 holiday 春节\n"
                              "  2026-02-14 workday as Mon 春节\n2026-02-28 workday\n");
    CHECK_INT(c.count, 11);
    CHECK_INT(calendar_kind(&c, date_of(2026, 2, 13)), DAY_WORK);
    CHECK_INT(calendar_kind(&c, date_of(2026, 2, 14)), DAY_MAKEUP);
    CHECK_INT(calendar_kind(&c, date_of(2026, 2, 15)), DAY_HOLIDAY);
    CHECK_INT(calendar_kind(&c, date_of(2026, 2, 23)), DAY_HOLIDAY);
    CHECK_INT(calendar_kind(&c, date_of(2026, 2, 24)), DAY_WORK);
    CHECK_INT(calendar_kind(&c, date_of(2026, 3, 1)), DAY_WEEKEND);
    CHECK_INT(calendar_acts_as(&c, date_of(2026, 2, 14)), MONDAY);
    CHECK_INT(calendar_acts_as(&c, date_of(2026, 2, 28)), FRIDAY);
    CHECK_INT(calendar_acts_as(&c, date_of(2026, 2, 16)), MONDAY);
    CHECK_INT(calendar_nearest_work(&c, date_of(2026, 2, 16), 1).days, date_of(2026, 2, 24).days);
    CHECK_INT(calendar_nearest_work(&c, date_of(2026, 2, 16), -1).days, date_of(2026, 2, 14).days);
    CHECK_STR(str_of(calendar_find(&c, date_of(2026, 2, 20))->name), "春节");
    calendar_done(&c);
}

TEST(without_a_table_only_weekends_rest)
{
    struct calendar c = {0};
    for (int32_t d = 0; d < 3000; d++) {
        bool weekend = date_weekday((struct date){d}) >= SATURDAY;
        CHECK_INT(calendar_kind(&c, (struct date){d}), weekend ? DAY_WEEKEND : DAY_WORK);
    }
}

TEST(a_wrong_line_is_refused_with_its_number)
{
    is_refused("2026-02-30 holiday X", ERR_BAD_INPUT, "line 1: not a day, or no such day");
    is_refused("\n2026-02-03..2026-02-01 holiday X", ERR_BAD_INPUT,
               "line 2: the last day is before the first");
    is_refused("2026-02-03..2027-02-01 holiday X", ERR_BAD_INPUT, "line 1: more than 31 days");
    is_refused("2026-02-03 feast X", ERR_BAD_INPUT, "line 1: neither holiday nor workday");
    is_refused("2026-02-03", ERR_BAD_INPUT, "line 1: neither holiday nor workday");
    is_refused("2026-02-03 workday as Moon X", ERR_BAD_INPUT, "line 1: no such weekday after \"as\"");
    is_refused("2026-02-03 holiday as Mon X", ERR_BAD_INPUT,
               "line 1: \"as\" belongs to a workday, and names one weekday");
    is_refused("2026-02-01..2026-02-05 holiday\n2026-02-04 workday", ERR_BAD_INPUT,
               "line 2: a day is named twice");
    is_refused("2026-02-03 holiday \xff", ERR_BAD_INPUT, "line 1: the name is not UTF-8");
    is_refused("2026-02-03 holiday a\x01", ERR_BAD_INPUT, "line 1: a control character in the name");
    is_refused("2026-02-03 holiday 0123456789012345678901234567890123456789012345678901234567890123",
               ERR_BAD_INPUT, "line 1: the name is too long");
}

TEST(more_days_than_the_limit_are_refused)
{
    struct buf b;
    struct calendar c = {0};
    char why[CALENDAR_WHY_BYTES], text[DATE_TEXT_BYTES];
    buf_init(&b, 1 << 20);
    for (int32_t d = 0; d <= CALENDAR_DAYS_MAX; d++) {
        date_text((struct date){d}, text);
        buf_printf(&b, "%s holiday\n", text);
    }
    CHECK_OK(b.err);
    CHECK_ERR(calendar_parse(buf_str(&b), &c, why), ERR_LIMIT);
    buf_done(&b);
}

/* Random tables come back as they were written. */
TEST(a_table_is_written_as_it_is_read)
{
    rnd_seed(4);
    for (long turn = 0; turn < check_count(500, 50000); turn++) {
        struct buf first, again;
        char why[CALENDAR_WHY_BYTES], text[DATE_TEXT_BYTES];
        struct calendar c = {0}, back = {0};
        buf_init(&first, 1 << 20), buf_init(&again, 1 << 20);
        for (int32_t d = 20000 + (int32_t)rnd_below(300); rnd_below(30); d += 1 + (int32_t)rnd_below(3)) {
            date_text((struct date){d}, text);
            buf_printf(&first, "%s %s %s\n", text, rnd_below(2) ? "workday as Tue" : "holiday",
                       rnd_below(2) ? "元旦" : "");
        }
        CHECK_OK(calendar_parse(buf_str(&first), &c, why));
        calendar_write(&c, &again);
        CHECK_OK(again.err);
        CHECK_OK(calendar_parse(buf_str(&again), &back, why));
        CHECK_INT(back.count, c.count);
        for (uint32_t i = 0; i < c.count; i++)
            CHECK(back.days[i].day.days == c.days[i].day.days && back.days[i].kind == c.days[i].kind &&
                  back.days[i].as == c.days[i].as && strcmp(back.days[i].name, c.days[i].name) == 0);
        calendar_done(&c), calendar_done(&back);
        buf_done(&first), buf_done(&again);
    }
    rnd_seed(0);
}

TEST(the_published_holidays_that_we_ship_are_whole)
{
    char why[CALENDAR_WHY_BYTES] = "";
    struct calendar c = {0};
    CHECK_OK(calendar_parse(str_of(holidays_cn), &c, why));
    /* Since 2025 the law gives 13 days; weekends and make-up days neither add nor take any. */
    for (int32_t year = 2025; year <= 2026; year++) {
        int free_weekdays = 0, worked_weekends = 0;
        for (struct date d = date_of(year, 1, 1); d.days <= date_of(year, 12, 31).days; d.days++) {
            enum day_kind k = calendar_kind(&c, d);
            bool weekend = date_weekday(d) >= SATURDAY;
            free_weekdays += !weekend && k == DAY_HOLIDAY;
            worked_weekends += weekend && k == DAY_MAKEUP;
            CHECK(weekend || k != DAY_MAKEUP);
        }
        CHECK_INT(worked_weekends, year == 2025 ? 5 : 6);
        CHECK_INT(free_weekdays - worked_weekends, 13);
    }
    calendar_done(&c);
}

SWEEP(a_calendar_is_parsed)
{
    struct calendar c = {0};
    char why[CALENDAR_WHY_BYTES];
    struct str text =
        STR("2026-01-01..2026-01-31 holiday\n2026-02-01..2026-02-28 holiday\n2026-03-01..2026-03-31 "
            "workday as Fri x\n");
    enum err err = calendar_parse(text, &c, why);
    if (err) return err;
    CHECK_INT(c.count, 90);
    calendar_done(&c);
    return OK;
}
