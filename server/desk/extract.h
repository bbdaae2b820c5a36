/* extract: what leaves the site by an export (rule 33): a patient's record as who fetches it may see it, or rows of the trail. A PDF whose
 * every page says for whom, by whom, when and under which number, across the page and at its foot; or an archive of that PDF, all of it
 * as NDJSON, and a manifest with the SHA-256 of both, signed by who fetches it (docs/PROTOCOL says how openssl checks it).
 *
 *   look:  extract_record | extract_trail    on a reader
 *   work:  extract_draw                      on an errand thread, without the store
 *   write: extract_seal                      on the desk: the signature
 *
 * An archive is written as it is read, into a sealed file that goes when it has been answered (records/file_seal): what is in memory is
 * one record, and what stands on the paper. That memory is its own, beside the request's. */
#ifndef DESK_EXTRACT_H
#define DESK_EXTRACT_H
#include "auth/trail.h"
#include "base/zone.h"
#include "records/export.h"
#include "records/file_seal.h"
#include "records/record.h"

#define EXTRACT_PDF_BYTES_MAX (32 * 1024 * 1024)
#define EXTRACT_TRAIL_ROWS 100000 /* more in one file: narrow it */

struct extract_who { /* for the head, the foot and the mark */
    struct str site, by;
    bool is_english;
    const struct zone *zone; /* of the site */
};
/* For whom, by whom, when, and the number under which the trail has it: what each page and each line of NDJSON says. id 0: an own record on
 * paper, with no number and no recipient. In the arena; NULL: no memory. */
char *extract_mark(struct arena *arena, const struct extract_who *who, struct str recipient, int64_t id,
                   struct instant at);

struct extract;
/* id 0: no export, but the own record on paper for whom it is about (rule 12); row is empty then.
 * row and who are copied, their texts are not: they live until extract_free. files: the folder of sealed files. NULL: no memory. */
struct extract *extract_new(int64_t id, const struct export_row *row, const struct extract_who *who,
                            const char *files, struct instant now) MUST_USE;
void extract_free(struct extract *x); /* NULL allowed; wiped */
struct arena *extract_arena(struct extract *x);

/* who: the reader, with the guard of who fetches it and the extract's arena; it traces what goes out. ERR_NOT_FOUND, ERR_LIMIT. */
enum err extract_record(struct extract *x, struct tx *tx, struct record_reader *who,
                        struct str patient) MUST_USE;
enum err extract_trail(struct extract *x, struct tx *tx, const struct trail_query *query) MUST_USE;
/* The PDF: into *to, or into the archive. */
enum err extract_draw(struct extract *x, const char *press,
                      struct buf *to) MUST_USE; /* press: paper/paper.h */
/* Of an archive: the manifest, its signature and the key that checks it; the archive is whole then. */
enum err extract_seal(struct extract *x, struct tx *tx, struct str account) MUST_USE;
/* The whole archive, now the caller's to free. */
struct file_writer *extract_file(struct extract *x, struct file_seal *ret);

#endif
