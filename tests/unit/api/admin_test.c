/* The three administrators' desks. */
#include "auth/throttle.h"
#include "house.h"

static void id_of(struct house *h, const struct who *admin, const char *name, char ret_id[40])
{
    struct reply r = {0};
    struct str id;
    char path[128];
    snprintf(path, sizeof path, "/api/accounts?q=%s", name);
    CHECK_INT(get(h, admin, path, &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 1);
    CHECK(json_text(json_get(json_at(json_get(r.json, "accounts"), 0), "id"), &id));
    snprintf(ret_id, 40, "%.*s", (int)id.bytes, id.at);
    reply_done(&r);
}

static int change(struct house *h, const struct who *admin, const char *id, const char *what,
                  const char *body, struct reply *r)
{
    char path[128];
    snprintf(path, sizeof path, "/api/accounts/%s/%s", id, what);
    return post(h, admin, path, body, r);
}

static struct str account_text(const struct reply *r, const char *key)
{
    struct str text = {"", 0};
    (void)json_text(json_get(json_get(r->json, "account"), key), &text);
    return text;
}

/* Rules 4 and 30 at the door; the store's own refusal is tested beside its tables. */
TEST(no_pair_of_roles_that_excludes_itself_gets_an_account)
{
    struct house h;
    struct reply r = {0};
    struct who admin;
    char body[256], id[40];
    int n = 0;
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    id_of(&h, &admin, "lubaisu", id);
    for (enum role a = 0; a < ROLE_COUNT; a++)
        for (enum role b = a + 1; b < ROLE_COUNT; b++) {
            bool excludes = role_set_excludes((struct role_set){ROLE_BIT(a) | ROLE_BIT(b)});
            snprintf(body, sizeof body,
                     "{\"name\":\"two-%d\",\"display\":\"二职\",\"staff_number\":\"T%d\",\"roles\":[\"%s\","
                     "\"%s\"]}",
                     n, n, role_name(a), role_name(b));
            CHECK_INT(post(&h, &admin, "/api/accounts", body, &r), excludes ? 409 : 201);
            if (excludes) CHECK_STR(reply_code(&r), "roles_exclude");
            snprintf(body, sizeof body, "{\"roles\":[\"%s\",\"%s\"]}", role_name(b), role_name(a));
            CHECK_INT(change(&h, &admin, id, "roles", body, &r), excludes ? 409 : 200);
            if (excludes) CHECK_STR(reply_code(&r), "roles_exclude");
            n++;
        }
    CHECK(house_rows(&h, "account.create", "refused") > 40);
    CHECK_INT(house_int(&h, "SELECT count(*) FROM account_role a JOIN account_role b ON a.account = b.account"
                            " JOIN role x ON x.name = a.role JOIN role y ON y.name = b.role"
                            " WHERE x.world <> y.world OR (x.is_admin AND y.is_admin AND x.name <> y.name)"),
              0);
    reply_done(&r);
    house_close(&h);
}

TEST(an_account_is_made_once_for_a_name_and_once_for_a_person)
{
    static const struct {
        const char *body, *code, *where;
        int status;
    } cases[] = {
        {"{\"name\":\"zhang\",\"display\":\"张\",\"staff_number\":\"X1\",\"roles\":[\"nurse\"]}", "", "",
         201},
        {"{\"name\":\"zhang\",\"display\":\"张\",\"staff_number\":\"X2\",\"roles\":[\"nurse\"]}",
         "name_taken", "name", 409},
        {"{\"name\":\"zhang2\",\"display\":\"张\",\"staff_number\":\"x1\",\"roles\":[\"guard\"]}",
         "staff_number_taken", "staff_number", 409},
        {"{\"name\":\"Zhang\",\"display\":\"张\",\"staff_number\":\"X3\",\"roles\":[\"nurse\"]}", "bad_field",
         "name", 400},
        {"{\"name\":\"zhang3\",\"display\":\"\",\"staff_number\":\"X3\",\"roles\":[\"nurse\"]}", "bad_field",
         "display", 400},
        {"{\"name\":\"zhang3\",\"display\":\"张\",\"roles\":[\"nurse\"]}", "missing_field", "staff_number",
         400},
        {"{\"name\":\"zhang3\",\"display\":\"张\",\"staff_number\":\"X3\",\"roles\":[]}", "bad_field",
         "roles", 400},
        {"{\"name\":\"zhang3\",\"display\":\"张\",\"staff_number\":\"X3\",\"roles\":[\"king\"]}", "bad_field",
         "roles", 400},
        {"{\"name\":\"zhang3\",\"display\":\"张\",\"staff_number\":\"X3\",\"roles\":[\"nurse\",\"nurse\"]}",
         "bad_field", "roles", 400},
        {"{\"name\":\"zhang3\",\"display\":\"张\",\"staff_number\":\"X3\",\"roles\":\"nurse\"}", "bad_field",
         "roles", 400},
    };
    struct house h;
    struct reply r = {0};
    struct who admin;
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct str where = {"", 0};
        CHECK_INT(post(&h, &admin, "/api/accounts", cases[i].body, &r), cases[i].status);
        CHECK_STR(reply_code(&r), cases[i].code);
        if (cases[i].code[0]) (void)json_text(json_get(reply_error(&r), "where"), &where);
        CHECK_STR(where, cases[i].where);
    }
    CHECK_INT(house_rows(&h, "account.create", "ok"), 15 + 1); /* the demo's people and one */
    reply_done(&r);
    house_close(&h);
}

