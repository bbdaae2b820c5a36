#include "base/clock.h"
#include "base/err.h"
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic bool faked;
static _Atomic int64_t fake_now_ms, fake_tick_ms;

static int64_t read_us(clockid_t which)
{
    struct timespec t;
    ASSERT(clock_gettime(which, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct instant clock_now(void)
{
    if (atomic_load_explicit(&faked, memory_order_acquire))
        return (struct instant){atomic_load(&fake_now_ms)};
    return (struct instant){read_us(CLOCK_REALTIME) / 1000};
}

struct tick clock_tick(void)
{
    if (atomic_load_explicit(&faked, memory_order_acquire)) return (struct tick){atomic_load(&fake_tick_ms)};
    return (struct tick){read_us(CLOCK_MONOTONIC) / 1000};
}

int64_t clock_tick_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void clock_fake(struct instant now, struct tick tick)
{
    atomic_store(&fake_now_ms, now.ms);
    atomic_store(&fake_tick_ms, tick.ms);
    atomic_store_explicit(&faked, true, memory_order_release);
}

void clock_fake_advance(int64_t ms)
{
    ASSERT(atomic_load(&faked) && ms >= 0);
    atomic_fetch_add(&fake_now_ms, ms);
    atomic_fetch_add(&fake_tick_ms, ms);
}

void clock_fake_jump(int64_t ms)
{
    ASSERT(atomic_load(&faked));
    atomic_fetch_add(&fake_now_ms, ms);
}

void clock_real(void)
{
    atomic_store_explicit(&faked, false, memory_order_release);
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar: years are counted from March, so that the leap
 * day is the last of its year and 153 days make five months. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static unsigned days_in(int64_t year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

void instant_text(struct instant at, char ret_text[INSTANT_TEXT_BYTES])
{
    int64_t days = at.ms / 86400000, ms = at.ms % 86400000;
    if (ms < 0) ms += 86400000, days--;
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
    int64_t year = years + era * 400 + (month <= 2), day = of_year - (153 * from_march + 2) / 5 + 1;
    ASSERT(year >= 0 && year <= 9999);
    snprintf(ret_text, INSTANT_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", (unsigned)year % 10000u,
             (unsigned)month % 100u, (unsigned)day % 100u, (unsigned)(ms / 3600000) % 100u,
             (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60), (unsigned)(ms % 1000));
}

/* Two or four digits at *s; false when they are not there. */
static bool take_digits(struct str *s, size_t count, unsigned *ret_n)
{
    uint64_t n;
    if (s->bytes < count || !str_to_u64((struct str){s->at, count}, &n)) return false;
    s->at += count, s->bytes -= count;
    *ret_n = (unsigned)n;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (s->bytes == 0 || s->at[0] != c) return false;
    s->at++, s->bytes--;
    return true;
}

static bool take_fraction(struct str *s, unsigned *ret_ms)
{
    unsigned ms = 0, scale = 100;
    size_t digits = 0;
    *ret_ms = 0;
    if (!take_char(s, '.')) return true;
    for (; s->bytes && s->at[0] >= '0' && s->at[0] <= '9'; digits++, scale /= 10) {
        ms += (unsigned)(s->at[0] - '0') * scale;
        s->at++, s->bytes--;
    }
    *ret_ms = ms;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(struct str *s, int *ret_minutes)
{
    unsigned hours, minutes;
    *ret_minutes = 0;
    if (take_char(s, 'Z')) return true;
    int sign = take_char(s, '-') ? -1 : take_char(s, '+') ? 1 : 0;
    if (!sign || !take_digits(s, 2, &hours) || !take_char(s, ':') || !take_digits(s, 2, &minutes))
        return false;
    *ret_minutes = sign * (int)(hours * 60 + minutes);
    return hours <= 14 && minutes <= 59;
}

bool instant_from_text(struct str text, struct instant *ret_at)
{
    unsigned year, month, day, hour, minute, second, ms;
    int offset;
    if (!take_digits(&text, 4, &year) || !take_char(&text, '-') || !take_digits(&text, 2, &month) ||
        !take_char(&text, '-') || !take_digits(&text, 2, &day) || !take_char(&text, 'T') ||
        !take_digits(&text, 2, &hour) || !take_char(&text, ':') || !take_digits(&text, 2, &minute) ||
        !take_char(&text, ':') || !take_digits(&text, 2, &second) || !take_fraction(&text, &ms) ||
        !take_offset(&text, &offset) || text.bytes)
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
    int64_t at_ms = seconds * 1000 + ms;
    /* The offset may have led out of the years that instant_text can write. */
    if (at_ms < days_of(0, 1, 1) * 86400000 || at_ms >= days_of(10000, 1, 1) * 86400000) return false;
    *ret_at = (struct instant){at_ms};
    return true;
}
