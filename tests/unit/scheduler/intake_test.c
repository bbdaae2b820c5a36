/* How somebody who has come is screened and assessed: states, what fits, and the four clocks. */
#include "scheduler/escalate.h"
#include "scheduler/intake.h"
#include "scheduler/terms.h"
#include "tests/unit/check.h"
#include "tests/unit/scheduler/tz.h"

static enum intake_state after(struct intake_facts *f, enum intake_verb verb)
{
    enum intake_state to = INTAKE_STATES;
    CHECK_INT(intake_decide(f, verb, &to), INTAKE_YES);
    return f->state = to;
}

TEST(a_screening_goes_from_due_to_assessed_and_the_signature_is_never_left_out)
{
    struct intake_facts f = {.state = INTAKE_DUE};
    enum intake_state unused;
    static const enum intake_verb way[] = {INTAKE_DO_BEGIN, INTAKE_DO_HAND, INTAKE_DO_SIGN, INTAKE_DO_ASSESS,
                                           INTAKE_DO_REVIEW};
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        for (size_t later = i + 1; later < COUNT_OF(way); later++)
            if (!(way[i] == INTAKE_DO_HAND && way[later] == INTAKE_DO_SIGN)) /* the doctor alone did it all */
                CHECK(intake_decide(&f, way[later], &unused) != INTAKE_YES);
        (void)after(&f, way[i]);
    }
    CHECK_INT(f.state, INTAKE_ASSESSED);
    CHECK_INT(after(&f, INTAKE_DO_REVIEW), INTAKE_ASSESSED);
    f.state = INTAKE_BEGUN;
    CHECK_INT(after(&f, INTAKE_DO_SIGN), INTAKE_SCREENED);
    CHECK_INT(intake_decide(&f, INTAKE_DO_SAVE, &unused), INTAKE_NO_SIGNED);
}

TEST(what_has_ended_is_taken_up_where_it_was_when_the_end_is_taken_back)
{
    struct intake_facts f = {.state = INTAKE_DUE};
    enum intake_state unused;
    for (int s = INTAKE_DUE; s < INTAKE_ENDED; s++) {
        f.state = (enum intake_state)s;
        CHECK_INT(intake_decide(&f, INTAKE_DO_RESTORE, &unused), INTAKE_NO_STANDS);
        CHECK_INT(after(&f, s % 2 ? INTAKE_DO_END : INTAKE_DO_CANCEL),
                  s % 2 ? INTAKE_ENDED : INTAKE_CANCELLED);
        for (int v = 0; v < INTAKE_VERBS; v++)
            if (v != INTAKE_DO_RESTORE)
                CHECK_INT(intake_decide(&f, (enum intake_verb)v, &unused), INTAKE_NO_OVER);
    }
    CHECK_INT(after(&f, INTAKE_DO_RESTORE), INTAKE_DUE);
    f = (struct intake_facts){.state = INTAKE_ENDED, .begun = {1}};
    CHECK_INT(after(&f, INTAKE_DO_RESTORE), INTAKE_BEGUN);
    f = (struct intake_facts){.state = INTAKE_ENDED, .begun = {1}, .signed_at = {2}};
    CHECK_INT(after(&f, INTAKE_DO_RESTORE), INTAKE_SCREENED);
    f = (struct intake_facts){.state = INTAKE_ENDED, .begun = {1}, .signed_at = {2}, .assessed = {3}};
    CHECK_INT(after(&f, INTAKE_DO_RESTORE), INTAKE_ASSESSED);
}

TEST(who_is_unfit_goes_to_a_hospital_or_is_not_accepted_and_nobody_else_does)
{
    for (int h = 0; h < INTAKE_HOUSINGS; h++) {
        bool is_away = h == INTAKE_HOSPITAL || h == INTAKE_NOT_ACCEPTED;
        CHECK(!intake_fits(INTAKE_UNSAID, (enum intake_housing)h));
        CHECK_INT(intake_fits(INTAKE_FIT, (enum intake_housing)h), h == INTAKE_NORMAL);
        CHECK_INT(intake_fits(INTAKE_CONDITIONS, (enum intake_housing)h), h != 0 && !is_away);
        CHECK_INT(intake_fits(INTAKE_UNFIT, (enum intake_housing)h), is_away);
    }
}

