/* audit_event: rows of the audit chain as FHIR AuditEvents (R4; IHE BALP's codes where one fits). A view alone: nothing is stored, the id
 * is the row's number, and there is one version. Who wrote the chain (store/audit) and what is in it stay as they are.
 *
 *   privacy officer   every row; references and codes, no clinical word
 *   detainee          rows that were done on the own record: who, in which role, when, how; of versions only those that the person may
 *                     read; neither addresses nor accounts, and nothing of other patients that the same search gave
 *   others            nothing
 *
 * Reading it leaves one row, "audit.read", which is about nobody's record: looking at the trail never makes the trail to look at longer
 * for the next. On a reader or the desk. */
#ifndef RECORDS_AUDIT_EVENT_H
#define RECORDS_AUDIT_EVENT_H
#include "auth/trail.h"
#include "base/buf.h"
#include "records/record.h"

uint16_t audit_event_type(void); /* fhir_resources */

/* What a row says, put together for one reader. In the reader's arena. */
struct audit_version {
    uint16_t resource;
    struct str id;
    int64_t version, row, patient;
};
struct audit_event {
    const struct trail_row *row;
    const struct audit_kind *kind; /* its codes */
    char action;                   /* C R U D E */
    struct str code;               /* why it was refused; empty: it was not */
    struct audit_version *versions;
    uint32_t version_count;
    struct audit_version target; /* resource FHIR_NONE: not a record */
    int64_t *patients;           /* rows, each once */
    uint32_t patient_count;
    int64_t person;      /* row of the actor's Practitioner or Patient; 0: none */
    bool for_officer;    /* all of it; else what the person concerned is told */
    int64_t own_patient; /* of the person concerned */
};
/* What the row alone says; nothing is looked up. */
struct audit_event audit_event_begin(const struct record_reader *who, const struct trail_row *row);
/* Versions, patients and the person behind the account. subject: whose record the row was found by; 0: unsaid. */
enum err audit_event_look_up(struct tx *tx, struct record_reader *who, int64_t subject,
                             struct audit_event *e) MUST_USE;
enum err audit_event_write(struct tx *tx, struct record_reader *who, const struct audit_event *e,
                           struct buf *to) MUST_USE;

/* The codes of a row, for a search. Names are constant. */
const char *audit_event_type_code(const struct audit_event *e, const char **ret_system);
const char *audit_event_rest_code(const struct audit_event *e); /* NULL: no interaction of FHIR's */
const char *audit_event_subtype_code(const struct audit_event *e,
                                     const char **ret_system); /* NULL: no other than ours */
char audit_event_outcome(const struct audit_event *e);         /* '0', '4', '8' */

#define AUDIT_EVENT_ACTIONS "https://yunqiao.invalid/fhir/audit-action"
#define AUDIT_EVENT_ACCOUNTS "https://yunqiao.invalid/fhir/account"
#define AUDIT_EVENT_ROLES "https://yunqiao.invalid/fhir/role"
#define AUDIT_EVENT_REST "http://hl7.org/fhir/restful-interaction"

#endif
