#include "desk/consequence_watch.h"
#include "base/buf.h"
#include "desk/calls.h"
#include "desk/consequence.h"
#include "desk/origin.h"
#include "scheduler/terms.h"

enum { ARENA_BYTES = 64 << 20, AT_ONCE = 16 };

/* Who writes when nobody does: this program, as a device. */
static const struct origin by_clock = {.author_system = ORIGIN_OURS "device", .author = {"yunqiaod", 8}};

void consequence_watch_init(struct consequence_watch *w, struct site *site)
{
    *w = (struct consequence_watch){.watch.site = site};
}

/* {"state":"released","booking":2,…}: what was changed, by how many. */
static const char *detail_of(struct arena *arena, const struct consequence_did *did)
{
    struct buf text;
    struct json_out o;
    buf_init(&text, 4096);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "state", custody_text(did->custody.state));
    for (int w = 0; w < CONSEQUENCE_WHATS; w++)
        if (did->counts[w]) json_put_int(&o, consequence_what_text((enum consequence_what)w), did->counts[w]);
    if (did->is_undone) json_put_bool(&o, "asked_anew", true);
    json_close(&o);
    char *copy = text.err ? NULL : arena_text(arena, text.at, text.bytes);
    buf_done(&text);
    return copy;
}

static enum err note(struct consequence_watch *w, const struct consequence_did *did)
{
    bool is_told = did->is_undone;
    for (int i = 0; i < CONSEQUENCE_WHATS; i++)
        is_told = is_told || did->counts[i];
    return did->patient.row && is_told ? origin_note_record(w->watch.arena, &w->watch.job, &did->patient,
                                                            "custody.changed", detail_of(w->watch.arena, did))
                                       : OK;
}

static enum err leave_trail(struct consequence_watch *w, const struct schedule *s)
{
    struct arena *arena = w->watch.arena;
    struct job *job = &w->watch.job;
    enum err err = OK;
    for (uint32_t i = s->server.written_count; i-- > 0 && !err;)
        err = origin_note_record(
            arena, job, &s->server.written[i], "custody.follow",
            arena_printf(arena, "{\"versions\":[%lld]}", (long long)s->server.written[i].seq));
    for (const struct schedule_act *a = s->acts; a && !err; a = a->next)
        err = origin_note(arena, job, a->action, a->target, a->detail, &a->patient);
    return err;
}

static enum err turns(struct consequence_watch *w, struct schedule *s)
{
    enum err err = OK;
    int64_t patient = 1;
    for (int i = 0; i < AT_ONCE && !err && patient; i++) {
        struct consequence_did *did = arena_zalloc(w->watch.arena, sizeof *did);
        err = did ? consequence_turn(s, did, &patient) : ERR_NOMEM;
        w->patient = patient;
        if (!err) err = note(w, did);
    }
    return err;
}

static enum err turn(struct consequence_watch *w, struct tx *tx)
{
    struct site *site = w->watch.site;
    struct schedule s = {.tx = tx, .server = {.records = site->records, .arena = w->watch.arena}};
    enum err err = agenda_view(site->agenda, tx, site->records, &s.view);
    if (err) return err;
    s.joint = agenda_joint(site->agenda);
    err = s.joint ? turns(w, &s) : ERR_NOMEM;
    agenda_joint_back(site->agenda, s.joint);
    agenda_view_free(s.view);
    if (!err) err = origin_write(tx, &s.server, &by_clock);
    if (!err) err = leave_trail(w, &s);
    w->news = s.news, w->leaves = s.leaves;
    return err;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct consequence_watch *w = (struct consequence_watch *)(void *)job;
    bool waits = false;
    w->patient = 0, w->news = NULL, w->leaves = NULL;
    enum err err = OK;
    if (w->failed) {
        err = consequence_put_off(tx, w->failed, instant_add(tx->now, MINUTE_MS));
        return err;
    }
    err = consequence_waits(tx, &waits);
    if (!err && waits) err = turn(w, tx);
    if (err) job->audit = NULL; /* nothing of it is kept */
    return err;
}

static void done(struct job *job, enum err err)
{
    struct consequence_watch *w = (struct consequence_watch *)(void *)job;
    struct site *site = w->watch.site;
    for (const struct schedule_news *n = w->news; n && !err && site->notify; n = n->next)
        site->notify(site, &(struct site_notice){
                               .account = n->account, .role = n->role, .kind = n->kind, .data = n->data});
    if (!err) schedule_leave_all(site->calls, w->leaves);
    w->failed = err && err != ERR_CLOSED ? w->patient : 0;
    w->news = NULL, w->leaves = NULL;
    watch_over(&w->watch, err, "custody");
}

void consequence_watch_step(struct consequence_watch *w)
{
    watch_turn(&w->watch, ARENA_BYTES, run, done);
}
