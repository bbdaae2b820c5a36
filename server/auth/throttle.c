#include "auth/throttle.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

struct entry {
    struct list by_age; /* the longest quiet first */
    char from[THROTTLE_FROM_TEXT];
    int failed;
    struct tick first, last; /* of the tries that are counted */
};

struct throttle {
    pthread_mutex_t lock;
    struct map *by_from;
    struct list by_age;
    uint32_t addresses_max;
};

struct throttle *throttle_new(uint32_t addresses_max)
{
    ASSERT(addresses_max > 0);
    struct throttle *t = mem_zalloc(sizeof *t);
    if (!t) return NULL;
    t->by_from = map_new(addresses_max);
    if (!t->by_from) {
        mem_free(t);
        return NULL;
    }
    ASSERT(pthread_mutex_init(&t->lock, NULL) == 0);
    list_init(&t->by_age);
    t->addresses_max = addresses_max;
    return t;
}

static void entry_remove(struct throttle *t, struct entry *e)
{
    map_remove(t->by_from, str_of(e->from));
    list_remove(&e->by_age);
    mem_free(e);
}

static struct entry *entry_oldest(struct throttle *t)
{
    return list_is_empty(&t->by_age) ? NULL : list_of(t->by_age.next, struct entry, by_age);
}

void throttle_free(struct throttle *t)
{
    if (!t) return;
    while (entry_oldest(t))
        entry_remove(t, entry_oldest(t));
    map_free(t->by_from);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}

/* An IPv6 address stands for its /64; what is no address at all counts as it is written. */
static void key_of(const char *from, char ret_key[THROTTLE_FROM_TEXT])
{
    struct in6_addr six;
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, from, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
        memset(six.s6_addr + 8, 0, 8);
        if (inet_ntop(AF_INET6, &six, text, sizeof text)) {
            snprintf(ret_key, THROTTLE_FROM_TEXT, "%s/64", text);
            return;
        }
    }
    snprintf(ret_key, THROTTLE_FROM_TEXT, "%s", from);
}

static struct entry *entry_find(struct throttle *t, const char *from)
{
    char key[THROTTLE_FROM_TEXT];
    key_of(from, key);
    return map_get(t->by_from, str_of(key));
}

static int64_t entry_wait_ms(const struct entry *e)
{
    int64_t quiet_ms = clock_tick().ms - e->last.ms;
    if (e->failed < THROTTLE_TRIES || quiet_ms >= THROTTLE_WINDOW_MS) return 0;
    return THROTTLE_WINDOW_MS - quiet_ms;
}

int64_t throttle_wait_ms(struct throttle *t, const char *from)
{
    pthread_mutex_lock(&t->lock);
    const struct entry *e = entry_find(t, from);
    int64_t wait_ms = e ? entry_wait_ms(e) : 0;
    pthread_mutex_unlock(&t->lock);
    return wait_ms;
}

static struct entry *entry_add(struct throttle *t, const char *from)
{
    struct entry *oldest = map_count(t->by_from) >= t->addresses_max ? entry_oldest(t) : NULL;
    if (oldest) entry_remove(t, oldest);
    struct entry *e = mem_zalloc(sizeof *e);
    if (!e) return NULL;
    key_of(from, e->from);
    if (map_put(t->by_from, str_of(e->from), e) != OK) {
        mem_free(e);
        return NULL;
    }
    list_add_last(&t->by_age, &e->by_age);
    return e;
}

void throttle_fail(struct throttle *t, const char *from)
{
    struct tick now = clock_tick();
    pthread_mutex_lock(&t->lock);
    struct entry *e = entry_find(t, from);
    if (!e) e = entry_add(t, from);
    if (e) {
        bool is_closed = entry_wait_ms(e) > 0;
        if (!is_closed && now.ms - e->first.ms >= THROTTLE_WINDOW_MS) e->failed = 0;
        if (e->failed == 0) e->first = now;
        e->failed++;
        e->last = now;
        list_remove(&e->by_age);
        list_add_last(&t->by_age, &e->by_age);
    }
    pthread_mutex_unlock(&t->lock);
}

bool throttle_clear(struct throttle *t, const char *from)
{
    pthread_mutex_lock(&t->lock);
    struct entry *e = map_get(t->by_from, str_of(from));
    if (!e) e = entry_find(t, from);
    if (e) entry_remove(t, e);
    pthread_mutex_unlock(&t->lock);
    return e != NULL;
}

static void place(struct throttle_entry *ret, uint32_t n, const struct entry *e)
{
    int64_t wait_ms = entry_wait_ms(e);
    uint32_t at = n;
    for (; at > 0 && ret[at - 1].failed < e->failed; at--)
        ret[at] = ret[at - 1];
    ret[at] = (struct throttle_entry){.failed = e->failed};
    memcpy(ret[at].from, e->from, sizeof e->from);
    if (wait_ms > 0) ret[at].until.ms = clock_now().ms + wait_ms;
}

uint32_t throttle_list(struct throttle *t, struct throttle_entry *ret, uint32_t entries_max)
{
    uint32_t n = 0;
    pthread_mutex_lock(&t->lock);
    list_each (item, after, &t->by_age) {
        const struct entry *e = list_of(item, struct entry, by_age);
        if (clock_tick().ms - e->last.ms >= THROTTLE_WINDOW_MS) continue;
        if (n == entries_max && ret[n - 1].failed >= e->failed) continue;
        if (n == entries_max) n--;
        place(ret, n++, e);
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}
