/* film_disk: the files of recordings as they lie on the disk: proved piece by piece against what the store knows of them, copied out as plain films,
 * removed, and swept. desk/reel writes them, one name each, in DIR/recordings. Plain functions for any thread but the desk: each reads a whole film; film_is_there
 * asks for a length alone, and may be asked anywhere. */
#ifndef DESK_FILM_DISK_H
#define DESK_FILM_DISK_H
#include "desk/film.h"

/* Whether anything was ever taken into it: what was lost on its way to the disk before the first second has a row and no file, or one without a head. Of what was
 * whole: yes, also when somebody has removed it since. */
bool film_is_there(const char *dir, const struct film_file *file);

enum film_flaw {
    FILM_SOUND,
    FILM_ABSENT, /* no file */
    FILM_HEAD,   /* it is none, or another one's */
    FILM_KEY,    /* no piece of it opens by this key */
    FILM_PIECE,  /* a piece is not what was written */
    FILM_CUT,    /* it was whole, and its end is missing */
    FILM_CHAIN   /* each piece opens, and together they are not what was written: somebody had the key */
};
const char *film_flaw_name(enum film_flaw f); /* "absent", "head", "key", "piece", "cut", "chain" */

struct film_proof {
    enum film_flaw flaw;
    uint32_t pieces;   /* that are what was written; the flaw stands behind them */
    int64_t length_ms; /* up to there */
    int64_t bytes;     /* of the film, up to there */
    uint32_t gaps;
    bool is_ended; /* else its writer died, or writes still */
    bool is_matroska;
};
/* key: the recording's. Errors are the disk's and memory's; a flaw is none. */
enum err film_prove(const char *dir, const struct film_file *file, const uint8_t key[CIPHER_KEY_BYTES],
                    struct film_proof *ret) MUST_USE;
/* The film up to where the proof says, into a new file; what stands at the path is written over when forced, else ERR_EXISTS. What could not be
 * written whole is removed. */
enum err film_copy(const char *dir, const struct film_file *file, const uint8_t key[CIPHER_KEY_BYTES],
                   const struct film_proof *proof, const char *path, bool is_forced) MUST_USE;

/* The file goes, and an empty NAME.gone tells the backup to drop its copy too (store/mirror). Absent is no error. */
enum err film_remove(const char *dir, const char *name) MUST_USE;
/* Before serving: files that are no recording's which has its key are removed. Foreign names are left alone. */
enum err film_sweep(struct store *store, const char *dir, int64_t *ret_removed) MUST_USE;

#endif
