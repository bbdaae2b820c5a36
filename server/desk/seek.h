/* seek: when can all of them? Turns what is needed ("any ophthalmologist, Dr Pei, a video room, the exam camera, an escort, the
 * detainee, 40 minutes, within five days") into the ask of scheduler/joint, over the agenda's hours and the store's claims, and its
 * proposals back into people and times. A device stands in a room: it is found with a room that it stands in. On a reader or the desk;
 * everything lives in server->arena, and points into the view, which must live as long. */
#ifndef DESK_SEEK_H
#define DESK_SEEK_H
#include "desk/booking.h"
#include "records/claim.h"
#include "scheduler/joint.h"
#include "scheduler/override.h"
#include "scheduler/repair.h"
#include "scheduler/series.h"

#define SEEK_NEEDS_MAX 12
#define SEEK_DAYS_MAX 180
#define SEEK_ALIGN_MIN 10

struct seek_need {
    struct booking_need need;
    uint8_t count;    /* at least 1 */
    int64_t named;    /* this one alone; row, 0: any */
    int64_t unwanted; /* is taken only when nobody else is there: who declined; 0: nobody */
    bool may_drop;    /* it can be done without, if it must */
};
struct seek {
    struct seek_need needs[SEEK_NEEDS_MAX];
    uint8_t need_count;
    int64_t patient; /* row; 0: nobody is brought. It is a need of its own */
    uint16_t minutes;
    struct instant from, until;
    struct instant since; /* of the request: its target counts from here */
    enum triage triage;
    int64_t room;   /* this room alone, and devices that stand in it; row, 0: any */
    int64_t except; /* row of the appointment whose own time does not count as taken; 0: none */
    uint8_t proposals_max;
    bool any_hour; /* those who are named have said yes, whatever their hours say: for override alone */
};

struct seek_seat {
    uint8_t need; /* place in the found's needs */
    int64_t resource;
    const struct agenda_resource *who; /* NULL: the patient */
    bool is_known;                     /* has been with this patient before */
};
struct seek_proposal {
    struct span span;
    uint8_t seat_count;
    struct seek_seat seats[JOINT_SEATS_MAX];
    uint32_t wait_min, late_min, stranger_count;
    uint64_t load_min;
    int64_t cost;
    enum joint_why why;
};
/* An ask as it was put, for repair and override; and what each place in it is. */
struct seek_ask {
    struct joint_ask ask;
    struct grid grid;
    const struct agenda_resource **who; /* by place in ask.resources; NULL: the patient */
    bool *is_known;                     /* likewise */
    struct seek_need needs[SEEK_NEEDS_MAX + 1];
    uint8_t need_count;
};
struct seek_found {
    struct seek_proposal *at;
    uint32_t count;
    struct seek_ask *asked;   /* the last one put */
    bool is_blocked;          /* nothing was found; then: */
    struct joint_block block; /* roles are asked->needs */
};

/* ERR_BAD_INPUT: what cannot be meant: no need, no minutes, a window too long or not there. */
enum err seek_run(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                  struct joint *joint, const struct seek *seek, struct seek_found *ret) MUST_USE;
/* Follow-ups that come again, each looked for by itself (scheduler/series); what lies beyond SEEK_DAYS_MAX is not known yet. from and until of
 * seek are not used. ret_found->at has series->count places, of which those count that ret_occurrences says were found. ERR_BAD_INPUT: as
 * series_find, or a device among the needs, which would be bound to each room. */
enum err seek_series(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                     struct joint *joint, const struct seek *seek, const struct series *series,
                     struct series_occurrence *ret_occurrences, struct seek_found *ret_found) MUST_USE;
/* The ask alone. With `bare`, hours without claims: for override; the claims are then written to ret_claims (in the arena). */
enum err seek_ask(struct tx *tx, struct record_reader *server, const struct agenda_view *view,
                  const struct seek *seek, bool bare, struct seek_ask **ret, struct claim **ret_claims,
                  uint32_t *ret_claim_count) MUST_USE;
/* Why this very one cannot be had then: ROSTER_MAY when it can. except as in seek. */
enum err seek_may(struct tx *tx, const struct agenda_view *view, const struct agenda_resource *who,
                  int64_t row, struct span span, int64_t except, enum roster_bar *ret) MUST_USE;

#endif
