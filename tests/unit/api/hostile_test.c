/* Requests that mean ill, and requests while memory fails: each is answered, nothing breaks, nothing is half-done. */
#include "base/rnd.h"
#include "desk/texts.h"
#include "house.h"

/* An answer is well-formed: an error has a known code of the right class, and only words of ours. */
static void check_form(const struct reply *r)
{
    CHECK(r->status >= 100 && r->status < 600);
    if (r->status < 400 || (r->status == 503 && r->body.bytes == 0)) return; /* no memory for the words */
    struct str code = reply_code(r), message;
    char text[64];
    CHECK(code.bytes > 0 && code.bytes < sizeof text);
    snprintf(text, sizeof text, "%.*s", (int)code.bytes, code.at);
    CHECK_STR(str_of(text_find(text, NULL)->code), text);
    CHECK(json_text(json_get(reply_error(r), "message"), &message) && message.bytes > 0);
}

/* -- requests that mean ill -- */

static const char *const paths[] = {
    "/api/login",
    "/api/login/password",
    "/api/login/totp",
    "/api/login/enrol",
    "/api/login/enrol/confirm",
    "/api/session",
    "/api/account",
    "/api/account/password",
    "/api/account/sessions/end",
    "/api/drafts/a",
    "/api/drafts/",
    "/api/drafts",
    "/api/accounts",
    "/api/accounts/x/roles",
    "/api/accounts//roles",
    "/api/accounts/x/reset",
    "/api/tokens",
    "/api/tokens/x/revoke",
    "/api/lockouts/clear",
    "/api/system/health",
    "/api/system/workers/-1/restart",
    "/api/system/workers/99999999999999999999/restart",
    "/api/audit",
    "/healthz",
    "/metrics",
    "/ws",
    "/",
    "",
    "/api",
    "/api/",
    "//api/session",
    "/api/session/../accounts",
    "/api/%2e%2e",
    "/api/\xe4\xb8\xad",
    "/api/\xff",
};
static const char *const bodies[] = {
    NULL,
    "{}",
    "[]",
    "null",
    "1",
    "\"x\"",
    "{\"name\":\"guqinghe\",\"password\":\"x\"}",
    "{\"name\":\"' OR 1=1 --\",\"password\":\"'; DROP TABLE account; --\"}",
    "{\"ticket\":\"tkt_\",\"code\":\"000000\"}",
    "{\"ticket\":\"\",\"password\":\"\"}",
    "{\"text\":\"\"}",
    "{\"text\":\"\\ud800\"}",
    "{\"text\":\"\\u0000\"}",
    "{\"id\":\"x\",\"others\":true}",
    "{\"roles\":[\"guard\"]}",
    "{\"roles\":[[[[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]]]}",
    "{\"reason\":\"x\"}",
    "{\"reason\":\"x\",\"totp\":1}",
    "{\"account\":\"x\",\"label\":\"x\",\"ttl_s\":9223372036854775808}",
    "{\"account\":\"x\",\"label\":\"x\",\"ttl_s\":60.5}",
    "{\"from\":\"192.0.2.7\"}",
    "{\"a\":1,\"a\":2}",
    "{\"a\"",
};
static const char *const queries[] = {
    NULL,
    "",
    "q=%",
    "q=%zz",
    "q=%00",
    "q=%ff%fe",
    "q='%20OR%201=1",
    "after=zzz&after=a",
    "role=&state=",
    "=&&&=",
    "before=9223372036854775808",
    "before=0",
    "from=2026-11-23T07:24:07Z&to=2026-11-23T07:24:07Z",
    "peek=1",
};

static void mutate(char *text, size_t bytes)
{
    for (int n = (int)rnd_below(4); n > 0 && bytes > 0; n--) {
        char c = (char)(rnd_below(255) + 1);
        text[rnd_below(bytes)] = c;
    }
}

static void ask_something(struct house *h, const struct who *whos, struct reply *r)
{
    char path[256], body[512], query[256];
    const char *b = bodies[rnd_below(COUNT_OF(bodies))], *q = queries[rnd_below(COUNT_OF(queries))];
    snprintf(path, sizeof path, "%s", paths[rnd_below(COUNT_OF(paths))]);
    snprintf(body, sizeof body, "%s", b ? b : "");
    snprintf(query, sizeof query, "%s", q ? q : "");
    mutate(body, strlen(body));
    mutate(query, strlen(query));
    if (rnd_below(4) == 0) mutate(path, strlen(path));
    ask(h,
        &(struct question){.method = (enum http_method)rnd_below(HTTP_METHODS),
                           .path = path,
                           .query = query,
                           .body = body,
                           .who = rnd_below(4) ? &whos[rnd_below(3)] : NULL,
                           .from = rnd_below(2) ? "127.0.0.1" : "2001:db8::1",
                           .language = rnd_below(2) ? "en;q=,zh;q=0.5.5" : "\xff,;;q=1"},
        r);
}

