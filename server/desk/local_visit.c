#include "desk/local_visit.h"
#include "desk/chart_write.h"
#include "records/search.h"

#define SYSTEM_ACT "http://terminology.hl7.org/CodeSystem/v3-ActCode"

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_LOCAL_VISIT, name, value);
}

static uint32_t count_sights(const struct tape *t)
{
    uint32_t n = 0, parts = tape_get(t, tape_extension(t, 0, LED_LOCAL_VISIT), STR("extension"));
    for (uint32_t i = parts + 1; i < t->nodes[parts].end; i = t->nodes[i].end) {
        uint32_t url = tape_get(t, i, STR("url"));
        n += url != TAPE_NONE && tape_is_text(t, url, "sight");
    }
    return n;
}

enum err local_visit_read(struct tx *tx, struct record_reader *server, struct str id, struct local_visit *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Encounter", id, &item);
    if (!err && !led_is(item.head.resource, &item.tape)) err = ERR_NOT_FOUND;
    if (err) return err;
    *ret = (struct local_visit){.item = item};
    if (!local_visit_state_from(chart_text(server, &item, 0, "status"), &ret->state)) return ERR_CORRUPT;
    ret->start = chart_instant(server, chart_text(server, &item, 0, "period.start"));
    ret->end = chart_instant(server, chart_text(server, &item, 0, "period.end"));
    ret->begun = chart_instant(server, part(server, &item, "begun", "valueInstant"));
    ret->call = part(server, &item, "call", "valueString");
    ret->outcome = part(server, &item, "outcome", "valueCode");
    ret->patient = chart_text(server, &item, 0, "subject.reference");
    ret->doctor = chart_text(server, &item, 0, "participant.individual.reference");
    ret->doctor_name = chart_text(server, &item, 0, "participant.individual.display");
    ret->words = chart_text(server, &item, 0, "reasonCode.text");
    ret->sights = count_sights(&item.tape);
    return OK;
}

enum err local_visit_list(struct tx *tx, struct record_reader *who, struct instant from, struct instant until,
                          int64_t ret_rows[LOCAL_VISIT_LIST_MAX], uint32_t *ret_n)
{
    struct record_fault fault = {0};
    char low[INSTANT_TEXT_BYTES], high[INSTANT_TEXT_BYTES];
    uint32_t n = 0, open = 0;
    int64_t rows[LOCAL_VISIT_LIST_MAX];
    uint16_t type = fhir_resource_of(STR("Encounter"));
    instant_text(from, low), instant_text(until, high);
    enum err err =
        search_rows(tx, who, type, STR("class=AMB&status=planned,arrived,triaged,in-progress&_sort=date"),
                    ret_rows, LOCAL_VISIT_LIST_MAX, &open, &fault);
    const char *day =
        arena_printf(who->arena, "class=AMB&status=finished&date=ge%s&date=lt%s&_sort=date", low, high);
    if (!err && !fault.status)
        err =
            day ? search_rows(tx, who, type, str_of(day), rows, LOCAL_VISIT_LIST_MAX, &n, &fault) : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < n && open < LOCAL_VISIT_LIST_MAX; i++)
        ret_rows[open++] = rows[i];
    *ret_n = open;
    return err;
}

/* -- writing -- */

struct sight {
    struct instant at;
    struct str by, why;
};

static void put_led(struct json_out *o, const struct local_visit *v, const struct sight *more)
{
    const struct tape *t = &v->item.tape;
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_part(o, "call", "valueString", v->call);
    chart_put_moment(o, "begun", v->begun);
    chart_put_part(o, "outcome", "valueCode", v->outcome);
    uint32_t led = t->nodes ? tape_extension(t, 0, LED_LOCAL_VISIT) : TAPE_NONE;
    uint32_t parts = led == TAPE_NONE ? led : tape_get(t, led, STR("extension"));
    for (uint32_t i = parts + 1; parts != TAPE_NONE && i < t->nodes[parts].end; i = t->nodes[i].end) {
        uint32_t url = tape_get(t, i, STR("url"));
        if (url != TAPE_NONE && tape_is_text(t, url, "sight")) json_put_raw(o, NULL, tape_raw(t, i));
    }
    if (more) {
        json_open(o, NULL);
        json_open_array(o, "extension");
        chart_put_moment(o, "at", more->at);
        chart_put_part(o, "by", "valueString", more->by);
        chart_put_part(o, "why", "valueString", more->why);
        json_close_array(o);
        json_put_text(o, "url", "sight");
        json_close(o);
    }
    json_close_array(o);
    json_put_text(o, "url", LED_LOCAL_VISIT);
    json_close(o);
    json_close_array(o);
}

