/* Until when a correction is to be decided: the end of the nth worked day, by the site's own calendar. */
#include "../check.h"
#include "base/zone_file.h"
#include "desk/statement.h"

static struct instant at(const struct zone *zone, const char *day, int second)
{
    enum zone_fit fit;
    struct date d;
    CHECK(date_from_text(str_of(day), &d));
    return zone_instant(zone, wall_of(d, second), &fit);
}

static void check_due(const char *words, const char *from, int64_t days, const char *ends)
{
    struct calendar calendar;
    char why[CALENDAR_WHY_BYTES];
    struct zone *zone;
    if (zone_load(STR("Asia/Shanghai"), &zone)) return; /* no tzdata here */
    CHECK_OK(calendar_parse(str_of(words), &calendar, why));
    CHECK_INT(statement_due(&calendar, zone, at(zone, from, 86399), days).ms, at(zone, ends, 0).ms);
    CHECK_INT(statement_due(&calendar, zone, at(zone, from, 0), days).ms, at(zone, ends, 0).ms);
    calendar_done(&calendar);
    zone_free(zone);
}

TEST(the_day_it_was_said_does_not_count_and_the_last_one_counts_whole)
{
    check_due("", "2026-11-23", 1, "2026-11-25");  /* Monday; Tuesday is the day */
    check_due("", "2026-11-27", 1, "2026-12-01");  /* Friday; Monday */
    check_due("", "2026-11-28", 15, "2026-12-19"); /* Saturday; three whole weeks */
}

TEST(holidays_do_not_count_and_weekend_days_that_are_worked_do)
{
    static const char spring[] = "2026-02-15..2026-02-23 holiday 春节\n2026-02-14 workday as Mon 春节\n";
    check_due(spring, "2026-02-13", 1, "2026-02-15");
    check_due(spring, "2026-02-13", 2, "2026-02-25");
}