TEST(the_list_is_filtered_paged_and_audited)
{
    struct house h;
    struct reply r = {0};
    struct who admin;
    char body[256];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    for (int i = 0; i < 40; i++) {
        snprintf(body, sizeof body,
                 "{\"name\":\"guard-%02d\",\"display\":\"警员 "
                 "%02d\",\"staff_number\":\"GG%02d\",\"roles\":[\"guard\"]}",
                 i, i, i);
        CHECK_INT(post(&h, &admin, "/api/accounts", body, &r), 201);
    }
    CHECK_INT(get(&h, &admin, "/api/accounts", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 50);
    struct str next = reply_text(&r, "next");
    char path[128];
    snprintf(path, sizeof path, "/api/accounts?after=%.*s", (int)next.bytes, next.at);
    CHECK_INT(get(&h, &admin, path, &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 5);
    CHECK_STR(reply_text(&r, "next"), "");
    CHECK_INT(get(&h, &admin, "/api/accounts?role=guard&state=active", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 41);
    CHECK_INT(get(&h, &admin, "/api/accounts?q=%E9%A1%BE%E6%B8%85%E5%92%8C", &r), 200); /* 顾清和 */
    CHECK_INT(json_count(json_get(r.json, "accounts")), 1);
    CHECK_INT(get(&h, &admin, "/api/accounts?role=king", &r), 400);
    CHECK_INT(get(&h, &admin, "/api/accounts?state=gone", &r), 400);
    CHECK_INT(house_rows(&h, "account.list", "ok"), 4);
    CHECK_INT(house_rows(&h, "account.list", "refused"), 2);
    CHECK_INT(get(&h, &admin, "/api/roles", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "roles")), ROLE_COUNT);
    reply_done(&r);
    house_close(&h);
}

TEST(disabling_ends_sessions_and_tokens_at_once)
{
    struct house h;
    struct reply r = {0};
    struct who admin, doctor, program = {{0}, {0}, {0}};
    char id[40], body[160];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "guqinghe", &doctor);
    id_of(&h, &admin, "guqinghe", id);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\"试验\",\"ttl_s\":3600}", id);
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 201);
    struct str token = reply_text(&r, "token");
    snprintf(program.bearer, sizeof program.bearer, "%.*s", (int)token.bytes, token.at);
    CHECK_INT(get(&h, &program, "/api/session", &r), 200);
    CHECK_INT(change(&h, &admin, id, "disable", "{}", &r), 400);
    CHECK_INT(change(&h, &admin, id, "disable", "{\"reason\":\"  \"}", &r), 400);
    CHECK_INT(change(&h, &admin, id, "disable", "{\"reason\":\"调离\"}", &r), 200);
    CHECK_STR(account_text(&r, "state"), "disabled");
    CHECK_INT(get(&h, &doctor, "/api/session", &r), 401);
    CHECK_INT(get(&h, &program, "/api/session", &r), 401);
    CHECK(house_noticed(&h, "session_ended", "forced"));
    CHECK_INT(change(&h, &admin, id, "enable", "{\"reason\":\"回来了\"}", &r), 200);
    CHECK_STR(account_text(&r, "state"), "active");
    CHECK_INT(get(&h, &program, "/api/session", &r), 401); /* what was ended stays so */
    log_in(&h, "guqinghe", &doctor);
    CHECK_INT(house_rows(&h, "account.disable", "ok"), 1);
    CHECK_INT(house_rows(&h, "account.disable", "refused"), 2);
    reply_done(&r);
    house_close(&h);
}

