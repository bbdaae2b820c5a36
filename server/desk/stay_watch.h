/* stay_watch: what hangs on where the law has somebody. desk/registrar calls it in its own transaction, each time a custody Encounter has
 * changed, and it calls in turn each part of the house that wants to know. Nobody else calls it.
 *
 * As events come late and in any order (rule 39), a change may be undone by the next, and the same state may be reached twice: what is called
 * here looks at how things are and makes them so; it never counts calls. Work that needs more than the record (bookings, rooms, messages) is
 * put down here as due, and done by the desk's own clock within a second (desk/consequence).
 *
 * An error ends the registrar's transaction, and the event is not taken: it is for the world's failures only (disk, memory), never for what
 * one finds. */
#ifndef DESK_STAY_WATCH_H
#define DESK_STAY_WATCH_H
#include "desk/custody.h"

struct stay_change {
    int64_t patient;       /* its row */
    struct str patient_id; /* "Patient/" is not part of it */
    struct str encounter;  /* the id of the custody Encounter that was written */
    struct custody before; /* CUSTODY_NONE: the Encounter is new, or was taken back */
    struct custody
        after; /* CUSTODY_NONE: taken back. Its `since` is when it happened, as the registry says */
};

extern const struct migration stay_watch_migrations[]; /* 620; ends with number 0 */

/* Texts of the change live as long as server->arena. server has no guard. */
enum err stay_changed(struct tx *tx, struct record_reader *server, const struct stay_change *change) MUST_USE;

#endif
