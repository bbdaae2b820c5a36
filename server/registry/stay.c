#include "registry/stay.h"
#include <stdlib.h>

/* -- the order -- */

static int order(const void *a, const void *b)
{
    return event_order(*(const struct event *const *)a, *(const struct event *const *)b);
}

/* Sorted, each once; NULL: no memory. */
static const struct event **sorted(struct arena *arena, const struct event *events, size_t n, size_t *ret_n)
{
    const struct event **in = arena_alloc(arena, (n ? n : 1) * sizeof *in);
    size_t kept = 0;
    if (!in) return NULL;
    for (size_t i = 0; i < n; i++)
        in[i] = &events[i];
    qsort(in, n, sizeof *in, order);
    for (size_t i = 0; i < n; i++)
        if (!kept || order(&in[kept - 1], &in[i])) in[kept++] = in[i];
    *ret_n = kept;
    return in;
}

/* What was taken back is as if it had never come; so is what took it back. */
static size_t take_back(const struct event **in, size_t n, enum event_kind what, enum event_kind by)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t last = kept;
        if (in[i]->kind != by) {
            in[kept++] = in[i];
            continue;
        }
        while (last && in[last - 1]->kind != what)
            last--;
        if (!last) continue;
        memmove(&in[last - 1], &in[last], (kept - last) * sizeof *in);
        kept--;
    }
    return kept;
}

/* -- one event after the other -- */

struct fold {
    struct arena *arena;
    struct stays *to;
    size_t events; /* no more stays, and no more periods of one, than that */
    enum err err;
};

static struct stay *last(struct fold *f)
{
    return f->to->count ? &f->to->stays[f->to->count - 1] : NULL;
}

static struct stay *open_one(struct fold *f)
{
    struct stay *s = last(f);
    return s && s->state == STAY_OPEN ? s : NULL;
}

static bool is_there(const struct stay_period *p, const struct event *e)
{
    return p->where == e->where && str_is(p->block, e->block) && str_is(p->cell, e->cell) &&
           str_is(p->bed, e->bed);
}

static void leave(struct stay *s, struct instant at)
{
    if (!s->period_count) return;
    s->periods[s->period_count - 1].is_open = false;
    s->periods[s->period_count - 1].end = at;
}

static void move(struct stay *s, const struct event *e)
{
    struct stay_period *p = s->period_count ? &s->periods[s->period_count - 1] : NULL;
    if (e->where == WHERE_UNSAID || (p && is_there(p, e))) return;
    if (p && p->start.ms == e->at.ms) s->period_count--; /* of no time at all: never there */
    leave(s, e->at);
    s->periods[s->period_count++] = (struct stay_period){.where = e->where,
                                                         .block = e->block,
                                                         .cell = e->cell,
                                                         .bed = e->bed,
                                                         .start = e->at,
                                                         .is_open = true};
}

static void begin(struct fold *f, const struct event *e, bool is_implied)
{
    struct stay_period *periods = arena_alloc(f->arena, f->events * sizeof *periods);
    if (!periods) {
        f->err = ERR_NOMEM;
        return;
    }
    unsigned ordinal = (unsigned)f->to->count;
    struct stay *s = &f->to->stays[f->to->count++];
    *s = (struct stay){
        .id = e->stay, .ordinal = ordinal, .is_implied = is_implied, .start = e->at, .periods = periods};
    move(s, e);
}

static void end(struct stay *s, enum stay_state state, struct instant at, enum event_end how)
{
    s->state = state;
    s->end = at;
    s->how = how;
    leave(s, at);
}

static void take(struct fold *f, const struct event *e)
{
    struct stay *s = open_one(f), *any = last(f);
    switch (e->kind) {
    case EVENT_ADMIT:
        if (s && s->is_implied) s->is_implied = false;
        if (s)
            move(s, e);
        else
            begin(f, e, false);
        return;
    case EVENT_TRANSFER:
        if (s)
            move(s, e);
        else if (!any)
            begin(f, e, true);
        else
            break;
        return;
    case EVENT_PENDING:
        if (!s) break;
        s->is_announced = true;
        return;
    case EVENT_DISCHARGE:
        if (!s) break;
        end(s, STAY_ENDED, e->at, e->end);
        return;
    case EVENT_CANCEL_ADMIT:
        if (!any || any->state == STAY_CANCELLED) break;
        end(any, STAY_CANCELLED, e->at, END_UNSAID);
        return;
    case EVENT_UPDATE:
    case EVENT_CANCEL_TRANSFER:
    case EVENT_CANCEL_DISCHARGE:
    case EVENT_MERGE:
    case EVENT_KINDS:
        break;
    }
    f->to->idle++;
}

enum err stays_fold(struct arena *arena, const struct event *events, size_t n, struct stays *ret)
{
    struct stays stays = {0};
    struct fold f = {arena, &stays, n, OK};
    size_t left = 0;
    const struct event **in = sorted(arena, events, n, &left);
    stays.stays = arena_alloc(arena, (n ? n : 1) * sizeof *stays.stays);
    if (!in || !stays.stays) return ERR_NOMEM;
    left = take_back(in, left, EVENT_TRANSFER, EVENT_CANCEL_TRANSFER);
    left = take_back(in, left, EVENT_DISCHARGE, EVENT_CANCEL_DISCHARGE);
    for (size_t i = 0; i < left && !f.err; i++)
        take(&f, in[i]);
    if (!f.err) *ret = stays;
    return f.err;
}

/* -- the person -- */

/* Of what is said, the word written down last; of two at one instant, the greater control. */
static bool is_later(const struct event *a, const struct event *b)
{
    if (!b || a->recorded.ms != b->recorded.ms) return !b || a->recorded.ms > b->recorded.ms;
    return event_order(a, b) > 0;
}

void person_fold(const struct event *events, size_t n, struct person_said *ret)
{
    const struct event *national = NULL, *name = NULL, *birth = NULL, *sex = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct event *e = &events[i];
        if (e->national.bytes && is_later(e, national)) national = e;
        if (e->family.bytes && is_later(e, name)) name = e;
        if (e->has_birth && is_later(e, birth)) birth = e;
        if (e->sex != SEX_UNSAID && is_later(e, sex)) sex = e;
    }
    *ret = (struct person_said){0};
    if (national) ret->national = national->national;
    if (name) {
        ret->family = name->family;
        ret->given = name->given;
    }
    if (birth) {
        ret->birth = birth->birth;
        ret->has_birth = true;
    }
    if (sex) ret->sex = sex->sex;
}
