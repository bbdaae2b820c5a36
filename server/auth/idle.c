#include "auth/idle.h"
#include "base/map.h"
#include "base/mem.h"
#include <pthread.h>

struct entry {
    struct instant seen, written;
};

struct idle {
    pthread_mutex_t lock;
    struct map *by_session;
    uint32_t sessions_max;
};

struct idle *idle_new(uint32_t sessions_max)
{
    struct idle *i = mem_zalloc(sizeof *i);
    if (!i) return NULL;
    i->by_session = map_new(sessions_max);
    if (!i->by_session) {
        mem_free(i);
        return NULL;
    }
    ASSERT(pthread_mutex_init(&i->lock, NULL) == 0);
    i->sessions_max = sessions_max;
    return i;
}

void idle_free(struct idle *i)
{
    uint32_t at = 0;
    struct str key;
    void *value;
    if (!i) return;
    while (map_next(i->by_session, &at, &key, &value))
        mem_free(value);
    map_free(i->by_session);
    pthread_mutex_destroy(&i->lock);
    mem_free(i);
}

struct instant idle_seen(struct idle *i, struct str session, struct instant stored)
{
    struct instant seen = stored;
    if (!i) return seen;
    pthread_mutex_lock(&i->lock);
    const struct entry *e = map_get(i->by_session, session);
    if (e && e->seen.ms > seen.ms) seen = e->seen;
    pthread_mutex_unlock(&i->lock);
    return seen;
}

/* What is written and was not used since is no loss: the store knows as much. */
static void drop_written(struct idle *i, struct instant now)
{
    uint32_t at = 0;
    struct str key;
    void *value;
    while (map_next(i->by_session, &at, &key, &value)) {
        struct entry *e = value;
        if (e->seen.ms != e->written.ms && now.ms - e->seen.ms < 4 * IDLE_STEP_MS) continue;
        map_remove(i->by_session, key);
        mem_free(e);
    }
}

static struct entry *entry_add(struct idle *i, struct str session, struct instant stored, struct instant now)
{
    if (map_count(i->by_session) >= i->sessions_max) drop_written(i, now);
    struct entry *e = mem_zalloc(sizeof *e);
    if (!e) return NULL;
    e->written = e->seen = stored;
    if (map_put(i->by_session, session, e) != OK) {
        mem_free(e);
        return NULL;
    }
    return e;
}

bool idle_touch(struct idle *i, struct str session, struct instant stored, struct instant now)
{
    bool is_due = true;
    pthread_mutex_lock(&i->lock);
    struct entry *e = map_get(i->by_session, session);
    if (!e) e = entry_add(i, session, stored, now);
    if (e) {
        if (now.ms > e->seen.ms) e->seen = now;
        is_due = e->seen.ms - e->written.ms >= IDLE_STEP_MS;
        if (is_due) e->written = e->seen;
    }
    pthread_mutex_unlock(&i->lock);
    return is_due;
}

void idle_forget(struct idle *i, struct str session)
{
    pthread_mutex_lock(&i->lock);
    mem_free(map_remove(i->by_session, session));
    pthread_mutex_unlock(&i->lock);
}
