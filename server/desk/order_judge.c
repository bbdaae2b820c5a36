/* Orders, doses and hand-overs that a program writes at /fhir, past the screens (rules 36, 37; decisions 0135, 0138).
 *
 *   an order of ours    made:     as a draft, and it meets the check against allergies and orders in force
 *                       takes effect: by the pharmacist's check at its own endpoint alone
 *                       changed once in force: its status, the reason, notes; not what was checked
 *                       ends:     completed after it was in force; a draft is called off
 *   an order reported   what another house prescribed: kept as it is told, meets the same check, and no dose is given against it
 *   a dose              of an order of ours in force; of a controlled drug only where two sign for it
 *   a hand-over         as a dose; and what no order was checked for meets the check itself
 *
 * The store asks in the transaction of the write, for whatever way it came: create, update, patch, bundle. */
#include "desk/order_own.h"
#include <stdlib.h>

static enum err refuse(struct record_fault *fault, const char *code, const char *what, const char *path)
{
    (void)record_fault_add(fault, 409, "business-rule", what, path);
    fault->issues[0].own = code;
    return ERR_DENIED;
}

static enum err read_item(struct record_reader *all, const struct record_head *head, struct str body,
                          struct chart_item *ret)
{
    struct tape_fault where;
    ret->head = *head;
    return tape_read(all->arena, body, RECORD_NODES_MAX, &ret->tape, &where);
}

static bool is_status(struct record_reader *all, const struct chart_item *i, const char *status)
{
    return str_is_text(chart_text(all, i, 0, "status"), status);
}

/* -- whose order it is, and of which drug -- */

static bool is_reported(const struct chart_item *order)
{
    uint32_t told = chart_node(order, 0, "reportedBoolean");
    return (told != TAPE_NONE && order->tape.nodes[told].kind == TAPE_TRUE) ||
           chart_node(order, 0, "reportedReference") != TAPE_NONE;
}

bool order_is_ours(struct record_reader *all, const struct chart_item *order)
{
    static const char *const plans[] = {"proposal", "plan", "option"};
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        if (str_is_text(chart_text(all, order, 0, "intent"), plans[i])) return false;
    return !is_reported(order);
}

const struct drug *order_drug(struct record_reader *all, const struct chart_item *item, uint32_t concept)
{
    if (concept == TAPE_NONE) return NULL;
    return formulary_known(chart_text(all, item, concept, "coding.code"), chart_words(all, item, concept));
}

/* "#id" among what is contained. */
static uint32_t contained(const struct chart_item *item, struct str id)
{
    uint32_t list = tape_get(&item->tape, 0, STR("contained"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&item->tape, list, i)) != TAPE_NONE; i++) {
        uint32_t named = tape_get(&item->tape, at, STR("id"));
        if (named == TAPE_NONE) continue;
        struct str raw = tape_raw(&item->tape, named);
        if (raw.bytes == id.bytes + 2 && memcmp(raw.at + 1, id.at, id.bytes) == 0) return at;
    }
    return TAPE_NONE;
}

/* The drug of an order or a dose, said by its code or by reference to a Medication. */
static enum err find_drug(struct tx *tx, struct record_reader *all, const struct chart_item *item,
                          const struct drug **ret)
{
    struct chart_item medication;
    struct str reference = chart_text(all, item, 0, "medicationReference.reference"), id = reference;
    *ret = order_drug(all, item, chart_node(item, 0, "medicationCodeableConcept"));
    if (*ret || !reference.bytes) return OK;
    if (reference.at[0] == '#') {
        uint32_t at = contained(item, (struct str){reference.at + 1, reference.bytes - 1});
        *ret = at == TAPE_NONE ? NULL : order_drug(all, item, chart_node(item, at, "code"));
        return OK;
    }
    if (!str_is_text(str_cut(&id, '/'), "Medication")) return OK;
    enum err err = chart_one(tx, all, "Medication", str_cut(&id, '/'), &medication);
    if (!err) *ret = order_drug(all, &medication, chart_node(&medication, 0, "code"));
    return err == ERR_NOT_FOUND ? OK : err;
}

/* -- an order -- */

/* What stood before; at NULL in its tape: nothing. */
static enum err read_old(struct tx *tx, struct record_reader *all, const struct record_head *old,
                         struct chart_item *ret)
{
    struct str body;
    *ret = (struct chart_item){0};
    if (!old || old->is_deleted) return OK;
    enum err err = record_body(tx, all, old, &body);
    return err ? err : read_item(all, old, body, ret);
}

/* The status, and what is said beside it. */
static bool is_beside(struct str member)
{
    static const char *const beside[] = {"meta", "text", "status", "statusReason", "note"};
    for (size_t i = 0; i < COUNT_OF(beside); i++)
        if (str_is_text(member, beside[i])) return true;
    return false;
}

static uint32_t count_checked(const struct tape *t)
{
    uint32_t n = 0;
    for (uint32_t at = 1; at < t->nodes[0].end; at = t->nodes[at].end)
        n += !is_beside(tape_name(t, at));
    return n;
}

