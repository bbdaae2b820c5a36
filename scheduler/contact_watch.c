#include "scheduler/contact_watch.h"
#include "scheduler/terms.h"

static int32_t day_of(const struct zone *zone, struct instant at)
{
    return zone_date(zone, at).days;
}

static struct instant end_of_day(const struct zone *zone, int32_t day)
{
    return zone_instant(zone, wall_of((struct date){day + 1}, 0), NULL);
}

/* When the first look is due. */
static struct instant first_by(const struct zone *zone, const struct contact_watch *w)
{
    struct instant end = end_of_day(zone, day_of(zone, w->made));
    bool is_late = w->made.ms > end.ms - CONTACT_WATCH_LATE_H * HOUR_MS;
    return is_late ? instant_add(w->made, CONTACT_WATCH_FIRST_H * HOUR_MS) : end;
}

struct instant contact_watch_by(const struct zone *zone, const struct contact_watch *w)
{
    if (!w->look_count) return first_by(zone, w);
    return end_of_day(zone, day_of(zone, w->looks[w->look_count - 1]) + 1);
}

bool contact_watch_ends(const struct zone *zone, const struct contact_watch *w, struct instant now)
{
    return day_of(zone, now) >= day_of(zone, w->until);
}

static bool is_seen_on(const struct zone *zone, const struct contact_watch *w, int32_t day)
{
    for (uint32_t i = 0; i < w->look_count; i++)
        if (day_of(zone, w->looks[i]) == day) return true;
    return false;
}

struct contact_watch_days contact_watch_days(const struct zone *zone, const struct contact_watch *w,
                                             struct instant now)
{
    int32_t made = day_of(zone, w->made), today = day_of(zone, now), last = day_of(zone, w->until);
    struct contact_watch_days ret = {.is_seen_today = is_seen_on(zone, w, today)};
    if (last < made) last = made; /* the days were over when the contact was found: one look */
    ret.days = (uint16_t)(last - made + 1);
    ret.day = (uint16_t)((today < made ? made : today < last ? today : last) - made + 1);
    int32_t counted = day_of(zone, instant_add(first_by(zone, w), -1));
    if (is_seen_on(zone, w, made)) counted = made;
    for (int32_t day = counted; day < today && day <= last; day++)
        ret.missed = (uint16_t)(ret.missed + !is_seen_on(zone, w, day));
    return ret;
}
