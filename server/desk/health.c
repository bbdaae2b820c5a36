#include "desk/health.h"
#include "desk/calls.h"
#include "desk/outbox.h"
#include "desk/timesync.h"
#include <stdatomic.h>
#include <stdio.h>

static const int64_t mib = (int64_t)1 << 20;
static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
enum { DISK_BAD_MIB = 256, DISK_WARN_MIB = 2048, OFFSET_WARN_MS = 1000, CERTIFICATE_WARN_DAYS = 21 };

static const char *const names[] = {
    [HEALTH_STORE] = "store",           [HEALTH_DISK] = "disk",
    [HEALTH_AUDIT] = "audit",           [HEALTH_BACKUP] = "backup",
    [HEALTH_SCRUB] = "scrub",           [HEALTH_CLOCK] = "clock",
    [HEALTH_WORKERS] = "workers",       [HEALTH_CERTIFICATE] = "certificate",
    [HEALTH_MESSAGES] = "messages",     [HEALTH_CALLS] = "calls",
    [HEALTH_RECORDINGS] = "recordings",
};
_Static_assert(COUNT_OF(names) == HEALTH_CHECKS, "each check has its name");

const char *health_state_name(enum health_state state)
{
    static const char *const states[] = {[HEALTH_OK] = "ok", [HEALTH_WARN] = "warn", [HEALTH_BAD] = "bad"};
    ASSERT(state < COUNT_OF(states));
    return states[state];
}

const char *health_backup_name(const struct store_state *store)
{
    static const char *const states[] = {
        [BACKUP_OFF] = "off", [BACKUP_OK] = "ok", [BACKUP_LATE] = "late", [BACKUP_FAILED] = "failed"};
    ASSERT((size_t)store->backup < COUNT_OF(states));
    return states[store->backup];
}

static void say(struct health *h, int at, enum health_state state, const char *code)
{
    h->checks[at].state = state;
    h->checks[at].code = code;
}

static void look_at_store(struct health *h)
{
    const struct store_state *s = &h->store;
    if (s->disk_full) say(h, HEALTH_STORE, HEALTH_BAD, "disk_full");
    if (s->free_bytes < DISK_BAD_MIB * mib)
        say(h, HEALTH_DISK, HEALTH_BAD, "nearly_full");
    else if (s->free_bytes < DISK_WARN_MIB * mib)
        say(h, HEALTH_DISK, HEALTH_WARN, "filling");
    snprintf(h->checks[HEALTH_DISK].detail, sizeof h->checks[0].detail, "%lld MiB",
             (long long)(s->free_bytes / mib));
    if (s->head.seq > 0 && s->anchor.seq == 0) say(h, HEALTH_AUDIT, HEALTH_BAD, "no_anchor");
    if (s->backup == BACKUP_OFF) say(h, HEALTH_BACKUP, HEALTH_WARN, "off");
    if (s->backup == BACKUP_LATE) say(h, HEALTH_BACKUP, HEALTH_WARN, "late");
    if (s->backup == BACKUP_FAILED) say(h, HEALTH_BACKUP, HEALTH_BAD, "failed");
    if (s->scrub == SCRUB_FAILED) say(h, HEALTH_SCRUB, HEALTH_BAD, "failed");
    if (s->scrub_bad > 0) say(h, HEALTH_SCRUB, HEALTH_BAD, "damaged");
}

static void look_at_clock(struct health *h)
{
    struct timesync sync = timesync_look();
    if (!sync.is_known || !sync.is_synced)
        say(h, HEALTH_CLOCK, HEALTH_WARN, "unsynced");
    else if (sync.offset_ms > OFFSET_WARN_MS || sync.offset_ms < -OFFSET_WARN_MS)
        say(h, HEALTH_CLOCK, HEALTH_WARN, "off");
}

/* What the program writes for its own page is read back, so that there is one telling of it. NULL: it tells nothing. */
static struct json *ask(struct site *site, void (*write)(struct site *, struct json_out *))
{
    struct buf text;
    struct json_out out;
    struct json *root = NULL;
    if (!write) return NULL;
    buf_init(&text, 256 * 1024);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    write(site, &out);
    json_close(&out);
    if (text.err || json_parse(buf_str(&text), &root, NULL) != OK) root = NULL;
    buf_done(&text);
    return root;
}

