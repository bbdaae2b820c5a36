#include "desk/visit_grant.h"
#include "desk/attached.h"
#include "desk/chart_write.h"
#include "desk/grant_watch.h"
#include "desk/room_chat.h"
#include "desk/schedule_own.h"
#include "desk/visit_request.h"
#include "records/grant.h"
#include "records/number.h"
#include "records/person.h"

enum { ROWS_MAX = 200 };

/* -- what is given -- */

static enum err add_local(struct tx *tx, struct record_reader *server, struct str reference, int64_t patient,
                          struct record_head *at, uint32_t *n)
{
    struct str id = reference, type = str_cut(&id, '/');
    uint16_t resource = fhir_resource_of(type);
    if (resource == FHIR_NONE || *n == ROWS_MAX) return OK;
    enum err err = record_head_find(tx, server->arena, resource, id, &at[*n]);
    if (!err && !at[*n].is_deleted && at[*n].patient == patient) (*n)++;
    return err == ERR_NOT_FOUND ? OK : err;
}

/* What was asked back and answered. */
static enum err add_words(struct tx *tx, struct record_reader *server, const struct visit *v,
                          struct record_head *at, uint32_t *n)
{
    struct stmt *q;
    bool row;
    int64_t rows[ROWS_MAX];
    uint32_t found = 0;
    uint16_t type = fhir_resource_of(STR("Communication"));
    enum err err = db_stmt(tx->db,
                           "SELECT r.row FROM record_link l JOIN record r ON r.row = l.record"
                           " WHERE l.target = ?1 AND l.param = ?2 AND r.is_deleted = 0 ORDER BY r.row",
                           &q);
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    stmt_int(q, 2, number_of_param(fhir_param_of(type, STR("encounter"))));
    while (found < ROWS_MAX && !(err = stmt_step(q, &row)) && row)
        rows[found++] = stmt_get_int(q, 0);
    stmt_done(q);
    for (uint32_t i = 0; i < found && *n < ROWS_MAX && !err; i++) {
        struct chart_item item;
        err = record_head_at(tx, server->arena, rows[i], &at[*n]);
        if (!err) err = chart_one(tx, server, "Communication", at[*n].id, &item);
        /* The room's chat was attached line by line, but to those whom a private talk kept it from. */
        if (!err && !str_is_text(chart_text(server, &item, 0, "category.coding.code"), ROOM_CHAT_CODE))
            (*n)++;
    }
    return err;
}

enum err visit_grant_rows(struct tx *tx, struct record_reader *server, const struct visit *v,
                          struct record_head **ret, uint32_t *ret_n)
{
    uint32_t n = 0;
    struct record_head *at = arena_zalloc(server->arena, (ROWS_MAX + 1) * sizeof *at);
    if (!at) return ERR_NOMEM;
    enum err err = OK;
    if (v->has_request) at[n++] = v->request.head;
    uint32_t list = v->has_request ? tape_get(&v->request.tape, 0, STR("supportingInfo")) : TAPE_NONE;
    for (uint32_t i = 0, node; (node = tape_at(&v->request.tape, list, i)) != TAPE_NONE && !err; i++)
        err = add_local(tx, server, chart_text(server, &v->request, node, "reference"), v->patient, at, &n);
    if (!err) err = add_words(tx, server, v, at, &n);
    *ret = at, *ret_n = n;
    return err;
}

