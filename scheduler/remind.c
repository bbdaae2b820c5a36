#include "scheduler/remind.h"
#include "scheduler/appt_own.h"

const struct remind_policy remind_default = {3, {24 * 60, 60, 15}};

enum err remind_check(const struct remind_policy *p)
{
    if (p->count < 1 || p->count > REMIND_RULES_MAX) return ERR_BAD_INPUT;
    for (uint8_t r = 1; r < p->count; r++)
        if (p->before_min[r] >= p->before_min[r - 1]) return ERR_BAD_INPUT;
    return OK;
}

static struct instant due_at(const struct remind_policy *p, const struct appt *a, uint8_t rule)
{
    return instant_add(a->span.from, -(int64_t)p->before_min[rule] * MINUTE_MS);
}

static bool is_marked(const struct remind_mark *marks, uint32_t count, const struct appt *a,
                      struct resource_id person, uint8_t rule)
{
    for (uint32_t i = 0; i < count; i++)
        if (marks[i].person.n == person.n && marks[i].rule == rule && marks[i].start.ms == a->span.from.ms)
            return true;
    return false;
}

static bool is_reminded(const struct appt_seat *s)
{
    return s->is_told && (s->answer == APPT_ACCEPTED || s->answer == APPT_NOT_NEEDED);
}

/* The marks of one person, the last due first, so that the first that may go out is the one that does. */
static uint32_t due_for(const struct remind_policy *p, const struct appt *a, const struct appt_seat *s,
                        struct instant booked_at, const struct remind_mark *marks, uint32_t mark_count,
                        struct instant now, struct remind_mark *ret_marks)
{
    uint32_t made = 0;
    bool has_newer = now.ms >= a->span.from.ms;
    for (uint8_t r = p->count; r-- > 0;) {
        struct instant due = due_at(p, a, r);
        if (due.ms > now.ms) continue;
        bool known = is_marked(marks, mark_count, a, s->resource, r);
        if (!known)
            ret_marks[made++] = (struct remind_mark){
                s->resource, a->span.from, r, has_newer || due.ms < booked_at.ms ? REMIND_PASS : REMIND_SEND};
        has_newer = true;
    }
    return made;
}

uint32_t remind_due(const struct remind_policy *p, const struct appt *a, struct instant booked_at,
                    const struct remind_mark *marks, uint32_t mark_count, struct instant now,
                    struct remind_mark ret_marks[REMIND_MARKS_MAX])
{
    uint32_t made = 0;
    if (!appt_is_firm(a->state)) return 0;
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (is_reminded(&a->seats[i]))
            made += due_for(p, a, &a->seats[i], booked_at, marks, mark_count, now, ret_marks + made);
    return made;
}

bool remind_next(const struct remind_policy *p, const struct appt *a, struct instant now,
                 struct instant *ret_at)
{
    if (!appt_is_firm(a->state)) return false;
    for (uint8_t r = 0; r < p->count; r++)
        if (due_at(p, a, r).ms > now.ms) {
            *ret_at = due_at(p, a, r);
            return true;
        }
    return false;
}
