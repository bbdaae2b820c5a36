#include "auth/policy.h"

enum { R = 1 << POLICY_READ, C = 1 << POLICY_CREATE, U = 1 << POLICY_CHANGE, D = 1 << POLICY_DELETE };

static const char *const resources[] = {
    [POLICY_NOTHING] = "nothing",
    [POLICY_SESSION] = "session",
    [POLICY_OWN_ACCOUNT] = "own account",
    [POLICY_DRAFT] = "draft",
    [POLICY_ROLE] = "role",
    [POLICY_ACCOUNT] = "account",
    [POLICY_LOCKOUT] = "lockout",
    [POLICY_TOKEN] = "token",
    [POLICY_TERMINAL] = "terminal",
    [POLICY_HEALTH] = "health",
    [POLICY_METRICS] = "metrics",
    [POLICY_WORKER] = "worker",
    [POLICY_CERTIFICATE] = "certificate",
    [POLICY_BACKUP] = "backup",
    [POLICY_AUDIT] = "audit",
    [POLICY_RECORD] = "record",
    [POLICY_GLASS] = "glass",
    [POLICY_GLASS_REVIEW] = "glass review",
    [POLICY_GRANT] = "grant",
    [POLICY_SEAL] = "seal",
    [POLICY_RELEASE] = "release",
    [POLICY_ERASURE] = "erasure",
    [POLICY_EXPORT] = "export",
    [POLICY_OPINION] = "opinion",
    [POLICY_FOLLOW_UP] = "follow up",
    [POLICY_ROOM] = "room",
    [POLICY_AGENDA] = "agenda",
    [POLICY_ESCORT] = "escort",
    [POLICY_SPECIALIST] = "specialist",
    [POLICY_SICK_CALL] = "sick call",
    [POLICY_INTAKE] = "intake",
    [POLICY_HOUSING] = "housing",
    [POLICY_LOCAL_VISIT] = "local visit",
    [POLICY_RESULT] = "result",
    [POLICY_OVERDUE] = "overdue",
    [POLICY_VISIT] = "visit",
    [POLICY_REGISTRY] = "registry",
    [POLICY_SIGNAL] = "signal",
    [POLICY_TRANSFER] = "transfer",
    [POLICY_ALLEGATION] = "allegation",
    [POLICY_EPIDEMIC] = "epidemic",
    [POLICY_WARD_COUNT] = "ward count",
    [POLICY_STATEMENT] = "statement",
};
_Static_assert(COUNT_OF(resources) == POLICY_RESOURCES, "each resource has its name");

static const char *const actions[] = {"read", "create", "change", "delete"};
_Static_assert(COUNT_OF(actions) == POLICY_ACTIONS, "each action has its name");

/* The staff who log in with two factors and look after their own account; a detainee has a number and a PIN. */
#define OWN [POLICY_SESSION] = R | U | D, [POLICY_OWN_ACCOUNT] = R | U, [POLICY_DRAFT] = R | U | D

/* One line a role; what is not written is denied. */
static const uint8_t table[ROLE_COUNT][POLICY_RESOURCES] = {
    [ROLE_CLINIC_DOCTOR] = {OWN,
                            [POLICY_REGISTRY] = R | U,
                            [POLICY_AGENDA] = R | C | U,
                            [POLICY_ROOM] = R | C | U,
                            [POLICY_RECORD] = R,
                            [POLICY_GLASS] = R | C,
                            [POLICY_GRANT] = C | U | D,
                            [POLICY_SEAL] = R | C,
                            [POLICY_RELEASE] = R | C,
                            [POLICY_ERASURE] = R | U,
                            [POLICY_EXPORT] = R | C | U,
                            [POLICY_SICK_CALL] = R | C | U,
                            [POLICY_INTAKE] = R | C | U,
                            [POLICY_LOCAL_VISIT] = R | U,
                            [POLICY_RESULT] = R | U,
                            [POLICY_OVERDUE] = R,
                            [POLICY_VISIT] = R | C | U,
                            [POLICY_OPINION] = R | C | U,
                            [POLICY_FOLLOW_UP] = R | C | U,
                            [POLICY_TRANSFER] = R | C | U,
                            [POLICY_EPIDEMIC] = R | C | U,
                            [POLICY_STATEMENT] = R | U,
                            [POLICY_ALLEGATION] = R},
    [ROLE_NURSE] =
        {OWN, [POLICY_REGISTRY] = R | U, [POLICY_AGENDA] = R | U, [POLICY_ROOM] = R | C | U,
         [POLICY_RECORD] = R, [POLICY_GLASS] = R | C, [POLICY_SEAL] = R | C, [POLICY_SICK_CALL] = R | C | U,
         [POLICY_INTAKE] = R | U, [POLICY_LOCAL_VISIT] = R | U, [POLICY_OVERDUE] = R, [POLICY_VISIT] = R | U,
         [POLICY_OPINION] = R, [POLICY_FOLLOW_UP] = R | U, [POLICY_TRANSFER] = R | C | U,
         [POLICY_EPIDEMIC] = R | C | U, [POLICY_STATEMENT] = R | U},
    [ROLE_PHARMACIST] =
        {OWN, [POLICY_ROOM] = R, [POLICY_RECORD] = R, [POLICY_GLASS] = R | C, [POLICY_SEAL] = R | C},
    [ROLE_SPECIALIST] =
        {OWN, [POLICY_AGENDA] = R | U, [POLICY_ROOM] = R | U, [POLICY_RECORD] = R, [POLICY_GRANT] = R,
         [POLICY_SEAL] = R | C, [POLICY_OVERDUE] = R, [POLICY_VISIT] = R | U, [POLICY_OPINION] = R | C},
    [ROLE_INTERPRETER] =
        {OWN, [POLICY_AGENDA] = R | U, [POLICY_ROOM] = R, [POLICY_RECORD] = R, [POLICY_VISIT] = R | U},
    [ROLE_DETAINEE] = {[POLICY_ROOM] = R,
                       [POLICY_SESSION] = R | U | D,
                       [POLICY_DRAFT] = R | U | D,
                       [POLICY_RECORD] = R,
                       [POLICY_SICK_CALL] = R | C | U,
                       [POLICY_STATEMENT] = R | C},
    [ROLE_SCHEDULING_ADMIN] = {OWN, [POLICY_AGENDA] = R | C | U, [POLICY_SPECIALIST] = R | C | U,
                               [POLICY_RECORD] = R, [POLICY_VISIT] = R},
    [ROLE_GUARD] = {OWN, [POLICY_ESCORT] = R | U, [POLICY_RECORD] = R, [POLICY_SIGNAL] = R | C},
    [ROLE_DUTY_COMMAND] = {OWN, [POLICY_ESCORT] = R | C | U, [POLICY_RECORD] = R, [POLICY_WARD_COUNT] = R,
                           [POLICY_HOUSING] = R},
    [ROLE_PRIVACY_OFFICER] =
        {OWN, [POLICY_AUDIT] = R | U, [POLICY_RECORD] = R, [POLICY_GLASS_REVIEW] = R | U,
         [POLICY_ERASURE] = R | C | U, [POLICY_EXPORT] = R | C | U, [POLICY_ALLEGATION] = R},
    [ROLE_SECURITY_ADMIN] =
        {
            OWN,
            [POLICY_ROLE] = R,
            [POLICY_ACCOUNT] = R | C | U,
            [POLICY_LOCKOUT] = R | D,
            [POLICY_TOKEN] = R | C | D,
            [POLICY_TERMINAL] = R | C | U | D,
        },
    [ROLE_SYSTEM_ADMIN] =
        {
            OWN,
            [POLICY_HEALTH] = R | U,
            [POLICY_METRICS] = R,
            [POLICY_WORKER] = R | U,
            [POLICY_CERTIFICATE] = R | U,
            [POLICY_BACKUP] = R | C,
        },
};

