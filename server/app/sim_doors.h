/* sim_doors: the ways out of sim, one for each door. For sim*.c alone; main thread. */
#ifndef APP_SIM_DOORS_H
#define APP_SIM_DOORS_H
#include "base/clock.h"
#include "link/address.h"
#include "registry/event.h"

struct sim {
    const struct event *events; /* of the caller */
    size_t n;
    enum charset charset;
    int64_t rate;        /* events a second; 0: no limit */
    struct tick started; /* of the first */
    size_t taken, refused;
    char name[64]; /* of files, and for who looks: "registry-sim-1-2026-11-27" */
    char *why;     /* of 256 bytes */
};
/* Each tells all; ERR_IO, ERR_CLOSED, ERR_BAD_INPUT with s->why. */
enum err sim_mllp(struct sim *s, const struct link_address *to) MUST_USE;
enum err sim_drop(struct sim *s, const char *folder) MUST_USE;
enum err sim_poll(struct sim *s, const struct link_address *at) MUST_USE;

#endif
