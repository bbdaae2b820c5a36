/* Bookings: found, held, asked, answered, moved, ended (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/handlers.h"
#include "desk/chart.h"
#include "desk/tentative.h"
#include "records/search.h"
#include "scheduler/appt_table.h"
#include <stdio.h>

enum { LIST_MAX = 500, DAYS_MAX = 62 };

/* -- finding -- */

static enum err find(struct request *r, struct agenda_job *job)
{
    static const char *const known[] = {"patient", "needs", "minutes",   "from", "until",
                                        "triage",  "since", "proposals", NULL};
    struct seek seek = {0};
    struct seek_found found;
    struct json_out o;
    int64_t minutes, proposals = 6;
    if (!agenda_may_do(r, RULE_FIND, false, true)) return OK;
    if (!request_only(r, known) || !request_int(r, "minutes", 5, 480, &minutes) ||
        !agenda_triage(r, &seek.triage) || !agenda_instant(r, r->json, "from", &seek.from) ||
        !agenda_instant(r, r->json, "until", &seek.until) || !agenda_needs(r, job, &seek))
        return OK;
    if (json_get(r->json, "proposals") && !request_int(r, "proposals", 1, 20, &proposals)) return OK;
    enum err err = agenda_reference(r, job->s.tx, "patient", "Patient", &seek.patient);
    if (err || r->fault.status) return err;
    seek.minutes = (uint16_t)minutes;
    seek.proposals_max = (uint8_t)proposals;
    seek.since = job->s.tx->now;
    err = seek_run(job->s.tx, &job->s.server, job->s.view, job->s.joint, &seek, &found);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "until");
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    agenda_write_found(r, &o, &found);
    json_close(&o);
    return OK;
}

enum err agenda_find_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, find);
}

/* -- follow-ups that come again -- */

static bool read_series(struct request *r, struct series *to)
{
    struct str first, unit, at;
    int64_t every, count, tolerance;
    uint64_t hour, minute;
    if (!request_text(r, "first", 10, &first) || !request_text(r, "unit", 10, &unit) ||
        !request_int(r, "every", 1, 26, &every) || !request_int(r, "count", 1, SERIES_MAX, &count) ||
        !request_int(r, "tolerance", 0, 13, &tolerance) || !request_text(r, "at", 5, &at))
        return false;
    *to = (struct series){
        .every = (uint8_t)every, .count = (uint8_t)count, .tolerance_days = (uint8_t)tolerance};
    if (!date_from_text(first, &to->first)) return answer_fault(r, 400, "bad_field", "first"), false;
    to->unit = str_is_text(unit, "months") ? SERIES_MONTHS : SERIES_WEEKS;
    if (to->unit == SERIES_WEEKS && !str_is_text(unit, "weeks"))
        return answer_fault(r, 400, "bad_field", "unit"), false;
    struct str minutes = at, hours = str_cut(&minutes, ':');
    if (!str_to_u64(hours, &hour) || !str_to_u64(minutes, &minute) || hour > 23 || minute > 59)
        return answer_fault(r, 400, "bad_field", "at"), false;
    to->at_min = (uint16_t)(hour * 60 + minute);
    return true;
}

static void put_occurrence(struct request *r, struct json_out *o, const struct seek_found *found,
                           const struct series_occurrence *one, uint8_t i)
{
    static const char *const words[] = {
        [SERIES_FOUND] = "found", [SERIES_NO_TIME] = "no-time", [SERIES_BEYOND] = "beyond"};
    char due[DATE_TEXT_BYTES];
    date_text(one->due, due);
    json_open(o, NULL);
    json_put_text(o, "due", due);
    json_put_text(o, "found", words[one->found]);
    if (one->found == SERIES_FOUND) agenda_write_proposal(r, o, found, &found->at[i], "proposal");
    json_close(o);
}

