#include "desk/statement.h"
#include "base/date.h"
#include "base/zone.h"
#include "desk/advice.h"
#include "desk/chart_write.h"
#include "records/search.h"
#include <stdio.h>

enum { BODY_MAX = 64 * 1024 };
static const char said_code[] = "record-statement", correct_code[] = "record-correction";

static const struct {
    const char *text, *status;
} states[STATEMENT_STATES] = {[STATEMENT_SAID] = {"received", "requested"},
                              [STATEMENT_NOTED] = {"noted", "completed"},
                              [STATEMENT_ACCEPTED] = {"accepted", "completed"},
                              [STATEMENT_DECLINED] = {"declined", "rejected"}};

const char *statement_state_text(enum statement_state state)
{
    ASSERT(state < STATEMENT_STATES);
    return states[state].text;
}

/* -- reading -- */

static struct str part(struct record_reader *server, const struct chart_item *item, const char *name,
                       const char *value)
{
    return chart_part(server, item, LED_STATEMENT, name, value);
}

static enum err read_item(struct record_reader *server, const struct chart_item *item, struct statement *ret)
{
    if (!led_has(item->head.resource, &item->tape, LED_STATEMENT)) return ERR_NOT_FOUND;
    struct str state = chart_text(server, item, 0, "businessStatus.coding.code");
    *ret = (struct statement){.item = *item, .state = STATEMENT_STATES};
    for (int i = 0; i < STATEMENT_STATES; i++)
        if (str_is_text(state, states[i].text)) ret->state = (enum statement_state)i;
    if (ret->state == STATEMENT_STATES) return ERR_CORRUPT;
    ret->is_correction = str_is_text(chart_text(server, item, 0, "code.coding.code"), correct_code);
    ret->record = chart_text(server, item, 0, "focus.reference");
    ret->patient = chart_text(server, item, 0, "for.reference");
    ret->words = chart_text(server, item, 0, "description");
    ret->answer = chart_text(server, item, 0, "note.text");
    ret->by_name = chart_text(server, item, 0, "owner.display");
    ret->amendment = part(server, item, "amendment", "valueString");
    (void)str_to_i64(part(server, item, "version", "valueString"), &ret->version);
    ret->said = chart_instant(server, part(server, item, "said", "valueInstant"));
    ret->answered = chart_instant(server, part(server, item, "answered", "valueInstant"));
    ret->due = chart_instant(server, chart_text(server, item, 0, "restriction.period.end"));
    return OK;
}

enum err statement_read(struct tx *tx, struct record_reader *server, struct str id, struct statement *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Task", id, &item);
    return err ? err : read_item(server, &item, ret);
}

enum err statement_read_row(struct tx *tx, struct record_reader *server, int64_t row, struct statement *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Task")))) err = ERR_NOT_FOUND;
    return err ? err : statement_read(tx, server, head.id, ret);
}

