/* calendar: which days are worked. Weekends rest, unless a table says otherwise: the State Council names the
 * statutory holidays of each year and the weekend days that make up for them (调休). The table is data that a
 * site edits; scheduler/holidays holds the published years.
 *
 * Text form, one line a stretch, in any order, days once only; `as` says whose weekday's roster holds:
 *
 *   # 国办发明电〔2025〕7号
 *   2026-02-15..2026-02-23 holiday 春节
 *   2026-02-14 workday as Mon 春节
 *
 * Owned by who parsed it (calendar_done); immutable after; any thread may read. A zeroed struct is the
 * calendar with nothing but weekends. */
#ifndef SCHEDULER_CALENDAR_H
#define SCHEDULER_CALENDAR_H
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"

#define CALENDAR_DAYS_MAX 4096
#define CALENDAR_NAME_BYTES 64
#define CALENDAR_WHY_BYTES 96

enum day_kind { DAY_WORK, DAY_WEEKEND, DAY_HOLIDAY, DAY_MAKEUP };

struct calendar_day {
    struct date day;
    enum day_kind kind;             /* DAY_HOLIDAY or DAY_MAKEUP */
    enum weekday as;                /* DAY_MAKEUP: the weekday it is worked as; 0 when the table is silent */
    char name[CALENDAR_NAME_BYTES]; /* UTF-8, may be empty */
};
struct calendar {
    struct calendar_day *days; /* rising, each once */
    uint32_t count;
};

/* ERR_BAD_INPUT: ret_why says "line 3: …". ERR_LIMIT: more than CALENDAR_DAYS_MAX days. */
enum err calendar_parse(struct str text, struct calendar *ret_calendar,
                        char ret_why[CALENDAR_WHY_BYTES]) MUST_USE;
void calendar_done(struct calendar *c);
/* The same text form; days in a row with the same words become one line. */
void calendar_write(const struct calendar *c, struct buf *to);

enum day_kind calendar_kind(const struct calendar *c, struct date d);
static inline bool day_is_worked(enum day_kind k)
{
    return k == DAY_WORK || k == DAY_MAKEUP;
}
/* Whose weekday's roster holds on d. On a make-up day that names none it is the working day next to it: Friday
 * for a Saturday, Monday for a Sunday. On all other days their own. */
enum weekday calendar_acts_as(const struct calendar *c, struct date d);
/* d itself when it is worked, else the next (step 1) or last (step -1) day that is. */
struct date calendar_nearest_work(const struct calendar *c, struct date d, int step);
/* The table's entry, or NULL. */
const struct calendar_day *calendar_find(const struct calendar *c, struct date d);

#endif
