/* A settings file of any bytes is read or refused with a reason, and a refused one changes nothing. */
#include "base/conf.h"
#include "tests/fuzz/fuzz.h"
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct target {
    char name[16], zone[64];
    int64_t idle_s;
    bool proxied;
};

static const struct conf_key table[] = {
    {"site", "name", CONF_TEXT, offsetof(struct target, name), 16, 0, 0},
    {"site", "zone", CONF_TEXT, offsetof(struct target, zone), 64, 0, 0},
    {"session", "idle_s", CONF_INT, offsetof(struct target, idle_s), 0, 60, 3600},
    {"session", "proxied", CONF_BOOL, offsetof(struct target, proxied), 0, 0, 0},
    {0}};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct target t = {.idle_s = 900}, before = t;
    char path[64], why[256] = "";
    int fd = memfd_create("conf", MFD_CLOEXEC);
    if (fd < 0) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (n == 0 || write(fd, bytes, n) == (ssize_t)n) {
        enum err err = conf_read(path, table, &t, why);
        if (err == OK) {
            ASSERT(memchr(t.name, 0, sizeof t.name) && memchr(t.zone, 0, sizeof t.zone));
            ASSERT(str_is_utf8(str_of(t.name)) && str_is_utf8(str_of(t.zone)));
            ASSERT(t.idle_s >= 60 && t.idle_s <= 3600);
        } else {
            ASSERT(memcmp(&t, &before, sizeof t) == 0);
            ASSERT(err != ERR_BAD_INPUT || why[0]);
        }
    }
    close(fd);
    return 0;
}
