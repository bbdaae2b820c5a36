#include "scheduler/oncall.h"
#include "scheduler/state_table.h"

const struct oncall_policy oncall_default = {60000, 2};

/* What an event does in a state; where it goes, the code below says how far. */
struct cell {
    enum oncall_no no;
    enum oncall_state next, other; /* the other when nobody is left */
};
/* clang-format off */
static const struct cell table[ONCALL_STATES][ONCALL_VERBS] = {
    [ONCALL_RINGING] = {
        [ONCALL_DO_ANSWER] = {ONCALL_YES, ONCALL_ANSWERED, ONCALL_ANSWERED},
        [ONCALL_DO_DECLINE] = {ONCALL_YES, ONCALL_RINGING, ONCALL_NOBODY},
        [ONCALL_DO_TICK] = {ONCALL_YES, ONCALL_RINGING, ONCALL_NOBODY},
        [ONCALL_DO_CANCEL] = {ONCALL_YES, ONCALL_CANCELLED, ONCALL_CANCELLED}},
    [ONCALL_ANSWERED] = {
        [ONCALL_DO_ANSWER] = {ONCALL_NO_TAKEN, 0, 0}, [ONCALL_DO_DECLINE] = {ONCALL_NO_TAKEN, 0, 0},
        [ONCALL_DO_TICK] = {ONCALL_NO_OVER, 0, 0},    [ONCALL_DO_CANCEL] = {ONCALL_NO_TAKEN, 0, 0}},
    [ONCALL_NOBODY] = {
        [ONCALL_DO_ANSWER] = {ONCALL_YES, ONCALL_ANSWERED, ONCALL_ANSWERED},
        [ONCALL_DO_DECLINE] = {ONCALL_NO_OVER, 0, 0},
        [ONCALL_DO_TICK] = {ONCALL_NO_OVER, 0, 0},
        [ONCALL_DO_CANCEL] = {ONCALL_YES, ONCALL_CANCELLED, ONCALL_CANCELLED}},
    [ONCALL_CANCELLED] = {
        [ONCALL_DO_ANSWER] = {ONCALL_NO_OVER, 0, 0}, [ONCALL_DO_DECLINE] = {ONCALL_NO_OVER, 0, 0},
        [ONCALL_DO_TICK] = {ONCALL_NO_OVER, 0, 0},   [ONCALL_DO_CANCEL] = {ONCALL_NO_OVER, 0, 0}},
};
/* clang-format on */
static const char *const states[ONCALL_STATES] = {"ringing", "answered", "nobody", "cancelled"};
static const char *const verbs[ONCALL_VERBS] = {"answer", "decline", "tick", "cancel"};
static const char *const nos[ONCALL_NOS] = {"yes", "another has answered", "over", "not rung in this page",
                                            "too early"};

static bool rings_before(const struct oncall_person *a, const struct oncall_person *b)
{
    if (a->priority != b->priority) return a->priority < b->priority;
    if (a->last_rung.ms != b->last_rung.ms) return a->last_rung.ms < b->last_rung.ms;
    return a->person.n < b->person.n;
}

uint8_t oncall_order(const struct oncall_person *people, uint32_t count, struct instant now,
                     struct resource_id ret_order[ONCALL_PEOPLE_MAX])
{
    const struct oncall_person *first[ONCALL_PEOPLE_MAX];
    uint8_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (now.ms < people[i].duty.from.ms || now.ms >= people[i].duty.until.ms) continue;
        if (n == ONCALL_PEOPLE_MAX && !rings_before(&people[i], first[n - 1])) continue;
        uint8_t at = n < ONCALL_PEOPLE_MAX ? n++ : (uint8_t)(n - 1);
        for (; at > 0 && rings_before(&people[i], first[at - 1]); at--)
            first[at] = first[at - 1];
        first[at] = &people[i];
    }
    for (uint8_t i = 0; i < n; i++)
        ret_order[i] = first[i]->person;
    return n;
}

static void add(struct oncall_change *c, enum oncall_act act, struct resource_id person)
{
    ASSERT(c->action_count < ONCALL_ACTIONS_MAX);
    c->actions[c->action_count].act = act;
    c->actions[c->action_count++].person = person;
}

