/* A visit to the clinic as records: the complaint, what was measured and found, the problem, the note, the order and its doses. */
#include "desk/demo_visit.h"
#include "desk/sickcall.h"
#include <stdio.h>
#include <string.h>

const char *const demo_doctors[2] = {"guqinghe", "xuwang"};
const char *const demo_doctor_names[2] = {"顾清和", "许望"};

void demo_subject(struct demo_gen *g, const char *key, int who)
{
    demo_ref(g, key, NULL, "Patient/demo-p%03d", who + 1);
}

void demo_label(struct demo_gen *g, enum demo_label l)
{
    if (l == MENTAL) demo_security(g, "PSY", NULL);
    if (l == INFECTION) demo_security(g, "HIV", NULL);
}

void demo_status_pair(struct demo_gen *g, const char *what, const char *clinical)
{
    char system[96];
    snprintf(system, sizeof system, "http://terminology.hl7.org/CodeSystem/%s-clinical", what);
    demo_concept(g, "clinicalStatus", system, clinical, NULL, NULL);
    snprintf(system, sizeof system, "http://terminology.hl7.org/CodeSystem/%s",
             str_is_text(str_of(what), "condition") ? "condition-ver-status"
                                                    : "allergyintolerance-verification");
    demo_concept(g, "verificationStatus", system, "confirmed", NULL, NULL);
}

/* -- measures -- */

static void quantity(struct demo_gen *g, const char *key, const char *number, const char *unit,
                     const char *code)
{
    demo_open(g, key);
    demo_number(g, "value", "%s", number);
    demo_text(g, "unit", unit);
    demo_text(g, "system", SYSTEM_UCUM);
    demo_text(g, "code", code);
    demo_close(g);
}

void demo_measure_begin(struct demo_gen *g, int who, int visit, const char *name, const char *category,
                        const char *code, const char *words, int64_t at)
{
    demo_begin(g, "Observation", "demo-p%03d-v%d-%s", who + 1, visit, name);
    demo_text(g, "status", "final");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/observation-category", category,
                  NULL);
    demo_concept(g, "code", SYSTEM_LOINC, code, words, NULL);
    demo_subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "effectiveDateTime", at);
    demo_list(g, "performer");
    demo_ref(g, NULL, "陆白苏", "Practitioner/demo-lubaisu");
    demo_list_end(g);
}

void demo_measure(struct demo_gen *g, int who, int visit, const char *name, const char *code,
                  const char *words, const char *number, const char *unit, const char *ucum, int64_t at)
{
    demo_measure_begin(g, who, visit, name, "vital-signs", code, words, at);
    quantity(g, "valueQuantity", number, unit, ucum);
    demo_end(g);
}

static void component(struct demo_gen *g, const char *code, const char *words, int n)
{
    char number[16];
    snprintf(number, sizeof number, "%d", n);
    demo_open(g, NULL);
    demo_concept(g, "code", SYSTEM_LOINC, code, words, NULL);
    quantity(g, "valueQuantity", number, "mmHg", "mm[Hg]");
    demo_close(g);
}

static void pressure(struct demo_gen *g, int who, int visit, int systolic, int diastolic, int64_t at)
{
    demo_measure_begin(g, who, visit, "bp", "vital-signs", "85354-9", "血压", at);
    demo_list(g, "component");
    component(g, "8480-6", "收缩压", systolic);
    component(g, "8462-4", "舒张压", diastolic);
    demo_list_end(g);
    demo_end(g);
}

