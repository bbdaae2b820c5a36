/* A time zone of any bytes is read or refused, and one that was read tells times that hold together: what the wall
 * shows leads back to an instant that shows the same, no later than the one asked for; changes go forward. */
#include "base/zone.h"
#include "tests/fuzz/fuzz.h"

static void check_instant(const struct zone *z, int64_t ms)
{
    struct instant at = {ms};
    struct wall w = zone_wall(z, at);
    enum zone_fit fit;
    struct instant back = zone_instant(z, w, &fit);
    int64_t off = zone_offset(z, at).s;
    ASSERT(off >= -93600 && off <= 93600);
    ASSERT(fit != ZONE_NEVER && back.ms <= ms);
    ASSERT(zone_wall(z, back).s == w.s);
    (void)zone_instant(z, (struct wall){w.s + 1800}, &fit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const int64_t at_s[] = {-62000000000, -2000000000, 0,          999,         1000,
                                   515000000,    1774746000,  4102444800, 250000000000};
    struct zone *z;
    struct zone_change c;
    if (zone_parse(bytes, n, &z) != OK) return 0;
    for (size_t i = 0; i < COUNT_OF(at_s); i++)
        check_instant(z, at_s[i] * 1000);
    struct instant at = {1700000000000};
    for (int i = 0; i < 20 && zone_next_change(z, at, &c); i++) {
        ASSERT(c.at.ms > at.ms);
        check_instant(z, c.at.ms - 1000);
        check_instant(z, c.at.ms);
        at = c.at;
    }
    zone_free(z);
    return 0;
}
