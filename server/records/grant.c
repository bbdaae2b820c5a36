#include "records/grant.h"
#include "records/number.h"
#include "records/person.h"
#include <stdlib.h>

enum err grant_give(struct tx *tx, const struct grant_start *start, int64_t *ret_id)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO access_grant (account, patient, encounter, starts, ends, labels, given_by, given)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &s);
    if (err) return err;
    stmt_str(s, 1, start->account);
    stmt_int(s, 2, start->patient);
    stmt_int(s, 3, start->encounter);
    stmt_int(s, 4, start->from.ms);
    stmt_instant(s, 5, start->to);
    stmt_int(s, 6, start->labels);
    stmt_str(s, 7, start->given_by);
    stmt_instant(s, 8, tx->now);
    err = stmt_run(s);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

static enum err count_attached(struct tx *tx, int64_t id, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT (SELECT count(*) FROM access_grant_record WHERE access_grant = g.id)"
                           " FROM access_grant g WHERE id = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    err = stmt_step(s, &row);
    if (!err && row) *ret_n = stmt_get_int(s, 0);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(s);
    return err;
}

enum err grant_attach(struct tx *tx, int64_t id, int64_t record, bool is_written)
{
    struct stmt *s;
    int64_t n;
    enum err err = count_attached(tx, id, &n);
    if (!err && n >= GRANT_RECORDS_MAX) err = ERR_LIMIT;
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO access_grant_record (access_grant, record, is_written) VALUES (?1, ?2, ?3)"
                      " ON CONFLICT DO NOTHING",
                      &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, record);
    stmt_int(s, 3, is_written);
    return stmt_run(s);
}

enum err grant_revoke(struct tx *tx, struct arena *arena, int64_t id, struct str by, struct str *ret_account)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "UPDATE access_grant SET ends = max(starts, ?2), revoked = ?2, revoked_by = ?3"
                           " WHERE id = ?1 AND (ends IS NULL OR ends > ?2) RETURNING account",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, by);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str account = stmt_get_str(s, 0);
        const char *copy = arena_text(arena, account.at, account.bytes);
        if (copy)
            *ret_account = (struct str){copy, account.bytes};
        else
            err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

enum err grant_note_signed(struct tx *tx, struct str account, int64_t encounter)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "UPDATE access_grant SET signed = ?3, ends = max(starts, min(ifnull(ends, ?4), ?4))"
                " WHERE account = ?1 AND encounter = ?2 AND signed IS NULL"
                " AND (ends IS NULL OR ends > ?3)",
                &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, encounter);
    stmt_int(s, 3, tx->now.ms);
    stmt_int(s, 4, tx->now.ms + GUARD_AFTER_SIGNED_MS);
    return stmt_run(s);
}

enum err grant_live(struct tx *tx, struct str account, int64_t encounter, int64_t *ret_id)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT id FROM access_grant WHERE account = ?1 AND encounter = ?2 AND starts <= ?3"
                " AND (ends IS NULL OR ends > ?3) ORDER BY id DESC LIMIT 1",
                &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, encounter);
    stmt_int(s, 3, tx->now.ms);
    err = stmt_step(s, &row);
    if (!err && row) *ret_id = stmt_get_int(s, 0);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(s);
    return err;
}

/* -- loading -- */

struct loading {
    struct tx *tx;
    struct arena *arena;
    struct guard_grant *grants;
    int64_t *ids;
    uint32_t count;
};

