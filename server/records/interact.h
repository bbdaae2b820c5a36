/* interact: one FHIR interaction, whether it came by HTTP or stands in a bundle: found in the one table of what this server does,
 * run, and answered. The CapabilityStatement is written from the same table.
 *
 * Reading interactions run on a reader or the desk, writing ones on the desk. A fault leaves answer->status as the fault's. */
#ifndef RECORDS_INTERACT_H
#define RECORDS_INTERACT_H
#include "base/buf.h"
#include "records/record.h"

enum interact_method { INTERACT_GET, INTERACT_POST, INTERACT_PUT, INTERACT_PATCH, INTERACT_DELETE };

struct interact_ask {
    enum interact_method method;
    struct str path;         /* below the base, decoded, without slashes at its ends: "Patient/1" */
    struct str query;        /* percent-encoded; a form of POST _search joined on */
    const struct tape *tape; /* the body; NULL: none */
    uint32_t node;
    struct record_if cond; /* criteria: If-None-Exist */
    bool is_lenient;
};
struct interact_answer {
    int status;
    const char *what;          /* the interaction's code: "read", "search-type", "create" … */
    struct record record;      /* what was read or written; head.row 0: none */
    bool has_record, has_text; /* the body is record.body, or was written to *to */
    uint32_t matches;          /* of a search */
};

struct interact_kind; /* a line of the table */
/* The line that the ask falls under; NULL: none, with a fault (404, 405). */
const struct interact_kind *interact_find(const struct interact_ask *ask, struct record_fault *fault);
bool interact_writes(const struct interact_kind *kind);
const char *interact_code(const struct interact_kind *kind);
enum err interact_run(struct tx *tx, struct record_reader *who, const struct interact_kind *kind,
                      const struct interact_ask *ask, struct buf *to, struct interact_answer *ret,
                      struct record_fault *fault) MUST_USE;
/* $everything, record by record: all of the patient's that the reader sees, and what it refers to that is nobody's. The Patient comes first.
 * And where records are walked otherwise (below). A record is there during the call alone; an err from take ends the walk. A fault: 404. */
struct everything {
    struct tx *tx;
    struct record_reader *who;
    enum err (*take)(void *ctx, const struct record *record);
    void *ctx;
    bool is_newest_first;
};
enum err interact_everything_each(struct everything *e, struct str patient,
                                  struct record_fault *fault) MUST_USE;
/* Records of one type in the order in which they were first written, a stretch at a time: those that the reader sees. */
#define INTERACT_STRETCH 128
struct stretch {
    uint16_t resource;
    bool of_patients;           /* only what belongs to a patient */
    struct instant since, made; /* changed then or later (0: ever), and there at that time */
    int64_t after;              /* row of the last one looked at; 0 before the first */
    bool is_end;                /* nothing is behind it */
};
enum err interact_stretch(struct everything *e, struct stretch *s) MUST_USE;
/* GET metadata. */
void interact_capabilities(struct str base, struct str version, struct instant at, struct buf *to);
#define INTERACT_FAULTS "https://yunqiao.invalid/fhir/fault"
/* An OperationOutcome in English; the border has one in the reader's language too. */
void interact_outcome(const struct record_fault *fault, struct buf *to);

#endif
