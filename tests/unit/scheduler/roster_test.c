#include "base/rnd.h"
#include "scheduler/roster.h"
#include "tests/unit/scheduler/tz.h"

static const struct calendar weekends_only;

static struct calendar festival(void)
{
    struct calendar c = {0};
    char why[CALENDAR_WHY_BYTES];
    CHECK_OK(calendar_parse(
        STR("2026-02-15..2026-02-23 holiday\n2026-02-14 workday as Mon\n2026-02-28 workday\n"), &c, why));
    return c;
}

/* How long the hours of a Shanghai day are, in minutes. */
static uint32_t minutes_on(const struct roster *r, const char *day_text)
{
    uint64_t bits[8];
    struct grid g;
    struct instant day = at(day_text);
    CHECK_OK(grid_of(day, instant_add(day, DAY_MS), &g));
    roster_free(r, &g, (struct instant){0}, 30, bits);
    return bits_count(bits, grid_words(g.steps)) * GRID_STEP_MIN;
}

TEST(hours_rest_on_holidays_and_a_makeup_day_has_those_of_the_day_it_acts_as)
{
    struct zone *z = tz_open("Asia/Shanghai");
    struct calendar c = festival();
    static const struct roster_hours hours[] = {{MONDAY, 540, 720}, {MONDAY, 780, 1020}, {FRIDAY, 600, 660}};
    struct roster_plan plan = {date_of(2026, 1, 1), date_of(2026, 12, 31), 1, hours, COUNT_OF(hours)};
    struct roster r = {.zone = z, .calendar = &c, .plans = &plan, .plan_count = 1};
    CHECK_OK(roster_check(&r));
    CHECK_INT(minutes_on(&r, "2026-02-09T00:00:00+08:00"), 420);
    CHECK_INT(minutes_on(&r, "2026-02-16T00:00:00+08:00"), 0);   /* a Monday of the festival */
    CHECK_INT(minutes_on(&r, "2026-02-14T00:00:00+08:00"), 420); /* Saturday, worked as Monday */
    CHECK_INT(minutes_on(&r, "2026-02-28T00:00:00+08:00"), 60);  /* Saturday, silent: as Friday */
    CHECK_INT(minutes_on(&r, "2026-03-07T00:00:00+08:00"), 0);
    r.works_always = true;
    CHECK_INT(minutes_on(&r, "2026-02-16T00:00:00+08:00"), 420);
    CHECK_INT(minutes_on(&r, "2026-02-14T00:00:00+08:00"), 0);
    calendar_done(&c);
    zone_free(z);
}

TEST(a_night_shift_is_an_hour_shorter_when_the_clock_goes_forward)
{
    struct zone *z = tz_open("Europe/Berlin");
    static const struct roster_hours night[] = {{SATURDAY, 22 * 60, 30 * 60}};
    struct roster_plan plan = {date_of(2026, 1, 1), date_of(2026, 12, 31), 1, night, 1};
    struct roster r = {
        .zone = z, .calendar = &weekends_only, .plans = &plan, .plan_count = 1, .works_always = true};
    static const struct {
        const char *noon;
        uint32_t hours;
    } nights[] = {
        {"2026-03-21T12:00:00+01:00", 8}, {"2026-03-28T12:00:00+01:00", 7}, {"2026-10-24T12:00:00+02:00", 9}};
    for (size_t i = 0; i < COUNT_OF(nights); i++) {
        uint64_t bits[8];
        struct grid g;
        CHECK_OK(grid_of(at(nights[i].noon), instant_add(at(nights[i].noon), DAY_MS), &g));
        roster_free(&r, &g, (struct instant){0}, 30, bits);
        CHECK_INT(bits_count(bits, grid_words(g.steps)), nights[i].hours * 12);
    }
    zone_free(z);
}

