/* bulk: the files of exports of many records (FHIR Bulk Data, $export; records/export_bulk says who may have them). They are made a stretch
 * of records at a time: each stretch is read on a reader as its account may see it at that moment, its versions go into the trail by the
 * desk, and only then comes the next. Nothing waits for it, and the store is never held for long.
 *
 *   one sealed file for each type of record, more where one would be longer than BULK_FILE_BYTES: NDJSON, a resource a line, each
 *   marked in meta.tag with for whom, by whom, when and the export's number
 *
 * Keys of the files are in memory alone, as the files are no second record: a restart of the server leaves nothing of them, and who asks for
 * the state has them made anew. Each file is removed when it is given up, when its time is over and nobody reads it any more, or at an
 * erasure. Any thread; its own lock, held for moments. */
#ifndef DESK_BULK_H
#define DESK_BULK_H
#include "desk/site.h"
#include "records/export_bulk.h"
#include "records/file_seal.h"

#define BULK_FILE_BYTES (64LL * 1024 * 1024)
#define BULK_AT_ONCE 4 /* under way or waiting to be fetched */

struct bulk;
struct bulk *bulk_new(struct site *site) MUST_USE; /* NULL: no memory */
void bulk_free(struct bulk *b); /* NULL allowed; after the store is closed: nothing is under way */
/* Each second, on the main thread: files whose time is over go, and what stood still for want of room goes on. */
void bulk_turn(struct bulk *b);

struct bulk_ask { /* copied */
    int64_t id;
    struct str account, mark; /* the words of each line's mark */
    struct export_bulk_scope scope;
    struct instant begun, ends;
};
/* Begins it, unless it is there already. ERR_BUSY: BULK_AT_ONCE are. */
enum err bulk_begin(struct bulk *b, const struct bulk_ask *ask) MUST_USE;
bool bulk_has_room(struct bulk *b); /* for one more */

struct bulk_file {
    struct str type; /* for ever */
    struct file_seal seal;
    int64_t count;
};
struct bulk_state {
    enum { BULK_ABSENT, BULK_UNDER_WAY, BULK_DONE, BULK_FAILED } is;
    enum err err; /* of a failed one, which is forgotten with this: the next to ask begins it anew */
    uint32_t types_done, types; /* under way */
    int64_t written;
    const struct bulk_file *files; /* done: a copy in the arena */
    uint32_t count;
};
enum err bulk_look(struct bulk *b, struct arena *arena, int64_t id, struct bulk_state *ret) MUST_USE;

/* A file stays while it is held. NULL: there is none of that number. */
struct bulk_run;
struct bulk_run *bulk_hold(struct bulk *b, int64_t id, int64_t number, struct bulk_file *ret);
void bulk_let_go(struct bulk_run *run); /* NULL allowed */

void bulk_drop(struct bulk *b, int64_t id); /* given up */
void bulk_drop_all(struct bulk *b);         /* what they hold may not be kept any longer: an erasure */

/* Is this type ever in such a file? The trail is exported by itself, and content of files is fetched from where it lies. */
bool bulk_has_type(uint16_t resource);

#endif
