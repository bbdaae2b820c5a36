/* chart_schema: the tables of what is done with a chart beside its records: who is asked to sign together, what was released to the
 * patient, what came later to grants, and what was imported. What must hold whoever writes is a trigger or a constraint. */
#ifndef RECORDS_CHART_SCHEMA_H
#define RECORDS_CHART_SCHEMA_H
#include "store/migrate.h"

extern const struct migration chart_migrations[]; /* 330 - 339; ends with number 0 */

#endif
