#include "../check.h"
#include "net/x509.h"

#define DAY_MS (24LL * 3600 * 1000)
static const struct instant now = {1795418647000};

static void names_for_test(struct x509_names *n)
{
    *n = (struct x509_names){0};
    CHECK(x509_names_add(n, "localhost"));
    CHECK(x509_names_add(n, "127.0.0.1"));
    CHECK(x509_names_add(n, "2001:db8::7"));
    CHECK(x509_names_add(n, "clinic.example"));
}

TEST(a_site_signs_its_own_leaf)
{
    struct x509_pair authority, leaf;
    struct x509_names names;
    struct x509_facts ca, l;
    names_for_test(&names);
    CHECK_OK(x509_make_authority("岚桥看守所", now, &authority));
    CHECK_OK(x509_make_leaf(&authority, &names, now, &leaf));
    CHECK_OK(x509_read(authority.certificate, &ca));
    CHECK_OK(x509_read(leaf.certificate, &l));
    CHECK(str_starts(str_of(ca.subject), STR("岚桥看守所 CA ")));
    CHECK_INT(ca.names.count, 0);
    CHECK(x509_names_same(&l.names, &names));
    CHECK(l.until.ms - l.from.ms <= 398 * DAY_MS && l.until.ms - now.ms > 395 * DAY_MS);
    CHECK(ca.until.ms - now.ms > 3600 * DAY_MS);
    CHECK(l.from.ms < now.ms);
    CHECK_INT(strlen(l.sha256), 95);
    CHECK_INT(strlen(l.key_id), 40);
    CHECK(x509_is_signed_by(leaf.certificate, authority.certificate));
    CHECK(!x509_is_signed_by(authority.certificate, leaf.certificate));
    CHECK_OK(x509_pair_check(&leaf));
    CHECK_OK(x509_pair_check(&authority));
    x509_pair_done(&authority);
    x509_pair_done(&leaf);
}

TEST(a_key_of_another_certificate_is_refused)
{
    struct x509_pair a, b;
    CHECK_OK(x509_make_authority("a", now, &a));
    CHECK_OK(x509_make_authority("b", now, &b));
    struct x509_pair mixed = {a.certificate, b.key}, no_key = {a.certificate, a.certificate};
    CHECK_ERR(x509_pair_check(&mixed), ERR_DENIED);
    CHECK_ERR(x509_pair_check(&no_key), ERR_BAD_INPUT);
    x509_pair_done(&a);
    x509_pair_done(&b);
}

TEST(what_is_no_certificate_is_bad_input)
{
    struct x509_facts facts;
    uint8_t *der;
    size_t n;
    CHECK_ERR(x509_read("", &facts), ERR_BAD_INPUT);
    CHECK_ERR(x509_read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &facts),
              ERR_BAD_INPUT);
    CHECK_ERR(x509_der("x", &der, &n), ERR_BAD_INPUT);
}

TEST(names_are_hosts_or_addresses_each_once)
{
    struct x509_names n = {0};
    CHECK(x509_names_add(&n, "a.example") && x509_names_add(&n, "A.EXAMPLE"));
    CHECK_INT(n.count, 1);
    CHECK(!x509_names_add(&n, "a b") && !x509_names_add(&n, "") && !x509_names_add(&n, "x,DNS:evil"));
    CHECK(!x509_names_add(&n, "a:443") && !x509_names_add(&n, ".a") && !x509_names_add(&n, "a/b"));
    CHECK(x509_names_add(&n, "::1"));
    for (int i = 0; i < X509_NAMES_MAX + 3; i++) {
        char name[32];
        snprintf(name, sizeof name, "h%d", i);
        x509_names_add(&n, name);
    }
    CHECK_INT(n.count, X509_NAMES_MAX);
}

TEST(this_hosts_names_hold_localhost_and_are_the_same_twice)
{
    struct x509_names a = {0}, b = {0};
    x509_names_local(&a);
    x509_names_local(&b);
    CHECK_STR(str_of(a.at[0]), "localhost");
    CHECK(x509_names_same(&a, &b));
    x509_names_add(&b, "another.example");
    CHECK(!x509_names_same(&a, &b));
}

SWEEP(an_authority_and_a_leaf_are_made)
{
    struct x509_pair authority, leaf;
    struct x509_names names;
    names_for_test(&names);
    enum err err = x509_make_authority("s", now, &authority);
    if (err) return err;
    err = x509_make_leaf(&authority, &names, now, &leaf);
    x509_pair_done(&authority);
    if (err) return err;
    x509_pair_done(&leaf);
    return OK;
}
