/* How the lines of a consultation were (docs/PROTOCOL, visits): to whoever may know of the visit, for it tells of lines alone. */
#include "desk/call_quality.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "api/visits.h"

static enum err look(struct request *r, struct agenda_job *job)
{
    struct visit_job j;
    struct json_out o;
    struct record_reader told = {.arena = r->arena};
    enum err err = visits_find(r, job, &j);
    if (err || r->fault.status) return err;
    struct str visit = j.v.encounter.head.id;
    const char *target = record_parts_target(r, &j.v.encounter.head);
    err = target ? record_traced(&told, &j.v.encounter.head) : ERR_NOMEM;
    if (!err) err = request_trace(r, &told, r->route->audit, target, "");
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = call_quality_write(job->s.tx, r->arena, visit, &o);
    json_close(&o);
    return err;
}

enum err call_quality_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look);
}
