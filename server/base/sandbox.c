#include "base/sandbox.h"
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(YQ_SANITIZED) || defined(YQ_COVERED)
enum { IS_INSTRUMENTED = 1 };
#else
enum { IS_INSTRUMENTED = 0 };
#endif

/* Landlock's interface from the kernel's documentation (userspace-api/landlock), not from <linux/landlock.h>:
 * Debian 12 ships the header of ABI 1, the kernels it meets know more. The struct grew; the size given tells
 * the kernel how much of it we fill. */
struct landlock_ruleset {
    uint64_t handled_fs;
    uint64_t handled_net; /* since ABI 4 */
    uint64_t scoped;      /* since ABI 6 */
};
enum {
    LANDLOCK_ASK_VERSION = 1,
    LANDLOCK_PATH_BENEATH = 1,
    LANDLOCK_NET_PORT = 2,
    LANDLOCK_NET_CONNECT_TCP = 1 << 1,
    LANDLOCK_FS_EXECUTE = 1 << 0,
    LANDLOCK_FS_READ_FILE = 1 << 2,
    LANDLOCK_FS_READ_DIR = 1 << 3,
};

/* Every right that an ABI can take away; no rule gives any back, so that nothing is left of it. */
static struct landlock_ruleset landlock_all(int abi)
{
    struct landlock_ruleset r = {.handled_fs = (1 << 13) - 1};
    if (abi >= 2) r.handled_fs |= 1 << 13; /* refer: link or rename across folders */
    if (abi >= 3) r.handled_fs |= 1 << 14; /* truncate */
    if (abi >= 4) r.handled_net = 3;       /* bind and connect TCP */
    if (abi >= 5) r.handled_fs |= 1 << 15; /* ioctl on devices */
    if (abi >= 6) r.scoped = 3;            /* abstract unix sockets and signals of others */
    return r;
}

static size_t landlock_bytes(int abi)
{
    if (abi >= 6) return sizeof(struct landlock_ruleset);
    return abi >= 4 ? offsetof(struct landlock_ruleset, scoped)
                    : offsetof(struct landlock_ruleset, handled_net);
}

int sandbox_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

/* What may be done below a folder all the same. */
static enum err landlock_leave(int ruleset, const char *below, uint64_t access)
{
    struct {
        uint64_t access;
        int32_t parent_fd;
    } __attribute__((packed)) rule = {access, -1};
    rule.parent_fd = open(below, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) return errno == ENOENT ? OK : ERR_IO;
    struct stat st;
    if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.access &= ~(uint64_t)LANDLOCK_FS_READ_DIR;
    long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return failed ? ERR_IO : OK;
}

static enum err landlock_leave_port(int ruleset, uint16_t port)
{
    struct {
        uint64_t access, port;
    } rule = {LANDLOCK_NET_CONNECT_TCP, port};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_NET_PORT, &rule, 0) ? ERR_IO : OK;
}

/* Programs may be run from what is readable (no execve is let through where none is meant to be), unless it is for one that goes out: ports, 0-ended, or NULL. ret_abi stays 0 where the kernel
 * has no Landlock. */
static enum err landlock_enter(const char *const *readable, const uint16_t *ports, int *ret_abi)
{
    int abi = sandbox_landlock_abi();
    if (abi < 1) return OK;
    struct landlock_ruleset r = landlock_all(abi);
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, landlock_bytes(abi), 0);
    if (ruleset < 0) return err_from_errno(errno);
    enum { READING = LANDLOCK_FS_READ_FILE | LANDLOCK_FS_READ_DIR };
    /* LeakSanitizer reads /proc, and reports want the program's own file: reading stays free, writing does not. */
    enum err err = IS_INSTRUMENTED && (!readable || ports) ? landlock_leave(ruleset, "/", READING) : OK;
    for (; readable && *readable && err == OK; readable++)
        err = landlock_leave(ruleset, *readable, ports ? READING : READING | LANDLOCK_FS_EXECUTE);
    for (; abi >= 4 && ports && *ports && err == OK; ports++)
        err = landlock_leave_port(ruleset, *ports);
    if (err == OK && syscall(SYS_landlock_restrict_self, ruleset, 0)) err = err_from_errno(errno);
    close(ruleset);
    if (err == OK) *ret_abi = abi;
    return err;
}

/* What any process of ours does once it is at work: memory without execution, time, waiting, bytes through
 * descriptors it holds, and ending. */
