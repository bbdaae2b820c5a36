/* Workers on the fake clock: the processes are invented, the links are real socketpairs whose other ends the
 * scene holds. */
#include "app/workers.h"
#include "base/buf.h"
#include "base/rnd.h"
#include "link/chan.h"
#include "tests/unit/check.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNT = 3 };

struct fake {
    pid_t pid; /* 0: none */
    int spawns, kills, status;
    bool is_dead;    /* may be reaped, with status */
    bool is_undying; /* a kill leaves it in the kernel for a while */
    struct chan *link;
};

static struct fake fakes[COUNT];
static pid_t next_pid;
static bool spawn_fails;
static struct workers *workers;

/* The codec child of worker 0: its descriptors are memory of ours. */
static struct fake codec;
static bool codec_fails;

static enum err fake_spawn_codec(void *context, int index, struct codec_process *ret_process)
{
    (void)context;
    CHECK_INT(index, 0);
    codec.spawns++;
    if (codec_fails) return ERR_NOMEM;
    ASSERT(codec.pid == 0);
    codec.pid = 9000 + codec.spawns;
    codec.is_dead = false;
    *ret_process = (struct codec_process){.pid = codec.pid, .exit_fd = -1};
    for (size_t i = 0; i < COUNT_OF(ret_process->fds); i++)
        ret_process->fds[i] = memfd_create("part", MFD_CLOEXEC);
    return OK;
}

static enum err fake_spawn(void *context, int index, struct worker_process *ret_process)
{
    struct fake *f = &((struct fake *)context)[index];
    int fds[2];
    f->spawns++;
    if (spawn_fails) return ERR_NOMEM;
    enum err err = chan_pair(fds);
    if (err != OK) return err;
    ASSERT(f->pid == 0);
    chan_free(f->link);
    f->link = chan_new(fds[1], LINK_SERVER, 16);
    if (!f->link) {
        close(fds[0]);
        return ERR_NOMEM;
    }
    f->pid = next_pid++;
    f->is_dead = false;
    *ret_process = (struct worker_process){f->pid, -1, fds[0]};
    return OK;
}

static struct fake *fake_of(void *context, pid_t pid)
{
    if (pid && pid == codec.pid) return &codec;
    for (struct fake *f = context; f < (struct fake *)context + COUNT; f++)
        if (f->pid == pid) return f;
    ASSERT(pid == 0 && "a process that is none of ours");
    return NULL;
}

static void fake_kill(void *context, pid_t pid)
{
    struct fake *f = fake_of(context, pid);
    f->kills++;
    if (!f->is_dead && !f->is_undying) {
        f->status = SIGKILL;
        f->is_dead = true;
    }
}

static bool fake_reap(void *context, pid_t pid, int *ret_status)
{
    struct fake *f = fake_of(context, pid);
    if (!f->is_dead) return false;
    *ret_status = f->status;
    f->pid = 0;
    return true;
}

static struct tick now(void)
{
    return clock_tick();
}

static void step(void)
{
    workers_step(workers, now());
}

/* Time passes as the owner's loop would let it: from one due moment to the next. */
static void pass(int64_t ms)
{
    int64_t until = now().ms + ms;
    while (now().ms < until) {
        int wait = workers_wait_ms(workers, now());
        int64_t left = until - now().ms;
        clock_fake_advance(wait >= 0 && wait < left ? (wait > 0 ? wait : 1) : left);
        step();
    }
}

static void say(int i, const struct link_msg *m)
{
    CHECK_OK(chan_send(fakes[i].link, m, -1));
}

static enum err hear(int i, struct link_msg *ret_msg)
{
    return chan_take(fakes[i].link, ret_msg, NULL);
}

static void hear_type(int i, enum link_type type)
{
    struct link_msg m;
    CHECK_OK(hear(i, &m));
    CHECK_INT(m.type, type);
}

static void say_hello(int i)
{
    struct link_msg m = {.type = LINK_HELLO, .hello = {LINK_VERSION, (uint16_t)i, (uint32_t)fakes[i].pid, 7}};
    say(i, &m);
}