TEST(new_roles_end_what_the_old_ones_opened)
{
    struct house h;
    struct reply r = {0};
    struct who admin, who;
    char id[40];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "lubaisu", &who);
    id_of(&h, &admin, "lubaisu", id);
    CHECK_INT(change(&h, &admin, id, "roles", "{\"roles\":[\"guard\"]}", &r), 200);
    CHECK_STR(account_text(&r, "world"), "custody");
    CHECK_INT(get(&h, &who, "/api/session", &r), 401);
    reply_done(&r);
    house_close(&h);
}

TEST(a_lock_is_seen_and_opened)
{
    struct house h;
    struct reply r = {0};
    struct who admin, who;
    char id[40];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    id_of(&h, &admin, "guqinghe", id);
    for (int i = 0; i < 5; i++)
        post(&h, NULL, "/api/login", "{\"name\":\"guqinghe\",\"password\":\"wrong wrong\"}", &r);
    CHECK_INT(get(&h, &admin, "/api/accounts?state=locked", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 1);
    CHECK_INT(get(&h, &admin, "/api/lockouts", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 1);
    CHECK_INT(json_count(json_get(r.json, "addresses")), 1);
    CHECK_INT(change(&h, &admin, id, "unlock", "{\"reason\":\"本人电话确认\"}", &r), 200);
    CHECK_STR(account_text(&r, "state"), "active");
    log_in(&h, "guqinghe", &who);
    CHECK_INT(post(&h, &admin, "/api/lockouts/clear", "{\"from\":\"192.0.2.7\"}", &r), 204);
    CHECK_INT(post(&h, &admin, "/api/lockouts/clear", "{\"from\":\"192.0.2.7\"}", &r), 404);
    CHECK_INT(get(&h, &admin, "/api/lockouts", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "accounts")), 0);
    CHECK_INT(json_count(json_get(r.json, "addresses")), 0);
    reply_done(&r);
    house_close(&h);
}

TEST(a_reset_gives_a_password_to_be_changed_and_may_take_the_second_factor)
{
    struct house h;
    struct reply r = {0};
    struct who admin, who;
    char id[40], body[256];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "guqinghe", &who);
    id_of(&h, &admin, "guqinghe", id);
    for (int i = 0; i < 5; i++)
        post(&h, NULL, "/api/login", "{\"name\":\"guqinghe\",\"password\":\"wrong wrong\"}", &r);
    CHECK_INT(change(&h, &admin, id, "reset", "{\"reason\":\"忘记密码\",\"totp\":true}", &r), 200);
    struct str password = reply_text(&r, "password");
    snprintf(body, sizeof body, "{\"name\":\"guqinghe\",\"password\":\"%.*s\"}", (int)password.bytes,
             password.at);
    CHECK_INT(get(&h, &who, "/api/session", &r), 401);
    CHECK(house_noticed(&h, "session_ended", "password"));
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 200); /* the lock is opened too */
    CHECK_STR(reply_text(&r, "next"), "password");
    struct str ticket = reply_text(&r, "ticket");
    snprintf(body, sizeof body, "{\"ticket\":\"%.*s\",\"password\":\"a quiet river walk\"}",
             (int)ticket.bytes, ticket.at);
    CHECK_INT(post(&h, NULL, "/api/login/password", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "enrol");
    reply_done(&r);
    house_close(&h);
}

