/* Logging in: every step, every refusal, and what both leave in the trail. */
#include "auth/lockout.h"
#include "house.h"

static void body_login(char *to, size_t room, const char *name, const char *password)
{
    snprintf(to, room, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
}

static void body_code(char *to, size_t room, struct str ticket, const char *code)
{
    snprintf(to, room, "{\"ticket\":\"%.*s\",\"code\":\"%s\"}", (int)ticket.bytes, ticket.at, code);
}

/* The first step for somebody of the house; the ticket. */
static void first_step(struct house *h, const struct person *p, char ret_ticket[64])
{
    struct reply r = {0};
    char body[256];
    body_login(body, sizeof body, p->name, p->password);
    CHECK_INT(post(h, NULL, "/api/login", body, &r), 200);
    struct str ticket = reply_text(&r, "ticket");
    snprintf(ret_ticket, 64, "%.*s", (int)ticket.bytes, ticket.at);
    reply_done(&r);
}

static int second_step(struct house *h, const char *ticket, const char *code, struct reply *r)
{
    char body[256];
    body_code(body, sizeof body, str_of(ticket), code);
    return post(h, NULL, "/api/login/totp", body, r);
}

TEST(each_role_logs_in_and_learns_who_it_is)
{
    struct house h;
    struct reply r = {0};
    house_open(&h);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        struct who who;
        struct str text;
        log_in(&h, role_name(role), &who);
        CHECK_INT(get(&h, &who, "/api/session", &r), 200);
        const struct json *account = json_get(r.json, "account");
        CHECK(json_text(json_at(json_get(account, "roles"), 0), &text));
        CHECK_STR(text, role_name(role));
        CHECK(json_text(json_get(account, "world"), &text));
        CHECK_STR(text, world_name(role_world(role)));
        CHECK(json_text(json_get(json_get(r.json, "site"), "name"), &text));
        CHECK_STR(text, "岚桥看守所");
        CHECK_INT(reply_int(&r, "idle_s"), role == ROLE_DETAINEE ? SESSION_TERMINAL_IDLE_S : 900);
    }
    CHECK_INT(house_rows(&h, "login", "ok"), ROLE_COUNT);
    CHECK_INT(house_rows(&h, "login", "failed"), 0);
    reply_done(&r);
    house_close(&h);
}

TEST(the_cookie_is_the_strictest_there_is)
{
    struct house h;
    struct reply r = {0};
    char ticket[64], code[7];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    first_step(&h, p, ticket);
    code_of(p, code);
    CHECK_INT(second_step(&h, ticket, code, &r), 200);
    CHECK(str_starts(str_of(r.cookie), STR("__Host-yunqiao=")));
    CHECK(strstr(r.cookie, "; Path=/; Secure; HttpOnly; SameSite=Strict") != NULL);
    CHECK(!strstr(r.body.at, "__Host"));
    reply_done(&r);
    house_close(&h);
}

/* An unknown name and a wrong password: the same bytes, the same stages, the same end. */
TEST(an_unknown_name_is_answered_like_a_wrong_password_up_to_the_lock)
{
    struct house h;
    struct reply known = {0}, unknown = {0};
    char body[256];
    house_open(&h);
    for (int i = 0; i < 7; i++) {
        body_login(body, sizeof body, "guqinghe", "not the password");
        int status = post(&h, NULL, "/api/login", body, &known);
        body_login(body, sizeof body, "nobodyatall", "not the password");
        CHECK_INT(post(&h, NULL, "/api/login", body, &unknown), status);
        CHECK_INT(status, i < 4 ? 401 : 403);
        CHECK(str_is(buf_str(&known.body), buf_str(&unknown.body)));
        CHECK_STR(reply_code(&known), i < 4 ? "login_wrong" : "locked");
    }
    CHECK_INT(house_rows(&h, "login", "failed"), 10);
    CHECK_INT(house_rows(&h, "login", "refused"), 4);
    CHECK(house_noticed(&h, "lockout", "guqinghe"));
    CHECK_INT(h.notices_n, 1);
    reply_done(&known);
    reply_done(&unknown);
    house_close(&h);
}

