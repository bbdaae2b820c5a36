#include "store_load.h"
#include "base/log.h"
#include "base/rnd.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void load_init(struct load *l)
{
    *l = (struct load){.hear = -1};
    kit_init(&l->kit);
    l->kit.settings.threads = true;
    l->kit.settings.readers = 2;
    l->heard = mem_alloc(LOAD_WRITES_MAX * sizeof *l->heard);
    CHECK(l->heard != NULL);
}

void load_done(struct load *l)
{
    mem_free(l->heard);
}

/* -- the child -- */

struct writer {
    struct load *load;
    int number, said;
};

/* Mostly small notes; now and then a large one, so that the log begins anew often. */
static void text_of(int round, int writer, int number, char *text, size_t room)
{
    int n = snprintf(text, room, KIT_CANARY " %d/%d/%d ", round, writer, number);
    if (number % 7 == 3) {
        memset(text + n, 'x', room - 1 - (size_t)n);
        text[room - 1] = 0;
    }
}

static void *write_on(void *ctx)
{
    enum { TEXT_BYTES = 30000 };
    struct writer *w = ctx;
    char *text = mem_alloc(TEXT_BYTES);
    if (!text) _exit(3);
    for (int n = 0;; n++) {
        text_of(w->load->round, w->number, n, text, TEXT_BYTES);
        if (kit_put(&w->load->kit, text) != OK) _exit(4);
        struct said said = {w->load->round, w->number, n, 0, clock_tick_us()};
        if (write(w->said, &said, sizeof said) != sizeof said) _exit(0);
    }
}

static void *rotate_on(void *ctx)
{
    struct load *l = ctx;
    for (;;) {
        char why[256];
        enum err err = store_rotate_key(l->kit.store, NULL, NULL, why);
        if (err && err != ERR_LIMIT) _exit(5);
    }
}

_Noreturn static void child(struct load *l, int said)
{
    struct writer writers[LOAD_WRITERS];
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_level_set(LOG_ERROR);
    if (kit_open(&l->kit) != OK) {
        fprintf(stderr, "  child: %s\n", l->kit.why);
        _exit(6);
    }
    for (int i = 0; i < LOAD_WRITERS; i++) {
        writers[i] = (struct writer){l, i, said};
        if (pthread_create(&thread, NULL, write_on, &writers[i]) != 0) _exit(7);
    }
    if (l->rotates && pthread_create(&thread, NULL, rotate_on, l) != 0) _exit(7);
    for (;;)
        pause();
}

/* -- the parent -- */

static bool hear_one(struct load *l)
{
    CHECK(l->count < LOAD_WRITES_MAX);
    ssize_t n;
    do
        n = read(l->hear, &l->heard[l->count], sizeof l->heard[0]);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof l->heard[0]) l->count++;
    return n == (ssize_t)sizeof l->heard[0];
}

void load_start(struct load *l, size_t writes)
{
    int said[2];
    size_t before = l->count;
    l->round++;
    CHECK(pipe(said) == 0);
    l->child = fork();
    CHECK(l->child >= 0);
    if (l->child == 0) {
        close(said[0]);
        child(l, said[1]);
    }
    close(said[1]);
    l->hear = said[0];
    while (l->count - before < writes)
        CHECK(hear_one(l)); /* else the child ended by itself: what it says is above */
}

int64_t load_kill(struct load *l, long moment_us)
{
    int status;
    struct timespec moment = {0, (long)rnd_below((uint64_t)moment_us + 1) * 1000};
    (void)nanosleep(&moment, NULL); /* not a wait for anything: the moment is the test */
    int64_t killed_us = clock_tick_us();
    CHECK(kill(l->child, SIGKILL) == 0);
    while (hear_one(l))
        continue;
    CHECK(waitpid(l->child, &status, 0) == l->child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(l->hear);
    l->hear = -1;
    return killed_us;
}

struct look_job {
    struct job job; /* first */
    const struct said *said;
    size_t count, missing;
    int64_t first_us;
};

static enum err look_run(struct job *job, struct tx *tx)
{
    struct look_job *look = (struct look_job *)job;
    enum err err = OK;
    for (size_t i = 0; i < look->count && !err; i++) {
        const struct said *said = &look->said[i];
        struct stmt *s;
        bool row = false;
        char from[64], to[64];
        snprintf(from, sizeof from, KIT_CANARY " %d/%d/%d ", said->round, said->writer, said->number);
        snprintf(to, sizeof to, KIT_CANARY " %d/%d/%d!", said->round, said->writer, said->number);
        err = db_stmt(tx->db, "SELECT count(*) FROM note WHERE text >= ?1 AND text < ?2", &s);
        if (err) return err;
        stmt_text(s, 1, from);
        stmt_text(s, 2, to);
        err = stmt_step(s, &row);
        bool is_there = !err && row && stmt_get_int(s, 0) == 1;
        stmt_done(s);
        if (is_there) continue;
        if (look->missing++ == 0 || said->at_us < look->first_us) look->first_us = said->at_us;
    }
    return err;
}

size_t load_missing(struct load *l, struct kit *k, int64_t *ret_first_us)
{
    struct look_job look = {.job = {.run = look_run}, .said = l->heard, .count = l->count};
    CHECK_OK(store_run_read(k->store, &look.job));
    *ret_first_us = look.first_us;
    return look.missing;
}

void load_check(struct load *l)
{
    int64_t first_us;
    CHECK_OK(kit_open(&l->kit));
    CHECK_INT(load_missing(l, &l->kit, &first_us), 0);
    struct audit_report report = kit_verify(&l->kit);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK(report.rows >= (int64_t)l->count);
    CHECK_INT(report.rows, kit_count(&l->kit)); /* no note without its trace, no trace without its note */
    kit_close(&l->kit);
}
