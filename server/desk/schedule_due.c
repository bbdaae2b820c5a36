/* What the clock does with bookings: when each is to be looked at again, and holds, answers and repairs that are over. */
#include "desk/schedule_own.h"

struct instant schedule_answers_by(enum triage triage, struct instant start, struct instant now)
{
    static const int64_t minutes[TRIAGES] = {10, 120, 12 * 60, 24 * 60};
    struct instant by = instant_add(now, minutes[triage] * MINUTE_MS);
    struct instant latest = instant_add(start, -15 * MINUTE_MS);
    if (by.ms > latest.ms) by = latest;
    return by.ms > now.ms + MINUTE_MS ? by : instant_add(now, MINUTE_MS);
}

struct instant schedule_repair_by(enum triage triage, struct instant start, struct instant now)
{
    static const int64_t minutes[TRIAGES] = {10, 60, 6 * 60, 24 * 60};
    struct instant by = instant_add(now, minutes[triage] * MINUTE_MS);
    if (by.ms > start.ms) by = start;
    return by.ms > now.ms + MINUTE_MS ? by : instant_add(now, MINUTE_MS);
}

enum err schedule_note_due(struct schedule *s, const struct booking *b)
{
    struct stmt *q;
    struct instant at = b->appt.until, next;
    if (at.ms == 0 && remind_next(&remind_default, &b->appt, s->tx->now, &next)) at = next;
    enum err err = at.ms ? db_stmt(s->tx->db,
                                   "INSERT INTO booking_due (appointment, at, holder, holder_account)"
                                   " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (appointment) DO UPDATE SET"
                                   " at = excluded.at, holder = excluded.holder",
                                   &q)
                         : db_stmt(s->tx->db, "DELETE FROM booking_due WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)b->appt.id.n);
    if (at.ms) {
        stmt_int(q, 2, at.ms);
        if (b->appt.state == APPT_HELD)
            stmt_int(q, 3, (int64_t)b->appt.holder);
        else
            stmt_null(q, 3);
        stmt_str(q, 4, b->holder);
    }
    return stmt_run(q);
}

enum err schedule_count_holds(struct schedule *s, uint64_t holder, uint32_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(s->tx->db, "SELECT count(*) FROM booking_due WHERE holder = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)holder);
    err = stmt_step(q, &row);
    if (!err) *ret = (uint32_t)stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

enum err schedule_next(struct tx *tx, struct instant *ret_at)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT min(at) FROM booking_due", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret_at = stmt_get_instant(q, 0);
    stmt_done(q);
    return OK;
}

/* -- by the clock -- */

static enum err due_rows(struct schedule *s, int64_t *rows, uint32_t most, uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err =
        db_stmt(s->tx->db, "SELECT appointment FROM booking_due WHERE at <= ?1 ORDER BY at LIMIT ?2", &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, most);
    while (!(err = stmt_step(q, &row)) && row && n < most)
        rows[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    *ret_n = n;
    return err;
}

static enum err forget_due(struct schedule *s, int64_t row)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db, "DELETE FROM booking_due WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, row);
    return stmt_run(q);
}

static enum err tick_one(struct schedule *s, int64_t row)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    if (!answer) return ERR_NOMEM;
    struct booking *b = &answer->booking;
    enum err err = booking_read_row(s->tx, &s->server, row, b);
    if (err == ERR_NOT_FOUND) return forget_due(s, row); /* erased */
    if (err) return err;
    if (b->appt.until.ms && b->appt.until.ms <= s->tx->now.ms) {
        struct appt_event lapse = {.verb = APPT_DO_LAPSE, .version = b->appt.version};
        return schedule_event(s, b->head.id, &lapse, answer);
    }
    err = schedule_remind(s, b);
    return err ? err : schedule_note_due(s, b);
}

enum err schedule_tick(struct schedule *s, uint32_t most, bool *ret_more)
{
    int64_t rows[64];
    uint32_t n = 0;
    if (most > COUNT_OF(rows)) most = COUNT_OF(rows);
    enum err err = due_rows(s, rows, most, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = tick_one(s, rows[i]);
    *ret_more = n == most;
    return err;
}