TEST(nobody_changes_the_own_account_or_the_last_of_a_kind)
{
    static const char *const whats[] = {"disable", "enable", "unlock", "reset", "logout"};
    struct house h;
    struct reply r = {0};
    struct who admin;
    char own[40], other[40], body[128];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    id_of(&h, &admin, "fangjiming", own);
    for (size_t i = 0; i < COUNT_OF(whats); i++) {
        CHECK_INT(change(&h, &admin, own, whats[i], "{\"reason\":\"x\"}", &r), 409);
        CHECK_STR(reply_code(&r), "own_account");
        CHECK_INT(
            change(&h, &admin, "6f1c3a52-0d5b-4c8e-9a41-2b7d1e5f9c03", whats[i], "{\"reason\":\"x\"}", &r),
            404);
    }
    CHECK_INT(change(&h, &admin, own, "roles", "{\"roles\":[\"nurse\"]}", &r), 409);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\"x\",\"ttl_s\":60}", own);
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 409);
    id_of(&h, &admin, "luojingan", other);
    CHECK_INT(change(&h, &admin, other, "disable", "{\"reason\":\"x\"}", &r), 409);
    CHECK_STR(reply_code(&r), "last_admin");
    CHECK_INT(change(&h, &admin, other, "roles", "{\"roles\":[\"system-admin\"]}", &r), 409);
    CHECK_STR(reply_code(&r), "last_admin");
    reply_done(&r);
    house_close(&h);
}

TEST(a_forced_logout_ends_the_sessions_and_only_them)
{
    struct house h;
    struct reply r = {0};
    struct who admin, who;
    char id[40];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "guqinghe", &who);
    id_of(&h, &admin, "guqinghe", id);
    CHECK_INT(change(&h, &admin, id, "logout", "{\"reason\":\"设备遗失\"}", &r), 200);
    CHECK_INT(get(&h, &who, "/api/session", &r), 401);
    log_in(&h, "guqinghe", &who);
    CHECK_INT(get(&h, &who, "/api/session", &r), 200);
    reply_done(&r);
    house_close(&h);
}

TEST(a_program_with_a_token_may_what_its_account_may_and_not_the_own_account)
{
    struct house h;
    struct reply r = {0};
    struct who admin, program = {{0}, {0}, {0}};
    char id[40], token_id[40], body[160], path[128];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    id_of(&h, &admin, "qiaoyunfei", id);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\"监控\",\"ttl_s\":59}", id);
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 400);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\" \",\"ttl_s\":60}", id);
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 400);
    snprintf(body, sizeof body, "{\"account\":\"nobody\",\"label\":\"x\",\"ttl_s\":60}");
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 400);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\"监控\",\"ttl_s\":3600}", id);
    CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 201);
    struct str text = reply_text(&r, "token");
    CHECK(str_starts(text, STR("yqt_")));
    snprintf(program.bearer, sizeof program.bearer, "%.*s", (int)text.bytes, text.at);
    text = reply_text(&r, "id");
    snprintf(token_id, sizeof token_id, "%.*s", (int)text.bytes, text.at);

    CHECK_INT(get(&h, &program, "/api/system/health", &r), 200);
    CHECK_INT(post(&h, &program, "/api/system/scrub", "{}", &r),
              202); /* no CSRF token is asked of a program */
    CHECK_INT(get(&h, &program, "/api/accounts", &r), 403);
    CHECK_INT(post(&h, &program, "/api/logout", NULL, &r), 403);
    CHECK_INT(post(&h, &program, "/api/account/recovery-codes", "{\"code\":\"1\"}", &r), 403);
    CHECK_INT(get(&h, &program, "/ws", &r), 403);
    ask(&h, &(struct question){.method = HTTP_GET, .path = "/metrics", .who = &program}, &r);
    CHECK_INT(r.status, 200);
    reply_done(&r);
    CHECK_INT(get(&h, &admin, "/api/tokens", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "tokens")), 1);
    snprintf(path, sizeof path, "/api/tokens/%s/revoke", token_id);
    CHECK_INT(post(&h, &admin, path, "{\"reason\":\"不用了\"}", &r), 204);
    CHECK_INT(post(&h, &admin, path, "{\"reason\":\"不用了\"}", &r), 404);
    CHECK_INT(get(&h, &program, "/api/system/health", &r), 401);
    reply_done(&r);
    house_close(&h);
}

