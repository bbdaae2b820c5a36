/* attach: which sealed file (records/file_seal) belongs to which version of which record, and under whose key.
 *
 *   file   id, name -> record, version, patient, bytes, SHA-256, media type, the file's key sealed under the patient's
 *
 * A file always has a patient: its key is wrapped under the patient's, so that an erasure makes it noise here and in every copy. A row is
 * written once; an erasure alone takes the key away. put and forget on the desk, the rest on a reader or the desk. */
#ifndef RECORDS_ATTACH_H
#define RECORDS_ATTACH_H
#include "base/map.h"
#include "records/file_seal.h"
#include "records/record.h"

#define ATTACH_TYPE_BYTES 128
#define ATTACH_FILES_MAX (4u * 1000 * 1000)

struct attach {
    int64_t id, record, version, patient;
    struct file_seal seal;
    char type[ATTACH_TYPE_BYTES]; /* media type, as it was given */
};

extern const struct migration attach_migrations[]; /* 300 …; ends with number 0 */

/* All but the id; ret_id: it. ERR_DENIED: the patient was erased. */
enum err attach_put(struct tx *tx, struct records *records, const struct attach *a, int64_t *ret_id) MUST_USE;
/* Of this version of a record. ERR_NOT_FOUND: none, or its key was destroyed. Wipe ret->seal.key when done. */
enum err attach_of(struct tx *tx, struct records *records, int64_t record, int64_t version,
                   struct attach *ret) MUST_USE;
enum err attach_at(struct tx *tx, struct records *records, int64_t id, struct attach *ret) MUST_USE;
/* Takes the keys of a patient's files away; told is called with each name, for file_seal_destroy after the commit. */
enum err attach_forget(struct tx *tx, int64_t patient, enum err (*told)(void *ctx, const char *name),
                       void *ctx) MUST_USE;
/* Names of all files that are somebody's, as keys of the map. For the sweep before serving. */
enum err attach_names(struct tx *tx, struct map *to) MUST_USE;
/* Before serving: whatever no row knows goes. Not on the desk or a reader. */
enum err attach_sweep(struct store *store, const char *dir, int64_t *ret_removed) MUST_USE;

#endif
