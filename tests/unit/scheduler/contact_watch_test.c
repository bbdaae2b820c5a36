/* Contacts are looked at each day: by when, how often it was missed, and when it ends. */
#include "scheduler/contact_watch.h"
#include "scheduler/terms.h"
#include "tests/unit/check.h"
#include "tests/unit/scheduler/tz.h"

#define DAY(n, hour)                                                                                         \
    ((struct instant){INT64_C(1795968000000) + (n)*DAY_MS + (hour)*HOUR_MS}) /* 2026-11-30 there, midnight */

static struct contact_watch watched(struct instant made, int days, const struct instant *looks, uint32_t n)
{
    return (struct contact_watch){made, instant_add(made, days * DAY_MS), looks, n};
}

TEST(a_look_is_due_by_the_end_of_each_day_and_who_was_found_in_the_night_has_twelve_hours)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct instant looks[] = {DAY(0, 18), DAY(1, 9)};
    struct contact_watch w = watched(DAY(0, 10), 4, looks, 0);
    CHECK_INT(contact_watch_by(z, &w).ms, DAY(1, 0).ms);
    w.look_count = 1;
    CHECK_INT(contact_watch_by(z, &w).ms, DAY(2, 0).ms);
    w.look_count = 2;
    CHECK_INT(contact_watch_by(z, &w).ms, DAY(3, 0).ms);
    w = watched(DAY(0, 23), 4, looks, 0);
    CHECK_INT(contact_watch_by(z, &w).ms, DAY(1, 11).ms);
    CHECK_INT(contact_watch_days(z, &w, DAY(1, 12)).missed, 0); /* its day is not over yet */
    CHECK_INT(contact_watch_days(z, &w, DAY(2, 1)).missed, 1);
    zone_free(z);
}

TEST(days_without_a_look_are_missed_and_stay_so)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct instant looks[] = {DAY(0, 18), DAY(2, 9), DAY(2, 17), DAY(5, 8)};
    struct contact_watch w = watched(DAY(0, 10), 4, looks, COUNT_OF(looks) - 1);
    static const struct {
        int day;
        struct contact_watch_days is;
    } seen[] = {
        {0, {1, 5, 0, true}},  {1, {2, 5, 0, false}}, {2, {3, 5, 1, true}}, {3, {4, 5, 1, false}},
        {4, {5, 5, 2, false}}, {5, {5, 5, 3, false}}, {9, {5, 5, 3, false}}}; /* what comes after the last day is no day of the watch */
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        struct contact_watch_days d = contact_watch_days(z, &w, DAY(seen[i].day, 20));
        CHECK_INT(d.day, seen[i].is.day);
        CHECK_INT(d.days, seen[i].is.days);
        CHECK_INT(d.missed, seen[i].is.missed);
        CHECK_INT(d.is_seen_today, seen[i].is.is_seen_today);
    }
    zone_free(z);
}

TEST(a_look_on_the_last_day_is_the_last_one_at_whichever_hour)
{
    struct zone *z = tz_open("Asia/Shanghai");
    struct contact_watch w = watched(DAY(0, 15), 3, NULL, 0);
    CHECK(!contact_watch_ends(z, &w, instant_add(DAY(3, 0), -1)));
    CHECK(contact_watch_ends(z, &w, DAY(3, 0)));
    CHECK(contact_watch_ends(z, &w, DAY(8, 0))); /* late, but it is one */
    w.until = DAY(-9, 0);                        /* the days were over before anybody knew */
    CHECK(contact_watch_ends(z, &w, DAY(0, 16)));
    CHECK_INT(contact_watch_days(z, &w, DAY(0, 16)).days, 1);
    CHECK_INT(contact_watch_by(z, &w).ms, DAY(1, 0).ms);
    zone_free(z);
}
