/* The own session and account: idle clock, password, second factor, sessions, drafts. */
#include "auth/draft.h"
#include "auth/lockout.h"
#include "auth/totp.h"
#include "house.h"

static void fresh_code(struct house *h, const char *name, char ret_code[7])
{
    next_code();
    code_of(house_person(h, name), ret_code);
}

TEST(an_idle_session_ends_and_a_peek_does_not_keep_it)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    for (int i = 0; i < 3; i++) {
        clock_fake_advance(899 * 1000);
        CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    }
    clock_fake_advance(500 * 1000);
    CHECK_INT(get(&h, &who, "/api/session?peek=1", &r), 200);
    CHECK_INT(get(&h, &who, "/ws", &r), 101);
    /* A page that looks again by itself, with nobody before it. */
    ask(&h, &(struct question){.method = HTTP_GET, .path = "/api/session", .who = &who, .unattended = "1"},
        &r);
    CHECK_INT(r.status, 200);
    clock_fake_advance(399 * 1000);
    CHECK_INT(get(&h, &who, "/api/session?peek=1", &r), 200);
    clock_fake_advance(1000);
    CHECK_INT(get(&h, &who, "/api/session?peek=1", &r), 401);
    CHECK_STR(reply_code(&r), "session_expired");
    CHECK_INT(get(&h, &who, "/ws", &r), 401);
    reply_done(&r);
    house_close(&h);
}

TEST(a_session_in_use_ends_by_its_age)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    for (int at = 0; at < 43200; at += 800) {
        CHECK_INT(get(&h, &who, "/api/session", &r), 200);
        clock_fake_advance(800 * 1000);
    }
    CHECK_INT(get(&h, &who, "/api/session", &r), 401);
    CHECK_STR(reply_code(&r), "session_expired");
    reply_done(&r);
    house_close(&h);
}

/* The store's copy follows, so that a restart of the server ends nobody's work. */
TEST(the_idle_clock_outlives_the_api)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    clock_fake_advance(800 * 1000);
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    errand_free(h.site.errands);
    h.site.errands = errand_new(8);
    CHECK_INT(house_int(&h, "SELECT 1"), 1);
    struct who admin; /* a write behind the touch: the desk has done it */
    log_in(&h, "security-admin", &admin);
    api_free(h.api);
    h.api = api_new(&h.site);
    clock_fake_advance(700 * 1000);
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    reply_done(&r);
    house_close(&h);
}

TEST(logging_out_ends_the_session_and_tells_its_tabs)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    CHECK_INT(post(&h, &who, "/api/logout", "{}", &r), 204);
    CHECK(strstr(r.cookie, "__Host-yunqiao=;") && strstr(r.cookie, "Max-Age=0"));
    CHECK_INT(r.body.bytes, 0);
    CHECK(house_noticed(&h, "session_ended", "logout"));
    CHECK_INT(get(&h, &who, "/api/session", &r), 401);
    CHECK_STR(reply_code(&r), "no_session");
    CHECK_INT(house_rows(&h, "logout", "ok"), 1);
    reply_done(&r);
    house_close(&h);
}

TEST(the_login_before_is_told_at_the_next)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    struct str text;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    CHECK(!json_is_object(json_get(r.json, "last_login")));
    log_in(&h, "guqinghe", &who);
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    CHECK(json_text(json_get(json_get(r.json, "last_login"), "from"), &text));
    CHECK_STR(text, "192.0.2.7");
    reply_done(&r);
    house_close(&h);
}

TEST(a_changed_password_ends_the_other_sessions_and_opens_the_next)
{
    struct house h;
    struct reply r = {0};
    struct who one, two;
    char body[256], code[7];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    log_in(&h, "guqinghe", &one);
    log_in(&h, "guqinghe", &two);
    fresh_code(&h, "guqinghe", code);
    snprintf(body, sizeof body, "{\"old\":\"%s\",\"new\":\"short\",\"code\":\"%s\"}", p->password, code);
    CHECK_INT(post(&h, &two, "/api/account/password", body, &r), 400);
    CHECK_STR(reply_code(&r), "password_weak");
    snprintf(body, sizeof body, "{\"old\":\"%s\",\"new\":\"%s\",\"code\":\"%s\"}", p->password, p->password,
             code);
    CHECK_INT(post(&h, &two, "/api/account/password", body, &r), 400);
    snprintf(body, sizeof body, "{\"old\":\"wrong\",\"new\":\"a quiet river walk\",\"code\":\"%s\"}", code);
    CHECK_INT(post(&h, &two, "/api/account/password", body, &r), 401);
    CHECK_STR(reply_code(&r), "password_wrong");
    snprintf(body, sizeof body, "{\"old\":\"%s\",\"new\":\"a quiet river walk\",\"code\":\"000000\"}",
             p->password);
    CHECK_INT(post(&h, &two, "/api/account/password", body, &r), 401);
    CHECK_STR(reply_code(&r), "totp_wrong");
    CHECK_INT(get(&h, &one, "/api/session", &r), 200);
    snprintf(body, sizeof body, "{\"old\":\"%s\",\"new\":\"a quiet river walk\",\"code\":\"%s\"}",
             p->password, code);
    CHECK_INT(post(&h, &two, "/api/account/password", body, &r), 204);
    CHECK(house_noticed(&h, "session_ended", "password"));
    CHECK_INT(h.notices_n, 1); /* the one that changed it goes on */
    CHECK_INT(get(&h, &one, "/api/session", &r), 401);
    CHECK_INT(get(&h, &two, "/api/session", &r), 200);
    CHECK_INT(post(&h, NULL, "/api/login", "{\"name\":\"guqinghe\",\"password\":\"a quiet river walk\"}", &r),
              200);
    CHECK_INT(house_rows(&h, "account.password", "ok"), 1);
    CHECK_INT(house_rows(&h, "account.password", "refused"), 2);
    CHECK_INT(house_rows(&h, "login", "failed"), 2);
    reply_done(&r);
    house_close(&h);
}

