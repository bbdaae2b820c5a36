/* moves: who was where and when, as scheduler/contact counts it: the cells that people lived in, the escorts that had them in hand, the rooms
 * that they were brought to or booked for, the clinic while they waited there and were seen. On a reader or the desk, without a guard; in the
 * house's arena.
 *
 *   cell    custody Encounters (desk/dwelling)
 *   escort  Tasks of escorts that were carried out: a place of each officer's, with that officer in it too: who rides along is near the case
 *           as well, and is none of the house's people
 *   room    where those Tasks led; a Location of an Appointment that came about; and of a visit to the clinic (Encounter AMB), from when the
 *           patient stood there until its end: the Location that it names, else the clinic's one waiting room
 *
 * Times of Tasks and Appointments are as they were planned: nobody writes down to the minute when a door closed. */
#ifndef DESK_MOVES_H
#define DESK_MOVES_H
#include "desk/dwelling.h"
#include "scheduler/contact.h"

#define MOVES_OFFICERS_MAX 500

struct moves {
    struct dwelling
        house; /* people and places 0 … are the house's; then come the clinic's room and the officers */
    struct contact_stay *stays;
    struct str officers[MOVES_OFFICERS_MAX]; /* "Practitioner/x" */
    uint32_t stay_count, officer_count;
    bool is_cut; /* more was there than is read */
};
/* What reaches into [since, until). *ret is to be done with, after an error too. */
enum err moves_read(struct tx *tx, struct records *records, struct instant since, struct instant until,
                    struct moves *ret) MUST_USE;
void moves_done(struct moves *m); /* of zeroes allowed */
uint32_t moves_people(const struct moves *m);
uint32_t moves_places(const struct moves *m);
/* The officer that a person of a contact is; MOVES_OFFICERS_MAX: somebody of the house. */
uint32_t moves_officer(const struct moves *m, uint32_t person);

#endif
