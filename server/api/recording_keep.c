/* How long recordings are kept (docs/PROTOCOL §10.6): which are past their time, legal holds, and their destruction by two: the privacy officer asks,
 * a person in another role confirms or declines. */
#include "api/agenda_parts.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "base/log.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include "desk/visit.h"

static int64_t keep_ms(struct request *r)
{
    return request_site(r)->settings.recording_days * 24 * 3600 * 1000;
}

enum err recording_keep_look(struct request *r, struct tx *tx)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_int(&o, "keep_days", request_site(r)->settings.recording_days);
    json_open_array(&o, "rows");
    enum err err = film_keep_list(tx, keep_ms(r), &o);
    json_close_array(&o);
    json_close(&o);
    return err ? err : request_audit(r, "recording.kept", NULL, AUDIT_OK, NULL);
}

/* -- what speaks against it -- */

/* The fault; true: there is one. */
static bool refuse(struct request *r, enum film_no no)
{
    static const struct {
        int status;
        const char *code;
    } faults[] = {[FILM_YES] = {0, ""},
                  [FILM_NO_GONE] = {410, "gone"},
                  [FILM_NO_RUNS] = {409, "recording_runs"},
                  [FILM_NO_HELD] = {409, "recording_held"},
                  [FILM_NO_EARLY] = {409, "recording_early"},
                  [FILM_NO_ASKED] = {409, "recording_asked"},
                  [FILM_NO_OWN] = {409, "own_erasure"}};
    if (no != FILM_YES) (void)!answer_fault(r, faults[no].status, faults[no].code, NULL);
    return no != FILM_YES;
}

static bool is_over(enum visit_state state)
{
    return state == VISIT_FINISHED || state == VISIT_CLOSED || state == VISIT_REVOKED ||
           state == VISIT_REFUSED;
}

/* A visit that is not there any more is over. */
static enum err judge(struct request *r, struct agenda_job *job, const struct film *film, enum film_no *ret)
{
    struct visit v;
    enum err err = film_keep_no(job->s.tx, film, keep_ms(r), ret);
    if (err || *ret != FILM_YES) return err;
    err = visit_find(job->s.tx, &job->s.server, film->visit, &v);
    if (!err && !is_over(v.state)) *ret = FILM_NO_RUNS;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err note(struct request *r, const struct film *film, const char *action, const char *more)
{
    const char *target = arena_printf(r->arena, "Encounter/%.*s", (int)film->visit.bytes, film->visit.at);
    const char *detail =
        arena_printf(r->arena, "{\"recording\":\"%.*s\"%s}", (int)film->name.bytes, film->name.at, more);
    enum err err = target && detail ? request_about(r, film->patient) : ERR_NOMEM;
    return err ? err : request_audit(r, action, target, AUDIT_OK, detail);
}

/* -- asked -- */

static enum err ask(struct request *r, struct agenda_job *job)
{
    struct str name, reason, code;
    struct film film;
    enum film_no no;
    int64_t id = 0;
    if (!request_only(r, (const char *const[]){"recording", "reason", "code", NULL}) ||
        !request_text(r, "recording", FILM_NAME_TEXT - 1, &name) ||
        !request_text(r, "reason", FILM_REASON_BYTES_MAX, &reason) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    if (!str_trim(reason).bytes) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = film_by_name(job->s.tx, r->arena, name, &film);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = login_prove_again(r, job->s.tx, code);
    if (!err && !r->fault.status) err = judge(r, job, &film, &no);
    if (err || r->fault.status || refuse(r, no)) return err;
    err = film_keep_ask(job->s.tx, &film, reason, r->who.account, &id);
    if (err == ERR_EXISTS) (void)refuse(r, FILM_NO_ASKED);
    if (!err) err = note(r, &film, "recording.delete-ask", "");
    if (err) return err;
    return answer_new(r, id);
}

enum err recording_delete_ask_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, ask);
}

/* -- decided -- */

/* Names of files whose key is gone; the files go after the commit. */
struct gone {
    struct gone *next;
    char name[FILM_NAME_TEXT];
};

static enum err note_gone(void *ctx, const char *name)
{
    struct request *r = ctx;
    struct gone *g = arena_zalloc(r->arena, sizeof *g);
    if (!g) return ERR_NOMEM;
    g->next = r->stash;
    memcpy(g->name, name, sizeof g->name);
    r->stash = g;
    return OK;
}

/* One that could not be removed is noise already, and is swept at the next start. */
static void remove_files(struct request *r)
{
    for (struct gone *g = r->stash; g; g = g->next)
        if (film_remove(request_site(r)->recordings, g->name) != OK) log_warn("api", "deleted_film_stays");
}

static enum err destroy(struct request *r, struct agenda_job *job, const struct film *film)
{
    enum film_no no;
    enum err err = judge(r, job, film, &no);
    if (err || refuse(r, no)) return err;
    err = film_forget(job->s.tx, film->row, note_gone, r);
    r->apply = remove_files;
    return err;
}

static enum err decide(struct request *r, struct agenda_job *job)
{
    struct str verdict, code, by;
    struct film film;
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){"verdict", "code", NULL}) ||
        !request_text(r, "verdict", 16, &verdict) || !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    bool is_done = str_is_text(verdict, "delete");
    if (!is_done && !str_is_text(verdict, "decline")) return answer_fault(r, 400, "bad_field", "verdict");
    enum err err = login_prove_again(r, job->s.tx, code);
    if (err || r->fault.status) return err;
    err = film_keep_asked(job->s.tx, r->arena, id, &film, &by);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && str_is(by, r->who.account)) (void)refuse(r, FILM_NO_OWN);
    if (!err && !r->fault.status && role_set_has(r->who.roles, ROLE_PRIVACY_OFFICER))
        return answer_fault(r, 409, "recording_other_role", NULL);
    if (!err && !r->fault.status && is_done) err = destroy(r, job, &film);
    if (err || r->fault.status) return err;
    err = film_keep_decide(job->s.tx, id, r->who.account, is_done);
    if (!err) err = note(r, &film, "recording.delete", is_done ? ",\"done\":true" : ",\"done\":false");
    return err ? err : answer_empty(r, 204);
}

enum err recording_delete_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, decide);
}

/* -- held -- */

static enum err hold(struct request *r, struct tx *tx, const struct film *film, struct str reason)
{
    if (!str_trim(reason).bytes) return answer_fault(r, 400, "missing_field", "reason");
    if (!film->has_key) return answer_fault(r, 410, "gone", NULL);
    enum err err = film_keep_hold(tx, film, reason, r->who.account);
    if (err == ERR_EXISTS) (void)refuse(r, FILM_NO_HELD);
    return err;
}

enum err recording_hold_write(struct request *r, struct tx *tx)
{
    struct str reason = {0};
    struct film film;
    bool is_on;
    if (!request_only(r, (const char *const[]){"on", "reason", NULL}) ||
        !request_bool_optional(r, "on", false, &is_on) ||
        !request_text_optional(r, "reason", FILM_REASON_BYTES_MAX, &reason))
        return OK;
    if (!json_get(r->json, "on")) return answer_fault(r, 400, "missing_field", "on");
    enum err err = film_by_name(tx, r->arena, r->captures[0], &film);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = is_on ? hold(r, tx, &film, reason) : film_keep_lift(tx, &film, r->who.account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 409, "recording_not_held", NULL);
    if (err || r->fault.status) return err;
    err = note(r, &film, is_on ? "recording.legal-hold" : "recording.legal-lift", "");
    return err ? err : answer_empty(r, 204);
}