TEST(each_word_is_read_back_as_it_is_written)
{
    enum intake_state s;
    enum intake_fitness f;
    enum intake_housing h;
    for (int i = 0; i < INTAKE_STATES; i++)
        CHECK(intake_state_from(str_of(intake_state_text((enum intake_state)i)), &s) && (int)s == i);
    for (int i = 1; i < INTAKE_FITNESSES; i++)
        CHECK(intake_fitness_from(str_of(intake_fitness_text((enum intake_fitness)i)), &f) && (int)f == i);
    for (int i = 1; i < INTAKE_HOUSINGS; i++)
        CHECK(intake_housing_from(str_of(intake_housing_text((enum intake_housing)i)), &h) && (int)h == i);
    CHECK(!intake_state_from(STR("done"), &s) && !intake_fitness_from(STR(""), &f) &&
          !intake_housing_from(STR(""), &h));
}

/* -- clocks -- */

static struct instant on(const struct zone *z, unsigned month, unsigned day, int32_t minute)
{
    return zone_instant(z, wall_of(date_of(2026, month, day), minute * 60), NULL);
}

TEST(the_day_of_booking_is_day_one_whatever_the_hour)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct intake_limits *l = &intake_limits_default;
    struct intake_facts f = {.state = INTAKE_SCREENED, .arrived = on(z, 11, 2, 1)};
    struct instant due;
    CHECK_INT(intake_clock(l, z, &f, &due), INTAKE_CLOCK_ASSESSMENT);
    CHECK_INT(due.ms, on(z, 11, 16, 0).ms); /* the 2nd is day 1, the 15th is day 14, to its end */
    f.arrived = on(z, 11, 2, 23 * 60 + 59);
    CHECK_INT(intake_clock(l, z, &f, &due), INTAKE_CLOCK_ASSESSMENT);
    CHECK_INT(due.ms, on(z, 11, 16, 0).ms);
    zone_free(z);
}

TEST(four_clocks_run_one_after_the_other_and_none_when_it_is_over)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct intake_limits own = {30, 12, 7, 180};
    struct intake_facts f = {.state = INTAKE_DUE, .arrived = on(z, 3, 1, 600)};
    struct instant due;
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_START);
    CHECK_INT(due.ms, on(z, 3, 1, 630).ms);
    f.state = INTAKE_BEGUN;
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_LOOK);
    CHECK_INT(due.ms, on(z, 3, 1, 600 + 720).ms);
    f.state = INTAKE_HANDED; /* handing it to the doctor wins no time */
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_LOOK);
    CHECK_INT(due.ms, on(z, 3, 1, 600 + 720).ms);
    f.state = INTAKE_SCREENED;
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_ASSESSMENT);
    CHECK_INT(due.ms, on(z, 3, 8, 0).ms);
    f.state = INTAKE_ASSESSED, f.assessed = on(z, 3, 5, 900);
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_REVIEW);
    CHECK_INT(due.ms, on(z, 9, 2, 0).ms); /* 180 days after the 5th of March is the 1st of September */
    f.state = INTAKE_ENDED;
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_NONE);
    f.state = INTAKE_CANCELLED;
    CHECK_INT(intake_clock(&own, z, &f, &due), INTAKE_CLOCK_NONE);
    CHECK_STR(str_of(intake_clock_text(INTAKE_CLOCK_LOOK)), "look");
    zone_free(z);
}

TEST(a_screening_that_is_late_goes_to_the_doctor_and_then_to_the_duty_command)
{
    struct instant due = {1000000000};
    CHECK_INT(escalate_whom(ESCALATE_START, 0), ESCALATE_NURSE);
    CHECK_INT(escalate_whom(ESCALATE_START, 1), ESCALATE_DOCTOR);
    CHECK_INT(escalate_whom(ESCALATE_START, 2), ESCALATE_COMMAND);
    CHECK_INT(escalate_at(ESCALATE_START, 2, due).ms, due.ms + HOUR_MS);
    CHECK_INT(escalate_whom(ESCALATE_LOOK, 0), ESCALATE_DOCTOR);
    CHECK_INT(escalate_whom(ESCALATE_LOOK, 1), ESCALATE_COMMAND);
    CHECK_INT(escalate_at(ESCALATE_LOOK, 1, due).ms, due.ms + HOUR_MS);
}
