/* What the record store does a second over HTTP with connections kept alive, everything on: the gate, policy and guard, sealed pages and
 * bodies, the audit chain and durable commits. Beside each figure what SQLite alone did in the same run (floor.h); and what trail and
 * cipher cost, each left out in turns (A B A B, the median of the rounds' ratios).
 *
 *   bench_records_http FOLDER [WHAT]     a fresh folder is made in FOLDER, which should lie on a real disk. WHAT: all (default),
 *                                        or one of create read update crud mixed search import chart everything latency cost, or a
 *                                        search by its name (search.patient_newest …)
 *
 * Server and load share the machine's cores. "cpu" is the processor time of the server's threads for each question, "asker" that of the
 * load's: they hold on a machine that others use too. YQ_LONG makes the runs long. */
#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"
#include "tests/bench/records/asked.h"
#include "tests/bench/records/floor.h"
#include "tests/bench/records/load.h"
#include "tests/bench/records/site.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECTIONS = 64, ROUNDS = 3, MADE_MAX = 2000000 };

static struct bench_site site;
static struct asked asked;
static struct floor_told least;
static const char *what = "all";
static long scale = 1, wrong;
static double batch; /* jobs that shared a commit in the last run */

static bool is_wanted(const char *name)
{
    return strcmp(what, "all") == 0 || strcmp(what, name) == 0;
}

static struct load_told run(asked_question *ask, void (*keep)(void *, long, int, struct str), long n,
                            int connections, double rate)
{
    struct load_how how = {.port = site.port,
                           .bearer = site.bearer,
                           .connections = connections,
                           .n = n,
                           .rate = rate,
                           .ask = ask,
                           .answered = keep,
                           .ctx = &asked};
    struct store_state before, after;
    store_state(bench_site_store(&site), &before);
    struct load_told told = load_run(&how);
    store_state(bench_site_store(&site), &after);
    int64_t commits = after.commits - before.commits;
    batch = commits ? (double)(after.jobs - before.jobs) / (double)commits : 0;
    wrong += told.wrong;
    return told;
}

static double say(const char *name, struct load_told t, long each, double floor)
{
    double rate = t.rate * (double)each;
    printf("figure bench_records_http.%s %.0f/s p50 %.2f ms p99 %.2f ms cpu %.1f us, asker %.1f us, %.1f a "
           "commit",
           name, rate, t.p50_ms, t.p99_ms, t.cpu_us / (double)each, t.own_us / (double)each, batch);
    if (floor > 0) printf(", %.3f of the floor", rate / floor);
    printf("\n");
    fflush(stdout);
    return rate;
}

static double measure(const char *name, asked_question *ask, long n, int connections, long each, double floor)
{
    return say(name, run(ask, asked_keep, n, connections, 0), each, floor);
}

/* -- one kind of search at a time -- */

static int kind;

static void ask_kind(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    (void)body, (void)ret_method;
    asked_search_one(ctx, kind, i, path);
}

static void searches(void)
{
    if (is_wanted("search"))
        say("search", run(asked_search, NULL, 14000 * scale, CONNECTIONS, 0), 1, least.searches);
    for (kind = 0; kind < ASKED_SEARCHES; kind++) {
        char name[80];
        snprintf(name, sizeof name, "search.%s", asked_search_name(kind));
        if (is_wanted("search") || is_wanted(name))
            say(name, run(ask_kind, NULL, 3000 * scale, CONNECTIONS, 0), 1, 0);
    }
}

/* -- at half load -- */

static void paced(const char *name, asked_question *ask, long n, double full)
{
    struct load_told t = run(ask, asked_keep, n, CONNECTIONS, full / 2);
    printf("figure bench_records_http.%s_at_half_load %.0f/s p50 %.2f ms p99 %.2f ms most %.2f ms\n", name,
           t.rate, t.p50_ms, t.p99_ms, t.most_ms);
    fflush(stdout);
}

/* -- what trail and cipher cost -- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* with / without, of throughput and of processor time. */
static void cost(const char *name, asked_question *ask, long n, void (*without)(bool))
{
    double rates[ROUNDS], cpus[ROUNDS], own[ROUNDS], spared[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct load_told with = run(ask, asked_keep, n, CONNECTIONS, 0);
        without(true);
        struct load_told bare = run(ask, asked_keep, n, CONNECTIONS, 0);
        without(false);
        rates[i] = with.rate / bare.rate;
        cpus[i] = with.cpu_us / bare.cpu_us;
        own[i] = with.cpu_us;
        spared[i] = bare.cpu_us;
    }
    qsort(rates, ROUNDS, sizeof *rates, by_size);
    qsort(cpus, ROUNDS, sizeof *cpus, by_size);
    qsort(own, ROUNDS, sizeof *own, by_size);
    qsort(spared, ROUNDS, sizeof *spared, by_size);
    printf("figure bench_records_http.%s rate %.3f cpu %.3f of without (%.1f us, %.1f us)\n", name,
           rates[ROUNDS / 2], cpus[ROUNDS / 2], own[ROUNDS / 2], spared[ROUNDS / 2]);
    fflush(stdout);
}

