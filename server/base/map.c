#include "base/map.h"
#include "base/mem.h"
#include "base/rnd.h"

struct slot {
    char *key; /* NULL: never used; GONE: used once */
    size_t bytes;
    uint64_t hash;
    void *value;
};

struct map {
    struct slot *slots;
    uint32_t room, count, filled, items_max; /* room is a power of two; filled counts the gone ones too */
    uint64_t seed;
};

static char gone_mark;
#define GONE (&gone_mark)

/* FNV-1a from a secret start, then a finisher: not a PRF, so the table is bounded as well. */
static uint64_t hash_of(const struct map *m, struct str key)
{
    uint64_t h = m->seed;
    for (size_t i = 0; i < key.bytes; i++)
        h = (h ^ (unsigned char)key.at[i]) * 0x100000001b3u;
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

struct map *map_new(uint32_t items_max)
{
    struct map *m = mem_zalloc(sizeof *m);
    if (!m) return NULL;
    m->items_max = items_max;
    m->seed = rnd_u64();
    return m;
}

static bool is_live(const struct slot *s)
{
    return s->key && s->key != GONE;
}

void map_free(struct map *m)
{
    if (!m) return;
    for (uint32_t i = 0; i < m->room; i++)
        if (is_live(&m->slots[i])) mem_wipe_free(m->slots[i].key, m->slots[i].bytes);
    mem_free(m->slots);
    mem_free(m);
}

static struct slot *find(const struct map *m, struct str key, uint64_t hash)
{
    if (m->room == 0) return NULL;
    for (uint32_t i = (uint32_t)hash & (m->room - 1);; i = (i + 1) & (m->room - 1)) {
        struct slot *s = &m->slots[i];
        if (!s->key) return NULL;
        if (s->key != GONE && s->hash == hash && str_is((struct str){s->key, s->bytes}, key)) return s;
    }
}

static struct slot *place(struct slot *slots, uint32_t room, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (room - 1);
    while (is_live(&slots[i]))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static enum err grow(struct map *m)
{
    if (m->filled < m->room / 4 * 3) return OK;
    uint32_t room = 16;
    while (room / 2 < m->count + 1)
        room *= 2;
    struct slot *slots = mem_zalloc(room * sizeof *slots);
    if (!slots) return ERR_NOMEM;
    for (uint32_t i = 0; i < m->room; i++)
        if (is_live(&m->slots[i])) *place(slots, room, m->slots[i].hash) = m->slots[i];
    mem_free(m->slots);
    m->slots = slots;
    m->room = room;
    m->filled = m->count;
    return OK;
}

enum err map_put(struct map *m, struct str key, void *value)
{
    uint64_t hash = hash_of(m, key);
    struct slot *s = find(m, key, hash);
    if (s) {
        s->value = value;
        return OK;
    }
    if (m->count >= m->items_max) return ERR_LIMIT;
    enum err err = grow(m);
    if (err) return err;
    char *copy = mem_copy(key.at, key.bytes);
    if (!copy) return ERR_NOMEM;
    s = place(m->slots, m->room, hash);
    m->filled += s->key == NULL;
    *s = (struct slot){copy, key.bytes, hash, value};
    m->count++;
    return OK;
}

void *map_get(const struct map *m, struct str key)
{
    struct slot *s = find(m, key, hash_of(m, key));
    return s ? s->value : NULL;
}

void *map_remove(struct map *m, struct str key)
{
    struct slot *s = find(m, key, hash_of(m, key));
    if (!s) return NULL;
    mem_wipe_free(s->key, s->bytes);
    s->key = GONE;
    m->count--;
    return s->value;
}

uint32_t map_count(const struct map *m)
{
    return m->count;
}

bool map_next(const struct map *m, uint32_t *at, struct str *ret_key, void **ret_value)
{
    for (; *at < m->room; (*at)++) {
        struct slot *s = &m->slots[*at];
        if (!is_live(s)) continue;
        (*at)++;
        if (ret_key) *ret_key = (struct str){s->key, s->bytes};
        if (ret_value) *ret_value = s->value;
        return true;
    }
    return false;
}
