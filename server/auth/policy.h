/* policy: who may do what, in one table: role x resource x action. What the table does not say is denied.
 * Pure; any thread. docs/POLICY.md is printed from it (policy_print) and a test keeps both equal. */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H
#include "auth/role.h"
#include "base/buf.h"

enum policy_resource {
    POLICY_NOTHING,     /* what does not exist: denied to all, at the same cost as what does */
    POLICY_SESSION,     /* the own session: who am I, logging out, the live connection */
    POLICY_OWN_ACCOUNT, /* the own password, second factor, sessions */
    POLICY_DRAFT,       /* the own unfinished text */
    POLICY_ROLE,        /* the list of roles */
    POLICY_ACCOUNT,     /* other people's accounts */
    POLICY_LOCKOUT,
    POLICY_TOKEN,    /* programs' tokens */
    POLICY_TERMINAL, /* wall terminals: enrolled, revoked */
    POLICY_HEALTH,   /* the machine, the store, the clock */
    POLICY_METRICS,
    POLICY_WORKER,
    POLICY_CERTIFICATE,
    POLICY_BACKUP,
    POLICY_AUDIT,
    POLICY_RECORD,       /* /fhir; what of it is the guard's to say (records/guard) */
    POLICY_GLASS,        /* breaking it, and what oneself broke */
    POLICY_GLASS_REVIEW, /* what others broke */
    POLICY_GRANT,
    POLICY_SEAL,    /* signatures */
    POLICY_RELEASE, /* giving a record to its patient */
    POLICY_ERASURE,
    POLICY_EXPORT,
    POLICY_ROOM,        /* rooms for calls: those one is a member of */
    POLICY_AGENDA,      /* bookings, hours, who waits; what of them is scheduler/rule's to say */
    POLICY_ESCORT,      /* what custody reports of its tasks, and the engagements it keeps */
    POLICY_SPECIALIST,  /* hospitals outside and their specialists: invited, approved, suspended */
    POLICY_SICK_CALL,   /* requests to be seen; a detainee's own */
    POLICY_INTAKE,      /* who has come into custody: screened, signed (create), assessed */
    POLICY_HOUSING,     /* how they are to be housed: all that custody learns of it */
    POLICY_LOCAL_VISIT, /* visits in the clinic's own rooms */
    POLICY_RESULT,      /* results that a doctor acknowledges */
    POLICY_OVERDUE,     /* work whose hour has passed, as far as it was told to one */
    POLICY_VISIT,       /* consultations; what of them is desk/visit's to say */
    POLICY_OPINION,     /* of a visit: written under a grant, decided about by the clinic */
    POLICY_FOLLOW_UP,   /* who is to be seen again, and when */
    POLICY_SIGNAL,      /* concerns that a program of custody's raises; of each it is told a state */
    POLICY_TRANSFER,    /* ways to a hospital outside; custody has its task alone */
    POLICY_EPIDEMIC,    /* cases of what spreads, their contacts, counts by block */
    POLICY_WARD_COUNT,  /* counts that custody may know, and what a doctor told it by name */
    POLICY_STATEMENT,   /* what patients say of an entry of their record; the clinic answers */
    POLICY_ALLEGATION,  /* of ill-treatment: which are open; for the privacy officer that there are any */
    POLICY_REGISTRY,    /* what the registry said and nobody could take or match */
    POLICY_RESOURCES
};

enum policy_action { POLICY_READ, POLICY_CREATE, POLICY_CHANGE, POLICY_DELETE, POLICY_ACTIONS };

/* The role of the set that allows it, for the audit row; ROLE_COUNT: none does. */
enum role policy_role(struct role_set roles, enum policy_resource resource, enum policy_action action);
static inline bool policy_allows(struct role_set roles, enum policy_resource resource,
                                 enum policy_action action)
{
    return policy_role(roles, resource, action) != ROLE_COUNT;
}
/* A refused reader who may know that the thing exists gets 403, all others the 404 of what is absent. */
bool policy_knows(struct role_set roles, enum policy_resource resource);

/* The whole table as the Markdown of docs/POLICY.md. */
void policy_print(struct buf *to);

#endif
