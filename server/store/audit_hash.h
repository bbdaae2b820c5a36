/* audit_hash: an audit row with its place in the chain, and the hash over both (store/audit_chain.h draws the
 * bytes). Shared by who appends and who verifies; server/store only. */
#ifndef STORE_AUDIT_HASH_H
#define STORE_AUDIT_HASH_H
#include "store/audit.h"

#define AUDIT_TEXTS 6 /* actor, role, from, action, target, detail */

struct audit_full {
    struct audit_head head;
    int64_t outcome;
    struct str texts[AUDIT_TEXTS];
};

/* Over the hash before and all of the row but its own hash. d has been begun, and is again. */
struct digest_value audit_hash(struct digest *d, const struct digest_value *before,
                               const struct audit_full *row);

#endif
