#include "media/udp.h"
#include "tests/unit/check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct link_address loopback = {.family = 4, .at = {127, 0, 0, 1}};

static void send_to(const struct link_address *to, size_t bytes, int packets)
{
    static const uint8_t data[4096];
    struct sockaddr_storage sa;
    socklen_t sa_bytes = link_address_to_sockaddr(to, &sa);
    int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    for (int i = 0; i < packets; i++)
        CHECK(sendto(fd, data, bytes, 0, (struct sockaddr *)&sa, sa_bytes) == (ssize_t)bytes);
    close(fd);
}

TEST(datagrams_are_taken_in_batches_and_counted)
{
    struct loop *loop = loop_new();
    struct udp *u;
    CHECK(loop != NULL);
    CHECK_OK(udp_open(loop, &loopback, 1 << 20, &u));
    struct link_address bound = udp_bound(u);
    CHECK_INT(bound.family, 4);
    CHECK(bound.port != 0);
    send_to(&bound, 1200, 200);
    send_to(&bound, 0, 1);
    while (udp_counts(u).packets_in < 201)
        CHECK_OK(loop_turn(loop, 1000));
    CHECK_INT(udp_counts(u).bytes_in, 200 * 1200);
    CHECK_INT(udp_counts(u).packets_dropped, 201);
    CHECK_INT(udp_counts(u).packets_out, 0);
    udp_close(u);
    loop_free(loop);
}

TEST(ipv6_any_takes_ipv4_too)
{
    struct loop *loop = loop_new();
    struct link_address any = {.family = 6}, to = loopback;
    struct udp *u = NULL;
    CHECK(loop != NULL);
    enum err err = udp_open(loop, &any, 65536, &u);
    if (err == ERR_NOT_FOUND) {
        loop_free(loop);
        check_skip("this machine has no IPv6");
    }
    CHECK_OK(err);
    to.port = udp_bound(u).port;
    send_to(&to, 100, 3);
    while (udp_counts(u).packets_in < 3)
        CHECK_OK(loop_turn(loop, 1000));
    udp_close(u);
    loop_free(loop);
}

TEST(a_taken_port_and_a_strange_address_are_told_apart)
{
    struct loop *loop = loop_new();
    struct udp *u, *again;
    CHECK(loop != NULL);
    CHECK_OK(udp_open(loop, &loopback, 65536, &u));
    struct link_address taken = udp_bound(u), strange = {.family = 4, .at = {192, 0, 2, 77}, .port = 0};
    CHECK_ERR(udp_open(loop, &taken, 65536, &again), ERR_EXISTS);
    CHECK_ERR(udp_open(loop, &strange, 65536, &again), ERR_NOT_FOUND);
    udp_close(u);
    loop_free(loop);
}

SWEEP(a_media_socket_is_opened)
{
    struct loop *loop = loop_new();
    struct udp *u = NULL;
    enum err err = loop ? udp_open(loop, &loopback, 65536, &u) : ERR_NOMEM;
    udp_close(u);
    loop_free(loop);
    return err;
}
