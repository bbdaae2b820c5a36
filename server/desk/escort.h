/* escort: what is reported of an escort's task (R4 Task, code escort): accepted, collected, delivered, returned; or that it cannot be done, by
 * a code alone (rules 3, 5). A task that a booking ordered and that cannot be done opens the search again (workflow 9): another escort
 * for want of this one, another time where the patient cannot be brought.
 *
 *   requested -> accepted -> collected -> delivered -> returned       before returned: cannot
 *
 * To a hospital outside too (desk/transfer): nobody is collected before the clinic has approved it and the command has arranged it.
 *
 * What was reported before is reported again without harm: a tablet that was out of reach sends all it has, each report with a key of its
 * own, so that one whose answer was lost does nothing the second time, whatever became of the task meanwhile. On the desk. */
#ifndef DESK_ESCORT_H
#define DESK_ESCORT_H
#include "desk/schedule.h"

#define ESCORT_SYSTEM "urn:yunqiao:escort" /* Task.businessStatus, Task.statusReason */

extern const struct migration escort_migrations[]; /* 356 …: after desk/outbox's */

/* How whoever is brought is to be brought, and nothing of why: what custody may know of what the clinic found (workflow: operational
 * facts only). Of the clinic's Flags of ESCORT_PRECAUTION that hold. A bit each. */
#define ESCORT_PRECAUTION "urn:yunqiao:precaution"
enum escort_precaution {
    ESCORT_UNFIT, /* not to be moved before the clinic has been asked */
    ESCORT_STRETCHER,
    ESCORT_WHEELCHAIR,
    ESCORT_MASK,     /* mask and gloves */
    ESCORT_ISOLATED, /* apart from others */
    ESCORT_WATCH,    /* never out of sight */
    ESCORT_PRECAUTIONS
};
const char *escort_precaution_text(enum escort_precaution p); /* "mask" */

enum escort_step {
    ESCORT_REQUESTED,
    ESCORT_ACCEPTED,
    ESCORT_COLLECTED,
    ESCORT_DELIVERED,
    ESCORT_RETURNED,
    ESCORT_FAILED,
    ESCORT_STEPS
};
/* What of it custody is shown: when and where, whom; no word of what for. */
#define ESCORT_LATE_MS ((int64_t)24 * 3600 * 1000) /* a tablet may have been out of reach for so long */
/* To a hospital outside (desk/transfer): how somebody is moved, with how many officers, in what; codes. */
struct escort_outing {
    struct str means, vehicle; /* vehicle: empty before it is arranged */
    uint32_t officers;
    bool is_one, is_arranged;
};
struct escort_task {
    struct str id, patient, name, number, cell, room, owner; /* patient: "Patient/x"; owner: name */
    struct instant start, end, at;                           /* at: of the last report; ms 0: none */
    enum escort_step step;
    struct str reason; /* a code, of one that failed */
    uint32_t precautions;
    struct escort_outing outing;
};
/* ERR_NOT_FOUND: none of ours, or called off. */
enum err escort_read(struct tx *tx, struct record_reader *server, int64_t row,
                     struct escort_task *ret) MUST_USE;

/* "isolated": [{name, number, cell, place, until}] and "cut" into an open object: who is to be kept apart just now, by cell, where and until when at the earliest; no word of why. On a reader. */
enum err escort_write_isolated(struct tx *tx, struct record_reader *server, struct json_out *to) MUST_USE;

enum escort_answer {
    ESCORT_DONE,
    ESCORT_WAS_SO,
    ESCORT_NO,
    ESCORT_UNREADY /* to a hospital outside: not approved by the clinic, or not arranged */
};

const char *escort_step_text(enum escort_step step); /* "collected" */
bool escort_verb(struct str verb,
                 enum escort_step *ret_step); /* "accept", "collect", "deliver", "return", "cannot" */
/* From where a step is reached: one may be left out, none taken back. */
enum escort_answer escort_may(enum escort_step from, enum escort_step to);

/* The task has the step now; at: when it was, by the report. reason: with ESCORT_FAILED, a code of custody's. ERR_NOT_FOUND. */
enum err escort_report(struct schedule *s, struct str task, enum escort_step to, struct instant at,
                       enum appt_reason reason, enum escort_answer *ret) MUST_USE;
#define ESCORT_KEY_BYTES 32 /* of hex */
/* Whether a report with this key was taken before; and that it is taken now. Kept as long as a report may be late. */
enum err escort_key_seen(struct tx *tx, struct str key, bool *ret) MUST_USE;
enum err escort_key_note(struct tx *tx, struct str key) MUST_USE;

#endif
