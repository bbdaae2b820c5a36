/* Every role against every route of the table: the policy, seen from outside. */
#include "auth/policy.h"
#include "house.h"

#define SOME_ID "6f1c3a52-0d5b-4c8e-9a41-2b7d1e5f9c03"

/* "/api/accounts/{id}/reset" -> a path that fits. */
static void path_of(const struct route *route, char *to, size_t room)
{
    const char *from = route->path;
    size_t n = 0;
    while (*from && n + 64 < room) {
        if (*from != '{') {
            to[n++] = *from++;
            continue;
        }
        n += (size_t)snprintf(to + n, room - n, "%s", strstr(from, "index") == from + 1 ? "0" : SOME_ID);
        from = strchr(from, '}') + 1;
    }
    to[n] = 0;
}

static int ask_route(struct house *h, const struct route *route, const struct who *who, const char *csrf,
                     struct reply *ret)
{
    char path[256];
    path_of(route, path, sizeof path);
    reply_done(ret);
    ask(h,
        &(struct question){.method = route->method,
                           .path = path,
                           .body = route->body_bytes_max ? "{}" : NULL,
                           .who = who,
                           .csrf = csrf},
        ret);
    return ret->status;
}

static bool is_logout(const struct route *route)
{
    return strcmp(route->path, "/api/logout") == 0;
}

/* What is not there says so in the words of its own surface. */
static const struct reply *absent_of(const struct route *route, const struct reply absent[2])
{
    return &absent[strncmp(route->path, "/fhir", 5) == 0];
}

static void check_role(struct house *h, enum role role, const struct reply absent[2])
{
    struct who who;
    struct reply r = {0};
    struct role_set one = {ROLE_BIT(role)};
    log_in(h, role_name(role), &who);
    for (const struct route *route = api_routes; route->path; route++) {
        if (route->access != ROUTE_LOGIN || is_logout(route)) continue;
        int status = ask_route(h, route, &who, NULL, &r);
        if (policy_allows(one, route->resource, route->action)) {
            CHECK(status != 401 && status != 405 && !str_is_text(reply_code(&r), "not_allowed"));
            CHECK(status < 500);
        } else if (policy_knows(one, route->resource)) {
            CHECK_INT(status, 403);
            CHECK_STR(reply_code(&r), "not_allowed");
        } else {
            CHECK_INT(status, 404);
            CHECK(str_is(buf_str(&r.body), buf_str(&absent_of(route, absent)->body)));
            CHECK(r.allow[0] == 0 && r.cookie[0] == 0);
        }
    }
    reply_done(&r);
}

TEST(each_role_gets_from_each_route_what_the_policy_says)
{
    struct house h;
    struct who who;
    struct reply absent[2] = {{0}, {0}};
    house_open(&h);
    log_in(&h, "guard", &who);
    CHECK_INT(get(&h, &who, "/api/nothing/of/the/kind", &absent[0]), 404);
    CHECK_INT(get(&h, &who, "/fhir/Patient/nobody", &absent[1]), 404);
    for (enum role role = 0; role < ROLE_COUNT; role++)
        check_role(&h, role, absent);
    reply_done(&absent[0]);
    reply_done(&absent[1]);
    house_close(&h);
}

