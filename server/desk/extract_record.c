/* A patient's record as one reader may see it, taken record by record: each goes out as a line, and what the paper says of it is kept for its
 * type, newest first; notes whole. */
#include "desk/chart.h"
#include "desk/extract_own.h"
#include "desk/xhtml.h"
#include "records/interact.h"

static const char *const order[] = {
    "AllergyIntolerance", "Condition",        "MedicationRequest", "MedicationAdministration",
    "Observation",        "DiagnosticReport", "Procedure",         "Immunization",
    "Encounter",          "Appointment",      "ServiceRequest",    "Consent",
    "DocumentReference",  "ImagingStudy",     "Composition"}; /* notes last */
enum { NOTES = COUNT_OF(order) - 1 };

/* A line of the paper, until its type's turn has come. */
struct line {
    struct line *next;
    bool is_fact; /* of a note: a section */
    struct str cells[PAPER_CELLS];
};

struct pages {
    struct extract *x;
    struct records *records;
    struct record_reader *who;
    struct chart_item all; /* the record that is there now */
    struct {
        struct line *first, *last;
        uint32_t count;
    } types[COUNT_OF(order)];
    struct str subject;
    bool has_subject;
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

/* -- by type -- */

/* What is said of a record outlives it. */
static struct str kept(struct pages *p, struct str text)
{
    return text.bytes ? extract_own(p->x, arena_text(p->x->arena, text.at, text.bytes)) : (struct str){0};
}

static struct line *add_line(struct pages *p, size_t type)
{
    if (p->types[type].count == PAPER_BLOCKS_MAX) {
        p->x->is_cut = true;
        return NULL;
    }
    struct line *line = arena_zalloc(p->x->arena, sizeof *line);
    if (!line) {
        p->x->err = ERR_NOMEM;
        return NULL;
    }
    if (p->types[type].last)
        p->types[type].last->next = line;
    else
        p->types[type].first = line;
    p->types[type].last = line;
    p->types[type].count++;
    return line;
}

static void take_row(struct pages *p, size_t type)
{
    struct line *line = add_line(p, type);
    if (!line) return;
    line->cells[0] = kept(p, extract_when(p->x, first_of(p, 0, dates, COUNT_OF(dates))));
    line->cells[1] = kept(p, what_of(p, 0));
    line->cells[2] = kept(p, value_of(p, 0));
    line->cells[3] = kept(p, first_of(p, 0, people, COUNT_OF(people)));
}

static void take_sections(struct pages *p)
{
    uint32_t sections = tape_get(&p->all.tape, 0, STR("section"));
    for (uint32_t i = 0, at; sections != TAPE_NONE && (at = tape_at(&p->all.tape, sections, i)) != TAPE_NONE;
         i++) {
        struct str text = {0};
        struct line *line = add_line(p, NOTES);
        if (!line) return;
        enum err err = xhtml_plain(p->x->arena, chart_text(p->who, &p->all, at, "text.div"), &text);
        if (err && !p->x->err) p->x->err = err;
        line->is_fact = true;
        line->cells[0] = kept(p, chart_text(p->who, &p->all, at, "title"));
        line->cells[1] = kept(p, text);
    }
}

static void put_type(struct pages *p, size_t type)
{
    bool is_note = type == NOTES;
    if (!p->types[type].first) return;
    extract_add(p->x, PAPER_HEADING,
                is_note ? extract_says(p->x, EXTRACT_NOTES)
                        : str_of(extract_type(order[type], p->x->who.is_english)));
    if (!is_note) extract_heads(p->x, EXTRACT_WHAT, EXTRACT_VALUE, EXTRACT_WHO);
    for (const struct line *l = p->types[type].first; l; l = l->next) {
        if (l->is_fact)
            extract_add(p->x, PAPER_FACT, l->cells[0])->cells[1] = l->cells[1];
        else
            extract_row(p->x, l->cells);
    }
}

/* -- all of it -- */

static struct str subject_of(struct pages *p)
{
    struct str name = chart_text(p->who, &p->all, 0, "name.text");
    struct str number = chart_text(p->who, &p->all, 0, "identifier.value");
    struct str born = chart_text(p->who, &p->all, 0, "birthDate");
    if (name.bytes == 0) {
        struct str family = chart_text(p->who, &p->all, 0, "name.family");
        struct str given = chart_text(p->who, &p->all, 0, "name.given");
        name = extract_own(p->x, arena_printf(p->x->arena, "%.*s%.*s", (int)family.bytes,
                                              family.at ? family.at : "", (int)given.bytes,
                                              given.at ? given.at : ""));
    }
    return extract_own(p->x,
                       arena_printf(p->x->arena, "%.*s    %.*s    %.*s", (int)name.bytes,
                                    name.at ? name.at : "", (int)number.bytes, number.at ? number.at : "",
                                    (int)born.bytes, born.at ? born.at : ""));
}

/* The head of the paper is written by the first record, which is the Patient. */
static void begin(struct pages *p)
{
    if (p->has_subject) return;
    p->has_subject = true;
    bool is_own = extract_is_own(p->x);
    extract_begin(p->x, is_own ? EXTRACT_OWN : EXTRACT_RECORD, subject_of(p));
    extract_add(p->x, PAPER_TEXT, extract_says(p->x, is_own ? EXTRACT_OWN_TEXT : EXTRACT_LEFT_OUT));
}

static enum err take(void *ctx, const struct record *record)
{
    struct pages *p = ctx;
    struct tape_fault where;
    struct str type = fhir_name(fhir_types[fhir_resources[record->head.resource].type].name);
    struct arena *arena = arena_new(RECORD_BODY_BYTES_MAX * 4);
    struct record_reader once = {.arena = arena, .records = p->records};
    if (!arena) return ERR_NOMEM;
    p->who = &once;
    enum err err = tape_read(arena, record->body, RECORD_NODES_MAX, &p->all.tape, &where);
    if (!err) {
        begin(p);
        extract_line(p->x, record->body);
        for (size_t i = 0; i < COUNT_OF(order); i++)
            if (str_is_text(type, order[i])) take_row(p, i);
        if (str_is_text(type, "Composition")) take_sections(p);
    }
    arena_free(arena);
    return err == ERR_BAD_INPUT ? ERR_CORRUPT : err ? err : p->x->err;
}

enum err extract_record(struct extract *x, struct tx *tx, struct record_reader *who, struct str patient)
{
    struct pages p = {.x = x, .records = who->records};
    struct record_fault fault = {0};
    struct everything all = {.tx = tx, .who = who, .take = take, .ctx = &p, .is_newest_first = true};
    enum err err = interact_everything_each(&all, patient, &fault);
    if (!err && fault.status) return ERR_NOT_FOUND;
    for (size_t i = 0; i < COUNT_OF(order) && !err && !x->err; i++)
        put_type(&p, i);
    return err ? err : x->err;
}
