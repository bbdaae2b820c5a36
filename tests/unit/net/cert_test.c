/* The site's certificates in a real store, on the fake clock. */
#include "../check.h"
#include "net/cert.h"
#include <fcntl.h>
#include <unistd.h>

#define DAY_MS (24LL * 3600 * 1000)
static struct store *store;
static struct cert *cert;
static char dir[200], key[220], why[256];
static struct cert_settings settings;

static void open_store(void)
{
    struct store_settings how = {
        .dir = dir, .key_path = key, .create = true, .migrations = net_migrations, .queue_max = 16};
    CHECK_OK(store_open(&how, &store, why));
}

static void start(void)
{
    const char *top = check_tmp_dir();
    snprintf(dir, sizeof dir, "%s/site", top);
    snprintf(key, sizeof key, "%s/site.key", top);
    settings = (struct cert_settings){.site = "岚桥"};
    clock_fake((struct instant){1795418647000}, (struct tick){1000});
    open_store();
    CHECK_OK(cert_open(store, &settings, &cert, why));
}

static void end(void)
{
    cert_free(cert);
    store_close(store, 1000);
}

static void facts(struct x509_facts *ret)
{
    struct x509_pair pair;
    CHECK_OK(cert_pair(cert, &pair));
    CHECK_OK(x509_pair_check(&pair));
    CHECK_OK(x509_read(pair.certificate, ret));
    x509_pair_done(&pair);
}

static bool is_signed(void)
{
    struct x509_pair pair;
    char *authority = cert_authority(cert);
    CHECK_OK(cert_pair(cert, &pair));
    bool is = x509_is_signed_by(pair.certificate, authority);
    x509_pair_done(&pair);
    mem_free(authority);
    return is;
}

TEST(the_first_start_makes_an_authority_and_a_leaf_that_last)
{
    struct x509_facts first, again;
    start();
    facts(&first);
    CHECK(is_signed());
    end();
    open_store();
    CHECK_OK(cert_open(store, &settings, &cert, why));
    facts(&again);
    CHECK_STR(str_of(again.sha256), first.sha256);
    end();
}

/* Rule 28 as far as it reaches here. */
TEST(no_key_stands_in_the_clear_on_the_disk)
{
    struct x509_pair pair;
    start();
    CHECK_OK(cert_pair(cert, &pair));
    end();
    char path[220], key_line[65] = "";
    memcpy(key_line, strchr(pair.key, '\n') + 1, 48);
    static const char *const names[] = {"yunqiao.db", "yunqiao.db-wal"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        static char held[1 << 20];
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ssize_t n = read(fd, held, sizeof held);
        close(fd);
        CHECK(n >= 0 && n < (ssize_t)sizeof held);
        CHECK(!memmem(held, (size_t)n, key_line, strlen(key_line)) &&
              !memmem(held, (size_t)n, "PRIVATE KEY", 11));
    }
    x509_pair_done(&pair);
}

TEST(a_leaf_renews_itself_thirty_days_before_its_end)
{
    struct x509_facts first, next;
    bool changed;
    start();
    facts(&first);
    clock_fake((struct instant){first.until.ms - 31 * DAY_MS}, (struct tick){2000});
    CHECK(!cert_is_due(cert, clock_now()));
    clock_fake_advance(DAY_MS + 1);
    CHECK(cert_is_due(cert, clock_now()));
    CHECK_OK(cert_reload(cert, NULL, &changed, why));
    CHECK(changed);
    facts(&next);
    CHECK(next.until.ms > first.until.ms + 300 * DAY_MS);
    CHECK(is_signed());
    CHECK(!cert_is_due(cert, clock_now()));
    end();
}

TEST(a_new_announced_name_makes_a_new_leaf)
{
    struct x509_facts first, next;
    bool changed;
    start();
    facts(&first);
    CHECK_OK(cert_reload(cert, &settings, &changed, why));
    CHECK(!changed);
    snprintf(settings.announce, sizeof settings.announce, "clinic.example");
    CHECK_OK(cert_reload(cert, &settings, &changed, why));
    CHECK(changed);
    facts(&next);
    CHECK_INT(next.names.count, first.names.count + 1);
    end();
}

TEST(an_authority_near_its_end_is_replaced_with_its_leaf)
{
    struct x509_facts before, after;
    bool changed;
    start();
    char *authority = cert_authority(cert);
    CHECK_OK(x509_read(authority, &before));
    mem_free(authority);
    clock_fake((struct instant){before.until.ms - 300 * DAY_MS}, (struct tick){2000});
    CHECK_OK(cert_reload(cert, NULL, &changed, why));
    CHECK(changed && is_signed());
    authority = cert_authority(cert);
    CHECK_OK(x509_read(authority, &after));
    mem_free(authority);
    CHECK(after.until.ms > before.until.ms);
    end();
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

TEST(given_files_are_used_and_a_wrong_pair_is_refused)
{
    struct x509_pair one, two;
    struct x509_facts shown, expected;
    bool changed;
    start();
    cert_free(cert);
    cert = NULL;
    CHECK_OK(x509_make_authority("one", clock_now(), &one));
    CHECK_OK(x509_make_authority("two", clock_now(), &two));
    snprintf(settings.certificate, sizeof settings.certificate, "%s/c.pem", dir);
    snprintf(settings.key, sizeof settings.key, "%s/k.pem", dir);
    CHECK_ERR(cert_open(store, &settings, &cert, why), ERR_NOT_FOUND);
    CHECK(strstr(why, "c.pem cannot be read") != NULL);
    write_file(settings.certificate, one.certificate);
    write_file(settings.key, two.key);
    CHECK_ERR(cert_open(store, &settings, &cert, why), ERR_DENIED);
    CHECK(strstr(why, "does not belong") != NULL);
    write_file(settings.key, "nonsense");
    CHECK_ERR(cert_open(store, &settings, &cert, why), ERR_BAD_INPUT);
    write_file(settings.key, one.key);
    CHECK_OK(cert_open(store, &settings, &cert, why));
    CHECK(cert_is_from_files(cert) && !cert_is_due(cert, clock_now()));
    CHECK(cert_authority(cert) == NULL);
    CHECK_ERR(cert_renew(cert), ERR_UNSUPPORTED);
    write_file(settings.certificate, two.certificate); /* half of a change: the old pair stays */
    CHECK_ERR(cert_reload(cert, &settings, &changed, why), ERR_DENIED);
    facts(&shown);
    CHECK_OK(x509_read(one.certificate, &expected));
    CHECK_STR(str_of(shown.sha256), expected.sha256);
    write_file(settings.key, two.key);
    CHECK_OK(cert_reload(cert, &settings, &changed, why));
    CHECK(changed);
    facts(&shown);
    CHECK_OK(x509_read(two.certificate, &expected));
    CHECK_STR(str_of(shown.sha256), expected.sha256);
    struct cert_settings own = {.site = "x"};
    CHECK_ERR(cert_reload(cert, &own, &changed, why), ERR_UNSUPPORTED);
    x509_pair_done(&one);
    x509_pair_done(&two);
    end();
}
