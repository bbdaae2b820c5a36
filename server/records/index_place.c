#include "records/index_place.h"
#include "records/number.h"
#include <pthread.h>
#include <stdlib.h>

enum { TOLD_MAX = 256 };

struct told {
    int64_t param, by[INDEX_TELLERS_MAX];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct told told[TOLD_MAX];
static uint32_t told_count;
static int64_t dull[2];
static uint16_t apart;

static int by_param(const void *a, const void *b)
{
    int64_t x = ((const struct told *)a)->param, y = ((const struct told *)b)->param;
    return (x > y) - (x < y);
}

static int64_t token_of(uint16_t resource, struct str name)
{
    uint16_t param = fhir_param_of(resource, name);
    return param != FHIR_NONE && fhir_params[param].type == FHIR_PARAM_TOKEN ? number_of_param(param) : 0;
}

/* "combo-code" finds in an Observation's code and in its components' (FHIR R4, Observation's search parameters). */
static struct told of_combo(uint16_t resource, uint16_t param, struct str name)
{
    char other[64];
    struct str rest = {name.at + sizeof "combo-" - 1, name.bytes - (sizeof "combo-" - 1)};
    struct told t = {.param = number_of_param(param), .by = {token_of(resource, rest), 0}};
    if (!t.by[0] || rest.bytes + sizeof "component-" > sizeof other) return t;
    memcpy(other, "component-", sizeof "component-" - 1);
    memcpy(other + sizeof "component-" - 1, rest.at, rest.bytes);
    t.by[1] = token_of(resource, (struct str){other, sizeof "component-" - 1 + rest.bytes});
    return t;
}

static void note(struct told t)
{
    ASSERT(told_count < TOLD_MAX);
    if (t.by[0]) told[told_count++] = t;
}

static void compute(void)
{
    for (uint16_t r = 0; r < fhir_resource_count; r++)
        for (uint16_t p = fhir_resources[r].first; p < fhir_resources[r].first + fhir_resources[r].count;
             p++) {
            struct str name = fhir_name(fhir_params[p].name);
            if (fhir_params[p].type == FHIR_PARAM_TOKEN && str_starts(name, STR("combo-")))
                note(of_combo(r, p, name));
            if (fhir_params[p].type == FHIR_PARAM_COMPOSITE && fhir_params[p].components != FHIR_NONE) {
                struct str first = fhir_name(fhir_components[fhir_params[p].components].name);
                note((struct told){.param = number_of_param(p), .by = {token_of(r, first), 0}});
            }
        }
    qsort(told, told_count, sizeof *told, by_param);
    apart = fhir_resource_of(STR("Provenance"));
    dull[0] = token_of(apart, STR("agent-role"));
    dull[1] = token_of(apart, STR("agent-type"));
}

const int64_t *index_place_tellers(int64_t param)
{
    static const int64_t none[INDEX_TELLERS_MAX];
    pthread_once(&once, compute);
    const struct told *t = bsearch(&(struct told){.param = param}, told, told_count, sizeof *told, by_param);
    return t ? t->by : none;
}

bool index_place_is_dull(int64_t param)
{
    pthread_once(&once, compute);
    return param == dull[0] || param == dull[1];
}

bool index_place_is_apart(uint16_t resource)
{
    pthread_once(&once, compute);
    return resource == apart;
}

int64_t index_place_of_values(uint16_t resource, int64_t patient)
{
    return index_place_is_apart(resource) ? 0 : patient;
}

static bool has_key(const struct index_entry *at, uint32_t count, int64_t param, int64_t value)
{
    for (uint32_t i = 0; i < count; i++)
        if (at[i].table == INDEX_KEY && at[i].param == param && at[i].n[0] == value) return true;
    return false;
}

static bool is_told(const struct index_entry *at, uint32_t count, const struct index_entry *e)
{
    const int64_t *by = index_place_tellers(e->param);
    for (int i = 0; i < INDEX_TELLERS_MAX && by[i]; i++)
        if (has_key(at, count, by[i], e->n[0])) return true;
    return false;
}

bool index_place_has_row(const struct index_entry *at, uint32_t count, const struct index_entry *e,
                         int64_t patient)
{
    switch (e->table) {
    case INDEX_KEY:
        return !index_place_is_dull(e->param) && !is_told(at, count, e);
    case INDEX_PAIR:
        return !is_told(at, count, e);
    case INDEX_LINK:
        return patient == 0 || e->n[0] != patient;
    case INDEX_STRING:
        return e->n[0] != INDEX_DISPLAY;
    case INDEX_DATE:
        return true;
    case INDEX_NUMBER:
    case INDEX_TABLES:
        break;
    }
    return false;
}
