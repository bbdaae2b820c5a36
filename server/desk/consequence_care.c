/* Sick calls, visits, consultations, grants, prescriptions and follow-ups of whoever has left. */
#include "auth/session.h"
#include "desk/chart_write.h"
#include "desk/consequence_own.h"
#include "desk/follow_up.h"
#include "desk/grant_watch.h"
#include "desk/local_visit.h"
#include "desk/schedule_own.h"
#include "desk/visit.h"
#include "desk/visit_grant.h"
#include "records/closed.h"
#include "records/grant.h"
#include <stdio.h>

static const struct sickcall_by by_server = {{"", 0}, {"", 0}, {"", 0}};

enum err consequence_local_visits(const struct consequence *c, uint32_t *ret_n)
{
    struct chart_list list;
    struct schedule *s = c->s;
    int64_t until = s->tx->now.ms + consequence_ahead_ms(c->rule);
    enum err err = chart_list(s->tx, &s->server, "Encounter", c->patient->id,
                              "&class=AMB&status=planned,arrived,triaged", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct local_visit v;
        enum local_visit_no no = LOCAL_VISIT_YES;
        err = local_visit_read(s->tx, &s->server, list.at[i].head.id, &v);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        bool is_later =
            c->rule != CONSEQUENCE_ENDS && (v.start.ms >= until || v.state != LOCAL_VISIT_PLANNED);
        if (err || is_later) continue;
        err = local_visit_happen(s->tx, &s->server, &by_server, &v, LOCAL_VISIT_DO_CANCEL,
                                 str_of(custody_text(c->custody->state)), &no);
        *ret_n += !err && no == LOCAL_VISIT_YES;
    }
    return err;
}

/* After the visits: what was scheduled is then triaged. What was seen is the doctor's to close. */
enum err consequence_sick_calls(const struct consequence *c, uint32_t *ret_n)
{
    int64_t rows[SICKCALL_LIST_MAX];
    uint32_t n = 0;
    struct schedule *s = c->s;
    struct sickcall_event e = {.verb = SICK_DO_WITHDRAW, .why = str_of(custody_text(c->custody->state))};
    enum err err = sickcall_open(s->tx, &s->server, c->patient->id, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct sickcall call;
        enum sick_no no = SICK_NO_OVER;
        err = sickcall_read_row(s->tx, &s->server, rows[i], &call);
        if (!err && call.state != SICK_SCHEDULED) /* one whose visit has begun */
            err = sickcall_happen(s->tx, &s->server, &by_server, &call, &e, &no);
        if (err == ERR_NOT_FOUND) err = OK;
        *ret_n += !err && no == SICK_YES;
    }
    return err;
}

/* Those that are booked went with their booking. */
enum err consequence_visits(const struct consequence *c, uint32_t *ret_n)
{
    struct chart_list list;
    struct schedule *s = c->s;
    enum err err = chart_list(s->tx, &s->server, "ServiceRequest", c->patient->id,
                              "&status=draft,active,on-hold", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        struct visit v;
        enum visit_no no;
        err = visit_of_request(s->tx, &s->server, list.at[i].head.row, &v);
        if (err == ERR_NOT_FOUND) {
            err = OK; /* an examination that was asked for: its result is waited for (desk/consequence.h) */
            continue;
        }
        if (err) return err;
        enum visit_state to = visit_next(v.state, VISIT_DO_REVOKE, &no);
        if (no != VISIT_YES) continue;
        err = visit_put_state(s->tx, &s->server, &v, to, "left");
        if (!err) err = visit_grant_end_all(s, &v);
        *ret_n += !err;
    }
    return err;
}

/* -- what specialists may see -- */

/* In the name of whoever gave it: the clinic's. */
static enum err end_grant(const struct consequence *c, int64_t id, struct str by)
{
    struct schedule *s = c->s;
    struct grant_end end;
    enum err err = grant_revoke(s->tx, s->server.arena, id, by, &end);
    if (err) return err;
    if (end.room.at) err = grant_watch_leave(s->tx, &end);
    if (!err && end.room.at) err = schedule_leave(s, end.room, end.account);
    const char *whom = arena_text(s->server.arena, end.account.at, end.account.bytes);
    if (!err && !whom) err = ERR_NOMEM;
    if (!err)
        err =
            schedule_tell(s, whom, NULL, "grant_ended", grant_watch_data(s->server.arena, &end, s->tx->now));
    const char *target = arena_printf(s->server.arena, "grant/%lld", (long long)id);
    const char *detail = arena_printf(s->server.arena, "{\"account\":\"%s\",\"why\":\"%s\"}", whom,
                                      custody_text(c->custody->state));
    return err ? err : schedule_note_act(s, "grant.revoke", target, detail, c->patient->row);
}

