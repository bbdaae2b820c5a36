/* A specialist comes in: who schedules makes a one-time link; whoever holds it says who they are and chooses a password; the second factor
 * follows as at any first login (docs/PROTOCOL §2, §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "auth/password.h"
#include "desk/departments.h"
#include "desk/invitation.h"
#include "records/person.h"
#include "records/primitive.h"
#include "records/records.h"

enum { DAYS = 7, NAME_BYTES_MAX = 240 };

/* -- who schedules -- */

enum err invitations_look(struct request *r, struct tx *tx)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "invitations");
    enum err err = invitation_list(tx, &o);
    json_close_array(&o);
    json_close(&o);
    return err;
}

static enum err hospital_of(struct agenda_job *job, struct str id, struct standing_hospital *ret)
{
    struct standing_hospital *all;
    uint32_t n;
    enum err err = standing_hospitals(job->s.tx, &job->s.server, &all, &n);
    for (uint32_t i = 0; i < n && !err; i++)
        if (str_is(all[i].id, id)) return *ret = all[i], OK;
    return err ? err : ERR_NOT_FOUND;
}

static bool read_invitation(struct request *r, struct invitation *to, int64_t *ret_days)
{
    *ret_days = DAYS;
    if (!request_only(r, (const char *const[]){"name", "hospital", "specialty", "title", "days", NULL}) ||
        !request_text(r, "name", NAME_BYTES_MAX, &to->name) ||
        !request_text(r, "hospital", RECORD_ID_BYTES_MAX, &to->hospital) ||
        !request_text(r, "specialty", 40, &to->specialty) || !request_text(r, "title", 20, &to->title) ||
        (json_get(r->json, "days") && !request_int(r, "days", 1, INVITATION_DAYS_MAX, ret_days)))
        return false;
    to->name = str_trim(to->name);
    const char *bad = !account_display_is(to->name)      ? "name"
                      : !department_of(to->specialty)    ? "specialty"
                      : !standing_title_words(to->title) ? "title"
                                                         : NULL;
    if (bad) answer_fault(r, 400, "bad_field", bad);
    return bad == NULL;
}

static enum err make(struct request *r, struct agenda_job *job)
{
    struct invitation asked = {0}, made;
    struct standing_hospital hospital;
    char secret[INVITATION_TEXT];
    int64_t days;
    struct json_out o;
    if (!read_invitation(r, &asked, &days)) return OK;
    enum err err = hospital_of(job, asked.hospital, &hospital);
    if (err == ERR_NOT_FOUND || (!err && !hospital.is_active))
        return answer_fault(r, 400, "bad_field", "hospital");
    if (!err) err = invitation_make(job->s.tx, &asked, r->who.account, (int)days, &made, secret);
    const char *target = err ? NULL : arena_printf(r->arena, "invitation/%lld", (long long)made.id);
    const char *path = err ? NULL : arena_printf(r->arena, "/invite#%s", secret);
    if (!err && (!target || !path)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, NULL);
    if (err) return err;
    answer_json(r, 201, &o);
    json_open(&o, NULL);
    json_put_int(&o, "id", made.id);
    json_put_text(&o, "path", path);
    json_put_instant(&o, "ends", made.ends);
    json_close(&o);
    return OK;
}

enum err invitation_make_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, make);
}

enum err invitation_withdraw_write(struct request *r, struct tx *tx)
{
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = invitation_withdraw(tx, id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    const char *target = arena_printf(r->arena, "invitation/%lld", (long long)id);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : answer_empty(r, 204);
}

/* -- who is invited -- */

/* A link that is none says the same whatever is wrong with it, and counts as a try at this address. */
static enum err gone(struct request *r)
{
    answer_fault(r, 404, "invite_gone", NULL);
    return request_audit(r, "invitation.open", "", AUDIT_REFUSED, "{\"code\":\"invite_gone\"}");
}

static enum err open(struct request *r, struct agenda_job *job)
{
    struct str secret;
    struct invitation i;
    struct standing_hospital hospital;
    struct json_out o;
    if (!request_only(r, (const char *const[]){"secret", NULL}) || !request_text(r, "secret", 100, &secret))
        return OK;
    enum err err = invitation_find_open(job->s.tx, r->arena, secret, &i);
    if (!err) err = hospital_of(job, i.hospital, &hospital);
    if (err == ERR_NOT_FOUND) return gone(r);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_text(&o, "site", request_site(r)->settings.name);
    json_put_str(&o, "name", i.name);
    json_put_str(&o, "hospital", hospital.name);
    json_put_str(&o, "specialty", i.specialty);
    json_put_str(&o, "title", i.title);
    json_put_instant(&o, "ends", i.ends);
    json_close(&o);
    return OK;
}

enum err invite_open_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, open);
}

