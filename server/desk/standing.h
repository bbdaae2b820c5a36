/* standing: the outside hospitals and their specialists, and whether a specialist may be asked: who was invited waits for the scheduling
 * admin's approval; one who is suspended is neither asked nor let in. The facts are R4: the hospital an Organization, the person a
 * Practitioner whose qualification is the licence (number, last day), the place a PractitionerRole, active only while approved; why not
 * stands in its extension STANDING_URL.
 *
 *   pending -> approved | declined      approved <-> suspended      declined -> approved
 *
 * On the desk, inside the job's transaction; texts live in server->arena. */
#ifndef DESK_STANDING_H
#define DESK_STANDING_H
#include "records/record.h"

#define STANDING_URL "https://yunqiao.invalid/fhir/standing"
#define STANDING_LICENCE_SYSTEM "urn:yunqiao:licence"
#define STANDING_WARN_DAYS 60 /* before a licence ends its person and the admin are told */

enum standing { STANDING_PENDING, STANDING_APPROVED, STANDING_SUSPENDED, STANDING_DECLINED, STANDINGS };
const char *standing_text(enum standing standing); /* "pending" */
bool standing_from(struct str text, enum standing *ret);
bool standing_may_become(enum standing from, enum standing to);
/* "licence", "left", "request", "conduct", "identity", "other": why not. */
bool standing_reason_is(struct str code);
/* "chief", "deputy", "attending", "resident" and what the role says for it; NULL: none such. */
const char *standing_title_words(struct str code);
const char *standing_title_code(struct str words); /* "": another title */

struct standing_person {
    struct str name;                    /* 1 to 60 characters */
    struct str hospital, hospital_name; /* the Organization's id */
    struct str specialty;               /* desk/departments */
    struct str title;                   /* a code */
    struct str licence, licence_ends;   /* [A-Za-z0-9-]{1,32}; 2027-06-30, its last day */
};
/* Both records, pending. ERR_BAD_INPUT: something of it cannot be meant. */
enum err standing_add(struct tx *tx, struct record_reader *server, const struct standing_person *person,
                      int64_t *ret_practitioner, struct str *ret_role) MUST_USE;
/* The PractitionerRole; reason empty: none. Whether it may become so is standing_may_become's to say. ERR_NOT_FOUND. */
enum err standing_change(struct tx *tx, struct record_reader *server, struct str role, enum standing to,
                         struct str reason) MUST_USE;
/* The Practitioner's licence; its other qualifications stay. ERR_NOT_FOUND, ERR_BAD_INPUT. */
enum err standing_licence(struct tx *tx, struct record_reader *server, struct str practitioner,
                          struct str number, struct str ends) MUST_USE;

struct standing_hospital {
    struct str id, name;
    bool is_active;
};
/* Organizations of the kind prov that are part of no other: hospitals outside. */
enum err standing_hospitals(struct tx *tx, struct record_reader *server, struct standing_hospital **ret,
                            uint32_t *ret_n) MUST_USE;
/* id empty: a new one. ERR_EXISTS: the name is another's. ERR_NOT_FOUND. *ret_id in the arena. */
enum err standing_hospital_put(struct tx *tx, struct record_reader *server,
                               const struct standing_hospital *hospital, struct str *ret_id) MUST_USE;

/* A suspension closes the account; open gives back what close closed, and nothing that the security admin closed. */
extern const struct migration standing_migrations[]; /* 353 - 359 */
enum err standing_close(struct tx *tx, struct arena *arena, struct str account) MUST_USE;
enum err standing_open(struct tx *tx, struct str account) MUST_USE;
/* The security admin has the say now: a later open leaves it closed. */
enum err standing_leave_closed(struct tx *tx, struct str account) MUST_USE;

#endif
