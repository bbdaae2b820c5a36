/* mirror: the folder of sealed files (DIR/files, records/file_seal) copied to a backup target and back. Each file is written once, whole
 * under its final name, and never changed, so that a copy is right when its name is there. What was lawfully erased has left an
 * empty NAME.gone behind: the copy goes, then the mark.
 *
 *   DIR/files/3f/3f81…   TARGET/files/3f/3f81…
 *
 * A pass before log bytes are shipped takes along every file that they speak of: a file is whole before its row is committed.
 * Plain functions; one thread at a time on one target; server/store only. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H
#include "store/file.h"
#include <stdbool.h>

#define MIRROR_FOLDER "files"
#define MIRROR_PARTS 256

struct mirror { /* what was looked at before; zeroes: nothing */
    int64_t
        seen[MIRROR_PARTS]; /* when the folder had last changed, as its time says, ns; 0: to be looked at */
};

/* dir and target: DIR and TARGET. A failure leaves the rest for the next pass. */
enum err mirror_out(struct mirror *m, const char *dir, const char *target) MUST_USE;
/* Into a DIR that has none yet. told is called with the bytes of each file; NULL allowed. */
enum err mirror_back(const char *target, const char *dir, void (*told)(void *ctx, int64_t bytes),
                     void *ctx) MUST_USE;
int64_t mirror_bytes(const char *target); /* of all files there */

#endif