struct coming {
    struct str secret, login, name, licence, licence_ends, password;
    char hash[PASSWORD_HASH_TEXT];
};

static bool read_coming(struct request *r, struct coming *c)
{
    static const char *const known[] = {"secret",       "login",    "name", "licence",
                                        "licence_ends", "password", NULL};
    if (!request_only(r, known) || !request_text(r, "secret", 100, &c->secret) ||
        !request_text(r, "login", LOGIN_NAME_BYTES_MAX, &c->login) ||
        !request_text(r, "name", NAME_BYTES_MAX, &c->name) ||
        !request_text(r, "licence", ACCOUNT_STAFF_NUMBER_MAX, &c->licence) ||
        !request_text(r, "licence_ends", 10, &c->licence_ends) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &c->password))
        return false;
    c->name = str_trim(c->name);
    return true;
}

/* The licence lasts beyond today, and each field can be meant. */
static const char *wrong_of(const struct coming *c, const struct zone *zone, struct instant now)
{
    struct instant from, until;
    if (!account_name_is(c->login)) return "login";
    if (!account_display_is(c->name)) return "name";
    if (!account_staff_number_is(c->licence)) return "licence";
    bool lasts = c->licence_ends.bytes == 10 && primitive_span(c->licence_ends, zone, &from, &until) &&
                 until.ms > now.ms;
    return lasts ? NULL : "licence_ends";
}

enum err invite_accept_look(struct request *r, struct tx *tx)
{
    struct invitation i;
    struct coming *c = r->stash = arena_zalloc(r->arena, sizeof *c);
    if (!c) return ERR_NOMEM;
    if (!read_coming(r, c)) return OK;
    enum err err = login_fold_name(r, c->login, &c->login);
    if (!err) err = invitation_find_open(tx, r->arena, c->secret, &i);
    if (err == ERR_NOT_FOUND) return gone(r);
    if (err) return err;
    const char *wrong = wrong_of(c, records_zone(request_site(r)->records), tx->now);
    if (wrong) return answer_fault(r, 400, "bad_field", wrong);
    const char *weakness = password_weakness(c->password, c->login, c->licence, false);
    if (weakness) login_refuse_weak(r, weakness, "password");
    return OK;
}

void invite_accept_work(struct request *r)
{
    struct coming *c = r->stash;
    enum err err = password_hash(c->password, request_site(r)->settings.argon2_mib, c->hash);
    if (err) fault_from_err(&r->fault, err);
}

/* The account, with a password of its own choice and the one role. */
static enum err add_account(struct request *r, struct tx *tx, const struct coming *c, struct account *ret)
{
    char id[ACCOUNT_ID_TEXT];
    const char *code = NULL;
    struct account_start start = {.name = c->login,
                                  .display = c->name,
                                  .staff_number = c->licence,
                                  .roles = role_set_add((struct role_set){0}, ROLE_SPECIALIST),
                                  .password = str_of(c->hash)};
    enum err err = account_add(tx, &start, id, &code);
    if (code) answer_fault(r, 409, code, str_is_text(str_of(code), "name_taken") ? "login" : "licence");
    if (!err) err = account_set_password(tx, str_of(id), str_of(c->hash), false);
    return err ? err : account_find(tx, r->arena, str_of(id), ret);
}

static enum err accept(struct request *r, struct agenda_job *job)
{
    const struct coming *c = r->stash;
    struct tx *tx = job->s.tx;
    struct invitation i;
    struct standing_hospital hospital;
    struct account account;
    struct str role;
    int64_t practitioner;
    enum err err = invitation_find_open(tx, r->arena, c->secret, &i);
    if (!err) err = hospital_of(job, i.hospital, &hospital);
    if (err == ERR_NOT_FOUND) return gone(r);
    if (!err) err = add_account(r, tx, c, &account);
    if (!err) err = invitation_use(tx, i.id, account.id);
    if (err) return err;
    r->actor = account.id;
    r->acting = ROLE_SPECIALIST;
    struct standing_person person = {c->name, hospital.id, hospital.name,  i.specialty,
                                     i.title, c->licence,  c->licence_ends};
    err = standing_add(tx, &job->s.server, &person, &practitioner, &role);
    if (!err) err = person_bind(tx, account.id, practitioner, false, 0);
    if (!err) err = fhir_origin(r, tx, &job->s.server);
    const char *target = arena_printf(r->arena, "invitation/%lld", (long long)i.id);
    if (!err && !target) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "invitation.accept", target, AUDIT_OK, NULL);
    if (!err)
        err = request_notify(
            r, &(struct site_notice){.role = "scheduling-admin", .kind = "agenda_changed", .data = "{}"});
    return err ? err : login_go_on(r, tx, &account, "invitation");
}

enum err invite_accept_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, accept);
}
