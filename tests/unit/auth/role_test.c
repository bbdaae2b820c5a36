#include "../check.h"
#include "auth/policy.h"
#include "home.h"
#include <stdlib.h>

static bool excludes(enum role a, enum role b)
{
    if (a == b) return false;
    return role_world(a) != role_world(b) || (role_is_admin(a) && role_is_admin(b));
}

TEST(a_set_excludes_itself_when_it_joins_two_worlds_or_two_administrators)
{
    for (enum role a = 0; a < ROLE_COUNT; a++)
        for (enum role b = 0; b < ROLE_COUNT; b++)
            CHECK(role_set_excludes((struct role_set){ROLE_BIT(a) | ROLE_BIT(b)}) == excludes(a, b));
    CHECK(!role_set_excludes((struct role_set){0}));
    CHECK(!role_set_excludes((struct role_set){ROLE_BIT(ROLE_GUARD) | ROLE_BIT(ROLE_DUTY_COMMAND)}));
}

TEST(each_role_has_one_name_that_leads_back_to_it)
{
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        enum role found;
        CHECK(role_from_name(str_of(role_name(r)), &found));
        CHECK_INT(found, r);
    }
    enum role untouched = ROLE_NURSE;
    CHECK(!role_from_name(STR("Nurse"), &untouched));
    CHECK(!role_from_name(STR(""), &untouched));
    CHECK_INT(untouched, ROLE_NURSE);
    CHECK_INT(role_set_first((struct role_set){0}), ROLE_COUNT);
    CHECK_INT(role_set_world((struct role_set){0}), WORLD_COUNT);
}

/* Straight at the tables: what the code above forbids must be refused without it. */
TEST(the_store_itself_refuses_every_pair_of_roles_that_excludes_itself)
{
    struct home h;
    struct account a;
    char sql[256];
    int refused = 0, allowed = 0;
    CHECK_OK(home_open(&h));
    CHECK_OK(home_account(&h, "somebody", ROLE_BIT(ROLE_NURSE), &a));
    for (enum role first = 0; first < ROLE_COUNT; first++)
        for (enum role second = 0; second < ROLE_COUNT; second++) {
            if (first == second) continue;
            CHECK_OK(home_exec(&h, "DELETE FROM account_role"));
            snprintf(sql, sizeof sql, "INSERT INTO account_role SELECT id, '%s' FROM account",
                     role_name(first));
            CHECK_OK(home_exec(&h, sql));
            snprintf(sql, sizeof sql, "INSERT INTO account_role SELECT id, '%s' FROM account",
                     role_name(second));
            CHECK_ERR(home_exec(&h, sql), excludes(first, second) ? ERR_DENIED : OK);
            snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO account_role SELECT id, '%s' FROM account",
                     role_name(second));
            CHECK_ERR(home_exec(&h, sql), excludes(first, second) ? ERR_DENIED : OK);
            snprintf(sql, sizeof sql, "UPDATE account_role SET role = '%s'", role_name(second));
            CHECK_ERR(home_exec(&h, sql), ERR_DENIED);
            excludes(first, second) ? refused++ : allowed++;
        }
    CHECK(refused > 0 && allowed > 0);
    home_close(&h);
}

TEST(the_tables_worlds_and_administrators_are_those_of_the_code)
{
    struct home h;
    char sql[256];
    CHECK_OK(home_open(&h));
    CHECK_INT(home_int(&h, "SELECT count(*) FROM role"), ROLE_COUNT);
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        snprintf(
            sql, sizeof sql,
            "SELECT count(*) FROM role WHERE name = '%s' AND world = '%s' AND is_admin = %d AND bit = %u",
            role_name(r), world_name(role_world(r)), role_is_admin(r), ROLE_BIT(r));
        CHECK_INT(home_int(&h, sql), 1);
    }
    CHECK_ERR(home_exec(&h, "INSERT INTO role VALUES ('chief', 'custody', 0, 4096)"), ERR_DENIED);
    CHECK_ERR(home_exec(&h, "UPDATE role SET world = 'clinical' WHERE name = 'guard'"), ERR_DENIED);
    CHECK_ERR(home_exec(&h, "DELETE FROM role WHERE name = 'guard'"), ERR_DENIED);
    home_close(&h);
}

TEST(what_the_policy_does_not_say_is_denied)
{
    int allowed = 0;
    for (enum policy_resource p = 0; p < POLICY_RESOURCES; p++)
        for (enum policy_action a = 0; a < POLICY_ACTIONS; a++) {
            CHECK(!policy_allows((struct role_set){0}, p, a));
            if (p == POLICY_NOTHING) CHECK(!policy_allows(ROLES_ALL, p, a));
            allowed += policy_allows(ROLES_ALL, p, a);
        }
    CHECK(allowed > 10);
    CHECK(!policy_knows(ROLES_ALL, POLICY_NOTHING));
}

TEST(only_the_security_admin_touches_accounts_and_only_the_privacy_officer_reads_the_trail)
{
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        struct role_set one = {ROLE_BIT(r)};
        for (enum policy_action a = 0; a < POLICY_ACTIONS; a++) {
            if (r != ROLE_SECURITY_ADMIN) {
                CHECK(!policy_allows(one, POLICY_ACCOUNT, a));
                CHECK(!policy_allows(one, POLICY_TOKEN, a));
                CHECK(!policy_allows(one, POLICY_LOCKOUT, a));
            }
            if (r != ROLE_PRIVACY_OFFICER) CHECK(!policy_allows(one, POLICY_AUDIT, a));
            if (r != ROLE_SYSTEM_ADMIN) CHECK(!policy_allows(one, POLICY_HEALTH, a));
        }
        CHECK(policy_knows(one, POLICY_ACCOUNT) == role_is_admin(r));
        CHECK(policy_allows(one, POLICY_SESSION, POLICY_READ));
    }
    CHECK(!policy_allows((struct role_set){ROLE_BIT(ROLE_DETAINEE)}, POLICY_OWN_ACCOUNT, POLICY_CHANGE));
}

TEST(the_policy_page_is_printed_from_the_table)
{
    char path[512], page[32 * 1024];
    struct buf printed;
    const char *source = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/docs/POLICY.md", source ? source : ".");
    buf_init(&printed, sizeof page);
    policy_print(&printed);
    CHECK_OK(printed.err);
    if (getenv("YQ_PRINT")) {
        FILE *out = fopen(path, "w");
        CHECK(out && fwrite(printed.at, 1, printed.bytes, out) == printed.bytes && fclose(out) == 0);
    }
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    size_t n = fread(page, 1, sizeof page, f);
    fclose(f);
    CHECK(str_is((struct str){page, n}, buf_str(&printed)));
    buf_done(&printed);
}
