#include "desk/ticker.h"
#include "base/log.h"
#include "base/mem.h"
#include "desk/epidemic_watch.h"
#include "desk/escalate.h"
#include "desk/follow_up.h"
#include "desk/origin.h"
#include "desk/ring.h"
#include "desk/schedule.h"
#include <stdatomic.h>

enum { ARENA_MAX = 64 << 20, AT_ONCE = 16 };

/* Who writes when nobody does: this program, as a device. */
static const struct origin by_clock = {.author_system = ORIGIN_OURS "device", .author = {"yunqiaod", 8}};

struct ticker {
    struct job job; /* first */
    struct site *site;
    struct arena *arena; /* of the job that is out */
    struct schedule_news *news;
    struct schedule_leave *leaves;
    bool has_more;
    atomic_bool is_out;
};

/* A row of the trail for each version that was written, for each step of what is late, and for each grant. */
static enum err leave_trail(struct ticker *t, const struct record_reader *server, const char *action,
                            const struct escalate_told *told, const struct schedule_act *acts)
{
    enum err err = OK;
    for (uint32_t i = server->written_count; i-- > 0 && !err;)
        err = origin_note_record(
            t->arena, &t->job, &server->written[i], action,
            arena_printf(t->arena, "{\"versions\":[%lld]}", (long long)server->written[i].seq));
    for (; told && !err; told = told->next)
        err = origin_note_record(t->arena, &t->job, &told->head, "work.overdue",
                                 arena_printf(t->arena, "{\"kind\":\"%s\",\"to\":\"%s\"}",
                                              escalate_kind_text(told->kind), escalate_to_text(told->to)));
    for (; acts && !err; acts = acts->next)
        err = origin_note(t->arena, &t->job, acts->action, acts->target, acts->detail, &acts->patient);
    return err;
}

static enum err watch_signs(struct ticker *t, struct schedule *s)
{
    struct epidemic_raised *raised;
    static const int64_t nobody;
    bool more = false;
    enum err err = epidemic_watch_turn(s, &t->site->settings.clinic.epidemic, &raised, &more);
    for (; raised && !err; raised = raised->next)
        err = origin_note(t->arena, &t->job, "epidemic.alarm",
                          arena_printf(t->arena, "Block/%s", raised->block),
                          arena_printf(t->arena, "{\"sign\":\"%s\",\"people\":%lld}",
                                       epidemic_sign_text(raised->sign), (long long)raised->people),
                          &nobody);
    return err;
}

/* Holds, answers, repairs, reminders and rings. */
static enum err tick_plan(struct ticker *t, struct schedule *s, bool is_due, bool rings)
{
    enum err err = agenda_view(t->site->agenda, s->tx, t->site->records, &s->view);
    if (err) return err;
    s->joint = agenda_joint(t->site->agenda);
    err = s->joint ? OK : ERR_NOMEM;
    if (!err && is_due) err = schedule_tick(s, AT_ONCE, &t->has_more);
    if (!err && rings) err = ring_tick(s, t->site->started.ms);
    agenda_joint_back(t->site->agenda, s->joint);
    agenda_view_free(s->view);
    s->joint = NULL, s->view = NULL;
    return err;
}

static enum err lapse(struct ticker *t, struct tx *tx)
{
    struct record_reader server = {.records = t->site->records, .arena = t->arena};
    enum err err = follow_up_lapse(tx, &server);
    if (!err) err = origin_write(tx, &server, &by_clock);
    return err ? err : leave_trail(t, &server, "follow-up.lapse", NULL, NULL);
}

static enum err tick(struct ticker *t, struct tx *tx)
{
    struct instant next;
    struct escalate_told *told = NULL;
    enum err err = lapse(t, tx);
    if (!err) err = schedule_next(tx, &next);
    bool rings = false, works = false, signs = false, more,
         is_due = !err && next.ms != 0 && next.ms <= tx->now.ms;
    if (!err) err = ring_waits(tx, &rings);
    if (!err) err = escalate_waits(tx, &works);
    if (!err) err = epidemic_watch_waits(tx, &signs);
    if (err || (!is_due && !rings && !works && !signs)) return err;
    struct schedule s = {.tx = tx, .server = {.records = t->site->records, .arena = t->arena}};
    if (is_due || rings) err = tick_plan(t, &s, is_due, rings);
    if (!err && works) err = escalate_turn(&s, &t->site->settings.clinic, &told, &more);
    if (!err && signs) err = watch_signs(t, &s);
    if (!err) err = origin_write(tx, &s.server, &by_clock);
    if (!err) err = leave_trail(t, &s.server, "booking.clock", told, s.acts);
    t->news = s.news, t->leaves = s.leaves;
    return err;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct ticker *t = (struct ticker *)(void *)job;
    t->news = NULL, t->leaves = NULL, t->has_more = false;
    t->arena = arena_new(ARENA_MAX);
    enum err err = t->arena ? tick(t, tx) : ERR_NOMEM;
    if (err) t->job.audit = NULL; /* nothing of it is kept */
    return err;
}

static void done(struct job *job, enum err err)
{
    struct ticker *t = (struct ticker *)(void *)job;
    if (err && err != ERR_CLOSED) log_error("agenda", "tick_failed", LOG_E(err));
    for (struct schedule_news *n = t->news; n && !err && t->site->notify; n = n->next)
        t->site->notify(
            t->site,
            &(struct site_notice){.account = n->account, .role = n->role, .kind = n->kind, .data = n->data});
    if (!err) schedule_leave_all(t->site->calls, t->leaves);
    arena_free(t->arena);
    t->arena = NULL, t->news = NULL, t->leaves = NULL;
    atomic_store(&t->is_out, false);
}

struct ticker *ticker_new(struct site *site)
{
    struct ticker *t = mem_zalloc(sizeof *t);
    if (!t) return NULL;
    t->site = site;
    atomic_init(&t->is_out, false);
    return t;
}

void ticker_free(struct ticker *t)
{
    if (!t) return;
    arena_free(t->arena);
    mem_free(t);
}

void ticker_turn(struct ticker *t)
{
    if (atomic_exchange(&t->is_out, true)) return;
    t->job = (struct job){.run = run, .done = done};
    if (store_write(t->site->store, &t->job)) atomic_store(&t->is_out, false);
}
