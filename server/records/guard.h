/* guard: who may see and change which record: the one place that decides per role, compartment, security label, grant and lifecycle
 * (rules 1-11, decision 0065). Pure decisions on heads: the store asks before a row is counted, paged, included, chained
 * through or told of in an error. A struct guard is filled for one request (records/grant loads it) and read-only then.
 *
 *   doctor        all of the clinic, but what is labelled very restricted: that needs the glass broken
 *   nurse         the same, but nothing with a label of secrecy, unless cleared for it or the glass is broken
 *   pharmacist    patients, their medication, allergies, problems, measurements
 *   specialist    of a granted encounter what is attached, while the grant lives; own bookings
 *   interpreter   own bookings
 *   detainee      the own file once released; own bookings, consents, requests
 *   scheduling    patients, people, places, times; of an appointment no reason
 *   custody       what is labelled for custody, of the types of the custody projection; an escort, of that, the tasks that are the
 *                 escort's own and whom they are about, while they are under way
 *   privacy       who wrote what, directories, times; no patient
 *
 * What is not said is denied. A set of roles sees what any of them sees. */
#ifndef RECORDS_GUARD_H
#define RECORDS_GUARD_H
#include "auth/role.h"
#include "records/record.h"

/* Labels of secrecy; those that we do not know count as such. */
#define GUARD_SECRET                                                                                         \
    ((uint32_t)(RECORD_LABEL_RESTRICTED | RECORD_LABEL_VERY_RESTRICTED | RECORD_LABEL_PSYCHIATRY |           \
                RECORD_LABEL_HIV | RECORD_LABEL_SUBSTANCE | RECORD_LABEL_SEXUALITY | RECORD_LABEL_OTHER))

#define GUARD_BREAK_MS ((int64_t)60 * 60 * 1000)          /* a glass stays broken (rule 11) */
#define GUARD_EARLY_MS ((int64_t)15 * 60 * 1000)          /* before the agreed time (rule 7) */
#define GUARD_AFTER_SIGNED_MS ((int64_t)72 * 3600 * 1000) /* and after the signature */

/* One person's way into one encounter, as it stands. */
struct guard_grant {
    int64_t patient, encounter; /* rows */
    struct instant from, to;    /* [from, to); a revoked or closed one ends when it was */
    uint32_t labels;            /* what the consult is about: labels of secrecy that it opens */
    const int64_t *attached;    /* rows, ascending; the encounter and the patient need not be there */
    uint32_t attached_count;
    const int64_t *written; /* those of them that the person made under this grant, ascending */
    uint32_t written_count;
};
struct guard_break { /* a broken glass */
    int64_t patient;
    struct instant from, to;
};

struct guard {
    struct role_set roles;
    struct instant now;
    int64_t practitioner; /* row of the reader's Practitioner; 0: none */
    int64_t patient;      /* row of the reader's own Patient (a detainee); 0: none */
    const int64_t *own;   /* and the rows that are one person with it (records/merge), this one too */
    uint32_t own_count;
    uint32_t cleared;        /* labels of secrecy that a nurse or pharmacist may see beside */
    const int64_t *bookings; /* rows of the reader's own appointments, ascending */
    uint32_t booking_count;
    const int64_t *
        tasks; /* of an escort: rows of the tasks assigned, and of the patients of those under way; ascending */
    const int64_t *escorted;
    uint32_t task_count, escorted_count;
    const int64_t *released; /* of a detainee: rows released beside their labels, ascending */
    uint32_t released_count;
    const struct guard_grant *grants;
    uint32_t grant_count;
    const struct guard_break *breaks;
    uint32_t break_count;
};

bool guard_may_see(const struct guard *guard, const struct record_head *head);

enum guard_verdict {
    GUARD_ALLOWED,
    GUARD_HIDDEN,   /* the reader may not even see it: as if absent (404) */
    GUARD_REFUSED,  /* seen, but not to be written by this reader (403) */
    GUARD_FINISHED, /* nothing final changes: an amendment stands beside it (409) */
};
/* old NULL: it is made; now NULL: it is deleted. */
enum guard_verdict guard_may_write(const struct guard *guard, const struct record_head *old,
                                   const struct record_head *now);

/* Of one that stands: may this reader change it at all, whatever it is to become? What guard_may_write says first. */
enum guard_verdict guard_may_change(const struct guard *guard, const struct record_head *old);

/* Is there anything that this reader writes? To who writes nothing, an id that is free and one that is hidden must look alike. */
bool guard_writes(const struct guard *guard);

/* Elements that this reader never gets, of records of this type that may be seen: taken out of bodies, and no search looks into
 * them. Names of first-level elements without "_"; NULL-ended, never NULL. */
const char *const *guard_hides(const struct guard *guard, uint16_t resource);

/* May this reader break the glass of a patient? Clinical roles of the clinic. */
bool guard_may_break(const struct guard *guard);
bool guard_is_broken(const struct guard *guard, int64_t patient);

#endif
