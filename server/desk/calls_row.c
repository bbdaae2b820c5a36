/* The calls thread's way to the store: a row of the trail, alone or with what the book says; it comes back as mail. */
#include "auth/account.h"
#include "base/log.h"
#include "base/mem.h"
#include "desk/calls_own.h"

enum { ARENA_BYTES = 16 * 1024 * 1024 }; /* at most: what a room is of the record is read there */

void admission_free(struct admission *a)
{
    if (!a) return;
    calls_mail_free(a->mail);
    struct arena *arena = a->arena;
    arena_free(arena);
}

struct admission *admission_new(struct calls *c, enum mail_kind kind)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct admission *a = arena ? arena_zalloc(arena, sizeof *a) : NULL;
    struct mail *m = a ? calls_mail_new(kind) : NULL;
    if (!m) {
        arena_free(arena);
        return NULL;
    }
    a->arena = arena;
    a->calls = c;
    a->mail = m;
    m->admission = a;
    return a;
}

static void row_done(struct job *job, enum err err)
{
    struct admission *a = (struct admission *)(void *)job;
    struct calls *c = a->calls;
    a->err = err;
    atomic_fetch_sub(&c->rows_out, 1);
    /* It comes back always: how many are out is bounded by the store's own queue. */
    if (box_put_always(c->box, &a->mail->item) != OK) admission_free(a);
}

enum err admission_post(struct calls *c, struct admission *a)
{
    a->job.done = row_done;
    atomic_fetch_add(&c->rows_out, 1);
    enum err err = store_write(c->settings.store, &a->job);
    if (err) atomic_fetch_sub(&c->rows_out, 1);
    return err;
}

bool admission_row(struct admission *a, const struct room_trace *t)
{
    enum role role = role_set_first(t->roles);
    struct str texts[] = {str_of(t->account), str_of(t->from), str_of(t->action), str_of(t->target),
                          str_of(t->detail)};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        texts[i].at = arena_text(a->arena, texts[i].at ? texts[i].at : "", texts[i].bytes);
        if (!texts[i].at) return false;
    }
    a->row = (struct audit_row){.actor = texts[0],
                                .role = role == ROLE_COUNT ? STR("") : str_of(role_name(role)),
                                .from = texts[1],
                                .action = texts[2],
                                .target = texts[3],
                                .detail = texts[4],
                                .outcome = AUDIT_OK};
    a->job.audit = &a->row;
    return true;
}

enum err admission_run(struct job *job, struct tx *tx)
{
    (void)job, (void)tx;
    return OK;
}

void calls_trace(void *ctx, const struct room_trace *t)
{
    struct calls *c = ctx;
    struct admission *a = admission_new(c, MAIL_ROW);
    enum err err = a && admission_row(a, t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = admission_run;
        err = admission_post(c, a);
    }
    if (!err) return;
    admission_free(a);
    log_error("calls", "row_lost", LOG_T("action", t->action), LOG_E(err));
}

void admission_refuse(struct admission *a, const char *code)
{
    a->code = code;
    a->row.outcome = AUDIT_REFUSED;
    const char *detail = arena_printf(a->arena, "{\"code\":\"%s\"}", code);
    if (detail) a->row.detail = str_of(detail);
}

static enum err run_minute(struct job *job, struct tx *tx)
{
    const struct admission *a = (const struct admission *)(const void *)job;
    return call_quality_add(tx, &a->minute);
}

void calls_quality(void *ctx, const struct room_line_minute *m)
{
    struct calls *c = ctx;
    struct admission *a = admission_new(c, MAIL_ROW);
    enum err err = a ? OK : ERR_NOMEM;
    if (!err) {
        a->minute = *m;
        a->minute.visit = arena_text(a->arena, m->visit, strlen(m->visit));
        a->minute.account = arena_text(a->arena, m->account, strlen(m->account));
        a->minute.source = arena_text(a->arena, m->source, strlen(m->source));
        if (!a->minute.visit || !a->minute.account || !a->minute.source) err = ERR_NOMEM;
        a->job.run = run_minute;
    }
    if (!err) err = admission_post(c, a);
    if (!err) return;
    admission_free(a);
    log_error("calls", "minute_lost", LOG_E(err));
}
