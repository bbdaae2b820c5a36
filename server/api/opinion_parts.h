/* opinion_parts: what the endpoints of a visit's opinion share: finding it as the asker may see it, refusing, the trail, telling others. */
#ifndef API_OPINION_PARTS_H
#define API_OPINION_PARTS_H
#include "api/request.h"
#include "desk/opinion.h"

struct opinion_call {
    struct record_reader who, all; /* the asker's, the server's own */
    struct opinion opinion;
    struct opinion_by by;
};
/* In the arena; a fault 404 when it is absent, or not the asker's to see. */
enum err opinion_call_new(struct request *r, struct tx *tx, struct opinion_call **ret) MUST_USE;
/* True: it was refused, and the fault says why. A handler that has written returns an error then. */
bool opinion_refused(struct request *r, enum opinion_refusal refusal);
/* What was written has its origin (rule 22); the trail's row, under the route's name; more as in request_trace. */
enum err opinion_note(struct request *r, struct tx *tx, struct opinion_call *c, const char *more) MUST_USE;
/* Everybody with a grant, and who gave it, but the asker: the notice `opinion`. part NULL: another state. */
enum err opinion_tell(struct request *r, struct tx *tx, const struct opinion_call *c,
                      const char *part) MUST_USE;

#endif
