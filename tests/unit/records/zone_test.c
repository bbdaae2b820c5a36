/* Dates that name no zone are the site's: by its wall clock, summer time and all; and another zone makes the index anew. */
#include "base/zone_file.h"
#include "chart.h"
#include "records/recheck.h"
#include "records/reindex.h"
#include "tests/unit/check.h"

static void measured(struct chart *c, const char *when)
{
    char body[300];
    snprintf(body, sizeof body,
             "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},"
             "\"effectiveDateTime\":\"%s\"}",
             when);
    CHECK_OK(chart_create(c, "Observation", body));
}

static uint32_t found(struct chart *c, const char *query)
{
    struct search_result result;
    CHECK_OK(chart_search(c, "Observation", query, (struct str){0}, &result));
    return result.count;
}

TEST(a_day_begins_and_ends_by_the_sites_clock)
{
    struct chart c;
    struct zone *berlin;
    int64_t made = 0;
    if (zone_load(STR("Europe/Berlin"), &berlin)) return; /* no tzdata here */
    zone_free(berlin);
    CHECK_OK(chart_open(&c));
    measured(&c, "2026-03-29");           /* in Berlin a day of 23 hours, which ends at 22:00 by UTC */
    measured(&c, "2026-03-29T22:30:00Z"); /* there already the next day, in Shanghai as well */
    measured(&c, "2026-03-28T23:30:00Z"); /* there half an hour after midnight; in Shanghai morning */
    CHECK_INT(found(&c, "date=2026-03-29"), 2);
    CHECK_INT(found(&c, "date=lt2026-03-28T22:00:00Z"), 1); /* Shanghai's day began at 16:00 */
    CHECK_OK(records_set_zone(c.records, "Europe/Berlin"));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK(made >= 3);
    CHECK_INT(found(&c, "date=2026-03-29"), 2);
    CHECK_INT(found(&c, "date=2026-03-30"), 1);
    CHECK_INT(found(&c, "date=lt2026-03-28T22:00:00Z"), 0);
    CHECK_INT(found(&c, "date=eb2026-03-29T22:00:00Z"), 2); /* its day has ended by then */
    CHECK_OK(chart_again(&c));                              /* and it is remembered */
    CHECK_INT(found(&c, "date=lt2026-03-28T22:00:00Z"), 0);
    made = 0;
    CHECK_OK(records_set_zone(c.records, "Europe/Berlin"));
    CHECK_OK(reindex_missing(c.store, c.records, &made));
    CHECK_INT(made, 0);
    CHECK_INT(records_set_zone(c.records, "Europe/Nowhere"), ERR_NOT_FOUND);
    CHECK_INT(records_set_zone(c.records, "../etc/passwd"), ERR_BAD_INPUT);
    chart_close(&c);
}
