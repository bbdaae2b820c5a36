#include "../check.h"
#include "base/buf.h"
#include "base/zone_file.h"
#include "records/query.h"
#include <stdlib.h>

/* Reads "name=value&name=value" (no escapes needed here). */
static enum err read_text(const char *type, const char *text, bool is_lenient, struct arena *arena,
                          struct query *ret, struct query_fault *fault)
{
    struct query_pair pairs[80];
    size_t n = 0;
    struct str rest = str_of(text);
    while (rest.bytes) {
        struct str value = str_cut(&rest, '&'), name = str_cut(&value, '=');
        pairs[n++] = (struct query_pair){name, value};
    }
    struct zone *china;
    enum err err = zone_china(&china);
    if (err) return err;
    err = query_read(fhir_resource_of(str_of(type)), pairs, n, is_lenient, china, arena, ret, fault);
    zone_free(china);
    return err;
}

static struct query good(const char *type, const char *text, struct arena *arena)
{
    struct query q;
    struct query_fault fault = {.why = ""};
    enum err err = read_text(type, text, false, arena, &q, &fault);
    if (err) check_fail(__FILE__, __LINE__, "%s?%s: %s", type, text, fault.why);
    return q;
}

TEST(values_are_read_by_the_type_of_their_parameter)
{
    struct arena *arena = arena_new(1 << 20);
    struct query q = good(
        "Observation",
        "value-quantity=ge5.40|http://unitsofmeasure.org|mg&code=http://loinc.org|1-8,|x,y&date=lt2024-02",
        arena);
    const struct query_value *v = q.terms->values;
    CHECK_INT(v->prefix, QUERY_GE);
    CHECK_STR(v->text, "5.40");
    CHECK_STR(v->system, "http://unitsofmeasure.org");
    CHECK_STR(v->unit, "mg");
    const struct query_term *code = q.terms->next;
    CHECK_INT(code->value_count, 3);
    CHECK_STR(code->values->system, "http://loinc.org");
    CHECK(code->values->next->has_system && code->values->next->system.bytes == 0);
    CHECK(!code->values->next->next->has_system);
    struct instant from;
    CHECK(instant_from_text(STR("2024-01-31T16:00:00Z"), &from));
    CHECK_INT(code->next->values->prefix, QUERY_LT);
    CHECK_INT(code->next->values->from.ms, from.ms);

    q = good("Observation",
             "subject=Patient/1&patient=2&component-code-value-quantity=8480-6$gt140&performer=http://x/"
             "Practitioner/1",
             arena);
    CHECK_INT(q.terms->values->type, fhir_resource_of(STR("Patient")));
    CHECK_STR(q.terms->values->text, "1");
    CHECK_INT(q.terms->next->values->type, FHIR_NONE);
    const struct query_value *parts = q.terms->next->next->values->parts;
    CHECK_STR(parts->text, "8480-6");
    CHECK_INT(parts->next->prefix, QUERY_GT);
    CHECK(parts->next->next == NULL);
    CHECK_STR(q.terms->next->next->next->values->url, "http://x/Practitioner/1");

    q = good("Patient", "name=a\\,b,c&birthdate=2024-01-01T10:30", arena);
    CHECK_STR(q.terms->values->text, "a,b");
    CHECK_STR(q.terms->values->next->text, "c");
    CHECK_INT(q.terms->next->values->to.ms - q.terms->next->values->from.ms, 60000);
    arena_free(arena);
}

TEST(modifiers_chains_and_reverse_chains_are_read)
{
    struct arena *arena = arena_new(1 << 20);
    struct query q = good(
        "Observation", "subject:Patient.name:exact=x&code:not=y&code:missing=true&subject:Patient=1", arena);
    CHECK_INT(q.terms->chain_type, fhir_resource_of(STR("Patient")));
    CHECK_INT(q.terms->chained->modifier, QUERY_EXACT);
    CHECK_STR(q.terms->chained->values->text, "x");
    CHECK_INT(q.terms->next->modifier, QUERY_NOT);
    CHECK(q.terms->next->next->values->is_missing);
    CHECK_INT(q.terms->next->next->next->values->type, fhir_resource_of(STR("Patient")));

    q = good("Patient", "_has:Observation:patient:code=8480-6&identifier:of-type=http://t|MR|12", arena);
    CHECK(q.terms->is_reverse);
    CHECK_INT(q.terms->resource, fhir_resource_of(STR("Observation")));
    CHECK_STR(q.terms->chained->values->text, "8480-6");
    CHECK_STR(q.terms->next->values->unit, "MR");
    CHECK_STR(q.terms->next->values->text, "12");
    arena_free(arena);
}

