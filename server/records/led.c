#include "records/led.h"
#include "records/claim.h"
#include "records/primitive.h"
#include "records/record_own.h"
#include "records/records.h"
#include <string.h>

static const struct kind {
    const char *type, *url, *what;
    const char *once[4]; /* parts that are set once; for whoever writes */
} kinds[] = {
    {"Appointment",
     CLAIM_BOOKING,
     "this booking is led by the server: use $hold, $book or its screens",
     {NULL}},
    {"Task",
     LED_SICK_CALL,
     "this sick call is led by the server: use its own endpoints",
     {"received", "triaged", "seen", NULL}},
    {"Task",
     LED_INTAKE,
     "this screening is led by the server: use its own endpoints",
     {"begun", "signed", NULL}},
    {"Task",
     LED_STATEMENT,
     "this statement is led by the server: use its own endpoints",
     {"said", "answered", NULL}},
    {"QuestionnaireResponse",
     LED_INTAKE,
     "this screening is led by the server: use its own endpoints",
     {NULL}},
    {"Flag", LED_EPIDEMIC, "this case is led by the server: use its own endpoints", {NULL}},
    {"Flag", LED_ISOLATION, "this isolation is led by the server: it ends with its case", {NULL}},
    {"Encounter", LED_LOCAL_VISIT, "this visit is led by the server: use its own endpoints", {NULL}},
    {"ServiceRequest", LED_TRANSFER, "this transfer is led by the server: use its own endpoints", {NULL}},
};

bool led_has(uint16_t resource, const struct tape *tape, const char *url)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].url, url) == 0 && str_is_text(type, kinds[i].type))
            return tape_extension(tape, 0, url) != TAPE_NONE;
    return false;
}

/* As which the tape is led; NULL: it is not. */
static const struct kind *kind_of(uint16_t resource, const struct tape *tape)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (tape && led_has(resource, tape, kinds[i].url) &&
            str_is_text(fhir_name(fhir_types[fhir_resources[resource].type].name), kinds[i].type))
            return &kinds[i];
    return NULL;
}

static bool is_led_type(uint16_t resource)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is_text(type, kinds[i].type)) return true;
    return false;
}

bool led_is(uint16_t resource, const struct tape *tape)
{
    return kind_of(resource, tape) != NULL;
}

/* ms 0: not set. */
static struct instant moment(struct record_reader *who, const struct kind *kind, const struct tape *tape,
                             const char *part)
{
    struct instant from = {0}, to;
    struct str text;
    uint32_t at = tape_extension(tape, tape_extension(tape, 0, kind->url), part);
    at = at == TAPE_NONE ? at : tape_get(tape, at, STR("valueInstant"));
    if (at == TAPE_NONE || !tape_text(tape, at, who->arena, &text) ||
        !primitive_span(text, records_zone(who->records), &from, &to))
        return (struct instant){0};
    return from;
}

static bool keeps_moments(struct record_reader *who, const struct kind *kind, const struct tape *before,
                          const struct tape *now)
{
    for (size_t i = 0; kind->once[i]; i++) {
        struct instant was = moment(who, kind, before, kind->once[i]);
        if (was.ms && (!now || moment(who, kind, now, kind->once[i]).ms != was.ms)) return false;
    }
    return true;
}

enum err led_check(struct tx *tx, struct record_reader *who, const struct record_head *old, uint16_t resource,
                   const struct tape *now, struct record_fault *fault)
{
    struct tape before = {0};
    struct tape_fault where;
    struct str body;
    const struct kind *kind;
    if (!is_led_type(resource)) return OK;
    if (who->guard && (kind = kind_of(resource, now)))
        return record_refuse(fault, 409, "business-rule", kind->what, NULL);
    bool is_new = !old || old->is_deleted;
    if (is_new || (!who->guard && resource != fhir_resource_of(STR("Task")))) return OK;
    enum err err = record_body(tx, who, old, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &before, &where);
    if (err || !(kind = kind_of(resource, &before))) return err;
    if (who->guard) return record_refuse(fault, 409, "business-rule", kind->what, NULL);
    return keeps_moments(who, kind, &before, now)
               ? OK
               : record_refuse(fault, 409, "business-rule", "what was set once stays as it was set", NULL);
}
