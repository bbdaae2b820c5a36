/* Custody's side of a transfer: one escort's Task, in codes, times, names and places (rules 2, 3). */
#include "desk/chart_write.h"
#include "desk/transfer_own.h"
#include "records/search.h"

enum { BODY_MAX = 16 * 1024 };

#define TASK_ID "escort-transfer-" /* ROW-N: of the ServiceRequest, and the how many-th Task of it */

bool transfer_is_task(struct str task)
{
    return str_starts(task, STR(TASK_ID));
}

static bool cut_task(struct str task, int64_t *ret_row, int64_t *ret_n)
{
    struct str rest = {task.at + sizeof TASK_ID - 1, task.bytes - (sizeof TASK_ID - 1)};
    if (!transfer_is_task(task)) return false;
    struct str row = str_cut(&rest, '-');
    return str_to_i64(row, ret_row) && str_to_i64(rest, ret_n);
}

enum err transfer_task_next(struct record_reader *server, struct transfer *t)
{
    int64_t row, n = 0;
    (void)cut_task(t->escort, &row, &n);
    const char *id =
        arena_printf(server->arena, TASK_ID "%lld-%lld", (long long)t->item.head.row, (long long)n + 1);
    if (id) t->escort = str_of(id);
    return id ? OK : ERR_NOMEM;
}

/* -- where to -- */

/* A place that custody may know: the hospital by its name. Made once, and made anew when the name has changed. */
static enum err place_of(struct tx *tx, struct record_reader *server, const struct transfer *t,
                         struct str *ret)
{
    struct chart_item item;
    struct json_out o;
    struct buf text;
    struct str body, id = t->hospital;
    (void)str_cut(&id, '/');
    const char *place = arena_printf(server->arena, "hospital-%.*s", (int)id.bytes, id.at);
    const char *reference = place ? arena_printf(server->arena, "Location/%s", place) : NULL;
    if (!reference) return ERR_NOMEM;
    *ret = str_of(reference);
    enum err err = chart_one(tx, server, "Location", str_of(place), &item);
    if (err && err != ERR_NOT_FOUND) return err;
    if (!err && str_is(chart_text(server, &item, 0, "name"), t->hospital_name)) return OK;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Location");
    json_put_text(&o, "id", place);
    json_put_text(&o, "status", "active");
    json_put_text(&o, "mode", "instance");
    json_put_str(&o, "name", t->hospital_name);
    chart_put_reference(&o, "managingOrganization", t->hospital);
    json_close(&o);
    err = chart_take(server, &text, &body);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Location")), str_of(place), 0, body, NULL,
                             NULL);
}

/* -- the Task -- */

static void put_input(struct json_out *o, const char *what)
{
    json_open(o, NULL);
    chart_put_code(o, "type", ESCORT_SYSTEM, what, NULL);
}

static void put_task(const struct tx *tx, struct json_out *o, const struct transfer *t, const char *status,
                     struct str place, const struct transfer_arrangement *a)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "Task");
    json_put_str(o, "id", t->escort);
    chart_put_label(o, RECORD_LABEL_SYSTEM, "custody");
    json_put_text(o, "status", status);
    json_put_text(o, "intent", "order");
    json_put_text(o, "priority", t->facts.is_emergency ? "stat" : "routine");
    chart_put_code(o, "code", SICKCALL_TASK, "escort", NULL);
    chart_put_reference(o, "for", t->patient);
    json_open(o, "executionPeriod");
    json_put_instant(o, "start", t->from);
    json_put_instant(o, "end", t->until);
    json_close(o);
    json_put_instant(o, "authoredOn", tx->now);
    if (a) chart_put_reference(o, "owner", a->lead);
    chart_put_reference(o, "location", place);
    json_open_array(o, "input");
    put_input(o, "officers");
    json_put_int(o, "valuePositiveInt", a ? a->officers : t->officers);
    json_close(o);
    put_input(o, "means");
    json_put_str(o, "valueCode", t->means);
    json_close(o);
    if (a) {
        put_input(o, "vehicle");
        json_put_str(o, "valueCode", a->vehicle);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
}

enum err transfer_task_write(struct tx *tx, struct record_reader *server, const struct transfer *t,
                             const char *status, const struct transfer_arrangement *a)
{
    struct json_out o;
    struct buf text;
    struct str body, place;
    enum err err = place_of(tx, server, t, &place);
    if (err) return err;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    put_task(tx, &o, t, status, place, a);
    err = chart_take(server, &text, &body);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Task")), t->escort, 0, body, NULL, NULL);
}

static struct str input_of(struct record_reader *server, const struct chart_item *task, const char *what,
                           const char *value)
{
    uint32_t list = tape_get(&task->tape, 0, STR("input"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(&task->tape, list, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, task, at, "type.coding.code"), what))
            return chart_text(server, task, at, value);
    return (struct str){"", 0};
}

bool transfer_task_read(struct record_reader *server, const struct chart_item *task,
                        struct escort_outing *ret)
{
    int64_t officers = 0;
    if (!transfer_is_task(task->head.id)) return false;
    (void)str_to_i64(input_of(server, task, "officers", "valuePositiveInt"), &officers);
    *ret = (struct escort_outing){
        .is_one = true,
        .means = input_of(server, task, "means", "valueCode"),
        .vehicle = input_of(server, task, "vehicle", "valueCode"),
        .officers = officers > 0 && officers <= TRANSFER_OFFICERS_MAX ? (uint32_t)officers : 1,
        .is_arranged = chart_text(server, task, 0, "owner.reference").bytes > 0};
    return true;
}