TEST(every_bar_has_its_name)
{
    struct zone *z = tz_open("Asia/Shanghai");
    static const struct roster_hours hours[] = {{MONDAY, 540, 1020}};
    struct roster_plan plan = {date_of(2026, 3, 1), date_of(2026, 4, 30), 2, hours, 1};
    struct span leave = {at("2026-03-16T14:00:00+08:00"), at("2026-03-17T00:00:00+08:00")};
    struct span booked[] = {{at("2026-03-16T09:00:00+08:00"), at("2026-03-16T09:40:00+08:00")},
                            {at("2026-03-30T09:00:00+08:00"), at("2026-03-30T12:00:00+08:00")}};
    struct roster_exception off = {.day = date_of(2026, 4, 13), .kind = ROSTER_OFF};
    struct roster r = {.zone = z,
                       .calendar = &weekends_only,
                       .plans = &plan,
                       .plan_count = 1,
                       .exceptions = &off,
                       .exception_count = 1,
                       .leave = &leave,
                       .leave_count = 1,
                       .bookings = booked,
                       .booking_count = 2,
                       .before_min = 5,
                       .after_min = 10,
                       .lead_min = 120,
                       .horizon_days = 30,
                       .day_minutes_max = 200};
    struct instant now = at("2026-03-10T08:00:00+08:00");
#define MAY(from, until) roster_may(&r, (struct span){at(from "+08:00"), at(until "+08:00")}, now)
    /* Every other week from that of Sunday 1 March: 23 February, 9 and 23 March. */
    CHECK_INT(MAY("2026-03-23T10:00:00", "2026-03-23T11:00:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-03-16T10:00:00", "2026-03-16T11:00:00"), ROSTER_NO_HOURS);
    plan.first = date_of(2026, 3, 2);
    CHECK_INT(MAY("2026-03-16T10:00:00", "2026-03-16T11:00:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-03-16T08:55:00", "2026-03-16T09:35:00"), ROSTER_NO_HOURS);
    CHECK_INT(MAY("2026-03-16T16:30:00", "2026-03-16T17:05:00"), ROSTER_NO_HOURS);
    CHECK_INT(MAY("2026-03-16T13:30:00", "2026-03-16T14:10:00"), ROSTER_ON_LEAVE);
    CHECK_INT(MAY("2026-03-16T09:50:00", "2026-03-16T10:20:00"), ROSTER_BOOKED); /* 15 minutes of rest */
    CHECK_INT(MAY("2026-03-16T09:55:00", "2026-03-16T10:20:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-03-30T13:00:00", "2026-03-30T13:20:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-03-30T13:00:00", "2026-03-30T13:30:00"), ROSTER_DAY_FULL);
    now = at("2026-03-16T10:00:00+08:00");
    CHECK_INT(MAY("2026-03-16T11:55:00", "2026-03-16T12:20:00"), ROSTER_TOO_SOON);
    CHECK_INT(MAY("2026-03-16T12:00:00", "2026-03-16T12:20:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-04-13T12:00:00", "2026-04-13T12:20:00"), ROSTER_NO_HOURS);
    now = at("2026-03-14T10:00:00+08:00");
    off.day = date_of(2026, 5, 1);
    CHECK_INT(MAY("2026-04-13T09:30:00", "2026-04-13T10:00:00"), ROSTER_MAY);
    CHECK_INT(MAY("2026-04-13T09:35:00", "2026-04-13T10:05:00"), ROSTER_TOO_FAR);
    r.rest_min = 15; /* bookings that come with their rest */
    CHECK_INT(MAY("2026-03-30T13:00:00", "2026-03-30T13:30:00"), ROSTER_MAY);
    r.day_minutes_max = 0, r.day_bookings_max = 1;
    CHECK_INT(MAY("2026-03-30T13:00:00", "2026-03-30T13:20:00"), ROSTER_DAY_FULL);
    CHECK_INT(MAY("2026-03-16T10:00:00", "2026-03-19T11:00:00"), ROSTER_NO_HOURS);
    CHECK_INT(MAY("2026-03-16T10:00:00", "2026-03-16T10:00:00"), ROSTER_NO_HOURS);
#undef MAY
    for (enum roster_bar b = ROSTER_MAY; b < ROSTER_BARS; b++)
        CHECK(roster_bar_text(b)[0]);
    zone_free(z);
}

