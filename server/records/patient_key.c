#include "records/patient_key.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "records/records_own.h"

enum { WRAPPED_BYTES = CIPHER_KEY_BYTES + CIPHER_BOX_BYTES };

/* -- the wrapped key as a row -- */

static void bound(int64_t patient, uint8_t ret[8])
{
    for (int i = 0; i < 8; i++)
        ret[i] = (uint8_t)((uint64_t)patient >> (56 - 8 * i));
}

static enum err make(struct tx *tx, struct cipher *wrap, int64_t patient, uint8_t ret_key[CIPHER_KEY_BYTES])
{
    uint8_t box[WRAPPED_BYTES], ad[8];
    struct stmt *s;
    rnd_bytes(ret_key, CIPHER_KEY_BYTES);
    bound(patient, ad);
    enum err err = cipher_seal_box(wrap, ad, sizeof ad, ret_key, CIPHER_KEY_BYTES, box);
    if (!err)
        err = db_stmt(tx->db, "INSERT INTO patient_key (patient, wrapped, made) VALUES (?1, ?2, ?3)", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    stmt_blob(s, 2, box, sizeof box);
    stmt_instant(s, 3, tx->now);
    return stmt_run(s);
}

static enum err unwrap(struct cipher *wrap, int64_t patient, struct str box,
                       uint8_t ret_key[CIPHER_KEY_BYTES])
{
    uint8_t ad[8];
    bound(patient, ad);
    if (box.bytes != WRAPPED_BYTES) return ERR_CORRUPT;
    return cipher_open_box(wrap, ad, sizeof ad, box.at, box.bytes, ret_key);
}

static enum err find(struct tx *tx, struct cipher *wrap, int64_t patient, uint8_t ret_key[CIPHER_KEY_BYTES])
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT wrapped FROM patient_key WHERE patient = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && stmt_is_null(s, 0)) err = ERR_DENIED;
    if (!err) err = unwrap(wrap, patient, stmt_get_blob(s, 0), ret_key);
    stmt_done(s);
    return err;
}

static enum err key_of(struct tx *tx, struct records *r, int64_t patient, bool may_make,
                       uint8_t ret_key[CIPHER_KEY_BYTES])
{
    pthread_mutex_lock(&r->lock);
    enum err err = find(tx, r->wrap, patient, ret_key);
    if (err == ERR_NOT_FOUND && may_make && tx->may_write) err = make(tx, r->wrap, patient, ret_key);
    pthread_mutex_unlock(&r->lock);
    return err;
}

/* -- ciphers made ready -- */

static struct records_slot *slot_of(struct records *r, int64_t patient)
{
    return &r->slots[(uint64_t)patient * 0x9e3779b97f4a7c15u >> (64 - RECORDS_SLOTS_LOG)];
}

static void empty(struct records_slot *slot)
{
    cipher_free(slot->cipher);
    slot->cipher = NULL;
    slot->patient = 0;
}

/* With the slot locked. A key made in a transaction that is then rolled back must not stay: it is kept only once it was read. */
static enum err ready(struct tx *tx, struct records *r, int64_t patient, bool may_make,
                      struct records_slot *slot)
{
    uint8_t key[CIPHER_KEY_BYTES];
    if (slot->patient == patient) return OK;
    enum err err = key_of(tx, r, patient, may_make, key);
    if (err) return err;
    empty(slot);
    slot->cipher = cipher_new(key);
    mem_wipe(key, sizeof key);
    if (!slot->cipher) return ERR_NOMEM;
    slot->patient = patient;
    return OK;
}

/* The row, which a transaction that was rolled back may have taken along: asked for before anything is sealed under a remembered key. */
static enum err still_there(struct tx *tx, int64_t patient, bool *ret_is)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db, "SELECT 1 FROM patient_key WHERE patient = ?1 AND wrapped IS NOT NULL", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

enum err patient_key_seal(struct tx *tx, struct records *r, int64_t patient, const void *ad, size_t ad_bytes,
                          const void *plain, size_t bytes, void *ret_box)
{
    struct records_slot *slot = slot_of(r, patient);
    bool is_there = false;
    enum err err = still_there(tx, patient, &is_there);
    if (err) return err;
    pthread_mutex_lock(&slot->lock);
    if (!is_there && slot->patient == patient) empty(slot);
    err = ready(tx, r, patient, true, slot);
    if (!err) err = cipher_seal_box(slot->cipher, ad, ad_bytes, plain, bytes, ret_box);
    pthread_mutex_unlock(&slot->lock);
    return err;
}

enum err patient_key_open(struct tx *tx, struct records *r, int64_t patient, const void *ad, size_t ad_bytes,
                          const void *box, size_t box_bytes, void *ret_plain)
{
    struct records_slot *slot = slot_of(r, patient);
    pthread_mutex_lock(&slot->lock);
    enum err err = ready(tx, r, patient, false, slot);
    if (!err) err = cipher_open_box(slot->cipher, ad, ad_bytes, box, box_bytes, ret_plain);
    pthread_mutex_unlock(&slot->lock);
    return err;
}

enum err patient_key_derive(struct tx *tx, struct records *r, int64_t patient, const void *salt,
                            size_t salt_bytes, const char *label, uint8_t ret_key[CIPHER_KEY_BYTES])
{
    struct records_slot *slot = slot_of(r, patient);
    uint8_t key[CIPHER_KEY_BYTES];
    pthread_mutex_lock(&slot->lock);
    if (tx->may_write && slot->patient == patient) empty(slot); /* it may be one that was rolled back */
    enum err err = key_of(tx, r, patient, true, key);
    pthread_mutex_unlock(&slot->lock);
    if (err) return err;
    digest_derive(key, sizeof key, salt, salt_bytes, label, ret_key, CIPHER_KEY_BYTES);
    mem_wipe(key, sizeof key);
    return OK;
}

enum err patient_key_destroy(struct tx *tx, struct records *r, int64_t patient)
{
    struct records_slot *slot = slot_of(r, patient);
    struct stmt *s;
    enum err err = db_stmt(
        tx->db,
        "UPDATE patient_key SET wrapped = NULL, destroyed = ?2 WHERE patient = ?1 AND destroyed IS NULL", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    stmt_instant(s, 2, tx->now);
    err = stmt_run(s);
    if (!err && db_changes(tx->db) == 0) err = ERR_NOT_FOUND;
    pthread_mutex_lock(&slot->lock);
    if (slot->patient == patient) empty(slot);
    pthread_mutex_unlock(&slot->lock);
    return err;
}
