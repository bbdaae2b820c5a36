/* What waits in the clinic (docs/PROTOCOL §16): work whose hour has passed, as far as it was told to who asks; results that a doctor
 * acknowledges; and, for the duty command, that an emergency has nobody, without a word of whom. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/escalate.h"
#include "desk/sickcall.h"
#include "desk/whom.h"

/* -- what a row says -- */

static struct str patient_of(struct record_reader *server, const struct chart_item *item)
{
    struct str whose = chart_text(server, item, 0, "subject.reference");
    return whose.bytes ? whose : chart_text(server, item, 0, "for.reference");
}

static struct str words_of(struct record_reader *server, const struct chart_item *item)
{
    static const char *const places[] = {"description", "title"};
    struct str words = {0};
    for (size_t i = 0; i < COUNT_OF(places) && !words.bytes; i++)
        words = chart_text(server, item, 0, places[i]);
    if (words.bytes) return words;
    if (!str_starts(chart_text(server, item, 0, "code.coding.system"), STR("urn:yunqiao:")))
        return chart_words(server, item, chart_node(item, 0, "code"));
    words = chart_text(server, item, 0, "code.text"); /* what a code of ours is for, the row's kind says */
    return words.bytes ? words : chart_text(server, item, 0, "code.coding.display");
}

static void put_text(struct json_out *o, const char *key, struct record_reader *server,
                     const struct chart_item *item, const char *path)
{
    json_put_str(o, key, clinic_text(chart_text(server, item, 0, path)));
}

/* A measurement's value, or what a report concludes. */
static void put_value(struct json_out *o, struct record_reader *server, const struct chart_item *item)
{
    struct str value = chart_text(server, item, 0, "valueQuantity.value");
    if (!value.bytes) value = chart_text(server, item, 0, "valueString");
    if (!value.bytes) value = chart_words(server, item, chart_node(item, 0, "valueCodeableConcept"));
    if (!value.bytes) value = chart_text(server, item, 0, "conclusion");
    json_put_str(o, "value", clinic_text(value));
    put_text(o, "unit", server, item, "valueQuantity.unit");
    put_text(o, "flag", server, item, "interpretation.coding.code");
}

/* One row that the asker may see; nothing where the guard hides it. */
static enum err put_row(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                        const struct escalate_row *row)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    struct chart_item item;
    struct whom whom;
    enum err err = record_head_at(tx, r->arena, row->record, &head);
    if (err || head.is_deleted || !guard_may_see(who->guard, &head)) return err == ERR_NOT_FOUND ? OK : err;
    struct str type = fhir_name(fhir_types[fhir_resources[head.resource].type].name);
    char name[40] = "";
    if (type.bytes >= sizeof name) return OK;
    memcpy(name, type.at, type.bytes);
    err = chart_one(tx, &server, name, head.id, &item);
    if (!err) err = record_traced(who, &head);
    if (!err) err = whom_of(tx, &server, patient_of(&server, &item), &whom);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_open(o, NULL);
    json_put_text(o, "kind", escalate_kind_text(row->kind));
    json_put_str(o, "type", type);
    json_put_str(o, "id", head.id);
    json_put_instant(o, "due", row->due);
    json_put_instant(o, "since", head.updated);
    whom_put(o, &whom);
    json_put_str(o, "words", clinic_text(words_of(&server, &item)));
    if (row->kind == ESCALATE_RESULT) put_value(o, &server, &item);
    json_close(o);
    return OK;
}

static enum err put_rows(struct request *r, struct tx *tx, const char *key, const struct escalate_row *rows,
                         uint32_t n)
{
    struct record_reader who;
    struct json_out o;
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, key);
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_row(r, tx, &who, &o, &rows[i]);
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_trace(r, &who, r->route->audit, NULL, "");
}

/* -- looking -- */

enum err overdue_look(struct request *r, struct tx *tx)
{
    uint32_t n = 0;
    struct escalate_row *rows = arena_alloc(r->arena, ESCALATE_LIST_MAX * sizeof *rows);
    enum escalate_to to = role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR) ? ESCALATE_DOCTOR
                          : role_set_has(r->who.roles, ROLE_NURSE)       ? ESCALATE_NURSE
                                                                         : ESCALATE_AUTHOR;
    enum err err = rows ? escalate_late(tx, to, r->who.account, rows, &n) : ERR_NOMEM;
    return err ? err : put_rows(r, tx, "overdue", rows, n);
}

enum err results_look(struct request *r, struct tx *tx)
{
    uint32_t n = 0;
    struct escalate_row *rows = arena_alloc(r->arena, ESCALATE_LIST_MAX * sizeof *rows);
    enum err err = rows ? escalate_of(tx, ESCALATE_RESULT, rows, &n) : ERR_NOMEM;
    return err ? err : put_rows(r, tx, "results", rows, n);
}

enum err result_acknowledge_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head, task;
    struct sickcall_by by;
    struct json_out o;
    int64_t own;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, r->captures[0], r->captures[1], &head);
    if (err || r->fault.status) return err;
    err = clinic_by(r, tx, &by, &own);
    if (!err) err = escalate_acknowledge(tx, &server, &head, by.reference, by.display, &task);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "result_seen", NULL);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "clinic-doctor", .kind = "results_changed", .data = "{}"});
    const char *target = record_parts_target(r, &head);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, "{}") : ERR_NOMEM;
    if (!err) err = fhir_origin(r, tx, &server);
    if (err) return err;
    answer_json(r, 201, &o);
    json_open(&o, NULL);
    json_put_str(&o, "id", task.id);
    json_close(&o);
    return OK;
}

/* When somebody last said to go, where everybody that the command was told of has somebody; ms 0: not so. */
static enum err find_coming(struct request *r, struct tx *tx, struct instant *ret)
{
    struct record_reader server = clinic_server(r);
    struct escalate_row *rows = arena_alloc(r->arena, ESCALATE_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    bool is_alone = false;
    *ret = (struct instant){0};
    enum err err = rows ? escalate_late(tx, ESCALATE_COMMAND, (struct str){"", 0}, rows, &n) : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct sickcall c;
        if (rows[i].kind != ESCALATE_EMERGENCY) continue;
        err = sickcall_read_row(tx, &server, rows[i].record, &c);
        if (err == ERR_NOT_FOUND) {
            err = OK;
            continue;
        }
        if (err) break;
        is_alone |= c.going.ms == 0;
        if (c.going.ms > ret->ms) *ret = c.going;
    }
    if (is_alone) *ret = (struct instant){0};
    return err;
}

enum err alarm_look(struct request *r, struct tx *tx)
{
    struct instant since, coming;
    struct json_out o;
    enum err err = escalate_alarm(tx, ESCALATE_ALARM_EMERGENCY, &since);
    if (!err) err = find_coming(r, tx, &coming);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_instant(&o, "since", since);
    json_put_instant(&o, "coming", coming);
    json_close(&o);
    return OK;
}
