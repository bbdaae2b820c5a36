/* release_summary: what somebody who leaves for good takes along (workflow, step 17): a Task of the clinic's for each stay that is about to end, and the
 * summary that is signed for it (desk/handover). To custody there is none.
 *
 *   drafted (requested) -> signed (in-progress) -> handed over -> closed (completed)
 *   drafted -> on-hold, when the release is taken back before anybody has signed; drafted again when it is announced again
 *
 *   restriction.period.end   by when it is to be handed over: a day after the release was announced, and at once when they have left (decision
 *            0252); until then it is not late, and after it desk/escalate tells
 *   output   "summary" the Composition; "handed" when, "receipt" before whom; "agreed" whether the next clinic may have it, "to" which
 *
 * Results that are open when somebody has left become a Task of their own, "result-after-release". On the desk; reading on a reader too;
 * everything in the reader's arena. */
#ifndef DESK_RELEASE_SUMMARY_H
#define DESK_RELEASE_SUMMARY_H
#include "desk/sickcall.h"
#include "desk/stay_watch.h"

#define RELEASE_SUMMARY_LIST_MAX 200

enum release_state { RELEASE_DRAFTED, RELEASE_SIGNED, RELEASE_HANDED, RELEASE_CLOSED, RELEASE_STATES };
const char *release_state_text(enum release_state state); /* "drafted" */

struct release_summary {
    struct chart_item task;
    enum release_state state;
    struct str patient, summary, receipt,
        to; /* patient: "Patient/x"; summary: "Composition/x"; empty: not yet */
    struct instant asked, due, handed;
};

/* Called by desk/stay_watch. */
enum err release_stay_changed(struct tx *tx, struct record_reader *server,
                              const struct stay_change *change) MUST_USE;

/* ERR_NOT_FOUND: none of ours, or on hold. */
enum err release_summary_read(struct tx *tx, struct record_reader *server, struct str id,
                              struct release_summary *ret) MUST_USE;
/* Ids of those that are not closed and that the reader may see, oldest first. */
enum err release_summary_open(struct tx *tx, struct record_reader *who,
                              struct str ret_ids[RELEASE_SUMMARY_LIST_MAX], uint32_t *ret_n) MUST_USE;

/* *ret_may false: it stands otherwise, and nothing is written. */
enum err release_summary_signed(struct tx *tx, struct record_reader *server, struct release_summary *s,
                                struct str summary, bool *ret_may) MUST_USE;
enum err release_summary_handed(struct tx *tx, struct record_reader *server, struct release_summary *s,
                                struct str receipt, bool *ret_may) MUST_USE;
/* to: the next clinic, with the consent of whoever leaves; empty: it was refused, or there is none. */
enum err release_summary_close(struct tx *tx, struct record_reader *server, struct release_summary *s,
                               struct str to, bool *ret_may) MUST_USE;

#endif
