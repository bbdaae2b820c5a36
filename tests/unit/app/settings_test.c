#include "../check.h"
#include "app/settings.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char why[256];

static enum err read_args(struct settings *s, enum settings_want *want, int argc, char **argv)
{
    why[0] = '\0';
    return settings_read(argc, argv, s, want, why);
}
#define ARGS(s, want, ...)                                                                                   \
    read_args(s, want, (int)COUNT_OF(((const char *[]){"yunqiaod", __VA_ARGS__})),                           \
              (char **)(uintptr_t)(const char *[]){"yunqiaod", __VA_ARGS__, NULL})

static const char *conf_with(const char *text)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/conf", check_tmp_dir());
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

TEST(what_is_not_said_has_the_defaults_of_the_contract)
{
    struct settings s;
    enum settings_want want;
    CHECK_OK(ARGS(&s, &want, "--data", "/x/site"));
    CHECK_INT(want, SETTINGS_RUN);
    CHECK_STR(str_of(s.key), "/x/site.key");
    CHECK_STR(str_of(s.https), "0.0.0.0:8443");
    CHECK_STR(str_of(s.media), "0.0.0.0:8444");
    CHECK_STR(str_of(s.http), "");
    CHECK_INT(s.workers, 1);
    CHECK_INT(s.idle_s, 900);
    CHECK(s.readers >= 2 && s.readers <= 8);
}

TEST(the_command_line_wins_over_the_file)
{
    struct settings s;
    enum settings_want want;
    const char *path = conf_with("[site]\nname = 岚桥\n[listen]\nhttps = 127.0.0.1:1\nmedia = 127.0.0.1:2\n"
                                 "[session]\nidle_s = 60\n[proxy]\ntrusted = 127.0.0.1, 10.0.0.0/8\n");
    CHECK_OK(ARGS(&s, &want, "--listen=127.0.0.1:9", "--config", path, "--data", "d"));
    CHECK_STR(str_of(s.https), "127.0.0.1:9");
    CHECK_STR(str_of(s.media), "127.0.0.1:2");
    CHECK_STR(str_of(s.site_name), "岚桥");
    CHECK_INT(s.idle_s, 60);
    struct net_settings net;
    CHECK_OK(settings_net(&s, &net, why));
    CHECK_INT(net.trusted_n, 2);
    CHECK_INT(net.listen_n, 1);
    CHECK(net.listen[0].is_tls && net.listen[0].address.port == 9);
}

static void check_refused(const char *option, const char *value, const char *words)
{
    struct settings s;
    enum settings_want want;
    enum err err = ARGS(&s, &want, "--data", "d", option, value);
    if (err != ERR_BAD_INPUT || !strstr(why, words))
        printf("  %s %s: %s: %s\n", option, value, err_text(err), why);
    CHECK_ERR(err, ERR_BAD_INPUT);
    CHECK(strstr(why, words) != NULL);
}

TEST(what_is_wrong_is_named_before_anything_is_made)
{
    check_refused("--frobnicate", "1", "--frobnicate: unknown");
    check_refused("--workers", "0", "from 1 to 64");
    check_refused("--workers", "two", "whole number");
    check_refused("--listen", "8443", "ADDRESS:PORT");
    check_refused("--listen", "localhost:8443", "ADDRESS:PORT");
    check_refused("--media", "0.0.0.0:99999", "ADDRESS:PORT");
    check_refused("--http", "0.0.0.0:80", "loopback");
    check_refused("--http", "192.0.2.1:80", "loopback");
    check_refused("--announce", "a:443", "without a port");
    check_refused("--log", "loud", "debug, info, warn or error");
    check_refused("--config", "/nonexistent/conf", "/nonexistent/conf");
    check_refused("--config", conf_with("[tls]\ncertificate = /x\n"), "both or neither");
    check_refused("--config", conf_with("[site]\nnaem = x\n"), "unknown");
    check_refused("--config", conf_with("[proxy]\ntrusted = 10.0.0.0/40\n"), "trusted");
}

TEST(data_must_be_said_and_an_option_needs_its_value)
{
    struct settings s;
    enum settings_want want;
    CHECK_ERR(ARGS(&s, &want, "--workers", "2"), ERR_BAD_INPUT);
    CHECK(strstr(why, "--data DIR is needed") != NULL);
    CHECK_ERR(ARGS(&s, &want, "--data"), ERR_BAD_INPUT);
    CHECK(strstr(why, "--data wants DIR") != NULL);
}

TEST(help_and_version_need_nothing_else)
{
    struct settings s;
    enum settings_want want;
    CHECK_OK(ARGS(&s, &want, "--help"));
    CHECK_INT(want, SETTINGS_HELP);
    CHECK_OK(ARGS(&s, &want, "--version"));
    CHECK_INT(want, SETTINGS_VERSION);
}

TEST(loopback_of_both_families_may_speak_plain_http)
{
    struct settings s;
    enum settings_want want;
    struct net_settings net;
    CHECK_OK(ARGS(&s, &want, "--data", "d", "--http", "127.0.0.2:80"));
    CHECK_OK(settings_net(&s, &net, why));
    CHECK_INT(net.listen_n, 2);
    CHECK(!net.listen[1].is_tls && net.listen[1].is_proxied);
    CHECK_OK(ARGS(&s, &want, "--data", "d", "--http", "[::1]:80"));
    CHECK_OK(settings_net(&s, &net, why));
}

TEST(workers_ports_must_all_exist)
{
    struct settings s;
    enum settings_want want;
    struct workers_settings w;
    CHECK_OK(ARGS(&s, &want, "--data", "d", "--media", "127.0.0.1:65535", "--announce", "192.0.2.7"));
    CHECK_OK(settings_workers(&s, &w, why));
    CHECK_INT(w.announce.family, 4);
    CHECK_ERR(ARGS(&s, &want, "--data", "d", "--media", "127.0.0.1:65535", "--workers", "2"), ERR_BAD_INPUT);
    CHECK_OK(ARGS(&s, &want, "--data", "d", "--announce", "clinic.example"));
    CHECK_OK(settings_workers(&s, &w, why));
    CHECK_INT(w.announce.family, 0); /* a name is for the certificate alone */
}

TEST(what_cannot_change_while_it_runs_is_listed)
{
    struct settings a, b;
    enum settings_want want;
    char keys[256];
    CHECK_OK(ARGS(&a, &want, "--data", "d"));
    b = a;
    settings_need_restart(&a, &b, keys);
    CHECK_STR(str_of(keys), "");
    snprintf(b.site_name, sizeof b.site_name, "x");
    b.idle_s = 1;
    snprintf(b.certificate, sizeof b.certificate, "c");
    snprintf(b.log_level, sizeof b.log_level, "debug");
    settings_need_restart(&a, &b, keys);
    CHECK_STR(str_of(keys), "site.name session.idle_s");
}

/* The sample that an operator copies. */
TEST(the_sample_file_is_read_and_holds_the_defaults)
{
    struct settings plain, sample;
    enum settings_want want;
    char keys[256], path[512];
    const char *top = getenv("YQ_SOURCE");
    if (!top) check_skip("YQ_SOURCE is not set");
    snprintf(path, sizeof path, "%s/docs/yunqiaod.conf", top);
    CHECK_OK(ARGS(&plain, &want, "--data", "d"));
    CHECK_OK(ARGS(&sample, &want, "--data", "d", "--config", path));
    sample.readers = plain.readers; /* by the machine's cores */
    settings_need_restart(&plain, &sample, keys);
    CHECK_STR(str_of(keys), "");
}
