/* home: a fresh sealed store with auth's tables, without threads: each step runs as a transaction of its own on the test's thread. */
#ifndef TESTS_AUTH_HOME_H
#define TESTS_AUTH_HOME_H
#include "auth/account.h"
#include "store/store.h"

struct home {
    struct store *store;
    struct arena *arena;
};

/* NULL fields after a failure. The fake clock starts at 2026-11-23T07:24:07Z. */
enum err home_open(struct home *h) MUST_USE;
void home_close(struct home *h);

/* Runs the body in a writing (reading) transaction. */
typedef enum err home_body(struct tx *tx, void *with);
enum err home_write(struct home *h, home_body *body, void *with) MUST_USE;
enum err home_read(struct home *h, home_body *body, void *with) MUST_USE;
enum err home_exec(struct home *h, const char *sql) MUST_USE; /* straight at the store, past all code */
int64_t home_int(struct home *h, const char *sql); /* the first column of the first row; -1: none */

/* An account with these roles and a password hash that fits nothing. */
enum err home_account(struct home *h, const char *name, uint32_t role_bits, struct account *ret) MUST_USE;
enum err home_find(struct home *h, const char *name, struct account *ret) MUST_USE;

#endif
