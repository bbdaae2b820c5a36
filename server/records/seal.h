/* seal: a person's signature over one version of a record (rules 21, 22). What is signed is one text: a line that says who, in what role,
 * when, over which version, and the canonical bytes of the body.
 *
 *   yunqiao seal 1 Composition/ab12 version=3 account=… role=specialist at=2026-11-26T10:20:30.000Z algorithm=ecdsa-p256-sha256\n
 *   {"author":[…],"date":…}
 *
 * Canonical: members sorted by the bytes of their names, no blanks, numbers and escapes as written. Key, text and value are given out,
 * and the openssl command checks them (docs/PROTOCOL). Several people may sign one version: a joint opinion. Signatures are rows that
 * nothing changes. key and sign on the desk; the rest on a reader or the desk. */
#ifndef RECORDS_SEAL_H
#define RECORDS_SEAL_H
#include "base/json.h"
#include "base/sign.h"
#include "records/record.h"

/* Appends the canonical bytes of a node. ERR_NOMEM, ERR_LIMIT (the buf's). */
enum err seal_canonical(const struct tape *tape, uint32_t node, struct arena *arena, struct buf *to) MUST_USE;

struct seal_ask {
    const struct record *record; /* head and body of the version */
    struct str account;
    const char *role;
    enum sign_algorithm algorithm;
};
/* Makes the person's key when there is none yet. ERR_EXISTS: this person signed this version before. */
enum err seal_sign(struct tx *tx, struct arena *arena, const struct seal_ask *ask, int64_t *ret_id) MUST_USE;

/* A person's signature over a text that is no record's: what was handed out (desk/extract). Nothing is kept of it but the key. */
struct seal_text {
    uint8_t value[SIGN_VALUE_BYTES_MAX]; /* DER */
    size_t value_bytes;
    char public[SIGN_PUBLIC_TEXT]; /* PEM */
};
enum err seal_text(struct tx *tx, struct str account, enum sign_algorithm algorithm, struct str text,
                   struct seal_text *ret) MUST_USE;

/* A signature as it is read, checked against the body as it stands; its texts live as long as the call. */
struct seal {
    int64_t id;
    struct str account, display, role;
    struct instant at;
    enum sign_algorithm algorithm;
    struct str value, public, text; /* DER, PEM, and what was signed */
    bool holds;
};
typedef void seal_take(void *ctx, const struct seal *seal);
/* Each signature of the version, oldest first. */
enum err seal_each(struct tx *tx, struct arena *arena, const struct record *record, seal_take *take,
                   void *ctx) MUST_USE;
/* {"id","account":{…},"role","at","algorithm","public","value" (base64url),"text","holds"} for each signature of the version. */
enum err seal_list(struct tx *tx, struct arena *arena, const struct record *record, struct json_out *to,
                   int64_t *ret_n) MUST_USE;

#endif
