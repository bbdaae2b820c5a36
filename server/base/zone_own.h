/* zone_own: what zone_parse.c fills and zone.c reads. Private to zone. */
#ifndef BASE_ZONE_OWN_H
#define BASE_ZONE_OWN_H
#include "base/zone_rule.h"

struct zone {
    int64_t *times; /* strictly rising, in seconds of UTC */
    uint8_t *to;    /* for each time, the index of the offset that begins */
    struct zone_offset *offsets;
    uint32_t time_count, offset_count;
    bool has_rule;
    struct zone_rule rule; /* from the last time on; without any times, always */
};

#endif
