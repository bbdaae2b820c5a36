/* Who wrote it, as the request says: a Provenance (desk/origin) by account and role, with the session or token; and a specialist's new
 * records are attached to the grant that they were written under. */
#include "api/handlers.h"
#include "desk/origin.h"
#include "records/closed.h"
#include "records/grant.h"

static enum err attach_own(struct request *r, struct tx *tx, const struct record_head *h)
{
    int64_t grant;
    if (h->version != 1 || h->encounter == 0) return OK;
    enum err err = grant_live(tx, r->who.account, h->encounter, &grant);
    return err == ERR_NOT_FOUND ? OK : err ? err : grant_attach(tx, grant, h->row, true);
}

/* Whatever interface it came by: nobody writes in a record that is closed (records/closed). */
static enum err refuse_closed(struct request *r, struct tx *tx, const struct record_reader *who)
{
    bool is_closed = false;
    enum err err = OK;
    for (uint32_t i = 0; i < who->written_count && !err && !is_closed; i++)
        if (who->written[i].patient) err = closed_is(tx, who->written[i].patient, &is_closed);
    if (err || !is_closed) return err;
    err = answer_fault(r, 409, "record_closed", NULL);
    return err ? err : ERR_DENIED; /* nothing of it is kept */
}

enum err fhir_origin(struct request *r, struct tx *tx, struct record_reader *who)
{
    struct origin by = {.author_system = ORIGIN_OURS "account",
                        .author = r->actor,
                        .role = role_name(r->acting),
                        .assembler_system = r->who.is_token ? ORIGIN_OURS "token" : ORIGIN_OURS "session",
                        .assembler = r->who.id}; /* who comes in by an invitation has none yet */
    uint32_t count = who->written_count;
    enum err err = refuse_closed(r, tx, who);
    if (!err) err = origin_write(tx, who, &by);
    bool is_specialist = role_set_has(r->who.roles, ROLE_SPECIALIST);
    for (uint32_t i = 0; i < count && !err && is_specialist; i++)
        err = attach_own(r, tx, &who->written[i]);
    return err;
}
