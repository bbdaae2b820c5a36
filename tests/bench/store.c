/* What the store does a second: durable, audited creates in group commits beside one at a time, sealed beside the same
 * store with a cipher that only copies, and with beside without a trace; each pair in turns (A B A B), the median of
 * the rounds' ratios. And how fast a chain is verified.
 *
 *   bench_store [FOLDER] [SECONDS]     a fresh folder is made in FOLDER (default: the current one), SECONDS a run (2)
 *
 * A create is what a small clinical resource costs: a body of 700 bytes under its id and version, two search entries,
 * one audit row. A writer is a job that is posted again when its answer has come, as the net thread does. The cipher
 * that copies is put in at link time (--wrap): the product has no way to be without its cipher. Lines that begin with
 * "figure" are for machines. */
#include "store/store.h"
#include "base/cipher.h"
#include "base/log.h"
#include "base/mem.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROUNDS = 3, WRITERS = 64, BODY_BYTES = 700 };

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_store: %s failed\n", what);
    exit(1);
}

/* -- the cipher that copies -- */

static atomic_bool is_plain;

enum err __real_cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                            size_t bytes, void *ret_sealed, uint8_t *ret_nonce, uint8_t *ret_tag);
enum err __wrap_cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                            size_t bytes, void *ret_sealed, uint8_t *ret_nonce, uint8_t *ret_tag);
enum err __real_cipher_open(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, const void *ad,
                            size_t ad_bytes, const void *sealed, size_t bytes, void *ret_plain);
enum err __wrap_cipher_open(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, const void *ad,
                            size_t ad_bytes, const void *sealed, size_t bytes, void *ret_plain);

enum err __wrap_cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                            size_t bytes, void *ret_sealed, uint8_t *ret_nonce, uint8_t *ret_tag)
{
    if (!atomic_load_explicit(&is_plain, memory_order_relaxed))
        return __real_cipher_seal(c, ad, ad_bytes, plain, bytes, ret_sealed, ret_nonce, ret_tag);
    memmove(ret_sealed, plain, bytes);
    memset(ret_nonce, 1, CIPHER_NONCE_BYTES);
    memset(ret_tag, 1, CIPHER_TAG_BYTES);
    return OK;
}

enum err __wrap_cipher_open(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, const void *ad,
                            size_t ad_bytes, const void *sealed, size_t bytes, void *ret_plain)
{
    if (!atomic_load_explicit(&is_plain, memory_order_relaxed))
        return __real_cipher_open(c, nonce, tag, ad, ad_bytes, sealed, bytes, ret_plain);
    memmove(ret_plain, sealed, bytes);
    return OK;
}

/* -- writers -- */

static const struct migration schema[] = {
    {1, "resources",
     "CREATE TABLE resource (id TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,"
     " PRIMARY KEY (id, version)) STRICT, WITHOUT ROWID;"
     "CREATE TABLE entry (param INTEGER NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL,"
     " PRIMARY KEY (param, value, id)) STRICT, WITHOUT ROWID;"},
    {0, NULL, NULL},
};

struct run {
    struct store *store;
    struct box *answered;
    bool is_traced;
    int64_t made, next_id;
};

struct writer {
    struct job job; /* first */
    struct run *run;
    struct audit_row row;
    char id[32], actor[16], detail[64], body[BODY_BYTES];
    enum err err;
};

static enum err put_entry(struct tx *tx, int param, const char *value, const char *id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO entry VALUES (?1, ?2, ?3)", &s);
    if (err) return err;
    stmt_int(s, 1, param);
    stmt_text(s, 2, value);
    stmt_text(s, 3, id);
    return stmt_run(s);
}

static enum err create(struct job *job, struct tx *tx)
{
    struct writer *w = (struct writer *)job;
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO resource VALUES (?1, 1, ?2)", &s);
    if (err) return err;
    stmt_text(s, 1, w->id);
    stmt_blob(s, 2, w->body, sizeof w->body);
    err = stmt_run(s);
    if (!err) err = put_entry(tx, 1, w->actor, w->id);
    if (!err) err = put_entry(tx, 2, "2026-11-23T07:24:07.031Z", w->id);
    return err;
}

