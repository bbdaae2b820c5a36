#include "records/led.h"
#include "records/claim.h"
#include "records/primitive.h"
#include "records/record_own.h"
#include "records/records.h"

static const struct {
    const char *type, *url, *what;
} kinds[] = {
    {"Appointment", CLAIM_BOOKING, "this booking is led by the server: use $hold, $book or its screens"},
    {"Task", LED_SICK_CALL, "this sick call is led by the server: use its own endpoints"},
    {"Encounter", LED_LOCAL_VISIT, "this visit is led by the server: use its own endpoints"},
};

static size_t kind_of(uint16_t resource)
{
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    size_t i = 0;
    while (i < COUNT_OF(kinds) && !str_is_text(type, kinds[i].type))
        i++;
    return i;
}

static bool has(const struct tape *tape, size_t kind)
{
    return tape && tape_extension(tape, 0, kinds[kind].url) != TAPE_NONE;
}

bool led_is(uint16_t resource, const struct tape *tape)
{
    size_t kind = kind_of(resource);
    return kind < COUNT_OF(kinds) && has(tape, kind);
}

/* ms 0: not set. */
static struct instant moment(struct record_reader *who, const struct tape *tape, const char *part)
{
    struct instant from = {0}, to;
    struct str text;
    uint32_t at = tape_extension(tape, tape_extension(tape, 0, LED_SICK_CALL), part);
    at = at == TAPE_NONE ? at : tape_get(tape, at, STR("valueInstant"));
    if (at == TAPE_NONE || !tape_text(tape, at, who->arena, &text) ||
        !primitive_span(text, records_zone(who->records), &from, &to))
        return (struct instant){0};
    return from;
}

static bool keeps_moments(struct record_reader *who, const struct tape *before, const struct tape *now)
{
    static const char *const parts[] = {"received", "triaged", "seen"};
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct instant was = moment(who, before, parts[i]);
        if (was.ms && (!now || moment(who, now, parts[i]).ms != was.ms)) return false;
    }
    return true;
}

enum err led_check(struct tx *tx, struct record_reader *who, const struct record_head *old, uint16_t resource,
                   const struct tape *now, struct record_fault *fault)
{
    struct tape before = {0};
    struct tape_fault where;
    struct str body;
    size_t kind = kind_of(resource);
    if (kind == COUNT_OF(kinds)) return OK;
    if (who->guard && has(now, kind))
        return record_refuse(fault, 409, "business-rule", kinds[kind].what, NULL);
    bool is_new = !old || old->is_deleted;
    if (is_new || (!who->guard && !str_is_text(str_of(kinds[kind].type), "Task"))) return OK;
    enum err err = record_body(tx, who, old, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &before, &where);
    if (err || !has(&before, kind)) return err;
    if (who->guard) return record_refuse(fault, 409, "business-rule", kinds[kind].what, NULL);
    return keeps_moments(who, &before, now)
               ? OK
               : record_refuse(fault, 409, "business-rule", "what was set once stays as it was set", NULL);
}
