#include "desk/release_watch.h"
#include "scheduler/terms.h"

void release_watch_init(struct release_watch *w, struct site *site)
{
    *w = (struct release_watch){.watch.site = site};
}

/* A row for each, the patient's own trail shows it. */
static enum err note(struct release_watch *w, uint32_t i)
{
    const struct record_head *h = &w->heads[i];
    struct str type = fhir_name(fhir_types[fhir_resources[h->resource].type].name);
    const char *target =
        arena_printf(w->watch.arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)h->id.bytes, h->id.at);
    if (!target) return ERR_NOMEM;
    w->rows[i] = (struct audit_row){.next = w->watch.job.audit,
                                    .from = STR("server"),
                                    .action = STR("record.release-due"),
                                    .actor = STR(""),
                                    .role = STR(""),
                                    .target = str_of(target),
                                    .detail = STR(""),
                                    .subjects = &h->patient,
                                    .subject_count = 1};
    w->watch.job.audit = &w->rows[i];
    return OK;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct release_watch *w = (struct release_watch *)(void *)job;
    uint32_t n = 0;
    enum err err =
        release_by_clock(tx, w->watch.arena, w->watch.site->settings.release_h * HOUR_MS, w->heads, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = note(w, i);
    return err;
}

static void done(struct job *job, enum err err)
{
    struct release_watch *w = (struct release_watch *)(void *)job;
    watch_over(&w->watch, err, "release");
}

void release_watch_step(struct release_watch *w)
{
    if (w->watch.site->settings.release_h == 0) return;
    watch_turn(&w->watch, 1024 * 1024, run, done);
}