static void look_at_workers(struct site *site, struct health *h)
{
    struct json *root = ask(site, site->write_workers);
    const struct json *list = root ? json_get(root, "workers") : NULL;
    struct str state;
    h->workers_of = (int)json_count(list);
    for (size_t i = 0; i < json_count(list); i++)
        if (json_text(json_get(json_at(list, i), "state"), &state) && str_is_text(state, "up"))
            h->workers_up++;
    json_free(root);
    if (h->workers_up < h->workers_of)
        say(h, HEALTH_WORKERS, h->workers_up ? HEALTH_WARN : HEALTH_BAD,
            h->workers_up ? "some_down" : "down");
    snprintf(h->checks[HEALTH_WORKERS].detail, sizeof h->checks[0].detail, "%d/%d", h->workers_up,
             h->workers_of);
}

static void look_at_certificate(struct site *site, struct health *h)
{
    struct json *root = ask(site, site->write_certificates);
    struct str text;
    struct instant until;
    if (root && json_text(json_get(json_get(root, "leaf"), "until"), &text) &&
        instant_from_text(text, &until)) {
        int64_t days = (until.ms - clock_now().ms) / day_ms;
        if (until.ms <= clock_now().ms)
            say(h, HEALTH_CERTIFICATE, HEALTH_BAD, "expired");
        else if (days < CERTIFICATE_WARN_DAYS)
            say(h, HEALTH_CERTIFICATE, HEALTH_WARN, "ending");
        snprintf(h->checks[HEALTH_CERTIFICATE].detail, sizeof h->checks[0].detail, "%lld d", (long long)days);
    }
    json_free(root);
}

/* Of what goes out by mail and to the SMS gateway. */
static void look_at_messages(struct site *site, struct health *h)
{
    struct outbox_counts n = site->outbox ? outbox_counts(site->outbox) : (struct outbox_counts){0};
    if (n.lost > 0) say(h, HEALTH_MESSAGES, HEALTH_WARN, "lost");
    if (n.stuck > 0) say(h, HEALTH_MESSAGES, HEALTH_WARN, "stuck");
    if (n.lost + n.stuck > 0)
        snprintf(h->checks[HEALTH_MESSAGES].detail, sizeof h->checks[0].detail, "%lld",
                 (long long)(n.lost + n.stuck));
}

/* Somebody in a consultation is hardly seen or heard, or was so for minutes of the last hour: the one at the network's end of it may help. */
static void look_at_calls(struct site *site, struct health *h)
{
    int weak = site->calls ? calls_weak(site->calls) : 0, bad = atomic_load(&site->bad_lines);
    if (!weak && !bad) return;
    say(h, HEALTH_CALLS, HEALTH_WARN, weak ? "weak" : "stayed_bad");
    snprintf(h->checks[HEALTH_CALLS].detail, sizeof h->checks[0].detail, "%d", weak ? weak : bad);
}

/* What is said is not on the disk as it should be: everybody in those rooms sees it. */
static void look_at_recordings(struct site *site, struct health *h)
{
    int lossy = site->calls ? calls_lossy(site->calls) : 0;
    if (!lossy) return;
    say(h, HEALTH_RECORDINGS, HEALTH_BAD, "lossy");
    snprintf(h->checks[HEALTH_RECORDINGS].detail, sizeof h->checks[0].detail, "%d", lossy);
}

void health_look(struct site *site, struct health *ret)
{
    *ret = (struct health){0};
    for (int i = 0; i < HEALTH_CHECKS; i++)
        ret->checks[i] = (struct health_check){.name = names[i], .code = ""};
    store_state(site->store, &ret->store);
    look_at_store(ret);
    look_at_clock(ret);
    look_at_workers(site, ret);
    look_at_certificate(site, ret);
    look_at_messages(site, ret);
    look_at_calls(site, ret);
    look_at_recordings(site, ret);
}

enum health_state health_worst(const struct health *health)
{
    enum health_state worst = HEALTH_OK;
    for (int i = 0; i < HEALTH_CHECKS; i++)
        if (health->checks[i].state > worst) worst = health->checks[i].state;
    return worst;
}

const struct health_check *health_changed(const struct health *before, const struct health *now)
{
    for (int i = 0; i < HEALTH_CHECKS; i++)
        if (before->checks[i].state != now->checks[i].state ||
            strcmp(before->checks[i].code, now->checks[i].code) != 0)
            return &now->checks[i];
    return NULL;
}

void health_write_check(struct json_out *to, const char *key, const struct health_check *check)
{
    json_open(to, key);
    json_put_text(to, "name", check->name);
    json_put_text(to, "state", health_state_name(check->state));
    json_put_text(to, "code", check->code);
    json_put_text(to, "detail", check->detail);
    json_close(to);
}
