#include "desk/escort.h"
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/isolation.h"
#include "desk/schedule_own.h"
#include "desk/transfer.h"
#include "desk/whom.h"
#include "records/search.h"
#include "scheduler/appt_table.h"
#include <stdio.h>
#include <stdlib.h>

enum { FLAGS_MAX = 4000, FLAG_DAYS = 400 }; /* findings that may ask for isolation still */

static const struct {
    const char *name, *verb, *status;
} steps[ESCORT_STEPS] = {
    {"requested", NULL, "requested"},        {"accepted", "accept", "accepted"},
    {"collected", "collect", "in-progress"}, {"delivered", "deliver", "in-progress"},
    {"returned", "return", "completed"},     {"failed", "cannot", "failed"},
};

static const char key_sql[] = "CREATE TABLE escort_report (" /* reports that were taken, by the key of each */
                              " key TEXT PRIMARY KEY, made INTEGER NOT NULL"
                              ") STRICT, WITHOUT ROWID;"
                              "CREATE INDEX escort_report_by_made ON escort_report (made);";
const struct migration escort_migrations[] = {
    {356, "reports of escorts, each once", key_sql},
    {0, NULL, NULL},
};

const char *escort_step_text(enum escort_step step)
{
    ASSERT(step < ESCORT_STEPS);
    return steps[step].name;
}

bool escort_verb(struct str verb, enum escort_step *ret_step)
{
    for (size_t i = 1; i < ESCORT_STEPS; i++)
        if (str_is_text(verb, steps[i].verb)) return *ret_step = (enum escort_step)i, true;
    return false;
}

enum escort_answer escort_may(enum escort_step from, enum escort_step to)
{
    ASSERT(from < ESCORT_STEPS);
    ASSERT(to < ESCORT_STEPS);
    if (from == to) return ESCORT_WAS_SO;
    if (from == ESCORT_FAILED) return ESCORT_NO;
    if (to < from) return ESCORT_WAS_SO; /* an old report that comes late */
    return from == ESCORT_RETURNED ? ESCORT_NO : ESCORT_DONE;
}

static bool step_of(struct record_reader *who, const struct chart_item *task, enum escort_step *ret)
{
    struct str status = chart_text(who, task, 0, "status"),
               word = chart_text(who, task, 0, "businessStatus.coding.code");
    for (size_t i = 0; i < ESCORT_STEPS; i++)
        if (str_is_text(status, steps[i].status) &&
            (!str_is_text(status, "in-progress") || !word.bytes || str_is_text(word, steps[i].name)))
            return *ret = (enum escort_step)i, true;
    return false; /* cancelled, or none of ours */
}

/* -- what is shown -- */

static enum err name_of(struct tx *tx, struct record_reader *server, const char *type, struct str reference,
                        const char *path, struct str *ret)
{
    struct chart_item item;
    struct str id = reference, kind = str_cut(&id, '/');
    *ret = (struct str){"", 0};
    if (!str_is_text(kind, type)) return OK;
    enum err err = chart_one(tx, server, type, id, &item);
    if (!err) *ret = chart_text(server, &item, 0, path);
    return err == ERR_NOT_FOUND ? OK : err;
}

static const char *const precautions[ESCORT_PRECAUTIONS] = {
    [ESCORT_UNFIT] = "unfit", [ESCORT_STRETCHER] = "stretcher", [ESCORT_WHEELCHAIR] = "wheelchair",
    [ESCORT_MASK] = "mask",   [ESCORT_ISOLATED] = "isolated",   [ESCORT_WATCH] = "watch"};

const char *escort_precaution_text(enum escort_precaution p)
{
    ASSERT(p < ESCORT_PRECAUTIONS);
    return precautions[p];
}

/* What is asked of custody where the clinic has found this. */
static uint32_t asked_by(struct str found)
{
    static const struct {
        const char *found;
        uint32_t asks;
    } all[] = {{"transport-unfit", 1u << ESCORT_UNFIT},
               {"transport-stretcher", 1u << ESCORT_STRETCHER},
               {"transport-wheelchair", 1u << ESCORT_WHEELCHAIR},
               {"tuberculosis-suspected", 1u << ESCORT_MASK},
               {"tuberculosis-isolated", 1u << ESCORT_MASK | 1u << ESCORT_ISOLATED},
               {"selfharm-raised", 1u << ESCORT_WATCH},
               {"selfharm-high", 1u << ESCORT_WATCH}};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_is_text(found, all[i].found)) return all[i].asks;
    return 0;
}