static void answer(struct job *job, enum err err)
{
    struct writer *w = (struct writer *)job;
    w->err = err;
    must(box_put_always(w->run->answered, &job->item) == OK, "box_put_always");
}

/* Random ids, as resources have them: the tree is hit all over. */
static void post(struct writer *w)
{
    struct run *r = w->run;
    int64_t n = r->next_id++;
    w->job = (struct job){.run = create, .done = answer, .audit = r->is_traced ? &w->row : NULL};
    snprintf(w->id, sizeof w->id, "%016" PRIx64 "%06" PRIx64, (uint64_t)n * 0x9e3779b97f4a7c15u, (uint64_t)n);
    snprintf(w->actor, sizeof w->actor, "account-%d", (int)(n % 40));
    snprintf(w->detail, sizeof w->detail, "{\"version\":1,\"encounter\":\"%.8s\"}", w->id);
    w->row = (struct audit_row){.actor = str_of(w->actor),
                                .role = STR("clinic-doctor"),
                                .from = STR("192.0.2.17"),
                                .action = STR("observation.create"),
                                .target = str_of(w->id),
                                .detail = str_of(w->detail)};
    must(store_write(r->store, &w->job) == OK, "store_write");
}

static double creates_a_second(struct run *r, int writers, double seconds)
{
    static struct writer all[WRITERS];
    int64_t since = clock_tick_us(), until = since + (int64_t)(seconds * 1e6), now = since;
    int flying = writers;
    r->made = 0;
    for (int i = 0; i < writers; i++) {
        all[i].run = r;
        memset(all[i].body, 'a' + i % 26, sizeof all[i].body);
        post(&all[i]);
    }
    while (flying > 0) {
        for (struct box_item *item = box_take(r->answered, WRITERS, -1), *next; item; item = next) {
            next = item->next;
            struct writer *w = (struct writer *)item;
            must(w->err == OK, "create");
            r->made++;
            now = clock_tick_us();
            if (now < until)
                post(w);
            else
                flying--;
        }
    }
    return (double)r->made / ((double)(now - since) / 1e6);
}

/* -- runs -- */

static const char *folder;
static double run_seconds = 2;

static struct store *site_open(const char *name)
{
    static char dir[512], key[520];
    char why[256];
    struct store *store;
    snprintf(dir, sizeof dir, "%s/%s", folder, name);
    snprintf(key, sizeof key, "%s.key", dir);
    struct store_settings settings = {.dir = dir,
                                      .key_path = key,
                                      .create = true,
                                      .migrations = schema,
                                      .readers = 1,
                                      .queue_max = 1024,
                                      .threads = true};
    enum err err = store_open(&settings, &store, why);
    if (err) fprintf(stderr, "bench_store: %s\n", why);
    must(err == OK, "store_open");
    return store;
}

