/* departments: the clinical departments that a specialist is asked for by, with their codes: the site's specialties. Constant. */
#ifndef DESK_DEPARTMENTS_H
#define DESK_DEPARTMENTS_H
#include "base/str.h"
#include <stdbool.h>

#define DEPARTMENT_SYSTEM "urn:yunqiao:department"
#define DEPARTMENTS 30

struct department {
    const char *code, *words;
};
extern const struct department departments[DEPARTMENTS];
const struct department *department_of(struct str code); /* NULL: none such */

#endif