TEST(what_comes_with_a_search_is_read)
{
    struct arena *arena = arena_new(1 << 20);
    struct query q = good("Observation",
                          "_sort=-date,code&_count=5000&_total=accurate&_summary=data&_elements=code,value&_"
                          "include=Observation:subject:Patient"
                          "&_include:iterate=Patient:organization&_revinclude=Provenance:target&_format=json&"
                          "_page=abc&_include=*",
                          arena);
    CHECK_INT(q.sort_count, 2);
    CHECK(q.sorts[0].is_descending && !q.sorts[1].is_descending);
    CHECK_INT(q.count, QUERY_COUNT_MAX);
    CHECK_INT(q.total, QUERY_TOTAL_ACCURATE);
    CHECK_INT(q.summary, QUERY_SUMMARY_DATA);
    CHECK_STR(q.elements, "code,value");
    CHECK_STR(q.page, "abc");
    CHECK_INT(q.include_count, 4);
    CHECK_INT(q.includes[0].target, fhir_resource_of(STR("Patient")));
    CHECK(q.includes[1].is_iterate && q.includes[2].is_reverse);
    CHECK_INT(q.includes[3].param, FHIR_NONE);
    CHECK(q.terms == NULL);
    arena_free(arena);
}

TEST(what_a_search_cannot_mean_is_refused_by_name)
{
    static const struct {
        const char *type, *text, *name, *why;
    } cases[] = {
        {"Patient", "nmae=x", "nmae", "an unknown parameter"},
        {"Patient", "name:not=x", "name:not", "a modifier that this parameter does not know"},
        {"Patient", "birthdate:contains=2024", "birthdate:contains",
         "a modifier that this parameter does not know"},
        {"Patient", "birthdate=yesterday", "birthdate",
         "a date is wanted: YYYY, YYYY-MM, YYYY-MM-DD, or with a time and zone"},
        {"Patient", "birthdate=2024-02-30", "birthdate",
         "a date is wanted: YYYY, YYYY-MM, YYYY-MM-DD, or with a time and zone"},
        {"Patient", "name=", "name", "a value is wanted"},
        {"Patient", "name=a,,b", "name", "a value is wanted"},
        {"Patient", "name=a\\x", "name", "a backslash stands before , | $ or another one"},
        {"Patient", "active:missing=maybe", "active:missing", ":missing takes true or false"},
        {"Patient", "active:missing=true,false", "active:missing", ":missing takes true or false"},
        {"Observation", "subject.name.given=x", "subject.name.given", "chains have one level"},
        {"Observation", "subject:Claim.use=x", "subject:Claim.use", "the reference cannot be to this type"},
        {"Observation", "code.name=x", "code.name", "only a reference can be chained"},
        {"Observation", "subject:Patient=Group/1", "subject:Patient",
         "the modifier names another type than the value"},
        {"Observation", "value-quantity=heavy", "value-quantity", "a number is wanted"},
        {"Observation", "value-quantity=5|mg", "value-quantity",
         "a quantity is number, or number|system|code"},
        {"Observation", "code-value-quantity=x", "code-value-quantity",
         "a composite's parts stand with $ between them"},
        {"Observation", "code-value-quantity=x$1$2", "code-value-quantity",
         "more parts than the composite has"},
        {"Observation", "code=|", "code", "a token is code, system|code, |code or system|"},
        {"Patient", "_has:Nobody:patient:code=1", "_has:Nobody:patient:code",
         "_has names a resource type that is not known"},
        {"Slot", "_has:Observation:patient:code=1", "_has:Observation:patient:code",
         "_has names no reference to this type"},
        {"Patient", "_sort=unheard", "_sort",
         "_sort names a parameter that is not known, or cannot be sorted by"},
        {"Patient", "_include=Patient:name", "_include", "an include names a parameter that is a reference"},
        {"Patient", "_total=some", "_total", "a word that this parameter does not know"},
        {"Patient", "_count=-1", "_count", "_count takes a whole number"},
        {"Patient", "general-practitioner=a b", "general-practitioner",
         "a reference is id, Type/id, or a URL"},
        {"Location", "near=1|2|3|km", "near", "this parameter is not searched here"},
    };
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct query q;
        struct query_fault fault = {.why = "taken"};
        enum err err = read_text(cases[i].type, cases[i].text, false, arena, &q, &fault);
        if (err == OK) check_fail(__FILE__, __LINE__, "%s?%s is taken", cases[i].type, cases[i].text);
        CHECK_ERR(err, ERR_BAD_INPUT);
        CHECK_STR(fault.name, cases[i].name);
        CHECK_STR(str_of(fault.why), cases[i].why);
        CHECK(fault.is_unknown == (strcmp(cases[i].why, "an unknown parameter") == 0));
    }
    arena_free(arena);
}