static void say_ready(int i)
{
    struct link_msg m = {.type = LINK_READY,
                         .ready = {{4, {127, 0, 0, 1}, (uint16_t)(9000 + i)}, true, true, 7}};
    say(i, &m);
}

static void shake_hands(int i)
{
    say_hello(i);
    step();
    hear_type(i, LINK_CONFIG);
    say_ready(i);
    step();
}

static void answer_pings(int i)
{
    struct link_msg m;
    while (fakes[i].link && hear(i, &m) == OK) {
        CHECK_INT(m.type, LINK_PING);
        m.type = LINK_PONG;
        say(i, &m);
    }
}

static void live(int i, int64_t ms)
{
    for (; ms > 0; ms -= 500) {
        pass(500);
        answer_pings(i);
    }
}

static struct worker_view view(int i)
{
    struct worker_view views[COUNT];
    CHECK(workers_view(workers, views, COUNT) > i);
    return views[i];
}

static enum err open_scene(int count)
{
    struct workers_settings settings = {.count = count,
                                        .media = {4, {127, 0, 0, 1}, 9000},
                                        .announce = {4, {203, 0, 113, 9}, 0},
                                        .rooms_max = 10,
                                        .peers_max = 20,
                                        .buffer_bytes = 65536};
    struct workers_spawner spawner = {fake_spawn, fake_spawn_codec, fake_kill, fake_reap, fakes};
    clock_fake((struct instant){1795400000000}, (struct tick){777000});
    rnd_seed(1);
    memset(fakes, 0, sizeof fakes);
    codec = (struct fake){0};
    codec_fails = false;
    next_pid = 4000;
    spawn_fails = false;
    workers = workers_new(&settings, &spawner);
    return workers ? OK : ERR_NOMEM;
}

static void close_scene(void)
{
    for (int i = 0; i < COUNT; i++)
        fakes[i].is_undying = false;
    workers_free(workers);
    workers = NULL;
    for (int i = 0; i < COUNT; i++)
        chan_free(fakes[i].link);
    memset(fakes, 0, sizeof fakes);
    rnd_seed(0);
}

static void open_up(int count)
{
    CHECK_OK(open_scene(count));
    step();
    for (int i = 0; i < count; i++)
        shake_hands(i);
}

static void die(int i, int status)
{
    fakes[i].status = status;
    fakes[i].is_dead = true;
    chan_free(fakes[i].link);
    fakes[i].link = NULL;
    step();
}

TEST(each_worker_is_started_configured_and_comes_up)
{
    CHECK_OK(open_scene(3));
    CHECK_INT(workers_wait_ms(workers, now()), 0);
    step();
    CHECK_INT(view(1).state, WORKER_STARTING);
    CHECK_INT(workers_up(workers), 0);
    say_hello(1);
    step();
    struct link_msg m;
    CHECK_OK(hear(1, &m));
    CHECK_INT(m.type, LINK_CONFIG);
    CHECK_INT(m.config.version, LINK_VERSION);
    CHECK_INT(m.config.index, 1);
    CHECK_INT(m.config.bind.port, 9001);
    CHECK_INT(m.config.announce.at[0], 203);
    CHECK_INT(m.config.announce.port, 0);
    CHECK_INT(m.config.rooms_max, 10);
    CHECK_INT(m.config.peers_max, 20);
    say_ready(1);
    step();
    CHECK_INT(view(1).state, WORKER_UP);
    CHECK_INT(view(1).ready.landlock, 7);
    CHECK_INT(view(1).restarts, 0);
    CHECK_INT(view(0).state, WORKER_STARTING);
    shake_hands(0);
    shake_hands(2);
    CHECK_INT(workers_up(workers), 3);
    CHECK_INT(workers_count(workers), 3);
    close_scene();
}

