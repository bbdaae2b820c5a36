#include "ward.h"
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/guard_schema.h"
#include "records/records.h"

enum { TABLES_MAX = 48 };

static void join(struct migration to[TABLES_MAX], const struct migration *const *tables, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (const struct migration *m = tables[i]; m->number; m++) {
            CHECK(at < TABLES_MAX - 1);
            to[at++] = *m;
        }
    to[at] = (struct migration){0};
}

static enum err people(struct tx *tx, void *with)
{
    struct ward *w = with;
    const struct {
        const char *name;
        enum role role;
        char *id;
    } all[] = {
        {"doctor", ROLE_CLINIC_DOCTOR, w->doctor},
        {"nurse", ROLE_NURSE, w->nurse},
        {"specialist", ROLE_SPECIALIST, w->specialist},
        {"officer", ROLE_PRIVACY_OFFICER, w->officer},
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const char *code;
        struct account_start start = {.name = str_of(all[i].name),
                                      .display = str_of(all[i].name),
                                      .staff_number = str_of(all[i].name),
                                      .roles = {ROLE_BIT(all[i].role)},
                                      .password = STR("x")};
        enum err err = account_add(tx, &start, all[i].id, &code);
        if (err) return err;
    }
    return OK;
}

enum err ward_open(struct ward *w)
{
    const struct migration *const tables[] = {auth_migrations,   records_migrations,      guard_migrations,
                                              attach_migrations, records_late_migrations, chart_migrations};
    struct migration all[TABLES_MAX];
    char dir[256], key[256], why[256] = "";
    struct instant now;
    const char *tmp = check_tmp_dir();
    log_level_set(LOG_ERROR);
    snprintf(dir, sizeof dir, "%s/data", tmp);
    snprintf(key, sizeof key, "%s/data.key", tmp);
    CHECK(instant_from_text(STR("2026-11-23T07:24:07.000Z"), &now));
    clock_fake(now, (struct tick){1000000});
    join(all, tables, COUNT_OF(tables));
    *w = (struct ward){0};
    struct store_settings settings = {
        .dir = dir, .key_path = key, .create = true, .migrations = all, .queue_max = 64};
    w->arena = arena_new((size_t)16 * 1024 * 1024);
    enum err err = w->arena ? store_open(&settings, &w->store, why) : ERR_NOMEM;
    if (!err) err = ward_write(w, people, w);
    if (err && err != ERR_NOMEM) printf("  %s\n", why);
    if (err) ward_close(w);
    return err;
}

void ward_close(struct ward *w)
{
    if (w->store) store_close(w->store, 1000);
    arena_free(w->arena);
    w->store = NULL;
    w->arena = NULL;
}

struct body_job {
    struct job job; /* first */
    ward_body *body;
    void *with;
};

static enum err run_body(struct job *job, struct tx *tx)
{
    struct body_job *b = (struct body_job *)job;
    return b->body(tx, b->with);
}

enum err ward_write(struct ward *w, ward_body *body, void *with)
{
    struct body_job b = {.job.run = run_body, .body = body, .with = with};
    return store_run(w->store, &b.job);
}

static enum err exec(struct tx *tx, void *with)
{
    return db_exec(tx->db, with);
}

enum err ward_exec(struct ward *w, const char *sql)
{
    char text[1024];
    snprintf(text, sizeof text, "%s", sql);
    return ward_write(w, exec, text);
}
