#include "scheduler/calendar.h"
#include "base/mem.h"

void calendar_done(struct calendar *c)
{
    mem_free(c->days);
    *c = (struct calendar){0};
}

const struct calendar_day *calendar_find(const struct calendar *c, struct date d)
{
    uint32_t low = 0, high = c->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->days[middle].day.days < d.days)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && c->days[low].day.days == d.days ? &c->days[low] : NULL;
}

enum day_kind calendar_kind(const struct calendar *c, struct date d)
{
    const struct calendar_day *day = calendar_find(c, d);
    if (day) return day->kind;
    return date_weekday(d) >= SATURDAY ? DAY_WEEKEND : DAY_WORK;
}

enum weekday calendar_acts_as(const struct calendar *c, struct date d)
{
    const struct calendar_day *day = calendar_find(c, d);
    enum weekday own = date_weekday(d);
    if (!day || day->kind != DAY_MAKEUP) return own;
    if (day->as) return day->as;
    return own == SATURDAY ? FRIDAY : own == SUNDAY ? MONDAY : own;
}

struct date calendar_nearest_work(const struct calendar *c, struct date d, int step)
{
    ASSERT(step == 1 || step == -1);
    /* The table is finite, and beyond it every week has a Monday. */
    while (!day_is_worked(calendar_kind(c, d)))
        d = date_add(d, step);
    return d;
}

static bool is_one_stretch(const struct calendar_day *a, const struct calendar_day *b)
{
    return b->day.days == a->day.days + 1 && a->kind == b->kind && a->as == b->as &&
           strcmp(a->name, b->name) == 0;
}

void calendar_write(const struct calendar *c, struct buf *to)
{
    for (uint32_t i = 0, next; i < c->count; i = next) {
        const struct calendar_day *first = &c->days[i];
        char text[DATE_TEXT_BYTES];
        for (next = i + 1; next < c->count && is_one_stretch(&c->days[next - 1], &c->days[next]); next++)
            ;
        date_text(first->day, text);
        buf_add_text(to, text);
        if (next > i + 1) {
            date_text(c->days[next - 1].day, text);
            buf_printf(to, "..%s", text);
        }
        buf_add_text(to, first->kind == DAY_HOLIDAY ? " holiday" : " workday");
        if (first->as) buf_printf(to, " as %s", weekday_text(first->as));
        if (first->name[0]) buf_printf(to, " %s", first->name);
        buf_add_char(to, '\n');
    }
}
