/* epidemic_contact: who was near a case, worked through as Tasks (R4; code CONTACT_TASK): computed by scheduler/contact from who lived in
 * which cell when, which escort had whom in hand, and who was brought into which room. One Task for each contact of a case; it is asked
 * of the nurse, and closed when the person's days of watching are over.
 *
 *   requested -> in-progress (looked at, well) … -> completed: well to the end | ill (a case of its own) | gone
 *
 *   focus the case's Flag; for the contact; restriction.period.end until when watched; businessStatus the outcome of the last look
 *   extension CONTACT_URL: cell, escort, room (minutes), gap (minutes; none: no such part), days, first, last
 *
 * On the desk; reading on a reader too. In server->arena, without a guard. */
#ifndef DESK_EPIDEMIC_CONTACT_H
#define DESK_EPIDEMIC_CONTACT_H
#include "desk/dwelling.h"
#include "desk/epidemic.h"
#include "scheduler/contact.h"

#define CONTACT_TASK "contact" /* of the system SICKCALL_TASK */
#define CONTACT_SYSTEM "urn:yunqiao:contact"
#define CONTACT_URL "https://yunqiao.invalid/fhir/contact"
#define CONTACT_LIST_MAX 1000

struct epidemic_contact {
    struct chart_item item;
    struct str patient, of;                        /* "Patient/x", "Flag/x" */
    int64_t minutes[CONTACT_KINDS], gap_min, days; /* gap_min -1: none */
    struct instant last, until, looked;
    struct str outcome; /* of the last look; empty: not looked at */
    bool is_over;
};
/* Finds the contacts of a case, from its onset less what the illness says until it was isolated (or now), and makes a Task for each who has
 * none yet. ret_made: how many. */
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

#endif
