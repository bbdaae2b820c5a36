#include "records/grant.h"
#include "records/number.h"
#include "records/person.h"
#include "records/release.h"
#include <stdio.h>
#include <stdlib.h>

enum err grant_give(struct tx *tx, const struct grant_start *start, int64_t *ret_id)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO access_grant (account, patient, encounter, starts, ends, labels, given_by, given, room)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
    if (start->room.at)
        stmt_str(s, 9, start->room);
    else
        stmt_null(s, 9);
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

enum err grant_carry(struct tx *tx, int64_t id)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "INSERT OR IGNORE INTO access_grant_record (access_grant, record, is_written)"
                " SELECT ?1, r.record, 1 FROM access_grant g JOIN access_grant o ON o.account = g.account"
                " AND o.encounter = g.encounter AND o.id < g.id JOIN access_grant_record r"
                " ON r.access_grant = o.id AND r.is_written = 1 WHERE g.id = ?1 LIMIT ?2",
                &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, GRANT_RECORDS_MAX);
    return stmt_run(s);
}

enum err grant_attach_all(struct tx *tx, int64_t encounter, int64_t record)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO access_grant_record (access_grant, record, is_written)"
        " SELECT g.id, ?2, 0 FROM access_grant g WHERE g.encounter = ?1 AND (g.ends IS NULL OR g.ends > ?3)"
        " AND (SELECT count(*) FROM access_grant_record a WHERE a.access_grant = g.id) < ?4"
        " ON CONFLICT DO NOTHING",
        &s);
    if (err) return err;
    stmt_int(s, 1, encounter);
    stmt_int(s, 2, record);
    stmt_int(s, 3, tx->now.ms);
    stmt_int(s, 4, GRANT_RECORDS_MAX);
    return stmt_run(s);
}

static bool copy(struct arena *arena, struct stmt *s, int at, struct str *ret)
{
    if (stmt_is_null(s, at)) return true;
    struct str text = stmt_get_str(s, at);
    const char *kept = arena_text(arena, text.at, text.bytes);
    *ret = (struct str){kept, text.bytes};
    return kept != NULL;
}

/* Columns: id, account, room, the patient's and the encounter's id. */
static enum err end_from(struct stmt *s, struct arena *arena, struct grant_end *ret)
{
    *ret = (struct grant_end){.id = stmt_get_int(s, 0)};
    bool is_whole = copy(arena, s, 1, &ret->account) && copy(arena, s, 2, &ret->room) &&
                    copy(arena, s, 3, &ret->patient) && copy(arena, s, 4, &ret->encounter);
    return is_whole ? OK : ERR_NOMEM;
}

static enum err find_end(struct tx *tx, struct arena *arena, int64_t id, struct grant_end *ret)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT g.id, g.account, g.room, p.id, e.id FROM access_grant g"
                " LEFT JOIN record p ON p.row = g.patient LEFT JOIN record e ON e.row = g.encounter"
                " WHERE g.id = ?1 AND g.revoked IS NULL AND (g.ends IS NULL OR g.ends > ?2)",
                &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = end_from(s, arena, ret);
    stmt_done(s);
    return err;
}

/* One that is taken back before it begins ends when it would have begun: its end says that it never was, and not when. */
enum err grant_revoke(struct tx *tx, struct arena *arena, int64_t id, struct str by, struct grant_end *ret)
{
    struct stmt *s;
    struct grant_end end;
    enum err err = find_end(tx, arena, id, &end);
    if (!err)
        err = db_stmt(tx->db,
                      "UPDATE access_grant SET ends = max(starts, ?2), revoked = ?2, revoked_by = ?3"
                      " WHERE revoked IS NULL AND (ends IS NULL OR ends > ?2) AND (account, encounter) ="
                      " (SELECT account, encounter FROM access_grant WHERE id = ?1)",
                      &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, by);
    err = stmt_run(s);
    if (!err) *ret = end;
    return err;
}

