/* intake: how somebody who has come into custody is screened and assessed, and by when. Values; any thread.
 *
 *   due -> in-progress -> handed -> completed (fit | fit-with-conditions | unfit) -> assessed -> assessed …
 *   until it has ended: ended (released, transferred, died), cancelled (the admission was taken back); both can be taken back
 *
 * Whoever fills the form in hands it to the doctor; the doctor's signature completes it, also straight from in-progress. Four clocks run
 * one after the other (公监管〔2010〕214号; NCCHC E-02, E-04; the lengths are settings of the site): from the arrival until somebody
 * begins, from the arrival until the doctor has looked, until the end of the 14th day where the day of booking is day 1, and until the end
 * of the day a year after. The table is printed in docs/STATES. */
#ifndef SCHEDULER_INTAKE_H
#define SCHEDULER_INTAKE_H
#include "base/buf.h"
#include "base/zone.h"
#include "scheduler/intake_limits.h"

enum intake_state {
    INTAKE_DUE,
    INTAKE_BEGUN,
    INTAKE_HANDED,
    INTAKE_SCREENED,
    INTAKE_ASSESSED,
    INTAKE_ENDED,
    INTAKE_CANCELLED,
    INTAKE_STATES
};
enum intake_verb {
    INTAKE_DO_BEGIN,
    INTAKE_DO_SAVE,
    INTAKE_DO_HAND,
    INTAKE_DO_SIGN,
    INTAKE_DO_HOUSE, /* another instruction to custody */
    INTAKE_DO_ASSESS,
    INTAKE_DO_REVIEW,
    INTAKE_DO_END,
    INTAKE_DO_CANCEL,
    INTAKE_DO_RESTORE, /* the end, or the cancelling, was taken back */
    INTAKE_VERBS
};
enum intake_no {
    INTAKE_YES,
    INTAKE_NO_UNBEGUN,
    INTAKE_NO_BEGUN,
    INTAKE_NO_HANDED,
    INTAKE_NO_UNSIGNED,
    INTAKE_NO_SIGNED,
    INTAKE_NO_UNASSESSED,
    INTAKE_NO_ASSESSED,
    INTAKE_NO_STANDS,
    INTAKE_NO_OVER,
    INTAKE_NOS
};
/* What the doctor finds; unfit: for a hospital, or not accepted. */
enum intake_fitness { INTAKE_UNSAID, INTAKE_FIT, INTAKE_CONDITIONS, INTAKE_UNFIT, INTAKE_FITNESSES };
/* What custody is told, and all that it is told. */
enum intake_housing {
    INTAKE_HOUSING_NONE, /* not said yet */
    INTAKE_NORMAL,
    INTAKE_LOWER_BUNK,
    INTAKE_SINGLE,
    INTAKE_OBSERVATION,
    INTAKE_ISOLATION,
    INTAKE_HOSPITAL,
    INTAKE_NOT_ACCEPTED,
    INTAKE_HOUSINGS
};

/* What was reached when; ms 0: not yet. */
struct intake_facts {
    enum intake_state state;
    struct instant arrived, begun, signed_at, assessed; /* assessed: the last time */
};
/* Where the verb leads; INTAKE_NO…: nowhere. */
enum intake_no intake_decide(const struct intake_facts *f, enum intake_verb verb, enum intake_state *ret_to);
/* Whoever is unfit goes to a hospital or is not accepted, and nobody else does; who is fit without conditions lives as others do. */
bool intake_fits(enum intake_fitness fitness, enum intake_housing housing);

const char *intake_state_text(enum intake_state s); /* "in-progress" */
bool intake_state_from(struct str text, enum intake_state *ret);
const char *intake_no_text(enum intake_no n);
const char *intake_fitness_text(enum intake_fitness f); /* "fit-with-conditions"; "" */
bool intake_fitness_from(struct str text, enum intake_fitness *ret);
const char *intake_housing_text(enum intake_housing h); /* "lower-bunk"; "" */
bool intake_housing_from(struct str text, enum intake_housing *ret);
static inline bool intake_is_over(enum intake_state s)
{
    return s == INTAKE_ENDED || s == INTAKE_CANCELLED;
}
void intake_table_write(struct buf *to);

/* -- clocks -- */

enum intake_clock {
    INTAKE_CLOCK_NONE,
    INTAKE_CLOCK_START,
    INTAKE_CLOCK_LOOK,
    INTAKE_CLOCK_ASSESSMENT,
    INTAKE_CLOCK_REVIEW,
    INTAKE_CLOCKS
};
/* Which one runs, and when it is over. */
enum intake_clock intake_clock(const struct intake_limits *l, const struct zone *zone,
                               const struct intake_facts *f, struct instant *ret_due);
const char *intake_clock_text(enum intake_clock c); /* "start"; NULL: none */

#endif
