/* roster: when one resource may be booked, computed from its rules and never made in advance: weekly hours,
 * exceptions, leave, what is booked already, rest between bookings, notice and horizon, limits a day. A struct
 * roster only points at facts that the caller owns; it is read, never kept. Pure; any thread.
 *
 * What makes a step free, in this order, each with its name for people who ask why not (enum roster_bar):
 *
 *   hours      a weekly span of a plan that is valid that day, or an exception that adds time
 *   leave      outside all leave
 *   bookings   at least before + after minutes from every booking. Rest keeps bookings apart; it may lie
 *              outside the hours, so that 09:00 can be booked by who begins at 09:00
 *   full       the local day of the step has room for one more booking, and for its minutes
 *   notice     not sooner than lead minutes from now
 *   horizon    not later than so many days from now
 *
 * Hours are wall-clock times of the roster's zone and follow its clock changes (zone.h): a span from 01:00 to
 * 03:00 lasts one hour on the night the clock goes forward. A span may go past midnight and belongs to the day
 * it begins on. On statutory holidays weekly hours rest unless the resource works always; a make-up working day
 * has the hours of the weekday it acts as (calendar.h). Exceptions hold on any day. */
#ifndef SCHEDULER_ROSTER_H
#define SCHEDULER_ROSTER_H
#include "base/zone.h"
#include "scheduler/calendar.h"
#include "scheduler/grid.h"
#include "scheduler/terms.h"

#define ROSTER_MINUTES_MOST 2880 /* a span ends at most at midnight of the day after it began */

struct roster_hours {
    enum weekday day;
    uint16_t from_min, until_min; /* of the day, on the wall; from < until */
};
struct roster_plan {
    struct date first, last; /* valid on these days and between */
    uint8_t every;           /* weeks; 2 is every other week, counted from the week of `first` */
    const struct roster_hours *hours;
    uint16_t hours_count;
};
struct roster_exception {
    struct date day;
    enum { ROSTER_OFF, ROSTER_EXTRA } kind; /* OFF: no weekly hours that day; EXTRA: these besides */
    uint16_t from_min, until_min;           /* EXTRA */
};
struct roster {
    const struct zone *zone;
    const struct calendar *calendar;
    bool works_always;
    const struct roster_plan *plans;
    const struct roster_exception *exceptions;
    const struct span *leave, *bookings;
    uint32_t plan_count, exception_count, leave_count, booking_count;
    uint16_t before_min, after_min; /* rest before and after each booking */
    uint16_t rest_min; /* of each span in bookings: what of it is rest, which a day's minutes do not count */
    uint32_t lead_min;
    uint16_t horizon_days;                      /* 0: no end */
    uint16_t day_bookings_max, day_minutes_max; /* 0: no limit */
};

enum roster_bar {
    ROSTER_MAY,
    ROSTER_NO_HOURS,
    ROSTER_ON_LEAVE,
    ROSTER_BOOKED,
    ROSTER_DAY_FULL,
    ROSTER_TOO_SOON,
    ROSTER_TOO_FAR,
    ROSTER_BARS
};
const char *roster_bar_text(enum roster_bar b);

/* ERR_BAD_INPUT: hours, days or limits that cannot be meant. Ask once, when facts are read. */
enum err roster_check(const struct roster *r) MUST_USE;
/* The free steps of the grid for a booking of so many minutes; ret_free holds grid_words(g->steps) words. */
void roster_free(const struct roster *r, const struct grid *g, struct instant now, uint32_t duration_min,
                 uint64_t *ret_free);
/* Whether this very time may be booked, and if not, the first thing that stands against it. A time that is
 * longer than two days has no hours. */
enum roster_bar roster_may(const struct roster *r, struct span wanted, struct instant now);

#endif