enum err consequence_grants(const struct consequence *c, uint32_t *ret_n)
{
    struct grant_open *open;
    uint32_t n;
    enum err err = grant_open_about(c->s->tx, c->s->server.arena, c->patient->row, &open, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = end_grant(c, open[i].id, open[i].account);
        if (err == ERR_NOT_FOUND)
            err = OK; /* with another of the same person's */
        else
            *ret_n += !err;
    }
    return err;
}

/* -- prescriptions -- */

static enum err stop(const struct consequence *c, const struct chart_item *order)
{
    struct record_reader *server = &c->s->server;
    struct buf steps;
    struct json_out o;
    struct str text;
    bool is_draft = str_is_text(chart_text(server, order, 0, "status"), "draft");
    buf_init(&steps, 4096);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", is_draft ? "cancelled" : "stopped");
    json_close(&o);
    chart_put_step(&o, "add", "/statusReason");
    chart_put_code(&o, "value", CONSEQUENCE_WHY, custody_text(c->custody->state), NULL);
    json_close(&o);
    json_close_array(&o);
    enum err err = chart_take(server, &steps, &text);
    return err ? err
               : chart_write_steps(c->s->tx, server, &order->head, order->head.version, text, NULL, NULL);
}

/* What somebody else prescribed and was only written down here is not ours to stop. */
enum err consequence_orders(const struct consequence *c, uint32_t *ret_n)
{
    struct chart_list list;
    struct schedule *s = c->s;
    enum err err = chart_list(s->tx, &s->server, "MedicationRequest", c->patient->id,
                              "&status=draft,active,on-hold", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        uint32_t reported = tape_get(&list.at[i].tape, 0, STR("reportedBoolean"));
        if (reported != TAPE_NONE && str_is_text(tape_raw(&list.at[i].tape, reported), "true")) continue;
        err = stop(c, &list.at[i]);
        *ret_n += !err;
    }
    return err;
}

enum err consequence_follow_ups(const struct consequence *c, uint32_t *ret_n)
{
    return follow_up_drop(c->s->tx, &c->s->server, c->patient->id, custody_text(c->custody->state), ret_n);
}

/* -- the rest -- */

enum err consequence_sessions(const struct consequence *c, uint32_t *ret_n)
{
    const char *account = NULL;
    int64_t ended = 0;
    struct schedule *s = c->s;
    enum err err = schedule_account_of(s, c->patient->row, &account);
    if (err || !account) return err;
    err = session_end_all(s->tx, str_of(account), STR(""), &ended);
    *ret_n = (uint32_t)ended;
    return err || !ended ? err : schedule_tell(s, account, NULL, "session_ended", "{\"why\":\"ended\"}");
}

static enum err open_review(const struct consequence *c)
{
    struct stmt *q;
    enum err err = db_stmt(c->s->tx->db,
                           "INSERT INTO custody_review (patient, since, made) VALUES (?1, ?2, ?3)"
                           " ON CONFLICT (patient) DO UPDATE SET since = ?2 WHERE closed IS NULL",
                           &q);
    if (err) return err;
    stmt_int(q, 1, c->patient->row);
    stmt_int(q, 2, c->custody->since.ms);
    stmt_int(q, 3, c->s->tx->now.ms);
    err = stmt_run(q);
    return err ? err : schedule_tell(c->s, NULL, "privacy-officer", "reviews_changed", "{}");
}

/* Last of all: what the server itself ended before stands. A death that was taken back opens it again; its review stays to be closed. */
enum err consequence_record(const struct consequence *c, uint32_t *ret_n)
{
    bool is_closed, closes = c->rule == CONSEQUENCE_CLOSES;
    struct tx *tx = c->s->tx;
    enum err err = closed_is(tx, c->patient->row, &is_closed);
    if (err || closes == is_closed) return err;
    *ret_n = 1;
    if (!closes) return closed_lift(tx, c->patient->row);
    err = closed_put(tx, c->patient->row);
    return err ? err : open_review(c);
}
