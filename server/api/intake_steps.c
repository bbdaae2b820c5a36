/* Steps of an intake: begun, saved, handed on, signed by the doctor's own key, housed otherwise, assessed; its records and its allegation. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/intake_parts.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "auth/password.h"
#include "records/seal.h"

/* What of a step is the same for all. */
struct doing {
    struct request *r;
    struct tx *tx;
    struct record_reader who, server;
    struct sickcall_by by;
    struct intake in;
};

static enum err begin(struct doing *d, struct request *r, struct tx *tx)
{
    int64_t own;
    *d = (struct doing){.r = r, .tx = tx, .server = clinic_server(r)};
    enum err err = intake_find(r, tx, &d->who, &d->in);
    return err || r->fault.status ? err : clinic_by(r, tx, &d->by, &own);
}

static enum err end(struct doing *d, const char *verb)
{
    enum err err = clinic_done(d->r, d->tx, &d->server, &d->in.item.head,
                               arena_printf(d->r->arena, "{\"verb\":\"%s\",\"state\":\"%s\"}", verb,
                                            intake_state_text(d->in.facts.state)));
    return err ? err : intake_answer(d->r, d->tx, &d->who, 200, &d->in);
}

/* What was written before is undone by the error. */
static enum err refuse(struct doing *d, int status, const char *code, const char *where)
{
    (void)answer_fault(d->r, status, code, where);
    return d->server.written_count ? ERR_DENIED : OK;
}

static enum err refuse_no(struct doing *d, enum intake_no no)
{
    const char *code = no == INTAKE_NO_OVER                                 ? "intake_over"
                       : no == INTAKE_NO_SIGNED || no == INTAKE_NO_ASSESSED ? "intake_signed"
                                                                            : "intake_state";
    return refuse(d, 409, code, NULL);
}

/* -- answers -- */

/* Injuries that another has written are not written over by who may not see them. */
static enum err may_write(struct doing *d, enum intake_part part, bool *ret)
{
    struct chart_item item;
    bool is_doctor = role_set_has(d->r->who.roles, ROLE_CLINIC_DOCTOR);
    *ret = part != INTAKE_ASSESSMENT || is_doctor;
    if (part != INTAKE_INJURIES) return OK;
    enum err err = intake_part_read(d->tx, &d->server, &d->in, part, &item);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    *ret = guard_may_see(d->who.guard, &item.head) || intake_is_own(&d->server, &item, d->r->who.account);
    return OK;
}

enum err intake_save_write(struct request *r, struct tx *tx)
{
    struct doing d;
    enum intake_part part;
    enum intake_no no;
    const char *where;
    bool may = false;
    if (!intake_part_from(r->captures[1], &part)) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){"answers", NULL})) return OK;
    const struct json *answers = json_get(r->json, "answers");
    if (!answers) return answer_fault(r, 400, "missing_field", "answers");
    enum err err = begin(&d, r, tx);
    if (!err && !r->fault.status) err = may_write(&d, part, &may);
    if (err || r->fault.status) return err;
    if (!may) return answer_fault(r, 404, "not_found", NULL);
    err = intake_save(tx, &d.server, &d.by, &d.in, part, answers, &where, &no);
    if (err) return err;
    if (no) return refuse_no(&d, no);
    if (where) return refuse(&d, 400, "bad_field", where);
    return end(&d, "save");
}

/* -- steps without a signature -- */

static bool read_housing(struct request *r, struct intake_event *e)
{
    struct str fitness, housing, until = {0};
    if (!request_text(r, "fitness", 24, &fitness) || !request_text(r, "housing", 24, &housing) ||
        !request_text_optional(r, "until", 40, &until))
        return false;
    if (!intake_fitness_from(fitness, &e->fitness))
        return answer_fault(r, 400, "bad_field", "fitness"), false;
    if (!intake_housing_from(housing, &e->housing) || !intake_fits(e->fitness, e->housing))
        return answer_fault(r, 400, "bad_field", "housing"), false;
    if (until.bytes && !instant_from_text(until, &e->until))
        return answer_fault(r, 400, "bad_field", "until"), false;
    return true;
}

