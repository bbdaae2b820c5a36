/* opened: who opened one person's record, in the words of whom it belongs to (rule 12): rows of the trail about the own record, one after
 * the other of one person within half an hour drawn together, newest first. On a reader.
 *
 *   {"who":{"display","role","organisation","own"},"first","last","kinds":{"read":12,"write":1,…},"glass":{"state","reason"}|null}
 *
 * who.display NULL: no account (the site itself). kinds: read write order sign print export share emergency erase. glass: the break-glass of
 * this person; its reason is told once the privacy officer has looked at it and let it be told: state waiting, withheld or told. */
#ifndef DESK_OPENED_H
#define DESK_OPENED_H
#include "base/arena.h"
#include "base/json.h"
#include "records/record.h"

#define OPENED_PAGE 30

struct opened_ask {
    int64_t patient;    /* row of the own Patient */
    struct str account; /* the reader's own */
    struct str site;    /* what clinic staff belong to */
    int64_t before;     /* 0: from the newest */
};
/* Objects into an open array, at most OPENED_PAGE. ret_next 0: that was all. */
enum err opened_list(struct tx *tx, struct record_reader *server, const struct opened_ask *ask,
                     struct json_out *to, int64_t *ret_next) MUST_USE;

#endif
