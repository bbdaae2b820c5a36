#include "../check.h"
#include "app/command.h"

static char why[256];

static enum err read_args(struct command_call *c, int argc, char **argv)
{
    why[0] = '\0';
    return command_read(argc, argv, c, why);
}
#define ARGS(c, ...)                                                                                         \
    read_args(c, (int)COUNT_OF(((const char *[]){"yunqiao", __VA_ARGS__})),                                  \
              (char **)(uintptr_t)(const char *[]){"yunqiao", __VA_ARGS__, NULL})

static void check_request(struct command_call *c, const char *request)
{
    CHECK_STR(buf_str(&c->request), request);
    buf_done(&c->request);
}

static void check_refused(enum err err, struct command_call *c, const char *words)
{
    if (!strstr(why, words)) printf("  %s\n", why);
    CHECK_ERR(err, ERR_BAD_INPUT);
    CHECK(strstr(why, words) != NULL);
    buf_done(&c->request);
}

TEST(words_and_options_become_one_request_line)
{
    struct command_call c;
    CHECK_OK(ARGS(&c, "user", "add", "--data", "d", "--name", "x", "--display", "某 \"人\"",
                  "--staff-number=7", "--role", "nurse", "--role", "clinic-doctor"));
    CHECK_STR(str_of(c.key), "d.key");
    check_request(
        &c,
        "{\"op\":\"user.add\",\"args\":{\"name\":\"x\",\"display\":\"某 \\\"人\\\"\",\"staff_number\":\"7\","
        "\"roles\":[\"nurse\",\"clinic-doctor\"]}}");
    CHECK_OK(ARGS(&c, "token", "--user", "x", "--ttl", "60", "--data", "d", "--key", "k", "--json"));
    CHECK(c.wants_json);
    CHECK_STR(str_of(c.key), "k");
    check_request(&c, "{\"op\":\"token\",\"args\":{\"user\":\"x\",\"ttl_s\":60}}");
    CHECK_OK(ARGS(&c, "user", "reset", "--totp", "--name", "x", "--data", "d"));
    check_request(&c, "{\"op\":\"user.reset\",\"args\":{\"totp\":true,\"name\":\"x\"}}");
    CHECK_OK(ARGS(&c, "audit", "verify", "--data", "d"));
    check_request(&c, "{\"op\":\"audit.verify\",\"args\":{}}");
    CHECK_OK(ARGS(&c, "recording", "export", "--data", "d", "--recording", "ab", "--out", "/o", "--force"));
    check_request(
        &c, "{\"op\":\"recording.export\",\"args\":{\"recording\":\"ab\",\"out\":\"/o\",\"force\":true}}");
}

TEST(only_init_and_demo_make_a_store)
{
    static const char *const words[] = {"init", "demo", "scrub", "rotate-key", "backup"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct command_call c;
        CHECK_OK(ARGS(&c, words[i], "--data", "d"));
        CHECK_INT(c.command->creates, i < 2);
        buf_done(&c.request);
    }
}

TEST(wrong_use_is_named)
{
    struct command_call c;
    check_refused(ARGS(&c, "frob", "--data", "d"), &c, "frob: unknown");
    check_refused(ARGS(&c, "user", "--data", "d"), &c, "user: unknown");
    check_refused(read_args(&c, 1, (char **)(uintptr_t)(const char *[]){"yunqiao", NULL}), &c,
                  "what shall be done");
    check_refused(ARGS(&c, "scrub"), &c, "--data DIR is needed");
    check_refused(ARGS(&c, "scrub", "--data"), &c, "--data wants a value");
    check_refused(ARGS(&c, "scrub", "--data", "d", "--name", "x"), &c, "--name: unknown");
    check_refused(ARGS(&c, "scrub", "--data", "d", "x"), &c, "x: what is that");
    check_refused(ARGS(&c, "token", "--data", "d"), &c, "--user NAME is needed");
    check_refused(ARGS(&c, "token", "--data", "d", "--user", "x", "--ttl", "soon"), &c, "whole number");
    check_refused(ARGS(&c, "token", "--data", "d", "--user", "x", "--user", "y"), &c, "given twice");
    check_refused(ARGS(&c, "token", "--data", "d", "--user", "\xff"), &c, "not UTF-8");
    check_refused(ARGS(&c, "restore", "--data", "d"), &c, "--from DIR is needed");
}

TEST(help_is_given_for_all_and_for_one)
{
    struct command_call c;
    CHECK_OK(ARGS(&c, "--help"));
    CHECK(c.wants_help && !c.command);
    CHECK_OK(ARGS(&c, "user", "add", "--help"));
    CHECK(c.wants_help && strcmp(c.command->words, "user add") == 0);
    CHECK_OK(ARGS(&c, "version"));
    CHECK(!c.wants_help);
    buf_done(&c.request);
}

TEST(the_played_registry_needs_no_site)
{
    struct command_call c;
    CHECK_OK(ARGS(&c, "registry-sim", "--mllp", "127.0.0.1:2575", "--rate", "5", "--people", "40"));
    CHECK(!c.command->op);
    check_request(
        &c, "{\"op\":\"registry-sim\",\"args\":{\"mllp\":\"127.0.0.1:2575\",\"rate\":5,\"people\":40}}");
    check_refused(ARGS(&c, "registry-sim", "--drop", "d", "--rate", "fast"), &c, "a whole number");
    check_refused(ARGS(&c, "registry-sim", "--data", "d", "--user", "x"), &c, "unknown");
}
