#include "desk/engagement.h"
#include "desk/chart_write.h"
#include "desk/schedule_own.h"
#include "records/claim.h"

enum { BODY_MAX = 16 * 1024, MEET_MAX = 64, HISTORY_MAX = 50 };

bool engagement_kind_is(struct str kind)
{
    static const char *const kinds[] = {"court", "lawyer", "interrogation", "meal", "count"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is_text(kind, kinds[i])) return true;
    return false;
}

static void put_body(struct json_out *o, struct schedule *s, struct str patient, struct str kind,
                     struct span span)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Appointment");
    json_put_text(o, "status", "booked");
    json_open(o, "appointmentType");
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", ENGAGEMENT_SYSTEM);
    json_put_str(o, "code", kind);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_put_instant(o, "start", span.from);
    json_put_instant(o, "end", span.until);
    json_put_instant(o, "created", s->tx->now);
    json_open_array(o, "participant");
    json_open(o, NULL);
    json_open(o, "actor");
    json_put_text(o, "reference",
                  arena_printf(s->server.arena, "Patient/%.*s", (int)patient.bytes, patient.at));
    json_close(o);
    json_put_text(o, "status", "accepted");
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static enum err write(struct schedule *s, struct str patient, struct str kind, struct span span,
                      struct str *ret_id, enum engagement_answer *ret)
{
    struct buf body;
    struct json_out o;
    struct record_head head;
    struct str text;
    int status = 0;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_body(&o, s, patient, kind, span);
    enum err err = chart_take(&s->server, &body, &text);
    if (!err)
        err = chart_write(s->tx, &s->server, fhir_resource_of(STR("Appointment")), STR(""), 0, text, &head,
                          &status);
    if (status == 409) return *ret = ENGAGEMENT_TAKEN, OK;
    if (!err && status) err = ERR_BAD_INPUT;
    if (!err) *ret_id = head.id;
    return err;
}

/* Bookings that stand there lose their place; what is none of ours, or will not yield, stays and is met when it is written. */
static enum err displace(struct schedule *s, int64_t appointment, struct str *ret_id)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    *ret_id = (struct str){0};
    if (!answer || !b) return ERR_NOMEM;
    enum err err = booking_read_row(s->tx, &s->server, appointment, b);
    if (err || b->appt.triage == TRIAGE_EMERGENCY) return err == ERR_NOT_FOUND ? OK : err;
    struct appt_event e = {.verb = APPT_DO_DISPLACE,
                           .version = b->appt.version,
                           .now = s->tx->now,
                           .reason = APPT_COURT,
                           .until = schedule_repair_by(b->appt.triage, b->appt.span.from, s->tx->now)};
    err = schedule_apply(s, b, &e, answer);
    if (!err && answer->refusal == SCHEDULE_DONE) *ret_id = b->head.id;
    return err;
}

/* What stands in court's way; ids: MEET_MAX places. */
static enum err make_room(struct schedule *s, int64_t patient, struct str kind, struct span span,
                          struct str *ids, uint32_t *ret_n)
{
    struct claim claims[MEET_MAX];
    uint32_t n = 0;
    enum err err = OK;
    *ret_n = 0;
    if (str_is_text(kind, "court"))
        err = claim_of(s->tx, patient, span.from, span.until, claims, MEET_MAX, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = displace(s, claims[i].appointment, &ids[*ret_n]);
        if (ids[*ret_n].bytes) (*ret_n)++;
    }
    return err;
}

/* Now that the time is taken: the next best for each; what finds none is a person's to place. */
static enum err repair_all(struct schedule *s, const struct str *ids, uint32_t n)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    enum err err = answer ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        err = schedule_repair(s, ids[i], answer);
        if (!err && answer->refusal == SCHEDULE_TAKEN) err = ERR_EXISTS;
    }
    return err;
}

enum err engagement_add(struct schedule *s, int64_t patient, struct str kind, struct span span,
                        struct str *ret_id, uint32_t *ret_displaced, enum engagement_answer *ret)
{
    struct str ids[MEET_MAX];
    struct record_head head;
    *ret = ENGAGEMENT_DONE;
    *ret_displaced = 0;
    enum err err = record_head_at(s->tx, s->server.arena, patient, &head);
    if (!err) err = make_room(s, patient, kind, span, ids, ret_displaced);
    if (!err) err = write(s, head.id, kind, span, ret_id, ret);
    return err || *ret != ENGAGEMENT_DONE ? err : repair_all(s, ids, *ret_displaced);
}

static bool is_engagement(struct record_reader *server, const struct chart_item *item)
{
    return str_is_text(chart_text(server, item, 0, "appointmentType.coding.system"), ENGAGEMENT_SYSTEM);
}

/* -- what becomes of one -- */

