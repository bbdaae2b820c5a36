#include "world.h"

TEST(what_is_written_is_read_again_after_opening_anew)
{
    struct world w;
    world_start(&w);
    person_schema(w.db);
    CHECK_OK(db_begin(w.db));
    for (int i = 0; i < 500; i++)
        CHECK_OK(person_put(w.db, i, 1));
    CHECK_OK(db_commit(w.db));
    world_reopen(&w);
    int64_t rows;
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    CHECK_INT(rows, 500);
    CHECK(is_whole(w.db));
    int64_t left;
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, &left));
    CHECK_INT(left, 0);
    CHECK_INT(file_bytes(with_tail(w.path, "-wal")), 0);
    world_reopen(&w);
    CHECK_INT(persons_wrong(w.db, &rows), 0);
    CHECK_INT(rows, 500);
    CHECK_INT(file_bytes(with_tail(w.path, "-shm")), -1);
    world_end(&w);
}
