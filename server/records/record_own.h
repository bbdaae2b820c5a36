/* record_own: what the files of this folder share about records: heads from rows, the guard's question, one put for every write. */
#ifndef RECORDS_RECORD_OWN_H
#define RECORDS_RECORD_OWN_H
#include "base/map.h"
#include "records/index.h"
#include "records/record.h"
#include "records/records_own.h"

/* What a bundle is about to make: "Type/id" -> its row as a pointer; and what stands for its texts. */
struct record_plan {
    struct map *rows;
    struct str (*rewrite)(void *ctx, struct str name, struct str text);
    void *ctx;
    int64_t *leaving; /* rows that the same bundle deletes */
    uint32_t leaving_count;
};
/* The row planned for it; 0: none. */
int64_t record_planned(const struct record_reader *who, uint16_t resource, struct str id);

/* The one place where the guard is asked for reading. */
bool record_may_see(const struct record_reader *who, const struct record_head *head);
/* And for writing: old NULL: it is made; new NULL: it is deleted. Fills the fault when not. */
bool record_may_write(const struct record_reader *who, const struct record_head *old,
                      const struct record_head *now, struct record_fault *fault);
/* Before it is known what is to become of it: what this reader may not change at all. What is final is refused later. */
bool record_may_change(const struct record_reader *who, const struct record_head *old,
                       struct record_fault *fault);

/* A head from the columns: row, type, id, seq, version, updated, patient, encounter, labels, lifecycle, is_deleted. */
#define RECORD_HEAD_COLUMNS                                                                                  \
    "r.row, r.type, r.id, r.seq, r.version, r.updated, r.patient, r.encounter, r.labels, r.lifecycle, "      \
    "r.is_deleted"
#define RECORD_HEAD_WIDTH 11
void record_head_values(struct stmt *s, struct record_head *ret); /* all but the id */
enum err record_head_from(struct stmt *s, struct arena *arena, struct record_head *ret) MUST_USE;

/* The current version of a row whole, in one statement; for rows that the reader has been found to see. */
enum err record_whole(struct tx *tx, struct record_reader *who, int64_t row, struct record *ret) MUST_USE;

enum err record_note_written(struct record_reader *who, const struct record_head *head) MUST_USE;

struct record_put {
    uint16_t resource;
    struct str id;                 /* of a new one: empty, or the client's */
    int64_t row;                   /* of a new one in a plan; else 0 */
    const struct record_head *old; /* NULL: it is new */
    const struct tape *tape;
    uint32_t node;
    bool is_ours; /* the body was written by this program: its shape is not checked */
};
enum err record_put(struct tx *tx, struct record_reader *who, const struct record_put *put,
                    struct record *ret, struct record_fault *fault) MUST_USE;

/* A version without a body, and nothing left to find it by. ret: its head. */
enum err record_bury(struct tx *tx, const struct record_head *old, struct record *ret) MUST_USE;
/* A fault that ends a writing job: ERR_DENIED, so that its savepoint is rolled back. path may be NULL. */
static inline enum err record_refuse(struct record_fault *fault, int status, const char *code,
                                     const char *what, const char *path)
{
    (void)record_fault_add(fault, status, code, what, path);
    return ERR_DENIED;
}

/* New ids and rows. */
struct str record_new_id(struct arena *arena, struct instant now); /* at NULL: no memory */
enum err record_new_row(struct tx *tx, int64_t *ret_row) MUST_USE;

/* The resolving of references while indexing: ctx. */
struct record_resolving {
    struct tx *tx;
    struct record_reader *who;
    /* The last ones: a body names its patient for several parameters. */
    struct {
        uint16_t resource;
        struct str id;
        int64_t row;
    } known[4];
    uint32_t asked;
};
enum err record_resolve(void *ctx, uint16_t resource, struct str id, int64_t *ret_row) MUST_USE;

#endif
