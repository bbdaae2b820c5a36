#include "desk/schedule_door.h"

static bool is_outsider(struct role_set roles)
{
    bool is_inside = role_set_has(roles, ROLE_CLINIC_DOCTOR) || role_set_has(roles, ROLE_NURSE);
    return !is_inside && (role_set_has(roles, ROLE_SPECIALIST) || role_set_has(roles, ROLE_INTERPRETER));
}

enum err schedule_door(struct tx *tx, struct str room, struct role_set roles, enum door *ret,
                       struct instant *ret_opens)
{
    struct stmt *q;
    bool row;
    *ret = DOOR_OPEN;
    *ret_opens = (struct instant){0};
    if (!is_outsider(roles)) return OK;
    enum err err =
        db_stmt(tx->db, "SELECT opens, closes FROM booking_room WHERE room = ?1 AND opens IS NOT NULL", &q);
    if (err) return err;
    stmt_str(q, 1, room);
    err = stmt_step(q, &row);
    if (!err && row) {
        struct span times = {stmt_get_instant(q, 0), stmt_get_instant(q, 1)};
        *ret = door_at(times, tx->now);
        *ret_opens = times.from;
    }
    stmt_done(q);
    return err;
}
