/* concern: somebody, or a cell, that the clinic is to look at, raised by what is no person: a sensing or management platform from outside
 * (api/signals), or the house itself. An R4 Task of the clinic (code TASK_SYSTEM|concern) with an hour by which it is to be seen; it bears
 * no label of custody's, so that nobody of custody reads it, and what is answered to who raised it is a state and no more.
 *
 *   requested: raised        -> received: seen        -> completed: done
 *
 *   reasonCode    what it is: a code below            for          Patient; absent where it is about a cell
 *   location      the cell, where one was said        authoredOn   when it was, by who raised it
 *   identifier    CONCERN_KEY "SOURCE/KEY"            restriction  period.end: to be seen by
 *   owner         who saw it                          businessStatus, lastModified
 *
 * The id is made of source and key: raised twice it is the same. Reading on a reader or the desk, writing on the desk; in server->arena.
 * `server` has no guard: who may is the caller's question. */
#ifndef DESK_CONCERN_H
#define DESK_CONCERN_H
#include "desk/chart.h"

#define CONCERN_SYSTEM "urn:yunqiao:concern"
#define CONCERN_KEY "urn:yunqiao:signal"
#define CONCERN_LIST_MAX 200
#define CONCERN_OURS "yunqiao" /* the source of what the house raises itself */

/* What a platform may report: "sleepless", "withdrawn", "restless", "crying", "not-eating", "fall", "fight", "self-harm", "unresponsive", "calls". */
bool concern_code_is(struct str code);
/* And of ours: "release-undone": a release was taken back after what it ends had been ended. */
#define CONCERN_RELEASE_UNDONE "release-undone"

enum concern_state { CONCERN_RAISED, CONCERN_SEEN, CONCERN_DONE };
struct concern {
    struct chart_item item;
    enum concern_state state;
    struct str code, patient, source; /* patient: "Patient/x" or empty; source: the name of who raised it */
    struct str cell, cell_words;      /* "Location/x"; empty: not said */
    struct instant at, raised, due, seen; /* at: when it was; raised: when it came here; seen ms 0: not yet */
    struct str by;                        /* who saw it: a name */
};
struct concern_start {
    struct str source, source_name, key; /* source: an account's id, or CONCERN_OURS */
    struct str code;
    struct str patient, cell; /* ids; one of them may be empty */
    struct instant at;
};
/* ret_again: it is there already; and then it is left as it is. */
enum err concern_raise(struct tx *tx, struct record_reader *server, const struct concern_start *start,
                       bool *ret_again, struct record_head *ret) MUST_USE;
/* The id of what this source raised under this key. */
#define CONCERN_ID_BYTES 44
void concern_id(struct str source, struct str key, char ret_id[CONCERN_ID_BYTES]);
/* ERR_NOT_FOUND: no concern. */
enum err concern_read(struct tx *tx, struct record_reader *server, struct str id,
                      struct concern *ret) MUST_USE;
/* Seen, or done (which is seen too). *ret_may false: it is so already, or over; then nothing is written. */
enum err concern_take(struct tx *tx, struct record_reader *server, const struct concern *c, bool is_done,
                      struct str account, struct str display, bool *ret_may,
                      struct record_head *ret) MUST_USE;
/* Rows of those that are not done, by the hour by which they are to be seen. */
enum err concern_open(struct tx *tx, struct record_reader *server, int64_t ret_rows[CONCERN_LIST_MAX],
                      uint32_t *ret_n) MUST_USE;
const char *
concern_state_text(enum concern_state state); /* "received", "seen", "done": what who raised it may know */

#endif
