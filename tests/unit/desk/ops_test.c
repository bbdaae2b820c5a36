/* The operator's operations, as the command and the control socket ask them. */
#include "../check.h"
#include "auth/role.h"
#include "auth/schema.h"
#include "base/log.h"
#include "desk/health.h"
#include "desk/ops.h"

struct bench {
    struct store *store;
    struct site site;
    char dir[128];
    int progress_lines;
};

static void bench_open(struct bench *b)
{
    char data[160], key[160], why[256] = "";
    struct instant now;
    log_level_set(LOG_ERROR);
    *b = (struct bench){0};
    CHECK(instant_from_text(STR("2026-11-23T07:24:07.031Z"), &now));
    clock_fake(now, (struct tick){1000000});
    snprintf(b->dir, sizeof b->dir, "%s", check_tmp_dir());
    snprintf(data, sizeof data, "%s/data", b->dir);
    snprintf(key, sizeof key, "%s/data.key", b->dir);
    struct store_settings settings = {
        .dir = data, .key_path = key, .create = true, .migrations = auth_migrations, .queue_max = 64};
    if (store_open(&settings, &b->store, why) != OK) check_fail(__FILE__, __LINE__, "%s", why);
    b->site =
        (struct site){.store = b->store, .settings = {.name = "测试", .argon2_mib = 1}, .version = "0.1.0"};
}

static void bench_close(struct bench *b)
{
    store_close(b->store, 5000);
}

static void on_progress(void *ctx, struct str line)
{
    struct bench *b = ctx;
    struct json *root = NULL;
    CHECK(line.bytes > 0 && line.at[line.bytes - 1] == '\n');
    CHECK_OK(json_parse(line, &root, NULL));
    CHECK(json_is_object(json_get(root, "progress")));
    json_free(root);
    b->progress_lines++;
}

/* Runs one and hands back the parsed line. */
static enum ops_exit run(struct bench *b, const char *request, struct json **ret_root)
{
    struct buf line;
    bool ok;
    int64_t code = 0;
    buf_init(&line, 1 << 20);
    enum ops_exit result = ops_run(&b->site, str_of(request), &line, on_progress, b);
    CHECK(line.bytes > 1 && line.at[line.bytes - 1] == '\n' && !memchr(line.at, '\n', line.bytes - 1));
    CHECK_OK(json_parse(buf_str(&line), ret_root, NULL));
    CHECK(json_bool(json_get(*ret_root, "ok"), &ok));
    CHECK(ok == (result == OPS_DONE || result == OPS_NOT_SO));
    (void)json_int(json_get(*ret_root, "exit"), &code);
    CHECK_INT(code, result);
    buf_done(&line);
    return result;
}

static enum ops_exit run_only(struct bench *b, const char *request)
{
    struct json *root;
    enum ops_exit result = run(b, request, &root);
    json_free(root);
    return result;
}

static void check_code(struct bench *b, const char *request, enum ops_exit exit_code, const char *code)
{
    struct json *root;
    struct str text;
    CHECK_INT(run(b, request, &root), exit_code);
    CHECK(json_text(json_get(json_get(root, "error"), "code"), &text));
    CHECK_STR(text, code);
    json_free(root);
}

TEST(a_site_begins_with_three_administrators_each_another_person)
{
    struct bench b;
    struct json *root;
    struct str text;
    bench_open(&b);
    CHECK_INT(run(&b, "{\"op\":\"init\"}", &root), OPS_DONE);
    const struct json *list = json_get(json_get(root, "result"), "accounts");
    CHECK_INT(json_count(list), 3);
    for (size_t i = 0; i < 3; i++)
        CHECK(json_text(json_get(json_at(list, i), "password"), &text) && text.bytes == 19);
    json_free(root);
    check_code(&b, "{\"op\":\"init\"}", OPS_REFUSED, "has_accounts");
    check_code(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true}}", OPS_REFUSED, "has_accounts");
    bench_close(&b);
}

TEST(a_site_may_name_its_first_people_but_not_leave_an_administrator_out)
{
    struct bench b;
    bench_open(&b);
    check_code(&b,
               "{\"op\":\"init\",\"args\":{\"accounts\":[{\"role\":\"security-admin\",\"name\":\"sec\","
               "\"display\":\"安\","
               "\"staff_number\":\"1\"}]}}",
               OPS_USAGE, "bad_field");
    check_code(&b,
               "{\"op\":\"init\",\"args\":{\"accounts\":["
               "{\"role\":\"security-admin\",\"name\":\"sec\",\"display\":\"安\",\"staff_number\":\"1\"},"
               "{\"role\":\"system-admin\",\"name\":\"sys\",\"display\":\"系\",\"staff_number\":\"1\"},"
               "{\"role\":\"privacy-officer\",\"name\":\"pri\",\"display\":\"隐\",\"staff_number\":\"3\"}]}}",
               OPS_REFUSED, "staff_number_taken");
    CHECK_INT(
        run_only(
            &b,
            "{\"op\":\"init\",\"args\":{\"accounts\":["
            "{\"role\":\"security-admin\",\"name\":\"sec\",\"display\":\"安\",\"staff_number\":\"1\"},"
            "{\"role\":\"system-admin\",\"name\":\"sys\",\"display\":\"系\",\"staff_number\":\"2\"},"
            "{\"role\":\"privacy-officer\",\"name\":\"pri\",\"display\":\"隐\",\"staff_number\":\"3\"}]}}"),
        OPS_DONE);
    bench_close(&b);
}