TEST(a_worker_that_answers_its_pings_lives_on)
{
    open_up(1);
    live(0, 50000);
    CHECK_INT(view(0).state, WORKER_UP);
    CHECK_INT(fakes[0].spawns, 1);
    CHECK_INT(fakes[0].kills, 0);
    close_scene();
}

TEST(a_worker_that_falls_silent_is_killed_after_three_seconds_and_started_again)
{
    open_up(1);
    pass(2999);
    CHECK_INT(fakes[0].kills, 0);
    pass(2);
    CHECK_INT(fakes[0].kills, 1);
    pass(30);
    CHECK_INT(fakes[0].spawns, 2);
    CHECK_STR(str_of(view(0).last_exit), "signal 9, no pong");
    shake_hands(0);
    CHECK_INT(view(0).state, WORKER_UP);
    CHECK_INT(view(0).restarts, 1);
    close_scene();
}

TEST(a_server_that_stood_still_itself_does_not_blame_the_worker)
{
    open_up(1);
    live(0, 1000);
    clock_fake_advance(60000); /* no step in between */
    step();
    CHECK_INT(fakes[0].kills, 0);
    CHECK_INT(view(0).state, WORKER_UP);
    close_scene();
}

TEST(a_worker_that_does_not_shake_hands_in_five_seconds_is_killed)
{
    CHECK_OK(open_scene(2));
    step();
    say_hello(1); /* one stops before HELLO, the other before READY */
    pass(4999);
    CHECK_INT(fakes[0].kills + fakes[1].kills, 0);
    pass(1);
    CHECK_INT(fakes[0].kills, 1);
    CHECK_INT(fakes[1].kills, 1);
    pass(1);
    CHECK_STR(str_of(view(0).last_exit), "signal 9, no answer at start");
    close_scene();
}

TEST(the_first_death_costs_nothing_and_the_next_ones_more_and_more)
{
    static const int64_t waits[] = {0, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000};
    CHECK_OK(open_scene(1));
    step();
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        CHECK_INT(fakes[0].spawns, i + 1);
        shake_hands(0);
        die(0, SIGSEGV);
        int64_t least = waits[i] * 3 / 4, most = waits[i] * 5 / 4;
        if (waits[i] == 0) {
            CHECK_INT(fakes[0].spawns, i + 2); /* in the same step */
            continue;
        }
        if (most > 10000) most = 10000;
        CHECK_INT(view(0).state, WORKER_BACKOFF);
        CHECK_STR(str_of(view(0).last_exit), "signal 11");
        pass(least - 1);
        CHECK_INT(fakes[0].spawns, i + 1);
        pass(most - least + 1);
        CHECK_INT(fakes[0].spawns, i + 2);
    }
    CHECK_INT(view(0).restarts, COUNT_OF(waits));
    close_scene();
}

TEST(a_minute_of_life_makes_it_the_first_death_again)
{
    open_up(1);
    for (int i = 0; i < 4; i++) {
        die(0, SIGSEGV);
        pass(2000);
        shake_hands(0);
    }
    live(0, 59000);
    die(0, SIGSEGV);
    CHECK_INT(view(0).state, WORKER_BACKOFF);
    pass(4000);
    shake_hands(0);
    live(0, 60000);
    int spawns = fakes[0].spawns;
    die(0, SIGSEGV);
    CHECK_INT(fakes[0].spawns, spawns + 1);
    close_scene();
}

TEST(the_waits_of_workers_that_fell_together_differ)
{
    int64_t back_ms[3] = {0};
    open_up(3);
    for (int death = 1; death <= 6; death++) {
        for (int i = 0; i < 3; i++)
            die(i, SIGSEGV);
        for (int ms = 0; ms < 4500; ms++) {
            for (int i = 0; i < 3; i++) {
                if (fakes[i].spawns != death + 1 || view(i).state != WORKER_STARTING) continue;
                back_ms[i] = ms;
                shake_hands(i);
            }
            pass(1);
            for (int i = 0; i < 3; i++)
                if (view(i).state == WORKER_UP) answer_pings(i);
        }
    }
    CHECK(back_ms[0] != back_ms[1] && back_ms[1] != back_ms[2] && back_ms[0] != back_ms[2]);
    close_scene();
}

