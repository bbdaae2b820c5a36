#include "api/ending.h"
#include "auth/ticket.h"
#include "auth/token.h"

enum err ending_tell_session(struct request *r, struct str session, const char *why)
{
    const char *id = arena_text(r->arena, session.at, session.bytes);
    const char *data = arena_printf(r->arena, "{\"why\":\"%s\"}", why);
    if (!id || !data) return ERR_NOMEM;
    return request_notify(r, &(struct site_notice){.session = id, .kind = "session_ended", .data = data});
}

struct telling {
    struct request *r;
    const char *why;
};

static enum err tell(void *ctx, struct str session)
{
    struct telling *t = ctx;
    return ending_tell_session(t->r, session, t->why);
}

enum err ending_sessions(struct request *r, struct tx *tx, struct str account, struct str but,
                         const char *why)
{
    int64_t ended;
    enum err err = session_each(tx, account, but, tell, &(struct telling){r, why});
    return err ? err : session_end_all(tx, account, but, &ended);
}

enum err ending_all(struct request *r, struct tx *tx, struct str account, const char *why)
{
    int64_t ended;
    enum err err = ending_sessions(r, tx, account, (struct str){0}, why);
    if (!err) err = ticket_end_all(tx, account);
    return err ? err : token_end_all(tx, account, &ended);
}