/* What a role that may not use it may all the same know to exist: the three administrators know of each other's desks, so that a
 * wrong turn is told from a wrong address. Everybody knows to have an account. */
#define KNOWN(resource) ((uint64_t)1 << (resource))
static const uint64_t own_known = KNOWN(POLICY_SESSION) | KNOWN(POLICY_OWN_ACCOUNT) | KNOWN(POLICY_DRAFT);
static const uint64_t admin_known = KNOWN(POLICY_ROLE) | KNOWN(POLICY_ACCOUNT) | KNOWN(POLICY_LOCKOUT) |
                                    KNOWN(POLICY_TOKEN) | KNOWN(POLICY_TERMINAL) | KNOWN(POLICY_HEALTH) |
                                    KNOWN(POLICY_METRICS) | KNOWN(POLICY_WORKER) | KNOWN(POLICY_CERTIFICATE) |
                                    KNOWN(POLICY_BACKUP) | KNOWN(POLICY_AUDIT);

static uint64_t known_to(enum role role)
{
    return own_known | (role_is_admin(role) ? admin_known : 0);
}

enum role policy_role(struct role_set roles, enum policy_resource resource, enum policy_action action)
{
    ASSERT(resource < POLICY_RESOURCES);
    ASSERT(action < POLICY_ACTIONS);
    for (enum role r = 0; r < ROLE_COUNT; r++)
        if (role_set_has(roles, r) && (table[r][resource] >> action & 1)) return r;
    return ROLE_COUNT;
}

bool policy_knows(struct role_set roles, enum policy_resource resource)
{
    ASSERT(resource < POLICY_RESOURCES);
    for (enum role r = 0; r < ROLE_COUNT; r++)
        if (role_set_has(roles, r) && (known_to(r) >> resource & 1)) return true;
    return false;
}

static void print_cell(struct buf *to, enum role role, enum policy_resource resource)
{
    const char *between = "";
    if (table[role][resource] == 0) {
        buf_add_text(to, known_to(role) >> resource & 1 ? " (403) |" : " – |");
        return;
    }
    buf_add_char(to, ' ');
    for (enum policy_action a = 0; a < POLICY_ACTIONS; a++) {
        if (!(table[role][resource] >> a & 1)) continue;
        buf_printf(to, "%s%s", between, actions[a]);
        between = ", ";
    }
    buf_add_text(to, " |");
}

void policy_print(struct buf *to)
{
    buf_add_text(
        to, "# Who may do what\n\n"
            "Printed from `server/auth/policy.c`; a test compares this page with the table there.\n"
            "`–` is refused as if it did not exist (404); `(403)` is refused, and the role may know that it "
            "exists.\n\n| role | world |");
    for (enum policy_resource p = POLICY_NOTHING + 1; p < POLICY_RESOURCES; p++)
        buf_printf(to, " %s |", resources[p]);
    buf_add_text(to, "\n|---|---|");
    for (enum policy_resource p = POLICY_NOTHING + 1; p < POLICY_RESOURCES; p++)
        buf_add_text(to, "---|");
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        buf_printf(to, "\n| `%s` | %s |", role_name(r), world_name(role_world(r)));
        for (enum policy_resource p = POLICY_NOTHING + 1; p < POLICY_RESOURCES; p++)
            print_cell(to, r, p);
    }
    buf_add_char(to, '\n');
}
