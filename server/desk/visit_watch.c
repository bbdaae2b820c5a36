#include "desk/visit_watch.h"
#include "base/log.h"
#include "desk/calls.h"
#include "desk/origin.h"
#include "desk/visit.h"
#include <stdatomic.h>

enum { ARENA_MAX = 16 << 20 };

static const struct origin by_clock = {.author_system = ORIGIN_OURS "device", .author = {"yunqiaod", 8}};

void visit_watch_init(struct visit_watch *w, struct site *site)
{
    *w = (struct visit_watch){.site = site};
}

/* What was seen, not what was decided: a turn that fails leaves it as true as before. */
static struct instant alone_since(struct visit_watch *w, int64_t encounter, struct instant now)
{
    for (uint32_t i = 0; i < w->alone_count; i++)
        if (w->alone[i].encounter == encounter) return w->alone[i].since;
    if (w->alone_count < VISIT_WATCH_MOST)
        w->alone[w->alone_count++] = (struct visit_watch_alone){encounter, now};
    return now;
}

static void not_alone(struct visit_watch *w, int64_t encounter)
{
    for (uint32_t i = 0; i < w->alone_count; i++)
        if (w->alone[i].encounter == encounter) w->alone[i] = w->alone[--w->alone_count];
}

static enum err leave_trail(struct visit_watch *w, const struct record_reader *server)
{
    enum err err = OK;
    for (uint32_t i = 0; i < server->written_count && !err; i++)
        err = origin_note_record(
            w->arena, &w->job, &server->written[i], "visit.clock",
            arena_printf(w->arena, "{\"versions\":[%lld]}", (long long)server->written[i].seq));
    return err;
}

static enum err look_after(struct visit_watch *w, struct tx *tx, struct record_reader *server, int64_t row)
{
    struct visit v;
    int inside = 0, outside = 0;
    enum visit_no no;
    enum err err = visit_of_encounter(tx, server, row, &v);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    const char *room = arena_text(server->arena, v.room.at, v.room.bytes);
    if (!room) return ERR_NOMEM;
    calls_sides(w->site->calls, room, &inside, &outside);
    bool are_both = inside > 0 && outside > 0;
    if (are_both) not_alone(w, row);
    bool is_lost = !are_both && tx->now.ms - alone_since(w, row, tx->now).ms >= VISIT_WATCH_ALONE_MS;
    if (!are_both && !is_lost) return OK;
    enum visit_state next = visit_next(v.state, are_both ? VISIT_DO_RESUME : VISIT_DO_INTERRUPT, &no);
    if (no != VISIT_YES) return OK;
    err = visit_put_state(tx, server, &v, next, NULL);
    const char *data =
        arena_printf(server->arena, "{\"visit\":\"%.*s\",\"state\":\"%s\"}", (int)v.encounter.head.id.bytes,
                     v.encounter.head.id.at, visit_state_text(v.state));
    if (!err && !data) err = ERR_NOMEM;
    if (!err) w->told[w->told_count++] = data;
    return err;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct visit_watch *w = (struct visit_watch *)(void *)job;
    int64_t rows[VISIT_WATCH_MOST];
    uint32_t n;
    enum err err = visit_running(tx, rows, VISIT_WATCH_MOST, &n);
    if (err || n == 0 || !w->site->calls) return err;
    w->arena = arena_new(ARENA_MAX);
    if (!w->arena) return ERR_NOMEM;
    struct record_reader server = {.records = w->site->records, .arena = w->arena};
    for (uint32_t i = 0; i < n && !err; i++)
        err = look_after(w, tx, &server, rows[i]);
    if (!err) err = origin_write(tx, &server, &by_clock);
    if (!err) err = leave_trail(w, &server);
    if (err) w->job.audit = NULL; /* nothing of it is kept */
    return err;
}

static void done(struct job *job, enum err err)
{
    static const char *const roles[] = {"clinic-doctor", "nurse"};
    struct visit_watch *w = (struct visit_watch *)(void *)job;
    for (uint32_t i = 0; i < w->told_count && !err && w->site->notify; i++)
        for (size_t r = 0; r < COUNT_OF(roles); r++)
            w->site->notify(w->site, &(struct site_notice){
                                         .role = roles[r], .kind = "visit_changed", .data = w->told[i]});
    if (err && err != ERR_CLOSED) log_warn("visits", "not_looked_after", LOG_E(err));
    arena_free(w->arena);
    w->arena = NULL;
    w->told_count = 0;
    atomic_store(&w->is_out, false);
}

void visit_watch_step(struct visit_watch *w)
{
    if (atomic_exchange(&w->is_out, true)) return;
    w->job = (struct job){.run = run, .done = done};
    if (store_write(w->site->store, &w->job)) atomic_store(&w->is_out, false);
}
