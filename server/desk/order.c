#include "desk/order.h"
#include "auth/account.h"
#include "desk/chart_write.h"
#include "desk/order_own.h"
#include "records/person.h"
#include <stdio.h>

enum { BODY_MAX = ORDER_BODY_MAX };

/* The check reads everything: nothing that the asker may not see makes a drug safe. */
struct record_reader order_server_reader(const struct record_reader *who)
{
    struct record_reader all = *who;
    all.guard = NULL;
    all.trace = (struct record_trace){0};
    return all;
}

/* What was written is the asker's doing: told to who asked, for its provenance. */
void order_hand_back(struct record_reader *who, const struct record_reader *all)
{
    who->written = all->written;
    who->written_count = all->written_count;
    who->written_room = all->written_room;
}

/* -- what is recorded -- */

bool order_in_force(struct record_reader *all, const struct chart_item *i)
{
    struct str status = chart_text(all, i, 0, "status");
    return str_is_text(status, "active") || str_is_text(status, "on-hold") || str_is_text(status, "draft");
}

static bool is_refuted(struct record_reader *all, const struct chart_item *i)
{
    struct str clinical = chart_text(all, i, 0, "clinicalStatus.coding.code");
    struct str sure = chart_text(all, i, 0, "verificationStatus.coding.code");
    return str_is_text(clinical, "inactive") || str_is_text(clinical, "resolved") ||
           str_is_text(sure, "refuted") || str_is_text(sure, "entered-in-error");
}

enum err order_gather(struct tx *tx, struct record_reader *all, struct str patient, int64_t except,
                      struct order_ask *ask)
{
    struct chart_list allergies, orders;
    enum err err = chart_list(tx, all, "AllergyIntolerance", patient, NULL, &allergies);
    if (!err)
        err = chart_list(tx, all, "MedicationRequest", patient, "&status=active,on-hold,draft", &orders);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) return ask->is_cut = true, OK;
    if (err) return err;
    struct order_allergen *a = arena_zalloc(all->arena, (allergies.count + 1) * sizeof *a);
    struct order_current *c = arena_zalloc(all->arena, (orders.count + 1) * sizeof *c);
    if (!a || !c) return ERR_NOMEM;
    for (uint32_t i = 0; i < allergies.count; i++) {
        const struct chart_item *item = &allergies.at[i];
        if (is_refuted(all, item)) continue;
        struct order_allergen *one = &a[ask->allergen_count++];
        one->code = chart_text(all, item, 0, "code.coding.code");
        one->words = chart_words(all, item, chart_node(item, 0, "code"));
        if (one->code.bytes == 0 && one->words.bytes == 0) ask->is_cut = true;
    }
    for (uint32_t i = 0; i < orders.count; i++) {
        const struct chart_item *item = &orders.at[i];
        if (!order_in_force(all, item) || item->head.row == except) continue;
        struct order_current *one = &c[ask->current_count++];
        one->code = chart_text(all, item, 0, "medicationCodeableConcept.coding.code");
        one->words = chart_words(all, item, chart_node(item, 0, "medicationCodeableConcept"));
    }
    ask->allergens = a, ask->currents = c;
    ask->is_cut = ask->is_cut || allergies.is_cut || orders.is_cut;
    return OK;
}

enum err order_look(struct tx *tx, struct record_reader *who, struct str patient, struct str drug,
                    struct order_verdict *ret)
{
    struct chart_item item;
    struct record_reader all = order_server_reader(who);
    struct order_ask ask = {.drug = drug};
    enum err err = chart_one(tx, who, "Patient", patient, &item);
    if (!err) err = order_gather(tx, &all, patient, 0, &ask);
    if (!err) order_check(&ask, ret);
    return err;
}

enum err order_from_afar(struct tx *tx, struct record_reader *all, struct str patient, bool *ret)
{
    struct chart_list found;
    enum err err =
        chart_list(tx, all, "Encounter", patient, "&class=VR&status=in-progress,onleave,arrived", &found);
    if (err) return err;
    *ret = found.count > 0 || found.is_cut;
    return OK;
}

