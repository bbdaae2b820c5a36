/* Group commit: what a batch keeps, what it refuses, and when its answers go. */
#include "kit.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void open_threads(struct kit *k)
{
    kit_init(k);
    k->settings.threads = true;
    k->settings.readers = 2;
    CHECK_OK(kit_open(k));
}

static int64_t audit_rows(struct kit *k)
{
    return kit_verify(k).rows;
}

TEST(what_waits_together_is_committed_together_and_answered_in_order)
{
    enum { N = 50 };
    struct kit k;
    struct gate_job gate;
    struct note_job notes[N];
    struct store_state before, after;
    char texts[N][32], order[N + 1] = "";
    sem_t is_done;
    open_threads(&k);
    sem_init(&is_done, 0, 0);
    gate_close(&k, &gate);
    store_state(k.store, &before);
    for (int i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "note %d", i);
        note_init(&notes[i], texts[i]);
        notes[i].order = order;
        notes[i].mark = (char)('0' + i);
        notes[i].is_done = &is_done;
        CHECK_OK(store_write(k.store, &notes[i].job));
    }
    store_state(k.store, &after);
    CHECK_INT(after.queue, N);
    gate_open(&gate);
    for (int i = 0; i < N; i++)
        sem_wait(&is_done);
    for (int i = 0; i < N; i++) {
        CHECK_OK(notes[i].err);
        CHECK_INT(order[i], '0' + i);
    }
    store_state(k.store, &after);
    /* The gate's own, and one for all the others; on a starved machine a batch may have lasted long enough before its end. */
    CHECK(after.commits - before.commits >= 2 && after.commits - before.commits <= 5);
    CHECK_INT(after.jobs - before.jobs, N + 1);
    CHECK_INT(after.head.seq, N);
    CHECK_INT(after.anchor.seq, N);
    CHECK_INT(kit_count(&k), N);
    kit_close(&k);
}

TEST(a_job_that_fails_leaves_its_trace_and_does_not_hurt_its_batch_mates)
{
    enum { N = 9 };
    struct kit k;
    struct gate_job gate;
    struct note_job notes[N];
    char texts[N][32];
    sem_t is_done;
    open_threads(&k);
    sem_init(&is_done, 0, 0);
    gate_close(&k, &gate);
    for (int i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "note %d", i == 5 ? 4 : i); /* 5: the text of 4 is taken */
        note_init(&notes[i], texts[i]);
        notes[i].is_done = &is_done;
        if (i == 2) notes[i].fail = ERR_DENIED; /* it wrote, and then changed its mind */
        CHECK_OK(store_write(k.store, &notes[i].job));
    }
    gate_open(&gate);
    for (int i = 0; i < N; i++)
        sem_wait(&is_done);
    for (int i = 0; i < N; i++)
        CHECK_ERR(notes[i].err, i == 2 ? ERR_DENIED : i == 5 ? ERR_EXISTS : OK);
    CHECK_INT(kit_count(&k), N - 2);
    CHECK_INT(audit_rows(&k), N); /* rule 24: refusals too */
    kit_close(&k);
}

/* -- durable before answered -- */

struct early {
    struct note_job note; /* first */
    struct kit *k;
    char copy[96];
};

/* What stands on the disk at the moment of the answer is copied, as if the machine had gone then. */
static void copy_at_answer(struct job *job, enum err err)
{
    struct early *e = (struct early *)job;
    static const char *const names[] = {"yunqiao.db", "yunqiao.db-wal", "audit.anchor"};
    e->note.err = err;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char to[128];
        snprintf(to, sizeof to, "%s/%s", e->copy, names[i]);
        if (!kit_copy_file(kit_path(e->k, names[i]), to)) e->note.err = ERR_IO;
    }
    sem_post(e->note.is_done);
}

