/* mllp_peer: one connection to the registry's door: its bytes, plain or by TLS, its messages under way, and its answers in their order. For
 * net/mllp_door alone; on its thread. */
#ifndef NET_MLLP_PEER_H
#define NET_MLLP_PEER_H
#include "desk/registry_door.h"
#include "registry/hl7.h"
#include "registry/mllp.h"
#include <netinet/in.h>

#define MLLP_PEER_TEXT_BYTES 64

struct ssl_st; /* OpenSSL's SSL */
struct mllp_door;
struct mllp_peer;

/* A message from its frame to its answer. Lies in the message's own arena; outlives its peer while it is at the desk. */
struct mllp_ask {
    struct box_item item; /* first: on its way back */
    struct mllp_door *door;
    struct mllp_peer *peer; /* NULL: has gone */
    struct mllp_ask *next;  /* of the peer, oldest first */
    struct door_message *message;
    struct hl7 read;
    bool is_read, is_posted, is_back;
};

struct mllp_peer {
    int fd;
    struct ssl_st *ssl; /* NULL: plain */
    char from[MLLP_PEER_TEXT_BYTES];
    struct mllp in;
    struct buf out;
    size_t sent;              /* of out */
    struct tick heard, wrote; /* when a byte last came, and when one last went or the answer was made */
    struct tick framed;       /* when the frame that is not whole began */
    struct mllp_ask *first, *last;
    uint32_t asks;
    uint64_t messages;
    bool is_shaking, wants_write; /* TLS: the handshake; it can go on once the socket takes bytes */
    bool is_ending;               /* nothing more is read; ends when all is answered */
    bool is_dead;
    const char *why; /* it ended, for the log */
};

/* What a turn needs of its door. */
struct mllp_turn {
    struct site *site;
    struct str source;
    struct tick now;
    uint64_t *controls; /* the number of our last answer */
    void (*back)(struct door_message *m);
};

/* Takes the socket; ssl NULL: plain. NULL: no memory, and the socket is still the caller's. */
struct mllp_peer *mllp_peer_new(int fd, struct ssl_st *ssl, struct tick now) MUST_USE;
/* Asks that are at the desk stay, without a peer. */
void mllp_peer_free(struct mllp_peer *p);
short mllp_peer_events(const struct mllp_peer *p); /* for poll */
void mllp_peer_turn(struct mllp_peer *p, const struct mllp_turn *t);
void mllp_ask_free(struct mllp_ask *a);

#endif
