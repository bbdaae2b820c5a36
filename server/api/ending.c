#include "api/ending.h"
#include "auth/ticket.h"
#include "auth/token.h"
#include "desk/calls.h"
#include "desk/grant_watch.h"

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

/* -- grants -- */

struct ended {
    struct grant_end *at;
    uint32_t count;
};

static void leave_rooms(struct request *r)
{
    const struct ended *e = r->stash;
    struct calls *calls = request_site(r)->calls;
    for (uint32_t i = 0; calls && i < e->count; i++)
        if (e->at[i].room.at) calls_revoke(calls, e->at[i].room, e->at[i].account);
}

static enum err end_one(struct request *r, struct tx *tx, int64_t id, struct grant_end *ret)
{
    enum err err = grant_revoke(tx, r->arena, id, r->who.account, ret);
    if (err) return err;
    if (ret->room.at) err = grant_watch_leave(tx, ret);
    const char *target = arena_printf(r->arena, "grant/%lld", (long long)id);
    const char *data = grant_watch_data(r->arena, ret, tx->now);
    const char *whom = arena_text(r->arena, ret->account.at, ret->account.bytes);
    if (!err && (!target || !data || !whom)) err = ERR_NOMEM;
    if (!err)
        err = request_notify(r, &(struct site_notice){.account = whom, .kind = "grant_ended", .data = data});
    return err ? err : request_audit(r, "grant.revoke", target, AUDIT_OK, NULL);
}

enum err ending_grants(struct request *r, struct tx *tx, struct str account)
{
    int64_t *ids = NULL;
    uint32_t n = 0;
    struct ended *e = arena_zalloc(r->arena, sizeof *e);
    enum err err = e ? grant_open_of(tx, r->arena, account, &ids, &n) : ERR_NOMEM;
    if (!err && !(e->at = arena_zalloc(r->arena, (n + 1) * sizeof *e->at))) err = ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        err = end_one(r, tx, ids[i], &e->at[e->count]);
        if (err == ERR_NOT_FOUND)
            err = OK; /* ended with another of the same encounter */
        else
            e->count++;
    }
    if (err) return err;
    r->stash = e;
    r->apply = leave_rooms;
    return OK;
}