static enum err find(struct schedule *s, struct str id, struct chart_item *ret)
{
    enum err err = chart_one(s->tx, &s->server, "Appointment", id, ret);
    return !err && !is_engagement(&s->server, ret) ? ERR_NOT_FOUND : err;
}

static enum err change_of(struct schedule *s, const struct chart_item *item, struct str kind,
                          struct span span, struct str *ret_steps)
{
    struct buf body;
    struct json_out o;
    bool is_moved = chart_instant(&s->server, chart_text(&s->server, item, 0, "start")).ms != span.from.ms ||
                    chart_instant(&s->server, chart_text(&s->server, item, 0, "end")).ms != span.until.ms ||
                    !str_is(kind, chart_text(&s->server, item, 0, "appointmentType.coding.code"));
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/start"), json_put_instant(&o, "value", span.from), json_close(&o);
    chart_put_step(&o, "replace", "/end"), json_put_instant(&o, "value", span.until), json_close(&o);
    chart_put_step(&o, "replace", "/status"), json_put_text(&o, "value", "booked"), json_close(&o);
    chart_put_step(&o, "replace", "/appointmentType/coding/0/code"), json_put_str(&o, "value", kind),
        json_close(&o);
    if (is_moved && engagement_is_ordered(&s->server, item))
        chart_put_step(&o, "remove", "/identifier"), json_close(&o);
    json_close_array(&o);
    return chart_take(&s->server, &body, ret_steps);
}

static enum err patient_of(struct schedule *s, const struct chart_item *item, int64_t *ret_row)
{
    struct record_head head;
    struct str id = chart_text(&s->server, item, 0, "participant.actor.reference");
    (void)str_cut(&id, '/');
    enum err err = record_head_find(s->tx, s->server.arena, fhir_resource_of(STR("Patient")), id, &head);
    if (!err) *ret_row = head.row;
    return err;
}

enum err engagement_change(struct schedule *s, struct str id, int64_t version, struct str kind,
                           struct span span, uint32_t *ret_displaced, enum engagement_answer *ret)
{
    struct chart_item item;
    struct str ids[MEET_MAX], steps;
    int64_t patient;
    int status = 0;
    *ret = ENGAGEMENT_DONE;
    *ret_displaced = 0;
    enum err err = find(s, id, &item);
    if (err) return err;
    if (str_is_text(chart_text(&s->server, &item, 0, "status"), "cancelled")) return ERR_NOT_FOUND;
    if (item.head.version != version) return *ret = ENGAGEMENT_STALE, OK;
    err = patient_of(s, &item, &patient);
    if (!err) err = make_room(s, patient, kind, span, ids, ret_displaced);
    if (!err) err = change_of(s, &item, kind, span, &steps);
    if (!err) err = chart_write_steps(s->tx, &s->server, &item.head, version, steps, NULL, &status);
    if (status == 409) return *ret = ENGAGEMENT_TAKEN, OK;
    if (!err && status) err = ERR_BAD_INPUT;
    return err ? err : repair_all(s, ids, *ret_displaced);
}

bool engagement_is_ordered(struct record_reader *server, const struct chart_item *item)
{
    return str_is_text(chart_text(server, item, 0, "identifier.system"), ENGAGEMENT_ORDER);
}

static enum err order_of(struct schedule *s, const struct engagement_order *order, struct str *ret_steps)
{
    struct buf body;
    struct json_out o;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open_array(&o, NULL);
    chart_put_step(&o, "add", "/identifier");
    json_open_array(&o, "value");
    json_open(&o, NULL);
    json_put_text(&o, "system", ENGAGEMENT_ORDER);
    json_put_str(&o, "value", order->number);
    json_open(&o, "period");
    json_put_str(&o, "start", order->day);
    json_close(&o);
    json_open(&o, "assigner");
    json_put_str(&o, "display", order->authority);
    json_close(&o);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    json_close_array(&o);
    return chart_take(&s->server, &body, ret_steps);
}

enum err engagement_give_order(struct schedule *s, struct str id, const struct engagement_order *order,
                               enum engagement_answer *ret)
{
    struct chart_item item;
    struct str steps;
    enum err err = find(s, id, &item);
    if (err) return err;
    struct str kind = chart_text(&s->server, &item, 0, "appointmentType.coding.code");
    struct instant end = chart_instant(&s->server, chart_text(&s->server, &item, 0, "end"));
    bool yields_by_order = str_is_text(kind, "court") || str_is_text(kind, "lawyer");
    *ret = ENGAGEMENT_NO_ORDER;
    if (!yields_by_order || end.ms <= s->tx->now.ms ||
        !str_is_text(chart_text(&s->server, &item, 0, "status"), "booked"))
        return OK;
    *ret = ENGAGEMENT_DONE;
    err = order_of(s, order, &steps);
    return err ? err : chart_write_steps(s->tx, &s->server, &item.head, 0, steps, NULL, NULL);
}

