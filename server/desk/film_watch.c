#include "desk/film_watch.h"
#include "auth/role.h"
#include "scheduler/terms.h"

void film_watch_init(struct film_watch *w, struct site *site)
{
    *w = (struct film_watch){.watch.site = site};
}

static enum err note(struct film_watch *w, uint32_t i)
{
    const struct film_due *d = &w->due[i];
    const char *target = arena_printf(w->watch.arena, "Encounter/%.*s", (int)d->visit.bytes, d->visit.at);
    const char *detail =
        arena_printf(w->watch.arena, "{\"recording\":\"%.*s\"}", (int)d->name.bytes, d->name.at);
    if (!target || !detail) return ERR_NOMEM;
    w->rows[i] = (struct audit_row){.next = w->watch.job.audit,
                                    .from = STR("server"),
                                    .action = STR("recording.due"),
                                    .actor = STR(""),
                                    .role = STR(""),
                                    .target = str_of(target),
                                    .detail = str_of(detail),
                                    .subjects = &d->patient,
                                    .subject_count = 1};
    w->watch.job.audit = &w->rows[i];
    return OK;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct film_watch *w = (struct film_watch *)(void *)job;
    w->n = 0;
    enum err err = film_keep_look(tx, w->watch.arena, w->watch.site->settings.recording_days * DAY_MS, w->due,
                                  FILM_LOOK_MAX, &w->n);
    for (uint32_t i = 0; i < w->n && !err; i++)
        err = note(w, i);
    return err;
}

static void done(struct job *job, enum err err)
{
    struct film_watch *w = (struct film_watch *)(void *)job;
    struct site *site = w->watch.site;
    if (!err && w->n && site->notify)
        site->notify(site, &(struct site_notice){.role = role_name(ROLE_PRIVACY_OFFICER),
                                                 .kind = "recordings_due",
                                                 .data = "{}"});
    watch_over(&w->watch, err, "recording");
}

void film_watch_step(struct film_watch *w)
{
    if (w->watch.site->settings.recording_days == 0) return;
    watch_turn(&w->watch, 64 * 1024, run, done);
}
