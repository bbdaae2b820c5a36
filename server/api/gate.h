/* gate: what every request passes before its handler, at each stage that has the store: session, CSRF, policy, method, body.
 * The order is fixed, so that a forbidden path and an absent one cannot be told apart. Sets r->fault where it ends. */
#ifndef API_GATE_H
#define API_GATE_H
#include "api/request.h"

enum err gate_pass(struct request *r, struct tx *tx) MUST_USE;
/* A 4xx answered to somebody known leaves a row, unless the handler wrote one. */
enum err gate_note_refusal(struct request *r) MUST_USE;
void gate_language(struct request *r);      /* r->english from Accept-Language */
void gate_refuse_method(struct request *r); /* 405 with Allow */
/* Lets the session's row follow the idle clock: a write of its own that nobody waits for. */
void gate_post_touch(struct request *r);

#endif
