#include "desk/visit_write.h"
#include "desk/booking.h"
#include "desk/visit_grant.h"
#include "desk/visit_guest.h"
#include "desk/visit_preview.h"
#include "desk/waiting.h"
#include "records/label.h"
#include "scheduler/appt_table.h"
#include "scheduler/door.h"
#include <stdio.h>

bool visit_is_identified(const struct visit *v)
{
    return tape_extension(&v->encounter.tape, 0, VISIT_IDENTITY) != TAPE_NONE;
}

uint8_t visit_lacks(struct record_reader *server, const struct visit *v,
                    const struct visit_consents *consents, const char *ret[4])
{
    uint8_t n = 0;
    const char *blank = v->state == VISIT_DRAFT ? visit_request_lacks(server, v) : NULL;
    if (blank) ret[n++] = blank;
    if (v->state == VISIT_DRAFT && !visit_consent_stands(consents, VISIT_CONSENT_REQUEST))
        ret[n++] = "consent";
    if ((v->state == VISIT_ACTIVE || v->state == VISIT_MORE_INFO) && !v->room.bytes) ret[n++] = "booking";
    if (visit_is_running(v->state) && !visit_is_identified(v)) ret[n++] = "identity";
    if (visit_is_running(v->state) && !visit_consent_stands(consents, VISIT_CONSENT_CAMERA))
        ret[n++] = "camera";
    return n;
}

/* -- parts -- */

static void put_named(struct json_out *o, const char *key, const char *type, struct str id)
{
    char text[128];
    snprintf(text, sizeof text, "%s/%.*s", type, (int)id.bytes, id.at);
    json_put_text(o, key, text);
}

static enum err put_patient(struct tx *tx, struct record_reader *server, const struct visit *v,
                            struct json_out *o)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Patient", v->patient_id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, "patient");
    put_named(o, "reference", "Patient", v->patient_id);
    json_put_str(o, "name", chart_text(server, &item, 0, "name.text"));
    json_put_str(o, "number", chart_text(server, &item, 0, "identifier.value"));
    json_close(o);
    return OK;
}

static void put_needs(struct record_reader *server, const struct visit *v, struct json_out *o)
{
    uint32_t all = v->has_request ? tape_get(&v->request.tape, 0, STR("extension")) : TAPE_NONE;
    json_open_array(o, "needs");
    for (uint32_t i = 0, at; (at = tape_at(&v->request.tape, all, i)) != TAPE_NONE; i++)
        if (tape_is_text(&v->request.tape, tape_get(&v->request.tape, at, STR("url")), WAITING_NEED))
            json_put_str(o, NULL, chart_text(server, &v->request, at, "valueCode"));
    json_close_array(o);
}

static void put_request(struct record_reader *server, const struct visit *v, bool is_inside,
                        struct json_out *o)
{
    if (!v->has_request) return;
    uint32_t minutes = tape_extension(&v->request.tape, 0, WAITING_MINUTES);
    put_needs(server, v, o);
    put_named(o, "request", "ServiceRequest", v->request.head.id);
    json_put_text(o, "triage",
                  triage_text(waiting_triage_of(chart_text(server, &v->request, 0, "priority"))));
    json_put_str(o, "made", chart_text(server, &v->request, 0, "authoredOn"));
    json_put_str(o, "requester", chart_text(server, &v->request, 0, "requester.display"));
    if (minutes != TAPE_NONE)
        json_put_raw(o, "minutes", chart_text(server, &v->request, minutes, "valueUnsignedInt"));
    if (!is_inside) return;
    json_put_str(o, "question", chart_text(server, &v->request, 0, "reasonCode.text"));
    json_put_str(o, "from", chart_text(server, &v->request, 0, "encounter.reference"));
    uint32_t labels = visit_request_labels(server, v);
    json_open_array(o, "labels");
    for (uint32_t label = 1; label <= RECORD_LABEL_SEXUALITY; label <<= 1)
        if (labels & label) json_put_text(o, NULL, label_secret_code(label));
    json_close_array(o);
    uint32_t named = tape_get(&v->request.tape, 0, STR("performer"));
    json_open_array(o, "named");
    for (uint32_t i = 0, at; (at = tape_at(&v->request.tape, named, i)) != TAPE_NONE; i++)
        json_put_str(o, NULL, chart_text(server, &v->request, at, "reference"));
    json_close_array(o);
}

