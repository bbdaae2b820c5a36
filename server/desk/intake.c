#include "desk/chart_write.h"
#include "desk/intake_own.h"
#include "records/led.h"
#include "records/search.h"

/* Whatever is open is not over for the store: what the registry ends it may take back. */
static const char *const statuses[INTAKE_STATES] = {
    [INTAKE_DUE] = "requested",      [INTAKE_BEGUN] = "in-progress", [INTAKE_HANDED] = "ready",
    [INTAKE_SCREENED] = "accepted",  [INTAKE_ASSESSED] = "on-hold",  [INTAKE_ENDED] = "cancelled",
    [INTAKE_CANCELLED] = "cancelled"};

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_INTAKE, name, value);
}

static struct instant moment(struct record_reader *server, const struct chart_item *item, const char *name)
{
    return chart_instant(server, part(server, item, name, "valueInstant"));
}

enum err intake_read(struct tx *tx, struct record_reader *server, struct str id, struct intake *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Task", id, &item);
    if (err) return err;
    if (!led_has(item.head.resource, &item.tape, LED_INTAKE)) return ERR_NOT_FOUND;
    *ret = (struct intake){.item = item};
    if (!intake_state_from(chart_text(server, &item, 0, "businessStatus.coding.code"), &ret->facts.state))
        return ERR_CORRUPT;
    ret->facts.arrived = moment(server, &item, "arrived");
    ret->facts.begun = moment(server, &item, "begun");
    ret->facts.signed_at = moment(server, &item, "signed");
    ret->facts.assessed = moment(server, &item, "assessed");
    ret->handed = moment(server, &item, "handed");
    ret->ended = moment(server, &item, "ended");
    ret->until = moment(server, &item, "until");
    ret->patient = chart_text(server, &item, 0, "for.reference");
    ret->stay = chart_text(server, &item, 0, "encounter.reference");
    ret->begun_by = part(server, &item, "begun-by", "valueString");
    ret->handed_by = part(server, &item, "handed-by", "valueString");
    ret->signed_by = part(server, &item, "signed-by", "valueString");
    ret->assessed_by = part(server, &item, "assessed-by", "valueString");
    ret->consent = part(server, &item, "consent", "valueCode");
    (void)intake_fitness_from(part(server, &item, "fitness", "valueCode"), &ret->fitness);
    (void)intake_housing_from(part(server, &item, "housing", "valueCode"), &ret->housing);
    (void)str_to_i64(part(server, &item, "assessments", "valueString"), &ret->assessments);
    return OK;
}

enum err intake_read_row(struct tx *tx, struct record_reader *server, int64_t row, struct intake *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Task")))) err = ERR_NOT_FOUND;
    return err ? err : intake_read(tx, server, head.id, ret);
}

