/* epidemic: somebody who may have what spreads, as a Flag (R4; category EPIDEMIC_FLAG): read, begun, and moved from state to state by
 * scheduler/epidemic's table. Each change is the next version, whole. It bears no label of custody's: what custody learns of it is
 * desk/isolation's alone to say.
 *
 *   status      active until released
 *   code        the illness (EPIDEMIC_SYSTEM), subject, period from when it was found until released
 *   extension   LED_EPIDEMIC: state; onset, found, said (when this illness was first named), isolated, settled, well (since when without
 *               symptoms), reported, ended; negatives; place (Location of the isolation), number (of the report), by; was: the state before
 *               released; left: custody's word, where it ended because the person left
 *
 * Reading on a reader or the desk, writing on the desk; all in server->arena. `server` has no guard: who may is the caller's question. */
#ifndef DESK_EPIDEMIC_H
#define DESK_EPIDEMIC_H
#include "desk/sickcall.h"
#include "scheduler/epidemic.h"

#define EPIDEMIC_SYSTEM "urn:yunqiao:epidemic"
#define EPIDEMIC_LIST_MAX 500
#define EPIDEMIC_NUMBER_BYTES_MAX 60

extern const struct migration epidemic_migrations[]; /* 650 … */

struct epidemic_case {
    struct chart_item item;
    enum epidemic_state state;
    const struct epidemic_illness *illness;
    struct str patient;                                                          /* "Patient/x" */
    struct instant onset, found, said, isolated, settled, well, reported, ended; /* ms 0: not */
    uint8_t negatives;
    struct str place, number, by; /* place: a Location's id; number: the report's; by: who released */
    struct str was, left;         /* of what is over; left is empty where a doctor ended it */
};
/* ERR_NOT_FOUND: none of ours. */
enum err epidemic_read(struct tx *tx, struct record_reader *server, struct str id,
                       struct epidemic_case *ret) MUST_USE;
enum err epidemic_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                           struct epidemic_case *ret) MUST_USE;
bool epidemic_is_ours(const struct record_head *head, const struct tape *tape);
/* Rows of those that are not over, or ended since then; the newest first. */
enum err epidemic_rows(struct tx *tx, struct instant since, int64_t ret_rows[EPIDEMIC_LIST_MAX],
                       uint32_t *ret_n) MUST_USE;
/* By when it is to be told to the authority, of whoever has left too; ms 0: it is told, or need not be. */
struct instant epidemic_due(const struct epidemic_limits *limits, const struct epidemic_case *c);
bool epidemic_may_end(const struct epidemic_case *c, struct instant now, struct instant *ret_from);

/* What of a case is asked for often is derived from its record: of one that was written by another way (a demo, an import) too. */
enum err epidemic_note(struct tx *tx, const struct epidemic_case *c) MUST_USE;

struct epidemic_start {
    struct str patient; /* "Patient/x" */
    const struct epidemic_illness *illness;
    struct instant onset;
};
/* ERR_EXISTS: the same illness is open in the same patient. */
enum err epidemic_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct epidemic_start *start, struct epidemic_case *ret) MUST_USE;
struct epidemic_event {
    enum epidemic_verb verb;
    struct str place;                       /* isolate: a Location's id; may be empty */
    const struct epidemic_illness *illness; /* confirm: it is this one; NULL: as was suspected */
    struct str why;                         /* leave: custody's word, "released" */
};
/* *c is what it then is; ret_no: why not, and nothing is written. */
enum err epidemic_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct epidemic_case *c, const struct epidemic_event *e,
                         enum epidemic_no *ret_no) MUST_USE;
/* How it goes: since when without symptoms (ms 0: has them), negative tests in a row. ERR_DENIED: it is over. */
enum err epidemic_course_write(struct tx *tx, struct record_reader *server, struct epidemic_case *c,
                               struct instant well, uint8_t negatives) MUST_USE;
/* The authority was told, under this number. ERR_EXISTS: before already; ERR_DENIED: this need not be. */
enum err epidemic_report(struct tx *tx, struct record_reader *server, struct epidemic_case *c,
                         struct str number) MUST_USE;

#endif