TEST(no_answer_goes_before_its_commit_trace_and_anchor_are_on_the_disk)
{
    struct kit k, copy;
    struct early e = {.k = &k};
    sem_t is_done;
    open_threads(&k);
    sem_init(&is_done, 0, 0);
    CHECK_OK(kit_put(&k, "before"));
    snprintf(e.copy, sizeof e.copy, "%s/copy", k.root);
    CHECK_INT(mkdir(e.copy, 0700), 0);
    note_init(&e.note, "answered");
    e.note.job.done = copy_at_answer;
    e.note.is_done = &is_done;
    CHECK_OK(store_write(k.store, &e.note.job));
    sem_wait(&is_done);
    CHECK_OK(e.note.err);
    kit_close(&k);
    copy = k;
    snprintf(copy.dir, sizeof copy.dir, "%s", e.copy);
    CHECK_OK(kit_open(&copy));
    CHECK_INT(kit_count(&copy), 2);
    struct audit_report r = kit_verify(&copy);
    CHECK_INT(r.damage, AUDIT_WHOLE);
    CHECK_INT(r.rows, 2);
    CHECK_INT(r.anchor.seq, 2);
    kit_close(&copy);
}

/* -- an anchor that cannot be written -- */

static int fd_of(const char *name)
{
    int found = -1;
    DIR *d = opendir("/proc/self/fd");
    for (struct dirent *e; d && found < 0 && (e = readdir(d)) != NULL;) {
        char link[64], at[512];
        snprintf(link, sizeof link, "/proc/self/fd/%.20s", e->d_name);
        ssize_t n = readlink(link, at, sizeof at - 1);
        if (n <= 0) continue;
        at[n] = 0;
        const char *slash = strrchr(at, '/');
        uint64_t fd;
        if (slash && strcmp(slash + 1, name) == 0 && str_to_u64(str_of(e->d_name), &fd)) found = (int)fd;
    }
    closedir(d);
    return found;
}

TEST(without_its_anchor_nothing_is_kept_and_the_next_commit_recovers)
{
    struct kit k;
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    CHECK_OK(kit_put(&k, "one"));
    int full = open("/dev/full", O_RDWR), fd = fd_of("audit.anchor");
    CHECK(full >= 0 && fd >= 0 && dup2(full, fd) == fd);
    close(full);
    CHECK_ERR(kit_put(&k, "two"), ERR_DISK_FULL);
    CHECK_INT(kit_count(&k), 1);
    struct store_state st;
    store_state(k.store, &st);
    CHECK(st.disk_full);
    CHECK_INT(st.head.seq, 1);
    CHECK_OK(kit_put(&k, "two"));
    store_state(k.store, &st);
    CHECK(!st.disk_full);
    CHECK_INT(st.head.seq, 2);
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    CHECK_INT(kit_count(&k), 2);
    kit_close(&k);
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_verify(&k).rows, 2);
    kit_close(&k);
}

TEST(a_trace_too_long_fails_its_job_and_is_kept_in_short)
{
    struct kit k;
    struct note_job n;
    char *detail = mem_zalloc(70000);
    kit_init(&k);
    CHECK_OK(kit_open(&k));
    memset(detail, 'x', 69999);
    note_init(&n, "too much to say");
    n.row.detail = str_of(detail);
    CHECK_ERR(store_run(k.store, &n.job), ERR_LIMIT);
    mem_free(detail);
    CHECK_INT(kit_count(&k), 0);
    CHECK_INT(kit_verify(&k).rows, 1);
    kit_close(&k);
    CHECK_ERR(kit_tamper(&k, "INSERT INTO note SELECT seq, detail FROM audit WHERE outcome = 2"
                             " AND detail = '{\"detail_bytes\":69999}' UNION ALL SELECT NULL, NULL"),
              ERR_BAD_INPUT); /* the NULL text: exactly our row came before it */
}

/* -- bounds -- */

TEST(a_full_queue_refuses_at_once_and_counts_it)
{
    struct kit k;
    struct gate_job gate;
    struct note_job notes[5];
    struct store_state st;
    sem_t is_done;
    kit_init(&k);
    k.settings.threads = true;
    k.settings.queue_max = 3;
    CHECK_OK(kit_open(&k));
    sem_init(&is_done, 0, 0);
    gate_close(&k, &gate);
    static const char *const texts[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++) {
        note_init(&notes[i], texts[i]);
        notes[i].is_done = &is_done;
        CHECK_ERR(store_write(k.store, &notes[i].job), i < 3 ? OK : ERR_BUSY);
    }
    store_state(k.store, &st);
    CHECK_INT(st.refused_busy, 2);
    gate_open(&gate);
    for (int i = 0; i < 3; i++)
        sem_wait(&is_done);
    CHECK_INT(kit_count(&k), 3);
    kit_close(&k);
}

