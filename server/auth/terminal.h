/* terminal: a wall terminal of the house, where a detainee logs in by number and PIN. A security admin names one and gets a code for one
 * use; whoever types it there within its time makes that browser the terminal: it holds a key in a cookie of its own (32 random bytes;
 * the store keeps their SHA-256 alone). A new code for the same terminal takes the key of the old machine away once it is traded.
 * Revoked, it lets nobody in, and the sessions begun at it are over (rule 12; decision 0215).
 *
 * A device that knows people by their face may stand beside it: its public key is the terminal's, and what it says of who stands there is
 * auth/assertion's to check. find and list on a reader or the desk; the rest on the desk. Errors: ERR_NOT_FOUND, and the store's. */
#ifndef AUTH_TERMINAL_H
#define AUTH_TERMINAL_H
#include "base/arena.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/sign.h"
#include "store/store.h"

#define TERMINAL_COOKIE "__Host-yunqiao-terminal"
#define TERMINAL_KEY_TEXT STR_BASE64_BYTES(32)
#define TERMINAL_CODE_TEXT 11 /* ten digits + NUL */
#define TERMINAL_ID_TEXT 37
#define TERMINAL_DEVICE_ID_TEXT (2 * DIGEST_BYTES + 1)
#define TERMINAL_NAME_CHARS_MAX 40
#define TERMINAL_CODE_TTL_S 3600
#define TERMINAL_CODE_TTL_LEAST_S 60
#define TERMINAL_CODE_TTL_MOST_S 86400

/* Strings live in the arena it was read into. */
struct terminal {
    struct str id, name;
    struct str device; /* the public key of the device beside it, PEM; empty: none */
    enum sign_algorithm device_algorithm;
};

bool terminal_name_is(struct str name); /* 1 to 40 characters, none of them control characters */

/* By the cookie's header; at == NULL in ret->id: it names no terminal that is enrolled. */
enum err terminal_find(struct tx *tx, struct arena *arena, struct str cookie_header,
                       struct terminal *ret) MUST_USE;
/* By its id, enrolled or not; ERR_NOT_FOUND: unknown or revoked. */
enum err terminal_find_id(struct tx *tx, struct arena *arena, struct str id, struct terminal *ret) MUST_USE;

/* The oldest of that name that is not revoked; ERR_NOT_FOUND. */
enum err terminal_find_name(struct tx *tx, struct arena *arena, struct str name,
                            struct terminal *ret) MUST_USE;

struct terminal_made {
    char id[TERMINAL_ID_TEXT];
    char code[TERMINAL_CODE_TEXT]; /* a secret; shown once */
    struct instant ends;
};
/* by: the account that made it; empty: the operator. */
enum err terminal_new(struct tx *tx, struct str name, struct str by, int64_t ttl_s,
                      struct terminal_made *ret) MUST_USE;
/* One more code for a terminal that is not revoked. */
enum err terminal_code_new(struct tx *tx, struct str id, int64_t ttl_s, struct terminal_made *ret) MUST_USE;
/* Trades the code for the key. ERR_NOT_FOUND: unknown, used, too old. */
enum err terminal_enrol(struct tx *tx, struct arena *arena, struct str code, struct str from,
                        struct terminal *ret, char ret_key[TERMINAL_KEY_TEXT]) MUST_USE;
/* And the sessions begun at it are over. */
enum err terminal_revoke(struct tx *tx, struct str id) MUST_USE;
/* public: PEM of a key of the algorithm, ERR_BAD_INPUT when it is none; empty: takes it away. */
enum err terminal_set_device(struct tx *tx, struct str id, enum sign_algorithm algorithm,
                             struct str public) MUST_USE;

/* What such a device calls its key by: the SHA-256 of its DER, in hex. False: no PEM of a public key. */
bool terminal_device_id(struct str public, char ret_id[TERMINAL_DEVICE_ID_TEXT]);

/* The session was begun at it. */
enum err terminal_note_session(struct tx *tx, struct str id, struct str session) MUST_USE;
/* Calls `each` with the id and the account of every session begun at it; its error ends the walk. */
enum err terminal_each_session(struct tx *tx, struct str id,
                               enum err (*each)(void *ctx, struct str session, struct str account),
                               void *ctx) MUST_USE;

/* {"id","name","state","created","code_ends","enrolled","seen","from","device","device_id"} for each, by name, into an open array. */
enum err terminal_list(struct tx *tx, struct json_out *to) MUST_USE;

#endif