enum err engagement_cancel(struct schedule *s, struct str id)
{
    static const char off[] = "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"cancelled\"}]";
    struct chart_item item;
    enum err err = find(s, id, &item);
    return err ? err : chart_write_steps(s->tx, &s->server, &item.head, 0, str_of(off), NULL, NULL);
}

/* -- who looks -- */

static struct engagement_order order_in(struct record_reader *server, const struct chart_item *item)
{
    if (!engagement_is_ordered(server, item)) return (struct engagement_order){{"", 0}, {"", 0}, {"", 0}};
    return (struct engagement_order){.number = chart_text(server, item, 0, "identifier.value"),
                                     .authority = chart_text(server, item, 0, "identifier.assigner.display"),
                                     .day = chart_text(server, item, 0, "identifier.period.start")};
}

enum err engagement_read(struct tx *tx, struct record_reader *server, int64_t row, struct engagement *ret)
{
    struct chart_item item, patient;
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err) err = chart_one(tx, server, "Appointment", head.id, &item);
    if (err) return err;
    struct str status = chart_text(server, &item, 0, "status");
    ret->is_aside = str_is_text(status, "waitlist");
    if (!is_engagement(server, &item) || (!ret->is_aside && !str_is_text(status, "booked")))
        return ERR_NOT_FOUND;
    ret->id = head.id;
    ret->version = head.version;
    ret->order = order_in(server, &item);
    ret->kind = chart_text(server, &item, 0, "appointmentType.coding.code");
    ret->patient = chart_text(server, &item, 0, "participant.actor.reference");
    ret->start = chart_instant(server, chart_text(server, &item, 0, "start"));
    ret->end = chart_instant(server, chart_text(server, &item, 0, "end"));
    struct str id = ret->patient;
    (void)str_cut(&id, '/');
    err = chart_one(tx, server, "Patient", id, &patient);
    ret->name = err ? (struct str){"", 0} : chart_text(server, &patient, 0, "name.text");
    return err == ERR_NOT_FOUND ? OK : err;
}

static void put_version(struct schedule *s, const struct chart_item *item, struct json_out *to)
{
    struct record_reader *server = &s->server;
    struct str status = chart_text(server, item, 0, "status"), number = order_in(server, item).number;
    json_open(to, NULL);
    json_put_int(to, "version", item->head.version);
    json_put_instant(to, "at", item->head.updated);
    json_put_str(to, "kind", chart_text(server, item, 0, "appointmentType.coding.code"));
    json_put_instant(to, "start", chart_instant(server, chart_text(server, item, 0, "start")));
    json_put_instant(to, "end", chart_instant(server, chart_text(server, item, 0, "end")));
    json_put_text(to, "state",
                  str_is_text(status, "waitlist")    ? "aside"
                  : str_is_text(status, "cancelled") ? "cancelled"
                                                     : "booked");
    if (number.bytes) json_put_str(to, "order", number);
    json_close(to);
}

enum err engagement_write_history(struct schedule *s, struct str id, struct json_out *to)
{
    struct chart_item item;
    struct record_page page = {0};
    struct record_fault fault = {0};
    struct tape_fault where;
    enum err err = find(s, id, &item);
    if (!err)
        err = record_history(
            s->tx, &s->server,
            &(struct record_history){.resource = item.head.resource, .id = id, .count = HISTORY_MAX}, &page,
            &fault);
    if (err || fault.status) return err ? err : ERR_NOT_FOUND;
    json_open_array(to, "history");
    for (uint32_t i = 0; i < page.count && !err; i++) {
        item.head = page.at[i].head;
        err = tape_read(s->server.arena, page.at[i].body, RECORD_NODES_MAX, &item.tape, &where);
        if (!err) put_version(s, &item, to);
    }
    json_close_array(to);
    return err;
}

static enum err put_taken(struct schedule *s, const struct claim *claim, struct json_out *to)
{
    struct record_head head;
    struct chart_item item;
    enum err err = record_head_at(s->tx, s->server.arena, claim->appointment, &head);
    if (!err) err = chart_one(s->tx, &s->server, "Appointment", head.id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    bool is_ours = is_engagement(&s->server, &item);
    json_open(to, NULL);
    json_put_instant(to, "start", claim->from);
    json_put_instant(to, "end", claim->until);
    json_put_str(to, "what",
                 is_ours ? chart_text(&s->server, &item, 0, "appointmentType.coding.code") : STR("clinic"));
    if (is_ours) json_put_str(to, "id", head.id);
    json_close(to);
    return OK;
}

enum err engagement_write_taken(struct schedule *s, int64_t patient, struct span span, struct json_out *to)
{
    struct claim claims[MEET_MAX];
    uint32_t n = 0;
    enum err err = claim_of(s->tx, patient, span.from, span.until, claims, MEET_MAX, &n);
    json_open_array(to, "taken");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_taken(s, &claims[i], to);
    json_close_array(to);
    return err;
}