TEST(tries_left_are_told_and_the_right_password_does_not_open_a_locked_account)
{
    struct house h;
    struct reply r = {0};
    char body[256], ticket[64], code[7];
    int64_t left;
    struct str until;
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    for (int i = 0; i < 5; i++) {
        body_login(body, sizeof body, p->name, "wrong wrong wrong");
        post(&h, NULL, "/api/login", body, &r);
        if (i < 4) {
            CHECK(json_int(json_get(reply_error(&r), "left"), &left));
            CHECK_INT(left, 4 - i);
        }
    }
    CHECK(json_text(json_get(reply_error(&r), "until"), &until));
    CHECK_STR(until, "2026-11-23T07:39:07.031Z");
    body_login(body, sizeof body, p->name, p->password);
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 403);
    CHECK_STR(reply_code(&r), "locked");
    clock_fake_advance(LOCKOUT_FIRST_MS);
    first_step(&h, p, ticket);
    code_of(p, code);
    CHECK_INT(second_step(&h, ticket, code, &r), 200);
    struct who who = {0};
    snprintf(who.cookie, sizeof who.cookie, "%.43s", r.cookie + strlen("__Host-yunqiao="));
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    CHECK_INT(reply_int(&r, "failed_since"), 5);
    reply_done(&r);
    house_close(&h);
}

/* Rule 27: a right password in between changes nothing, and each kind of wrong answer counts. */
TEST(wrong_codes_and_recovery_codes_count_towards_the_lock)
{
    struct house h;
    struct reply r = {0};
    char ticket[64], body[256], code[7];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    first_step(&h, p, ticket);
    CHECK_INT(second_step(&h, ticket, "000000", &r), 401);
    CHECK_STR(reply_code(&r), "totp_wrong");
    CHECK_INT(second_step(&h, ticket, "abcde-fghij", &r), 401);
    first_step(&h, p, ticket); /* right, and no way to start over */
    CHECK_INT(second_step(&h, ticket, "000000", &r), 401);
    body_login(body, sizeof body, p->name, "wrong wrong wrong");
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 401);
    int64_t left;
    CHECK(json_int(json_get(reply_error(&r), "left"), &left));
    CHECK_INT(left, 1);
    CHECK_INT(second_step(&h, ticket, "000000", &r), 403);
    CHECK_STR(reply_code(&r), "locked");
    code_of(p, code);
    CHECK_INT(second_step(&h, ticket, code, &r), 401); /* the ticket is void as well */
    CHECK_STR(reply_code(&r), "ticket_gone");
    body_login(body, sizeof body, p->name, p->password);
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 403);
    reply_done(&r);
    house_close(&h);
}

TEST(a_code_once_used_is_refused_the_second_time)
{
    struct house h;
    struct reply r = {0};
    char ticket[64], code[7];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    code_of(p, code);
    first_step(&h, p, ticket);
    CHECK_INT(second_step(&h, ticket, code, &r), 200);
    first_step(&h, p, ticket);
    CHECK_INT(second_step(&h, ticket, code, &r), 401);
    CHECK_STR(reply_code(&r), "totp_wrong");
    clock_fake_advance(30 * 1000);
    code_of(p, code);
    char spaced[8];
    snprintf(spaced, sizeof spaced, "%.3s %.3s", code, code + 3);
    CHECK_INT(second_step(&h, ticket, spaced, &r), 200);
    reply_done(&r);
    house_close(&h);
}

struct racer {
    struct house *h;
    const char *ticket, *code;
    int status;
    pthread_t thread;
};

static void *race(void *at)
{
    struct racer *me = at;
    struct reply r = {0};
    me->status = second_step(me->h, me->ticket, me->code, &r);
    reply_done(&r);
    return NULL;
}

TEST(of_two_who_show_the_same_ticket_at_once_one_gets_in)
{
    struct house h;
    char ticket[64], code[7];
    struct racer racers[8];
    int in = 0, out = 0;
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    first_step(&h, p, ticket);
    code_of(p, code);
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        racers[i] = (struct racer){&h, ticket, code, 0, 0};
        CHECK(pthread_create(&racers[i].thread, NULL, race, &racers[i]) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(racers); i++) {
        pthread_join(racers[i].thread, NULL);
        in += racers[i].status == 200;
        out += racers[i].status == 401;
    }
    CHECK_INT(in, 1);
    CHECK_INT(out, 7);
    CHECK_INT(house_int(&h, "SELECT count(*) FROM session"), 1);
    house_close(&h);
}

