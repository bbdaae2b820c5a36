/* trail: reading the audit chain: newest first (or oldest, where that is asked for), filtered, with the names behind the ids. On a reader or the desk. The rows themselves
 * belong to store/audit; here they are only found and joined with accounts. Blocks of the chain in which nothing can match are passed
 * over (store/audit_chain.h), so what is asked of one person, one action or one patient costs what it finds. */
#ifndef AUTH_TRAIL_H
#define AUTH_TRAIL_H
#include "base/json.h"
#include "store/store.h"

#define TRAIL_PAGE 50

struct trail_query {
    struct str actor;        /* an account's id or name; empty: any */
    struct str action;       /* "login", or "account." for all that begin so; empty: any */
    int64_t subject;         /* whose record it was about (audit_row.subjects); 0: any */
    int outcome;             /* enum audit_outcome; -1: any */
    struct instant from, to; /* [from, to); 0: open */
    int64_t before;          /* a sequence number; 0: from the newest */
    int64_t after;           /* likewise; 0: from the oldest */
    bool is_oldest_first;
};
struct trail_row {
    int64_t seq;
    struct instant at;
    struct str actor, name, display; /* account's id, login name, name; empty: nobody was known */
    struct str role, from, action, target, detail, hash;
    enum audit_outcome outcome;
};
/* Called for each row; what it points to lives until it returns. *more false ends the walk; true when called. */
typedef enum err trail_take(void *ctx, const struct trail_row *row, bool *more);
enum err trail_walk(struct tx *tx, const struct trail_query *query, trail_take *take, void *ctx) MUST_USE;

void trail_write(const struct trail_row *row, struct json_out *to); /* as PROTOCOL §6 has it */
/* Objects into an open array, at most TRAIL_PAGE. ret_next: the `before` of the next page, 0 at the end. */
enum err trail_list(struct tx *tx, const struct trail_query *query, struct json_out *to, int64_t *ret_next,
                    int64_t *ret_n) MUST_USE;
/* The newest row with exactly this action: when, and its detail in the arena. ERR_NOT_FOUND. */
struct arena;
enum err trail_last(struct tx *tx, struct arena *arena, const char *action, struct instant *ret_at,
                    struct str *ret_detail) MUST_USE;
bool trail_outcome_from(struct str name, int *ret_outcome);
const char *trail_outcome_name(enum audit_outcome outcome);

#endif