static void put_step(struct json_out *o, struct str status, struct instant from, struct instant until)
{
    json_open(o, NULL);
    json_put_str(o, "status", status);
    json_open(o, "period");
    if (from.ms) json_put_instant(o, "start", from);
    json_put_instant(o, "end", until);
    json_close(o);
    json_close(o);
}

/* The step before ends now; it began when the last one of those before it ended. */
static void put_history(struct tx *tx, struct record_reader *server, struct json_out *o,
                        const struct local_visit *v)
{
    const struct tape *t = &v->item.tape;
    struct str was = chart_text(server, &v->item, 0, "status");
    uint32_t all = tape_get(t, 0, STR("statusHistory")), i = 0, at;
    struct instant from = {0};
    if (str_is_text(was, local_visit_state_text(v->state))) {
        if (all != TAPE_NONE) json_put_raw(o, "statusHistory", tape_raw(t, all));
        return;
    }
    json_open_array(o, "statusHistory");
    for (; all != TAPE_NONE && (at = tape_at(t, all, i)) != TAPE_NONE; i++) {
        json_put_raw(o, NULL, tape_raw(t, at));
        from = chart_instant(server, chart_text(server, &v->item, at, "period.end"));
    }
    put_step(o, was, from, tx->now);
    json_close_array(o);
}

static void put_body(struct tx *tx, struct record_reader *server, struct json_out *o,
                     const struct local_visit *v, const struct sight *more)
{
    static const char *const ours[] = {
        "resourceType", "status", "statusHistory", "class",     "type", "subject",
        "participant",  "period", "reasonCode",    "extension", NULL};
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Encounter");
    if (v->item.tape.nodes) {
        chart_put_rest(o, &v->item, ours);
        put_history(tx, server, o, v);
    }
    json_put_text(o, "status", local_visit_state_text(v->state));
    json_open(o, "class");
    json_put_text(o, "system", SYSTEM_ACT);
    json_put_text(o, "code", "AMB");
    json_close(o);
    json_open_array(o, "type");
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", "urn:yunqiao:encounter");
    json_put_text(o, "code", "visit");
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
    json_open(o, "subject");
    json_put_str(o, "reference", v->patient);
    json_close(o);
    if (v->doctor.bytes || v->doctor_name.bytes) {
        json_open_array(o, "participant");
        json_open(o, NULL);
        json_open(o, "individual");
        if (v->doctor.bytes) json_put_str(o, "reference", v->doctor);
        if (v->doctor_name.bytes) json_put_str(o, "display", v->doctor_name);
        json_close(o);
        json_close(o);
        json_close_array(o);
    }
    json_open(o, "period");
    json_put_instant(o, "start", v->start);
    if (v->end.ms) json_put_instant(o, "end", v->end);
    json_close(o);
    json_open_array(o, "reasonCode");
    json_open(o, NULL);
    json_put_str(o, "text", v->words);
    json_close(o);
    json_close_array(o);
    put_led(o, v, more);
    json_close(o);
}

static enum err write(struct tx *tx, struct record_reader *server, struct local_visit *v,
                      const struct sight *more)
{
    enum { BODY_MAX = 256 * 1024 };
    struct record_head head;
    struct json_out o;
    struct buf text;
    struct str body, id = v->item.tape.nodes ? v->item.head.id : (struct str){"", 0};
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_body(tx, server, &o, v, more);
    enum err err = chart_take(server, &text, &body);
    if (!err) err = chart_write(tx, server, fhir_resource_of(STR("Encounter")), id, 0, body, &head, NULL);
    return err ? err : local_visit_read(tx, server, head.id, v);
}

