#include "store/vault_cache.h"
#include "base/clock.h"
#include "base/mem.h"

enum { SLOTS = 4096, LOCKS = 64 };

struct slot {
    uint8_t sealed[VAULT_RESERVE_BYTES], file[PREFIX_BYTES], ad[AD_BYTES];
    uint8_t ad_n;
    uint16_t skip;
    bool is_filled;
    int64_t used_us; /* clock_tick_us */
    uint8_t page[BODY_BYTES];
};

struct vault_cache {
    pthread_mutex_t locks[LOCKS]; /* of the slots whose number ends so */
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

/* Tags are as good as random. */
static uint32_t slot_of(const uint8_t *sealed)
{
    return get_u32(sealed + CIPHER_NONCE_BYTES) % SLOTS;
}

static bool slot_is(const struct slot *s, const struct vault_file *f, const uint8_t *sealed,
                    const uint8_t *ad, size_t ad_n, size_t skip)
{
    return s && s->is_filled && memcmp(s->sealed, sealed, VAULT_RESERVE_BYTES) == 0 && s->ad_n == ad_n &&
           s->skip == skip && memcmp(s->ad, ad, ad_n) == 0 &&
           memcmp(s->file, f->db->prefix, PREFIX_BYTES) == 0;
}

bool vault_cache_get(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, uint8_t *page, size_t skip)
{
    uint32_t i = slot_of(sealed);
    pthread_mutex_lock(&c->locks[i % LOCKS]);
    bool is_here = slot_is(c->slots[i], f, sealed, ad, ad_n, skip);
    if (is_here) {
        memcpy(page + skip, c->slots[i]->page + skip, BODY_BYTES - skip);
        c->slots[i]->used_us = clock_tick_us();
    }
    pthread_mutex_unlock(&c->locks[i % LOCKS]);
    return is_here;
}

/* The page number and commit mark in a frame's header are left out: its place and generation say which frame it is. */
static bool slot_is_frame(const struct slot *s, const struct vault_file *f, const uint8_t *sealed,
                          const uint8_t *ad)
{
    return s && s->is_filled && memcmp(s->sealed, sealed, VAULT_RESERVE_BYTES) == 0 && s->ad_n == AD_BYTES &&
           s->skip == 0 && memcmp(s->ad, ad, 8) == 0 && memcmp(s->ad + 16, ad + 16, 8) == 0 &&
           memcmp(s->file, f->db->prefix, PREFIX_BYTES) == 0;
}

bool vault_cache_get_frame(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                           const uint8_t ad[AD_BYTES], uint8_t *page)
{
    uint32_t i = slot_of(sealed);
    pthread_mutex_lock(&c->locks[i % LOCKS]);
    bool is_here = slot_is_frame(c->slots[i], f, sealed, ad);
    if (is_here) {
        memcpy(page, c->slots[i]->page, BODY_BYTES);
        c->slots[i]->used_us = clock_tick_us();
    }
    pthread_mutex_unlock(&c->locks[i % LOCKS]);
    return is_here;
}

void vault_cache_put(struct vault_cache *c, const struct vault_file *f, const uint8_t *sealed,
                     const uint8_t *ad, size_t ad_n, const uint8_t *page, size_t skip)
{
    uint32_t i = slot_of(sealed);
    pthread_mutex_lock(&c->locks[i % LOCKS]);
    struct slot *s = c->slots[i];
    if (!s) s = c->slots[i] = mem_alloc(sizeof *s); /* without memory it is not kept */
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
    pthread_mutex_unlock(&c->locks[i % LOCKS]);
}

void vault_cache_age(struct vault_cache *c, int64_t unused_ms)
{
    int64_t before = clock_tick_us() - unused_ms * 1000;
    for (uint32_t i = 0; i < SLOTS; i++) {
        pthread_mutex_lock(&c->locks[i % LOCKS]);
        struct slot *s = c->slots[i];
        if (s && s->is_filled && s->used_us < before) mem_wipe(s, sizeof *s);
        pthread_mutex_unlock(&c->locks[i % LOCKS]);
    }
}
