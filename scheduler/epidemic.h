/* epidemic: what becomes of somebody who may have what spreads, by when the authority is told, and when isolation may end. Values; any thread.
 *
 *   suspected -> isolated -> confirmed -> released        released: the illness's criterion is met, and a doctor signs
 *        \          \-> excluded -> released
 *         \-> confirmed, excluded
 *   any of them -> released, when the person leaves: by no criterion, and nobody signs
 *
 * The table is printed in docs/STATES. Hours and days of the list are from general knowledge of 传染病防治法 and its guides: the hours are
 * settings of the site. */
#ifndef SCHEDULER_EPIDEMIC_H
#define SCHEDULER_EPIDEMIC_H
#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"
#include "scheduler/epidemic_limits.h"

enum epidemic_state {
    EPIDEMIC_SUSPECTED,
    EPIDEMIC_ISOLATED,
    EPIDEMIC_CONFIRMED,
    EPIDEMIC_EXCLUDED,
    EPIDEMIC_RELEASED,
    EPIDEMIC_STATES
};
enum epidemic_verb {
    EPIDEMIC_DO_ISOLATE,
    EPIDEMIC_DO_CONFIRM,
    EPIDEMIC_DO_EXCLUDE,
    EPIDEMIC_DO_RELEASE,
    EPIDEMIC_DO_LEAVE, /* released, transferred, died: the stay is over */
    EPIDEMIC_VERBS
};
enum epidemic_no {
    EPIDEMIC_YES,
    EPIDEMIC_NO_ISOLATED,  /* already */
    EPIDEMIC_NO_CONFIRMED, /* already */
    EPIDEMIC_NO_EXCLUDED,  /* already */
    EPIDEMIC_NO_OPEN,      /* neither confirmed nor excluded yet */
    EPIDEMIC_NO_CRITERION, /* not met yet */
    EPIDEMIC_NO_OVER,
    EPIDEMIC_NOS
};
/* is_met: the criterion for the end of isolation; asked of release alone, and not of whom it was excluded in. */
enum epidemic_no epidemic_decide(enum epidemic_state from, enum epidemic_verb verb, bool is_met,
                                 enum epidemic_state *ret_to);
const char *epidemic_state_text(enum epidemic_state s); /* "suspected" */
bool epidemic_state_from(struct str text, enum epidemic_state *ret);
bool epidemic_verb_from(struct str text, enum epidemic_verb *ret); /* "isolate" */
const char *epidemic_no_text(enum epidemic_no n);
/* Is whoever is in this state kept apart? isolated_ms 0: has never been. */
bool epidemic_is_apart(enum epidemic_state s, struct instant isolated);
void epidemic_table_write(struct buf *to);

/* -- illnesses -- */

enum epidemic_class { EPIDEMIC_UNLISTED, EPIDEMIC_A, EPIDEMIC_B, EPIDEMIC_C }; /* of the law */
struct epidemic_illness {
    const char *code, *zh, *en; /* the code is ours: urn:yunqiao:epidemic */
    enum epidemic_class class;
    bool is_as_a;       /* told as fast as class A */
    uint8_t apart_days; /* isolation: so many days after onset at least … */
    uint8_t well_h;     /* … and so many hours without fever or symptoms */
    uint8_t negatives;  /* … and so many negative tests in a row since onset */
    uint8_t before_days,
        watch_days; /* passed on from so long before onset; contacts are watched for so long */
};
const struct epidemic_illness *epidemic_illness_of(struct str code); /* NULL: none such */
const struct epidemic_illness *epidemic_illness_at(size_t i);        /* NULL: past the end */
const char *epidemic_class_text(enum epidemic_class c);              /* "A"; "" */

/* By when the authority is told of what was found at that instant; ms 0: it need not be. */
struct instant epidemic_report_by(const struct epidemic_limits *l, const struct epidemic_illness *i,
                                  struct instant found);

struct epidemic_course {
    struct instant onset, well_since; /* well_since ms 0: has symptoms, or nobody has said otherwise */
    uint8_t negatives;                /* in a row, the latest tests */
};
/* Whether isolation may end; *ret_from: from when by days alone. */
bool epidemic_is_met(const struct epidemic_illness *i, const struct epidemic_course *c, struct instant now,
                     struct instant *ret_from);

/* -- counts -- */

enum epidemic_sign {
    EPIDEMIC_FEVER,
    EPIDEMIC_BREATH,
    EPIDEMIC_BOWEL,
    EPIDEMIC_RASH,
    EPIDEMIC_TEST,
    EPIDEMIC_SIGNS
};
const char *epidemic_sign_text(enum epidemic_sign s); /* "fever" */
/* Which signs the words of a complaint name, a bit each: Chinese and English words, matched as they stand. */
uint32_t epidemic_signs_in(struct str words);
/* What a count of people may be shown as to who may not know them (rule 34): below EPIDEMIC_SHOWN_MIN it is EPIDEMIC_HIDDEN; the sum of
 * several only where none of them is hidden, for else it would tell. ret_sum NULL: not wanted. */
#define EPIDEMIC_SHOWN_MIN 5
#define EPIDEMIC_HIDDEN -1
void epidemic_suppress(int64_t *counts, size_t n, int64_t *ret_sum);

#endif
