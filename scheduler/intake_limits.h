/* intake_limits: by when somebody who has come is screened, looked at, assessed and seen again (scheduler/intake). A value; a setting of the
 * site. */
#ifndef SCHEDULER_INTAKE_LIMITS_H
#define SCHEDULER_INTAKE_LIMITS_H
#include <stdint.h>

struct intake_limits {
    uint16_t start_min, look_h; /* from the arrival */
    uint16_t assess_days,
        review_days; /* assess_days: the day of booking is day 1; review_days: from the last one */
};
extern const struct intake_limits intake_limits_default; /* 60, 24, 14, 365 */

#endif