void oncall_begin(const struct resource_id *order, uint8_t count, struct tick now,
                  struct oncall_change *ret_change)
{
    struct oncall_change c = {
        .after = {.state = count ? ONCALL_RINGING : ONCALL_NOBODY, .count = count, .rung_at = now}};
    ASSERT(count <= ONCALL_PEOPLE_MAX);
    for (uint8_t i = 0; i < count; i++)
        c.after.people[i] = order[i];
    if (count)
        add(&c, ONCALL_RING, order[0]);
    else
        add(&c, ONCALL_ESCALATE, (struct resource_id){0});
    *ret_change = c;
}

struct tick oncall_next(const struct oncall_policy *p, const struct oncall *o)
{
    ASSERT(o->state == ONCALL_RINGING);
    return (struct tick){o->rung_at.ms + p->ring_ms};
}

/* The next who has not declined, in this round or a later one; or the page is over. */
static void ring_next(const struct oncall_policy *p, struct tick now, struct oncall_change *c)
{
    struct oncall *o = &c->after;
    add(c, ONCALL_STOP, o->people[o->at]);
    for (uint16_t steps = 0; steps < (uint16_t)(ONCALL_PEOPLE_MAX + 1); steps++) {
        if (++o->at == o->count) {
            o->at = 0;
            o->round++;
        }
        if (o->round >= p->rounds) break;
        if (o->declined[o->at]) continue;
        o->rung_at = now;
        add(c, ONCALL_RING, o->people[o->at]);
        return;
    }
    o->state = ONCALL_NOBODY;
    add(c, ONCALL_ESCALATE, (struct resource_id){0});
}

/* Everybody up to the one who rings now, and in later rounds everybody. */
static bool has_been_rung(const struct oncall *o, uint8_t who)
{
    return who < o->count && (o->round > 0 || o->state == ONCALL_NOBODY || who <= o->at);
}

static uint8_t place_of(const struct oncall *o, struct resource_id person)
{
    uint8_t who = 0;
    while (who < o->count && o->people[who].n != person.n)
        who++;
    return who;
}

static enum oncall_no answer(uint8_t who, struct oncall_change *c)
{
    struct oncall *o = &c->after;
    if (!has_been_rung(o, who)) return ONCALL_NO_UNRUNG;
    if (o->state == ONCALL_RINGING && o->at != who) add(c, ONCALL_STOP, o->people[o->at]);
    o->state = ONCALL_ANSWERED;
    o->answered_by = o->people[who];
    add(c, ONCALL_CONNECT, o->people[who]);
    return ONCALL_YES;
}

static enum oncall_no decline(const struct oncall_policy *p, uint8_t who, struct tick now,
                              struct oncall_change *c)
{
    if (!has_been_rung(&c->after, who)) return ONCALL_NO_UNRUNG;
    c->after.declined[who] = true;
    if (who == c->after.at) ring_next(p, now, c);
    return ONCALL_YES;
}

enum oncall_no oncall_decide(const struct oncall_policy *p, const struct oncall *o, enum oncall_verb v,
                             struct resource_id person, struct tick now, struct oncall_change *ret_change)
{
    struct oncall_change c = {.after = *o};
    ASSERT(o->state < ONCALL_STATES && v < ONCALL_VERBS);
    enum oncall_no no = table[o->state][v].no;
    if (no) return no;
    if (v == ONCALL_DO_ANSWER)
        no = answer(place_of(o, person), &c);
    else if (v == ONCALL_DO_DECLINE)
        no = decline(p, place_of(o, person), now, &c);
    else if (v == ONCALL_DO_TICK && now.ms < oncall_next(p, o).ms)
        no = ONCALL_NO_EARLY;
    else if (v == ONCALL_DO_TICK)
        ring_next(p, now, &c);
    else {
        if (o->state == ONCALL_RINGING) add(&c, ONCALL_STOP, o->people[o->at]);
        c.after.state = ONCALL_CANCELLED;
    }
    if (no) return no;
    ASSERT(c.after.state == table[o->state][v].next || c.after.state == table[o->state][v].other);
    *ret_change = c;
    return ONCALL_YES;
}

const char *oncall_state_text(enum oncall_state s)
{
    ASSERT(s < ONCALL_STATES);
    return states[s];
}

const char *oncall_no_text(enum oncall_no n)
{
    ASSERT(n < ONCALL_NOS);
    return nos[n];
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    const struct cell *c = &table[s][v];
    state_table_step(t, (int)c->no, (int)c->next, to);
    if (!c->no && c->other != c->next) buf_printf(to, " or **%s**", states[c->other]);
}

void oncall_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, ONCALL_STATES, ONCALL_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}
