/* demo_consult: consultations with the hospitals' specialists, each as its request, its booking and, once held, the encounter and the
 * opinion. For the files demo*.c alone. */
#ifndef DESK_DEMO_CONSULT_H
#define DESK_DEMO_CONSULT_H
#include "desk/demo_visit.h"
#include "scheduler/appt.h"

struct demo_topic {
    int department; /* place in departments */
    enum demo_label label;
    const char *question, *seen, *code, *words, *advice; /* code: ICD-10 */
};
enum { DEMO_TOPICS = 12 };
extern const struct demo_topic demo_topics[DEMO_TOPICS]; /* demo_topics.c */

struct demo_consult {
    const char *id; /* the Appointment's; all else is named after it */
    int who, specialist, doctor, escort;
    const struct demo_topic *topic;
    enum appt_state state;
    enum triage triage;
    enum appt_side side;
    enum appt_reason reason;
    int64_t at, minutes, until; /* of the site; until 0: nothing runs out */
};
void demo_consult(struct demo_gen *g, const struct demo_consult *c); /* demo_consult.c */

#endif
