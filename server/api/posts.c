/* What goes out by mail and to the SMS gateway: how each stands, once more by hand, and where one is reached (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/handlers.h"
#include "api/route.h"
#include "desk/outbox.h"
#include "desk/reach.h"

static enum err look(struct request *r, struct agenda_job *job)
{
    struct json_out o;
    if (!agenda_may_do(r, RULE_EDIT_CALENDAR, false, true)) return OK;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    enum err err = outbox_write(&job->s, request_query(r, "state"), &o);
    json_close(&o);
    return err;
}

enum err posts_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look);
}

enum err post_again_write(struct request *r, struct tx *tx)
{
    int64_t number;
    if (!agenda_may_do(r, RULE_EDIT_CALENDAR, false, true) || !request_only(r, (const char *const[]){NULL}))
        return OK;
    enum err err = str_to_i64(r->captures[0], &number) ? outbox_again(tx, number) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    const char *target = arena_printf(r->arena, "post/%lld", (long long)number);
    if (!err) err = target ? request_audit(r, r->route->audit, target, AUDIT_OK, NULL) : ERR_NOMEM;
    return err ? err : answer_empty(r, 204);
}

/* -- where one is reached -- */

static const char *const names[PARCEL_WAYS] = {[PARCEL_MAIL] = "email", [PARCEL_HOOK] = "phone"};

static enum err reach_look(struct request *r, struct agenda_job *job)
{
    struct reach reach;
    struct json_out o;
    enum err err = reach_of(job->s.tx, &job->s.server, job->s.practitioner, &reach);
    if (err) return err;
    if (reach.id.bytes == 0) return answer_fault(r, 404, "not_found", NULL);
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    for (int way = 0; way < PARCEL_WAYS; way++)
        json_put_str(&o, names[way], reach.at[way].at ? reach.at[way] : (struct str){"", 0});
    json_close(&o);
    return OK;
}

enum err own_reach_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, reach_look);
}

static enum err reach_put(struct request *r, struct agenda_job *job)
{
    struct str to[PARCEL_WAYS];
    enum parcel_way wrong = PARCEL_MAIL;
    if (!request_only(r, (const char *const[]){"email", "phone", NULL})) return OK;
    for (int way = 0; way < PARCEL_WAYS; way++)
        if (!request_text_optional(r, names[way], 254, &to[way])) return OK;
    enum err err = reach_change(job->s.tx, &job->s.server, job->s.practitioner, to, &wrong);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_field", names[wrong]);
    if (!err) err = request_audit(r, r->route->audit, "own", AUDIT_OK, NULL);
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    return err ? err : answer_empty(r, 204);
}

enum err own_reach_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, reach_put);
}
