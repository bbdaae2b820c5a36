/* schema: auth's tables. Every table is STRICT; rules that must hold whoever writes (rules 4 and 30, one account a person,
 * nothing erased) are triggers and constraints, so that they do not depend on the code above being right.
 * Migrations 10-19 are auth's (store/migrate.h). */
#ifndef AUTH_SCHEMA_H
#define AUTH_SCHEMA_H
#include "store/migrate.h"

extern const struct migration auth_migrations[]; /* ends with number 0 */

#endif
