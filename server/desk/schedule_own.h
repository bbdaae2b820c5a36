/* schedule_own: what the files schedule*.c share. */
#ifndef DESK_SCHEDULE_OWN_H
#define DESK_SCHEDULE_OWN_H
#include "desk/schedule.h"

/* One event on a booking that was read: decided, written, and all that follows. */
enum err schedule_apply(struct schedule *s, struct booking *b, const struct appt_event *e,
                        struct schedule_answer *ret) MUST_USE;
/* Another time or other people, as a move or a repair; version 0: of whatever stands. *b is the booking as it is then. */
enum err schedule_reseat(struct schedule *s, struct booking *b, enum appt_verb verb, uint32_t version,
                         const struct schedule_start *to, struct schedule_answer *ret) MUST_USE;
/* Somebody declined, or its place is lost. */
bool schedule_wants_repair(const struct booking *b);
/* Holds that run, of one account (schedule_due.c). */
enum err schedule_count_holds(struct schedule *s, uint64_t holder, uint32_t *ret) MUST_USE;
/* What follows a change (schedule_after.c): news, escort, reminders, what is due. before: the booking as it was. */
enum err schedule_after(struct schedule *s, const struct booking *before, const struct booking *b,
                        const struct appt_change *change) MUST_USE;
/* Steps for a record that goes with a booking, whose row it is; one that is closed or gone stays as it is (schedule_after.c). ERR_EXISTS: the
 * store refuses them, and then nothing of the job may be kept. */
enum err schedule_patch(struct schedule *s, int64_t row, const char *steps) MUST_USE;
/* (schedule_due.c) Puts down when this booking is to be looked at again. */
enum err schedule_note_due(struct schedule *s, const struct booking *b) MUST_USE;
/* Reminders whose time has come, into marks and messages (schedule_remind.c). */
enum err schedule_remind(struct schedule *s, const struct booking *b) MUST_USE;
/* A message to a person (a row), in the list that the client shows and that mail is sent from; and the notice that there is one. */
enum err schedule_message(struct schedule *s, const struct booking *b, int64_t person, const char *kind,
                          uint32_t rule) MUST_USE;
/* Offers a freed stretch to who waits (schedule_offer.c). */
enum err schedule_offer(struct schedule *s, struct span freed) MUST_USE;
/* The booking's video room follows it (schedule_room.c). */
enum err schedule_room(struct schedule *s, const struct booking *before, const struct booking *b) MUST_USE;
/* The visit follows it too (schedule_visit.c): its state, and what specialists see until when. */
enum err schedule_visit(struct schedule *s, const struct booking *before, const struct booking *b) MUST_USE;
/* target, detail NULL: no memory. */
enum err schedule_note_act(struct schedule *s, const char *action, const char *target, const char *detail,
                           int64_t patient) MUST_USE;
enum err schedule_leave(struct schedule *s, struct str room, struct str account) MUST_USE;
enum err schedule_tell(struct schedule *s, const char *account, const char *role, const char *kind,
                       const char *data) MUST_USE;
/* The account of a practitioner's row, or of a patient's; NULL: none. In the arena. */
enum err schedule_account_of(struct schedule *s, int64_t row, const char **ret) MUST_USE;
/* When answers are due: sooner for what is urgent, and before it begins. */
struct instant schedule_answers_by(enum triage triage, struct instant start, struct instant now);
struct instant schedule_repair_by(enum triage triage, struct instant start, struct instant now);

#endif
