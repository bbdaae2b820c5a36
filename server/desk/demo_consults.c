/* Which consultations there were in the year, are today and come in the next days. Those of today stand as they would at this minute;
 * the doctor and the two specialists whom one logs in as first are left free now, for whom a colleague rings. */
#include "desk/demo_consult.h"
#include <stdio.h>

enum {
    SMALL_SITE = 20, /* below: too few people to consult about */
    MINUTES = 40,
    ESCORTS_FROM = 5, /* the first ones have errands of their own (demo_escorts.c) */
    DAYS_AHEAD = 10
};

/* A day of the site: 0 is Monday. */
static int weekday(int64_t day)
{
    return (int)((day + 3) % 7);
}

/* The half day, when the specialist has it: 0 morning, 1 afternoon. */
static bool has_half(const struct demo_gen *g, int specialist, int64_t day, int half)
{
    int w = weekday(day);
    return w < 5 && (g->specialists[specialist].halves >> (2 * w + half) & 1);
}

/* Who asks for it, somebody who was there days before; -1: nobody was found. */
static int patient(struct demo_gen *g, int detainees, int64_t day)
{
    for (int tries = 0; tries < 12; tries++) {
        int who = 1 + (int)demo_below(g, (uint32_t)detainees - 1);
        if (g->arrived[who] < day - 3) return who;
    }
    return -1;
}

/* One of the department's ten; the first of the first three departments have accounts. */
static int specialist_for(struct demo_gen *g, const struct demo_topic *topic)
{
    return topic->department + 30 * (int)demo_below(g, 10);
}

static void in_the_past(struct demo_gen *g, int detainees)
{
    int n = 0;
    for (int64_t day = g->today - 350; day < g->today - 1 && !g->err; day += demo_between(g, 1, 4)) {
        const struct demo_topic *topic = &demo_topics[demo_below(g, DEMO_TOPICS)];
        int half = (int)demo_below(g, 2), fate = (int)demo_below(g, 100);
        char id[DEMO_ID_BYTES];
        struct demo_consult c = {.id = id,
                                 .specialist = specialist_for(g, topic),
                                 .doctor = (int)demo_below(g, 2),
                                 .topic = topic,
                                 .state = APPT_FULFILLED,
                                 .triage = demo_chance(g, 25) ? TRIAGE_SOON : TRIAGE_ROUTINE,
                                 .minutes = MINUTES};
        for (int k = 0; k < 10 && !has_half(g, c.specialist, day, half); k++)
            c.specialist = topic->department + 30 * ((c.specialist / 30 + 1) % 10);
        c.who = patient(g, detainees, day);
        if (!has_half(g, c.specialist, day, half) || c.who < 0) continue;
        c.at = day * MINUTES_A_DAY + (half ? 14 * 60 : 8 * 60 + 30) + 10 * demo_between(g, 0, 13);
        c.escort = ESCORTS_FROM + demo_between(g, 0, 7);
        if (fate < 5) {
            c.state = APPT_NOSHOW, c.side = fate < 3 ? APPT_CUSTODY : APPT_HOSPITAL;
            c.reason = fate < 3 ? APPT_NO_ESCORT : APPT_OTHER_DUTY;
        } else if (fate < 11) {
            c.state = APPT_CANCELLED, c.side = fate < 8 ? APPT_CLINIC : APPT_DETAINEE;
            c.reason = fate < 8 ? APPT_NEED_GONE : APPT_CARE_REFUSED;
        }
        snprintf(id, sizeof id, "demo-consult-%d", ++n);
        demo_consult(g, &c);
    }
}

/* -- today and after -- */

/* A lane is a doctor with a room and an escort: what stands in one lane one after the other meets nothing. */
struct coming {
    int doctor, topic, specialist, at_min; /* specialist -1: any of the department */
    enum triage triage;
};

static void keep(struct demo_gen *g, struct demo_consult *c, const struct coming *m, int who, int n)
{
    char id[DEMO_ID_BYTES];
    snprintf(id, sizeof id, DEMO_BOOKING, n);
    c->id = id, c->who = who, c->topic = &demo_topics[m->topic], c->doctor = m->doctor, c->triage = m->triage;
    c->escort = ESCORTS_FROM + m->doctor, c->minutes = MINUTES;
    demo_consult(g, c);
}

