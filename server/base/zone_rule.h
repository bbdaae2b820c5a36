/* zone_rule: the POSIX TZ string in a TZif footer (POSIX.1-2017 §8.3; hours to ±167 as RFC 8536 §3.3.1), the
 * rule for all time after a zone's table. A value; any thread. Part of zone.
 *
 *   CST-8                     EST5EDT,M3.2.0,M11.1.0           <+0330>-3:30<+0430>,J79/24,J263/24 */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H
#include "base/zone.h"

struct zone_turn {
    enum { ZONE_TURN_JULIAN, ZONE_TURN_DAY, ZONE_TURN_WEEKDAY } kind; /* Jn (no 29 February), n, Mm.w.d */
    uint16_t day;        /* JULIAN 1-365, DAY 0-365, WEEKDAY 0 (Sunday) to 6 */
    uint8_t month, week; /* WEEKDAY; week 5 is the last */
    int32_t second;      /* of that day, on the wall as it was before the turn */
};
struct zone_rule {
    struct zone_offset standard, summer;
    bool has_summer;
    struct zone_turn start, end; /* of summer time */
};

bool zone_rule_parse(struct str text, struct zone_rule *ret_rule);
/* All in seconds of UTC. */
const struct zone_offset *zone_rule_offset(const struct zone_rule *r, int64_t at_s);
/* The first turn strictly after after_s; false when the rule has none. */
bool zone_rule_next(const struct zone_rule *r, int64_t after_s, int64_t *ret_at_s,
                    const struct zone_offset **ret_offset);

#endif
