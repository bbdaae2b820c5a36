#include "records/records.h"
#include "base/digest.h"
#include "base/mem.h"
#include "records/records_own.h"
#include "store/secret.h"

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
    digest_derive(secret, sizeof secret, NULL, 0, "patient keys", r->wrap, sizeof r->wrap);
    digest_derive(secret, sizeof secret, NULL, 0, "pages", r->page, sizeof r->page);
    digest_derive(secret, sizeof secret, NULL, 0, "index", &r->hash, sizeof r->hash);
    mem_wipe(secret, sizeof secret);
    for (size_t i = 0; i < RECORDS_SLOTS; i++)
        pthread_mutex_init(&r->slots[i].lock, NULL);
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
    mem_wipe_free(r, sizeof *r);
}
