#include "desk/booking.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "records/claim.h"
#include "scheduler/appt_table.h"
#include <stdio.h>

enum { BODY_MAX = 256 * 1024 };

/* -- words -- */

uint64_t booking_holder(struct str account)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < account.bytes; i++)
        h = (h ^ (uint8_t)account.at[i]) * UINT64_C(1099511628211);
    return h ? h : 1;
}

struct str booking_need_code(struct arena *arena, const struct booking_need *need)
{
    const char *kind = agenda_kind_text(need->kind);
    char *text = need->what.bytes ? arena_printf(arena, "%s:%.*s", kind, (int)need->what.bytes, need->what.at)
                                  : arena_printf(arena, "%s", kind);
    return str_of(text);
}

bool booking_need_from(struct arena *arena, struct str code, struct booking_need *ret)
{
    struct str what = code, kind = str_cut(&what, ':');
    if (!agenda_kind_from(kind, &ret->kind) || what.bytes > BOOKING_WHAT_BYTES_MAX) return false;
    ret->what = (struct str){"", 0};
    if (what.bytes) ret->what = (struct str){arena_text(arena, what.at, what.bytes), what.bytes};
    return ret->what.at != NULL;
}

static const char *const statuses[APPT_STATES] = {
    [APPT_PROPOSED] = "proposed", [APPT_HELD] = "pending",          [APPT_PENDING] = "pending",
    [APPT_BOOKED] = "booked",     [APPT_CHECKED_IN] = "checked-in", [APPT_ARRIVED] = "arrived",
    [APPT_DECLINED] = "pending",  [APPT_DISPLACED] = "waitlist",    [APPT_FULFILLED] = "fulfilled",
    [APPT_NOSHOW] = "noshow",     [APPT_CANCELLED] = "cancelled",   [APPT_EXPIRED] = "cancelled"};
static const char *const answers[] = {[APPT_NOT_NEEDED] = "not-needed",
                                      [APPT_UNASKED] = "unasked",
                                      [APPT_ASKED] = "asked",
                                      [APPT_ACCEPTED] = "accepted",
                                      [APPT_REFUSED] = "refused"};

/* -- writing -- */

static void part_code(struct json_out *o, const char *url, const char *code)
{
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_text(o, "valueCode", code);
    json_close(o);
}

static void part_number(struct json_out *o, const char *url, int64_t n)
{
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_int(o, "valueUnsignedInt", n);
    json_close(o);
}

static void put_led(struct json_out *o, const struct booking *b)
{
    const struct appt *a = &b->appt;
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    part_code(o, "state", appt_state_text(a->state));
    part_number(o, "sequence", a->sequence);
    part_number(o, "extended", a->extended);
    part_number(o, "moved", a->moved);
    part_code(o, "side", appt_side_text(a->side));
    part_code(o, "reason", appt_reason_text(a->reason));
    chart_put_moment(o, "until", a->until);
    chart_put_moment(o, "booked", b->booked_at);
    if (b->holder.bytes) {
        json_open(o, NULL);
        json_put_text(o, "url", "holder");
        json_put_str(o, "valueString", b->holder);
        json_close(o);
    }
    json_close_array(o);
    json_put_text(o, "url", CLAIM_BOOKING);
    json_close(o);
    json_close_array(o);
}

