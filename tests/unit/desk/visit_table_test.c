/* The states of a consultation and who may what, as docs/STATES prints them. */
#include "../check.h"
#include "desk/visit_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum visit_state after(enum visit_state from, enum visit_verb verb)
{
    enum visit_no no;
    enum visit_state to = visit_next(from, verb, &no);
    CHECK((no == VISIT_YES) || to == from);
    return no == VISIT_YES ? to : VISIT_STATES;
}

TEST(a_consultation_goes_from_its_request_to_its_end)
{
    CHECK_INT(after(VISIT_DRAFT, VISIT_DO_ACTIVATE), VISIT_ACTIVE);
    CHECK_INT(after(VISIT_ACTIVE, VISIT_DO_ASK), VISIT_MORE_INFO);
    CHECK_INT(after(VISIT_MORE_INFO, VISIT_DO_ANSWER), VISIT_ACTIVE);
    CHECK_INT(after(VISIT_ACTIVE, VISIT_DO_ARRIVE), VISIT_ARRIVED);
    CHECK_INT(after(VISIT_ARRIVED, VISIT_DO_ADMIT), VISIT_IN_PROGRESS);
    CHECK_INT(after(VISIT_IN_PROGRESS, VISIT_DO_INTERRUPT), VISIT_ONLEAVE);
    CHECK_INT(after(VISIT_ONLEAVE, VISIT_DO_RESUME), VISIT_IN_PROGRESS);
    CHECK_INT(after(VISIT_IN_PROGRESS, VISIT_DO_FINISH), VISIT_FINISHED);
    CHECK_INT(after(VISIT_FINISHED, VISIT_DO_CLOSE), VISIT_CLOSED);
}

TEST(nothing_begins_before_its_time_and_nothing_happens_after_the_end)
{
    CHECK_INT(after(VISIT_DRAFT, VISIT_DO_ARRIVE), VISIT_STATES);
    CHECK_INT(after(VISIT_ACTIVE, VISIT_DO_ADMIT), VISIT_STATES);
    CHECK_INT(after(VISIT_DRAFT, VISIT_DO_CLOSE), VISIT_STATES);
    for (int s = VISIT_CLOSED; s < VISIT_STATES; s++)
        for (int v = 0; v < VISIT_VERBS; v++)
            CHECK_INT(after((enum visit_state)s, (enum visit_verb)v), VISIT_STATES);
}

TEST(a_patient_can_say_no_whenever_somebody_from_outside_could_see_them)
{
    for (int s = 0; s < VISIT_FINISHED; s++)
        CHECK(after((enum visit_state)s, VISIT_DO_REFUSE) == VISIT_REFUSED ||
              after((enum visit_state)s, VISIT_DO_WITHDRAW) == VISIT_ONLEAVE);
}

TEST(no_role_outside_of_the_clinic_asks_admits_or_ends_and_custody_does_nothing)
{
    static const enum visit_verb own[] = {VISIT_DO_ASK, VISIT_DO_WITHDRAW};
    for (int v = 0; v < VISIT_VERBS; v++) {
        bool is_own = v == (int)own[0] || v == (int)own[1];
        CHECK(visit_may((struct role_set){ROLE_BIT(ROLE_SPECIALIST)}, (enum visit_verb)v) == is_own);
        uint32_t others = ROLES_ALL.bits &
                          ~(ROLE_BIT(ROLE_SPECIALIST) | ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE));
        CHECK(!visit_may((struct role_set){others}, (enum visit_verb)v));
    }
}

TEST(the_chapter_on_visits_is_printed_from_the_table)
{
    static char page[128 * 1024];
    char path[512];
    struct buf printed;
    const char *source = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/docs/STATES.md", source ? source : ".");
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("run from the top of the tree, or by ctest");
    page[fread(page, 1, sizeof page - 1, f)] = 0;
    fclose(f);
    buf_init(&printed, 32 * 1024);
    visit_print(&printed);
    buf_add_char(&printed, 0);
    CHECK_OK(printed.err);
    bool is_there = strstr(page, printed.at) != NULL;
    if (!is_there) printf("%s", printed.at);
    buf_done(&printed);
    CHECK(is_there);
}
