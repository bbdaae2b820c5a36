#include "scheduler/roster.h"

static const char *const bar_texts[ROSTER_BARS] = {
    "free", "no hours then", "on leave", "booked", "the day is full", "too soon", "too far ahead"};

const char *roster_bar_text(enum roster_bar b)
{
    ASSERT(b < ROSTER_BARS);
    return bar_texts[b];
}

static bool are_minutes(uint16_t from_min, uint16_t until_min)
{
    return from_min < until_min && from_min < 1440 && until_min <= ROSTER_MINUTES_MOST;
}

static bool is_span(struct span s)
{
    return s.from.ms < s.until.ms;
}

static bool is_plan(const struct roster_plan *p)
{
    for (uint16_t i = 0; i < p->hours_count; i++) {
        const struct roster_hours *h = &p->hours[i];
        if (h->day < MONDAY || h->day > SUNDAY || !are_minutes(h->from_min, h->until_min)) return false;
    }
    return p->every >= 1 && p->every <= 8 && p->first.days <= p->last.days;
}

enum err roster_check(const struct roster *r)
{
    bool right = r->zone && r->calendar;
    for (uint32_t i = 0; i < r->plan_count; i++)
        right &= is_plan(&r->plans[i]);
    for (uint32_t i = 0; i < r->exception_count; i++) {
        const struct roster_exception *e = &r->exceptions[i];
        right &= e->kind == ROSTER_OFF || are_minutes(e->from_min, e->until_min);
    }
    for (uint32_t i = 0; i < r->leave_count; i++)
        right &= is_span(r->leave[i]);
    for (uint32_t i = 0; i < r->booking_count; i++)
        right &= is_span(r->bookings[i]);
    return right ? OK : ERR_BAD_INPUT;
}

static void mark_minutes(const struct roster *r, const struct grid *g, struct date d, uint16_t from_min,
                         uint16_t until_min, uint64_t *bits)
{
    grid_mark_free(g, bits, zone_instant(r->zone, wall_of(d, from_min * 60), NULL),
                   zone_instant(r->zone, wall_of(d, until_min * 60), NULL));
}

static int32_t week_of(struct date d)
{
    return (d.days - (int32_t)(date_weekday(d) - MONDAY) + 3) / 7; /* 3: 1970-01-01 was a Thursday */
}

static bool is_valid_on(const struct roster_plan *p, struct date d)
{
    return d.days >= p->first.days && d.days <= p->last.days &&
           (week_of(d) - week_of(p->first)) % p->every == 0;
}

static void mark_weekly(const struct roster *r, const struct grid *g, struct date d, uint64_t *bits)
{
    enum weekday as = date_weekday(d);
    if (!r->works_always) {
        if (calendar_kind(r->calendar, d) == DAY_HOLIDAY) return;
        as = calendar_acts_as(r->calendar, d);
    }
    for (uint32_t i = 0; i < r->plan_count; i++) {
        const struct roster_plan *p = &r->plans[i];
        if (!is_valid_on(p, d)) continue;
        for (uint16_t k = 0; k < p->hours_count; k++)
            if (p->hours[k].day == as)
                mark_minutes(r, g, d, p->hours[k].from_min, p->hours[k].until_min, bits);
    }
}

/* The local days that the grid touches, and the two before it: a span may reach over two midnights of them. */
static void days_of(const struct roster *r, const struct grid *g, struct date *ret_first,
                    struct date *ret_last)
{
    *ret_first = date_add(zone_date(r->zone, g->origin), -2);
    *ret_last = zone_date(r->zone, grid_instant(g, g->steps));
}

static bool is_off(const struct roster *r, struct date d)
{
    for (uint32_t i = 0; i < r->exception_count; i++)
        if (r->exceptions[i].kind == ROSTER_OFF && r->exceptions[i].day.days == d.days) return true;
    return false;
}

static void mark_hours(const struct roster *r, const struct grid *g, uint64_t *bits)
{
    struct date first, last;
    days_of(r, g, &first, &last);
    bits_clear(bits, grid_words(g->steps));
    for (struct date d = first; d.days <= last.days; d.days++)
        if (!is_off(r, d)) mark_weekly(r, g, d, bits);
    for (uint32_t i = 0; i < r->exception_count; i++) {
        const struct roster_exception *e = &r->exceptions[i];
        if (e->kind == ROSTER_EXTRA && e->day.days >= first.days && e->day.days <= last.days)
            mark_minutes(r, g, e->day, e->from_min, e->until_min, bits);
    }
}

