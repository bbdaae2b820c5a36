/* agenda_parts: what the endpoints of bookings share: a job's schedule, who may, needs read and bookings written. */
#ifndef API_AGENDA_PARTS_H
#define API_AGENDA_PARTS_H
#include "api/request.h"
#include "desk/waiting.h"
#include "scheduler/rule.h"

/* Opens what a job needs; close it whatever happened in between. A fault: 503 where the agenda is not kept here. */
struct agenda_job {
    struct schedule s;
    struct agenda *agenda;
    const struct str *displaced; /* of an override: told with the answer (agenda_write_displaced) */
    uint32_t displaced_count;
};
enum err agenda_open(struct request *r, struct tx *tx, struct agenda_job *job) MUST_USE;
void agenda_close(struct agenda_job *job);
/* Opens, calls, closes. */
enum err agenda_with(struct request *r, struct tx *tx,
                     enum err (*f)(struct request *r, struct agenda_job *job)) MUST_USE;
/* "from" and "until" of the query, at most days apart. */
bool agenda_window(struct request *r, int days, struct instant *ret_from, struct instant *ret_until);

/* {KEY: [...]}: what of a type that the reader may see begins in the window that the query asks for, as put writes each. */
struct agenda_listing {
    const char *type, *criteria, *when, *sort; /* when: the search parameter of the window */
    const char *key;
    int days; /* the window is at most so long */
    enum err (*put)(struct request *r, struct agenda_job *job, struct json_out *o, int64_t row);
};
enum err agenda_list(struct request *r, struct agenda_job *job, struct record_reader *who,
                     const struct agenda_listing *what) MUST_USE;

/* Whether any of the asker's roles may (scheduler/rule); else 403 or 404 as a fault. */
bool agenda_may_do(struct request *r, enum rule_act act, bool is_own, bool has_reason);
/* The same without a fault. */
bool agenda_knows(struct request *r, enum rule_act act, bool is_own);
/* Whether any of the asker's roles learns this reason. */
bool agenda_shows_reason(struct request *r, enum appt_reason reason);
bool agenda_is_own(const struct schedule *s, const struct booking *b);

/* The notices of what the job did, sent once it is durable. */
enum err agenda_tell(struct request *r, struct agenda_job *job) MUST_USE;
/* After a write: the trail's row, Provenance, notices; for a refusal its fault. The answer is the booking. */
enum err agenda_answer(struct request *r, struct agenda_job *job, int status,
                       const struct schedule_answer *answer) MUST_USE;
enum err agenda_write_booking(struct request *r, struct agenda_job *job, struct json_out *o, const char *key,
                              const struct booking *b) MUST_USE;
/* "displaced": […] and "engagements": n into an open object: what gave way to an emergency. ids as schedule_override's. */
enum err agenda_write_displaced(struct request *r, struct agenda_job *job, struct json_out *o,
                                const struct str *ids, uint32_t n) MUST_USE;
void agenda_write_resource(struct request *r, struct json_out *o, const struct agenda_resource *e,
                           bool is_whole);
/* By 汉字, whole pinyin, first letters, hospital, specialty or licence; text is folded (records/index). */
bool agenda_is_named(struct request *r, const struct agenda_resource *e, struct str text);
/* One of them: "proposal": {…}. */
void agenda_write_proposal(struct request *r, struct json_out *o, const struct seek_found *found,
                           const struct seek_proposal *p, const char *key);
void agenda_write_found(struct request *r, struct json_out *o, const struct seek_found *found);

/* Fields of the body. A fault and false when they are not right. */
bool agenda_instant(struct request *r, const struct json *object, const char *key, struct instant *ret);
bool agenda_triage(struct request *r, enum triage *ret);
bool agenda_needs(struct request *r, struct agenda_job *job, struct seek *to);
bool agenda_seats(struct request *r, struct agenda_job *job, struct schedule_start *to);
/* "Patient/x" or "ServiceRequest/x" in the body; row 0 when it is not there. */
enum err agenda_reference(struct request *r, struct tx *tx, const char *key, const char *type,
                          int64_t *ret_row) MUST_USE;

#endif
