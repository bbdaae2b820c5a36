/* tentative: another time that somebody who is asked proposes instead of a plain no: an R4 AppointmentResponse, participantStatus
 * tentative, with its start and end. Nothing is moved by it: who schedules sees it beside the booking and moves it there, or not; the
 * answer stays open meanwhile. put on the desk; list on a reader too. */
#ifndef DESK_TENTATIVE_H
#define DESK_TENTATIVE_H
#include "desk/schedule.h"

enum tentative_answer { TENTATIVE_DONE, TENTATIVE_NOT_ASKED, TENTATIVE_BARRED };
/* For the seat of s->practitioner. TENTATIVE_BARRED: the own time is not free then; *ret_bar says why. */
enum err tentative_put(struct schedule *s, const struct booking *b, struct instant start,
                       enum tentative_answer *ret, enum roster_bar *ret_bar) MUST_USE;
/* "tentative": [{"reference","name","start","end"}] into an open object: of those who are still asked, the newest of each. */
enum err tentative_list(struct tx *tx, struct record_reader *server, const struct booking *b,
                        struct json_out *to) MUST_USE;

#endif
