/* hub: the browser tabs that listen, and the notices that each has not yet seen. A tab outlives its connection for ten
 * minutes, so that what was said meanwhile reaches it when it comes back with its resume text. Owned by the net; net thread;
 * no socket in it: a tab's `owner` is whatever carries it just now.
 *
 * Bounded: HUB_TABS_MAX tabs (when full, the one longest lost goes; none lost: ERR_BUSY), HUB_NOTICES_MAX notices each
 * (when full, the oldest goes). */
#ifndef NET_HUB_H
#define NET_HUB_H
#include "auth/role.h"
#include "base/clock.h"
#include "desk/site.h"
#include "net/resume.h"

#define HUB_NOTICES_MAX 32
#define HUB_KEEP_MS (10 * 60 * 1000)
#define HUB_DATA_BYTES_MAX 2048

struct hub;
struct hub_tab;

struct hub_who { /* copied */
    struct str account, session;
    struct role_set roles;
    struct str secret; /* the session's; not kept */
};

/* started: a tab unknown to us, but named before this, was lost by our own restart and counts as resumed. */
struct hub *hub_new(uint32_t tabs_max, struct instant started) MUST_USE;
void hub_free(struct hub *h);

struct hub_join {
    struct hub_who who;
    struct str resume; /* what the tab showed; empty: nothing */
    void *owner;       /* never NULL */
    struct instant now;
};
/* A tab, new or found again. ret_before: the owner it had until now, to be closed, or NULL. ERR_BUSY, ERR_NOMEM. */
enum err hub_join(struct hub *h, const struct hub_join *join, struct hub_tab **ret_tab, bool *ret_resumed,
                  void **ret_before) MUST_USE;
/* The carrier is gone; the tab waits. Nothing happens when somebody else carries it by now. */
void hub_leave(struct hub *h, struct hub_tab *tab, const void *owner, struct instant now);
/* Forgets the tab at once: it turned out to be another that came back. */
void hub_drop(struct hub *h, struct hub_tab *tab);
void hub_resume_text(const struct hub_tab *tab, struct str secret, struct instant now,
                     char ret_text[RESUME_TEXT_BYTES]);

/* Stores the notice with each tab it is for and calls due for those that are carried. Without memory, a tab misses it. */
void hub_notify(struct hub *h, const struct site_notice *n, void (*due)(void *owner));
/* A notice to one tab alone. */
void hub_tell(struct hub_tab *tab, const char *kind, const char *data);
/* The next notice not yet sent over this carrier, as a whole frame; false: none. ret_ends: nothing follows it, the session is
 * over. The text is valid until the next call into the hub. */
bool hub_next(struct hub_tab *tab, struct str *ret_frame, bool *ret_ends);
bool hub_is_ending(const struct hub_tab *tab); /* whether a notice that ends it waits to be sent */
void hub_seen(struct hub_tab *tab, int64_t id);
/* Forgets tabs lost for more than HUB_KEEP_MS. */
void hub_sweep(struct hub *h, struct instant now);
uint32_t hub_count(const struct hub *h); /* tabs, lost ones too */

#endif
