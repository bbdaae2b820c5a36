#include "auth/role.h"

static const struct {
    const char *name;
    enum world world;
    bool is_admin;
} roles[] = {
    [ROLE_CLINIC_DOCTOR] = {"clinic-doctor", WORLD_CLINICAL, false},
    [ROLE_NURSE] = {"nurse", WORLD_CLINICAL, false},
    [ROLE_PHARMACIST] = {"pharmacist", WORLD_CLINICAL, false},
    [ROLE_SPECIALIST] = {"specialist", WORLD_CLINICAL, false},
    [ROLE_INTERPRETER] = {"interpreter", WORLD_CLINICAL, false},
    [ROLE_DETAINEE] = {"detainee", WORLD_DETAINEE, false},
    [ROLE_SCHEDULING_ADMIN] = {"scheduling-admin", WORLD_SCHEDULING, false},
    [ROLE_GUARD] = {"guard", WORLD_CUSTODY, false},
    [ROLE_DUTY_COMMAND] = {"duty-command", WORLD_CUSTODY, false},
    [ROLE_PRIVACY_OFFICER] = {"privacy-officer", WORLD_ADMINISTRATION, true},
    [ROLE_SECURITY_ADMIN] = {"security-admin", WORLD_ADMINISTRATION, true},
    [ROLE_SYSTEM_ADMIN] = {"system-admin", WORLD_ADMINISTRATION, true},
};
_Static_assert(COUNT_OF(roles) == ROLE_COUNT, "each role has its line");

static const char *const worlds[] = {
    [WORLD_CLINICAL] = "clinical",
    [WORLD_DETAINEE] = "detainee",
    [WORLD_SCHEDULING] = "scheduling",
    [WORLD_CUSTODY] = "custody",
    [WORLD_ADMINISTRATION] = "administration",
};
_Static_assert(COUNT_OF(worlds) == WORLD_COUNT, "each world has its name");

const char *role_name(enum role role)
{
    ASSERT(role < ROLE_COUNT);
    return roles[role].name;
}

enum world role_world(enum role role)
{
    ASSERT(role < ROLE_COUNT);
    return roles[role].world;
}

bool role_is_admin(enum role role)
{
    ASSERT(role < ROLE_COUNT);
    return roles[role].is_admin;
}

const char *world_name(enum world world)
{
    ASSERT(world < WORLD_COUNT);
    return worlds[world];
}

bool role_from_name(struct str name, enum role *ret_role)
{
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        if (!str_is_text(name, roles[r].name)) continue;
        *ret_role = r;
        return true;
    }
    return false;
}

bool role_set_excludes(struct role_set set)
{
    enum world world = WORLD_COUNT;
    int admins = 0;
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        if (!role_set_has(set, r)) continue;
        if (world != WORLD_COUNT && world != roles[r].world) return true;
        world = roles[r].world;
        admins += roles[r].is_admin;
    }
    return admins > 1;
}

enum role role_set_first(struct role_set set)
{
    return set.bits ? (enum role)__builtin_ctz(set.bits) : ROLE_COUNT;
}

enum world role_set_world(struct role_set set)
{
    enum role first = role_set_first(set);
    return first == ROLE_COUNT ? WORLD_COUNT : roles[first].world;
}