/* -- arranged -- */

/* Leads another escort in this time, of a booking or a transfer. */
static enum err is_busy(struct tx *tx, struct record_reader *server, const struct transfer *t,
                        struct str lead, bool *ret)
{
    char from[INSTANT_TEXT_BYTES], until[INSTANT_TEXT_BYTES];
    struct record_fault fault = {0};
    int64_t rows[2];
    uint32_t n = 0;
    struct record_head own;
    instant_text(t->from, from), instant_text(t->until, until);
    const char *query =
        arena_printf(server->arena,
                     "code=" SICKCALL_TASK "|escort&owner=%.*s&status=requested,accepted,in-progress"
                     "&period=lt%s&period=gt%s",
                     (int)lead.bytes, lead.at, until, from);
    *ret = false;
    enum err err =
        query ? search_rows(tx, server, fhir_resource_of(STR("Task")), str_of(query), rows, 2, &n, &fault)
              : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    if (!err) err = record_head_find(tx, server->arena, fhir_resource_of(STR("Task")), t->escort, &own);
    for (uint32_t i = 0; i < n && !err; i++)
        *ret |= rows[i] != own.row;
    return err;
}

/* The transfer of a Task that stands. */
static enum err of_task(struct tx *tx, struct record_reader *server, struct str task, struct transfer *ret)
{
    int64_t row, n;
    if (!cut_task(task, &row, &n)) return ERR_NOT_FOUND;
    enum err err = transfer_read_row(tx, server, row, ret);
    return !err && !str_is(ret->escort, task) ? ERR_NOT_FOUND : err;
}

/* A step that was reported before it was arranged stays reported: who leads an emergency that has left is told afterwards. */
static enum err write_arranged(struct tx *tx, struct record_reader *server, const struct transfer *t,
                               const struct transfer_arrangement *a)
{
    struct chart_item task;
    struct buf steps;
    struct json_out o;
    struct str text;
    enum err err = chart_one(tx, server, "Task", t->escort, &task);
    if (err || transfer_is_waiting(t->facts.state))
        return err ? err : transfer_task_write(tx, server, t, "requested", a);
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "add", "/owner");
    chart_put_reference(&o, "value", a->lead);
    json_close(&o);
    chart_put_step(&o, "add", "/input/-");
    json_open(&o, "value");
    chart_put_code(&o, "type", ESCORT_SYSTEM, "vehicle", NULL);
    json_put_str(&o, "valueCode", a->vehicle);
    json_close(&o);
    json_close(&o);
    chart_put_step(&o, "replace", "/input/0/valuePositiveInt");
    json_put_int(&o, "value", a->officers);
    json_close(&o);
    json_close_array(&o);
    err = chart_take(server, &steps, &text);
    return err ? err : chart_write_steps(tx, server, &task.head, 0, text, NULL, NULL);
}

enum err transfer_arrange(struct tx *tx, struct record_reader *server, struct str task,
                          const struct transfer_arrangement *a, enum transfer_arranging *ret)
{
    struct transfer t;
    enum transfer_no no;
    bool is_taken = false;
    *ret = TRANSFER_ARRANGE_NO;
    enum err err = of_task(tx, server, task, &t);
    if (!err) err = is_busy(tx, server, &t, a->lead, &is_taken);
    if (err) return err;
    if (is_taken) return *ret = TRANSFER_ARRANGE_BUSY, OK;
    bool is_late = !transfer_is_waiting(t.facts.state) && t.arranged.ms != 0;
    if (is_late) return OK; /* said once, of one that has left */
    struct transfer_event e = {.verb = TRANSFER_DO_ARRANGE};
    err = transfer_happen(tx, server, &(struct sickcall_by){0}, &t, &e, &no);
    if (err || no) return err;
    *ret = TRANSFER_ARRANGE_DONE;
    return write_arranged(tx, server, &t, a);
}

/* -- reported -- */

enum err transfer_reported(struct tx *tx, struct record_reader *server, struct str task, enum escort_step to,
                           struct instant at, enum transfer_no *ret_no)
{
    struct transfer t;
    enum transfer_verb way[2];
    uint32_t n = 0;
    *ret_no = TRANSFER_YES;
    if (!transfer_is_task(task)) return OK;
    enum err err = of_task(tx, server, task, &t);
    if (err) return err;
    bool leaves = to == ESCORT_COLLECTED || to == ESCORT_DELIVERED || to == ESCORT_RETURNED;
    if (leaves && transfer_is_waiting(t.facts.state))
        way[n++] = TRANSFER_DO_DEPART; /* a step may be left out */
    if (to == ESCORT_DELIVERED && t.facts.state < TRANSFER_AT_HOSPITAL) way[n++] = TRANSFER_DO_ARRIVE;
    if (to == ESCORT_RETURNED) way[n++] = TRANSFER_DO_RETURN;
    if (to == ESCORT_FAILED) way[n++] = TRANSFER_DO_FAIL;
    for (uint32_t i = 0; i < n && !err && !*ret_no; i++) {
        struct transfer_event e = {.verb = way[i], .at = at};
        err = transfer_happen(tx, server, &(struct sickcall_by){0}, &t, &e, ret_no);
    }
    return err;
}
