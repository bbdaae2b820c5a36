#include "store/secret.h"
#include "base/cipher.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/fact.h"
#include "store/inside.h"
#include "store/secret_own.h"
#include <stdio.h>

enum { LABEL_MAX = 64, FACT_BYTES = VAULT_KEY_NAME_BYTES + SECRET_BYTES + CIPHER_BOX_BYTES };

/* -- under a master key -- */

/* The key that wraps, from the master key of this name; at the active one when the name is empty. */
static bool wrapping_key(struct store *s, const char *name, uint8_t ret_key[CIPHER_KEY_BYTES],
                         char ret_name[VAULT_KEY_NAME_BYTES])
{
    bool found = false;
    pthread_mutex_lock(&s->tally.lock);
    for (size_t i = 0; i < keyfile_count(s->keys) && !found; i++) {
        const struct keyfile_key *key = keyfile_at(s->keys, i);
        found = !name[0] || strcmp(key->name, name) == 0;
        if (!found) continue;
        digest_derive(key->key, sizeof key->key, NULL, 0, "secret", ret_key, CIPHER_KEY_BYTES);
        memset(ret_name, 0, VAULT_KEY_NAME_BYTES);
        memcpy(ret_name, key->name, strlen(key->name));
    }
    pthread_mutex_unlock(&s->tally.lock);
    return found;
}

static enum err wrap(struct store *s, const char *label, const uint8_t secret[SECRET_BYTES],
                     uint8_t ret_fact[FACT_BYTES])
{
    uint8_t key[CIPHER_KEY_BYTES];
    bool found = wrapping_key(s, "", key, (char *)ret_fact);
    ASSERT(found);
    struct cipher *c = cipher_new(key);
    mem_wipe(key, sizeof key);
    if (!c) return ERR_NOMEM;
    enum err err =
        cipher_seal_box(c, label, strlen(label), secret, SECRET_BYTES, ret_fact + VAULT_KEY_NAME_BYTES);
    cipher_free(c);
    return err;
}

/* *ret_is_old: wrapped under another key than the active one. */
static enum err unwrap(struct store *s, const char *label, const uint8_t fact[FACT_BYTES],
                       uint8_t ret_secret[SECRET_BYTES], bool *ret_is_old)
{
    char name[VAULT_KEY_NAME_BYTES], active[VAULT_KEY_NAME_BYTES];
    uint8_t key[CIPHER_KEY_BYTES];
    memcpy(name, fact, sizeof name);
    name[sizeof name - 1] = 0;
    if (!name[0] || !wrapping_key(s, name, key, name)) return ERR_KEY;
    struct cipher *c = cipher_new(key);
    if (!c) return ERR_NOMEM;
    enum err err = cipher_open_box(c, label, strlen(label), fact + VAULT_KEY_NAME_BYTES,
                                   FACT_BYTES - VAULT_KEY_NAME_BYTES, ret_secret);
    cipher_free(c);
    (void)wrapping_key(s, "", key, active);
    mem_wipe(key, sizeof key);
    *ret_is_old = strcmp(name, active) != 0;
    return err == ERR_CORRUPT ? ERR_KEY : err;
}

/* -- as a fact -- */

struct asking {
    struct job job; /* first */
    struct store *store;
    const char *label;
    uint8_t secret[SECRET_BYTES];
};

static enum err put(struct store *s, struct db *db, const char *label, const uint8_t secret[SECRET_BYTES])
{
    char name[LABEL_MAX + 8];
    uint8_t fact[FACT_BYTES];
    enum err err = wrap(s, label, secret, fact);
    snprintf(name, sizeof name, "secret.%s", label);
    return err ? err : fact_put(db, name, fact, sizeof fact);
}

static enum err ask(struct job *job, struct tx *tx)
{
    struct asking *a = (struct asking *)job;
    char name[LABEL_MAX + 8];
    uint8_t fact[FACT_BYTES];
    bool is_old = false;
    snprintf(name, sizeof name, "secret.%s", a->label);
    enum err err = fact_get(tx->db, name, fact, sizeof fact);
    if (err == ERR_NOT_FOUND) {
        rnd_bytes(a->secret, sizeof a->secret);
        return put(a->store, tx->db, a->label, a->secret);
    }
    if (!err) err = unwrap(a->store, a->label, fact, a->secret, &is_old);
    if (!err && is_old) err = put(a->store, tx->db, a->label, a->secret);
    return err;
}

static void asked(struct job *job, enum err err)
{
    (void)job;
    (void)err;
}

enum err store_secret(struct store *s, const char *label, uint8_t ret_secret[SECRET_BYTES])
{
    struct asking a = {.job = {.run = ask, .done = asked}, .store = s, .label = label};
    ASSERT(strlen(label) < LABEL_MAX);
    enum err err = store_run(s, &a.job);
    if (!err) memcpy(ret_secret, a.secret, SECRET_BYTES);
    mem_wipe(a.secret, sizeof a.secret);
    return err;
}

/* -- a rotation -- */

enum { SECRETS_MAX = 16 };

static enum err rewrap_all(struct job *job, struct tx *tx)
{
    struct asking *a = (struct asking *)job;
    char labels[SECRETS_MAX][LABEL_MAX];
    int n = 0;
    bool row;
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT substr(name, 8) FROM fact WHERE name GLOB 'secret.*'", &s);
    if (err) return err;
    while (!(err = stmt_step(s, &row)) && row && n < SECRETS_MAX) {
        struct str label = stmt_get_str(s, 0);
        snprintf(labels[n++], LABEL_MAX, "%.*s", (int)label.bytes, label.at);
    }
    stmt_done(s);
    for (int i = 0; i < n && !err; i++) {
        a->label = labels[i];
        err = ask(job, tx);
    }
    return err;
}

enum err secrets_rewrap(struct store *s)
{
    struct asking a = {.job = {.run = rewrap_all, .done = asked}, .store = s};
    enum err err = store_run(s, &a.job);
    mem_wipe(a.secret, sizeof a.secret);
    return err;
}
