/* role: the twelve roles, the worlds that never share an account, and sets of roles. Values; any thread.
 *
 * The same table stands in the store (auth/schema.c) and its triggers refuse what role_set_excludes refuses (rules 4, 30):
 * an account joins no two worlds, and no person holds two of the three administrators. A test compares both. */
#ifndef AUTH_ROLE_H
#define AUTH_ROLE_H
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

enum role {
    ROLE_CLINIC_DOCTOR,
    ROLE_NURSE,
    ROLE_PHARMACIST,
    ROLE_SPECIALIST,
    ROLE_INTERPRETER, /* clinical by its duty of silence; sees the own booking and call, no chart */
    ROLE_DETAINEE,
    ROLE_SCHEDULING_ADMIN,
    ROLE_GUARD,
    ROLE_DUTY_COMMAND,
    ROLE_PRIVACY_OFFICER,
    ROLE_SECURITY_ADMIN,
    ROLE_SYSTEM_ADMIN,
    ROLE_COUNT
};

enum world {
    WORLD_CLINICAL,
    WORLD_DETAINEE,
    WORLD_SCHEDULING,
    WORLD_CUSTODY,
    WORLD_ADMINISTRATION,
    WORLD_COUNT
};

struct role_set {
    uint32_t bits; /* 1 << enum role */
};

#define ROLE_BIT(role) (1u << (role))
#define ROLES_ALL ((struct role_set){(1u << ROLE_COUNT) - 1})

const char *role_name(enum role role); /* "clinic-doctor" */
enum world role_world(enum role role);
bool role_is_admin(enum role role);       /* one of the three that no one person holds two of */
const char *world_name(enum world world); /* "clinical" */
bool role_from_name(struct str name, enum role *ret_role);

static inline bool role_set_has(struct role_set set, enum role role)
{
    return (set.bits >> role & 1u) != 0;
}
static inline struct role_set role_set_add(struct role_set set, enum role role)
{
    return (struct role_set){set.bits | ROLE_BIT(role)};
}
/* Two worlds, or two of the three administrators, in one set. */
bool role_set_excludes(struct role_set set);
enum role role_set_first(struct role_set set); /* ROLE_COUNT: the set is empty */
/* The world of a set that does not exclude itself; WORLD_COUNT: the set is empty. */
enum world role_set_world(struct role_set set);

#endif
