#include "scheduler/appt_table.h"
#include "scheduler/epidemic.h"
#include "scheduler/intake.h"
#include "scheduler/local_visit.h"
#include "scheduler/oncall.h"
#include "scheduler/rule.h"
#include "scheduler/sick.h"
#include "scheduler/transfer.h"
#include "tests/unit/check.h"
#include <stdlib.h>

static bool may_ever(enum rule_role role, enum rule_act act)
{
    return rule_may(role, act, (struct rule_facts){.is_own = true, .has_reason = true}) == RULE_MAY;
}

TEST(custody_can_neither_make_move_rank_nor_look_into_a_booking)
{
    static const enum rule_role custody[] = {RULE_GUARD, RULE_DUTY_COMMAND};
    for (size_t i = 0; i < COUNT_OF(custody); i++)
        for (int act = 0; act < RULE_ACTS; act++) {
            bool may = act == RULE_SEE_TIME || act == RULE_SAY_CANNOT ||
                       (act == RULE_ORDER_COURT && custody[i] == RULE_DUTY_COMMAND);
            CHECK_INT(may_ever(custody[i], (enum rule_act)act), may);
        }
    CHECK_INT(rule_may(RULE_GUARD, RULE_SEE_TIME, (struct rule_facts){0}), RULE_NOT_OWN);
}

TEST(custody_learns_only_its_own_codes)
{
    for (int r = APPT_NO_REASON; r < APPT_REASONS; r++) {
        bool code = r == APPT_NO_ESCORT || r == APPT_LOCKDOWN || r == APPT_COURT;
        CHECK_INT(rule_is_custody_code((enum appt_reason)r), code);
        for (int role = 0; role < RULE_ROLES; role++)
            if (rule_is_custody((enum rule_role)role))
                CHECK_INT(rule_shows_reason((enum rule_role)role, (enum appt_reason)r), code);
    }
    CHECK(!rule_shows_reason(RULE_SCHEDULING_ADMIN, APPT_CARE_REFUSED));
    CHECK(rule_shows_reason(RULE_CLINIC_DOCTOR, APPT_CARE_REFUSED) &&
          rule_shows_reason(RULE_DETAINEE, APPT_CARE_REFUSED));
    CHECK(!rule_shows_reason(RULE_INTERPRETER, APPT_NETWORK));
}

TEST(administrators_of_the_machine_see_no_booking)
{
    for (int act = 0; act < RULE_ACTS; act++)
        CHECK(!may_ever(RULE_SECURITY_ADMIN, (enum rule_act)act) &&
              !may_ever(RULE_SYSTEM_ADMIN, (enum rule_act)act));
}

TEST(making_less_urgent_needs_a_clinician_and_a_reason)
{
    for (int role = 0; role < RULE_ROLES; role++) {
        bool clinician = role == RULE_CLINIC_DOCTOR || role == RULE_NURSE;
        CHECK_INT(may_ever((enum rule_role)role, RULE_LOWER), clinician);
        CHECK_INT(may_ever((enum rule_role)role, RULE_RAISE), clinician);
    }
    CHECK_INT(rule_may(RULE_NURSE, RULE_LOWER, (struct rule_facts){0}), RULE_NEEDS_REASON);
    CHECK_INT(rule_may(RULE_NURSE, RULE_RAISE, (struct rule_facts){0}), RULE_MAY);
    CHECK_INT(rule_may(RULE_SPECIALIST, RULE_ANSWER, (struct rule_facts){0}), RULE_NOT_OWN);
    CHECK_INT(rule_may(RULE_SPECIALIST, RULE_BOOK, (struct rule_facts){.is_own = true}), RULE_NOT_THIS_ROLE);
}

static void is_printed(const char *text, void (*write)(struct buf *to))
{
    struct buf b;
    buf_init(&b, 65536);
    write(&b);
    buf_add_char(&b, 0);
    CHECK_OK(b.err);
    bool is_there = strstr(text, b.at) != NULL;
    if (!is_there) printf("%s", b.at);
    buf_done(&b);
    CHECK(is_there);
}

TEST(docs_states_is_printed_from_the_tables)
{
    static char text[65536];
    char path[512];
    const char *source = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/docs/STATES.md", source ? source : ".");
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("run from the top of the tree, or by ctest");
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    fclose(f);
    is_printed(text, appt_table_write);
    is_printed(text, oncall_table_write);
    is_printed(text, rule_table_write);
    is_printed(text, sick_table_write);
    is_printed(text, local_visit_table_write);
    is_printed(text, intake_table_write);
    is_printed(text, transfer_table_write);
    is_printed(text, epidemic_table_write);
}
