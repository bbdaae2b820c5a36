#include "store/verify.h"
#include "base/log.h"
#include "store/scrub.h"
#include <time.h>

enum { PAGES_A_STEP = 256, PAUSE_US = 1000 }; /* 1 MiB a step: a few milliseconds, then others' turn */

static void tally_scrub(struct store *s, int state, const struct scrub *scrub)
{
    struct store_tally *t = &s->tally;
    pthread_mutex_lock(&t->lock);
    t->scrub = state;
    t->scrub_pages = scrub->checked;
    t->scrub_bad = scrub->bad;
    if (state != SCRUB_RUNNING) t->scrub_last = clock_now();
    pthread_mutex_unlock(&t->lock);
}

static enum err scrub_all(struct store *s, struct chore_work *w, struct scrub *scrub)
{
    enum err err = OK;
    bool more = true;
    while (!err && more) {
        err = scrub_step(scrub, PAGES_A_STEP, &more);
        tally_scrub(s, SCRUB_RUNNING, scrub);
        chore_progress(w, scrub->checked, scrub->pages);
        if (!err) err = chore_breathe(s);
        struct timespec pause = {.tv_nsec = PAUSE_US * 1000};
        if (more) (void)nanosleep(&pause, NULL);
    }
    return err;
}

enum err scrub_work(struct store *s, struct chore_work *w)
{
    struct scrub scrub = {0};
    struct db *db = NULL;
    enum err err = store_connect(s, DB_READ, &db);
    if (!err) {
        scrub_init(&scrub, db);
        err = scrub_all(s, w, &scrub);
        db_close(db);
    }
    tally_scrub(s, err && err != ERR_CLOSED ? SCRUB_FAILED : scrub.bad ? SCRUB_FAILED : SCRUB_IDLE, &scrub);
    if (err) return err;
    w->count = scrub.bad;
    if (scrub.bad)
        log_error("store", "pages_damaged", LOG_I("pages", scrub.bad), LOG_I("first", scrub.first_bad));
    else
        log_info("store", "scrubbed", LOG_I("pages", scrub.checked));
    return OK;
}

struct verify_turn {
    struct store *store;
    struct chore_work *work;
};

static void verified_some(void *ctx, int64_t done, int64_t of)
{
    struct verify_turn *turn = ctx;
    chore_progress(turn->work, done, of);
    (void)!chore_breathe(turn->store); /* it reads on when the store is closing: a verdict is a verdict */
}

enum err verify_work(struct store *s, struct chore_work *w)
{
    struct verify_turn turn = {s, w};
    struct db *db;
    enum err err = store_connect(s, DB_READ, &db);
    if (err) return err;
    err = audit_verify(db, s->folder.anchor.at, w->report, verified_some, &turn);
    db_close(db);
    if (!err && w->report->damage != AUDIT_WHOLE)
        log_error("store", "audit_damaged", LOG_T("damage", audit_damage_text(w->report->damage)),
                  LOG_I("seq", w->report->seq));
    return err;
}