static uint32_t asked_by_means(struct str means)
{
    return str_is_text(means, "stretcher")    ? 1u << ESCORT_STRETCHER
           : str_is_text(means, "wheelchair") ? 1u << ESCORT_WHEELCHAIR
                                              : 0;
}

/* A Flag of ours that holds just now. */
static bool holds(const struct tx *tx, struct record_reader *server, const struct chart_item *flag)
{
    struct instant end = chart_instant(server, chart_text(server, flag, 0, "period.end"));
    return str_is_text(chart_text(server, flag, 0, "status"), "active") &&
           str_is_text(chart_text(server, flag, 0, "code.coding.system"), ESCORT_PRECAUTION) &&
           (end.ms == 0 || end.ms > tx->now.ms);
}

static enum err precautions_of(struct tx *tx, struct record_reader *server, struct str patient, uint32_t *ret)
{
    struct chart_list list;
    (void)str_cut(&patient, '/');
    *ret = 0;
    enum err err = chart_list(tx, server, "Flag", patient, NULL, &list);
    for (uint32_t i = 0; i < list.count && !err; i++) {
        const struct chart_item *flag = &list.at[i];
        if (holds(tx, server, flag)) *ret |= asked_by(chart_text(server, flag, 0, "code.coding.code"));
    }
    const char *whom = arena_printf(server->arena, "Patient/%.*s", (int)patient.bytes, patient.at);
    bool is_apart = false;
    if (!err) err = whom ? isolation_is(tx, server, str_of(whom), &is_apart) : ERR_NOMEM;
    if (is_apart) *ret |= 1u << ESCORT_MASK | 1u << ESCORT_ISOLATED;
    return err;
}

enum err escort_read(struct tx *tx, struct record_reader *server, int64_t row, struct escort_task *ret)
{
    struct chart_item item;
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err) err = chart_one(tx, server, "Task", head.id, &item);
    if (err) return err;
    if (!step_of(server, &item, &ret->step)) return ERR_NOT_FOUND;
    ret->id = head.id;
    ret->patient = chart_text(server, &item, 0, "for.reference");
    ret->start = chart_instant(server, chart_text(server, &item, 0, "executionPeriod.start"));
    ret->end = chart_instant(server, chart_text(server, &item, 0, "executionPeriod.end"));
    ret->at = chart_instant(server, chart_text(server, &item, 0, "lastModified"));
    ret->reason = chart_text(server, &item, 0, "statusReason.coding.code");
    struct whom whom;
    err = whom_of(tx, server, ret->patient, &whom);
    ret->name = whom.name, ret->number = whom.number, ret->cell = whom.cell;
    if (!err) err = precautions_of(tx, server, ret->patient, &ret->precautions);
    if (transfer_task_read(server, &item, &ret->outing))
        ret->precautions |= asked_by_means(ret->outing.means);
    if (!err)
        err = name_of(tx, server, "Location", chart_text(server, &item, 0, "location.reference"), "name",
                      &ret->room);
    if (!err)
        err = name_of(tx, server, "Practitioner", chart_text(server, &item, 0, "owner.reference"),
                      "name.text", &ret->owner);
    return err;
}

/* -- who is kept apart -- */

struct apart {
    struct str patient, name, number, cell, place;
    struct instant until; /* ms 0: not said */
};

static int by_cell(const void *a, const void *b)
{
    const struct apart *x = a, *y = b;
    size_t n = x->cell.bytes < y->cell.bytes ? x->cell.bytes : y->cell.bytes;
    int order = n ? memcmp(x->cell.at, y->cell.at, n) : 0;
    return order ? order : (int)x->cell.bytes - (int)y->cell.bytes;
}

