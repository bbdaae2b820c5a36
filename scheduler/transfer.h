/* transfer: what becomes of somebody's way to a hospital outside (workflow, step 14), as a table. Values; any thread.
 *
 *   needed -> approved -> ready -> departed -> at-hospital -> returned       approved: a doctor of the clinic says that it is right
 *        `--> arranged --^                        |-> admitted -> returned   arranged: the duty command says who brings them, and when
 *
 * The two come in either order. Neither overrules the other: custody that cannot bring somebody says so, and it is arranged again; what the
 * doctor approved stands. An emergency does not wait for either: it departs at once, and what is missing follows, wherever the patient is by
 * then. Until they leave, the patient may refuse and the clinic may call it off. The table is printed in docs/STATES. */
#ifndef SCHEDULER_TRANSFER_H
#define SCHEDULER_TRANSFER_H
#include "base/buf.h"
#include "base/clock.h"

enum transfer_state {
    TRANSFER_NEEDED,
    TRANSFER_APPROVED,
    TRANSFER_ARRANGED,
    TRANSFER_READY, /* both */
    TRANSFER_DEPARTED,
    TRANSFER_AT_HOSPITAL,
    TRANSFER_ADMITTED,
    TRANSFER_RETURNED,
    TRANSFER_REFUSED,
    TRANSFER_CALLED_OFF,
    TRANSFER_STATES
};
enum transfer_verb {
    TRANSFER_DO_APPROVE,
    TRANSFER_DO_ARRANGE,
    TRANSFER_DO_FAIL, /* custody cannot */
    TRANSFER_DO_DEPART,
    TRANSFER_DO_ARRIVE,
    TRANSFER_DO_ADMIT,
    TRANSFER_DO_RETURN,
    TRANSFER_DO_REFUSE,
    TRANSFER_DO_CALL_OFF,
    TRANSFER_VERBS
};
enum transfer_no {
    TRANSFER_YES,
    TRANSFER_NO_APPROVED,
    TRANSFER_NO_UNAPPROVED,
    TRANSFER_NO_UNARRANGED,
    TRANSFER_NO_NEITHER,
    TRANSFER_NO_STAYING, /* they have not left */
    TRANSFER_NO_ON_WAY,
    TRANSFER_NO_THERE,
    TRANSFER_NO_BACK,
    TRANSFER_NO_OVER,
    TRANSFER_NO_UNASKED, /* the patient has not been asked: a fact, not of the table */
    TRANSFER_NOS
};
struct transfer_facts {
    enum transfer_state state;
    bool is_emergency, is_approved;
};

/* Where the verb leads; another answer than TRANSFER_YES: nowhere. */
enum transfer_no transfer_decide(const struct transfer_facts *f, enum transfer_verb verb,
                                 enum transfer_state *ret_to);
const char *transfer_state_text(enum transfer_state s); /* "at-hospital" */
bool transfer_state_from(struct str text, enum transfer_state *ret);
bool transfer_verb_from(struct str text, enum transfer_verb *ret); /* "call-off" */
const char *transfer_no_text(enum transfer_no n);
static inline bool transfer_is_waiting(enum transfer_state s) /* nobody has left */
{
    return s <= TRANSFER_READY;
}
static inline bool transfer_is_away(enum transfer_state s)
{
    return s >= TRANSFER_DEPARTED && s <= TRANSFER_ADMITTED;
}
/* Nothing is left to do: refused, called off, or back with its form whole. */
bool transfer_is_over(const struct transfer_facts *f);
/* By when a doctor's approval is there: an emergency's within so long of its beginning, another's when it is to leave. */
#define TRANSFER_FORM_MIN 120
struct instant transfer_approve_by(const struct transfer_facts *f, struct instant asked,
                                   struct instant leaves);
void transfer_table_write(struct buf *to);

#endif