static void check_disbelieved(const void *bytes, size_t n)
{
    open_up(2);
    CHECK(write(chan_fd(fakes[0].link), bytes, n) == (ssize_t)n);
    step();
    CHECK_INT(fakes[0].kills, 1);
    CHECK_INT(fakes[1].kills, 0);
    pass(1);
    CHECK_STR(str_of(view(0).last_exit), "signal 9, bad message");
    CHECK_INT(fakes[0].spawns, 2);
    CHECK_INT(view(1).state, WORKER_UP);
    close_scene();
}

static void check_disbelieved_msg(const struct link_msg *m)
{
    uint8_t bytes[LINK_BYTES_MAX];
    check_disbelieved(bytes, link_msg_encode(m, bytes));
}

TEST(a_worker_that_talks_nonsense_is_killed_and_started_again_not_believed)
{
    static const char zeros[LINK_BYTES_MAX + 1];
    check_disbelieved("garbage", 7);
    check_disbelieved(zeros, sizeof zeros);
    struct link_msg m = {.type = LINK_CONFIG,
                         .config = {LINK_VERSION, 0, {4, {1}, 1}, {0}, 1, 1, 4096, 10, {0}, 1, STR("")}};
    check_disbelieved_msg(&m); /* the server's own word */
    m = (struct link_msg){.type = LINK_HELLO, .hello = {LINK_VERSION, 0, 4000, 7}};
    check_disbelieved_msg(&m); /* a second HELLO */
    m = (struct link_msg){.type = LINK_READY, .ready = {{4, {127, 0, 0, 1}, 9000}, true, true, 7}};
    check_disbelieved_msg(&m); /* a second READY */
    m = (struct link_msg){.type = LINK_PONG, .pong = {777001}};
    check_disbelieved_msg(&m); /* a PONG to a PING that was never sent */
}

TEST(a_descriptor_from_a_worker_is_not_taken)
{
    open_up(1);
    struct link_msg m = {.type = LINK_STATS};
    CHECK_OK(chan_send(fakes[0].link, &m, open("/dev/null", O_RDONLY | O_CLOEXEC)));
    step();
    CHECK_INT(fakes[0].kills, 1);
    close_scene();
}

static void check_hello_refused(struct link_hello hello, const char *why)
{
    char expected[64];
    CHECK_OK(open_scene(2));
    step();
    struct link_msg m = {.type = LINK_HELLO, .hello = hello};
    say(1, &m);
    step();
    CHECK_INT(fakes[1].kills, 1);
    pass(1);
    snprintf(expected, sizeof expected, "signal 9, %s", why);
    CHECK_STR(str_of(view(1).last_exit), expected);
    close_scene();
}

TEST(a_hello_that_is_not_the_childs_own_is_refused)
{
    check_hello_refused((struct link_hello){LINK_VERSION, 0, 4001, 7}, "bad message");
    check_hello_refused((struct link_hello){LINK_VERSION, 1, 4000, 7}, "bad message");
    check_hello_refused((struct link_hello){LINK_VERSION + 1, 1, 4001, 7}, "other version");
}

TEST(a_ready_for_another_port_is_refused)
{
    CHECK_OK(open_scene(1));
    step();
    say_hello(0);
    step();
    struct link_msg m = {.type = LINK_READY, .ready = {{4, {127, 0, 0, 1}, 9005}, true, true, 7}};
    say(0, &m);
    step();
    CHECK_INT(fakes[0].kills, 1);
    close_scene();
}

