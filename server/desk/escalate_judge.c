/* Which hour a record has. */
#include "desk/epidemic_contact.h"
#include "desk/escalate_own.h"
#include "desk/intake.h"
#include "desk/local_visit.h"
#include "desk/release_summary.h"
#include "desk/statement.h"
#include "desk/transfer.h"
#include "records/person.h"
#include "records/records.h"
#include "records/search.h"

enum { FRESH_DAYS = 30 };

static bool is_type(const struct record_head *head, const char *type)
{
    return head->resource == fhir_resource_of(str_of(type));
}

/* -- sick calls -- */

static enum err is_before_us(struct schedule *s, const struct sickcall *c, bool *ret)
{
    struct local_visit v;
    struct str id = c->encounter;
    *ret = false;
    if (c->state != SICK_SCHEDULED || !id.bytes) return OK;
    (void)str_cut(&id, '/');
    enum err err = local_visit_read(s->tx, &s->server, id, &v);
    if (!err) *ret = v.state == LOCAL_VISIT_BEGUN;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err judge_call(struct schedule *s, const struct escalate_limits *limits, int64_t row,
                           struct escalate_due *ret)
{
    struct sickcall c;
    bool is_begun;
    enum err err = sickcall_read_row(s->tx, &s->server, row, &c);
    if (!err) err = is_before_us(s, &c, &is_begun);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    enum sick_clock clock = sickcall_clock(&s->server, &limits->sick, &c, is_begun, &ret->due);
    ret->is_open = clock != SICK_CLOCK_NONE;
    ret->kind = clock == SICK_CLOCK_TRIAGE     ? ESCALATE_TRIAGE
                : c.triage == TRIAGE_EMERGENCY ? ESCALATE_EMERGENCY
                                               : ESCALATE_VISIT;
    return OK;
}

/* A step of the visit moves the clock of its call. */
static enum err judge_visit(struct schedule *s, const struct escalate_limits *limits,
                            const struct record_head *head, int64_t *ret_row, struct escalate_due *ret)
{
    struct local_visit v;
    struct record_head call;
    *ret_row = 0;
    enum err err = local_visit_read(s->tx, &s->server, head->id, &v);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    (void)str_cut(&v.call, '/');
    err = record_head_find(s->tx, s->server.arena, fhir_resource_of(STR("Task")), v.call, &call);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    *ret_row = call.row;
    return judge_call(s, limits, call.row, ret);
}

/* -- who has come into custody -- */

static enum err judge_intake(struct schedule *s, const struct escalate_limits *limits, struct str id,
                             struct escalate_due *ret)
{
    static const enum escalate_kind of[INTAKE_CLOCKS] = {[INTAKE_CLOCK_START] = ESCALATE_START,
                                                         [INTAKE_CLOCK_LOOK] = ESCALATE_LOOK,
                                                         [INTAKE_CLOCK_ASSESSMENT] = ESCALATE_ASSESSMENT,
                                                         [INTAKE_CLOCK_REVIEW] = ESCALATE_REVIEW};
    struct intake in;
    enum err err = intake_read(s->tx, &s->server, id, &in);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    enum intake_clock clock =
        intake_clock(&limits->intake, records_zone(s->server.records), &in.facts, &ret->due);
    ret->is_open = clock != INTAKE_CLOCK_NONE;
    ret->kind = of[clock];
    return OK;
}

/* -- what patients want corrected -- */

static enum err judge_statement(struct schedule *s, struct str id, struct escalate_due *ret)
{
    struct statement st;
    enum err err = statement_read(s->tx, &s->server, id, &st);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->due = st.due;
    ret->is_open = st.state == STATEMENT_SAID && st.due.ms != 0;
    ret->kind = ESCALATE_CORRECTION;
    return OK;
}

/* -- who was near a case -- */

static enum err judge_contact(struct schedule *s, int64_t row, struct escalate_due *ret)
{
    struct epidemic_contact c;
    enum err err = epidemic_contact_read(s->tx, &s->server, row, &c);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->due = contact_watch_by(records_zone(s->server.records), &c.watch);
    ret->is_open = !c.is_over && c.watch.made.ms != 0;
    ret->kind = ESCALATE_CONTACT;
    return OK;
}

/* -- follow-ups -- */

/* A release summary that its patient has, or that is not asked for any more. */
static bool is_in_hand(struct schedule *s, const struct chart_item *task)
{
    struct str word = chart_text(&s->server, task, 0, "businessStatus.coding.code");
    return !str_is_text(word, release_state_text(RELEASE_DRAFTED)) &&
           !str_is_text(word, release_state_text(RELEASE_SIGNED));
}

static enum err judge_task(struct schedule *s, const struct escalate_limits *limits,
                           const struct record_head *head, struct escalate_due *ret)
{
    static const char *const over[] = {"completed", "cancelled",        "failed",
                                       "rejected",  "entered-in-error", "draft"};
    struct chart_item item;
    enum err err = chart_one(s->tx, &s->server, "Task", head->id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (led_has(head->resource, &item.tape, LED_INTAKE)) return judge_intake(s, limits, head->id, ret);
    if (led_has(head->resource, &item.tape, LED_STATEMENT)) return judge_statement(s, head->id, ret);
    if (led_is(head->resource, &item.tape)) return judge_call(s, limits, head->row, ret);
    struct str status = chart_text(&s->server, &item, 0, "status");
    for (size_t i = 0; i < COUNT_OF(over); i++)
        if (str_is_text(status, over[i])) return OK;
    struct str code = chart_text(&s->server, &item, 0, "code.coding.code");
    if (str_is_text(code, CONTACT_TASK)) return judge_contact(s, head->row, ret);
    bool is_concern =
        str_is_text(code, "concern") && str_is_text(status, "requested"); /* once seen it is no more late */
    bool is_release = str_is_text(code, "release-summary") && !is_in_hand(s, &item);
    if (!is_concern && !is_release && !str_is_text(code, "follow-up")) return OK;
    ret->due = chart_instant(&s->server, chart_text(&s->server, &item, 0, "restriction.period.end"));
    if (ret->due.ms == 0)
        ret->due = chart_instant(&s->server, chart_text(&s->server, &item, 0, "executionPeriod.end"));
    ret->is_open = ret->due.ms != 0;
    ret->kind = is_concern ? ESCALATE_CONCERN : is_release ? ESCALATE_RELEASE : ESCALATE_FOLLOW_UP;
    return OK;
}

/* -- ways to a hospital outside -- */

/* What is late is the doctor's word; an emergency does not wait for it, and it follows. */
static enum err judge_transfer(struct schedule *s, const struct record_head *head, struct escalate_due *ret)
{
    struct transfer t;
    enum err err = transfer_read(s->tx, &s->server, head->id, &t);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->is_open = !transfer_is_over(&t.facts) && !t.facts.is_approved;
    ret->kind = ESCALATE_TRANSFER;
    ret->due = transfer_approve_by(&t.facts, t.asked, t.from);
    return OK;
}

/* -- opinions -- */

static enum err judge_opinion(struct schedule *s, const struct escalate_limits *limits,
                              const struct record_head *head, struct escalate_due *ret)
{
    struct chart_item item;
    struct record_head author;
    enum err err = chart_one(s->tx, &s->server, "Composition", head->id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (!str_is_text(chart_text(&s->server, &item, 0, "type.coding.code"), "11488-4")) return OK;
    struct instant written = chart_instant(&s->server, chart_text(&s->server, &item, 0, "date"));
    ret->due = instant_add(written.ms ? written : head->updated, limits->opinion_h * HOUR_MS);
    ret->is_open = true, ret->kind = ESCALATE_OPINION;
    struct str id = chart_text(&s->server, &item, 0, "author.reference"), type = str_cut(&id, '/');
    if (!str_is_text(type, "Practitioner")) return OK;
    err = record_head_find(s->tx, s->server.arena, fhir_resource_of(type), id, &author);
    if (!err) err = person_account(s->tx, s->server.arena, author.row, &ret->author);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* -- results -- */

static bool is_critical(struct schedule *s, const struct chart_item *item)
{
    static const char *const codes[] = {"HH", "LL", "AA"};
    uint32_t all = tape_get(&item->tape, 0, STR("interpretation")), i = 0, at;
    for (; all != TAPE_NONE && (at = tape_at(&item->tape, all, i)) != TAPE_NONE; i++)
        for (size_t k = 0; k < COUNT_OF(codes); k++)
            if (str_is_text(chart_text(&s->server, item, at, "coding.code"), codes[k])) return true;
    return false;
}

static bool is_laboratory(struct schedule *s, const struct chart_item *item)
{
    uint32_t all = tape_get(&item->tape, 0, STR("category")), i = 0, at;
    for (; all != TAPE_NONE && (at = tape_at(&item->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(&s->server, item, at, "coding.code"), "laboratory")) return true;
    return false;
}

static enum err is_held_by_report(struct schedule *s, const struct record_head *head, bool *ret)
{
    struct record_fault fault = {0};
    int64_t row;
    uint32_t n = 0;
    const char *query = arena_printf(s->server.arena, "result=Observation/%.*s&status:not=entered-in-error",
                                     (int)head->id.bytes, head->id.at);
    enum err err = query ? search_rows(s->tx, &s->server, fhir_resource_of(STR("DiagnosticReport")),
                                       str_of(query), &row, 1, &n, &fault)
                         : ERR_NOMEM;
    *ret = n > 0;
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* A report speaks for the measurements that it holds. */
static enum err take_over(struct schedule *s, const struct chart_item *report)
{
    uint32_t all = tape_get(&report->tape, 0, STR("result")), i = 0, at;
    enum err err = OK;
    for (; !err && all != TAPE_NONE && (at = tape_at(&report->tape, all, i)) != TAPE_NONE; i++) {
        struct record_head held;
        struct str id = chart_text(&s->server, report, at, "reference"), type = str_cut(&id, '/');
        if (!str_is_text(type, "Observation")) continue;
        err = record_head_find(s->tx, s->server.arena, fhir_resource_of(type), id, &held);
        if (!err) err = escalate_forget(s->tx, held.row);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

static enum err judge_result(struct schedule *s, const struct escalate_limits *limits,
                             const struct record_head *head, struct escalate_due *ret)
{
    bool is_report = is_type(head, "DiagnosticReport"), is_held = false, is_seen;
    struct chart_item item;
    enum err err =
        chart_one(s->tx, &s->server, is_report ? "DiagnosticReport" : "Observation", head->id, &item);
    if (!err && !is_report && !is_laboratory(s, &item)) return OK;
    if (!err && is_report) err = take_over(s, &item);
    if (!err && !is_report) err = is_held_by_report(s, head, &is_held);
    if (!err) err = escalate_is_seen(s->tx, head, &is_seen);
    if (err || is_held || is_seen) return err == ERR_NOT_FOUND ? OK : err;
    struct instant said = chart_instant(&s->server, chart_text(&s->server, &item, 0, "issued"));
    if (said.ms == 0) said = chart_instant(&s->server, chart_text(&s->server, &item, 0, "effectiveDateTime"));
    if (said.ms && said.ms < head->updated.ms - FRESH_DAYS * DAY_MS)
        return OK; /* history that was brought in */
    ret->is_open = true, ret->kind = ESCALATE_RESULT;
    ret->due = instant_add(head->updated, is_critical(s, &item) ? limits->critical_min * MINUTE_MS
                                                                : limits->result_h * HOUR_MS);
    return OK;
}

/* -- notifiable illnesses -- */

static enum err judge_case(struct schedule *s, const struct escalate_limits *limits,
                           const struct record_head *head, struct escalate_due *ret)
{
    struct epidemic_case c;
    enum err err = epidemic_read(s->tx, &s->server, head->id, &c);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    ret->due = epidemic_due(&limits->epidemic, &c);
    ret->is_open = ret->due.ms != 0;
    ret->kind = ESCALATE_REPORT;
    return OK;
}

enum err escalate_judge(struct schedule *s, const struct escalate_limits *limits,
                        const struct record_head *head, int64_t *ret_row_of, struct escalate_due *ret)
{
    *ret_row_of = head->row;
    *ret = (struct escalate_due){.author = {"", 0}};
    bool is_nobodys = head->patient == 0 && !is_type(head, "Task"); /* a concern may be about a cell */
    if (head->is_deleted || is_nobodys) return OK;
    if (is_type(head, "Flag")) return judge_case(s, limits, head, ret);
    if (is_type(head, "Encounter")) return judge_visit(s, limits, head, ret_row_of, ret);
    if (is_type(head, "ServiceRequest")) return judge_transfer(s, head, ret);
    if (is_type(head, "Task"))
        return head->lifecycle == RECORD_ACTIVE ? judge_task(s, limits, head, ret) : OK;
    if (is_type(head, "Composition"))
        return head->lifecycle == RECORD_DRAFT ? judge_opinion(s, limits, head, ret) : OK;
    bool is_result = is_type(head, "Observation") || is_type(head, "DiagnosticReport");
    if (is_result && head->lifecycle == RECORD_FINAL) return judge_result(s, limits, head, ret);
    return OK;
}
