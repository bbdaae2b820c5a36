#include "home.h"
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"

enum err home_open(struct home *h)
{
    char dir[256], key[256], why[256] = "";
    const char *tmp = check_tmp_dir();
    log_level_set(LOG_ERROR);
    snprintf(dir, sizeof dir, "%s/data", tmp);
    snprintf(key, sizeof key, "%s/data.key", tmp);
    struct instant now;
    CHECK(instant_from_text(STR("2026-11-23T07:24:07.000Z"), &now));
    clock_fake(now, (struct tick){1000000});
    *h = (struct home){0};
    struct store_settings settings = {
        .dir = dir, .key_path = key, .create = true, .migrations = auth_migrations, .queue_max = 64};
    h->arena = arena_new(16 * 1024 * 1024);
    enum err err = h->arena ? store_open(&settings, &h->store, why) : ERR_NOMEM;
    if (err && err != ERR_NOMEM) printf("  %s\n", why);
    if (err) home_close(h);
    return err;
}

void home_close(struct home *h)
{
    if (h->store) store_close(h->store, 1000);
    arena_free(h->arena);
    *h = (struct home){0};
}

struct body_job {
    struct job job; /* first */
    home_body *body;
    void *with;
};

static enum err run_body(struct job *job, struct tx *tx)
{
    struct body_job *b = (struct body_job *)job;
    return b->body(tx, b->with);
}

enum err home_write(struct home *h, home_body *body, void *with)
{
    struct body_job b = {.job.run = run_body, .body = body, .with = with};
    return store_run(h->store, &b.job);
}

enum err home_read(struct home *h, home_body *body, void *with)
{
    struct body_job b = {.job.run = run_body, .body = body, .with = with};
    return store_run_read(h->store, &b.job);
}

static enum err exec(struct tx *tx, void *with)
{
    return db_exec(tx->db, with);
}

enum err home_exec(struct home *h, const char *sql)
{
    char text[1024];
    snprintf(text, sizeof text, "%s", sql);
    return home_write(h, exec, text);
}

struct question {
    const char *sql;
    int64_t n;
};

static enum err ask_int(struct tx *tx, void *with)
{
    struct question *q = with;
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, q->sql, &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    q->n = row ? stmt_get_int(s, 0) : -1;
    stmt_done(s);
    return OK;
}

/* The cache of statements is keyed by the text's address: each text gets one that stays. */
static const char *keep(const char *sql)
{
    static char texts[128][256];
    static int n;
    for (int i = 0; i < n; i++)
        if (strcmp(texts[i], sql) == 0) return texts[i];
    CHECK(n < 128);
    snprintf(texts[n], sizeof texts[0], "%s", sql);
    return texts[n++];
}

int64_t home_int(struct home *h, const char *sql)
{
    struct question q = {keep(sql), -1};
    CHECK_OK(home_write(h, ask_int, &q));
    return q.n;
}

struct making {
    struct home *h;
    const char *name;
    uint32_t bits;
    struct account *ret;
};

static enum err find(struct tx *tx, void *with)
{
    struct making *m = with;
    return account_find_name(tx, m->h->arena, str_of(m->name), m->ret);
}

static enum err make(struct tx *tx, void *with)
{
    struct making *m = with;
    char id[ACCOUNT_ID_TEXT];
    const char *code = NULL;
    struct account_start start = {str_of(m->name), STR("测试"), str_of(m->name), {m->bits}, STR("no hash")};
    enum err err = account_add(tx, &start, id, &code);
    return err ? err : find(tx, with);
}

enum err home_account(struct home *h, const char *name, uint32_t role_bits, struct account *ret)
{
    return home_write(h, make, &(struct making){h, name, role_bits, ret});
}

enum err home_find(struct home *h, const char *name, struct account *ret)
{
    return home_read(h, find, &(struct making){h, name, 0, ret});
}
