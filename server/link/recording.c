#include "link/recording.h"
#include "base/mem.h"
#include "link/recording_own.h"
#include <string.h>

/* -- the format -- */

static void put_number(uint8_t *at, uint64_t n, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(n >> 8 * (bytes - 1 - i));
}

static uint64_t get_number(const uint8_t *at, unsigned bytes)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | at[i];
    return n;
}

void recording_head_write(const struct recording_piece *p, uint8_t ret[RECORDING_PIECE_HEAD_BYTES])
{
    put_number(ret, p->bytes, 4);
    ret[4] = p->kind;
    put_number(ret + 5, (uint64_t)p->at_ms, 8);
}

bool recording_head_read(const uint8_t at[RECORDING_PIECE_HEAD_BYTES], struct recording_piece *ret)
{
    struct recording_piece p = {(uint32_t)get_number(at, 4), at[4], (int64_t)get_number(at + 5, 8)};
    if (p.bytes > RECORDING_PIECE_BYTES_MAX || p.kind == 0 || p.kind >= RECORDING_KINDS || p.at_ms < 0)
        return false;
    *ret = p;
    return true;
}

struct recording_binding recording_bind(const uint8_t id[RECORDING_ID_BYTES], uint64_t number, int64_t film,
                                        const struct recording_piece *p,
                                        const uint8_t before[CIPHER_TAG_BYTES])
{
    struct recording_binding b;
    memcpy(b.id, id, sizeof b.id);
    put_number(b.number, number, sizeof b.number);
    put_number(b.film, (uint64_t)film, sizeof b.film);
    recording_head_write(p, b.head);
    memcpy(b.before, before, sizeof b.before);
    return b;
}

/* -- writing -- */

struct recording {
    struct recording_settings settings;
    struct cipher *cipher;
    struct digest *digest;
    struct digest_value chain;
    uint8_t before[CIPHER_TAG_BYTES];
    uint64_t number;
    int64_t bytes, film, at_ms; /* film: bytes of it so far */
    uint8_t *box;               /* head | nonce | sealed | tag */
    size_t room;
    bool is_ended;
};

static enum err put(struct recording *r, const void *at, size_t bytes)
{
    enum err err = r->settings.put(r->settings.ctx, at, bytes);
    if (err) return err;
    digest_start(r->digest);
    if (r->number > 0 || r->bytes > 0) digest_add(r->digest, r->chain.at, sizeof r->chain.at);
    digest_add(r->digest, at, bytes);
    r->chain = digest_end(r->digest);
    r->bytes += (int64_t)bytes;
    return OK;
}

enum err recording_new(const struct recording_settings *settings, struct recording **ret)
{
    uint8_t head[RECORDING_HEAD_BYTES] = RECORDING_MAGIC;
    struct recording *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    r->settings = *settings;
    r->cipher = cipher_new(settings->key);
    r->digest = digest_new();
    memcpy(head + sizeof RECORDING_MAGIC, settings->id, RECORDING_ID_BYTES);
    enum err err = r->cipher && r->digest ? put(r, head, sizeof head) : ERR_NOMEM;
    if (err) {
        recording_free(r);
        return err;
    }
    *ret = r;
    return OK;
}

void recording_free(struct recording *r)
{
    if (!r) return;
    cipher_free(r->cipher);
    digest_free(r->digest);
    mem_free(r->box); /* what is sealed needs no wiping */
    mem_wipe_free(r, sizeof *r);
}

static enum err make_room(struct recording *r, size_t bytes)
{
    if (bytes <= r->room) return OK;
    uint8_t *wider = mem_resize(r->box, bytes);
    if (!wider) return ERR_NOMEM;
    r->box = wider;
    r->room = bytes;
    return OK;
}

enum err recording_add(struct recording *r, enum recording_kind kind, int64_t at_ms, const void *body,
                       size_t bytes)
{
    ASSERT(kind > 0 && kind < RECORDING_KINDS && !r->is_ended);
    size_t all = RECORDING_PIECE_HEAD_BYTES + CIPHER_BOX_BYTES + bytes;
    bool fits = bytes <= RECORDING_PIECE_BYTES_MAX && r->number < RECORDING_PIECES_MAX &&
                r->bytes + (int64_t)all <= RECORDING_BYTES_MAX;
    enum err err = fits ? make_room(r, all) : ERR_LIMIT;
    if (err) return err;
    if (at_ms < r->at_ms) at_ms = r->at_ms; /* instants never go back */
    struct recording_piece p = {(uint32_t)bytes, (uint8_t)kind, at_ms};
    struct recording_binding bound = recording_bind(r->settings.id, r->number, r->film, &p, r->before);
    uint8_t *nonce = r->box + RECORDING_PIECE_HEAD_BYTES, *sealed = nonce + CIPHER_NONCE_BYTES;
    recording_head_write(&p, r->box);
    err = cipher_seal(r->cipher, &bound, sizeof bound, body, bytes, sealed, nonce, sealed + bytes);
    if (!err) err = put(r, r->box, all);
    if (err) return err;
    memcpy(r->before, sealed + bytes, sizeof r->before);
    if (recording_is_film(p.kind)) r->film += p.bytes;
    r->number++;
    r->at_ms = at_ms;
    return OK;
}

enum err recording_gap(struct recording *r, int64_t from_ms, int64_t to_ms, enum recording_why why)
{
    uint8_t body[9];
    ASSERT(why > 0 && why < RECORDING_WHYS);
    put_number(body, (uint64_t)to_ms, 8);
    body[8] = (uint8_t)why;
    return recording_add(r, RECORDING_GAP, from_ms, body, sizeof body);
}

enum err recording_end(struct recording *r, int64_t at_ms)
{
    enum err err = recording_add(r, RECORDING_END, at_ms, "", 0);
    r->is_ended = !err;
    return err;
}

struct digest_value recording_chain(const struct recording *r)
{
    return r->chain;
}

int64_t recording_bytes(const struct recording *r)
{
    return r->bytes;
}

void recording_part_key(const uint8_t key[CIPHER_KEY_BYTES], const uint8_t id[RECORDING_ID_BYTES],
                        uint8_t ret_key[CIPHER_KEY_BYTES])
{
    digest_derive(key, CIPHER_KEY_BYTES, id, RECORDING_ID_BYTES, "yunqiao recording", ret_key,
                  CIPHER_KEY_BYTES);
}
