#include "desk/consequence.h"
#include "desk/concern.h"
#include "desk/consequence_own.h"
#include "desk/schedule_own.h"
#include "scheduler/terms.h"

/* How a patient stood when last looked at, and when to look again (0: when the registry says something). undone: how many open things
 * were ended at the last end of that stay. */
static const char seen_sql[] =
    "CREATE TABLE custody_seen ("
    " patient INTEGER PRIMARY KEY, state INTEGER NOT NULL, encounter TEXT NOT NULL,"
    " look INTEGER NOT NULL, undone INTEGER NOT NULL) STRICT;"
    "CREATE INDEX custody_seen_by_look ON custody_seen (look) WHERE look > 0;";
/* A death is reviewed by the privacy officer. since: when it was; made: when it was told here. */
static const char review_sql[] =
    "CREATE TABLE custody_review ("
    " patient INTEGER PRIMARY KEY, since INTEGER NOT NULL, made INTEGER NOT NULL,"
    " opened INTEGER, opened_by TEXT, closed INTEGER, closed_by TEXT, remark TEXT) STRICT;";

const struct migration consequence_migrations[] = {
    {621, "what custody's changes have led to", seen_sql},
    {622, "deaths to be reviewed", review_sql},
    {0, NULL, NULL},
};

#define LOOK_MS (5 * MINUTE_MS) /* who is out of the house is looked at so often */

/* -- who is next -- */

static enum err next_one(struct tx *tx, int64_t *ret_patient)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT patient FROM (SELECT patient, made AS at FROM custody_due UNION ALL"
                           " SELECT patient, look FROM custody_seen WHERE look > 0)"
                           " WHERE at <= ?1 ORDER BY at, patient LIMIT 1",
                           &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms);
    err = stmt_step(q, &row);
    *ret_patient = !err && row ? stmt_get_int(q, 0) : 0;
    stmt_done(q);
    return err;
}

enum err consequence_waits(struct tx *tx, bool *ret)
{
    int64_t patient = 0;
    enum err err = next_one(tx, &patient);
    *ret = patient != 0;
    return err;
}

static enum err run2(struct tx *tx, const char *sql, int64_t a, int64_t b)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, sql, &q);
    if (err) return err;
    stmt_int(q, 1, a);
    stmt_int(q, 2, b);
    return stmt_run(q);
}

enum err consequence_put_off(struct tx *tx, int64_t patient, struct instant until)
{
    enum err err = run2(tx, "UPDATE custody_due SET made = ?2 WHERE patient = ?1", patient, until.ms);
    return err ? err
               : run2(tx, "UPDATE custody_seen SET look = ?2 WHERE patient = ?1 AND look > 0", patient,
                      until.ms);
}

/* -- how it stood -- */

struct seen {
    enum custody_state state;
    struct str encounter;
    int64_t undone;
};

