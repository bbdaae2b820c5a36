#include "desk/demo_day.h"
#include "desk/demo_gen.h"
#include <stdio.h>
#include <stdlib.h>

enum { MINUTE = 60, HOUR = 3600, DAY_S = 86400, SITE_OFFSET_S = 8 * HOUR, EVENTS_A_PERSON_MAX = 4 };

struct writing {
    struct demo_gen g; /* its numbers and names */
    const struct demo_day *how;
    struct arena *arena;
    struct event *events;
    size_t n;
    int64_t midnight; /* seconds since 1970: the day's begin at the site */
    enum err err;
};

struct held {
    struct str number, family, given;
    struct date birth;
    bool is_woman;
    int cell;
};

static struct str text(struct writing *w, const char *format, ...) PRINTF_LIKE(2, 3);
static struct str text(struct writing *w, const char *format, ...)
{
    char words[80];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    char *kept = arena_alloc(w->arena, (size_t)n + 1);
    if (!kept) {
        w->err = ERR_NOMEM;
        return (struct str){0};
    }
    memcpy(kept, words, (size_t)n + 1);
    return (struct str){kept, (size_t)n};
}

/* at, noted: seconds since midnight. */
static struct event *say(struct writing *w, enum event_kind kind, const struct held *p, int64_t at,
                         int64_t noted)
{
    char day[DATE_TEXT_BYTES];
    struct event *e = &w->events[w->n];
    date_text(w->how->day, day);
    *e = (struct event){.kind = kind,
                        .control = text(w, "SIM-%llu-%s-%06zu", (unsigned long long)w->how->seed, day, w->n),
                        .at = {(w->midnight + at) * 1000},
                        .recorded = {(w->midnight + noted) * 1000},
                        .number = p->number,
                        .stay = p->number,
                        .family = p->family,
                        .given = p->given,
                        .birth = p->birth,
                        .has_birth = true,
                        .sex = p->is_woman ? SEX_FEMALE : SEX_MALE};
    w->n++;
    return e;
}

static void into_cell(struct writing *w, struct event *e, int cell)
{
    char name[DEMO_CELL_BYTES];
    demo_cell_number(cell, name);
    struct str rest = text(w, "%s", name);
    e->where = WHERE_CELL;
    e->block = str_cut(&rest, '/');
    e->cell = rest;
}

static int64_t between(struct writing *w, int64_t least, int64_t most)
{
    return least + demo_below(&w->g, (uint32_t)(most - least + 1));
}

/* Written down some minutes after it was. */
static int64_t noted(struct writing *w, int64_t at)
{
    return at + between(w, 1 * MINUTE, 20 * MINUTE);
}

static struct held somebody(struct writing *w, int who)
{
    struct demo_name n;
    struct held p = {.is_woman = demo_chance(&w->g, 12)};
    demo_name(&w->g, p.is_woman, &n);
    p.number = text(w, "9%03llu%05d", (unsigned long long)w->how->seed, who);
    p.family = text(w, "%s", n.family);
    p.given = text(w, "%s", n.given);
    p.birth = date_add(w->how->day, -demo_between(&w->g, 19 * 365, 66 * 365));
    p.cell = (int)demo_below(&w->g, DEMO_CELLS);
    return p;
}

/* -- what may happen to somebody in a day -- */

static void comes(struct writing *w, const struct held *p)
{
    int64_t at = between(w, 8 * HOUR, 17 * HOUR);
    bool is_late = demo_chance(&w->g, 10);
    struct event *e = say(w, EVENT_ADMIT, p, at, is_late ? at + 3 * HOUR : noted(w, at));
    into_cell(w, e, p->cell);
    if (!demo_chance(&w->g, 15)) return;
    at += between(w, 30 * MINUTE, 90 * MINUTE);
    say(w, EVENT_CANCEL_ADMIT, p, at, noted(w, at));
}

static void moves(struct writing *w, const struct held *p)
{
    int64_t at = between(w, 9 * HOUR, 17 * HOUR);
    into_cell(w, say(w, EVENT_TRANSFER, p, at, noted(w, at)),
              (p->cell + demo_between(&w->g, 1, 40)) % DEMO_CELLS);
    if (!demo_chance(&w->g, 10)) return;
    at += between(w, 25 * MINUTE, 40 * MINUTE);
    say(w, EVENT_CANCEL_TRANSFER, p, at, noted(w, at));
}