#define ADD_NURSE                                                                                            \
    "{\"op\":\"user.add\",\"args\":{\"name\":\"lu\",\"display\":\"陆\",\"staff_number\":\"N1\",\"roles\":[" \
    "\"nurse\"]}}"

TEST(people_are_added_listed_closed_opened_and_reset)
{
    struct bench b;
    struct json *root;
    struct str text;
    bench_open(&b);
    CHECK_INT(run(&b, ADD_NURSE, &root), OPS_DONE);
    CHECK(json_text(json_get(json_get(root, "result"), "password"), &text) && text.bytes == 19);
    json_free(root);
    check_code(&b, ADD_NURSE, OPS_REFUSED, "name_taken");
    check_code(&b,
               "{\"op\":\"user.add\",\"args\":{\"name\":\"lu2\",\"display\":\"陆\",\"staff_number\":\"N2\","
               "\"roles\":[\"nurse\",\"guard\"]}}",
               OPS_REFUSED, "roles_exclude");
    check_code(&b, "{\"op\":\"user.add\",\"args\":{\"name\":\"lu3\"}}", OPS_USAGE, "missing_field");
    CHECK_INT(run(&b, "{\"op\":\"user.list\"}", &root), OPS_DONE);
    CHECK_INT(json_count(json_get(json_get(root, "result"), "accounts")), 1);
    json_free(root);
    CHECK_INT(run(&b, "{\"op\":\"user.disable\",\"args\":{\"name\":\"lu\",\"reason\":\"调离\"}}", &root),
              OPS_DONE);
    CHECK(json_text(json_get(json_get(json_get(root, "result"), "account"), "state"), &text));
    CHECK_STR(text, "disabled");
    json_free(root);
    check_code(&b, "{\"op\":\"token\",\"args\":{\"user\":\"lu\"}}", OPS_REFUSED, "disabled");
    CHECK_INT(run_only(&b, "{\"op\":\"user.enable\",\"args\":{\"name\":\"lu\"}}"), OPS_DONE);
    CHECK_INT(run_only(&b, "{\"op\":\"user.unlock\",\"args\":{\"name\":\"lu\"}}"), OPS_DONE);
    CHECK_INT(run(&b, "{\"op\":\"user.reset\",\"args\":{\"name\":\"lu\",\"totp\":true}}", &root), OPS_DONE);
    CHECK(json_text(json_get(json_get(root, "result"), "password"), &text) && text.bytes == 19);
    json_free(root);
    check_code(&b, "{\"op\":\"user.reset\",\"args\":{\"name\":\"nobody\"}}", OPS_REFUSED, "not_found");
    check_code(&b, "{\"op\":\"user.disable\",\"args\":{\"name\":\"nobody\"}}", OPS_REFUSED, "not_found");
    bench_close(&b);
}

static char noticed[256];

static void notify(struct site *s, const struct site_notice *n)
{
    (void)s;
    snprintf(noticed, sizeof noticed, "%s %s %s", n->account ? n->account : "", n->kind, n->data);
}

TEST(a_running_server_tells_the_browsers_of_whom_the_operator_closes_out)
{
    struct bench b;
    struct json *root;
    struct str id;
    char expected[256];
    bench_open(&b);
    b.site.notify = notify;
    noticed[0] = 0;
    CHECK_INT(run_only(&b, ADD_NURSE), OPS_DONE);
    CHECK_INT(noticed[0], 0);
    CHECK_INT(run(&b, "{\"op\":\"user.disable\",\"args\":{\"name\":\"lu\"}}", &root), OPS_DONE);
    CHECK(json_text(json_get(json_get(json_get(root, "result"), "account"), "id"), &id));
    snprintf(expected, sizeof expected, "%.*s session_ended {\"why\":\"forced\"}", (int)id.bytes, id.at);
    CHECK_STR(str_of(noticed), expected);
    json_free(root);
    noticed[0] = 0;
    check_code(&b, "{\"op\":\"user.disable\",\"args\":{\"name\":\"nobody\"}}", OPS_REFUSED, "not_found");
    CHECK_INT(noticed[0], 0);
    CHECK_INT(run_only(&b, "{\"op\":\"user.reset\",\"args\":{\"name\":\"lu\"}}"), OPS_DONE);
    CHECK(strstr(noticed, "session_ended {\"why\":\"password\"}") != NULL);
    bench_close(&b);
}