static const char *const floor_calls[] = {"brk",
                                          "clock_gettime",
                                          "clock_nanosleep",
                                          "close",
                                          "epoll_ctl",
                                          "epoll_pwait",
                                          "epoll_wait",
                                          "exit",
                                          "exit_group",
                                          "fcntl",
                                          "fstat",
                                          "futex",
                                          "getpid",
                                          "getppid",
                                          "getrandom",
                                          "getrusage",
                                          "gettid",
                                          "gettimeofday",
                                          "lseek",
                                          "madvise",
                                          "mremap",
                                          "munmap",
                                          "nanosleep",
                                          "poll",
                                          "ppoll",
                                          "pread64",
                                          "pwrite64",
                                          "read",
                                          "readv",
                                          "recvfrom",
                                          "recvmmsg",
                                          "recvmsg",
                                          "restart_syscall",
                                          "rt_sigaction",
                                          "rt_sigprocmask",
                                          "rt_sigreturn",
                                          "sched_yield",
                                          "sendmmsg",
                                          "sendmsg",
                                          "sendto",
                                          "sigaltstack",
                                          "time",
                                          "uname",
                                          "write",
                                          "writev",
                                          NULL};

/* The runtimes of ASan, LSan, UBSan, TSan and gcov: they read /proc, start helper threads, stop the others to
 * look for leaks, and write what they counted. Landlock above still refuses them any file to write (but for
 * coverage). */
static const char *const runtime_calls[] = {"access",
                                            "arch_prctl",
                                            "clone",
                                            "clone3",
                                            "fdatasync",
                                            "flock",
                                            "ftruncate",
                                            "getdents",
                                            "getdents64",
                                            "getcwd",
                                            "getgid",
                                            "getuid",
                                            "geteuid",
                                            "getegid",
                                            "ioctl",
                                            "kill",
                                            "lstat",
                                            "membarrier",
                                            "mkdir",
                                            "mmap",
                                            "mprotect",
                                            "newfstatat",
                                            "open",
                                            "openat",
                                            "personality",
                                            "pipe",
                                            "pipe2",
                                            "prctl",
                                            "prlimit64",
                                            "process_vm_readv",
                                            "ptrace",
                                            "readlink",
                                            "readlinkat",
                                            "rseq",
                                            "sched_getaffinity",
                                            "set_robust_list",
                                            "set_tid_address",
                                            "stat",
                                            "sysinfo",
                                            "tgkill",
                                            "unlink",
                                            "wait4",
                                            NULL};

static enum err rule(scmp_filter_ctx filter, uint32_t action, const char *const *names)
{
    for (; names && *names; names++) {
        int call = seccomp_syscall_resolve_name(*names);
        if (call == __NR_SCMP_ERROR) return ERR_BAD_INPUT;
        int failed = seccomp_rule_add(filter, action, call, 0);
        if (failed) return failed == -ENOMEM ? ERR_NOMEM : ERR_IO;
    }
    return OK;
}

static enum err allow(scmp_filter_ctx filter, const char *const *names)
{
    return rule(filter, SCMP_ACT_ALLOW, names);
}

/* Calls that are harmless only with some arguments: memory may not become code (PROT_EXEC), a signal may go
 * to ourselves (abort). */
static enum err allow_some(scmp_filter_ctx filter)
{
    enum { PROT_EXEC_BIT = 4 };
    uint32_t own = (uint32_t)getpid();
    int failed = 0;
#define ADD(...)                                                                                             \
    if (!failed) failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, __VA_ARGS__)
    ADD(SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC_BIT, 0));
    ADD(SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC_BIT, 0));
    ADD(SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, own));
#undef ADD
    return failed == 0 ? OK : failed == -ENOMEM ? ERR_NOMEM : ERR_IO;
}

/* Of IP, and the kernel's own word on which addresses this machine has (NETLINK_ROUTE), which finding a name asks for. */
static enum err allow_sockets(scmp_filter_ctx filter)
{
    enum { INET = 2, INET6 = 10, NETLINK = 16, FAMILIES = 3 };
    static const uint64_t families[FAMILIES] = {INET, INET6, NETLINK};
    int failed = 0;
    for (int i = 0; i < FAMILIES && !failed; i++)
        failed =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, families[i]));
    return failed == 0 ? OK : failed == -ENOMEM ? ERR_NOMEM : ERR_IO;
}

/* Reading what Landlock leaves, as a dynamic loader, a C++ runtime and libraries do. No socket, no other process. */
static const char *const reading_calls[] = {"access",
                                            "arch_prctl",
                                            "dup",
                                            "dup2",
                                            "faccessat",
                                            "faccessat2",
                                            "fstatfs",
                                            "ftruncate",
                                            "getcwd",
                                            "getdents64",
                                            "getegid",
                                            "geteuid",
                                            "getgid",
                                            "getuid",
                                            "ioctl",
                                            "lstat",
                                            "newfstatat",
                                            "open",
                                            "openat",
                                            "prlimit64",
                                            "readlink",
                                            "readlinkat",
                                            "rseq",
                                            "set_robust_list",
                                            "set_tid_address",
                                            "stat",
                                            "statfs",
                                            "statx",
                                            "sysinfo",
                                            "umask",
                                            "sched_getaffinity",
                                            "membarrier",
                                            NULL};
