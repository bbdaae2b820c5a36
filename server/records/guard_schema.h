/* guard_schema: the tables that the guard decides from and that are no record themselves: who an account is, grants, broken glasses,
 * clearances, erasures, signing keys and signatures. What must hold whoever writes is a trigger or a constraint. */
#ifndef RECORDS_GUARD_SCHEMA_H
#define RECORDS_GUARD_SCHEMA_H
#include "store/migrate.h"

extern const struct migration guard_migrations[]; /* 220 …; ends with number 0 */

#endif
