#include "link/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LENGTH_BYTES = 4, STEP = 8 };

static const unsigned seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

static size_t lies_as(size_t bytes)
{
    return (LENGTH_BYTES + bytes + STEP - 1) / STEP * STEP;
}

static void copy_in(struct ring *r, uint32_t to, const void *from, size_t bytes)
{
    uint32_t at = to & (r->bytes - 1);
    size_t first = bytes < r->bytes - at ? bytes : r->bytes - at;
    if (first) memcpy(r->at + at, from, first);
    if (bytes > first) memcpy(r->at, (const uint8_t *)from + first, bytes - first);
}

static void copy_out(const struct ring *r, uint32_t from, void *to, size_t bytes)
{
    uint32_t at = from & (r->bytes - 1);
    size_t first = bytes < r->bytes - at ? bytes : r->bytes - at;
    if (first) memcpy(to, r->at + at, first);
    if (bytes > first) memcpy((uint8_t *)to + first, r->at, bytes - first);
}

/* Of the writer: what is free, if the reader's mark can be. */
static enum err free_bytes(const struct ring *r, uint32_t *ret)
{
    uint32_t used = r->own - atomic_load_explicit(&r->marks->tail, memory_order_acquire);
    if (used > r->bytes) return ERR_CORRUPT;
    *ret = r->bytes - used;
    return OK;
}

enum err ring_room(struct ring *r, size_t bytes, size_t messages)
{
    uint32_t room;
    enum err err = free_bytes(r, &room);
    if (err) return err;
    return bytes + messages * (LENGTH_BYTES + STEP) <= room ? OK : ERR_BUSY;
}

enum err ring_put(struct ring *r, const struct ring_piece *pieces, unsigned count)
{
    size_t bytes = 0;
    uint32_t room, at = r->own + LENGTH_BYTES;
    for (unsigned i = 0; i < count; i++)
        bytes += pieces[i].bytes;
    ASSERT(bytes > 0 && bytes <= RING_MESSAGE_BYTES_MAX);
    enum err err = free_bytes(r, &room);
    if (err) return err;
    if (lies_as(bytes) > room) return ERR_BUSY;
    uint32_t length = (uint32_t)bytes;
    copy_in(r, r->own, &length, sizeof length);
    for (unsigned i = 0; i < count; at += (uint32_t)pieces[i].bytes, i++)
        copy_in(r, at, pieces[i].at, pieces[i].bytes);
    r->own += (uint32_t)lies_as(bytes);
    atomic_store_explicit(&r->marks->head, r->own, memory_order_release);
    return OK;
}

enum err ring_take(struct ring *r, uint8_t *ret_bytes, size_t *ret_n)
{
    uint32_t length, there = atomic_load_explicit(&r->marks->head, memory_order_acquire) - r->own;
    if (there == 0) return ERR_NOT_FOUND;
    if (there > r->bytes || there % STEP) return ERR_CORRUPT;
    copy_out(r, r->own, &length, sizeof length);
    if (length == 0 || length > RING_MESSAGE_BYTES_MAX || lies_as(length) > there) return ERR_CORRUPT;
    copy_out(r, r->own + LENGTH_BYTES, ret_bytes, length);
    r->own += (uint32_t)lies_as(length);
    atomic_store_explicit(&r->marks->tail, r->own, memory_order_release);
    *ret_n = length;
    return OK;
}

enum err ring_memory(int *ret_fd)
{
    int fd = memfd_create("yunqiao-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return err_from_errno(errno);
    if (ftruncate(fd, RING_MEMORY_BYTES) || fcntl(fd, F_ADD_SEALS, seals)) {
        enum err err = err_from_errno(errno);
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}

/* Marks that were somebody's before are gone on from: a fresh memory begins at 0. */
enum err ring_open(int fd, enum ring_side side, struct ring_pair *ret_pair)
{
    int has = fcntl(fd, F_GET_SEALS);
    /* By lseek: in a worker's box nothing may be asked about files. */
    if (has < 0 || ((unsigned)has & seals) != seals || lseek(fd, 0, SEEK_END) != RING_MEMORY_BYTES)
        return ERR_BAD_INPUT;
    uint8_t *memory = mmap(NULL, RING_MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return err_from_errno(errno);
    struct ring_marks *marks = (struct ring_marks *)(void *)memory;
    struct ring to_child = {&marks[0], memory + RING_PAGE_BYTES, RING_TO_CHILD_BYTES, 0};
    struct ring to_worker = {&marks[1], memory + RING_PAGE_BYTES + RING_TO_CHILD_BYTES, RING_TO_WORKER_BYTES,
                             0};
    *ret_pair = side == RING_WORKER ? (struct ring_pair){memory, to_child, to_worker}
                                    : (struct ring_pair){memory, to_worker, to_child};
    return OK;
}

void ring_close(struct ring_pair *p)
{
    if (p->memory) munmap(p->memory, RING_MEMORY_BYTES);
    *p = (struct ring_pair){0};
}
