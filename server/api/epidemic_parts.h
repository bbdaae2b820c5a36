/* epidemic_parts: what the endpoints about what spreads share. */
#ifndef API_EPIDEMIC_PARTS_H
#define API_EPIDEMIC_PARTS_H
#include "api/request.h"
#include "desk/epidemic.h"

const struct epidemic_limits *epidemic_parts_limits(struct request *r);
/* The case of the path that the asker may see; 404 as a fault. */
enum err epidemic_parts_find(struct request *r, struct tx *tx, struct epidemic_case *ret) MUST_USE;
/* "case" or an element of an array: as the clinic is shown it. */
enum err epidemic_parts_put(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                            const struct epidemic_case *c) MUST_USE;
/* After a write: the trail's row, Provenance, and the notices: to nurses and doctors that cases changed, to the command that who is kept
 * apart did. detail: a JSON object. */
enum err epidemic_parts_done(struct request *r, struct tx *tx, struct record_reader *server,
                             const struct record_head *head, const char *detail) MUST_USE;
/* {"case": …, "made": n}; made below 0: not said. */
enum err epidemic_parts_answer(struct request *r, struct tx *tx, int status, const struct epidemic_case *c,
                               int64_t made) MUST_USE;
enum err epidemic_parts_refuse(struct request *r, enum epidemic_no no) MUST_USE;

#endif