/* A foreign program's code comes into memory after the box is shut. */
static const char *const program_calls[] = {"execve", "mmap", "mprotect", "tgkill", NULL};
static const char *const library_calls[] = {NULL};

/* Finding a name and speaking with who has it. No listening, no clone, no file but to read. */
static const char *const outward_calls[] = {
    "access",     "alarm",       "bind",        "connect",         "fdatasync",
    "geteuid",    "getpeername", "getsockname", "getsockopt",      "getuid",
    "ioctl",      "newfstatat",  "open",        "openat",          "pselect6",
    "readlink",   "rseq",        "select",      "set_robust_list", "set_tid_address",
    "setsockopt", "shutdown",    "socketpair",  "statx",           "sysinfo",
    "tgkill",     "eventfd2",    NULL};

/* Threads and no processes. What clone3 asks for stands in memory, where no filter sees it: the C library takes clone when there is none. */
static enum err allow_threads(scmp_filter_ctx filter)
{
    enum { THREAD = 0x10000 }; /* CLONE_THREAD */
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD, THREAD));
    if (!failed) failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return failed == 0 ? OK : failed == -ENOMEM ? ERR_NOMEM : ERR_IO;
}

static bool seccomp_is_known(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

static enum err seccomp_enter(const char *const *calls, const char *const *refused, uint32_t otherwise,
                              bool *ret_is_on)
{
    if (!seccomp_is_known()) return OK;
    scmp_filter_ctx filter = seccomp_init(otherwise);
    if (!filter) return ERR_NOMEM;
    enum err err = OK;
    /* Another architecture's numbering (i386, x32) would walk around the list. */
    if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) ||
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) ||
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2))
        err = ERR_IO;
    if (err == OK) err = allow(filter, floor_calls);
    if (err == OK) err = allow(filter, calls);
    if (err == OK && (calls == program_calls || calls == library_calls)) err = allow(filter, reading_calls);
    if (err == OK && calls == library_calls && !IS_INSTRUMENTED) err = allow_threads(filter);
    if (err == OK && calls != program_calls)
        err = IS_INSTRUMENTED ? allow(filter, runtime_calls) : allow_some(filter);
    if (err == OK && calls == outward_calls) err = allow_sockets(filter);
    if (err == OK && !IS_INSTRUMENTED) err = rule(filter, SCMP_ACT_ERRNO(EPERM), refused);
    if (err == OK && seccomp_load(filter)) err = ERR_IO;
    seccomp_release(filter);
    if (err == OK) *ret_is_on = true;
    return err;
}

enum err sandbox_no_dump(void)
{
    struct rlimit none = {0, 0};
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || setrlimit(RLIMIT_CORE, &none)) return err_from_errno(errno);
    return OK;
}

/* otherwise: what becomes of a call that is on no list. */
static enum err enter(const char *const *readable, const uint16_t *ports, const char *const *calls,
                      const char *const *refused, uint32_t otherwise, struct sandbox_state *ret_state)
{
    struct sandbox_state state = {0};
    enum err err = sandbox_no_dump();
    if (err != OK) return err;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return err_from_errno(errno);
    state.no_new_privileges = true;
    err = landlock_enter(readable, ports, &state.landlock_abi);
    if (err == OK) err = seccomp_enter(calls, refused, otherwise, &state.seccomp);
    if (err == OK) *ret_state = state;
    return err;
}

enum err sandbox_enter(const char *const *calls, struct sandbox_state *ret_state)
{
    return enter(NULL, NULL, calls, NULL, SCMP_ACT_KILL_PROCESS, ret_state);
}

enum err sandbox_enter_refusing(const char *const *calls, const char *const *refused,
                                struct sandbox_state *ret_state)
{
    return enter(NULL, NULL, calls, refused, SCMP_ACT_KILL_PROCESS, ret_state);
}

enum err sandbox_enter_program(const char *const *readable, struct sandbox_state *ret_state)
{
    return enter(readable, NULL, program_calls, NULL, SCMP_ACT_ERRNO(EPERM), ret_state);
}

enum err sandbox_enter_library(const char *const *readable, struct sandbox_state *ret_state)
{
    return enter(readable, NULL, library_calls, NULL, SCMP_ACT_ERRNO(EPERM), ret_state);
}

enum err sandbox_enter_outward(const char *const *readable, const uint16_t *ports,
                               struct sandbox_state *ret_state)
{
    return enter(readable, ports, outward_calls, NULL, SCMP_ACT_ERRNO(EPERM), ret_state);
}
