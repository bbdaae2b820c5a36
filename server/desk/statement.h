/* statement: what a patient says about an entry of the own record that was released: words of the own beside it, or that it be corrected
 * (rule 13, MR 26; decision 0256). An R4 Task that the server leads; the entry is never touched.
 *
 *   requested: said     -> completed: noted (a statement), accepted (a correction)      -> rejected: declined (a correction)
 *
 *   code           TASK_SYSTEM "record-statement", "record-correction"     focus   the entry, "Type/id"
 *   description    the words, as they were said; requester and for the patient
 *   businessStatus the state   note the answer   owner who answered   restriction.period.end until when a correction is to be decided
 *   extension      LED_STATEMENT: said, answered (set once), version (of the entry, when it was said), amendment
 *
 * It bears the entry's labels of secrecy, so that whoever may not see that does not see this; and ours of release, as its own words are the
 * patient's to read. Reading on a reader or the desk, writing on the desk; in server->arena. `server` has no guard: who may is the caller's
 * question. */
#ifndef DESK_STATEMENT_H
#define DESK_STATEMENT_H
#include "base/zone.h"
#include "desk/chart.h"
#include "records/led.h"
#include "scheduler/calendar.h"

#define STATEMENT_STATE "urn:yunqiao:statement-state"
#define STATEMENT_WORDS_BYTES_MAX 4000
#define STATEMENT_LIST_MAX 100
#define STATEMENT_DAYS_DEFAULT 15 /* worked days for a decision (个人信息保护法 46) */

enum statement_state {
    STATEMENT_SAID,
    STATEMENT_NOTED,
    STATEMENT_ACCEPTED,
    STATEMENT_DECLINED,
    STATEMENT_STATES
};
const char *
statement_state_text(enum statement_state state); /* "received", "noted", "accepted", "declined" */

struct statement {
    struct chart_item item; /* the Task as it stands */
    enum statement_state state;
    bool is_correction;
    struct str record, patient;                   /* "Type/id", "Patient/x" */
    int64_t version;                              /* of the record, when it was said */
    struct str words, answer, by_name, amendment; /* amendment: "Type/id"; empty: none */
    struct instant said, due, answered;           /* ms 0: none, not yet */
};

/* ERR_NOT_FOUND: no statement of ours. */
enum err statement_read(struct tx *tx, struct record_reader *server, struct str id,
                        struct statement *ret) MUST_USE;
enum err statement_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                            struct statement *ret) MUST_USE;
/* Rows as the reader may see them, newest first: of one patient (an id), whatever their state; of all (empty), those that wait. */
enum err statement_list(struct tx *tx, struct record_reader *who, struct str patient,
                        int64_t ret_rows[STATEMENT_LIST_MAX], uint32_t *ret_n) MUST_USE;

/* The end of the nth worked day after this instant, in the zone. */
struct instant statement_due(const struct calendar *calendar, const struct zone *zone, struct instant from,
                             int64_t days);

struct statement_start {
    const struct record_head *entry;
    struct str patient; /* "Patient/x", whose session it is */
    struct str words;
    bool is_correction;
    struct instant due; /* ms 0: none */
};
enum err statement_begin(struct tx *tx, struct record_reader *server, const struct statement_start *start,
                         struct statement *ret) MUST_USE;

struct statement_answer {
    enum statement_state to; /* noted, accepted, declined */
    struct str answer, amendment;
    struct str account, display;
};
/* ret_no: NULL, or the code why not ("statement_over", "statement_kind"); then nothing is written. *s is what it then is. */
enum err statement_happen(struct tx *tx, struct record_reader *server, struct statement *s,
                          const struct statement_answer *a, const char **ret_no) MUST_USE;

#endif
