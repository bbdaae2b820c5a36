/* anchor: the signed head of the audit chain, kept outside the database: in DIR/audit.anchor after every group
 * commit, and in the backup target.
 *
 * One line of text, so that it can be printed, read over the telephone and checked with any Ed25519 tool:
 *
 *   yunqiao-anchor 1 site=<32 hex> epoch=1 seq=4711 hash=<64 hex> at=2026-11-23T07:24:07.031Z key=<64 hex>
 *   sig=<128 hex>\n                                   (one line; the signature covers all before " sig=")
 *
 * The signing key is a row of the sealed store, so that it outlives key rotation; who holds only the disk cannot
 * sign. The public key stands in each line: a forged pair is found by comparing it with that row and with the
 * copy in the backup target. DIR/audit.anchor has two places of 512 bytes, at 0 and 4096, written in turn, so
 * that a torn write leaves the former one.
 *
 * struct anchor_file belongs to the desk thread; the rest: any thread. */
#ifndef STORE_ANCHOR_H
#define STORE_ANCHOR_H
#include "store/audit.h"
#include "store/file.h"

#define ANCHOR_LINE_BYTES 512
#define ANCHOR_SITE_BYTES 16
#define ANCHOR_SEED_BYTES 32

struct anchor {
    uint8_t site[ANCHOR_SITE_BYTES];
    uint8_t key[32]; /* Ed25519, public */
    struct audit_head head;
};

struct anchor_signer {
    uint8_t site[ANCHOR_SITE_BYTES];
    uint8_t key[32], secret[64];
};
/* ERR_UNSUPPORTED: libsodium does not start. Wipe it after use. */
enum err anchor_signer_init(struct anchor_signer *s, const uint8_t site[ANCHOR_SITE_BYTES],
                            const uint8_t seed[ANCHOR_SEED_BYTES]) MUST_USE;
struct anchor anchor_of(const struct anchor_signer *s, const struct audit_head *head);
/* Writes the signed line with its line feed; returns its length. */
size_t anchor_sign(const struct anchor_signer *s, const struct audit_head *head,
                   char ret_line[ANCHOR_LINE_BYTES]);
/* ERR_CORRUPT: malformed, or the signature is not of the key it names. */
enum err anchor_parse(struct str line, struct anchor *ret) MUST_USE;
bool anchor_is_of(const struct anchor *a, const struct anchor_signer *s); /* this site, this key */
/* < 0, 0, > 0: a is older, the same head, newer. */
int anchor_compare(const struct anchor *a, const struct anchor *b);

struct anchor_file {
    int fd;
    int place; /* to be written next */
};
/* The newer of the file's whole places. ERR_NOT_FOUND: no file; ERR_CORRUPT: neither place verifies. */
enum err anchor_read(const char *path, struct anchor *ret, int *ret_place) MUST_USE;
/* Makes the file with this line in it, in place of what stands there; durable. */
enum err anchor_file_make(const char *path, const char *line, size_t bytes) MUST_USE;
/* Opens it for writing; the newest line stays until the one after the next. */
enum err anchor_file_open(struct anchor_file *f, const char *path) MUST_USE;
/* Durable on OK. After a failure the place may be torn, the other one is whole. */
enum err anchor_file_write(struct anchor_file *f, const char *line, size_t bytes) MUST_USE;
void anchor_file_close(struct anchor_file *f);

#endif
