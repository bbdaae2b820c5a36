#include "records/number.h"
#include "base/err.h"
#include <pthread.h>

enum { TYPES_MAX = 256, PARAMS_MAX = 4096 };

static struct {
    uint32_t types[TYPES_MAX], params[PARAMS_MAX];
} numbers;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t more(uint32_t n, struct str text)
{
    for (size_t i = 0; i < text.bytes; i++)
        n = (n ^ (uint8_t)text.at[i]) * 16777619u;
    return n;
}

static void compute(void)
{
    ASSERT(fhir_resource_count <= TYPES_MAX);
    for (uint16_t r = 0; r < fhir_resource_count; r++) {
        const struct fhir_resource *resource = &fhir_resources[r];
        numbers.types[r] = more(2166136261u, fhir_name(fhir_types[resource->type].name));
        for (uint16_t p = resource->first; p < resource->first + resource->count; p++) {
            ASSERT(p < PARAMS_MAX);
            numbers.params[p] = more(more(numbers.types[r], STR(".")), fhir_name(fhir_params[p].name));
        }
    }
}

int64_t number_of_type(uint16_t resource)
{
    pthread_once(&once, compute);
    return numbers.types[resource];
}

uint16_t number_type(int64_t number)
{
    pthread_once(&once, compute);
    for (uint16_t r = 0; r < fhir_resource_count; r++)
        if (numbers.types[r] == number) return r;
    return FHIR_NONE;
}

int64_t number_of_param(uint16_t param)
{
    pthread_once(&once, compute);
    return numbers.params[param];
}

int64_t number_of_part(uint16_t param, const char *part)
{
    pthread_once(&once, compute);
    return more(more(numbers.params[param], STR(":")), str_of(part));
}
