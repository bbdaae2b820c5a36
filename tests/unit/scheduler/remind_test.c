#include "base/rnd.h"
#include "scheduler/remind.h"
#include "tests/unit/check.h"

static const struct instant start = {1000 * DAY_MS};

static struct appt firm(struct instant from)
{
    static const struct appt_seat seats[] = {{{1}, 1, 0, 0, APPT_UNASKED, true},
                                             {{2}, 2, 0, 0, APPT_NOT_NEEDED, true},
                                             {{3}, 3, 0, 0, APPT_NOT_NEEDED, false},
                                             {{4}, 4, 0, 0, APPT_UNASKED, true}};
    struct appt a;
    CHECK_INT(appt_propose((struct appt_id){1}, (struct request_id){0}, TRIAGE_ROUTINE, 1,
                           (struct span){from, instant_add(from, 40 * MINUTE_MS)}, seats, 4, &a),
              APPT_YES);
    a.state = APPT_BOOKED;
    a.seats[0].answer = APPT_ACCEPTED;
    a.seats[3].answer = APPT_REFUSED;
    return a;
}

TEST(each_person_of_a_firm_booking_is_reminded_once_by_each_rule)
{
    struct appt a = firm(start);
    struct remind_mark marks[REMIND_MARKS_MAX];
    struct instant next, booked = instant_add(start, -10 * DAY_MS);
    CHECK_OK(remind_check(&remind_default));
    CHECK_INT(remind_due(&remind_default, &a, booked, NULL, 0, instant_add(start, -DAY_MS - 1), marks), 0);
    CHECK(remind_next(&remind_default, &a, instant_add(start, -DAY_MS - 1), &next));
    CHECK_INT(next.ms, start.ms - DAY_MS);
    CHECK_INT(remind_due(&remind_default, &a, booked, NULL, 0, instant_add(start, -DAY_MS), marks), 2);
    CHECK(marks[0].person.n == 1 && marks[0].rule == 0 && marks[0].fate == REMIND_SEND);
    CHECK(marks[1].person.n == 2 && marks[1].fate == REMIND_SEND);
    struct remind_mark more[REMIND_MARKS_MAX];
    CHECK_INT(remind_due(&remind_default, &a, booked, marks, 2, instant_add(start, -DAY_MS), more), 0);
    /* The server was down over two of them: only the last goes out. */
    CHECK_INT(remind_due(&remind_default, &a, booked, marks, 2, instant_add(start, -10 * MINUTE_MS), more),
              4);
    CHECK(more[0].rule == 2 && more[0].fate == REMIND_SEND && more[1].rule == 1 &&
          more[1].fate == REMIND_PASS);
    /* Nothing goes out once it has begun, and nothing that was due before it was booked. */
    CHECK_INT(remind_due(&remind_default, &a, booked, NULL, 0, start, more), 6);
    for (int i = 0; i < 6; i++)
        CHECK_INT(more[i].fate, REMIND_PASS);
    CHECK_INT(remind_due(&remind_default, &a, instant_add(start, -2 * HOUR_MS), NULL, 0,
                         instant_add(start, -2 * HOUR_MS), more),
              2);
    CHECK_INT(more[0].fate, REMIND_PASS);
    CHECK(!remind_next(&remind_default, &a, instant_add(start, -15 * MINUTE_MS), &next));
    a.state = APPT_CANCELLED;
    CHECK_INT(remind_due(&remind_default, &a, booked, NULL, 0, instant_add(start, -DAY_MS), more), 0);
    CHECK(!remind_next(&remind_default, &a, booked, &next));
}

TEST(a_policy_that_does_not_fall_is_refused)
{
    struct remind_policy p = {2, {60, 60}};
    CHECK_ERR(remind_check(&p), ERR_BAD_INPUT);
    p.count = 0;
    CHECK_ERR(remind_check(&p), ERR_BAD_INPUT);
    p = (struct remind_policy){2, {60, 5}};
    CHECK_OK(remind_check(&p));
}

/* A server that restarts, whose clock jumps, and whose bookings move: never twice, and with a sound clock never
 * not at all. */
TEST(reminders_go_out_exactly_once_whatever_the_clock_does)
{
    enum { MARKS = 4000 };
    static struct remind_mark kept[MARKS];
    rnd_seed(16);
    for (long turn = 0; turn < check_count(1500, 100000); turn++) {
        struct instant now = instant_add(start, -3 * DAY_MS), booked = now;
        struct appt a = firm(start);
        bool sound = turn % 2, moved = false;
        uint32_t count = 0;
        while (now.ms < a.span.until.ms && count < MARKS - REMIND_MARKS_MAX) {
            struct remind_mark made[REMIND_MARKS_MAX];
            uint32_t n = remind_due(&remind_default, &a, booked, kept, count, now, made);
            bool crashes = rnd_below(5) == 0; /* before the commit: nothing was kept, nothing went out */
            for (uint32_t i = 0; i < n && !crashes; i++) {
                for (uint32_t k = 0; k < count; k++)
                    CHECK(kept[k].person.n != made[i].person.n || kept[k].rule != made[i].rule ||
                          kept[k].start.ms != made[i].start.ms);
                CHECK(made[i].start.ms == a.span.from.ms &&
                      (made[i].fate == REMIND_PASS || now.ms < a.span.from.ms));
                kept[count++] = made[i];
            }
            if (crashes) continue;
            if (!sound && rnd_below(6) == 0) now.ms += (int64_t)rnd_below(2 * DAY_MS) - DAY_MS;
            if (!moved && rnd_below(200) == 0) {
                moved = true;
                a.span.from.ms += DAY_MS, a.span.until.ms += DAY_MS;
                booked = now;
            }
            now.ms += (int64_t)rnd_below(10 * MINUTE_MS) + 1;
        }
        for (uint8_t rule = 0; rule < 3 && sound; rule++)
            for (uint64_t person = 1; person <= 2; person++) {
                int sent = 0;
                for (uint32_t k = 0; k < count; k++)
                    sent += kept[k].person.n == person && kept[k].rule == rule &&
                            kept[k].start.ms == a.span.from.ms && kept[k].fate == REMIND_SEND;
                CHECK_INT(sent,
                          booked.ms <= a.span.from.ms - (int64_t)remind_default.before_min[rule] * MINUTE_MS);
            }
    }
    rnd_seed(0);
}
