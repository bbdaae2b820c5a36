/* person: which record an account is: a Practitioner, or a detainee's Patient; and which labels of secrecy it is cleared for. find on a
 * reader or the desk; bind on the desk. */
#ifndef RECORDS_PERSON_H
#define RECORDS_PERSON_H
#include "base/json.h"
#include "store/store.h"

struct person {
    int64_t practitioner, patient; /* rows; one of them, or neither: 0 */
    uint32_t cleared;              /* enum record_label */
};
/* An account that is nobody is no error. */
enum err person_find(struct tx *tx, struct str account, struct person *ret) MUST_USE;
/* The account of a record, in the arena. ERR_NOT_FOUND: nobody's. */
struct arena;
enum err person_account(struct tx *tx, struct arena *arena, int64_t row, struct str *ret_account) MUST_USE;
/* {"id", "display"} of an account from a row's two columns that begin at at; null where there is none. */
void person_put(struct stmt *s, int at, struct json_out *to, const char *key);
/* Replaces. ERR_EXISTS: somebody else is that record; ERR_BAD_INPUT: no such account. */
enum err person_bind(struct tx *tx, struct str account, int64_t row, bool is_patient,
                     uint32_t cleared) MUST_USE;

#endif
