/* Bundles from files, and the demo's site, through the store of records. */
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"
#include "desk/ops.h"
#include "desk/room_book.h"
#include "desk/schedule.h"
#include "desk/visit.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"

static struct site site;
static struct migration all[64];

static void start(void)
{
    char data[200], key[200], why[256] = "";
    const struct migration *const tables[] = {
        auth_migrations,   room_migrations,     records_migrations,      guard_migrations,
        codes_migrations,  attach_migrations,   records_late_migrations, chart_migrations,
        agenda_migrations, schedule_migrations, standing_migrations,     visit_migrations};
    int n = 0;
    log_level_set(LOG_ERROR);
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        for (const struct migration *m = tables[t]; m->number; m++)
            all[n++] = *m;
    snprintf(data, sizeof data, "%s/data", check_tmp_dir());
    snprintf(key, sizeof key, "%s.key", data);
    struct store_settings how = {
        .dir = data, .key_path = key, .create = true, .migrations = all, .queue_max = 8};
    site = (struct site){.settings.argon2_mib = 1, .version = "1", .started = clock_now()};
    CHECK_OK(store_open(&how, &site.store, why));
    CHECK_OK(records_new(site.store, &site.records));
}

static void end(void)
{
    store_close(site.store, 1000);
    records_free(site.records);
}

static struct json *run(const char *request, enum ops_exit expected)
{
    struct buf line;
    struct json *root;
    buf_init(&line, 1 << 20);
    enum ops_exit code = ops_run(&site, str_of(request), &line, NULL, NULL);
    if (code != expected) check_fail(__FILE__, __LINE__, "exit %d: %.*s", code, (int)line.bytes, line.at);
    CHECK_OK(json_parse(buf_str(&line), &root, NULL));
    buf_done(&line);
    return root;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static const struct json *file_at(const struct json *root, size_t i)
{
    return json_at(json_get(json_get(root, "result"), "files"), i);
}

TEST(each_file_is_one_transaction_with_its_line_of_the_report)
{
    char good[200], bad[200], request[900];
    int64_t n;
    bool ok;
    struct str text;
    start();
    snprintf(good, sizeof good, "%s/good.json", check_tmp_dir());
    snprintf(bad, sizeof bad, "%s/bad.json", check_tmp_dir());
    write_file(good,
               "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"fullUrl\":\"urn:uuid:1\","
               "\"resource\":{\"resourceType\":\"Patient\",\"gender\":\"male\"},"
               "\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}}]}");
    /* The second entry is no good: the first is not kept either. */
    write_file(
        bad,
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":["
        "{\"resource\":{\"resourceType\":\"Patient\"},\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}},"
        "{\"resource\":{\"resourceType\":\"Patient\",\"gender\":\"none\"},"
        "\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}}]}");
    snprintf(request, sizeof request,
             "{\"op\":\"import\",\"args\":{\"files\":[\"%s\",\"%s\",\"/nowhere/x.json\"]}}", good, bad);
    struct json *root = run(request, OPS_NOT_SO);
    CHECK(json_int(json_get(file_at(root, 0), "created"), &n) && n == 1);
    CHECK(json_bool(json_get(file_at(root, 0), "ok"), &ok) && ok);
    CHECK(json_bool(json_get(file_at(root, 1), "ok"), &ok) && !ok);
    CHECK(json_text(json_get(file_at(root, 1), "where"), &text) && text.bytes > 0);
    CHECK(json_bool(json_get(file_at(root, 2), "ok"), &ok) && !ok);
    json_free(root);
    /* Given once more it is not loaded once more, unless that is said. */
    snprintf(request, sizeof request, "{\"op\":\"import\",\"args\":{\"files\":[\"%s\",\"%s\"]}}", good, good);
    root = run(request, OPS_DONE);
    for (size_t i = 0; i < 2; i++) {
        CHECK(json_int(json_get(file_at(root, i), "created"), &n) && n == 0);
        CHECK(json_text(json_get(file_at(root, i), "why"), &text) && str_starts(text, STR("loaded before")));
    }
    json_free(root);
    snprintf(request, sizeof request, "{\"op\":\"import\",\"args\":{\"files\":[\"%s\"],\"again\":true}}",
             good);
    root = run(request, OPS_DONE);
    CHECK(json_int(json_get(file_at(root, 0), "created"), &n) && n == 1);
    json_free(root);
    json_free(run("{\"op\":\"import\",\"args\":{}}", OPS_USAGE));
    json_free(
        run("{\"op\":\"codes.load\",\"args\":{\"list\":\"icd10\",\"file\":\"/nowhere\"}}", OPS_REFUSED));
    end();
}

TEST(the_demo_fills_a_site_once)
{
    start();
    int64_t begun = clock_tick_us();
    json_free(run("{\"op\":\"demo\"}", OPS_DONE));
    printf("figure demo_ms %" PRId64 "\n", (clock_tick_us() - begun) / 1000);
    begun = clock_tick_us();
    json_free(run("{\"op\":\"demo\"}", OPS_DONE));
    CHECK(clock_tick_us() - begun < 60 * 1000 * 1000);
    struct store_state state;
    store_state(site.store, &state);
    int64_t head = state.head.seq;
    json_free(run("{\"op\":\"demo\"}", OPS_DONE));
    store_state(site.store, &state);
    CHECK_INT(state.head.seq, head + 2); /* the accounts' row and the terminal's new code; no records again */
    end();
}
