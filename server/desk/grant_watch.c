#include "desk/grant_watch.h"
#include "desk/calls.h"
#include "desk/room_book.h"

#define DOWN_MS ((int64_t)10 * 60 * 1000) /* looked back at the start */

void grant_watch_init(struct grant_watch *w, struct site *site)
{
    *w = (struct grant_watch){.watch.site = site, .since = {clock_now().ms - DOWN_MS}};
}

enum err grant_watch_leave(struct tx *tx, const struct grant_end *end)
{
    enum err err = room_book_remove_member(tx, end->room, end->account);
    return err == ERR_NOT_FOUND || err == ERR_DENIED ? OK : err; /* a last host stays: the room is theirs */
}

const char *grant_watch_data(struct arena *arena, const struct grant_end *end, struct instant at)
{
    char when[INSTANT_TEXT_BYTES];
    instant_text(at, when);
    return arena_printf(arena, "{\"id\":%lld,\"encounter\":\"%.*s\",\"patient\":\"%.*s\",\"at\":\"%s\"}",
                        (long long)end->id, (int)end->encounter.bytes, end->encounter.at,
                        (int)end->patient.bytes, end->patient.at, when);
}

static enum err run(struct job *job, struct tx *tx)
{
    struct grant_watch *w = (struct grant_watch *)(void *)job;
    w->until = tx->now;
    enum err err = grant_ended(tx, w->watch.arena, w->since, w->ends, GRANT_WATCH_MOST, &w->count);
    for (uint32_t i = 0; i < w->count && !err; i++)
        if (w->ends[i].room.at) err = grant_watch_leave(tx, &w->ends[i]);
    return err;
}

static void tell(struct grant_watch *w, const struct grant_end *end)
{
    struct site *site = w->watch.site;
    const char *data = grant_watch_data(w->watch.arena, end, w->until);
    const char *whom = arena_text(w->watch.arena, end->account.at, end->account.bytes);
    if (site->calls && end->room.at) calls_revoke(site->calls, end->room, end->account);
    if (data && whom && site->notify)
        site->notify(site, &(struct site_notice){.account = whom, .kind = "grant_ended", .data = data});
}

static void done(struct job *job, enum err err)
{
    struct grant_watch *w = (struct grant_watch *)(void *)job;
    for (uint32_t i = 0; i < w->count && !err; i++)
        tell(w, &w->ends[i]);
    if (!err) w->since = w->until;
    w->count = 0;
    watch_over(&w->watch, err, "grants");
}

void grant_watch_step(struct grant_watch *w)
{
    watch_turn(&w->watch, 256 * 1024, run, done);
}