/* One says what the other says: members in any order, escapes undone, numbers by their value. The tape bounds the depth. */
static bool is_same(struct arena *arena, const struct tape *a, uint32_t x, const struct tape *b, uint32_t y)
{
    const struct tape_node *one = &a->nodes[x], *other = &b->nodes[y];
    struct str s, t;
    if (one->kind != other->kind || one->count != other->count) return false;
    if (one->kind == TAPE_TEXT)
        return tape_text(a, x, arena, &s) && tape_text(b, y, arena, &t) && str_is(s, t);
    if (one->kind == TAPE_NUMBER) return strtod(tape_raw(a, x).at, NULL) == strtod(tape_raw(b, y).at, NULL);
    for (uint32_t i = 0, at = x + 1; i < one->count; i++, at = a->nodes[at].end) {
        uint32_t to = one->kind == TAPE_ARRAY ? tape_at(b, y, i) : tape_get(b, y, tape_name(a, at));
        if (to == TAPE_NONE || !is_same(arena, a, at, b, to)) return false;
    }
    return true;
}

/* All of it but what stands beside. */
static bool is_as_checked(struct record_reader *all, const struct chart_item *before,
                          const struct chart_item *now)
{
    const struct tape *a = &before->tape, *b = &now->tape;
    if (count_checked(a) != count_checked(b)) return false;
    for (uint32_t at = 1; at < a->nodes[0].end; at = a->nodes[at].end) {
        if (is_beside(tape_name(a, at))) continue;
        uint32_t to = tape_get(b, 0, tape_name(a, at));
        if (to == TAPE_NONE || !is_same(all->arena, a, at, b, to)) return false;
    }
    return true;
}

/* Nobody says of an order that it was checked but the check. */
static bool claims_check(const struct chart_item *order)
{
    return tape_extension(&order->tape, 0, ORDER_CHECKED_URL) != TAPE_NONE;
}

static bool was_in_force(struct record_reader *all, const struct chart_item *before)
{
    return before->tape.nodes && order_is_ours(all, before) && order_in_force(all, before) &&
           !is_status(all, before, "draft");
}

/* What was never in force has no course that could be completed: a draft is called off, and nothing else is made than a draft. */
static bool may_end(struct record_reader *all, const struct chart_item *before, const struct chart_item *now)
{
    static const char *const ends[] = {"cancelled", "stopped", "entered-in-error"};
    for (size_t i = 0; before->tape.nodes && i < COUNT_OF(ends); i++)
        if (is_status(all, now, ends[i])) return true;
    return false;
}

static enum err judge_effect(struct record_reader *all, const struct chart_item *before,
                             const struct chart_item *now, struct record_fault *fault)
{
    bool was_there = before->tape.nodes != NULL, was_told = was_there && claims_check(before);
    if (was_in_force(all, before))
        return is_as_checked(all, before, now)
                   ? OK
                   : refuse(fault, "not_checker",
                            "an order in force stays as it was checked: stop it and order anew", NULL);
    if (claims_check(now) && (order_in_force(all, now) || !was_told || !is_as_checked(all, before, now)))
        return refuse(fault, "not_checker", "an order is checked at its own endpoint", "extension");
    if (was_there && order_is_ours(all, before) && !order_is_ours(all, now))
        return refuse(fault, "not_checker", "an order of this house stays one", "reported");
    if (!order_is_ours(all, now) || is_status(all, now, "draft") || may_end(all, before, now)) return OK;
    return refuse(fault, "not_checker", "an order takes effect by the pharmacist's check: write a draft",
                  "status");
}

/* The check of what stands there now, beside the others of its patient. except: the order that is asked about, where it stands. */
static enum err judge_drug(struct tx *tx, struct record_reader *all, const struct chart_item *item,
                           int64_t except, struct record_fault *fault)
{
    struct str patient = chart_text(all, item, 0, "subject.reference"), type = str_cut(&patient, '/');
    const struct drug *drug;
    struct order_verdict verdict;
    bool from_afar = false, has_reason = chart_node(item, 0, "note") != TAPE_NONE;
    if (!str_is_text(type, "Patient")) return OK;
    /* Another house's words for a drug are told as they are; only our own code is taken for one of the table. */
    enum err err = find_drug(tx, all, item, &drug);
    if (!order_is_ours(all, item))
        drug = formulary_find(chart_text(all, item, 0, "medicationCodeableConcept.coding.code"));
    struct order_ask ask = {.drug = drug ? str_of(drug->code) : (struct str){"", 0}};
    if (!err) err = order_gather(tx, all, patient, except, &ask);
    if (err) return err;
    order_check(&ask, &verdict);
    if (verdict.is_controlled && order_is_ours(all, item))
        err = order_from_afar(tx, all, patient, &from_afar);
    if (err) return err;
    if (from_afar)
        return refuse(fault, "controlled_remote", "a controlled drug is not prescribed from afar", NULL);
    /* A drug that the table does not know cannot be judged here: it is kept, and from then on each check of this patient says aloud that
     * it did not run whole. */
    bool is_unknown = !drug && formulary_is_whole();
    bool is_clean = verdict.alert_count == 0 && (!verdict.unavailable || is_unknown);
    if (is_clean || has_reason) return OK;
    return refuse(fault, "order_alert", "an alert, or no check: write the reason as a note", "note");
}