TEST(a_token_is_printed_with_its_end)
{
    struct bench b;
    struct json *root;
    struct str text;
    bench_open(&b);
    CHECK_INT(run_only(&b, ADD_NURSE), OPS_DONE);
    CHECK_INT(run(&b, "{\"op\":\"token\",\"args\":{\"user\":\"lu\",\"ttl_s\":3600}}", &root), OPS_DONE);
    CHECK(json_text(json_get(json_get(root, "result"), "token"), &text) && str_starts(text, STR("yqt_")));
    CHECK(json_text(json_get(json_get(root, "result"), "ends"), &text));
    CHECK_STR(text, "2026-11-23T08:24:07.031Z");
    json_free(root);
    check_code(&b, "{\"op\":\"token\",\"args\":{\"user\":\"lu\",\"ttl_s\":1}}", OPS_USAGE, "bad_field");
    check_code(&b, "{\"op\":\"token\",\"args\":{\"user\":\"nobody\"}}", OPS_REFUSED, "not_found");
    bench_close(&b);
}

TEST(the_demo_prints_the_same_logins_again)
{
    struct bench b;
    struct json *first, *again;
    struct str one, two;
    uint32_t roles = 0;
    bench_open(&b);
    CHECK_INT(run(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true}}", &first), OPS_DONE);
    CHECK(b.progress_lines > 0);
    CHECK_INT(run_only(&b, "{\"op\":\"user.disable\",\"args\":{\"name\":\"guqinghe\"}}"), OPS_DONE);
    CHECK_INT(run(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true}}", &again), OPS_DONE);
    const struct json *a = json_get(json_get(first, "result"), "accounts");
    const struct json *c = json_get(json_get(again, "result"), "accounts");
    CHECK_INT(json_count(a), json_count(c));
    for (size_t i = 0; i < json_count(a); i++) {
        enum role role;
        CHECK(json_text(json_get(json_at(a, i), "password"), &one));
        CHECK(json_text(json_get(json_at(c, i), "password"), &two));
        CHECK(str_is(one, two));
        CHECK(json_text(json_get(json_at(a, i), "role"), &one) && role_from_name(one, &role));
        roles |= ROLE_BIT(role);
        bool has = json_text(json_get(json_at(a, i), "totp_secret"), &one);
        CHECK(has == (role != ROLE_DETAINEE));
        if (!has) continue;
        CHECK(json_text(json_get(json_at(c, i), "totp_secret"), &two) && str_is(one, two));
        CHECK(json_text(json_get(json_at(c, i), "code"), &two) && two.bytes == 6);
    }
    CHECK_INT(roles, ROLES_ALL.bits);
    json_free(first);
    json_free(again);
    bench_close(&b);
}

TEST(a_demo_login_that_somebody_changed_is_made_anew_and_real_accounts_are_left_alone)
{
    struct bench b;
    struct json *first, *again;
    struct str one, two;
    bench_open(&b);
    CHECK_INT(run(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true}}", &first), OPS_DONE);
    CHECK_INT(run_only(&b, "{\"op\":\"user.reset\",\"args\":{\"name\":\"guqinghe\",\"totp\":true}}"),
              OPS_DONE);
    CHECK_INT(run_only(&b, ADD_NURSE), OPS_DONE);
    check_code(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true}}", OPS_REFUSED, "has_accounts");
    CHECK_INT(run(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true,\"force\":true}}", &again), OPS_DONE);
    const struct json *a = json_get(json_get(first, "result"), "accounts");
    const struct json *c = json_get(json_get(again, "result"), "accounts");
    for (size_t i = 0; i < json_count(a); i++) {
        CHECK(json_text(json_get(json_at(a, i), "password"), &one));
        CHECK(json_text(json_get(json_at(c, i), "password"), &two));
        CHECK(str_is(one, two) == (i != 0));
    }
    json_free(first);
    json_free(again);
    bench_close(&b);
}

TEST(a_name_of_the_demo_that_belongs_to_a_real_person_stops_it)
{
    struct bench b;
    bench_open(&b);
    CHECK_INT(run_only(&b, "{\"op\":\"user.add\",\"args\":{\"name\":\"guqinghe\",\"display\":\"另一人\","
                           "\"staff_number\":\"Z1\",\"roles\":[\"guard\"]}}"),
              OPS_DONE);
    check_code(&b, "{\"op\":\"demo\",\"args\":{\"bare\":true,\"force\":true}}", OPS_REFUSED, "name_taken");
    bench_close(&b);
}