TEST(tokens_are_listed_by_fifty_and_the_own_ones_apart)
{
    struct house h;
    struct reply r = {0};
    struct who admin, doctor;
    char id[40], body[160], path[128];
    house_open(&h);
    log_in(&h, "security-admin", &admin);
    log_in(&h, "guqinghe", &doctor);
    id_of(&h, &admin, "guqinghe", id);
    snprintf(body, sizeof body, "{\"account\":\"%s\",\"label\":\"仪器\",\"ttl_s\":3600}", id);
    for (int i = 0; i < 51; i++)
        CHECK_INT(post(&h, &admin, "/api/tokens", body, &r), 201);
    CHECK_INT(get(&h, &admin, "/api/tokens", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "tokens")), 50);
    struct str next = reply_text(&r, "next");
    snprintf(path, sizeof path, "/api/tokens?after=%.*s", (int)next.bytes, next.at);
    CHECK_INT(get(&h, &admin, path, &r), 200);
    CHECK_INT(json_count(json_get(r.json, "tokens")), 1);
    CHECK_INT(get(&h, &doctor, "/api/account", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "tokens")), 51);
    clock_fake_advance(3600 * 1000 - 60 * 1000);
    log_in(&h, "guqinghe", &doctor);
    CHECK_INT(get(&h, &doctor, "/api/account", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "tokens")), 0); /* over, and listed no more */
    reply_done(&r);
    house_close(&h);
}

TEST(a_detainee_gets_a_pin_and_is_in_after_changing_it)
{
    struct house h;
    struct reply r = {0};
    struct who admin, wall;
    char body[256];
    house_open(&h);
    house_terminal(&h, &wall);
    log_in(&h, "security-admin", &admin);
    CHECK_INT(post(&h, &admin, "/api/accounts",
                   "{\"name\":\"d3120500\",\"display\":\"某某\",\"staff_number\":\"3120500\",\"roles\":["
                   "\"detainee\"]}",
                   &r),
              201);
    struct str pin = reply_text(&r, "password");
    CHECK_INT(pin.bytes, 8);
    snprintf(body, sizeof body, "{\"name\":\"d3120500\",\"password\":\"%.*s\"}", (int)pin.bytes, pin.at);
    CHECK_INT(post(&h, NULL, "/api/login", body, &r), 403);
    CHECK_STR(reply_code(&r), "terminal_needed");
    CHECK_INT(post(&h, &wall, "/api/login", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "password");
    struct str ticket = reply_text(&r, "ticket");
    snprintf(body, sizeof body, "{\"ticket\":\"%.*s\",\"password\":\"493027\"}", (int)ticket.bytes,
             ticket.at);
    CHECK_INT(post(&h, &wall, "/api/login/password", body, &r), 200);
    CHECK_STR(reply_text(&r, "next"), "done");
    CHECK(r.cookie[0] != 0);
    reply_done(&r);
    house_close(&h);
}

/* -- the system admin -- */

static void write_workers(struct site *s, struct json_out *o)
{
    (void)s;
    json_put_raw(o, "workers", STR("[{\"index\":0,\"state\":\"up\"},{\"index\":1,\"state\":\"backoff\"}]"));
}

static void write_certificates(struct site *s, struct json_out *o)
{
    (void)s;
    json_put_null(o, "ca");
    json_put_raw(o, "leaf",
                 STR("{\"subject\":\"CN=x\",\"until\":\"2026-12-01T00:00:00.000Z\",\"source\":\"files\"}"));
}

static bool restart_worker(struct site *s, int index)
{
    (void)s;
    return index == 1;
}

static enum err renew_not(struct site *s)
{
    (void)s;
    return ERR_DENIED;
}

static enum err renew(struct site *s)
{
    (void)s;
    return OK;
}

static const struct json *check_named(const struct reply *r, const char *name)
{
    const struct json *list = json_get(r->json, "checks");
    struct str text;
    for (size_t i = 0; i < json_count(list); i++)
        if (json_text(json_get(json_at(list, i), "name"), &text) && str_is_text(text, name))
            return json_at(list, i);
    check_fail(__FILE__, __LINE__, "no check named %s", name);
}

TEST(the_system_admin_sees_the_machine)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    struct str text;
    house_open(&h);
    h.site.write_workers = write_workers;
    h.site.write_certificates = write_certificates;
    h.site.restart_worker = restart_worker;
    log_in(&h, "system-admin", &who);
    CHECK_INT(get(&h, &who, "/api/system/health", &r), 200);
    CHECK_STR(reply_text(&r, "version"), "0.1.0");
    CHECK(json_text(json_get(json_get(r.json, "audit"), "head"), &text) && text.bytes == 64);
    CHECK(json_text(json_get(check_named(&r, "workers"), "code"), &text));
    CHECK_STR(text, "some_down");
    CHECK(json_text(json_get(check_named(&r, "certificate"), "code"), &text));
    CHECK_STR(text, "ending");
    CHECK(json_text(json_get(check_named(&r, "store"), "state"), &text));
    CHECK_STR(text, "ok");
    CHECK_INT(get(&h, &who, "/api/system/workers", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "workers")), 2);
    CHECK_INT(post(&h, &who, "/api/system/workers/1/restart", "{\"reason\":\"卡住\"}", &r), 202);
    CHECK_INT(post(&h, &who, "/api/system/workers/2/restart", "{\"reason\":\"卡住\"}", &r), 404);
    CHECK_INT(post(&h, &who, "/api/system/workers/x/restart", "{\"reason\":\"卡住\"}", &r), 404);
    CHECK_INT(get(&h, &who, "/api/system/certificates", &r), 200);
    CHECK(json_get(r.json, "leaf") != NULL);
    CHECK_INT(post(&h, &who, "/api/system/certificates/renew", "{\"reason\":\"x\"}", &r), 409);
    CHECK_STR(reply_code(&r), "given_files");
    h.site.renew_certificate = renew_not;
    CHECK_INT(post(&h, &who, "/api/system/certificates/renew", "{\"reason\":\"x\"}", &r), 409);
    h.site.renew_certificate = renew;
    CHECK_INT(post(&h, &who, "/api/system/certificates/renew", "{\"reason\":\"x\"}", &r), 200);
    CHECK_INT(get(&h, &who, "/api/system/backups", &r), 200);
    CHECK_STR(reply_text(&r, "state"), "off");
    CHECK_INT(post(&h, &who, "/api/system/backups/run", "{}", &r), 409);
    CHECK_STR(reply_code(&r), "no_target");
    CHECK_INT(post(&h, &who, "/api/system/scrub", "{\"now\":true}", &r), 400);
    CHECK_INT(post(&h, &who, "/api/system/scrub", "{}", &r), 202);
    reply_done(&r);
    house_close(&h);
}

