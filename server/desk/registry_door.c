#include "desk/registry_door.h"
#include "base/log.h"
#include "base/metric.h"
#include "desk/origin.h"
#include "desk/registrar.h"
#include "records/records.h"
#include <poll.h>
#include <stdatomic.h>

enum { ARENA_MAX = 64 << 20, RETRY_MS = 5 };

static const char *const dids[DOOR_DIDS] = {
    [DOOR_TAKEN] = "taken",     [DOOR_AGAIN] = "again", [DOOR_WAITS] = "waits",
    [DOOR_REFUSED] = "refused", [DOOR_LATER] = "later",
};

static struct metric metric_messages[DOOR_DIDS] = {
    {"yunqiao_registry_messages_total", "result=\"taken\"", "What the registry said, by what became of it.",
     METRIC_COUNTER},
    {"yunqiao_registry_messages_total", "result=\"again\"", NULL, METRIC_COUNTER},
    {"yunqiao_registry_messages_total", "result=\"waits\"", NULL, METRIC_COUNTER},
    {"yunqiao_registry_messages_total", "result=\"refused\"", NULL, METRIC_COUNTER},
    {"yunqiao_registry_messages_total", "result=\"later\"", NULL, METRIC_COUNTER},
};

void registry_door_register_metrics(void)
{
    for (size_t i = 0; i < DOOR_DIDS; i++)
        metric_register(&metric_messages[i]);
}

const char *door_did_text(enum door_did did)
{
    return dids[did];
}

bool door_is_passing(enum err err)
{
    return err == ERR_NOMEM || err == ERR_IO || err == ERR_DISK_FULL || err == ERR_BUSY ||
           err == ERR_CLOSED || err == ERR_TIMEOUT || err == ERR_CORRUPT || err == ERR_KEY;
}

/* -- in the job's transaction -- */

enum err door_sign(struct tx *tx, struct record_reader *server, struct job *job, struct str source,
                   const char *action, const char *kind)
{
    const struct origin by = {.author_system = ORIGIN_OURS "registry", .author = source};
    enum err err = origin_write(tx, server, &by);
    for (uint32_t i = server->written_count; i-- > 0 && !err;)
        err = origin_note_record(server->arena, job, &server->written[i], action,
                                 arena_printf(server->arena, "{\"kind\":\"%s\",\"versions\":[%lld]}", kind,
                                              (long long)server->written[i].seq));
    return err;
}

/* Of what wrote no record, the row of the trail that says that it came. */
static enum err note(struct door_message *m, const char *action, const char *target)
{
    int64_t nobody = 0;
    const char *kind = m->fault.words ? "letter" : event_kind_text(m->event.kind);
    return origin_note(m->arena, &m->job, action, target, arena_printf(m->arena, "{\"kind\":\"%s\"}", kind),
                       &nobody);
}

static enum err put_letter(struct door_message *m, struct tx *tx)
{
    int64_t id = 0;
    const struct letter l = {.source = m->source,
                             .code = str_of(m->fault.code),
                             .place = str_of(m->fault.where),
                             .words = str_of(m->fault.words),
                             .control = m->event.control,
                             .line = m->line};
    enum err err = letter_put(tx, &l, m->text, &id);
    m->did = DOOR_REFUSED;
    return err ? err
               : note(m, "registry.letter", arena_printf(m->arena, "RegistryLetter/%lld", (long long)id));
}

static enum err take(struct door_message *m, struct tx *tx)
{
    struct record_reader server = {.records = m->site->records, .arena = m->arena};
    enum registrar_did did;
    enum err err = registrar_take(tx, &server, m->source, &m->event, &did);
    if (err) return err;
    if (did == REGISTRAR_DIFFERS) {
        m->fault = (struct event_fault){"205", "MSH^1^10", "its number was used before, for something else"};
        return put_letter(m, tx);
    }
    m->did = did == REGISTRAR_AGAIN ? DOOR_AGAIN : did == REGISTRAR_WAITS ? DOOR_WAITS : DOOR_TAKEN;
    err = door_sign(tx, &server, &m->job, m->source, "registry.event", event_kind_text(m->event.kind));
    if (err || did == REGISTRAR_AGAIN || server.written_count) return err;
    return note(m, "registry.event",
                arena_printf(m->arena, "Registry/%.*s", (int)m->source.bytes, m->source.at));
}