/* Each once, though several findings ask for it. */
static enum err add_apart(struct tx *tx, struct record_reader *server, int64_t flag_row, struct apart *all,
                          uint32_t *n)
{
    struct record_head head;
    struct chart_item flag;
    enum err err = record_head_at(tx, server->arena, flag_row, &head);
    if (!err) err = chart_one(tx, server, "Flag", head.id, &flag);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    struct apart *one = &all[*n];
    one->patient = chart_text(server, &flag, 0, "subject.reference");
    if (!holds(tx, server, &flag) ||
        !(asked_by(chart_text(server, &flag, 0, "code.coding.code")) & 1u << ESCORT_ISOLATED))
        return OK;
    for (uint32_t i = 0; i < *n; i++)
        if (str_is(all[i].patient, one->patient)) return OK;
    struct whom whom;
    err = whom_of(tx, server, one->patient, &whom);
    one->name = whom.name, one->number = whom.number, one->cell = whom.cell;
    one->until = chart_instant(server, chart_text(server, &flag, 0, "period.end"));
    if (!err) (*n)++;
    return err;
}

/* Whom a case keeps apart stands once, whatever else asks for it too. */
static enum err add_cases(struct tx *tx, struct record_reader *server, struct apart *all, uint32_t *n)
{
    struct isolation *cases = arena_zalloc(server->arena, ISOLATION_MAX * sizeof *cases);
    uint32_t count = 0;
    enum err err = cases ? isolation_of_cases(tx, server, cases, &count) : ERR_NOMEM;
    for (uint32_t i = 0; i < count && !err; i++) {
        uint32_t k = 0;
        while (k < *n && !str_is(all[k].patient, cases[i].patient))
            k++;
        all[k] = (struct apart){cases[i].patient, cases[i].name,  cases[i].number,
                                cases[i].cell,    cases[i].place, cases[i].until};
        *n += k == *n;
    }
    return err;
}

enum err escort_write_isolated(struct tx *tx, struct record_reader *server, struct json_out *to)
{
    struct record_fault fault = {0};
    uint32_t count = 0, n = 0;
    int64_t *rows = arena_alloc(server->arena, FLAGS_MAX * sizeof *rows);
    struct apart *all = arena_zalloc(server->arena, (FLAGS_MAX + ISOLATION_MAX + 1) * sizeof *all);
    if (!rows || !all) return ERR_NOMEM;
    char since[INSTANT_TEXT_BYTES];
    instant_text(instant_add(tx->now, -FLAG_DAYS * DAY_MS), since);
    const char *query = arena_printf(server->arena, "_lastUpdated=ge%s", since);
    enum err err = query ? search_rows(tx, server, fhir_resource_of(STR("Flag")), str_of(query), rows,
                                       FLAGS_MAX, &count, &fault)
                         : ERR_NOMEM;
    if (!err && fault.status) err = ERR_BAD_INPUT;
    for (uint32_t i = 0; i < count && !err; i++)
        err = add_apart(tx, server, rows[i], all, &n);
    if (!err) err = add_cases(tx, server, all, &n);
    if (err) return err;
    if (n > 1) qsort(all, n, sizeof *all, by_cell);
    json_open_array(to, "isolated");
    for (uint32_t i = 0; i < n; i++) {
        json_open(to, NULL);
        json_put_str(to, "name", all[i].name);
        json_put_str(to, "number", all[i].number);
        json_put_str(to, "cell", all[i].cell.at ? all[i].cell : (struct str){"", 0});
        json_put_str(to, "place", all[i].place.at ? all[i].place : (struct str){"", 0});
        json_put_instant(to, "until", all[i].until);
        json_close(to);
    }
    json_close_array(to);
    json_put_bool(to, "cut", count == FLAGS_MAX);
    return OK;
}

/* -- what is reported -- */

