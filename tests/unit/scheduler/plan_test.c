#include "base/rnd.h"
#include "scheduler/due.h"
#include "scheduler/plan.h"
#include "tests/unit/check.h"

static struct span minutes(int64_t from, int64_t until)
{
    return (struct span){{from * MINUTE_MS}, {until * MINUTE_MS}};
}

static struct plan_claim claim(uint64_t resource, uint64_t appt, struct span span)
{
    return (struct plan_claim){{resource}, {appt}, span, {0}};
}

static void put(struct plan *p, struct plan_claim c)
{
    CHECK_OK(plan_reserve(p, &c, 1));
    plan_put(p, &c, 1);
}

TEST(two_claims_may_touch_but_not_meet)
{
    struct plan *p = plan_new(100);
    struct plan_claim met[4];
    CHECK(p);
    put(p, claim(7, 1, minutes(0, 40)));
    CHECK(plan_is_free(p, (struct resource_id){7}, minutes(40, 80), (struct appt_id){0}));
    CHECK(!plan_is_free(p, (struct resource_id){7}, minutes(39, 80), (struct appt_id){0}));
    CHECK(plan_is_free(p, (struct resource_id){7}, minutes(39, 80), (struct appt_id){1}));
    CHECK(plan_is_free(p, (struct resource_id){8}, minutes(0, 80), (struct appt_id){0}));
    put(p, claim(7, 2, minutes(40, 80)));
    CHECK_INT(plan_meets(p, (struct resource_id){7}, minutes(20, 41), (struct appt_id){0}, met, 1), 2);
    CHECK_INT(met[0].appt.n, 1);
    CHECK_INT(plan_drop(p, (struct resource_id){7}, (struct appt_id){1}), 1);
    CHECK_INT(plan_drop(p, (struct resource_id){7}, (struct appt_id){1}), 0);
    CHECK_INT(plan_count(p), 1);
    plan_free(p);
}

TEST(a_hold_keeps_its_end_until_it_is_made_firm)
{
    struct plan *p = plan_new(10);
    struct plan_claim c = claim(7, 1, minutes(0, 40)), met;
    CHECK(p);
    c.expires.ms = 600;
    put(p, c);
    CHECK_INT(plan_meets(p, c.resource, c.span, (struct appt_id){0}, &met, 1), 1);
    CHECK_INT(met.expires.ms, 600);
    plan_keep_until(p, c.resource, c.appt, (struct instant){0});
    CHECK_INT(plan_meets(p, c.resource, c.span, (struct appt_id){0}, &met, 1), 1);
    CHECK_INT(met.expires.ms, 0);
    plan_free(p);
}

TEST(a_plan_holds_no_more_than_it_may)
{
    struct plan *p = plan_new(2);
    struct plan_claim three[] = {claim(1, 1, minutes(0, 5)), claim(1, 1, minutes(5, 10)),
                                 claim(2, 1, minutes(0, 5))};
    CHECK(p);
    CHECK_ERR(plan_reserve(p, three, 3), ERR_LIMIT);
    CHECK_OK(plan_reserve(p, three, 2));
    plan_put(p, three, 2);
    CHECK_ERR(plan_reserve(p, three + 2, 1), ERR_LIMIT);
    plan_free(p);
}

