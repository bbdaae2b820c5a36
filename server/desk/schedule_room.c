/* The video room of a booking: made when it is booked, its members are who takes part and has an account, its hosts the clinic's doctors
 * (or, with none, its nurses); it is closed when the booking is over. */
#include "auth/account.h"
#include "desk/calendar_feed_texts.h"
#include "desk/calls.h"
#include "desk/room_book.h"
#include "desk/schedule_own.h"
#include "scheduler/appt_table.h"
#include "scheduler/door.h"

static enum err find(struct schedule *s, int64_t appointment, struct str *ret)
{
    struct stmt *q;
    bool row;
    *ret = (struct str){0};
    enum err err = db_stmt(s->tx->db, "SELECT room FROM booking_room WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, appointment);
    err = stmt_step(q, &row);
    if (!err && row) {
        struct str id = stmt_get_str(q, 0);
        *ret = (struct str){arena_text(s->server.arena, id.at, id.bytes), id.bytes};
        if (!ret->at) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

enum err schedule_leave(struct schedule *s, struct str room, struct str account)
{
    struct schedule_leave *l = arena_zalloc(s->server.arena, sizeof *l);
    if (!l) return ERR_NOMEM;
    *l = (struct schedule_leave){s->leaves, room, account};
    s->leaves = l;
    return OK;
}

void schedule_leave_all(struct calls *calls, const struct schedule_leave *leaves)
{
    for (const struct schedule_leave *l = leaves; l && calls; l = l->next)
        calls_revoke(calls, l->room, l->account);
}

enum err schedule_room_of(struct schedule *s, int64_t appointment, struct str *ret)
{
    return find(s, appointment, ret);
}

static bool is_met(enum agenda_kind kind)
{
    return kind == AGENDA_SPECIALIST || kind == AGENDA_DOCTOR || kind == AGENDA_NURSE ||
           kind == AGENDA_INTERPRETER;
}

static enum agenda_kind kind_of(const struct booking *b, uint8_t seat)
{
    return b->needs[b->appt.seats[seat].role].kind;
}

/* Whose room it is: the doctor's, else the nurse's; NULL: nobody of the clinic's who has an account. */
static enum err host_of(struct schedule *s, const struct booking *b, const char **ret)
{
    static const enum agenda_kind hosts[] = {AGENDA_DOCTOR, AGENDA_NURSE};
    enum err err = OK;
    *ret = NULL;
    for (size_t h = 0; h < COUNT_OF(hosts); h++)
        for (uint8_t i = 0; i < b->appt.seat_count && !err && !*ret; i++)
            if (kind_of(b, i) == hosts[h])
                err = schedule_account_of(s, (int64_t)b->appt.seats[i].resource.n, ret);
    return err;
}

static enum err put_members(struct schedule *s, const struct booking *b, struct str room, const char *host)
{
    enum err err = room_book_put_member(s->tx, s->server.arena, room, str_of(host), true);
    for (uint8_t i = 0; i < b->appt.seat_count && !err; i++) {
        const char *account;
        if (!is_met(kind_of(b, i)) || b->appt.seats[i].answer == APPT_REFUSED) continue;
        err = schedule_account_of(s, (int64_t)b->appt.seats[i].resource.n, &account);
        if (err || !account || str_is_text(str_of(host), account)) continue;
        err = room_book_put_member(s->tx, s->server.arena, room, str_of(account),
                                   kind_of(b, i) == AGENDA_DOCTOR);
        if (err == ERR_BAD_INPUT)
            err = OK; /* suspended meanwhile: whoever comes back is let in by the host */
    }
    return err == ERR_BAD_INPUT ? OK : err;
}

/* When it may be entered goes with the booking's time. */
static enum err put_times(struct schedule *s, const struct booking *b)
{
    struct stmt *q;
    struct span times = door_times(b->appt.span);
    enum err err =
        db_stmt(s->tx->db, "UPDATE booking_room SET opens = ?2, closes = ?3 WHERE appointment = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, b->head.row);
    stmt_instant(q, 2, times.from);
    stmt_instant(q, 3, times.until);
    return stmt_run(q);
}

/* Who had a seat and has none any more does not come in. */
static enum err drop_members(struct schedule *s, const struct booking *before, const struct booking *b,
                             struct str room)
{
    enum err err = OK;
    for (uint8_t i = 0; i < before->appt.seat_count && !err; i++) {
        const char *account;
        const struct appt_seat *seat = appt_seat_of(&b->appt, before->appt.seats[i].resource);
        if (!is_met(kind_of(before, i)) || (seat && seat->answer != APPT_REFUSED)) continue;
        err = schedule_account_of(s, (int64_t)before->appt.seats[i].resource.n, &account);
        if (err || !account) continue;
        err = room_book_remove_member(s->tx, room, str_of(account));
        if (!err) err = schedule_leave(s, room, str_of(account));
        if (err == ERR_NOT_FOUND || err == ERR_DENIED) err = OK; /* never came in; or the one who keeps it */
    }
    return err;
}

static enum err make(struct schedule *s, const struct booking *b, const char *host, struct str *ret)
{
    struct stmt *q;
    char id[ROOM_ID_MAX + 1];
    enum err err = room_book_make(s->tx, str_of(calendar_feed_text(CALENDAR_FEED_CONSULTATION, false)),
                                  str_of(host), id);
    if (!err) err = db_stmt(s->tx->db, "INSERT INTO booking_room (appointment, room) VALUES (?1, ?2)", &q);
    if (err) return err;
    stmt_int(q, 1, b->head.row);
    stmt_text(q, 2, id);
    err = stmt_run(q);
    *ret = str_of(arena_printf(s->server.arena, "%s", id));
    return err ? err : ret->at ? OK : ERR_NOMEM;
}

enum err schedule_room(struct schedule *s, const struct booking *before, const struct booking *b)
{
    struct str room;
    const char *host;
    bool is_firm = b->booked_at.ms != 0;
    enum err err = find(s, b->head.row, &room);
    if (err || (!room.bytes && !is_firm)) return err;
    if (room.bytes && appt_is_over(b->appt.state)) {
        err = schedule_leave(s, room, (struct str){0});
        return err ? err : room_book_close(s->tx, room);
    }
    if (room.bytes) err = drop_members(s, before, b, room);
    if (!err && is_firm) err = host_of(s, b, &host);
    if (err || !is_firm || !host) return err;
    if (!room.bytes) err = make(s, b, host, &room);
    if (!err) err = put_times(s, b);
    return err ? err : put_members(s, b, room, host);
}
