#include "desk/tentative.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/schedule_own.h"
#include "records/search.h"

enum { BODY_MAX = 16 * 1024, LIST_MAX = 40 };

static int asked_seat(const struct booking *b, int64_t row)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++)
        if (b->appt.seats[i].resource.n == (uint64_t)row && b->appt.seats[i].answer == APPT_ASKED) return i;
    return -1;
}

static void put_reference(struct json_out *o, const char *key, const char *reference)
{
    json_open(o, key);
    json_put_text(o, "reference", reference);
    json_close(o);
}

static enum err write(struct schedule *s, const struct booking *b, uint8_t seat, struct span span)
{
    struct buf body;
    struct json_out o;
    struct str text;
    const char *whose =
        arena_printf(s->server.arena, "Appointment/%.*s", (int)b->head.id.bytes, b->head.id.at);
    const char *who = arena_text(s->server.arena, b->references[seat].at, b->references[seat].bytes);
    if (!whose || !who) return ERR_NOMEM;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "AppointmentResponse");
    put_reference(&o, "appointment", whose);
    json_put_instant(&o, "start", span.from);
    json_put_instant(&o, "end", span.until);
    put_reference(&o, "actor", who);
    json_put_text(&o, "participantStatus", "tentative");
    json_close(&o);
    enum err err = chart_take(&s->server, &body, &text);
    return err ? err
               : chart_write(s->tx, &s->server, fhir_resource_of(STR("AppointmentResponse")), STR(""), 0,
                             text, NULL, NULL);
}

static enum err tell(struct schedule *s, const struct booking *b)
{
    const char *data =
        arena_printf(s->server.arena, "{\"booking\":\"%.*s\"}", (int)b->head.id.bytes, b->head.id.at);
    enum err err = schedule_tell(s, NULL, "scheduling-admin", "agenda_changed", data);
    return err ? err : schedule_tell(s, NULL, "clinic-doctor", "agenda_changed", data);
}

enum err tentative_put(struct schedule *s, const struct booking *b, struct instant start,
                       enum tentative_answer *ret, enum roster_bar *ret_bar)
{
    int seat = s->practitioner ? asked_seat(b, s->practitioner) : -1;
    struct span span = {start, instant_add(start, b->appt.span.until.ms - b->appt.span.from.ms)};
    *ret = TENTATIVE_NOT_ASKED;
    if (seat < 0 || b->appt.state != APPT_PENDING) return OK;
    const struct agenda_resource *who =
        agenda_find(s->view, s->practitioner, b->needs[b->appt.seats[seat].role].kind);
    enum err err = who ? seek_may(s->tx, s->view, who, who->row, span, b->head.row, ret_bar) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) return OK;
    *ret = TENTATIVE_BARRED;
    if (err || *ret_bar != ROSTER_MAY) return err;
    *ret = TENTATIVE_DONE;
    err = write(s, b, (uint8_t)seat, span);
    return err ? err : tell(s, b);
}

static enum err put_one(struct tx *tx, struct record_reader *server, const struct booking *b, int64_t row,
                        uint32_t *told, struct json_out *to)
{
    struct record_head head;
    struct chart_item item;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err) err = chart_one(tx, server, "AppointmentResponse", head.id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    struct str actor = chart_text(server, &item, 0, "actor.reference");
    struct instant start = chart_instant(server, chart_text(server, &item, 0, "start"));
    for (uint8_t i = 0; i < b->appt.seat_count; i++) {
        if (!str_is(b->references[i], actor) || b->appt.seats[i].answer != APPT_ASKED || *told >> i & 1 ||
            start.ms == b->appt.span.from.ms || start.ms <= tx->now.ms)
            continue;
        *told |= 1u << i;
        json_open(to, NULL);
        json_put_str(to, "reference", actor);
        json_put_str(to, "name", b->names[i]);
        json_put_instant(to, "start", start);
        json_put_instant(to, "end", chart_instant(server, chart_text(server, &item, 0, "end")));
        json_close(to);
    }
    return OK;
}

enum err tentative_list(struct tx *tx, struct record_reader *server, const struct booking *b,
                        struct json_out *to)
{
    int64_t rows[LIST_MAX];
    struct record_fault fault = {0};
    uint32_t n = 0, told = 0;
    const char *query =
        arena_printf(server->arena, "appointment=Appointment/%.*s&part-status=tentative&_sort=-_lastUpdated",
                     (int)b->head.id.bytes, b->head.id.at);
    enum err err = query ? search_rows(tx, server, fhir_resource_of(STR("AppointmentResponse")),
                                       str_of(query), rows, LIST_MAX, &n, &fault)
                         : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    json_open_array(to, "tentative");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_one(tx, server, b, rows[i], &told, to);
    json_close_array(to);
    return err;
}
