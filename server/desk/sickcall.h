/* sickcall: a request to be seen by the clinic, as a Task (R4; code SICKCALL_TASK, decision 0175). What it may become is scheduler/sick's to
 * say; here it is read, and each change is written as the next version, whole, with who and when. Its words are the clinic's and its
 * own patient's: it bears no label of custody's, and none of what is told of it says more than that something changed.
 *
 *   status           draft requested received accepted ready on-hold in-progress completed cancelled
 *   businessStatus   the state, as scheduler/sick names it (SICKCALL_SYSTEM)
 *   priority         stat asap urgent routine: the triage class, once triaged
 *   description      the words; authoredOn when it was asked; requester who told it; for whom
 *   identifier       its number, told at once to who asked
 *   encounter        the visit; partOf the request that it is linked to; note the answer for self-care
 *   extension        LED_SICK_CALL: received, triaged, seen (set once), door, place, outcome, and each change of the class; of an
 *                    emergency, who said to go there and when: going, going-by
 *
 * Reading on a reader or the desk, writing on the desk; all in server->arena. `server` has no guard: who may is the caller's question. */
#ifndef DESK_SICKCALL_H
#define DESK_SICKCALL_H
#include "desk/chart.h"
#include "records/led.h"
#include "scheduler/sick.h"

#define SICKCALL_TASK "urn:yunqiao:task" /* its code's system; the code is "sick-call" */
#define SICKCALL_SYSTEM "urn:yunqiao:sick-call"
#define SICKCALL_NUMBER "urn:yunqiao:sick-call-number"
#define SICKCALL_WORDS_BYTES_MAX 2000
#define SICKCALL_LIKE_MAX 5
#define SICKCALL_REGIONS_MAX 12
#define SICKCALL_LIST_MAX 300

extern const struct migration sickcall_migrations[]; /* 371 */

struct sickcall {
    struct chart_item item; /* the Task as it stands */
    int64_t number;
    enum sick_state state;
    enum triage triage;                                          /* routine until t2 */
    struct instant asked, received, triaged, seen, triage_since; /* ms 0: not yet */
    struct str patient, requester, by_name; /* "Patient/x", "Practitioner/x" or the patient; name */
    struct str words, place, door;
    struct str regions[SICKCALL_REGIONS_MAX]; /* pressed on the picture of the body at the terminal */
    uint32_t regions_n;
    struct str encounter, linked; /* "Encounter/x", "Task/x"; empty: none */
    struct str answer, outcome;
    struct instant going; /* of an emergency: when somebody said to go there; ms 0: nobody has */
    struct str going_by;  /* a name */
    struct str voice;     /* "Binary/x": a note by voice; empty: none */
    int64_t voice_ms;
};

/* Where it is in the body, for what repeats of it is linked: codes. How it came: "voice", "paper", "terminal". */
bool sickcall_place_is(struct str place);
/* A region of the terminal's picture ("left-arm"), and the place that it belongs to; empty: it is none. */
struct str sickcall_region_place(struct str region);
bool sickcall_door_is(struct str door);
bool sickcall_outcome_is(struct str outcome);

/* ERR_NOT_FOUND: no sick call of ours. */
enum err sickcall_read(struct tx *tx, struct record_reader *server, struct str id,
                       struct sickcall *ret) MUST_USE;
enum err sickcall_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                           struct sickcall *ret) MUST_USE;
/* Of an Encounter's id: the one that the visit is for; ERR_NOT_FOUND. */
enum err sickcall_of_visit(struct tx *tx, struct record_reader *server, struct str encounter,
                           struct sickcall *ret) MUST_USE;
/* Rows of those that are open, as the reader may see them, oldest first; of one patient (an id), or of all (empty). */
enum err sickcall_open(struct tx *tx, struct record_reader *who, struct str patient,
                       int64_t ret_rows[SICKCALL_LIST_MAX], uint32_t *ret_n) MUST_USE;
/* Ids of earlier open ones of the same patient that may be about the same: the same place in the body, or words that are alike. */
enum err sickcall_like(struct tx *tx, struct record_reader *server, const struct sickcall *c,
                       struct str ret_ids[SICKCALL_LIKE_MAX], uint32_t *ret_n) MUST_USE;
/* How alike two texts are, in percent: pairs of letters that both have (Dice). Pure. */
uint32_t sickcall_likeness(struct str a, struct str b);

/* Which clock runs, and until when; is_before_us: the visit is under way. */
enum sick_clock sickcall_clock(const struct record_reader *server, const struct sick_limits *limits,
                               const struct sickcall *c, bool is_before_us, struct instant *ret_due);

struct sickcall_by {
    struct str account, display, reference; /* reference: "Practitioner/x", "Patient/x", or empty */
};
struct sickcall_start {
    struct str patient, words, place, door; /* patient: "Patient/x" */
    struct str regions[SICKCALL_REGIONS_MAX];
    uint32_t regions_n;
    struct instant asked; /* when it was said or written; ms 0: now */
    bool is_draft;
};
/* Made, with its number; and, unless it is a draft, sent and received at once: the clinic's own system takes it (t1). */
enum err sickcall_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct sickcall_start *start, struct sickcall *ret) MUST_USE;

/* A note by voice, sealed as this Binary, stands with it from now on. */
enum err sickcall_put_voice(struct tx *tx, struct record_reader *server, struct sickcall *c,
                            const struct record_head *file, int64_t ms) MUST_USE;

/* Somebody goes to this emergency, now. *ret_may false: it is none, is over, or somebody goes already; then nothing is written. */
enum err sickcall_go(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                     struct sickcall *c, bool *ret_may) MUST_USE;

struct sickcall_event {
    enum sick_verb verb;
    enum triage triage;      /* triage */
    struct str why;          /* triage: of a lower class; withdraw */
    struct str answer;       /* answer */
    struct str to;           /* link: an id */
    struct str encounter;    /* schedule: "Encounter/x" */
    struct str outcome;      /* close */
    struct instant at;       /* see: when the visit began */
    struct str words, place; /* submit: of a draft, as they are then; at NULL: as they were */
};
/* What the verb does to it and to those that are linked to it, which go the way of the one that is seen. *c is what it then is.
 * ret_no: why not, and nothing is written. */
enum err sickcall_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct sickcall *c, const struct sickcall_event *e, enum sick_no *ret_no) MUST_USE;

#endif
