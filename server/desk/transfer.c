#include "desk/advice.h"
#include "desk/chart_write.h"
#include "desk/transfer_own.h"
#include "desk/visit_consent.h"
#include "desk/visit_request.h"
#include "records/search.h"

enum { BODY_MAX = 64 * 1024, CONSENT_MAX = 96 * 1024 };

static bool is_among(struct str word, const char *const *words)
{
    for (; *words; words++)
        if (str_is_text(word, *words)) return true;
    return false;
}

bool transfer_kind_is(struct str code)
{
    return is_among(code, (const char *const[]){"referral", "surgery", "emergency", NULL});
}

bool transfer_means_is(struct str code)
{
    return is_among(code, (const char *const[]){"walking", "wheelchair", "stretcher", NULL});
}

bool transfer_vehicle_is(struct str code)
{
    return is_among(code, (const char *const[]){"car", "van", "ambulance", NULL});
}

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_TRANSFER, name, value);
}

static struct instant moment(struct record_reader *server, const struct chart_item *item, const char *name)
{
    return chart_instant(server, part(server, item, name, "valueInstant"));
}

static struct str words(struct record_reader *server, const struct chart_item *item, const char *name)
{
    return part(server, item, name, "valueString");
}

static enum err read_item(struct record_reader *server, const struct chart_item *item, struct transfer *t)
{
    int64_t officers = 0;
    if (tape_extension(&item->tape, 0, LED_TRANSFER) == TAPE_NONE) return ERR_NOT_FOUND;
    *t = (struct transfer){.item = *item};
    if (!transfer_state_from(part(server, item, "state", "valueCode"), &t->facts.state)) return ERR_CORRUPT;
    t->asked = chart_instant(server, chart_text(server, item, 0, "authoredOn"));
    t->from = chart_instant(server, chart_text(server, item, 0, "occurrencePeriod.start"));
    t->until = chart_instant(server, chart_text(server, item, 0, "occurrencePeriod.end"));
    t->consented = moment(server, item, "consented"), t->approved = moment(server, item, "approved");
    t->arranged = moment(server, item, "arranged"), t->departed = moment(server, item, "departed");
    t->arrived = moment(server, item, "arrived"), t->admitted = moment(server, item, "admitted");
    t->returned = moment(server, item, "returned"), t->ended = moment(server, item, "ended");
    t->kind = chart_text(server, item, 0, "code.coding.code");
    t->means = part(server, item, "means", "valueCode");
    t->words = chart_text(server, item, 0, "reasonCode.text");
    t->patient = chart_text(server, item, 0, "subject.reference");
    t->encounter = chart_text(server, item, 0, "encounter.reference");
    t->hospital = chart_text(server, item, 0, "performer.reference");
    t->hospital_name = chart_text(server, item, 0, "performer.display");
    t->by_name = chart_text(server, item, 0, "requester.display");
    t->opinion = chart_text(server, item, 0, "supportingInfo.reference");
    t->why = words(server, item, "why"), t->approved_by = words(server, item, "approved-by");
    t->consent = words(server, item, "consent"), t->escort = words(server, item, "escort");
    t->packet = words(server, item, "packet");
    (void)str_to_i64(part(server, item, "officers", "valueUnsignedInt"), &officers);
    t->officers = officers > 0 && officers <= TRANSFER_OFFICERS_MAX ? (uint32_t)officers : 1;
    t->facts.is_emergency = str_is_text(t->kind, "emergency");
    t->facts.is_approved = t->approved.ms != 0;
    return OK;
}

enum err transfer_read(struct tx *tx, struct record_reader *server, struct str id, struct transfer *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "ServiceRequest", id, &item);
    return err ? err : read_item(server, &item, ret);
}

enum err transfer_read_row(struct tx *tx, struct record_reader *server, int64_t row, struct transfer *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("ServiceRequest"))))
        err = ERR_NOT_FOUND;
    return err ? err : transfer_read(tx, server, head.id, ret);
}

