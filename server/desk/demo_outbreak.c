/* A small outbreak in the first block, of the days before today: one confirmed, two isolated, two suspected, one released; their
 * temperatures, and their cellmates to be looked at. In the shape that desk/epidemic and desk/epidemic_contact write. */
#include "desk/demo_visit.h"
#include "desk/epidemic_contact.h"
#include "desk/escort.h"
#include "desk/isolation_flag.h"
#include <stdio.h>

static const struct {
    int who, onset_days, isolated_days; /* before today; isolated -1: not */
    const char *state, *illness, *temperature;
    bool is_reported, is_over;
} cases[] = {
    {59, 9, 8, "released", "influenza-like", "38.3", false, true},
    {55, 3, 2, "confirmed", "influenza", "39.1", true, false},
    {103, 2, 1, "isolated", "influenza-like", "38.6", false, false},
    {54, 1, 0, "isolated", "influenza-like", "38.2", false, false},
    {57, 0, -1, "suspected", "influenza-like", "38.0", false, false},
    {102, 0, -1, "suspected", "influenza", "38.4", false, false},
};

static void moment(struct demo_gen *g, const char *url, int64_t minute)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_when(g, "valueInstant", minute);
    demo_close(g);
}

static void word(struct demo_gen *g, const char *url, const char *type, const char *value)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    demo_text(g, type, value);
    demo_close(g);
}

static void number(struct demo_gen *g, const char *url, int n)
{
    demo_open(g, NULL);
    demo_text(g, "url", url);
    json_put_int(&g->o, "valueInteger", n);
    demo_close(g);
}

/* Nine in the morning of a day, and never after now. */
static int64_t morning(const struct demo_gen *g, int days)
{
    int64_t at = (g->today - days) * MINUTES_A_DAY + 9 * 60, last = g->minute - 90;
    return at < last ? at : last;
}

