#include "base/log.h"
#include "store/scrub.h"
#include "world.h"

static void scrub_all(struct scrub *s, struct db *db, int step)
{
    bool more = true;
    scrub_init(s, db);
    while (more)
        CHECK_OK(scrub_step(s, step, &more));
}

TEST(a_scrub_checks_every_page_a_few_at_a_time)
{
    struct world w;
    struct scrub s;
    bool more;
    world_start(&w);
    model_schema(w.db);
    for (int n = 1; n <= 40; n++)
        CHECK_OK(model_run(w.db, n));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    int64_t pages = db_pages(w.db);
    scrub_init(&s, w.db);
    CHECK_OK(scrub_step(&s, 3, &more));
    CHECK(more);
    CHECK_INT(s.checked, 3);
    CHECK_INT(s.pages, pages);
    scrub_all(&s, w.db, 7);
    CHECK_INT(s.checked, pages);
    CHECK_INT(s.bad, 0);
    CHECK_INT(s.first_bad, 0);
    world_end(&w);
}

TEST(a_scrub_finds_damaged_pages_while_the_store_serves)
{
    struct world w;
    struct scrub s;
    world_start(&w);
    model_schema(w.db);
    for (int n = 1; n <= 60; n++)
        CHECK_OK(model_run(w.db, n));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    CHECK_INT(model_check(w.db), 60); /* in its cache */
    int64_t pages = db_pages(w.db);
    file_flip(w.path, ((pages - 2) * VAULT_PAGE_BYTES + 100) * 8);
    file_flip(w.path, (4 * VAULT_PAGE_BYTES + 4090) * 8);
    log_to(-1);
    scrub_all(&s, w.db, 10);
    log_to(2);
    CHECK_INT(s.checked, pages);
    CHECK_INT(s.bad, 2);
    CHECK_INT(s.first_bad, 5);
    CHECK_INT(model_check(w.db), 60);
    db_close(w.db);
    vault_free(w.vault);
}
