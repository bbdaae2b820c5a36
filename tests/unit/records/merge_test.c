/* Which rows are one person, and which tables know of patients. */
#include "../check.h"
#include "records/closed.h"
#include "records/merge.h"
#include "ward.h"
#include <stdlib.h>

enum { A = 10, B = 20, C = 30, D = 40 };

struct asked {
    int64_t patient;
    struct merge_rows down, family;
    int64_t target;
};

static enum err look(struct tx *tx, void *with)
{
    struct asked *a = with;
    enum err err = merge_rows(tx, a->patient, &a->down);
    if (!err) err = merge_family(tx, a->patient, &a->family);
    return err ? err : merge_target(tx, a->patient, &a->target);
}

static struct asked asked(struct ward *w, int64_t patient)
{
    struct asked a = {.patient = patient};
    CHECK_OK(ward_write(w, look, &a));
    return a;
}

TEST(what_was_merged_is_one_all_the_way_down)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_exec(
        &w,
        "INSERT INTO patient_merge (source, target, at, was_active) VALUES (10, 20, 1, -1), (30, 20, 2, 1),"
        " (20, 40, 3, 0)"));
    struct asked a = asked(&w, A), d = asked(&w, D), other = asked(&w, 50);
    CHECK_INT(a.down.count, 1);
    CHECK_INT(a.target, B);
    CHECK_INT(a.family.count, 4);
    CHECK_INT(a.family.at[0], D);
    CHECK_INT(d.down.count, 4);
    CHECK(merge_has(&d.down, A) && merge_has(&d.down, B) && merge_has(&d.down, C) && !merge_has(&d.down, 50));
    CHECK_INT(d.target, 0);
    CHECK_INT(other.family.count, 1);
    CHECK(ward_exec(&w, "INSERT INTO patient_merge (source, target, at, was_active) VALUES (10, 50, 4, 1)") !=
          OK);
    CHECK(ward_exec(&w, "INSERT INTO patient_merge (source, target, at, was_active) VALUES (60, 60, 4, 1)") !=
          OK);
    ward_close(&w);
}

struct shut {
    int64_t patient;
    bool is_put, is_closed;
};

static enum err shut(struct tx *tx, void *with)
{
    struct shut *s = with;
    enum err err = s->is_put ? closed_put(tx, s->patient) : OK;
    return err ? err : closed_is(tx, s->patient, &s->is_closed);
}

TEST(who_has_died_under_one_number_has_died_under_all)
{
    struct ward w;
    CHECK_OK(ward_open(&w));
    CHECK_OK(
        ward_exec(&w, "INSERT INTO patient_merge (source, target, at, was_active) VALUES (10, 20, 1, -1)"));
    struct shut a = {.patient = A, .is_put = true}, b = {.patient = B}, other = {.patient = 50};
    CHECK_OK(ward_write(&w, shut, &b));
    CHECK(!b.is_closed);
    CHECK_OK(ward_write(&w, shut, &a));
    CHECK_OK(ward_write(&w, shut, &b));
    CHECK_OK(ward_write(&w, shut, &other));
    CHECK(a.is_closed && b.is_closed && !other.is_closed);
    ward_close(&w);
}

/* Rule 38: a table that knows of patients and was not thought of is a merge that loses something (OpenMRS #6194). */
static const char *const scoped[] = {
    "access_grant",  /* stays with the encounter that it was given for */
    "erasure",       /* of the target reaches its sources (records/erasure) */
    "export",        /* of the target: $everything reaches its sources */
    "file",          /* goes with its record, under the key of the patient it was begun under */
    "glass",         /* was broken for one number, and opens no other */
    "patient_key",   /* each keeps its own */
    "picture",       /* goes with its record */
    "record",        /* searches, compartment, $everything, the own file reach the sources' */
    "record_closed", /* of one number closes the record of all that are one person with it (records/closed) */
    "record_value",  /* what is found in them: a search asks for each of the numbers */
    "record_version", /* never changes */
    "release",        /* the own file reaches the sources' (records/release) */
    "release_clock",  /* the same */
    "release_hold",   /* goes with its record */
};

static bool is_scoped(struct str name)
{
    for (size_t i = 0; i < COUNT_OF(scoped); i++)
        if (str_is_text(name, scoped[i])) return true;
    return false;
}

static enum err count_tables(struct tx *tx, void *with)
{
    struct stmt *s;
    bool row;
    int64_t *n = with;
    enum err err = db_stmt(tx->db,
                           "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info (m.name) c"
                           " WHERE m.type = 'table' AND c.name = 'patient' ORDER BY m.name",
                           &s);
    if (err) return err;
    *n = 0;
    while (!(err = stmt_step(s, &row)) && row) {
        bool is_known = is_scoped(stmt_get_str(s, 0));
        if (!is_known)
            printf("  nobody thought of %.*s\n", (int)stmt_get_str(s, 0).bytes, stmt_get_str(s, 0).at);
        CHECK(is_known);
        ++*n;
    }
    stmt_done(s);
    return err;
}

TEST(every_table_that_knows_of_patients_is_thought_of)
{
    struct ward w;
    int64_t n;
    CHECK_OK(ward_open(&w));
    CHECK_OK(ward_write(&w, count_tables, &n));
    CHECK_INT(n, COUNT_OF(scoped));
    ward_close(&w);
}
