#include "desk/clockwatch.h"
#include "base/log.h"
#include "base/mem.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct clockwatch {
    struct job job; /* first */
    struct site *site;
    struct instant wall; /* as it stood at the last turn; 0: none yet */
    int64_t tick_us;
    int64_t jump_ms; /* of the job that is out; 0: it looks back at the trail's last row */
    struct audit_row row;
    char detail[64];
    atomic_bool is_out;
};

static void note(struct clockwatch *w)
{
    snprintf(w->detail, sizeof w->detail, "{\"ms\":%lld}", (long long)w->jump_ms);
    w->row = (struct audit_row){.from = STR("server"),
                                .action = STR("clock.jump"),
                                .actor = STR(""),
                                .role = STR(""),
                                .target = STR(""),
                                .detail = str_of(w->detail)};
    w->job.audit = &w->row;
}

/* At the start: rows that are ahead of the clock were written before it was set back. */
static enum err look_back(struct clockwatch *w, struct tx *tx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT at FROM audit ORDER BY seq DESC LIMIT 1", &s);
    if (err) return err;
    err = stmt_step(s, &row);
    int64_t ahead = !err && row ? stmt_get_instant(s, 0).ms - tx->now.ms : 0;
    stmt_done(s);
    if (ahead < CLOCKWATCH_JUMP_MS) return err;
    w->jump_ms = -ahead;
    note(w);
    return err;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct clockwatch *w = (struct clockwatch *)(void *)job;
    return w->jump_ms ? OK : look_back(w, tx);
}

static void done(struct job *job, enum err err)
{
    struct clockwatch *w = (struct clockwatch *)(void *)job;
    if (err && err != ERR_CLOSED) log_error("clock", "not_noted", LOG_E(err));
    atomic_store(&w->is_out, false);
}

static void post(struct clockwatch *w, int64_t jump_ms)
{
    w->jump_ms = jump_ms;
    w->job = (struct job){.run = run, .done = done};
    if (jump_ms) {
        log_warn("clock", "jumped", LOG_I("ms", jump_ms));
        note(w);
    }
    atomic_store(&w->is_out, true);
    if (store_write(w->site->store, &w->job) != OK) atomic_store(&w->is_out, false);
}

struct clockwatch *clockwatch_new(struct site *site)
{
    struct clockwatch *w = mem_zalloc(sizeof *w);
    if (w) w->site = site;
    return w;
}

void clockwatch_free(struct clockwatch *w)
{
    mem_free(w);
}

void clockwatch_turn(struct clockwatch *w)
{
    struct instant wall = clock_now();
    int64_t tick_us = clock_tick_us();
    if (atomic_load(&w->is_out)) return; /* what happens meanwhile is seen at the next turn */
    bool is_first = w->wall.ms == 0;
    int64_t jump_ms = is_first ? 0 : wall.ms - w->wall.ms - (tick_us - w->tick_us) / 1000;
    w->wall = wall;
    w->tick_us = tick_us;
    if (is_first || llabs(jump_ms) >= CLOCKWATCH_JUMP_MS) post(w, jump_ms);
}
