/* A patient's record as one reader may see it: all of it as lines, and on paper by type, newest first; notes whole. */
#include "desk/chart.h"
#include "desk/extract_own.h"
#include "desk/xhtml.h"
#include "records/interact.h"

enum { TEXT_BYTES_MAX = 128 * 1024 * 1024 };

struct pages {
    struct extract *x;
    struct record_reader *who;
    struct chart_item all; /* the Bundle */
    uint32_t entries;      /* node */
};

/* -- what is said of one resource, whatever its type -- */

static const char *const dates[] = {"effectiveDateTime",
                                    "effectivePeriod.start",
                                    "authoredOn",
                                    "recordedDate",
                                    "onsetDateTime",
                                    "performedDateTime",
                                    "performedPeriod.start",
                                    "occurrenceDateTime",
                                    "period.start",
                                    "date",
                                    "dateTime",
                                    "start",
                                    "started",
                                    "issued",
                                    "created",
                                    "meta.lastUpdated"};
static const char *const concepts[] = {
    "medicationCodeableConcept", "code", "vaccineCode", "type", "class", "scope", "serviceType"};
static const char *const titles[] = {"title", "description", "summary"};
static const char *const people[] = {"performer.display",
                                     "performer.actor.display",
                                     "requester.display",
                                     "recorder.display",
                                     "asserter.display",
                                     "author.display",
                                     "participant.individual.display"};
static const char *const values[] = {"valueString", "conclusion", "dosageInstruction.text", "valueDateTime"};

static struct str first_of(struct pages *p, uint32_t node, const char *const *paths, size_t n)
{
    struct str text = {0};
    for (size_t i = 0; i < n && text.bytes == 0; i++)
        text = chart_text(p->who, &p->all, node, paths[i]);
    return text;
}

static struct str what_of(struct pages *p, uint32_t node)
{
    struct str text = {0};
    for (size_t i = 0; i < COUNT_OF(concepts) && text.bytes == 0; i++) {
        uint32_t concept = chart_node(&p->all, node, concepts[i]);
        if (concept == TAPE_NONE) continue;
        text = chart_words(p->who, &p->all, concept);
        if (text.bytes == 0) text = chart_text(p->who, &p->all, concept, "display");
        if (text.bytes == 0) text = chart_text(p->who, &p->all, concept, "code");
    }
    return text.bytes ? text : first_of(p, node, titles, COUNT_OF(titles));
}

static struct str quantity_of(struct pages *p, uint32_t node)
{
    struct str value = chart_text(p->who, &p->all, node, "valueQuantity.value");
    struct str unit = chart_text(p->who, &p->all, node, "valueQuantity.unit");
    if (value.bytes == 0)
        return chart_words(p->who, &p->all, chart_node(&p->all, node, "valueCodeableConcept"));
    return extract_own(p->x, arena_printf(p->x->arena, "%.*s %.*s", (int)value.bytes, value.at,
                                          (int)unit.bytes, unit.at ? unit.at : ""));
}

/* 120/80 mmHg: the values of the components, one after the other. */
static struct str components_of(struct pages *p, uint32_t node)
{
    struct str text = {0};
    uint32_t list = tape_get(&p->all.tape, node, STR("component"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&p->all.tape, list, i)) != TAPE_NONE; i++) {
        struct str one = quantity_of(p, at);
        if (one.bytes == 0) continue;
        text = text.bytes ? extract_own(p->x, arena_printf(p->x->arena, "%.*s / %.*s", (int)text.bytes,
                                                           text.at, (int)one.bytes, one.at))
                          : one;
    }
    return text;
}

static struct str value_of(struct pages *p, uint32_t node)
{
    struct str text = quantity_of(p, node);
    if (text.bytes == 0) text = components_of(p, node);
    if (text.bytes == 0) text = first_of(p, node, values, COUNT_OF(values));
    if (text.bytes == 0) text = chart_words(p->who, &p->all, chart_node(&p->all, node, "clinicalStatus"));
    return text.bytes ? text : chart_text(p->who, &p->all, node, "status");
}

static void put_row(struct pages *p, uint32_t node)
{
    const struct str cells[PAPER_CELLS] = {extract_when(p->x, first_of(p, node, dates, COUNT_OF(dates))),
                                           what_of(p, node), value_of(p, node),
                                           first_of(p, node, people, COUNT_OF(people))};
    extract_row(p->x, cells);
}

/* -- by type -- */

static uint32_t resource_at(const struct pages *p, uint32_t i)
{
    return tape_get(&p->all.tape, tape_at(&p->all.tape, p->entries, i), STR("resource"));
}

static uint32_t entry_count(const struct pages *p)
{
    return p->entries == TAPE_NONE ? 0 : p->all.tape.nodes[p->entries].count;
}

static bool is_of(const struct pages *p, uint32_t node, const char *type)
{
    return tape_is_text(&p->all.tape, tape_get(&p->all.tape, node, STR("resourceType")), type);
}

