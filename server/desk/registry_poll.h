/* registry_poll: the registry's door the other way: it is asked, over HTTPS, for what is new since a cursor of its own (docs/PROTOCOL §19).
 *
 *   GET URL?limit=200[&after=CURSOR]  ->  {"events": [{…}], "next": "CURSOR"}
 *
 * The question is carried by a courier (mail/dispatch), so that what a stranger answers over TLS is not parsed beside our keys; its body is JSON, read
 * strictly here. Each event is one message (desk/registry_door). The cursor is kept once all of its page is durable: killed before, the page is asked
 * for again, and its events are there already. While pages are full there is no wait between them; after a failure it waits longer each time.
 *
 * A thread of its own. Main thread: new, start, stop, free. */
#ifndef DESK_REGISTRY_POLL_H
#define DESK_REGISTRY_POLL_H
#include "desk/site.h"

#define REGISTRY_POLL_PAGE 200
#define REGISTRY_POLL_WAIT_MAX_MS 600000

struct registry_poll_settings {
    char url[256], source[41];
    char token[256]; /* that it wants as bearer; empty: none */
    char *trust;     /* certificates, PEM; registry_poll_new takes it */
    char program[512];
    int64_t every_ms;
};
struct registry_poll;
enum err registry_poll_new(struct site *site, const struct registry_poll_settings *settings,
                           struct registry_poll **ret) MUST_USE; /* also on an error the trust is gone */
enum err registry_poll_start(struct registry_poll *p) MUST_USE;
/* A courier that is out is ended. Before the store is closed. NULL allowed. */
void registry_poll_stop(struct registry_poll *p);
void registry_poll_free(struct registry_poll *p);

#endif
