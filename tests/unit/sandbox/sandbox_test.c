/* What a process can still do once it has entered the sandbox. Each story runs in a child of its own, as
 * there is no way back. */
#include "base/log.h"
#include "base/rnd.h"
#include "base/sandbox.h"
#include "tests/unit/check.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DONE = 40, REFUSED = 41, NO_SANDBOX = 42 };
#ifdef YQ_SANITIZED
enum { IS_INSTRUMENTED = 1 };
#else
enum { IS_INSTRUMENTED = 0 };
#endif

/* The status with which a child ends that enters the sandbox (with calls allowed too) and then acts. */
static int status_of(const char *const *calls, int (*act)(void))
{
    fflush(stdout);
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0) {
        struct sandbox_state state;
        if (sandbox_enter(calls, &state) != OK) _exit(NO_SANDBOX);
        if (!state.no_new_privileges || !state.seccomp) _exit(NO_SANDBOX);
        _exit(act());
    }
    int status;
    ASSERT(waitpid(pid, &status, 0) == pid);
    return status;
}

static bool is_killed(int (*act)(void))
{
    int status = status_of(NULL, act);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static int exit_of(const char *const *calls, int (*act)(void))
{
    int status = status_of(calls, act);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int act_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? REFUSED : DONE;
}
TEST(making_a_socket_ends_the_process)
{
    CHECK(is_killed(act_socket));
}

static int act_exec(void)
{
    char *const argv[] = {(char[]){"true"}, NULL}, *const env[] = {NULL};
    return execve("/bin/true", argv, env) < 0 ? REFUSED : DONE;
}
TEST(starting_a_program_ends_the_process)
{
    CHECK(is_killed(act_exec));
}

static int act_unlink(void)
{
    return unlinkat(AT_FDCWD, "/nonexistent/yunqiao", 0) < 0 ? REFUSED : DONE;
}
TEST(removing_a_file_ends_the_process)
{
    CHECK(is_killed(act_unlink));
}

static int act_bind(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    return bind(0, (struct sockaddr *)&any, sizeof any) < 0 ? REFUSED : DONE;
}
TEST(binding_a_port_ends_the_process)
{
    CHECK(is_killed(act_bind));
}

static int act_write_file(void)
{
    return open("/tmp/yunqiao-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? REFUSED : DONE;
}

/* The runtimes of sanitizers and of coverage need these calls, so that a build with them admits them. */
#if !defined(YQ_SANITIZED) && !defined(YQ_COVERED)
static int act_open(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? REFUSED : DONE;
}
TEST(opening_a_file_ends_the_process)
{
    CHECK(is_killed(act_open));
    CHECK(is_killed(act_write_file));
}

static int act_refusing(void)
{
    static const char *const calls[] = {"sched_getaffinity", NULL}, *const refused[] = {"open", "openat",
                                                                                        NULL};
    struct sandbox_state state;
    if (sandbox_enter_refusing(calls, refused, &state) != OK || !state.seccomp) return NO_SANDBOX;
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 || errno != EPERM) return 1;
    return act_socket();
}
TEST(a_call_that_is_refused_fails_and_any_other_still_ends_the_process)
{
    fflush(stdout);
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0) _exit(act_refusing());
    int status;
    ASSERT(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static int act_ptrace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? REFUSED : DONE;
}
TEST(tracing_ends_the_process)
{
    CHECK(is_killed(act_ptrace));
}

static int act_fork(void)
{
    return fork() < 0 ? REFUSED : DONE;
}
TEST(forking_ends_the_process)
{
    CHECK(is_killed(act_fork));
}

static int act_kill(void)
{
    return kill(getppid(), 0) < 0 ? REFUSED : DONE;
}
TEST(sending_a_signal_to_another_process_ends_the_process)
{
    CHECK(is_killed(act_kill));
}

static int act_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? REFUSED
                                                                                                     : DONE;
}
TEST(making_memory_executable_ends_the_process)
{
    CHECK(is_killed(act_code));
}

/* -- a process that works by a foreign library: it may read and have threads, and what it may not fails -- */

static void *thread_main(void *arg)
{
    *(int *)arg = 1;
    return NULL;
}