/* Processor time of the whole process: on a machine that others use too it says more than the clock. */
static double cpu_us(void)
{
    struct rusage u;
    must(getrusage(RUSAGE_SELF, &u) == 0, "getrusage");
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

struct result {
    double rate, cpu_us; /* creates a second; processor time of one */
};

struct kind {
    const char *name;
    int writers;
    bool is_plain, is_traced;
};

/* One run on a fresh store; a short one before it fills caches and the log. */
static struct result measure(const struct kind *kind)
{
    static int count;
    char name[32];
    snprintf(name, sizeof name, "run%d", count++);
    atomic_store(&is_plain, kind->is_plain);
    struct run r = {.store = site_open(name), .answered = box_new(WRITERS), .is_traced = kind->is_traced};
    must(r.answered != NULL, "box_new");
    (void)creates_a_second(&r, kind->writers, run_seconds / 4);
    double before = cpu_us();
    struct result result = {.rate = creates_a_second(&r, kind->writers, run_seconds)};
    result.cpu_us = (cpu_us() - before) / (double)r.made;
    store_close(r.store, 10000);
    box_free(r.answered);
    return result;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *of)
{
    qsort(of, ROUNDS, sizeof *of, by_size);
    return of[ROUNDS / 2];
}

/* Rates of both kinds and the ratio a / b; the same for processor time, b / a, so that more is better in both. */
static void compare(const char *figure, const struct kind *a, const struct kind *b)
{
    double rates_a[ROUNDS], rates_b[ROUNDS], ratios[ROUNDS], cpus[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct result of_a = measure(a), of_b = measure(b);
        rates_a[i] = of_a.rate;
        rates_b[i] = of_b.rate;
        ratios[i] = of_a.rate / of_b.rate;
        cpus[i] = of_b.cpu_us / of_a.cpu_us;
        printf("  round %d: %s %.0f/s, %.1f us of processor each; %s %.0f/s, %.1f us; ratios %.3f, %.3f\n",
               i + 1, a->name, of_a.rate, of_a.cpu_us, b->name, of_b.rate, of_b.cpu_us, ratios[i], cpus[i]);
    }
    printf("figure store_%s_per_s %.0f\n", a->name, median(rates_a));
    printf("figure store_%s_per_s %.0f\n", b->name, median(rates_b));
    printf("figure %s %.3f\n", figure, median(ratios));
    printf("figure %s_by_processor_time %.3f\n", figure, median(cpus));
}

static void verify_rate(void)
{
    struct run r = {.store = site_open("chain"), .answered = box_new(WRITERS), .is_traced = true};
    struct audit_report report;
    atomic_store(&is_plain, false);
    must(r.answered != NULL, "box_new");
    (void)creates_a_second(&r, WRITERS, 2 * run_seconds);
    double cpu_before = cpu_us();
    int64_t since = clock_tick_us();
    must(store_verify_audit(r.store, &report, NULL, NULL) == OK && report.damage == AUDIT_WHOLE, "verify");
    double rate = (double)report.rows / ((double)(clock_tick_us() - since) / 1e6);
    double cpu = (cpu_us() - cpu_before) / (double)report.rows;
    printf("figure store_audit_verified_rows_per_s %.0f\n", rate);
    printf("figure store_audit_verified_row_processor_us %.2f\n", cpu);
    store_close(r.store, 10000);
    box_free(r.answered);
}

int main(int argc, char **argv)
{
    static char made[600];
    const struct kind grouped = {"grouped", WRITERS, false, true}, single = {"one_by_one", 1, false, true},
                      sealed = {"sealed", WRITERS, false, true}, plain = {"plain", WRITERS, true, true},
                      traced = {"traced", WRITERS, false, true},
                      untraced = {"untraced", WRITERS, false, false};
    const char *in = argc > 1 ? argv[1] : ".";
    if (argc > 2) run_seconds = strtod(argv[2], NULL);
    if (argc > 3 || run_seconds <= 0) {
        fprintf(stderr, "usage: bench_store [FOLDER] [SECONDS]\n");
        return 2;
    }
    log_level_set(LOG_WARN);
    snprintf(made, sizeof made, "%s/bench-store-XXXXXX", in);
    must((folder = mkdtemp(made)) != NULL, "mkdtemp");
    printf("durable creates a second of %d writers, %ld processors, %d rounds of %.1f s, repeat with: %s %s "
           "%.1f\n",
           WRITERS, sysconf(_SC_NPROCESSORS_ONLN), ROUNDS, run_seconds, argv[0], in, run_seconds);
    compare("store_ratio_grouped_to_one_by_one", &grouped, &single);
    compare("store_ratio_sealed_to_plain", &sealed, &plain);
    compare("store_ratio_traced_to_untraced", &traced, &untraced);
    verify_rate();
    fflush(stdout);
    execlp("rm", "rm", "-rf", folder, (char *)NULL);
    return 1;
}
