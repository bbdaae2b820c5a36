/* Who asks of /fhir: the guard of one request. */
#include "api/handlers.h"
#include "records/grant.h"

enum err fhir_guard(struct request *r, struct tx *tx, struct record_reader *who)
{
    struct guard *guard = arena_alloc(r->arena, sizeof *guard);
    if (!guard) return ERR_NOMEM;
    enum err err = grant_load(tx, r->arena, r->who.account, r->who.roles, guard);
    if (!err) who->guard = guard;
    return err;
}
