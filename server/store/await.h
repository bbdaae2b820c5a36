/* await: one thread waits until another says that something is over, and with what result. Embedded, usually on
 * the waiter's stack: the other side must not touch it after await_end. */
#ifndef STORE_AWAIT_H
#define STORE_AWAIT_H
#include "base/err.h"
#include <pthread.h>
#include <stdbool.h>

struct await {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_over;
    enum err err;
};

static inline void await_init(struct await *w)
{
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->ended, NULL);
    w->is_over = false;
}

static inline void await_end(struct await *w, enum err err)
{
    pthread_mutex_lock(&w->lock);
    w->is_over = true;
    w->err = err;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
}

/* Waits, and ends its life. */
static inline enum err await_wait(struct await *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->is_over)
        pthread_cond_wait(&w->ended, &w->lock);
    pthread_mutex_unlock(&w->lock);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->ended);
    return w->err;
}

static inline void await_drop(struct await *w) /* nobody was told of it */
{
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->ended);
}

#endif
