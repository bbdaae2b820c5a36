/* Who asks of /fhir: the guard of one request. */
#include "api/handlers.h"
#include "records/guard.h"

enum err fhir_guard(struct request *r, struct tx *tx, struct record_reader *who)
{
    struct guard *guard = arena_zalloc(r->arena, sizeof *guard);
    if (!guard) return ERR_NOMEM;
    guard->roles = r->who.roles;
    guard->now = tx->now;
    who->guard = guard;
    return OK;
}