static void flag(struct demo_gen *g, size_t i)
{
    const struct epidemic_illness *illness = epidemic_illness_of(str_of(cases[i].illness));
    int64_t onset = morning(g, cases[i].onset_days), isolated = morning(g, cases[i].isolated_days);
    bool is_confirmed = str_is_text(str_of(cases[i].state), "confirmed") || cases[i].is_over;
    ASSERT(illness);
    demo_begin(g, "Flag", "demo-case-%d", (int)i + 1);
    demo_text(g, "status", cases[i].is_over ? "inactive" : "active");
    demo_concepts(g, "category", "urn:yunqiao:flag", "epidemic", NULL);
    demo_concept(g, "code", EPIDEMIC_SYSTEM, illness->code, illness->zh, NULL);
    demo_ref(g, "subject", NULL, "Patient/demo-p%03d", cases[i].who + 1);
    demo_period(g, "period", onset + 45, cases[i].is_over ? morning(g, 2) : 0);
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    word(g, "state", "valueCode", cases[i].state);
    moment(g, "onset", onset);
    moment(g, "found", onset + 45);
    moment(g, "said", onset + 45);
    if (cases[i].isolated_days >= 0) moment(g, "isolated", isolated + 50);
    if (is_confirmed) moment(g, "settled", isolated + 80);
    if (cases[i].is_over) moment(g, "well", morning(g, 5)), moment(g, "ended", morning(g, 2));
    if (cases[i].is_over) word(g, "by", "valueString", "顾清和");
    if (cases[i].is_reported) moment(g, "reported", onset + 300), word(g, "number", "valueString", "LQ-0117");
    demo_list_end(g);
    demo_text(g, "url", LED_EPIDEMIC);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

/* Whoever is kept apart, without a word of why (desk/isolation_flag). */
static void apart(struct demo_gen *g, size_t i)
{
    int64_t from = morning(g, cases[i].isolated_days) + 50;
    char of[24], id[ISOLATION_FLAG_ID_BYTES];
    if (cases[i].isolated_days < 0) return;
    snprintf(of, sizeof of, "demo-case-%d", (int)i + 1);
    isolation_flag_id(str_of(of), id);
    demo_begin(g, "Flag", "%s", id);
    demo_text(g, "status", cases[i].is_over ? "inactive" : "active");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/flag-category", "safety", "Safety");
    demo_concept(g, "code", ESCORT_PRECAUTION, ISOLATION_FLAG_CODE, NULL, "隔离");
    demo_ref(g, "subject", NULL, "Patient/demo-p%03d", cases[i].who + 1);
    demo_period(g, "period", from, cases[i].is_over ? morning(g, 2) : 0);
    demo_list(g, "extension");
    demo_open(g, NULL);
    demo_list(g, "extension");
    moment(g, "since", from);
    demo_list_end(g);
    demo_text(g, "url", LED_ISOLATION);
    demo_close(g);
    demo_list_end(g);
    demo_end(g);
}

static void temperature(struct demo_gen *g, size_t i)
{
    demo_begin(g, "Observation", "demo-case-%d-t", (int)i + 1);
    demo_text(g, "status", "final");
    demo_concepts(g, "category", "http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs",
                  NULL);
    demo_concept(g, "code", SYSTEM_LOINC, "8310-5", "体温", "体温");
    demo_ref(g, "subject", NULL, "Patient/demo-p%03d", cases[i].who + 1);
    demo_when(g, "effectiveDateTime", morning(g, cases[i].onset_days) + 30);
    demo_open(g, "valueQuantity");
    demo_number(g, "value", "%s", cases[i].temperature);
    demo_text(g, "unit", "℃");
    demo_text(g, "system", SYSTEM_UCUM);
    demo_text(g, "code", "Cel");
    demo_close(g);
    demo_end(g);
}

/* Looked at in the afternoon of each day before today, and well: today's look is still due. */
static void looks(struct demo_gen *g, int days)
{
    if (days < 1) return;
    demo_concept(g, "businessStatus", CONTACT_SYSTEM, "well", NULL, NULL);
    demo_when(g, "lastModified", morning(g, 1) + 420);
    demo_list(g, "output");
    for (int day = days; day > 0; day--) {
        demo_open(g, NULL);
        demo_concept(g, "type", CONTACT_SYSTEM, "well", NULL, NULL);
        demo_when(g, "valueDateTime", morning(g, day) + 420);
        demo_close(g);
    }
    demo_list_end(g);
}

/* Whoever lives in the cell of the one that was confirmed. */
static void contacts(struct demo_gen *g, size_t i, int detainees)
{
    for (int mate = cases[i].who % 48, n = 0; mate < 260 && mate < detainees; mate += 48) {
        int64_t last = morning(g, cases[i].isolated_days) + 50;
        if (mate == cases[i].who || mate == 103) continue;
        demo_begin(g, "Task", "demo-case-%d-c%d", (int)i + 1, ++n);
        demo_text(g, "status", cases[i].isolated_days > 0 ? "in-progress" : "requested");
        demo_text(g, "intent", "order");
        demo_concept(g, "code", SICKCALL_TASK, CONTACT_TASK, NULL, NULL);
        demo_ref(g, "focus", NULL, "Flag/demo-case-%d", (int)i + 1);
        demo_ref(g, "for", NULL, "Patient/demo-p%03d", mate + 1);
        demo_when(g, "authoredOn", last);
        demo_open(g, "restriction");
        demo_period(g, "period", last, last + 4 * MINUTES_A_DAY);
        demo_close(g);
        looks(g, cases[i].isolated_days);
        demo_list(g, "extension");
        demo_open(g, NULL);
        demo_list(g, "extension");
        number(g, "cell", 2 * MINUTES_A_DAY + 50);
        number(g, "days", 3);
        moment(g, "last", last);
        demo_list_end(g);
        demo_text(g, "url", CONTACT_URL);
        demo_close(g);
        demo_list_end(g);
        demo_end(g);
    }
}

void demo_outbreak(struct demo_gen *g, int detainees)
{
    for (size_t i = 0; i < COUNT_OF(cases) && !g->err; i++) {
        if (cases[i].who >= detainees) continue;
        flag(g, i);
        apart(g, i);
        temperature(g, i);
        if (str_is_text(str_of(cases[i].state), "confirmed")) contacts(g, i, detainees);
    }
}
