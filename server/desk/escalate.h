/* escalate: work that has an hour, and what is done when the hour has passed (workflow: overdue steps escalate). Each open piece has a row:
 * a sick call to be triaged or seen, a follow-up task, an opinion to be signed, a result to be acknowledged. The rows are derived from
 * the records: each version that is written, by whatever way, is looked at within a second, by the ticker; what the records say is the truth.
 * Whoever should have done it is told, then who answers for it (scheduler/escalate), each step once, by a notice without content.
 *
 *   sick call    Task of desk/sickcall                          its clock (scheduler/sick)
 *   follow-up    Task, code "follow-up", not over               restriction.period.end, else executionPeriod.end
 *   transfer     ServiceRequest of desk/transfer, not approved  when they leave; an emergency's within two hours (scheduler/transfer)
 *   release      Task of desk/release_summary, not handed over  restriction.period.end
 *   report       Flag of desk/epidemic, not told to the authority  epidemic_due; told an hour before, too
 *   contact      Task of desk/epidemic_contact, not over          the end of the day on which the next look is due (scheduler/contact_watch)
 *   opinion      Composition, type LOINC 11488-4, preliminary   opinion_h after its date
 *   intake       Task of desk/intake                            its clock (scheduler/intake)
 *   correction   Task of desk/statement                         restriction.period.end; two days before, too
 *   concern      Task, code "concern", not seen yet              restriction.period.end
 *   result       DiagnosticReport, or Observation of the laboratory that no report holds, final, not older than 30 days when it came
 *                                                               result_h after it came; critical_min where it is critical (HH, LL, AA)
 *
 * On the desk; listing on a reader too. */
#ifndef DESK_ESCALATE_H
#define DESK_ESCALATE_H
#include "desk/escalate_limits.h"
#include "desk/schedule.h"
#include "scheduler/escalate.h"

extern const struct migration escalate_migrations[];      /* 372, 373 */
extern const struct migration escalate_late_migrations[]; /* 761 */

/* What was told: a row of the trail each. In the arena. */
struct escalate_told {
    struct escalate_told *next;
    enum escalate_kind kind;
    enum escalate_to to;
    struct record_head head;
};
/* Is there anything to look at? */
enum err escalate_waits(struct tx *tx, bool *ret) MUST_USE;
/* Looks at what was written, and tells what is late; notices go to s->news. s needs no view. ret_more: look again now. */
enum err escalate_turn(struct schedule *s, const struct escalate_limits *limits,
                       struct escalate_told **ret_told, bool *ret_more) MUST_USE;

struct escalate_row {
    int64_t record; /* row */
    enum escalate_kind kind;
    struct instant due;
    uint8_t told; /* steps */
};
#define ESCALATE_LIST_MAX 200
/* What is late and has been told to this role, or to this account as the one who wrote it; by its hour. */
enum err escalate_late(struct tx *tx, enum escalate_to to, struct str account,
                       struct escalate_row ret[ESCALATE_LIST_MAX], uint32_t *ret_n) MUST_USE;
/* All of a kind, late or not, by its hour. */
enum err escalate_of(struct tx *tx, enum escalate_kind kind, struct escalate_row ret[ESCALATE_LIST_MAX],
                     uint32_t *ret_n) MUST_USE;
/* Since when the duty command is asked for help (an emergency), or told that a screening is overdue; ms 0: it is not. */
enum escalate_alarm { ESCALATE_ALARM_EMERGENCY, ESCALATE_ALARM_SCREENING };
enum err escalate_alarm(struct tx *tx, enum escalate_alarm of, struct instant *ret_since) MUST_USE;

/* -- results -- */

/* Acknowledged by this person as it stands: a Task of the code "result-acknowledged" in the patient's record. ERR_EXISTS: it was;
 * ERR_NOT_FOUND: it waits for nobody. */
enum err escalate_acknowledge(struct tx *tx, struct record_reader *server, const struct record_head *result,
                              struct str by, struct str by_name, struct record_head *ret) MUST_USE;

#endif
