/* isolation_flag: that somebody is kept apart, in the record: an R4 Flag that holds for as long as a case keeps the person apart, beside the case's
 * own (desk/epidemic) and without a word of the illness. The clinic reads it at /fhir as it reads any precaution. It bears no label of
 * custody's: what custody learns is desk/isolation's alone to say. One for each case that has been isolated; led: others read it.
 *
 *   status     active until the case is over      category  flag-category safety
 *   code       ESCORT_PRECAUTION "isolated", SNOMED CT 40174006 (isolation procedure)
 *   period     from when the person was isolated until the end of the case
 *   extension  LED_ISOLATION: since, place (a Location's id; none: in the cell)
 *
 * On the desk. */
#ifndef DESK_ISOLATION_FLAG_H
#define DESK_ISOLATION_FLAG_H
#include "desk/epidemic.h"

#define ISOLATION_FLAG_CODE "isolated"
#define ISOLATION_FLAG_ID_BYTES 44
/* Of a case's id, so that it is the same whenever it is written. */
void isolation_flag_id(struct str of, char ret_id[ISOLATION_FLAG_ID_BYTES]);

/* The Flag says what the case says now; of one that was never isolated nothing is written. */
enum err isolation_flag_follow(struct tx *tx, struct record_reader *server,
                               const struct epidemic_case *c) MUST_USE;

#endif
