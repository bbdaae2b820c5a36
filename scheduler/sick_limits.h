/* sick_limits: within how many hours a sick call is triaged and seen (scheduler/sick). A value; a setting of the site. */
#ifndef SCHEDULER_SICK_LIMITS_H
#define SCHEDULER_SICK_LIMITS_H
#include <stdint.h>

struct sick_limits {
    uint16_t triage_h, seen_h, weekend_h; /* weekend_h: where Saturday or Sunday lies within seen_h */
};
extern const struct sick_limits sick_limits_default; /* 24, 48, 72 */

#endif