static enum err read_seen(struct schedule *s, int64_t patient, struct seen *ret)
{
    struct stmt *q;
    bool row;
    *ret = (struct seen){.encounter = {"", 0}};
    enum err err =
        db_stmt(s->tx->db, "SELECT state, encounter, undone FROM custody_seen WHERE patient = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    err = stmt_step(q, &row);
    if (!err && row) {
        struct str id = stmt_get_str(q, 1);
        ret->state = (enum custody_state)stmt_get_int(q, 0);
        ret->encounter = (struct str){arena_text(s->server.arena, id.at, id.bytes), id.bytes};
        ret->undone = stmt_get_int(q, 2);
        if (!ret->encounter.at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

static enum err write_seen(struct schedule *s, int64_t patient, const struct custody *c, int64_t undone)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db,
                           "INSERT OR REPLACE INTO custody_seen (patient, state, encounter, look, undone)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)",
                           &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    stmt_int(q, 2, c->state);
    stmt_str(q, 3, c->encounter.at ? c->encounter : STR(""));
    stmt_int(q, 4, custody_is_out(c->state) ? s->tx->now.ms + LOOK_MS : 0);
    stmt_int(q, 5, undone);
    err = stmt_run(q);
    return err ? err
               : run2(s->tx, "DELETE FROM custody_due WHERE patient = ?1 AND made <= ?2", patient,
                      s->tx->now.ms);
}

/* -- what follows -- */

typedef enum err apply(const struct consequence *c, uint32_t *ret_n);
/* In this order: a booking takes its escort, visit and grants with it; a visit its sick call; the record is closed when all else is done. */
static const struct {
    enum consequence_what what;
    apply *apply;
} all[] = {{CONSEQUENCE_BOOKING, consequence_bookings},
           {CONSEQUENCE_ESCORT, consequence_escorts},
           {CONSEQUENCE_LOCAL_VISIT, consequence_local_visits},
           {CONSEQUENCE_SICK_CALL, consequence_sick_calls},
           {CONSEQUENCE_VISIT, consequence_visits},
           {CONSEQUENCE_GRANT, consequence_grants},
           {CONSEQUENCE_DOSE, consequence_doses},
           {CONSEQUENCE_ORDER, consequence_orders},
           {CONSEQUENCE_FOLLOW_UP, consequence_follow_ups},
           {CONSEQUENCE_CASE, consequence_cases},
           {CONSEQUENCE_CONTACT, consequence_contacts},
           {CONSEQUENCE_SESSION, consequence_sessions},
           {CONSEQUENCE_RECORD, consequence_record}};

/* What looks back as well: at doses of times away that are over, at a record that was closed. */
static bool looks_back(enum consequence_what what)
{
    return what == CONSEQUENCE_DOSE || what == CONSEQUENCE_RECORD;
}

static enum err apply_all(struct schedule *s, struct consequence_did *did)
{
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(all) && !err; i++) {
        struct consequence c = {.s = s,
                                .patient = &did->patient,
                                .custody = &did->custody,
                                .rule = consequence_rule(all[i].what, did->custody.state)};
        if (c.rule != CONSEQUENCE_STAYS || looks_back(all[i].what))
            err = all[i].apply(&c, &did->counts[all[i].what]);
    }
    return err;
}

/* What custody may know has changed: where somebody is brought from, who is here. */
static enum err tell(struct schedule *s)
{
    enum err err = schedule_tell(s, NULL, "duty-command", "escorts_changed", "{}");
    if (!err) err = schedule_tell(s, NULL, "guard", "escorts_changed", "{}");
    return err ? err : schedule_tell(s, NULL, "nurse", "custody_changed", "{}");
}

/* The same stay goes on that was over: somebody looks at what was ended. Once for each time. */
static enum err ask_anew(struct schedule *s, const struct consequence_did *did, const struct seen *was)
{
    bool is_again;
    struct record_head head;
    const char *key = arena_printf(s->server.arena, "undone-%.*s-%lld", (int)was->encounter.bytes,
                                   was->encounter.at, (long long)s->tx->now.ms);
    if (!key) return ERR_NOMEM;
    struct concern_start start = {.source = STR(CONCERN_OURS),
                                  .source_name = STR(CONCERN_OURS),
                                  .key = str_of(key),
                                  .code = STR(CONCERN_RELEASE_UNDONE),
                                  .patient = did->patient.id,
                                  .at = s->tx->now};
    enum err err = concern_raise(s->tx, &s->server, &start, &is_again, &head);
    return err ? err : schedule_tell(s, NULL, "nurse", "concerns_changed", "{}");
}

static uint32_t ended(const struct consequence_did *did)
{
    uint32_t n = 0;
    for (int w = 0; w < CONSEQUENCE_WHATS; w++)
        if (w != CONSEQUENCE_SESSION && w != CONSEQUENCE_DOSE) n += did->counts[w];
    return n;
}

enum err consequence_apply(struct schedule *s, int64_t patient, struct consequence_did *ret)
{
    struct seen was;
    *ret = (struct consequence_did){0};
    enum err err = record_head_at(s->tx, s->server.arena, patient, &ret->patient);
    if (!err) err = custody_of(s->tx, &s->server, ret->patient.id, &ret->custody);
    if (!err) err = read_seen(s, patient, &was);
    if (!err) err = apply_all(s, ret);
    if (err) return err;
    bool was_over = custody_is_over(was.state) || was.state == CUSTODY_NONE;
    bool is_over = custody_is_over(ret->custody.state) || ret->custody.state == CUSTODY_NONE;
    ret->is_undone = was_over && !is_over && was.undone > 0 && str_is(was.encounter, ret->custody.encounter);
    if (ret->is_undone) err = ask_anew(s, ret, &was);
    int64_t undone = is_over ? (was_over ? was.undone : 0) + ended(ret) : 0;
    bool is_moved = was.state != ret->custody.state || ended(ret);
    if (!err && (is_moved || ret->custody.state == CUSTODY_HOUSED)) err = tell(s);
    return err ? err : write_seen(s, patient, &ret->custody, undone);
}

enum err consequence_turn(struct schedule *s, struct consequence_did *ret, int64_t *ret_patient)
{
    *ret = (struct consequence_did){0};
    enum err err = next_one(s->tx, ret_patient);
    if (err || !*ret_patient) return err;
    err = consequence_apply(s, *ret_patient, ret);
    if (err != ERR_NOT_FOUND) return err;
    err = run2(s->tx, "DELETE FROM custody_due WHERE patient = ?1 AND made <= ?2", *ret_patient,
               s->tx->now.ms); /* erased */
    return err ? err
               : run2(s->tx, "DELETE FROM custody_seen WHERE patient = ?1 AND look <= ?2", *ret_patient,
                      s->tx->now.ms);
}
