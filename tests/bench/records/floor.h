/* floor: what SQLite alone does for the same work, plain, in this run: no HTTP, no policy, no trail, no cipher, no FHIR. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

struct floor_told {
    double creates;  /* durable, 64 in a transaction: a body of 700 bytes under its id, ten index rows */
    double reads;    /* by id, a core */
    double searches; /* 20 rows of one patient with their bodies, a core */
};
struct floor_told floor_measure(const char *dir, long n);

#endif
