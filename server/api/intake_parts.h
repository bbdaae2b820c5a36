/* intake_parts: what the endpoints of an intake share: finding one that the asker may see, and the answer. */
#ifndef API_INTAKE_PARTS_H
#define API_INTAKE_PARTS_H
#include "api/request.h"
#include "desk/intake.h"

const struct intake_limits *intake_limits_of(struct request *r);
/* By the path's first part; 404 as a fault. */
enum err intake_find(struct request *r, struct tx *tx, struct record_reader *who,
                     struct intake *ret) MUST_USE;
/* {"intake": …} with each part that the asker may see. */
enum err intake_answer(struct request *r, struct tx *tx, struct record_reader *who, int status,
                       const struct intake *in) MUST_USE;

#endif
