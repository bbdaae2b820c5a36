/* store_load: a child process that writes to a site from many threads and says, down a pipe, which writes were
 * acknowledged and when; and the parent's side, that kills it at a moment of chance and looks what is left. */
#ifndef TESTS_FAULTS_STORE_LOAD_H
#define TESTS_FAULTS_STORE_LOAD_H
#include "../unit/store/kit.h"
#include <sys/types.h>

enum { LOAD_WRITERS = 12, LOAD_WRITES_MAX = 200000 };

struct said { /* one acknowledged write */
    int32_t round, writer, number, zero;
    int64_t at_us; /* clock_tick_us of the answer: one clock for both processes */
};

struct load {
    struct kit kit;
    int round;
    bool rotates; /* keys are rotated all the while */
    pid_t child;
    int hear;
    struct said *heard; /* all rounds' */
    size_t count;
};

void load_init(struct load *l);
void load_done(struct load *l);
/* Starts a child; returns once it has acknowledged so many writes (more than there were before). */
void load_start(struct load *l, size_t writes);
/* Kills it up to moment_us later (chance decides); hears it out. Returns clock_tick_us of the kill. */
int64_t load_kill(struct load *l, long moment_us);
/* Opens the site and checks that every acknowledged write is there once and the chain is whole. */
void load_check(struct load *l);
/* The acknowledged writes that the store `k` (open) does not hold: how many, and when the first was answered. */
size_t load_missing(struct load *l, struct kit *k, int64_t *ret_first_us);

#endif
