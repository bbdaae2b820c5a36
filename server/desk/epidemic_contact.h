/* epidemic_contact: who was near a case, worked through as Tasks (R4; code CONTACT_TASK): computed by scheduler/contact from where everybody
 * was (desk/moves). One Task for each contact of a case, with a clock of its own (scheduler/contact_watch): the person is looked at each day
 * until the days of watching are over. An officer is no patient, and has a row of desk/epidemic_officer instead.
 *
 *   requested -> in-progress (looked at, well) … -> completed: well to the end | ill (a case of its own) | gone
 *            \-> cancelled: cleared, the case was excluded
 *
 *   focus the case's Flag; for the contact; restriction.period.end until when watched; businessStatus the outcome of the last look
 *   output        each look: type the outcome (CONTACT_SYSTEM), valueDateTime when
 *   extension CONTACT_URL: cell, escort, room (minutes), gap (minutes; none: no such part), days, first, last
 *
 * On the desk; reading on a reader too. In server->arena, without a guard. */
#ifndef DESK_EPIDEMIC_CONTACT_H
#define DESK_EPIDEMIC_CONTACT_H
#include "desk/epidemic.h"
#include "scheduler/contact.h"
#include "scheduler/contact_watch.h"

#define CONTACT_TASK "contact" /* of the system SICKCALL_TASK */
#define CONTACT_SYSTEM "urn:yunqiao:contact"
#define CONTACT_URL "https://yunqiao.invalid/fhir/contact"
#define CONTACT_LIST_MAX 1000

struct epidemic_contact {
    struct chart_item item;
    struct str patient, of;                        /* "Patient/x", "Flag/x" */
    int64_t minutes[CONTACT_KINDS], gap_min, days; /* gap_min -1: none */
    struct instant last, until, looked;
    struct str outcome;         /* of the last look; empty: not looked at */
    struct contact_watch watch; /* what its clock goes by */
    bool is_over;
};
/* Finds the contacts of a case, from its onset less what the illness says until it was isolated (or now), makes a Task for each who has none
 * yet, and notes the officers. Who is watched already is watched for as long as the illness says now. ret_made: how many Tasks. */
enum err epidemic_trace(struct tx *tx, struct record_reader *server, const struct epidemic_limits *limits,
                        const struct epidemic_case *c, uint32_t *ret_made) MUST_USE;
/* Rows of the Tasks: of one case (an id), or, empty, of all those that are not over. */
enum err epidemic_contact_rows(struct tx *tx, struct record_reader *who, struct str of, int64_t **ret_rows,
                               uint32_t *ret_n) MUST_USE;
enum err epidemic_contact_read(struct tx *tx, struct record_reader *server, int64_t row,
                               struct epidemic_contact *ret) MUST_USE;
bool epidemic_outcome_is(struct str outcome); /* "well", "ill", "gone" */
/* The person was looked at. "well": watched on, until the days are over. ERR_DENIED: it is over. */
enum err epidemic_contact_look(struct tx *tx, struct record_reader *server, struct epidemic_contact *c,
                               struct str outcome) MUST_USE;
/* The case was excluded: nobody has to be watched because of it any more, and no officer spoken with. ret_n: how many Tasks ended. */
enum err epidemic_contacts_clear(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                                 uint32_t *ret_n) MUST_USE;

#endif
