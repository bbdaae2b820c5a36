/* Who and what can be booked, and when: the directory, the board, hours, the site's holidays, who waits, messages (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "desk/chart.h"
#include "desk/hours.h"
#include "desk/message.h"
#include "records/index.h"
#include <stdio.h>

enum { BOARD_DAYS_MAX = 35, DIRECTORY_MAX = 400 };

/* -- the directory -- */

static bool holds(struct request *r, struct str in, struct str text)
{
    struct str folded = index_fold(r->arena, in);
    if (!folded.at || text.bytes > folded.bytes) return text.bytes == 0;
    for (size_t i = 0; i + text.bytes <= folded.bytes; i++)
        if (memcmp(folded.at + i, text.at, text.bytes) == 0) return true;
    return text.bytes == 0;
}

bool agenda_is_named(struct request *r, const struct agenda_resource *e, struct str text)
{
    return holds(r, e->name, text) || holds(r, e->initials, text) || holds(r, e->place, text) ||
           holds(r, e->what_words, text) || holds(r, e->licence, text);
}

static bool is_asked_for(struct request *r, const struct agenda_resource *e, struct str kind, struct str what,
                         struct str text)
{
    if (kind.bytes && !str_is_text(kind, agenda_kind_text(e->kind))) return false;
    if (what.bytes && !str_is(what, e->what)) return false;
    return agenda_is_named(r, e, text);
}

static enum err directory(struct request *r, struct agenda_job *job)
{
    struct str kind = request_query(r, "kind"), what = request_query(r, "what"),
               text = request_query(r, "text");
    uint32_t n = 0;
    struct json_out o;
    if (!agenda_may_do(r, RULE_FIND, false, true)) return OK;
    text = index_fold(r->arena, text.at ? text : (struct str){"", 0});
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "resources");
    for (uint32_t i = 0; i < job->s.view->count && n < DIRECTORY_MAX; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        if (!is_asked_for(r, e, kind, what, text)) continue;
        n++;
        json_open(&o, NULL);
        agenda_write_resource(r, &o, e, true);
        json_close(&o);
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == DIRECTORY_MAX);
    json_close(&o);
    return OK;
}

enum err agenda_resources_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, directory);
}

/* -- the board: rows of resources with their free time and what takes it -- */

static void put_spans(struct json_out *o, const struct grid *g, const uint64_t *bits)
{
    uint32_t at = 0;
    json_open_array(o, "free");
    while ((at = bits_next_set(bits, g->steps, at)) < g->steps) {
        uint32_t end = bits_next_clear(bits, g->steps, at);
        json_open(o, NULL);
        json_put_instant(o, "start", grid_instant(g, at));
        json_put_instant(o, "end", grid_instant(g, end));
        json_close(o);
        at = end;
    }
    json_close_array(o);
}

static enum err put_row(struct request *r, struct agenda_job *job, struct json_out *o, const struct grid *g,
                        uint64_t *bits, const struct agenda_resource *e)
{
    struct roster hours = e->roster;
    struct claim claims[200];
    uint32_t n = 0;
    hours.booking_count = 0;
    hours.lead_min = 0; /* the board shows hours; notice is told when something is put there */
    enum err err =
        claim_of(job->s.tx, e->row, g->origin, grid_instant(g, g->steps), claims, COUNT_OF(claims), &n);
    if (err) return err;
    struct instant start = {g->origin.ms < job->s.tx->now.ms ? g->origin.ms : job->s.tx->now.ms};
    roster_free(&hours, g, start, GRID_STEP_MIN, bits);
    json_open(o, NULL);
    agenda_write_resource(r, o, e, false);
    put_spans(o, g, bits);
    json_open_array(o, "taken");
    for (uint32_t i = 0; i < n; i++) {
        struct record_head head;
        err = record_head_at(job->s.tx, r->arena, claims[i].appointment, &head);
        if (err) return err;
        json_open(o, NULL);
        json_put_instant(o, "start", claims[i].from);
        json_put_instant(o, "end", claims[i].until);
        json_put_str(o, "booking", head.id);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
    return OK;
}

static enum err board(struct request *r, struct agenda_job *job)
{
    struct instant from, until;
    struct grid g;
    struct str kind = request_query(r, "kind"), what = request_query(r, "what");
    struct json_out o;
    if (!agenda_may_do(r, RULE_FIND, false, true)) return OK;
    if (!agenda_window(r, BOARD_DAYS_MAX, &from, &until)) return OK;
    if (grid_of(from, until, &g)) return answer_fault(r, 400, "bad_field", "until");
    uint64_t *bits = arena_zalloc(r->arena, grid_words(g.steps) * sizeof *bits);
    if (!bits) return ERR_NOMEM;
    enum err err = OK;
    uint32_t n = 0;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "rows");
    for (uint32_t i = 0; i < job->s.view->count && !err && n < DIRECTORY_MAX; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        if ((kind.bytes && !str_is_text(kind, agenda_kind_text(e->kind))) ||
            (what.bytes && !str_is(what, e->what)) || e->is_suspended)
            continue;
        n++;
        err = put_row(r, job, &o, &g, bits, e);
    }
    json_close_array(&o);
    json_put_bool(&o, "cut", n == DIRECTORY_MAX);
    json_close(&o);
    return err;
}