static enum err run(struct job *job, struct tx *tx)
{
    struct door_message *m = (struct door_message *)(void *)job;
    enum err err = m->fault.words ? put_letter(m, tx) : take(m, tx);
    if (err) m->job.audit = NULL; /* nothing of it is kept */
    return err;
}

/* Those who decide look again; at most once a second, whatever a registry sends. */
static void tell(const struct door_message *m)
{
    static _Atomic int64_t told_ms;
    int64_t now = clock_tick().ms, before = atomic_load(&told_ms);
    if ((m->did != DOOR_REFUSED && m->did != DOOR_WAITS) || !m->site->notify || now - before < 1000) return;
    if (!atomic_compare_exchange_strong(&told_ms, &before, now)) return;
    m->site->notify(m->site,
                    &(struct site_notice){.role = "nurse", .kind = "registry_changed", .data = "{}"});
    m->site->notify(m->site,
                    &(struct site_notice){.role = "clinic-doctor", .kind = "registry_changed", .data = "{}"});
}

/* What the record refuses is no event that could ever be taken: it becomes a letter, by a job of its own, as all of this one is undone. */
static void done(struct job *job, enum err err)
{
    struct door_message *m = (struct door_message *)(void *)job;
    if (err && !door_is_passing(err) && !m->fault.words) {
        m->fault = err == ERR_LIMIT
                       ? (struct event_fault){"207", "PID^1^3", "more events of a person than there may be"}
                       : (struct event_fault){"207", "", "what stands in the record does not go with it"};
        err = door_post(m);
        if (!err) return;
    }
    if (err) m->did = DOOR_LATER;
    if (err && err != ERR_CLOSED) log_error("registry", "not_written", LOG_E(err));
    metric_add(&metric_messages[m->did], 1);
    tell(m);
    m->done(m);
}

/* -- a door's thread -- */

struct door_message *door_new(struct site *site, struct str source, struct str text)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct door_message *m = arena ? arena_zalloc(arena, sizeof *m) : NULL;
    char *copy = m ? arena_text(arena, text.at ? text.at : "", text.bytes) : NULL;
    if (!copy) {
        arena_free(arena);
        return NULL;
    }
    m->site = site;
    m->source = source;
    m->arena = arena;
    m->text = (struct str){copy, text.bytes};
    return m;
}

void door_free(struct door_message *m)
{
    if (m) arena_free(m->arena);
}

enum err door_post(struct door_message *m)
{
    m->job = (struct job){.run = run, .done = done};
    return store_write(m->site->store, &m->job);
}

/* -- many at once -- */

static void settled(struct door_message *m)
{
    enum err err = box_put_always(m->ctx, &m->job.item);
    ASSERT(!err);
}

/* The desk's queue may be full of others' work. */
static enum err post_patiently(struct door_message *m)
{
    enum err err = door_post(m);
    while (err == ERR_BUSY) {
        poll(NULL, 0, RETRY_MS);
        err = door_post(m);
    }
    return err;
}

bool door_settle(struct door_message **messages, size_t n, struct box *back)
{
    size_t posted = 0;
    bool is_done = true;
    for (size_t i = 0; i < n && is_done; i++) {
        messages[i]->done = settled;
        messages[i]->ctx = back;
        is_done = post_patiently(messages[i]) == OK;
        posted += is_done;
    }
    for (size_t left = posted; left;) {
        struct box_item *next;
        for (struct box_item *item = box_take(back, (uint32_t)n, -1); item; item = next, left--)
            next = item->next;
    }
    for (size_t i = 0; i < posted; i++)
        is_done &= messages[i]->did != DOOR_LATER;
    return is_done;
}
