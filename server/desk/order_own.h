/* order_own: what the files of orders share: the server's own reader, and bodies as they are built and stored. */
#ifndef DESK_ORDER_OWN_H
#define DESK_ORDER_OWN_H
#include "desk/chart.h"
#include "desk/order.h"

#define ORDER_BODY_MAX (64 * 1024)

struct record_reader order_server_reader(const struct record_reader *who);
void order_hand_back(struct record_reader *who, const struct record_reader *all);
/* A Reference to who acts, under the key. */
enum err order_person_ref(struct tx *tx, struct record_reader *all, const struct order_by *by,
                          struct json_out *o, const char *key) MUST_USE;
void order_put_ref(struct record_reader *all, struct json_out *o, const char *key, const char *type,
                   struct str id);
void order_put_note(struct json_out *o, struct instant at, struct str text);
enum err order_create(struct tx *tx, struct record_reader *all, const char *type, struct buf *body,
                      struct record_head *ret) MUST_USE;
/* A step of a JSON patch, open for its value. */
void order_put_step(struct json_out *o, const char *op, const char *path);
/* The patch, of the version that was read. */
enum err order_apply(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                     struct buf *steps, struct record_head *ret) MUST_USE;

#endif
