#include "desk/visit_consent.h"
#include "desk/chart_write.h"
#include "records/number.h"
#include <string.h>

#define RECORDED_BY "https://yunqiao.invalid/fhir/recorded-by"
#define REASON "https://yunqiao.invalid/fhir/consent-reason"
#define ACT "http://terminology.hl7.org/CodeSystem/v3-ActCode"

enum { BODY_MAX = 128 * 1024, MOST = 64 };

static const char *const kinds[VISIT_CONSENT_KINDS] = {"request", "camera", "recording", "exception"};

const char *visit_consent_kind_text(enum visit_consent_kind kind)
{
    ASSERT(kind < VISIT_CONSENT_KINDS);
    return kinds[kind];
}

/* A browser writes the standard alphabet, padded. */
bool visit_signature_is(struct arena *arena, struct str text)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t n = text.bytes, got = 0;
    if (n < 64 || n > VISIT_SIGNATURE_BYTES_MAX) return false;
    char *url = arena_text(arena, text.at, n);
    uint8_t *bytes = arena_alloc(arena, n);
    if (!url || !bytes) return false;
    while (n && url[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        url[i] = url[i] == '+' ? '-' : url[i] == '/' ? '_' : url[i];
    return str_from_base64url((struct str){url, n}, bytes, text.bytes, &got) && got > sizeof png &&
           memcmp(bytes, png, sizeof png) == 0;
}

/* -- reading -- */

static bool kind_from(struct str text, enum visit_consent_kind *ret)
{
    for (int i = 0; i < VISIT_CONSENT_KINDS; i++)
        if (str_is_text(text, kinds[i])) return *ret = (enum visit_consent_kind)i, true;
    return false;
}

static void read_people(struct record_reader *server, const struct chart_item *item,
                        struct visit_consent *ret)
{
    uint32_t list = chart_node(item, 0, "provision");
    list = list == TAPE_NONE ? TAPE_NONE : tape_get(&item->tape, list, STR("actor"));
    for (uint32_t i = 0, at; (at = tape_at(&item->tape, list, i)) != TAPE_NONE; i++) {
        if (ret->people_count == VISIT_PEOPLE_MAX) return;
        struct visit_person *p = &ret->people[ret->people_count++];
        p->account = chart_text(server, item, at, "reference.identifier.value");
        p->name = chart_text(server, item, at, "reference.display");
        p->role = chart_text(server, item, at, "role.coding.code");
    }
}

static bool read_one(struct record_reader *server, const struct chart_item *item, struct visit_consent *ret)
{
    uint32_t by = tape_extension(&item->tape, 0, RECORDED_BY), why = tape_extension(&item->tape, 0, REASON);
    *ret = (struct visit_consent){.head = item->head};
    if (!kind_from(chart_text(server, item, 0, "category.coding.code"), &ret->kind)) return false;
    ret->status = chart_text(server, item, 0, "status");
    ret->at = chart_instant(server, chart_text(server, item, 0, "dateTime"));
    ret->is_signed = chart_node(item, 0, "sourceAttachment") != TAPE_NONE;
    ret->witness = chart_text(server, item, 0, "verification.verifiedWith.display");
    if (by != TAPE_NONE) {
        ret->by = chart_text(server, item, by, "valueReference.display");
        ret->by_account = chart_text(server, item, by, "valueReference.identifier.value");
    }
    if (why != TAPE_NONE) ret->reason = chart_text(server, item, why, "valueString");
    uint32_t performers = tape_get(&item->tape, 0, STR("performer"));
    uint32_t second = tape_at(&item->tape, performers, 1);
    if (second != TAPE_NONE) ret->second = chart_text(server, item, second, "display");
    read_people(server, item, ret);
    return true;
}

enum err visit_consents_read(struct tx *tx, struct record_reader *server, const struct visit *v,
                             struct visit_consents *ret)
{
    struct stmt *q;
    bool row;
    int64_t rows[MOST];
    uint32_t n = 0;
    *ret = (struct visit_consents){.at = arena_zalloc(server->arena, MOST * sizeof *ret->at)};
    enum err err = ret->at ? db_stmt(tx->db,
                                     "SELECT r.row FROM record_link l JOIN record r ON r.row = l.record"
                                     " WHERE l.target = ?1 AND l.param = ?2 AND r.is_deleted = 0"
                                     " ORDER BY r.row DESC LIMIT ?3",
                                     &q)
                           : ERR_NOMEM;
    if (err) return err;
    stmt_int(q, 1, v->encounter.head.row);
    stmt_int(q, 2, number_of_param(fhir_param_of(fhir_resource_of(STR("Consent")), STR("data"))));
    stmt_int(q, 3, MOST);
    while (n < MOST && !(err = stmt_step(q, &row)) && row)
        rows[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item item;
        err = record_head_at(tx, server->arena, rows[i], &head);
        if (!err) err = chart_one(tx, server, "Consent", head.id, &item);
        if (!err && read_one(server, &item, &ret->at[ret->count])) ret->count++;
    }
    return err;
}

const struct visit_consent *visit_consent_last(const struct visit_consents *all, enum visit_consent_kind kind)
{
    for (uint32_t i = 0; i < all->count; i++)
        if (all->at[i].kind == kind) return &all->at[i];
    return NULL;
}

static bool is_active(const struct visit_consent *c)
{
    return c && str_is_text(c->status, "active");
}

const struct visit_consent *visit_exception(const struct visit_consents *all)
{
    const struct visit_consent *c = visit_consent_last(all, VISIT_CONSENT_EXCEPTION);
    return is_active(c) ? c : NULL;
}

bool visit_consent_stands(const struct visit_consents *all, enum visit_consent_kind kind)
{
    if (is_active(visit_consent_last(all, kind))) return true;
    return kind != VISIT_CONSENT_RECORDING && visit_exception(all) != NULL;
}

bool visit_consent_names(const struct visit_consents *all, struct str account)
{
    const struct visit_consent *c = visit_consent_last(all, VISIT_CONSENT_CAMERA);
    for (uint8_t i = 0; is_active(c) && i < c->people_count; i++)
        if (str_is(c->people[i].account, account)) return true;
    return visit_exception(all) != NULL;
}

/* -- writing -- */

static enum err put_people(struct tx *tx, struct record_reader *server, struct json_out *o,
                           const struct visit_consent_start *start)
{
    enum err err = OK;
    if (start->people_count == 0) return OK;
    json_open_array(o, "actor");
    for (uint8_t i = 0; i < start->people_count && !err; i++) {
        const struct visit_person *p = &start->people[i];
        const char *role = arena_text(server->arena, p->role.at, p->role.bytes);
        if (!role) return ERR_NOMEM;
        json_open(o, NULL);
        chart_put_code(o, "role", "urn:yunqiao:role", role, NULL);
        if (p->account.bytes) {
            err = chart_put_person(tx, server, o, "reference", p->account, p->name);
        } else {
            json_open(o, "reference");
            json_put_str(o, "display", p->name);
            json_close(o);
        }
        json_close(o);
    }
    json_close_array(o);
    return err;
}

static enum err put_provision(struct tx *tx, struct record_reader *server, struct json_out *o,
                              const struct visit *v, const struct visit_consent_start *start)
{
    json_open(o, "provision");
    enum err err = put_people(tx, server, o, start);
    json_open_array(o, "data");
    json_open(o, NULL);
    json_put_text(o, "meaning", "related");
    chart_put_local(o, "reference", "Encounter", v->encounter.head.id);
    json_close(o);
    json_close_array(o);
    json_close(o);
    return err;
}

static enum err put_body(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                         const struct visit *v, const struct visit_consent_start *start, struct json_out *o)
{
    bool is_exception = start->kind == VISIT_CONSENT_EXCEPTION;
    const char *patient =
        arena_printf(server->arena, "Patient/%.*s", (int)v->patient_id.bytes, v->patient_id.at);
    if (!patient) return ERR_NOMEM;
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Consent");
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_put_text(o, "url", RECORDED_BY);
    enum err err = chart_put_person(tx, server, o, "valueReference", by->account, by->display);
    json_close(o);
    if (start->reason.bytes) {
        json_open(o, NULL);
        json_put_text(o, "url", REASON);
        json_put_str(o, "valueString", start->reason);
        json_close(o);
    }
    json_close_array(o);
    json_put_text(o, "status", is_exception ? "proposed" : start->agrees ? "active" : "rejected");
    chart_put_code(o, "scope", "http://terminology.hl7.org/CodeSystem/consentscope", "treatment", NULL);
    json_open_array(o, "category");
    chart_put_code(o, NULL, VISIT_CONSENT_SYSTEM, kinds[start->kind], NULL);
    json_close_array(o);
    chart_put_reference(o, "patient", str_of(patient));
    json_put_instant(o, "dateTime", tx->now);
    json_open_array(o, "performer");
    if (is_exception && !err)
        err = chart_put_person(tx, server, o, NULL, by->account, by->display);
    else
        chart_put_reference(o, NULL, str_of(patient));
    json_close_array(o);
    chart_put_consented(o, tx->now, start->signature, start->witness);
    chart_put_code(o, "policyRule", ACT,
                   is_exception    ? "EMRGONLY"
                   : start->agrees ? "OPTIN"
                                   : "OPTOUT",
                   NULL);
    if (!err) err = put_provision(tx, server, o, v, start);
    json_close(o);
    return err;
}

enum err visit_consent_put(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                           const struct visit *v, const struct visit_consent_start *start,
                           struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    enum err err = put_body(tx, server, by, v, start, &o);
    if (err) buf_done(&body);
    if (!err) err = chart_take(server, &body, &text);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Consent")), STR(""), 0, text, ret, NULL);
}

static enum err patch(struct tx *tx, struct record_reader *server, const struct record_head *head,
                      struct buf *steps)
{
    struct str text;
    enum err err = chart_take(server, steps, &text);
    return err ? err : chart_write_steps(tx, server, head, 0, text, NULL, NULL);
}

static void put_status(struct json_out *o, const char *status)
{
    chart_put_step(o, "replace", "/status");
    json_put_text(o, "value", status);
    json_close(o);
}

enum err visit_exception_confirm(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                                 const struct visit_consent *proposed)
{
    struct buf steps;
    struct json_out o;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    put_status(&o, "active");
    chart_put_step(&o, "add", "/performer/-");
    enum err err = chart_put_person(tx, server, &o, "value", by->account, by->display);
    json_close(&o);
    json_close_array(&o);
    if (err) buf_done(&steps);
    return err ? err : patch(tx, server, &proposed->head, &steps);
}

enum err visit_consent_withdraw(struct tx *tx, struct record_reader *server, const struct visit_consents *all)
{
    enum err err = OK;
    for (uint32_t i = 0; i < all->count && !err; i++) {
        const struct visit_consent *c = &all->at[i];
        bool is_open = str_is_text(c->status, "proposed") || str_is_text(c->status, "active");
        struct buf steps;
        struct json_out o;
        if (c->kind == VISIT_CONSENT_REQUEST || !is_open) continue;
        buf_init(&steps, BODY_MAX);
        json_out_init(&o, &steps);
        json_open_array(&o, NULL);
        put_status(&o, "inactive");
        json_close_array(&o);
        err = patch(tx, server, &c->head, &steps);
    }
    return err;
}
