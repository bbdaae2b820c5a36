/* ring: A specialist at once. Whoever has a patient before them rings those who could come, one after the other, a minute each
 * (scheduler/oncall): first who has hours now and is free, then who is free outside of theirs. The first yes makes a booking that begins at
 * once, displacing what is weaker where it must, and opens its room.
 *
 * All of it stands in the store. A ring's minute is counted by the monotonic clock, which begins anew with the process: what was ringing
 * when the server ended rings that person again. On the desk, but for reading and listing. */
#ifndef DESK_RING_H
#define DESK_RING_H
#include "desk/schedule.h"
#include "scheduler/oncall.h"

#define RING_ID_BYTES 13
#define RING_MINUTES_MAX 240
#define RING_LIST_MAX 50
#define RING_SHOWN_MS (12 * 3600 * 1000)

struct ring {
    int64_t number;
    struct str id, account, need; /* account: who rings. In the arena */
    int64_t practitioner, patient,
        request; /* practitioner: who rings, a doctor or nurse of the clinic; rows */
    uint16_t minutes;
    struct instant made, rung_at; /* rung_at: by the wall, to be shown */
    int64_t epoch;                /* of the process whose tick call.rung_at is */
    struct oncall call;
    int64_t appointment; /* row; 0: none yet */
    uint32_t displaced;  /* bookings that gave way */
};
struct ring_start {
    struct booking_need need; /* a specialist's */
    int64_t patient, request; /* rows; request 0: none */
    uint16_t minutes;
};
/* epoch: the same throughout a process, another in the next. */
enum err ring_begin(struct schedule *s, int64_t epoch, const struct ring_start *start,
                    struct ring *ret) MUST_USE;
/* ERR_NOT_FOUND. */
enum err ring_read(struct schedule *s, struct str id, struct ring *ret) MUST_USE;
/* An answer, a decline or an end by hand. ret_no says why not; ret_answer is of the booking that an answer makes, and its refusal when
 * there is none, for which the job must end with an error. ids: of the bookings that gave way, OVERRIDE_DISPLACED_MAX places. */
enum err ring_happen(struct schedule *s, int64_t epoch, struct ring *r, enum oncall_verb verb, int64_t person,
                     enum oncall_no *ret_no, struct schedule_answer *ret_answer,
                     struct str *ret_ids) MUST_USE;
/* By the clock, each second. */
enum err ring_waits(struct tx *tx, bool *ret_any) MUST_USE;
enum err ring_tick(struct schedule *s, int64_t epoch) MUST_USE;

/* Rows of the rings of the last hours, newest first; person 0: all, else those in which that one has been rung. */
enum err ring_list(struct schedule *s, int64_t person, int64_t ret_numbers[RING_LIST_MAX],
                   uint32_t *ret_n) MUST_USE;
enum err ring_at(struct schedule *s, int64_t number, struct ring *ret) MUST_USE;
/* Whether this person (a row) is being rung just now, in this round. */
enum err ring_is_at(struct tx *tx, int64_t number, int64_t person, int64_t round, bool *ret) MUST_USE;
bool ring_has_rung(const struct ring *r, uint8_t place);

#endif