static void mark_leave(const struct roster *r, const struct grid *g, uint64_t *bits)
{
    for (uint32_t i = 0; i < r->leave_count; i++)
        grid_mark_busy(g, bits, r->leave[i].from, r->leave[i].until);
}

/* Two bookings are apart by the rest after the one and the rest before the other, whichever comes first. */
static void mark_bookings(const struct roster *r, const struct grid *g, uint64_t *bits)
{
    int64_t rest_ms = (r->before_min + r->after_min) * MINUTE_MS;
    for (uint32_t i = 0; i < r->booking_count; i++)
        grid_mark_busy(g, bits, instant_add(r->bookings[i].from, -rest_ms),
                       instant_add(r->bookings[i].until, rest_ms));
}

static bool is_day_full(const struct roster *r, struct span day, uint32_t duration_min)
{
    uint32_t count = 0;
    int64_t ms = duration_min * MINUTE_MS;
    for (uint32_t i = 0; i < r->booking_count; i++) {
        const struct span *b = &r->bookings[i];
        if (b->from.ms < day.from.ms || b->from.ms >= day.until.ms) continue;
        int64_t met_ms = b->until.ms - b->from.ms - r->rest_min * MINUTE_MS;
        count++;
        ms += met_ms > 0 ? met_ms : 0;
    }
    return (r->day_bookings_max && count >= r->day_bookings_max) ||
           (r->day_minutes_max && ms > r->day_minutes_max * MINUTE_MS);
}

/* A booking counts on the day it begins. */
static void mark_full_days(const struct roster *r, const struct grid *g, uint32_t duration_min,
                           uint64_t *bits)
{
    struct date d, last;
    if (!r->day_bookings_max && !r->day_minutes_max) return;
    days_of(r, g, &d, &last);
    for (; d.days <= last.days; d.days++) {
        struct span day = {zone_instant(r->zone, wall_of(d, 0), NULL),
                           zone_instant(r->zone, wall_of(date_add(d, 1), 0), NULL)};
        if (is_day_full(r, day, duration_min)) grid_mark_busy(g, bits, day.from, day.until);
    }
}

static void mark_notice(const struct roster *r, const struct grid *g, struct instant now, uint64_t *bits)
{
    struct instant soonest = instant_add(now, r->lead_min * MINUTE_MS);
    if (soonest.ms > g->origin.ms) grid_mark_busy(g, bits, g->origin, soonest);
}

static void mark_horizon(const struct roster *r, const struct grid *g, struct instant now, uint64_t *bits)
{
    struct instant end = grid_instant(g, g->steps), last = instant_add(now, r->horizon_days * DAY_MS);
    if (r->horizon_days && last.ms < end.ms) grid_mark_busy(g, bits, last, end);
}

void roster_free(const struct roster *r, const struct grid *g, struct instant now, uint32_t duration_min,
                 uint64_t *ret_free)
{
    mark_hours(r, g, ret_free);
    mark_leave(r, g, ret_free);
    mark_bookings(r, g, ret_free);
    mark_full_days(r, g, duration_min, ret_free);
    mark_notice(r, g, now, ret_free);
    mark_horizon(r, g, now, ret_free);
}

enum roster_bar roster_may(const struct roster *r, struct span wanted, struct instant now)
{
    enum { WORDS = 2 * GRID_DAY_STEPS / 64 + 2 };
    uint64_t bits[WORDS];
    struct grid g;
    if (!is_span(wanted) || wanted.until.ms - wanted.from.ms > 2 * DAY_MS) return ROSTER_NO_HOURS;
    if (grid_of(wanted.from, wanted.until, &g) != OK) return ROSTER_NO_HOURS;
    mark_hours(r, &g, bits);
    if (!bits_has_span(bits, 0, g.steps)) return ROSTER_NO_HOURS;
    mark_leave(r, &g, bits);
    if (!bits_has_span(bits, 0, g.steps)) return ROSTER_ON_LEAVE;
    mark_bookings(r, &g, bits);
    if (!bits_has_span(bits, 0, g.steps)) return ROSTER_BOOKED;
    mark_full_days(r, &g, (uint32_t)((wanted.until.ms - wanted.from.ms) / MINUTE_MS), bits);
    if (!bits_has_span(bits, 0, g.steps)) return ROSTER_DAY_FULL;
    mark_notice(r, &g, now, bits);
    if (!bits_has_span(bits, 0, g.steps)) return ROSTER_TOO_SOON;
    mark_horizon(r, &g, now, bits);
    return bits_has_span(bits, 0, g.steps) ? ROSTER_MAY : ROSTER_TOO_FAR;
}
