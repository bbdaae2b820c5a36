/* transfer: somebody's way to a hospital outside and back (workflow, steps 13-15): a referral, an operation, an emergency. What it may become is
 * scheduler/transfer's to say; here it is read, and each change is written as the next version, whole.
 *
 *   ServiceRequest   the clinic's: category "transfer" of VISIT_CATEGORY; code: what for (TRANSFER_SYSTEM); reasonCode: the words; performer: the
 *                    hospital; occurrencePeriod: from when to when; supportingInfo: the opinion that advised it; extension LED_TRANSFER: the state,
 *                    each moment, how somebody is moved, who approved. It bears no label of custody's: custody never sees it.
 *   Task             custody's, of the code "escort" and labelled for custody, as a booking's: whom, when, where to, how many officers, how moved;
 *                    codes, times, names and places, and no word. One at a time: where custody cannot, that one says so and another is asked for.
 *   Consent          what the patient said to it, signed or before a witness
 *
 * The Task's owner is who leads the escort: it is there once the duty command has arranged it. What custody reports of the Task (desk/escort)
 * moves the transfer: collected is departed, delivered is at the hospital, returned is back. When somebody is to leave is the clinic's to say.
 *
 * Reading on a reader or the desk, writing on the desk; all in server->arena. `server` has no guard: who may is the caller's question. */
#ifndef DESK_TRANSFER_H
#define DESK_TRANSFER_H
#include "desk/escort.h"
#include "desk/sickcall.h"
#include "scheduler/transfer.h"

#define TRANSFER_SYSTEM "urn:yunqiao:transfer"
#define TRANSFER_CATEGORY "transfer" /* of VISIT_CATEGORY */
#define TRANSFER_WORDS_BYTES_MAX 4000
#define TRANSFER_LIST_MAX 200
#define TRANSFER_OFFICERS_MAX 12

bool transfer_kind_is(struct str code);    /* "referral", "surgery", "emergency" */
bool transfer_means_is(struct str code);   /* "walking", "wheelchair", "stretcher" */
bool transfer_vehicle_is(struct str code); /* "car", "van", "ambulance" */

struct transfer {
    struct chart_item item; /* the ServiceRequest as it stands */
    struct transfer_facts facts;
    struct instant asked, from, until; /* from, until: as the clinic wishes */
    struct instant consented, approved, arranged, departed, arrived, admitted, returned,
        ended;                                /* ms 0: not */
    struct str kind, means, words, why;       /* why: of a refusal, a calling off */
    struct str patient, encounter;            /* "Patient/x", "Encounter/x"; encounter may be empty */
    struct str hospital, hospital_name;       /* "Organization/x" */
    struct str by_name, approved_by, opinion; /* opinion, consent: references, or empty */
    struct str consent, escort, packet; /* escort: id of the Task that stands; packet: "Composition/x" */
    uint32_t officers;                  /* as asked for */
};

/* ERR_NOT_FOUND: none of ours. */
enum err transfer_read(struct tx *tx, struct record_reader *server, struct str id,
                       struct transfer *ret) MUST_USE;
enum err transfer_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                           struct transfer *ret) MUST_USE;
/* Rows of those that the reader may see: of one patient all, newest first; of nobody (empty) those that are not over. */
enum err transfer_list(struct tx *tx, struct record_reader *who, struct str patient,
                       int64_t ret_rows[TRANSFER_LIST_MAX], uint32_t *ret_n) MUST_USE;
/* Of a visit: whether one stands that no doctor has approved. */
enum err transfer_undecided(struct tx *tx, struct record_reader *server, struct str patient, struct str visit,
                            bool *ret) MUST_USE;

struct transfer_start {
    struct str patient, encounter, hospital; /* "Patient/x"; "Encounter/x" or empty; the Organization's id */
    struct str kind, means, words, opinion;
    struct instant from, until;
    uint32_t officers;
};
/* Made, and custody asked for it. ERR_NOT_FOUND: no such hospital. */
enum err transfer_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct transfer_start *start, struct transfer *ret) MUST_USE;

struct transfer_event {
    enum transfer_verb verb;
    struct instant at; /* of depart, arrive, admit, return */
    struct str why;    /* refuse, call off */
};
/* *t is what it then is; refused or called off, the advice that it came from is open again (desk/advice). ret_no: why not, and nothing is written. */
enum err transfer_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct transfer *t, const struct transfer_event *e,
                         enum transfer_no *ret_no) MUST_USE;

struct transfer_said { /* by the patient */
    bool agrees;
    struct str signature, witness, reason; /* a PNG in base64 (visit_signature_is); a name */
};
/* The Consent; a no ends the transfer. */
enum err transfer_consent(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          struct transfer *t, const struct transfer_said *said,
                          enum transfer_no *ret_no) MUST_USE;

/* The packet that was signed for it ("Composition/x"); the last one counts. */
enum err transfer_packet_note(struct tx *tx, struct record_reader *server, struct transfer *t,
                              struct str packet) MUST_USE;

/* -- custody's side: the Task -- */

bool transfer_is_task(struct str task); /* by its id */

struct transfer_arrangement {
    struct str lead, vehicle; /* lead: "Practitioner/x" */
    uint32_t officers;
};
enum transfer_arranging { TRANSFER_ARRANGE_DONE, TRANSFER_ARRANGE_BUSY, TRANSFER_ARRANGE_NO };
/* By the duty command. BUSY: who leads has another escort then. ERR_NOT_FOUND: no Task of a transfer's that stands. */
enum err transfer_arrange(struct tx *tx, struct record_reader *server, struct str task,
                          const struct transfer_arrangement *a, enum transfer_arranging *ret) MUST_USE;
/* What custody reports; is called for every escort's Task, and says nothing of those that are a booking's. *ret_no: it cannot be yet; then nothing is
 * written. */
enum err transfer_reported(struct tx *tx, struct record_reader *server, struct str task, enum escort_step to,
                           struct instant at, enum transfer_no *ret_no) MUST_USE;
/* What an escort's Task says beside the rest when it is a transfer's; false: a booking's. */
bool transfer_task_read(struct record_reader *server, const struct chart_item *task,
                        struct escort_outing *ret);

#endif
