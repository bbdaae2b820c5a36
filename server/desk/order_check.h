/* order_check: does a drug go with this patient (rule 37)? Against the recorded allergies and the orders in force, by the local table.
 * What cannot be judged (a drug or an order that the table does not know) makes the check unavailable: never a silence. Pure; any
 * thread. */
#ifndef DESK_ORDER_CHECK_H
#define DESK_ORDER_CHECK_H
#include "base/json.h"
#include "desk/formulary.h"

#define ORDER_ALERTS_MAX 40

struct order_allergen {
    struct str code, words; /* either may be empty */
};
struct order_current {
    struct str code, words; /* of an order in force */
};
struct order_ask {
    struct str drug;
    const struct order_allergen *allergens;
    const struct order_current *currents;
    uint32_t allergen_count, current_count;
    bool is_cut; /* not all of the record could be read */
};

enum order_alert_kind { ORDER_ALLERGY, ORDER_INTERACTION, ORDER_DUPLICATE };
struct order_alert {
    enum order_alert_kind kind;
    bool is_high;
    struct str other;    /* the allergen's or the other drug's words */
    const char *zh, *en; /* what may follow; NULL: nothing to add */
};
struct order_verdict {
    const char *
        unavailable; /* a word for why the check did not run whole: "table", "drug", "order", "record"; NULL: it ran */
    bool is_controlled;
    struct order_alert alerts[ORDER_ALERTS_MAX];
    uint32_t alert_count;
};

void order_check(const struct order_ask *ask, struct order_verdict *ret);
/* "state", "why", "alerts", "controlled" into an open object. */
void order_verdict_write(struct json_out *to, const struct order_verdict *v, bool is_english);

#endif
