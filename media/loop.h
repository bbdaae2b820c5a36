/* loop: the worker's one thread waits here, for descriptors (epoll) and timers (media/wheel), and calls whom
 * it concerns. Owns nothing but the epoll descriptor; watches and timers are embedded in their owners and
 * must be taken out before these go. */
#ifndef MEDIA_LOOP_H
#define MEDIA_LOOP_H
#include "base/err.h"
#include "media/wheel.h"
#include <stdint.h>

struct loop;

struct watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT … */
    void (*ready)(struct watch *watch, uint32_t events);
};

/* What is done at the end of each turn, when all that was ready and due has been dealt with. */
struct loop_hook {
    struct list in;
    void (*run)(struct loop_hook *hook); /* may not remove itself or others */
};

struct loop *loop_new(void) MUST_USE; /* NULL: out of memory or descriptors */
void loop_free(struct loop *l);
enum err loop_watch(struct loop *l, struct watch *watch) MUST_USE;
enum err loop_watch_change(struct loop *l, struct watch *watch, uint32_t events) MUST_USE;
void loop_unwatch(struct loop *l,
                  struct watch *watch); /* harmless when it is not watched; before its fd is closed */

struct tick loop_now(const struct loop *l); /* read once a turn */
void loop_set(struct loop *l, struct timer *t, int64_t wait_ms);
void loop_hook_add(struct loop *l, struct loop_hook *hook);
static inline void loop_hook_remove(struct loop_hook *hook)
{
    list_remove(&hook->in);
}
/* Waits for the next thing and does it. wait_ms_max < 0: as long as it takes. ERR_IO: epoll failed. */
enum err loop_turn(struct loop *l, int wait_ms_max) MUST_USE;
/* Turns until loop_stop. */
enum err loop_run(struct loop *l) MUST_USE;
void loop_stop(struct loop *l);

#endif
