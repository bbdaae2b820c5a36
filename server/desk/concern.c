#include "desk/concern.h"
#include "base/digest.h"
#include "desk/advice.h"
#include "desk/chart_write.h"
#include "records/search.h"
#include "scheduler/terms.h"
#include <stdio.h>

enum { BODY_MAX = 16 * 1024 };

static const struct {
    const char *code;
    uint16_t minutes; /* to be seen within */
    bool is_ours;
} codes[] = {{"unresponsive", 5, false},
             {"self-harm", 10, false},
             {"fall", 15, false},
             {"fight", 15, false},
             {"calls", 15, false},
             {"not-eating", 240, false},
             {"withdrawn", 240, false},
             {"restless", 240, false},
             {"crying", 240, false},
             {"sleepless", 480, false},
             {CONCERN_RELEASE_UNDONE, 60, true}};

static size_t code_of(struct str code)
{
    size_t i = 0;
    while (i < COUNT_OF(codes) && !str_is_text(code, codes[i].code))
        i++;
    return i;
}

bool concern_code_is(struct str code)
{
    size_t i = code_of(code);
    return i < COUNT_OF(codes) && !codes[i].is_ours;
}

const char *concern_state_text(enum concern_state state)
{
    static const char *const names[] = {"received", "seen", "done"};
    ASSERT((size_t)state < COUNT_OF(names));
    return names[state];
}

/* -- raising -- */

void concern_id(struct str source, struct str key, char ret_id[CONCERN_ID_BYTES])
{
    char text[512], hex[2 * DIGEST_BYTES + 1];
    int n = snprintf(text, sizeof text, "%.*s\n%.*s", (int)source.bytes, source.at, (int)key.bytes, key.at);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    struct digest_value digest = digest_of(text, (size_t)n);
    str_hex(&digest, DIGEST_BYTES, hex);
    snprintf(ret_id, CONCERN_ID_BYTES, "concern-%.32s", hex);
}

static void put_reference_to(struct json_out *o, struct record_reader *server, const char *key,
                             const char *type, struct str id)
{
    const char *reference = arena_printf(server->arena, "%s/%.*s", type, (int)id.bytes, id.at);
    if (reference) chart_put_reference(o, key, str_of(reference));
}

static void put_task(struct json_out *o, struct tx *tx, struct record_reader *server, const char *id,
                     const struct concern_start *s)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    json_put_text(o, "id", id);
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", CONCERN_KEY);
    json_put_text(o, "value",
                  arena_printf(server->arena, "%.*s/%.*s", (int)s->source.bytes, s->source.at,
                               (int)s->key.bytes, s->key.at));
    json_close(o);
    json_close_array(o);
    json_put_text(o, "status", "requested");
    json_put_text(o, "intent", "order");
    chart_put_code(o, "code", TASK_SYSTEM, "concern", NULL);
    if (s->patient.bytes) put_reference_to(o, server, "for", "Patient", s->patient);
    json_open(o, "executionPeriod");
    json_put_instant(o, "start", s->at);
    json_close(o);
    json_put_instant(o, "authoredOn", tx->now);
    json_open(o, "requester");
    json_put_str(o, "display", s->source_name);
    json_close(o);
    if (s->cell.bytes) put_reference_to(o, server, "location", "Location", s->cell);
    chart_put_code(o, "reasonCode", CONCERN_SYSTEM, codes[code_of(s->code)].code, NULL);
    json_open(o, "restriction");
    json_open(o, "period");
    json_put_instant(o, "end", instant_add(tx->now, codes[code_of(s->code)].minutes * MINUTE_MS));
    json_close(o);
    json_close(o);
    json_close(o);
}

enum err concern_raise(struct tx *tx, struct record_reader *server, const struct concern_start *start,
                       bool *ret_again, struct record_head *ret)
{
    char id[CONCERN_ID_BYTES];
    struct buf body;
    struct json_out o;
    struct str text;
    struct chart_item old;
    ASSERT(code_of(start->code) < COUNT_OF(codes));
    concern_id(start->source, start->key, id);
    enum err err = chart_one(tx, server, "Task", str_of(id), &old);
    *ret_again = err == OK;
    if (err != ERR_NOT_FOUND) return err ? err : (*ret = old.head, OK);
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_task(&o, tx, server, id, start);
    err = chart_take(server, &body, &text);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Task")), str_of(id), 0, text, ret, NULL);
}

/* -- reading -- */

enum err concern_read(struct tx *tx, struct record_reader *server, struct str id, struct concern *ret)
{
    *ret = (struct concern){0};
    struct chart_item *item = &ret->item;
    enum err err = chart_one(tx, server, "Task", id, item);
    if (err) return err;
    if (!str_is_text(chart_text(server, item, 0, "code.coding.code"), "concern") ||
        !str_is_text(chart_text(server, item, 0, "code.coding.system"), TASK_SYSTEM))
        return ERR_NOT_FOUND;
    struct str status = chart_text(server, item, 0, "status");
    ret->state = str_is_text(status, "requested")  ? CONCERN_RAISED
                 : str_is_text(status, "received") ? CONCERN_SEEN
                                                   : CONCERN_DONE;
    ret->code = chart_text(server, item, 0, "reasonCode.coding.code");
    ret->patient = chart_text(server, item, 0, "for.reference");
    ret->source = chart_text(server, item, 0, "requester.display");
    ret->cell = chart_text(server, item, 0, "location.reference");
    ret->at = chart_instant(server, chart_text(server, item, 0, "executionPeriod.start"));
    ret->raised = chart_instant(server, chart_text(server, item, 0, "authoredOn"));
    ret->due = chart_instant(server, chart_text(server, item, 0, "restriction.period.end"));
    ret->seen = chart_instant(server, chart_text(server, item, 0, "lastModified"));
    ret->by = chart_text(server, item, 0, "owner.display");
    struct str cell = ret->cell, type = str_cut(&cell, '/');
    struct chart_item place;
    if (!str_is_text(type, "Location")) return OK;
    err = chart_one(tx, server, "Location", cell, &place);
    if (!err) ret->cell_words = chart_text(server, &place, 0, "name");
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err concern_open(struct tx *tx, struct record_reader *server, int64_t ret_rows[CONCERN_LIST_MAX],
                      uint32_t *ret_n)
{
    struct record_fault fault = {0};
    *ret_n = 0;
    enum err err =
        search_rows(tx, server, fhir_resource_of(STR("Task")),
                    STR("code=" TASK_SYSTEM "|concern&status=requested,received&_sort=authored-on"), ret_rows,
                    CONCERN_LIST_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* -- taking it on -- */

enum err concern_take(struct tx *tx, struct record_reader *server, const struct concern *c, bool is_done,
                      struct str account, struct str display, bool *ret_may, struct record_head *ret)
{
    struct buf steps;
    struct json_out o;
    struct str text;
    *ret_may = c->state == CONCERN_RAISED || (is_done && c->state == CONCERN_SEEN);
    if (!*ret_may) return OK;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", is_done ? "completed" : "received");
    json_close(&o);
    chart_put_step(&o, "add", "/lastModified");
    json_put_instant(&o, "value", tx->now);
    json_close(&o);
    chart_put_step(&o, "add", "/owner");
    enum err err = chart_put_person(tx, server, &o, "value", account, display);
    json_close(&o);
    json_close_array(&o);
    enum err taken = chart_take(server, &steps, &text);
    if (!err) err = taken;
    return err ? err : chart_write_steps(tx, server, &c->item.head, c->item.head.version, text, ret, NULL);
}
