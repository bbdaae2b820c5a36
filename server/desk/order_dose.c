/* Doses: what became of each, and the second of two who give a controlled drug. */
#include "desk/chart_write.h"
#include "desk/order_own.h"
#include "records/person.h"

static const char *const outcomes[] = {"given", "refused", "held", "missed", "absent"};

bool order_outcome_is(struct str outcome)
{
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        if (str_is_text(outcome, outcomes[i])) return true;
    return false;
}

static void copy_raw(const struct chart_item *order, const char *path, struct json_out *o, const char *key)
{
    uint32_t node = chart_node(order, 0, path);
    if (node != TAPE_NONE) json_put_raw(o, key, tape_raw(&order->tape, node));
}

static void put_outcome(struct json_out *o, struct str outcome)
{
    bool is_given = str_is_text(outcome, "given");
    json_put_text(o, "status", is_given ? "completed" : "not-done");
    if (is_given) return;
    json_open_array(o, "statusReason");
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", "urn:yunqiao:not-given");
    json_put_str(o, "code", outcome);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
}

static void put_dose(struct json_out *o, const struct chart_item *order)
{
    if (chart_node(order, 0, "dosageInstruction.doseAndRate.doseQuantity") == TAPE_NONE) return;
    json_open(o, "dosage");
    copy_raw(order, "dosageInstruction.route", o, "route");
    copy_raw(order, "dosageInstruction.doseAndRate.doseQuantity", o, "dose");
    json_close(o);
}

/* A dose says what the order says: it bears its labels. */
static void put_labels(const struct chart_item *order, struct json_out *o)
{
    uint32_t meta = tape_get(&order->tape, 0, STR("meta"));
    uint32_t labels = tape_get(&order->tape, meta, STR("security"));
    if (labels == TAPE_NONE) return;
    json_open(o, "meta");
    json_put_raw(o, "security", tape_raw(&order->tape, labels));
    json_close(o);
}

struct dosing {
    struct tx *tx;
    struct record_reader *all;
    const struct order_by *by;
    struct str outcome, reason;
    bool is_half; /* given by one of two: not yet done */
};

static void put_status(const struct dosing *d, struct json_out *o)
{
    if (d->is_half)
        json_put_text(o, "status", "in-progress");
    else
        put_outcome(o, d->outcome);
}

static enum err put_performer(const struct dosing *d, struct json_out *o, const char *key)
{
    json_open(o, key);
    enum err err = order_person_ref(d->tx, d->all, d->by, o, "actor");
    json_close(o);
    return err;
}

static enum err write_dose(const struct dosing *d, const struct chart_item *order, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    buf_init(&body, ORDER_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "MedicationAdministration");
    put_labels(order, &o);
    put_status(d, &o);
    copy_raw(order, "medicationCodeableConcept", &o, "medicationCodeableConcept");
    copy_raw(order, "subject", &o, "subject");
    copy_raw(order, "encounter", &o, "context");
    json_put_instant(&o, "effectiveDateTime", d->tx->now);
    json_open_array(&o, "performer");
    enum err err = put_performer(d, &o, NULL);
    json_close_array(&o);
    order_put_ref(d->all, &o, "request", "MedicationRequest", order->head.id);
    if (d->reason.bytes) {
        json_open_array(&o, "note");
        order_put_note(&o, d->tx->now, d->reason);
        json_close_array(&o);
    }
    put_dose(&o, order);
    json_close(&o);
    if (!err) err = order_create(d->tx, d->all, "MedicationAdministration", &body, ret);
    buf_done(&body);
    return err;
}

