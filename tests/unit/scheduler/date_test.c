#include "base/date.h"
#include "base/rnd.h"
#include "tests/unit/check.h"
#include <time.h>

TEST(every_day_of_ten_thousand_years_is_the_day_libc_says)
{
    int32_t first = date_of(1, 1, 1).days, last = date_of(9999, 12, 31).days;
    for (int32_t d = first; d <= last; d++) {
        time_t t = (time_t)d * 86400;
        struct tm tm;
        struct date_parts p = date_parts((struct date){d});
        CHECK(gmtime_r(&t, &tm));
        CHECK_INT(p.year, tm.tm_year + 1900);
        CHECK_INT(p.month, tm.tm_mon + 1);
        CHECK_INT(p.day, tm.tm_mday);
        CHECK_INT(date_weekday((struct date){d}) % 7, tm.tm_wday);
        CHECK_INT(date_of(p.year, p.month, p.day).days, d);
    }
}

TEST(a_day_is_written_and_read_in_one_form)
{
    char text[DATE_TEXT_BYTES];
    struct date d;
    date_text(date_of(2026, 2, 17), text);
    CHECK_STR(str_of(text), "2026-02-17");
    CHECK(date_from_text(str_of(text), &d));
    CHECK_INT(d.days, date_of(2026, 2, 17).days);
    static const char *const wrong[] = {"",           "2026-2-17",  "2026-02-30", "2026-13-01",  "2025-02-29",
                                        "2026/02/17", "2026-02-1x", "0000-01-01", "2026-02-170", "+026-02-17",
                                        "2026-00-10", "2026-01-00"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK(!date_from_text(str_of(wrong[i]), &d));
    CHECK(date_from_text(STR("2024-02-29"), &d));
}

TEST(a_month_later_is_the_same_day_or_the_last)
{
    struct date d = date_of(2026, 1, 31);
    CHECK_INT(date_add_months(d, 1).days, date_of(2026, 2, 28).days);
    CHECK_INT(date_add_months(d, 25).days, date_of(2028, 2, 29).days);
    CHECK_INT(date_add_months(d, -2).days, date_of(2025, 11, 30).days);
    CHECK_INT(date_add_months(d, -13).days, date_of(2024, 12, 31).days);
    CHECK_INT(date_add_months(d, 0).days, d.days);
}

TEST(weekdays_have_short_names)
{
    enum weekday w;
    CHECK(weekday_from_text(STR("sat"), &w));
    CHECK_INT(w, SATURDAY);
    CHECK(!weekday_from_text(STR("Saturday"), &w));
    CHECK_STR(str_of(weekday_text(date_weekday(date_of(2026, 11, 23)))), "Mon");
}
