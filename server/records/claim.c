#include "records/claim.h"
#include "records/index.h"
#include "records/primitive.h"
#include "records/record_own.h"

#define DAY_MS ((int64_t)86400000)

const char claim_sql[] =
    "CREATE TABLE claim ("
    " resource INTEGER NOT NULL,"
    " start INTEGER NOT NULL,"
    " until INTEGER NOT NULL,"
    " appointment INTEGER NOT NULL,"
    " PRIMARY KEY (resource, start, appointment),"
    " CHECK (until > start AND until - start <= 2678400000)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX claim_by_appointment ON claim (appointment);"
    "CREATE TRIGGER claim_is_alone BEFORE INSERT ON claim"
    " WHEN EXISTS (SELECT 1 FROM claim c WHERE c.resource = NEW.resource"
    " AND c.start < NEW.until AND c.start > NEW.start - 2678400000 AND c.until > NEW.start)"
    " BEGIN SELECT RAISE(ABORT, 'claim_taken'); END;"
    "CREATE TRIGGER claim_stays BEFORE UPDATE ON claim BEGIN SELECT RAISE(ABORT, 'claim_stays'); END;";

static enum err refuse(struct record_fault *fault, int status, const char *code, const char *what,
                       const char *path)
{
    (void)record_fault_add(fault, status, code, what, path);
    return ERR_DENIED;
}

bool claim_is_led(const struct tape *tape, uint32_t node)
{
    return tape_extension(tape, node, CLAIM_BOOKING) != TAPE_NONE;
}

enum err claim_drop(struct tx *tx, int64_t appointment)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM claim WHERE appointment = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, appointment);
    return stmt_run(s);
}

/* -- what the body takes -- */

static bool takes_time(const struct tape *t)
{
    static const char *const taking[] = {"pending", "booked", "arrived", "checked-in"};
    uint32_t status = tape_get(t, 0, STR("status"));
    for (size_t i = 0; i < COUNT_OF(taking) && status != TAPE_NONE; i++)
        if (tape_is_text(t, status, taking[i])) return true;
    return false;
}

static bool instant_of(struct record_reader *who, const struct tape *t, const char *name, struct instant *ret)
{
    struct str text;
    struct instant to;
    uint32_t node = tape_get(t, 0, str_of(name));
    return node != TAPE_NONE && tape_text(t, node, who->arena, &text) &&
           primitive_span(text, who->records->zone, ret, &to);
}

/* Minutes of the extension's part, 0 when it is not there. */
static int64_t rest_of(const struct tape *t, uint32_t participant, const char *part)
{
    uint64_t n = 0;
    uint32_t at = tape_extension(t, tape_extension(t, participant, CLAIM_REST), part);
    uint32_t value = tape_get(t, at, STR("valueUnsignedInt"));
    if (value == TAPE_NONE || !str_to_u64(tape_raw(t, value), &n)) return 0;
    return (int64_t)(n > 1440 ? 1440 : n);
}

static enum err take(struct tx *tx, const struct claim *c, struct record_fault *fault)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "INSERT INTO claim (resource, start, until, appointment) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    stmt_int(s, 1, c->resource);
    stmt_int(s, 2, c->from.ms);
    stmt_int(s, 3, c->until.ms);
    stmt_int(s, 4, c->appointment);
    err = stmt_run(s);
    bool is_taken = (err == ERR_DENIED && strcmp(db_raised(tx->db), "claim_taken") == 0) || err == ERR_EXISTS;
    return is_taken ? refuse(fault, 409, "conflict", "the time is taken", "Appointment.participant") : err;
}

static enum err take_participant(struct tx *tx, struct record_reader *who, const struct tape *t,
                                 uint32_t node, struct claim c, struct record_fault *fault)
{
    struct record_resolving resolving = {tx, who};
    struct str text, id;
    uint16_t resource;
    uint32_t status = tape_get(t, node, STR("status")), actor = tape_get(t, node, STR("actor"));
    uint32_t reference = actor == TAPE_NONE ? TAPE_NONE : tape_get(t, actor, STR("reference"));
    if (reference == TAPE_NONE || (status != TAPE_NONE && tape_is_text(t, status, "declined"))) return OK;
    if (!tape_text(t, reference, who->arena, &text)) return ERR_NOMEM;
    if (!index_local_reference(text, who->base, &resource, &id)) return OK; /* somebody elsewhere */
    enum err err = record_resolve(&resolving, resource, id, &c.resource);
    if (err || c.resource == 0) return err;
    c.from.ms -= rest_of(t, node, "before") * 60000;
    c.until.ms += rest_of(t, node, "after") * 60000;
    return take(tx, &c, fault);
}

enum err claim_put(struct tx *tx, struct record_reader *who, const struct record_head *head,
                   const struct tape *tape, struct record_fault *fault)
{
    struct claim c = {.appointment = head->row};
    uint32_t all = tape_get(tape, 0, STR("participant"));
    enum err err = claim_drop(tx, head->row);
    if (err || !takes_time(tape) || all == TAPE_NONE) return err;
    if (!instant_of(who, tape, "start", &c.from) || !instant_of(who, tape, "end", &c.until) ||
        c.until.ms <= c.from.ms)
        return refuse(fault, 422, "business-rule", "what takes time starts before it ends",
                      "Appointment.start");
    if (c.until.ms - c.from.ms > (CLAIM_DAYS_MAX - 2) * DAY_MS)
        return refuse(fault, 422, "business-rule", "an appointment is shorter than a month",
                      "Appointment.end");
    if (c.until.ms <= tx->now.ms) return OK;
    for (uint32_t i = all + 1; i < tape->nodes[all].end && !err; i = tape->nodes[i].end)
        err = take_participant(tx, who, tape, i, c, fault);
    return err;
}

/* -- asking -- */

enum err claim_of(struct tx *tx, int64_t resource, struct instant from, struct instant until,
                  struct claim *ret_claims, uint32_t most, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT start, until, appointment FROM claim WHERE resource = ?1 AND start < ?3"
                           " AND start > ?2 - 2678400000 AND until > ?2 ORDER BY start",
                           &s);
    if (err) return err;
    stmt_int(s, 1, resource);
    stmt_int(s, 2, from.ms);
    stmt_int(s, 3, until.ms);
    while (!(err = stmt_step(s, &row)) && row && n < most)
        ret_claims[n++] =
            (struct claim){resource, stmt_get_int(s, 2), {stmt_get_int(s, 0)}, {stmt_get_int(s, 1)}};
    stmt_done(s);
    *ret_n = n;
    return err;
}

enum err claim_forget(struct tx *tx, struct instant before)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM claim WHERE until < ?1", &s);
    if (err) return err;
    stmt_int(s, 1, before.ms);
    return stmt_run(s);
}