TEST(figures_are_shown_and_counts_that_run_backwards_are_a_lie)
{
    open_up(1);
    struct link_msg m = {.type = LINK_STATS,
                         .stats = {.rss_bytes = 5 << 20, .cpu_ms = 12, .packets_in = 100}};
    say(0, &m);
    step();
    CHECK_INT(view(0).stats.rss_bytes, 5 << 20);
    CHECK_INT(view(0).stats.packets_in, 100);
    m.stats.packets_in = 99;
    say(0, &m);
    step();
    CHECK_INT(fakes[0].kills, 1);
    pass(1);
    CHECK_INT(view(0).stats.rss_bytes, 0); /* the new process has said nothing yet */
    close_scene();
}

TEST(a_talkative_worker_does_not_keep_the_others_waiting)
{
    open_up(2);
    struct link_msg m = {.type = LINK_STATS};
    uint64_t sent = 0;
    do
        m.stats.packets_in = ++sent;
    while (chan_send(fakes[0].link, &m, -1) == OK && !chan_has_waiting(fakes[0].link));
    step();
    CHECK(view(0).stats.packets_in < sent);
    CHECK_INT(view(0).stats.packets_in, 64);
    CHECK_INT(view(1).state, WORKER_UP);
    close_scene();
}

TEST(a_worker_that_cannot_bind_says_why)
{
    CHECK_OK(open_scene(1));
    step();
    say_hello(0);
    step();
    struct link_msg m = {.type = LINK_BYE, .bye = {LINK_BYE_PORT_TAKEN}};
    say(0, &m);
    step();
    die(0, 1 << 8);
    CHECK_STR(str_of(view(0).last_exit), "exit 1, port taken");
    CHECK_INT(fakes[0].kills, 0); /* it went by itself */
    CHECK_INT(view(0).bye, 0);    /* the next process has not said BYE */
    close_scene();
}

TEST(a_worker_that_says_bye_and_stays_is_killed_after_a_second)
{
    open_up(1);
    struct link_msg m = {.type = LINK_BYE, .bye = {LINK_BYE_INTERNAL}};
    say(0, &m);
    step();
    CHECK_INT(view(0).state, WORKER_BACKOFF);
    pass(999);
    CHECK_INT(fakes[0].kills, 0);
    pass(1);
    CHECK_INT(fakes[0].kills, 1);
    close_scene();
}

TEST(a_killed_process_that_lingers_in_the_kernel_is_waited_for_and_not_doubled)
{
    open_up(1);
    fakes[0].is_undying = true;
    pass(20000);
    CHECK_INT(fakes[0].kills, 1);
    CHECK_INT(fakes[0].spawns, 1);
    CHECK_INT(view(0).state, WORKER_BACKOFF);
    fakes[0].status = SIGKILL;
    fakes[0].is_dead = true;
    pass(20);
    CHECK_INT(fakes[0].spawns, 2);
    close_scene();
}

TEST(a_spawn_that_fails_is_tried_again_later)
{
    CHECK_OK(open_scene(1));
    spawn_fails = true;
    step();
    pass(5000);
    CHECK(fakes[0].spawns > 3);
    CHECK(fakes[0].spawns < 9);
    CHECK_STR(str_of(view(0).last_exit), "not started: out of memory");
    spawn_fails = false;
    for (int ms = 0; ms < 10000 && view(0).state != WORKER_STARTING; ms++)
        pass(1);
    CHECK_INT(view(0).state, WORKER_STARTING);
    close_scene();
}

TEST(a_restart_that_was_asked_for_comes_at_once_and_counts_as_no_death)
{
    open_up(2);
    CHECK(!workers_restart(workers, 2));
    CHECK(!workers_restart(workers, -1));
    for (int i = 1; i <= 5; i++) {
        CHECK(workers_restart(workers, 1));
        step();
        step();
        CHECK_INT(fakes[1].spawns, i + 1);
        CHECK_STR(str_of(view(1).last_exit), "signal 9, restart asked for");
        shake_hands(1);
    }
    CHECK_INT(fakes[0].spawns, 1);
    close_scene();
}