TEST(a_plan_agrees_with_a_list_of_claims)
{
    enum { RESOURCES = 5, CLAIMS = 400 };
    rnd_seed(10);
    for (long turn = 0; turn < check_count(30, 3000); turn++) {
        struct plan *p = plan_new(CLAIMS);
        struct plan_claim list[CLAIMS];
        uint32_t count = 0;
        CHECK(p);
        for (int step = 0; step < 300; step++) {
            int64_t from = (int64_t)rnd_below(500) * 5, length = 5 * (1 + (int64_t)rnd_below(10));
            struct plan_claim c =
                claim(1 + rnd_below(RESOURCES), 1 + rnd_below(60), minutes(from, from + length));
            struct appt_id except = {rnd_below(3) ? 0 : 1 + rnd_below(60)};
            uint32_t meets = 0;
            bool clash = false;
            for (uint32_t i = 0; i < count; i++) {
                if (list[i].resource.n != c.resource.n || !span_meets(list[i].span, c.span)) continue;
                clash = true;
                meets += list[i].appt.n != except.n;
            }
            CHECK_INT(plan_meets(p, c.resource, c.span, except, NULL, 0), meets);
            if (!clash && count < CLAIMS) {
                put(p, c);
                list[count++] = c;
            } else if (clash && rnd_below(4) == 0) {
                uint32_t kept = 0;
                for (uint32_t i = 0; i < count; i++)
                    if (list[i].resource.n != c.resource.n || list[i].appt.n != c.appt.n)
                        list[kept++] = list[i];
                CHECK_INT(plan_drop(p, c.resource, c.appt), count - kept);
                count = kept;
            }
            CHECK_INT(plan_count(p), count);
        }
        uint64_t bits[8];
        struct grid g = {{300 * MINUTE_MS}, 300};
        struct resource_id resource = {1 + rnd_below(RESOURCES)};
        struct appt_id except = {1 + rnd_below(60)};
        bits_fill(bits, g.steps);
        plan_mark_busy(p, resource, &g, except, bits);
        for (uint32_t s = 0; s < g.steps; s++) {
            bool busy = false;
            for (uint32_t i = 0; i < count; i++)
                busy |= list[i].resource.n == resource.n && list[i].appt.n != except.n &&
                        span_meets(list[i].span, (struct span){grid_instant(&g, s), grid_instant(&g, s + 1)});
            CHECK_INT(bits_has(bits, s), !busy);
        }
        plan_free(p);
    }
    rnd_seed(0);
}

TEST(what_is_due_comes_in_order_and_not_before_its_time)
{
    struct due *d = due_new(1000);
    struct due_entry e, last = {0};
    struct instant next;
    CHECK(d && !due_next(d, &next) && !due_take(d, (struct instant){INT64_MAX}, &e));
    rnd_seed(11);
    for (uint32_t i = 0; i < 1000; i++)
        CHECK_OK(due_add(d, &(struct due_entry){{(int64_t)rnd_below(300)}, DUE_HOLD, i, rnd_below(50)}));
    CHECK_ERR(due_add(d, &(struct due_entry){{1}, DUE_HOLD, 1, 1}), ERR_LIMIT);
    for (int64_t now = 0; due_count(d) > 0; now += 7) {
        while (due_take(d, (struct instant){now}, &e)) {
            CHECK(e.at.ms <= now && e.at.ms >= last.at.ms);
            CHECK(e.at.ms > last.at.ms || e.id >= last.id);
            last = e;
        }
        if (due_next(d, &next)) CHECK(next.ms > now);
    }
    due_free(d);
    rnd_seed(0);
}

SWEEP(a_plan_is_filled)
{
    struct plan *p = plan_new(100);
    enum err err = p ? OK : ERR_NOMEM;
    for (uint64_t i = 0; !err && i < 40; i++) {
        struct plan_claim c[] = {claim(1 + i % 20, 1 + i, minutes((int64_t)i * 5, (int64_t)i * 5 + 5)),
                                 claim(30, 1 + i, minutes((int64_t)i * 5, (int64_t)i * 5 + 5))};
        uint32_t before = plan_count(p);
        err = plan_reserve(p, c, 2);
        if (err)
            CHECK_INT(plan_count(p), before);
        else
            plan_put(p, c, 2);
    }
    if (!err) CHECK_INT(plan_count(p), 80);
    plan_free(p);
    return err;
}

SWEEP(a_heap_of_what_is_due_is_filled)
{
    struct due *d = due_new(300);
    enum err err = d ? OK : ERR_NOMEM;
    for (uint32_t i = 0; !err && i < 300; i++)
        err = due_add(d, &(struct due_entry){{1}, DUE_ANSWER, i, 1});
    due_free(d);
    return err;
}
