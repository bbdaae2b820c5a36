/* reach: where a person is reached out of the house, as Practitioner.telecom (R4) says: an e-mail address, a number for short messages.
 * On the desk or a reader; reach_change on the desk. */
#ifndef DESK_REACH_H
#define DESK_REACH_H
#include "mail/parcel.h"
#include "records/record.h"

#define REACH_PHONE_BYTES 24

struct reach {
    struct str at[PARCEL_WAYS]; /* empty: not known. In the arena */
    struct str id;              /* of the Practitioner; empty: the row is none */
};
enum err reach_of(struct tx *tx, struct record_reader *server, int64_t practitioner,
                  struct reach *ret) MUST_USE;
/* The next version of the Practitioner, with these two in place of those before; what else telecom holds stays. ERR_NOT_FOUND: no
 * Practitioner; ERR_BAD_INPUT: *ret_wrong is no address. */
enum err reach_change(struct tx *tx, struct record_reader *server, int64_t practitioner,
                      const struct str to[PARCEL_WAYS], enum parcel_way *ret_wrong) MUST_USE;

#endif
