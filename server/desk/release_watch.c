#include "desk/release_watch.h"
#include "base/log.h"
#include <stdatomic.h>

#define HOUR_MS ((int64_t)3600 * 1000)

void release_watch_init(struct release_watch *w, struct site *site)
{
    *w = (struct release_watch){.site = site};
}

/* A row for each, the patient's own trail shows it. */
static enum err note(struct release_watch *w, uint32_t i)
{
    const struct record_head *h = &w->heads[i];
    struct str type = fhir_name(fhir_types[fhir_resources[h->resource].type].name);
    const char *target =
        arena_printf(w->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)h->id.bytes, h->id.at);
    if (!target) return ERR_NOMEM;
    w->rows[i] = (struct audit_row){.next = w->job.audit,
                                    .from = STR("server"),
                                    .action = STR("record.release-due"),
                                    .actor = STR(""),
                                    .role = STR(""),
                                    .target = str_of(target),
                                    .detail = STR(""),
                                    .subjects = &h->patient,
                                    .subject_count = 1};
    w->job.audit = &w->rows[i];
    return OK;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct release_watch *w = (struct release_watch *)(void *)job;
    uint32_t n = 0;
    enum err err = release_by_clock(tx, w->arena, w->site->settings.release_h * HOUR_MS, w->heads, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = note(w, i);
    return err;
}

static void done(struct job *job, enum err err)
{
    struct release_watch *w = (struct release_watch *)(void *)job;
    if (err && err != ERR_CLOSED) log_warn("release", "not_looked_after", LOG_E(err));
    arena_free(w->arena);
    w->arena = NULL;
    atomic_store(&w->is_out, false);
}

void release_watch_step(struct release_watch *w)
{
    if (w->site->settings.release_h == 0 || atomic_exchange(&w->is_out, true)) return;
    w->arena = arena_new(1024 * 1024);
    w->job = (struct job){.run = run, .done = done};
    enum err err = w->arena ? store_write(w->site->store, &w->job) : ERR_NOMEM;
    if (!err) return;
    arena_free(w->arena);
    w->arena = NULL;
    atomic_store(&w->is_out, false);
}
