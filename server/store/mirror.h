/* mirror: the folders of sealed files (DIR/files, records/file_seal; DIR/recordings, link/recording) copied to a backup target and back. A file of
 * DIR/files is written once, whole under its final name, and never changed, so that a copy is right when its name is there. One of DIR/recordings
 * only ever grows: what is new of it is appended to the copy. What was lawfully erased has left an empty NAME.gone behind: the copy goes, then the mark.
 *
 *   DIR/files/3f/3f81…   TARGET/files/3f/3f81…      DIR/recordings/77a0…   TARGET/recordings/77a0…
 *
 * A pass before log bytes are shipped takes along every file that they speak of: a file is whole before its row is committed. Recordings that grow are
 * looked at in each pass, all of them when the folder changes and each MIRROR_WALK_MS; a copy's end that is not as it was written (its disk lost
 * power) is found at the first look, and the copy made anew.
 * Plain functions; one thread at a time on one target; server/store only. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H
#include "store/file.h"
#include <stdbool.h>

#define MIRROR_FOLDER "files"
#define MIRROR_PARTS 256
#define MIRROR_FILMS "recordings"
enum { MIRROR_WALK_MS = 10000, MIRROR_GROWING_MAX = 256 };

struct mirror { /* what was looked at before; zeroes: nothing */
    int64_t
        seen[MIRROR_PARTS]; /* when the folder had last changed, as its time says, ns; 0: to be looked at */
    struct mirror_films {
        int64_t seen, walked; /* the same of the recordings; when all were looked at, ms since 1970 */
        uint32_t growing_n;
        char growing[MIRROR_GROWING_MAX][33]; /* that may go on */
    } films;
};

/* dir and target: DIR and TARGET. A failure leaves the rest for the next pass. */
enum err mirror_out(struct mirror *m, const char *dir, const char *target) MUST_USE;
/* Into a DIR that has none yet. told is called with the bytes of each file; NULL allowed. */
enum err mirror_back(const char *target, const char *dir, void (*told)(void *ctx, int64_t bytes),
                     void *ctx) MUST_USE;
int64_t mirror_bytes(const char *target); /* of all files there */

#endif