enum err agenda_board_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, board);
}

/* -- the site's words -- */

enum err agenda_text_look(struct request *r, struct tx *tx)
{
    struct agenda_text text;
    struct json_out o;
    if (!agenda_may_do(r, RULE_FIND, false, true)) return OK;
    enum err err = agenda_text(tx, r->arena, r->captures[0], &text);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_str(&o, "text", text.text);
    json_put_int(&o, "version", text.version);
    json_close(&o);
    return OK;
}

enum err agenda_text_write(struct request *r, struct tx *tx)
{
    char why[CALENDAR_WHY_BYTES] = "";
    struct str text;
    int64_t version;
    if (!agenda_may_do(r, RULE_EDIT_CALENDAR, false, true)) return OK;
    if (!request_only(r, (const char *const[]){"text", "version", NULL}) ||
        !request_text(r, "text", AGENDA_TEXT_BYTES_MAX, &text) ||
        !request_int(r, "version", 0, INT32_MAX, &version))
        return OK;
    enum err err = agenda_text_put(tx, r->captures[0], text, version, r->who.account, why);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "conflict", "version");
        return err;
    }
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) return answer_fault(r, 422, "calendar_line", why);
    const char *target = arena_printf(r->arena, "agenda/%.*s", (int)r->captures[0].bytes, r->captures[0].at);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : answer_empty(r, 204);
}

/* -- who waits -- */

static enum err put_waiting(struct request *r, struct agenda_job *job, struct json_out *o,
                            const struct waiting *w)
{
    struct chart_item item;
    struct str id = w->patient_reference;
    (void)str_cut(&id, '/');
    json_open(o, NULL);
    json_put_str(o, "request", w->reference);
    json_put_str(o, "patient", w->patient_reference);
    enum err err = chart_one(job->s.tx, &job->s.server, "Patient", id, &item);
    if (!err) json_put_str(o, "name", chart_text(&job->s.server, &item, 0, "name.text"));
    json_put_text(o, "triage", triage_text(w->triage));
    json_put_text(o, "aged", triage_text(w->aged));
    json_put_instant(o, "since", w->since);
    json_put_instant(o, "target", w->target);
    json_put_instant(o, "earliest", w->earliest);
    json_put_int(o, "minutes", w->seek.minutes);
    if (w->offer.bytes) json_put_str(o, "offer", w->offer);
    json_put_instant(o, "offered_until", w->offered_until);
    json_open_array(o, "needs");
    for (uint8_t i = 0; i < w->seek.need_count; i++) {
        const struct seek_need *n = &w->seek.needs[i];
        const struct agenda_resource *named =
            n->named ? agenda_find(job->s.view, n->named, n->need.kind) : NULL;
        json_open(o, NULL);
        json_put_str(o, "need", booking_need_code(r->arena, &n->need));
        if (named)
            json_put_text(o, "reference",
                          arena_printf(r->arena, "%.*s/%.*s", (int)named->type.bytes, named->type.at,
                                       (int)named->id.bytes, named->id.at));
        if (named) json_put_str(o, "name", named->name);
        json_close(o);
    }
    json_close_array(o);
    json_close(o);
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err waiting_all(struct request *r, struct agenda_job *job)
{
    struct waiting *at;
    uint32_t n = 0;
    bool is_cut;
    struct json_out o;
    if (!agenda_may_do(r, RULE_SEE_LIST, false, true)) return OK;
    enum err err = waiting_list(&job->s, &at, &n, &is_cut);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "waiting");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_waiting(r, job, &o, &at[i]);
    json_close_array(&o);
    json_put_bool(&o, "cut", is_cut);
    json_close(&o);
    return err;
}

