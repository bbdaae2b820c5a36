/* registrar_own: what the files registrar*.c share. */
#ifndef DESK_REGISTRAR_OWN_H
#define DESK_REGISTRAR_OWN_H
#include "desk/registrar.h"

/* Who it may be by what the registry says. *ret_patient 0 and *ret_why NULL: somebody new; *ret_why: in doubt, and then *ret_patient is the candidate. */
enum err registrar_match(struct tx *tx, struct record_reader *server, struct str number,
                         const struct person_said *said, int64_t *ret_patient, const char **ret_why) MUST_USE;
enum err registrar_person_make(struct tx *tx, struct record_reader *server, struct str number,
                               const struct person_said *said, int64_t *ret_patient) MUST_USE;
/* What is said and stands there otherwise; the number and the card's number are added where they are missing. */
enum err registrar_person_update(struct tx *tx, struct record_reader *server, int64_t row, struct str number,
                                 const struct person_said *said) MUST_USE;
/* The custody Encounters of one stay's number, as they are now. */
enum err registrar_stays_write(struct tx *tx, struct record_reader *server, struct str source,
                               struct str number, struct str stay, int64_t patient) MUST_USE;

#endif
