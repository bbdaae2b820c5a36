#include "chart.h"
#include "records/hash.h"
#include "records/index_values.h"
#include "records/number.h"
#include "records/page.h"
#include "records/patient_key.h"
#include "records/pinyin.h"
#include "records/reindex.h"

#define PATIENT                                                                                              \
    "{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:x\",\"value\":\"L-1\"}],"               \
    "\"name\":[{\"family\":\"曾\",\"given\":[\"小明\"]}],\"gender\":\"male\",\"birthDate\":\"1990-02-03\"}"

static char id[2][65]; /* of the patient and the last observation */

static void keep_id(const struct chart *c, int n)
{
    snprintf(id[n], sizeof id[n], "%.*s", (int)c->last.head.id.bytes, c->last.head.id.at);
}

static enum err add_patient(struct chart *c)
{
    enum err err = chart_create(c, "Patient", PATIENT);
    if (!err) keep_id(c, 0);
    return err;
}

static const char *observation(const char *status, const char *value, const char *date)
{
    static char body[1024];
    snprintf(
        body, sizeof body,
        "{\"resourceType\":\"Observation\",\"status\":\"%s\",\"code\":{\"coding\":[{\"system\":"
        "\"http://loinc.org\",\"code\":\"8867-4\",\"display\":\"Heart rate\"}]},\"subject\":{\"reference\":"
        "\"Patient/%s\"},\"effectiveDateTime\":\"%s\",\"valueQuantity\":{\"value\":%s,\"unit\":\"beats\","
        "\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}",
        status, id[0], date, value);
    return body;
}

static enum err add_observation(struct chart *c, const char *value, const char *date)
{
    enum err err = chart_create(c, "Observation", observation("preliminary", value, date));
    if (!err) keep_id(c, 1);
    return err;
}

/* -- pure parts -- */

TEST(no_two_types_and_no_two_parameters_have_one_number)
{
    for (uint16_t r = 0; r < fhir_resource_count; r++)
        for (uint16_t k = 0; k < r; k++)
            CHECK(number_of_type(r) != number_of_type(k));
    const struct fhir_resource *last = &fhir_resources[fhir_resource_count - 1];
    static int64_t seen[8192];
    for (uint16_t p = 0; p < last->first + last->count; p++)
        for (const char *const *part = (const char *const[]){"", "exact", "of-type", "identifier", NULL};
             *part; part++) {
            int64_t n = **part ? number_of_part(p, *part) : number_of_param(p);
            uint32_t at = (uint32_t)n & 8191;
            while (seen[at] && seen[at] != n)
                at = (at + 1) & 8191;
            CHECK(seen[at] == 0);
            seen[at] = n;
        }
}

TEST(siphash_is_the_published_one)
{
    struct hash_key key;
    uint8_t bytes[16], text[15];
    for (int i = 0; i < 16; i++)
        bytes[i] = (uint8_t)i;
    memcpy(text, bytes, 15);
    memcpy(&key, bytes, 16);
    CHECK(hash_siphash(&key, text, 15) == 0xa129ca6149be45e5u); /* appendix A of the paper */
}

TEST(a_chinese_name_is_read_as_a_name)
{
    struct arena *arena = arena_new(4096);
    struct str full, initials;
    CHECK(pinyin_of_text(arena, STR("曾小明"), &full, &initials));
    CHECK_STR(full, "zengxiaoming");
    CHECK_STR(initials, "zxm");
    CHECK(pinyin_of_text(arena, STR("单 伟a1"), &full, &initials));
    CHECK_STR(full, "shanweia1");
    CHECK(!pinyin_of_text(arena, STR("smith"), &full, &initials));
    CHECK(!pinyin_of_text(arena, STR("\xe6\x9b"), &full, &initials)); /* cut short */
    CHECK_STR(index_fold(arena, STR("  ÉCOLE\t ＡＢ１　x ")), "ecole ab1 x");
    arena_free(arena);
}

TEST(a_number_stands_for_the_span_of_its_digits)
{
    double low, high;
    CHECK(index_number_span(STR("5.40"), &low, &high));
    CHECK(low > 5.3949 && low < 5.3951 && high > 5.4049 && high < 5.4051);
    CHECK(index_number_span(STR("1e2"), &low, &high));
    CHECK(low == 50 && high == 150);
    CHECK(!index_number_span(STR("x"), &low, &high));
    CHECK(!index_number_span(STR("1e999"), &low, &high));
}

