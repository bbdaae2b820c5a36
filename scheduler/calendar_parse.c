#include "base/mem.h"
#include "scheduler/calendar.h"
#include <stdio.h>

struct parser {
    struct calendar_day *days;
    uint32_t count, room;
    unsigned line;
    char *why;
};

static enum err refuse(const struct parser *p, const char *what)
{
    snprintf(p->why, CALENDAR_WHY_BYTES, "line %u: %s", p->line, what);
    return ERR_BAD_INPUT;
}

static enum err make_room(struct parser *p)
{
    if (p->count < p->room) return OK;
    if (p->count >= CALENDAR_DAYS_MAX) {
        (void)refuse(p, "too many days");
        return ERR_LIMIT;
    }
    uint32_t room = p->room ? p->room * 2 : 64;
    struct calendar_day *days = mem_resize(p->days, room * sizeof *days);
    if (!days) return ERR_NOMEM;
    p->days = days;
    p->room = room;
    return OK;
}

static enum err insert(struct parser *p, const struct calendar_day *day)
{
    enum err err = make_room(p);
    if (err) return err;
    uint32_t at = p->count;
    while (at > 0 && p->days[at - 1].day.days >= day->day.days)
        at--;
    if (at < p->count && p->days[at].day.days == day->day.days) return refuse(p, "a day is named twice");
    memmove(&p->days[at + 1], &p->days[at], (p->count - at) * sizeof *p->days);
    p->days[at] = *day;
    p->count++;
    return OK;
}

/* "2026-02-15" or "2026-02-15..2026-02-23"; a stretch is at most a month, so that a wrong year is noticed. */
static enum err read_stretch(struct parser *p, struct str word, struct date *ret_first, struct date *ret_last)
{
    struct str first = word, last = word;
    if (word.bytes == 22 && memcmp(word.at + 10, "..", 2) == 0) {
        first.bytes = last.bytes = 10;
        last.at += 12;
    }
    if (!date_from_text(first, ret_first) || !date_from_text(last, ret_last))
        return refuse(p, "not a day, or no such day");
    if (ret_last->days < ret_first->days) return refuse(p, "the last day is before the first");
    if (ret_last->days - ret_first->days >= 31) return refuse(p, "more than 31 days");
    return OK;
}

static enum err read_kind(struct parser *p, struct str *rest, struct calendar_day *day)
{
    struct str word = str_cut(rest, ' ');
    if (str_is_text(word, "holiday"))
        day->kind = DAY_HOLIDAY;
    else if (str_is_text(word, "workday"))
        day->kind = DAY_MAKEUP;
    else
        return refuse(p, "neither holiday nor workday");
    *rest = str_trim(*rest);
    if (day->kind != DAY_MAKEUP || !str_starts(*rest, STR("as "))) return OK;
    (void)str_cut(rest, ' ');
    *rest = str_trim(*rest);
    word = str_cut(rest, ' ');
    return weekday_from_text(word, &day->as) ? OK : refuse(p, "no such weekday after \"as\"");
}

static enum err read_name(struct parser *p, struct str name, struct calendar_day *day)
{
    name = str_trim(name);
    if (name.bytes >= CALENDAR_NAME_BYTES) return refuse(p, "the name is too long");
    if (!str_is_utf8(name)) return refuse(p, "the name is not UTF-8");
    for (size_t i = 0; i < name.bytes; i++)
        if ((unsigned char)name.at[i] < 0x20 || name.at[i] == 0x7f)
            return refuse(p, "a control character in the name");
    if (str_is_text(name, "as") || str_starts(name, STR("as ")))
        return refuse(p, "\"as\" belongs to a workday, and names one weekday");
    if (name.bytes) memcpy(day->name, name.at, name.bytes);
    return OK;
}

static enum err read_line(struct parser *p, struct str line)
{
    struct calendar_day day = {0};
    struct date last;
    if (line.bytes && line.at[line.bytes - 1] == '\r') line.bytes--;
    line = str_trim(line);
    if (line.bytes == 0 || line.at[0] == '#') return OK;
    struct str word = str_cut(&line, ' ');
    line = str_trim(line);
    enum err err = read_stretch(p, word, &day.day, &last);
    if (!err) err = read_kind(p, &line, &day);
    if (!err) err = read_name(p, line, &day);
    for (; !err && day.day.days <= last.days; day.day.days++)
        err = insert(p, &day);
    return err;
}

enum err calendar_parse(struct str text, struct calendar *ret_calendar, char ret_why[CALENDAR_WHY_BYTES])
{
    struct parser p = {.why = ret_why};
    enum err err = OK;
    while (!err && text.bytes) {
        p.line++;
        err = read_line(&p, str_cut(&text, '\n'));
    }
    if (err) {
        mem_free(p.days);
        return err;
    }
    *ret_calendar = (struct calendar){p.days, p.count};
    return OK;
}
