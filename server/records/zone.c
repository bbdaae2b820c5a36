/* The site's zone as the store of records knows it. A date without a zone ("2026-11-26", R4 date and partial dateTime) is a span that begins
 * and ends by the site's wall clock, with its summer time; its ends stand in the index, which is therefore of one zone. */
#include "base/log.h"
#include "base/zone_file.h"
#include "records/records_own.h"
#include "records/zone_own.h"
#include <stdio.h>

/* All that searches find: records/reindex makes it anew. */
static const char empty_sql[] =
    "DELETE FROM record_key; DELETE FROM record_link; DELETE FROM record_date; DELETE FROM record_string;"
    "DELETE FROM record_pair; DELETE FROM record_value;";

const struct zone *records_zone(const struct records *r)
{
    return r->zone;
}

#define ZONE_USUAL "Asia/Shanghai"

struct zone_job {
    struct job job; /* first */
    char name[ZONE_NAME_MAX + 1];
};

static enum err run_read(struct job *job, struct tx *tx)
{
    struct zone_job *j = (struct zone_job *)job;
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT name FROM record_zone", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    struct str name = row ? stmt_get_str(s, 0) : (struct str){"", 0};
    snprintf(j->name, sizeof j->name, "%.*s", (int)name.bytes, name.bytes ? name.at : "");
    stmt_done(s);
    return OK;
}

static enum err run_change(struct job *job, struct tx *tx)
{
    struct zone_job *j = (struct zone_job *)job;
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT OR REPLACE INTO record_zone (one, name) VALUES (1, ?1)", &s);
    if (err) return err;
    stmt_text(s, 1, j->name);
    err = stmt_run(s);
    return err ? err : db_exec(tx->db, empty_sql);
}

/* A store in which nothing was indexed yet has no choice behind it. */
static enum err run_open(struct job *job, struct tx *tx)
{
    struct zone_job *j = (struct zone_job *)job;
    enum err err = run_read(job, tx);
    if (err || j->name[0]) return err;
    err = db_exec(tx->db, "INSERT INTO record_zone (one, name) SELECT 1, '" ZONE_USUAL "'"
                          " WHERE NOT EXISTS (SELECT 1 FROM record)");
    return err ? err : run_read(job, tx);
}

enum err zone_open(struct records *r)
{
    struct zone_job j = {.job.run = run_open};
    enum err err = store_run(r->store, &j.job);
    if (err) return err;
    err = zone_load(str_of(j.name), &r->zone);
    if (err == ERR_NOMEM) return err;
    return err ? zone_china(&r->zone) : OK;
}

enum err records_set_zone(struct records *r, const char *name)
{
    struct zone_job had = {.job.run = run_read}, change = {.job.run = run_change};
    struct zone *zone = NULL;
    enum err err = store_run_read(r->store, &had.job);
    if (err || str_is_text(str_of(name), had.name)) return err;
    err = zone_load(str_of(name), &zone);
    if (err) return err;
    snprintf(change.name, sizeof change.name, "%s", name);
    err = store_run(r->store, &change.job);
    if (err) return zone_free(zone), err;
    zone_free(r->zone);
    r->zone = zone;
    log_info("records", "zone_changed", LOG_T("zone", name));
    return OK;
}