TEST(a_value_found_by_many_parameters_stands_once_and_is_found_by_each)
{
    enum { N = 300 };
    static struct index_entry at[N];
    struct index_set set = {.at = at, .count = N, .words = 7};
    struct index_entry e;
    struct buf one, many;
    uint64_t words;
    int found = 0;
    for (int i = 0; i < N; i++) { /* alike are 0, 70, 140, … (too far apart to share) and each odd one */
        bool is_odd = i % 2, is_far = i % 70 == 0;
        at[i] = (struct index_entry){.table = INDEX_KEY,
                                     .param = 1000 + i,
                                     .n = {is_odd   ? 5
                                           : is_far ? 6
                                                    : 100 + i,
                                           is_odd ? INDEX_ANY_SYSTEM : 0}};
    }
    buf_init(&many, 1 << 20);
    buf_init(&one, 1 << 20);
    index_values_write(&set, &many);
    struct str rest = index_values_begin(buf_str(&many), &words);
    for (; index_values_next(&rest, &e); found++) {
        int i = (int)e.param - 1000;
        CHECK(e.table == INDEX_KEY && e.n[0] == at[i].n[0] && e.n[1] == at[i].n[1]);
    }
    CHECK_INT(found, N);
    CHECK_INT(rest.bytes, 0);
    CHECK_INT(words, 7);
    for (int i = 0; i < N; i++) {
        rest = index_values_begin(buf_str(&many), &words);
        CHECK(index_values_find(&rest, INDEX_KEY, 1000 + i, &e) && e.n[0] == at[i].n[0]);
        CHECK(!index_values_find(&rest, INDEX_KEY, 1000 + i, &e));
        CHECK(!index_values_find(&rest, INDEX_LINK, 1000 + i, &e));
    }
    for (size_t cut = 0; cut < many.bytes; cut++) { /* a text cut off ends there */
        rest = index_values_begin((struct str){many.at, cut}, &words);
        for (found = 0; index_values_next(&rest, &e);)
            found++;
        CHECK(found < N);
    }
    set.count = 1;
    index_values_write(&set, &one);
    CHECK(many.bytes < N / 2 * 5 + (N / 2 + 1) * 13 + 8 + 8);
    buf_done(&one);
    buf_done(&many);
}

/* -- records -- */

TEST(a_record_lives_through_its_versions_and_leaves_a_tombstone)
{
    struct chart c;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72.50", "2026-03-01"));
    CHECK(chart_says(&c, "\"value\":72.50"));
    CHECK(chart_says(&c, "\"versionId\":\"1\""));
    CHECK_OK(chart_patch(&c, "Observation", id[1],
                         "[{\"op\":\"replace\",\"path\":\"/valueQuantity/value\",\"value\":70.0}]"));
    CHECK_INT(c.last.head.version, 2);
    CHECK_ERR(chart_patch(&c, "Observation", id[1], "[{\"op\":\"remove\",\"path\":\"/nothing\"}]"),
              ERR_DENIED);
    CHECK_INT(c.fault.status, 400);
    char body[512];
    snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"active\":true}", id[0]);
    CHECK_ERR(chart_update(&c, "Patient", id[0], 7, body), ERR_DENIED);
    CHECK_INT(c.fault.status, 412);
    CHECK_OK(chart_update(&c, "Patient", id[0], 1, body));
    CHECK_INT(c.done, RECORD_UPDATED);
    CHECK_OK(
        chart_update(&c, "Patient", "own-name", 0, "{\"resourceType\":\"Patient\",\"id\":\"own-name\"}"));
    CHECK_INT(c.done, RECORD_CREATED);
    CHECK_OK(chart_vread(&c, "Observation", id[1], 1));
    CHECK(chart_says(&c, "72.50"));
    CHECK_OK(chart_delete(&c, "Observation", id[1]));
    CHECK_INT(c.done, RECORD_DELETED);
    CHECK_OK(chart_read(&c, "Observation", id[1]));
    CHECK_INT(c.fault.status, 410);
    CHECK_OK(chart_vread(&c, "Observation", id[1], 2));
    CHECK_INT(c.fault.status, 0);
    CHECK_OK(chart_read(&c, "Observation", "nobody"));
    CHECK_INT(c.fault.status, 404);
    CHECK_INT(chart_count(&c, "Observation", "code=8867-4"), 0);
    chart_close(&c);
}

