/* primitive: is a text a value of a FHIR primitive type? (FHIR R4 §2.24.0.1, the formats of its table.)
 * Pure; any thread. The text is the JSON value: of a string without quotes and escapes, of a number or word as written. */
#ifndef RECORDS_PRIMITIVE_H
#define RECORDS_PRIMITIVE_H
#include "base/clock.h"
#include "base/str.h"
#include "base/zone.h"
#include "records/fhir.h"
#include "records/tape.h"

#define PRIMITIVE_TEXT_MAX (1u << 20) /* of a string: FHIR's own maximum */

/* The JSON kind that carries the type: TAPE_TEXT, TAPE_NUMBER, or TAPE_TRUE for both booleans. */
enum tape_kind primitive_kind(enum fhir_primitive type);
/* NULL: it is one. Else a short English phrase that says what is wanted. */
const char *primitive_fault(enum fhir_primitive type, struct str text);

/* The span of time that a date, dateTime or instant means, [from, to): 2024 is the year, 2024-02 the month, and so on. Texts
 * without a zone begin and end by the wall of `zone` (NULL: UTC). False when it is none of the three. */
bool primitive_span(struct str text, const struct zone *zone, struct instant *ret_from,
                    struct instant *ret_to);

#endif
