#include "store/vault_cache.h"
#include "base/clock.h"
#include "base/mem.h"

/* Where a page may stand is told by its number, so that what it has become takes the place of what it was: found by anything that changes, a
 * busy writer would fill all slots with what nobody asks for any more. It may stand in either of two slots side by side, which share a lock: in
 * the log and in the main file, or beside another. */
enum { SETS = 8192, WAYS = 2, SLOTS = SETS * WAYS, LOCKS = 64 };

struct slot {
    uint8_t sealed[VAULT_RESERVE_BYTES], file[PREFIX_BYTES], ad[AD_BYTES];
    uint8_t ad_n;
    uint16_t skip;
    bool is_filled;
    int64_t used_us; /* clock_tick_us */
    uint8_t page[BODY_BYTES];
};

struct vault_cache {
    pthread_mutex_t locks[LOCKS]; /* of the sets whose number ends so */
    struct slot *slots[SLOTS];
};

struct vault_cache *vault_cache_new(void)
{
    struct vault_cache *c = mem_zalloc(sizeof *c);
    for (int i = 0; c && i < LOCKS; i++)
        pthread_mutex_init(&c->locks[i], NULL);
    return c;
}

void vault_cache_free(struct vault_cache *c)
{
    if (!c) return;
    for (int i = 0; i < SLOTS; i++)
        if (c->slots[i]) mem_wipe_free(c->slots[i], sizeof *c->slots[i]);
    for (int i = 0; i < LOCKS; i++)
        pthread_mutex_destroy(&c->locks[i]);
    mem_free(c);
}

/* A page of the main file is bound to its number, a frame of the log to its place and its header (vault_db.c, vault_wal.c). */
static uint32_t number_of(const uint8_t *ad, size_t ad_n)
{
    return get_u32(ad_n == AD_BYTES ? ad + 8 : ad);
}

static uint32_t set_of(uint32_t number)
{
    return number % SETS;
}

static bool slot_is(const struct slot *s, const struct vault_file *f, const uint8_t *sealed,
                    const uint8_t *ad, size_t ad_n, size_t skip)
{
    return s && s->is_filled && memcmp(s->sealed, sealed, VAULT_RESERVE_BYTES) == 0 && s->ad_n == ad_n &&
           s->skip == skip && memcmp(s->ad, ad, ad_n) == 0 &&
           memcmp(s->file, f->db->prefix, PREFIX_BYTES) == 0;
}

/* The page number and commit mark in a frame's header are left out: its place and generation say which frame it is. */
static bool slot_is_frame(const struct slot *s, const struct vault_file *f, const uint8_t *sealed,
                          const uint8_t *ad)
{
    return s && s->is_filled && memcmp(s->sealed, sealed, VAULT_RESERVE_BYTES) == 0 && s->ad_n == AD_BYTES &&
           s->skip == 0 && memcmp(s->ad, ad, 8) == 0 && memcmp(s->ad + 16, ad + 16, 8) == 0 &&
           memcmp(s->file, f->db->prefix, PREFIX_BYTES) == 0;
}

static void hand_out(struct slot *s, uint8_t *page, size_t skip)
{
    memcpy(page + skip, s->page + skip, BODY_BYTES - skip);
    s->used_us = clock_tick_us();
}

bool vault_cache_get(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, uint8_t *page, size_t skip)
{
    uint32_t set = set_of(number_of(ad, ad_n));
    bool is_here = false;
    pthread_mutex_lock(&c->locks[set % LOCKS]);
    for (uint32_t i = set * WAYS; i < (set + 1) * WAYS && !is_here; i++) {
        is_here = slot_is(c->slots[i], f, sealed, ad, ad_n, skip);
        if (is_here) hand_out(c->slots[i], page, skip);
    }
    pthread_mutex_unlock(&c->locks[set % LOCKS]);
    return is_here;
}

bool vault_cache_get_frame(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                           const uint8_t ad[AD_BYTES], uint32_t number, uint8_t *page)
{
    uint32_t set = set_of(number);
    bool is_here = false;
    pthread_mutex_lock(&c->locks[set % LOCKS]);
    for (uint32_t i = set * WAYS; i < (set + 1) * WAYS && !is_here; i++) {
        is_here = slot_is_frame(c->slots[i], f, sealed, ad);
        if (is_here) hand_out(c->slots[i], page, 0);
    }
    pthread_mutex_unlock(&c->locks[set % LOCKS]);
    return is_here;
}

/* Does it hold what the page was, in the same file, before this was sealed? */
static bool slot_was(const struct slot *s, const struct vault_file *f, const uint8_t *ad, size_t ad_n)
{
    return s && s->is_filled && s->ad_n == ad_n && number_of(s->ad, s->ad_n) == number_of(ad, ad_n) &&
           memcmp(s->file, f->db->prefix, PREFIX_BYTES) == 0;
}

/* That slot of the set; or one that holds nothing; or what was asked for longest ago. */
static struct slot **slot_for(struct vault_cache *c, const struct vault_file *f, const uint8_t *ad,
                              size_t ad_n)
{
    struct slot **first = &c->slots[set_of(number_of(ad, ad_n)) * WAYS], **at = first;
    for (struct slot **s = first; s < first + WAYS; s++)
        if (slot_was(*s, f, ad, ad_n)) return s;
    for (struct slot **s = first; s < first + WAYS; s++) {
        if (!*s || !(*s)->is_filled) return s;
        if ((*s)->used_us < (*at)->used_us) at = s;
    }
    return at;
}

void vault_cache_put(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, const uint8_t *page, size_t skip)
{
    uint32_t set = set_of(number_of(ad, ad_n));
    pthread_mutex_lock(&c->locks[set % LOCKS]);
    struct slot **at = slot_for(c, f, ad, ad_n), *s = *at;
    if (!s) s = *at = mem_alloc(sizeof *s); /* without memory it is not kept */
    if (s) {
        memcpy(s->sealed, sealed, VAULT_RESERVE_BYTES);
        memcpy(s->file, f->db->prefix, PREFIX_BYTES);
        memcpy(s->ad, ad, ad_n);
        s->ad_n = (uint8_t)ad_n;
        s->skip = (uint16_t)skip;
        memcpy(s->page + skip, page + skip, BODY_BYTES - skip);
        s->is_filled = true;
        s->used_us = clock_tick_us();
    }
    pthread_mutex_unlock(&c->locks[set % LOCKS]);
}

void vault_cache_age(struct vault_cache *c, int64_t unused_ms)
{
    int64_t before = clock_tick_us() - unused_ms * 1000;
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint32_t lock = i / WAYS % LOCKS;
        pthread_mutex_lock(&c->locks[lock]);
        struct slot *s = c->slots[i];
        if (s && s->is_filled && s->used_us < before) {
            mem_wipe_free(s, sizeof *s);
            c->slots[i] = NULL;
        }
        pthread_mutex_unlock(&c->locks[lock]);
    }
}
