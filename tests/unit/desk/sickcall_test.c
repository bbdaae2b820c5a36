/* Sick calls as records, the visits they lead to, and what is told when their hour has passed: on a fake clock. */
#include "../check.h"
#include "desk/escalate.h"
#include "desk/local_visit.h"
#include "plan_house.h"
#include <stdio.h>

static const struct sickcall_by nurse = {STR("nurse"), STR("陆白苏"), STR("Practitioner/demo-lubaisu")};
static const struct sickcall_by doctor = {STR("doctor"), STR("顾清和"), STR("Practitioner/demo-guqinghe")};
static char one[80], other[80], visit[80];

static void keep(char to[80], struct str id)
{
    snprintf(to, 80, "%.*s", (int)id.bytes, id.at);
}

TEST(two_texts_are_alike_by_the_pairs_of_letters_that_both_have)
{
    CHECK_INT(sickcall_likeness(STR("右眼肿"), STR("右眼肿")), 100);
    CHECK(sickcall_likeness(STR("右眼肿了三天，看东西重影"), STR("右眼还是肿，看东西重影")) >= 35);
    CHECK(sickcall_likeness(STR("右眼肿了三天"), STR("想重新配眼镜")) < 35);
    CHECK_INT(sickcall_likeness(STR("Tooth ache!"), STR("tooth, ACHE")), 100);
    CHECK_INT(sickcall_likeness(STR("痛"), STR("痛")), 0);
    CHECK_INT(sickcall_likeness(STR(""), STR("右眼肿")), 0);
    CHECK(sickcall_likeness(STR("\xe5\x8f"), STR("\xf0\x9f")) <= 100); /* what is cut off does no harm */
}

static enum err enter(struct turn *t)
{
    struct sickcall c;
    struct sickcall_start start = {.patient = STR("Patient/demo-p030"),
                                   .words = t->word ? str_of(t->word) : STR("右眼肿了三天，看东西重影"),
                                   .place = STR("eye"),
                                   .door = STR("voice")};
    CHECK_OK(sickcall_begin(t->s.tx, &t->s.server, &nurse, &start, &c));
    CHECK_INT(c.state, SICK_RECEIVED);
    CHECK_INT(c.received.ms, t->s.tx->now.ms);
    CHECK_INT(c.number, t->n);
    keep(t->word ? other : one, c.item.head.id);
    return OK;
}

static enum sick_no happen(struct turn *t, const char *id, struct sickcall_event e)
{
    struct sickcall c;
    enum sick_no no;
    CHECK_OK(sickcall_read(t->s.tx, &t->s.server, str_of(id), &c));
    CHECK_OK(sickcall_happen(t->s.tx, &t->s.server, &nurse, &c, &e, &no));
    return no;
}

static enum err link_and_plan(struct turn *t)
{
    struct sickcall c;
    struct local_visit v;
    struct str like[SICKCALL_LIKE_MAX];
    uint32_t n = 0;
    enum sick_no no;
    CHECK_OK(sickcall_read(t->s.tx, &t->s.server, str_of(other), &c));
    CHECK_OK(sickcall_like(t->s.tx, &t->s.server, &c, like, &n));
    CHECK(n == 1 && str_is_text(like[0], one));
    CHECK_INT(happen(t, one, (struct sickcall_event){.verb = SICK_DO_LINK, .to = str_of(other)}),
              SICK_NO_OVER);
    CHECK_INT(happen(t, other, (struct sickcall_event){.verb = SICK_DO_LINK, .to = str_of(one)}), SICK_YES);
    CHECK_OK(sickcall_read(t->s.tx, &t->s.server, str_of(one), &c));
    CHECK_OK(local_visit_plan(t->s.tx, &t->s.server, &nurse, &c, (struct instant){0}, &v, &no));
    CHECK_INT(no, SICK_NO_UNTRIAGED);
    CHECK_INT(happen(t, one, (struct sickcall_event){.verb = SICK_DO_TRIAGE, .triage = TRIAGE_URGENT}),
              SICK_YES);
    CHECK_OK(sickcall_read(t->s.tx, &t->s.server, str_of(one), &c));
    CHECK_OK(local_visit_plan(t->s.tx, &t->s.server, &nurse, &c, (struct instant){0}, &v, &no));
    CHECK_INT(no, SICK_YES);
    keep(visit, v.item.head.id);
    return OK;
}