/* -- the first login of a new account -- */

static void make_account(struct house *h, const struct who *admin, char ret_password[64], char ret_id[40])
{
    struct reply r = {0};
    struct str id;
    CHECK_INT(
        post(h, admin, "/api/accounts",
             "{\"name\":\"newnurse\",\"display\":\"新护士\",\"staff_number\":\"N9\",\"roles\":[\"nurse\"]}",
             &r),
        201);
    struct str password = reply_text(&r, "password");
    snprintf(ret_password, 64, "%.*s", (int)password.bytes, password.at);
    CHECK(json_text(json_get(json_get(r.json, "account"), "id"), &id));
    snprintf(ret_id, 40, "%.*s", (int)id.bytes, id.at);
    reply_done(&r);
}

static void text_of(const struct reply *r, const char *key, char *to, size_t room)
{
    struct str text = reply_text(r, key);
    snprintf(to, room, "%.*s", (int)text.bytes, text.at);
}

TEST(a_new_account_changes_its_password_enrols_and_is_in)
{
    struct house h;
    struct who admin;
    struct reply r = {0};
    char password[64], id[40], ticket[64], body[512], secret[64], code[7];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    make_account(&h, &admin, password, id);

    body_login(body, sizeof body, "NewNurse ", password); /* folded as people type */
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "password");
    text_of(&r, "ticket", ticket, sizeof ticket);

    snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"password\":\"short\"}", ticket);
    CHECK_INT(post(&h, NULL, "/api/login/password", body, &r), 400);
    CHECK_STR(reply_code(&r), "password_weak");
    snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"password\":\"%s\"}", ticket, password);
    CHECK_INT(post(&h, NULL, "/api/login/password", body, &r), 400); /* the same again */
    CHECK_STR(reply_code(&r), "password_weak");
    snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"password\":\"a quiet river walk\"}", ticket);
    CHECK_INT(post(&h, NULL, "/api/login/password", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "enrol");
    CHECK_INT(post(&h, NULL, "/api/login/password", body, &r), 401); /* one use a step */
    CHECK_STR(reply_code(&r), "ticket_gone");

    body_login(body, sizeof body, "newnurse", "a quiet river walk");
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "enrol");
    text_of(&r, "ticket", ticket, sizeof ticket);
    snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"code\":\"123456\"}", ticket);
    CHECK_INT(post(&h, NULL, "/api/login/enrol/confirm", body, &r), 401); /* nothing to confirm yet */
    snprintf(body, sizeof body, "{\"ticket\":\"%s\"}", ticket);
    CHECK_INT(post(&h, NULL, "/api/login/enrol", body, &r), 200);
    text_of(&r, "secret", secret, sizeof secret);
    CHECK(str_starts(reply_text(&r, "uri"), STR("otpauth://totp/")));
    CHECK(str_starts(reply_text(&r, "qr"), STR("<svg")));
    CHECK_INT(post(&h, NULL, "/api/login/enrol", body, &r), 200); /* a page loaded again shows the same */
    CHECK_STR(reply_text(&r, "secret"), secret);

    struct person p = {0};
    uint32_t bits = 0;
    int held = 0, n = 0;
    for (const char *c = secret; *c; c++) {
        bits = bits << 5 | (uint32_t)(*c >= 'A' ? *c - 'A' : *c - '2' + 26);
        if ((held += 5) >= 8) p.secret[n++] = (uint8_t)(bits >> (held -= 8));
    }
    code_of(&p, code);
    body_code(body, sizeof body, str_of(ticket), code[0] == '1' ? "000001" : "100000");
    CHECK_INT(post(&h, NULL, "/api/login/enrol/confirm", body, &r), 401);
    CHECK_STR(reply_code(&r), "totp_wrong");
    body_code(body, sizeof body, str_of(ticket), code);
    CHECK_INT(post(&h, NULL, "/api/login/enrol/confirm", body, &r), 200);
    CHECK_INT(json_count(json_get(r.json, "recovery_codes")), 10);
    CHECK(r.cookie[0] != 0);

    /* And the next day with one of the recovery codes. */
    struct str recovery;
    char kept[16];
    CHECK(json_text(json_at(json_get(r.json, "recovery_codes"), 3), &recovery));
    snprintf(kept, sizeof kept, "%.*s", (int)recovery.bytes, recovery.at);
    body_login(body, sizeof body, "newnurse", "a quiet river walk");
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "totp");
    text_of(&r, "ticket", ticket, sizeof ticket);
    CHECK_INT(second_step(&h, ticket, kept, &r), 200);
    CHECK_INT(reply_int(&r, "recovery_left"), 9);
    reply_done(&r);
    house_close(&h);
}

