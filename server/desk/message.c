#include "desk/message.h"

enum err message_write(struct tx *tx, int64_t person, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT m.number, m.made, m.kind, m.start, m.until, m.rule, m.read, r.id FROM message m"
                " JOIN record r ON r.row = m.appointment WHERE m.person = ?1"
                " ORDER BY m.number DESC LIMIT ?2",
                &q);
    if (err) return err;
    stmt_int(q, 1, person);
    stmt_int(q, 2, MESSAGE_PAGE);
    json_open_array(to, "messages");
    while (!(err = stmt_step(q, &row)) && row) {
        json_open(to, NULL);
        json_put_int(to, "number", stmt_get_int(q, 0));
        json_put_instant(to, "made", stmt_get_instant(q, 1));
        json_put_str(to, "kind", stmt_get_str(q, 2));
        json_put_instant(to, "start", stmt_get_instant(q, 3));
        json_put_instant(to, "end", stmt_get_instant(q, 4));
        json_put_int(to, "minutes", stmt_get_int(q, 5));
        json_put_bool(to, "read", !stmt_is_null(q, 6));
        json_put_str(to, "booking", stmt_get_str(q, 7));
        json_close(to);
    }
    stmt_done(q);
    json_close_array(to);
    return err;
}

enum err message_read(struct tx *tx, int64_t person, int64_t number)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db, "UPDATE message SET read = ?3 WHERE person = ?1 AND number <= ?2 AND read IS NULL", &q);
    if (err) return err;
    stmt_int(q, 1, person);
    stmt_int(q, 2, number);
    stmt_int(q, 3, tx->now.ms);
    return stmt_run(q);
}