enum err transfer_list(struct tx *tx, struct record_reader *who, struct str patient,
                       int64_t ret_rows[TRANSFER_LIST_MAX], uint32_t *ret_n)
{
    struct record_fault fault = {0};
    const char *query = patient.bytes ? arena_printf(who->arena,
                                                     "category=" VISIT_CATEGORY "|" TRANSFER_CATEGORY
                                                     "&patient=Patient/%.*s&_sort=-authored",
                                                     (int)patient.bytes, patient.at)
                                      : "category=" VISIT_CATEGORY "|" TRANSFER_CATEGORY
                                        "&status=draft,active&_sort=authored";
    *ret_n = 0;
    enum err err = query ? search_rows(tx, who, fhir_resource_of(STR("ServiceRequest")), str_of(query),
                                       ret_rows, TRANSFER_LIST_MAX, ret_n, &fault)
                         : ERR_NOMEM;
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

enum err transfer_undecided(struct tx *tx, struct record_reader *server, struct str patient, struct str visit,
                            bool *ret)
{
    int64_t rows[TRANSFER_LIST_MAX];
    uint32_t n = 0;
    *ret = false;
    enum err err = transfer_list(tx, server, patient, rows, &n);
    for (uint32_t i = 0; i < n && !err && !*ret; i++) {
        struct transfer t;
        err = transfer_read_row(tx, server, rows[i], &t);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        struct str id = t.encounter;
        (void)str_cut(&id, '/');
        *ret = !err && str_is(id, visit) && !transfer_is_over(&t.facts) && !t.facts.is_approved;
    }
    return err;
}

/* -- writing -- */

/* As FHIR counts it: a draft until a doctor approves or somebody has left, in force until all of it is done. */
static const char *status_of(const struct transfer *t)
{
    bool is_whole = t->facts.is_approved || !transfer_is_waiting(t->facts.state);
    if (t->facts.state >= TRANSFER_REFUSED) return "revoked";
    if (transfer_is_over(&t->facts)) return "completed";
    return is_whole ? "active" : "draft";
}

static void put_led(struct json_out *o, const struct transfer *t)
{
    const struct {
        const char *url;
        struct instant at;
    } moments[] = {{"consented", t->consented}, {"approved", t->approved}, {"arranged", t->arranged},
                   {"departed", t->departed},   {"arrived", t->arrived},   {"admitted", t->admitted},
                   {"returned", t->returned},   {"ended", t->ended}};
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_part(o, "state", "valueCode", str_of(transfer_state_text(t->facts.state)));
    chart_put_part(o, "means", "valueCode", t->means);
    json_open(o, NULL);
    json_put_text(o, "url", "officers");
    json_put_int(o, "valueUnsignedInt", t->officers);
    json_close(o);
    for (size_t i = 0; i < COUNT_OF(moments); i++)
        chart_put_moment(o, moments[i].url, moments[i].at);
    chart_put_part(o, "approved-by", "valueString", t->approved_by);
    chart_put_part(o, "why", "valueString", t->why);
    chart_put_part(o, "consent", "valueString", t->consent);
    chart_put_part(o, "escort", "valueString", t->escort);
    chart_put_part(o, "packet", "valueString", t->packet);
    json_close_array(o);
    json_put_text(o, "url", LED_TRANSFER);
    json_close(o);
    json_close_array(o);
}

static enum err put_requester(struct tx *tx, struct record_reader *server, struct json_out *o,
                              const struct transfer *t, const struct sickcall_by *requester)
{
    uint32_t old = t->item.tape.nodes ? tape_get(&t->item.tape, 0, STR("requester")) : TAPE_NONE;
    if (old != TAPE_NONE) return json_put_raw(o, "requester", tape_raw(&t->item.tape, old)), OK;
    if (!requester) return ERR_CORRUPT; /* each that stands has its own */
    return chart_put_person(tx, server, o, "requester", requester->account, requester->display);
}

static enum err put_body(struct tx *tx, struct record_reader *server, struct json_out *o,
                         const struct transfer *t, const struct sickcall_by *requester)
{
    static const char *const ours[] = {"resourceType", "extension",        "status",         "intent",
                                       "category",     "priority",         "code",           "subject",
                                       "encounter",    "authoredOn",       "requester",      "performer",
                                       "reasonCode",   "occurrencePeriod", "supportingInfo", NULL};
    const char *kind = arena_text(server->arena, t->kind.at, t->kind.bytes);
    if (!kind) return ERR_NOMEM;
    json_open(o, NULL);
    json_put_text(o, "resourceType", "ServiceRequest");
    if (t->item.tape.nodes) chart_put_rest(o, &t->item, ours);
    put_led(o, t);
    json_put_text(o, "status", status_of(t));
    json_put_text(o, "intent", "order");
    json_open_array(o, "category");
    chart_put_code(o, NULL, VISIT_CATEGORY, TRANSFER_CATEGORY, NULL);
    json_close_array(o);
    json_put_text(o, "priority", t->facts.is_emergency ? "stat" : "routine");
    chart_put_code(o, "code", TRANSFER_SYSTEM, kind, NULL);
    chart_put_reference(o, "subject", t->patient);
    if (t->encounter.bytes) chart_put_reference(o, "encounter", t->encounter);
    json_open(o, "occurrencePeriod");
    json_put_instant(o, "start", t->from);
    json_put_instant(o, "end", t->until);
    json_close(o);
    json_put_instant(o, "authoredOn", t->asked);
    enum err err = put_requester(tx, server, o, t, requester);
    json_open_array(o, "performer");
    json_open(o, NULL);
    json_put_str(o, "reference", t->hospital);
    json_put_str(o, "display", t->hospital_name);
    json_close(o);
    json_close_array(o);
    json_open_array(o, "reasonCode");
    json_open(o, NULL);
    json_put_str(o, "text", t->words);
    json_close(o);
    json_close_array(o);
    if (t->opinion.bytes) {
        json_open_array(o, "supportingInfo");
        chart_put_reference(o, NULL, t->opinion);
        json_close_array(o);
    }
    json_close(o);
    return err;
}

enum err transfer_write(struct tx *tx, struct record_reader *server, struct transfer *t,
                        const struct sickcall_by *requester)
{
    struct record_head head;
    struct json_out o;
    struct buf text;
    struct str body, id = t->item.tape.nodes ? t->item.head.id : (struct str){"", 0};
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    enum err err = put_body(tx, server, &o, t, requester);
    enum err taken = chart_take(server, &text, &body);
    if (!err) err = taken;
    if (!err)
        err = chart_write(tx, server, fhir_resource_of(STR("ServiceRequest")), id, 0, body, &head, NULL);
    return err ? err : transfer_read(tx, server, head.id, t);
}

/* -- a new one -- */

enum err transfer_begin(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                        const struct transfer_start *start, struct transfer *ret)
{
    struct chart_item hospital;
    enum err err = chart_one(tx, server, "Organization", start->hospital, &hospital);
    if (err) return err;
    const char *reference =
        arena_printf(server->arena, "Organization/%.*s", (int)start->hospital.bytes, start->hospital.at);
    if (!reference) return ERR_NOMEM;
    struct transfer t = {.facts = {.state = TRANSFER_NEEDED},
                         .asked = tx->now,
                         .from = start->from,
                         .until = start->until,
                         .kind = start->kind,
                         .means = start->means,
                         .words = start->words,
                         .patient = start->patient,
                         .encounter = start->encounter,
                         .hospital = str_of(reference),
                         .hospital_name = chart_text(server, &hospital, 0, "name"),
                         .opinion = start->opinion,
                         .officers = start->officers};
    err = transfer_write(tx, server, &t, by);
    if (!err) err = transfer_task_next(server, &t);
    if (!err) err = transfer_write(tx, server, &t, by);
    if (!err) err = transfer_task_write(tx, server, &t, "requested", NULL);
    if (!err) *ret = t;
    return err;
}

/* -- what happens -- */

static void note(struct tx *tx, const struct sickcall_by *by, struct transfer *t,
                 const struct transfer_event *e)
{
    struct instant at = e->at.ms ? e->at : tx->now;
    switch (e->verb) {
    case TRANSFER_DO_APPROVE:
        t->approved = tx->now, t->approved_by = by->display;
        break;
    case TRANSFER_DO_ARRANGE:
        t->arranged = tx->now;
        break;
    case TRANSFER_DO_FAIL:
        t->arranged = (struct instant){0};
        break;
    case TRANSFER_DO_DEPART:
        t->departed = at;
        break;
    case TRANSFER_DO_ARRIVE:
        t->arrived = at;
        break;
    case TRANSFER_DO_ADMIT:
        t->admitted = at;
        break;
    case TRANSFER_DO_RETURN:
        t->returned = at;
        break;
    case TRANSFER_DO_REFUSE:
    case TRANSFER_DO_CALL_OFF:
        t->ended = tx->now, t->why = e->why;
        break;
    case TRANSFER_VERBS:
        break;
    }
    t->facts.is_approved = t->approved.ms != 0;
}

/* Refused or called off: what advised it is to be decided anew. */
static enum err give_back(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          const struct transfer *t)
{
    const char *order =
        arena_printf(server->arena, "ServiceRequest/%.*s", (int)t->item.head.id.bytes, t->item.head.id.at);
    if (!order) return ERR_NOMEM;
    struct opinion_by who = {.account = by->account, .display = by->display};
    struct advice_undone undone = {
        .patient = t->patient, .visit = t->encounter, .order = str_of(order), .reason = t->why};
    return advice_reopen(tx, server, &who, &undone);
}

enum err transfer_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                         struct transfer *t, const struct transfer_event *e, enum transfer_no *ret_no)
{
    enum transfer_state to;
    *ret_no = transfer_decide(&t->facts, e->verb, &to);
    bool was_asked = t->consented.ms != 0 || t->facts.is_emergency;
    if (!*ret_no && e->verb == TRANSFER_DO_APPROVE && !was_asked) *ret_no = TRANSFER_NO_UNASKED;
    if (*ret_no) return OK;
    t->facts.state = to;
    note(tx, by, t, e);
    enum err err = OK;
    bool is_ended = to >= TRANSFER_REFUSED;
    if (e->verb == TRANSFER_DO_FAIL) err = transfer_task_next(server, t);
    if (!err) err = transfer_write(tx, server, t, by);
    if (!err && is_ended) err = transfer_task_write(tx, server, t, "cancelled", NULL);
    if (!err && is_ended) err = give_back(tx, server, by, t);
    if (!err && e->verb == TRANSFER_DO_FAIL) err = transfer_task_write(tx, server, t, "requested", NULL);
    return err;
}

