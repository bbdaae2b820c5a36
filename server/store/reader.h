/* reader: n threads, each with a read-only connection of its own, take jobs from one box and run the few that wait in a read
 * transaction. A job with audit rows then goes on to the desk, and its answer with the desk's commit.
 * server/store only; any thread but for new, start, stop and free. */
#ifndef STORE_READER_H
#define STORE_READER_H
#include "store/inside.h"

struct readers;

enum err readers_new(struct store *s, struct readers **ret_readers) MUST_USE;
void readers_free(struct readers *r); /* NULL allowed; stopped */
enum err readers_start(struct readers *r) MUST_USE;
void readers_stop(struct readers *r); /* refuses new jobs, does those that wait, ends the threads */
enum err readers_post(struct readers *r, struct job *job) MUST_USE; /* ERR_BUSY, ERR_CLOSED */
uint32_t readers_count(const struct readers *r);                    /* jobs waiting */
/* While the gate is closed (or before start): the next job opens its connection anew. */
void readers_disconnect(struct readers *r);
/* Runs a list of read jobs on *db, which is opened when NULL, and sends each on. */
void reader_do(struct store *s, struct db **db, struct job *first);

#endif
