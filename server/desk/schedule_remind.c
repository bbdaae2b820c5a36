/* Reminders, each once: the mark and the message are written in one transaction, and the store refuses a second of either. */
#include "desk/schedule_own.h"

static enum err marks_of(struct schedule *s, const struct booking *b, struct remind_mark *ret, uint32_t most,
                         uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(s->tx->db,
                           "SELECT person, rule, start, is_sent FROM reminder_mark WHERE appointment = ?1"
                           " AND start = ?2",
                           &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)b->appt.id.n);
    stmt_int(q, 2, b->appt.span.from.ms);
    while (!(err = stmt_step(q, &row)) && row && n < most)
        ret[n++] = (struct remind_mark){{(uint64_t)stmt_get_int(q, 0)},
                                        {stmt_get_int(q, 2)},
                                        (uint8_t)stmt_get_int(q, 1),
                                        stmt_get_int(q, 3) ? REMIND_SEND : REMIND_PASS};
    stmt_done(q);
    *ret_n = n;
    return err;
}

static enum err put_mark(struct schedule *s, const struct booking *b, const struct remind_mark *m)
{
    struct stmt *q;
    enum err err = db_stmt(s->tx->db,
                           "INSERT INTO reminder_mark (appointment, person, rule, start, is_sent, made)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           &q);
    if (err) return err;
    stmt_int(q, 1, (int64_t)b->appt.id.n);
    stmt_int(q, 2, (int64_t)m->person.n);
    stmt_int(q, 3, m->rule);
    stmt_int(q, 4, m->start.ms);
    stmt_int(q, 5, m->fate == REMIND_SEND);
    stmt_int(q, 6, s->tx->now.ms);
    return stmt_run(q);
}

enum err schedule_remind(struct schedule *s, const struct booking *b)
{
    struct remind_mark made[REMIND_MARKS_MAX], marks[REMIND_MARKS_MAX];
    uint32_t n = 0;
    enum err err = marks_of(s, b, marks, COUNT_OF(marks), &n);
    if (err) return err;
    uint32_t due = remind_due(&remind_default, &b->appt, b->booked_at, marks, n, s->tx->now, made);
    for (uint32_t i = 0; i < due && !err; i++) {
        err = put_mark(s, b, &made[i]);
        if (!err && made[i].fate == REMIND_SEND)
            err = schedule_message(s, b, (int64_t)made[i].person.n, "reminder",
                                   remind_default.before_min[made[i].rule]);
    }
    return err;
}
