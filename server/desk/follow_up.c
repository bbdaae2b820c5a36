#include "desk/follow_up.h"
#include "base/zone.h"
#include "desk/advice.h"
#include "desk/chart_write.h"
#include "desk/opinion_own.h"
#include "records/primitive.h"
#include "records/records.h"
#include "records/search.h"

enum { LAPSE_AT_ONCE = 32 };

/* The end of a day of the site. */
static bool end_of(const struct record_reader *all, struct str day, struct instant *ret)
{
    struct instant from;
    return day.bytes == 10 && primitive_span(day, records_zone(all->records), &from, ret);
}

static enum err write_body(struct tx *tx, struct record_reader *all, const struct follow_up_start *start,
                           struct instant due, struct str *ret)
{
    struct buf body;
    struct json_out o;
    buf_init(&body, OPINION_BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_text(&o, "status", "accepted");
    json_put_text(&o, "intent", "order");
    json_open(&o, "code");
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", TASK_SYSTEM);
    json_put_text(&o, "code", "follow-up");
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    if (start->words.bytes) json_put_str(&o, "description", start->words);
    opinion_put_reference(&o, all->arena, "for", "Patient", start->patient);
    if (start->encounter.bytes)
        opinion_put_reference(&o, all->arena, "encounter", "Encounter", start->encounter);
    json_put_instant(&o, "authoredOn", tx->now);
    enum err err = opinion_put_person(tx, all->arena, start->by.account, start->by.display, &o, "requester");
    json_open(&o, "restriction");
    json_open(&o, "period");
    json_put_instant(&o, "end", (struct instant){due.ms - 1});
    json_close(&o);
    json_close(&o);
    json_open_array(&o, "input"); /* the day as it was said */
    json_open(&o, NULL);
    json_open(&o, "type");
    json_put_text(&o, "text", "due");
    json_close(&o);
    json_put_str(&o, "valueDate", start->due);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    enum err taken = chart_take(all, &body, ret);
    return err ? err : taken;
}

enum err follow_up_make(struct tx *tx, struct record_reader *all, const struct follow_up_start *start,
                        struct record_head *ret)
{
    struct instant due;
    struct str body;
    struct stmt *s;
    if (!end_of(all, start->due, &due) || due.ms <= tx->now.ms) return ERR_BAD_INPUT;
    enum err err = write_body(tx, all, start, due, &body);
    if (!err) err = chart_write(tx, all, fhir_resource_of(STR("Task")), STR(""), 0, body, ret, NULL);
    if (!err) err = db_stmt(tx->db, "INSERT INTO follow_up (task, due) VALUES (?1, ?2)", &s);
    if (err) return err;
    stmt_int(s, 1, ret->row);
    stmt_instant(s, 2, due);
    return stmt_run(s);
}

static enum err change(struct tx *tx, struct record_reader *all, const struct chart_item *task,
                       const char *status, const char *business, const struct opinion_by *by,
                       struct str words, struct record_head *ret)
{
    struct buf steps;
    struct json_out o;
    struct str text;
    enum err err = OK;
    buf_init(&steps, OPINION_BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", status);
    json_close(&o);
    chart_put_step(&o, "add", "/businessStatus");
    json_open(&o, "value");
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", TASK_SYSTEM);
    json_put_text(&o, "code", business);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    json_close(&o);
    chart_put_step(&o, "add", "/lastModified");
    json_put_instant(&o, "value", tx->now);
    json_close(&o);
    if (by) {
        chart_put_step(&o, "add", "/owner");
        err = opinion_put_person(tx, all->arena, by->account, by->display, &o, "value");
        json_close(&o);
    }
    if (words.bytes) {
        chart_put_step(&o, "add", "/note");
        json_open_array(&o, "value");
        json_open(&o, NULL);
        json_put_instant(&o, "time", tx->now);
        json_put_str(&o, "text", words);
        json_close(&o);
        json_close_array(&o);
        json_close(&o);
    }
    json_close_array(&o);
    enum err taken = chart_take(all, &steps, &text);
    if (!err) err = taken;
    return err ? err : chart_write_steps(tx, all, &task->head, task->head.version, text, ret, NULL);
}

static enum err note(struct tx *tx, const char *sql, int64_t task)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, task);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}

static enum err stands(struct tx *tx, int64_t task, bool *ret_is, bool *ret_over)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT ended FROM follow_up WHERE task = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, task);
    err = stmt_step(s, ret_is);
    *ret_over = !err && *ret_is && !stmt_is_null(s, 0);
    stmt_done(s);
    return err;
}

