/* dose_texts: how much and how often, in words: what FHIR keeps as UCUM codes and numbers. Pure; any thread. */
#ifndef DESK_DOSE_TEXTS_H
#define DESK_DOSE_TEXTS_H
#include "base/arena.h"
#include "base/str.h"

/* Of a Quantity's unit and code, each may be empty: "{tbl}" is 片, "tablet" or "tablets". What is not known is left as it is, without
 * UCUM's brackets. Points into the arguments or to what is constant. */
struct str dose_unit(struct str unit, struct str code, bool is_one, bool is_english);

struct dose_times {
    struct str frequency, period, period_unit; /* as in Timing.repeat; empty: 1, 1, "d" */
    bool is_as_needed;
};
/* 每日2次, "twice a day"; in the arena. Empty: nothing is said of it. */
struct str dose_times(struct arena *arena, const struct dose_times *t, bool is_english);
/* What the doctor is asked to look into after so many refusals in a row; both languages, as it is kept. Empty: no memory. */
struct str dose_refused(struct arena *arena, uint32_t times, struct str drug);

#endif