static enum err encounter_fits(struct tx *tx, struct record_reader *who, const struct order_start *s,
                               bool *ret_remote)
{
    struct chart_item item;
    char subject[RECORD_ID_BYTES_MAX + 16];
    if (!s->encounter.at) return OK;
    enum err err = chart_one(tx, who, "Encounter", s->encounter, &item);
    if (err) return err;
    snprintf(subject, sizeof subject, "Patient/%.*s", (int)s->patient.bytes, s->patient.at);
    if (!str_is_text(chart_text(who, &item, 0, "subject.reference"), subject)) return ERR_NOT_FOUND;
    if (str_is_text(chart_text(who, &item, 0, "class.code"), "VR")) *ret_remote = true;
    return OK;
}

/* -- bodies -- */

enum err order_person_ref(struct tx *tx, struct record_reader *all, const struct order_by *by,
                          struct json_out *o, const char *key)
{
    return chart_put_person(tx, all, o, key, by->account, by->display);
}

void order_put_ref(struct record_reader *all, struct json_out *o, const char *key, const char *type,
                   struct str id)
{
    const char *ref = arena_printf(all->arena, "%s/%.*s", type, (int)id.bytes, id.at);
    json_open(o, key);
    if (ref)
        json_put_text(o, "reference", ref);
    else
        o->to->err = ERR_NOMEM;
    json_close(o);
}

static void put_text_concept(struct json_out *o, const char *key, const char *text)
{
    json_open(o, key);
    json_put_text(o, "text", text);
    json_close(o);
}

static void put_drug(struct json_out *o, const struct drug *d)
{
    json_open(o, "medicationCodeableConcept");
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", FORMULARY_SYSTEM);
    json_put_text(o, "code", d->code);
    json_put_text(o, "display", d->zh);
    json_close(o);
    json_close_array(o);
    json_put_text(o, "text", d->zh);
    json_close(o);
}

void order_put_note(struct json_out *o, struct instant at, struct str text)
{
    json_open(o, NULL);
    json_put_instant(o, "time", at);
    json_put_str(o, "text", text);
    json_close(o);
}

static void put_timing(struct json_out *o, const struct order_start *s, struct instant now)
{
    json_open(o, "timing");
    json_open(o, "repeat");
    if (s->days) {
        json_open(o, "boundsPeriod");
        json_put_instant(o, "start", now);
        json_put_instant(o, "end", (struct instant){now.ms + s->days * 86400000});
        json_close(o);
    }
    if (s->per_day) {
        json_put_int(o, "frequency", s->per_day);
        json_put_int(o, "period", 1);
        json_put_text(o, "periodUnit", "d");
    }
    json_close(o);
    json_close(o);
}

static void put_dosage(struct json_out *o, const struct drug *d, const struct order_start *s,
                       struct instant now)
{
    json_open_array(o, "dosageInstruction");
    json_open(o, NULL);
    if (s->words.bytes) json_put_str(o, "text", s->words);
    if (s->per_day || s->days) put_timing(o, s, now);
    if (!s->per_day) json_put_bool(o, "asNeededBoolean", true);
    put_text_concept(o, "route", d->route);
    json_open_array(o, "doseAndRate");
    json_open(o, NULL);
    json_open(o, "doseQuantity");
    json_put_raw(o, "value", s->dose);
    json_put_text(o, "unit", d->unit);
    json_close(o);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
}

enum err order_create(struct tx *tx, struct record_reader *all, const char *type, struct buf *body,
                      struct record_head *ret)
{
    struct str text;
    enum err err = chart_take(all, body, &text);
    return err ? err : chart_write(tx, all, fhir_resource_of(str_of(type)), STR(""), 0, text, ret, NULL);
}