enum err follow_up_done(struct tx *tx, struct record_reader *who, struct record_reader *all, struct str id,
                        const struct opinion_by *by, struct str words, bool *ret_may, struct record_head *ret)
{
    struct chart_item task;
    bool is_one, is_over;
    enum err err = chart_one(tx, who, "Task", id, &task);
    if (!err) err = stands(tx, task.head.row, &is_one, &is_over);
    if (!err && !is_one) err = ERR_NOT_FOUND;
    if (err) return err;
    *ret_may = !is_over;
    if (is_over) return OK;
    err = change(tx, all, &task, "completed", "done", by, words, ret);
    return err ? err : note(tx, "UPDATE follow_up SET ended = ?2 WHERE task = ?1", task.head.row);
}

enum err follow_up_drop(struct tx *tx, struct record_reader *all, struct str patient, const char *why,
                        uint32_t *ret_n)
{
    struct chart_list list;
    struct record_head head;
    *ret_n = 0;
    enum err err = chart_list(tx, all, "Task", patient,
                              "&code=" TASK_SYSTEM "|follow-up&status=requested,accepted,in-progress", &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        err = change(tx, all, &list.at[i], "cancelled", why, NULL, STR(""), &head);
        if (!err) err = note(tx, "UPDATE follow_up SET ended = ?2 WHERE task = ?1", head.row);
        *ret_n += !err;
    }
    return err;
}

/* -- lists -- */

/* now: bound second where the text asks for it; ms 0: it does not. */
static enum err rows_of(struct tx *tx, const char *sql, struct instant now, int64_t *rows, uint32_t most,
                        uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, most);
    if (now.ms) stmt_instant(s, 2, now);
    while (n < most && !(err = stmt_step(s, &row)) && row)
        rows[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}

static enum err put_one(struct tx *tx, struct record_reader *who, int64_t row, struct json_out *to)
{
    struct record_head head;
    struct chart_item task;
    struct instant due;
    enum err err = record_head_at(tx, who->arena, row, &head);
    if (!err) err = chart_one(tx, who, "Task", head.id, &task); /* guarded */
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    struct str patient = chart_text(who, &task, 0, "for.reference");
    struct str visit = chart_text(who, &task, 0, "encounter.reference");
    struct str day = chart_text(who, &task, 0, "input.valueDate");
    (void)str_cut(&patient, '/'), (void)str_cut(&visit, '/');
    bool is_day = end_of(who, day, &due);
    const char *state = is_day && due.ms <= tx->now.ms                       ? "lapsed"
                        : is_day && due.ms - tx->now.ms <= (int64_t)86400000 ? "due"
                                                                             : "waiting";
    json_open(to, NULL);
    json_put_str(to, "id", head.id);
    json_put_str(to, "patient", patient);
    json_put_str(to, "visit", visit.at ? visit : STR(""));
    struct str words = chart_text(who, &task, 0, "description");
    json_put_str(to, "words", words.at ? words : STR(""));
    json_put_str(to, "due", day);
    json_put_text(to, "state", state);
    json_close(to);
    return record_traced(who, &head);
}

enum err follow_up_write(struct tx *tx, struct record_reader *who, struct json_out *to)
{
    int64_t rows[FOLLOW_UP_LIST_MAX];
    uint32_t n = 0;
    enum err err = rows_of(tx, "SELECT task FROM follow_up WHERE ended IS NULL ORDER BY due, task LIMIT ?1",
                           (struct instant){0}, rows, FOLLOW_UP_LIST_MAX, &n);
    json_open_array(to, "rows");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_one(tx, who, rows[i], to);
    json_close_array(to);
    return err;
}

enum err follow_up_lapse(struct tx *tx, struct record_reader *all)
{
    int64_t rows[LAPSE_AT_ONCE];
    uint32_t n = 0;
    enum err err = rows_of(tx,
                           "SELECT task FROM follow_up WHERE lapsed IS NULL AND ended IS NULL AND due <= ?2"
                           " ORDER BY due LIMIT ?1",
                           tx->now, rows, LAPSE_AT_ONCE, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item task;
        err = record_head_at(tx, all->arena, rows[i], &head);
        if (!err && !head.is_deleted) err = chart_one(tx, all, "Task", head.id, &task);
        if (!err && !head.is_deleted)
            err = change(tx, all, &task, "accepted", "lapsed", NULL, (struct str){0}, NULL);
        if (err == ERR_NOT_FOUND || err == ERR_DENIED) err = OK; /* erased */
        if (!err) err = note(tx, "UPDATE follow_up SET lapsed = ?2 WHERE task = ?1", rows[i]);
    }
    return err;
}
