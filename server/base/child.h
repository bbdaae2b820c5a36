/* child: starts a program of ours. Any thread. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H
#include <spawn.h>

/* In a group of its own and with signals as a fresh process has them: Ctrl-C at a terminal, and what else is sent to the server's
 * group, reaches the server alone. 0, or an errno as posix_spawn (POSIX.1-2008) gives it. The files stay the caller's. */
int child_spawn(const char *program, const posix_spawn_file_actions_t *files, char *const *argv,
                char *const *environment, pid_t *ret_pid);

#endif
