/* index_place: which of a record's entries have a row in the tables by value. A row only tells that a record may meet a term, so that an
 * entry needs none which the head or another row tells of as well, and none by which nobody finds: a patient's references (record_by_patient), a
 * composite beside its code, combo-code beside code, the shown text of a code, and what every Provenance says. Pure; any thread.
 *
 * A search asks for the rows of a parameter, and for those of its tellers (docs/decisions/0131). */
#ifndef RECORDS_INDEX_PLACE_H
#define RECORDS_INDEX_PLACE_H
#include "records/index.h"

/* Of a record of this patient (0: of none) with these entries. */
bool index_place_has_row(const struct index_entry *at, uint32_t count, const struct index_entry *e,
                         int64_t patient);
/* The parameters whose rows of keys stand for that of another with the same value; 0: no (more). They may have tellers of their own. */
#define INDEX_TELLERS_MAX 2
const int64_t *index_place_tellers(int64_t param);
/* No record has a row by it. */
bool index_place_is_dull(int64_t param);
/* Where the values of a record of this patient stand (record_value.patient): beside those of the patient's others of its type. Those of each
 * Provenance, which one is written with every write and asked for by what it tells of, stand as they were made instead: one page for many
 * writes, and not one for each (docs/decisions/0166). */
int64_t index_place_of_values(uint16_t resource, int64_t patient);
/* They stand as they were made. */
bool index_place_is_apart(uint16_t resource);

#endif
