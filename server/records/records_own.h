/* records_own: struct records as the files of this folder see it. */
#ifndef RECORDS_RECORDS_OWN_H
#define RECORDS_RECORDS_OWN_H
#include "base/cipher.h"
#include "records/hash.h"
#include "records/records.h"
#include <pthread.h>

/* Ciphers made ready for patients whose bodies are being read; each is used by one thread at a time, under the lock that its slot
 * has. Erasure empties the slot. */
#define RECORDS_SLOTS 64
struct records_slot {
    pthread_mutex_t lock;
    int64_t patient; /* 0: empty */
    struct cipher *cipher;
};

struct records {
    struct store *store;
    uint8_t wrap[CIPHER_KEY_BYTES]; /* patients' keys are wrapped under it */
    uint8_t page[CIPHER_KEY_BYTES]; /* cursors are sealed under it */
    struct hash_key hash;
    struct records_slot slots[RECORDS_SLOTS];
};

#endif