enum err order_dose_absent(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                           struct str id, struct instant at, const char *why)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, ORDER_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "MedicationAdministration");
    json_put_str(&o, "id", id);
    put_labels(order, &o);
    json_put_text(&o, "status", "not-done");
    json_open_array(&o, "statusReason");
    chart_put_code(&o, NULL, "urn:yunqiao:not-given", "absent", NULL);
    chart_put_code(&o, NULL, "urn:yunqiao:custody", why, NULL);
    json_close_array(&o);
    copy_raw(order, "medicationCodeableConcept", &o, "medicationCodeableConcept");
    copy_raw(order, "subject", &o, "subject");
    copy_raw(order, "encounter", &o, "context");
    json_put_instant(&o, "effectiveDateTime", at);
    order_put_ref(all, &o, "request", "MedicationRequest", order->head.id);
    put_dose(&o, order);
    json_close(&o);
    enum err err = chart_take(all, &body, &text);
    return err ? err
               : chart_write(tx, all, fhir_resource_of(STR("MedicationAdministration")), id, 0, text, NULL,
                             NULL);
}

/* What the table does not know is taken for controlled by nobody: it could not be prescribed here. */
static bool is_controlled(struct record_reader *all, const struct chart_item *item)
{
    const struct drug *d = order_drug(all, item, chart_node(item, 0, "medicationCodeableConcept"));
    return d && d->is_controlled;
}

enum err order_dose(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                    struct str outcome, struct str reason, enum order_refusal *ret_refusal,
                    struct record_head *ret_head)
{
    struct record_reader all = order_server_reader(who);
    struct chart_item order;
    struct dosing d = {.tx = tx, .all = &all, .by = by, .outcome = outcome, .reason = reason};
    enum err err = chart_one(tx, who, "MedicationRequest", id, &order);
    if (err) return err;
    *ret_refusal = ORDER_WRONG_STATE;
    if (!str_is_text(chart_text(&all, &order, 0, "status"), "active") || !order_is_ours(&all, &order))
        return OK;
    *ret_refusal = ORDER_DONE;
    d.is_half = str_is_text(outcome, "given") && is_controlled(&all, &order);
    err = write_dose(&d, &order, ret_head);
    if (!err && str_is_text(outcome, "refused")) err = order_refused(tx, &all, by, &order);
    order_hand_back(who, &all);
    return err;
}

/* -- the second of two -- */

/* The first half is the person's whom the dose names; an account without a person is known by its name. */
static enum err is_first(struct tx *tx, struct record_reader *all, const struct order_by *by,
                         const struct chart_item *dose, bool *ret)
{
    struct person person;
    struct record_head self;
    struct str reference = chart_text(all, dose, 0, "performer.actor.reference");
    struct str display = chart_text(all, dose, 0, "performer.actor.display");
    *ret = reference.bytes == 0 && str_is(display, by->display);
    enum err err = person_find(tx, by->account, &person);
    if (err || !person.practitioner || reference.bytes == 0) return err;
    err = record_head_at(tx, all->arena, person.practitioner, &self);
    if (err) return err;
    const char *own = arena_printf(all->arena, "Practitioner/%.*s", (int)self.id.bytes, self.id.at);
    if (!own) return ERR_NOMEM;
    *ret = str_is_text(reference, own);
    return OK;
}

static enum err complete(const struct dosing *d, const struct chart_item *dose, struct record_head *ret)
{
    struct buf steps;
    struct json_out o;
    buf_init(&steps, ORDER_BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", "completed");
    json_close(&o);
    chart_put_step(&o, "add", "/performer/-");
    enum err err = put_performer(d, &o, "value");
    json_close(&o);
    json_close_array(&o);
    if (!err) err = order_apply(d->tx, d->all, dose, &steps, ret);
    buf_done(&steps);
    return err;
}

enum err order_witness(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                       enum order_refusal *ret_refusal, struct record_head *ret_head)
{
    struct record_reader all = order_server_reader(who);
    struct chart_item dose;
    struct dosing d = {.tx = tx, .all = &all, .by = by};
    bool own = false;
    enum err err = chart_one(tx, who, "MedicationAdministration", id, &dose);
    if (!err) err = is_first(tx, &all, by, &dose, &own);
    if (err) return err;
    *ret_refusal = ORDER_WRONG_STATE;
    if (!str_is_text(chart_text(&all, &dose, 0, "status"), "in-progress")) return OK;
    *ret_refusal = ORDER_SAME_PERSON;
    if (own) return OK;
    *ret_refusal = ORDER_DONE;
    err = complete(&d, &dose, ret_head);
    order_hand_back(who, &all);
    return err;
}
