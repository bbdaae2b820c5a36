/* file_seal: one attachment as a sealed file: written once from front to back, read from any place.
 *
 *   DIR/files/3f/3f81…   "YQFILE1\n", then chunks: nonce 24 | sealed, at most 65,536 bytes | tag 16
 *
 * Each file has a random key of its own, which its owner keeps (wrapped under the patient's, records/attach). A chunk is bound to the
 * file's name, to its number, and to being the last or not, so that none can be swapped, left out or cut off unseen. XAES-256-GCM by
 * chunks and not libsodium's secretstream: a stream is read only from its beginning, and a browser asks for the middle (decision 0070).
 *
 * Until it is placed a file is NAME.part; until it is kept it is nobody's: dropped with its writer, or swept at the next start. A writer or reader belongs to one thread at a
 * time. Errors are those of the disk (ERR_DISK_FULL), ERR_CORRUPT, ERR_NOMEM, and ERR_LIMIT for a file longer than it may be. */
#ifndef RECORDS_FILE_SEAL_H
#define RECORDS_FILE_SEAL_H
#include "base/cipher.h"
#include "base/digest.h"
#include <stdbool.h>

#define FILE_SEAL_BYTES_MAX (200LL * 1024 * 1024)
#define FILE_SEAL_CHUNK_BYTES 65536
#define FILE_SEAL_NAME_BYTES 33 /* 32 hex digits and a NUL */

struct file_seal {
    char name[FILE_SEAL_NAME_BYTES];
    uint8_t key[CIPHER_KEY_BYTES];
    int64_t bytes; /* of what it holds */
    struct digest_value sha256;
};

struct file_writer;
/* dir: DIR/files, made when absent. */
enum err file_writer_new(const char *dir, struct file_writer **ret_writer) MUST_USE;
enum err file_writer_add(struct file_writer *w, const void *from, size_t bytes) MUST_USE;
/* The last chunk; then the file is synced. Once. It can be read from now on. */
enum err file_writer_end(struct file_writer *w, struct file_seal *ret) MUST_USE;
/* Gives the ended file its final name, durably: before the commit that speaks of it, off the desk. */
enum err file_writer_place(struct file_writer *w) MUST_USE;
int64_t file_writer_bytes(const struct file_writer *w); /* taken so far */
/* Removes the file unless it was kept; NULL allowed. What had its final name already leaves a NAME.gone (below). */
void file_writer_free(struct file_writer *w);
/* Its row is committed: the placed file stays. Cannot fail. */
void file_writer_keep(struct file_writer *w);

struct file_reader;
enum err file_reader_new(const char *dir, const struct file_seal *seal,
                         struct file_reader **ret_reader) MUST_USE;
/* At most bytes from the offset, and what came; 0 at the end. Whatever comes has been verified. */
enum err file_reader_get(struct file_reader *r, int64_t offset, void *ret_bytes, size_t bytes,
                         size_t *ret_n) MUST_USE;
void file_reader_free(struct file_reader *r); /* NULL allowed */

/* The file goes, and an empty NAME.gone tells the backup to drop its copy too (store/mirror). Absent is no error. */
#define FILE_SEAL_GONE ".gone"
enum err file_seal_destroy(const char *dir, const char *name) MUST_USE;
/* Before serving: removes every file that is_known does not know. Foreign names are left alone. */
enum err file_seal_sweep(const char *dir, bool (*is_known)(void *ctx, const char *name), void *ctx,
                         int64_t *ret_removed) MUST_USE;

#endif