static void put_coded(struct json_out *o, const char *system, struct str code)
{
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", system);
    json_put_str(o, "code", code);
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static void put_seat(struct arena *arena, struct json_out *o, const struct booking *b, uint8_t i)
{
    const struct appt_seat *s = &b->appt.seats[i];
    const char *status = s->answer == APPT_REFUSED                              ? "declined"
                         : s->answer == APPT_UNASKED || s->answer == APPT_ASKED ? "needs-action"
                                                                                : "accepted";
    json_open(o, NULL);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    part_number(o, "before", s->before_min);
    part_number(o, "after", s->after_min);
    part_code(o, "answer", answers[s->answer]);
    part_code(o, "told", s->is_told ? "yes" : "no");
    json_close_array(o);
    json_put_text(o, "url", CLAIM_REST);
    json_close(o);
    json_close_array(o);
    json_open_array(o, "type");
    put_coded(o, BOOKING_SEAT, booking_need_code(arena, &b->needs[s->role]));
    json_close_array(o);
    json_open(o, "actor");
    json_put_str(o, "reference", b->references[i]);
    if (b->names[i].bytes) json_put_str(o, "display", b->names[i]);
    json_close(o);
    json_put_text(o, "required", "required");
    json_put_text(o, "status", status);
    json_close(o);
}

static enum err put_request(struct tx *tx, struct record_reader *server, struct json_out *o,
                            const struct booking *b)
{
    struct record_head head;
    if (b->appt.request.n == 0) return OK;
    enum err err = record_head_at(tx, server->arena, (int64_t)b->appt.request.n, &head);
    const char *ref =
        err ? NULL : arena_printf(server->arena, "ServiceRequest/%.*s", (int)head.id.bytes, head.id.at);
    if (err || !ref) return err ? err : ERR_NOMEM;
    json_open_array(o, "basedOn");
    json_open(o, NULL);
    json_put_text(o, "reference", ref);
    json_close(o);
    json_close_array(o);
    return OK;
}

static void put_specialties(struct json_out *o, const struct booking *b)
{
    bool is_open = false;
    for (uint8_t i = 0; i < b->need_count; i++) {
        if (b->needs[i].kind != AGENDA_SPECIALIST || b->needs[i].what.bytes == 0) continue;
        if (!is_open) json_open_array(o, "specialty");
        is_open = true;
        put_coded(o, "urn:yunqiao:department", b->needs[i].what);
    }
    if (is_open) json_close_array(o);
}

static enum err put_body(struct tx *tx, struct record_reader *server, struct json_out *o,
                         const struct booking *b)
{
    const struct appt *a = &b->appt;
    bool is_off = a->state == APPT_CANCELLED || a->state == APPT_EXPIRED || a->state == APPT_NOSHOW;
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Appointment");
    if (b->head.id.bytes) json_put_str(o, "id", b->head.id);
    put_led(o, b);
    json_put_text(o, "status", statuses[a->state]);
    if (is_off) {
        json_open(o, "cancelationReason");
        json_open_array(o, "coding");
        json_open(o, NULL);
        json_put_text(o, "system", "urn:yunqiao:booking-reason");
        json_put_text(o, "code", a->state == APPT_EXPIRED ? "expired" : appt_reason_text(a->reason));
        json_close(o);
        json_close_array(o);
        json_close(o);
    }
    put_specialties(o, b);
    json_put_int(o, "priority", a->triage);
    json_put_instant(o, "start", a->span.from);
    json_put_instant(o, "end", a->span.until);
    json_put_int(o, "minutesDuration", (a->span.until.ms - a->span.from.ms) / MINUTE_MS);
    json_put_instant(o, "created", b->created);
    enum err err = put_request(tx, server, o, b);
    json_open_array(o, "participant");
    for (uint8_t i = 0; i < a->seat_count; i++)
        put_seat(server->arena, o, b, i);
    json_close_array(o);
    json_close(o);
    return err;
}

/* As people there call it; a patient's name does not stand in an appointment. */
static enum err name_one(struct tx *tx, struct record_reader *server, const struct record_head *head,
                         struct str type, struct str *ret)
{
    struct chart_item item;
    const char *kind = arena_text(server->arena, type.at, type.bytes);
    bool is_person = str_is_text(type, "Practitioner");
    if (!kind) return ERR_NOMEM;
    if (!is_person && !str_is_text(type, "Location")) return OK;
    enum err err = chart_one(tx, server, kind, head->id, &item);
    if (!err) *ret = chart_text(server, &item, 0, is_person ? "name.text" : "name");
    return err == ERR_NOT_FOUND ? OK : err;
}

/* References and names of seats that are new. */
static enum err name_seats(struct tx *tx, struct record_reader *server, struct booking *b)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++) {
        struct record_head head;
        if (b->references[i].bytes) continue;
        enum err err = record_head_at(tx, server->arena, (int64_t)b->appt.seats[i].resource.n, &head);
        if (err) return err;
        struct str type = fhir_name(fhir_types[fhir_resources[head.resource].type].name);
        char *ref = arena_printf(server->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)head.id.bytes,
                                 head.id.at);
        if (!ref) return ERR_NOMEM;
        b->references[i] = str_of(ref);
        if (!b->names[i].bytes) err = name_one(tx, server, &head, type, &b->names[i]);
        if (err) return err;
    }
    return OK;
}

static enum err store(struct tx *tx, struct record_reader *server, struct str text, struct booking *b)
{
    int status;
    enum err err = chart_write(tx, server, fhir_resource_of(STR("Appointment")),
                               b->head.row ? b->head.id : STR(""), b->head.version, text, &b->head, &status);
    if (status == 409) return ERR_EXISTS;
    if (!err && status) err = ERR_BAD_INPUT;
    if (err) return err;
    b->appt.id.n = (uint64_t)b->head.row;
    b->appt.version = (uint32_t)b->head.version;
    return OK;
}

