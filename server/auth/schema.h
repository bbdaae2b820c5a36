/* schema: auth's tables. Every table is STRICT; rules that must hold whoever writes (rules 4 and 30, one account a person,
 * nothing erased) are triggers and constraints, so that they do not depend on the code above being right.
 * The store runs one table of consecutive numbers; auth's are the first, and later modules append theirs. */
#ifndef AUTH_SCHEMA_H
#define AUTH_SCHEMA_H
#include "store/migrate.h"

extern const struct migration auth_migrations[]; /* ends with number 0 */

#endif
