/* The store's own tables in a folder that an older version wrote. */
#include "kit.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOTES = 6 };

/* A closed folder as the first version left it: no table of subjects (schema 1). */
static void old_folder(struct kit *k)
{
    CHECK_OK(kit_open(k));
    for (int i = 0; i < NOTES; i++) {
        char text[32];
        snprintf(text, sizeof text, "note %d", i);
        CHECK_OK(kit_put(k, text));
    }
    kit_close(k);
    CHECK_OK(kit_tamper(k, "DROP TABLE audit_subject;"
                           "UPDATE fact SET value = x'0000000000000001' WHERE name = 'own_schema'"));
}

/* The chain is whole, says which schema it is, and takes rows about subjects. */
static void check_raised(struct kit *k)
{
    static const int64_t subjects[] = {4711};
    struct note_job n;
    CHECK_INT(kit_count(k), NOTES);
    note_init(&n, "after");
    n.row.subjects = subjects;
    n.row.subject_count = 1;
    CHECK_OK(store_run(k->store, &n.job));
    struct audit_report report = kit_verify(k);
    CHECK_INT(report.damage, AUDIT_WHOLE);
    CHECK_INT(report.rows, NOTES + 1);
    kit_close(k);
    CHECK_OK(kit_tamper(
        k, "CREATE TABLE proof (n INTEGER CHECK (n = 1), own TEXT CHECK (own = '0000000000000002'));"
           "INSERT INTO proof SELECT count(*), (SELECT hex(value) FROM fact WHERE name ="
           " 'own_schema') FROM audit_subject WHERE subject = 4711; DROP TABLE proof"));
}

TEST(a_folder_of_the_first_schema_is_raised_when_it_is_opened)
{
    struct kit k;
    kit_init(&k);
    old_folder(&k);
    CHECK_OK(kit_open(&k));
    check_raised(&k);
}

TEST(a_folder_is_raised_whole_or_not_at_all_wherever_memory_fails)
{
    struct kit k;
    bool is_open = false;
    int failed = 0;
    kit_init(&k);
    old_folder(&k);
    for (long n = 1; !is_open && n < 100000; n += 3) {
        mem_fail_at(n);
        is_open = kit_open(&k) == OK;
        mem_fail_at(0);
        failed += !is_open;
    }
    CHECK(is_open);
    CHECK(failed > 0);
    check_raised(&k);
}

static void copy_folder(const struct kit *from, struct kit *to, int n)
{
    static const char *const names[] = {"yunqiao.db", "yunqiao.db-wal", "audit.anchor"};
    *to = *from;
    kit_another(to, n);
    CHECK_INT(mkdir(to->dir, 0700), 0);
    CHECK(kit_copy_file(from->key, to->key));
    CHECK_INT(chmod(to->key, 0600), 0);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char source[160], target[160];
        snprintf(source, sizeof source, "%s/%s", from->dir, names[i]);
        snprintf(target, sizeof target, "%s/%s", to->dir, names[i]);
        if (access(source, R_OK) == 0) CHECK(kit_copy_file(source, target));
    }
}

TEST(a_raise_that_is_killed_is_done_by_the_next_start)
{
    struct kit old, k;
    int status, killed = 0;
    kit_init(&old);
    old_folder(&old);
    for (int i = 0; i < 12; i++) {
        copy_folder(&old, &k, i + 1);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) _exit(kit_open(&k) == OK ? 0 : 1);
        struct timespec moment = {0, i * 700000L}; /* not a wait for anything: the moment is the test */
        (void)ppoll(NULL, 0, &moment, NULL);
        kill(child, SIGKILL);
        CHECK(waitpid(child, &status, 0) == child);
        killed += WIFSIGNALED(status);
        CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        CHECK_OK(kit_open(&k));
        check_raised(&k);
    }
    CHECK(killed > 0);
}
