/* What the record store does a second, without a socket but with all else: the gate (token, policy, guard), sealed pages and bodies,
 * the audit chain and durable commits, 64 requests in flight. Beside each figure the store's own floor: a job that writes (or reads)
 * one row of the same size. The first argument is a folder on a real disk. */
#include "api/api.h"
#include "auth/account.h"
#include "auth/schema.h"
#include "auth/token.h"
#include "base/log.h"
#include "base/mem.h"
#include "records/chart_schema.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IN_FLIGHT = 64, PATIENTS = 300, ID_BYTES = 37 };

static sem_t room;
static _Atomic int wrong;
static char bearer[160];
static struct api *api;
static struct store *store;
static char patients[PATIENTS][ID_BYTES], (*observations)[ID_BYTES];
static long observations_n;

/* -- one request -- */

struct asked {
    int64_t from_us, *took_us;
    char *ret_id; /* where the id of what was made goes */
};

static void keep_id(const struct request *r, char *to)
{
    const char *at = memmem(r->answer.body.at, r->answer.body.bytes, "\"id\":\"", 6);
    if (at) memcpy(to, at + 6, ID_BYTES - 1);
}

static void respond(struct request *r)
{
    struct asked *a = r->net;
    *a->took_us = clock_tick_us() - a->from_us;
    if (r->answer.status / 100 != 2 && atomic_fetch_add(&wrong, 1) == 0)
        fprintf(stderr, "%d %.*s\n", r->answer.status, (int)r->answer.body.bytes, r->answer.body.at);
    if (a->ret_id) keep_id(r, a->ret_id);
    request_free(r);
    sem_post(&room);
}

static struct str own(struct request *r, const char *text)
{
    return (struct str){arena_text(r->arena, text, strlen(text)), strlen(text)};
}

static void ask(enum http_method method, const char *path, const char *query, const char *body,
                int64_t *took_us, char *ret_id)
{
    while (sem_wait(&room) != 0)
        ;
    struct request *r = request_new((size_t)256 << 20);
    struct asked *a = arena_alloc(r->arena, sizeof *a);
    *a = (struct asked){clock_tick_us(), took_us, ret_id};
    r->net = a;
    r->method = method;
    r->path = own(r, path);
    r->query = own(r, query);
    r->body = body ? own(r, body) : (struct str){0};
    r->content_type = STR("application/fhir+json");
    r->authorization = str_of(bearer);
    r->host = STR("here");
    snprintf(r->from, sizeof r->from, "192.0.2.7");
    r->respond = respond;
    api_submit(api, r);
}

static void drain(void)
{
    for (int i = 0; i < IN_FLIGHT; i++)
        while (sem_wait(&room) != 0)
            ;
    for (int i = 0; i < IN_FLIGHT; i++)
        sem_post(&room);
}

/* -- measuring -- */

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

typedef void one(long i, int64_t *took_us);

static double measure(const char *name, long n, long each, one *f, double floor)
{
    int64_t *took = mem_zalloc((size_t)n * sizeof *took), from = clock_tick_us();
    for (long i = 0; i < n; i++)
        f(i, &took[i]);
    drain();
    double rate = (double)(n * each) / ((double)(clock_tick_us() - from) / 1e6);
    qsort(took, (size_t)n, sizeof *took, by_size);
    printf("figure bench_records.%s %.0f/s p50 %.2f ms p99 %.2f ms", name, rate, (double)took[n / 2] / 1e3,
           (double)took[n * 99 / 100] / 1e3);
    if (floor > 0) printf(", %.2f of the floor", rate / floor);
    printf("\n");
    fflush(stdout);
    mem_free(took);
    return rate;
}

/* -- what is asked -- */