static enum err step(struct turn *t)
{
    struct local_visit v;
    enum local_visit_no no;
    CHECK_OK(local_visit_read(t->s.tx, &t->s.server, str_of(visit), &v));
    CHECK_OK(local_visit_happen(t->s.tx, &t->s.server, &doctor, &v, (enum local_visit_verb)t->n,
                                STR("treated"), &no));
    CHECK_INT(no, LOCAL_VISIT_YES);
    return OK;
}

static enum err both_are_closed(struct turn *t)
{
    const char *const ids[] = {one, other};
    for (size_t i = 0; i < 2; i++) {
        struct sickcall c;
        CHECK_OK(sickcall_read(t->s.tx, &t->s.server, str_of(ids[i]), &c));
        CHECK_INT(c.state, SICK_CLOSED);
        CHECK_INT(c.seen.ms, t->start.ms);
        CHECK_STR(c.outcome, "treated");
    }
    return OK;
}

static struct escalate_told *told_now;
static enum err late(struct turn *t)
{
    bool more = true;
    t->n = 0;
    for (int i = 0; i < 100 && more; i++) {
        CHECK_OK(escalate_turn(&t->s, &escalate_limits_default, &told_now, &more));
        for (; told_now; told_now = told_now->next)
            if (str_is_text(told_now->head.id, one)) t->n = t->n * 10 + told_now->to + 1;
    }
    CHECK(!more);
    return OK;
}

static int64_t told_after(int64_t ms)
{
    struct turn t = {0};
    clock_fake((struct instant){MONDAY_MS + ms}, (struct tick){1000 + ms});
    turn(&t, late);
    return t.n;
}

static enum err enter_in_need(struct turn *t)
{
    struct sickcall c;
    struct sickcall_start start = {
        .patient = STR("Patient/demo-p030"), .words = STR("头晕"), .door = STR("paper")};
    enum err err = sickcall_begin(t->s.tx, &t->s.server, &nurse, &start, &c);
    return err ? err : ERR_DENIED;
}

TEST(a_call_is_told_when_late_each_step_once_and_ends_with_its_visit_and_what_is_linked_to_it)
{
    struct turn t = {0};
    fill();
    turn_refused(&t, enter_in_need); /* what is not kept leaves its number free */
    t = (struct turn){.n = 1};
    turn(&t, enter);
    CHECK_INT(told_after(0), 0);
    CHECK_INT(told_after(24 * HOUR_MS - 1), 0);
    CHECK_INT(told_after(24 * HOUR_MS), ESCALATE_NURSE + 1);
    CHECK_INT(told_after(24 * HOUR_MS + 1000), 0);
    CHECK_INT(told_after(30 * HOUR_MS), ESCALATE_DOCTOR + 1);
    CHECK_INT(told_after(31 * HOUR_MS), 0);
    t = (struct turn){.n = 2, .word = "眼睛还是肿"};
    turn(&t, enter);
    t = (struct turn){0};
    turn(&t, link_and_plan);
    CHECK_INT(told_after(40 * HOUR_MS), (ESCALATE_DOCTOR + 1) * 10 + ESCALATE_NURSE +
                                            1); /* for today, nine hours ago: both steps, the last first */
    t = (struct turn){.n = LOCAL_VISIT_DO_BEGIN};
    turn(&t, step);
    t = (struct turn){.n = LOCAL_VISIT_DO_FINISH};
    turn(&t, step);
    t = (struct turn){.start = {MONDAY_MS + 40 * HOUR_MS}};
    turn(&t, both_are_closed);
    CHECK_INT(told_after(90 * HOUR_MS), 0);
    close_store();
}
