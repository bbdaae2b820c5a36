/* What follows a change of a booking: who is told, the escort, the request. */
#include "base/json.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/schedule_own.h"
#include "desk/visit.h"
#include "scheduler/appt_table.h"
#include <stdio.h>

/* -- telling -- */

enum err schedule_tell(struct schedule *s, const char *account, const char *role, const char *kind,
                       const char *data)
{
    struct schedule_news *n = arena_zalloc(s->server.arena, sizeof *n);
    if (!n || !data) return ERR_NOMEM;
    *n = (struct schedule_news){s->news, account, role, kind, data};
    s->news = n;
    return OK;
}

enum err schedule_note_act(struct schedule *s, const char *action, const char *target, const char *detail,
                           int64_t patient)
{
    struct schedule_act *a = arena_zalloc(s->server.arena, sizeof *a);
    if (!a || !target || !detail) return ERR_NOMEM;
    *a = (struct schedule_act){s->acts, action, target, detail, patient};
    s->acts = a;
    return OK;
}

enum err schedule_account_of(struct schedule *s, int64_t row, const char **ret)
{
    struct stmt *q;
    bool found;
    *ret = NULL;
    enum err err = db_stmt(s->tx->db, "SELECT account FROM person WHERE record = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, row);
    err = stmt_step(q, &found);
    if (!err && found) {
        struct str account = stmt_get_str(q, 0);
        *ret = arena_text(s->server.arena, account.at, account.bytes);
        if (!*ret) err = ERR_NOMEM;
    }
    stmt_done(q);
    return err;
}

enum err schedule_message(struct schedule *s, const struct booking *b, int64_t person, const char *kind,
                          uint32_t rule)
{
    struct stmt *q;
    const char *account;
    enum err err =
        db_stmt(s->tx->db,
                "INSERT INTO message (made, person, appointment, kind, start, until, sequence, rule)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                &q);
    if (err) return err;
    stmt_int(q, 1, s->tx->now.ms);
    stmt_int(q, 2, person);
    stmt_int(q, 3, (int64_t)b->appt.id.n);
    stmt_text(q, 4, kind);
    stmt_int(q, 5, b->appt.span.from.ms);
    stmt_int(q, 6, b->appt.span.until.ms);
    stmt_int(q, 7, b->appt.sequence);
    stmt_int(q, 8, rule);
    err = stmt_run(q);
    if (!err) err = schedule_account_of(s, person, &account);
    if (err || !account) return err;
    return schedule_tell(s, account, NULL, "booking_message",
                         arena_printf(s->server.arena, "{\"kind\":\"%s\",\"booking\":\"%.*s\"}", kind,
                                      (int)b->head.id.bytes, b->head.id.at));
}

/* -- the escort's task: who, from where, when; no word of what for (rules 3, 5) -- */

#define TASK_ESCORT "urn:yunqiao:booking-escort"

static const struct appt_seat *seat_for(const struct booking *b, enum agenda_kind kind, uint8_t *ret_at)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++)
        if (b->needs[b->appt.seats[i].role].kind == kind) return *ret_at = i, &b->appt.seats[i];
    return NULL;
}

static enum err find_task(struct schedule *s, const struct booking *b, uint8_t seat, struct record_head *ret)
{
    char id[RECORD_ID_BYTES_MAX + 1];
    snprintf(id, sizeof id, "escort-%llu-%llu", (unsigned long long)b->appt.id.n,
             (unsigned long long)b->appt.seats[seat].resource.n);
    char *copy = arena_printf(s->server.arena, "%s", id);
    if (!copy) return ERR_NOMEM;
    ret->id = str_of(copy);
    enum err err = record_head_find(s->tx, s->server.arena, fhir_resource_of(STR("Task")), ret->id, ret);
    if (err == ERR_NOT_FOUND) *ret = (struct record_head){.id = str_of(copy)}, err = OK;
    return err;
}

static void put_task(struct schedule *s, struct json_out *o, const struct booking *b, struct str id,
                     uint8_t escort, const char *status)
{
    uint8_t at;
    const struct appt_seat *seat = &b->appt.seats[escort];
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    json_put_str(o, "id", id);
    chart_put_label(o, RECORD_LABEL_SYSTEM, "custody");
    json_put_text(o, "status", status);
    json_put_text(o, "intent", "order");
    json_put_text(o, "priority", b->appt.triage == TRIAGE_EMERGENCY ? "stat" : "routine");
    chart_put_code(o, "code", "urn:yunqiao:task", "escort", NULL);
    if (seat_for(b, AGENDA_PATIENT, &at)) chart_put_reference(o, "for", b->references[at]);
    json_open(o, "executionPeriod");
    json_put_instant(o, "start", instant_add(b->appt.span.from, -seat->before_min * MINUTE_MS));
    json_put_instant(o, "end", instant_add(b->appt.span.until, seat->after_min * MINUTE_MS));
    json_close(o);
    json_put_instant(o, "authoredOn", s->tx->now);
    chart_put_reference(o, "owner", b->references[escort]);
    if (seat_for(b, AGENDA_ROOM, &at)) chart_put_reference(o, "location", b->references[at]);
    json_close(o);
}

static enum err says_failed(struct schedule *s, struct str id, bool *ret_is)
{
    struct chart_item item;
    enum err err = chart_one(s->tx, &s->server, "Task", id, &item);
    if (!err) *ret_is = str_is_text(chart_text(&s->server, &item, 0, "status"), "failed");
    return err;
}