void demo_vitals(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int64_t at)
{
    char number[16];
    int tenths = (int)(ill->temperature * 10 + 0.5) + demo_between(g, -2, 2);
    snprintf(number, sizeof number, "%d.%d", tenths / 10, tenths % 10);
    demo_measure(g, who, visit, "temp", "8310-5", "体温", number, "℃", "Cel", at);
    pressure(g, who, visit, (int)ill->systolic + demo_between(g, -6, 6),
             (int)ill->diastolic + demo_between(g, -4, 4), at);
    snprintf(number, sizeof number, "%d", (int)ill->pulse + demo_between(g, -5, 5));
    demo_measure(g, who, visit, "pulse", "8867-4", "脉率", number, "次/分", "/min", at);
    int oxygen = (int)ill->oxygen + demo_between(g, -1, 1);
    snprintf(number, sizeof number, "%d", oxygen > 100 ? 100 : oxygen);
    demo_measure(g, who, visit, "spo2", "59408-5", "血氧饱和度", number, "%", "%", at);
    if (ill == &demo_illnesses[DEMO_DIABETES]) {
        snprintf(number, sizeof number, "%d.%d", demo_between(g, 7, 11), demo_between(g, 0, 9));
        demo_measure(g, who, visit, "glucose", "14771-0", "空腹血糖", number, "mmol/L", "mmol/L", at);
    }
}

/* -- a visit, from the complaint to the doses -- */

static void call_part(struct demo_gen *g, const char *url, const char *key, const char *value)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_text(g, key, value);
    demo_close(g);
}

static void call_moment(struct demo_gen *g, const char *url, int64_t minute)
{
    if (minute == 0) return;
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_when(g, "valueInstant", minute);
    demo_close(g);
}

/* As desk/sickcall reads it. */
void demo_sick_call(struct demo_gen *g, int who, int visit, const struct demo_illness *ill,
                    const struct demo_call *c)
{
    static const char *const priorities[] = {"routine", "urgent", "asap"};
    bool is_closed = c->seen != 0;
    const char *state = is_closed ? "closed" : c->triaged ? "triaged" : "received";
    demo_begin(g, "Task", "demo-p%03d-call%d", who + 1, visit);
    demo_label(g, ill->label);
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    call_moment(g, "received", c->asked);
    call_moment(g, "triaged", c->triaged);
    call_moment(g, "seen", c->seen);
    call_part(g, "door", "valueCode", "voice");
    if (is_closed) call_part(g, "outcome", "valueCode", "treated");
    demo_list_end(g);
    demo_text(g, "url", LED_SICK_CALL);
    demo_close(g);
    demo_list_end(g);
    demo_text(g, "status", is_closed ? "completed" : c->triaged ? "accepted" : "received");
    demo_concept(g, "businessStatus", SICKCALL_SYSTEM, state, NULL, NULL);
    demo_text(g, "intent", "order");
    if (c->triaged) demo_text(g, "priority", priorities[ill->severity]);
    demo_concept(g, "code", SICKCALL_TASK, "sick-call", NULL, NULL);
    demo_text(g, "description", ill->complaint);
    demo_subject(g, "for", who);
    if (is_closed) demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "authoredOn", c->asked);
    demo_ref(g, "requester", "陆白苏", "Practitioner/demo-lubaisu");
    demo_end(g);
}

void demo_visit_encounter(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                          int64_t at)
{
    demo_begin(g, "Encounter", "demo-p%03d-v%d", who + 1, visit);
    demo_label(g, ill->label);
    demo_text(g, "status", "finished");
    demo_coding(g, "class", SYSTEM_ACT, "AMB", NULL);
    demo_concepts(g, "type", "urn:yunqiao:encounter", "visit", NULL);
    demo_subject(g, "subject", who);
    demo_list(g, "participant");
    demo_open(g, NULL);
    demo_ref(g, "individual", demo_doctor_names[doctor], "Practitioner/demo-%s", demo_doctors[doctor]);
    demo_close(g);
    demo_list_end(g);
    demo_period(g, "period", at, at + demo_between(g, 8, 25));
    demo_list(g, "reasonCode");
    demo_open(g, NULL);
    demo_text(g, "text", ill->complaint);
    demo_close(g);
    demo_list_end(g);
    demo_list(g, "location");
    demo_open(g, NULL);
    demo_ref(g, "location", NULL, "Location/demo-room-%d", doctor + 1);
    demo_close(g);
    demo_list_end(g);
    demo_ref(g, "serviceProvider", NULL, "Organization/demo-clinic");
    demo_end(g);
}

