#include "desk/registrar.h"
#include "desk/registrar_own.h"
#include "records/merge.h"
#include "registry/inbox.h"

static const char person_sql[] =
    "CREATE TABLE registry_person ("
    " source TEXT NOT NULL, number TEXT NOT NULL,"
    " patient INTEGER,"             /* its row; NULL: waits */
    " candidate INTEGER, why TEXT," /* while it waits */
    " since INTEGER NOT NULL,"
    " CHECK ((patient IS NULL) = (why IS NOT NULL)),"
    " PRIMARY KEY (source, number)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX registry_person_waits ON registry_person (since) WHERE patient IS NULL;"
    "CREATE TABLE registry_merge (" /* said by the registry; done once both are known */
    " source TEXT NOT NULL, prior TEXT NOT NULL, number TEXT NOT NULL,"
    " is_done INTEGER NOT NULL CHECK (is_done IN (0, 1)),"
    " PRIMARY KEY (source, prior, number)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX registry_merge_by_number ON registry_merge (source, number) WHERE is_done = 0;";

const struct migration registrar_migrations[] = {
    {610, "who a registry's numbers are", person_sql},
    {0, NULL, NULL},
};

/* -- a number's person -- */

struct person {
    bool is_known, is_waiting;
    int64_t patient;
};

static enum err find(struct tx *tx, struct str source, struct str number, struct person *ret)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT patient FROM registry_person WHERE source = ?1 AND number = ?2", &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    err = stmt_step(q, &row);
    if (!err)
        *ret = row ? (struct person){true, stmt_is_null(q, 0), stmt_is_null(q, 0) ? 0 : stmt_get_int(q, 0)}
                   : (struct person){0};
    stmt_done(q);
    return err;
}

static enum err note(struct tx *tx, struct str source, struct str number, int64_t patient, const char *why)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO registry_person (source, number, patient, candidate, why, since)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (source, number) DO UPDATE"
                           " SET patient = ?3, candidate = ?4, why = ?5",
                           &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    if (why) {
        stmt_null(q, 3);
        stmt_int(q, 4, patient);
        stmt_text(q, 5, why);
    } else {
        stmt_int(q, 3, patient);
        stmt_null(q, 4);
        stmt_null(q, 5);
    }
    stmt_int(q, 6, tx->now.ms);
    return stmt_run(q);
}

static enum err said_of(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                        struct person_said *ret)
{
    struct event *events;
    size_t n;
    enum err err = inbox_events(tx, server->arena, source, number, STR(""), &events, &n);
    if (!err) person_fold(events, n, ret);
    return err;
}

/* Finds or makes who the number is; what is in doubt stays so until somebody decides. */
static enum err identify(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                         struct person *p)
{
    struct person_said said;
    const char *why = NULL;
    int64_t patient = p->patient;
    enum err err = said_of(tx, server, source, number, &said);
    if (err || p->is_waiting) return err;
    if (!p->is_known) {
        err = registrar_match(tx, server, number, &said, &patient, &why);
        if (!err && !why && !patient) err = registrar_person_make(tx, server, number, &said, &patient);
        if (!err) err = note(tx, source, number, patient, why);
        if (!err) *p = (struct person){true, why != NULL, why ? 0 : patient};
    }
    return err || p->is_waiting ? err : registrar_person_update(tx, server, p->patient, number, &said);
}

/* -- merges -- */

static enum err note_merge(struct tx *tx, struct str source, const struct event *e)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "INSERT OR IGNORE INTO registry_merge VALUES (?1, ?2, ?3, 0)", &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, e->prior);
    stmt_str(q, 3, e->number);
    return stmt_run(q);
}

struct merge_pair {
    struct str prior, number;
};

static enum err merges_of(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                          struct merge_pair *ret, size_t most, size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT prior, number FROM registry_merge WHERE source = ?1 AND is_done = 0"
                           " AND (prior = ?2 OR number = ?2) ORDER BY prior, number",
                           &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, number);
    while (!err && n < most) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        struct str prior = stmt_get_str(q, 0), to = stmt_get_str(q, 1);
        ret[n].prior = (struct str){arena_text(server->arena, prior.at, prior.bytes), prior.bytes};
        ret[n].number = (struct str){arena_text(server->arena, to.at, to.bytes), to.bytes};
        if (!ret[n].prior.at || !ret[n].number.at) err = ERR_NOMEM;
        n += !err;
    }
    stmt_done(q);
    if (!err) *ret_n = n;
    return err;
}

