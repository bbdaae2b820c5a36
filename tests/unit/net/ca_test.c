#include "../check.h"
#include "net/ca.h"

static struct x509_pair authority;
static struct ca_pages *pages;

static void make(const char *site)
{
    CHECK_OK(x509_make_authority("岚桥", (struct instant){1795418647000}, &authority));
    CHECK_OK(ca_pages_new(authority.certificate, site, &pages));
}

static void end(void)
{
    ca_pages_free(pages);
    x509_pair_done(&authority);
}

static bool holds(const struct ca_page *p, const char *text)
{
    return memmem(p->body.at, p->body.bytes, text, strlen(text)) != NULL;
}

TEST(the_page_is_in_the_readers_language_and_shows_the_fingerprint)
{
    struct x509_facts facts;
    make("看守所");
    CHECK_OK(x509_read(authority.certificate, &facts));
    const struct ca_page *zh = ca_page_find(pages, STR("/ca"), false),
                         *en = ca_page_find(pages, STR("/ca"), true);
    CHECK(holds(zh, "lang=\"zh-CN\"") && holds(zh, facts.sha256) && holds(zh, "受信任的根证书颁发机构"));
    CHECK(holds(en, "lang=\"en\"") && holds(en, facts.sha256) &&
          holds(en, "Trusted Root Certification Authorities"));
    static const char *const devices[] = {"Windows", "macOS", "iPhone", "Android", "Linux", "Firefox"};
    for (size_t i = 0; i < COUNT_OF(devices); i++)
        CHECK(holds(zh, devices[i]) && holds(en, devices[i]));
    end();
}

TEST(the_page_runs_nothing_and_loads_nothing_from_elsewhere)
{
    make("看守所");
    for (int english = 0; english < 2; english++) {
        const struct ca_page *p = ca_page_find(pages, STR("/ca"), english);
        CHECK(!holds(p, "<script") && !holds(p, "style=") && !holds(p, "http:") && !holds(p, "https:") &&
              !holds(p, "//"));
    }
    end();
}

TEST(a_sites_name_cannot_be_markup)
{
    make("<b>\"site\" & 'co'");
    const struct ca_page *p = ca_page_find(pages, STR("/ca"), true),
                         *profile = ca_page_find(pages, STR("/ca.mobileconfig"), true);
    CHECK(holds(p, "&lt;b&gt;&quot;site&quot; &amp; &#39;co&#39;") && holds(profile, "&lt;b&gt;"));
    end();
}

TEST(the_certificate_comes_in_each_form)
{
    uint8_t *der;
    size_t n;
    make("s");
    const struct ca_page *pem = ca_page_find(pages, STR("/ca.crt"), false);
    CHECK_STR(pem->body, authority.certificate);
    CHECK_OK(x509_der(authority.certificate, &der, &n));
    const struct ca_page *d = ca_page_find(pages, STR("/ca.der"), false);
    CHECK(d->body.bytes == n && memcmp(d->body.at, der, n) == 0);
    CHECK_STR(str_of(d->type), "application/pkix-cert");
    CHECK(holds(ca_page_find(pages, STR("/ca.mobileconfig"), false), "com.apple.security.root"));
    CHECK(!ca_page_find(pages, STR("/ca.key"), false) && !ca_page_find(pages, STR("/cat"), false));
    mem_free(der);
    end();
}

SWEEP(pages_are_made)
{
    struct x509_pair made;
    struct ca_pages *p;
    enum err err = x509_make_authority("s", (struct instant){1795418647000}, &made);
    if (err) return err;
    err = ca_pages_new(made.certificate, "s", &p);
    x509_pair_done(&made);
    if (!err) ca_pages_free(p);
    return err;
}