enum err grant_open_of(struct tx *tx, struct arena *arena, struct str account, int64_t **ret_ids,
                       uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    int64_t *ids = arena_alloc(arena, GRANTS_LOADED_MAX * sizeof *ids);
    uint32_t n = 0;
    enum err err = ids ? db_stmt(tx->db,
                                 "SELECT id FROM access_grant WHERE account = ?1"
                                 " AND (ends IS NULL OR ends > ?2) ORDER BY id LIMIT ?3",
                                 &s)
                       : ERR_NOMEM;
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, GRANTS_LOADED_MAX);
    while (n < GRANTS_LOADED_MAX && !(err = stmt_step(s, &row)) && row)
        ids[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    *ret_ids = ids, *ret_n = n;
    return err;
}

/* The statement's columns: number, account, start; its first parameter is of. */
static enum err open_rows(struct tx *tx, struct arena *arena, const char *sql, int64_t of,
                          struct grant_open **ret, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    struct grant_open *at = arena_zalloc(arena, GRANTS_LOADED_MAX * sizeof *at);
    uint32_t n = 0;
    enum err err = at ? db_stmt(tx->db, sql, &s) : ERR_NOMEM;
    if (err) return err;
    stmt_int(s, 1, of);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, GRANTS_LOADED_MAX);
    while (n < GRANTS_LOADED_MAX && !(err = stmt_step(s, &row)) && row) {
        at[n] = (struct grant_open){.id = stmt_get_int(s, 0), .from = stmt_get_instant(s, 2)};
        if (!copy(arena, s, 1, &at[n].account)) {
            err = ERR_NOMEM;
            break;
        }
        n++;
    }
    stmt_done(s);
    *ret = at, *ret_n = n;
    return err;
}

enum err grant_open_to(struct tx *tx, struct arena *arena, int64_t encounter, struct grant_open **ret,
                       uint32_t *ret_n)
{
    return open_rows(tx, arena,
                     "SELECT id, account, starts FROM access_grant WHERE encounter = ?1"
                     " AND revoked IS NULL AND (ends IS NULL OR ends > ?2) ORDER BY id LIMIT ?3",
                     encounter, ret, ret_n);
}

enum err grant_open_about(struct tx *tx, struct arena *arena, int64_t patient, struct grant_open **ret,
                          uint32_t *ret_n)
{
    return open_rows(tx, arena,
                     "SELECT id, given_by, starts FROM access_grant WHERE patient = ?1"
                     " AND revoked IS NULL AND (ends IS NULL OR ends > ?2) ORDER BY id LIMIT ?3",
                     patient, ret, ret_n);
}

enum err grant_ended(struct tx *tx, struct arena *arena, struct instant since, struct grant_end *ret,
                     uint32_t most, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT g.id, g.account, g.room, p.id, e.id FROM access_grant g"
                " LEFT JOIN record p ON p.row = g.patient LEFT JOIN record e ON e.row = g.encounter"
                " WHERE g.ends > ?1 AND g.ends <= ?2 AND g.revoked IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM access_grant o WHERE o.account = g.account AND o.encounter = g.encounter"
                " AND o.starts <= ?2 AND (o.ends IS NULL OR o.ends > ?2)) ORDER BY g.ends LIMIT ?3",
                &s);
    if (err) return err;
    stmt_int(s, 1, since.ms);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, most);
    while (n < most && !(err = stmt_step(s, &row)) && row && !(err = end_from(s, arena, &ret[n])))
        n++;
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}

static enum err copy_grant(struct tx *tx, int64_t id, struct instant to, struct str by)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO access_grant (account, patient, encounter, starts, ends, labels, given_by, given,"
        " room, extends) SELECT account, patient, encounter, starts, ?2, labels, ?3, ?4, room, id"
        " FROM access_grant WHERE id = ?1 AND ends > ?4 AND ends < ?2",
        &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, to.ms);
    stmt_str(s, 3, by);
    stmt_int(s, 4, tx->now.ms);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_BAD_INPUT;
}

enum err grant_extend(struct tx *tx, int64_t id, struct instant to, struct str by, int64_t *ret_id)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT 1 FROM access_grant WHERE id = ?1 AND (ends IS NULL OR ends > ?2)", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    err = stmt_step(s, &row);
    stmt_done(s);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = copy_grant(tx, id, to, by);
    if (err) return err;
    int64_t fresh = db_last_rowid(tx->db);
    err = db_stmt(tx->db,
                  "INSERT INTO access_grant_record (access_grant, record, is_written)"
                  " SELECT ?2, record, is_written FROM access_grant_record WHERE access_grant = ?1",
                  &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, fresh);
    err = stmt_run(s);
    if (!err) *ret_id = fresh;
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

