/* record: the FHIR store's rows. Every resource is a record: a number (row) for ever, a type and an id, and versions of which
 * each body is stored once and never changed. The current version's head stands beside, so that who may see it is decided
 * without opening the body.
 *
 *   record          row, type, id -> current version's head
 *   record_version  seq, record, version, head, body        sealed under the patient's key where there is a patient
 *   record_token …  one row for each value that a search parameter finds (records/index)
 *
 * All functions take a struct record_reader: who asks, and the guard that decides what is seen (records/guard). What may not be seen
 * is answered as what is not there, at the same cost. reader->guard NULL is the server itself (demo, import, checks).
 *
 * Reading functions run on a reader or the desk, writing ones on the desk, inside the job's transaction. Bodies that are returned
 * live in the arena. What was wrong is told in a struct record_fault (records/fault.h): functions return OK with the fault filled,
 * or an err of the world; a writing job with a fault must return an error, so that its savepoint is rolled back. */
#ifndef RECORDS_RECORD_H
#define RECORDS_RECORD_H
#include "base/arena.h"
#include "records/fault.h"
#include "records/fhir.h"
#include "records/tape.h"
#include "store/store.h"

#define RECORD_BODY_BYTES_MAX (16u * 1024 * 1024) /* of one request to /fhir: a bundle */
#define RECORD_NODES_MAX (4u * 1024 * 1024)
#define RECORD_ID_BYTES_MAX 64

/* What the status of the body means for who may see and change it. */
enum record_lifecycle {
    RECORD_ACTIVE, /* neither: a patient, a plan, an order under way */
    RECORD_DRAFT,  /* preliminary, draft, registered: its author's and the team's */
    RECORD_FINAL,  /* final, completed: changed by amendment only */
    RECORD_VOID    /* entered in error */
};

/* meta.security, as bits. http://terminology.hl7.org/CodeSystem/v3-Confidentiality and v3-ActCode, and our own. */
#define RECORD_LABEL_SYSTEM "https://yunqiao.invalid/fhir/label"
enum record_label {
    RECORD_LABEL_RESTRICTED = 1 << 0,      /* R */
    RECORD_LABEL_VERY_RESTRICTED = 1 << 1, /* V */
    RECORD_LABEL_PSYCHIATRY = 1 << 2,      /* PSY, MH */
    RECORD_LABEL_HIV = 1 << 3,             /* HIV */
    RECORD_LABEL_SUBSTANCE = 1 << 4,       /* ETH, SUD */
    RECORD_LABEL_SEXUALITY = 1 << 5,       /* SEX, SDV */
    RECORD_LABEL_RELEASED = 1 << 6,        /* ours: "released" to the patient */
    RECORD_LABEL_CUSTODY = 1 << 7,         /* ours: "custody": may be shown to custody */
    RECORD_LABEL_OTHER = 1 << 15           /* a label that is none of these */
};

struct record_head {
    uint16_t resource; /* fhir_resources */
    int64_t row;
    int64_t seq; /* of the version: higher is later, over all records */
    struct str id;
    int64_t version;
    struct instant updated;
    int64_t patient;   /* row of the Patient it belongs to (a Patient's own row); 0: nobody's */
    int64_t encounter; /* row of the Encounter it names (an Encounter's own row); 0: none */
    uint32_t labels;   /* enum record_label */
    enum record_lifecycle lifecycle;
    bool is_deleted;
};

struct record {
    struct record_head head;
    struct str body; /* as served, with its meta; at NULL: deleted, or not asked for */
};

struct records; /* what the store of records keeps in memory (records/records.h): wrapped keys */
struct guard;   /* records/guard.h */

/* Versions that left the store or were made, and whose they are, for the trail (rule 24). In the reader's arena; grows. */
struct record_trace {
    int64_t *seqs, *patients; /* patients: rows; one that came twice running stands once */
    uint32_t count, room, patient_count, patient_room;
};

struct record_reader {
    struct records *records;
    const struct guard *guard; /* NULL: the server itself */
    struct arena *arena;
    struct str base; /* "https://host/fhir": absolute references that start so are ours; may be empty */
    struct record_trace trace;
    struct record_head *written; /* what was made or changed, for its provenance; in the arena, grows */
    uint32_t written_count, written_room;
    /* What the same job has just written, where the caller knows it: references to it need no look-up. Not owned. */
    const struct record_head *fresh;
    uint32_t fresh_count;
    uint32_t trail_looks, trail_rows; /* how often the trail was looked at, and how much of it was shown */
    /* Asked about each record that a guarded reader has written, in its transaction: what the store of records cannot know (does a drug
     * go with the patient). A fault with ERR_DENIED takes it back. NULL: nobody. old: what stood before, NULL: nothing. */
    enum err (*judge)(struct tx *tx, struct record_reader *who, const struct record_head *old,
                      const struct record *written, struct record_fault *fault);
    struct record_plan *plan; /* a bundle's own: what is about to be made (records/bundle); NULL otherwise */
};

