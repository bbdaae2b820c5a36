#include "media/loop.h"
#include "base/mem.h"
#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 64 };

struct loop {
    int epoll_fd;
    bool is_stopped;
    struct tick now;
    struct wheel wheel;
    struct list hooks;
    struct epoll_event events[EVENTS_A_TURN];
    int events_left; /* of this turn, still to be handed out: they sit at the end of events */
    int events_n;
};

struct loop *loop_new(void)
{
    struct loop *l = mem_zalloc(sizeof *l);
    if (!l) return NULL;
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (l->epoll_fd < 0) {
        mem_free(l);
        return NULL;
    }
    l->now = clock_tick();
    wheel_init(&l->wheel, l->now);
    list_init(&l->hooks);
    return l;
}

void loop_free(struct loop *l)
{
    if (!l) return;
    close(l->epoll_fd);
    mem_free(l);
}

static enum err control(struct loop *l, int what, struct watch *watch)
{
    struct epoll_event e = {.events = watch->events, .data.ptr = watch};
    return epoll_ctl(l->epoll_fd, what, watch->fd, &e) ? err_from_errno(errno) : OK;
}

enum err loop_watch(struct loop *l, struct watch *watch)
{
    return control(l, EPOLL_CTL_ADD, watch);
}

enum err loop_watch_change(struct loop *l, struct watch *watch, uint32_t events)
{
    if (watch->events == events) return OK;
    watch->events = events;
    return control(l, EPOLL_CTL_MOD, watch);
}

/* An event of this turn may still wait to be handed to it. */
void loop_unwatch(struct loop *l, struct watch *watch)
{
    (void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = l->events_n - l->events_left; i < l->events_n; i++)
        if (l->events[i].data.ptr == watch) l->events[i].data.ptr = NULL;
}

struct tick loop_now(const struct loop *l)
{
    return l->now;
}

void loop_set(struct loop *l, struct timer *t, int64_t wait_ms)
{
    ASSERT(wait_ms >= 0);
    wheel_set(&l->wheel, t, (struct tick){l->now.ms + wait_ms});
}

void loop_hook_add(struct loop *l, struct loop_hook *hook)
{
    list_add_last(&l->hooks, &hook->in);
}

static int wait_ms(struct loop *l, int wait_ms_max)
{
    struct tick next;
    if (!wheel_next(&l->wheel, &next)) return wait_ms_max;
    int64_t wait = next.ms - clock_tick().ms;
    if (wait < 0) wait = 0;
    if (wait > INT_MAX) wait = INT_MAX;
    return wait_ms_max >= 0 && wait > wait_ms_max ? wait_ms_max : (int)wait;
}

enum err loop_turn(struct loop *l, int wait_ms_max)
{
    int n = epoll_wait(l->epoll_fd, l->events, EVENTS_A_TURN, wait_ms(l, wait_ms_max));
    if (n < 0 && errno != EINTR) return ERR_IO;
    l->events_n = l->events_left = n > 0 ? n : 0;
    l->now = clock_tick();
    while (l->events_left > 0) {
        struct epoll_event *e = &l->events[l->events_n - l->events_left--];
        struct watch *watch = e->data.ptr;
        if (watch) watch->ready(watch, e->events);
    }
    wheel_run(&l->wheel, l->now);
    list_each (at, after, &l->hooks)
        list_of(at, struct loop_hook, in)->run(list_of(at, struct loop_hook, in));
    return OK;
}

enum err loop_run(struct loop *l)
{
    enum err err = OK;
    while (err == OK && !l->is_stopped)
        err = loop_turn(l, -1);
    return err;
}

void loop_stop(struct loop *l)
{
    l->is_stopped = true;
}
