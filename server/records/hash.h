/* hash: SipHash-2-4 (Aumasson, Bernstein 2012) under the store's own secret: the 63-bit numbers that stand in the index for codes,
 * systems and URLs. Keyed, so that nobody can make two that meet, and an index row tells nothing by itself. Pure; any thread. */
#ifndef RECORDS_HASH_H
#define RECORDS_HASH_H
#include "base/str.h"

struct hash_key {
    uint64_t at[2];
};
/* 1 … 2^63 - 1; 0 is never given: it stands for "none". */
int64_t hash_of(const struct hash_key *key, struct str text);
uint64_t hash_siphash(const struct hash_key *key, const void *from,
                      size_t bytes); /* the published function */

#endif
