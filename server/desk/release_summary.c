#include "desk/release_summary.h"
#include "desk/chart_write.h"
#include "records/search.h"
#include <stdio.h>

enum { BODY_MAX = 32 * 1024 };

static const struct {
    const char *name, *status;
} states[RELEASE_STATES] = {[RELEASE_DRAFTED] = {"drafted", "requested"},
                            [RELEASE_SIGNED] = {"signed", "in-progress"},
                            [RELEASE_HANDED] = {"handed", "in-progress"},
                            [RELEASE_CLOSED] = {"closed", "completed"}};

const char *release_state_text(enum release_state state)
{
    ASSERT(state < RELEASE_STATES);
    return states[state].name;
}

/* -- reading -- */

static struct str output_of(struct record_reader *server, const struct chart_item *task, const char *what,
                            const char *value)
{
    uint32_t list = tape_get(&task->tape, 0, STR("output"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&task->tape, list, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, task, at, "type.text"), what))
            return chart_text(server, task, at, value);
    return (struct str){"", 0};
}

enum err release_summary_read(struct tx *tx, struct record_reader *server, struct str id,
                              struct release_summary *ret)
{
    struct chart_item task;
    enum err err = chart_one(tx, server, "Task", id, &task);
    if (err) return err;
    if (!str_is_text(chart_text(server, &task, 0, "code.coding.code"), "release-summary"))
        return ERR_NOT_FOUND;
    *ret =
        (struct release_summary){.task = task,
                                 .patient = chart_text(server, &task, 0, "for.reference"),
                                 .summary = output_of(server, &task, "summary", "valueReference.reference"),
                                 .receipt = output_of(server, &task, "receipt", "valueString"),
                                 .to = output_of(server, &task, "to", "valueString")};
    ret->asked = chart_instant(server, chart_text(server, &task, 0, "authoredOn"));
    ret->due = chart_instant(server, chart_text(server, &task, 0, "restriction.period.end"));
    if (!ret->due.ms) ret->due = instant_add(ret->asked, DAY_MS); /* written before it had its hour */
    ret->handed = chart_instant(server, output_of(server, &task, "handed", "valueInstant"));
    struct str word = chart_text(server, &task, 0, "businessStatus.coding.code");
    for (enum release_state s = 0; s < RELEASE_STATES; s++)
        if (str_is_text(word, states[s].name)) return ret->state = s, OK;
    return ERR_NOT_FOUND; /* cancelled */
}

enum err release_summary_open(struct tx *tx, struct record_reader *who,
                              struct str ret_ids[RELEASE_SUMMARY_LIST_MAX], uint32_t *ret_n)
{
    int64_t rows[RELEASE_SUMMARY_LIST_MAX];
    struct record_fault fault = {0};
    *ret_n = 0;
    enum err err = search_rows(
        tx, who, fhir_resource_of(STR("Task")),
        STR("code=" SICKCALL_TASK "|release-summary&status=requested,in-progress&_sort=authored-on"), rows,
        RELEASE_SUMMARY_LIST_MAX, ret_n, &fault);
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < *ret_n && !err; i++) {
        struct record_head head;
        err = record_head_at(tx, who->arena, rows[i], &head);
        if (!err) ret_ids[i] = head.id;
    }
    return err;
}

/* -- writing -- */

static void put_output(struct json_out *o, const char *what)
{
    json_open(o, NULL);
    json_open(o, "type");
    json_put_text(o, "text", what);
    json_close(o);
}

/* word NULL: cancelled. Of a new one s has its due moment alone. */
static enum err write(struct tx *tx, struct record_reader *server, struct str id, struct str patient,
                      const struct release_summary *s, const char *status, const char *word)
{
    struct buf text;
    struct json_out o;
    struct str body;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_str(&o, "id", id);
    json_put_text(&o, "status", status);
    chart_put_code(&o, "businessStatus", "urn:yunqiao:release-summary", word ? word : "cancelled", NULL);
    json_put_text(&o, "intent", "order");
    chart_put_code(&o, "code", SICKCALL_TASK, "release-summary", NULL);
    chart_put_reference(&o, "for", patient);
    json_put_instant(&o, "authoredOn", s->asked.ms ? s->asked : tx->now);
    json_put_instant(&o, "lastModified", tx->now);
    json_open(&o, "restriction");
    json_open(&o, "period");
    json_put_instant(&o, "end", s->due);
    json_close(&o);
    json_close(&o);
    if (s->summary.bytes) {
        json_open_array(&o, "output");
        put_output(&o, "summary");
        chart_put_reference(&o, "valueReference", s->summary);
        json_close(&o);
        if (s->handed.ms) {
            put_output(&o, "handed");
            json_put_instant(&o, "valueInstant", s->handed);
            json_close(&o);
            put_output(&o, "receipt");
            json_put_str(&o, "valueString", s->receipt);
            json_close(&o);
        }
        if (s->to.bytes) {
            put_output(&o, "to");
            json_put_str(&o, "valueString", s->to);
            json_close(&o);
        }
        json_close_array(&o);
    }
    json_close(&o);
    enum err err = chart_take(server, &text, &body);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Task")), id, 0, body, NULL, NULL);
}

static enum err become(struct tx *tx, struct record_reader *server, struct release_summary *s,
                       enum release_state to)
{
    struct str id = s->task.head.id;
    s->state = to;
    enum err err = write(tx, server, id, s->patient, s, states[to].status, states[to].name);
    return err ? err : release_summary_read(tx, server, id, s);
}