TEST(wrong_answers_on_the_own_account_count_towards_the_lock)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    char body[256], code[7];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    log_in(&h, "guqinghe", &who);
    for (int i = 0; i < 4; i++)
        CHECK_INT(post(&h, &who, "/api/account/recovery-codes", "{\"code\":\"000000\"}", &r), 401);
    snprintf(body, sizeof body, "{\"password\":\"wrong\",\"code\":\"000000\"}");
    CHECK_INT(post(&h, &who, "/api/account/totp", body, &r), 403);
    CHECK_STR(reply_code(&r), "locked");
    fresh_code(&h, "guqinghe", code);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 403); /* right, and too late */
    snprintf(body, sizeof body, "{\"name\":\"guqinghe\",\"password\":\"%s\"}", p->password);
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 403);
    reply_done(&r);
    house_close(&h);
}

TEST(new_recovery_codes_void_the_old_and_a_code_is_good_once)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    struct str text;
    char body[256], code[7], old[16];
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    fresh_code(&h, "guqinghe", code);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 200);
    CHECK_INT(json_count(json_get(r.json, "recovery_codes")), 10);
    CHECK(json_text(json_at(json_get(r.json, "recovery_codes"), 0), &text));
    snprintf(old, sizeof old, "%.*s", (int)text.bytes, text.at);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 401); /* the same code again */
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", old);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 200);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 401); /* void now */
    CHECK_INT(get(&h, &who, "/api/account", &r), 200);
    CHECK_INT(reply_int(&r, "recovery_left"), 10);
    reply_done(&r);
    house_close(&h);
}

TEST(a_new_authenticator_counts_when_it_is_confirmed_and_not_before)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    char body[256], code[7];
    house_open(&h);
    struct person p = *house_person(&h, "guqinghe"), fresh = p;
    log_in(&h, "guqinghe", &who);
    CHECK_INT(post(&h, &who, "/api/account/totp/confirm", "{\"code\":\"000000\"}", &r), 409);
    fresh_code(&h, "guqinghe", code);
    snprintf(body, sizeof body, "{\"password\":\"%s\",\"code\":\"%s\"}", p.password, code);
    CHECK_INT(post(&h, &who, "/api/account/totp", body, &r), 200);
    struct str secret = reply_text(&r, "secret");
    uint32_t bits = 0;
    int held = 0, n = 0;
    for (size_t i = 0; i < secret.bytes; i++) {
        bits = bits << 5 | (uint32_t)(secret.at[i] >= 'A' ? secret.at[i] - 'A' : secret.at[i] - '2' + 26);
        if ((held += 5) >= 8) fresh.secret[n++] = (uint8_t)(bits >> (held -= 8));
    }
    struct who again;
    log_in(&h, "guqinghe", &again); /* the old one still holds */
    code_of(&fresh, code);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    CHECK_INT(post(&h, &who, "/api/account/totp/confirm", "{\"code\":\"000000\"}", &r), 401);
    CHECK_STR(reply_code(&r), "totp_wrong");
    CHECK_INT(post(&h, &who, "/api/account/totp/confirm", body, &r), 204);
    CHECK_INT(post(&h, &who, "/api/account/totp/confirm", body, &r), 409);
    h.people[0] = fresh;
    log_in(&h, "guqinghe", &again);
    h.people[0] = p;
    next_code();
    code_of(&p, code);
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    CHECK_INT(post(&h, &who, "/api/account/recovery-codes", body, &r), 401); /* the old one is nothing now */
    reply_done(&r);
    house_close(&h);
}

static void session_id(const struct reply *r, bool current, char ret_id[40])
{
    const struct json *list = json_get(r->json, "sessions");
    for (size_t i = 0; i < json_count(list); i++) {
        struct str id;
        bool is;
        CHECK(json_bool(json_get(json_at(list, i), "current"), &is));
        if (is != current) continue;
        CHECK(json_text(json_get(json_at(list, i), "id"), &id));
        snprintf(ret_id, 40, "%.*s", (int)id.bytes, id.at);
        return;
    }
    check_fail(__FILE__, __LINE__, "no such session in the list");
}