static void open_in(const char *parent, const char *name, char dir[300])
{
    snprintf(dir, 300, "%s/%s", parent, name);
    if (mkdir(dir, 0700) != 0) exit(1);
    bench_site_open(&site, dir);
    asked.count = asked.spare = 0;
}

static void fill(long n)
{
    say("create_patient", run(asked_patient, asked_keep_patient, ASKED_PATIENTS, CONNECTIONS, 0), 1, 0);
    say("create", run(asked_create, asked_keep, n, CONNECTIONS, 0), 1, least.creates);
}

/* Sealed and plain pages do not mix: a site of its own for each, in turns. */
static void cipher_cost(const char *dir, asked_question *ask, const char *name, long n)
{
    double rates[ROUNDS], cpus[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct load_told told[2];
        for (int plain = 0; plain < 2; plain++) {
            char at[300], sub[40];
            snprintf(sub, sizeof sub, "%s-%d-%d", name, i, plain);
            bench_site_plain(plain);
            open_in(dir, sub, at);
            (void)run(asked_patient, asked_keep_patient, ASKED_PATIENTS, CONNECTIONS, 0);
            (void)run(asked_create, asked_keep, n, CONNECTIONS, 0);
            told[plain] = run(ask, asked_keep, n, CONNECTIONS, 0);
            bench_site_close(&site);
        }
        rates[i] = told[0].rate / told[1].rate;
        cpus[i] = told[0].cpu_us / told[1].cpu_us;
    }
    bench_site_plain(false);
    qsort(rates, ROUNDS, sizeof *rates, by_size);
    qsort(cpus, ROUNDS, sizeof *cpus, by_size);
    printf("figure bench_records_http.cipher_%s rate %.3f cpu %.3f of without\n", name, rates[ROUNDS / 2],
           cpus[ROUNDS / 2]);
    fflush(stdout);
}

static void all(long n)
{
    if (is_wanted("read")) measure("read", asked_read, 4 * n, CONNECTIONS, 1, least.reads);
    if (is_wanted("update")) measure("update", asked_update, n, CONNECTIONS, 1, least.creates);
    searches();
    asked.spare = asked.count / 2;
    double crud = 0, mixed = 0;
    if (is_wanted("crud") || is_wanted("latency"))
        crud = measure("crud", asked_crud, 2 * n, CONNECTIONS, 1, least.creates);
    if (is_wanted("mixed")) mixed = measure("mixed", asked_mixed, 2 * n, CONNECTIONS, 1, least.creates);
    (void)mixed;
    if (is_wanted("import")) measure("import", asked_import, n / 50, 8, ASKED_IMPORTED, least.creates);
    if (is_wanted("chart") || is_wanted("latency")) {
        double chart = say("chart", run(asked_chart, NULL, 2 * n, CONNECTIONS, 0), 1, 0);
        paced("chart", asked_chart, n, chart);
    }
    if (is_wanted("latency")) {
        double create = measure("create_again", asked_create, n, CONNECTIONS, 1, least.creates);
        paced("durable_write", asked_create, n, create);
        paced("crud", asked_crud, n, crud);
    }
    if (is_wanted("everything")) {
        say("everything", run(asked_everything, NULL, 200, 1, 0), 1, 0);
    }
    if (is_wanted("cost")) {
        cost("trail_reads", asked_read, 2 * n, bench_site_untraced);
        cost("trail_searches", asked_search, n, bench_site_untraced);
        cost("trail_crud", asked_crud, n, bench_site_untraced);
    }
}

int main(int argc, char **argv)
{
    char dir[200], at[300];
    long n = 5000;
    scale = getenv("YQ_LONG") ? 10 : 1;
    n *= scale;
    if (argc > 2) what = argv[2];
    snprintf(dir, sizeof dir, "%s/bench-records-%d", argc > 1 ? argv[1] : ".", (int)getpid());
    if (mkdir(dir, 0700) != 0) return 1;
    log_level_set(LOG_ERROR);
    asked.room = MADE_MAX;
    asked.observations = mem_zalloc(MADE_MAX * sizeof *asked.observations);
    least = floor_measure(dir, n);
    printf("figure bench_records_http.floor creates %.0f/s reads %.0f/s searches %.0f/s\n", least.creates,
           least.reads, least.searches);
    open_in(dir, "site", at);
    fill(n);
    all(n);
    bench_site_close(&site);
    if (is_wanted("cost")) {
        cipher_cost(dir, asked_read, "reads", n / 2);
        cipher_cost(dir, asked_search, "searches", n / 2);
        cipher_cost(dir, asked_crud, "crud", n / 2);
    }
    mem_free(asked.observations);
    return wrong ? 1 : 0;
}