TEST(a_page_without_a_running_program_behind_it_is_empty_and_not_wrong)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "system-admin", &who);
    CHECK_INT(get(&h, &who, "/api/system/workers", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "workers")), 0);
    CHECK_INT(get(&h, &who, "/api/system/certificates", &r), 200);
    CHECK_INT(post(&h, &who, "/api/system/workers/0/restart", "{\"reason\":\"x\"}", &r), 404);
    reply_done(&r);
    house_close(&h);
}

/* -- the privacy officer -- */

TEST(the_trail_is_read_newest_first_filtered_and_reading_it_is_in_it)
{
    struct house h;
    struct reply r = {0};
    struct who officer, guard;
    struct str text;
    int64_t seq = INT64_MAX, one;
    int pages = 0, rows = 0;
    char path[160], next[32] = "";
    house_open(&h);
    log_in(&h, "guard", &guard);
    for (int i = 0; i < 60; i++)
        CHECK_INT(get(&h, &guard, "/api/accounts", &r), 404);
    log_in(&h, "privacy-officer", &officer);
    int total = (int)house_int(&h, "SELECT count(*) FROM audit");
    do {
        snprintf(path, sizeof path, "/api/audit?before=%s", next);
        CHECK_INT(get(&h, &officer, path, &r), 200);
        const struct json *list = json_get(r.json, "rows");
        for (size_t i = 0; i < json_count(list); i++, rows++) {
            CHECK(json_int(json_get(json_at(list, i), "seq"), &one));
            CHECK(one < seq);
            seq = one;
        }
        text = reply_text(&r, "next");
        snprintf(next, sizeof next, "%.*s", (int)text.bytes, text.at);
        pages++;
    } while (next[0]);
    CHECK_INT(rows, total);
    CHECK(pages >= 2);
    CHECK_INT(house_rows(&h, "audit.read", "ok"), pages);
    CHECK_INT(get(&h, &officer, "/api/audit?actor=jingyuan0613&outcome=refused&action=account.", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "rows")), 50);
    CHECK(json_text(json_get(json_get(json_at(json_get(r.json, "rows"), 0), "actor"), "display"), &text));
    CHECK_STR(text, "警员 0613");
    CHECK_INT(get(&h, &officer, "/api/audit?action=login&from=2027-01-01T00:00:00Z", &r), 200);
    CHECK_INT(json_count(json_get(r.json, "rows")), 0);
    CHECK_INT(get(&h, &officer, "/api/audit?from=yesterday", &r), 400);
    CHECK_INT(get(&h, &officer, "/api/audit?outcome=maybe", &r), 400);
    CHECK_INT(get(&h, &officer, "/api/audit?before=-1", &r), 400);
    reply_done(&r);
    house_close(&h);
}