TEST(a_person_sees_and_ends_the_own_sessions)
{
    struct house h;
    struct reply r = {0};
    struct who one, two, other;
    char id[40], body[64];
    house_open(&h);
    log_in(&h, "guqinghe", &one);
    log_in(&h, "guqinghe", &two);
    log_in(&h, "lubaisu", &other);
    CHECK_INT(get(&h, &other, "/api/account", &r), 200);
    session_id(&r, true, id);
    snprintf(body, sizeof body, "{\"id\":\"%s\"}", id);
    CHECK_INT(post(&h, &one, "/api/account/sessions/end", body, &r), 404); /* somebody else's */
    CHECK_INT(get(&h, &one, "/api/account", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "sessions")), 2);
    session_id(&r, false, id);
    snprintf(body, sizeof body, "{\"id\":\"%s\"}", id);
    CHECK_INT(post(&h, &one, "/api/account/sessions/end", body, &r), 204);
    CHECK(house_noticed(&h, "session_ended", "forced"));
    CHECK_INT(get(&h, &two, "/api/session", &r), 401);
    log_in(&h, "guqinghe", &two);
    CHECK_INT(post(&h, &one, "/api/account/sessions/end", "{\"others\":true}", &r), 204);
    CHECK_INT(get(&h, &two, "/api/session", &r), 401);
    CHECK_INT(get(&h, &one, "/api/session", &r), 200);
    CHECK_INT(post(&h, &one, "/api/account/sessions/end", "{}", &r), 400);
    CHECK_INT(get(&h, &other, "/api/session", &r), 200);
    reply_done(&r);
    house_close(&h);
}

static int put(struct house *h, const struct who *who, const char *path, const char *body, struct reply *r)
{
    reply_done(r);
    ask(h, &(struct question){.method = HTTP_PUT, .path = path, .body = body, .who = who}, r);
    return r->status;
}

TEST(a_draft_outlives_the_session_and_is_nobody_elses)
{
    struct house h;
    struct reply r = {0};
    struct who who, other;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    log_in(&h, "lubaisu", &other);
    CHECK_INT(get(&h, &who, "/api/drafts/note/7", &r), 404);
    CHECK_INT(put(&h, &who, "/api/drafts/note/7", "{\"text\":\"头疼两天，右眼发糊\\n\"}", &r), 200);
    CHECK_INT(post(&h, &who, "/api/logout", NULL, &r), 204);
    log_in(&h, "guqinghe", &who);
    CHECK_INT(get(&h, &who, "/api/drafts/note/7", &r), 200);
    CHECK_STR(reply_text(&r, "text"), "头疼两天，右眼发糊\n");
    CHECK_INT(get(&h, &other, "/api/drafts/note/7", &r), 404);
    ask(&h, &(struct question){.method = HTTP_DELETE, .path = "/api/drafts/note/7", .who = &other}, &r);
    CHECK_INT(r.status, 404);
    reply_done(&r);
    CHECK_INT(put(&h, &who, "/api/drafts/Note", "{\"text\":\"\"}", &r), 404); /* no such key */
    CHECK_INT(put(&h, &who, "/api/drafts/a", "{}", &r), 400);
    char *big = mem_alloc(DRAFT_BYTES_MAX + 64);
    int n = snprintf(big, 32, "{\"text\":\"");
    memset(big + n, 'x', DRAFT_BYTES_MAX + 1);
    memcpy(big + n + DRAFT_BYTES_MAX + 1, "\"}", 3);
    CHECK_INT(put(&h, &who, "/api/drafts/a", big, &r), 400);
    memcpy(big + n + DRAFT_BYTES_MAX, "\"}", 3);
    CHECK_INT(put(&h, &who, "/api/drafts/a", big, &r), 200);
    mem_free(big);
    ask(&h, &(struct question){.method = HTTP_DELETE, .path = "/api/drafts/note/7", .who = &who}, &r);
    CHECK_INT(r.status, 204);
    reply_done(&r);
    CHECK_INT(get(&h, &who, "/api/drafts/note/7", &r), 404);
    CHECK_INT(house_rows(&h, "draft.save", "ok"), 2);
    CHECK_INT(house_rows(&h, "draft.delete", "ok"), 1);
    reply_done(&r);
    house_close(&h);
}

TEST(a_body_over_the_limit_or_of_another_kind_is_refused)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    char *big = mem_zalloc(8192);
    memset(big, ' ', 8000);
    CHECK_INT(post(&h, &who, "/api/logout", big, &r), 413);
    mem_free(big);
    ask(&h, &(struct question){.method = HTTP_GET, .path = "/api/session", .who = &who, .body = "{}"}, &r);
    CHECK_INT(r.status, 413);
    reply_done(&r);
    ask(&h,
        &(struct question){.method = HTTP_POST,
                           .path = "/api/logout",
                           .who = &who,
                           .body = "{}",
                           .content_type = "text/plain"},
        &r);
    CHECK_INT(r.status, 415);
    reply_done(&r);
    ask(&h,
        &(struct question){.method = HTTP_POST,
                           .path = "/api/logout",
                           .who = &who,
                           .body = "{}",
                           .content_type = "application/json;charset=UTF-8"},
        &r);
    CHECK_INT(r.status, 204);
    reply_done(&r);
    house_close(&h);
}
