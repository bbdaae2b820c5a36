/* validate: does a body keep to the shape of its resource type? Against the tables of records/fhir: known names, JSON kinds and
 * primitive formats, cardinality, choices, required codes, types of references, no empty object or array, ext-1.
 * The invariants of single resources, and whether what a reference names exists, are looked at elsewhere.
 * Pure; any thread. Messages are English, short, and hold no value of the body: they may be logged. */
#ifndef RECORDS_VALIDATE_H
#define RECORDS_VALIDATE_H
#include "records/fhir.h"
#include "records/tape.h"

/* IssueType of OperationOutcome (http://hl7.org/fhir/issue-type). */
enum validate_code {
    VALIDATE_STRUCTURE,
    VALIDATE_REQUIRED,
    VALIDATE_VALUE,
    VALIDATE_INVARIANT,
    VALIDATE_CODE_INVALID
};
const char *validate_code_text(
    enum validate_code code); /* "structure", "required", "value", "invariant", "code-invalid" */

struct validate_issue {
    enum validate_code code;
    const char *what; /* in the arena, or literal */
    const char *path; /* FHIRPath: Patient.name[0].given[1] */
};

struct validate_report {
    struct validate_issue *issues; /* in the arena */
    uint32_t count, issues_max;    /* found beyond the maximum are not kept */
};

/* Validates the resource at node. resource: place in fhir_resources that it must be, or FHIR_NONE: any known one.
 * OK with ret_report->count == 0: it is valid. ERR_NOMEM. */
enum err validate_resource(const struct tape *tape, uint32_t node, uint16_t resource, struct arena *arena,
                           uint32_t issues_max, struct validate_report *ret_report) MUST_USE;

#endif
