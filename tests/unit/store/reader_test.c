/* What a reader keeps open over several answers, and what it must show all the same. */
#include "base/mem.h"
#include "kit.h"
#include <stdio.h>
#include <string.h>

static void open_with(struct kit *k, int readers)
{
    kit_init(k);
    k->settings.threads = true;
    k->settings.readers = readers;
    k->settings.log_bytes = 1 << 20;
    CHECK_OK(kit_open(k));
}

static enum err count_traces(struct job *job, struct tx *tx)
{
    struct note_job *n = (struct note_job *)job;
    struct stmt *s;
    bool row;
    CHECK_INT(tx->misses_traces, job->is_apart);
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM audit", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    n->count = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

/* A read that leaves a trace. */
static int64_t read_notes(struct kit *k)
{
    struct note_job n;
    note_init(&n, NULL);
    n.job.is_apart = true;
    CHECK_OK(store_run_read(k->store, &n.job));
    return n.count;
}

/* One that leaves none, and looks at the trail. */
static int64_t traces(struct kit *k, bool is_apart)
{
    struct note_job n;
    note_init(&n, NULL);
    n.job.run = count_traces;
    n.job.audit = NULL;
    n.job.is_apart = is_apart;
    CHECK_OK(store_run_read(k->store, &n.job));
    return n.count;
}

TEST(what_was_written_is_seen_at_once_by_whoever_asks_after_the_answer)
{
    struct kit k;
    open_with(&k, 2);
    for (int i = 0; i < 100; i++) {
        char text[32];
        for (int j = 0; j < i % 4; j++)
            CHECK_INT(read_notes(&k), i);
        snprintf(text, sizeof text, "note %d", i);
        CHECK_OK(kit_put(&k, text));
        CHECK_INT(read_notes(&k), i + 1);
    }
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    kit_close(&k);
}

TEST(a_reader_without_memory_says_so_and_the_next_one_reads)
{
    struct kit k;
    long n = 0;
    enum err err = ERR_NOMEM;
    kit_init(&k);
    k.settings.readers = 0;
    k.settings.threads = false;
    CHECK_OK(kit_open(&k));
    for (bool is_reached = true; is_reached; n++) {
        struct note_job job;
        note_init(&job, NULL);
        mem_fail_at(n + 1);
        err = store_run_read(k.store, &job.job);
        is_reached = mem_fail_left() <= 0;
        mem_fail_at(0);
        if (is_reached) CHECK(err == OK || err == ERR_NOMEM || err == ERR_IO || err == ERR_BUSY);
        note_init(&job, NULL);
        CHECK_OK(store_run_read(k.store, &job.job));
    }
    CHECK_OK(err);
    CHECK(n > 1);
    kit_close(&k);
}

TEST(who_looks_at_the_trail_sees_the_trace_of_each_read_answered_before)
{
    struct kit k;
    int64_t asked = 1, missed = 0; /* traces there must be; and those that the reader did not show */
    open_with(&k, 1);
    CHECK_OK(kit_put(&k, "one"));
    while (asked < 101 || (missed == 0 && asked < 2001)) {
        CHECK_INT(read_notes(&k), 1);
        missed +=
            ++asked - traces(&k, true); /* who is apart from the trail may miss some: the snapshot is kept */
        CHECK_INT(read_notes(&k), 1);
        CHECK_INT(traces(&k, false), ++asked);
    }
    CHECK(missed > 0);
    kit_close(&k);
}

TEST(the_log_begins_anew_although_readers_keep_what_they_see)
{
    enum { NOTES = 320 };
    struct kit k;
    int64_t longest = 0;
    char *text = mem_zalloc(65536);
    open_with(&k, 2);
    for (int i = 0; i < NOTES; i++) { /* 20 MiB through a log of one */
        struct store_state st;
        memset(text, 'a' + i % 26, 65535);
        snprintf(text, 32, "note %d", i);
        text[strlen(text)] = ' ';
        CHECK_OK(kit_put(&k, text));
        CHECK_INT(read_notes(&k), i + 1);
        store_state(k.store, &st);
        if (st.wal_bytes > longest) longest = st.wal_bytes;
    }
    mem_free(text);
    CHECK(longest <= 8 << 20);
    CHECK_INT(kit_verify(&k).damage, AUDIT_WHOLE);
    kit_close(&k);
}