static bool keep(struct arena *arena, struct str s, struct str *ret)
{
    *ret = (struct str){arena_text(arena, s.bytes ? s.at : "", s.bytes), s.bytes};
    return ret->at != NULL;
}

enum err grant_people(struct tx *tx, struct arena *arena, int64_t encounter,
                      struct grant_person ret[GRANT_PEOPLE_MAX], uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT a.id, a.display, max(g.given_by) FROM access_grant g"
                           " JOIN account a ON a.id = g.account"
                           " WHERE g.encounter = ?1 AND (g.ends IS NULL OR g.ends > ?2)"
                           " GROUP BY a.id ORDER BY min(g.id) LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_int(s, 1, encounter);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, GRANT_PEOPLE_MAX);
    while (!(err = stmt_step(s, &row)) && row) {
        struct grant_person *p = &ret[n++];
        bool is_kept = keep(arena, stmt_get_str(s, 0), &p->account) &&
                       keep(arena, stmt_get_str(s, 1), &p->display) &&
                       keep(arena, stmt_get_str(s, 2), &p->given_by);
        if (!is_kept) {
            err = ERR_NOMEM;
            break;
        }
    }
    stmt_done(s);
    if (!err) *ret_n = n;
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

/* The tasks that name the escort as their owner, and whom those are about that are not done. */
static enum err load_tasks(struct tx *tx, struct arena *arena, int64_t person, struct guard *g)
{
    struct stmt *s;
    bool row;
    int64_t *tasks = arena_alloc(arena, GRANT_TASKS_MAX * sizeof *tasks);
    int64_t *about = arena_alloc(arena, GRANT_TASKS_MAX * sizeof *about);
    if (!tasks || !about) return ERR_NOMEM;
    enum err err =
        db_stmt(tx->db,
                "SELECT r.row, r.patient, r.lifecycle FROM record_link l JOIN record r ON r.row = l.record"
                " WHERE l.target = ?1 AND l.param = ?2 AND r.is_deleted = 0"
                " ORDER BY r.row DESC LIMIT ?3",
                &s);
    if (err) return err;
    stmt_int(s, 1, person);
    stmt_int(s, 2, number_of_param(fhir_param_of(fhir_resource_of(STR("Task")), STR("owner"))));
    stmt_int(s, 3, GRANT_TASKS_MAX);
    while (g->task_count < GRANT_TASKS_MAX && !(err = stmt_step(s, &row)) && row) {
        tasks[g->task_count++] = stmt_get_int(s, 0);
        bool is_open = stmt_get_int(s, 2) == RECORD_ACTIVE && stmt_get_int(s, 1) != 0;
        if (is_open) about[g->escorted_count++] = stmt_get_int(s, 1);
    }
    stmt_done(s);
    if (g->task_count) qsort(tasks, g->task_count, sizeof *tasks, by_row);
    if (g->escorted_count) qsort(about, g->escorted_count, sizeof *about, by_row);
    g->tasks = tasks;
    g->escorted = about;
    return err;
}

/* The own file, under whatever numbers it was begun. */
static enum err load_own(struct tx *tx, struct arena *arena, int64_t patient, struct guard *g)
{
    struct merge_rows *own = arena_alloc(arena, sizeof *own);
    if (!own) return ERR_NOMEM;
    enum err err = merge_family(tx, patient, own);
    g->own = own->at;
    g->own_count = own->count;
    return err ? err : release_rows(tx, arena, own, &g->released, &g->released_count);
}

enum err grant_of_patient(struct tx *tx, struct arena *arena, int64_t patient, struct guard *ret)
{
    struct guard g = {.roles = {ROLE_BIT(ROLE_DETAINEE)}, .now = tx->now, .patient = patient};
    enum err err = load_own(tx, arena, patient, &g);
    if (!err) *ret = g;
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
    if (!err && role_set_has(roles, ROLE_GUARD) && person.practitioner)
        err = load_tasks(tx, arena, person.practitioner, &g);
    if (!err && role_set_has(roles, ROLE_DETAINEE) && person.patient)
        err = load_own(tx, arena, person.patient, &g);
    if (err) return err;
    g.grants = l.grants;
    g.grant_count = l.count;
    g.practitioner = person.practitioner;
    g.patient = person.patient;
    g.cleared = person.cleared;
    *ret = g;
    return OK;
}

/* -- telling -- */

static void put_instant(struct stmt *s, int at, struct json_out *to, const char *key, int64_t more_ms)
{
    if (stmt_is_null(s, at))
        json_put_null(to, key);
    else
        json_put_instant(to, key, (struct instant){stmt_get_int(s, at) + more_ms});
}

static void put_room(struct stmt *s, int at, struct json_out *to)
{
    if (stmt_is_null(s, at))
        json_put_null(to, "room");
    else
        json_put_str(to, "room", stmt_get_str(s, at));
}

static enum err put_attached(struct tx *tx, int64_t id, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT r.type, r.id FROM access_grant_record a JOIN record r ON r.row = a.record"
                           " WHERE a.access_grant = ?1 AND a.is_written = 0 ORDER BY r.row",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    json_open_array(to, "attached");
    while (!(err = stmt_step(s, &row)) && row) {
        char text[RECORD_ID_BYTES_MAX + 80];
        struct str type = fhir_name(fhir_types[fhir_resources[number_type(stmt_get_int(s, 0))].type].name);
        struct str record = stmt_get_str(s, 1);
        snprintf(text, sizeof text, "%.*s/%.*s", (int)type.bytes, type.at, (int)record.bytes, record.at);
        json_put_text(to, NULL, text);
    }
    json_close_array(to);
    stmt_done(s);
    return err;
}

static enum err put_grant(struct tx *tx, struct stmt *s, struct json_out *to)
{
    int64_t id = stmt_get_int(s, 0);
    json_open(to, NULL);
    json_put_int(to, "id", id);
    person_put(s, 1, to, "account");
    json_put_str(to, "encounter", stmt_get_str(s, 3));
    put_instant(s, 4, to, "starts", GUARD_EARLY_MS);
    put_instant(s, 5, to, "ends", 0);
    put_instant(s, 6, to, "given", 0);
    person_put(s, 7, to, "given_by");
    put_instant(s, 9, to, "signed", 0);
    put_instant(s, 10, to, "revoked", 0);
    put_room(s, 11, to);
    enum err err = put_attached(tx, id, to);
    json_close(to);
    return err;
}

/* Of one extended, the last alone is told. */
enum err grant_list(struct tx *tx, int64_t patient, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT g.id, a.id, a.display, e.id, g.starts, g.ends, g.given, b.id, b.display, g.signed, g.revoked,"
        " g.room FROM access_grant g JOIN account a ON a.id = g.account JOIN account b ON b.id = g.given_by"
        " JOIN record e ON e.row = g.encounter WHERE g.patient = ?1 AND NOT EXISTS"
        " (SELECT 1 FROM access_grant o WHERE o.extends = g.id) ORDER BY g.id DESC LIMIT ?2",
        &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    stmt_int(s, 2, GRANT_LIST_MAX);
    while (!(err = stmt_step(s, &row)) && row && !(err = put_grant(tx, s, to)))
        ;
    stmt_done(s);
    return err;
}

enum err grant_own(struct tx *tx, struct str account, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT g.id, p.id, e.id, g.starts, g.ends, g.signed, g.room FROM access_grant g"
                           " JOIN record p ON p.row = g.patient JOIN record e ON e.row = g.encounter"
                           " WHERE g.account = ?1 AND g.starts <= ?2 AND (g.ends IS NULL OR g.ends > ?2)"
                           " AND NOT EXISTS (SELECT 1 FROM access_grant o WHERE o.extends = g.id)"
                           " ORDER BY g.id DESC LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, GRANTS_LOADED_MAX);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_int(to, "id", stmt_get_int(s, 0));
        json_put_str(to, "patient", stmt_get_str(s, 1));
        json_put_str(to, "encounter", stmt_get_str(s, 2));
        put_instant(s, 3, to, "starts", GUARD_EARLY_MS);
        put_instant(s, 4, to, "ends", 0);
        put_instant(s, 5, to, "signed", 0);
        put_room(s, 6, to);
        json_close(to);
    }
    stmt_done(s);
    return err;
}
