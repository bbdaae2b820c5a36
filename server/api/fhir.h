/* fhir: what the endpoints of /fhir share: a request on its way through its stages, and how faults are told there. */
#ifndef API_FHIR_H
#define API_FHIR_H
#include "api/request.h"
#include "records/bundle.h"
#include "records/interact.h"

struct fhir_call { /* the request's stash */
    struct interact_ask ask;
    const struct interact_kind *kind; /* NULL: a bundle, or metadata */
    struct tape tape;
    bool is_bundle, is_pretty;
    enum bundle_return prefer;
    struct record_fault fault;
};

bool fhir_is_path(struct str path);
bool fhir_is_apart(const struct request *r); /* of records, and not of AuditEvents: struct job.is_apart */
bool fhir_is_json(struct str type);          /* a media type, without parameters */
struct record_reader fhir_reader(struct request *r);                      /* without a guard */
void fhir_put_version(struct request *r, const struct record_head *head); /* ETag, Last-Modified */
void fhir_put_location(struct request *r, struct str base, const struct record_head *head);
/* The row of the trail: "record.WHAT", which versions left or were made (rule 24); more: ",\"key\":…" or "". */
enum err fhir_trace(struct request *r, const char *what, const struct record_head *head,
                    const struct record_reader *who, const char *more) MUST_USE;
/* The fault of a request to /fhir as an OperationOutcome in the asker's language. */
void fhir_render_fault(struct request *r);
/* What an English phrase of the record store says in Chinese; the phrase itself where none is known. */
const char *fhir_text_zh(const char *what);
/* Indented, for people (_pretty). */
void fhir_pretty(struct str json, struct buf *to);

#endif