TEST(the_trail_is_verified_while_it_grows)
{
    struct house h;
    struct reply r = {0};
    struct who officer;
    bool ok = false;
    house_open(&h);
    log_in(&h, "privacy-officer", &officer);
    CHECK_INT(post(&h, &officer, "/api/audit/verify", "{}", &r), 200);
    CHECK(json_bool(json_get(r.json, "ok"), &ok) && ok);
    CHECK(reply_int(&r, "rows") > 15);
    CHECK_STR(reply_text(&r, "why"), "");
    CHECK_INT(house_rows(&h, "audit.verify", "ok"), 1);
    reply_done(&r);
    house_close(&h);
}

/* -- without a login -- */

TEST(the_state_of_the_service_is_public_and_its_figures_are_not)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    CHECK_INT(get(&h, NULL, "/healthz", &r), 200);
    CHECK_STR(reply_text(&r, "store"), "ok");
    CHECK_STR(reply_text(&r, "audit"), "ok");
    CHECK_STR(reply_text(&r, "backup"), "off");
    CHECK_STR(reply_text(&r, "state"), "ok");
    h.site.write_workers = write_workers;
    CHECK_INT(get(&h, NULL, "/healthz", &r), 200);
    CHECK_STR(reply_text(&r, "state"), "degraded");
    CHECK_INT(get(&h, NULL, "/metrics", &r), 404);
    log_in(&h, "guard", &who);
    CHECK_INT(get(&h, &who, "/metrics", &r), 404);
    log_in(&h, "system-admin", &who);
    CHECK_INT(get(&h, &who, "/metrics", &r), 200);
    reply_done(&r);
    ask(&h, &(struct question){.method = HTTP_GET, .path = "/metrics", .from = "127.0.0.1"}, &r);
    CHECK_INT(r.status, 200);
    CHECK(strstr(r.content_type, "text/plain") != NULL);
    CHECK(strstr(r.body.at, "\nyunqiao_sessions 2\n") != NULL);
    CHECK(strstr(r.body.at, "yunqiao_http_requests_total{class=\"4xx\"} ") != NULL);
    CHECK(strstr(r.body.at, "yunqiao_logins_total{outcome=\"ok\"} ") != NULL);
    reply_done(&r);
    house_close(&h);
}

TEST(a_server_that_goes_down_says_so_and_answers_nothing_else)
{
    struct house h;
    struct reply r = {0};
    struct who who;
    house_open(&h);
    log_in(&h, "guqinghe", &who);
    api_drain(h.api);
    CHECK_INT(get(&h, &who, "/api/session", &r), 503);
    CHECK_STR(reply_code(&r), "busy");
    CHECK_STR(str_of(r.retry_after), "1");
    CHECK_INT(get(&h, NULL, "/healthz", &r), 503);
    CHECK_STR(reply_text(&r, "state"), "draining");
    CHECK_INT(get(&h, NULL, "/nothing", &r), 404);
    reply_done(&r);
    house_close(&h);
}
