/* tz: opens a zone of this machine for a test, or skips the test. */
#ifndef TESTS_SCHEDULER_TZ_H
#define TESTS_SCHEDULER_TZ_H
#include "base/zone.h"
#include "tests/unit/check.h"

static inline struct zone *tz_open(const char *name)
{
    static uint8_t bytes[ZONE_BYTES_MAX];
    char path[256];
    struct zone *z = NULL;
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("no tz data on this machine");
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    CHECK_OK(zone_parse(bytes, n, &z));
    return z;
}

static inline struct instant at(const char *text)
{
    struct instant i = {0};
    CHECK(instant_from_text(str_of(text), &i));
    return i;
}

#endif
