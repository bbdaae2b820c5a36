#include "base/box.h"
#include "base/clock.h"
#include "base/mem.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

struct box {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct box_item *first, **last;
    _Atomic uint32_t count;
    uint32_t items_max;
    bool closed;
};

struct box *box_new(uint32_t items_max)
{
    struct box *b = mem_zalloc(sizeof *b);
    if (!b) return NULL;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    ASSERT(pthread_mutex_init(&b->lock, NULL) == 0 && pthread_cond_init(&b->filled, &attr) == 0);
    pthread_condattr_destroy(&attr);
    b->last = &b->first;
    b->items_max = items_max;
    return b;
}

void box_free(struct box *b)
{
    if (!b) return;
    ASSERT(b->first == NULL);
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->filled);
    mem_free(b);
}

static enum err put(struct box *b, struct box_item *item, uint32_t items_max)
{
    enum err err = OK;
    pthread_mutex_lock(&b->lock);
    uint32_t count = atomic_load_explicit(&b->count, memory_order_relaxed);
    if (b->closed) {
        err = ERR_CLOSED;
    } else if (count >= items_max) {
        err = ERR_BUSY;
    } else {
        item->next = NULL;
        *b->last = item;
        b->last = &item->next;
        atomic_store_explicit(&b->count, count + 1, memory_order_relaxed);
        if (count == 0) pthread_cond_signal(&b->filled);
    }
    pthread_mutex_unlock(&b->lock);
    return err;
}

enum err box_put(struct box *b, struct box_item *item)
{
    return put(b, item, b->items_max);
}

enum err box_put_always(struct box *b, struct box_item *item)
{
    return put(b, item, UINT32_MAX);
}

static struct timespec after_ms(int wait_ms)
{
    int64_t us = clock_tick_us() + (int64_t)wait_ms * 1000;
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void wait_filled(struct box *b, int wait_ms)
{
    struct timespec until = wait_ms > 0 ? after_ms(wait_ms) : (struct timespec){0};
    while (!b->first && !b->closed && wait_ms != 0) {
        int rc = wait_ms < 0 ? pthread_cond_wait(&b->filled, &b->lock)
                             : pthread_cond_timedwait(&b->filled, &b->lock, &until);
        if (rc == ETIMEDOUT) return;
    }
}

struct box_item *box_take(struct box *b, uint32_t items_max, int wait_ms)
{
    ASSERT(items_max > 0);
    pthread_mutex_lock(&b->lock);
    wait_filled(b, wait_ms);
    struct box_item *taken = b->first, *end = taken;
    if (taken) {
        uint32_t n = 1;
        for (; n < items_max && end->next; n++)
            end = end->next;
        b->first = end->next;
        if (!b->first) b->last = &b->first;
        end->next = NULL;
        uint32_t left = atomic_load_explicit(&b->count, memory_order_relaxed) - n;
        atomic_store_explicit(&b->count, left, memory_order_relaxed);
        if (left) pthread_cond_signal(&b->filled); /* another taker may wait */
    }
    pthread_mutex_unlock(&b->lock);
    return taken;
}

void box_close(struct box *b)
{
    pthread_mutex_lock(&b->lock);
    b->closed = true;
    pthread_cond_broadcast(&b->filled);
    pthread_mutex_unlock(&b->lock);
}

uint32_t box_count(const struct box *b)
{
    return atomic_load_explicit(&b->count, memory_order_relaxed);
}