static enum err series(struct request *r, struct agenda_job *job)
{
    static const char *const known[] = {"patient", "needs", "minutes",   "triage", "first", "unit",
                                        "every",   "count", "tolerance", "at",     NULL};
    struct seek *seek = arena_zalloc(r->arena, sizeof *seek);
    struct series_occurrence *each = arena_zalloc(job->s.server.arena, SERIES_MAX * sizeof *each);
    struct series how;
    struct seek_found found;
    struct json_out o;
    int64_t minutes;
    if (!seek || !each) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_FIND, false, true)) return OK;
    if (!request_only(r, known) || !request_int(r, "minutes", 5, 480, &minutes) ||
        !agenda_triage(r, &seek->triage) || !read_series(r, &how) || !agenda_needs(r, job, seek))
        return OK;
    enum err err = agenda_reference(r, job->s.tx, "patient", "Patient", &seek->patient);
    if (err || r->fault.status) return err;
    seek->minutes = (uint16_t)minutes;
    seek->since = job->s.tx->now;
    err = seek_series(job->s.tx, &job->s.server, job->s.view, job->s.joint, seek, &how, each, &found);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "tolerance");
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "occurrences");
    for (uint8_t i = 0; i < how.count; i++)
        put_occurrence(r, &o, &found, &each[i], i);
    json_close_array(&o);
    json_close(&o);
    return OK;
}

enum err agenda_series_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, series);
}

/* -- reading -- */

static enum err look_one(struct request *r, struct agenda_job *job)
{
    struct booking *b = arena_zalloc(r->arena, sizeof *b);
    struct json_out o;
    if (!b) return ERR_NOMEM;
    enum err err = booking_read(job->s.tx, &job->s.server, r->captures[0], b);
    if (err == ERR_NOT_FOUND || (!err && !agenda_knows(r, RULE_SEE_PEOPLE, agenda_is_own(&job->s, b))))
        return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = agenda_write_booking(r, job, &o, "booking", b);
    json_close(&o);
    return err;
}

enum err booking_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_one);
}

