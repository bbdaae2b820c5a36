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

/* One a test. */
static const char *folder(void)
{
    static const char *path;
    if (!path || access(path, W_OK) != 0) path = check_tmp_dir();
    return path;
}

static const char *conf_with(const char *text)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/conf", folder());
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

static const char *keys_with(const char *text, mode_t mode)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/keys", folder());
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

#define ITS_KEY "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define OUR_KEY "c2VjcmV0IG9mIDMwIGJ5dGVzLCBpbiBiYXNl+/Q2"

static enum err room_system(const char *more, struct workers_settings *ret)
{
    struct settings s;
    enum settings_want want;
    char text[700];
    snprintf(text, sizeof text, "[room_system]\n%s\n", more);
    *ret = (struct workers_settings){0};
    enum err err = ARGS(&s, &want, "--data", "d", "--config", conf_with(text));
    return err ? err : settings_workers(&s, ret, why);
}

static void check_room_system_refused(const char *more, const char *words)
{
    struct workers_settings w;
    CHECK_ERR(room_system(more, &w), ERR_BAD_INPUT);
    if (!strstr(why, words)) printf("  %s: %s\n", more, why);
    CHECK(strstr(why, words) != NULL);
}

TEST(a_room_system_is_encrypted_unless_it_is_said_and_its_address_is_of_a_private_network)
{
    struct workers_settings w;
    char text[500];
    CHECK_OK(room_system("", &w));
    CHECK(w.endpoint.family == 0 && !w.has_endpoint_keys);
    snprintf(text, sizeof text,
             "listen = 0.0.0.0:5004\naddress = 203.0.113.7:6000\npayload_type = 111\nkey_file = %s",
             keys_with(ITS_KEY "\n" OUR_KEY "\n", 0600));
    CHECK_OK(room_system(text, &w));
    CHECK(w.endpoint.port == 5004 && w.endpoint_from.port == 6000 && w.endpoint_type == 111);
    CHECK(w.has_endpoint_keys);
    CHECK(w.endpoint_keys[0] == 0x59 && w.endpoint_keys[30] == 's' && w.endpoint_keys[57] == 0xfb);
    CHECK_OK(room_system("listen = 0.0.0.0:5004\naddress = 10.1.2.3\nin_clear = yes", &w));
    CHECK(!w.has_endpoint_keys && w.endpoint_from.port == 0 && w.endpoint_from.at[0] == 10);
    CHECK_OK(room_system("listen = [::]:5004\naddress = fd12::7\nin_clear = yes", &w));
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = 203.0.113.7\nin_clear = yes",
                              "private network");
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = 2001:db8::7\nin_clear = yes",
                              "private network");
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = 10.1.2.3", "key_file: is wanted");
    snprintf(text, sizeof text, "listen = 0.0.0.0:5004\naddress = 10.1.2.3\nin_clear = yes\nkey_file = %s",
             keys_with(ITS_KEY "\n" OUR_KEY "\n", 0600));
    check_room_system_refused(text, "give one");
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = host.example\nin_clear = yes", "address:");
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = 0.0.0.0\nin_clear = yes", "one certain");
    check_room_system_refused("listen = 5004\naddress = 10.1.2.3\nin_clear = yes", "listen:");
    check_room_system_refused(
        "listen = 0.0.0.0:5004\naddress = 10.1.2.3\nin_clear = yes\n[media]\nworkers = 2",
        "one media worker");
}

TEST(a_room_systems_keys_are_two_and_nobody_elses_to_read)
{
    static const char *const wrong[] = {"",
                                        ITS_KEY,
                                        ITS_KEY "\n" ITS_KEY "\n",
                                        ITS_KEY "\n" OUR_KEY "\nmore",
                                        ITS_KEY "=\n" OUR_KEY "\n",
                                        "not base64\n" OUR_KEY "\n",
                                        ITS_KEY "\nc2VjcmV0IG9mIDMwIGJ5dGVzLCBpbiBiYXNl-_Q2\n"};
    char text[400];
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        snprintf(text, sizeof text, "listen = 0.0.0.0:5004\naddress = 10.1.2.3\nkey_file = %s",
                 keys_with(wrong[i], 0600));
        check_room_system_refused(text, "key_file: two lines");
    }
    snprintf(text, sizeof text, "listen = 0.0.0.0:5004\naddress = 10.1.2.3\nkey_file = %s",
             keys_with(ITS_KEY "\n" OUR_KEY "\n", 0644));
    check_room_system_refused(text, "chmod 600");
    check_room_system_refused("listen = 0.0.0.0:5004\naddress = 10.1.2.3\nkey_file = /nowhere/keys",
                              "cannot be read");
}
