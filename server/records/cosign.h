/* cosign: who is asked to sign one version of a record together (a joint opinion: workflow, step 12). Each signs the same canonical
 * bytes (records/seal) or says once why not: a recorded dissent. A version is whole when nobody is waited for and somebody signed.
 * list and waiting on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_COSIGN_H
#define RECORDS_COSIGN_H
#include "base/json.h"
#include "records/guard.h"
#include "records/record.h"

#define COSIGNERS_MAX 12
#define COSIGN_WAITING_MAX 100

/* ERR_EXISTS: asked before, or has signed; ERR_LIMIT; ERR_BAD_INPUT: no such account. */
enum err cosign_ask(struct tx *tx, const struct record_head *head, struct str account,
                    struct str by) MUST_USE;
/* ERR_NOT_FOUND: was not asked; ERR_EXISTS: has signed or dissented. */
enum err cosign_dissent(struct tx *tx, int64_t version, struct str account, struct str reason) MUST_USE;
/* Who was asked, as asked, and what each answered (ms 0: not so); in the arena. */
struct cosigner {
    struct str account, display, dissent;
    struct instant asked, signed_at, dissented;
};
enum err cosign_people(struct tx *tx, struct arena *arena, int64_t version,
                       struct cosigner ret[COSIGNERS_MAX + 1], uint32_t *ret_n) MUST_USE;
/* {"account":{…},"asked","asked_by":{…},"signed","dissented","dissent"} for each, as asked. ret_waiting: how many have not answered. */
enum err cosign_list(struct tx *tx, int64_t version, struct json_out *to, int64_t *ret_waiting) MUST_USE;
/* {"type","id","version","patient","asked","asked_by":{…}} for each current version that waits for the account and that the guard lets
 * it see, oldest first. */
enum err cosign_waiting(struct tx *tx, struct arena *arena, const struct guard *guard, struct str account,
                        struct json_out *to) MUST_USE;

#endif
