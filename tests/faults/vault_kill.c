/* kill -9 at random moments under write load: no acknowledged transaction is lost, none is half there, and the file
 * always opens. The child runs the model with so small a cache that every larger transaction spills, and
 * checkpoints now and then; it says each number once its commit has returned. */
#include "../unit/vault/world.h"
#include "store/scrub.h"
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void child_checkpoint(struct db *db, int64_t n)
{
    enum db_checkpoint mode = n % 21 == 0   ? DB_CHECKPOINT_TRUNCATE
                              : n % 14 == 0 ? DB_CHECKPOINT_RESTART
                                            : DB_CHECKPOINT_PASSIVE;
    if (n % 7 == 0 && db_checkpoint(db, mode, NULL) != OK) _exit(5);
}

_Noreturn static void child_write(struct vault *v, const char *path, int64_t done, int said)
{
    struct db *db;
    if (db_open(v, path, DB_WRITE, &db) != OK || db_exec(db, "PRAGMA cache_size = 8") != OK) _exit(3);
    for (int64_t n = done + 1;; n++) {
        if (model_run(db, n) != OK) _exit(4);
        if (write(said, &n, sizeof n) != sizeof n) _exit(0);
        child_checkpoint(db, n);
    }
}

/* The last number said, after killing the child a random moment from now. */
static int64_t kill_soon(pid_t child, int said, int64_t done)
{
    struct pollfd hear = {.fd = said, .events = POLLIN};
    int64_t n = done, first = done + (int64_t)dice(12);
    while (n < first && read(said, &n, sizeof n) == sizeof n) /* so that it is well under way */
        continue;
    struct timespec moment = {0, (long)dice(3000000)};
    (void)ppoll(&(struct pollfd){.fd = -1}, 1, &moment,
                NULL); /* not a wait for anything: the moment is the test */
    CHECK(kill(child, SIGKILL) == 0);
    while (poll(&hear, 1, -1) > 0 && read(said, &n, sizeof n) == sizeof n)
        continue;
    return n;
}

TEST(kill_9_loses_no_acknowledged_transaction)
{
    struct world w;
    struct scrub scrub;
    int64_t done = 0, acknowledged = 0;
    bool more = true;
    world_start(&w);
    model_schema(w.db);
    for (long round = 0, rounds = check_count(25, 200); round < rounds; round++) {
        int said[2], status;
        db_close(w.db);
        CHECK(pipe(said) == 0);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) child_write(w.vault, w.path, done, said[1]);
        close(said[1]);
        int64_t last = kill_soon(child, said[0], done);
        close(said[0]);
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL); /* it did not end by itself */
        CHECK_OK(db_open(w.vault, w.path, DB_WRITE, &w.db));
        int64_t held = model_check(w.db);
        CHECK(held == last || held == last + 1); /* one may be durable that was not yet said */
        CHECK(is_whole(w.db));
        acknowledged += last - done;
        done = held;
    }
    CHECK(acknowledged > 50);
    printf("  %" PRId64 " acknowledged, none lost\n", acknowledged);
    CHECK_OK(db_checkpoint(w.db, DB_CHECKPOINT_TRUNCATE, NULL));
    scrub_init(&scrub, w.db);
    while (more)
        CHECK_OK(scrub_step(&scrub, 100, &more));
    CHECK_INT(scrub.bad, 0);
    world_end(&w);
}