static void put_consent(const struct visit_consent *c, struct json_out *o)
{
    static const struct {
        const char *status, *word;
    } words[] = {
        {"active", "agreed"}, {"rejected", "refused"}, {"inactive", "withdrawn"}, {"proposed", "waiting"}};
    json_open(o, NULL);
    json_put_str(o, "id", c->head.id);
    json_put_text(o, "kind", visit_consent_kind_text(c->kind));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is_text(c->status, words[i].status)) json_put_text(o, "says", words[i].word);
    json_put_instant(o, "at", c->at);
    json_put_str(o, "by", c->by);
    json_put_bool(o, "signed", c->is_signed);
    if (c->witness.bytes) json_put_str(o, "witness", c->witness);
    if (c->reason.bytes) json_put_str(o, "reason", c->reason);
    if (c->second.bytes) json_put_str(o, "second", c->second);
    json_open_array(o, "people");
    for (uint8_t i = 0; i < c->people_count; i++) {
        json_open(o, NULL);
        json_put_str(o, "account", c->people[i].account);
        json_put_str(o, "name", c->people[i].name);
        json_put_str(o, "role", c->people[i].role);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
}

static void put_consents(const struct visit_consents *all, bool is_inside, struct json_out *o)
{
    json_open(o, "stands");
    for (int k = 0; k < VISIT_CONSENT_EXCEPTION; k++)
        json_put_bool(o, visit_consent_kind_text((enum visit_consent_kind)k),
                      visit_consent_stands(all, (enum visit_consent_kind)k));
    json_put_bool(o, "exception", visit_exception(all) != NULL);
    json_close(o);
    if (!is_inside) return;
    json_open_array(o, "consents");
    for (uint32_t i = 0; i < all->count; i++)
        put_consent(&all->at[i], o);
    json_close_array(o);
}

static enum err put_booking(struct tx *tx, struct record_reader *server, const struct visit *v,
                            const struct visit_asker *who, struct json_out *o)
{
    struct booking *b = arena_zalloc(server->arena, sizeof *b);
    if (!b) return ERR_NOMEM;
    enum err err = v->appointment_id.bytes ? booking_read(tx, server, v->appointment_id, b) : ERR_NOT_FOUND;
    if (err) return err == ERR_NOT_FOUND ? (json_put_null(o, "booking"), OK) : err;
    struct span times = door_times(b->appt.span);
    json_open(o, "booking");
    json_put_str(o, "id", b->head.id);
    json_put_int(o, "version", b->appt.version);
    json_put_text(o, "state", appt_state_text(b->appt.state));
    json_put_instant(o, "start", b->appt.span.from);
    json_put_instant(o, "end", b->appt.span.until);
    if (v->room.bytes && who->view != VISIT_HIDDEN && !role_set_has(who->roles, ROLE_SCHEDULING_ADMIN)) {
        json_put_str(o, "room", v->room);
        json_put_instant(o, "opens", times.from);
        json_put_instant(o, "closes", times.until);
    }
    json_open_array(o, "seats");
    for (uint8_t i = 0; i < b->appt.seat_count; i++) {
        static const char *const answers[] = {"not-needed", "unasked", "asked", "accepted", "refused"};
        const struct booking_need *need = &b->needs[b->appt.seats[i].role];
        if (need->kind == AGENDA_PATIENT) continue;
        json_open(o, NULL);
        json_put_str(o, "need", booking_need_code(server->arena, need));
        json_put_str(o, "reference", b->references[i]);
        json_put_str(o, "name", b->names[i]);
        json_put_text(o, "answer", answers[b->appt.seats[i].answer]);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
    return OK;
}

static enum err put_words(struct tx *tx, struct record_reader *server, const struct record_head *rows,
                          uint32_t n, struct json_out *o)
{
    enum err err = OK;
    json_open_array(o, "words");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct chart_item item;
        if (rows[i].resource != fhir_resource_of(STR("Communication"))) continue;
        err = chart_one(tx, server, "Communication", rows[i].id, &item);
        struct str kind = err ? STR("") : chart_text(server, &item, 0, "category.coding.code");
        if (err || !(str_is_text(kind, "question") || str_is_text(kind, "answer"))) continue;
        json_open(o, NULL);
        json_put_str(o, "kind", kind);
        json_put_str(o, "at", chart_text(server, &item, 0, "sent"));
        json_put_str(o, "by", chart_text(server, &item, 0, "sender.display"));
        json_put_str(o, "text", chart_text(server, &item, 0, "payload.contentString"));
        json_close(o);
    }
    json_close_array(o);
    return err;
}

static enum err put_inside(struct tx *tx, struct record_reader *server, const struct visit *v,
                           struct json_out *o)
{
    struct record_head *rows, *attached;
    uint32_t n, kept = 0;
    enum err err = visit_grant_rows(tx, server, v, &rows, &n);
    attached = err ? NULL : arena_zalloc(server->arena, (n + 1) * sizeof *attached);
    if (err || !attached) return err ? err : ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        if (rows[i].row != v->request.head.row && rows[i].resource != fhir_resource_of(STR("Communication")))
            attached[kept++] = rows[i];
    err = visit_preview_write(tx, server, v->patient, v->encounter.head.row, attached, kept,
                              visit_request_labels(server, v), o);
    return err ? err : put_words(tx, server, rows, n, o);
}

