/* mllp_door: the registry's door for HL7 v2 over MLLP: a listener with a thread of its own, which reads frames, hands each message to the desk
 * (desk/registry_door), and answers once what it says is durable: AA, or AE and AR with why (HL7 v2.5 §2.9.2). Answers go in the order of the
 * messages; a sender need not wait for one before the next, so that many of them share one commit.
 *
 * Limits: MLLP_PEERS_MAX connections, MLLP_PEER_ASKS messages of one under way (then it is not read on), the size of a message (registry/mllp),
 * MLLP_FRAME_MS for a frame that was begun, MLLP_IDLE_MS without one, MLLP_WRITE_MS for answers that are not taken. With clients' certificates it
 * speaks TLS with the site's own certificate and lets in who shows one of theirs; without, plainly, to the addresses that are allowed.
 *
 * Main thread: new, start, stop, free. What says so: any thread. */
#ifndef NET_MLLP_DOOR_H
#define NET_MLLP_DOOR_H
#include "desk/site.h"
#include "link/address.h"
#include "net/field.h"
#include "net/x509.h"

#define MLLP_PEERS_MAX 64
#define MLLP_PEER_ASKS 64
#define MLLP_FRAME_MS 30000
#define MLLP_IDLE_MS 600000
#define MLLP_WRITE_MS 20000
#define MLLP_FROM_MAX 16

struct mllp_door_settings {
    struct link_address address; /* port 0: the kernel chooses */
    char source[41];             /* the site's name of its registry */
    struct field_block from[MLLP_FROM_MAX];
    int from_n;                   /* none: this machine alone, or anybody with a certificate */
    char clients[256];            /* PEM: who vouches for senders, or they themselves; empty: plain */
    const struct x509_pair *pair; /* with clients: what we show; copied */
};

struct mllp_door;
/* Binds. ERR_EXISTS, ERR_DENIED, ERR_NOT_FOUND as net_new; ERR_BAD_INPUT: the clients' file. ret_why is a sentence for the operator. */
enum err mllp_door_new(struct site *site, const struct mllp_door_settings *settings, struct mllp_door **ret,
                       char ret_why[256]) MUST_USE;
enum err mllp_door_start(struct mllp_door *d) MUST_USE;
uint16_t mllp_door_port(const struct mllp_door *d);
/* No new connections, and nothing more is read; what is under way is answered. Any thread. NULL allowed. */
void mllp_door_drain(struct mllp_door *d);
bool mllp_door_is_quiet(struct mllp_door *d); /* drained, and all is answered; any thread; NULL: true */
/* Ends the thread. Before the store is closed; mllp_door_free after. NULL allowed. */
void mllp_door_stop(struct mllp_door *d);
void mllp_door_free(struct mllp_door *d);
enum err mllp_door_use_pair(struct mllp_door *d, const struct x509_pair *pair) MUST_USE; /* any thread */
void mllp_door_register_metrics(void);

#endif