TEST(hours_that_cannot_be_meant_are_refused)
{
    struct zone *z = tz_open("Asia/Shanghai");
    struct roster_hours hours = {MONDAY, 540, 1020};
    struct roster_plan plan = {date_of(2026, 3, 1), date_of(2026, 4, 30), 1, &hours, 1};
    struct roster_exception extra = {
        .day = date_of(2026, 4, 13), .kind = ROSTER_EXTRA, .from_min = 0, .until_min = 60};
    struct span leave = {{1}, {2}};
    struct roster r = {.zone = z,
                       .calendar = &weekends_only,
                       .plans = &plan,
                       .plan_count = 1,
                       .exceptions = &extra,
                       .exception_count = 1,
                       .leave = &leave,
                       .leave_count = 1};
    CHECK_OK(roster_check(&r));
#define REFUSED(change, undo)                                                                                \
    change;                                                                                                  \
    CHECK_ERR(roster_check(&r), ERR_BAD_INPUT);                                                              \
    undo;                                                                                                    \
    CHECK_OK(roster_check(&r))
    REFUSED(hours.until_min = 540, hours.until_min = 1020);
    REFUSED(hours.until_min = 2881, hours.until_min = 2880);
    REFUSED(hours.from_min = 1440, hours.from_min = 0);
    REFUSED(hours.day = 0, hours.day = SUNDAY);
    REFUSED(plan.every = 0, plan.every = 8);
    REFUSED(plan.last = date_of(2026, 2, 1), plan.last = plan.first);
    REFUSED(extra.until_min = 0, extra.until_min = 5);
    REFUSED(leave.until.ms = 1, leave.until.ms = 2);
    REFUSED(r.zone = NULL, r.zone = z);
#undef REFUSED
    zone_free(z);
}

/* The same rules told step by step, with nothing shared but the zone. */
static bool is_hour(const struct roster *r, struct span step)
{
    for (int32_t back = 0; back <= 3; back++) {
        struct date d = date_add(zone_date(r->zone, step.from), 1 - back);
        bool off = false;
        for (uint32_t i = 0; i < r->exception_count; i++) {
            const struct roster_exception *e = &r->exceptions[i];
            if (e->day.days != d.days) continue;
            off |= e->kind == ROSTER_OFF;
            struct span extra = {zone_instant(r->zone, wall_of(d, e->from_min * 60), NULL),
                                 zone_instant(r->zone, wall_of(d, e->until_min * 60), NULL)};
            if (e->kind == ROSTER_EXTRA && span_holds(extra, step)) return true;
        }
        if (off || (!r->works_always && calendar_kind(r->calendar, d) == DAY_HOLIDAY)) continue;
        for (uint32_t i = 0; i < r->plan_count; i++) {
            const struct roster_plan *p = &r->plans[i];
            int32_t monday = p->first.days - (int32_t)(date_weekday(p->first) - MONDAY);
            if (d.days < p->first.days || d.days > p->last.days || (d.days - monday) / 7 % p->every) continue;
            for (uint16_t k = 0; k < p->hours_count; k++) {
                struct span s = {zone_instant(r->zone, wall_of(d, p->hours[k].from_min * 60), NULL),
                                 zone_instant(r->zone, wall_of(d, p->hours[k].until_min * 60), NULL)};
                enum weekday as = r->works_always ? date_weekday(d) : calendar_acts_as(r->calendar, d);
                if (p->hours[k].day == as && span_holds(s, step)) return true;
            }
        }
    }
    return false;
}

static bool is_naive_free(const struct roster *r, struct span step, struct instant now, uint32_t duration_min)
{
    uint32_t count = 0;
    int64_t ms = duration_min * MINUTE_MS;
    if (!is_hour(r, step)) return false;
    for (uint32_t i = 0; i < r->leave_count; i++)
        if (span_meets(r->leave[i], step)) return false;
    for (uint32_t i = 0; i < r->booking_count; i++) {
        struct span b = r->bookings[i], apart = b;
        apart.from.ms -= (r->before_min + r->after_min) * MINUTE_MS;
        apart.until.ms += (r->before_min + r->after_min) * MINUTE_MS;
        if (span_meets(apart, step)) return false;
        if (zone_date(r->zone, b.from).days != zone_date(r->zone, step.from).days) continue;
        count++;
        ms += b.until.ms - b.from.ms > r->rest_min * MINUTE_MS
                  ? b.until.ms - b.from.ms - r->rest_min * MINUTE_MS
                  : 0;
    }
    if (r->day_bookings_max && count >= r->day_bookings_max) return false;
    if (r->day_minutes_max && ms > r->day_minutes_max * MINUTE_MS) return false;
    if (step.from.ms < now.ms + r->lead_min * MINUTE_MS) return false;
    return !r->horizon_days || step.until.ms <= now.ms + r->horizon_days * DAY_MS;
}

static uint16_t minute(uint64_t most)
{
    return (uint16_t)(rnd_below(most / 5) * 5);
}

