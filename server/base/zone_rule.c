#include "base/zone_rule.h"

static bool take(struct str *s, char c)
{
    if (s->bytes == 0 || s->at[0] != c) return false;
    s->at++, s->bytes--;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool take_number(struct str *s, unsigned least, unsigned most, unsigned *ret_n)
{
    unsigned n = 0, digits = 0;
    for (; s->bytes && is_digit(s->at[0]) && digits < 3; digits++) {
        n = n * 10 + (unsigned)(s->at[0] - '0');
        s->at++, s->bytes--;
    }
    if (digits == 0 || n < least || n > most) return false;
    *ret_n = n;
    return true;
}

/* Letters alone, or <letters, digits and signs>; at least three. */
static bool take_name(struct str *s, char ret_name[ZONE_NAME_BYTES])
{
    bool quoted = take(s, '<');
    size_t n = 0;
    while (s->bytes && n < ZONE_NAME_BYTES - 1) {
        char c = s->at[0];
        if (!is_letter(c) && !(quoted && (is_digit(c) || c == '+' || c == '-'))) break;
        ret_name[n++] = c;
        s->at++, s->bytes--;
    }
    ret_name[n] = 0;
    return n >= 3 && (!quoted || take(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *s, unsigned hours_most, int32_t *ret_s)
{
    unsigned hour, minute = 0, second = 0;
    int sign = take(s, '-') ? -1 : 1;
    if (sign == 1) (void)take(s, '+');
    if (!take_number(s, 0, hours_most, &hour)) return false;
    if (take(s, ':')) {
        if (!take_number(s, 0, 59, &minute)) return false;
        if (take(s, ':') && !take_number(s, 0, 59, &second)) return false;
    }
    *ret_s = sign * (int32_t)(hour * 3600 + minute * 60 + second);
    return true;
}

static bool take_weekday_turn(struct str *s, struct zone_turn *t)
{
    unsigned month, week, day;
    if (!take_number(s, 1, 12, &month) || !take(s, '.') || !take_number(s, 1, 5, &week) || !take(s, '.') ||
        !take_number(s, 0, 6, &day))
        return false;
    t->kind = ZONE_TURN_WEEKDAY;
    t->month = (uint8_t)month, t->week = (uint8_t)week, t->day = (uint16_t)day;
    return true;
}

static bool take_turn(struct str *s, struct zone_turn *ret_turn)
{
    struct zone_turn t = {.second = 2 * 3600};
    unsigned day;
    if (!take(s, ',')) return false;
    if (take(s, 'M')) {
        if (!take_weekday_turn(s, &t)) return false;
    } else {
        bool julian = take(s, 'J');
        if (!take_number(s, julian, 365, &day)) return false;
        t.kind = julian ? ZONE_TURN_JULIAN : ZONE_TURN_DAY;
        t.day = (uint16_t)day;
    }
    if (take(s, '/') && !take_time(s, 167, &t.second)) return false;
    *ret_turn = t;
    return true;
}

/* In the string an offset is what to add to the wall to get UTC: the other way round. */
static bool take_offset(struct str *s, struct zone_offset *o)
{
    int32_t west;
    if (!take_time(s, 24, &west)) return false;
    o->s = -west;
    return true;
}

static struct date turn_date(const struct zone_turn *t, int32_t year)
{
    struct date first = date_of(year, 1, 1);
    if (t->kind == ZONE_TURN_DAY) return date_add(first, t->day);
    if (t->kind == ZONE_TURN_JULIAN)
        return date_add(first, t->day - 1 + (date_month_days(year, 2) == 29 && t->day >= 60));
    struct date month = date_of(year, t->month, 1);
    int32_t to_first = (t->day + 7 - (int32_t)date_weekday(month) % 7) % 7;
    int32_t day = to_first + (t->week - 1) * 7;
    while (day >= (int32_t)date_month_days(year, t->month))
        day -= 7;
    return date_add(month, day);
}

struct turn {
    int64_t at_s;
    const struct zone_offset *to;
};

static struct turn turn_in(const struct zone_rule *r, int32_t year, bool to_summer)
{
    const struct zone_turn *t = to_summer ? &r->start : &r->end;
    const struct zone_offset *from = to_summer ? &r->standard : &r->summer;
    return (struct turn){(int64_t)turn_date(t, year).days * 86400 + t->second - from->s,
                         to_summer ? &r->summer : &r->standard};
}

/* Summer time must begin and end in turn, in every year of the calendar's cycle. It may last for ever (its end is the
 * next year's beginning), but it may not end before it began nor begin again before it ended. */
static bool do_turns_alternate(const struct zone_rule *r)
{
    bool begins_first = turn_in(r, 2000, true).at_s < turn_in(r, 2000, false).at_s;
    for (int32_t year = 2000; year < 2400; year++) {
        int64_t begin = turn_in(r, year, true).at_s, end = turn_in(r, year, false).at_s;
        if (begins_first && (begin >= end || end > turn_in(r, year + 1, true).at_s)) return false;
        if (!begins_first && (end >= begin || begin >= turn_in(r, year + 1, false).at_s)) return false;
    }
    return true;
}

bool zone_rule_parse(struct str text, struct zone_rule *ret_rule)
{
    struct zone_rule r = {0};
    if (!take_name(&text, r.standard.name) || !take_offset(&text, &r.standard)) return false;
    if (text.bytes) {
        r.has_summer = r.summer.is_dst = true;
        if (!take_name(&text, r.summer.name)) return false;
        r.summer.s = r.standard.s + 3600;
        if (text.bytes && text.at[0] != ',' && !take_offset(&text, &r.summer)) return false;
        if (!take_turn(&text, &r.start) || !take_turn(&text, &r.end) || text.bytes) return false;
        if (!do_turns_alternate(&r)) return false;
    }
    *ret_rule = r;
    return true;
}

enum { TURNS = 6 };

/* The turns of the year that at_s lies in and of its neighbours (a turn may be a week off its year), in order.
 * Of two at one instant the one to summer time comes last: a zone that is on summer time for ever ends it and
 * begins it at once at New Year. */
static void turns_around(const struct zone_rule *r, int64_t at_s, struct turn ret_turns[TURNS])
{
    int32_t year = date_parts(wall_date((struct wall){at_s})).year;
    for (int i = 0; i < TURNS; i++) {
        struct turn t = turn_in(r, year - 1 + i / 2, i % 2);
        int at = i;
        for (; at > 0; at--) {
            struct turn *before = &ret_turns[at - 1];
            if (before->at_s < t.at_s || (before->at_s == t.at_s && !before->to->is_dst)) break;
            ret_turns[at] = *before;
        }
        ret_turns[at] = t;
    }
}

const struct zone_offset *zone_rule_offset(const struct zone_rule *r, int64_t at_s)
{
    struct turn turns[TURNS];
    if (!r->has_summer) return &r->standard;
    turns_around(r, at_s, turns);
    int last = 0;
    while (last + 1 < TURNS && turns[last + 1].at_s <= at_s)
        last++;
    return turns[last].to;
}

bool zone_rule_next(const struct zone_rule *r, int64_t after_s, int64_t *ret_at_s,
                    const struct zone_offset **ret_offset)
{
    struct turn turns[TURNS];
    if (!r->has_summer) return false;
    turns_around(r, after_s, turns);
    for (int i = 0; i < TURNS; i++) {
        if (turns[i].at_s <= after_s) continue;
        while (i + 1 < TURNS && turns[i + 1].at_s == turns[i].at_s)
            i++;
        *ret_at_s = turns[i].at_s;
        *ret_offset = turns[i].to;
        return true;
    }
    return false;
}
