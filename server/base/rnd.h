/* rnd: random bytes from the kernel (getrandom). Any thread. Failure to get them is a bug of the system:
 * stops. */
#ifndef BASE_RND_H
#define BASE_RND_H
#include <stddef.h>
#include <stdint.h>

void rnd_bytes(void *ret_bytes, size_t bytes);
uint64_t rnd_u64(void);
uint64_t rnd_below(uint64_t n); /* uniform in [0, n); n > 0 */
/* prefix + base64url of n random bytes + NUL; ret_text holds strlen(prefix) + STR_BASE64_BYTES(n). */
void rnd_token(const char *prefix, size_t bytes, char *ret_text);
/* Tests only: a repeatable stream for this thread (0: back to the kernel). */
void rnd_seed(uint64_t seed);

#endif