static void goes_out(struct writing *w, const struct held *p, enum event_where where)
{
    bool is_court = where == WHERE_COURT;
    int64_t at = is_court ? between(w, 8 * HOUR, 9 * HOUR) : between(w, 9 * HOUR, 16 * HOUR);
    say(w, EVENT_TRANSFER, p, at, noted(w, at))->where = where;
    if (!is_court && demo_chance(&w->g, 50)) return;
    at += between(w, 3 * HOUR, 7 * HOUR);
    into_cell(w, say(w, EVENT_TRANSFER, p, at, noted(w, at)), p->cell);
}

static void leaves(struct writing *w, const struct held *p)
{
    int64_t at = between(w, 8 * HOUR, 9 * HOUR);
    say(w, EVENT_PENDING, p, at, noted(w, at));
    at = between(w, 10 * HOUR, 17 * HOUR);
    say(w, EVENT_DISCHARGE, p, at, noted(w, at))->end =
        demo_chance(&w->g, 80) ? END_RELEASED : END_TRANSFERRED;
    if (!demo_chance(&w->g, 10)) return;
    at += between(w, 25 * MINUTE, 40 * MINUTE);
    say(w, EVENT_CANCEL_DISCHARGE, p, at, noted(w, at));
}

/* What was wrong is the birthday's year. */
static void is_corrected(struct writing *w, const struct held *p)
{
    struct held right = *p;
    int64_t at = between(w, 9 * HOUR, 17 * HOUR);
    right.birth = date_add_months(p->birth, 12);
    say(w, EVENT_UPDATE, &right, at, noted(w, at));
}

/* Came before under a number that was made for them by mistake, with a birthday that is not theirs: the two become one. */
static void had_two_numbers(struct writing *w, const struct held *p, int who)
{
    struct held other = *p;
    int64_t came = -between(w, 91, 120) * DAY_S, left = came + 2 * DAY_S,
            at = between(w, 10 * HOUR, 16 * HOUR);
    other.number = text(w, "8%03llu%05d", (unsigned long long)w->how->seed, who);
    other.birth = date_add_months(p->birth, -12);
    into_cell(w, say(w, EVENT_ADMIT, &other, came, who), p->cell);
    say(w, EVENT_DISCHARGE, &other, left, who)->end = END_RELEASED;
    say(w, EVENT_MERGE, p, at, noted(w, at))->prior = other.number;
}

static void live(struct writing *w, int who)
{
    struct held p = somebody(w, who);
    uint32_t lot = demo_below(&w->g, 100);
    if (lot < 12) {
        comes(w, &p);
        return;
    }
    /* Held at midnight: told before all else, one a second. */
    int64_t came = -between(w, 1, 90) * DAY_S + between(w, 9 * HOUR, 20 * HOUR);
    into_cell(w, say(w, EVENT_ADMIT, &p, came, who), p.cell);
    if (lot < 34)
        moves(w, &p);
    else if (lot < 42)
        goes_out(w, &p, WHERE_COURT);
    else if (lot < 46)
        goes_out(w, &p, WHERE_HOSPITAL);
    else if (lot < 51)
        leaves(w, &p);
    else if (lot < 57)
        is_corrected(w, &p);
    else if (lot < 59)
        had_two_numbers(w, &p, who);
}

static int by_when_noted(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->recorded.ms != y->recorded.ms) return x->recorded.ms < y->recorded.ms ? -1 : 1;
    return memcmp(x->control.at, y->control.at, x->control.bytes); /* of one length */
}

enum err demo_day_events(const struct demo_day *how, struct arena *arena, struct event **ret, size_t *ret_n)
{
    struct writing w = {.how = how, .arena = arena};
    if (how->people < 1 || how->people > DEMO_DAY_PEOPLE_MAX || how->seed > 999) return ERR_BAD_INPUT;
    w.midnight = (int64_t)how->day.days * DAY_S - SITE_OFFSET_S;
    w.events = arena_alloc(arena, (size_t)how->people * EVENTS_A_PERSON_MAX * sizeof *w.events);
    if (!w.events) return ERR_NOMEM;
    demo_seed(&w.g, 40000 + how->seed * 1000003 + (uint64_t)(uint32_t)how->day.days * 1009);
    for (int i = 0; i < how->people && !w.err; i++)
        live(&w, i);
    if (w.err) return w.err;
    qsort(w.events, w.n, sizeof *w.events, by_when_noted);
    *ret = w.events;
    *ret_n = w.n;
    return OK;
}