void demo_problem(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                  int64_t at)
{
    bool is_over = !ill->is_lasting && at / MINUTES_A_DAY + 14 < g->today;
    demo_begin(g, "Condition", "demo-p%03d-c%d", who + 1, visit);
    demo_label(g, ill->label);
    demo_status_pair(g, "condition", is_over ? "resolved" : "active");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/condition-category",
                  ill->is_lasting ? "problem-list-item" : "encounter-diagnosis", NULL);
    demo_concept(g, "code", SYSTEM_ICD10, ill->code, ill->words, ill->words);
    demo_subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "onsetDateTime", at - MINUTES_A_DAY);
    if (is_over) demo_when(g, "abatementDateTime", at + 7 * MINUTES_A_DAY);
    demo_when(g, "recordedDate", at);
    demo_ref(g, "recorder", NULL, "Practitioner/demo-%s", demo_doctors[doctor]);
    demo_end(g);
}

void demo_section(struct demo_gen *g, const char *title, const char *text)
{
    char div[1024];
    snprintf(div, sizeof div, "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>%s</p></div>", text);
    demo_open(g, NULL);
    demo_text(g, "title", title);
    demo_open(g, "text");
    demo_text(g, "status", "generated");
    demo_text(g, "div", div);
    demo_close(g);
    demo_close(g);
}

void demo_note(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor, int64_t at)
{
    demo_begin(g, "Composition", "demo-p%03d-n%d", who + 1, visit);
    demo_label(g, ill->label);
    demo_text(g, "status", "final");
    demo_concept(g, "type", SYSTEM_LOINC, "34109-9", "门诊记录", NULL);
    demo_subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "date", at + 12);
    demo_list(g, "author");
    demo_ref(g, NULL, demo_doctor_names[doctor], "Practitioner/demo-%s", demo_doctors[doctor]);
    demo_list_end(g);
    demo_text(g, "title", "门诊记录");
    demo_list(g, "section");
    demo_section(g, "主诉", ill->complaint);
    demo_section(g, "查体", ill->found);
    demo_section(g, "诊断", ill->words);
    demo_section(g, "处理", ill->plan);
    demo_list_end(g);
    demo_end(g);
}

static void drug_concept(struct demo_gen *g, const struct demo_drug *d)
{
    demo_concept(g, "medicationCodeableConcept", SYSTEM_DRUG, d->code, d->name, d->name);
}

static void dose_quantity(struct demo_gen *g, const char *key, const struct demo_drug *d)
{
    char number[16];
    static const struct {
        const char *ucum, *words;
    } counted[] = {{"{tbl}", "片"}, {"[drp]", "滴"}, {"{puff}", "揿"}};
    const char *words = d->unit;
    for (size_t i = 0; i < COUNT_OF(counted); i++)
        if (str_is_text(str_of(d->unit), counted[i].ucum)) words = counted[i].words;
    snprintf(number, sizeof number, "%g", d->amount);
    quantity(g, key, number, words, d->unit);
}

static bool is_as_needed(const struct demo_drug *d)
{
    return strstr(d->words, "疼痛时") || strstr(d->words, "发作时");
}

