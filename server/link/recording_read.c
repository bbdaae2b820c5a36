#include "base/mem.h"
#include "link/recording_own.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

struct place {
    int64_t at;   /* of its head, in the file */
    int64_t film; /* where its body stands in the film, or would */
    int64_t at_ms;
    uint32_t bytes;
    uint8_t kind;
};

struct recording_reader {
    int fd;
    uint8_t id[RECORDING_ID_BYTES];
    struct cipher *cipher;
    struct place *places;
    uint32_t count, room, head, head_again; /* head_again: count when there is none */
    struct recording_seen seen;
    uint8_t *open; /* the piece that was opened last */
    size_t open_room;
    uint32_t open_piece; /* count: none */
    bool is_damaged;     /* may be */
};

/* As many as there are; ERR_IO. */
static enum err read_at(int fd, int64_t at, void *to, size_t bytes, size_t *ret_n)
{
    size_t n = 0;
    while (n < bytes) {
        ssize_t got = pread(fd, (uint8_t *)to + n, bytes - n, at + (int64_t)n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return err_from_errno(errno);
        if (got == 0) break;
        n += (size_t)got;
    }
    *ret_n = n;
    return OK;
}

static enum err read_all(int fd, int64_t at, void *to, size_t bytes)
{
    size_t n = 0;
    enum err err = read_at(fd, at, to, bytes, &n);
    return err ? err : n == bytes ? OK : ERR_CORRUPT;
}

static enum err read_head(int fd, uint8_t ret_id[RECORDING_ID_BYTES])
{
    uint8_t head[RECORDING_HEAD_BYTES];
    enum err err = read_all(fd, 0, head, sizeof head);
    if (err) return err;
    if (memcmp(head, RECORDING_MAGIC, sizeof RECORDING_MAGIC) != 0) return ERR_CORRUPT;
    memcpy(ret_id, head + sizeof RECORDING_MAGIC, RECORDING_ID_BYTES);
    return OK;
}

static int64_t place_bytes(const struct recording_piece *p)
{
    return RECORDING_PIECE_HEAD_BYTES + CIPHER_BOX_BYTES + (int64_t)p->bytes;
}

/* The next whole piece; false: there is none (any more). */
static enum err next_piece(int fd, int64_t at, int64_t file_bytes, struct recording_piece *ret, bool *ret_is)
{
    uint8_t head[RECORDING_PIECE_HEAD_BYTES];
    *ret_is = false;
    if (at + RECORDING_PIECE_HEAD_BYTES > file_bytes) return OK;
    enum err err = read_all(fd, at, head, sizeof head);
    if (err) return err;
    if (!recording_head_read(head, ret)) return ERR_CORRUPT;
    *ret_is = at + place_bytes(ret) <= file_bytes;
    return OK;
}

static enum err add_place(struct recording_reader *r, const struct place *p)
{
    if (r->count == RECORDING_PIECES_MAX) return ERR_LIMIT;
    if (r->count == r->room) {
        uint32_t room = r->room ? r->room * 2 : 256;
        struct place *wider = mem_resize(r->places, room * sizeof *wider);
        if (!wider) return ERR_NOMEM;
        r->places = wider;
        r->room = room;
    }
    r->places[r->count++] = *p;
    return OK;
}

static enum err look(struct recording_reader *r)
{
    int64_t at = RECORDING_HEAD_BYTES, file_bytes = lseek(r->fd, 0, SEEK_END);
    struct recording_piece p;
    bool is = true;
    enum err err = file_bytes < 0 ? err_from_errno(errno) : OK;
    r->head = r->head_again = UINT32_MAX;
    while (!err && !r->seen.is_ended && !(err = next_piece(r->fd, at, file_bytes, &p, &is)) && is) {
        struct place place = {at, r->seen.film_bytes, p.at_ms, p.bytes, p.kind};
        if (p.kind == RECORDING_HEAD && r->head != UINT32_MAX && !r->is_damaged) err = ERR_CORRUPT;
        if (p.kind == RECORDING_HEAD) r->head = r->count;
        if (p.kind == RECORDING_HEAD_AGAIN) r->head_again = r->count;
        if (recording_is_film(p.kind)) r->seen.film_bytes += p.bytes;
        r->seen.gaps += p.kind == RECORDING_GAP;
        r->seen.is_ended = p.kind == RECORDING_END;
        r->seen.length_ms = p.at_ms;
        at += place_bytes(&p);
        if (!err) err = add_place(r, &place);
    }
    r->seen.is_broken = err == ERR_CORRUPT && r->is_damaged;
    if (err && !r->seen.is_broken) return err;
    bool fits = r->head_again == UINT32_MAX ||
                (r->head != UINT32_MAX && r->places[r->head].bytes == r->places[r->head_again].bytes);
    if (!fits && !r->is_damaged) return ERR_CORRUPT;
    if (!fits) r->head_again = UINT32_MAX;
    r->open_piece = r->count;
    r->seen.pieces = r->count;
    r->seen.file_bytes = at;
    r->seen.is_torn = at < file_bytes;
    return OK;
}

static enum err open_as(int fd, bool is_damaged, const uint8_t id[RECORDING_ID_BYTES],
                        const uint8_t key[CIPHER_KEY_BYTES], struct recording_reader **ret,
                        struct recording_seen *ret_seen)
{
    struct recording_reader *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    r->fd = fd;
    r->is_damaged = is_damaged;
    r->cipher = cipher_new(key);
    enum err err = r->cipher ? read_head(fd, r->id) : ERR_NOMEM;
    if (!err && memcmp(r->id, id, sizeof r->id) != 0) err = ERR_CORRUPT;
    if (!err) err = look(r);
    if (err) {
        recording_close(r);
        return err;
    }
    *ret_seen = r->seen;
    *ret = r;
    return OK;
}

enum err recording_open(int fd, const uint8_t id[RECORDING_ID_BYTES], const uint8_t key[CIPHER_KEY_BYTES],
                        struct recording_reader **ret, struct recording_seen *ret_seen)
{
    return open_as(fd, false, id, key, ret, ret_seen);
}

enum err recording_open_damaged(int fd, const uint8_t id[RECORDING_ID_BYTES],
                                const uint8_t key[CIPHER_KEY_BYTES], struct recording_reader **ret,
                                struct recording_seen *ret_seen)
{
    return open_as(fd, true, id, key, ret, ret_seen);
}

void recording_close(struct recording_reader *r)
{
    if (!r) return;
    cipher_free(r->cipher);
    mem_free(r->places);
    mem_wipe_free(r->open, r->open_room);
    mem_wipe_free(r, sizeof *r);
}

/* -- pieces -- */

static enum err make_room(struct recording_reader *r, size_t bytes)
{
    if (bytes <= r->open_room) return OK;
    uint8_t *wider = mem_alloc(bytes);
    if (!wider) return ERR_NOMEM;
    mem_wipe_free(r->open, r->open_room);
    r->open = wider;
    r->open_room = bytes;
    return OK;
}

static enum err tag_before(struct recording_reader *r, uint32_t i, uint8_t ret[CIPHER_TAG_BYTES])
{
    memset(ret, 0, CIPHER_TAG_BYTES);
    return i == 0 ? OK : read_all(r->fd, r->places[i].at - CIPHER_TAG_BYTES, ret, CIPHER_TAG_BYTES);
}

/* Piece i stands in r->open, verified. */
static enum err open_piece(struct recording_reader *r, uint32_t i)
{
    if (r->open_piece == i) return OK;
    const struct place *at = &r->places[i];
    struct recording_piece p = {at->bytes, at->kind, at->at_ms};
    uint8_t before[CIPHER_TAG_BYTES];
    r->open_piece = r->count;
    enum err err = make_room(r, at->bytes + CIPHER_BOX_BYTES);
    if (!err) err = tag_before(r, i, before);
    if (!err)
        err = read_all(r->fd, at->at + RECORDING_PIECE_HEAD_BYTES, r->open, at->bytes + CIPHER_BOX_BYTES);
    if (err) return err;
    struct recording_binding bound = recording_bind(r->id, i, at->film, &p, before);
    uint8_t *sealed = r->open + CIPHER_NONCE_BYTES;
    err =
        cipher_open(r->cipher, r->open, sealed + at->bytes, &bound, sizeof bound, sealed, at->bytes, sealed);
    if (!err) r->open_piece = i;
    return err;
}

static const uint8_t *body_of(const struct recording_reader *r)
{
    return r->open + CIPHER_NONCE_BYTES;
}

static bool holds(const struct place *p, int64_t offset)
{
    return recording_is_film(p->kind) && p->film <= offset && offset < p->film + p->bytes;
}

/* The piece of the film that holds the offset, which is below the film's end. Pieces that are no film stand at the same offset as the next, and so
 * does an empty one. */
static uint32_t find_piece(const struct recording_reader *r, int64_t offset)
{
    uint32_t low = 0, high = r->count; /* the last that stands at the offset or before it */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (r->places[middle].film > offset)
            high = middle;
        else
            low = middle;
    }
    while (!holds(&r->places[low], offset))
        low--;
    return low;
}

