#include "base/log.h"
#include "world.h"

TEST(a_copy_under_a_new_key_follows_the_writes_of_its_source)
{
    struct world w;
    struct db *to;
    struct db_copy *copy;
    int64_t left = 1, total, n = 50;
    world_start(&w);
    model_schema(w.db);
    for (int i = 1; i <= n; i++)
        CHECK_OK(model_run(w.db, i));
    CHECK_OK(vault_add_key(w.vault, key_two, "two"));
    const char *path = with_tail(w.path, ".new");
    CHECK_OK(db_open(w.vault, path, DB_CREATE, &to));
    CHECK_STR(str_of(db_key_name(w.db)), "one");
    CHECK_STR(str_of(db_key_name(to)), "two");
    CHECK_OK(db_copy_new(w.db, to, &copy));
    for (int steps = 0; left > 0; steps++) {
        CHECK(steps < 1000);
        CHECK_OK(db_copy_step(copy, 5, &left, &total));
        if (left > 0 && steps < 40) CHECK_OK(model_run(w.db, ++n));
    }
    db_copy_free(copy);
    CHECK_INT(total, db_pages(w.db));
    CHECK_OK(db_checkpoint(to, DB_CHECKPOINT_TRUNCATE, NULL));
    db_close(to);
    struct vault *only_two = world_vault(key_two, "two"), *only_one = world_vault(key_one, "one");
    CHECK_ERR(db_open(only_one, path, DB_WRITE, &to), ERR_KEY);
    CHECK_OK(db_open(only_two, path, DB_WRITE, &to));
    CHECK_INT(model_check(to), n);
    CHECK(is_whole(to));
    db_close(to);
    check_zero_counters(only_two);
    vault_free(only_one);
    vault_free(only_two);
    world_end(&w);
}

TEST(a_copy_given_up_leaves_its_target_empty)
{
    struct world w;
    struct db *to;
    struct db_copy *copy;
    int64_t left, total;
    world_start(&w);
    model_schema(w.db);
    for (int i = 1; i <= 30; i++)
        CHECK_OK(model_run(w.db, i));
    CHECK_OK(db_open(w.vault, with_tail(w.path, ".new"), DB_CREATE, &to));
    CHECK_OK(db_copy_new(w.db, to, &copy));
    CHECK_OK(db_copy_step(copy, 3, &left, &total));
    CHECK(left > 0);
    db_copy_free(copy);
    CHECK_INT(ask_int(to, "SELECT count(*) FROM sqlite_schema"), 0);
    db_close(to);
    world_end(&w);
}

TEST(a_damaged_source_is_not_copied)
{
    struct world w;
    struct db *to;
    struct db_copy *copy;
    int64_t left, total;
    world_start(&w);
    model_schema(w.db);
    for (int i = 1; i <= 60; i++)
        CHECK_OK(model_run(w.db, i));
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    file_flip(w.path, (int64_t)VAULT_PAGE_BYTES * 8 * (db_pages(w.db) - 2) + 1234);
    log_to(-1);
    world_reopen(&w);
    CHECK_OK(db_open(w.vault, with_tail(w.path, ".new"), DB_CREATE, &to));
    CHECK_OK(db_copy_new(w.db, to, &copy));
    CHECK_ERR(db_copy_step(copy, -1, &left, &total), ERR_CORRUPT);
    db_copy_free(copy);
    log_to(2);
    db_close(to);
    db_close(w.db);
    vault_free(w.vault);
}