enum err intake_open(struct tx *tx, struct record_reader *who, int64_t ret_rows[INTAKE_LIST_MAX],
                     uint32_t *ret_n)
{
    static const char all[] =
        "code=" SICKCALL_TASK "|intake&status=requested,in-progress,ready,accepted,on-hold&_sort=authored-on";
    struct record_fault fault = {0};
    enum err err = search_rows(tx, who, fhir_resource_of(STR("Task")), str_of(all), ret_rows, INTAKE_LIST_MAX,
                               ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* -- writing -- */

static void put_moments(struct json_out *o, const struct intake *in)
{
    chart_put_moment(o, "arrived", in->facts.arrived);
    chart_put_moment(o, "begun", in->facts.begun);
    chart_put_moment(o, "handed", in->handed);
    chart_put_moment(o, "signed", in->facts.signed_at);
    chart_put_moment(o, "assessed", in->facts.assessed);
    chart_put_moment(o, "ended", in->ended);
    chart_put_moment(o, "until", in->until);
}

static void put_led(struct json_out *o, const struct intake *in, const char *assessments)
{
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    put_moments(o, in);
    chart_put_part(o, "begun-by", "valueString", in->begun_by);
    chart_put_part(o, "handed-by", "valueString", in->handed_by);
    chart_put_part(o, "signed-by", "valueString", in->signed_by);
    chart_put_part(o, "assessed-by", "valueString", in->assessed_by);
    chart_put_part(o, "consent", "valueCode", in->consent);
    chart_put_part(o, "fitness", "valueCode", str_of(intake_fitness_text(in->fitness)));
    chart_put_part(o, "housing", "valueCode", str_of(intake_housing_text(in->housing)));
    chart_put_part(o, "assessments", "valueString", str_of(assessments));
    json_close_array(o);
    json_put_text(o, "url", LED_INTAKE);
    json_close(o);
    json_close_array(o);
}

static void put_body(struct json_out *o, const struct tx *tx, const struct intake *in, struct str id,
                     const char *assessments)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    json_put_str(o, "id", id);
    json_put_text(o, "status", statuses[in->facts.state]);
    chart_put_code(o, "businessStatus", INTAKE_SYSTEM, intake_state_text(in->facts.state), NULL);
    json_put_text(o, "intent", "order");
    chart_put_code(o, "code", SICKCALL_TASK, "intake", NULL);
    chart_put_reference(o, "for", in->patient);
    chart_put_reference(o, "encounter", in->stay);
    json_put_instant(o, "authoredOn", in->facts.arrived);
    json_put_instant(o, "lastModified", tx->now);
    put_led(o, in, assessments);
    json_close(o);
}

enum err intake_write(struct tx *tx, struct record_reader *server, struct str id, struct intake *in)
{
    enum { BODY_MAX = 32 * 1024 };
    struct record_head head;
    struct json_out o;
    struct buf text;
    struct str body;
    const char *assessments =
        in->assessments ? arena_printf(server->arena, "%lld", (long long)in->assessments) : "";
    if (!assessments) return ERR_NOMEM;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_body(&o, tx, in, id, assessments);
    enum err err = chart_take(server, &text, &body);
    if (!err) err = chart_write(tx, server, fhir_resource_of(STR("Task")), id, 0, body, &head, NULL);
    return err ? err : intake_read(tx, server, head.id, in);
}

/* -- the stay -- */

/* "intake-HASH" of "stay-HASH". */
static enum err id_of(struct record_reader *server, struct str stay, struct str *ret)
{
    struct str hash = stay, word = str_cut(&hash, '-');
    if (!str_is_text(word, "stay")) hash = stay;
    char *id = arena_printf(server->arena, "intake-%.*s", (int)hash.bytes, hash.at);
    if (!id) return ERR_NOMEM;
    *ret = str_of(id);
    return OK;
}

static enum err begin(struct tx *tx, struct record_reader *server, const struct stay_change *change,
                      struct str id, struct instant arrived)
{
    struct intake in = {.facts = {.state = INTAKE_DUE, .arrived = arrived}};
    char *patient = arena_printf(server->arena, "Patient/%.*s", (int)change->patient_id.bytes,
                                 change->patient_id.at),
         *stay = arena_printf(server->arena, "Encounter/%.*s", (int)change->encounter.bytes,
                              change->encounter.at);
    if (!patient || !stay) return ERR_NOMEM;
    in.patient = str_of(patient), in.stay = str_of(stay);
    return intake_write(tx, server, id, &in);
}

/* What the stay asks of an intake that is there. */
static enum intake_verb asked(const struct stay_change *change, const struct intake *in)
{
    bool is_here = custody_is_here(change->after.state);
    if (is_here) return intake_is_over(in->facts.state) ? INTAKE_DO_RESTORE : INTAKE_VERBS;
    bool is_never = change->after.state == CUSTODY_NONE;
    if (in->facts.state == (is_never ? INTAKE_CANCELLED : INTAKE_ENDED)) return INTAKE_VERBS;
    return is_never ? INTAKE_DO_CANCEL : INTAKE_DO_END;
}

static enum err follow(struct tx *tx, struct record_reader *server, const struct stay_change *change,
                       struct intake *in, struct instant arrived)
{
    enum intake_verb verb = asked(change, in);
    bool is_moved = arrived.ms && arrived.ms != in->facts.arrived.ms;
    if (verb == INTAKE_VERBS && !is_moved) return OK;
    if (verb != INTAKE_VERBS && verb != INTAKE_DO_RESTORE && intake_is_over(in->facts.state))
        in->facts.state = INTAKE_DUE; /* it ended otherwise than was thought */
    if (verb != INTAKE_VERBS && intake_decide(&in->facts, verb, &in->facts.state)) return ERR_CORRUPT;
    if (is_moved) in->facts.arrived = arrived;
    in->ended = intake_is_over(in->facts.state) ? change->after.since : (struct instant){0};
    return intake_write(tx, server, in->item.head.id, in);
}

enum err intake_stay_changed(struct tx *tx, struct record_reader *server, const struct stay_change *change)
{
    struct chart_item stay;
    struct intake in;
    struct str id;
    struct instant arrived = {0};
    enum err err = id_of(server, change->encounter, &id);
    if (!err) err = chart_one(tx, server, "Encounter", change->encounter, &stay);
    if (!err) arrived = chart_instant(server, chart_text(server, &stay, 0, "period.start"));
    if (!err) err = intake_read(tx, server, id, &in);
    if (err == ERR_NOT_FOUND)
        return custody_is_here(change->after.state) && arrived.ms ? begin(tx, server, change, id, arrived)
                                                                  : OK;
    return err ? err : follow(tx, server, change, &in, arrived);
}

/* -- what happens -- */

static void apply(const struct tx *tx, const struct sickcall_by *by, struct intake *in,
                  const struct intake_event *e)
{
    switch (e->verb) {
    case INTAKE_DO_BEGIN:
        in->facts.begun = tx->now, in->begun_by = by->display;
        break;
    case INTAKE_DO_HAND:
        in->handed = tx->now, in->handed_by = by->display;
        break;
    case INTAKE_DO_SIGN:
        in->facts.signed_at = tx->now, in->signed_by = by->display;
        in->fitness = e->fitness, in->housing = e->housing, in->until = e->until;
        break;
    case INTAKE_DO_HOUSE:
        in->fitness = e->fitness, in->housing = e->housing, in->until = e->until;
        break;
    case INTAKE_DO_ASSESS:
    case INTAKE_DO_REVIEW:
        in->facts.assessed = tx->now, in->assessed_by = by->display, in->assessments++;
        break;
    case INTAKE_DO_SAVE:
    case INTAKE_DO_END:
    case INTAKE_DO_CANCEL:
    case INTAKE_DO_RESTORE:
    case INTAKE_VERBS:
        break;
    }
}

enum err intake_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                       struct intake *in, const struct intake_event *e, enum intake_no *ret_no)
{
    enum intake_state to;
    *ret_no = intake_decide(&in->facts, e->verb, &to);
    if (*ret_no) return OK;
    in->facts.state = to;
    apply(tx, by, in, e);
    return intake_write(tx, server, in->item.head.id, in);
}
