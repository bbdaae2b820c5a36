/* series: follow-ups that come again, each occurrence checked with a search of its own. The occurrences lie every
 * so many weeks or months from the first day; each may move a few days, the nearest day that has time first (a
 * later one before an earlier one), and within the day the time nearest to the wanted one. Days that are not
 * worked are passed over unless the series says otherwise. Who was found for the first occurrence counts as known
 * from then on, so that the same people follow the patient. Pure; the workspace is joint's. */
#ifndef SCHEDULER_SERIES_H
#define SCHEDULER_SERIES_H
#include "base/zone.h"
#include "scheduler/calendar.h"
#include "scheduler/joint.h"

#define SERIES_MAX 52

struct series {
    struct date first;
    enum { SERIES_WEEKS, SERIES_MONTHS } unit;
    uint8_t every, count,
        tolerance_days; /* tolerance less than half the interval: 3 for a week, 13 for a month */
    bool any_day;       /* also on days that are not worked */
    uint16_t at_min;    /* the wanted time of the day, on the wall */
};
enum series_found {
    SERIES_FOUND,
    SERIES_NO_TIME,
    SERIES_BEYOND /* outside the grid: too far ahead to know */
};
struct series_occurrence {
    struct date due;      /* as the rule says */
    uint32_t first, last; /* the steps that were searched, for joint_explain */
    enum series_found found;
    struct joint_proposal proposal; /* SERIES_FOUND */
};

struct date series_due(const struct series *s, uint8_t nth);
/* The ask's own window, target and number of proposals are not used. ret_occurrences holds series->count places.
 * ERR_BAD_INPUT: a rule that cannot be meant, or as joint_find. */
enum err series_find(struct joint *j, const struct joint_ask *ask, const struct series *s,
                     const struct zone *z, const struct calendar *c,
                     struct series_occurrence *ret_occurrences) MUST_USE;

#endif