enum err release_summary_signed(struct tx *tx, struct record_reader *server, struct release_summary *s,
                                struct str summary, bool *ret_may)
{
    *ret_may = s->state == RELEASE_DRAFTED || s->state == RELEASE_SIGNED;
    if (!*ret_may) return OK;
    s->summary = summary;
    return become(tx, server, s, RELEASE_SIGNED);
}

enum err release_summary_handed(struct tx *tx, struct record_reader *server, struct release_summary *s,
                                struct str receipt, bool *ret_may)
{
    *ret_may = s->state == RELEASE_SIGNED;
    if (!*ret_may) return OK;
    s->handed = tx->now, s->receipt = receipt;
    return become(tx, server, s, RELEASE_HANDED);
}

enum err release_summary_close(struct tx *tx, struct record_reader *server, struct release_summary *s,
                               struct str to, bool *ret_may)
{
    *ret_may = s->state == RELEASE_HANDED;
    if (!*ret_may) return OK;
    s->to = to;
    return become(tx, server, s, RELEASE_CLOSED);
}

/* -- the stay -- */

/* Results that are still open: somebody has to see them, though the patient has left. Once a stay. */
static enum err open_results(struct tx *tx, struct record_reader *server, const struct stay_change *c,
                             struct str patient)
{
    struct chart_list reports, asked;
    struct record_head head;
    struct buf text;
    struct json_out o;
    struct str body;
    const char *id = arena_printf(server->arena, "after-%.*s", (int)c->encounter.bytes, c->encounter.at);
    if (!id) return ERR_NOMEM;
    enum err err = record_head_find(tx, server->arena, fhir_resource_of(STR("Task")), str_of(id), &head);
    if (err != ERR_NOT_FOUND) return err;
    err = chart_list(tx, server, "DiagnosticReport", c->patient_id, "&status=registered,partial,preliminary",
                     &reports);
    if (!err)
        err = chart_list(tx, server, "ServiceRequest", c->patient_id, "&status=active&category=examination",
                         &asked);
    if (err || reports.count + asked.count == 0) return err;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_text(&o, "id", id);
    json_put_text(&o, "status", "requested");
    json_put_text(&o, "intent", "order");
    chart_put_code(&o, "code", SICKCALL_TASK, "result-after-release", NULL);
    chart_put_reference(&o, "for", patient);
    json_put_instant(&o, "authoredOn", tx->now);
    json_open_array(&o, "input");
    for (uint32_t i = 0; i < reports.count + asked.count; i++) {
        bool is_report = i < reports.count;
        const struct chart_item *item = is_report ? &reports.at[i] : &asked.at[i - reports.count];
        const char *reference =
            arena_printf(server->arena, "%s/%.*s", is_report ? "DiagnosticReport" : "ServiceRequest",
                         (int)item->head.id.bytes, item->head.id.at);
        if (!reference) break;
        put_output(&o, "result");
        chart_put_reference(&o, "valueReference", str_of(reference));
        json_close(&o);
    }
    json_close_array(&o);
    json_close(&o);
    err = chart_take(server, &text, &body);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Task")), str_of(id), 0, body, NULL, NULL);
}

/* They have left: what has not been handed over by now is late. */
static enum err hurry(struct tx *tx, struct record_reader *server, struct str id)
{
    struct release_summary s;
    enum err err = release_summary_read(tx, server, id, &s);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (s.state >= RELEASE_HANDED || s.due.ms <= tx->now.ms) return OK;
    s.due = tx->now;
    return become(tx, server, &s, s.state);
}

enum err release_stay_changed(struct tx *tx, struct record_reader *server, const struct stay_change *c)
{
    struct chart_item old;
    bool leaves = c->after.state == CUSTODY_RELEASED || c->after.state == CUSTODY_TRANSFERRED;
    bool is_due = leaves || (c->after.is_announced && custody_is_here(c->after.state));
    const char *id = arena_printf(server->arena, "release-%.*s", (int)c->encounter.bytes, c->encounter.at);
    const char *patient =
        arena_printf(server->arena, "Patient/%.*s", (int)c->patient_id.bytes, c->patient_id.at);
    if (!id || !patient) return ERR_NOMEM;
    enum err err = chart_one(tx, server, "Task", str_of(id), &old);
    if (err && err != ERR_NOT_FOUND) return err;
    struct str status = err ? STR("") : chart_text(server, &old, 0, "status");
    struct release_summary fresh = {.due = leaves ? tx->now : instant_add(tx->now, DAY_MS)};
    const char *drafted = states[RELEASE_DRAFTED].name;
    bool is_open = str_is_text(status, "requested");
    bool is_asked = is_due && (status.bytes == 0 || str_is_text(status, "on-hold"));
    err = OK;
    if (is_asked)
        err = write(tx, server, str_of(id), str_of(patient), &fresh, "requested", drafted);
    else if (!is_due && is_open && old.head.lifecycle == RECORD_ACTIVE)
        err = write(tx, server, str_of(id), str_of(patient), &fresh, "on-hold", NULL);
    else if (leaves && status.bytes)
        err = hurry(tx, server, str_of(id));
    return err || !leaves ? err : open_results(tx, server, c, str_of(patient));
}