static enum err load_heads(struct loading *l, struct str account)
{
    struct stmt *s;
    bool row;
    l->grants = arena_zalloc(l->arena, GRANTS_LOADED_MAX * sizeof *l->grants);
    l->ids = arena_alloc(l->arena, GRANTS_LOADED_MAX * sizeof *l->ids);
    if (!l->grants || !l->ids) return ERR_NOMEM;
    enum err err = db_stmt(l->tx->db,
                           "SELECT id, patient, encounter, starts, ends, labels FROM access_grant"
                           " WHERE account = ?1 AND starts <= ?2 AND (ends IS NULL OR ends > ?2)"
                           " ORDER BY id DESC LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, l->tx->now.ms);
    stmt_int(s, 3, GRANTS_LOADED_MAX);
    while (l->count < GRANTS_LOADED_MAX && !(err = stmt_step(s, &row)) && row) {
        struct guard_grant *g = &l->grants[l->count];
        l->ids[l->count++] = stmt_get_int(s, 0);
        g->patient = stmt_get_int(s, 1);
        g->encounter = stmt_get_int(s, 2);
        g->from.ms = stmt_get_int(s, 3);
        g->to.ms = stmt_is_null(s, 4) ? INT64_MAX : stmt_get_int(s, 4);
        g->labels = (uint32_t)stmt_get_int(s, 5);
    }
    stmt_done(s);
    return err;
}

static enum err load_records(struct loading *l, uint32_t i)
{
    struct guard_grant *g = &l->grants[i];
    struct stmt *s;
    bool row;
    int64_t n = 0;
    enum err err = count_attached(l->tx, l->ids[i], &n);
    if (err || n == 0) return err;
    int64_t *attached = arena_alloc(l->arena, (size_t)n * sizeof *attached);
    int64_t *written = arena_alloc(l->arena, (size_t)n * sizeof *written);
    if (!attached || !written) return ERR_NOMEM;
    err = db_stmt(
        l->tx->db,
        "SELECT record, is_written FROM access_grant_record WHERE access_grant = ?1 ORDER BY record", &s);
    if (err) return err;
    stmt_int(s, 1, l->ids[i]);
    while (g->attached_count < n && !(err = stmt_step(s, &row)) && row) {
        attached[g->attached_count++] = stmt_get_int(s, 0);
        if (stmt_get_int(s, 1)) written[g->written_count++] = stmt_get_int(s, 0);
    }
    stmt_done(s);
    g->attached = attached;
    g->written = written;
    return err;
}

static enum err load_breaks(struct tx *tx, struct arena *arena, struct str account, struct guard *g)
{
    struct stmt *s;
    bool row;
    struct guard_break *breaks = arena_alloc(arena, GRANTS_LOADED_MAX * sizeof *breaks);
    if (!breaks) return ERR_NOMEM;
    enum err err = db_stmt(tx->db,
                           "SELECT patient, starts, ends FROM glass WHERE account = ?1 AND ends > ?2"
                           " ORDER BY ends DESC LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, GRANTS_LOADED_MAX);
    while (g->break_count < GRANTS_LOADED_MAX && !(err = stmt_step(s, &row)) && row)
        breaks[g->break_count++] = (struct guard_break){
            .patient = stmt_get_int(s, 0), .from = {stmt_get_int(s, 1)}, .to = {stmt_get_int(s, 2)}};
    stmt_done(s);
    g->breaks = breaks;
    return err;
}

static int by_row(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The appointments that name the person as an actor, and the answers to them. */
static enum err load_bookings(struct tx *tx, struct arena *arena, int64_t person, struct guard *g)
{
    struct stmt *s;
    bool row;
    uint16_t appointment = fhir_resource_of(STR("Appointment")),
             response = fhir_resource_of(STR("AppointmentResponse"));
    int64_t *rows = arena_alloc(arena, GRANT_BOOKINGS_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    enum err err = db_stmt(tx->db,
                           "SELECT DISTINCT record FROM record_link WHERE target = ?1 AND param IN (?2, ?3)"
                           " ORDER BY record DESC LIMIT ?4",
                           &s);
    if (err) return err;
    stmt_int(s, 1, person);
    stmt_int(s, 2, number_of_param(fhir_param_of(appointment, STR("actor"))));
    stmt_int(s, 3, number_of_param(fhir_param_of(response, STR("actor"))));
    stmt_int(s, 4, GRANT_BOOKINGS_MAX);
    while (g->booking_count < GRANT_BOOKINGS_MAX && !(err = stmt_step(s, &row)) && row)
        rows[g->booking_count++] = stmt_get_int(s, 0);
    stmt_done(s);
    if (g->booking_count) qsort(rows, g->booking_count, sizeof *rows, by_row);
    g->bookings = rows;
    return err;
}

static const uint32_t granted_roles = ROLE_BIT(ROLE_SPECIALIST);
static const uint32_t booked_roles = ROLE_BIT(ROLE_SPECIALIST) | ROLE_BIT(ROLE_INTERPRETER);
static const uint32_t breaking_roles =
    ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_PHARMACIST);

enum err grant_load(struct tx *tx, struct arena *arena, struct str account, struct role_set roles,
                    struct guard *ret)
{
    struct person person;
    struct loading l = {.tx = tx, .arena = arena};
    struct guard g = {.roles = roles, .now = tx->now};
    enum err err = person_find(tx, account, &person);
    if (!err && roles.bits & granted_roles) err = load_heads(&l, account);
    for (uint32_t i = 0; i < l.count && !err; i++)
        err = load_records(&l, i);
    if (!err && roles.bits & breaking_roles) err = load_breaks(tx, arena, account, &g);
    if (!err && roles.bits & booked_roles && person.practitioner)
        err = load_bookings(tx, arena, person.practitioner, &g);
    if (err) return err;
    g.grants = l.grants;
    g.grant_count = l.count;
    g.practitioner = person.practitioner;
    g.patient = person.patient;
    g.cleared = person.cleared;
    *ret = g;
    return OK;
}