enum err booking_write(struct tx *tx, struct record_reader *server, struct booking *b)
{
    struct buf body;
    struct json_out o;
    struct str text;
    enum err err = name_seats(tx, server, b);
    if (err) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    err = put_body(tx, server, &o, b);
    enum err cut = chart_take(server, &body, &text);
    if (!err) err = cut;
    return err ? err : store(tx, server, text, b);
}

/* -- reading -- */

struct led { /* an extension of ours */
    struct record_reader *server;
    const struct chart_item *item;
    uint32_t at;
};

static bool led_find(struct led *l, uint32_t node, const char *url)
{
    l->at = tape_extension(&l->item->tape, node, url);
    return tape_get(&l->item->tape, l->at, STR("extension")) != TAPE_NONE;
}

static struct str led_text(const struct led *l, const char *part, const char *value)
{
    return chart_text(l->server, l->item, tape_extension(&l->item->tape, l->at, part), value);
}

static uint32_t led_number(const struct led *l, const char *part)
{
    uint64_t n = 0;
    return str_to_u64(led_text(l, part, "valueUnsignedInt"), &n) ? (uint32_t)n : 0;
}

/* The place of the code among count texts; `otherwise` when it is none of them. */
#define PLACE(count, text_of, otherwise, code)                                                               \
    for (int i = 0; i < (int)(count); i++)                                                                   \
        if (str_is_text(code, text_of(i))) return i;                                                         \
    return otherwise

static int state_of(struct str code)
{
    PLACE(APPT_STATES, appt_state_text, APPT_STATES, code);
}
static int side_of(struct str code)
{
    PLACE(APPT_SIDES, appt_side_text, APPT_NO_SIDE, code);
}
static int reason_of(struct str code)
{
    PLACE(APPT_REASONS, appt_reason_text, APPT_NO_REASON, code);
}
static int answer_of(struct str code)
{
#define ANSWER_TEXT(i) answers[i]
    PLACE(COUNT_OF(answers), ANSWER_TEXT, APPT_NOT_NEEDED, code);
}

static uint16_t need_of(struct booking *b, struct record_reader *server, struct str code)
{
    struct booking_need need;
    if (!booking_need_from(server->arena, code, &need)) need = (struct booking_need){AGENDA_PATIENT, {"", 0}};
    for (uint8_t i = 0; i < b->need_count; i++)
        if (b->needs[i].kind == need.kind && str_is(b->needs[i].what, need.what)) return i;
    b->needs[b->need_count] = need;
    return b->need_count++;
}

static enum err read_seat(struct tx *tx, struct record_reader *server, const struct chart_item *item,
                          uint32_t node, struct booking *b)
{
    struct led l = {server, item, TAPE_NONE};
    struct record_head head;
    struct appt_seat *s = &b->appt.seats[b->appt.seat_count];
    struct str ref = chart_text(server, item, node, "actor.reference"), id = ref, type = str_cut(&id, '/');
    if (!led_find(&l, node, CLAIM_REST)) return ERR_CORRUPT;
    enum err err = record_head_find(tx, server->arena, fhir_resource_of(type), id, &head);
    if (err) return err;
    b->references[b->appt.seat_count] = ref;
    b->names[b->appt.seat_count] = chart_text(server, item, node, "actor.display");
    s->resource.n = (uint64_t)head.row;
    s->role = need_of(b, server, chart_text(server, item, node, "type.coding.code"));
    s->before_min = (uint16_t)led_number(&l, "before");
    s->after_min = (uint16_t)led_number(&l, "after");
    s->answer = (enum appt_answer)answer_of(led_text(&l, "answer", "valueCode"));
    s->is_told = str_is_text(led_text(&l, "told", "valueCode"), "yes");
    if (b->needs[s->role].kind == AGENDA_PATIENT) b->patient = head.row;
    b->appt.seat_count++;
    return OK;
}