static enum err attach_all(struct tx *tx, struct record_reader *server, const struct visit *v, int64_t grant)
{
    struct record_head *rows;
    uint32_t n;
    enum err err = visit_grant_rows(tx, server, v, &rows, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = attached_put(tx, server, grant, &rows[i]);
    return err;
}

enum err visit_grant_attach(struct tx *tx, struct record_reader *server, const struct visit *v)
{
    struct grant_open *open;
    uint32_t n;
    enum err err = grant_open_to(tx, server->arena, v->encounter.head.row, &open, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = attach_all(tx, server, v, open[i].id);
    return err;
}

/* -- giving and taking back -- */

/* In whose name: whoever asked for the consultation, else the clinic's doctor who sits in it, else who acts. */
static enum err giver(struct schedule *s, const struct visit *v, const struct booking *b, struct str *ret)
{
    const char *account = NULL;
    enum err err = OK;
    *ret = v->has_request ? chart_text(&s->server, &v->request, 0, "requester.identifier.value")
                          : (struct str){"", 0};
    for (uint8_t i = 0; i < b->appt.seat_count && !err && !ret->bytes; i++) {
        if (b->needs[b->appt.seats[i].role].kind != AGENDA_DOCTOR) continue;
        err = schedule_account_of(s, (int64_t)b->appt.seats[i].resource.n, &account);
        if (!err && account) *ret = str_of(account);
    }
    if (!ret->bytes) *ret = s->account.bytes ? s->account : b->holder;
    return err;
}

static enum err note(struct schedule *s, const struct visit *v, const char *action, int64_t grant,
                     struct str account)
{
    const char *target = arena_printf(s->server.arena, "grant/%lld", (long long)grant);
    const char *detail =
        arena_printf(s->server.arena, "{\"account\":\"%.*s\",\"encounter\":\"%.*s\"}", (int)account.bytes,
                     account.at, (int)v->encounter.head.id.bytes, v->encounter.head.id.at);
    return schedule_note_act(s, action, target, detail, v->patient);
}

static enum err give(struct schedule *s, const struct visit *v, const struct booking *b, struct str account)
{
    int64_t id;
    struct grant_start start = {.account = account,
                                .patient = v->patient,
                                .encounter = v->encounter.head.row,
                                .from = instant_add(b->appt.span.from, -GUARD_EARLY_MS),
                                .labels = visit_request_labels(&s->server, v)};
    enum err err = giver(s, v, b, &start.given_by);
    if (!err) err = schedule_room_of(s, b->head.row, &start.room);
    if (!start.room.bytes) start.room.at = NULL;
    if (!err) err = grant_give(s->tx, &start, &id);
    if (!err) err = grant_carry(s->tx, id);
    if (!err) err = attach_all(s->tx, &s->server, v, id);
    return err ? err : note(s, v, "grant.give", id, account);
}

static enum err take_back(struct schedule *s, const struct visit *v, int64_t id, struct str by)
{
    struct grant_end end;
    enum err err = grant_revoke(s->tx, s->server.arena, id, by, &end);
    if (err == ERR_NOT_FOUND) return OK; /* with another of the same person's, a moment ago */
    const char *whom = err ? NULL : arena_text(s->server.arena, end.account.at, end.account.bytes);
    const char *data = err ? NULL : grant_watch_data(s->server.arena, &end, s->tx->now);
    if (!err) err = whom ? schedule_tell(s, whom, NULL, "grant_ended", data) : ERR_NOMEM;
    return err ? err : note(s, v, "grant.revoke", id, end.account);
}

static bool is_firm(const struct booking *b)
{
    return b->appt.state == APPT_BOOKED || b->appt.state == APPT_CHECKED_IN || b->appt.state == APPT_ARRIVED;
}

static bool is_wanted(const struct booking *b, int64_t resource)
{
    for (uint8_t i = 0; i < b->appt.seat_count && is_firm(b); i++) {
        const struct appt_seat *seat = &b->appt.seats[i];
        if (seat->resource.n == (uint64_t)resource && seat->answer != APPT_REFUSED &&
            b->needs[seat->role].kind == AGENDA_SPECIALIST)
            return true;
    }
    return false;
}

/* One person's grant: kept where it is for this time, taken back, given. */
static enum err follow_one(struct schedule *s, const struct visit *v, const struct booking *b, int64_t person)
{
    struct grant_open *open;
    uint32_t n;
    const char *account;
    struct str by = s->account;
    bool is_there = false, wanted = is_wanted(b, person);
    int64_t from = b->appt.span.from.ms - GUARD_EARLY_MS;
    enum err err = schedule_account_of(s, person, &account);
    if (err || !account) return err;
    err = grant_open_to(s->tx, s->server.arena, v->encounter.head.row, &open, &n);
    if (!err && !by.bytes) err = giver(s, v, b, &by); /* the clock's doing, in the clinic's name */
    for (uint32_t i = 0; i < n && !err; i++) {
        if (!str_is_text(open[i].account, account)) continue;
        if (wanted && open[i].from.ms == from)
            is_there = true;
        else
            err = take_back(s, v, open[i].id, by);
    }
    return err || !wanted || is_there ? err : give(s, v, b, str_of(account));
}

static enum err follow_seats(struct schedule *s, const struct visit *v, const struct booking *of,
                             const struct booking *b, bool of_those_gone)
{
    enum err err = OK;
    for (uint8_t i = 0; i < of->appt.seat_count && !err; i++) {
        struct resource_id who = of->appt.seats[i].resource;
        if (of->needs[of->appt.seats[i].role].kind != AGENDA_SPECIALIST) continue;
        if (of_those_gone && appt_seat_of(&b->appt, who)) continue;
        err = follow_one(s, v, b, (int64_t)who.n);
    }
    return err;
}

enum err visit_grant_follow(struct schedule *s, const struct visit *v, const struct booking *before,
                            const struct booking *b)
{
    if (b->appt.state == APPT_FULFILLED) return OK; /* they end with the signatures */
    enum err err = follow_seats(s, v, before, b, true);
    return err ? err : follow_seats(s, v, b, b, false);
}

enum err visit_grant_end_all(struct schedule *s, const struct visit *v)
{
    struct grant_open *open;
    uint32_t n;
    enum err err = grant_open_to(s->tx, s->server.arena, v->encounter.head.row, &open, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        err = take_back(s, v, open[i].id, s->account);
    return err;
}