enum err statement_list(struct tx *tx, struct record_reader *who, struct str patient,
                        int64_t ret_rows[STATEMENT_LIST_MAX], uint32_t *ret_n)
{
    static const char both[] =
        "code=" TASK_SYSTEM "|record-statement," TASK_SYSTEM "|record-correction&_sort=-authored-on";
    struct record_fault fault = {0};
    *ret_n = 0;
    const char *query = patient.bytes ? arena_printf(who->arena, "patient=Patient/%.*s&%s",
                                                     (int)patient.bytes, patient.at, both)
                                      : arena_printf(who->arena, "%s&status=requested", both);
    if (!query) return ERR_NOMEM;
    enum err err = search_rows(tx, who, fhir_resource_of(STR("Task")), str_of(query), ret_rows,
                               STATEMENT_LIST_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* -- writing -- */

struct instant statement_due(const struct calendar *calendar, const struct zone *zone, struct instant from,
                             int64_t days)
{
    enum zone_fit fit;
    struct date day = zone_date(zone, from);
    for (int64_t i = 0; i < days; i++)
        day = calendar_nearest_work(calendar, date_add(day, 1), 1);
    return zone_instant(zone, wall_of(date_add(day, 1), 0), &fit);
}

/* What is secret of the entry is secret of what is said of it. */
static void put_labels(struct json_out *o, const struct chart_item *entry)
{
    uint32_t list = tape_get(&entry->tape, chart_node(entry, 0, "meta"), STR("security"));
    json_open(o, "meta");
    json_open_array(o, "security");
    for (uint32_t i = 0, at; (at = tape_at(&entry->tape, list, i)) != TAPE_NONE; i++) {
        uint32_t system = tape_get(&entry->tape, at, STR("system"));
        if (system != TAPE_NONE && tape_is_text(&entry->tape, system, RECORD_LABEL_SYSTEM)) continue;
        json_put_raw(o, NULL, tape_raw(&entry->tape, at));
    }
    json_open(o, NULL);
    json_put_text(o, "system", RECORD_LABEL_SYSTEM);
    json_put_text(o, "code", "released");
    json_close(o);
    json_close_array(o);
    json_close(o);
}

static void put_led(struct json_out *o, const struct statement *s)
{
    char version[24];
    int digits = snprintf(version, sizeof version, "%lld", (long long)s->version);
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_moment(o, "said", s->said);
    chart_put_moment(o, "answered", s->answered);
    chart_put_part(o, "version", "valueString", (struct str){version, (size_t)digits});
    chart_put_part(o, "amendment", "valueString", s->amendment);
    json_close_array(o);
    json_put_text(o, "url", LED_STATEMENT);
    json_close(o);
    json_close_array(o);
}

static void put_task(struct json_out *o, const struct tx *tx, const struct statement *s,
                     const struct chart_item *entry)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    put_labels(o, entry);
    put_led(o, s);
    json_put_text(o, "status", states[s->state].status);
    chart_put_code(o, "businessStatus", STATEMENT_STATE, states[s->state].text, NULL);
    json_put_text(o, "intent", "order");
    chart_put_code(o, "code", TASK_SYSTEM, s->is_correction ? correct_code : said_code, NULL);
    json_put_str(o, "description", s->words);
    chart_put_reference(o, "focus", s->record);
    chart_put_reference(o, "for", s->patient);
    json_put_instant(o, "authoredOn", s->said);
    json_put_instant(o, "lastModified", tx->now);
    chart_put_reference(o, "requester", s->patient);
    if (s->due.ms) {
        json_open(o, "restriction");
        json_open(o, "period");
        json_put_instant(o, "end", s->due);
        json_close(o);
        json_close(o);
    }
    json_close(o);
}

enum err statement_begin(struct tx *tx, struct record_reader *server, const struct statement_start *start,
                         struct statement *ret)
{
    struct buf text;
    struct json_out o;
    struct str body, type = fhir_name(fhir_types[fhir_resources[start->entry->resource].type].name);
    struct record_head head;
    struct chart_item entry;
    const char *kind = arena_text(server->arena, type.at, type.bytes);
    const char *record = arena_printf(server->arena, "%.*s/%.*s", (int)type.bytes, type.at,
                                      (int)start->entry->id.bytes, start->entry->id.at);
    if (!kind || !record) return ERR_NOMEM;
    struct statement s = {.state = STATEMENT_SAID,
                          .is_correction = start->is_correction,
                          .record = str_of(record),
                          .patient = start->patient,
                          .version = start->entry->version,
                          .words = start->words,
                          .said = tx->now,
                          .due = start->due};
    enum err err = chart_one(tx, server, kind, start->entry->id, &entry);
    if (err) return err;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_task(&o, tx, &s, &entry);
    err = chart_take(server, &text, &body);
    if (!err)
        err =
            chart_write(tx, server, fhir_resource_of(STR("Task")), (struct str){"", 0}, 0, body, &head, NULL);
    return err ? err : statement_read(tx, server, head.id, ret);
}

/* -- the answer -- */

static void put_value(struct json_out *o, const char *op, const char *path, struct str value)
{
    chart_put_step(o, op, path);
    json_put_str(o, "value", value);
    json_close(o);
}

static enum err put_answer(struct tx *tx, struct record_reader *server, struct json_out *o,
                           const struct statement *s, const struct statement_answer *a)
{
    json_open_array(o, NULL);
    put_value(o, "replace", "/status", str_of(states[s->state].status));
    put_value(o, "replace", "/businessStatus/coding/0/code", str_of(states[s->state].text));
    chart_put_step(o, "replace", "/lastModified");
    json_put_instant(o, "value", tx->now);
    json_close(o);
    chart_put_step(o, "add", "/extension/0/extension/-");
    json_open(o, "value");
    json_put_text(o, "url", "answered");
    json_put_instant(o, "valueInstant", s->answered);
    json_close(o);
    json_close(o);
    if (a->amendment.bytes) {
        chart_put_step(o, "add", "/extension/0/extension/-");
        json_open(o, "value");
        json_put_text(o, "url", "amendment");
        json_put_str(o, "valueString", a->amendment);
        json_close(o);
        json_close(o);
    }
    if (a->answer.bytes) {
        chart_put_step(o, "add", "/note");
        json_open_array(o, "value");
        json_open(o, NULL);
        json_put_str(o, "text", a->answer);
        json_close(o);
        json_close_array(o);
        json_close(o);
    }
    chart_put_step(o, "add", "/owner");
    enum err err = chart_put_person(tx, server, o, "value", a->account, a->display);
    json_close(o);
    json_close_array(o);
    return err;
}

enum err statement_happen(struct tx *tx, struct record_reader *server, struct statement *s,
                          const struct statement_answer *a, const char **ret_no)
{
    struct buf steps;
    struct json_out o;
    struct str text;
    struct record_head head;
    *ret_no = s->state != STATEMENT_SAID                       ? "statement_over"
              : s->is_correction == (a->to == STATEMENT_NOTED) ? "statement_kind"
                                                               : NULL;
    ASSERT(a->to != STATEMENT_SAID && a->to < STATEMENT_STATES);
    if (*ret_no) return OK;
    s->state = a->to;
    s->answered = tx->now;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    enum err err = put_answer(tx, server, &o, s, a), taken = chart_take(server, &steps, &text);
    if (!err) err = taken;
    if (!err) err = chart_write_steps(tx, server, &s->item.head, s->item.head.version, text, &head, NULL);
    return err ? err : statement_read(tx, server, head.id, s);
}