/* -- what the patient says -- */

static enum err write_consent(struct tx *tx, struct record_reader *server, const struct transfer *t,
                              const struct transfer_said *said, struct record_head *ret)
{
    struct json_out o;
    struct buf text;
    struct str body;
    const char *about =
        arena_printf(server->arena, "ServiceRequest/%.*s", (int)t->item.head.id.bytes, t->item.head.id.at);
    if (!about) return ERR_NOMEM;
    buf_init(&text, CONSENT_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Consent");
    json_put_text(&o, "status", said->agrees ? "active" : "rejected");
    chart_put_code(&o, "scope", "http://terminology.hl7.org/CodeSystem/consentscope", "treatment", NULL);
    json_open_array(&o, "category");
    chart_put_code(&o, NULL, VISIT_CONSENT_SYSTEM, TRANSFER_CATEGORY, NULL);
    json_close_array(&o);
    chart_put_reference(&o, "patient", t->patient);
    json_put_instant(&o, "dateTime", tx->now);
    json_open_array(&o, "performer");
    chart_put_reference(&o, NULL, t->patient);
    json_close_array(&o);
    chart_put_consented(&o, tx->now, said->signature, said->witness);
    chart_put_code(&o, "policyRule", "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                   said->agrees ? "OPTIN" : "OPTOUT", NULL);
    json_open(&o, "provision");
    json_open_array(&o, "data");
    json_open(&o, NULL);
    json_put_text(&o, "meaning", "related");
    chart_put_reference(&o, "reference", str_of(about));
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    json_close(&o);
    enum err err = chart_take(server, &text, &body);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Consent")), STR(""), 0, body, ret, NULL);
}

enum err transfer_consent(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          struct transfer *t, const struct transfer_said *said, enum transfer_no *ret_no)
{
    struct record_head head;
    enum transfer_state to;
    /* A yes is as late as a no may be: they have not left. An emergency's patient may say it whenever it can be asked. */
    *ret_no = said->agrees && t->facts.is_emergency && !transfer_is_over(&t->facts)
                  ? TRANSFER_YES
                  : transfer_decide(&t->facts, TRANSFER_DO_REFUSE, &to);
    if (*ret_no) return OK;
    enum err err = write_consent(tx, server, t, said, &head);
    const char *reference =
        err ? NULL : arena_printf(server->arena, "Consent/%.*s", (int)head.id.bytes, head.id.at);
    if (!err && !reference) err = ERR_NOMEM;
    if (err) return err;
    t->consent = str_of(reference);
    if (said->agrees) return t->consented = tx->now, transfer_write(tx, server, t, by);
    struct transfer_event no = {.verb = TRANSFER_DO_REFUSE, .why = said->reason};
    return transfer_happen(tx, server, by, t, &no, ret_no);
}

enum err transfer_packet_note(struct tx *tx, struct record_reader *server, struct transfer *t,
                              struct str packet)
{
    t->packet = packet;
    return transfer_write(tx, server, t, NULL); /* who asked for it stands in it */
}