enum err recording_get(struct recording_reader *r, int64_t offset, void *ret_bytes, size_t bytes,
                       size_t *ret_n)
{
    size_t n = 0;
    ASSERT(offset >= 0);
    while (n < bytes && offset + (int64_t)n < r->seen.film_bytes) {
        uint32_t i = find_piece(r, offset + (int64_t)n);
        int64_t in = offset + (int64_t)n - r->places[i].film;
        enum err err = open_piece(r, i == r->head && r->head_again != UINT32_MAX ? r->head_again : i);
        if (err) return err;
        size_t left = r->places[i].bytes - (size_t)in, part = left < bytes - n ? left : bytes - n;
        memcpy((uint8_t *)ret_bytes + n, body_of(r) + in, part);
        n += part;
    }
    *ret_n = n;
    return OK;
}

static uint64_t number_at(const uint8_t *at)
{
    uint64_t n = 0;
    for (int i = 0; i < 8; i++)
        n = n << 8 | at[i];
    return n;
}

enum err recording_gap_at(struct recording_reader *r, uint32_t i, struct recording_gap_seen *ret)
{
    uint32_t at = 0;
    ASSERT(i < r->seen.gaps);
    for (;; at++)
        if (r->places[at].kind == RECORDING_GAP && i-- == 0) break;
    enum err err = r->places[at].bytes == 9 ? open_piece(r, at) : ERR_CORRUPT;
    if (err) return err;
    const uint8_t *body = body_of(r);
    if (body[8] == 0 || body[8] >= RECORDING_WHYS) return ERR_CORRUPT;
    *ret = (struct recording_gap_seen){r->places[at].at_ms, (int64_t)number_at(body),
                                       (enum recording_why)body[8]};
    return OK;
}