TEST(what_is_written_is_final_whoever_speaks_to_the_tables)
{
    struct chart c;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_ERR(chart_sql(&c, "UPDATE record_version SET body = x'00'"), ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "UPDATE record_version SET body = NULL"), ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "DELETE FROM record_version"), ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "DELETE FROM record"), ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "UPDATE record SET version = 9"), ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "UPDATE record SET version = version + 1, seq = seq + 1, id = 'other'"),
              ERR_DENIED);
    CHECK_ERR(chart_sql(&c, "DELETE FROM patient_key"), ERR_DENIED);
    chart_close(&c);
}

TEST(a_body_that_is_not_right_is_refused_with_its_place)
{
    struct chart c;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_ERR(chart_create(&c, "Observation", observation("nonsense", "1", "2026")), ERR_DENIED);
    CHECK_INT(c.fault.status, 422);
    CHECK(strcmp(c.fault.issues[0].path, "Observation.status") == 0);
    snprintf(id[0], sizeof id[0], "nobody");
    CHECK_ERR(chart_create(&c, "Observation", observation("final", "1", "2026")), ERR_DENIED);
    CHECK_INT(c.fault.status, 422);
    CHECK_INT(chart_count(&c, "Observation", ""), 0);
    chart_close(&c);
}

TEST(a_patient_erased_leaves_tombstones_and_no_word)
{
    struct chart c;
    struct recheck found;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026-03-01"));
    CHECK_OK(chart_purge(&c, id[0]));
    CHECK_OK(chart_read(&c, "Patient", id[0]));
    CHECK_INT(c.fault.status, 410);
    CHECK_OK(chart_vread(&c, "Observation", id[1], 1));
    CHECK_INT(c.fault.status, 410);
    CHECK_INT(chart_count(&c, "Patient", "name=zeng"), 0);
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 0);
    CHECK_INT(found.records, 2);
    char body[256];
    snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\"}", id[0]);
    CHECK_ERR(chart_update(&c, "Patient", id[0], 0, body), ERR_DENIED); /* the key does not come back */
    CHECK_INT(c.fault.status, 409);
    CHECK_ERR(chart_purge(&c, id[0]), ERR_NOT_FOUND);
    chart_close(&c);
}

TEST(patients_keys_outlive_a_rotation_of_the_master_key)
{
    struct chart c;
    char why[256];
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(store_rotate_key(c.store, NULL, NULL, why));
    CHECK_OK(chart_read(&c, "Patient", id[0]));
    records_free(c.records);
    CHECK_OK(records_new(c.store, &c.records)); /* its secret is opened with the new key */
    CHECK_OK(chart_read(&c, "Patient", id[0]));
    CHECK(chart_says(&c, "曾"));
    CHECK_INT(chart_count(&c, "Patient", "identifier=urn:x|L-1"), 1);
    chart_close(&c);
}

TEST(the_checker_finds_an_index_that_says_something_else)
{
    struct chart c;
    struct recheck found;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026-03-01"));
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 0);
    CHECK_OK(chart_sql(&c, "UPDATE record_date SET low = low + 1 WHERE record = 2"));
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 1);
    CHECK_INT(found.first_bad, 2);
    chart_close(&c);
}

TEST(the_checker_finds_rows_of_the_index_that_are_nobodys)
{
    struct chart c;
    struct recheck found;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(chart_sql(&c, "INSERT INTO record_link VALUES (1, 2, 77)"));
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 1);
    chart_close(&c);
}

/* Every match once, in the order of the pages. */
static int page_through(struct chart *c, const char *type, const char *query, int64_t *ret_rows)
{
    struct search_result page = {0};
    struct str next = {0};
    int n = 0;
    do {
        CHECK_OK(chart_search(c, type, query, next, &page));
        CHECK_INT(c->fault.status, 0);
        for (uint32_t i = 0; i < page.count; i++)
            ret_rows[n++] = page.at[i].record.head.row;
        next = page.next;
    } while (next.at);
    return n;
}

