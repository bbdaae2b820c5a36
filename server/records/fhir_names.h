/* fhir_names: the pool behind fhir_name, and the order for looking types up; between fhir.c and fhir_tables.c only. */
#ifndef RECORDS_FHIR_NAMES_H
#define RECORDS_FHIR_NAMES_H
#include <stdint.h>

extern const char fhir_name_text[];
extern const uint32_t fhir_name_starts[];  /* fhir_name_count + 1 of them */
extern const uint16_t fhir_types_sorted[]; /* all but the primitives, by name */
extern const uint16_t fhir_types_sorted_count;

#endif