/* Codes and times of ours alone: nothing that anybody typed. */
static enum err write(struct schedule *s, const struct record_head *head, enum escort_step to,
                      struct instant at, enum appt_reason reason)
{
    char when[INSTANT_TEXT_BYTES], why[160] = "";
    instant_text(at, when);
    if (to == ESCORT_FAILED)
        snprintf(why, sizeof why,
                 ",{\"op\":\"add\",\"path\":\"/statusReason\",\"value\":{\"coding\":[{\"system\":\"%s\","
                 "\"code\":\"%s\"}]}}",
                 ESCORT_SYSTEM, appt_reason_text(reason));
    char *patch =
        arena_printf(s->server.arena,
                     "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"%s\"},{\"op\":\"add\",\"path\":"
                     "\"/businessStatus\",\"value\":{\"coding\":[{\"system\":\"%s\",\"code\":\"%s\"}]}},"
                     "{\"op\":\"add\",\"path\":\"/lastModified\",\"value\":\"%s\"}%s]",
                     steps[to].status, ESCORT_SYSTEM, steps[to].name, when, why);
    return patch ? chart_write_steps(s->tx, &s->server, head, 0, str_of(patch), NULL, NULL) : ERR_NOMEM;
}

/* "escort-APPOINTMENT-ESCORT" (schedule_after): rows. */
static bool booking_of(struct str task, int64_t *ret_appointment, int64_t *ret_escort)
{
    struct str rest = task, word = str_cut(&rest, '-'), appointment = str_cut(&rest, '-');
    return str_is_text(word, "escort") && str_to_i64(appointment, ret_appointment) &&
           str_to_i64(rest, ret_escort);
}

/* For want of this escort another is found, the others kept; where nobody can be brought then, it is to be placed again by a person, who
 * is told. A booking that is over or under way stays as it is. */
static enum err reopen(struct schedule *s, struct str task, enum appt_reason reason)
{
    int64_t appointment, escort;
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    if (!answer || !b) return ERR_NOMEM;
    if (!booking_of(task, &appointment, &escort)) return OK;
    enum err err = booking_read_row(s->tx, &s->server, appointment, b);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    struct appt_event e = {.verb = reason == APPT_NO_ESCORT ? APPT_DO_DECLINE : APPT_DO_DISPLACE,
                           .version = b->appt.version,
                           .now = s->tx->now,
                           .seat = {(uint64_t)escort},
                           .side = APPT_CUSTODY,
                           .reason = reason,
                           .until = schedule_repair_by(b->appt.triage, b->appt.span.from, s->tx->now)};
    if (e.verb == APPT_DO_DECLINE) return schedule_event(s, b->head.id, &e, answer);
    return schedule_apply(s, b, &e, answer);
}

static enum err tell_clinic(struct schedule *s)
{
    enum err err = schedule_tell(s, NULL, "nurse", "transfers_changed", "{}");
    return err ? err : schedule_tell(s, NULL, "clinic-doctor", "transfers_changed", "{}");
}

enum err escort_report(struct schedule *s, struct str task, enum escort_step to, struct instant at,
                       enum appt_reason reason, enum escort_answer *ret)
{
    struct chart_item item;
    enum escort_step from;
    enum transfer_no no;
    *ret = ESCORT_NO;
    enum err err = chart_one(s->tx, &s->server, "Task", task, &item);
    if (err) return err;
    if (!str_is_text(chart_text(&s->server, &item, 0, "code.coding.code"), "escort")) return ERR_NOT_FOUND;
    if (!step_of(&s->server, &item, &from)) return OK;
    *ret = escort_may(from, to);
    if (*ret != ESCORT_DONE) return OK;
    err = transfer_reported(s->tx, &s->server, task, to, at, &no);
    if (err || no) return *ret = ESCORT_UNREADY, err;
    err = write(s, &item.head, to, at, reason);
    if (!err && to == ESCORT_FAILED) err = reopen(s, task, reason);
    if (!err && transfer_is_task(task)) err = tell_clinic(s);
    return err ? err : schedule_tell(s, NULL, "duty-command", "escorts_changed", "{}");
}

enum err escort_key_seen(struct tx *tx, struct str key, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM escort_report WHERE key = ?1", &q);
    if (err) return err;
    stmt_str(q, 1, key);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

enum err escort_key_note(struct tx *tx, struct str key)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM escort_report WHERE made < ?1", &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms - 2 * ESCORT_LATE_MS);
    err = stmt_run(q);
    if (!err)
        err = db_stmt(tx->db, "INSERT INTO escort_report (key, made) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                      &q);
    if (err) return err;
    stmt_str(q, 1, key);
    stmt_int(q, 2, tx->now.ms);
    return stmt_run(q);
}
