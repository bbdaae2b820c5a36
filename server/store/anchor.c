#include "store/anchor.h"
#include "base/mem.h"
#include "store/file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

enum { PLACES = 2, PLACE_STEP = 4096, FILE_BYTES = PLACE_STEP + ANCHOR_LINE_BYTES };

enum err anchor_signer_init(struct anchor_signer *s, const uint8_t site[ANCHOR_SITE_BYTES],
                            const uint8_t seed[ANCHOR_SEED_BYTES])
{
    if (sodium_init() < 0) return ERR_UNSUPPORTED;
    memcpy(s->site, site, sizeof s->site);
    ASSERT(crypto_sign_seed_keypair(s->key, s->secret, seed) == 0);
    return OK;
}

struct anchor anchor_of(const struct anchor_signer *s, const struct audit_head *head)
{
    struct anchor a = {.head = *head};
    memcpy(a.site, s->site, sizeof a.site);
    memcpy(a.key, s->key, sizeof a.key);
    return a;
}

size_t anchor_sign(const struct anchor_signer *s, const struct audit_head *head,
                   char ret_line[ANCHOR_LINE_BYTES])
{
    char site[2 * sizeof s->site + 1], hash[2 * DIGEST_BYTES + 1], key[2 * sizeof s->key + 1],
        at[INSTANT_TEXT_BYTES], sig_hex[2 * crypto_sign_BYTES + 1];
    uint8_t sig[crypto_sign_BYTES];
    str_hex(s->site, sizeof s->site, site);
    str_hex(head->hash.at, sizeof head->hash.at, hash);
    str_hex(s->key, sizeof s->key, key);
    instant_text(head->at, at);
    int n = snprintf(ret_line, ANCHOR_LINE_BYTES,
                     "yunqiao-anchor 1 site=%s epoch=%" PRId64 " seq=%" PRId64 " hash=%s at=%s key=%s", site,
                     head->epoch, head->seq, hash, at, key);
    ASSERT(n > 0 && n < ANCHOR_LINE_BYTES);
    ASSERT(crypto_sign_detached(sig, NULL, (const uint8_t *)ret_line, (size_t)n, s->secret) == 0);
    str_hex(sig, sizeof sig, sig_hex);
    int more = snprintf(ret_line + n, ANCHOR_LINE_BYTES - (size_t)n, " sig=%s\n", sig_hex);
    ASSERT(more > 0 && n + more < ANCHOR_LINE_BYTES);
    return (size_t)(n + more);
}

/* Takes "name=value" off the front; an empty value when something else stands there. */
static struct str take(struct str *rest, const char *name)
{
    struct str word = str_cut(rest, ' '), key = str_cut(&word, '=');
    return str_is_text(key, name) ? word : (struct str){0};
}

enum err anchor_parse(struct str line, struct anchor *ret)
{
    struct anchor a;
    uint8_t sig[crypto_sign_BYTES];
    struct str all = line, rest;
    if (line.bytes && line.at[line.bytes - 1] == '\n') all.bytes--;
    rest = all;
    if (!str_is_text(str_cut(&rest, ' '), "yunqiao-anchor") || !str_is_text(str_cut(&rest, ' '), "1"))
        return ERR_CORRUPT;
    if (!str_from_hex(take(&rest, "site"), a.site, sizeof a.site) ||
        !str_to_i64(take(&rest, "epoch"), &a.head.epoch) || !str_to_i64(take(&rest, "seq"), &a.head.seq) ||
        !str_from_hex(take(&rest, "hash"), a.head.hash.at, sizeof a.head.hash.at) ||
        !instant_from_text(take(&rest, "at"), &a.head.at) ||
        !str_from_hex(take(&rest, "key"), a.key, sizeof a.key))
        return ERR_CORRUPT;
    size_t signed_bytes = (size_t)(rest.at - all.at) - 1; /* without the blank before "sig=" */
    if (!str_from_hex(take(&rest, "sig"), sig, sizeof sig) || rest.bytes) return ERR_CORRUPT;
    if (a.head.epoch < 1 || a.head.seq < 0) return ERR_CORRUPT;
    if (crypto_sign_verify_detached(sig, (const uint8_t *)all.at, signed_bytes, a.key) != 0)
        return ERR_CORRUPT;
    *ret = a;
    return OK;
}

bool anchor_is_of(const struct anchor *a, const struct anchor_signer *s)
{
    return memcmp(a->site, s->site, sizeof a->site) == 0 && memcmp(a->key, s->key, sizeof a->key) == 0;
}

int anchor_compare(const struct anchor *a, const struct anchor *b)
{
    const int64_t of_a[] = {a->head.epoch, a->head.seq}, of_b[] = {b->head.epoch, b->head.seq};
    for (size_t i = 0; i < COUNT_OF(of_a); i++)
        if (of_a[i] != of_b[i]) return of_a[i] < of_b[i] ? -1 : 1;
    return 0;
}

static enum err read_place(int fd, int place, struct anchor *ret)
{
    char line[ANCHOR_LINE_BYTES];
    enum err err = file_read_at(fd, line, sizeof line, (int64_t)place * PLACE_STEP);
    if (err) return err;
    const char *end = memchr(line, '\n', sizeof line);
    return end ? anchor_parse((struct str){line, (size_t)(end - line)}, ret) : ERR_CORRUPT;
}

static enum err read_newest(int fd, struct anchor *ret, int *ret_place)
{
    struct anchor found[PLACES];
    enum err errs[PLACES];
    int best = -1;
    for (int i = 0; i < PLACES; i++) {
        errs[i] = read_place(fd, i, &found[i]);
        if (errs[i] != OK && errs[i] != ERR_CORRUPT) return errs[i];
        if (!errs[i] && (best < 0 || anchor_compare(&found[i], &found[best]) > 0)) best = i;
    }
    if (best < 0) return ERR_CORRUPT;
    *ret = found[best];
    *ret_place = best;
    return OK;
}

enum err anchor_read(const char *path, struct anchor *ret, int *ret_place)
{
    int place, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return err_from_errno(errno);
    enum err err = read_newest(fd, ret, &place);
    close(fd);
    if (!err && ret_place) *ret_place = place;
    return err;
}

enum err anchor_file_make(const char *path, const char *line, size_t bytes)
{
    char whole[FILE_BYTES];
    ASSERT(bytes <= ANCHOR_LINE_BYTES);
    memset(whole, ' ', sizeof whole);
    memcpy(whole, line, bytes);
    return file_replace(path, whole, sizeof whole);
}

enum err anchor_file_open(struct anchor_file *f, const char *path)
{
    struct anchor newest;
    int place;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return err_from_errno(errno);
    enum err err = read_newest(fd, &newest, &place);
    if (err) {
        close(fd);
        return err;
    }
    f->fd = fd;
    f->place = 1 - place;
    return OK;
}

enum err anchor_file_write(struct anchor_file *f, const char *line, size_t bytes)
{
    char whole[ANCHOR_LINE_BYTES];
    ASSERT(bytes <= sizeof whole);
    memset(whole, ' ', sizeof whole);
    memcpy(whole, line, bytes);
    enum err err = file_write_at(f->fd, whole, sizeof whole, (int64_t)f->place * PLACE_STEP);
    if (!err && fdatasync(f->fd) != 0) err = err_from_errno(errno);
    if (!err) f->place = 1 - f->place;
    return err;
}

void anchor_file_close(struct anchor_file *f)
{
    if (f->fd >= 0) close(f->fd);
    f->fd = -1;
}
