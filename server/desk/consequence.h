/* consequence: what stands open about a patient follows where the law has the patient (workflow, step 17), by the table of
 * desk/consequence_table. The registrar puts a patient down as due in its own transaction (desk/stay_watch); within a second the patient is
 * looked at here, and so is, each few minutes, whoever is out of the house.
 *
 * What is looked at is how things are, never which message came: looked at twice, nothing more happens; messages that come late or in another
 * order end in the same (rule 39). What has been ended stays ended when the message behind it is taken back (decision 0205): then the clinic
 * has a concern (desk/concern) to look at the patient anew, and a record that was closed is open again.
 *
 * On the desk; s has view and joint. */
#ifndef DESK_CONSEQUENCE_H
#define DESK_CONSEQUENCE_H
#include "desk/consequence_table.h"
#include "desk/schedule.h"

extern const struct migration consequence_migrations[]; /* 621 … */

/* What was done about one patient: a row of the trail. */
struct consequence_did {
    struct record_head patient;
    struct custody custody;
    uint32_t counts[CONSEQUENCE_WHATS];
    bool is_undone; /* the clinic was asked to look anew */
};
/* Is there anybody to look at? */
enum err consequence_waits(struct tx *tx, bool *ret) MUST_USE;
/* The next one. ret->patient.row 0: nobody. ret_patient: whom it was about, on failure too; 0: nobody. */
enum err consequence_turn(struct schedule *s, struct consequence_did *ret, int64_t *ret_patient) MUST_USE;
/* What could not be done is tried again at that time, and stops no other meanwhile. */
enum err consequence_put_off(struct tx *tx, int64_t patient, struct instant until) MUST_USE;
/* One patient, now. */
enum err consequence_apply(struct schedule *s, int64_t patient, struct consequence_did *ret) MUST_USE;

#endif