static int act_library(void)
{
    static const char *const readable[] = {"/usr", NULL};
    char *const argv[] = {(char[]){"true"}, NULL};
    struct sandbox_state state;
    pthread_t thread;
    int ran = 0;
    if (sandbox_enter_library(readable, &state) != OK || !state.seccomp) return NO_SANDBOX;
    if (pthread_create(&thread, NULL, thread_main, &ran) != 0 || pthread_join(thread, NULL) != 0 || !ran)
        return 1;
    if (open("/usr/bin/true", O_RDONLY | O_CLOEXEC) < 0) return 2;
    if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0) return 3;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) return 4;
    if (fork() >= 0 || errno != EPERM) return 5;
    if (act_code() != REFUSED) return 6;
    execv("/usr/bin/true", argv);
    return errno == EPERM ? DONE : 7;
}
TEST(a_process_of_a_foreign_library_reads_has_threads_and_nothing_else)
{
    fflush(stdout);
    if (IS_INSTRUMENTED) check_skip("a sanitizer's runtime needs more");
    pid_t pid = fork();
    ASSERT(pid >= 0);
    if (pid == 0) _exit(act_library());
    int status;
    ASSERT(waitpid(pid, &status, 0) == pid);
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status), DONE);
}

#ifdef __x86_64__
static int act_other_numbering(void)
{
    long n = 0x40000000 + SYS_getpid; /* x32 */
    __asm__ volatile("syscall" : "+a"(n) : : "rcx", "r11", "memory");
    return n < 0 ? REFUSED : DONE;
}
TEST(another_numbering_of_system_calls_is_no_way_around_the_list)
{
    CHECK(is_killed(act_other_numbering));
}
#endif
#endif

/* Landlock by itself: seccomp is told to let the calls through. */
TEST(no_file_can_be_written_even_where_open_is_allowed)
{
    if (sandbox_landlock_abi() == 0) check_skip("this kernel has no Landlock");
    static const char *const calls[] = {"open", "openat", NULL};
    CHECK_INT(exit_of(calls, act_write_file), REFUSED);
}

static int act_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(1)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return NO_SANDBOX;
    return connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno == EACCES ? REFUSED : DONE;
}
TEST(no_tcp_connection_goes_out_even_where_connect_is_allowed)
{
    if (sandbox_landlock_abi() < 4) check_skip("this kernel's Landlock knows no network rules");
    static const char *const calls[] = {"socket", "connect", NULL};
    CHECK_INT(exit_of(calls, act_connect), REFUSED);
}

static int act_work(void)
{
    struct pollfd nothing = {-1, 0, 0};
    uint8_t random[16];
    void *memory = mem_alloc(8 << 20);
    if (!memory) return REFUSED;
    memset(memory, 1, 8 << 20);
    mem_free(memory);
    rnd_bytes(random, sizeof random);
    (void)clock_now();
    (void)clock_tick();
    (void)poll(&nothing, 1, 0);
    int null = dup(0) < 0 ? -1 : 0; /* allowed below by name */
    log_info("sandbox", "still_at_work", LOG_I("null", null));
    return null == 0 ? DONE : REFUSED;
}
TEST(memory_time_randomness_the_log_and_calls_allowed_by_name_go_on)
{
    static const char *const calls[] = {"dup", NULL};
    CHECK_INT(exit_of(calls, act_work), DONE);
}

static int act_bug(void)
{
    ASSERT(getpid() == 0);
    return DONE;
}
TEST(a_failed_assertion_still_ends_as_one)
{
    CHECK_INT(exit_of(NULL, act_bug), -SIGABRT);
}

static int act_dump(void)
{
    struct rlimit core;
    if (syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &core) || core.rlim_max != 0) return REFUSED;
    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? DONE : REFUSED;
}
TEST(no_core_is_left_behind)
{
    static const char *const calls[] = {"prlimit64", "prctl", NULL};
    CHECK_INT(exit_of(calls, act_dump), DONE);
}

TEST(a_call_that_does_not_exist_is_refused_before_anything_is_closed_for_good)
{
    static const char *const calls[] = {"no_such_call", NULL};
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct sandbox_state state;
        enum err err = sandbox_enter(calls, &state);
        _exit(err == ERR_BAD_INPUT && socket(AF_UNIX, SOCK_DGRAM, 0) >= 0 ? DONE : REFUSED);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), DONE);
}
