/* heap: SQLite's memory, wiped when it is given back (rule 31): what a page or a statement held unsealed does not lie about in freed
 * memory, to be written into a core dump or a swap file. Before the first connection, once. Any thread then. */
#ifndef STORE_HEAP_H
#define STORE_HEAP_H
#include <stdbool.h>

bool heap_install(void); /* false: SQLite runs already */

#endif
