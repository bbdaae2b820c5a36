#include "base/rnd.h"
#include "scheduler/oncall.h"
#include "tests/unit/check.h"

static struct tick at_s(int64_t s)
{
    return (struct tick){s * 1000};
}

static struct oncall_change last;

static enum oncall_no go(struct oncall *o, enum oncall_verb v, uint64_t person, int64_t s)
{
    enum oncall_no no = oncall_decide(&oncall_default, o, v, (struct resource_id){person}, at_s(s), &last);
    if (!no) *o = last.after;
    return no;
}

static bool does(enum oncall_act act, uint64_t person)
{
    for (uint8_t i = 0; i < last.action_count; i++)
        if (last.actions[i].act == act && last.actions[i].person.n == person) return true;
    return false;
}

static struct oncall three(void)
{
    static const struct resource_id order[] = {{1}, {2}, {3}};
    oncall_begin(order, 3, at_s(0), &last);
    CHECK(does(ONCALL_RING, 1));
    return last.after;
}

TEST(specialists_are_rung_in_turn_a_minute_each_until_one_answers)
{
    struct oncall o = three();
    CHECK_INT(go(&o, ONCALL_DO_TICK, 0, 59), ONCALL_NO_EARLY);
    CHECK_INT(oncall_next(&oncall_default, &o).ms, 60000);
    CHECK_INT(go(&o, ONCALL_DO_TICK, 0, 60), ONCALL_YES);
    CHECK(does(ONCALL_STOP, 1) && does(ONCALL_RING, 2));
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 3, 70), ONCALL_NO_UNRUNG);
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 9, 70), ONCALL_NO_UNRUNG);
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 2, 75), ONCALL_YES);
    CHECK(does(ONCALL_RING, 3));
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 1, 80), ONCALL_YES); /* late, but the first yes */
    CHECK(does(ONCALL_STOP, 3) && does(ONCALL_CONNECT, 1));
    CHECK_INT(o.state, ONCALL_ANSWERED);
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 3, 81), ONCALL_NO_TAKEN);
    CHECK_INT(go(&o, ONCALL_DO_TICK, 0, 200), ONCALL_NO_OVER);
}

TEST(after_two_rounds_it_is_escalated_and_a_late_answer_still_counts)
{
    struct oncall o = three();
    int64_t s = 0;
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 1, 5), ONCALL_YES);
    for (int ring = 0; ring < 4; ring++)
        CHECK_INT(go(&o, ONCALL_DO_TICK, 0, s += 66), ONCALL_YES);
    CHECK_INT(o.state, ONCALL_NOBODY); /* 1; 2, 3, 2, 3 */
    CHECK(does(ONCALL_ESCALATE, 0) && does(ONCALL_STOP, 3));
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 3, 900), ONCALL_NO_OVER);
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 3, 901), ONCALL_YES);
    CHECK_INT(o.answered_by.n, 3);
}

TEST(a_page_ends_at_once_when_all_decline_or_it_is_called_off_or_nobody_is_there)
{
    struct oncall o = three();
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 1, 1), ONCALL_YES);
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 2, 2), ONCALL_YES);
    CHECK_INT(go(&o, ONCALL_DO_DECLINE, 3, 3), ONCALL_YES);
    CHECK_INT(o.state, ONCALL_NOBODY);
    CHECK(does(ONCALL_ESCALATE, 0));
    o = three();
    CHECK_INT(go(&o, ONCALL_DO_CANCEL, 0, 1), ONCALL_YES);
    CHECK(does(ONCALL_STOP, 1));
    CHECK_INT(go(&o, ONCALL_DO_ANSWER, 1, 2), ONCALL_NO_OVER);
    oncall_begin(NULL, 0, at_s(0), &last);
    CHECK_INT(last.after.state, ONCALL_NOBODY);
    CHECK(does(ONCALL_ESCALATE, 0));
}

TEST(the_order_is_who_is_on_duty_by_priority_and_by_rest)
{
    struct instant now = {100 * HOUR_MS};
    struct span duty = {{90 * HOUR_MS}, {110 * HOUR_MS}}, over = {{90 * HOUR_MS}, {100 * HOUR_MS}};
    struct oncall_person people[] = {{{1}, duty, 2, {0}},
                                     {{2}, duty, 1, {500}},
                                     {{3}, duty, 1, {400}},
                                     {{4}, over, 0, {0}},
                                     {{5}, duty, 1, {500}}};
    struct resource_id order[ONCALL_PEOPLE_MAX];
    CHECK_INT(oncall_order(people, COUNT_OF(people), now, order), 4);
    CHECK(order[0].n == 3 && order[1].n == 2 && order[2].n == 5 && order[3].n == 1);
    static struct oncall_person many[100];
    for (uint64_t i = 0; i < 100; i++)
        many[i] = (struct oncall_person){{i + 1}, duty, (uint8_t)(100 - i), {0}};
    CHECK_INT(oncall_order(many, 100, now, order), ONCALL_PEOPLE_MAX);
    for (uint64_t i = 0; i < ONCALL_PEOPLE_MAX; i++)
        CHECK_INT(order[i].n, 100 - i);
}

/* Whatever is said and whenever: one ring at a time, at most one is connected, the page always ends. */
TEST(one_ring_at_a_time_and_always_an_end)
{
    rnd_seed(21);
    for (long turn = 0; turn < check_count(5000, 500000); turn++) {
        struct resource_id order[6];
        uint8_t count = (uint8_t)rnd_below(7);
        uint64_t ringing = 0;
        int64_t s = 0;
        int connected = 0, escalated = 0;
        for (uint8_t i = 0; i < count; i++)
            order[i].n = i + 1u;
        oncall_begin(order, count, at_s(0), &last);
        struct oncall o = last.after;
        for (int step = 0; step < 60; step++) {
            for (uint8_t i = 0; i < last.action_count; i++) {
                uint64_t who = last.actions[i].person.n;
                if (last.actions[i].act == ONCALL_RING) {
                    CHECK_INT(ringing, 0);
                    ringing = who;
                } else if (last.actions[i].act == ONCALL_STOP) {
                    CHECK_INT(ringing, who);
                    ringing = 0;
                } else if (last.actions[i].act == ONCALL_CONNECT) {
                    connected++;
                    if (ringing == who) ringing = 0;
                } else
                    escalated++;
            }
            CHECK(o.state == ONCALL_RINGING || ringing == 0);
            CHECK_INT(connected, o.state == ONCALL_ANSWERED);
            s += (int64_t)rnd_below(70);
            last.action_count = 0;
            (void)go(&o, (enum oncall_verb)rnd_below(rnd_below(3) ? ONCALL_VERBS - 1 : ONCALL_VERBS),
                     1 + rnd_below(7), s);
        }
        for (int64_t end = s + 61; o.state == ONCALL_RINGING; end += 60)
            CHECK_INT(go(&o, ONCALL_DO_TICK, 0, end), ONCALL_YES);
        CHECK(escalated <= 1);
    }
    rnd_seed(0);
}
