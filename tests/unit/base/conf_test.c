#include "base/conf.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <unistd.h>

struct target {
    char name[16], zone[32];
    int64_t idle_s;
    bool proxied;
};

static const struct conf_key table[] = {
    {"site", "name", CONF_TEXT, offsetof(struct target, name), 16, 0, 0},
    {"site", "zone", CONF_TEXT, offsetof(struct target, zone), 32, 0, 0},
    {"session", "idle_s", CONF_INT, offsetof(struct target, idle_s), 0, 60, 3600},
    {"session", "proxied", CONF_BOOL, offsetof(struct target, proxied), 0, 0, 0},
    {0}};

static char path[128];

static const char *file_with(const char *folder, const char *text)
{
    snprintf(path, sizeof path, "%s/yunqiao.conf", folder);
    FILE *f = fopen(path, "we");
    CHECK(f != NULL);
    CHECK(fputs(text, f) >= 0);
    CHECK(fclose(f) == 0);
    return path;
}

TEST(a_file_is_read_into_its_settings)
{
    struct target t = {.idle_s = 900};
    char why[256] = "";
    CHECK_OK(
        conf_read(file_with(check_tmp_dir(),
                            "# a comment\n[site]\nname = 岚桥\nzone=Asia/Shanghai\n\n[session]\nidle_s = 60\n"
                            "proxied = yes\n"),
                  table, &t, why));
    CHECK_STR(str_of(t.name), "岚桥");
    CHECK_STR(str_of(t.zone), "Asia/Shanghai");
    CHECK_INT(t.idle_s, 60);
    CHECK(t.proxied);
}

static void check_refused(const char *folder, const char *text, const char *reason)
{
    struct target t = {.name = "old", .idle_s = 900}, before = t;
    char why[256] = "";
    CHECK_ERR(conf_read(file_with(folder, text), table, &t, why), ERR_BAD_INPUT);
    if (!strstr(why, reason)) check_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", why, reason);
    CHECK(strstr(why, "yunqiao.conf:") != NULL);
    CHECK(memcmp(&t, &before, sizeof t) == 0);
}

TEST(what_is_not_known_or_not_right_is_refused_with_its_line)
{
    const char *folder = check_tmp_dir();
    check_refused(folder, "[site]\nname = ok\ncolour = blue\n",
                  ":3: [site] colour: unknown; known keys: name zone");
    check_refused(folder, "[sight]\nname = ok\n", ":2: [sight] name: unknown; known sections: site session");
    check_refused(folder, "name = ok\n", ":1:");
    check_refused(folder, "[site]\nname = a\nname = b\n", ":3: [site] name: given twice");
    check_refused(folder, "[site]\nname = 0123456789abcdef\n", "longer than 15 bytes");
    check_refused(folder, "[site]\nname = \xff\xfe\n", "not UTF-8");
    check_refused(folder, "[session]\nidle_s = 59\n", "from 60 to 3600");
    check_refused(folder, "[session]\nidle_s = 3601\n", "from 60 to 3600");
    check_refused(folder, "[session]\nidle_s = 60 s\n", "from 60 to 3600");
    check_refused(folder, "[session]\nidle_s =\n", "from 60 to 3600");
    check_refused(folder, "[session]\nproxied = true\n", "yes or no");
    check_refused(folder, "[site]\nname = good\nthis is no setting\n", ":3:");
    check_refused(folder, "[session]\nidle_s = 70\n[site]\nname = fine\n[session]\nidle_s = 80\n",
                  "given twice");
}

TEST(a_file_that_is_not_there_is_told)
{
    struct target t = {0};
    char why[256] = "";
    CHECK_ERR(conf_read("/nonexistent/yunqiao.conf", table, &t, why), ERR_NOT_FOUND);
    CHECK(strstr(why, "/nonexistent/yunqiao.conf") != NULL);
}

TEST(one_setting_obeys_the_same_rules)
{
    struct target t = {0};
    char why[256] = "";
    CHECK_OK(conf_set(&table[2], &t, "3600", why));
    CHECK_INT(t.idle_s, 3600);
    CHECK_ERR(conf_set(&table[2], &t, "-1", why), ERR_BAD_INPUT);
    CHECK_INT(t.idle_s, 3600);
    CHECK_OK(conf_set(&table[3], &t, "yes", why));
    CHECK_OK(conf_set(&table[3], &t, "no", why));
    CHECK(!t.proxied);
    CHECK_OK(conf_set(&table[0], &t, "0123456789abcde", why));
    CHECK_STR(str_of(t.name), "0123456789abcde");
}
