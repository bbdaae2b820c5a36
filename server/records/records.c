#include "records/records.h"
#include "base/digest.h"
#include "base/mem.h"
#include "records/index_text.h"
#include "records/records_own.h"
#include "records/zone_own.h"
#include "store/secret.h"

static struct cipher *cipher_of(const uint8_t secret[SECRET_BYTES], const char *label)
{
    uint8_t key[CIPHER_KEY_BYTES];
    digest_derive(secret, SECRET_BYTES, NULL, 0, label, key, sizeof key);
    struct cipher *c = cipher_new(key);
    mem_wipe(key, sizeof key);
    return c;
}

enum err records_new(struct store *store, struct records **ret_records)
{
    uint8_t secret[SECRET_BYTES];
    struct records *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    enum err err = store_secret(store, "records", secret);
    if (err) {
        mem_free(r);
        return err;
    }
    r->store = store;
    r->wrap = cipher_of(secret, "patient keys");
    r->page = cipher_of(secret, "pages");
    digest_derive(secret, sizeof secret, NULL, 0, "index", &r->hash, sizeof r->hash);
    mem_wipe(secret, sizeof secret);
    pthread_mutex_init(&r->lock, NULL);
    for (size_t i = 0; i < RECORDS_SLOTS; i++)
        pthread_mutex_init(&r->slots[i].lock, NULL);
    err = r->wrap && r->page ? zone_open(r) : ERR_NOMEM;
    if (err) {
        records_free(r);
        return err;
    }
    store_before_commit(store, index_text_settle);
    *ret_records = r;
    return OK;
}

void records_free(struct records *r)
{
    if (!r) return;
    for (size_t i = 0; i < RECORDS_SLOTS; i++) {
        cipher_free(r->slots[i].cipher);
        pthread_mutex_destroy(&r->slots[i].lock);
    }
    cipher_free(r->wrap);
    cipher_free(r->page);
    zone_free(r->zone);
    pthread_mutex_destroy(&r->lock);
    mem_wipe_free(r, sizeof *r);
}
