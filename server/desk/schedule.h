/* schedule: what is done with bookings, each in one transaction: found, held, asked, answered, moved, repaired, displaced, ended; the
 * freed time offered to who waits; escorts ordered and recalled; reminders put in the way, each once. The decisions are scheduler/'s; the
 * facts are the store's. On the desk, but for finding and listing, which run on a reader too.
 *
 * Whatever is refused leaves nothing behind when the job ends with an error; SCHEDULE_TAKEN demands that. */
#ifndef DESK_SCHEDULE_H
#define DESK_SCHEDULE_H
#include "desk/seek.h"
#include "scheduler/hold.h"
#include "scheduler/remind.h"

extern const struct migration schedule_migrations[]; /* 342 - 349 */

/* What browsers are told once the commit is durable. */
struct schedule_news {
    struct schedule_news *next;
    const char *account, *role; /* one of them */
    const char *kind, *data;    /* as site_notice */
};
/* Who is to be out of a room's call once the commit is durable; account empty: all, as the room is closed. */
struct schedule_leave {
    struct schedule_leave *next;
    struct str room, account;
};
/* Rows of the trail beside the job's own: grants that a booking made or took back. */
struct schedule_act {
    struct schedule_act *next;
    const char *action, *target, *detail;
    int64_t patient; /* row */
};
struct calls;
void schedule_leave_all(struct calls *calls, const struct schedule_leave *leaves); /* calls NULL allowed */
struct schedule {                                                                  /* one job's */
    struct tx *tx;
    struct record_reader server; /* no guard: who may is the caller's question */
    const struct agenda_view *view;
    struct joint *joint;
    struct str account;   /* who acts; empty: the clock */
    int64_t practitioner; /* of that account; 0 */
    struct schedule_news *news;
    struct schedule_leave *leaves;
    struct schedule_act *acts;
};

enum schedule_refusal {
    SCHEDULE_DONE,
    SCHEDULE_NO,       /* the booking's state: no */
    SCHEDULE_BARRED,   /* somebody cannot then: bar, who */
    SCHEDULE_TAKEN,    /* taken meanwhile by another: the job must end with an error */
    SCHEDULE_HOLDS,    /* too many holds at once, or made longer often enough: hold */
    SCHEDULE_NOTHING,  /* no repair was found */
    SCHEDULE_UNSUITED, /* who sits there does not fit the need, is suspended, or the licence is over: who */
    SCHEDULE_ORDER,    /* the emergency displaces court or lawyer: needs the written order */
    SCHEDULE_UNASKED   /* its consultation is a draft (the patient has not consented), or over */
};
struct schedule_answer {
    enum schedule_refusal refusal;
    enum appt_no no;
    enum roster_bar bar;
    enum hold_bar hold;
    const struct agenda_resource *who; /* NULL: the patient */
    struct booking booking;            /* as it is now */
};

struct schedule_seat {
    struct booking_need need;
    int64_t resource;
};
struct schedule_start {
    int64_t patient, request; /* rows; 0: none */
    enum triage triage;
    struct span span;
    uint8_t seat_count; /* without the patient's */
    struct schedule_seat seats[APPT_SEATS_MAX - 1];
    bool asks;     /* at once, without a hold */
    bool is_offer; /* to who waits: held until somebody decides */
};
enum err schedule_start(struct schedule *s, const struct schedule_start *start,
                        struct schedule_answer *ret) MUST_USE;

/* An event by a person: extend, ask, accept, decline, cancel, check in, arrive, no show, fulfil. version 0 in the event: of whatever
 * stands. `until` is set here. ERR_NOT_FOUND. */
enum err schedule_event(struct schedule *s, struct str id, struct appt_event *event,
                        struct schedule_answer *ret) MUST_USE;
/* To another time or other people; seats as in schedule_start, patient left out. */
enum err schedule_move(struct schedule *s, struct str id, uint32_t version, const struct schedule_start *to,
                       struct schedule_answer *ret) MUST_USE;
/* The next best for a booking that somebody declined or that lost its place; it is put in place at once. */
enum err schedule_repair(struct schedule *s, struct str id, struct schedule_answer *ret) MUST_USE;
/* An emergency: as seek says; what it displaces is displaced, told and repaired. ret_ids: theirs, OVERRIDE_DISPLACED_MAX places; empty
 * where it is an engagement that others keep. Refused with SCHEDULE_ORDER, they are the engagements for which the duty command's written
 * order is wanted (desk/engagement). */
enum err schedule_override(struct schedule *s, const struct seek *seek, int64_t request,
                           struct schedule_answer *ret, struct str *ret_ids,
                           uint32_t *ret_displaced) MUST_USE;
/* The wish behind a booking, for a new search: its needs, minutes, patient, triage. */
void schedule_seek_of(const struct booking *b, struct instant now, struct seek *ret);

/* A booking that was written as a fact and not led here (the demo's): what its changes would have left beside it, the video room, the
 * escort's errand, the invitations and what is due. ERR_NOT_FOUND. */
enum err schedule_adopt(struct schedule *s, struct str id) MUST_USE;

/* The id of the booking's video room, in the arena; empty: it has none. On a reader too. */
enum err schedule_room_of(struct schedule *s, int64_t appointment, struct str *ret) MUST_USE;

/* -- by the clock -- holds, answers and repairs that are over; reminders. At most `most` bookings at once. ret_more: look again now. */
enum err schedule_tick(struct schedule *s, uint32_t most, bool *ret_more) MUST_USE;
/* When to look again; ms 0: nothing waits. */
enum err schedule_next(struct tx *tx, struct instant *ret_at) MUST_USE;

#endif
