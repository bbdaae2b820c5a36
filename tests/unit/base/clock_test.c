#include "base/clock.h"
#include "base/rnd.h"
#include "tests/unit/check.h"
#include <time.h>

static int64_t read_ms(const char *text)
{
    struct instant at;
    if (!instant_from_text(str_of(text), &at)) check_fail(__FILE__, __LINE__, "\"%s\" is not read", text);
    return at.ms;
}

static void check_text(int64_t ms, const char *expected)
{
    char text[INSTANT_TEXT_BYTES];
    instant_text((struct instant){ms}, text);
    CHECK_STR(str_of(text), expected);
    CHECK_INT(read_ms(expected), ms);
}

TEST(instants_are_written_and_read_back)
{
    check_text(0, "1970-01-01T00:00:00.000Z");
    check_text(1795418647031, "2026-11-23T07:24:07.031Z");
    check_text(-1, "1969-12-31T23:59:59.999Z");
    check_text(951782400000, "2000-02-29T00:00:00.000Z"); /* a century that is a leap year */
    check_text(4107542399999, "2100-02-28T23:59:59.999Z");
    check_text(4107542400000, "2100-03-01T00:00:00.000Z"); /* and one that is none */
    check_text(-62167219200000, "0000-01-01T00:00:00.000Z");
    check_text(253402300799999, "9999-12-31T23:59:59.999Z");
}

TEST(every_day_of_five_centuries_follows_the_one_before)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t ms = read_ms("1799-12-31T12:00:00Z");
    for (int year = 1800; year < 2300; year++)
        for (int month = 1; month <= 12; month++) {
            bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            for (int day = 1; day <= days[month - 1] + (leap && month == 2); day++) {
                char text[64];
                ms += 86400000;
                snprintf(text, sizeof text, "%04d-%02d-%02dT12:00:00.000Z", year, month, day);
                check_text(ms, text);
            }
        }
}

TEST(the_c_library_agrees_on_random_instants)
{
    rnd_seed(11);
    for (int i = 0; i < 20000; i++) {
        int64_t s = (int64_t)rnd_below(315537897600) - 62135596800; /* years 1 to 9999 */
        struct tm tm;
        time_t t = (time_t)s;
        char text[INSTANT_TEXT_BYTES], theirs[128];
        CHECK(gmtime_r(&t, &tm) != NULL);
        snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02d.000Z", tm.tm_year + 1900,
                 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        instant_text((struct instant){s * 1000}, text);
        CHECK_STR(str_of(text), theirs);
        CHECK_INT(read_ms(theirs), s * 1000);
    }
    rnd_seed(0);
}

TEST(fractions_and_offsets_are_understood)
{
    int64_t at = read_ms("2026-11-23T07:24:07Z");
    CHECK_INT(read_ms("2026-11-23T15:24:07+08:00"), at);
    CHECK_INT(read_ms("2026-11-23T02:54:07-04:30"), at);
    CHECK_INT(read_ms("2026-11-23T07:24:07+00:00"), at);
    CHECK_INT(read_ms("2026-11-23T07:24:07.5Z"), at + 500);
    CHECK_INT(read_ms("2026-11-23T07:24:07.031Z"), at + 31);
    CHECK_INT(read_ms("2026-11-23T07:24:07.031999999Z"), at + 31);
    CHECK_INT(read_ms("2026-11-23T07:24:07.000000001Z"), at);
}

TEST(what_is_no_instant_is_refused)
{
    static const char *const bad[] = {
        "", "2026", "2026-11-23", "2026-11-23T07:24Z", "2026-11-23T07:24:07", "2026-11-23 07:24:07Z",
        "2026-11-23t07:24:07z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-00-10T00:00:00Z", "2026-13-10T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.0123456789Z", "2026-01-01T00:00:00+15:00", "2026-01-01T00:00:00+08:60",
        "2026-01-01T00:00:00+0800", "2026-01-01T00:00:00ZZ", " 2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
        "+026-01-01T00:00:00Z", "20a6-01-01T00:00:00Z", "2026-01-01T00:00:-1Z", "2026-01-01T00:00:00 08:00",
        /* days that UTC puts outside the years that can be written */
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-14:00"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct instant at = {77};
        if (instant_from_text(str_of(bad[i]), &at)) check_fail(__FILE__, __LINE__, "\"%s\" is read", bad[i]);
        CHECK_INT(at.ms, 77);
    }
    struct instant at;
    CHECK(!instant_from_text((struct str){"2026-01-01T00:00:00Z\0", 21}, &at));
    CHECK(!instant_from_text((struct str){NULL, 0}, &at));
}

TEST(the_fake_clock_moves_only_as_told)
{
    clock_fake((struct instant){5000}, (struct tick){100});
    CHECK_INT(clock_now().ms, 5000);
    CHECK_INT(clock_tick().ms, 100);
    clock_fake_advance(250);
    CHECK_INT(clock_now().ms, 5250);
    CHECK_INT(clock_tick().ms, 350);
    clock_fake_jump(-5000); /* a correction moves the wall clock alone */
    CHECK_INT(clock_now().ms, 250);
    CHECK_INT(clock_tick().ms, 350);
    clock_real();
    CHECK(clock_now().ms > 1700000000000);
    int64_t us = clock_tick_us();
    CHECK(clock_tick_us() >= us);
}
