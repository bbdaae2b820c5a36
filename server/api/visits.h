/* visits: what the endpoints of consultations share: finding one as the asker may know of it, and the answer after a step. */
#ifndef API_VISITS_H
#define API_VISITS_H
#include "api/agenda_parts.h"
#include "desk/visit_write.h"

struct visit_job { /* one request's */
    struct agenda_job *agenda;
    struct visit v;
    struct visit_asker who;
    struct visit_by by;
    struct guard *guard;
};
/* The visit whose id is the path's first part; 404 as a fault for who may not know of it. */
enum err visits_find(struct request *r, struct agenda_job *job, struct visit_job *ret) MUST_USE;
/* Rows of the trail and Provenance of what was written, notices, and the visit as it is then. detail: a JSON object's members, or "". */
enum err visits_answer(struct request *r, struct visit_job *j, int status, const char *action,
                       const char *detail) MUST_USE;
/* "attached" of the body: heads that the asker sees, of that patient; a fault when one is not. */
enum err visits_attached(struct request *r, struct visit_job *j, int64_t patient,
                         struct record_head **ret_heads, struct str **ret_references,
                         uint8_t *ret_n) MUST_USE;

#endif
