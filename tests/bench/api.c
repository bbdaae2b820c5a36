/* How many small authenticated reads the api answers without a socket: GET /api/session through the gate (session, policy), a
 * reader's transaction and the JSON, 64 in flight, by the number of readers. The first argument is a folder on a real disk. */
#include "api/api.h"
#include "auth/account.h"
#include "auth/schema.h"
#include "auth/session.h"
#include "base/log.h"
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IN_FLIGHT = 64, REQUESTS = 100000 };

static sem_t room;
static _Atomic int wrong;
static char cookie[128];

static void respond(struct request *r)
{
    if (r->answer.status != 200) atomic_fetch_add(&wrong, 1);
    request_free(r);
    sem_post(&room);
}

struct entering {
    struct job job; /* first */
};

static enum err enter(struct job *job, struct tx *tx)
{
    char id[ACCOUNT_ID_TEXT], token[SESSION_TOKEN_TEXT], session[SESSION_ID_TEXT];
    const char *code = NULL;
    struct account_start start = {STR("bench"), STR("测速"), STR("B1"), {ROLE_BIT(ROLE_NURSE)}, STR("none")};
    (void)job;
    enum err err = account_add(tx, &start, id, &code);
    struct session_start s = {str_of(id), STR("192.0.2.7"), STR("bench"), 43200, 0};
    if (!err) err = session_new(tx, &s, token, session);
    if (!err) snprintf(cookie, sizeof cookie, SESSION_COOKIE "=%s", token);
    return err;
}

static double measure(struct api *api, const char *path)
{
    int64_t from = clock_tick_us();
    for (int i = 0; i < REQUESTS; i++) {
        while (sem_wait(&room) != 0)
            ;
        struct request *r = request_new(1 << 20);
        ASSERT(r != NULL);
        r->method = HTTP_GET;
        r->path = str_of(path);
        r->cookie = str_of(cookie);
        snprintf(r->from, sizeof r->from, "192.0.2.7");
        r->respond = respond;
        api_submit(api, r);
    }
    for (int i = 0; i < IN_FLIGHT; i++)
        while (sem_wait(&room) != 0)
            ;
    for (int i = 0; i < IN_FLIGHT; i++)
        sem_post(&room);
    return REQUESTS / ((double)(clock_tick_us() - from) / 1e6);
}

static void run(const char *dir, int readers)
{
    char data[300], key[300], why[256];
    snprintf(data, sizeof data, "%s/data-%d", dir, readers);
    snprintf(key, sizeof key, "%s/key-%d", dir, readers);
    struct store_settings settings = {.dir = data,
                                      .key_path = key,
                                      .create = true,
                                      .migrations = auth_migrations,
                                      .readers = readers,
                                      .queue_max = 1024,
                                      .threads = true};
    struct store *store;
    if (store_open(&settings, &store, why) != OK) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    struct site site = {.store = store,
                        .errands = errand_new(8),
                        .settings = {.name = "x", .zone = "Asia/Shanghai", .idle_s = 900, .session_s = 43200},
                        .version = "bench"};
    struct api *api = api_new(&site);
    struct entering e = {.job.run = enter};
    ASSERT(api != NULL && store_run(store, &e.job) == OK);
    double rate = 0;
    for (int round = 0; round < 3; round++) {
        double one = measure(api, "/api/session");
        if (one > rate) rate = one;
    }
    printf("figure session reads/s, %d reader%s: %.0f\n", readers, readers > 1 ? "s" : "", rate);
    errand_free(site.errands);
    store_close(store, 1000);
    api_free(api);
}

int main(int argc, char **argv)
{
    char dir[200];
    snprintf(dir, sizeof dir, "%s/bench-api-%d", argc > 1 ? argv[1] : "/tmp", (int)getpid());
    if (mkdir(dir, 0700) != 0) return 1;
    log_level_set(LOG_ERROR);
    sem_init(&room, 0, IN_FLIGHT);
    run(dir, 1);
    run(dir, 2);
    return wrong ? 1 : 0;
}
