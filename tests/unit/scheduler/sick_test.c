/* A sick call's states and clocks, a local visit's steps, and whom late work is told to. */
#include "scheduler/escalate.h"
#include "scheduler/local_visit.h"
#include "scheduler/sick.h"
#include "tests/unit/check.h"
#include "tests/unit/scheduler/tz.h"

static enum sick_state after(enum sick_state from, enum sick_verb verb, bool is_triaged)
{
    enum sick_state to = SICK_STATES;
    CHECK_INT(sick_decide(from, verb, is_triaged, &to), SICK_YES);
    return to;
}

TEST(a_sick_call_goes_from_draft_to_closed_and_leaves_out_no_step)
{
    enum sick_state s = SICK_DRAFT, unused;
    static const enum sick_verb way[] = {SICK_DO_SUBMIT,   SICK_DO_RECEIVE, SICK_DO_TRIAGE,
                                         SICK_DO_SCHEDULE, SICK_DO_SEE,     SICK_DO_CLOSE};
    for (size_t i = 0; i < COUNT_OF(way); i++) {
        for (size_t later = i + 1; later < COUNT_OF(way); later++)
            CHECK(sick_decide(s, way[later], false, &unused) != SICK_YES);
        s = after(s, way[i], false);
    }
    CHECK_INT(s, SICK_CLOSED);
    for (int v = 0; v < SICK_VERBS; v++) {
        CHECK_INT(sick_decide(SICK_CLOSED, (enum sick_verb)v, true, &unused), SICK_NO_OVER);
        CHECK_INT(sick_decide(SICK_WITHDRAWN, (enum sick_verb)v, true, &unused), SICK_NO_OVER);
    }
}

TEST(whoever_asked_may_withdraw_until_seen_and_a_link_is_taken_back_to_where_it_was)
{
    enum sick_state unused;
    for (int s = SICK_DRAFT; s < SICK_SEEN; s++)
        CHECK_INT(after((enum sick_state)s, SICK_DO_WITHDRAW, false), SICK_WITHDRAWN);
    CHECK_INT(sick_decide(SICK_SEEN, SICK_DO_WITHDRAW, true, &unused), SICK_NO_SEEN);
    CHECK_INT(after(SICK_DUPLICATE, SICK_DO_PART, false), SICK_RECEIVED);
    CHECK_INT(after(SICK_DUPLICATE, SICK_DO_PART, true), SICK_TRIAGED);
    CHECK_INT(after(SICK_ANSWERED, SICK_DO_TRIAGE, true), SICK_TRIAGED);
}

/* -- clocks; 2026-11-30 is a Monday -- */

static struct instant on(const struct zone *z, int day, int hour)
{
    return zone_instant(z, wall_of(date_of(2026, 11, (unsigned)day), hour * 3600), NULL);
}

TEST(seen_within_48_hours_and_72_where_a_weekend_lies_between)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct sick_limits *l = &sick_limits_default;
    CHECK_INT(sick_triage_by(l, on(z, 23, 9)).ms, on(z, 24, 9).ms);
    CHECK_INT(sick_seen_by(l, z, on(z, 23, 9)).ms, on(z, 25, 9).ms); /* Monday: Wednesday */
    CHECK_INT(sick_seen_by(l, z, on(z, 26, 0)).ms,
              on(z, 28, 0).ms); /* Thursday midnight: it ends as Saturday begins */
    CHECK_INT(sick_seen_by(l, z, on(z, 26, 1)).ms, on(z, 29, 1).ms);   /* an hour later Saturday has begun */
    CHECK_INT(sick_seen_by(l, z, on(z, 27, 10)).ms, on(z, 30, 10).ms); /* Friday: Monday */
    CHECK_INT(sick_seen_by(l, z, on(z, 29, 23)).ms,
              on(z, 29, 23).ms + 72 * HOUR_MS); /* Sunday night: Wednesday night */
    zone_free(z);
}