enum err recording_opens(struct recording_reader *r, uint32_t piece)
{
    ASSERT(piece < r->count);
    return open_piece(r, piece);
}

void recording_cut(struct recording_reader *r, uint32_t piece, struct recording_seen *ret_seen)
{
    ASSERT(piece <= r->count);
    for (uint32_t i = piece; i < r->count; i++)
        r->seen.gaps -= r->places[i].kind == RECORDING_GAP;
    if (piece < r->count) {
        r->seen.film_bytes = r->places[piece].film;
        r->seen.is_ended = false;
    }
    if (r->head_again >= piece) r->head_again = UINT32_MAX;
    r->seen.length_ms = piece ? r->places[piece - 1].at_ms : 0;
    r->seen.pieces = r->count = r->open_piece = piece;
    *ret_seen = r->seen;
}

/* -- proofs -- */

/* chain_n over the bytes at..at+bytes; a piece at a time fits in `block` in parts. */
static enum err chain_add(int fd, int64_t at, int64_t bytes, struct digest *digest, bool is_first,
                          struct digest_value *chain, uint8_t *block)
{
    digest_start(digest);
    if (!is_first) digest_add(digest, chain->at, sizeof chain->at);
    for (int64_t n = 0; n < bytes;) {
        size_t part = bytes - n < MEM_BLOCK_BYTES ? (size_t)(bytes - n) : MEM_BLOCK_BYTES;
        enum err err = read_all(fd, at + n, block, part);
        if (err) return err;
        digest_add(digest, block, part);
        n += (int64_t)part;
    }
    *chain = digest_end(digest);
    return OK;
}

enum err recording_chain_of(int fd, struct digest_value *ret_chain)
{
    int64_t at = RECORDING_HEAD_BYTES, file_bytes = lseek(fd, 0, SEEK_END);
    struct recording_piece p;
    struct digest_value chain = {{0}};
    bool is = true, is_ended = false;
    struct digest *digest = digest_new();
    uint8_t *block = mem_block(), id[RECORDING_ID_BYTES];
    enum err err = digest && block ? read_head(fd, id) : ERR_NOMEM;
    if (!err) err = chain_add(fd, 0, RECORDING_HEAD_BYTES, digest, true, &chain, block);
    while (!err && !is_ended && !(err = next_piece(fd, at, file_bytes, &p, &is)) && is) {
        err = chain_add(fd, at, place_bytes(&p), digest, false, &chain, block);
        at += place_bytes(&p);
        is_ended = p.kind == RECORDING_END;
    }
    if (!err) *ret_chain = chain;
    digest_free(digest);
    mem_block_free(block);
    return err;
}

enum err recording_verify(struct recording_reader *r, struct digest_value *ret_chain, uint32_t *ret_piece)
{
    for (uint32_t i = 0; i < r->count; i++) {
        enum err err = open_piece(r, i);
        if (err) {
            *ret_piece = i;
            return err;
        }
    }
    *ret_piece = r->count;
    return recording_chain_of(r->fd, ret_chain);
}
