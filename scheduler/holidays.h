/* holidays: the statutory holidays and make-up working days that we ship, in the text form of calendar.h. Constant; any thread. */
#ifndef SCHEDULER_HOLIDAYS_H
#define SCHEDULER_HOLIDAYS_H

extern const char holidays_cn[];

#endif