static enum err write_order(struct tx *tx, struct record_reader *all, const struct order_by *by,
                            const struct drug *d, const struct order_start *s, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "MedicationRequest");
    json_put_text(&o, "status", "draft");
    json_put_text(&o, "intent", "order");
    put_drug(&o, d);
    order_put_ref(all, &o, "subject", "Patient", s->patient);
    if (s->encounter.at) order_put_ref(all, &o, "encounter", "Encounter", s->encounter);
    json_put_instant(&o, "authoredOn", tx->now);
    enum err err = order_person_ref(tx, all, by, &o, "requester");
    put_dosage(&o, d, s, tx->now);
    if (s->override.bytes) {
        json_open_array(&o, "note");
        order_put_note(&o, tx->now, s->override);
        json_close_array(&o);
    }
    json_close(&o);
    if (!err) err = order_create(tx, all, "MedicationRequest", &body, ret);
    buf_done(&body);
    return err;
}

enum err order_prescribe(struct tx *tx, struct record_reader *who, const struct order_by *by,
                         const struct order_start *start, enum order_refusal *ret_refusal,
                         struct order_verdict *ret_verdict, struct record_head *ret_head)
{
    struct record_reader all = order_server_reader(who);
    const struct drug *d = formulary_find(start->drug);
    bool from_afar = false;
    *ret_refusal = ORDER_NOT_DOCTOR;
    if (!role_set_has(by->roles, ROLE_CLINIC_DOCTOR)) return OK;
    enum err err = order_look(tx, who, start->patient, start->drug, ret_verdict);
    if (!err) err = encounter_fits(tx, who, start, &from_afar);
    if (!err && !from_afar) err = order_from_afar(tx, &all, start->patient, &from_afar);
    if (err) return err;
    bool is_clean = ret_verdict->alert_count == 0 && !ret_verdict->unavailable;
    if (!d) return *ret_refusal = ORDER_NO_DRUG, OK;
    if (d->is_controlled && from_afar) return *ret_refusal = ORDER_CONTROLLED, OK;
    if (!is_clean && start->override.bytes == 0) return *ret_refusal = ORDER_ALERTED, OK;
    *ret_refusal = ORDER_DONE;
    err = write_order(tx, &all, by, d, start, ret_head);
    order_hand_back(who, &all);
    return err;
}

/* -- its life -- */

static const struct {
    const char *name;
    const char *from[4]; /* the states that it starts from */
    const char *to;
} acts[] = {
    [ORDER_APPROVE] = {"approve", {"draft"}, "active"},
    [ORDER_HOLD] = {"hold", {"active"}, "on-hold"},
    [ORDER_RESUME] = {"resume", {"on-hold"}, "active"},
    [ORDER_STOP] = {"stop", {"draft", "active", "on-hold"}, "stopped"},
};

/* A site with no pharmacist names a second doctor: never the one who prescribed. */
static enum err may_approve(struct tx *tx, struct record_reader *all, const struct order_by *by,
                            const struct chart_item *order, bool *ret)
{
    struct buf names;
    struct json_out o;
    char next[ACCOUNT_NAME_MAX + 1];
    int64_t pharmacists = 0;
    struct person person;
    struct record_head self = {0};
    if (role_set_has(by->roles, ROLE_PHARMACIST)) return *ret = true, OK;
    *ret = false;
    if (!role_set_has(by->roles, ROLE_CLINIC_DOCTOR)) return OK;
    struct account_query query = {.role = ROLE_PHARMACIST, .state = STR("active"), .limit = 1};
    buf_init(&names, BODY_MAX);
    json_out_init(&o, &names);
    json_open_array(&o, NULL);
    enum err err = account_list(tx, all->arena, &query, &o, next, &pharmacists);
    buf_done(&names);
    if (!err) err = person_find(tx, by->account, &person);
    if (!err && person.practitioner) err = record_head_at(tx, all->arena, person.practitioner, &self);
    if (err || pharmacists > 0 || !person.practitioner) return err;
    struct str requester = chart_text(all, order, 0, "requester.reference");
    const char *own = arena_printf(all->arena, "Practitioner/%.*s", (int)self.id.bytes, self.id.at);
    if (!own) return ERR_NOMEM;
    *ret = requester.bytes > 0 && !str_is_text(requester, own);
    return OK;
}

