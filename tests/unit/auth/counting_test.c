/* What counts wrong tries and idle time: by address and by session in memory, by name in the store. */
#include "../check.h"
#include "auth/idle.h"
#include "auth/lockout.h"
#include "auth/throttle.h"
#include "base/buf.h"
#include "home.h"

static void start_clock(void)
{
    clock_fake((struct instant){1800000000000}, (struct tick){5000000});
}

TEST(an_address_that_tries_too_often_waits)
{
    start_clock();
    struct throttle *t = throttle_new(10);
    CHECK(t != NULL);
    for (int i = 0; i < THROTTLE_TRIES; i++) {
        CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 0);
        throttle_fail(t, "192.0.2.7");
    }
    CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), THROTTLE_WINDOW_MS);
    CHECK_INT(throttle_wait_ms(t, "192.0.2.8"), 0);
    clock_fake_advance(THROTTLE_WINDOW_MS - 1);
    CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 1);
    clock_fake_advance(1);
    CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 0);
    throttle_fail(t, "192.0.2.7"); /* a new window */
    CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 0);
    throttle_free(t);
}

TEST(slow_mistakes_of_honest_people_never_close_an_address)
{
    start_clock();
    struct throttle *t = throttle_new(10);
    for (int i = 0; i < 10 * THROTTLE_TRIES; i++) {
        throttle_fail(t, "192.0.2.7");
        CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 0);
        clock_fake_advance(THROTTLE_WINDOW_MS / (THROTTLE_TRIES - 2));
    }
    throttle_free(t);
}

TEST(a_host_that_changes_its_ipv6_address_is_the_same_host)
{
    start_clock();
    struct throttle *t = throttle_new(10);
    char from[64];
    for (int i = 0; i < THROTTLE_TRIES; i++) {
        snprintf(from, sizeof from, "2001:db8:1:2::%x", i);
        throttle_fail(t, from);
    }
    CHECK(throttle_wait_ms(t, "2001:db8:1:2:ffff::1") > 0);
    CHECK_INT(throttle_wait_ms(t, "2001:db8:1:3::1"), 0);
    struct throttle_entry entries[2];
    CHECK_INT(throttle_list(t, entries, 2), 1);
    CHECK_STR(str_of(entries[0].from), "2001:db8:1:2::/64");
    CHECK_INT(entries[0].failed, THROTTLE_TRIES);
    CHECK(entries[0].until.ms > clock_now().ms);
    CHECK(throttle_clear(t, "2001:db8:1:2::/64"));
    CHECK(!throttle_clear(t, "2001:db8:1:2::/64"));
    CHECK_INT(throttle_wait_ms(t, "2001:db8:1:2::1"), 0);
    throttle_free(t);
}

TEST(a_full_throttle_forgets_the_address_longest_quiet)
{
    start_clock();
    struct throttle *t = throttle_new(3);
    struct throttle_entry entries[8];
    throttle_fail(t, "a");
    throttle_fail(t, "b");
    throttle_fail(t, "b");
    throttle_fail(t, "c");
    throttle_fail(t, "a");
    throttle_fail(t, "d"); /* b goes */
    CHECK_INT(throttle_list(t, entries, 8), 3);
    CHECK_STR(str_of(entries[0].from), "a"); /* worst first */
    CHECK(throttle_clear(t, "c") && throttle_clear(t, "d") && !throttle_clear(t, "b"));
    for (int i = 0; i < 4; i++) {
        throttle_fail(t, "e");
        throttle_fail(t, i % 2 ? "f" : "g");
    }
    CHECK_INT(throttle_list(t, entries, 1), 1);
    CHECK_STR(str_of(entries[0].from), "e");
    throttle_free(t);
}

SWEEP(a_throttle_without_memory_counts_less_but_stands)
{
    struct throttle *t = throttle_new(10);
    if (!t) return ERR_NOMEM;
    throttle_fail(t, "192.0.2.7");
    throttle_fail(t, "192.0.2.8");
    CHECK_INT(throttle_wait_ms(t, "192.0.2.7"), 0);
    throttle_free(t);
    return OK;
}

TEST(the_idle_clock_is_exact_and_its_copy_follows_each_half_minute)
{
    start_clock();
    struct idle *i = idle_new(4);
    struct instant stored = clock_now();
    CHECK_INT(idle_seen(i, STR("s"), stored).ms, stored.ms);
    CHECK(!idle_touch(i, STR("s"), stored, clock_now()));
    clock_fake_advance(IDLE_STEP_MS - 1);
    CHECK(!idle_touch(i, STR("s"), stored, clock_now()));
    CHECK_INT(idle_seen(i, STR("s"), stored).ms, stored.ms + IDLE_STEP_MS - 1);
    clock_fake_advance(1);
    CHECK(idle_touch(i, STR("s"), stored, clock_now()));  /* due */
    CHECK(!idle_touch(i, STR("s"), stored, clock_now())); /* once */
    idle_forget(i, STR("s"));
    CHECK_INT(idle_seen(i, STR("s"), stored).ms, stored.ms);
    idle_free(i);
}

