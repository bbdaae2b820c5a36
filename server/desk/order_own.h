/* order_own: what the files of orders share: the server's own reader, and bodies as they are built and stored. */
#ifndef DESK_ORDER_OWN_H
#define DESK_ORDER_OWN_H
#include "desk/chart.h"
#include "desk/order.h"

#define ORDER_BODY_MAX (64 * 1024)
#define ORDER_CHECKED_URL "https://yunqiao.invalid/fhir/order-checked" /* by whom, when, what was said */

struct record_reader order_server_reader(const struct record_reader *who);
void order_hand_back(struct record_reader *who, const struct record_reader *all);
/* draft, active, on-hold */
bool order_in_force(struct record_reader *all, const struct chart_item *order);
/* What a check of the patient's goes by. except: the order that is asked about, where it stands already; 0: none. */
enum err order_gather(struct tx *tx, struct record_reader *all, struct str patient, int64_t except,
                      struct order_ask *ask) MUST_USE;
/* A consultation by video with the patient is under way. */
enum err order_from_afar(struct tx *tx, struct record_reader *all, struct str patient, bool *ret) MUST_USE;
/* It was made here to be given: no plan or proposal, nor told by somebody else (reported). */
bool order_is_ours(struct record_reader *all, const struct chart_item *order);
/* After a refusal was written: at each third in a row a follow-up of the doctor's. */
enum err order_refused(struct tx *tx, struct record_reader *all, const struct order_by *by,
                       const struct chart_item *order) MUST_USE;
/* A drug by its code, else by the words that name it; NULL: the table does not know it. */
const struct drug *order_drug(struct record_reader *all, const struct chart_item *item, uint32_t concept);
/* A Reference to who acts, under the key. */
enum err order_person_ref(struct tx *tx, struct record_reader *all, const struct order_by *by,
                          struct json_out *o, const char *key) MUST_USE;
void order_put_ref(struct record_reader *all, struct json_out *o, const char *key, const char *type,
                   struct str id);
void order_put_note(struct json_out *o, struct instant at, struct str text);
enum err order_create(struct tx *tx, struct record_reader *all, const char *type, struct buf *body,
                      struct record_head *ret) MUST_USE;
/* The patch, of the version that was read. */
enum err order_apply(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                     struct buf *steps, struct record_head *ret) MUST_USE;

#endif