/* One more version for the trail. */
enum err record_traced(struct record_reader *who, const struct record_head *head) MUST_USE;

/* Whose they are, each once, in the arena. */
enum err record_trace_patients(const struct record_trace *t, struct arena *arena, int64_t **ret_rows,
                               uint32_t *ret_n) MUST_USE;

/* -- reading -- faults: 404 (absent, or not to be seen), 410 (deleted, to those who may have seen it) */
enum err record_read(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                     struct record *ret, struct record_fault *fault) MUST_USE;
enum err record_vread(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                      int64_t version, struct record *ret, struct record_fault *fault) MUST_USE;
/* The head alone, of the current version, without the guard: for the modules of this folder and desk. ERR_NOT_FOUND. */
enum err record_head_find(struct tx *tx, struct arena *arena, uint16_t resource, struct str id,
                          struct record_head *ret) MUST_USE;
enum err record_head_at(struct tx *tx, struct arena *arena, int64_t row, struct record_head *ret) MUST_USE;
/* The body of a version whose head the caller has and has decided on. */
enum err record_body(struct tx *tx, struct record_reader *who, const struct record_head *head,
                     struct str *ret_body) MUST_USE;

/* Of one record (id), of a type (id empty), of all (resource FHIR_NONE): newest first, guarded version by version. */
struct record_history {
    uint16_t resource;
    struct str id;
    struct instant since; /* 0: all */
    int64_t before;       /* seq of the page's end before; 0: the first page */
    int32_t count;        /* of a page */
};
struct record_page {
    struct record *at; /* in the arena */
    uint32_t count;
    int64_t next;  /* history: before of the next page; 0: the last */
    int64_t total; /* -1: not counted */
};
enum err record_history(struct tx *tx, struct record_reader *who, const struct record_history *ask,
                        struct record_page *ret, struct record_fault *fault) MUST_USE;

/* -- writing -- bodies are nodes of a tape; each is validated, indexed and stored whole. */
struct record_if {
    int64_t version;     /* If-Match: the current version must be this one (412); 0: unsaid */
    bool none_match;     /* If-None-Match: * */
    struct str criteria; /* the query of a conditional interaction, percent-encoded; at NULL: none */
};
enum record_done { RECORD_CREATED, RECORD_UPDATED, RECORD_UNCHANGED, RECORD_DELETED, RECORD_FOUND };

/* A new id is made. With criteria: one that is there already is returned instead (RECORD_FOUND); several: 412. */
enum err record_create(struct tx *tx, struct record_reader *who, uint16_t resource, const struct tape *tape,
                       uint32_t node, const struct record_if *cond, struct record *ret,
                       enum record_done *ret_done, struct record_fault *fault) MUST_USE;
/* Whose body this program wrote itself: its shape is not checked again. */
enum err record_create_ours(struct tx *tx, struct record_reader *who, uint16_t resource,
                            const struct tape *tape, struct record *ret, struct record_fault *fault) MUST_USE;
/* Of the id, which is made when it is new (client-assigned ids); with criteria, id is empty and the one found is meant. */
enum err record_update(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct tape *tape, uint32_t node, const struct record_if *cond,
                       struct record *ret, enum record_done *ret_done, struct record_fault *fault) MUST_USE;
/* JSON Patch, of id or of the one that the criteria find. */
enum err record_patch(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                      const struct tape *patch, const struct record_if *cond, struct record *ret,
                      enum record_done *ret_done, struct record_fault *fault) MUST_USE;
/* A tombstone; deleting what is not there is no fault (RECORD_UNCHANGED). */
enum err record_delete(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct record_if *cond, struct record *ret, enum record_done *ret_done,
                       struct record_fault *fault) MUST_USE;

/* -- erasure -- decided and traced elsewhere. Destroys the patient's key, purges bodies and index rows of all that belongs to the
 * patient, leaves heads, versions and tombstones. ret_versions: how many bodies went. */
enum err record_purge(struct tx *tx, struct records *records, int64_t patient,
                      int64_t *ret_versions) MUST_USE;

#endif
