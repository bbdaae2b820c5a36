/* opinion: the one opinion of a consultation by video, written by its specialists together (workflow, step 12). A visit is its Encounter
 * (class VR); who writes has a live grant for it.
 *
 *   draft     its parts are rows of our own, each with a number that goes up: who saves an older one is refused, and no text is lost. Each
 *             is sealed under the patient's key. The record holds a preliminary Composition that follows at most a minute behind.
 *   signing   the first signature makes the Composition final, in the same transaction: what is signed never changes (rule 21). Everybody
 *             else with a grant is asked (records/cosign): signs the same bytes, or dissents and says why, signed too.
 *   final     nobody is waited for. What is said later is an amendment beside it.
 *
 * The clinic writes nothing of it: its doctor signs the receipt (a signature in the role clinic-doctor), may say of one who never answers that
 * it goes on without, and decides about each advice (desk/advice).
 *
 * load on a reader or the desk; the rest on the desk. `who` is the asker's reader, `all` the server's own (opinion_server). */
#ifndef DESK_OPINION_H
#define DESK_OPINION_H
#include "base/sign.h"
#include "desk/opinion_text.h"
#include "records/cosign.h"
#include "records/grant.h"

extern const struct migration opinion_migrations[]; /* 437, 438; ends with number 0 */

enum opinion_state { OPINION_DRAFT, OPINION_SIGNING, OPINION_FINAL, OPINION_STATES };
const char *opinion_state_name(enum opinion_state state);

struct opinion_part_head {
    int64_t rev; /* 0: nobody has written it */
    struct str account, display;
    struct instant at;
};
enum opinion_answer { OPINION_WAITED, OPINION_SIGNED, OPINION_DISSENTED, OPINION_EXCUSED };
struct opinion_person {
    struct str account, display, hospital, reason; /* reason: of a dissent, or why it goes on without */
    enum opinion_answer answer;
    struct instant at;
};
struct opinion {
    struct record_head visit, composition; /* composition.row 0: none yet */
    struct str patient;                    /* id */
    enum opinion_state state;
    int64_t rev; /* of the draft in whole */
    struct instant told;
    struct opinion_text text;
    struct opinion_part_head parts[OPINION_PARTS];
    struct chart_item encounter, body; /* body: the Composition; where there is one */
    struct opinion_person people[GRANT_PEOPLE_MAX + COSIGNERS_MAX];
    uint32_t people_count;
    struct instant received; /* the clinic's signature */
    struct str received_by;
};

struct record_reader opinion_server(const struct record_reader *who);
/* What the server wrote is the asker's doing: for its provenance. */
void opinion_hand_back(struct record_reader *who, const struct record_reader *all);

/* ERR_NOT_FOUND: no such visit, or not to be seen. */
enum err opinion_load(struct tx *tx, struct record_reader *who, struct str visit,
                      struct opinion *ret) MUST_USE;
/* Has a grant for it that lives: writes and signs. */
enum err opinion_may_write(struct tx *tx, struct str account, const struct opinion *o, bool *ret) MUST_USE;

enum opinion_refusal {
    OPINION_DONE,
    OPINION_NOT_YOURS,  /* no live grant, or not the clinic's doctor */
    OPINION_CLOSED,     /* signed: it is amended, not changed */
    OPINION_STALE,      /* somebody saved in between */
    OPINION_EMPTY,      /* nothing to sign */
    OPINION_NOT_SIGNED, /* nobody has signed yet */
    OPINION_ANSWERED,   /* this person has signed or dissented */
    OPINION_NOT_ASKED
};

/* part of *text is saved as number rev + 1. ret_rev: that; with OPINION_STALE the number that stands. */
enum err opinion_save(struct tx *tx, struct record_reader *all, struct opinion *o, struct str account,
                      enum opinion_part part, int64_t rev, const struct opinion_text *text, int64_t *ret_rev,
                      enum opinion_refusal *ret) MUST_USE;

struct opinion_by {
    struct str account, display;
    enum role acting;
    enum sign_algorithm algorithm;
};
/* The first signature: rev is what the signer has read. Later ones: version is. The clinic doctor's is the receipt. */
enum err opinion_sign(struct tx *tx, struct record_reader *all, struct opinion *o,
                      const struct opinion_by *by, int64_t rev, int64_t version,
                      enum opinion_refusal *ret) MUST_USE;
enum err opinion_dissent(struct tx *tx, struct record_reader *all, struct opinion *o,
                         const struct opinion_by *by, int64_t version, struct str reason,
                         enum opinion_refusal *ret) MUST_USE;
/* Without waiting for this person any longer. */
enum err opinion_excuse(struct tx *tx, struct opinion *o, const struct opinion_by *by, struct str account,
                        struct str reason, enum opinion_refusal *ret) MUST_USE;
/* Beside the original, final and signed at once. ret: it. */
enum err opinion_amend(struct tx *tx, struct record_reader *all, struct opinion *o,
                       const struct opinion_by *by, struct str reason, struct str words,
                       struct record_head *ret, enum opinion_refusal *ret_refusal) MUST_USE;
/* The amendments that are final, oldest first. On a reader or the desk. */
enum err opinion_amendments(struct tx *tx, struct record_reader *all, const struct opinion *o,
                            struct chart_list *ret) MUST_USE;
/* Of an amendment, or empty. */
struct str opinion_amendment_reason(struct record_reader *all, const struct chart_item *amendment);
struct opinion_amendment {
    struct str by, at, reason, words; /* at: as FHIR writes it */
};
enum err opinion_amendment_read(struct record_reader *all, const struct chart_item *item,
                                struct opinion_amendment *ret) MUST_USE;

/* The pictures that the signed opinion names (DocumentReference), as the record has them. On a reader or the desk. */
#define OPINION_STILLS_MAX 40
struct opinion_still {
    struct str reference, title, at;
    int64_t file;    /* records/attach; 0: its file is not here */
    char sha256[65]; /* of its bytes; empty: unknown */
};
enum err opinion_stills(struct tx *tx, struct record_reader *all, const struct opinion *o,
                        struct opinion_still ret[OPINION_STILLS_MAX], uint32_t *ret_n) MUST_USE;

/* A signed dissent, as a text that the openssl command checks: "yunqiao dissent 1 Composition/… version=… account=… at=… algorithm=…\nWHY" */
struct opinion_dissent {
    struct str account, display, text, public, value; /* PEM, DER */
    enum sign_algorithm algorithm;
    struct instant at;
};
enum err opinion_dissents(struct tx *tx, struct arena *arena, int64_t version,
                          struct opinion_dissent ret[COSIGNERS_MAX + 1], uint32_t *ret_n) MUST_USE;

/* For record_reader.judge: nobody changes by /fhir what is drafted here. */
enum err opinion_judge(struct tx *tx, const struct record_head *old, struct record_fault *fault) MUST_USE;

/* A Reference to who acts, under the key: their Practitioner, where they are one. */
enum err opinion_put_person(struct tx *tx, struct arena *arena, struct str account, struct str display,
                            struct json_out *o, const char *key) MUST_USE;

#endif
