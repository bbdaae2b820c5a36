/* The CapabilityStatement (FHIR R4 §5.1), from the table of interactions and the tables of the definitions. */
#include "records/audit_event.h"
#include "records/audit_event_find.h"

static struct str type_name(uint16_t resource)
{
    return fhir_name(fhir_types[fhir_resources[resource].type].name);
}

/* Each code once; "update" stands in the table for an id and for criteria. */
static void write_interactions(enum interact_level a, enum interact_level b, uint16_t resource,
                               struct buf *to)
{
    const char *between = "";
    buf_add_text(to, "\"interaction\":[");
    for (const struct interact_kind *k = interact_kinds; k->code; k++) {
        bool is_told = (k->level != a && k->level != b) || !interact_is_done(k, resource);
        is_told |= strcmp(k->code, "search-compartment") == 0 || strcmp(k->code, "page") == 0;
        for (const struct interact_kind *before = interact_kinds; before < k; before++)
            is_told |= strcmp(before->code, k->code) == 0;
        if (is_told) continue;
        buf_printf(to, "%s{\"code\":\"%s\"}", between, k->code);
        between = ",";
    }
}

static void write_params(uint16_t resource, struct buf *to)
{
    static const char *const types[] = {"number",    "date",     "string", "token",  "reference",
                                        "composite", "quantity", "uri",    "special"};
    const struct fhir_resource *r = &fhir_resources[resource];
    const char *between = "";
    buf_add_text(to, ",\"searchParam\":[");
    for (uint16_t p = r->first; p < r->first + r->count; p++) {
        struct str name = fhir_name(fhir_params[p].name), url = fhir_name(fhir_params[p].url);
        if (fhir_params[p].type == FHIR_PARAM_SPECIAL || str_is_text(name, "_query")) continue;
        if (resource == audit_event_type() && !audit_event_knows(p)) continue;
        buf_printf(to, "%s{\"name\":\"%.*s\",\"definition\":\"%.*s\",\"type\":\"%s\"}", between,
                   (int)name.bytes, name.at, (int)url.bytes, url.at, types[fhir_params[p].type]);
        between = ",";
    }
    buf_add_char(to, ']');
}

static void write_includes(uint16_t resource, struct buf *to)
{
    const struct fhir_resource *r = &fhir_resources[resource];
    struct str type = type_name(resource);
    const char *between = "";
    buf_add_text(to, ",\"searchInclude\":[\"*\"");
    for (uint16_t p = r->first; p < r->first + r->count; p++) {
        struct str name = fhir_name(fhir_params[p].name);
        if (fhir_params[p].type != FHIR_PARAM_REFERENCE) continue;
        buf_printf(to, ",\"%.*s:%.*s\"", (int)type.bytes, type.at, (int)name.bytes, name.at);
    }
    buf_add_text(to, "],\"searchRevInclude\":[");
    for (uint16_t other = 0; other < fhir_resource_count; other++)
        for (uint16_t p = fhir_resources[other].first;
             p < fhir_resources[other].first + fhir_resources[other].count; p++) {
            bool is_target = false;
            for (const uint16_t *t = &fhir_lists[fhir_params[p].targets];
                 fhir_params[p].targets && *t != FHIR_NONE; t++)
                is_target |= *t == fhir_resources[resource].type;
            if (!is_target || fhir_params[p].type != FHIR_PARAM_REFERENCE || other == audit_event_type())
                continue;
            struct str from = type_name(other), name = fhir_name(fhir_params[p].name);
            buf_printf(to, "%s\"%.*s:%.*s\"", between, (int)from.bytes, from.at, (int)name.bytes, name.at);
            between = ",";
        }
    buf_add_char(to, ']');
    if (!*between) to->bytes -= sizeof ",\"searchRevInclude\":[]" - 1; /* an empty array is no FHIR */
}

#define BULK "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/" /* FHIR Bulk Data Access */

/* {type}/… stands for every type, Patient/… for one. */
static bool is_operation_of(const struct interact_kind *k, struct str type)
{
    struct str path = str_of(k->path), first = str_cut(&path, '/');
    return k->level == AT_OPERATION && (str_is_text(first, "{type}") || str_is(first, type));
}

