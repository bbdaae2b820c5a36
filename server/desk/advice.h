/* advice: what becomes of each item that specialists advised (workflow, steps 12-15): the clinic's doctor orders it, one by one and by the
 * ways that orders have anyway, or declines it and says why; what was ordered is done in the end. Each item is a Task beside the signed
 * opinion, made with its first signature:
 *
 *   open (requested) -> ordered (accepted) -> done (completed)        open -> declined (rejected, with a reason)
 *   ordered -> open again when what was ordered was refused or called off (advice_reopen)
 *
 * What was ordered is the Task's output: a MedicationRequest, a ServiceRequest, a follow-up's Task; of other advice there is none. On the
 * desk, but for list and write. */
#ifndef DESK_ADVICE_H
#define DESK_ADVICE_H
#include "desk/opinion.h"

#define TASK_SYSTEM "urn:yunqiao:task"
#define ADVICE_FOLLOW_UP_ID "followup" /* of the opinion's part of that name, which is advice too */
#define ADVICE_MAX (OPINION_ITEMS_MAX + 1)

enum advice_state { ADVICE_OPEN, ADVICE_ORDERED, ADVICE_DECLINED, ADVICE_DONE, ADVICE_STATES };
const char *advice_state_name(enum advice_state state);

struct advice {
    struct chart_item task;
    struct str id; /* of the item */
    enum opinion_kind kind;
    struct str words, due; /* due: as the specialists wrote it */
    enum advice_state state;
    struct str reason, by;   /* of a decision; by: display */
    struct str at;           /* as FHIR writes it */
    struct str order;        /* "MedicationRequest/…", or empty */
    struct str order_status; /* of it, as FHIR has it */
};

/* A Task for each item of the signed text. */
enum err advice_begin(struct tx *tx, struct record_reader *all, const struct opinion *o) MUST_USE;
/* Those of the opinion, in its order. */
enum err advice_list(struct tx *tx, struct record_reader *all, const struct opinion *o,
                     struct advice ret[ADVICE_MAX], uint32_t *ret_n) MUST_USE;
/* "advice": [{"id","kind","words","due","state","reason","by","at","order","order_status"}] into an open object. */
enum err advice_write(struct tx *tx, struct record_reader *all, const struct opinion *o,
                      struct json_out *to) MUST_USE;
/* ERR_NOT_FOUND. */
enum err advice_find(struct tx *tx, struct record_reader *all, const struct opinion *o, struct str id,
                     struct advice *ret) MUST_USE;

/* False: it stands otherwise. order: a reference, or empty. */
enum err advice_order(struct tx *tx, struct record_reader *all, const struct advice *a,
                      const struct opinion_by *by, struct str order, bool *ret_may) MUST_USE;
enum err advice_decline(struct tx *tx, struct record_reader *all, const struct advice *a,
                        const struct opinion_by *by, struct str reason, bool *ret_may) MUST_USE;
enum err advice_done(struct tx *tx, struct record_reader *all, const struct advice *a,
                     const struct opinion_by *by, bool *ret_may) MUST_USE;
/* What was ordered of it came to nothing: the advice that has this order (a reference) is open again, with that reason; it is decided anew. Of a
 * visit of this patient's, both as references; without a visit, and of an order that no advice has, nothing happens. by: its account may be
 * empty, when nobody did it. */
struct advice_undone {
    struct str patient, visit, order, reason;
};
enum err advice_reopen(struct tx *tx, struct record_reader *all, const struct opinion_by *by,
                       const struct advice_undone *u) MUST_USE;

/* An examination asked for: a ServiceRequest in force. */
enum err advice_examine(struct tx *tx, struct record_reader *all, const struct opinion *p,
                        const struct opinion_by *by, struct str words, struct record_head *ret) MUST_USE;

/* What keeps the consultation from being closed. On a reader or the desk. */
struct opinion_ends {
    bool is_unsigned,
        is_unreleased; /* the opinion is not final; the patient has not been told, nor was it decided not yet to */
    uint32_t undecided; /* advice */
};
enum err opinion_open_ends(struct tx *tx, struct record_reader *all, const struct opinion *o,
                           struct opinion_ends *ret) MUST_USE;

#endif
