#include "app/workers.h"
#include "base/child.h"
#include "link/chan.h"
#include "link/ring.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINK_FD = 3 };

/* What the sanitizers' runtimes are told reaches the worker too; a served build has none of it, and an empty
 * environment. */
static char **environment(char *ret_env[5])
{
    int n = 0;
#if defined(YQ_SANITIZED) || defined(YQ_COVERED)
    static const char *const passed[] = {"ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS="};
    for (char **e = environ; *e; e++)
        for (size_t i = 0; i < COUNT_OF(passed) && n < 4; i++)
            if (strncmp(*e, passed[i], strlen(passed[i])) == 0) ret_env[n++] = *e;
#endif
    ret_env[n] = NULL;
    return ret_env;
}

static int files_set(posix_spawn_file_actions_t *files, int link_fd)
{
    int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, 0, 1);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, link_fd, LINK_FD);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(files, LINK_FD + 1);
    return failed;
}

static int program_start(const char *program, int index, int link_fd, pid_t *ret_pid)
{
    char index_text[12], parent_text[12], *env[5];
    snprintf(index_text, sizeof index_text, "%d", index);
    snprintf(parent_text, sizeof parent_text, "%d", getpid());
    char *const argv[] = {
        (char[]){"yunqiao-media"}, (char[]){"--link-fd"}, (char[]){"3"}, (char[]){"--index"}, index_text,
        (char[]){"--parent"},      parent_text,           NULL};
    posix_spawn_file_actions_t files;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = files_set(&files, link_fd);
    if (!failed) failed = child_spawn(program, &files, argv, environment(env), ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

static enum err spawn(void *context, int index, struct worker_process *ret_process)
{
    struct worker_process p;
    int fds[2];
    enum err err = chan_pair(fds);
    if (err != OK) return err;
    int failed = program_start(context, index, fds[1], &p.pid);
    close(fds[1]);
    if (failed) {
        close(fds[0]);
        return failed == ENOENT ? ERR_NOT_FOUND : err_from_errno(failed);
    }
    p.link_fd = fds[0];
    p.exit_fd = pidfd_open(p.pid, 0); /* -1 on kernels before 5.3: then it is looked after by the clock */
    *ret_process = p;
    return OK;
}

/* -- its codec child: the rings' memory on 3, its bell on 4, the worker's on 5 -- */

enum { CODEC_FDS = LINK_CODEC_PARTS - 1, CODEC_FDS_FROM = LINK_CODEC_PARTS + 16 };

static int codec_files_set(posix_spawn_file_actions_t *files, const int fds[CODEC_FDS])
{
    int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDWR, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, 0, 1);
    for (int i = 0; i < CODEC_FDS && !failed; i++)
        failed = posix_spawn_file_actions_adddup2(files, fds[i], LINK_FD + i);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(files, LINK_FD + CODEC_FDS);
    return failed;
}

static int codec_start(const int fds[CODEC_FDS], pid_t *ret_pid)
{
    char program[PATH_MAX], parent_text[12], *env[5];
    snprintf(parent_text, sizeof parent_text, "%d", getpid());
    char *const argv[] = {(char[]){"yunqiao-codec"}, (char[]){"--parent"}, parent_text, NULL};
    posix_spawn_file_actions_t files;
    if (workers_program_beside("yunqiao-codec", program, sizeof program) != OK) return ENOENT;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = codec_files_set(&files, fds);
    if (!failed) failed = child_spawn(program, &files, argv, environment(env), ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* Numbers above those that the child has, so that none of them is overwritten on the way. */
static bool lift(int *fd)
{
    int higher = *fd < 0 ? -1 : fcntl(*fd, F_DUPFD_CLOEXEC, CODEC_FDS_FROM);
    if (*fd >= 0) close(*fd);
    *fd = higher;
    return higher >= 0;
}

static enum err spawn_codec(void *context, int index, struct codec_process *ret_process)
{
    struct codec_process p = {.exit_fd = -1};
    enum err err = ring_memory(&p.fds[0]);
    (void)context;
    (void)index;
    if (err) return err;
    p.fds[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    p.fds[2] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool has_all = true;
    for (int i = 0; i < CODEC_FDS; i++)
        has_all &= lift(&p.fds[i]);
    int failed = has_all ? codec_start(p.fds, &p.pid) : EMFILE;
    if (failed) {
        for (int i = 0; i < CODEC_FDS; i++)
            if (p.fds[i] >= 0) close(p.fds[i]);
        return failed == ENOENT ? ERR_NOT_FOUND : err_from_errno(failed);
    }
    p.exit_fd = pidfd_open(p.pid, 0);
    *ret_process = p;
    return OK;
}

static void kill_hard(void *context, pid_t pid)
{
    (void)context;
    (void)kill(pid, SIGKILL);
}

static bool reap(void *context, pid_t pid, int *ret_status)
{
    (void)context;
    pid_t got;
    do
        got = waitpid(pid, ret_status, WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got < 0) *ret_status = 0; /* somebody else has reaped it: it is gone all the same */
    return got != 0;
}

struct workers_spawner workers_spawner(const char *program)
{
    return (struct workers_spawner){spawn, spawn_codec, kill_hard, reap, (void *)(uintptr_t)program};
}

enum err workers_program_beside(const char *name, char *ret_path, size_t path_bytes)
{
    char own[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own);
    if (n < 0) return err_from_errno(errno);
    if ((size_t)n >= sizeof own) return ERR_LIMIT;
    own[n] = 0;
    char *slash = strrchr(own, '/');
    if (!slash) return ERR_IO;
    int bytes = snprintf(ret_path, path_bytes, "%.*s/%s", (int)(slash - own), own, name);
    return bytes < 0 || (size_t)bytes >= path_bytes ? ERR_LIMIT : OK;
}
