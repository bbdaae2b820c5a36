#include "../check.h"
#include "records/fhir.h"

static const struct fhir_element *element(const char *type, const char *name)
{
    uint16_t at = fhir_element_of(fhir_type_of(str_of(type)), str_of(name));
    if (at == FHIR_NONE) check_fail(__FILE__, __LINE__, "no %s.%s", type, name);
    return &fhir_elements[at];
}

static const struct fhir_param *param(const char *resource, const char *name)
{
    uint16_t r = fhir_resource_of(str_of(resource));
    if (r == FHIR_NONE) check_fail(__FILE__, __LINE__, "no %s", resource);
    uint16_t at = fhir_param_of(r, str_of(name));
    if (at == FHIR_NONE) check_fail(__FILE__, __LINE__, "no %s?%s", resource, name);
    return &fhir_params[at];
}

/* Is there a path of these steps (written with points) to something of this type? */
static bool has_path(const struct fhir_param *p, const char *steps, const char *type)
{
    for (uint16_t i = p->first; i < p->first + p->count; i++) {
        char text[128] = "";
        for (const uint16_t *s = &fhir_lists[fhir_paths[i].steps]; *s != FHIR_NONE; s++) {
            size_t n = strlen(text);
            struct str name = fhir_name(*s);
            snprintf(text + n, sizeof text - n, "%s%.*s", n ? "." : "", (int)name.bytes, name.at);
        }
        if (strcmp(text, steps) == 0 && str_is_text(fhir_name(fhir_types[fhir_paths[i].type].name), type))
            return true;
    }
    return false;
}

TEST(primitive_types_stand_first_and_in_the_order_of_their_enum)
{
    CHECK_INT(fhir_type_of(STR("base64Binary")), FHIR_BASE64BINARY);
    CHECK_INT(fhir_type_of(STR("dateTime")), FHIR_DATETIME);
    CHECK_INT(fhir_type_of(STR("positiveInt")), FHIR_POSITIVEINT);
    CHECK_INT(fhir_type_of(STR("xhtml")), FHIR_XHTML);
    CHECK_INT(fhir_type_of(STR("Patience")), FHIR_NONE);
    for (uint16_t i = 0; i < fhir_type_count; i++)
        CHECK((fhir_types[i].kind == FHIR_KIND_PRIMITIVE) == (i < FHIR_PRIMITIVES));
}

TEST(every_type_resource_element_and_parameter_is_found_by_its_name)
{
    for (uint16_t t = 0; t < fhir_type_count; t++) {
        CHECK_INT(fhir_type_of(fhir_name(fhir_types[t].name)), t);
        for (uint16_t e = fhir_types[t].first; e < fhir_types[t].first + fhir_types[t].count; e++)
            CHECK_INT(fhir_element_of(t, fhir_name(fhir_elements[e].name)), e);
    }
    for (uint16_t r = 0; r < fhir_resource_count; r++) {
        CHECK_INT(fhir_resource_of(fhir_name(fhir_types[fhir_resources[r].type].name)), r);
        for (uint16_t p = fhir_resources[r].first; p < fhir_resources[r].first + fhir_resources[r].count; p++)
            CHECK_INT(fhir_param_of(r, fhir_name(fhir_params[p].name)), p);
    }
    CHECK_INT(fhir_resource_of(STR("HumanName")), FHIR_NONE);
    CHECK_INT(fhir_resource_of(STR("")), FHIR_NONE);
}

TEST(elements_carry_type_cardinality_choice_and_codes)
{
    const struct fhir_element *birth = element("Patient", "birthDate"),
                              *gender = element("Patient", "gender");
    CHECK_INT(birth->type, FHIR_DATE);
    CHECK_INT(birth->most, 1);
    CHECK(birth->flags & FHIR_IS_SUMMARY);
    CHECK_INT(gender->type, FHIR_CODE);
    CHECK(fhir_code_is_in(gender->codes, STR("female"), STR("")));
    CHECK(!fhir_code_is_in(gender->codes, STR("f"), STR("")));
    CHECK(fhir_code_is_in(gender->codes, STR("male"), STR("http://hl7.org/fhir/administrative-gender")));
    CHECK(!fhir_code_is_in(gender->codes, STR("male"), STR("http://example.org")));

    const struct fhir_element *code = element("Observation", "code"),
                              *status = element("Observation", "status");
    CHECK_INT(code->least, 1);
    CHECK_INT(code->codes, FHIR_NONE); /* bound, but not required */
    CHECK(fhir_code_is_in(status->codes, STR("final"), STR("")));
    CHECK(status->flags & FHIR_IS_MODIFIER);
    CHECK_INT(element("Observation", "component")->most, FHIR_MANY);

    const struct fhir_element *quantity = element("Observation", "valueQuantity");
    CHECK(quantity->choice > 0);
    CHECK_INT(element("Observation", "valueString")->choice, quantity->choice);
    CHECK(element("Observation", "effectiveDateTime")->choice != quantity->choice);
    CHECK_INT(fhir_element_of(fhir_type_of(STR("Observation")), STR("value")), FHIR_NONE);
    CHECK_INT(element("Patient", "id")->type, FHIR_ID);
    CHECK_INT(element("HumanName", "id")->type, FHIR_STRING);
    CHECK_INT(element("Patient", "contained")->type, FHIR_ANY_RESOURCE);
    CHECK_INT(element("Bundle.entry", "resource")->type, FHIR_ANY_RESOURCE);
    CHECK_INT(element("Observation.component", "referenceRange")->type,
              fhir_type_of(STR("Observation.referenceRange")));
    CHECK(element("Observation.component", "valueDateTime")->choice > 0);
}

