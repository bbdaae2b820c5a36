/* A way to a hospital outside: who says what, in which order, and what an emergency need not wait for. */
#include "scheduler/terms.h"
#include "scheduler/transfer.h"
#include "tests/unit/check.h"

static void goes(struct transfer_facts *f, enum transfer_verb verb, enum transfer_state to)
{
    enum transfer_state at = TRANSFER_STATES;
    CHECK_INT(transfer_decide(f, verb, &at), TRANSFER_YES);
    CHECK_INT(at, to);
    f->state = at;
    f->is_approved |= verb == TRANSFER_DO_APPROVE;
}

static void stays(const struct transfer_facts *f, enum transfer_verb verb, enum transfer_no why)
{
    enum transfer_state at = TRANSFER_STATES;
    CHECK_INT(transfer_decide(f, verb, &at), why);
    CHECK_INT(at, TRANSFER_STATES);
}

TEST(both_say_yes_in_either_order_and_nobody_leaves_before)
{
    static const enum transfer_verb orders[2][2] = {{TRANSFER_DO_APPROVE, TRANSFER_DO_ARRANGE},
                                                    {TRANSFER_DO_ARRANGE, TRANSFER_DO_APPROVE}};
    static const enum transfer_state between[2] = {TRANSFER_APPROVED, TRANSFER_ARRANGED};
    static const enum transfer_no lacks[2] = {TRANSFER_NO_UNARRANGED, TRANSFER_NO_UNAPPROVED};
    for (int i = 0; i < 2; i++) {
        struct transfer_facts f = {.state = TRANSFER_NEEDED};
        stays(&f, TRANSFER_DO_DEPART, TRANSFER_NO_NEITHER);
        goes(&f, orders[i][0], between[i]);
        stays(&f, TRANSFER_DO_DEPART, lacks[i]);
        goes(&f, orders[i][1], TRANSFER_READY);
        goes(&f, TRANSFER_DO_DEPART, TRANSFER_DEPARTED);
        goes(&f, TRANSFER_DO_ARRIVE, TRANSFER_AT_HOSPITAL);
        goes(&f, TRANSFER_DO_ADMIT, TRANSFER_ADMITTED);
        CHECK(transfer_is_away(f.state) && !transfer_is_over(&f));
        goes(&f, TRANSFER_DO_RETURN, TRANSFER_RETURNED);
        CHECK(transfer_is_over(&f));
    }
}

TEST(custody_that_cannot_takes_nothing_of_the_approval_back)
{
    struct transfer_facts f = {.state = TRANSFER_NEEDED};
    goes(&f, TRANSFER_DO_APPROVE, TRANSFER_APPROVED);
    goes(&f, TRANSFER_DO_ARRANGE, TRANSFER_READY);
    goes(&f, TRANSFER_DO_FAIL, TRANSFER_APPROVED);
    CHECK(f.is_approved);
    goes(&f, TRANSFER_DO_ARRANGE, TRANSFER_READY);
    goes(&f, TRANSFER_DO_DEPART, TRANSFER_DEPARTED);
    stays(&f, TRANSFER_DO_FAIL, TRANSFER_NO_ON_WAY);
}

TEST(an_emergency_leaves_at_once_and_its_form_follows_even_after_the_return)
{
    struct transfer_facts f = {.state = TRANSFER_NEEDED, .is_emergency = true};
    goes(&f, TRANSFER_DO_DEPART, TRANSFER_DEPARTED);
    goes(&f, TRANSFER_DO_ARRANGE, TRANSFER_DEPARTED);
    goes(&f, TRANSFER_DO_ARRIVE, TRANSFER_AT_HOSPITAL);
    goes(&f, TRANSFER_DO_RETURN, TRANSFER_RETURNED);
    CHECK(!transfer_is_over(&f));
    goes(&f, TRANSFER_DO_APPROVE, TRANSFER_RETURNED);
    CHECK(transfer_is_over(&f));
    stays(&f, TRANSFER_DO_APPROVE, TRANSFER_NO_APPROVED);
}

TEST(a_refusal_and_a_calling_off_end_it_until_they_leave_and_not_after)
{
    for (int s = TRANSFER_NEEDED; s <= TRANSFER_READY; s++) {
        struct transfer_facts f = {.state = (enum transfer_state)s};
        goes(&f, TRANSFER_DO_REFUSE, TRANSFER_REFUSED);
        f.state = (enum transfer_state)s;
        goes(&f, TRANSFER_DO_CALL_OFF, TRANSFER_CALLED_OFF);
    }
    for (int s = TRANSFER_DEPARTED; s < TRANSFER_REFUSED; s++) {
        struct transfer_facts f = {.state = (enum transfer_state)s};
        enum transfer_state to;
        CHECK(transfer_decide(&f, TRANSFER_DO_REFUSE, &to) != TRANSFER_YES);
        CHECK(transfer_decide(&f, TRANSFER_DO_CALL_OFF, &to) != TRANSFER_YES);
    }
    for (int s = TRANSFER_REFUSED; s < TRANSFER_STATES; s++)
        for (int v = 0; v < TRANSFER_VERBS; v++) {
            struct transfer_facts f = {.state = (enum transfer_state)s, .is_emergency = true};
            stays(&f, (enum transfer_verb)v, TRANSFER_NO_OVER);
        }
}

TEST(the_form_of_an_emergency_is_due_in_two_hours_and_anothers_when_they_leave)
{
    struct instant asked = {1000000}, leaves = {asked.ms + 5 * HOUR_MS};
    struct transfer_facts f = {.state = TRANSFER_NEEDED};
    CHECK_INT(transfer_approve_by(&f, asked, leaves).ms, leaves.ms);
    CHECK_INT(transfer_approve_by(&f, asked, (struct instant){0}).ms, asked.ms + 2 * HOUR_MS);
    f.is_emergency = true;
    CHECK_INT(transfer_approve_by(&f, asked, leaves).ms, asked.ms + 2 * HOUR_MS);
}

TEST(each_state_has_its_word_and_is_read_by_it)
{
    for (int s = 0; s < TRANSFER_STATES; s++) {
        enum transfer_state read;
        CHECK(transfer_state_from(str_of(transfer_state_text((enum transfer_state)s)), &read));
        CHECK_INT(read, s);
    }
    enum transfer_state s;
    CHECK(!transfer_state_from(STR("gone"), &s));
}