TEST(whatever_is_asked_is_answered_in_form_and_without_a_failure)
{
    struct house h;
    struct reply r = {0};
    struct who whos[3];
    house_open(&h);
    log_in(&h, "security-admin", &whos[0]);
    log_in(&h, "guqinghe", &whos[1]);
    log_in(&h, "system-admin", &whos[2]);
    rnd_seed(20261123);
    for (long i = 0; i < check_count(3000, 100000); i++) {
        ask_something(&h, whos, &r);
        check_form(&r);
        CHECK(r.status < 500);
    }
    rnd_seed(0);
    CHECK_INT(house_int(&h, "SELECT count(*) FROM account"), h.people_n); /* nobody came in that way */
    reply_done(&r);
    house_close(&h);
}

TEST(cookies_that_are_none_open_nothing)
{
    static const char *const wrong[] = {
        "",
        "=",
        "__Host-yunqiao",
        "__Host-yunqiao=",
        "__Host-yunqiao=;;;",
        "__Host-yunqiao=\xff",
        "x__Host-yunqiao=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ";;;=;__host-yunqiao=AAAA",
        "__Host-yunqiao=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct house h;
    house_open_alone(&h);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct request *r = request_new(1 << 16);
        CHECK(r != NULL);
        r->method = HTTP_GET;
        r->path = STR("/api/session");
        r->cookie = str_of(wrong[i]);
        house_submit(&h, r);
        CHECK_INT(r->answer.status, 401);
        request_free(r);
    }
    house_close(&h);
}

/* -- requests while memory fails -- */

static void with_failing_memory(struct house *h, const struct question *q, int fine)
{
    struct reply r = {0};
    int failed = 0;
    for (long n = 1;; n++) {
        CHECK(n < 2000);
        bool reached = ask_failing(h, q, n, &r);
        check_form(&r);
        CHECK(r.status == fine || r.status == 503 || r.status == 500);
        if (r.status == 503 && r.json) CHECK_STR(reply_code(&r), "busy");
        failed += r.status == 503;
        if (!reached) break;
    }
    CHECK_INT(r.status, fine);
    if (fine != 404)
        CHECK(failed > 0); /* what is not there may be answered from what the request has already */
    reply_done(&r);
}

TEST(a_request_that_runs_out_of_memory_is_refused_and_the_next_one_is_served)
{
    struct house h;
    struct who admin, officer, doctor;
    house_open_alone(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "privacy-officer", &officer);
    log_in(&h, "guqinghe", &doctor);
    with_failing_memory(&h, &(struct question){.method = HTTP_GET, .path = "/api/session", .who = &doctor},
                        200);
    with_failing_memory(&h, &(struct question){.method = HTTP_GET, .path = "/api/account", .who = &doctor},
                        200);
    with_failing_memory(
        &h, &(struct question){.method = HTTP_GET, .path = "/api/accounts", .query = "q=gu", .who = &admin},
        200);
    with_failing_memory(&h, &(struct question){.method = HTTP_GET, .path = "/api/lockouts", .who = &admin},
                        200);
    with_failing_memory(&h, &(struct question){.method = HTTP_GET, .path = "/api/audit", .who = &officer},
                        200);
    with_failing_memory(&h, &(struct question){.method = HTTP_GET, .path = "/api/accounts", .who = &doctor},
                        404);
    with_failing_memory(
        &h,
        &(struct question){
            .method = HTTP_PUT, .path = "/api/drafts/a", .body = "{\"text\":\"头疼\"}", .who = &doctor},
        200);
    with_failing_memory(&h,
                        &(struct question){.method = HTTP_POST,
                                           .path = "/api/login/totp",
                                           .body = "{\"ticket\":\"tkt_x\",\"code\":\"000000\"}"},
                        401);
    with_failing_memory(&h,
                        &(struct question){.method = HTTP_POST,
                                           .path = "/api/account/sessions/end",
                                           .body = "{\"others\":true}",
                                           .who = &doctor},
                        204);
    house_close(&h);
}
