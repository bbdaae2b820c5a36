#include "base/date.h"
#include "base/err.h"
#include <stdio.h>

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

unsigned date_month_days(int32_t year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    ASSERT(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

bool date_is_real(int32_t year, unsigned month, unsigned day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= date_month_days(year, month);
}

/* Years are counted from March, so that the leap day ends its year and five months always make 153 days. */
struct date date_of(int32_t year, unsigned month, unsigned day)
{
    int32_t y = year - (month <= 2);
    int32_t era = (y >= 0 ? y : y - 399) / 400;
    int32_t of_era = y - era * 400;
    int32_t from_march = (int32_t)month + (month > 2 ? -3 : 9);
    int32_t of_year = (153 * from_march + 2) / 5 + (int32_t)day - 1;
    return (struct date){era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468};
}

struct date_parts date_parts(struct date d)
{
    int32_t z = d.days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int32_t of_era = z - era * 146097;
    int32_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int32_t from_march = (5 * of_year + 2) / 153;
    int32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    return (struct date_parts){.year = years + era * 400 + (month <= 2),
                               .month = (uint8_t)month,
                               .day = (uint8_t)(of_year - (153 * from_march + 2) / 5 + 1)};
}

enum weekday date_weekday(struct date d)
{
    int32_t since_monday = (d.days + 3) % 7; /* 1970-01-01 was a Thursday */
    return (enum weekday)((since_monday < 0 ? since_monday + 7 : since_monday) + MONDAY);
}

struct date date_add_months(struct date d, int32_t months)
{
    struct date_parts p = date_parts(d);
    int32_t count = p.year * 12 + (p.month - 1) + months;
    int32_t year = (count >= 0 ? count : count - 11) / 12;
    unsigned month = (unsigned)(count - year * 12) + 1, last = date_month_days(year, month);
    return date_of(year, month, p.day < last ? p.day : last);
}

void date_text(struct date d, char ret_text[DATE_TEXT_BYTES])
{
    struct date_parts p = date_parts(d);
    ASSERT(p.year >= 1 && p.year <= 9999);
    snprintf(ret_text, DATE_TEXT_BYTES, "%04u-%02u-%02u", (unsigned)p.year % 10000u, p.month % 100u,
             p.day % 100u);
}

bool date_from_text(struct str text, struct date *ret_date)
{
    uint64_t year, month, day;
    if (text.bytes != 10 || text.at[4] != '-' || text.at[7] != '-') return false;
    if (!str_to_u64((struct str){text.at, 4}, &year) || !str_to_u64((struct str){text.at + 5, 2}, &month) ||
        !str_to_u64((struct str){text.at + 8, 2}, &day))
        return false;
    if (!date_is_real((int32_t)year, (unsigned)month, (unsigned)day)) return false;
    *ret_date = date_of((int32_t)year, (unsigned)month, (unsigned)day);
    return true;
}

static const char *const weekday_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

const char *weekday_text(enum weekday w)
{
    ASSERT(w >= MONDAY && w <= SUNDAY);
    return weekday_names[w - MONDAY];
}

bool weekday_from_text(struct str text, enum weekday *ret)
{
    for (int i = 0; i < 7; i++)
        if (str_is_nocase(text, str_of(weekday_names[i]))) {
            *ret = (enum weekday)(MONDAY + i);
            return true;
        }
    return false;
}