static enum err join(struct tx *tx, struct record_reader *server, struct str source,
                     const struct merge_pair *m)
{
    struct person from, to;
    struct record_head heads[2];
    struct record record;
    struct record_fault fault = {0};
    struct stmt *q;
    int64_t already = 0;
    enum err err = find(tx, source, m->prior, &from);
    if (!err) err = find(tx, source, m->number, &to);
    if (err || !from.patient || !to.patient) return err; /* once both are known */
    if (from.patient != to.patient) err = merge_target(tx, from.patient, &already);
    if (!err && !already && from.patient != to.patient) {
        err = record_head_at(tx, server->arena, from.patient, &heads[0]);
        if (!err) err = record_head_at(tx, server->arena, to.patient, &heads[1]);
        if (!err) err = merge_do(tx, server, heads[0].id, heads[1].id, &record, &fault);
        if (!err && fault.status) err = ERR_BAD_INPUT;
    }
    if (!err)
        err = db_stmt(
            tx->db, "UPDATE registry_merge SET is_done = 1 WHERE source = ?1 AND prior = ?2 AND number = ?3",
            &q);
    if (err) return err;
    stmt_str(q, 1, source);
    stmt_str(q, 2, m->prior);
    stmt_str(q, 3, m->number);
    return stmt_run(q);
}

enum { MERGES_MAX = 16 };

static enum err join_all(struct tx *tx, struct record_reader *server, struct str source, struct str number)
{
    struct merge_pair pairs[MERGES_MAX];
    size_t n = 0;
    enum err err = merges_of(tx, server, source, number, pairs, MERGES_MAX, &n);
    for (size_t i = 0; i < n && !err; i++)
        err = join(tx, server, source, &pairs[i]);
    return err;
}

/* -- an event -- */

enum err registrar_take(struct tx *tx, struct record_reader *server, struct str source, const struct event *e,
                        enum registrar_did *ret)
{
    enum inbox_found found;
    struct person p;
    enum err err = inbox_put(tx, source, e, &found);
    if (!err && found != INBOX_NEW)
        return *ret = found == INBOX_AGAIN ? REGISTRAR_AGAIN : REGISTRAR_DIFFERS, OK;
    if (!err) err = find(tx, source, e->number, &p);
    if (!err) err = identify(tx, server, source, e->number, &p);
    if (!err && e->kind == EVENT_MERGE) err = note_merge(tx, source, e);
    if (err || p.is_waiting) return err ? err : (*ret = REGISTRAR_WAITS, OK);
    if (e->stay.bytes) err = registrar_stays_write(tx, server, source, e->number, e->stay, p.patient);
    if (!err) err = join_all(tx, server, source, e->number);
    if (!err) *ret = REGISTRAR_TAKEN;
    return err;
}

/* -- doubts -- */

enum err registrar_doubts(struct tx *tx, struct record_reader *server, size_t most,
                          struct registrar_doubt *ret, size_t *ret_n)
{
    struct stmt *q;
    bool row = true;
    size_t n = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT source, number, since, why, candidate FROM registry_person WHERE patient IS NULL"
                " ORDER BY since, source, number LIMIT ?1",
                &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)most);
    while (!err && n < most) {
        err = stmt_step(q, &row);
        if (err || !row) break;
        struct str source = stmt_get_str(q, 0), number = stmt_get_str(q, 1), why = stmt_get_str(q, 3);
        ret[n] = (struct registrar_doubt){
            .source = {arena_text(server->arena, source.at, source.bytes), source.bytes},
            .number = {arena_text(server->arena, number.at, number.bytes), number.bytes},
            .why = {arena_text(server->arena, why.at, why.bytes), why.bytes},
            .since = {stmt_get_int(q, 2)},
            .candidate = stmt_get_int(q, 4)};
        if (!ret[n].source.at || !ret[n].number.at || !ret[n].why.at) err = ERR_NOMEM;
        n += !err;
    }
    stmt_done(q);
    for (size_t i = 0; i < n && !err; i++)
        err = said_of(tx, server, ret[i].source, ret[i].number, &ret[i].said);
    if (!err) *ret_n = n;
    return err;
}

enum err registrar_decide(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                          int64_t patient)
{
    struct person p;
    struct person_said said;
    struct str *stays;
    size_t n = 0;
    enum err err = find(tx, source, number, &p);
    if (!err && !p.is_known) err = ERR_NOT_FOUND;
    if (!err && !p.is_waiting) err = ERR_DENIED;
    if (!err) err = said_of(tx, server, source, number, &said);
    if (!err && !patient) err = registrar_person_make(tx, server, number, &said, &patient);
    if (!err) err = note(tx, source, number, patient, NULL);
    if (!err) err = registrar_person_update(tx, server, patient, number, &said);
    if (!err) err = inbox_stays(tx, server->arena, source, number, &stays, &n);
    for (size_t i = 0; i < n && !err; i++)
        err = registrar_stays_write(tx, server, source, number, stays[i], patient);
    return err ? err : join_all(tx, server, source, number);
}
