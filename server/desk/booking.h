/* booking: one appointment as the scheduler thinks of it (scheduler/appt.h), and the R4 Appointment that it is in the store. The one
 * truth is the Appointment: each change is a new version of it, whose number is the version that events name. What FHIR has no word for
 * stands in its extension CLAIM_BOOKING, and what a participant sits for in participant.type.
 *
 *   proposed -> proposed    held, pending, declined -> pending    displaced -> waitlist    cancelled, expired -> cancelled
 *   the others have their own names
 *
 * Decide, persist, apply: booking_change reads the Appointment in the job's transaction, decides by appt_decide and writes the next
 * version; records/claim refuses time that is taken. Nothing of it is kept in memory. On the desk; booking_read on a reader too. */
#ifndef DESK_BOOKING_H
#define DESK_BOOKING_H
#include "desk/agenda.h"
#include "scheduler/appt.h"

#define BOOKING_SEAT                                                                                         \
    "urn:yunqiao:seat" /* participant.type: "specialist:ophthalmology", "room:video-room", "patient" */
#define BOOKING_WHAT_BYTES_MAX 64

/* What a seat is for. Two seats for the same are one need of two. */
struct booking_need {
    enum agenda_kind kind;
    struct str what; /* specialty, kind of room or device, language; empty: any */
};
struct booking {
    struct appt
        appt; /* id, request: rows of the Appointment and the ServiceRequest; seat.role: place in needs */
    struct record_head head;
    struct instant created, booked_at; /* booked_at: firm for the time that it has; ms 0: not */
    uint8_t need_count;
    struct booking_need needs[2 * APPT_SEATS_MAX]; /* while it changes: of the seats before too */
    struct str names[APPT_SEATS_MAX];              /* display, by seat */
    struct str references[APPT_SEATS_MAX];         /* "Practitioner/x", by seat */
    int64_t patient;                               /* row; 0: nobody is brought */
    struct str holder;                             /* account */
};

/* The account as appt.holder. */
uint64_t booking_holder(struct str account);
/* "specialist:ophthalmology"; in the arena. */
struct str booking_need_code(struct arena *arena, const struct booking_need *need);
bool booking_need_from(struct arena *arena, struct str code, struct booking_need *ret);

/* ERR_NOT_FOUND: none such, or an Appointment that is not led by the server. */
enum err booking_read(struct tx *tx, struct record_reader *server, struct str id,
                      struct booking *ret) MUST_USE;
enum err booking_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                          struct booking *ret) MUST_USE;
/* Writes b->appt as the next version; sets b->head. ERR_EXISTS: a seat's time is taken. */
enum err booking_write(struct tx *tx, struct record_reader *server, struct booking *b) MUST_USE;

/* One event: reads nothing but b, decides, writes. *ret_no says why not when it was refused; then nothing is written. ERR_EXISTS: the
 * time is taken: the job must end with an error, as something may be written. ret_change is for what follows (desk/after). */
enum err booking_change(struct tx *tx, struct record_reader *server, struct booking *b,
                        const struct appt_event *e, enum appt_no *ret_no,
                        struct appt_change *ret_change) MUST_USE;

#endif
