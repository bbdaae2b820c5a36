/* session: who is asking. A browser's session (a cookie) or a program's token becomes a struct session at the start of
 * each request; a session's row lives until it is ended, or for a day after it ran out.
 *
 * The cookie holds 32 random bytes; the store keeps their SHA-256 only. What the browser must echo (csrf) and what resumes its
 * WebSocket (resume) are derived from the cookie's bytes by HMAC, so neither is stored. Functions that take a struct tx run
 * on a reader (find) or the desk (the rest). */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H
#include "auth/role.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

#define SESSION_COOKIE "__Host-yunqiao"
#define SESSION_TOKEN_TEXT STR_BASE64_BYTES(32)
#define SESSION_ID_TEXT 37

/* Strings live in the arena given to session_find. */
struct session {
    struct str account;       /* the account's id; at == NULL: nobody */
    struct str id;            /* of the session (site_notice.session names it), or of the bearer token */
    struct str name, display; /* of the account */
    struct role_set roles;
    bool is_token;                 /* a program with a bearer token: no CSRF, no idle clock, no resume */
    char csrf[SESSION_TOKEN_TEXT]; /* what X-CSRF-Token must be; empty for a token */
    char resume
        [SESSION_TOKEN_TEXT]; /* names this session to the WebSocket after a loss; a secret; empty for a token */
    struct instant started, seen, ends; /* seen: the last request; ends: whatever is asked meanwhile */
    struct instant stored_seen;         /* seen as the store has it, up to half a minute behind */
    struct instant idle_ends;           /* when it ends if nothing is asked; 0 for a token */
    struct instant before;              /* the login before this one; 0: none */
    struct str before_from;
    int64_t failed_before; /* wrong tries between that login and this one */
};

/* A wall terminal is left after a minute without a touch, whatever the site allows its staff (rule 12). */
#define SESSION_TERMINAL_IDLE_S 60
int64_t session_idle_s(struct role_set roles, int64_t idle_s);

enum session_state {
    SESSION_NONE,    /* unknown, malformed, or ended by somebody */
    SESSION_EXPIRED, /* idled out, or too old */
    SESSION_LIVE
};

/* Reads the cookie's or the bearer's text. idle_seen: the last request in memory (auth/idle), which may be later than the
 * store's; idle_s: how long without one, of the site. Fills *ret when SESSION_LIVE; ret_state always on OK. */
struct idle;
enum err session_find(struct tx *tx, struct arena *arena, struct str cookie_header, struct str authorization,
                      struct idle *idle, int64_t idle_s, struct session *ret,
                      enum session_state *ret_state) MUST_USE;

struct session_start {
    struct str account, from, agent;
    int64_t ends_s;        /* the absolute end, from now */
    int64_t failed_before; /* told to the user: wrong tries since the last login */
};
/* Makes a session and gives the cookie's value, which exists nowhere else. Notes the login on the account. */
enum err session_new(struct tx *tx, const struct session_start *start, char ret_token[SESSION_TOKEN_TEXT],
                     char ret_id[SESSION_ID_TEXT]) MUST_USE;
enum err session_end(struct tx *tx, struct str account,
                     struct str id) MUST_USE; /* ERR_NOT_FOUND: not this account's */
/* Ends all of an account's but `but` (may be empty). */
enum err session_end_all(struct tx *tx, struct str account, struct str but, int64_t *ret_ended) MUST_USE;
/* Calls `each` with the id of every session of the account but `but`; its error ends the walk. */
enum err session_each(struct tx *tx, struct str account, struct str but,
                      enum err (*each)(void *ctx, struct str id), void *ctx) MUST_USE;
enum err session_touch(struct tx *tx, struct str id, struct instant seen) MUST_USE;
/* An array of {"id","started","seen","from","agent","current"} into an open object. */
enum err session_list(struct tx *tx, struct str account, struct str current, struct idle *idle,
                      int64_t idle_s, struct json_out *to) MUST_USE;
enum err session_count(struct tx *tx, int64_t idle_s, int64_t *ret_n) MUST_USE; /* live ones */

#endif
