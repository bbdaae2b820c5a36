/* epidemic_limits: hours and numbers of the fight against what spreads, as the site has set them. A value. */
#ifndef SCHEDULER_EPIDEMIC_LIMITS_H
#define SCHEDULER_EPIDEMIC_LIMITS_H
#include <stdint.h>

struct epidemic_limits {
    uint16_t report_a_h, report_h; /* class A, and what is told as fast; B and C */
    uint16_t alarm_people;         /* with one sign, in one block on one day */
    uint16_t fever_tenths;         /* of a degree Celsius, from which it is one */
    uint16_t room_after_min;       /* who comes into a room so soon after a case is a contact */
};
extern const struct epidemic_limits epidemic_limits_default; /* 2, 24 h; 3; 37.8; 30 min */

#endif
