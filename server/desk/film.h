/* film: what the store knows of recordings: which visit's and patient's each is, under whose key, which files it has, and when who spoke. The files
 * lie beside the records (desk/reel writes them, link/recording reads them); their key is wrapped under the patient's and bound to the recording's name, so that
 * an erasure of the patient makes them noise. Texts live in the arena. Reading on a reader or the desk, the rest on the desk. */
#ifndef DESK_FILM_H
#define DESK_FILM_H
#include "base/arena.h"
#include "base/cipher.h"
#include "base/digest.h"
#include "desk/site.h"

#define FILM_NAME_TEXT 33 /* 32 hex digits and a NUL: of a recording and of a file */

extern const struct migration film_migrations[];      /* 690 - 694 */
extern const struct migration film_mark_migrations[]; /* 780 - 784 */

struct film {
    int64_t row, patient;
    struct str name, visit, by;
    struct instant started, ended;
    bool is_ended, has_key; /* no key: it was destroyed */
};
/* The visit's recording that has not ended, or a new one, with its key: wipe it. ERR_DENIED: the patient was erased. */
enum err film_begin(struct tx *tx, struct records *records, struct str visit, int64_t patient,
                    struct str account, char ret_name[FILM_NAME_TEXT],
                    uint8_t ret_key[CIPHER_KEY_BYTES]) MUST_USE;
enum err film_end(struct tx *tx, struct str name) MUST_USE;
/* Before serving: what was under way when the server was killed has ended. */
enum err film_end_all(struct tx *tx) MUST_USE;

struct film_file {
    int64_t row;
    struct str name, account, source; /* source: a device's, else empty */
    struct instant started;
    bool is_whole; /* bytes and chain are known */
    int64_t bytes;
    struct digest_value chain;
};
/* ERR_NOT_FOUND: no such recording. */
enum err film_file_put(struct tx *tx, struct str recording, const struct film_file *f) MUST_USE;
enum err film_file_whole(struct tx *tx, struct str name, int64_t bytes,
                         const struct digest_value *chain) MUST_USE;
/* Something that happened while it was recorded. drawing: account began to draw on somebody's picture, on a device's, or on one of the record: one of on_ is not empty. */
struct film_at {
    struct instant at;
    struct str kind, account; /* "speaker", "drawing" */
    struct str on_account, on_source, on_record;
};
/* Now. ERR_NOT_FOUND: no such recording. */
enum err film_mark(struct tx *tx, struct str recording, const struct film_at *mark) MUST_USE;

/* The visit's, oldest first; told for each, the file NULL for a recording, then its files. */
enum err film_each(struct tx *tx, struct arena *arena, struct str visit,
                   enum err (*told)(void *ctx, const struct film *film, const struct film_file *file),
                   void *ctx) MUST_USE;
/* The same of one recording. ERR_NOT_FOUND: no such. */
enum err film_each_file(struct tx *tx, struct arena *arena, struct str recording,
                        enum err (*told)(void *ctx, const struct film *film, const struct film_file *file),
                        void *ctx) MUST_USE;
/* All recordings, the newest first, at most so many; files: how many it has. */
enum err film_list(struct tx *tx, struct arena *arena, int64_t limit,
                   enum err (*told)(void *ctx, const struct film *film, int64_t files), void *ctx) MUST_USE;
enum err film_marks(struct tx *tx, struct arena *arena, int64_t recording,
                    enum err (*told)(void *ctx, const struct film_at *mark), void *ctx) MUST_USE;
/* A file by its name, with its recording. ERR_NOT_FOUND. */
enum err film_find(struct tx *tx, struct arena *arena, struct str file, struct film *ret_film,
                   struct film_file *ret_file) MUST_USE;
/* The recording's key; wipe it. ERR_NOT_FOUND: it was destroyed. */
enum err film_key(struct tx *tx, struct records *records, const struct film *film,
                  uint8_t ret_key[CIPHER_KEY_BYTES]) MUST_USE;

#endif