static void put_type(struct pages *p, const char *type, const char *title)
{
    bool is_first = true;
    for (uint32_t n = entry_count(p), i = n; i-- > 0 && !p->x->err;) {
        uint32_t node = resource_at(p, i);
        if (!is_of(p, node, type)) continue;
        if (is_first) {
            extract_add(p->x, PAPER_HEADING, str_of(title));
            extract_heads(p->x, EXTRACT_WHAT, EXTRACT_VALUE, EXTRACT_WHO);
        }
        is_first = false;
        put_row(p, node);
    }
}

static void put_note(struct pages *p, uint32_t node)
{
    uint32_t sections = tape_get(&p->all.tape, node, STR("section"));
    put_row(p, node);
    for (uint32_t i = 0, at; sections != TAPE_NONE && (at = tape_at(&p->all.tape, sections, i)) != TAPE_NONE;
         i++) {
        struct str text = {0};
        enum err err = xhtml_plain(p->x->arena, chart_text(p->who, &p->all, at, "text.div"), &text);
        if (err && !p->x->err) p->x->err = err;
        extract_add(p->x, PAPER_FACT, chart_text(p->who, &p->all, at, "title"))->cells[1] = text;
    }
}

static void put_notes(struct pages *p)
{
    bool is_first = true;
    for (uint32_t n = entry_count(p), i = n; i-- > 0 && !p->x->err;) {
        uint32_t node = resource_at(p, i);
        if (!is_of(p, node, "Composition")) continue;
        if (is_first) extract_add(p->x, PAPER_HEADING, extract_says(p->x, EXTRACT_NOTES));
        is_first = false;
        put_note(p, node);
    }
}

static const char *const order[] = {
    "AllergyIntolerance", "Condition",        "MedicationRequest", "MedicationAdministration",
    "Observation",        "DiagnosticReport", "Procedure",         "Immunization",
    "Encounter",          "Appointment",      "ServiceRequest",    "Consent",
    "DocumentReference",  "ImagingStudy"};

/* -- all of it -- */

static struct str subject_of(struct pages *p)
{
    struct str name = {0}, number = {0}, born = {0};
    for (uint32_t i = 0; i < entry_count(p); i++) {
        uint32_t node = resource_at(p, i);
        if (!is_of(p, node, "Patient")) continue;
        name = chart_text(p->who, &p->all, node, "name.text");
        if (name.bytes == 0) {
            struct str family = chart_text(p->who, &p->all, node, "name.family");
            struct str given = chart_text(p->who, &p->all, node, "name.given");
            name = extract_own(p->x, arena_printf(p->x->arena, "%.*s%.*s", (int)family.bytes,
                                                  family.at ? family.at : "", (int)given.bytes,
                                                  given.at ? given.at : ""));
        }
        number = chart_text(p->who, &p->all, node, "identifier.value");
        born = chart_text(p->who, &p->all, node, "birthDate");
        break;
    }
    return extract_own(p->x,
                       arena_printf(p->x->arena, "%.*s    %.*s    %.*s", (int)name.bytes,
                                    name.at ? name.at : "", (int)number.bytes, number.at ? number.at : "",
                                    (int)born.bytes, born.at ? born.at : ""));
}

static enum err read_all(struct pages *p, struct tx *tx, struct str patient)
{
    const char *path = arena_printf(p->x->arena, "Patient/%.*s/$everything", (int)patient.bytes, patient.at);
    struct interact_ask ask = {.method = INTERACT_GET, .path = str_of(path)};
    struct interact_answer answer;
    struct record_fault fault = {0};
    struct tape_fault where;
    struct buf text;
    if (!path) return ERR_NOMEM;
    buf_init(&text, TEXT_BYTES_MAX);
    const struct interact_kind *kind = interact_find(&ask, &fault);
    enum err err = kind ? interact_run(tx, p->who, kind, &ask, &text, &answer, &fault) : ERR_NOT_FOUND;
    if (!err && fault.status) err = ERR_NOT_FOUND;
    const char *copy = err ? NULL : arena_text(p->x->arena, text.at, text.bytes);
    struct str body = {copy, text.bytes};
    buf_done(&text);
    if (!err && !copy) err = ERR_NOMEM;
    if (!err) err = tape_read(p->x->arena, body, RECORD_NODES_MAX, &p->all.tape, &where);
    if (!err) p->entries = tape_get(&p->all.tape, 0, STR("entry"));
    return err;
}

enum err extract_record(struct extract *x, struct tx *tx, struct record_reader *who, struct str patient)
{
    struct pages p = {.x = x, .who = who};
    enum err err = read_all(&p, tx, patient);
    if (err) return err;
    extract_begin(x, EXTRACT_RECORD, subject_of(&p));
    extract_add(x, PAPER_TEXT, extract_says(x, EXTRACT_LEFT_OUT));
    for (uint32_t i = 0; i < entry_count(&p); i++)
        extract_line(x, tape_raw(&p.all.tape, resource_at(&p, i)));
    for (size_t i = 0; i < COUNT_OF(order); i++)
        put_type(&p, order[i], extract_type(order[i], x->who.is_english));
    put_notes(&p);
    return x->err;
}
