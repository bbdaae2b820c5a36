#include "media/loop.h"
#include "tests/unit/check.h"
#include <sys/epoll.h>
#include <unistd.h>

struct ear {
    struct watch watch;
    struct loop *loop;
    struct ear *other;
    int heard, write_fd;
};

static void hear(struct watch *watch, uint32_t events)
{
    struct ear *e = list_of(watch, struct ear, watch);
    char c;
    CHECK(events & EPOLLIN);
    CHECK(read(watch->fd, &c, 1) == 1);
    e->heard++;
    if (e->other) loop_unwatch(e->loop, &e->other->watch);
}

static void ear_open(struct ear *e, struct loop *loop)
{
    int fds[2];
    CHECK(pipe(fds) == 0);
    *e = (struct ear){{fds[0], EPOLLIN, hear}, loop, NULL, 0, fds[1]};
    CHECK_OK(loop_watch(loop, &e->watch));
}

static void ear_close(struct ear *e)
{
    loop_unwatch(e->loop, &e->watch);
    close(e->watch.fd);
    close(e->write_fd);
}

TEST(what_is_ready_is_called_and_nothing_else)
{
    struct loop *loop = loop_new();
    struct ear a, b;
    CHECK(loop != NULL);
    ear_open(&a, loop);
    ear_open(&b, loop);
    CHECK_OK(loop_turn(loop, 0));
    CHECK_INT(a.heard + b.heard, 0);
    CHECK(write(b.write_fd, "x", 1) == 1);
    CHECK_OK(loop_turn(loop, 1000));
    CHECK_INT(a.heard, 0);
    CHECK_INT(b.heard, 1);
    ear_close(&a);
    ear_close(&b);
    loop_free(loop);
}

TEST(a_watch_taken_out_by_another_is_not_called_any_more)
{
    struct loop *loop = loop_new();
    struct ear a, b;
    CHECK(loop != NULL);
    ear_open(&a, loop);
    ear_open(&b, loop);
    a.other = &b;
    b.other = &a;
    CHECK(write(a.write_fd, "x", 1) == 1);
    CHECK(write(b.write_fd, "x", 1) == 1);
    CHECK_OK(loop_turn(loop, 1000));
    CHECK_INT(a.heard + b.heard, 1);
    ear_close(&a);
    ear_close(&b);
    loop_free(loop);
}

static int beats;
static struct loop *beating;

static void beat(struct timer *t)
{
    if (++beats < 5)
        loop_set(beating, t, 100);
    else
        loop_stop(beating);
}

TEST(timers_run_by_the_clock_and_stop_ends_the_loop)
{
    struct timer t;
    clock_fake((struct instant){0}, (struct tick){50000});
    beating = loop_new();
    CHECK(beating != NULL);
    timer_init(&t, beat);
    beats = 0;
    loop_set(beating, &t, 100);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(loop_turn(beating, 0));
        CHECK_INT(beats, i);
        clock_fake_advance(100);
        CHECK_OK(loop_turn(beating, 0));
        CHECK_INT(beats, i + 1);
    }
    CHECK_INT(loop_now(beating).ms, 50400);
    clock_fake_advance(100);
    CHECK_OK(loop_run(beating));
    CHECK_INT(beats, 5);
    loop_free(beating);
}

SWEEP(a_loop_is_made)
{
    struct loop *loop = loop_new();
    if (!loop) return ERR_NOMEM;
    loop_free(loop);
    return OK;
}