TEST(triage_shortens_the_clock_and_never_makes_it_longer)
{
    struct zone *z = tz_open("Asia/Shanghai");
    const struct sick_limits *l = &sick_limits_default;
    struct sick_facts f = {.state = SICK_RECEIVED, .received = on(z, 23, 9)};
    struct instant due = {0};
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_TRIAGE);
    CHECK_INT(due.ms, on(z, 24, 9).ms);
    f.state = SICK_TRIAGED, f.triage = TRIAGE_ROUTINE, f.triage_since = on(z, 24, 8);
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_SEEN);
    CHECK_INT(due.ms, on(z, 25, 9).ms);
    f.triage = TRIAGE_URGENT;
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_SEEN);
    CHECK_INT(due.ms, on(z, 24, 16).ms);
    f.triage = TRIAGE_EMERGENCY;
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_SEEN);
    CHECK_INT(due.ms, on(z, 24, 8).ms + 15 * MINUTE_MS);
    f.triage = TRIAGE_SOON, f.triage_since = on(z, 25, 8);
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_SEEN);
    CHECK_INT(due.ms, on(z, 25, 9).ms); /* said late: the rule's own hour stands */
    f.state = SICK_SCHEDULED;
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_SEEN); /* a plan is no visit */
    f.is_before_us = true;
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_NONE);
    f = (struct sick_facts){.state = SICK_ANSWERED};
    CHECK_INT(sick_clock(l, z, &f, &due), SICK_CLOCK_NONE);
    zone_free(z);
}

TEST(a_local_visit_takes_its_steps_in_order_and_is_called_off_only_before_it_begins)
{
    enum local_visit_state s = LOCAL_VISIT_PLANNED;
    enum local_visit_verb v;
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_FINISH, &s), LOCAL_VISIT_NO_UNBEGUN);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_ARRIVE, &s), LOCAL_VISIT_YES);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_PREPARE, &s), LOCAL_VISIT_YES);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_ARRIVE, &s), LOCAL_VISIT_NO_DONE);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_BEGIN, &s), LOCAL_VISIT_YES);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_CANCEL, &s), LOCAL_VISIT_NO_BEGUN);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_FINISH, &s), LOCAL_VISIT_YES);
    CHECK_INT(s, LOCAL_VISIT_FINISHED);
    CHECK_INT(local_visit_decide(s, LOCAL_VISIT_DO_BEGIN, &s), LOCAL_VISIT_NO_OVER);
    CHECK(local_visit_verb_from(STR("prepare"), &v) && v == LOCAL_VISIT_DO_PREPARE);
    CHECK(!local_visit_verb_from(STR("finished"), &v));
    CHECK(local_visit_state_from(STR("in-progress"), &s) && s == LOCAL_VISIT_BEGUN);
}

TEST(what_is_late_goes_up_step_by_step_and_custody_hears_of_emergencies_and_screenings_alone)
{
    struct instant due = {1000000000};
    for (int k = 0; k < ESCALATE_KINDS; k++) {
        enum escalate_kind kind = (enum escalate_kind)k;
        uint8_t steps = escalate_steps(kind);
        /* Of a contact the doctor alone is told: the nurse is who has not looked. */
        CHECK(steps >= (kind == ESCALATE_CONTACT ? 1 : 2) && steps <= ESCALATE_STEPS_MAX);
        /* The authority's hours are short, a patient's correction takes thought: told before, too. */
        int64_t before_h = kind == ESCALATE_REPORT ? 1 : kind == ESCALATE_CORRECTION ? 48 : 0;
        CHECK_INT(escalate_at(kind, 0, due).ms, due.ms - before_h * 3600000);
        for (uint8_t n = 0; n < steps; n++) {
            if (n) CHECK(escalate_at(kind, n, due).ms >= escalate_at(kind, (uint8_t)(n - 1), due).ms);
            if (escalate_whom(kind, n) == ESCALATE_COMMAND)
                CHECK(kind == ESCALATE_EMERGENCY || kind == ESCALATE_START || kind == ESCALATE_LOOK);
        }
    }
    CHECK_INT(escalate_whom(ESCALATE_TRIAGE, 0), ESCALATE_NURSE);
    CHECK_INT(escalate_whom(ESCALATE_TRIAGE, 1), ESCALATE_DOCTOR);
}
