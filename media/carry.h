/* carry: puts the router's peers on transports: its struct carrier, and the way back. Owner: control; one thread. */
#ifndef MEDIA_CARRY_H
#define MEDIA_CARRY_H
#include "media/router.h"
#include "media/transport.h"

/* The carrier's functions on these transports, which outlive the router. */
struct carrier carry_over(struct transports *ts);

#endif
