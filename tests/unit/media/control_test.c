/* A worker's end of the link, in this process and without its sandbox; the test plays the server. */
#include "link/chan.h"
#include "media/control.h"
#include "tests/unit/check.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct control *control;
static struct chan *server;

static const struct link_msg config = {.type = LINK_CONFIG,
                                       .config = {.version = LINK_VERSION,
                                                  .index = 5,
                                                  .bind = {4, {127, 0, 0, 1}, 0},
                                                  .rooms_max = 10,
                                                  .peers_max = 20,
                                                  .buffer_bytes = 65536,
                                                  .stats_ms = 1000,
                                                  .workers = 1}};

static enum err start(void)
{
    int fds[2];
    clock_fake((struct instant){1000000}, (struct tick){1000});
    enum err err = chan_pair(fds);
    if (err != OK) return err;
    server = chan_new(fds[0], LINK_WORKER, 16);
    loop = loop_new();
    struct control_settings settings = {fds[1], 5, NULL};
    if (loop)
        control = control_new(loop, &settings);
    else
        close(fds[1]);
    return server && loop && control ? OK : ERR_NOMEM;
}

static void stop(void)
{
    control_free(control);
    loop_free(loop);
    chan_free(server);
    control = NULL, loop = NULL, server = NULL;
}

static struct link_msg hear(enum link_type type)
{
    struct link_msg m;
    enum err err;
    while ((err = chan_take(server, &m, NULL)) == ERR_BUSY)
        CHECK_OK(loop_turn(loop, 1000));
    CHECK_OK(err);
    CHECK_INT(m.type, type);
    return m;
}

static void say(const struct link_msg *m)
{
    CHECK_OK(chan_send(server, m, -1));
}

static struct link_msg serve(void)
{
    CHECK_OK(start());
    hear(LINK_HELLO);
    say(&config);
    return hear(LINK_READY);
}

TEST(a_worker_introduces_itself_binds_and_is_ready)
{
    CHECK_OK(start());
    struct link_msg hello = hear(LINK_HELLO);
    CHECK_INT(hello.hello.version, LINK_VERSION);
    CHECK_INT(hello.hello.index, 5);
    CHECK_INT(hello.hello.pid, getpid());
    CHECK_INT(hello.hello.landlock, sandbox_landlock_abi());
    say(&config);
    struct link_msg ready = hear(LINK_READY);
    CHECK_INT(ready.ready.bound.family, 4);
    CHECK(ready.ready.bound.port != 0);
    CHECK(!ready.ready.seccomp); /* this test took no sandbox, and READY does not claim one */
    stop();
}

TEST(each_ping_gets_its_own_pong)
{
    serve();
    for (uint64_t i = 1; i <= 3; i++) {
        struct link_msg ping = {.type = LINK_PING, .ping = {i * 1000}};
        say(&ping);
        CHECK_INT(hear(LINK_PONG).pong.tick_ms, i * 1000);
    }
    stop();
}

TEST(figures_come_each_second_and_count_what_arrived)
{
    struct link_msg ready = serve();
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&ready.ready.bound, &sa);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    for (int i = 0; i < 3; i++)
        CHECK(sendto(fd, "abcd", 4, 0, (struct sockaddr *)&sa, bytes) == 4);
    close(fd);
    CHECK_OK(loop_turn(loop, 1000));
    clock_fake_advance(999);
    CHECK_OK(loop_turn(loop, 0));
    struct link_msg m;
    CHECK_ERR(chan_take(server, &m, NULL), ERR_BUSY);
    clock_fake_advance(1);
    m = hear(LINK_STATS);
    CHECK_INT(m.stats.packets_in, 3);
    CHECK_INT(m.stats.bytes_in, 12);
    CHECK_INT(m.stats.packets_dropped, 3);
    CHECK(m.stats.rss_bytes > 100000);
    clock_fake_advance(1000);
    CHECK_INT(hear(LINK_STATS).stats.packets_in, 3);
    stop();
}

TEST(drain_is_answered_with_bye_and_a_good_end)
{
    serve();
    struct link_msg drain = {.type = LINK_DRAIN, .drain = {5000}};
    say(&drain);
    CHECK_INT(hear(LINK_BYE).bye.reason, LINK_BYE_DRAINED);
    CHECK_OK(loop_run(loop)); /* has been stopped */
    CHECK(control_ended_well(control));
    stop();
}

TEST(a_server_that_goes_away_ends_the_worker)
{
    serve();
    chan_free(server);
    server = NULL;
    CHECK_OK(loop_run(loop));
    CHECK(control_ended_well(control));
    stop();
}

static void check_refused(const struct link_msg *m)
{
    say(m);
    CHECK_INT(hear(LINK_BYE).bye.reason, LINK_BYE_BAD_MESSAGE);
    CHECK_OK(loop_run(loop));
    CHECK(!control_ended_well(control));
    stop();
}

TEST(what_comes_out_of_turn_ends_the_worker)
{
    static const struct link_msg ping = {.type = LINK_PING, .ping = {1}},
                                 drain = {.type = LINK_DRAIN, .drain = {1}};
    struct link_msg other = config;
    other.config.index = 6;
    CHECK_OK(start());
    hear(LINK_HELLO);
    check_refused(&ping);
    CHECK_OK(start());
    hear(LINK_HELLO);
    check_refused(&drain);
    CHECK_OK(start());
    hear(LINK_HELLO);
    check_refused(&other);
    serve();
    check_refused(&config);
}

static void check_says_bye(const void *bytes, size_t n, enum link_reason reason)
{
    CHECK_OK(start());
    hear(LINK_HELLO);
    CHECK(write(chan_fd(server), bytes, n) == (ssize_t)n);
    CHECK_INT(hear(LINK_BYE).bye.reason, reason);
    CHECK_OK(loop_run(loop));
    CHECK(!control_ended_well(control));
    stop();
}

TEST(nonsense_and_another_version_end_the_worker)
{
    uint8_t bytes[LINK_BYTES_MAX];
    size_t n = link_msg_encode(&config, bytes);
    check_says_bye("nonsense", 8, LINK_BYE_BAD_MESSAGE);
    bytes[LINK_HEAD_BYTES]++;
    check_says_bye(bytes, n, LINK_BYE_VERSION);
}

TEST(a_port_that_cannot_be_bound_is_named)
{
    struct link_address strange = {.family = 4, .at = {192, 0, 2, 77}};
    struct link_msg taken = config, absent = config;
    CHECK_OK(start());
    hear(LINK_HELLO);
    absent.config.bind = strange;
    say(&absent);
    CHECK_INT(hear(LINK_BYE).bye.reason, LINK_BYE_ADDRESS_ABSENT);
    stop();
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&config.config.bind, &sa);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&sa, bytes) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&sa, &bytes) == 0);
    CHECK_OK(link_address_from_sockaddr(&sa, &taken.config.bind));
    CHECK_OK(start());
    hear(LINK_HELLO);
    say(&taken);
    CHECK_INT(hear(LINK_BYE).bye.reason, LINK_BYE_PORT_TAKEN);
    stop();
    close(fd);
}

SWEEP(a_worker_starts_and_binds)
{
    struct link_msg m;
    enum err err = start();
    if (err == OK) err = chan_send(server, &config, -1);
    for (int i = 0; err == OK && i < 3; i++)
        err = loop_turn(loop, 0);
    while (err == OK && (err = chan_take(server, &m, NULL)) == OK)
        if (m.type == LINK_BYE) err = ERR_NOMEM;
    if (err == ERR_BUSY) err = OK;
    stop();
    clock_real();
    return err;
}
