/* keyfile: the master keys of a store, in a text file apart from the data (DIR.key), mode 0600.
 *
 *   yunqiao-keys 1
 *   active 2026-11-23T07:24:07.031Z k-4f2a9c 8f…64 hex digits
 *   retired 2026-08-01T00:00:00.000Z k-77aa01 03…
 *   check 9a5c…16 hex digits, the first 8 bytes of SHA-256 over the lines above
 *
 * Exactly one active key, first; retired ones follow, newest first. Names are unique, 1-15 of [a-z0-9-]. A
 * struct keyfile lives in memory that is locked (never swapped) and wiped when freed. One thread at a time.
 * Errors: ERR_NOT_FOUND: no file; ERR_KEY: anything wrong with it (kind, owner, mode, place, content); ret_why
 * gets a sentence an operator can act on. */
#ifndef STORE_KEYFILE_H
#define STORE_KEYFILE_H
#include "base/clock.h"
#include "base/err.h"
#include "store/vault.h"
#include <stdbool.h>

#define KEYFILE_KEYS_MAX 15 /* one fewer than a vault holds: room for the next */
#define KEYFILE_BYTES_MAX 4096

struct keyfile_key {
    char name[VAULT_KEY_NAME_BYTES];
    struct instant created;
    uint8_t key[VAULT_KEY_BYTES];
};
struct keyfile;

/* A keyfile in memory with one fresh active key. */
enum err keyfile_new(struct keyfile **ret_keys) MUST_USE;
void keyfile_free(struct keyfile *k); /* NULL allowed; wiped */

/* data_dir: the path must not lie inside it (NULL: not checked). Refuses a symbolic link, another owner, and any
 * right of group or others. */
enum err keyfile_read(const char *path, const char *data_dir, struct keyfile **ret_keys,
                      char ret_why[256]) MUST_USE;
/* Writes path.tmp, syncs, renames over path, syncs the folder: after a crash either the old or the new stands.
 * must_be_new: ERR_EXISTS when path is there. */
enum err keyfile_write(const struct keyfile *k, const char *path, const char *data_dir, bool must_be_new,
                       char ret_why[256]) MUST_USE;

/* The file's text, strictly: fuzzed. ERR_KEY. */
enum err keyfile_parse(const char *text, size_t bytes, struct keyfile **ret_keys, char ret_why[256]) MUST_USE;

size_t keyfile_count(const struct keyfile *k);
const struct keyfile_key *keyfile_at(const struct keyfile *k, size_t i); /* 0: the active one */
/* A fresh active key; the former is retired. ERR_LIMIT: forget one first. */
enum err keyfile_renew(struct keyfile *k) MUST_USE;
enum err keyfile_forget(struct keyfile *k, const char *name) MUST_USE; /* ERR_DENIED: the active one */
/* Gives all keys to the vault, so that the active one seals new files. */
enum err keyfile_load(const struct keyfile *k, struct vault *v) MUST_USE;

#endif
