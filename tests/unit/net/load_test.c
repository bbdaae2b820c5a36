/* The benches' client beside a server that ends what is idle. */
#include "../check.h"
#include "net/net.h"
#include "tests/bench/records/load.h"

static void submit(void *ctx, struct request *r)
{
    (void)ctx;
    r->answer.status = 200;
    buf_add_text(&r->answer.body, "well");
    r->respond(r);
}

static void refuse(void *ctx, struct request *r, int status, const char *code, const char *where)
{
    (void)ctx, (void)code, (void)where;
    r->answer.status = status;
    r->respond(r);
}

static int64_t no_body(enum http_method method, struct str path, struct str content_type, bool *ret_is_upload)
{
    (void)method, (void)path, (void)content_type;
    *ret_is_upload = false;
    return 0;
}

static void ask(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method)
{
    (void)ctx, (void)i, (void)body, (void)ret_method;
    buf_add_text(path, "/api/a");
}

TEST(a_load_slower_than_the_server_waits_opens_ended_connections_again)
{
    struct net_settings s = {.listen_n = 1,
                             .version = "1",
                             .started = clock_now(),
                             .body_bytes_max = no_body,
                             .submit = submit,
                             .refuse = refuse};
    struct net *net;
    char why[256];
    limit_settings_default(&s.limits);
    s.limits.head_ms = 200; /* without a first question */
    s.limits.idle_ms = 200;
    s.listen[0].address = (struct link_address){.family = 4, .at = {127, 0, 0, 1}};
    CHECK_OK(net_new(&s, &net, why));
    CHECK_OK(net_start(net));
    struct load_how how = {
        .port = net_port(net, 0), .bearer = "Bearer x", .connections = 8, .n = 9, .rate = 6, .ask = ask};
    struct load_told told = load_run(&how);
    CHECK_INT(told.wrong, 0);
    CHECK(told.reopened > 0);
    net_stop(net);
    net_free(net);
}
