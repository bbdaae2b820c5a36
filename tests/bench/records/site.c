#include "tests/bench/records/site.h"
#include "api/api.h"
#include "auth/account.h"
#include "auth/schema.h"
#include "auth/token.h"
#include "base/cipher.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/net.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_records: %s failed\n", what);
    exit(1);
}

/* -- left out -- */

static atomic_bool is_plain, is_untraced;

void bench_site_plain(bool plain)
{
    atomic_store(&is_plain, plain);
}

void bench_site_untraced(bool untraced)
{
    atomic_store(&is_untraced, untraced);
}

enum err __real_cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                            size_t bytes, void *ret_sealed, uint8_t *ret_nonce, uint8_t *ret_tag);
enum err __wrap_cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                            size_t bytes, void *ret_sealed, uint8_t *ret_nonce, uint8_t *ret_tag);
enum err __real_cipher_open(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, const void *ad,
                            size_t ad_bytes, const void *sealed, size_t bytes, void *ret_plain);
enum err __wrap_cipher_open(struct cipher *c, const uint8_t *nonce, const uint8_t *tag, const void *ad,
                            size_t ad_bytes, const void *sealed, size_t bytes, void *ret_plain);
enum err __real_cipher_seal_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                                size_t bytes, void *ret_box);
enum err __wrap_cipher_seal_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                                size_t bytes, void *ret_box);
enum err __real_cipher_open_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *box,
                                size_t box_bytes, void *ret_plain);
enum err __wrap_cipher_open_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *box,
                                size_t box_bytes, void *ret_plain);
enum err __real_request_audit(struct request *r, const char *action, const char *target,
                              enum audit_outcome outcome, const char *detail);
enum err __wrap_request_audit(struct request *r, const char *action, const char *target,
                              enum audit_outcome outcome, const char *detail);

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

enum err __wrap_cipher_seal_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain,
                                size_t bytes, void *ret_box)
{
    if (!atomic_load_explicit(&is_plain, memory_order_relaxed))
        return __real_cipher_seal_box(c, ad, ad_bytes, plain, bytes, ret_box);
    memset(ret_box, 1, CIPHER_BOX_BYTES);
    memcpy((char *)ret_box + CIPHER_BOX_BYTES, plain, bytes);
    return OK;
}

enum err __wrap_cipher_open_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *box,
                                size_t box_bytes, void *ret_plain)
{
    if (!atomic_load_explicit(&is_plain, memory_order_relaxed))
        return __real_cipher_open_box(c, ad, ad_bytes, box, box_bytes, ret_plain);
    memcpy(ret_plain, (const char *)box + CIPHER_BOX_BYTES, box_bytes - CIPHER_BOX_BYTES);
    return OK;
}

enum err __wrap_request_audit(struct request *r, const char *action, const char *target,
                              enum audit_outcome outcome, const char *detail)
{
    if (atomic_load_explicit(&is_untraced, memory_order_relaxed)) return OK;
    return __real_request_audit(r, action, target, outcome, detail);
}

/* -- the site -- */

struct bench_site_in {
    struct site site;
    struct migration migrations[64];
    struct store *store;
    struct api *api;
    struct net *net;
};

struct entering {
    struct job job; /* first */
    char *bearer;
    size_t room;
};

static enum err enter(struct job *job, struct tx *tx)
{
    struct entering *e = (struct entering *)job;
    char id[ACCOUNT_ID_TEXT];
    struct token_made made;
    const char *code = NULL;
    struct account_start start = {
        STR("bench"), STR("测速"), STR("B1"), {ROLE_BIT(ROLE_CLINIC_DOCTOR)}, STR("none")};
    enum err err = account_add(tx, &start, id, &code);
    if (!err) err = token_new(tx, str_of(id), STR("bench"), 86400, &made);
    if (!err) snprintf(e->bearer, e->room, "Bearer %s", made.text);
    return err;
}

static int add(struct migration *to, int n, const struct migration *from)
{
    for (; from->number; from++)
        to[n++] = *from;
    return n;
}

static void submit(void *ctx, struct request *r)
{
    api_submit(ctx, r);
}

static void refuse(void *ctx, struct request *r, int status, const char *code, const char *where)
{
    api_refuse(ctx, r, status, code, where);
}

static void open_net(struct bench_site *s)
{
    char why[256] = "";
    struct net_settings how = {.listen_n = 1,
                               .version = "bench",
                               .started = s->in->site.started,
                               .body_bytes_max = api_body_bytes_max,
                               .submit = submit,
                               .refuse = refuse,
                               .ctx = s->in->api};
    limit_settings_default(&how.limits);
    how.listen[0].address = (struct link_address){.family = 4, .at = {127, 0, 0, 1}};
    must(net_new(&how, &s->in->net, why) == OK && net_start(s->in->net) == OK, why);
    s->port = net_port(s->in->net, 0);
}

void bench_site_open(struct bench_site *s, const char *dir)
{
    char data[300], key[300], why[256] = "";
    struct bench_site_in *in = s->in = mem_zalloc(sizeof *in);
    must(in != NULL, "memory");
    snprintf(data, sizeof data, "%s/data", dir);
    snprintf(key, sizeof key, "%s/key", dir);
    int n = add(in->migrations, 0, auth_migrations);
    n = add(in->migrations, n, records_migrations);
    n = add(in->migrations, n, guard_migrations);
    n = add(in->migrations, n, codes_migrations);
    n = add(in->migrations, n, records_late_migrations);
    add(in->migrations, n, chart_migrations);
    struct store_settings how = {.dir = data,
                                 .key_path = key,
                                 .create = true,
                                 .migrations = in->migrations,
                                 .readers = 2,
                                 .queue_max = 1024,
                                 .threads = true};
    must(store_open(&how, &in->store, why) == OK, why);
    in->site =
        (struct site){.store = in->store,
                      .errands = errand_new(8),
                      .started = clock_now(),
                      .settings = {.name = "x", .zone = "Asia/Shanghai", .idle_s = 900, .session_s = 43200},
                      .version = "bench"};
    must(records_new(in->store, &in->site.records) == OK, "records");
    in->api = api_new(&in->site);
    struct entering e = {.job.run = enter, .bearer = s->bearer, .room = sizeof s->bearer};
    must(in->api && store_run(in->store, &e.job) == OK, "account");
    open_net(s);
}

struct store *bench_site_store(struct bench_site *s)
{
    return s->in->store;
}

void bench_site_close(struct bench_site *s)
{
    struct bench_site_in *in = s->in;
    net_stop(in->net);
    errand_free(in->site.errands);
    store_close(in->store, 1000);
    net_free(in->net);
    records_free(in->site.records);
    api_free(in->api);
    mem_free(in);
}