TEST(a_disabled_account_is_told_so_only_with_its_password)
{
    struct house h;
    struct who admin;
    struct reply r = {0};
    char path[128], body[256];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    log_in(&h, "security-admin", &admin);
    CHECK_INT(get(&h, &admin, "/api/accounts?q=guqinghe", &r), 200);
    struct str id;
    CHECK(json_text(json_get(json_at(json_get(r.json, "accounts"), 0), "id"), &id));
    snprintf(path, sizeof path, "/api/accounts/%.*s/disable", (int)id.bytes, id.at);
    CHECK_INT(post(&h, &admin, path, "{\"reason\":\"调离\"}", &r), 200);
    body_login(body, sizeof body, p->name, "wrong wrong wrong");
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 401);
    CHECK_STR(reply_code(&r), "login_wrong");
    body_login(body, sizeof body, p->name, p->password);
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 403);
    CHECK_STR(reply_code(&r), "disabled");
    reply_done(&r);
    house_close(&h);
}

TEST(an_address_that_tries_many_names_waits)
{
    struct house h;
    struct reply r = {0};
    char body[256];
    house_open(&h);
    for (int i = 0; i < THROTTLE_TRIES; i++) {
        char name[24];
        snprintf(name, sizeof name, "name%d", i);
        body_login(body, sizeof body, name, "wrong wrong wrong");
        CHECK_INT(post(&h, NULL, "/api/login", body, &r), 401);
    }
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 429);
    CHECK_STR(reply_code(&r), "slow_down");
    CHECK_STR(str_of(r.retry_after), "900");
    CHECK_INT(post(&h, NULL, "/api/login/totp", "{\"ticket\":\"x\",\"code\":\"1\"}", &r), 429);
    reply_done(&r);
    ask(&h, &(struct question){HTTP_POST, "/api/login", NULL, body, NULL, "192.0.2.99", NULL, NULL, NULL},
        &r);
    CHECK_INT(r.status, 401); /* another address is free */
    reply_done(&r);
    house_close(&h);
}

TEST(what_is_no_login_is_refused_with_the_field_named)
{
    static const struct {
        const char *body, *code, *where;
        int status;
    } cases[] = {
        {"{\"name\":\"a\"}", "missing_field", "password", 400},
        {"", "missing_field", "name", 400},
        {"{\"name\":1,\"password\":\"x\"}", "bad_field", "name", 400},
        {"{\"name\":\"a\",\"password\":\"x\",\"more\":1}", "unknown_field", "more", 400},
        {"{\"name\":\"a\",\"name\":\"b\",\"password\":\"x\"}", "bad_json", NULL, 400},
        {"{\"name\":\"a\",", "bad_json", NULL, 400},
        {"[]", "bad_json", NULL, 400},
        {"{\"name\":\"\xff\",\"password\":\"x\"}", "bad_json", NULL, 400},
        {"{\"name\":\"a\\u0000b\",\"password\":\"x\"}", "bad_json", NULL, 400},
    };
    struct house h;
    struct reply r = {0};
    house_open(&h);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK_INT(post(&h, NULL, "/api/login", cases[i].body, &r), cases[i].status);
        CHECK_STR(reply_code(&r), cases[i].code);
        struct str where = {"", 0};
        (void)json_text(json_get(reply_error(&r), "where"), &where);
        CHECK_STR(where, cases[i].where ? cases[i].where : "");
    }
    reply_done(&r);
    ask(&h,
        &(struct question){.method = HTTP_POST,
                           .path = "/api/login",
                           .body = "name=a",
                           .content_type = "application/x-www-form-urlencoded"},
        &r);
    CHECK_INT(r.status, 415);
    reply_done(&r);
    house_close(&h);
}

