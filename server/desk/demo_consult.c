#include "desk/demo_consult.h"
#include "desk/booking.h"
#include "desk/departments.h"
#include "records/claim.h"
#include "scheduler/appt_table.h"
#include <stdio.h>

static const struct demo_specialist *of(const struct demo_gen *g, const struct demo_consult *c)
{
    return &g->specialists[c->specialist];
}

static bool is_held(const struct demo_consult *c)
{
    return c->state == APPT_FULFILLED || c->state == APPT_ARRIVED;
}

static void request(struct demo_gen *g, const struct demo_consult *c)
{
    static const char *const priorities[TRIAGES] = {"stat", "asap", "urgent", "routine"};
    char words[64];
    demo_begin(g, "ServiceRequest", "%s-request", c->id);
    demo_label(g, c->topic->label);
    demo_text(g, "status",
              c->state == APPT_FULFILLED ? "completed"
              : appt_is_over(c->state)   ? "revoked"
                                         : "active");
    demo_text(g, "intent", "order");
    demo_concepts(g, "category", "urn:yunqiao:request", "consultation", NULL);
    demo_text(g, "priority", priorities[c->triage]);
    snprintf(words, sizeof words, "%s远程会诊", departments[of(g, c)->department].words);
    demo_open(g, "code");
    demo_text(g, "text", words);
    demo_close(g);
    demo_subject(g, "subject", c->who);
    demo_when(g, "authoredOn", c->at - 2 * MINUTES_A_DAY);
    demo_ref(g, "requester", demo_doctor_names[c->doctor], "Practitioner/demo-%s", demo_doctors[c->doctor]);
    demo_list(g, "performer");
    demo_ref(g, NULL, of(g, c)->name, "Practitioner/%s", of(g, c)->id);
    demo_list_end(g);
    demo_list(g, "note");
    demo_open(g, NULL);
    demo_text(g, "text", c->topic->question);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

/* -- the booking, in the shape of desk/booking -- */

static void part_code(struct demo_gen *g, const char *url, const char *code)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_text(g, "valueCode", code);
    demo_close(g);
}

static void part_number(struct demo_gen *g, const char *url, int n)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_number(g, "valueUnsignedInt", "%d", n);
    demo_close(g);
}

static void part_instant(struct demo_gen *g, const char *url, int64_t at)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_when(g, "valueInstant", at);
    demo_close(g);
}

static void led(struct demo_gen *g, const struct demo_consult *c)
{
    bool is_firm = c->state == APPT_BOOKED || c->state == APPT_ARRIVED || c->state == APPT_FULFILLED;
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    part_code(g, "state", appt_state_text(c->state));
    part_number(g, "sequence", 1);
    part_number(g, "extended", 0);
    part_number(g, "moved", 0);
    part_code(g, "side", appt_side_text(c->side));
    part_code(g, "reason", appt_reason_text(c->reason));
    if (c->until) part_instant(g, "until", c->until);
    if (is_firm) part_instant(g, "booked", c->at - 2 * MINUTES_A_DAY + 90);
    demo_list_end(g);
    demo_text(g, "url", CLAIM_BOOKING);
    demo_close(g);
    demo_list_end(g);
}

static void seat(struct demo_gen *g, const char *need, const char *name, const char *reference,
                 const char *answer)
{
    demo_open(g, NULL);
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    part_number(g, "before", 0);
    part_number(g, "after", 0);
    part_code(g, "answer", answer);
    part_code(g, "told", str_is_text(str_of(answer), "not-needed") ? "no" : "yes");
    demo_list_end(g);
    demo_text(g, "url", CLAIM_REST);
    demo_close(g);
    demo_list_end(g);
    demo_concepts(g, "type", BOOKING_SEAT, need, NULL);
    demo_ref(g, "actor", name, "%s", reference);
    demo_text(g, "required", "required");
    demo_text(g, "status", str_is_text(str_of(answer), "asked") ? "needs-action" : "accepted");
    demo_close(g);
}

static void seats(struct demo_gen *g, const struct demo_consult *c)
{
    const char *yes = "accepted", *answer = c->state == APPT_PENDING ? "asked" : yes;
    char need[96], reference[2 * DEMO_ID_BYTES];
    demo_list(g, "participant");
    snprintf(need, sizeof need, "specialist:%s", departments[of(g, c)->department].code);
    snprintf(reference, sizeof reference, "Practitioner/%s", of(g, c)->id);
    seat(g, need, of(g, c)->name, reference, answer);
    snprintf(reference, sizeof reference, "Practitioner/demo-%s", demo_doctors[c->doctor]);
    seat(g, "clinic-doctor", demo_doctor_names[c->doctor], reference, yes);
    snprintf(reference, sizeof reference, "Location/demo-room-tele%s", c->doctor ? "2" : "");
    seat(g, "room:video-room", NULL, reference, "not-needed");
    snprintf(reference, sizeof reference, "Practitioner/demo-escort-%d", c->escort);
    seat(g, "escort", NULL, reference, "not-needed");
    snprintf(reference, sizeof reference, "Patient/demo-p%03d", c->who + 1);
    seat(g, "patient", NULL, reference, "not-needed");
    demo_list_end(g);
}

