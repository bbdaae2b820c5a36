/* A folder that an older version wrote: opened, brought up to date, and found whole; also where that was cut short. */
#include "chart.h"
#include "records/chart_schema.h"
#include "records/reindex.h"
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VITALS = 320 }; /* more than one job of the reindex takes */

/* The steps that the index has gone through since it was first made, in their order. */
static const struct migration *late(void)
{
    const struct migration *m = records_late_migrations;
    while (m->number < 320)
        m++;
    return m;
}

static int late_steps(void)
{
    int n = 0;
    while (late()[n].number)
        n++;
    return n;
}

/* The tables by value as they were made first. The words stand where they stood: their table has not changed. */
static const char *first_index(void)
{
    static char sql[8192];
    for (const struct migration *m = records_migrations; m->number; m++)
        if (m->number == 202) snprintf(sql, sizeof sql, "%s", m->sql);
    char *words = strstr(sql, "CREATE VIRTUAL TABLE");
    if (words) *words = 0;
    return sql;
}

static enum err fill(struct chart *c)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    buf_add_text(
        &body,
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"fullUrl\":"
        "\"urn:uuid:00000000-0000-4000-8000-000000000001\",\"request\":{\"method\":\"POST\",\"url\":"
        "\"Patient\"},\"resource\":{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"曾\",\"given\":"
        "[\"小明\"]}]}}");
    for (int i = 0; i < VITALS; i++)
        buf_printf(
            &body,
            ",{\"request\":{\"method\":\"POST\",\"url\":\"Observation\"},\"resource\":{\"resourceType\":"
            "\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\","
            "\"code\":\"8867-4\",\"display\":\"Heart rate\"}]},\"subject\":{\"reference\":"
            "\"urn:uuid:00000000-0000-4000-8000-000000000001\"},\"effectiveDateTime\":\"2026-03-%02d\","
            "\"valueQuantity\":{\"value\":%d,\"unit\":\"/min\"}}}",
            i % 28 + 1, 60 + i % 40);
    buf_add_text(&body, "]}");
    buf_add_char(&body, 0);
    enum err err = body.err ? body.err : chart_bundle(c, body.at);
    buf_done(&body);
    return err;
}

/* The store as it stood after the first `steps` of the later ones; what it holds was indexed then as it was then. */
static void put_back(struct chart *c, int steps)
{
    char sql[200];
    store_before_commit(c->store, NULL); /* it knows tables that are about to go */
    CHECK_OK(chart_sql(c, "DROP TABLE record_value; DROP TABLE record_key; DROP TABLE record_link;"
                          "DROP TABLE record_date; DROP TABLE record_string; DROP TABLE record_pair;"
                          "DROP TABLE record_text_due"));
    CHECK_OK(chart_sql(c, first_index()));
    CHECK_OK(chart_sql(c,
                       "INSERT INTO record_key VALUES (1, 2, 3, 4); INSERT INTO record_link VALUES (2, 3, 1);"
                       "INSERT INTO record_date VALUES (2, 5, 6, 7); DELETE FROM record_text WHERE rowid = 3;"
                       "INSERT INTO record_text (rowid, narrative, content) VALUES (3, '', 'old words')"));
    for (int i = 0; i < steps; i++)
        CHECK_OK(chart_sql(c, late()[i].sql));
    if (steps == 2) /* rows of the second form, with more of them than there are now */
        CHECK_OK(chart_sql(c, "INSERT INTO record_value VALUES (2, zeroblob(8));"
                              "INSERT INTO record_pair (param, code, record) VALUES (8, 9, 2)"));
    snprintf(sql, sizeof sql, "DELETE FROM migration WHERE number >= %d AND number <= %d",
             late()[0].number + steps, late()[late_steps() - 1].number);
    CHECK_OK(chart_sql(c, sql));
}

static void check_whole(struct chart *c)
{
    struct recheck found = {0};
    CHECK_OK(chart_recheck(c, &found));
    CHECK_INT(found.bad, 0);
    CHECK_INT(found.records, VITALS + 1);
    CHECK_INT(chart_count(c, "Patient", "name=zxm"), 1);
    CHECK_INT(chart_count(c, "Observation", "code=8867-4&date=2026-03-28&_count=100"), VITALS / 28);
    CHECK_INT(chart_count(c, "Observation", "combo-code=8867-4&date=2026-03-28&_count=100"), VITALS / 28);
    CHECK_INT(chart_count(c, "Observation", "code-value-quantity=8867-4$61&_count=100"), VITALS / 40);
    CHECK_INT(chart_count(c, "Observation", "_content=old words"), 0);
    CHECK_INT(chart_count(c, "Observation", "_content=heart&_count=5"), 5);
}

TEST(a_folder_of_an_older_version_is_brought_up_to_date_from_each_step)
{
    struct chart c;
    int64_t made = 0;
    CHECK_OK(chart_open(&c));
    CHECK_OK(fill(&c));
    for (int steps = 0; steps <= late_steps(); steps++) {
        put_back(&c, steps);
        CHECK_OK(chart_again(&c));
        CHECK_OK(reindex_missing(c.store, c.records, &made));
        CHECK_INT(made, VITALS + 1);
        check_whole(&c);
    }
    CHECK_OK(chart_again(&c));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 0); /* nothing is left to do */
    chart_close(&c);
}

TEST(an_upgrade_cut_short_between_two_jobs_goes_on_where_it_was)
{
    struct chart c;
    int64_t made = 0;
    CHECK_OK(chart_open(&c));
    CHECK_OK(fill(&c));
    /* From the last record to the first: those before 100 were not reached. */
    CHECK_OK(chart_sql(
        &c, "DELETE FROM record_value WHERE record < 100; DELETE FROM record_key WHERE record < 100;"
            "DELETE FROM record_link WHERE record < 100; DELETE FROM record_date WHERE record < 100;"
            "DELETE FROM record_string WHERE record < 100; DELETE FROM record_pair WHERE record < 100"));
    CHECK_OK(chart_again(&c));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 99);
    check_whole(&c);
    chart_close(&c);
}

/* Opens the folder and brings it up to date, until it is killed. */
static pid_t upgrade_elsewhere(struct chart *c)
{
    pid_t child = fork();
    if (child == 0) {
        int64_t made;
        bool is_done = chart_again(c) == OK && reindex_missing(c->store, c->records, &made) == OK;
        _exit(is_done ? 0 : 1);
    }
    return child;
}

TEST(an_upgrade_that_is_killed_is_done_by_the_next_start)
{
    struct chart c;
    int64_t made = 0;
    int status, killed = 0;
    CHECK_OK(chart_open(&c));
    CHECK_OK(fill(&c));
    for (int i = 0; i < 8; i++) {
        put_back(&c, 0);
        chart_shut(&c);
        pid_t child = upgrade_elsewhere(&c);
        CHECK(child > 0);
        struct timespec moment = {0, i * i * 2000000L}; /* not a wait for anything: the moment is the test */
        (void)ppoll(NULL, 0, &moment, NULL);
        kill(child, SIGKILL);
        CHECK(waitpid(child, &status, 0) == child);
        killed += WIFSIGNALED(status);
        CHECK(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        CHECK_OK(chart_again(&c));
        CHECK_OK(reindex_missing(c.store, c.records, &made));
        check_whole(&c);
    }
    CHECK(killed > 0);
    chart_close(&c);
}
