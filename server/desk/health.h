/* health: the checks that the system admin's page, /healthz and the notice `health` all tell from: store, disk, audit, backup, scrub,
 * clock, workers, certificate, messages, calls, recordings. Any thread; cheap enough to ask every few seconds. Codes are words, never names or content. */
#ifndef DESK_HEALTH_H
#define DESK_HEALTH_H
#include "desk/site.h"

enum health_state { HEALTH_OK, HEALTH_WARN, HEALTH_BAD };

struct health_check {
    const char *name, *code; /* code: why, a literal; "" when ok */
    enum health_state state;
    char detail[64]; /* a number in words of ours, or empty */
};

enum {
    HEALTH_STORE,
    HEALTH_DISK,
    HEALTH_AUDIT,
    HEALTH_BACKUP,
    HEALTH_SCRUB,
    HEALTH_CLOCK,
    HEALTH_WORKERS,
    HEALTH_CERTIFICATE,
    HEALTH_MESSAGES,
    HEALTH_CALLS,
    HEALTH_RECORDINGS,
    HEALTH_CHECKS
};

struct health {
    struct health_check checks[HEALTH_CHECKS];
    struct store_state store;
    int workers_up, workers_of;
};

void health_look(struct site *site, struct health *ret);
const char *health_state_name(enum health_state state); /* "ok", "warn", "bad" */
enum health_state health_worst(const struct health *health);
/* The first check that stands otherwise than before, or NULL: what the notice `health` is about. */
const struct health_check *health_changed(const struct health *before, const struct health *now);
void health_write_check(struct json_out *to, const char *key, const struct health_check *check);
const char *health_backup_name(const struct store_state *store); /* "off", "ok", "late", "failed" */

#endif