TEST(references_know_what_they_may_point_at)
{
    uint16_t targets = element("Appointment.participant", "actor")->targets;
    bool has_patient = false, has_claim = false;
    CHECK(targets > 0);
    for (const uint16_t *t = &fhir_lists[targets]; *t != FHIR_NONE; t++) {
        has_patient |= *t == fhir_type_of(STR("Patient"));
        has_claim |= *t == fhir_type_of(STR("Claim"));
    }
    CHECK(has_patient && !has_claim);
    CHECK_INT(element("Provenance", "target")->targets, 0); /* any resource */
}

TEST(parameters_know_their_paths)
{
    const struct fhir_param *name = param("Patient", "name"), *date = param("Observation", "date");
    CHECK_INT(name->type, FHIR_PARAM_STRING);
    CHECK(has_path(name, "name", "HumanName"));
    CHECK(has_path(date, "effectiveDateTime", "dateTime"));
    CHECK(has_path(date, "effectivePeriod", "Period"));
    CHECK(has_path(param("Observation", "value-quantity"), "valueQuantity", "Quantity"));
    CHECK(has_path(param("Observation", "combo-code"), "component.code", "CodeableConcept"));
    CHECK(has_path(param("Observation", "combo-code"), "code", "CodeableConcept"));
    CHECK(!has_path(param("Observation", "value-quantity"), "valueString", "string"));
    CHECK(has_path(param("Patient", "_lastUpdated"), "meta.lastUpdated", "instant"));
    CHECK(has_path(param("Condition", "onset-date"), "onsetPeriod", "Period"));
    CHECK(has_path(param("MedicationRequest", "code"), "medicationCodeableConcept", "CodeableConcept"));

    const struct fhir_param *phone = param("Patient", "phone"), *actor = param("Appointment", "practitioner");
    CHECK_STR(fhir_name(fhir_paths[phone->first].system), "phone");
    CHECK_INT(fhir_paths[actor->first].target, fhir_type_of(STR("Practitioner")));
    CHECK(fhir_paths[param("Patient", "deceased")->first].is_presence);
}

TEST(composites_know_their_components)
{
    const struct fhir_param *p = param("Observation", "component-code-value-quantity");
    CHECK_INT(p->type, FHIR_PARAM_COMPOSITE);
    CHECK(has_path(p, "component", "Observation.component"));
    const struct fhir_component *c = &fhir_components[p->components];
    CHECK_STR(fhir_name(c[0].name), "component-code");
    CHECK_INT(c[1].type, FHIR_PARAM_QUANTITY);
    CHECK_STR(fhir_name(fhir_lists[fhir_paths[c[1].first].steps]), "valueQuantity");
    CHECK_INT(c[2].name, FHIR_NONE);
}

TEST(the_patient_compartment_is_known)
{
    CHECK(param("Observation", "subject")->in_patient_compartment);
    CHECK(param("Appointment", "actor")->in_patient_compartment);
    CHECK(!param("Observation", "encounter")->in_patient_compartment);
    for (uint16_t p = fhir_resources[fhir_resource_of(STR("Slot"))].first, i = 0;
         i < fhir_resources[fhir_resource_of(STR("Slot"))].count; i++)
        CHECK(!fhir_params[p + i].in_patient_compartment);
}

/* Only what has no expression, or stands where this server keeps nothing, may lack a path. */
TEST(no_parameter_lost_its_paths)
{
    for (uint16_t r = 0; r < fhir_resource_count; r++)
        for (uint16_t p = fhir_resources[r].first; p < fhir_resources[r].first + fhir_resources[r].count;
             p++) {
            struct str name = fhir_name(fhir_params[p].name),
                       type = fhir_name(fhir_types[fhir_resources[r].type].name);
            if (fhir_params[p].count > 0 || fhir_params[p].type == FHIR_PARAM_SPECIAL) continue;
            if (str_is_text(name, "_text") || str_is_text(name, "_content") || str_is_text(name, "_query"))
                continue;
            check_fail(__FILE__, __LINE__, "%.*s?%.*s has no path", (int)type.bytes, type.at, (int)name.bytes,
                       name.at);
        }
}