static bool is_ahead(struct request *r, const struct tx *tx, const struct intake_event *e)
{
    if (!e->until.ms || (e->until.ms > tx->now.ms && e->until.ms <= tx->now.ms + 366 * DAY_MS)) return true;
    return answer_fault(r, 400, "bad_field", "until"), false;
}

static enum err run(struct request *r, struct tx *tx, const struct intake_event *e, const char *verb)
{
    struct doing d;
    enum intake_no no;
    enum err err = begin(&d, r, tx);
    if (err || r->fault.status) return err;
    err = intake_happen(tx, &d.server, &d.by, &d.in, e, &no);
    if (err) return err;
    return no ? refuse_no(&d, no) : end(&d, verb);
}

enum err intake_begin_write(struct request *r, struct tx *tx)
{
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    return run(r, tx, &(struct intake_event){.verb = INTAKE_DO_BEGIN}, "begin");
}

enum err intake_hand_write(struct request *r, struct tx *tx)
{
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    return run(r, tx, &(struct intake_event){.verb = INTAKE_DO_HAND}, "hand");
}

enum err intake_house_write(struct request *r, struct tx *tx)
{
    struct intake_event e = {.verb = INTAKE_DO_HOUSE};
    if (!request_only(r, (const char *const[]){"fitness", "housing", "until", NULL}) ||
        !read_housing(r, &e) || !is_ahead(r, tx, &e))
        return OK;
    return run(r, tx, &e, "house");
}

enum err intake_records_write(struct request *r, struct tx *tx)
{
    struct doing d;
    uint32_t made = 0;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = begin(&d, r, tx);
    if (err || r->fault.status) return err;
    if (!d.in.facts.signed_at.ms) return refuse_no(&d, INTAKE_NO_UNSIGNED);
    err = intake_make_records(tx, &d.server, &d.by, &d.in, &made);
    if (!err)
        err = clinic_done(r, tx, &d.server, &d.in.item.head,
                          arena_printf(r->arena, "{\"verb\":\"records\",\"made\":%u}", made));
    if (err) return err;
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_int(&o, "made", made);
    json_close(&o);
    return OK;
}

enum err intake_allegation_write(struct request *r, struct tx *tx)
{
    struct doing d;
    struct intake_allegation a;
    struct str to;
    if (!request_only(r, (const char *const[]){"to", NULL}) || !request_text(r, "to", 24, &to)) return OK;
    if (!intake_body_is(to)) return answer_fault(r, 400, "bad_field", "to");
    enum err err = begin(&d, r, tx);
    if (err || r->fault.status) return err;
    err = intake_allegation_read(tx, &d.server, &d.in, &a);
    if (err == ERR_NOT_FOUND || (!err && !guard_may_see(d.who.guard, &a.head)))
        return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = intake_allegation_send(tx, &d.server, &d.by, &d.in, to);
    return err ? err : end(&d, "allegation");
}

/* -- signing -- */

struct signing {
    struct login_proof proof;
    struct intake_event e;
};

static enum err look(struct request *r, struct tx *tx, struct signing **ret)
{
    struct signing *g = r->stash = arena_zalloc(r->arena, sizeof *g);
    if (!g) return ERR_NOMEM;
    *ret = g;
    if (!request_text(r, "password", PASSWORD_BYTES_MAX, &g->proof.password)) return OK;
    return login_proof_look(r, tx, &g->proof);
}

void intake_sign_work(struct request *r)
{
    struct signing *g = r->stash;
    enum err err = login_proof_work(r, &g->proof);
    if (err) fault_from_err(&r->fault, err);
}

static enum err seal(struct doing *d, const struct record *record)
{
    struct seal_ask ask = {.record = record,
                           .account = d->r->who.account,
                           .role = role_name(d->r->acting),
                           .algorithm = request_site(d->r)->settings.seal};
    int64_t id;
    return seal_sign(d->tx, d->r->arena, &ask, &id);
}

/* Final, and signed. */
static enum err close_part(struct doing *d, enum intake_part part)
{
    struct record record;
    enum err err = intake_close_part(d->tx, &d->server, &d->in, part, &record);
    return err ? err : seal(d, &record);
}