static enum err list_rows(struct request *r, struct agenda_job *job, struct instant from,
                          struct instant until, bool only_own, int64_t *rows, uint32_t *ret_n)
{
    struct record_fault fault = {0};
    struct record_head head;
    const char *own = "";
    if (only_own) {
        if (job->s.practitioner == 0) return *ret_n = 0, OK;
        enum err err = record_head_at(job->s.tx, r->arena, job->s.practitioner, &head);
        if (err) return err;
        own = arena_printf(r->arena, "&actor=Practitioner/%.*s", (int)head.id.bytes, head.id.at);
    }
    char low[INSTANT_TEXT_BYTES], high[INSTANT_TEXT_BYTES];
    instant_text(from, low), instant_text(until, high);
    char *query = own ? arena_printf(r->arena, "date=ge%s&date=lt%s%s", low, high, own) : NULL;
    if (!query) return ERR_NOMEM;
    enum err err = search_rows(job->s.tx, &job->s.server, fhir_resource_of(STR("Appointment")), str_of(query),
                               rows, LIST_MAX, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* A time that others keep of the detainee's: when, not what for. */
static enum err put_engagement(struct request *r, struct agenda_job *job, struct json_out *o, int64_t row)
{
    struct record_head head;
    struct chart_item item;
    enum err err = record_head_at(job->s.tx, r->arena, row, &head);
    if (!err) err = chart_one(job->s.tx, &job->s.server, "Appointment", head.id, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (!str_is_text(chart_text(&job->s.server, &item, 0, "status"), "booked")) return OK;
    json_open(o, NULL);
    json_put_str(o, "id", head.id);
    json_put_str(o, "start", chart_text(&job->s.server, &item, 0, "start"));
    json_put_str(o, "end", chart_text(&job->s.server, &item, 0, "end"));
    json_put_str(o, "reference", chart_text(&job->s.server, &item, 0, "participant.actor.reference"));
    json_close(o);
    return OK;
}

static enum err look_all(struct request *r, struct agenda_job *job)
{
    struct instant from, until;
    int64_t *rows = arena_alloc(r->arena, LIST_MAX * sizeof *rows);
    int64_t *others = arena_alloc(r->arena, LIST_MAX * sizeof *others);
    struct booking *b = arena_alloc(r->arena, sizeof *b);
    uint32_t n = 0, other_count = 0;
    struct json_out o;
    bool all = agenda_knows(r, RULE_SEE_PEOPLE, false);
    if (!rows || !others || !b) return ERR_NOMEM;
    if (!agenda_window(r, DAYS_MAX, &from, &until)) return OK;
    enum err err = list_rows(r, job, from, until, !all, rows, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "bookings");
    for (uint32_t i = 0; i < n && !err; i++) {
        err = booking_read_row(job->s.tx, &job->s.server, rows[i], b);
        if (err == ERR_NOT_FOUND)
            others[other_count++] = rows[i], err = OK;
        else if (!err)
            err = agenda_write_booking(r, job, &o, NULL, b);
    }
    json_close_array(&o);
    json_open_array(&o, "engagements");
    for (uint32_t i = 0; i < other_count && !err && all; i++)
        err = put_engagement(r, job, &o, others[i]);
    json_close_array(&o);
    json_put_bool(&o, "cut", n == LIST_MAX);
    json_close(&o);
    return err;
}

enum err bookings_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_all);
}

/* -- beginning -- */

static bool read_span(struct request *r, struct span *ret)
{
    int64_t minutes;
    if (!agenda_instant(r, r->json, "start", &ret->from) || !request_int(r, "minutes", 5, 480, &minutes))
        return false;
    ret->until = instant_add(ret->from, minutes * MINUTE_MS);
    return true;
}

static enum err start(struct request *r, struct agenda_job *job)
{
    static const char *const known[] = {"patient", "request", "triage", "start",
                                        "minutes", "seats",   "ask",    NULL};
    struct schedule_start *to = arena_zalloc(r->arena, sizeof *to);
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    if (!to || !answer) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_BOOK, false, true)) return OK;
    if (!request_only(r, known) || !agenda_triage(r, &to->triage) || !read_span(r, &to->span) ||
        !request_bool_optional(r, "ask", false, &to->asks) || !agenda_seats(r, job, to))
        return OK;
    enum err err = agenda_reference(r, job->s.tx, "patient", "Patient", &to->patient);
    if (!err && !r->fault.status)
        err = agenda_reference(r, job->s.tx, "request", "ServiceRequest", &to->request);
    if (err || r->fault.status) return err;
    err = schedule_start(&job->s, to, answer);
    return err ? err : agenda_answer(r, job, 201, answer);
}

enum err booking_start_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, start);
}

/* An emergency wants a time that court or a lawyer has: which, and no word of what for. The command may order it to yield. */
static enum err tell_command(struct request *r, const struct str *ids, uint32_t n)
{
    enum err err = OK;
    for (uint32_t i = 0; i < n && !err; i++) {
        const char *data = arena_printf(r->arena, "{\"engagement\":\"%.*s\"}", (int)ids[i].bytes, ids[i].at);
        err = data ? request_notify(r, &(struct site_notice){.role = "duty-command",
                                                             .kind = "engagement_order_wanted",
                                                             .data = data})
                   : ERR_NOMEM;
    }
    return err;
}