static enum err put_checked(struct tx *tx, struct record_reader *all, const struct order_by *by,
                            const struct chart_item *order, struct str remark, struct json_out *o)
{
    bool is_first = chart_node(order, 0, "extension") == TAPE_NONE;
    chart_put_step(o, "add", is_first ? "/extension" : "/extension/-");
    if (is_first) json_open_array(o, "value");
    json_open(o, is_first ? NULL : "value");
    json_put_text(o, "url", ORDER_CHECKED_URL);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_put_text(o, "url", "by");
    enum err err = order_person_ref(tx, all, by, o, "valueReference");
    json_close(o);
    json_open(o, NULL);
    json_put_text(o, "url", "at");
    json_put_instant(o, "valueDateTime", tx->now);
    json_close(o);
    json_open(o, NULL);
    json_put_text(o, "url", "remark");
    json_put_str(o, "valueString", remark);
    json_close(o);
    json_close_array(o);
    json_close(o);
    if (is_first) json_close_array(o);
    json_close(o);
    return err;
}

enum err order_apply(struct tx *tx, struct record_reader *all, const struct chart_item *order,
                     struct buf *steps, struct record_head *ret)
{
    struct str text;
    enum err err = chart_take(all, steps, &text);
    return err ? err : chart_write_steps(tx, all, &order->head, order->head.version, text, ret, NULL);
}

static enum err change(struct tx *tx, struct record_reader *all, const struct order_by *by,
                       const struct chart_item *order, enum order_act act, struct str reason,
                       struct record_head *ret)
{
    struct buf steps;
    struct json_out o;
    bool is_draft = str_is_text(chart_text(all, order, 0, "status"), "draft");
    enum err err = OK;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", act == ORDER_STOP && is_draft ? "cancelled" : acts[act].to);
    json_close(&o);
    if (act == ORDER_APPROVE) {
        err = put_checked(tx, all, by, order, reason, &o);
    } else {
        chart_put_step(&o, "add", "/statusReason");
        json_open(&o, "value");
        json_put_str(&o, "text", reason);
        json_close(&o);
        json_close(&o);
    }
    json_close_array(&o);
    if (!err) err = order_apply(tx, all, order, &steps, ret);
    buf_done(&steps);
    return err;
}

static bool starts_from(enum order_act act, struct str status)
{
    for (int i = 0; i < 4 && acts[act].from[i]; i++)
        if (str_is_text(status, acts[act].from[i])) return true;
    return false;
}

enum err order_change(struct tx *tx, struct record_reader *who, const struct order_by *by, struct str id,
                      enum order_act act, struct str reason, enum order_refusal *ret_refusal,
                      struct record_head *ret_head)
{
    struct record_reader all = order_server_reader(who);
    struct chart_item order;
    bool may = role_set_has(by->roles, ROLE_CLINIC_DOCTOR);
    enum err err = chart_one(tx, who, "MedicationRequest", id, &order);
    if (!err && act == ORDER_APPROVE) err = may_approve(tx, &all, by, &order, &may);
    if (err) return err;
    *ret_refusal = act == ORDER_APPROVE ? ORDER_NO_CHECKER : ORDER_NOT_DOCTOR;
    if (!may) return OK;
    *ret_refusal = ORDER_WRONG_STATE;
    if (!starts_from(act, chart_text(&all, &order, 0, "status"))) return OK;
    *ret_refusal = ORDER_DONE;
    err = change(tx, &all, by, &order, act, reason, ret_head);
    order_hand_back(who, &all);
    return err;
}
