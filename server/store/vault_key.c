/* Keys: which master key opens a file, and what is derived from it.
 *
 * The prefix of a main file: "YV" | format | mark 4 | salt 9. The mark tells which master key it belongs to: a
 * keyed hash of the rest. */
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/vault_file.h"

enum { FORMAT_AT = 2, MARK_AT = 3, SALT_AT = MARK_AT + MARK_BYTES };

static int key_find(const struct vault *v, const char *name)
{
    for (int i = 0; i < v->key_count; i++)
        if (strcmp(v->keys[i].name, name) == 0) return i;
    return -1;
}

static void key_remove(struct vault *v, int i)
{
    memmove(v->keys + i, v->keys + i + 1, (size_t)(v->key_count - i - 1) * sizeof *v->keys);
    v->key_count--;
    mem_wipe(v->keys + v->key_count, sizeof *v->keys);
}

enum err vault_add_key(struct vault *v, const uint8_t key[VAULT_KEY_BYTES], const char *name)
{
    enum err err = OK;
    if (strlen(name) >= VAULT_KEY_NAME_BYTES) return ERR_LIMIT;
    pthread_mutex_lock(&v->lock);
    int old = key_find(v, name);
    if (old >= 0) key_remove(v, old);
    if (v->key_count == VAULT_KEYS_MAX) {
        err = ERR_LIMIT;
    } else {
        struct vault_key *k = &v->keys[v->key_count++];
        memcpy(k->key, key, VAULT_KEY_BYTES);
        memcpy(k->name, name, strlen(name) + 1);
    }
    pthread_mutex_unlock(&v->lock);
    return err;
}

enum err vault_forget_key(struct vault *v, const char *name)
{
    pthread_mutex_lock(&v->lock);
    int i = key_find(v, name);
    if (i >= 0) key_remove(v, i);
    pthread_mutex_unlock(&v->lock);
    return i >= 0 ? OK : ERR_NOT_FOUND;
}

static void key_mark(const struct vault_key *k, const uint8_t *prefix, uint8_t ret_mark[MARK_BYTES])
{
    uint8_t salt[PREFIX_BYTES];
    memcpy(salt, prefix, PREFIX_BYTES);
    memset(salt + MARK_AT, 0, MARK_BYTES);
    digest_derive(k->key, sizeof k->key, salt, sizeof salt, "yunqiao vault mark 1", ret_mark, MARK_BYTES);
}

/* Takes the file's keys from the master key that its prefix names; under the vault's lock. */
static int key_take(struct vault_file *f, const struct vault_key *k, const uint8_t *prefix)
{
    struct file_keys *keys = mem_alloc(sizeof *keys);
    if (!keys) return SQLITE_NOMEM;
    digest_derive(k->key, sizeof k->key, prefix, PREFIX_BYTES, "yunqiao vault page 1", keys->page,
                  VAULT_KEY_BYTES);
    digest_derive(k->key, sizeof k->key, prefix, PREFIX_BYTES, "yunqiao vault log 1", keys->log,
                  VAULT_KEY_BYTES);
    digest_derive(k->key, sizeof k->key, prefix, PREFIX_BYTES, "yunqiao vault sums 1", keys->sums,
                  VAULT_KEY_BYTES);
    f->cipher = cipher_new(keys->page);
    if (!f->cipher) {
        mem_wipe_free(keys, sizeof *keys);
        return SQLITE_NOMEM;
    }
    f->keys = keys;
    memcpy(f->prefix, prefix, PREFIX_BYTES);
    memcpy(f->key_name, k->name, sizeof f->key_name);
    f->is_ready = true;
    return SQLITE_OK;
}

/* SQLITE_NOTADB: no vault's file; SQLITE_AUTH: none of our keys. */
static int prefix_take(struct vault_file *f, const uint8_t *prefix)
{
    uint8_t mark[MARK_BYTES];
    struct vault *v = f->vault;
    int rc = SQLITE_AUTH;
    if (prefix[0] != 'Y' || prefix[1] != 'V' || prefix[FORMAT_AT] != FORMAT_XAES_4096) return SQLITE_NOTADB;
    pthread_mutex_lock(&v->lock);
    for (int i = v->key_count - 1; i >= 0 && rc == SQLITE_AUTH; i--) {
        key_mark(&v->keys[i], prefix, mark);
        if (memcmp(mark, prefix + MARK_AT, MARK_BYTES) == 0) rc = key_take(f, &v->keys[i], prefix);
    }
    pthread_mutex_unlock(&v->lock);
    return rc;
}

int vault_new_prefix(struct vault_file *f)
{
    uint8_t prefix[PREFIX_BYTES] = {'Y', 'V', FORMAT_XAES_4096};
    struct vault *v = f->vault;
    int rc = SQLITE_AUTH;
    rnd_bytes(prefix + SALT_AT, PREFIX_BYTES - SALT_AT);
    pthread_mutex_lock(&v->lock);
    if (v->key_count > 0) {
        const struct vault_key *newest = &v->keys[v->key_count - 1];
        key_mark(newest, prefix, prefix + MARK_AT);
        rc = key_take(f, newest, prefix);
    }
    pthread_mutex_unlock(&v->lock);
    return rc;
}

int vault_ready(struct vault_file *f)
{
    uint8_t prefix[PREFIX_BYTES];
    int64_t size = 0;
    if (f->is_ready) return SQLITE_OK;
    if (f->kind == FILE_LOG) {
        int rc = vault_ready(f->db);
        if (rc == SQLITE_OK) rc = f->db->is_ready ? vault_wal_start(f) : SQLITE_IOERR_DATA;
        f->is_ready = rc == SQLITE_OK;
        return rc;
    }
    int rc = under_size(f, &size);
    if (rc != SQLITE_OK || size == 0) return rc;
    rc = under_read(f, prefix, PREFIX_BYTES, 0);
    if (rc == SQLITE_IOERR_SHORT_READ) return SQLITE_NOTADB;
    return rc == SQLITE_OK ? prefix_take(f, prefix) : rc;
}
