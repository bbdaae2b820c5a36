/* order_parts: what endpoints that prescribe share (orders.c, opinion_after.c): a prescription read from the body, and refused. */
#ifndef API_ORDER_PARTS_H
#define API_ORDER_PARTS_H
#include "api/request.h"
#include "desk/order.h"

struct order_by order_parts_by(const struct request *r);
/* drug, dose, per_day, as_needed, days, words, override (unit and route, which are the drug's, are taken and left): false with a fault. */
bool order_parts_read(struct request *r, struct order_start *s);
/* Answers the fault; nothing for ORDER_DONE. */
enum err order_parts_refuse(struct request *r, enum order_refusal refusal);

#endif