TEST(a_restart_ends_a_backoff)
{
    open_up(1);
    for (int i = 0; i < 8; i++) {
        die(0, SIGSEGV);
        pass(i < 7 ? 10000 : 0);
        if (i < 7) shake_hands(0);
    }
    CHECK_INT(view(0).state, WORKER_BACKOFF);
    int spawns = fakes[0].spawns;
    CHECK(workers_restart(workers, 0));
    step();
    CHECK_INT(fakes[0].spawns, spawns + 1);
    close_scene();
}

TEST(draining_asks_waits_and_ends)
{
    open_up(2);
    workers_drain(workers, now(), 5000);
    CHECK_INT(view(0).state, WORKER_DRAINING);
    CHECK(!workers_restart(workers, 0));
    struct link_msg m, bye = {.type = LINK_BYE, .bye = {LINK_BYE_DRAINED}};
    while (hear(0, &m) == OK && m.type == LINK_PING)
        continue;
    CHECK_INT(m.type, LINK_DRAIN);
    CHECK_INT(m.drain.wait_ms, 5000);
    say(0, &bye);
    step();
    die(0, 0);
    CHECK_STR(str_of(view(0).last_exit), "exit 0");
    CHECK(!workers_are_gone(workers));
    pass(4999);
    CHECK_INT(fakes[1].kills, 0);
    pass(1);
    CHECK_INT(fakes[1].kills, 1);
    pass(20);
    CHECK(workers_are_gone(workers));
    CHECK_INT(fakes[0].spawns + fakes[1].spawns, 2);
    CHECK_INT(workers_wait_ms(workers, now()), -1);
    close_scene();
}

TEST(draining_while_starting_ends_at_once)
{
    CHECK_OK(open_scene(1));
    step();
    workers_drain(workers, now(), 60000);
    CHECK_INT(fakes[0].kills, 1);
    step();
    CHECK(workers_are_gone(workers));
    close_scene();
}

/* -- codec children -- */

static void codec_ask(void)
{
    say(0, &(struct link_msg){.type = LINK_CODEC_ASK});
    step();
}

/* What worker 0 hears beside its pings. */
static enum err hear_beside(struct link_msg *ret, int *ret_fd)
{
    enum err err;
    while ((err = chan_take(fakes[0].link, ret, ret_fd)) == OK && ret->type == LINK_PING) {
        ret->type = LINK_PONG;
        say(0, ret);
    }
    return err;
}

static void codec_is_given(void)
{
    for (uint8_t part = LINK_CODEC_RINGS; part < LINK_CODEC_PARTS; part++) {
        struct link_msg m;
        int fd = -1;
        CHECK_OK(hear_beside(&m, &fd));
        CHECK_INT(m.type, LINK_CODEC_GIVE);
        CHECK(m.codec_give.part == part && fd >= 0);
        close(fd);
    }
}

static void codec_is_gone(void)
{
    struct link_msg m;
    int fd = -1;
    CHECK_OK(hear_beside(&m, &fd));
    CHECK(m.type == LINK_CODEC_GONE && fd < 0);
}

static void codec_die(int status)
{
    codec.status = status;
    codec.is_dead = true;
    step();
}

static void is_silent(void)
{
    struct link_msg m;
    int fd = -1;
    CHECK_ERR(hear_beside(&m, &fd), ERR_BUSY);
}

TEST(a_codec_child_is_started_when_it_is_asked_for_and_not_before)
{
    open_up(2);
    live(0, 3000);
    CHECK_INT(codec.spawns, 0);
    CHECK_INT(view(0).codec_pid, 0);
    codec_ask();
    codec_is_given();
    CHECK_INT(view(0).codec_pid, 9001);
    codec_ask(); /* it is not trusted any more: another */
    CHECK_INT(codec.kills, 1);
    step();
    codec_is_given(); /* and nothing is said of the end of the first */
    CHECK_INT(codec.spawns, 2);
    is_silent();
    close_scene();
}

