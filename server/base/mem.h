/* mem: the heap, counted, with a switch that makes the n-th allocation fail (the tests' out-of-memory sweep).
 * Any thread. Memory is the caller's until mem_free; mem_free(NULL) is allowed. */
#ifndef BASE_MEM_H
#define BASE_MEM_H
#include "base/err.h"
#include <stddef.h>

void *mem_alloc(size_t bytes) MUST_USE;             /* NULL: out of memory */
void *mem_zalloc(size_t bytes) MUST_USE;            /* zeroed */
void *mem_resize(void *old, size_t bytes) MUST_USE; /* old stays valid on NULL */
void *mem_copy(const void *from, size_t bytes) MUST_USE;
char *mem_copy_text(const char *text) MUST_USE; /* NUL-terminated */
void mem_free(void *p);

/* Blocks of one size, of which some hundreds are kept for the next asker: too large for malloc's own quick lists, and every request takes
 * several. Contents are the caller's to wipe. Any thread. */
#define MEM_BLOCK_BYTES 4096
void *mem_block(void); /* NULL: no memory */
void mem_block_free(void *block);
/* Overwrites so that the compiler cannot leave it out (rule 31), then frees. */
void mem_wipe(void *p, size_t bytes);
void mem_wipe_free(void *p, size_t bytes);

/* Tests only: the number of live blocks, and failing the n-th allocation from now of this thread (0: never).
 */
long mem_live(void);
void mem_fail_at(long n);
long mem_fail_left(void); /* > 0: the failure has not been reached yet */

/* Once, at the start: what is given back stays for the next asker, up to some megabytes a thread; by default malloc gives the end of its
 * heap back to the system and takes it again with almost every request. */
void mem_settle(void);

/* For a library that counts its own memory: neither counted nor made to fail here, and wiped when it is given back. */
void *mem_library_alloc(size_t bytes) MUST_USE;
void mem_library_free(void *p); /* NULL allowed */
size_t mem_library_bytes(void *p);

#endif