static void check_pages(struct chart *c, const char *query, int count, bool is_newest_first)
{
    int64_t rows[200];
    CHECK_INT(page_through(c, "Observation", query, rows), count);
    for (int i = 0; i < count; i++)
        for (int k = 0; k < i; k++)
            CHECK(is_newest_first ? rows[k] > rows[i] : rows[k] != rows[i]);
}

TEST(records_of_merged_patients_come_as_one_persons_page_by_page)
{
    struct chart c;
    struct search_result r;
    char sql[160], query[160], body[300], first[65], second[65];
    int64_t patient[2];
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    memcpy(first, id[0], sizeof first);
    patient[0] = c.last.head.row;
    CHECK_OK(add_patient(&c));
    patient[1] = c.last.head.row;
    memcpy(second, id[0], sizeof second);
    for (int i = 0; i < 60; i++) {
        char date[16];
        snprintf(date, sizeof date, "2026-03-%02d", i * 7 % 28 + 1);
        memcpy(id[0], i % 2 ? first : second, sizeof first);
        CHECK_OK(add_observation(&c, "72", date));
    }
    snprintf(query, sizeof query, "subject=Patient/%s&_count=7", first);
    check_pages(&c, query, 30, true);
    snprintf(sql, sizeof sql, "INSERT INTO patient_merge VALUES (%lld, %lld, 1, -1)", (long long)patient[1],
             (long long)patient[0]);
    CHECK_OK(chart_sql(&c, sql));
    check_pages(&c, query, 60, true);
    snprintf(query, sizeof query, "subject=Patient/%s&_count=7&_sort=-date", first);
    check_pages(&c, query, 60, false);
    snprintf(query, sizeof query, "subject=Patient/%s&code=8867-4&date=ge2026-03-20&_count=4", first);
    check_pages(&c, query, chart_count(&c, "Observation", "date=ge2026-03-20&_count=100"), true);
    snprintf(query, sizeof query, "subject=Patient/%s&_summary=count", first);
    CHECK_OK(chart_search(&c, "Observation", query, (struct str){0}, &r));
    CHECK_INT(r.total, 60);
    /* All of the type, as they lie and newest first. */
    check_pages(&c, "_count=7", 60, true);
    check_pages(&c, "_count=7&_sort=date", 60, false);
    check_pages(&c, "_count=7&_total=accurate", 60, true);
    /* What names a patient and is nobody's. */
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Group\",\"type\":\"person\",\"actual\":true,\"member\":["
             "{\"entity\":{\"reference\":\"Patient/%s\"}}]}",
             first);
    CHECK_OK(chart_create(&c, "Group", body));
    snprintf(query, sizeof query, "member=Patient/%s", first);
    CHECK_INT(chart_count(&c, "Group", query), 1);
    chart_close(&c);
}

/* What was written about the observation of this name, with an entity that is the patient itself. */
static enum err add_provenance(struct chart *c, const char *patient, const char *observation, int day)
{
    char body[900];
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Provenance\",\"target\":[{\"reference\":\"Observation/%s/_history/1\"}],"
             "\"recorded\":\"2026-03-%02dT09:30:00+08:00\",\"agent\":[{\"who\":{\"identifier\":{\"system\":"
             "\"urn:x\",\"value\":\"d%d\"}}}],\"entity\":[{\"role\":\"source\",\"what\":{\"reference\":"
             "\"Patient/%s\"}}]}",
             observation, day, day, patient);
    return chart_create(c, "Provenance", body);
}

