/* records_own: struct records as the files of this folder see it. */
#ifndef RECORDS_RECORDS_OWN_H
#define RECORDS_RECORDS_OWN_H
#include "base/cipher.h"
#include "records/hash.h"
#include "records/records.h"
#include <pthread.h>

/* Ciphers made ready for patients whose bodies are being read; each is used by one thread at a time, under the lock that its slot
 * has. Erasure empties the slot. */
#define RECORDS_SLOTS 1024 /* a power of two: RECORDS_SLOTS_LOG of it */
#define RECORDS_SLOTS_LOG 10
struct records_slot {
    pthread_mutex_t lock;
    int64_t patient; /* 0: empty */
    struct cipher *cipher;
};

struct records {
    struct store *store;
    pthread_mutex_t lock; /* of the two ciphers, each used for a few hundred bytes at a time */
    struct cipher *wrap;  /* patients' keys are wrapped under it */
    struct cipher *page;  /* cursors are sealed under it */
    struct hash_key hash;
    struct zone *zone; /* of dates that name none (records/zone); never NULL */
    struct records_slot slots[RECORDS_SLOTS];
};

#endif
