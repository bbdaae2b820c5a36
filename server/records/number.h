/* number: the lasting numbers of resource types and search parameters in the store: 32 bits of FNV-1a of "Patient" and
 * "Patient.birthdate", so that tables made anew from other definitions keep them. A test proves that no two are equal.
 * Computed once; any thread. */
#ifndef RECORDS_NUMBER_H
#define RECORDS_NUMBER_H
#include "records/fhir.h"

/* Provenance's, in SQL: an index that leaves it out is used where the statement says so in the same words. */
#define NUMBER_PROVENANCE "853951842"

int64_t number_of_type(uint16_t resource); /* place in fhir_resources */
uint16_t number_type(int64_t number);      /* FHIR_NONE: no type of ours */
int64_t number_of_param(uint16_t param);   /* place in fhir_params */
/* Of one more thing that belongs to the parameter: "exact", "identifier". */
int64_t number_of_part(uint16_t param, const char *part);

#endif
