/* inbox: every event that a registry has sent, each once, for ever, and the letters that could not be taken. What a person's stay is stands in
 * no row here: it is folded anew from the events (registry/stay), so nothing can be applied twice or in the wrong order (rule 39).
 *
 *     registry_event    one for each (source, control)         never changed, never deleted
 *     registry_letter   what could not be taken, with why      open -> taken | set-aside; its text goes with it
 *
 * Functions that write: on the desk, in the job's transaction; the others on a reader too. Texts that are returned live in the arena. */
#ifndef REGISTRY_INBOX_H
#define REGISTRY_INBOX_H
#include "registry/event.h"
#include "store/store.h"

#define INBOX_SOURCE_BYTES_MAX 40 /* [a-z0-9-]: the name that the site gave an adapter */
#define INBOX_EVENTS_MAX 4096     /* of one person: beyond any that is true */
#define INBOX_LETTER_BYTES_MAX 262144
#define INBOX_LETTERS_MAX 10000 /* open ones; more are counted, not kept */

extern const struct migration registry_migrations[]; /* 600 …; ends with number 0 */

enum inbox_found {
    INBOX_NEW,
    INBOX_AGAIN,   /* there already, and says the same: to be answered as it was then */
    INBOX_DIFFERS, /* there already, and says something else: the sender has used a number twice */
};
/* ERR_LIMIT: more events of a person than there may be. */
enum err inbox_put(struct tx *tx, struct str source, const struct event *e, enum inbox_found *ret) MUST_USE;

/* All of one person's number, or of its one stay (stay empty: of all): in no order. */
enum err inbox_events(struct tx *tx, struct arena *arena, struct str source, struct str number,
                      struct str stay, struct event **ret, size_t *ret_n) MUST_USE;
/* The ids of a number's stays, by id. */
enum err inbox_stays(struct tx *tx, struct arena *arena, struct str source, struct str number,
                     struct str **ret, size_t *ret_n) MUST_USE;

/* How far the registry was asked (desk/registry_poll): its own word for it, empty before the first. At most INBOX_CURSOR_BYTES_MAX. */
#define INBOX_CURSOR_BYTES_MAX 200
enum err inbox_cursor(struct tx *tx, struct arena *arena, struct str source, struct str *ret) MUST_USE;
enum err inbox_cursor_put(struct tx *tx, struct str source, struct str cursor) MUST_USE;

/* -- dead letters -- */
enum letter_state { LETTER_OPEN, LETTER_TAKEN, LETTER_SET_ASIDE };
struct letter {
    int64_t id;
    struct instant received, settled; /* settled: 0 while open */
    struct str source;
    enum letter_state state;
    struct str code, place, words; /* what was wrong (struct event_fault) */
    struct str control;            /* empty: unknown */
    size_t line;                   /* of a file; 0: none */
    size_t bytes;                  /* of its text; 0 once it is settled */
};
/* ret_id 0: there are too many open ones; it was counted only. The same text of the same source that is still open is the same letter. */
enum err letter_put(struct tx *tx, const struct letter *l, struct str text, int64_t *ret_id) MUST_USE;
/* Newest first, those before an id (0: all), of that state (-1: any). */
enum err letter_list(struct tx *tx, struct arena *arena, int state, int64_t before, size_t most,
                     struct letter *ret, size_t *ret_n) MUST_USE;
/* ERR_NOT_FOUND: none such. */
enum err letter_find(struct tx *tx, struct arena *arena, int64_t id, struct letter *ret,
                     struct str *ret_text) MUST_USE;
/* ERR_DENIED: it is settled already. */
enum err letter_settle(struct tx *tx, int64_t id, enum letter_state state) MUST_USE;
enum err letter_count(struct tx *tx, int64_t *ret_open, int64_t *ret_dropped) MUST_USE;

#endif
