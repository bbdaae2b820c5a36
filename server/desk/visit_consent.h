/* visit_consent: what the patient says to a consultation: R4 Consents that name the visit's Encounter (provision.data). Asked twice: for the
 * request, on paper or before a witness, and again on camera, with everybody who will be there named; recording is asked for itself. In an
 * emergency, when nobody can be asked, two clinicians say so, with the reason (rule 15). A refusal is a Consent too, and custody sees none of
 * them (rule 16).
 *
 *   status   active: agreed   rejected: refused   inactive: withdrawn   proposed: an exception that waits for the second clinician
 *
 * What counts is the newest of its kind. Reading on a reader or the desk, writing on the desk; texts live in server->arena. */
#ifndef DESK_VISIT_CONSENT_H
#define DESK_VISIT_CONSENT_H
#include "desk/visit.h"
#include "desk/visit_request.h"

#define VISIT_CONSENT_SYSTEM "urn:yunqiao:consent"
#define VISIT_SIGNATURE_BYTES_MAX 49152 /* of the picture, in base64 */
#define VISIT_REASON_BYTES_MAX 1000
#define VISIT_PEOPLE_MAX 24

enum visit_consent_kind {
    VISIT_CONSENT_REQUEST,
    VISIT_CONSENT_CAMERA,
    VISIT_CONSENT_RECORDING,
    VISIT_CONSENT_EXCEPTION,
    VISIT_CONSENT_KINDS
};
const char *
visit_consent_kind_text(enum visit_consent_kind kind); /* "request", "camera", "recording", "exception" */

struct visit_person {
    struct str account; /* empty: somebody without one, who is in the room */
    struct str name;    /* "guard" and the like for who has no name here */
    struct str role;    /* a role's name */
};
struct visit_consent {
    struct record_head head;
    enum visit_consent_kind kind;
    struct str status, by, by_account, witness, reason, second;
    struct instant at;
    bool is_signed; /* a signature is kept with it */
    struct visit_person people[VISIT_PEOPLE_MAX];
    uint8_t people_count;
};
struct visit_consents { /* newest first */
    struct visit_consent *at;
    uint32_t count;
};
enum err visit_consents_read(struct tx *tx, struct record_reader *server, const struct visit *v,
                             struct visit_consents *ret) MUST_USE;
/* The newest of the kind, whatever it says; NULL: never asked. */
const struct visit_consent *visit_consent_last(const struct visit_consents *all,
                                               enum visit_consent_kind kind);
/* The request may go out; the specialist may come in. An exception that two confirmed stands for both. */
bool visit_consent_stands(const struct visit_consents *all, enum visit_consent_kind kind);
const struct visit_consent *visit_exception(const struct visit_consents *all); /* confirmed; NULL: none */
/* It names this account. An exception names nobody, and everybody. */
bool visit_consent_names(const struct visit_consents *all, struct str account);

struct visit_consent_start {
    enum visit_consent_kind kind;
    bool agrees;
    struct str signature; /* a PNG in base64; empty: none */
    struct str witness;   /* a name; empty: none */
    struct str reason;    /* of an exception */
    const struct visit_person *people;
    uint8_t people_count;
};
/* A PNG in base64, as a touch pad makes it. */
bool visit_signature_is(struct arena *arena, struct str text);
enum err visit_consent_put(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                           const struct visit *v, const struct visit_consent_start *start,
                           struct record_head *ret) MUST_USE;
/* The second clinician. */
enum err visit_exception_confirm(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                                 const struct visit_consent *proposed) MUST_USE;
/* Everything that stands is taken back: camera, recording, exception (a patient who can say no ends that too). */
enum err visit_consent_withdraw(struct tx *tx, struct record_reader *server,
                                const struct visit_consents *all) MUST_USE;

#endif