/* Everything that a signature needs stands there; else *ret_where. ret_has: whether there are injuries' answers at all. */
static enum err check(struct doing *d, const char **ret_where, bool *ret_has, bool *ret_alleged)
{
    struct chart_item form, injuries;
    *ret_has = *ret_alleged = false;
    enum err err = intake_part_read(d->tx, &d->server, &d->in, INTAKE_FORM, &form);
    if (err) return err == ERR_NOT_FOUND ? (*ret_where = "consent", OK) : err;
    *ret_where = intake_form_missing(INTAKE_FORM, &d->server, &form);
    if (*ret_where) return OK;
    bool is_refused = str_is_text(intake_form_answer(&d->server, &form, "consent"), "refused");
    err = intake_part_read(d->tx, &d->server, &d->in, INTAKE_INJURIES, &injuries);
    if (err) return err == ERR_NOT_FOUND ? (*ret_where = is_refused ? NULL : "injuries", OK) : err;
    *ret_has = true;
    *ret_where = intake_form_missing(INTAKE_INJURIES, &d->server, &injuries);
    *ret_alleged = str_is_text(intake_form_answer(&d->server, &injuries, "allegation"), "yes");
    return OK;
}

enum err intake_sign_look(struct request *r, struct tx *tx)
{
    struct signing *g;
    if (!request_only(r, (const char *const[]){"fitness", "housing", "until", "password", NULL})) return OK;
    enum err err = look(r, tx, &g);
    if (err || r->fault.status || !read_housing(r, &g->e)) return err;
    (void)is_ahead(r, tx, &g->e);
    g->e.verb = INTAKE_DO_SIGN;
    return OK;
}

enum err intake_sign_write(struct request *r, struct tx *tx)
{
    struct signing *g = r->stash;
    struct doing d;
    enum intake_state to;
    const char *where;
    bool has_injuries, is_alleged;
    enum err err = begin(&d, r, tx);
    if (!err && !r->fault.status) err = login_proof_judge(r, tx, &g->proof, "password");
    if (err || r->fault.status) return err;
    enum intake_no no = intake_decide(&d.in.facts, INTAKE_DO_SIGN, &to);
    if (no) return refuse_no(&d, no);
    err = check(&d, &where, &has_injuries, &is_alleged);
    if (err) return err;
    if (where) return refuse(&d, 409, "intake_incomplete", where);
    err = close_part(&d, INTAKE_FORM);
    if (!err && has_injuries) err = close_part(&d, INTAKE_INJURIES);
    if (!err && is_alleged) err = intake_allegation_make(tx, &d.server, &d.in);
    if (!err) err = intake_happen(tx, &d.server, &d.by, &d.in, &g->e, &no);
    return err ? err : end(&d, "sign");
}

enum err intake_assess_look(struct request *r, struct tx *tx)
{
    struct signing *g;
    if (!request_only(r, (const char *const[]){"password", NULL})) return OK;
    return look(r, tx, &g);
}

/* The first, or the next one: what was saved last is what is signed. */
enum err intake_assess_write(struct request *r, struct tx *tx)
{
    struct signing *g = r->stash;
    struct doing d;
    struct chart_item item;
    enum intake_state to;
    enum err err = begin(&d, r, tx);
    if (!err && !r->fault.status) err = login_proof_judge(r, tx, &g->proof, "password");
    if (err || r->fault.status) return err;
    g->e.verb = d.in.facts.assessed.ms ? INTAKE_DO_REVIEW : INTAKE_DO_ASSESS;
    enum intake_no no = intake_decide(&d.in.facts, g->e.verb, &to);
    if (no) return refuse_no(&d, no);
    err = intake_part_read(tx, &d.server, &d.in, INTAKE_ASSESSMENT, &item);
    if (err && err != ERR_NOT_FOUND) return err;
    if (err || !str_is_text(chart_text(&d.server, &item, 0, "status"), "in-progress"))
        return refuse(&d, 409, "intake_incomplete", "chronic");
    const char *where = intake_form_missing(INTAKE_ASSESSMENT, &d.server, &item);
    if (where) return refuse(&d, 409, "intake_incomplete", where);
    err = close_part(&d, INTAKE_ASSESSMENT);
    if (!err) err = intake_happen(tx, &d.server, &d.by, &d.in, &g->e, &no);
    return err ? err : end(&d, "assess");
}