static const char *observation(long i)
{
    static char body[900];
    snprintf(
        body, sizeof body,
        "{\"resourceType\":\"Observation\",\"status\":\"preliminary\",\"category\":[{\"coding\":[{\"system\":"
        "\"http://terminology.hl7.org/CodeSystem/"
        "observation-category\",\"code\":\"vital-signs\"}]}],\"code\":"
        "{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\",\"display\":\"a vital sign\"}]},"
        "\"subject\":{\"reference\":\"Patient/"
        "%s\"},\"effectiveDateTime\":\"2026-%02ld-%02ldT09:30:00+08:00\","
        "\"valueQuantity\":{\"value\":%ld.50,\"unit\":\"/min\",\"system\":\"http://"
        "unitsofmeasure.org\",\"code\":\"/min\"}}",
        i % 3 ? "8867-4" : "8310-5", patients[i % PATIENTS], i % 12 + 1, i % 28 + 1, 60 + i % 40);
    return body;
}

static void make_patient(long i, int64_t *took_us)
{
    char body[300];
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:bench\",\"value\":\"P%ld\"}],"
             "\"name\":[{\"family\":\"曾\",\"given\":[\"小明\"]}],\"gender\":\"male\",\"birthDate\":\"1990-"
             "02-03\"}",
             i);
    ask(HTTP_POST, "/fhir/Patient", "", body, took_us, patients[i]);
}

static void create(long i, int64_t *took_us)
{
    ask(HTTP_POST, "/fhir/Observation", "", observation(i), took_us, observations[i]);
    observations_n = i + 1;
}

static void read_one(long i, int64_t *took_us)
{
    char path[100];
    snprintf(path, sizeof path, "/fhir/Observation/%s", observations[i * 7919 % observations_n]);
    ask(HTTP_GET, path, "", NULL, took_us, NULL);
}

static void search(long i, int64_t *took_us)
{
    char query[120];
    snprintf(query, sizeof query, "patient=%s&code=http://loinc.org|8867-4&_sort=-date&_count=20",
             patients[i % PATIENTS]);
    ask(HTTP_GET, "/fhir/Observation", query, NULL, took_us, NULL);
}

static void find_patient(long i, int64_t *took_us)
{
    char query[60];
    snprintf(query, sizeof query, "identifier=urn:bench|P%ld", i % PATIENTS);
    ask(HTTP_GET, "/fhir/Patient", query, NULL, took_us, NULL);
}

static void update(long i, int64_t *took_us)
{
    char path[100], body[1000];
    i %= observations_n;
    const char *id = observations[i];
    snprintf(path, sizeof path, "/fhir/Observation/%s", id);
    snprintf(body, sizeof body, "{\"id\":\"%s\",%s", id, observation(i) + 1);
    ask(HTTP_PUT, path, "", body, took_us, NULL);
}

/* Of five: one create, one update, two reads, one search. */
static void mix(long i, int64_t *took_us)
{
    static char unused[ID_BYTES];
    switch (i % 5) {
    case 0:
        ask(HTTP_POST, "/fhir/Observation", "", observation(i), took_us, unused);
        break;
    case 1:
        update(i * 31, took_us);
        break;
    case 2:
        search(i, took_us);
        break;
    default:
        read_one(i, took_us);
    }
}

