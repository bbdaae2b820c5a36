/* escalate_limits: the hours of the clinic's work, as the site has set them. A value. */
#ifndef DESK_ESCALATE_LIMITS_H
#define DESK_ESCALATE_LIMITS_H
#include "scheduler/epidemic_limits.h"
#include "scheduler/intake_limits.h"
#include "scheduler/sick_limits.h"

struct escalate_limits {
    struct sick_limits sick; /* triage, and until seen */
    int64_t result_h, critical_min, opinion_h;
    struct intake_limits intake;
    struct epidemic_limits epidemic;
};
extern const struct escalate_limits
    escalate_limits_default; /* 24, 48, 72; 8 h, 15 min, 24 h; those of intake and epidemic */

#endif
