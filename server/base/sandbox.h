/* sandbox: a process takes rights away from itself: no new privileges, no core dumps, Landlock (no file may
 * be opened, no TCP connected or bound beyond what it holds), seccomp (an allow-list; what is not on it ends
 * the process with SIGSYS). Called once, late in start-up, by the only thread. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct sandbox_state {
    bool no_new_privileges;
    int landlock_abi; /* 0: the kernel has none */
    bool seccomp;
};

/* Where the kernel lacks Landlock or seccomp, it enters without and says so in *ret_state; the caller warns.
 * Builds under a sanitizer or for coverage let their runtimes do what they must (read files, look for leaks),
 * and are not for serving. calls: NULL-ended names of system calls allowed beyond the common floor (read,
 * write, mmap, futex, clock_gettime …). */
enum err sandbox_enter(const char *const *calls, struct sandbox_state *ret_state) MUST_USE;
/* The same, but these calls (NULL-ended) fail with EPERM and do not end the process: for foreign code that asks what it need not know, as
 * how many processors there are. */
enum err sandbox_enter_refusing(const char *const *calls, const char *const *refused,
                                struct sandbox_state *ret_state) MUST_USE;
/* For a small process that is about to become a foreign program (execve): what lies below these folders (NULL-ended; absent ones are
 * passed over) may be read and run, nothing else opened by name, nothing made, no socket, no other process. What is not on the list
 * of calls fails with EPERM and does not end it: a foreign program asks for more than it needs. */
enum err sandbox_enter_program(const char *const *readable, struct sandbox_state *ret_state) MUST_USE;
/* For a small process of ours that works by a foreign library: these may be read, as above; threads, but no other process and no other
 * program. What is not on its list fails with EPERM. */
enum err sandbox_enter_library(const char *const *readable, struct sandbox_state *ret_state) MUST_USE;
/* For a process that speaks with the outside: these files and folders may be read, TCP connected to these ports alone (0-ended; kernels
 * before Landlock 4 let all), sockets of IP made; no file written or made, no other process. What is not on its list fails with EPERM. */
enum err sandbox_enter_outward(const char *const *readable, const uint16_t *ports,
                               struct sandbox_state *ret_state) MUST_USE;
/* The Landlock version that the kernel offers; 0: none. */
int sandbox_landlock_abi(void);
/* Not dumpable, no core file: for every process that holds keys (rule 31). */
enum err sandbox_no_dump(void) MUST_USE;

#endif
