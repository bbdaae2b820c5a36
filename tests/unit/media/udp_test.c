#include "media/udp.h"
#include "tests/unit/check.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct link_address loopback = {.family = 4, .at = {127, 0, 0, 1}};

static struct pool *pool;
static unsigned taken_count;
static struct link_address from_last, to_last;
static struct packet *kept;

static void on_packet(void *owner, const struct link_address *from, const struct link_address *to,
                      struct packet *p, size_t bytes)
{
    (void)owner, (void)bytes;
    from_last = *from;
    to_last = *to;
    if (taken_count++ == 0) kept = packet_ref(p);
}

static enum err opened(struct loop *loop, const struct link_address *at, uint32_t bytes, struct udp **ret_udp)
{
    taken_count = 0;
    if (!pool) pool = packet_pool_new(256);
    return pool ? udp_open(loop, at, bytes, pool, on_packet, NULL, ret_udp) : ERR_NOMEM;
}
static void closed(struct udp *u)
{
    udp_close(u);
    packet_unref(kept);
    pool_free(pool);
    pool = NULL, kept = NULL;
}

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
    CHECK_OK(opened(loop, &loopback, 1 << 20, &u));
    struct link_address bound = udp_bound(u);
    CHECK_INT(bound.family, 4);
    CHECK(bound.port != 0);
    send_to(&bound, 1200, 200);
    send_to(&bound, 0, 1);
    while (udp_counts(u).packets_in < 201)
        CHECK_OK(loop_turn(loop, 1000));
    CHECK_INT(udp_counts(u).bytes_in, 200 * 1200);
    CHECK_INT(taken_count, 201);
    CHECK_INT(udp_counts(u).packets_dropped + udp_counts(u).packets_out, 0);
    CHECK_INT(pool_left(pool), 256 - 65); /* one was kept, so a fresh one stands in its place */
    closed(u);
    loop_free(loop);
}

TEST(ipv6_any_takes_ipv4_too)
{
    struct loop *loop = loop_new();
    struct link_address any = {.family = 6}, to = loopback;
    struct udp *u = NULL;
    CHECK(loop != NULL);
    enum err err = opened(loop, &any, 65536, &u);
    if (err == ERR_NOT_FOUND) {
        closed(NULL);
        loop_free(loop);
        check_skip("this machine has no IPv6");
    }
    CHECK_OK(err);
    to.port = udp_bound(u).port;
    send_to(&to, 100, 3);
    while (udp_counts(u).packets_in < 3)
        CHECK_OK(loop_turn(loop, 1000));
    CHECK(from_last.family == 4 && from_last.at[0] == 127);
    CHECK(to_last.family == 4 && to_last.at[0] == 127 && to_last.port == to.port);
    closed(u);
    loop_free(loop);
}

/* Ten of one size, a shorter one, two that are too few to go as one, and one to somebody else. */
static unsigned sent_to_peers(bool may_segment, unsigned *ret_segmented)
{
    static uint8_t bytes[14][1200];
    struct wire_datagram d[14];
    struct loop *loop = loop_new();
    struct udp *a, *b;
    struct link_address loop6 = {.family = 6, .at = {[15] = 1}};
    CHECK(loop != NULL);
    CHECK_OK(opened(loop, &loopback, 1 << 20, &a));
    CHECK_OK(opened(loop, &loopback, 1 << 20, &b));
    udp_set_segments(a, may_segment);
    for (unsigned i = 0; i < 14; i++) {
        memset(bytes[i], (int)i + 1, sizeof bytes[i]);
        d[i] = (struct wire_datagram){
            .to = {ICE_UDP, 0, udp_bound(b)}, .dscp = 34, .bytes = 1200, .at = bytes[i]};
    }
    d[10].bytes = 700;
    d[11].dscp = d[12].dscp = 46;
    d[13].to.remote = loop6; /* no way for a socket of IPv4 alone */
    udp_send(a, d, 14);
    while (udp_counts(b).packets_in < 13)
        CHECK_OK(loop_turn(loop, 1000));
    CHECK_INT(udp_counts(b).bytes_in, 12 * 1200 + 700);
    CHECK_INT(udp_counts(a).packets_out, 13);
    CHECK_INT(udp_counts(a).packets_dropped, 1);
    CHECK(kept && packet_data(kept)[0] == 1 && packet_data(kept)[1199] == 1);
    *ret_segmented = (unsigned)udp_counts(a).segmented;
    udp_close(a);
    closed(b);
    loop_free(loop);
    return taken_count;
}

TEST(datagrams_of_one_size_to_one_peer_leave_as_one_and_arrive_as_many)
{
    unsigned segmented;
    CHECK_INT(sent_to_peers(true, &segmented), 13);
    CHECK_INT(segmented, 11);
    CHECK_INT(sent_to_peers(false, &segmented), 13);
    CHECK_INT(segmented, 0);
}

TEST(a_taken_port_and_a_strange_address_are_told_apart)
{
    struct loop *loop = loop_new();
    struct udp *u, *again;
    CHECK(loop != NULL);
    CHECK_OK(opened(loop, &loopback, 65536, &u));
    struct link_address taken = udp_bound(u), strange = {.family = 4, .at = {192, 0, 2, 77}, .port = 0};
    CHECK_ERR(opened(loop, &taken, 65536, &again), ERR_EXISTS);
    CHECK_ERR(opened(loop, &strange, 65536, &again), ERR_NOT_FOUND);
    closed(u);
    loop_free(loop);
}

SWEEP(a_media_socket_is_opened)
{
    struct loop *loop = loop_new();
    struct udp *u = NULL;
    enum err err = loop ? opened(loop, &loopback, 65536, &u) : ERR_NOMEM;
    closed(u);
    loop_free(loop);
    return err;
}
