/* ring: messages from one process to another through shared memory, one writer, one reader, no locks. A memory of two of them joins the
 * worker and its codec child:
 *
 *   | page: to child {head, tail}, to worker {head, tail} | 4 MiB to the child | 1 MiB to the worker |
 *
 * A message lies as | bytes 4 | the bytes | up to a multiple of 8 |, and wraps at the end. Head (how much was ever written) and tail (how
 * much was ever read) run on without end; each side keeps its own in its own memory, reads the other's once, and believes it only as far as
 * it can be. What is read is copied out before it is looked at. So a neighbour in hostile hands can send nonsense, and nothing else:
 * ERR_CORRUPT says that the memory is not to be used any more.
 *
 * Nobody waits here: a full ring is ERR_BUSY, an empty one ERR_NOT_FOUND. Who has written wakes the other by an eventfd of its own. Each
 * end belongs to one thread. */
#ifndef LINK_RING_H
#define LINK_RING_H
#include "base/err.h"
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RING_TO_CHILD_BYTES = 4 << 20,
    RING_TO_WORKER_BYTES = 1 << 20,
    RING_PAGE_BYTES = 4096,
    RING_MEMORY_BYTES = RING_PAGE_BYTES + RING_TO_CHILD_BYTES + RING_TO_WORKER_BYTES,
    RING_MESSAGE_BYTES_MAX = 40 * 1024
};

struct ring_marks { /* in the shared memory; each on a cache line of its own */
    _Alignas(64) _Atomic uint32_t head;
    _Alignas(64) _Atomic uint32_t tail;
};
struct ring { /* one end of one of them */
    struct ring_marks *marks;
    uint8_t *at;
    uint32_t bytes; /* a power of two */
    uint32_t own;   /* head of the writer, tail of the reader */
};

/* A part of a message; parts are written one behind the other. */
struct ring_piece {
    const void *at;
    size_t bytes;
};
enum err ring_put(struct ring *r, const struct ring_piece *pieces, unsigned count) MUST_USE;
/* ret_bytes has room for RING_MESSAGE_BYTES_MAX. */
enum err ring_take(struct ring *r, uint8_t *ret_bytes, size_t *ret_n) MUST_USE;
/* So many bytes of messages, each `each` or less, fit now; ERR_BUSY: not now. */
enum err ring_room(struct ring *r, size_t bytes, size_t messages) MUST_USE;

enum ring_side { RING_WORKER, RING_CHILD };
struct ring_pair {
    void *memory;
    struct ring out, in;
};
/* A memory for two, that nobody can shrink or grow any more; the caller closes it. */
enum err ring_memory(int *ret_fd) MUST_USE;
/* Maps it; the descriptor stays the caller's. ERR_BAD_INPUT: it is none of ours, or could be cut off under us. */
enum err ring_open(int fd, enum ring_side side, struct ring_pair *ret_pair) MUST_USE;
void ring_close(struct ring_pair *p); /* harmless when not open */

#endif
