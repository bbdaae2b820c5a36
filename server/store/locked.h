/* locked: a little memory for keys: never swapped (as far as RLIMIT_MEMLOCK allows), left out of core dumps,
 * wiped when freed. Whole pages of its own, so that unlocking one does not unlock another.
 * Any thread. */
#ifndef STORE_LOCKED_H
#define STORE_LOCKED_H
#include "base/err.h"
#include <stddef.h>

void *locked_new(size_t bytes) MUST_USE; /* zeroed; NULL: out of memory */
void locked_free(void *p, size_t bytes); /* NULL allowed */

#endif