TEST(the_words_follow_the_browsers_language)
{
    static const struct {
        const char *language, *message;
    } cases[] = {{NULL, "请先登录。"},
                 {"en", "Please log in."},
                 {"en-GB,en;q=0.9,zh;q=0.8", "Please log in."},
                 {"zh-CN,zh;q=0.9,en;q=0.8", "请先登录。"},
                 {"en;q=0.1,zh-TW;q=0.5", "请先登录。"},
                 {"fr,de;q=0.5", "请先登录。"},
                 {"en;q=0", "请先登录。"}};
    struct house h;
    house_open(&h);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reply r = {0};
        struct str message;
        ask(&h, &(struct question){.method = HTTP_GET, .path = "/api/session", .language = cases[i].language},
            &r);
        CHECK(json_text(json_get(reply_error(&r), "message"), &message));
        CHECK_STR(message, cases[i].message);
        reply_done(&r);
    }
    house_close(&h);
}

/* What happens to an account between two steps of its login counts. */
TEST(an_account_closed_between_the_steps_does_not_get_in)
{
    struct house h;
    struct who admin;
    struct reply r = {0};
    char ticket[64], code[7], path[128];
    house_open(&h);
    const struct person *p = house_person(&h, "guqinghe");
    log_in(&h, "security-admin", &admin);
    CHECK_INT(get(&h, &admin, "/api/accounts?q=guqinghe", &r), 200);
    struct str id;
    CHECK(json_text(json_get(json_at(json_get(r.json, "accounts"), 0), "id"), &id));
    snprintf(path, sizeof path, "/api/accounts/%.*s/disable", (int)id.bytes, id.at);
    first_step(&h, p, ticket);
    CHECK_INT(post(&h, &admin, path, "{\"reason\":\"调离\"}", &r), 200);
    code_of(p, code);
    CHECK_INT(second_step(&h, ticket, code, &r), 401); /* its tickets ended with it */
    CHECK_STR(reply_code(&r), "ticket_gone");
    CHECK_INT(house_int(&h, "SELECT count(*) FROM session JOIN account ON account.id = session.account"
                            " WHERE name = 'guqinghe'"),
              0);
    p = house_person(&h, "lubaisu");
    first_step(&h, p, ticket);
    for (int i = 0; i < 5; i++)
        post(&h, NULL, "/api/login", "{\"name\":\"lubaisu\",\"password\":\"wrong wrong\"}", &r);
    code_of(p, code);
    CHECK_INT(second_step(&h, ticket, code, &r), 403);
    CHECK_STR(reply_code(&r), "locked");
    reply_done(&r);
    house_close(&h);
}

TEST(a_hash_of_cheaper_days_is_made_anew_at_the_next_login)
{
    struct house h;
    struct who who;
    house_open(&h);
    h.site.settings.argon2_mib = 2;
    log_in(&h, "guqinghe", &who);
    CHECK_INT(house_int(&h, "SELECT count(*) FROM account WHERE password LIKE '$argon2id$v=19$m=2048,%'"), 1);
    log_in(&h, "guqinghe", &who);
    CHECK_INT(
        house_int(&h, "SELECT count(*) FROM demo_login JOIN account ON id = account WHERE name = 'guqinghe'"),
        1);
    house_close(&h);
}

TEST(what_net_refuses_is_said_in_the_same_words)
{
    struct house h;
    struct str text;
    house_open_alone(&h);
    struct request *r = request_new(1 << 16);
    CHECK(r != NULL);
    r->accept_language = STR("en");
    r->respond = house_ignore;
    api_refuse(h.api, r, 411, "length_required", NULL);
    CHECK_INT(r->answer.status, 411);
    struct json *root;
    CHECK_OK(json_parse(buf_str(&r->answer.body), &root, NULL));
    CHECK(json_text(json_get(json_get(root, "error"), "message"), &text));
    CHECK_STR(text, "The request does not state its length.");
    json_free(root);
    request_free(r);
    house_close(&h);
}
