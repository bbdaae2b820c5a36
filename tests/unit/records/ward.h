/* ward: a fresh sealed store with the tables of auth and of the guard, without threads, and a few accounts. */
#ifndef TESTS_RECORDS_WARD_H
#define TESTS_RECORDS_WARD_H
#include "auth/account.h"
#include "store/store.h"

struct ward {
    struct store *store;
    struct arena *arena;
    char doctor[ACCOUNT_ID_TEXT], nurse[ACCOUNT_ID_TEXT], specialist[ACCOUNT_ID_TEXT],
        officer[ACCOUNT_ID_TEXT];
};

enum err ward_open(struct ward *w) MUST_USE; /* the fake clock starts at 2026-11-23T07:24:07Z */
void ward_close(struct ward *w);
typedef enum err ward_body(struct tx *tx, void *with);
enum err ward_write(struct ward *w, ward_body *body, void *with) MUST_USE;
enum err ward_exec(struct ward *w, const char *sql) MUST_USE; /* past all code */

#endif