TEST(a_full_idle_table_writes_through)
{
    start_clock();
    struct idle *i = idle_new(2);
    struct instant old = {clock_now().ms - 1000};
    CHECK(!idle_touch(i, STR("a"), old, clock_now()));
    CHECK(!idle_touch(i, STR("b"), old, clock_now()));
    CHECK(idle_touch(i, STR("c"), old, clock_now()));
    clock_fake_advance(5 * IDLE_STEP_MS); /* a and b are long quiet: they make room */
    CHECK(idle_touch(i, STR("c"), old, clock_now()));
    CHECK(!idle_touch(i, STR("c"), old, clock_now()));
    idle_free(i);
}

/* -- by name, in the store -- */

struct tries {
    struct str name, account;
    struct lockout lockout;
};

static enum err fail_one(struct tx *tx, void *with)
{
    struct tries *t = with;
    return lockout_fail(tx, t->name, t->account, &t->lockout);
}

static enum err look(struct tx *tx, void *with)
{
    struct tries *t = with;
    return lockout_look(tx, t->name, &t->lockout);
}

static enum err clear(struct tx *tx, void *with)
{
    struct tries *t = with;
    return lockout_clear(tx, t->name);
}

/* The same story for a name that somebody has and for one that nobody has. */
static void five_wrong_ones_close_it(struct home *h, struct str name, struct str account)
{
    struct tries t = {name, account, {0}};
    int64_t expected_ms = LOCKOUT_FIRST_MS;
    for (int round = 0; round < 9; round++) {
        for (int i = 1; i <= LOCKOUT_TRIES; i++) {
            CHECK_OK(home_write(h, fail_one, &t));
            CHECK_INT(t.lockout.left, LOCKOUT_TRIES - i);
            CHECK_INT(t.lockout.failed, round * LOCKOUT_TRIES + i);
            CHECK((t.lockout.until.ms != 0) == (i == LOCKOUT_TRIES));
        }
        CHECK_INT(t.lockout.until.ms - clock_now().ms, expected_ms);
        clock_fake_advance(expected_ms - 1);
        CHECK_OK(home_read(h, look, &t));
        CHECK(t.lockout.until.ms != 0);
        clock_fake_advance(1);
        CHECK_OK(home_read(h, look, &t));
        CHECK_INT(t.lockout.until.ms, 0);
        expected_ms = expected_ms * 2 > LOCKOUT_LONGEST_MS ? LOCKOUT_LONGEST_MS : expected_ms * 2;
    }
    CHECK_OK(home_write(h, clear, &t));
    CHECK_OK(home_read(h, look, &t));
    CHECK_INT(t.lockout.failed, 0);
    CHECK_INT(t.lockout.left, LOCKOUT_TRIES);
}

TEST(five_wrong_tries_close_an_account_and_the_time_doubles_up_to_a_day)
{
    struct home h;
    struct account a;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "guqinghe", ROLE_BIT(ROLE_CLINIC_DOCTOR), &a));
    five_wrong_ones_close_it(&h, a.name, a.id);
    home_close(&h);
}

TEST(a_name_that_nobody_has_is_closed_in_the_same_way)
{
    struct home h;
    CHECK_OK(home_open(&h));
    five_wrong_ones_close_it(&h, STR("nobody"), (struct str){0});
    home_close(&h);
}

TEST(names_that_nobody_has_are_remembered_in_bounded_number_and_for_two_days)
{
    struct home h;
    struct account a;
    struct tries t = {STR("guqinghe"), {0}, {0}};
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "guqinghe", ROLE_BIT(ROLE_NURSE), &a));
    t.account = a.id;
    CHECK_OK(home_write(&h, fail_one, &t));
    CHECK_OK(home_exec(&h, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10005)"
                           " INSERT INTO lockout SELECT CAST('stranger ' || i AS BLOB), NULL, 1, 0, NULL,"
                           " (SELECT last FROM lockout) + i FROM n"));
    clock_fake_advance(60 * 1000);
    t = (struct tries){STR("one more"), {0}, {0}};
    CHECK_OK(home_write(&h, fail_one, &t));
    CHECK(home_int(&h, "SELECT count(*) FROM lockout WHERE account IS NULL") <= LOCKOUT_STRANGERS_MAX);
    CHECK(home_int(&h, "SELECT count(*) FROM lockout WHERE account IS NULL") > LOCKOUT_STRANGERS_MAX - 10);
    clock_fake_advance((int64_t)3 * 24 * 60 * 60 * 1000);
    CHECK_OK(home_write(&h, fail_one, &t));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM lockout WHERE account IS NULL"), 1);
    CHECK_INT(home_int(&h, "SELECT count(*) FROM lockout WHERE account IS NOT NULL"), 1);
    home_close(&h);
}
