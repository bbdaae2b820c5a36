/* client: the other end of a peer connection, for tests and benches: a controlling ICE agent with one pair, DTLS
 * and SRTP, over UDP, ICE-TCP, or TURN over TLS, on the worker's loop. Clear packets go in and come out. It
 * sends checks at once and nominates in the first, as Firefox and FFmpeg do.
 *
 * Owner: the test; one thread, the loop's. */
#ifndef TESTS_LAB_CLIENT_H
#define TESTS_LAB_CLIENT_H
#include "link/address.h"
#include "media/dtls.h"
#include "media/loop.h"
#include "media/rtp.h"

enum client_way { CLIENT_UDP, CLIENT_TCP, CLIENT_TURN };
enum client_state { CLIENT_WAITING, CLIENT_CHECKING, CLIENT_SHAKING, CLIENT_UP, CLIENT_GONE };

struct client;
struct client_settings {
    enum client_way way;
    struct link_address remote; /* the candidate */
    struct link_address turn;   /* of CLIENT_TURN */
    const char *turn_username, *turn_password;
    struct str ufrag, password; /* of the description; copied */
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    enum dtls_role role;
    enum dtls_profiles profiles;
    bool is_bare; /* checks with USERNAME, USE-CANDIDATE, MESSAGE-INTEGRITY and FINGERPRINT alone (FFmpeg) */
    void (*up)(void *owner); /* NULL allowed, as are the others */
    void (*rtp)(void *owner, const struct rtp *rtp, int64_t arrived_us);
    void (*rtcp)(void *owner, const uint8_t *at, size_t bytes);
    /* A load of hundreds: RTP is counted as it came and not decrypted; the header alone is clear. Over UDP. */
    void (*sealed)(void *owner, const uint8_t *at, size_t bytes);
    bool has_kernel_time; /* arrived_us is when the kernel had the packet, not when we read it; UDP */
    void *owner;
};

/* Its credentials are there at once, for the offer. NULL: out of memory. */
struct client *client_new(struct loop *loop, struct dtls *dtls) MUST_USE;
void client_free(struct client *c);
const char *client_ufrag(const struct client *c);
const char *client_password(const struct client *c);
/* A socket before client_connect, where the offer must name its address (port 0: the kernel chooses). UDP only. ERR_IO. */
enum err client_bind(struct client *c, struct link_address local, struct link_address *ret_bound) MUST_USE;
/* ERR_IO: no socket, or nobody there. */
enum err client_connect(struct client *c, const struct client_settings *settings) MUST_USE;
enum client_state client_state(const struct client *c);
enum srtp_profile client_profile(const struct client *c);
/* at has room for SRTP_OVERHEAD_MAX more and is overwritten. ERR_CLOSED: not up. */
enum err client_send_rtp(struct client *c, uint8_t *at, size_t bytes) MUST_USE;
enum err client_send_rtcp(struct client *c, uint8_t *at, size_t bytes) MUST_USE;
/* The network has changed: another socket, another port, the same session. UDP only. */
enum err client_move(struct client *c) MUST_USE;
/* The peer has answered an ICE restart: these from now on. */
void client_restarted(struct client *c, struct str ufrag, struct str password);
/* Falls silent, without a good-bye. */
void client_hush(struct client *c);
uint64_t client_checks_answered(const struct client *c);
int client_fd(const struct client *c);

#endif