TEST(a_random_roster_is_free_exactly_where_its_rules_say)
{
    static const char *const names[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York",
                                        "Australia/Lord_Howe"};
    struct calendar c = festival();
    rnd_seed(9);
    for (long turn = 0; turn < check_count(120, 12000); turn++) {
        struct zone *z = tz_open(names[rnd_below(COUNT_OF(names))]);
        struct roster_hours hours[12];
        struct roster_plan plans[2];
        struct roster_exception exceptions[3];
        struct span leave[2], bookings[8];
        struct instant origin = {date_of(2026, 2, 1).days * DAY_MS + (int64_t)rnd_below(280) * DAY_MS};
        struct instant now = instant_add(origin, (int64_t)rnd_below(72) * HOUR_MS - DAY_MS);
        struct date day = wall_date((struct wall){origin.ms / 1000});
        for (size_t i = 0; i < COUNT_OF(hours); i++) {
            hours[i].day = (enum weekday)(1 + rnd_below(7));
            hours[i].from_min = minute(1440);
            hours[i].until_min = (uint16_t)(hours[i].from_min + 5 + minute(rnd_below(4) ? 400 : 1400));
        }
        for (size_t i = 0; i < COUNT_OF(plans); i++)
            plans[i] = (struct roster_plan){
                date_add(day, (int32_t)rnd_below(8) - 9), date_add(day, (int32_t)rnd_below(12)),
                (uint8_t)(1 + rnd_below(2)), hours + i * 6, (uint16_t)rnd_below(7)};
        for (size_t i = 0; i < COUNT_OF(exceptions); i++) {
            exceptions[i] = (struct roster_exception){.day = date_add(day, (int32_t)rnd_below(9) - 1),
                                                      .kind = rnd_below(2) ? ROSTER_OFF : ROSTER_EXTRA,
                                                      .from_min = minute(1440)};
            exceptions[i].until_min = (uint16_t)(exceptions[i].from_min + 5 + minute(300));
        }
        for (size_t i = 0; i < COUNT_OF(leave); i++) {
            leave[i].from = instant_add(origin, (int64_t)rnd_below(6 * 1440) * MINUTE_MS);
            leave[i].until = instant_add(leave[i].from, (int64_t)(1 + rnd_below(900)) * MINUTE_MS);
        }
        for (size_t i = 0; i < COUNT_OF(bookings); i++) {
            bookings[i].from = instant_add(origin, (int64_t)rnd_below(7 * 288) * GRID_STEP_MS - DAY_MS);
            bookings[i].until = instant_add(bookings[i].from, (int64_t)(1 + rnd_below(12)) * GRID_STEP_MS);
        }
        struct roster r = {.zone = z,
                           .calendar = &c,
                           .works_always = rnd_below(2),
                           .plans = plans,
                           .plan_count = 2,
                           .exceptions = exceptions,
                           .exception_count = (uint32_t)rnd_below(4),
                           .leave = leave,
                           .leave_count = (uint32_t)rnd_below(3),
                           .bookings = bookings,
                           .booking_count = (uint32_t)rnd_below(9),
                           .before_min = minute(20),
                           .after_min = minute(20),
                           .lead_min = (uint32_t)rnd_below(600),
                           .horizon_days = (uint16_t)rnd_below(6),
                           .day_bookings_max = (uint16_t)rnd_below(3),
                           .day_minutes_max = rnd_below(2) ? (uint16_t)(60 + minute(200)) : 0};
        uint64_t bits[40];
        struct grid g;
        CHECK_OK(roster_check(&r));
        CHECK_OK(grid_of(origin, instant_add(origin, 6 * DAY_MS + (int64_t)rnd_below(DAY_MS)), &g));
        roster_free(&r, &g, now, 40, bits);
        for (uint32_t s = 0; s < g.steps; s++) {
            struct span step = {grid_instant(&g, s), grid_instant(&g, s + 1)};
            CHECK_INT(bits_has(bits, s), is_naive_free(&r, step, now, 40));
        }
        for (int i = 0; i < 20; i++) { /* asking for one time agrees with computing them all */
            uint32_t from = (uint32_t)rnd_below(g.steps - 8);
            struct span s = {grid_instant(&g, from), grid_instant(&g, from + 8)};
            CHECK_INT(roster_may(&r, s, now) == ROSTER_MAY, bits_has_span(bits, from, from + 8));
        }
        zone_free(z);
    }
    calendar_done(&c);
    rnd_seed(0);
}