static enum err write_task(struct schedule *s, const struct booking *b, uint8_t escort, const char *status)
{
    enum { BODY_MAX = 16 * 1024 };
    struct record_head head;
    struct buf body;
    struct json_out o;
    struct str text;
    enum err err = find_task(s, b, escort, &head);
    if (err || (head.row == 0 && str_is_text(str_of(status), "cancelled"))) return err;
    if (head.lifecycle == RECORD_FINAL) return OK; /* done already: it stays what it was */
    bool is_recalled = str_is_text(str_of(status), "cancelled"), is_failed = false;
    if (is_recalled) err = says_failed(s, head.id, &is_failed);
    if (err || is_failed) return err; /* custody's own word that it could not be done stands */
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_task(s, &o, b, head.id, escort, status);
    err = chart_take(&s->server, &body, &text);
    return err ? err
               : chart_write(s->tx, &s->server, fhir_resource_of(STR("Task")), head.id, 0, text, NULL, NULL);
}

static enum err escorts(struct schedule *s, const struct booking *b, const char *status)
{
    enum err err = OK;
    for (uint8_t i = 0; i < b->appt.seat_count && !err; i++)
        if (b->needs[b->appt.seats[i].role].kind == AGENDA_ESCORT) err = write_task(s, b, i, status);
    return err ? err : schedule_tell(s, NULL, "duty-command", "escorts_changed", "{}");
}

/* -- the request -- */

enum err schedule_patch(struct schedule *s, int64_t row, const char *steps)
{
    struct record_head head;
    int status = 0;
    enum err err = record_head_at(s->tx, s->server.arena, row, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    bool is_closed = head.is_deleted || head.lifecycle == RECORD_FINAL || head.lifecycle == RECORD_VOID;
    if (is_closed) return OK;
    err = chart_write_steps(s->tx, &s->server, &head, 0, str_of(steps), NULL, &status);
    return status ? ERR_EXISTS : err;
}

static enum err close_request(struct schedule *s, const struct booking *b)
{
    struct visit v;
    bool is_over = b->appt.state == APPT_FULFILLED;
    enum err found =
        is_over ? visit_of_request(s->tx, &s->server, (int64_t)b->appt.request.n, &v) : ERR_NOT_FOUND;
    if (found != ERR_NOT_FOUND)
        return found; /* a visit's is closed when it has been answered and followed up */
    return schedule_patch(s, (int64_t)b->appt.request.n,
                          is_over ? "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"completed\"}]"
                                  : "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"revoked\"}]");
}

/* -- all of it -- */

static const char *news_kind(enum appt_news news)
{
    static const char *const kinds[] = {[APPT_NEWS_BOOKED] = "booked",
                                        [APPT_NEWS_MOVED] = "moved",
                                        [APPT_NEWS_ENDED] = "ended",
                                        [APPT_NEWS_DISPLACED] = "displaced",
                                        [APPT_NEWS_DECLINED] = "declined"};
    return kinds[news];
}

static enum err follow(struct schedule *s, const struct booking *before, const struct booking *b,
                       const struct appt_action *a)
{
    switch (a->act) {
    case APPT_INVITE:
        return schedule_message(s, b, (int64_t)a->resource.n, "invited", 0);
    case APPT_TELL:
        return schedule_message(s, b, (int64_t)a->resource.n, news_kind(a->news), 0);
    case APPT_ORDER_ESCORT:
        return escorts(s, b, "requested");
    case APPT_RECALL_ESCORT:
        return escorts(s, before, "cancelled");
    case APPT_CLOSE_REQUEST:
        return close_request(s, b);
    case APPT_REQUEUE:
        return schedule_tell(s, NULL, "scheduling-admin", "waiting_changed", "{}");
    case APPT_FREE:        /* offered by schedule_apply, once for all of it */
    case APPT_WAKE:        /* schedule_note_due */
    case APPT_SEEK_REPAIR: /* schedule_event */
    case APPT_PLAN_REMINDERS:
    case APPT_DROP_REMINDERS: /* schedule_note_due, schedule_remind */
        break;
    }
    return OK;
}

enum err schedule_after(struct schedule *s, const struct booking *before, const struct booking *b,
                        const struct appt_change *change)
{
    enum err err = OK;
    for (uint8_t i = 0; i < change->action_count && !err; i++)
        err = follow(s, before, b, &change->actions[i]);
    if (!err) err = schedule_room(s, before, b);
    if (!err) err = schedule_visit(s, before, b);
    const char *data = arena_printf(s->server.arena, "{\"booking\":\"%.*s\",\"version\":%u,\"state\":\"%s\"}",
                                    (int)b->head.id.bytes, b->head.id.at, b->appt.version,
                                    appt_state_text(change->after.state));
    if (!err) err = schedule_tell(s, NULL, "scheduling-admin", "agenda_changed", data);
    if (!err) err = schedule_tell(s, NULL, "nurse", "agenda_changed", data);
    return err ? err : schedule_tell(s, NULL, "clinic-doctor", "agenda_changed", data);
}

enum err schedule_adopt(struct schedule *s, struct str id)
{
    struct booking b;
    enum err err = booking_read(s->tx, &s->server, id, &b);
    if (err || appt_is_over(b.appt.state)) return err;
    err = schedule_note_due(s, &b);
    if (!err) err = schedule_room(s, &b, &b);
    if (!err) err = schedule_visit(s, &b, &b);
    if (!err && b.booked_at.ms)
        err = escorts(s, &b, b.appt.state == APPT_ARRIVED ? "in-progress" : "requested");
    for (uint8_t i = 0; i < b.appt.seat_count && !err; i++)
        if (b.appt.seats[i].is_told)
            err = schedule_message(s, &b, (int64_t)b.appt.seats[i].resource.n,
                                   b.appt.seats[i].answer == APPT_ASKED ? "invited" : "booked", 0);
    return err;
}
