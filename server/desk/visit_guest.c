#include "desk/visit_guest.h"
#include "auth/account.h"
#include "desk/room_book.h"

bool visit_is_outsider(struct role_set roles)
{
    bool is_inside = role_set_has(roles, ROLE_CLINIC_DOCTOR) || role_set_has(roles, ROLE_NURSE);
    return !is_inside && (role_set_has(roles, ROLE_SPECIALIST) || role_set_has(roles, ROLE_INTERPRETER));
}

const char *visit_door_text(enum visit_door door)
{
    static const char *const texts[] = {NULL, "room_early", "room_late", "room_waiting", "room_consent"};
    return texts[door];
}

enum err visit_guest_of(struct tx *tx, const struct visit *v, struct str account, bool *ret_waits,
                        bool *ret_admitted)
{
    struct stmt *q;
    bool row;
    *ret_waits = *ret_admitted = false;
    enum err err =
        db_stmt(tx->db, "SELECT waits, admitted FROM visit_guest WHERE encounter = ?1 AND account = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    stmt_str(q, 2, account);
    err = stmt_step(q, &row);
    if (!err && row) *ret_waits = !stmt_is_null(q, 0), *ret_admitted = !stmt_is_null(q, 1);
    stmt_done(q);
    return err;
}

/* -- the door -- */

static enum err at_the_visit(struct tx *tx, struct record_reader *server, const struct visit *v,
                             struct str account, enum visit_door *ret)
{
    struct visit_consents consents;
    bool waits, is_admitted;
    enum err err = visit_consents_read(tx, server, v, &consents);
    if (!err) err = visit_guest_of(tx, v, account, &waits, &is_admitted);
    if (err) return err;
    bool stands = visit_consent_stands(&consents, VISIT_CONSENT_CAMERA) && visit_is_running(v->state);
    *ret = is_admitted && stands && visit_consent_names(&consents, account) ? VISIT_DOOR_OPEN
           : is_admitted                                                    ? VISIT_DOOR_CONSENT
                                                                            : VISIT_DOOR_WAITING;
    return OK;
}

enum err visit_door(struct tx *tx, struct record_reader *server, struct str room, struct str account,
                    struct role_set roles, bool is_back, enum visit_door *ret, struct instant *ret_opens)
{
    struct visit *v = arena_zalloc(server->arena, sizeof *v);
    enum door door = DOOR_OPEN;
    *ret = VISIT_DOOR_OPEN;
    *ret_opens = (struct instant){0};
    if (!v) return ERR_NOMEM;
    if (!visit_is_outsider(roles)) return OK;
    enum err err = is_back ? OK : schedule_door(tx, room, roles, &door, ret_opens);
    if (!err && door != DOOR_OPEN) return *ret = door == DOOR_EARLY ? VISIT_DOOR_EARLY : VISIT_DOOR_LATE, OK;
    if (!err) err = visit_of_room(tx, server, room, v);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    return at_the_visit(tx, server, v, account, ret);
}

enum err visit_door_of_viewers(struct tx *tx, struct record_reader *server, struct str room,
                               enum visit_door *ret)
{
    struct visit *v = arena_zalloc(server->arena, sizeof *v);
    struct visit_consents consents;
    *ret = VISIT_DOOR_OPEN;
    if (!v) return ERR_NOMEM;
    enum err err = visit_of_room(tx, server, room, v);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    err = visit_consents_read(tx, server, v, &consents);
    if (!err && !(visit_consent_stands(&consents, VISIT_CONSENT_CAMERA) && visit_is_running(v->state)))
        *ret = VISIT_DOOR_CONSENT;
    return err;
}

/* -- who waits -- */

enum err visit_guest_wait(struct tx *tx, const struct visit *v, struct str account)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO visit_guest (encounter, account, waits) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT DO UPDATE SET waits = ?3",
                           &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    stmt_str(q, 2, account);
    stmt_instant(q, 3, tx->now);
    return stmt_run(q);
}

enum err visit_guest_admit(struct tx *tx, const struct visit *v, struct str account, struct str by)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO visit_guest (encounter, account, admitted, admitted_by) VALUES (?1, ?2, ?3, ?4)"
                " ON CONFLICT DO UPDATE SET admitted = ?3, admitted_by = ?4",
                &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    stmt_str(q, 2, account);
    stmt_instant(q, 3, tx->now);
    stmt_str(q, 4, by);
    return stmt_run(q);
}

enum err visit_guest_forget(struct tx *tx, const struct visit *v)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db,
        "UPDATE visit_guest SET waits = NULL, admitted = NULL, admitted_by = NULL WHERE encounter = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    return stmt_run(q);
}

static enum err put_guest(struct tx *tx, struct arena *arena, struct str account, struct json_out *to)
{
    struct account who;
    enum err err = account_find(tx, arena, account, &who);
    if (err) return err;
    json_put_str(to, "account", account);
    json_put_str(to, "name", who.display);
    enum role role = role_set_first(who.roles);
    json_put_text(to, "role", role == ROLE_COUNT ? "" : role_name(role));
    return OK;
}

enum err visit_guest_write(struct tx *tx, struct arena *arena, const struct visit *v, struct json_out *to)
{
    struct stmt *q;
    struct str accounts[VISIT_PEOPLE_MAX];
    struct instant waits[VISIT_PEOPLE_MAX], admitted[VISIT_PEOPLE_MAX];
    uint8_t n = 0;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT account, waits, admitted FROM visit_guest WHERE encounter = ?1"
                           " AND (waits IS NOT NULL OR admitted IS NOT NULL)"
                           " ORDER BY ifnull(waits, admitted), account",
                           &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    while (n < VISIT_PEOPLE_MAX && !(err = stmt_step(q, &row)) && row) {
        struct str id = stmt_get_str(q, 0);
        accounts[n] = (struct str){arena_text(arena, id.at, id.bytes), id.bytes};
        waits[n] = stmt_get_instant(q, 1), admitted[n] = stmt_get_instant(q, 2);
        if (!accounts[n++].at) {
            err = ERR_NOMEM;
            break;
        }
    }
    stmt_done(q);
    json_open_array(to, "guests");
    for (uint8_t i = 0; i < n && !err; i++) {
        json_open(to, NULL);
        err = put_guest(tx, arena, accounts[i], to);
        json_put_instant(to, "waits", waits[i]);
        json_put_instant(to, "admitted", admitted[i]);
        json_close(to);
    }
    json_close_array(to);
    return err;
}

enum err visit_guest_people(struct tx *tx, struct arena *arena, const struct visit *v,
                            struct visit_person *ret, uint8_t *ret_n)
{
    struct str *accounts;
    uint32_t n;
    *ret_n = 0;
    enum err err = room_book_members(tx, arena, v->room, VISIT_PEOPLE_MAX, &accounts, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct account who;
        err = account_find(tx, arena, accounts[i], &who);
        enum role role = err ? ROLE_COUNT : role_set_first(who.roles);
        if (!err)
            ret[(*ret_n)++] = (struct visit_person){accounts[i], who.display,
                                                    str_of(role == ROLE_COUNT ? "" : role_name(role))};
    }
    return err;
}