TEST(reads_wait_with_their_trace_for_the_desk_and_are_bounded_with_it)
{
    struct kit k;
    struct gate_job gate;
    struct note_job reads[4];
    sem_t is_done;
    kit_init(&k);
    k.settings.threads = true;
    k.settings.readers = 1;
    k.settings.queue_max = 3;
    CHECK_OK(kit_open(&k));
    sem_init(&is_done, 0, 0);
    CHECK_OK(kit_put(&k, "one"));
    gate_close(&k, &gate); /* no trace can be kept, so no answer may go */
    for (int i = 0; i < 4; i++) {
        note_init(&reads[i], NULL);
        reads[i].is_done = &is_done;
        CHECK_ERR(store_read(k.store, &reads[i].job), i < 3 ? OK : ERR_BUSY);
    }
    CHECK_INT(sem_trywait(&is_done), -1);
    gate_open(&gate);
    for (int i = 0; i < 3; i++)
        sem_wait(&is_done);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(reads[i].err);
        CHECK_INT(reads[i].count, 1);
    }
    CHECK_INT(audit_rows(&k), 4);
    kit_close(&k);
}

TEST(a_read_without_trace_is_answered_while_the_desk_is_at_work)
{
    struct kit k;
    struct gate_job gate;
    open_threads(&k);
    CHECK_OK(kit_put(&k, "one"));
    gate_close(&k, &gate);
    CHECK_INT(kit_count(&k), 1);
    gate_open(&gate);
    kit_close(&k);
}

TEST(a_reader_cannot_write)
{
    struct kit k;
    struct note_job n;
    open_threads(&k);
    note_init(&n, "written by a reader");
    CHECK_ERR(store_run_read(k.store, &n.job), ERR_DENIED);
    CHECK_INT(kit_count(&k), 0);
    CHECK_INT(audit_rows(&k), 1);
    kit_close(&k);
}

/* 64 MiB of commits through a log that is begun anew again and again. */
TEST(the_log_stays_short_under_load)
{
    struct kit k;
    int64_t longest = 0;
    char *text = mem_zalloc(65536);
    open_threads(&k);
    for (int i = 0; i < 1024; i++) {
        struct store_state st;
        memset(text, 'a' + i % 26, 65535);
        snprintf(text, 32, "note %d", i);
        text[strlen(text)] = ' ';
        CHECK_OK(kit_put(&k, text));
        store_state(k.store, &st);
        if (st.wal_bytes > longest) longest = st.wal_bytes;
    }
    mem_free(text);
    CHECK(longest > 4 << 20 && longest <= 40 << 20); /* of 64; starved, it lags */
    CHECK_INT(kit_count(&k), 1024);
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    kit_close(&k);
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 1024);
    kit_close(&k);
}

TEST(closing_without_patience_refuses_what_waits)
{
    struct kit k;
    struct gate_job gate;
    struct note_job n;
    sem_t is_done;
    open_threads(&k);
    sem_init(&is_done, 0, 0);
    gate_close(&k, &gate);
    note_init(&n, "too late");
    n.is_done = &is_done;
    CHECK_OK(store_write(k.store, &n.job));
    sem_post(&gate.may_go);
    store_close(k.store, 0);
    sem_wait(&is_done);
    CHECK(n.err == ERR_CLOSED || n.err == OK);
    enum err told = n.err;
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), told == OK ? 1 : 0);
    kit_close(&k);
}

TEST(closing_with_patience_finishes_what_waits)
{
    struct kit k;
    struct gate_job gate;
    struct note_job notes[3];
    static const char *const texts[] = {"a", "b", "c"};
    sem_t is_done;
    open_threads(&k);
    sem_init(&is_done, 0, 0);
    gate_close(&k, &gate);
    for (int i = 0; i < 3; i++) {
        note_init(&notes[i], texts[i]);
        notes[i].is_done = &is_done;
        CHECK_OK(store_write(k.store, &notes[i].job));
    }
    sem_post(&gate.may_go);
    kit_close(&k);
    for (int i = 0; i < 3; i++)
        CHECK_OK(notes[i].err);
    CHECK_OK(kit_open(&k));
    CHECK_INT(kit_count(&k), 3);
    kit_close(&k);
}