static void put_identity(struct record_reader *server, const struct visit *v, struct json_out *o)
{
    uint32_t at = tape_extension(&v->encounter.tape, 0, VISIT_IDENTITY);
    if (at == TAPE_NONE) return json_put_null(o, "identity");
    json_open(o, "identity");
    uint32_t parts = tape_get(&v->encounter.tape, at, STR("extension"));
    json_open_array(o, "how");
    for (uint32_t i = 0, p; (p = tape_at(&v->encounter.tape, parts, i)) != TAPE_NONE; i++) {
        struct str code = chart_text(server, &v->encounter, p, "valueCode");
        if (code.bytes) json_put_str(o, NULL, code);
    }
    json_close_array(o);
    for (uint32_t i = 0, p; (p = tape_at(&v->encounter.tape, parts, i)) != TAPE_NONE; i++) {
        struct str when = chart_text(server, &v->encounter, p, "valueInstant");
        struct str by = chart_text(server, &v->encounter, p, "valueReference.display");
        if (when.bytes) json_put_str(o, "at", when);
        if (by.bytes) json_put_str(o, "by", by);
    }
    json_close(o);
}

/* An exception that another said, and nobody confirmed yet. */
static bool waits_for(const struct visit_consents *consents, struct str account)
{
    const struct visit_consent *c = visit_consent_last(consents, VISIT_CONSENT_EXCEPTION);
    return c && str_is_text(c->status, "proposed") && !str_is(c->by_account, account);
}

static void put_steps(struct record_reader *server, const struct visit *v, const struct visit_asker *who,
                      const struct visit_consents *consents, struct json_out *o)
{
    const char *lacks[4];
    uint8_t n = visit_lacks(server, v, consents, lacks);
    json_open_array(o, "may");
    for (int i = 0; i < VISIT_VERBS; i++) {
        enum visit_no no;
        (void)visit_next(v->state, (enum visit_verb)i, &no);
        if (i == VISIT_DO_CONFIRM && !waits_for(consents, who->account)) continue;
        if (no == VISIT_YES && visit_may(who->roles, (enum visit_verb)i))
            json_put_text(o, NULL, visit_verb_text((enum visit_verb)i));
    }
    json_close_array(o);
    json_open_array(o, "lacks");
    for (uint8_t i = 0; i < n; i++)
        json_put_text(o, NULL, lacks[i]);
    json_close_array(o);
}

static enum err put_guest(struct tx *tx, const struct visit *v, const struct visit_asker *who,
                          struct json_out *o)
{
    bool waits, is_admitted;
    if (!visit_is_outsider(who->roles)) return OK;
    enum err err = visit_guest_of(tx, v, who->account, &waits, &is_admitted);
    json_put_bool(o, "waits", waits);
    json_put_bool(o, "admitted", is_admitted);
    return err;
}

enum err visit_write(struct tx *tx, struct record_reader *server, const struct visit *v,
                     const struct visit_asker *who, bool is_whole, const char *key, struct json_out *o)
{
    struct visit_consents consents;
    bool is_inside = who->view == VISIT_WHOLE;
    bool knows_patient = is_inside || role_set_has(who->roles, ROLE_SCHEDULING_ADMIN);
    enum err err = visit_consents_read(tx, server, v, &consents);
    json_open(o, key);
    json_put_str(o, "id", v->encounter.head.id);
    json_put_text(o, "state", visit_state_text(v->state));
    json_put_bool(o, "inside", is_inside);
    if (!err && knows_patient) err = put_patient(tx, server, v, o);
    put_request(server, v, is_inside, o);
    uint32_t why = tape_extension(&v->encounter.tape, 0, VISIT_WHY);
    if (why != TAPE_NONE && is_inside)
        json_put_str(o, "why", chart_text(server, &v->encounter, why, "valueCode"));
    if (!err) err = put_booking(tx, server, v, who, o);
    if (!err) put_consents(&consents, is_inside && is_whole, o);
    if (!err) put_steps(server, v, who, &consents, o);
    if (!err) err = put_guest(tx, v, who, o);
    if (!err && is_inside && is_whole) {
        put_identity(server, v, o);
        err = visit_guest_write(tx, server->arena, v, o);
        if (!err) err = put_inside(tx, server, v, o);
    }
    json_close(o);
    return err;
}