static void check_provenances(struct chart *c, char patients[2][65], const char *observation)
{
    char query[200];
    int64_t rows[64];
    struct search_result r;
    struct recheck found;
    for (int i = 0; i < 2; i++) {
        snprintf(query, sizeof query, "entity=Patient/%s&_count=3", patients[i]);
        CHECK_INT(page_through(c, "Provenance", query, rows), 10);
        for (int k = 1; k < 10; k++)
            CHECK(rows[k] < rows[k - 1]);
        snprintf(query, sizeof query, "entity=Patient/%s&_count=3&_sort=-recorded", patients[i]);
        CHECK_INT(page_through(c, "Provenance", query, rows), 10);
        snprintf(query, sizeof query, "entity=Patient/%s&recorded=ge2026-03-06", patients[i]);
        CHECK_INT(chart_count(c, "Provenance", query), 5);
        snprintf(query, sizeof query, "entity=Patient/%s&_summary=count", patients[i]);
        CHECK_OK(chart_search(c, "Provenance", query, (struct str){0}, &r));
        CHECK_INT(r.total, 10);
        snprintf(query, sizeof query, "_id=%s&_revinclude=Provenance:entity", patients[i]);
        CHECK_OK(chart_search(c, "Patient", query, (struct str){0}, &r));
        CHECK_INT(r.count, 11);
        snprintf(query, sizeof query, "_id=%s&_has:Provenance:entity:recorded=2026-03-04", patients[i]);
        CHECK_INT(chart_count(c, "Patient", query), 1);
        snprintf(query, sizeof query, "_id=%s&_has:Provenance:entity:recorded=2026-04-04", patients[i]);
        CHECK_INT(chart_count(c, "Patient", query), 0);
    }
    snprintf(query, sizeof query, "target=Observation/%s", observation);
    CHECK_INT(chart_count(c, "Provenance", query), 10);
    CHECK_INT(chart_count(c, "Provenance", "_sort=recorded&_count=50"),
              20); /* all of the type, as they lie */
    CHECK_INT(page_through(c, "Provenance", "_count=7", rows), 20);
    CHECK_OK(chart_recheck(c, &found));
    CHECK_INT(found.bad, 0);
}

TEST(provenances_stand_as_they_were_made_and_are_found_as_their_patients)
{
    struct chart c;
    struct search_result r;
    struct guard guard = {.roles = {ROLE_BIT(ROLE_GUARD)}};
    int64_t made;
    char patients[2][65], observations[2][65];
    CHECK_OK(chart_open(&c));
    for (int i = 0; i < 2; i++) {
        CHECK_OK(add_patient(&c));
        memcpy(patients[i], id[0], sizeof patients[i]);
        CHECK_OK(add_observation(&c, "72", "2026-03-01"));
        memcpy(observations[i], id[1], sizeof observations[i]);
    }
    for (int day = 1; day <= 20; day++)
        CHECK_OK(add_provenance(&c, patients[day % 2], observations[day % 2], (day + 1) / 2));
    check_provenances(&c, patients, observations[1]);
    CHECK_ERR(
        chart_sql(&c, "INSERT INTO record_value SELECT type, 0, record, labels, lifecycle, entries FROM"
                      " record_value WHERE type = 853951842"),
        ERR_EXISTS); /* none stands anywhere else, and this is the number of the type in the migration */
    c.guard = &guard;
    CHECK_OK(chart_search(&c, "Provenance", "_total=accurate&_sort=recorded", (struct str){0}, &r));
    CHECK_INT(r.total, 0);
    c.guard = NULL;
    /* As they stood before, by patient: the next start puts them where they belong. */
    CHECK_OK(chart_sql(
        &c, "UPDATE record_value SET patient = (SELECT r.patient FROM record r WHERE r.row = record)"
            " WHERE type = 853951842"));
    CHECK_OK(chart_sql(&c, "DELETE FROM migration WHERE number IN (325, 326)"));
    CHECK_OK(chart_again(&c));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 0);
    check_provenances(&c, patients, observations[1]);
    CHECK_OK(chart_purge(&c, patients[0]));
    CHECK_OK(chart_search(&c, "Provenance", "_summary=count", (struct str){0}, &r));
    CHECK_INT(r.total, 10);
    chart_close(&c);
}

TEST(labels_and_lifecycle_beside_the_values_are_the_heads)
{
    struct chart c;
    struct recheck found;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026-03-01"));
    CHECK_OK(chart_patch(&c, "Observation", id[1],
                         "[{\"op\":\"add\",\"path\":\"/meta/security\",\"value\":[{\"system\":\"http://"
                         "terminology.hl7.org/CodeSystem/v3-Confidentiality\",\"code\":\"R\"}]}]"));
    CHECK(c.last.head.labels != 0);
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 0);
    CHECK_OK(chart_sql(&c, "UPDATE record_value SET labels = 0"));
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 1);
    chart_close(&c);
}