TEST(asked_to_be_lenient_unknown_parameters_are_listed_and_left_out)
{
    struct arena *arena = arena_new(1 << 20);
    struct query q;
    struct query_fault fault;
    CHECK_OK(read_text("Patient", "nmae=x&name=y", true, arena, &q, &fault));
    CHECK_INT(q.ignored_count, 1);
    CHECK_STR(q.ignored[0], "nmae");
    CHECK_STR(q.terms->values->text, "y");
    CHECK_ERR(read_text("Patient", "birthdate=x", true, arena, &q, &fault), ERR_BAD_INPUT);
    arena_free(arena);
}

TEST(a_search_has_its_limits)
{
    struct arena *arena = arena_new(1 << 20);
    struct query q;
    struct query_fault fault;
    struct buf text;
    buf_init(&text, 1 << 16);
    for (int i = 0; i <= QUERY_PAIRS_MAX; i++)
        buf_add_text(&text, "name=x&");
    buf_add_char(&text, 0);
    CHECK_ERR(read_text("Patient", text.at, false, arena, &q, &fault), ERR_LIMIT);
    buf_clear(&text);
    buf_add_text(&text, "name=x");
    for (int i = 0; i < QUERY_VALUES_MAX; i++)
        buf_add_text(&text, ",x");
    buf_add_char(&text, 0);
    CHECK_ERR(read_text("Patient", text.at, false, arena, &q, &fault), ERR_LIMIT);
    buf_done(&text);
    arena_free(arena);
}

TEST(every_parameter_of_every_type_can_be_asked_for)
{
    static const char *const values[] = {"1", "2024", "x", "x", "1", NULL, "1", "x", "x"};
    for (uint16_t t = 0; t < fhir_resource_count; t++)
        for (uint16_t i = 0; i < fhir_resources[t].count; i++) {
            const struct fhir_param *p = &fhir_params[fhir_resources[t].first + i];
            struct arena *arena = arena_new(1 << 16);
            struct query q;
            struct query_fault fault = {.why = ""};
            struct query_pair pair = {fhir_name(p->name), str_of(values[p->type] ? values[p->type] : "1$1")};
            char missing[80];
            bool is_near = str_is_text(pair.name, "near");
            enum err err = query_read(t, &pair, 1, false, NULL, arena, &q, &fault);
            if (err && !is_near && p->type != FHIR_PARAM_COMPOSITE)
                check_fail(__FILE__, __LINE__, "%.*s: %s", (int)pair.name.bytes, pair.name.at, fault.why);
            snprintf(missing, sizeof missing, "%.*s:missing", (int)pair.name.bytes, pair.name.at);
            pair = (struct query_pair){str_of(missing), STR("true")};
            if (!is_near) CHECK_OK(query_read(t, &pair, 1, false, NULL, arena, &q, &fault));
            arena_free(arena);
        }
}

SWEEP(a_search_is_read_or_memory_is_short)
{
    struct query q;
    struct query_fault fault;
    struct arena *arena = arena_new(1 << 16);
    if (!arena) return ERR_NOMEM;
    enum err err = read_text("Observation",
                             "subject:Patient.name=a\\,b,c&code-value-quantity=x$1&date=2024-01-01T10:30Z",
                             false, arena, &q, &fault);
    arena_free(arena);
    return err;
}
