/* intake: somebody who has come into custody, screened and assessed (workflow, steps 2 and 3): a Task (R4; code "intake") of one stay, led by
 * scheduler/intake. It is opened, ended, called off and taken up again by what the registry says of the stay (intake_stay_changed), and
 * never by hand; its clocks run from the admission.
 *
 *   Task                      id "intake-HASH" as the stay's "stay-HASH"; for, encounter (the stay); businessStatus the state
 *     extension LED_INTAKE    arrived, begun, handed, signed, assessed, ended, until (instants); begun-by, handed-by, signed-by,
 *                             assessed-by (names); consent, fitness, housing (codes)
 *   QuestionnaireResponse     id as the Task's: the form; with "-i" behind it the injuries, labelled R (rule 40); with "-1", "-2" …
 *                             the assessment and each yearly one. In progress until the doctor signs, then final.
 *   Task "allegation"         id "intake-HASH-r", labelled R: the person says to have been ill-treated. The doctor says to which outside
 *                             body it went. No account of custody can list, count or guess it.
 *
 * A refusal of care is an answer (consent), not a gap: what was refused is not asked for (rule 16). Custody gets fitness, housing and until
 * when, by desk/housing alone. On the desk; reading on a reader too; texts live in server->arena. `server` has no guard. */
#ifndef DESK_INTAKE_H
#define DESK_INTAKE_H
#include "desk/intake_form.h"
#include "desk/sickcall.h"
#include "desk/stay_watch.h"
#include "scheduler/intake.h"

#define INTAKE_SYSTEM "urn:yunqiao:intake"
#define INTAKE_LIST_MAX 400

struct intake {
    struct chart_item item; /* the Task as it stands */
    struct intake_facts facts;
    struct instant handed, ended, until;                    /* ms 0: not; until: the housing instruction */
    struct str patient, stay;                               /* "Patient/x", "Encounter/x" */
    struct str begun_by, handed_by, signed_by, assessed_by; /* names; empty: nobody yet */
    struct str consent;                                     /* a code of the form; empty: not said */
    enum intake_fitness fitness;
    enum intake_housing housing;
    int64_t assessments;
};

/* ERR_NOT_FOUND: none of ours. */
enum err intake_read(struct tx *tx, struct record_reader *server, struct str id, struct intake *ret) MUST_USE;
enum err intake_read_row(struct tx *tx, struct record_reader *server, int64_t row,
                         struct intake *ret) MUST_USE;
/* Rows of those that are open, as the reader may see them, by the admission. */
enum err intake_open(struct tx *tx, struct record_reader *who, int64_t ret_rows[INTAKE_LIST_MAX],
                     uint32_t *ret_n) MUST_USE;
/* A part of it as it stands: for the assessment the last one. ERR_NOT_FOUND: nothing was said yet. */
enum err intake_part_read(struct tx *tx, struct record_reader *server, const struct intake *in,
                          enum intake_part part, struct chart_item *ret) MUST_USE;
/* Whether the head of an injuries' record is this account's own, and not signed yet: whoever writes it down knows it. */
bool intake_is_own(struct record_reader *server, const struct chart_item *part, struct str account);

/* What the registry says of the stay is made so here: opened, ended, cancelled, taken up again. From desk/stay_watch alone. */
enum err intake_stay_changed(struct tx *tx, struct record_reader *server,
                             const struct stay_change *change) MUST_USE;

struct intake_event {
    enum intake_verb verb;       /* BEGIN, HAND, SIGN, HOUSE, ASSESS, REVIEW */
    enum intake_fitness fitness; /* SIGN, HOUSE */
    enum intake_housing housing;
    struct instant until; /* ms 0: until something else is said */
};
/* What the verb does; *in is what it then is. ret_no: why not, and nothing is written. */
enum err intake_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                       struct intake *in, const struct intake_event *e, enum intake_no *ret_no) MUST_USE;
/* The answers of a part, kept as they are now. *ret_where: what of them cannot be meant, and nothing is written. */
enum err intake_save(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                     struct intake *in, enum intake_part part, const struct json *answers,
                     const char **ret_where, enum intake_no *ret_no) MUST_USE;
/* The part is final now: for a signature (records/seal). ERR_NOT_FOUND: nothing was said. */
enum err intake_close_part(struct tx *tx, struct record_reader *server, const struct intake *in,
                           enum intake_part part, struct record *ret) MUST_USE;

/* -- what becomes of it -- */

/* Allergies, problems and the pressure of the form, as records of the chart; each once, however often it is asked for. */
enum err intake_make_records(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                             const struct intake *in, uint32_t *ret_made) MUST_USE;

struct intake_allegation {
    struct record_head head;
    struct instant made, sent;  /* ms 0: not sent */
    struct str to;              /* a code of intake_body_is */
    struct str patient, intake; /* "Patient/x"; the intake's id */
};
bool intake_body_is(struct str to); /* "procuratorate", "health-authority", "supervisory", "lawyer" */
/* ERR_NOT_FOUND: there is none. */
enum err intake_allegation_read(struct tx *tx, struct record_reader *server, const struct intake *in,
                                struct intake_allegation *ret) MUST_USE;
/* Rows of those that the reader may see: whatever nobody has sent, the oldest first, then what was sent since that instant. */
#define INTAKE_ALLEGATIONS_MAX 200
enum err intake_allegation_rows(struct tx *tx, struct record_reader *who, struct instant since,
                                int64_t ret_rows[INTAKE_ALLEGATIONS_MAX], uint32_t *ret_n) MUST_USE;
/* ERR_NOT_FOUND: none. */
enum err intake_allegation_at(struct tx *tx, struct record_reader *server, int64_t row,
                              struct intake_allegation *ret) MUST_USE;
enum err intake_allegation_make(struct tx *tx, struct record_reader *server,
                                const struct intake *in) MUST_USE;
enum err intake_allegation_send(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                                const struct intake *in, struct str to) MUST_USE;

#endif