TEST(an_index_that_a_migration_left_empty_is_made_anew_from_the_bodies)
{
    struct chart c;
    struct recheck found;
    int64_t made = 0;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026-03-01"));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 0);
    CHECK_OK(chart_sql(&c, "DELETE FROM record_value; DELETE FROM record_key; DELETE FROM record_link;"
                           "DELETE FROM record_date; DELETE FROM record_string; DELETE FROM record_pair"));
    CHECK_INT(chart_count(&c, "Patient", "name=zxm"), 0);
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 2);
    CHECK_INT(chart_count(&c, "Patient", "name=zxm"), 1);
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 0);
    chart_close(&c);
}

TEST(what_changes_in_a_record_changes_in_the_index_and_in_its_words)
{
    struct chart c;
    struct recheck found;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026-03-01"));
    CHECK_INT(chart_count(&c, "Observation", "date=2026-03-01"), 1);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(chart_patch(
            &c, "Observation", id[1],
            i % 2 ? "[{\"op\":\"replace\",\"path\":\"/valueQuantity/value\",\"value\":72},"
                    "{\"op\":\"replace\",\"path\":\"/effectiveDateTime\",\"value\":\"2026-03-01\"}]"
                  : "[{\"op\":\"replace\",\"path\":\"/valueQuantity/value\",\"value\":81.50},"
                    "{\"op\":\"replace\",\"path\":\"/effectiveDateTime\",\"value\":\"2026-04-02\"}]"));
        CHECK_INT(chart_count(&c, "Observation", "date=2026-04-02"), i % 2 ? 0 : 1);
        CHECK_INT(chart_count(&c, "Observation", "value-quantity=81.50"), i % 2 ? 0 : 1);
        CHECK_OK(chart_recheck(&c, &found));
        CHECK_INT(found.bad, 0);
    }
    chart_close(&c);
}

/* -- search -- */

static void check_search(struct chart *c, const char *type, const char *query, int count)
{
    int found = chart_count(c, type, query);
    if (found != count) check_fail(__FILE__, __LINE__, "%s?%s finds %d, not %d", type, query, found, count);
}

TEST(parameters_find_what_they_say_and_nothing_else)
{
    static const struct {
        const char *type, *query;
        int count;
    } all[] = {
        {"Patient", "name=zengxiao", 1},
        {"Patient", "name=zxm", 1},
        {"Patient", "name=%E6%9B%BE%E5%B0%8F", 1},
        {"Patient", "family=ceng", 0},
        {"Patient", "family:exact=%E6%9B%BE", 1},
        {"Patient", "given:contains=%E6%98%8E", 1},
        {"Patient", "identifier=L-1", 1},
        {"Patient", "identifier=urn:x|", 1},
        {"Patient", "identifier=urn:x|L-1", 1},
        {"Patient", "identifier=|L-1", 0},
        {"Patient", "identifier=urn:y|L-1", 0},
        {"Patient", "gender=male", 1},
        {"Patient", "gender:not=male", 0},
        {"Patient", "gender=female,male", 1},
        {"Patient", "deceased=false", 1},
        {"Patient", "birthdate=1990", 1},
        {"Patient", "birthdate=ne1990", 0},
        {"Patient", "birthdate=1990-02-03", 1},
        {"Patient", "birthdate=lt1990-02-03", 0},
        {"Patient", "birthdate=le1990-02-03", 1},
        {"Patient", "birthdate=sa1990-02-02", 1},
        {"Patient", "birthdate=eb1990-02-03", 0},
        {"Patient", "phone:missing=true", 1},
        {"Patient", "gender:missing=true", 0},
        {"Patient", "nonsense=1", -1},
        {"Patient", "_has:Observation:patient:code=8867-4", 1},
        {"Patient", "_has:Observation:patient:code=1-1", 0},
        {"Observation", "code=http://loinc.org|8867-4", 1},
        {"Observation", "code=http://loinc.org|8867", 0},
        {"Observation", "code:text=rate", 1},
        {"Observation", "code:text=pulse", 0},
        {"Observation", "value-quantity=72.5", 1},
        {"Observation", "value-quantity=72", 0},
        {"Observation", "value-quantity=gt72.4|http://unitsofmeasure.org|/min", 1},
        {"Observation", "value-quantity=72.50||beats", 1},
        {"Observation", "value-quantity=72.5||kg", 0},
        {"Observation", "value-quantity=ap70", 1},
        {"Observation", "value-quantity=ap60", 0},
        {"Observation", "code-value-quantity=8867-4$gt72", 1},
        {"Observation", "code-value-quantity=8867-4$gt73", 0},
        {"Observation", "combo-code-value-quantity=http://loinc.org|8867-4$72.5", 1},
        {"Observation", "date=2026-03", 1},
        {"Observation", "date=2026-03-02", 0},
        {"Observation", "date=ge2026&date=lt2027", 1},
        {"Observation", "subject:Patient.name=zxm", 1},
        {"Observation", "patient.identifier=L-2", 0},
        {"Observation", "patient.identifier=L-1", 1},
        {"Observation", "_content=heart", 1},
        {"Observation", "_content=he", 1},
        {"Observation", "_content=liver", 0},
        {"Observation", "_lastUpdated=gt2020", 1},
        {"Observation", "_lastUpdated=lt2020", 0},
        {"Observation", "status=preliminary", 1},
        {"Observation", "status=http://hl7.org/fhir/observation-status|preliminary", 1},
    };
    struct chart c;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72.50", "2026-03-01T10:00:00+08:00"));
    for (size_t i = 0; i < COUNT_OF(all); i++)
        check_search(&c, all[i].type, all[i].query, all[i].count);
    chart_close(&c);
}