enum { IMPORTED = 100 };
static void import(long i, int64_t *took_us)
{
    struct buf body;
    buf_init(&body, 1 << 20);
    buf_add_text(&body, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[");
    for (long k = 0; k < IMPORTED; k++) {
        buf_printf(&body, "%s{\"resource\":%s,\"request\":{\"method\":\"POST\",\"url\":\"Observation\"}}",
                   k ? "," : "", observation(i * IMPORTED + k));
    }
    buf_add_text(&body, "]}");
    buf_add_char(&body, 0);
    ask(HTTP_POST, "/fhir", "", body.at, took_us, NULL);
    buf_done(&body);
}

/* -- the floor -- */

static const struct migration floor_migrations[] = {
    {900, "the floor", "CREATE TABLE floor (n INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;"},
    {0, NULL, NULL}};

struct floor_job {
    struct job job; /* first */
    int64_t from_us, *took_us;
    long n;
};

static enum err floor_write(struct job *job, struct tx *tx)
{
    struct stmt *s;
    char body[700] = "x";
    enum err err = db_stmt(tx->db, "INSERT INTO floor (body) VALUES (?1)", &s);
    (void)job;
    if (err) return err;
    stmt_blob(s, 1, body, sizeof body);
    return stmt_run(s);
}

static enum err floor_read(struct job *job, struct tx *tx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT body FROM floor WHERE n = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, ((struct floor_job *)job)->n % 5000 + 1);
    err = stmt_step(s, &row);
    stmt_done(s);
    return err;
}

static void floor_done(struct job *job, enum err err)
{
    struct floor_job *f = (struct floor_job *)job;
    *f->took_us = clock_tick_us() - f->from_us;
    if (err) atomic_fetch_add(&wrong, 1);
    mem_free(f);
    sem_post(&room);
}

static void post(long i, int64_t *took_us, bool is_write)
{
    while (sem_wait(&room) != 0)
        ;
    struct floor_job *f = mem_zalloc(sizeof *f);
    *f = (struct floor_job){
        {.run = is_write ? floor_write : floor_read, .done = floor_done}, clock_tick_us(), took_us, i};
    if ((is_write ? store_write(store, &f->job) : store_read(store, &f->job)) != OK) abort();
}

static void post_write(long i, int64_t *took_us)
{
    post(i, took_us, true);
}

static void post_read(long i, int64_t *took_us)
{
    post(i, took_us, false);
}

/* -- the site -- */

static enum err enter(struct job *job, struct tx *tx)
{
    char id[ACCOUNT_ID_TEXT];
    struct token_made made;
    const char *code = NULL;
    struct account_start start = {
        STR("bench"), STR("测速"), STR("B1"), {ROLE_BIT(ROLE_CLINIC_DOCTOR)}, STR("none")};
    (void)job;
    enum err err = account_add(tx, &start, id, &code);
    if (!err) err = token_new(tx, str_of(id), STR("bench"), 86400, &made);
    if (!err) snprintf(bearer, sizeof bearer, "Bearer %s", made.text);
    return err;
}

static int add(struct migration *to, int n, const struct migration *from)
{
    for (; from->number; from++)
        to[n++] = *from;
    return n;
}

int main(int argc, char **argv)
{
    char dir[200], data[300], key[300], why[256];
    struct migration all[64] = {{0}};
    long n = getenv("YQ_LONG") ? 100000 : 4000;
    snprintf(dir, sizeof dir, "%s/bench-records-%d", argc > 1 ? argv[1] : "/tmp", (int)getpid());
    if (mkdir(dir, 0700) != 0) return 1;
    snprintf(data, sizeof data, "%s/data", dir);
    snprintf(key, sizeof key, "%s/key", dir);
    int last = add(all, add(all, add(all, 0, auth_migrations), records_migrations), guard_migrations);
    last = add(all, add(all, last, records_late_migrations), chart_migrations);
    add(all, last, floor_migrations);
    struct store_settings how = {.dir = data,
                                 .key_path = key,
                                 .create = true,
                                 .migrations = all,
                                 .readers = 2,
                                 .queue_max = 1024,
                                 .threads = true};
    log_level_set(LOG_ERROR);
    if (store_open(&how, &store, why) != OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    struct site site = {.store = store,
                        .errands = errand_new(8),
                        .settings = {.name = "x", .zone = "Asia/Shanghai", .idle_s = 900, .session_s = 43200},
                        .version = "bench"};
    struct entering {
        struct job job;
    } e = {.job.run = enter};
    if (records_new(store, &site.records) != OK || !(api = api_new(&site)) || store_run(store, &e.job) != OK)
        return 1;
    sem_init(&room, 0, IN_FLIGHT);
    observations = mem_zalloc((size_t)n * sizeof *observations);
    double writes = measure("floor_write", n, 1, post_write, 0),
           reads = measure("floor_read", n * 4, 1, post_read, 0);
    measure("create_patient", PATIENTS, 1, make_patient, writes);
    measure("create", n, 1, create, writes);
    measure("read", n * 2, 1, read_one, reads);
    measure("find_patient", n, 1, find_patient, reads);
    measure("search_20_sorted", n, 1, search, reads);
    measure("update", n, 1, update, writes);
    measure("crud_mix", n * 2, 1, mix, writes);
    measure("import", n / IMPORTED, IMPORTED, import, writes);
    errand_free(site.errands);
    store_close(store, 1000);
    records_free(site.records);
    api_free(api);
    return wrong ? 1 : 0;
}
