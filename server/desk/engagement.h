/* engagement: a time that others keep of a detainee: court, lawyer, interrogation, meal, count. An R4 Appointment with appointmentType of
 * ENGAGEMENT_SYSTEM and the patient alone, so that it takes the patient's time in the store like any booking (records/claim), and the joint
 * search keeps clear of it. What for, beyond the kind, is not written.
 *
 * Court wins over consultations, an emergency and what is under way excepted: those that stand there are displaced, told and repaired
 * (workflow 8). Anything else takes free time only.
 *
 * An emergency wins over court and lawyers by the duty command's written order alone, given for just this one: an Identifier on the
 * Appointment, of ENGAGEMENT_ORDER: the document's number, the day it bears, the authority that issued it. Who asks for the emergency's time
 * is another person (scheduler/override), as no account has both roles (rule 4). Another time takes the order away.
 *
 * A change is the next version of the same Appointment; those before are its history. On the desk; what writes JSON on a reader too. */
#ifndef DESK_ENGAGEMENT_H
#define DESK_ENGAGEMENT_H
#include "desk/chart.h"
#include "desk/schedule.h"

#define ENGAGEMENT_SYSTEM "urn:yunqiao:engagement"
#define ENGAGEMENT_ORDER "urn:yunqiao:engagement-order"
#define ENGAGEMENT_ORDER_DAYS 366 /* an order is at most so old when it is written down */

bool engagement_kind_is(struct str kind); /* "court", "lawyer", "interrogation", "meal", "count" */

enum engagement_answer {
    ENGAGEMENT_DONE,
    ENGAGEMENT_TAKEN,
    ENGAGEMENT_STALE,   /* another has changed it since this version */
    ENGAGEMENT_NO_ORDER /* yields without one, or is over or set aside already */
};
/* ENGAGEMENT_TAKEN: somebody else has the time; then the job must end with an error. */
enum err engagement_add(struct schedule *s, int64_t patient, struct str kind, struct span span,
                        struct str *ret_id, uint32_t *ret_displaced, enum engagement_answer *ret) MUST_USE;
/* Another kind or time; ENGAGEMENT_TAKEN as above. One that gave way stands again. ERR_NOT_FOUND. */
enum err engagement_change(struct schedule *s, struct str id, int64_t version, struct str kind,
                           struct span span, uint32_t *ret_displaced, enum engagement_answer *ret) MUST_USE;
struct engagement_order {
    struct str number, authority, day; /* day: YYYY-MM-DD */
};
/* Court or a lawyer's visit may yield to an emergency from now on. ERR_NOT_FOUND. */
enum err engagement_give_order(struct schedule *s, struct str id, const struct engagement_order *order,
                               enum engagement_answer *ret) MUST_USE;
bool engagement_is_ordered(struct record_reader *server, const struct chart_item *item);
enum err engagement_cancel(struct schedule *s, struct str id) MUST_USE; /* ERR_NOT_FOUND */

struct engagement {
    struct str id, kind, patient, name; /* patient: "Patient/x" */
    struct instant start, end;
    bool is_aside; /* gave way to an emergency: wants another time */
    int64_t version;
    struct engagement_order order; /* number empty: none stands */
};
/* ERR_NOT_FOUND: none of ours, or cancelled. */
enum err engagement_read(struct tx *tx, struct record_reader *server, int64_t row,
                         struct engagement *ret) MUST_USE;
/* "history": [{version, at, kind, start, end, state, order?}] into an open object: newest first; state "booked", "aside" or "cancelled". */
enum err engagement_write_history(struct schedule *s, struct str id, struct json_out *to) MUST_USE;
/* "taken": [{start, end, what, id?}] into an open object: what stands in the patient's way between these; what: a kind of ours with its id, or
 * "clinic", of which custody knows no more. */
enum err engagement_write_taken(struct schedule *s, int64_t patient, struct span span,
                                struct json_out *to) MUST_USE;

#endif
