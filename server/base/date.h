/* date: a day of the civil calendar (proleptic Gregorian), with no zone and no clock. A value; any thread.
 *
 * A struct date is not a point in time: "2026-02-17" begins at different instants in Beijing and in Berlin;
 * base/zone.h turns a wall-clock time into an instant. Weeks begin on Monday (ISO 8601). */
#ifndef BASE_DATE_H
#define BASE_DATE_H
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

struct date {
    int32_t days; /* since 1970-01-01 */
};
struct date_parts {
    int32_t year;
    uint8_t month, day; /* from 1 */
};
enum weekday { MONDAY = 1, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY };

bool date_is_real(int32_t year, unsigned month, unsigned day); /* years 1 to 9999 */
struct date date_of(int32_t year, unsigned month, unsigned day);
struct date_parts date_parts(struct date d);
enum weekday date_weekday(struct date d);
static inline struct date date_add(struct date d, int32_t days)
{
    return (struct date){d.days + days};
}
/* The same day of a later (or earlier) month, or that month's last day: 31 January + 1 is 28 February. */
struct date date_add_months(struct date d, int32_t months);
unsigned date_month_days(int32_t year, unsigned month);

#define DATE_TEXT_BYTES 11
void date_text(struct date d, char ret_text[DATE_TEXT_BYTES]); /* "2026-02-17"; years 1 to 9999 */
bool date_from_text(struct str text, struct date *ret_date);   /* exactly that form, and a real day */

const char *weekday_text(enum weekday w);                   /* "Mon" … "Sun" */
bool weekday_from_text(struct str text, enum weekday *ret); /* the same words, any case */

#endif
