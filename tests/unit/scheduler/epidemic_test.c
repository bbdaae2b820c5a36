/* What becomes of a case, by when it is told, when isolation ends, and what of a count may be shown. */
#include "scheduler/epidemic.h"
#include "scheduler/terms.h"
#include "tests/unit/check.h"

static enum epidemic_state after(enum epidemic_state from, enum epidemic_verb verb)
{
    enum epidemic_state to = EPIDEMIC_STATES;
    CHECK_INT(epidemic_decide(from, verb, true, &to), EPIDEMIC_YES);
    return to;
}

TEST(a_suspect_is_isolated_confirmed_and_released_only_by_the_criterion)
{
    enum epidemic_state s = after(EPIDEMIC_SUSPECTED, EPIDEMIC_DO_ISOLATE), to;
    CHECK_INT(s, EPIDEMIC_ISOLATED);
    CHECK_INT(epidemic_decide(s, EPIDEMIC_DO_RELEASE, true, &to), EPIDEMIC_NO_OPEN);
    s = after(s, EPIDEMIC_DO_CONFIRM);
    CHECK_INT(epidemic_decide(s, EPIDEMIC_DO_RELEASE, false, &to), EPIDEMIC_NO_CRITERION);
    CHECK_INT(after(s, EPIDEMIC_DO_RELEASE), EPIDEMIC_RELEASED);
    for (int v = 0; v < EPIDEMIC_VERBS; v++)
        CHECK_INT(epidemic_decide(EPIDEMIC_RELEASED, (enum epidemic_verb)v, true, &to), EPIDEMIC_NO_OVER);
    CHECK_INT(after(EPIDEMIC_ISOLATED, EPIDEMIC_DO_EXCLUDE), EPIDEMIC_EXCLUDED);
    CHECK_INT(epidemic_decide(EPIDEMIC_EXCLUDED, EPIDEMIC_DO_RELEASE, false, &to), EPIDEMIC_YES);
}

TEST(who_leaves_takes_a_case_along_whatever_its_state_and_by_no_criterion)
{
    enum epidemic_state to;
    for (int s = 0; s < EPIDEMIC_RELEASED; s++) {
        CHECK_INT(epidemic_decide((enum epidemic_state)s, EPIDEMIC_DO_LEAVE, false, &to), EPIDEMIC_YES);
        CHECK_INT(to, EPIDEMIC_RELEASED);
    }
}

TEST(who_was_isolated_stays_apart_until_released_even_when_it_was_nothing)
{
    struct instant at = {5};
    CHECK(!epidemic_is_apart(EPIDEMIC_SUSPECTED, (struct instant){0}));
    CHECK(epidemic_is_apart(EPIDEMIC_ISOLATED, at));
    CHECK(epidemic_is_apart(EPIDEMIC_CONFIRMED, at));
    CHECK(!epidemic_is_apart(EPIDEMIC_CONFIRMED, (struct instant){0}));
    CHECK(epidemic_is_apart(EPIDEMIC_EXCLUDED, at));
    CHECK(!epidemic_is_apart(EPIDEMIC_RELEASED, at));
}

TEST(class_a_is_told_within_two_hours_b_and_c_within_a_day_and_what_is_on_no_list_never)
{
    const struct epidemic_limits *l = &epidemic_limits_default;
    struct instant at = {1000};
    CHECK_INT(epidemic_report_by(l, epidemic_illness_of(STR("cholera")), at).ms, 1000 + 2 * HOUR_MS);
    CHECK_INT(epidemic_report_by(l, epidemic_illness_of(STR("sars")), at).ms, 1000 + 2 * HOUR_MS);
    CHECK_INT(epidemic_report_by(l, epidemic_illness_of(STR("measles")), at).ms, 1000 + 24 * HOUR_MS);
    CHECK_INT(epidemic_report_by(l, epidemic_illness_of(STR("influenza")), at).ms, 1000 + 24 * HOUR_MS);
    CHECK_INT(epidemic_report_by(l, epidemic_illness_of(STR("scabies")), at).ms, 0);
    CHECK(epidemic_illness_of(STR("nostalgia")) == NULL);
}

TEST(isolation_ends_after_days_without_symptoms_and_with_as_many_negative_tests_as_it_takes)
{
    const struct epidemic_illness *flu = epidemic_illness_of(STR("influenza")),
                                  *tb = epidemic_illness_of(STR("tuberculosis"));
    struct epidemic_course c = {.onset = {0}};
    struct instant from, day5 = {5 * DAY_MS};
    CHECK(!epidemic_is_met(flu, &c, day5, &from)); /* nobody has said that all is well */
    CHECK_INT(from.ms, 5 * DAY_MS);
    c.well_since = (struct instant){4 * DAY_MS + 1};
    CHECK(!epidemic_is_met(flu, &c, day5, &from));
    CHECK(epidemic_is_met(flu, &c, (struct instant){5 * DAY_MS + 1}, &from));
    c.well_since = (struct instant){3 * DAY_MS};
    CHECK(!epidemic_is_met(flu, &c, (struct instant){5 * DAY_MS - 1}, &from));
    c.negatives = 2;
    CHECK(!epidemic_is_met(tb, &c, (struct instant){20 * DAY_MS}, &from));
    c.negatives = 3;
    CHECK(epidemic_is_met(tb, &c, (struct instant){20 * DAY_MS}, &from));
}

TEST(complaints_name_their_signs_in_both_languages)
{
    CHECK_INT(epidemic_signs_in(STR("嗓子疼、流鼻涕两天，有点发热")),
              1u << EPIDEMIC_FEVER | 1u << EPIDEMIC_BREATH);
    CHECK_INT(epidemic_signs_in(STR("Vomiting since last night")), 1u << EPIDEMIC_BOWEL);
    CHECK_INT(epidemic_signs_in(STR("腰疼，弯腰更疼")), 0);
    CHECK_INT(epidemic_signs_in(STR("")), 0);
}

TEST(counts_under_five_are_hidden_and_so_is_a_sum_that_would_tell_them)
{
    int64_t some[] = {4, 5, 0, 12}, all[] = {5, 6}, few[] = {1}, sum = 0;
    epidemic_suppress(some, 4, &sum);
    CHECK_INT(some[0], EPIDEMIC_HIDDEN);
    CHECK_INT(some[1], 5);
    CHECK_INT(some[2], EPIDEMIC_HIDDEN);
    CHECK_INT(some[3], 12);
    CHECK_INT(sum, EPIDEMIC_HIDDEN);
    epidemic_suppress(all, 2, &sum);
    CHECK_INT(sum, 11);
    epidemic_suppress(few, 1, &sum);
    CHECK_INT(sum, EPIDEMIC_HIDDEN);
    epidemic_suppress(few, 0, &sum);
    CHECK_INT(sum, EPIDEMIC_HIDDEN);
}
