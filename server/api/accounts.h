/* accounts: what the security admin's endpoints share. */
#ifndef API_ACCOUNTS_H
#define API_ACCOUNTS_H
#include "api/request.h"
#include "auth/account.h"
#include "auth/password.h"

/* "roles" of the body: each known, none twice, at least one; else r->fault is set. */
bool accounts_read_roles(struct request *r, struct role_set *ret_roles);
const char *accounts_target(struct request *r, struct str id);               /* NULL: out of memory */
const char *accounts_roles_detail(struct request *r, struct role_set roles); /* NULL: out of memory */
/* A one-time password and its hash, on an errand thread. */
void accounts_one_time(struct request *r, struct role_set roles, char password[PASSWORD_ONE_TIME_TEXT],
                       char hash[PASSWORD_HASH_TEXT]);
/* 409 with the store's word; returns err, so that nothing half-written stays. */
enum err accounts_refuse(struct request *r, enum err err, const char *code) MUST_USE;
/* {"account":{…}} or with the one-time password. */
enum err accounts_answer(struct request *r, struct tx *tx, int status, struct str id,
                         const char *password) MUST_USE;

#endif
