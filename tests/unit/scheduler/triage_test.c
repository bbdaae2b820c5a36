#include "base/rnd.h"
#include "scheduler/triage.h"
#include "tests/unit/check.h"

TEST(waiting_past_the_target_moves_a_request_up_but_never_to_an_emergency)
{
    const struct triage_policy *p = &triage_default;
    struct instant since = {0};
    CHECK_INT(triage_target(p, TRIAGE_ROUTINE, since).ms, 14 * DAY_MS);
    CHECK_INT(triage_aged(p, TRIAGE_ROUTINE, since, (struct instant){14 * DAY_MS - 1}), TRIAGE_ROUTINE);
    CHECK_INT(triage_aged(p, TRIAGE_ROUTINE, since, (struct instant){14 * DAY_MS}), TRIAGE_SOON);
    CHECK_INT(triage_aged(p, TRIAGE_ROUTINE, since, (struct instant){17 * DAY_MS}), TRIAGE_URGENT);
    CHECK_INT(triage_aged(p, TRIAGE_ROUTINE, since, (struct instant){900 * DAY_MS}), TRIAGE_URGENT);
    CHECK_INT(triage_aged(p, TRIAGE_URGENT, since, (struct instant){900 * DAY_MS}), TRIAGE_URGENT);
    CHECK_INT(triage_aged(p, TRIAGE_EMERGENCY, since, (struct instant){900 * DAY_MS}), TRIAGE_EMERGENCY);
    CHECK_STR(str_of(triage_text(TRIAGE_SOON)), "soon");
}

TEST(a_policy_whose_targets_do_not_rise_is_refused)
{
    struct triage_policy p = triage_default;
    CHECK_OK(triage_check(&p));
    p.classes[TRIAGE_SOON].target_min = p.classes[TRIAGE_URGENT].target_min;
    CHECK_ERR(triage_check(&p), ERR_BAD_INPUT);
    p = triage_default;
    p.classes[TRIAGE_EMERGENCY].target_min = 0;
    CHECK_ERR(triage_check(&p), ERR_BAD_INPUT);
    p = triage_default;
    p.classes[TRIAGE_ROUTINE].target_min = 401 * 24 * 60;
    CHECK_ERR(triage_check(&p), ERR_BAD_INPUT);
}

/* Of any two at any time: the order is one, older ones of a class stay ahead, and who has waited long enough is
 * ahead of all that come later but emergencies. */
TEST(the_order_is_strict_and_nobody_starves)
{
    const struct triage_policy *p = &triage_default;
    rnd_seed(12);
    for (long turn = 0; turn < check_count(20000, 2000000); turn++) {
        struct triage_rank r[3];
        enum triage t[3];
        struct instant since[3], now = {(int64_t)rnd_below(60 * DAY_MS)};
        for (int i = 0; i < 3; i++) {
            t[i] = (enum triage)rnd_below(TRIAGES);
            since[i].ms = (int64_t)rnd_below((uint64_t)now.ms + 1);
            r[i] = triage_rank(p, t[i], since[i], now, (uint64_t)i + 1);
        }
        CHECK(triage_is_before(&r[0], &r[1]) != triage_is_before(&r[1], &r[0]));
        CHECK(!triage_is_before(&r[0], &r[0]));
        if (triage_is_before(&r[0], &r[1]) && triage_is_before(&r[1], &r[2]))
            CHECK(triage_is_before(&r[0], &r[2]));
        if (t[0] == t[1] && since[0].ms < since[1].ms) CHECK(triage_is_before(&r[0], &r[1]));
        int64_t enough = p->classes[TRIAGE_ROUTINE].target_min * MINUTE_MS +
                         p->classes[TRIAGE_SOON].target_min * MINUTE_MS;
        if (t[1] != TRIAGE_EMERGENCY && since[0].ms + enough <= since[1].ms)
            CHECK(triage_is_before(&r[0], &r[1]));
        if (t[0] < t[1] && since[0].ms == since[1].ms) CHECK(triage_is_before(&r[0], &r[1]));
    }
    rnd_seed(0);
}