static void write_operations(uint16_t resource, struct buf *to)
{
    struct str type = type_name(resource);
    const char *between = "";
    buf_add_text(to, ",\"operation\":[");
    for (const struct interact_kind *k = interact_kinds; k->code; k++) {
        bool is_told = !is_operation_of(k, type) || !interact_is_done(k, resource);
        for (const struct interact_kind *before = interact_kinds; before < k; before++)
            is_told |= is_operation_of(before, type) && strcmp(before->code, k->code) == 0;
        if (is_told) continue;
        struct str on = k->path[0] == '{' ? STR("Resource") : type;
        bool is_ihe = str_starts(str_of(k->path), STR("Appointment/")); /* IHE ITI Scheduling */
        bool is_ours = strcmp(k->code, "unmerge") == 0, is_bulk = strcmp(k->code, "export") == 0;
        if (is_ihe || is_bulk) on = is_ihe ? STR("appointment") : STR("patient");
        buf_printf(to, "%s{\"name\":\"%s\",\"definition\":\"%s%.*s-%s\"}", between, k->code,
                   is_ihe    ? "https://profiles.ihe.net/ITI/Scheduling/OperationDefinition/"
                   : is_ours ? "https://yunqiao.invalid/fhir/OperationDefinition/"
                   : is_bulk ? BULK
                             : "http://hl7.org/fhir/OperationDefinition/",
                   (int)on.bytes, on.at, k->code);
        between = ",";
    }
    buf_add_char(to, ']');
}

static void write_resource(uint16_t resource, struct buf *to)
{
    struct str type = type_name(resource);
    buf_printf(to, "{\"type\":\"%.*s\",\"profile\":\"http://hl7.org/fhir/StructureDefinition/%.*s\",",
               (int)type.bytes, type.at, (int)type.bytes, type.at);
    write_interactions(AT_TYPE, AT_INSTANCE, resource, to);
    buf_add_char(to, ']');
    if (resource == audit_event_type()) { /* a view: no versions, nothing written, nothing joined */
        write_params(resource, to);
        write_operations(resource, to);
        buf_add_char(to, '}');
        return;
    }
    buf_add_text(to,
                 ",\"versioning\":\"versioned-update\",\"readHistory\":true,\"updateCreate\":true,"
                 "\"conditionalCreate\":true,\"conditionalRead\":\"full-support\",\"conditionalUpdate\":true,"
                 "\"conditionalDelete\":\"single\",\"referencePolicy\":[\"literal\",\"logical\",\"enforced\","
                 "\"local\"]");
    write_includes(resource, to);
    write_params(resource, to);
    write_operations(resource, to);
    buf_add_char(to, '}');
}

void interact_capabilities(struct str base, struct str version, struct instant at, struct buf *to)
{
    char date[INSTANT_TEXT_BYTES];
    instant_text(at, date);
    buf_printf(to,
               "{\"resourceType\":\"CapabilityStatement\",\"status\":\"active\",\"date\":\"%s\",\"kind\":"
               "\"instance\","
               "\"software\":{\"name\":\"Yunqiao\",\"version\":\"%.*s\"},"
               "\"implementation\":{\"description\":\"Yunqiao\",\"url\":\"%.*s\"},"
               "\"fhirVersion\":\"4.0.1\",\"format\":[\"application/fhir+json\",\"json\"],"
               "\"patchFormat\":[\"application/json-patch+json\"],"
               "\"rest\":[{\"mode\":\"server\",\"resource\":[",
               date, (int)version.bytes, version.at, (int)base.bytes, base.at);
    for (uint16_t r = 0; r < fhir_resource_count; r++) {
        if (r) buf_add_char(to, ',');
        write_resource(r, to);
    }
    buf_add_text(to, "],");
    write_interactions(AT_SYSTEM, AT_SYSTEM, FHIR_NONE, to);
    buf_add_text(to, ",{\"code\":\"transaction\"},{\"code\":\"batch\"}],"
                     "\"operation\":[{\"name\":\"export\",\"definition\":\"" BULK "export\"}],"
                     "\"compartment\":[\"http://hl7.org/fhir/CompartmentDefinition/patient\"]}]}");
}