static enum err judge_order(struct tx *tx, struct record_reader *all, const struct record_head *old,
                            const struct chart_item *now, struct record_fault *fault)
{
    struct chart_item before;
    enum err err = read_old(tx, all, old, &before);
    if (!err) err = judge_effect(all, &before, now, fault);
    return err || !order_in_force(all, now) ? err : judge_drug(tx, all, now, now->head.row, fault);
}

/* -- a dose, a hand-over -- */

/* The order that a reference names; at NULL in its tape: none. */
static enum err find_order(struct tx *tx, struct record_reader *all, struct str reference,
                           struct chart_item *ret)
{
    struct str id = reference, type = str_cut(&id, '/');
    *ret = (struct chart_item){0};
    if (!str_is_text(type, "MedicationRequest")) return OK;
    enum err err = chart_one(tx, all, "MedicationRequest", str_cut(&id, '/'), ret);
    return err == ERR_NOT_FOUND ? OK : err;
}

static bool is_controlled(const struct drug *drug)
{
    return drug && drug->is_controlled;
}

/* Of what was ordered, where it names an order (`element`); no controlled drug by one alone. */
static enum err judge_given(struct tx *tx, struct record_reader *all, const struct chart_item *given,
                            const char *element, struct str reference, struct chart_item *ret_order,
                            struct record_fault *fault)
{
    const struct drug *drug, *ordered = NULL;
    enum err err = find_order(tx, all, reference, ret_order);
    if (!err) err = find_drug(tx, all, given, &drug);
    if (!err && ret_order->tape.nodes) err = find_drug(tx, all, ret_order, &ordered);
    if (err) return err;
    if (is_controlled(drug) || is_controlled(ordered))
        return refuse(fault, "own_dose", "a controlled dose takes two: record it at its order", NULL);
    bool is_in_force =
        ret_order->tape.nodes && is_status(all, ret_order, "active") && order_is_ours(all, ret_order);
    if (chart_node(given, 0, element) != TAPE_NONE && !is_in_force)
        return refuse(fault, "order_state", "a dose is given of an order in force", element);
    return OK;
}

static enum err judge_dose(struct tx *tx, struct record_reader *all, const struct chart_item *dose,
                           struct record_fault *fault)
{
    struct chart_item order;
    if (is_status(all, dose, "not-done") || is_status(all, dose, "entered-in-error")) return OK;
    return judge_given(tx, all, dose, "request", chart_text(all, dose, 0, "request.reference"), &order,
                       fault);
}

/* Each order that it names; and the drug itself is checked beside the patient's allergies and other orders, as another one may be
 * handed over than was ordered, or without an order. */
static enum err judge_dispense(struct tx *tx, struct record_reader *all, const struct chart_item *handed,
                               struct record_fault *fault)
{
    static const char *const nothing[] = {"declined", "cancelled", "entered-in-error"};
    struct chart_item order = {0};
    for (size_t i = 0; i < COUNT_OF(nothing); i++)
        if (is_status(all, handed, nothing[i])) return OK;
    uint32_t list = tape_get(&handed->tape, 0, STR("authorizingPrescription")), i = 0, at;
    if (list == TAPE_NONE) {
        enum err err =
            judge_given(tx, all, handed, "authorizingPrescription", (struct str){"", 0}, &order, fault);
        return err ? err : judge_drug(tx, all, handed, 0, fault);
    }
    for (; (at = tape_at(&handed->tape, list, i)) != TAPE_NONE; i++) {
        enum err err = judge_given(tx, all, handed, "authorizingPrescription",
                                   chart_text(all, handed, at, "reference"), &order, fault);
        if (!err) err = judge_drug(tx, all, handed, order.head.row, fault);
        if (err) return err;
    }
    return OK;
}

enum err order_judge(struct tx *tx, struct record_reader *who, const struct record_head *old,
                     const struct record *written, struct record_fault *fault)
{
    struct record_reader all = order_server_reader(who);
    struct chart_item item;
    uint16_t type = written->head.resource;
    bool is_order = type == fhir_resource_of(STR("MedicationRequest"));
    bool is_dose = type == fhir_resource_of(STR("MedicationAdministration"));
    if (!is_order && !is_dose && type != fhir_resource_of(STR("MedicationDispense"))) return OK;
    all.plan = NULL;
    enum err err = read_item(&all, &written->head, written->body, &item);
    if (err) return err;
    return is_order  ? judge_order(tx, &all, old, &item, fault)
           : is_dose ? judge_dose(tx, &all, &item, fault)
                     : judge_dispense(tx, &all, &item, fault);
}