static struct str reference(struct record_reader *server, const char *type, struct str id)
{
    char *text = arena_printf(server->arena, "%s/%.*s", type, (int)id.bytes, id.at);
    return text ? str_of(text) : (struct str){0};
}

enum err local_visit_plan(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          struct sickcall *c, struct instant at, struct local_visit *ret,
                          enum sick_no *ret_no)
{
    enum sick_state unused;
    struct local_visit v = {.state = at.ms ? LOCAL_VISIT_PLANNED : LOCAL_VISIT_ARRIVED,
                            .start = at.ms ? at : tx->now,
                            .patient = c->patient,
                            .words = c->words,
                            .call = reference(server, "Task", c->item.head.id)};
    if (!v.call.at) return ERR_NOMEM;
    *ret_no = sick_decide(c->state, SICK_DO_SCHEDULE, c->triaged.ms != 0, &unused);
    if (*ret_no) return OK;
    enum err err = write(tx, server, &v, NULL);
    if (err) return err;
    struct sickcall_event e = {.verb = SICK_DO_SCHEDULE,
                               .encounter = reference(server, "Encounter", v.item.head.id)};
    if (!e.encounter.at) return ERR_NOMEM;
    err = sickcall_happen(tx, server, by, c, &e, ret_no);
    if (!err) *ret = v;
    return err;
}

/* -- what happens -- */

static enum err read_call(struct tx *tx, struct record_reader *server, const struct local_visit *v,
                          struct sickcall *ret)
{
    struct str id = v->call;
    (void)str_cut(&id, '/');
    return sickcall_read(tx, server, id, ret);
}

/* The call goes the way of its visit. */
static enum err tell_call(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          const struct local_visit *v)
{
    struct sickcall c;
    enum sick_no no = SICK_YES;
    enum err err = read_call(tx, server, v, &c);
    if (err == ERR_NOT_FOUND || (!err && sick_is_over(c.state))) return OK;
    struct sickcall_event e = {.verb = SICK_DO_CALL_OFF, .at = v->begun, .outcome = v->outcome};
    if (!err && v->state == LOCAL_VISIT_CANCELLED) return sickcall_happen(tx, server, by, &c, &e, &no);
    e.verb = SICK_DO_SEE;
    if (!err) err = sickcall_happen(tx, server, by, &c, &e, &no);
    e.verb = SICK_DO_CLOSE;
    if (!err && !str_is_text(v->outcome, "consultation")) err = sickcall_happen(tx, server, by, &c, &e, &no);
    return err;
}

enum err local_visit_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                            struct local_visit *v, enum local_visit_verb verb, struct str outcome,
                            enum local_visit_no *ret_no)
{
    *ret_no = local_visit_decide(v->state, verb, &v->state);
    if (*ret_no) return OK;
    if (verb == LOCAL_VISIT_DO_BEGIN) {
        v->begun = tx->now, v->doctor = by->reference, v->doctor_name = by->display;
        if (v->start.ms > tx->now.ms) v->start = tx->now; /* sooner than it was planned */
    }
    if (verb == LOCAL_VISIT_DO_FINISH || verb == LOCAL_VISIT_DO_CANCEL)
        v->end = tx->now, v->outcome = outcome;
    if (v->end.ms && v->start.ms > v->end.ms) v->start = v->end;
    enum err err = write(tx, server, v, NULL);
    return err || v->state < LOCAL_VISIT_FINISHED ? err : tell_call(tx, server, by, v);
}

enum err local_visit_sight(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                           struct local_visit *v, struct str why, enum local_visit_no *ret_no)
{
    struct sight sight = {tx->now, by->account, why};
    *ret_no = v->state >= LOCAL_VISIT_FINISHED ? LOCAL_VISIT_NO_OVER
              : v->state < LOCAL_VISIT_BEGUN   ? LOCAL_VISIT_NO_UNBEGUN
                                               : LOCAL_VISIT_YES;
    return *ret_no ? OK : write(tx, server, v, &sight);
}