static enum err override(struct request *r, struct agenda_job *job)
{
    static const char *const known[] = {"patient", "request", "needs", "minutes", "until", "reason", NULL};
    struct seek seek = {.triage = TRIAGE_EMERGENCY};
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    struct str reason = {0};
    int64_t minutes, request;
    struct str *ids = arena_zalloc(r->arena, OVERRIDE_DISPLACED_MAX * sizeof *ids);
    uint32_t displaced;
    if (!answer || !ids) return ERR_NOMEM;
    if (!request_only(r, known) || !request_int(r, "minutes", 5, 480, &minutes) ||
        !agenda_instant(r, r->json, "until", &seek.until) || !agenda_needs(r, job, &seek) ||
        !request_text_optional(r, "reason", 500, &reason))
        return OK;
    if (!agenda_may_do(r, RULE_OVERRIDE, false, str_trim(reason).bytes > 0)) return OK;
    if (str_trim(reason).bytes == 0) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = agenda_reference(r, job->s.tx, "patient", "Patient", &seek.patient);
    if (!err && !r->fault.status) err = agenda_reference(r, job->s.tx, "request", "ServiceRequest", &request);
    if (err || r->fault.status) return err;
    seek.minutes = (uint16_t)minutes;
    seek.from = seek.since = job->s.tx->now;
    err = schedule_override(&job->s, &seek, request, answer, ids, &displaced);
    if (!err && answer->refusal == SCHEDULE_ORDER) err = tell_command(r, ids, displaced);
    job->displaced = ids, job->displaced_count = displaced;
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", "until");
    return err ? err : agenda_answer(r, job, 201, answer);
}

enum err booking_override_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, override);
}

/* -- events -- */

static const struct {
    const char *name;
    enum appt_verb verb;
    enum rule_act act;
} verbs[] = {
    {"extend", APPT_DO_EXTEND, RULE_BOOK},    {"ask", APPT_DO_ASK, RULE_BOOK},
    {"accept", APPT_DO_ACCEPT, RULE_ANSWER},  {"decline", APPT_DO_DECLINE, RULE_ANSWER},
    {"cancel", APPT_DO_CANCEL, RULE_CANCEL},  {"check-in", APPT_DO_CHECK_IN, RULE_RECEIVE},
    {"arrive", APPT_DO_ARRIVE, RULE_RECEIVE}, {"noshow", APPT_DO_NOSHOW, RULE_RECEIVE},
    {"fulfil", APPT_DO_FULFIL, RULE_FULFIL},
};

static bool word(struct request *r, const char *key, const char *(*text)(int), int count, bool is_wanted,
                 int *ret)
{
    struct str said;
    if (!request_text_optional(r, key, 40, &said)) return false;
    if (said.at && said.bytes)
        for (int i = 1; i < count; i++)
            if (str_is_text(said, text(i))) return *ret = i, true;
    if (!is_wanted && (!said.at || said.bytes == 0)) return true;
    answer_fault(r, 400, said.at && said.bytes ? "bad_field" : "missing_field", key);
    return false;
}
static const char *side_word(int i)
{
    return appt_side_text((enum appt_side)i);
}
static const char *reason_word(int i)
{
    return appt_reason_text((enum appt_reason)i);
}

static bool read_event(struct request *r, struct appt_event *e)
{
    int64_t version = 0;
    int side = 0, reason = 0;
    bool is_end = e->verb == APPT_DO_CANCEL || e->verb == APPT_DO_NOSHOW;
    if (!request_only(r, (const char *const[]){"version", "side", "reason", "seat", NULL}) ||
        !request_int(r, "version", 1, INT32_MAX, &version) ||
        !word(r, "side", side_word, APPT_SIDES, is_end, &side) ||
        !word(r, "reason", reason_word, APPT_REASONS, is_end || e->verb == APPT_DO_DECLINE, &reason))
        return false;
    e->version = (uint32_t)version;
    e->side = (enum appt_side)side;
    e->reason = (enum appt_reason)reason;
    return true;
}

/* Whose answer it is: the asker's own, or somebody's who gave it by telephone. */
static enum err read_seat(struct request *r, struct agenda_job *job, struct appt_event *e, enum rule_act *act)
{
    struct str seat;
    e->seat.n = (uint64_t)job->s.practitioner;
    if (!request_text_optional(r, "seat", 100, &seat) || !seat.at || seat.bytes == 0) return OK;
    const struct agenda_resource *who = agenda_find_reference(job->s.view, seat, AGENDA_KINDS);
    if (!who) return answer_fault(r, 400, "bad_field", "seat");
    if (who->row != job->s.practitioner) *act = RULE_ANSWER_FOR;
    e->seat.n = (uint64_t)who->row;
    return OK;
}

