#include "base/log.h"
#include "tests/unit/check.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static int fds[2];
static char text[1 << 20];

static void catch (void)
{
    CHECK(pipe(fds) == 0);
    CHECK(fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(fcntl(fds[1], F_SETPIPE_SZ, 1 << 20) > 0);
    log_to(fds[1]);
}

static struct str caught(void)
{
    size_t n = 0;
    ssize_t got;
    while ((got = read(fds[0], text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    return (struct str){text, n};
}

static void release(void)
{
    log_to(2);
    log_level_set(LOG_INFO);
    close(fds[0]);
    close(fds[1]);
}

TEST(a_line_is_keys_and_values_with_its_time)
{
    clock_fake((struct instant){1795418647031}, (struct tick){0});
    catch ();
    log_info("store", "opened", LOG_U("pages", 812), LOG_T("schema", "7"), LOG_I("left", -1),
             LOG_E(ERR_DISK_FULL));
    CHECK_STR(caught(),
              "ts=2026-11-23T07:24:07.031Z level=info part=store event=opened pages=812 schema=7 left=-1 "
              "err=\"disk full\"\n");
    log_error("store", "bare");
    CHECK_STR(caught(), "ts=2026-11-23T07:24:07.031Z level=error part=store event=bare\n");
    release();
}

TEST(a_value_cannot_forge_a_line_or_a_field)
{
    clock_fake((struct instant){1795418648000}, (struct tick){0});
    catch ();
    log_warn("net", "odd", LOG_T("a", "x\nlevel=error part=store event=forged"), LOG_T("b", "say \"hi\" \\"),
             LOG_T("c", ""), LOG_T("d", "\x1b[31m\x7f"), LOG_T("e", "k=v"), LOG_T("f", NULL),
             LOG_U("big", UINT64_MAX));
    CHECK_STR(caught(),
              "ts=2026-11-23T07:24:08.000Z level=warn part=net event=odd a=\"x\\x0alevel=error part=store "
              "event=forged\" b=\"say \\\"hi\\\" \\\\\" c=\"\" d=\"\\x1b[31m\\x7f\" e=\"k=v\" f=\"\" "
              "big=18446744073709551615\n");
    release();
}

TEST(a_long_value_and_a_long_line_are_cut_and_still_end)
{
    char value[2000];
    memset(value, 'v', sizeof value - 1);
    value[sizeof value - 1] = 0;
    catch ();
    log_info("net", "long", LOG_T("a", value));
    struct str line = caught();
    CHECK(line.bytes > 512 && line.bytes < 620);
    memset(value, ' ', sizeof value - 1);
    struct log_field many[30] = {{0}};
    for (int i = 0; i < 29; i++)
        many[i] = LOG_T("key", value);
    log_line(LOG_INFO, "net", "longer", many);
    line = caught();
    CHECK_INT(line.bytes, 4096);
    CHECK(line.at[line.bytes - 1] == '\n');
    CHECK(memchr(line.at, '\n', line.bytes - 1) == NULL);
    release();
}

static int lines(struct str all)
{
    int n = 0;
    for (size_t i = 0; i < all.bytes; i++)
        n += all.at[i] == '\n';
    return n;
}

TEST(a_flood_of_one_event_is_counted_and_not_printed)
{
    clock_fake((struct instant){1795418650000}, (struct tick){0});
    catch ();
    uint64_t before = log_count(LOG_WARN);
    for (int i = 0; i < 1000; i++)
        log_warn("net", "flood");
    log_warn("net", "another");
    CHECK_INT(lines(caught()), 21);
    CHECK_INT(log_count(LOG_WARN) - before, 1001);
    clock_fake_advance(1000);
    log_warn("net", "flood");
    struct str line = caught();
    CHECK_INT(lines(line), 1);
    CHECK(memmem(line.at, line.bytes, "held_back=980", 13) != NULL);
    release();
}

TEST(lines_below_the_level_are_not_printed)
{
    catch ();
    log_debug("net", "fine");
    CHECK_INT(caught().bytes, 0);
    log_level_set(LOG_DEBUG);
    log_debug("net", "fine");
    CHECK_INT(lines(caught()), 1);
    log_level_set(LOG_ERROR);
    log_warn("net", "warned");
    CHECK_INT(caught().bytes, 0);
    release();
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 200; i++)
        log_info("net", "thread", LOG_T("who", arg),
                 LOG_T("padding", "0123456789012345678901234567890123456789"));
    return NULL;
}

TEST(lines_of_many_threads_stay_whole)
{
    pthread_t t[4];
    static char names[4][2] = {"a", "b", "c", "d"};
    clock_fake((struct instant){1795418660000}, (struct tick){0});
    catch ();
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&t[i], NULL, write_lines, names[i]) == 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    struct str all = caught();
    CHECK_INT(lines(all), 20);
    while (all.bytes) {
        struct str line = str_cut(&all, '\n');
        CHECK(str_starts(line, STR("ts=2026-11-23T07:24:20.000Z level=info part=net event=thread who=")));
        CHECK(line.bytes > 40 && memcmp(line.at + line.bytes - 10, "0123456789", 10) == 0);
    }
    release();
}
