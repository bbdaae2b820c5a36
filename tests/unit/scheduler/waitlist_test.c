#include "base/rnd.h"
#include "scheduler/waitlist.h"
#include "tests/unit/check.h"

static struct waitlist_entry entry(uint64_t id, enum triage t, int64_t since_days, uint16_t minutes)
{
    return (struct waitlist_entry){
        .request = {id}, .triage = t, .since = {since_days * DAY_MS}, .duration_min = minutes};
}

struct fitting {
    uint64_t fits; /* request ids as bits */
    int asked;
};

static bool does_fit(void *arg, const struct waitlist_entry *e, struct span freed,
                     struct joint_proposal *ret_proposal)
{
    struct fitting *f = arg;
    CHECK(freed.until.ms - freed.from.ms >= e->duration_min * MINUTE_MS);
    f->asked++;
    ret_proposal->start = (uint32_t)e->request.n;
    return f->fits >> e->request.n & 1;
}

static const struct instant today = {100 * DAY_MS};
static const struct span hour = {{100 * DAY_MS + HOUR_MS}, {100 * DAY_MS + 2 * HOUR_MS}};

TEST(freed_time_goes_to_the_most_urgent_that_fits_and_of_equals_to_the_oldest)
{
    struct waitlist_entry list[] = {entry(1, TRIAGE_ROUTINE, 95, 40), entry(2, TRIAGE_SOON, 99, 40),
                                    entry(3, TRIAGE_SOON, 98, 40), entry(4, TRIAGE_URGENT, 99, 90),
                                    entry(5, TRIAGE_ROUTINE, 80, 40)};
    struct fitting f = {.fits = ~UINT64_C(0)};
    struct joint_proposal p;
    uint32_t who, order[5];
    waitlist_order(&triage_default, list, 5, today, order);
    CHECK_INT(list[order[0]].request.n, 5); /* twenty days: counts as urgent, with the older target */
    CHECK_INT(list[order[1]].request.n, 4);
    CHECK_INT(list[order[2]].request.n, 3);
    CHECK_INT(list[order[3]].request.n, 2);
    CHECK_INT(list[order[4]].request.n, 1);
    CHECK(waitlist_pick(&triage_default, list, 5, hour, today, 9, does_fit, &f, &who, &p));
    CHECK_INT(list[who].request.n, 5);
    f.fits = 1u << 1 | 1u << 2;
    f.asked = 0;
    CHECK(waitlist_pick(&triage_default, list, 5, hour, today, 9, does_fit, &f, &who, &p));
    CHECK_INT(list[who].request.n, 2); /* 4 is too long and is not even asked */
    CHECK_INT(p.start, 2);
    CHECK_INT(f.asked, 3);
    CHECK(!waitlist_pick(&triage_default, list, 5, hour, today, 2, does_fit, &f, &who, &p));
    f.fits = 0;
    CHECK(!waitlist_pick(&triage_default, list, 5, hour, today, 9, does_fit, &f, &who, &p));
}

TEST(who_has_an_offer_or_may_not_come_yet_is_passed_over)
{
    struct waitlist_entry list[] = {entry(1, TRIAGE_SOON, 99, 40), entry(2, TRIAGE_ROUTINE, 99, 40)};
    struct fitting f = {.fits = ~UINT64_C(0)};
    struct joint_proposal p;
    uint32_t who;
    list[0].offered_until.ms = today.ms + 1;
    CHECK(waitlist_pick(&triage_default, list, 2, hour, today, 9, does_fit, &f, &who, &p));
    CHECK_INT(who, 1);
    list[0].offered_until.ms = today.ms;
    list[0].earliest.ms = hour.from.ms + 30 * MINUTE_MS;
    CHECK(waitlist_pick(&triage_default, list, 2, hour, today, 9, does_fit, &f, &who, &p));
    CHECK_INT(who, 1);
    list[0].earliest.ms = hour.from.ms + 20 * MINUTE_MS;
    CHECK(waitlist_pick(&triage_default, list, 2, hour, today, 9, does_fit, &f, &who, &p));
    CHECK_INT(who, 0);
    CHECK(!waitlist_pick(&triage_default, list, 2, hour, (struct instant){hour.until.ms - 1}, 9, does_fit, &f,
                         &who, &p));
}

TEST(the_order_is_that_of_triage_for_any_list)
{
    enum { MOST = 200 };
    static struct waitlist_entry list[MOST];
    uint32_t order[MOST];
    rnd_seed(13);
    for (long turn = 0; turn < check_count(300, 20000); turn++) {
        uint32_t count = (uint32_t)rnd_below(MOST + 1);
        bool seen[MOST] = {false};
        for (uint32_t i = 0; i < count; i++)
            list[i] = entry(i + 1, (enum triage)rnd_below(TRIAGES), (int64_t)rnd_below(100), 30);
        waitlist_order(&triage_default, list, count, today, order);
        for (uint32_t i = 0; i < count; i++) {
            CHECK(order[i] < count && !seen[order[i]]);
            seen[order[i]] = true;
            if (i == 0) continue;
            const struct waitlist_entry *a = &list[order[i - 1]], *b = &list[order[i]];
            struct triage_rank x = triage_rank(&triage_default, a->triage, a->since, today, a->request.n);
            struct triage_rank y = triage_rank(&triage_default, b->triage, b->since, today, b->request.n);
            CHECK(triage_is_before(&x, &y));
        }
    }
    rnd_seed(0);
}