/* More urgent is the clinic's at any time; less, with a reason (scheduler/rule). */
static enum err retriage(struct request *r, struct agenda_job *job)
{
    struct waiting w;
    enum triage to;
    struct str why;
    if (!request_only(r, (const char *const[]){"triage", "reason", NULL}) || !agenda_triage(r, &to) ||
        !request_text_optional(r, "reason", WAITING_WHY_BYTES_MAX, &why))
        return OK;
    why = why.at ? str_trim(why) : (struct str){"", 0};
    if (!agenda_knows(r, RULE_SEE_LIST, false)) return answer_fault(r, 404, "not_found", NULL);
    enum err err = waiting_one(&job->s, r->captures[0], &w);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    bool is_lower = to > w.triage;
    if (!agenda_may_do(r, is_lower ? RULE_LOWER : RULE_RAISE, false, why.bytes > 0)) return OK;
    err = waiting_retriage(&job->s, r->captures[0], to, why);
    if (err == ERR_DENIED) return answer_fault(r, 409, "booking_over", NULL), OK;
    if (!err) err = request_about(r, w.head.patient);
    const char *target =
        arena_printf(r->arena, "ServiceRequest/%.*s", (int)r->captures[0].bytes, r->captures[0].at);
    const char *detail =
        arena_printf(r->arena, "{\"from\":\"%s\",\"to\":\"%s\"}", triage_text(w.triage), triage_text(to));
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    return err ? err : answer_empty(r, 204);
}

enum err waiting_triage_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, retriage);
}

enum err waiting_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, waiting_all);
}

/* -- one's hours -- */

static enum err own(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    const struct agenda_resource *e = NULL;
    for (uint32_t i = 0; i < job->s.view->count && job->s.practitioner; i++)
        if (job->s.view->at[i].row == job->s.practitioner) e = &job->s.view->at[i];
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    if (e) {
        json_put_str(&o, "role", e->role_id);
        json_put_text(&o, "standing", standing_text(e->standing));
        json_put_instant(&o, "licence_ends", e->licence_ends);
    } else {
        json_put_null(&o, "role");
    }
    json_close(&o);
    return OK;
}

enum err agenda_own_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, own);
}

static enum err hours_of(struct request *r, struct agenda_job *job, const struct agenda_resource **ret)
{
    *ret = NULL;
    for (uint32_t i = 0; i < job->s.view->count; i++)
        if (job->s.view->at[i].role_id.bytes && str_is(job->s.view->at[i].role_id, r->captures[0]))
            *ret = &job->s.view->at[i];
    bool is_own = *ret && (*ret)->row == job->s.practitioner;
    if (*ret && agenda_knows(r, RULE_EDIT_ROSTER, is_own)) return OK;
    *ret = NULL;
    return answer_fault(r, 404, "not_found", NULL);
}

static enum err hours_look_one(struct request *r, struct agenda_job *job)
{
    const struct agenda_resource *e;
    struct json_out o;
    enum err err = hours_of(r, job, &e);
    if (err || !e) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    agenda_write_resource(r, &o, e, false);
    err = hours_write_json(job->s.tx, &job->s.server, e, &o);
    json_close(&o);
    return err;
}

enum err agenda_hours_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, hours_look_one);
}

static enum err hours_put_one(struct request *r, struct agenda_job *job)
{
    const struct agenda_resource *e;
    const char *where = NULL;
    enum err err = hours_of(r, job, &e);
    if (err || !e) return err;
    err = hours_change(job->s.tx, &job->s.server, e, r->json, &where);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "conflict", "version"), err;
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", where), err;
    const char *target =
        arena_printf(r->arena, "PractitionerRole/%.*s", (int)e->role_id.bytes, e->role_id.at);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "scheduling-admin", .kind = "agenda_changed", .data = "{}"});
    return err ? err : answer_empty(r, 204);
}

enum err agenda_hours_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, hours_put_one);
}

/* -- messages -- */

static enum err messages(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = message_write(job->s.tx, job->s.practitioner, &o);
    json_close(&o);
    return err;
}

enum err messages_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, messages);
}

static enum err read_up_to(struct request *r, struct agenda_job *job)
{
    int64_t number;
    if (!request_only(r, (const char *const[]){"number", NULL}) ||
        !request_int(r, "number", 1, INT64_MAX, &number))
        return OK;
    enum err err = message_read(job->s.tx, job->s.practitioner, number);
    return err ? err : answer_empty(r, 204);
}

enum err messages_read_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, read_up_to);
}
