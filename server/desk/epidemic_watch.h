/* epidemic_watch: signs of what spreads, counted by block and day: each version that is written is looked at within a second, by the
 * ticker: a temperature that is a fever, a sick call whose words or place name a sign, a test that is positive. A person counts once for a
 * sign, a block and a day. Where as many as the site says have the same sign in a block on a day, the clinic is told, once.
 *
 *   Observation  LOINC 8310-5 (body temperature) at or above fever_tenths            fever
 *   Observation  of the laboratory, interpretation POS or DET, or value SNOMED 10828004  test
 *   Task         sick call: what scheduler/epidemic reads in its words; place breath   fever, breath, bowel, rash
 *   QuestionnaireResponse  an intake's form: fever, a cough, a rash answered "yes"  fever, breath, rash
 *
 * On the desk; reading on a reader too. */
#ifndef DESK_EPIDEMIC_WATCH_H
#define DESK_EPIDEMIC_WATCH_H
#include "desk/epidemic.h"
#include "desk/schedule.h"

#define EPIDEMIC_DAYS 14 /* that are counted, today the last */

struct epidemic_raised { /* a row of the trail each; in the arena */
    struct epidemic_raised *next;
    const char *block;
    enum epidemic_sign sign;
    int64_t people;
};
enum err epidemic_watch_waits(struct tx *tx, bool *ret) MUST_USE;
/* Notices go to s->news; s needs no view. ret_more: look again now. */
enum err epidemic_watch_turn(struct schedule *s, const struct epidemic_limits *limits,
                             struct epidemic_raised **ret_raised, bool *ret_more) MUST_USE;

/* "counts": [{block, sign, day, people}] of the last EPIDEMIC_DAYS days, and "alarms": [{block, sign, day, people, at}] that nobody has
 * looked at yet, into an open object. day: "2026-11-27". */
enum err epidemic_write_counts(struct tx *tx, const struct record_reader *server,
                               struct json_out *to) MUST_USE;
/* Somebody has looked into what this block's alarms of the sign say. ERR_NOT_FOUND: there is none. */
enum err epidemic_alarm_seen(struct tx *tx, struct str block, enum epidemic_sign sign) MUST_USE;
bool epidemic_sign_from(struct str text, enum epidemic_sign *ret);

#endif