/* Pages hang together although something is written between them. */
TEST(pages_are_stable_under_writes_and_sorted_as_asked)
{
    struct chart c;
    struct search_result r;
    char last[32] = "", date[32];
    int seen = 0;
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    for (int i = 0; i < 30; i++) {
        snprintf(date, sizeof date, "2026-01-%02d", (i * 7) % 28 + 1);
        CHECK_OK(add_observation(&c, "70", date));
    }
    struct str cursor = {0};
    do {
        CHECK_OK(chart_search(&c, "Observation", "_sort=-date&_count=7&_total=accurate", cursor, &r));
        for (uint32_t i = 0; i < r.count; i++, seen++) {
            const char *at = memmem(r.at[i].record.body.at, r.at[i].record.body.bytes, "2026-01-", 8);
            CHECK(at != NULL);
            CHECK(!last[0] || memcmp(at, last, 10) <= 0);
            memcpy(last, at, 10);
        }
        CHECK_INT(r.total, 30 + (seen + 6) / 7 - 1);
        cursor = r.next;
        if (cursor.at)
            CHECK_OK(add_observation(&c, "70", "2026-12-31")); /* before the place of all further pages */
    } while (cursor.at);
    CHECK_INT(seen, 30);
    CHECK_OK(chart_search(&c, "Observation", "_sort=code", (struct str){0}, &r));
    CHECK_INT(c.fault.status, 400);
    CHECK_OK(chart_search(&c, "Observation", "_count=1", STR("nonsense"), &r));
    CHECK_INT(c.fault.status, 400);
    chart_close(&c);
}

TEST(who_may_see_nothing_finds_counts_and_reaches_nothing)
{
    struct chart c;
    struct search_result r;
    struct guard guard = {.roles = {ROLE_BIT(ROLE_GUARD)}};
    CHECK_OK(chart_open(&c));
    CHECK_OK(add_patient(&c));
    CHECK_OK(add_observation(&c, "72", "2026"));
    c.guard = &guard;
    CHECK_OK(chart_search(&c, "Observation", "_total=accurate", (struct str){0}, &r));
    CHECK_INT(r.count, 0);
    CHECK_INT(r.total, 0);
    CHECK_OK(
        chart_search(&c, "Observation", "subject:Patient.name=zeng&_summary=count", (struct str){0}, &r));
    CHECK_INT(r.total, 0);
    CHECK_OK(chart_read(&c, "Patient", id[0]));
    CHECK_INT(c.fault.status, 404);
    CHECK_OK(chart_vread(&c, "Patient", id[0], 1));
    CHECK_INT(c.fault.status, 404);
    CHECK_ERR(chart_patch(&c, "Patient", id[0], "[]"), ERR_DENIED);
    CHECK_INT(c.fault.status, 404);
    CHECK_ERR(chart_update(&c, "Patient", id[0], 0, "{\"resourceType\":\"Patient\"}"), ERR_DENIED);
    chart_close(&c);
}