void demo_order(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int doctor,
                int64_t at)
{
    const struct demo_drug *d = &ill->drug;
    bool goes_on = d->days == 0;
    bool is_active = goes_on || at / MINUTES_A_DAY + d->days >= g->today;
    demo_begin(g, "MedicationRequest", "demo-p%03d-m%d", who + 1, visit);
    demo_label(g, ill->label);
    demo_text(g, "status", is_active ? "active" : "completed");
    demo_text(g, "intent", "order");
    drug_concept(g, d);
    demo_subject(g, "subject", who);
    demo_ref(g, "encounter", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "authoredOn", at + 10);
    demo_ref(g, "requester", demo_doctor_names[doctor], "Practitioner/demo-%s", demo_doctors[doctor]);
    demo_list(g, "dosageInstruction");
    demo_open(g, NULL);
    if (d->words[0]) demo_text(g, "text", d->words);
    demo_open(g, "timing");
    demo_open(g, "repeat");
    if (!goes_on) demo_period(g, "boundsPeriod", at + 10, at + 10 + d->days * MINUTES_A_DAY);
    demo_number(g, "frequency", "%d", d->per_day);
    demo_number(g, "period", "1");
    demo_text(g, "periodUnit", "d");
    demo_close(g);
    demo_close(g);
    json_put_bool(&g->o, "asNeededBoolean", is_as_needed(d));
    demo_open(g, "route");
    demo_text(g, "text", d->route);
    demo_close(g);
    demo_list(g, "doseAndRate");
    demo_open(g, NULL);
    dose_quantity(g, "doseQuantity", d);
    demo_close(g);
    demo_list_end(g);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void dose(struct demo_gen *g, int who, int visit, int n, const struct demo_illness *ill, int64_t at)
{
    const struct demo_drug *d = &ill->drug;
    bool is_refused = demo_chance(g, 4);
    demo_begin(g, "MedicationAdministration", "demo-p%03d-m%d-d%d", who + 1, visit, n);
    demo_label(g, ill->label);
    demo_text(g, "status", is_refused ? "not-done" : "completed");
    if (is_refused) demo_concepts(g, "statusReason", "urn:yunqiao:not-given", "refused", "拒服");
    drug_concept(g, d);
    demo_subject(g, "subject", who);
    demo_ref(g, "context", NULL, "Encounter/demo-p%03d-v%d", who + 1, visit);
    demo_when(g, "effectiveDateTime", at);
    demo_list(g, "performer");
    demo_open(g, NULL);
    demo_ref(g, "actor", "陆白苏", "Practitioner/demo-lubaisu");
    demo_close(g);
    demo_list_end(g);
    demo_ref(g, "request", NULL, "MedicationRequest/demo-p%03d-m%d", who + 1, visit);
    demo_open(g, "dosage");
    demo_open(g, "route");
    demo_text(g, "text", d->route);
    demo_close(g);
    dose_quantity(g, "dose", d);
    demo_close(g);
    demo_end(g);
}

/* The first days of a course; of what goes on, the last days before today. */
static void doses(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int64_t at)
{
    static const int hours[3][3] = {{8, 0, 0}, {8, 18, 0}, {8, 12, 18}};
    const struct demo_drug *d = &ill->drug;
    int64_t day = d->days ? at / MINUTES_A_DAY + 1 : g->today - 2;
    int per_day = d->per_day > 3 ? 3 : d->per_day, n = 0;
    for (int k = 0; k < 3 && (d->days == 0 || k < d->days); k++, day++)
        for (int h = 0; h < per_day; h++) {
            int64_t when = day * MINUTES_A_DAY + hours[per_day - 1][h] * 60 + demo_between(g, 0, 20);
            if (when > at && when < g->minute) dose(g, who, visit, n++, ill, when);
        }
}

void demo_visit(struct demo_gen *g, int who, int visit, const struct demo_illness *ill, int64_t at)
{
    int doctor = (int)demo_below(g, 2);
    int64_t asked = at - demo_between(g, 40, ill->severity == URGENT ? 60 : 1300);
    demo_visit_encounter(g, who, visit, ill, doctor, at);
    demo_sick_call(g, who, visit, ill, &(struct demo_call){asked, asked + 15, at});
    demo_vitals(g, who, visit, ill, at + 3);
    demo_problem(g, who, visit, ill, doctor, at + 8);
    demo_note(g, who, visit, ill, doctor, at);
    demo_order(g, who, visit, ill, doctor, at);
    doses(g, who, visit, ill, at);
}
