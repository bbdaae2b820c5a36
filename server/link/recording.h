/* recording: a film as a sealed file, written piece by piece while it happens and read from any place, also while it is being written and
 * after whoever wrote it was killed. The codec child seals, yunqiaod opens: both know the format, and this is it.
 *
 *   "YQREC1\n\0" | id 16 | pieces
 *   piece:  bytes 4 | kind 1 | at_ms 8 | nonce 24 | sealed | tag 16        numbers in network order
 *
 * A piece is bound to the file's id, its number, its place in the film, its kind and instant, and to the tag of the one before it (of the first: nothing), so that none can be swapped,
 * left out, repeated or put into another file unseen; the last, END, is what tells a whole file from one that was cut. XAES-256-GCM under a
 * key that is the file's alone. Beside it goes a chain of SHA-256, chain_n = SHA-256(chain_n-1 | piece n as it lies), chain_0 = SHA-256(head): its
 * last value, kept elsewhere (the trail), proves the bytes to somebody without the key, and against somebody with it.
 *
 * The film is HEAD, the CLUSTERs in order and CUES; with a HEAD_AGAIN that stands in HEAD's place (media/webm). A GAP is a stretch that was not
 * taken, with why. A writer or reader belongs to one thread at a time. */
#ifndef LINK_RECORDING_H
#define LINK_RECORDING_H
#include "base/cipher.h"
#include "base/digest.h"
#include <stdbool.h>

enum {
    RECORDING_ID_BYTES = 16,
    RECORDING_HEAD_BYTES = 24,
    RECORDING_PIECE_HEAD_BYTES = 13,
    RECORDING_PIECE_BYTES_MAX = 16 << 20,
    RECORDING_PIECES_MAX = 500000
};
#define RECORDING_BYTES_MAX (64LL << 30)

enum recording_kind {
    RECORDING_HEAD = 1,
    RECORDING_CLUSTER,
    RECORDING_CUES,
    RECORDING_HEAD_AGAIN,
    RECORDING_GAP, /* body: to_ms 8 | why 1; at_ms: from when */
    RECORDING_END,
    RECORDING_KINDS
};
enum recording_why {
    RECORDING_CONSENT_WITHDRAWN = 1,
    RECORDING_PAUSED,  /* by somebody */
    RECORDING_PRIVATE, /* a private talk */
    RECORDING_LOST,    /* nothing came, or what came could not be taken */
    RECORDING_WHYS
};

/* -- writing -- */
struct recording;
struct recording_settings {
    uint8_t id[RECORDING_ID_BYTES], key[CIPHER_KEY_BYTES];
    /* All of it, or an error; the file is then left as it is. */
    enum err (*put)(void *ctx, const void *at, size_t bytes);
    void *ctx;
};
/* Puts the head. ERR_NOMEM, or the error of put. */
enum err recording_new(const struct recording_settings *settings, struct recording **ret) MUST_USE;
void recording_free(struct recording *r); /* NULL allowed; the key is wiped */
enum err recording_add(struct recording *r, enum recording_kind kind, int64_t at_ms, const void *body,
                       size_t bytes) MUST_USE;
enum err recording_gap(struct recording *r, int64_t from_ms, int64_t to_ms, enum recording_why why) MUST_USE;
/* Puts END. Nothing more is taken. */
enum err recording_end(struct recording *r, int64_t at_ms) MUST_USE;
/* The key of one file, out of its recording's. */
void recording_part_key(const uint8_t key[CIPHER_KEY_BYTES], const uint8_t id[RECORDING_ID_BYTES],
                        uint8_t ret_key[CIPHER_KEY_BYTES]);
struct digest_value recording_chain(const struct recording *r); /* over all that was put */
int64_t recording_bytes(const struct recording *r);             /* of the file */

/* -- reading -- */
struct recording_reader;
struct recording_seen {
    int64_t film_bytes, file_bytes; /* file_bytes: of whole pieces */
    int64_t length_ms;              /* the instant of the last piece */
    uint32_t pieces, gaps;
    bool is_ended, is_torn; /* torn: bytes of an unfinished piece stand behind the last */
    bool is_broken;         /* what stands behind the last can be no piece (recording_open_damaged) */
};
/* Looks at the heads of the pieces, as far as they are whole, and opens none. fd stays the caller's. ERR_CORRUPT: not such a file, or another
 * one's; ERR_LIMIT; ERR_IO; ERR_NOMEM. */
enum err recording_open(int fd, const uint8_t id[RECORDING_ID_BYTES], const uint8_t key[CIPHER_KEY_BYTES],
                        struct recording_reader **ret, struct recording_seen *ret_seen) MUST_USE;
/* The same of one that may be damaged: what can be no piece ends it, and what the pieces say of themselves is left to recording_verify. */
enum err recording_open_damaged(int fd, const uint8_t id[RECORDING_ID_BYTES],
                                const uint8_t key[CIPHER_KEY_BYTES], struct recording_reader **ret,
                                struct recording_seen *ret_seen) MUST_USE;
void recording_close(struct recording_reader *r); /* NULL allowed; key and film are wiped */
/* Of the film, from the offset; 0 at its end. Whatever comes has been verified. ERR_CORRUPT: a piece is not what was written. */
enum err recording_get(struct recording_reader *r, int64_t offset, void *ret_bytes, size_t bytes,
                       size_t *ret_n) MUST_USE;
struct recording_gap_seen {
    int64_t from_ms, to_ms;
    enum recording_why why;
};
enum err recording_gap_at(struct recording_reader *r, uint32_t i, struct recording_gap_seen *ret) MUST_USE;
/* Opens every piece, to the end. ERR_CORRUPT: ret_piece is the first that is not what was written. */
enum err recording_verify(struct recording_reader *r, struct digest_value *ret_chain,
                          uint32_t *ret_piece) MUST_USE;
/* One piece alone. ERR_CORRUPT: it is not what was written. */
enum err recording_opens(struct recording_reader *r, uint32_t piece) MUST_USE;
/* From now on the film ends before that piece. */
void recording_cut(struct recording_reader *r, uint32_t piece, struct recording_seen *ret_seen);
/* The chain alone, without the key. */
enum err recording_chain_of(int fd, struct digest_value *ret_chain) MUST_USE;

#endif
