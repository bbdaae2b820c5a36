#include "records/fhir.h"
#include "base/err.h"
#include "records/fhir_names.h"

struct str fhir_name(uint16_t name)
{
    ASSERT(name < fhir_name_count);
    uint32_t from = fhir_name_starts[name];
    return (struct str){fhir_name_text + from, fhir_name_starts[name + 1] - from};
}

static int compare(struct str a, struct str b)
{
    size_t both = a.bytes < b.bytes ? a.bytes : b.bytes;
    int order = both ? memcmp(a.at, b.at, both) : 0;
    return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

static uint16_t primitive_of(struct str name)
{
    for (uint16_t i = 0; i < FHIR_PRIMITIVES; i++)
        if (str_is(fhir_name(fhir_types[i].name), name)) return i;
    return FHIR_NONE;
}

/* The i-th of a sorted table: its name. */
typedef struct str name_at(uint16_t i);

static uint16_t find(uint16_t low, uint16_t high, name_at *at, struct str name)
{
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        int order = compare(name, at(middle));
        if (order == 0) return middle;
        if (order < 0)
            high = middle;
        else
            low = (uint16_t)(middle + 1);
    }
    return FHIR_NONE;
}

static struct str sorted_type_name(uint16_t i)
{
    return fhir_name(fhir_types[fhir_types_sorted[i]].name);
}

static struct str resource_name(uint16_t i)
{
    return fhir_name(fhir_types[fhir_resources[i].type].name);
}

static struct str element_name(uint16_t i)
{
    return fhir_name(fhir_elements[i].name);
}

static struct str param_name(uint16_t i)
{
    return fhir_name(fhir_params[i].name);
}

uint16_t fhir_type_of(struct str name)
{
    uint16_t at = find(0, fhir_types_sorted_count, sorted_type_name, name);
    return at == FHIR_NONE ? primitive_of(name) : fhir_types_sorted[at];
}

uint16_t fhir_resource_of(struct str name)
{
    return find(0, fhir_resource_count, resource_name, name);
}

uint16_t fhir_element_of(uint16_t type, struct str name)
{
    if (type >= fhir_type_count) return FHIR_NONE;
    uint16_t first = fhir_types[type].first;
    return find(first, (uint16_t)(first + fhir_types[type].count), element_name, name);
}

uint16_t fhir_param_of(uint16_t resource, struct str name)
{
    ASSERT(resource < fhir_resource_count);
    uint16_t first = fhir_resources[resource].first;
    return find(first, (uint16_t)(first + fhir_resources[resource].count), param_name, name);
}

bool fhir_code_is_in(uint16_t set, struct str code, struct str system)
{
    uint16_t first = fhir_code_sets[set].first, end = (uint16_t)(first + fhir_code_sets[set].count);
    uint16_t low = first, high = end;
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        if (compare(fhir_name(fhir_codes[middle].code), code) < 0)
            low = (uint16_t)(middle + 1);
        else
            high = middle;
    }
    /* One code may stand for several systems, one after the other. */
    for (; low < end && str_is(fhir_name(fhir_codes[low].code), code); low++)
        if (system.bytes == 0 || str_is(fhir_name(fhir_codes[low].system), system)) return true;
    return false;
}
