/* contact_watch: how whoever was near a case is watched: looked at once on each day of the site, until the days of the illness are over. Values;
 * any thread.
 *
 *   made ..|........ day 2 ........|........ day 3 ........| … |..... day n .....|
 *          ^ a look is due by the end of each day                 "well" on the last one ends it
 *
 * Whoever is found in the last LATE_H hours of a day need not be looked at in the night: the first look then has FIRST_H hours. A day that
 * went by without a look is not made up for by two on the next: it stays missed. */
#ifndef SCHEDULER_CONTACT_WATCH_H
#define SCHEDULER_CONTACT_WATCH_H
#include "base/clock.h"
#include "base/zone.h"

#define CONTACT_WATCH_LATE_H 4
#define CONTACT_WATCH_FIRST_H 12
#define CONTACT_WATCH_LOOKS_MAX 100 /* of which days are counted */

struct contact_watch {
    struct instant made, until;
    const struct instant *looks; /* in time */
    uint32_t look_count;
};
/* By when the next look is due: past, when one was missed and nobody has looked since. */
struct instant contact_watch_by(const struct zone *zone, const struct contact_watch *w);
/* Whether a look now is the last one. */
bool contact_watch_ends(const struct zone *zone, const struct contact_watch *w, struct instant now);

struct contact_watch_days {
    uint16_t day, days; /* the nth of so many; the day on which it was made is the first */
    uint16_t missed;    /* days that are over, without a look */
    bool is_seen_today;
};
struct contact_watch_days contact_watch_days(const struct zone *zone, const struct contact_watch *w,
                                             struct instant now);

#endif
