/* fault: what was wrong with an interaction, as the issues of an OperationOutcome. Lives in the asker's memory; its texts are
 * literals or in the arena. English; the border turns them into the reader's language (api/fhir_text). */
#ifndef RECORDS_FAULT_H
#define RECORDS_FAULT_H
#include "base/arena.h"
#include "base/err.h"
#include <stdint.h>

#define RECORD_ISSUES_MAX 20

struct record_issue {
    const char *code; /* IssueType: "not-found", "structure" … */
    const char *what; /* a short English phrase that holds no value of a body */
    const char *path; /* FHIRPath or parameter; NULL: none */
    const char *own;  /* the code of docs/PROTOCOL §1 behind it, for programs; NULL: none */
};
struct record_fault {
    int status; /* HTTP status; 0: no fault */
    struct record_issue issues[RECORD_ISSUES_MAX];
    uint32_t count;
    const char
        *known; /* diagnostics: the list of known parameters, where an unknown one was asked for; or NULL */
};

/* The first call sets the status; later ones add issues. Returns OK, so that a function can end with it. */
enum err record_fault_add(struct record_fault *f, int status, const char *code, const char *what,
                          const char *path);
/* 404 in one form for what is absent and what may not be seen. */
enum err record_fault_absent(struct record_fault *f);

#endif