static enum err happen(struct request *r, struct agenda_job *job)
{
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    struct booking *b = arena_zalloc(r->arena, sizeof *b);
    size_t v = 0;
    if (!answer || !b) return ERR_NOMEM;
    while (v < COUNT_OF(verbs) && !str_is_text(r->captures[1], verbs[v].name))
        v++;
    if (v == COUNT_OF(verbs)) return answer_fault(r, 404, "not_found", NULL);
    struct appt_event e = {.verb = verbs[v].verb};
    enum rule_act act = verbs[v].act;
    enum err err = booking_read(job->s.tx, &job->s.server, r->captures[0], b);
    if (err && err != ERR_NOT_FOUND) return err;
    bool is_own = !err && agenda_is_own(&job->s, b);
    if (err || !agenda_knows(r, RULE_SEE_PEOPLE, is_own)) return answer_fault(r, 404, "not_found", NULL);
    if (!read_event(r, &e)) return OK;
    err = read_seat(r, job, &e, &act);
    if (err || r->fault.status || !agenda_may_do(r, act, is_own, e.reason != APPT_NO_REASON)) return err;
    err = schedule_event(&job->s, r->captures[0], &e, answer);
    return err ? err : agenda_answer(r, job, 200, answer);
}

enum err booking_event_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, happen);
}

/* Another time instead of a plain no: for the own seat, while the answer is open. */
static enum err propose(struct request *r, struct agenda_job *job)
{
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    struct instant start;
    int64_t version;
    enum tentative_answer said;
    if (!answer) return ERR_NOMEM;
    struct booking *b = &answer->booking;
    enum err err = booking_read(job->s.tx, &job->s.server, r->captures[0], b);
    if (err && err != ERR_NOT_FOUND) return err;
    bool is_own = !err && agenda_is_own(&job->s, b);
    if (!is_own) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){"version", "start", NULL}) ||
        !request_int(r, "version", 1, INT32_MAX, &version) || !agenda_instant(r, r->json, "start", &start) ||
        !agenda_may_do(r, RULE_ANSWER, true, true))
        return OK;
    if (version != b->appt.version) return answer_fault(r, 409, "booking_stale", "version");
    if (start.ms <= job->s.tx->now.ms) return answer_fault(r, 400, "bad_field", "start");
    err = tentative_put(&job->s, b, start, &said, &answer->bar);
    if (err) return err;
    if (said == TENTATIVE_NOT_ASKED) return answer_fault(r, 409, "booking_answer", NULL);
    if (said == TENTATIVE_BARRED) {
        answer->refusal = SCHEDULE_BARRED;
        answer->who = agenda_find(job->s.view, job->s.practitioner, AGENDA_KINDS);
    }
    return agenda_answer(r, job, 200, answer);
}

enum err booking_propose_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, propose);
}

static enum err move(struct request *r, struct agenda_job *job)
{
    struct schedule_start *to = arena_zalloc(r->arena, sizeof *to);
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    int64_t version;
    if (!to || !answer) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_MOVE, false, true)) return OK;
    if (!request_only(r, (const char *const[]){"version", "start", "minutes", "seats", NULL}) ||
        !request_int(r, "version", 1, INT32_MAX, &version) || !read_span(r, &to->span) ||
        !agenda_seats(r, job, to))
        return OK;
    enum err err = schedule_move(&job->s, r->captures[0], (uint32_t)version, to, answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : agenda_answer(r, job, 200, answer);
}

enum err booking_move_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, move);
}

static enum err repair(struct request *r, struct agenda_job *job)
{
    struct schedule_answer *answer = arena_zalloc(r->arena, sizeof *answer);
    if (!answer) return ERR_NOMEM;
    if (!agenda_may_do(r, RULE_MOVE, false, true) || !request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = schedule_repair(&job->s, r->captures[0], answer);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : agenda_answer(r, job, 200, answer);
}

enum err booking_repair_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, repair);
}