static enum err read_request(struct tx *tx, struct record_reader *server, const struct chart_item *item,
                             struct booking *b)
{
    struct record_head head;
    struct str id = chart_text(server, item, 0, "basedOn.reference");
    if (!id.bytes) return OK;
    (void)str_cut(&id, '/');
    enum err err = record_head_find(tx, server->arena, fhir_resource_of(STR("ServiceRequest")), id, &head);
    if (!err) b->appt.request.n = (uint64_t)head.row;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err read_item(struct tx *tx, struct record_reader *server, const struct chart_item *item,
                          struct booking *b)
{
    struct led l = {server, item, TAPE_NONE};
    struct appt *a = &b->appt;
    uint64_t priority = TRIAGE_ROUTINE;
    *b = (struct booking){.head = item->head};
    if (!led_find(&l, 0, CLAIM_BOOKING)) return ERR_NOT_FOUND;
    int state = state_of(led_text(&l, "state", "valueCode"));
    if (state == APPT_STATES) return ERR_CORRUPT;
    (void)str_to_u64(chart_text(server, item, 0, "priority"), &priority);
    a->id.n = (uint64_t)item->head.row;
    a->version = (uint32_t)item->head.version;
    a->state = (enum appt_state)state;
    a->triage = priority < TRIAGES ? (enum triage)priority : TRIAGE_ROUTINE;
    a->sequence = led_number(&l, "sequence");
    a->extended = (uint16_t)led_number(&l, "extended");
    a->moved = (uint16_t)led_number(&l, "moved");
    a->side = (enum appt_side)side_of(led_text(&l, "side", "valueCode"));
    a->reason = (enum appt_reason)reason_of(led_text(&l, "reason", "valueCode"));
    a->until = chart_instant(server, led_text(&l, "until", "valueInstant"));
    b->booked_at = chart_instant(server, led_text(&l, "booked", "valueInstant"));
    b->holder = led_text(&l, "holder", "valueString");
    a->holder = booking_holder(b->holder);
    a->span.from = chart_instant(server, chart_text(server, item, 0, "start"));
    a->span.until = chart_instant(server, chart_text(server, item, 0, "end"));
    b->created = chart_instant(server, chart_text(server, item, 0, "created"));
    enum err err = read_request(tx, server, item, b);
    uint32_t all = tape_get(&item->tape, 0, STR("participant"));
    for (uint32_t i = all + 1; !err && i < item->tape.nodes[all].end && a->seat_count < APPT_SEATS_MAX;
         i = item->tape.nodes[i].end)
        err = read_seat(tx, server, item, i, b);
    return err;
}

static enum err read_head(struct tx *tx, struct record_reader *server, const struct record_head *head,
                          struct booking *ret)
{
    struct chart_item item = {.head = *head};
    struct tape_fault where;
    struct str body;
    if (head->is_deleted || head->resource != fhir_resource_of(STR("Appointment"))) return ERR_NOT_FOUND;
    enum err err = record_body(tx, server, head, &body);
    if (!err) err = tape_read(server->arena, body, RECORD_NODES_MAX, &item.tape, &where);
    return err ? err : read_item(tx, server, &item, ret);
}

enum err booking_read(struct tx *tx, struct record_reader *server, struct str id, struct booking *ret)
{
    struct record_head head;
    if (!chart_id_is(id)) return ERR_NOT_FOUND;
    enum err err = record_head_find(tx, server->arena, fhir_resource_of(STR("Appointment")), id, &head);
    return err ? err : read_head(tx, server, &head, ret);
}

enum err booking_read_row(struct tx *tx, struct record_reader *server, int64_t row, struct booking *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    return err ? err : read_head(tx, server, &head, ret);
}

/* -- changing -- */

/* Seats may have been exchanged: their words go with them. */
static void follow_seats(struct booking *b, const struct appt *after)
{
    struct str names[APPT_SEATS_MAX] = {0}, references[APPT_SEATS_MAX] = {0};
    for (uint8_t i = 0; i < after->seat_count; i++)
        for (uint8_t was = 0; was < b->appt.seat_count; was++)
            if (b->appt.seats[was].resource.n == after->seats[i].resource.n)
                names[i] = b->names[was], references[i] = b->references[was];
    memcpy(b->names, names, sizeof names);
    memcpy(b->references, references, sizeof references);
}

static bool is_firm(enum appt_state s)
{
    return s == APPT_BOOKED || s == APPT_CHECKED_IN || s == APPT_ARRIVED;
}

enum err booking_change(struct tx *tx, struct record_reader *server, struct booking *b,
                        const struct appt_event *e, enum appt_no *ret_no, struct appt_change *ret_change)
{
    *ret_no = appt_decide(&b->appt, e, ret_change);
    if (*ret_no != APPT_YES) return OK;
    const struct appt *after = &ret_change->after;
    bool moved = after->span.from.ms != b->appt.span.from.ms;
    if (is_firm(after->state) && (!is_firm(b->appt.state) || moved)) b->booked_at = tx->now;
    if (!is_firm(after->state)) b->booked_at = (struct instant){0};
    follow_seats(b, after);
    appt_apply(&b->appt, ret_change);
    return booking_write(tx, server, b);
}
