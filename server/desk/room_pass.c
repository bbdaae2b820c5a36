#include "desk/room_pass.h"

enum { LISTED_MAX = 200 };

static enum err sweep(struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM room_pass WHERE ends <= ?1", &s);
    if (err) return err;
    stmt_instant(s, 1, tx->now);
    return stmt_run(s);
}

enum err room_pass_add(struct tx *tx, struct room_token *t)
{
    struct stmt *s;
    ident_new(t->session);
    enum err err = sweep(tx);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO room_pass (id, room, source, may_publish, may_subscribe, made, ends)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      &s);
    if (err) return err;
    stmt_text(s, 1, t->session);
    stmt_text(s, 2, t->room);
    stmt_text(s, 3, t->source);
    stmt_int(s, 4, t->may_publish);
    stmt_int(s, 5, t->may_subscribe);
    stmt_instant(s, 6, tx->now);
    stmt_instant(s, 7, t->ends);
    return stmt_run(s);
}

enum err room_pass_is_good(struct tx *tx, struct str id, bool *ret_good)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM room_pass WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    err = stmt_step(s, ret_good);
    stmt_done(s);
    return err;
}

enum err room_pass_revoke(struct tx *tx, struct str room, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM room_pass WHERE id = ?1 AND (?2 = '' OR room = ?2)", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, room.at ? room : STR(""));
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err room_pass_write(struct tx *tx, struct str room, struct json_out *to)
{
    struct stmt *s;
    bool row = false;
    enum err err = db_stmt(tx->db,
                           "SELECT id, source, may_publish, may_subscribe, made, ends FROM room_pass"
                           " WHERE room = ?1 AND ends > ?2 ORDER BY made DESC, id LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_str(s, 1, room);
    stmt_instant(s, 2, tx->now);
    stmt_int(s, 3, LISTED_MAX);
    json_open_array(to, "tokens");
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_str(to, "id", stmt_get_str(s, 0));
        json_put_str(to, "source", stmt_get_str(s, 1));
        json_put_bool(to, "publish", stmt_get_int(s, 2) != 0);
        json_put_bool(to, "subscribe", stmt_get_int(s, 3) != 0);
        json_put_instant(to, "made", stmt_get_instant(s, 4));
        json_put_instant(to, "ends", stmt_get_instant(s, 5));
        json_close(to);
    }
    json_close_array(to);
    stmt_done(s);
    return err;
}
