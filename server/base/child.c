#include "base/child.h"
#include <signal.h>

static int attributes_set(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                          POSIX_SPAWN_SETPGROUP);
    if (!failed) failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed) failed = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failed) failed = posix_spawnattr_setpgroup(attributes, 0);
    return failed;
}

int child_spawn(const char *program, const posix_spawn_file_actions_t *files, char *const *argv,
                char *const *environment, pid_t *ret_pid)
{
    posix_spawnattr_t attributes;
    int failed = posix_spawnattr_init(&attributes);
    if (failed) return failed;
    failed = attributes_set(&attributes);
    if (!failed) failed = posix_spawn(ret_pid, program, files, &attributes, argv, environment);
    posix_spawnattr_destroy(&attributes);
    return failed;
}