TEST(nobody_gets_anything_but_what_is_open)
{
    struct house h;
    struct reply r = {0};
    struct who stranger = {.cookie = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct who forger = {.bearer = "yqt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    const struct who *nobodies[] = {NULL, &stranger, &forger};
    house_open(&h);
    for (const struct route *route = api_routes; route->path; route++) {
        if (route->access != ROUTE_LOGIN) continue;
        for (size_t i = 0; i < COUNT_OF(nobodies); i++) {
            CHECK_INT(ask_route(&h, route, nobodies[i], NULL, &r), 401);
            CHECK_STR(reply_code(&r), "no_session");
        }
    }
    CHECK_INT(get(&h, NULL, "/api/nothing", &r), 401); /* what exists is not told */
    CHECK_INT(get(&h, NULL, "/nothing", &r), 404);
    reply_done(&r);
    house_close(&h);
}

TEST(a_browser_must_prove_that_its_own_page_asks)
{
    struct house h;
    struct reply r = {0}, absent = {0};
    struct who who, other;
    int writes = 0;
    house_open(&h);
    log_in(&h, "security-admin", &who);
    log_in(&h, "nurse", &other);
    for (const struct route *route = api_routes; route->path; route++) {
        if (route->access != ROUTE_LOGIN || route->method == HTTP_GET) continue;
        const char *const wrong[] = {"x", other.csrf, who.cookie};
        for (size_t i = 0; i < COUNT_OF(wrong); i++) {
            CHECK_INT(ask_route(&h, route, &who, wrong[i], &r), 403);
            CHECK_STR(reply_code(&r), "csrf");
        }
        writes++;
    }
    CHECK(writes > 20);
    ask(&h, &(struct question){.method = HTTP_POST, .path = "/api/nothing", .who = &who, .csrf = "x"},
        &absent);
    ask(&h, &(struct question){.method = HTTP_POST, .path = "/api/logout", .who = &who, .csrf = "x"}, &r);
    CHECK(str_is(buf_str(&r.body), buf_str(&absent.body))); /* and an absent path says no more */
    reply_done(&r);
    reply_done(&absent);
    house_close(&h);
}

TEST(a_wrong_method_is_told_to_those_who_may_know_the_path)
{
    struct house h;
    struct reply r = {0};
    struct who admin, guard;
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "guard", &guard);
    ask(&h, &(struct question){.method = HTTP_DELETE, .path = "/api/accounts", .who = &admin}, &r);
    CHECK_INT(r.status, 405);
    CHECK_STR(str_of(r.allow), "GET, HEAD, POST");
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_DELETE, .path = "/api/accounts", .who = &guard}, &r);
    CHECK_INT(r.status, 404);
    CHECK(r.allow[0] == 0);
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_OPTIONS, .path = "/api/drafts/a", .who = &guard, .csrf = "x"},
        &r);
    CHECK_INT(r.status, 403); /* OPTIONS asks for nothing, and yet needs the page's own proof */
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_PATCH, .path = "/api/drafts/a", .who = &guard, .body = "{}"},
        &r);
    CHECK_INT(r.status, 405);
    CHECK_STR(str_of(r.allow), "GET, HEAD, PUT, DELETE");
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_GET, .path = "/api/login"}, &r);
    CHECK_INT(r.status, 405);
    CHECK_STR(str_of(r.allow), "POST");
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_HEAD, .path = "/api/session", .who = &guard}, &r);
    CHECK_INT(r.status, 200);
    reply_done(&r);
    CHECK_INT(get(&h, &guard, "/api/session/", &r), 404);
    reply_done(&r);
    house_close(&h);
}

TEST(refusals_of_people_who_are_known_stand_in_the_trail)
{
    struct house h;
    struct reply r = {0};
    struct who guard;
    house_open(&h);
    log_in(&h, "guard", &guard);
    int before = house_rows(&h, "account.list", "refused");
    CHECK_INT(get(&h, &guard, "/api/accounts", &r), 404);
    CHECK_INT(house_rows(&h, "account.list", "refused"), before + 1);
    CHECK_INT(get(&h, &guard, "/api/nothing", &r), 404);
    CHECK_INT(house_rows(&h, "request", "refused"), 1); /* the absent costs what the forbidden costs */
    CHECK_INT(house_int(&h, "SELECT count(*) FROM audit JOIN account ON account.id = audit.actor"
                            " WHERE outcome = 1 AND role = 'guard' AND from_ = '192.0.2.7'"),
              2);
    reply_done(&r);
    house_close(&h);
}

TEST(the_route_table_keeps_its_own_rules)
{
    for (const struct route *route = api_routes; route->path; route++) {
        bool is_write = route->method != HTTP_GET;
        if (route->call) { /* judged by whom it is handed to */
            CHECK(route->access == ROUTE_OPEN && !route->look && !route->work && !route->write);
            continue;
        }
        CHECK(route->look || route->write);
        CHECK(!is_write || route->access == ROUTE_OPEN || route->audit); /* every write leaves a trace */
        /* FHIR begins a bulk export by GET; no browser is led to send the header that it wants (decision 0169). */
        bool is_kick_off =
            strcmp(route->path, "/fhir/$export") == 0 || strcmp(route->path, "/fhir/Patient/$export") == 0;
        CHECK(is_write || is_kick_off ? route->write != NULL : route->write == NULL);
        CHECK(!route->work || route->look); /* a session is judged before slow work is done for it */
        CHECK(route->body_bytes_max <= API_BODY_BYTES_MAX || route->flags & ROUTE_RAW);
        CHECK((route->access == ROUTE_OPEN) == (route->resource == POLICY_NOTHING));
        CHECK(route->access == ROUTE_OPEN || policy_allows(ROLES_ALL, route->resource, route->action));
        for (const struct route *other = route + 1; other->path; other++)
            CHECK(other->method != route->method || strcmp(other->path, route->path) != 0);
    }
}
