/* visit: one consultation, the file that joins records, scheduler and rooms: a ServiceRequest (what is asked, of whom, with what attached),
 * its Encounter of the class VR, whose id is the visit's everywhere, the Appointment that was booked for it and that one's video room.
 * What may happen when is desk/visit_table's; each of its nouns has a file of its own: visit_request (asking), visit_consent,
 * visit_grant (what specialists see, and until when), visit_guest (who waits and was let in), visit_write (as screens read it).
 *
 * The records are the one truth: the state is read from the two statuses each time, and both are written in one transaction. Texts live
 * in server->arena. Finding and reading on a reader or the desk, the rest on the desk. */
#ifndef DESK_VISIT_H
#define DESK_VISIT_H
#include "desk/chart.h"
#include "desk/visit_table.h"

#define VISIT_WHY                                                                                            \
    "https://yunqiao.invalid/fhir/visit-why" /* on the Encounter: why it was taken back, a code */
#define VISIT_IDENTITY                                                                                       \
    "https://yunqiao.invalid/fhir/visit-identity" /* on the Encounter: "how" (codes), "at", "by" (account) */
#define VISIT_LABEL                                                                                          \
    "https://yunqiao.invalid/fhir/consult-about" /* on the request: a label of secrecy that it opens */

extern const struct migration visit_migrations[]; /* 361 - 369 */

struct visit {
    struct chart_item encounter, request;
    bool has_request;
    enum visit_state state;
    int64_t patient;                 /* row */
    struct str patient_id;           /* "x" of Patient/x */
    int64_t appointment;             /* row; 0: none yet */
    struct str appointment_id, room; /* room empty: none yet */
};

/* By the Encounter's id. ERR_NOT_FOUND: none, or an encounter that is no visit. Without any guard: who may is the caller's question. */
enum err visit_find(struct tx *tx, struct record_reader *server, struct str id, struct visit *ret) MUST_USE;
enum err visit_of_encounter(struct tx *tx, struct record_reader *server, int64_t row,
                            struct visit *ret) MUST_USE;
/* The visit whose room it is; ERR_NOT_FOUND: a room that is no visit's. */
enum err visit_of_room(struct tx *tx, struct record_reader *server, struct str room,
                       struct visit *ret) MUST_USE;
/* By rows of its request or appointment; ERR_NOT_FOUND. */
enum err visit_of_request(struct tx *tx, struct record_reader *server, int64_t request,
                          struct visit *ret) MUST_USE;
enum err visit_of_appointment(struct tx *tx, struct record_reader *server, int64_t appointment,
                              struct visit *ret) MUST_USE;
/* The id of the visit of a room, in the arena; empty: none. */
enum err visit_id_of_room(struct tx *tx, struct arena *arena, struct str room, struct str *ret) MUST_USE;

enum visit_view {
    VISIT_HIDDEN,
    VISIT_OUTER, /* people, times, state; no question, no patient but for who schedules */
    VISIT_WHOLE
};
/* What somebody is shown of it: the clinic by its guard; a specialist all of it while the own grant lives, else, having a seat or
 * waiting for one, the outside; an interpreter and who schedules the outside. */
enum err visit_view_of(struct tx *tx, struct record_reader *server, const struct guard *guard,
                       struct str account, const struct visit *v, enum visit_view *ret) MUST_USE;
/* May this account add to the visit's record now: the clinic while it is not over, a specialist while the own grant lives. */
enum err visit_may_write(struct tx *tx, struct record_reader *server, const struct guard *guard,
                         struct str account, const struct visit *v, bool *ret) MUST_USE;

/* The body of a visit's Encounter, planned; request empty: it has none. */
void visit_put_encounter(struct json_out *o, struct str patient, struct str request);
/* Both records into that state; why may be NULL. The visit is read anew. An Encounter of which nothing changes is not written. */
enum err visit_put_state(struct tx *tx, struct record_reader *server, struct visit *v, enum visit_state to,
                         const char *why) MUST_USE;
/* Rows of the Encounters whose call has begun and is not over. On a reader too. */
enum err visit_running(struct tx *tx, int64_t *ret_encounters, uint32_t most, uint32_t *ret_n) MUST_USE;
/* Steps of JSON Patch on the Encounter or the request; the visit is read anew. */
enum err visit_patch(struct tx *tx, struct record_reader *server, struct visit *v, bool of_request,
                     struct buf *steps) MUST_USE;
/* A step that adds to the record's extensions, open for the extension's members; close with visit_end_extension. */
void visit_begin_extension(struct json_out *o, const struct chart_item *item, const char *url);
void visit_end_extension(struct json_out *o, const struct chart_item *item);

#endif
