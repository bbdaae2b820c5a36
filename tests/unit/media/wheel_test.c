#include "base/rnd.h"
#include "media/wheel.h"
#include "tests/unit/check.h"

struct alarm {
    struct timer timer;
    int64_t due_ms, rang_ms; /* rang_ms -1: not yet */
    int rings;
};

static struct wheel wheel;
static int64_t last_rang_ms;

static void ring(struct timer *t)
{
    struct alarm *a = list_of(t, struct alarm, timer);
    a->rang_ms = t->at.ms;
    a->rings++;
    ASSERT(t->at.ms >= last_rang_ms); /* in the order of time */
    last_rang_ms = t->at.ms;
}

static void start(int64_t now_ms)
{
    wheel_init(&wheel, (struct tick){now_ms});
    last_rang_ms = INT64_MIN;
}

static void alarm_set(struct alarm *a, int64_t due_ms)
{
    timer_init(&a->timer, ring);
    a->rings = 0;
    a->rang_ms = -1;
    a->due_ms = due_ms;
    wheel_set(&wheel, &a->timer, (struct tick){due_ms});
}

static void run(int64_t now_ms)
{
    wheel_run(&wheel, (struct tick){now_ms});
}

TEST(a_timer_fires_at_its_millisecond_and_not_before)
{
    static const int64_t waits[] = {1,    2,      63,     64,       65,       4095,       4096,
                                    4097, 262143, 262144, 16777216, 86400000, 31536000000};
    static const int64_t starts[] = {0, 1, 63, 64, 4095, 1234567890123, (1ll << 36) - 1};
    for (size_t s = 0; s < COUNT_OF(starts); s++)
        for (size_t i = 0; i < COUNT_OF(waits); i++) {
            struct alarm a;
            start(starts[s]);
            alarm_set(&a, starts[s] + waits[i]);
            run(starts[s] + waits[i] - 1);
            CHECK_INT(a.rings, 0);
            run(starts[s] + waits[i]);
            CHECK_INT(a.rings, 1);
            run(starts[s] + waits[i] * 2);
            CHECK_INT(a.rings, 1);
        }
}

TEST(a_time_that_has_passed_fires_at_the_next_run)
{
    struct alarm a, b;
    struct tick next;
    start(1000);
    alarm_set(&a, 1000);
    alarm_set(&b, 5);
    CHECK_INT(a.rings + b.rings, 0);
    CHECK(wheel_next(&wheel, &next));
    CHECK_INT(next.ms, 1000);
    last_rang_ms = INT64_MIN;
    wheel_clear(&b.timer);
    run(1000);
    CHECK_INT(a.rings, 1);
    CHECK_INT(b.rings, 0);
    CHECK(!wheel_next(&wheel, &next));
}

TEST(a_timer_set_again_fires_only_at_the_later_time)
{
    struct alarm a;
    start(0);
    alarm_set(&a, 10);
    wheel_set(&wheel, &a.timer, (struct tick){500});
    run(499);
    CHECK_INT(a.rings, 0);
    CHECK(a.timer.is_set);
    run(500);
    CHECK_INT(a.rings, 1);
    CHECK(!a.timer.is_set);
    wheel_clear(&a.timer); /* harmless */
}

static struct alarm first, second;

static void ring_and_clear_the_other(struct timer *t)
{
    struct alarm *a = list_of(t, struct alarm, timer);
    a->rings++;
    wheel_clear(a == &first ? &second.timer : &first.timer);
}

TEST(a_timer_that_fires_may_clear_another_of_the_same_millisecond)
{
    start(0);
    first.rings = second.rings = 0;
    timer_init(&first.timer, ring_and_clear_the_other);
    timer_init(&second.timer, ring_and_clear_the_other);
    wheel_set(&wheel, &first.timer, (struct tick){70});
    wheel_set(&wheel, &second.timer, (struct tick){70});
    run(100);
    CHECK_INT(first.rings + second.rings, 1);
}

static void ring_and_set_again(struct timer *t)
{
    struct alarm *a = list_of(t, struct alarm, timer);
    a->rings++;
    wheel_set(&wheel, t, (struct tick){t->at.ms + 10});
}

TEST(a_timer_that_sets_itself_again_keeps_its_beat)
{
    start(3);
    first.rings = 0;
    timer_init(&first.timer, ring_and_set_again);
    wheel_set(&wheel, &first.timer, (struct tick){13});
    run(1003);
    CHECK_INT(first.rings, 100);
    wheel_clear(&first.timer);
}

static void ring_and_set_now(struct timer *t)
{
    struct alarm *a = list_of(t, struct alarm, timer);
    a->rings++;
    wheel_set(&wheel, t, (struct tick){0});
}

TEST(a_timer_that_sets_itself_for_the_past_does_not_hold_the_wheel_up)
{
    start(5);
    first.rings = 0;
    timer_init(&first.timer, ring_and_set_now);
    wheel_set(&wheel, &first.timer, (struct tick){6});
    run(6);
    CHECK_INT(first.rings, 1);
    run(6);
    CHECK_INT(first.rings, 2);
    wheel_clear(&first.timer);
}

TEST(a_clock_that_runs_backwards_fires_nothing_and_breaks_nothing)
{
    struct alarm a;
    start(1000);
    alarm_set(&a, 1010);
    run(500);
    CHECK_INT(a.rings, 0);
    run(1010);
    CHECK_INT(a.rings, 1);
}

/* The wheel beside the plainest thing that can be right: a table looked through each time. */
TEST(thousands_of_random_timers_agree_with_a_plain_table)
{
    enum { ALARMS = 300 };
    static struct alarm alarms[ALARMS];
    static bool is_set[ALARMS];
    rnd_seed(7);
    int64_t now = (int64_t)rnd_below(1ull << 40);
    start(now);
    for (int i = 0; i < ALARMS; i++)
        timer_init(&alarms[i].timer, ring), is_set[i] = false, alarms[i].rings = 0;
    long turns = check_count(20000, 2000000);
    for (long turn = 0; turn < turns; turn++) {
        int i = (int)rnd_below(ALARMS);
        if (rnd_below(4) == 0) {
            wheel_clear(&alarms[i].timer);
            is_set[i] = false;
        } else {
            alarms[i].due_ms = now + 1 + (int64_t)rnd_below(1ull << rnd_below(24));
            wheel_set(&wheel, &alarms[i].timer, (struct tick){alarms[i].due_ms});
            is_set[i] = true;
        }
        struct tick next;
        int64_t soonest = INT64_MAX;
        for (int k = 0; k < ALARMS; k++)
            if (is_set[k] && alarms[k].due_ms < soonest) soonest = alarms[k].due_ms;
        CHECK_INT(wheel_next(&wheel, &next), soonest != INT64_MAX);
        if (soonest != INT64_MAX) CHECK(next.ms <= soonest && next.ms > now);
        if (rnd_below(3)) continue;
        now += (int64_t)rnd_below(1ull << rnd_below(16));
        last_rang_ms = INT64_MIN;
        for (int k = 0; k < ALARMS; k++)
            alarms[k].rings = 0;
        run(now);
        for (int k = 0; k < ALARMS; k++) {
            bool is_due = is_set[k] && alarms[k].due_ms <= now;
            CHECK_INT(alarms[k].rings, is_due ? 1 : 0);
            if (is_due) is_set[k] = false;
        }
    }
    for (int i = 0; i < ALARMS; i++)
        wheel_clear(&alarms[i].timer);
    rnd_seed(0);
}