TEST(a_codec_child_that_dies_is_told_and_started_again_later_and_later)
{
    open_up(1);
    codec_ask();
    codec_is_given();
    codec_die(SIGSEGV);
    codec_is_gone();
    codec_ask(); /* at once the first time */
    codec_is_given();
    CHECK_INT(view(0).codec_restarts, 1);
    codec_die(SIGSEGV);
    codec_is_gone();
    codec_ask();
    pass(100);
    is_silent();
    pass(200);
    codec_is_given();
    CHECK_INT(view(0).codec_restarts, 2);
    live(0, 61000); /* a long life forgets */
    codec_die(SIGKILL);
    codec_is_gone();
    codec_ask();
    codec_is_given();
    CHECK_INT(fakes[0].spawns, 1); /* the worker is as it was */
    codec_die(0);
    codec_is_gone();
    codec_ask(); /* it had nothing to do: no death */
    codec_is_given();
    CHECK_INT(view(0).codec_restarts, 3);
    close_scene();
}

TEST(a_codec_child_that_cannot_be_started_is_said_to_be_gone)
{
    open_up(1);
    codec_fails = true;
    for (int i = 0; i < 3; i++) {
        codec_ask();
        pass(500);
        codec_is_gone();
    }
    codec_fails = false;
    codec_ask();
    pass(1000);
    codec_is_given();
    close_scene();
}

TEST(a_codec_child_goes_with_its_worker)
{
    open_up(1);
    codec_ask();
    codec_is_given();
    die(0, SIGKILL);
    CHECK_INT(codec.kills, 1);
    step();
    CHECK_INT(codec.pid, 0);
    shake_hands(0);
    live(0, 1000);
    CHECK_INT(codec.spawns, 1);
    codec_ask();
    pass(300);
    codec_is_given();
    workers_drain(workers, now(), 60000);
    die(0, 0);
    CHECK(!workers_are_gone(workers) || codec.pid == 0);
    step();
    CHECK(workers_are_gone(workers));
    close_scene();
}

TEST(the_answer_for_the_screen_is_the_contracts)
{
    struct buf b;
    struct json_out o;
    buf_init(&b, 65536);
    json_out_init(&o, &b);
    open_up(1);
    struct link_msg m = {.type = LINK_STATS,
                         .stats = {.rss_bytes = 1000, .cpu_ms = 20, .rooms = 3, .peers = 4}};
    say(0, &m);
    step();
    json_open(&o, NULL);
    workers_write(workers, &o);
    json_close(&o);
    CHECK_STR(
        buf_str(&b),
        "{\"workers\":[{\"index\":0,\"pid\":4000,\"state\":\"up\",\"since\":\"2026-11-23T02:13:20.000Z\","
        "\"restarts\":0,\"rss_bytes\":1000,\"cpu_ms\":20,\"rooms\":3,\"peers\":4,\"last_exit\":null,"
        "\"codec\":{\"pid\":null,\"restarts\":0},\"sandbox\":{\"seccomp\":true,\"landlock\":7}}]}");
    buf_done(&b);
    close_scene();
}

SWEEP(workers_start_and_come_up)
{
    enum err err = open_scene(2);
    for (int i = 0; err == OK && i < 20 && workers_up(workers) < 2; i++) {
        clock_fake_advance(300);
        step();
        for (int k = 0; k < 2; k++) {
            struct link_msg m,
                hello = {.type = LINK_HELLO, .hello = {LINK_VERSION, (uint16_t)k, (uint32_t)fakes[k].pid, 7}};
            struct link_msg ready = {.type = LINK_READY,
                                     .ready = {{4, {127, 0, 0, 1}, (uint16_t)(9000 + k)}, true, true, 7}};
            if (view(k).state != WORKER_STARTING || !fakes[k].link) continue;
            if (chan_send(fakes[k].link, &hello, -1) != OK) continue;
            step();
            if (chan_take(fakes[k].link, &m, NULL) == OK && chan_send(fakes[k].link, &ready, -1) == OK)
                step();
        }
    }
    if (err == OK && workers_up(workers) < 2) err = ERR_TIMEOUT;
    close_scene();
    clock_real();
    return err;
}
