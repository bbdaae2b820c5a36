/* The own appointments at the terminal (docs/PROTOCOL §16, decision 0255): when, and a word for how it stands. With whom, and of which
 * department, once the patient was asked about that consultation, for the consent names them. Nothing of who brings him, which way, which room,
 * why, or how urgent; a way to a hospital outside is no appointment. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/booking.h"
#include "desk/local_visit.h"
#include "desk/visit_consent.h"
#include "records/merge.h"
#include "records/search.h"

enum { ROWS_MAX = 200, SHOWN_DAYS = 30 };

struct listing {
    struct request *r;
    struct tx *tx;
    struct record_reader who, server; /* who has the guard, and is traced */
    struct json_out *o;
    struct instant since;
};

/* NULL: not told of. A time is told once it is firm. */
static const char *booking_word(enum appt_state state)
{
    switch (state) {
    case APPT_HELD:
    case APPT_PENDING:
    case APPT_DECLINED:
    case APPT_DISPLACED:
        return "arranging";
    case APPT_BOOKED:
        return "booked";
    case APPT_CHECKED_IN:
    case APPT_ARRIVED:
        return "now";
    case APPT_FULFILLED:
        return "over";
    case APPT_NOSHOW:
        return "missed";
    case APPT_CANCELLED:
        return "cancelled";
    case APPT_PROPOSED:
    case APPT_EXPIRED:
    case APPT_STATES:
        break;
    }
    return NULL;
}

static const char *visit_word(enum local_visit_state state)
{
    switch (state) {
    case LOCAL_VISIT_PLANNED:
        return "booked";
    case LOCAL_VISIT_ARRIVED:
    case LOCAL_VISIT_TRIAGED:
    case LOCAL_VISIT_BEGUN:
        return "now";
    case LOCAL_VISIT_FINISHED:
        return "over";
    case LOCAL_VISIT_CANCELLED:
    case LOCAL_VISIT_STATES:
        break;
    }
    return "cancelled";
}

/* The consent to the consultation stands: who will be there was said to the patient. */
static enum err was_told(struct listing *l, const struct booking *b, bool *ret)
{
    struct visit v;
    struct visit_consents consents;
    *ret = false;
    enum err err = visit_of_appointment(l->tx, &l->server, b->head.row, &v);
    if (!err) err = visit_consents_read(l->tx, &l->server, &v, &consents);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    *ret = visit_consent_stands(&consents, VISIT_CONSENT_REQUEST) ||
           visit_consent_stands(&consents, VISIT_CONSENT_CAMERA);
    return OK;
}

static void put_people(struct json_out *o, const struct booking *b)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++) {
        const struct booking_need *need = &b->needs[b->appt.seats[i].role];
        if (need->kind != AGENDA_SPECIALIST) continue;
        json_open(o, NULL);
        json_put_str(o, "name", clinic_text(b->names[i]));
        json_put_str(o, "department", clinic_text(need->what));
        json_close(o);
    }
}

static void put_one(struct json_out *o, const char *kind, struct str id, const char *word,
                    struct instant start, struct instant end)
{
    json_put_str(o, "id", id);
    json_put_text(o, "kind", kind);
    json_put_text(o, "word", word);
    json_put_instant(o, "start", start);
    json_put_instant(o, "end", end);
}

static enum err put_booking(struct listing *l, const struct record_head *head)
{
    struct booking b;
    bool is_told;
    enum err err = booking_read(l->tx, &l->server, head->id, &b);
    const char *word = err ? NULL : booking_word(b.appt.state);
    if (err || !word) return err == ERR_NOT_FOUND ? OK : err;
    bool is_arranged = strcmp(word, "arranging") != 0;
    if (is_arranged && b.appt.span.until.ms < l->since.ms) return OK;
    err = was_told(l, &b, &is_told);
    if (!err) err = record_traced(&l->who, head);
    if (err) return err;
    json_open(l->o, NULL);
    put_one(l->o, "consultation", head->id, word, is_arranged ? b.appt.span.from : (struct instant){0},
            is_arranged ? b.appt.span.until : (struct instant){0});
    json_open_array(l->o, "with");
    if (is_told) put_people(l->o, &b);
    json_close_array(l->o);
    json_close(l->o);
    return OK;
}

static enum err put_visit(struct listing *l, const struct record_head *head)
{
    struct local_visit v;
    enum err err = local_visit_read(l->tx, &l->server, head->id, &v);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (v.start.ms < l->since.ms) return OK;
    err = record_traced(&l->who, head);
    if (err) return err;
    json_open(l->o, NULL);
    put_one(l->o, "clinic", head->id, visit_word(v.state), v.start, v.end);
    json_open_array(l->o, "with");
    json_close_array(l->o);
    json_close(l->o);
    return OK;
}

/* A booking whose very being is secret stays so until it is released; the same holds for a visit, which the guard would hide with its content. */
static bool may_know(const struct record_head *head)
{
    return !head->is_deleted && !((head->labels & GUARD_SECRET) && !(head->labels & RECORD_LABEL_RELEASED));
}

/* Of one of the rows that are the person; the guard hides who takes part, so that the server looks. */
static enum err put_of(struct listing *l, struct str patient, const char *type, const char *query,
                       enum err (*put)(struct listing *l, const struct record_head *head))
{
    struct record_fault fault = {0};
    uint32_t n = 0;
    int64_t *rows = arena_alloc(l->r->arena, ROWS_MAX * sizeof *rows);
    const char *text =
        arena_printf(l->r->arena, "patient=Patient/%.*s&%s", (int)patient.bytes, patient.at, query);
    if (!rows || !text) return ERR_NOMEM;
    enum err err = search_rows(l->tx, &l->server, fhir_resource_of(str_of(type)), str_of(text), rows,
                               ROWS_MAX, &n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        err = record_head_at(l->tx, l->r->arena, rows[i], &head);
        if (!err && may_know(&head)) err = put(l, &head);
    }
    return err;
}

static enum err put_all(struct listing *l, struct str patient)
{
    enum err err = put_of(l, patient, "Appointment", "_sort=-date", put_booking);
    return err ? err : put_of(l, patient, "Encounter", "class=AMB&_sort=-date", put_visit);
}

enum err own_appointments_look(struct request *r, struct tx *tx)
{
    struct json_out o;
    struct merge_rows own;
    struct listing l = {.r = r, .tx = tx, .server = clinic_server(r), .o = &o};
    enum err err = record_parts_reader(r, tx, &l.who);
    if (!err && l.who.guard->patient == 0) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = merge_rows(tx, l.who.guard->patient, &own);
    if (err) return err;
    l.since = instant_add(tx->now, -SHOWN_DAYS * DAY_MS);
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "appointments");
    for (uint32_t i = 0; i < own.count && !err; i++) {
        struct record_head patient;
        err = record_head_at(tx, r->arena, own.at[i], &patient);
        if (!err) err = put_all(&l, patient.id);
    }
    json_close_array(&o);
    json_close(&o);
    if (!err) err = request_about(r, l.who.guard->patient);
    return err ? err : request_trace(r, &l.who, r->route->audit, NULL, "");
}
