/* origin: who wrote it: one Provenance for each patient, and each set of secret labels, that a job wrote about, made in the same
 * transaction, so that nothing is written without one (rule 22, decision 0067). Who (and in which role), when (the store's clock), by what,
 * which versions. On the desk. */
#ifndef DESK_ORIGIN_H
#define DESK_ORIGIN_H
#include "records/record.h"

#define ORIGIN_OURS "https://yunqiao.invalid/fhir/"

struct origin {
    const char *author_system; /* ORIGIN_OURS "account", or "device" of what the clock does */
    struct str author;
    const char *role; /* NULL: none is acted in */
    const char *assembler_system;
    struct str assembler; /* the session or token; at NULL: none */
};
/* For who->written; nothing written: nothing made. */
enum err origin_write(struct tx *tx, struct record_reader *who, const struct origin *by) MUST_USE;

/* A row of the trail of what the clock did, in the arena; target, detail NULL: no memory. patient: a row, 0: nobody's. */
enum err origin_note(struct arena *arena, struct job *job, const char *action, const char *target,
                     const char *detail, const int64_t *patient) MUST_USE;
enum err origin_note_record(struct arena *arena, struct job *job, const struct record_head *head,
                            const char *action, const char *detail) MUST_USE;

#endif
