/* registrar: what a registry's events make of the record: who the person is, and where the person was held when.
 *
 *     a number of the registry  ->  a Patient                 made, found by two identifiers that agree, or waiting for somebody to decide
 *     a stay of that number     ->  a custody Encounter       its id is made of (source, number, stay), so that the same stay is the same record
 *     a cell                    ->  a Location                found by urn:yunqiao:cell, made where there is none
 *
 * Each event goes into the inbox and the stay is folded anew from all of them (registry/stay): what comes twice, late or in another order ends in the
 * same record (rule 39). While a number waits, its events are kept and nothing is made of them. A merge joins two Patients as records/merge does, which
 * can be undone (rule 38). Nobody is ever merged or matched on one identifier alone (workflow, step 1).
 *
 * On the desk, in the job's transaction; the server itself writes (reader->guard NULL). Everything lives in the reader's arena. */
#ifndef DESK_REGISTRAR_H
#define DESK_REGISTRAR_H
#include "records/record.h"
#include "registry/stay.h"

#define REGISTRAR_NUMBER_SYSTEM "urn:yunqiao:detainee-number"
#define REGISTRAR_NATIONAL_SYSTEM "urn:oid:2.16.156.10011.1.3" /* the identity card's number */
#define REGISTRAR_STAY_SYSTEM "urn:yunqiao:stay"
#define REGISTRAR_CELL_SYSTEM "urn:yunqiao:cell" /* BLOCK/CELL */

extern const struct migration registrar_migrations[]; /* 610 …; ends with number 0 */

enum registrar_did {
    REGISTRAR_TAKEN,
    REGISTRAR_AGAIN,   /* it was there already */
    REGISTRAR_WAITS,   /* kept; who the person is waits for somebody to decide */
    REGISTRAR_DIFFERS, /* its number was used before for something else: nothing is kept */
};
/* ERR_LIMIT: more events of a person than there may be. */
enum err registrar_take(struct tx *tx, struct record_reader *server, struct str source, const struct event *e,
                        enum registrar_did *ret) MUST_USE;

/* A number that waits: who it says the person is, and who it may be. */
struct registrar_doubt {
    struct str source, number;
    struct instant since;
    struct str why;    /* "national", "name-and-birth", "number-differs", "several" */
    int64_t candidate; /* row of a Patient */
    struct person_said said;
};
enum err registrar_doubts(struct tx *tx, struct record_reader *server, size_t most,
                          struct registrar_doubt *ret, size_t *ret_n) MUST_USE;
/* It is this Patient (row), or somebody new (0): all its events are applied. ERR_NOT_FOUND: no such number; ERR_DENIED: it does not wait. */
enum err registrar_decide(struct tx *tx, struct record_reader *server, struct str source, struct str number,
                          int64_t patient) MUST_USE;

/* Two numbers that the registry said are one person's. */
struct registrar_merge {
    struct str source, prior, number;
    int64_t from, to; /* rows of their Patients; 0: not known yet */
    bool is_done;     /* it was joined when both were known */
    bool is_one;      /* both numbers were one Patient's before */
    bool is_joined;   /* and stands so now */
};
/* Those that wait first. */
enum err registrar_merges(struct tx *tx, struct record_reader *server, size_t most,
                          struct registrar_merge *ret, size_t *ret_n) MUST_USE;
/* Takes a merge that is done apart, or joins it again; the registry's repetition of it changes nothing of that. ERR_NOT_FOUND: none such; ERR_DENIED:
 * it does not stand so, or the record refuses it (records/merge). */
enum err registrar_merge_turn(struct tx *tx, struct record_reader *server, struct str source,
                              struct str prior, struct str number, bool joins, int64_t *ret_patient) MUST_USE;

/* The id of a stay's Encounter. */
#define REGISTRAR_ID_BYTES 40
void registrar_stay_id(struct str source, struct str number, struct str stay, unsigned ordinal,
                       char ret_id[REGISTRAR_ID_BYTES]);

#endif