TEST(the_stores_own_operations_are_done_and_noted)
{
    struct bench b;
    struct json *root;
    bool ok = false;
    int64_t n = -1;
    char request[256], target[160];
    bench_open(&b);
    CHECK_INT(run_only(&b, ADD_NURSE), OPS_DONE);
    CHECK_INT(run(&b, "{\"op\":\"audit.verify\"}", &root), OPS_DONE);
    CHECK(json_bool(json_get(json_get(root, "result"), "ok"), &ok) && ok);
    json_free(root);
    CHECK_INT(run(&b, "{\"op\":\"scrub\"}", &root), OPS_DONE);
    CHECK(json_int(json_get(json_get(root, "result"), "bad"), &n) && n == 0);
    json_free(root);
    check_code(&b, "{\"op\":\"backup\"}", OPS_USAGE, "missing_field");
    snprintf(target, sizeof target, "%s/backup", b.dir);
    snprintf(request, sizeof request, "{\"op\":\"backup\",\"args\":{\"to\":\"%s\"}}", target);
    CHECK_INT(run_only(&b, request), OPS_DONE);
    CHECK_INT(run_only(&b, "{\"op\":\"rotate-key\"}"), OPS_DONE);
    CHECK_INT(run(&b, "{\"op\":\"version\"}", &root), OPS_DONE);
    CHECK(json_int(json_get(json_get(root, "result"), "schema"), &n) && n == 6);
    json_free(root);
    CHECK_INT(run(&b, "{\"op\":\"audit.verify\"}", &root), OPS_DONE);
    CHECK(json_int(json_get(json_get(root, "result"), "rows"), &n));
    CHECK_INT(n, 5); /* the account, and the four operations before this one */
    json_free(root);
    bench_close(&b);
}

TEST(what_is_no_request_is_refused_in_one_line)
{
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "{\"op\":1}",
                                        "{\"op\":\"fly\"}",
                                        "{\"op\":\"demo\",\"args\":[]}",
                                        "{\"op\":\"demo\",\"args\":{\"forse\":true}}",
                                        "{\"op\":\"version\",\"more\":1}",
                                        "{\"op\":\"demo\",\"args\":{\"force\":1}}"};
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_INT(run_only(&b, wrong[i]), OPS_USAGE);
    bench_close(&b);
}

TEST(an_error_before_the_store_is_open_has_its_exit_code)
{
    struct buf line;
    static const struct {
        enum err err;
        enum ops_exit code;
    } cases[] = {{ERR_KEY, OPS_STORE},         {ERR_NEWER, OPS_STORE},   {ERR_CORRUPT, OPS_STORE},
                 {ERR_BUSY, OPS_STORE},        {ERR_IO, OPS_FAILED},     {ERR_DISK_FULL, OPS_FAILED},
                 {ERR_NOT_FOUND, OPS_REFUSED}, {ERR_CLOSED, OPS_FAILED}, {OK, OPS_DONE}};
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_INT(ops_exit_of(cases[i].err), cases[i].code);
    buf_init(&line, 4096);
    ops_error_line(&line, ERR_KEY, "The key does not open this store.");
    CHECK(str_starts(buf_str(&line), STR("{\"ok\":false,\"exit\":3,\"error\":{\"code\":\"store\"")));
    buf_done(&line);
}

/* -- health -- */

static void no_workers(struct site *s, struct json_out *o)
{
    (void)s;
    json_put_raw(o, "workers", STR("[{\"state\":\"backoff\"}]"));
}

static void all_workers(struct site *s, struct json_out *o)
{
    (void)s;
    json_put_raw(o, "workers", STR("[{\"state\":\"up\"}]"));
}

TEST(a_check_that_changes_is_told_once)
{
    struct bench b;
    struct health before, now;
    bench_open(&b);
    b.site.write_workers = all_workers;
    health_look(&b.site, &before);
    CHECK_INT(before.checks[HEALTH_WORKERS].state, HEALTH_OK);
    CHECK_INT(before.checks[HEALTH_STORE].state, HEALTH_OK);
    CHECK_INT(before.checks[HEALTH_BACKUP].state, HEALTH_WARN);
    b.site.write_workers = no_workers;
    health_look(&b.site, &now);
    const struct health_check *changed = health_changed(&before, &now);
    CHECK(changed == &now.checks[HEALTH_WORKERS]);
    CHECK_STR(str_of(changed->code), "down");
    CHECK_INT(health_worst(&now), HEALTH_BAD);
    before = now;
    health_look(&b.site, &now);
    CHECK(health_changed(&before, &now) == NULL);
    bench_close(&b);
}
