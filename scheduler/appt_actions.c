#include "scheduler/appt_own.h"

static struct appt_action *add(struct appt_change *c, enum appt_act act)
{
    ASSERT(c->action_count < APPT_ACTIONS_MAX);
    struct appt_action *a = &c->actions[c->action_count++];
    a->act = act;
    return a;
}

static void tell(struct appt_change *c, struct resource_id who, enum appt_news news)
{
    struct appt_action *a = add(c, APPT_TELL);
    a->resource = who;
    a->news = news;
}

static bool is_moved(const struct appt *before, const struct appt *after)
{
    return before->span.from.ms != after->span.from.ms || before->span.until.ms != after->span.until.ms;
}

/* Who has been asked knows of it; who is not asked learns of it when it is booked. */
static bool knows(const struct appt *a, const struct appt_seat *s)
{
    if (!s->is_told || s->answer == APPT_UNASKED || s->answer == APPT_REFUSED) return false;
    if (s->answer == APPT_NOT_NEEDED)
        return appt_is_firm(a->state) || a->state == APPT_DECLINED || a->state == APPT_DISPLACED;
    return true;
}

static void tell_all(struct appt_change *c, const struct appt *whose, enum appt_news news,
                     struct resource_id but)
{
    for (uint8_t i = 0; i < whose->seat_count; i++)
        if (knows(whose, &whose->seats[i]) && whose->seats[i].resource.n != but.n)
            tell(c, whose->seats[i].resource, news);
}

static void invite(const struct appt *before, struct appt_change *c)
{
    bool moved = is_moved(before, &c->after);
    for (uint8_t i = 0; i < c->after.seat_count; i++) {
        const struct appt_seat *s = &c->after.seats[i], *was = appt_seat_of(before, s->resource);
        if (s->answer == APPT_ASKED && (moved || !was || was->answer != APPT_ASKED))
            add(c, APPT_INVITE)->resource = s->resource;
    }
}

/* Those who had a seat and have none any more. */
static void tell_unseated(const struct appt *before, struct appt_change *c)
{
    for (uint8_t i = 0; i < before->seat_count; i++)
        if (knows(before, &before->seats[i]) && !appt_seat_of(&c->after, before->seats[i].resource))
            tell(c, before->seats[i].resource, APPT_NEWS_ENDED);
}

static void add_news(const struct appt *before, struct appt_change *c)
{
    const struct appt *after = &c->after;
    bool was_firm = appt_is_firm(before->state), is_firm = appt_is_firm(after->state),
         moved = is_moved(before, after);
    invite(before, c);
    if (c->step.verb == APPT_DO_MOVE || c->step.verb == APPT_DO_REPAIR) tell_unseated(before, c);
    if (is_firm && (!was_firm || moved))
        tell_all(c, after, was_firm ? APPT_NEWS_MOVED : APPT_NEWS_BOOKED, (struct resource_id){0});
    else if (was_firm && after->state == APPT_PENDING) /* those who are not asked again */
        for (uint8_t i = 0; i < after->seat_count; i++) {
            const struct appt_seat *s = &after->seats[i];
            if (s->is_told && s->answer == APPT_NOT_NEEDED && moved) tell(c, s->resource, APPT_NEWS_MOVED);
        }
    if (was_firm && after->state == APPT_DECLINED) tell_all(c, after, APPT_NEWS_DECLINED, c->step.seat);
    if (after->state == APPT_DISPLACED) tell_all(c, before, APPT_NEWS_DISPLACED, (struct resource_id){0});
    if (appt_is_over(after->state) && after->state != APPT_FULFILLED)
        tell_all(c, before, APPT_NEWS_ENDED, (struct resource_id){0});
}

static void add_custody_and_reminders(const struct appt *before, struct appt_change *c)
{
    bool was = appt_is_firm(before->state), is = appt_is_firm(c->after.state),
         moved = is_moved(before, &c->after);
    if (was && (!is || moved) && c->after.state != APPT_FULFILLED) {
        add(c, APPT_RECALL_ESCORT);
        add(c, APPT_DROP_REMINDERS);
    }
    if (is && (!was || moved)) {
        add(c, APPT_ORDER_ESCORT);
        add(c, APPT_PLAN_REMINDERS);
    }
}

static bool is_kept(const struct plan_claim *claim, const struct plan_claim *now, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        if (now[i].resource.n == claim->resource.n && span_holds(now[i].span, claim->span)) return true;
    return false;
}

/* Time given back. What has been is of no use to anybody, nor what is over because it took place. */
static void add_freed(const struct appt *before, struct instant now, struct appt_change *c)
{
    struct plan_claim was[APPT_SEATS_MAX], is[APPT_SEATS_MAX];
    uint8_t was_count = appt_claims(before, was), is_count = appt_claims(&c->after, is);
    for (uint8_t i = 0; i < was_count; i++) {
        if (is_kept(&was[i], is, is_count) || was[i].span.until.ms <= now.ms) continue;
        struct appt_action *a = add(c, APPT_FREE);
        a->resource = was[i].resource;
        a->span = was[i].span;
        if (a->span.from.ms < now.ms) a->span.from = now;
    }
}

static void add_wake(const struct appt *before, struct appt_change *c)
{
    const struct appt *after = &c->after;
    if (!after->until.ms || (after->until.ms == before->until.ms && after->state == before->state)) return;
    struct appt_action *a = add(c, APPT_WAKE);
    a->at = after->until;
    a->due = after->state == APPT_HELD ? DUE_HOLD : after->state == APPT_PENDING ? DUE_ANSWER : DUE_REPAIR;
}

static bool closes_request(const struct appt *a)
{
    return a->state == APPT_FULFILLED ||
           (a->state == APPT_CANCELLED &&
            (a->reason == APPT_CARE_REFUSED || a->reason == APPT_NEED_GONE || a->reason == APPT_LEFT));
}

void appt_add_actions(const struct appt *before, struct instant now, struct appt_change *c)
{
    enum appt_state to = c->after.state;
    add_freed(before, now, c);
    add_custody_and_reminders(before, c);
    add_news(before, c);
    add_wake(before, c);
    if ((to == APPT_DECLINED && before->state != APPT_DECLINED) || to == APPT_DISPLACED)
        add(c, APPT_SEEK_REPAIR);
    if (to == APPT_DECLINED && before->state == APPT_DECLINED && c->step.verb == APPT_DO_DECLINE)
        add(c, APPT_SEEK_REPAIR);
    if (appt_is_over(to) && c->after.request.n)
        add(c, closes_request(&c->after) ? APPT_CLOSE_REQUEST : APPT_REQUEUE);
}