static void today(struct demo_gen *g, int *n)
{
    static const struct coming all[] = {
        {0, 0, 0, 9 * 60, TRIAGE_SOON},        {1, 2, 2, 9 * 60 + 30, TRIAGE_ROUTINE},
        {1, 3, -1, 10 * 60 + 40, TRIAGE_SOON}, {0, 0, 0, 11 * 60, TRIAGE_ROUTINE},
        {0, 5, -1, 14 * 60 + 30, TRIAGE_SOON}, {1, 4, -1, 15 * 60, TRIAGE_ROUTINE},
        {1, 2, 2, 16 * 60, TRIAGE_ROUTINE},    {0, 0, 0, 16 * 60 + 40, TRIAGE_ROUTINE},
        {1, 1, 1, 17 * 60 + 10, TRIAGE_SOON},  {0, 8, -1, 19 * 60 + 30, TRIAGE_URGENT},
        {1, 6, -1, 20 * 60 + 40, TRIAGE_SOON},
    };
    for (size_t i = 0; i < COUNT_OF(all) && !g->err; i++) {
        const struct coming *m = &all[i];
        struct demo_consult c = {.specialist = m->specialist, .at = g->today * MINUTES_A_DAY + m->at_min};
        bool is_over = c.at + MINUTES <= g->minute, is_soon = c.at < g->minute + 90;
        int who = 31 + 17 * (int)i;
        if (c.specialist < 0) c.specialist = specialist_for(g, &demo_topics[m->topic]);
        if ((m->doctor == 0 || m->specialist == 1) && !is_over && is_soon) continue;
        c.state = is_over ? APPT_FULFILLED : c.at <= g->minute ? APPT_ARRIVED : APPT_BOOKED;
        keep(g, &c, m, who, ++*n);
    }
}

/* Each in the first free half day of lane and specialist. */
static void after(struct demo_gen *g, int *n)
{
    static const struct coming all[] = {
        {0, 0, 0, 20, TRIAGE_ROUTINE}, {1, 2, 2, 0, TRIAGE_ROUTINE},   {0, 1, 1, 30, TRIAGE_SOON},
        {1, 7, -1, 40, TRIAGE_SOON},   {0, 3, -1, 10, TRIAGE_ROUTINE}, {1, 9, -1, 60, TRIAGE_ROUTINE},
        {0, 0, 0, 60, TRIAGE_SOON},    {1, 10, -1, 20, TRIAGE_SOON},   {0, 11, -1, 0, TRIAGE_ROUTINE},
        {1, 2, 2, 50, TRIAGE_ROUTINE},
    };
    bool used[2][DAYS_AHEAD + 1][2] = {0};
    for (size_t i = 0; i < COUNT_OF(all) && !g->err; i++) {
        const struct coming *m = &all[i];
        struct demo_consult c = {.specialist = m->specialist, .state = APPT_BOOKED};
        if (c.specialist < 0) c.specialist = specialist_for(g, &demo_topics[m->topic]);
        for (int slot = 2; slot < 2 * (DAYS_AHEAD + 1) && !c.at; slot++) {
            int day = slot / 2, half = slot % 2;
            if (used[m->doctor][day][half] || !has_half(g, c.specialist, g->today + day, half)) continue;
            used[m->doctor][day][half] = true;
            c.at = (g->today + day) * MINUTES_A_DAY + (half ? 14 * 60 : 8 * 60 + 30) + m->at_min;
        }
        /* Two of those whom one logs in as are still to answer. */
        if (i == 6 || i == 9) c.state = APPT_PENDING, c.until = g->minute + 12 * 60;
        if (c.at > g->minute + 13 * 60) keep(g, &c, m, 23 + 19 * (int)i, ++*n);
    }
}

void demo_consults(struct demo_gen *g, int detainees, bool is_unbooked)
{
    int n = 0;
    if (detainees < SMALL_SITE) return;
    demo_seed(g, 7000);
    in_the_past(g, detainees);
    if (is_unbooked || detainees < DEMO_DETAINEES) return; /* what comes names people by their number */
    today(g, &n);
    after(g, &n);
}