TEST(a_page_word_is_opaque_and_cannot_be_made_up)
{
    struct chart c;
    struct page page = {STR("Patient"), STR("name=zeng"), STR("17"), true}, back = {0};
    struct str word, bent;
    CHECK_OK(chart_open(&c));
    CHECK_OK(page_seal(c.records, c.arena, &page, &word));
    CHECK(!memmem(word.at, word.bytes, "zeng", 4));
    CHECK_OK(page_open(c.records, c.arena, word, &back));
    CHECK(str_is(back.path, page.path) && str_is(back.query, page.query) && str_is(back.cursor, page.cursor));
    CHECK(back.is_lenient);
    bent = word;
    char *copy = arena_text(c.arena, word.at, word.bytes);
    copy[9] = copy[9] == 'A' ? 'B' : 'A';
    bent.at = copy;
    CHECK_ERR(page_open(c.records, c.arena, bent, &back), ERR_BAD_INPUT);
    CHECK_ERR(page_open(c.records, c.arena, STR("AAAA"), &back), ERR_BAD_INPUT);
    chart_close(&c);
}

/* -- bundles -- */

#define ENTRY(urn, resource, url)                                                                            \
    "{\"fullUrl\":\"urn:uuid:" urn "\",\"resource\":" resource                                               \
    ",\"request\":{\"method\":\"POST\",\"url\":\"" url "\"}}"
#define URN "11111111-0000-4000-8000-00000000000"

TEST(a_transaction_is_whole_or_not_at_all)
{
    struct chart c;
    CHECK_OK(chart_open(&c));
    CHECK_OK(chart_bundle(
        &c,
        "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" ENTRY(
            URN "2",
            "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":"
            "{\"reference\":\"urn:uuid:" URN "1\"}}",
            "Observation") "," ENTRY(URN "1", PATIENT, "Patient") "]}"));
    CHECK_INT(chart_count(&c, "Observation", "patient.identifier=L-1"),
              1); /* referred to before it was made */
    CHECK_ERR(chart_bundle(&c, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" ENTRY(
                                   URN "1", PATIENT,
                                   "Patient") "," ENTRY(URN "2", "{\"resourceType\":\"Observation\"}",
                                                        "Observation") "]}"),
              ERR_DENIED);
    CHECK_INT(c.fault.status, 422);
    CHECK_INT(chart_count(&c, "Patient", ""), 1);
    CHECK_ERR(chart_bundle(&c, "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" ENTRY(
                                   URN "1", PATIENT, "Patient") "," ENTRY(URN "1", PATIENT, "Patient") "]}"),
              ERR_DENIED);
    CHECK_INT(c.fault.status, 400);
    CHECK_OK(chart_bundle(&c, "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[" ENTRY(
                                  URN "1", PATIENT, "Patient") "," ENTRY(URN "2",
                                                                         "{\"resourceType\":\"Observation\"}",
                                                                         "Observation") "]}"));
    CHECK_INT(chart_count(&c, "Patient", ""), 2);
    CHECK(strstr(c.text, "\"status\":\"201\"") && strstr(c.text, "\"status\":\"422\""));
    struct recheck found;
    CHECK_OK(chart_recheck(&c, &found));
    CHECK_INT(found.bad, 0);
    chart_close(&c);
}

SWEEP(a_record_is_made_found_and_changed)
{
    struct chart c;
    struct search_result r;
    enum err err = chart_open(&c);
    if (!err) err = add_patient(&c);
    if (!err) err = add_observation(&c, "72.5", "2026-03-01");
    if (!err)
        err = chart_search(&c, "Observation", "patient.name=zxm&_include=*&_sort=date&_total=accurate",
                           (struct str){0}, &r);
    if (!err)
        err = chart_patch(&c, "Observation", id[1], "[{\"op\":\"remove\",\"path\":\"/valueQuantity\"}]");
    chart_close(&c);
    return err;
}