static void booking(struct demo_gen *g, const struct demo_consult *c)
{
    static const char *const statuses[APPT_STATES] = {
        [APPT_PENDING] = "pending",     [APPT_BOOKED] = "booked", [APPT_ARRIVED] = "arrived",
        [APPT_FULFILLED] = "fulfilled", [APPT_NOSHOW] = "noshow", [APPT_CANCELLED] = "cancelled"};
    ASSERT(statuses[c->state]);
    demo_begin(g, "Appointment", "%s", c->id);
    led(g, c);
    demo_text(g, "status", statuses[c->state]);
    if (c->reason != APPT_NO_REASON)
        demo_concept(g, "cancelationReason", "urn:yunqiao:booking-reason", appt_reason_text(c->reason), NULL,
                     NULL);
    demo_concepts(g, "specialty", DEPARTMENT_SYSTEM, departments[of(g, c)->department].code, NULL);
    demo_number(g, "priority", "%d", (int)c->triage);
    demo_when(g, "start", c->at);
    demo_when(g, "end", c->at + c->minutes);
    demo_number(g, "minutesDuration", "%d", (int)c->minutes);
    demo_when(g, "created", c->at - 2 * MINUTES_A_DAY + 30);
    demo_list(g, "basedOn");
    demo_ref(g, NULL, NULL, "ServiceRequest/%s-request", c->id);
    demo_list_end(g);
    seats(g, c);
    demo_end(g);
}

/* -- what became of it -- */

static void encounter(struct demo_gen *g, const struct demo_consult *c)
{
    bool is_over = c->state == APPT_FULFILLED;
    demo_begin(g, "Encounter", "%s-held", c->id);
    demo_label(g, c->topic->label);
    demo_text(g, "status", is_over ? "finished" : "in-progress");
    demo_coding(g, "class", SYSTEM_ACT, "VR", NULL);
    demo_concepts(g, "type", "urn:yunqiao:encounter", "consultation", NULL);
    demo_subject(g, "subject", c->who);
    demo_list(g, "basedOn");
    demo_ref(g, NULL, NULL, "ServiceRequest/%s-request", c->id);
    demo_list_end(g);
    demo_list(g, "participant");
    demo_open(g, NULL);
    demo_ref(g, "individual", of(g, c)->name, "Practitioner/%s", of(g, c)->id);
    demo_close(g);
    demo_open(g, NULL);
    demo_ref(g, "individual", demo_doctor_names[c->doctor], "Practitioner/demo-%s", demo_doctors[c->doctor]);
    demo_close(g);
    demo_list_end(g);
    demo_list(g, "appointment");
    demo_ref(g, NULL, NULL, "Appointment/%s", c->id);
    demo_list_end(g);
    demo_period(g, "period", c->at, is_over ? c->at + c->minutes - 6 : 0);
    demo_list(g, "reasonCode");
    demo_open(g, NULL);
    demo_text(g, "text", c->topic->question);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void opinion(struct demo_gen *g, const struct demo_consult *c)
{
    char diagnosis[96];
    demo_begin(g, "Composition", "%s-opinion", c->id);
    demo_label(g, c->topic->label);
    demo_text(g, "status", "final");
    demo_concept(g, "type", SYSTEM_LOINC, "11488-4", "会诊意见", NULL);
    demo_subject(g, "subject", c->who);
    demo_ref(g, "encounter", NULL, "Encounter/%s-held", c->id);
    demo_when(g, "date", c->at + c->minutes);
    demo_list(g, "author");
    demo_ref(g, NULL, of(g, c)->name, "Practitioner/%s", of(g, c)->id);
    demo_list_end(g);
    demo_text(g, "title", "会诊意见");
    demo_list(g, "section");
    demo_section(g, "所见", c->topic->seen);
    snprintf(diagnosis, sizeof diagnosis, "%s %s", c->topic->words, c->topic->code);
    demo_section(g, "诊断", diagnosis);
    demo_section(g, "会诊建议", c->topic->advice);
    demo_list_end(g);
    demo_end(g);
}

void demo_consult(struct demo_gen *g, const struct demo_consult *c)
{
    request(g, c);
    booking(g, c);
    if (is_held(c)) encounter(g, c);
    if (c->state == APPT_FULFILLED) opinion(g, c);
}
