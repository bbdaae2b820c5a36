#include "base/ask.h"
#include "base/child.h"
#include "base/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static enum err write_all(int fd, struct str bytes)
{
    while (bytes.bytes > 0) {
        ssize_t n = write(fd, bytes.at, bytes.bytes);
        if (n < 0) return err_from_errno(errno);
        bytes.at += n, bytes.bytes -= (size_t)n;
    }
    return OK;
}

enum err ask_memory(const char *name, struct str bytes, int *ret_fd)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    enum err err = write_all(fd, bytes);
    if (!err && lseek(fd, 0, SEEK_SET) != 0) err = ERR_IO;
    if (err)
        close(fd);
    else
        *ret_fd = fd;
    return err;
}

enum err ask_take(int fd, struct buf *to)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return err_from_errno(errno);
    size_t bytes = (size_t)st.st_size, got = 0;
    char *at = buf_reserve(to, bytes);
    if (!at) return to->err;
    while (got < bytes) {
        ssize_t n = pread(fd, at + got, bytes - got, (off_t)got);
        if (n <= 0) return n < 0 ? err_from_errno(errno) : ERR_CORRUPT;
        got += (size_t)n;
    }
    to->bytes += bytes;
    return OK;
}

static int files_set(posix_spawn_file_actions_t *files, int in, int out)
{
    int failed = posix_spawn_file_actions_addopen(files, 2, "/dev/null", O_WRONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, in, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(files, out, 1);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(files, 3);
    return failed;
}

static int start(const char *program, char *const *argv, int in, int out, pid_t *ret_pid)
{
    static char *const environment[] = {NULL};
    posix_spawn_file_actions_t files;
    int failed = posix_spawn_file_actions_init(&files);
    if (failed) return failed;
    failed = files_set(&files, in, out);
    if (!failed) failed = child_spawn(program, &files, argv, environment, ret_pid);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

static enum err wait_for(pid_t pid, int wait_ms, int *ret_status)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t end_us = clock_tick_us() + wait_ms * 1000LL;
    bool is_late = false;
    while (fd >= 0) {
        int64_t left_ms = (end_us - clock_tick_us()) / 1000;
        int n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
        is_late = n == 0;
        if (n != -1 || errno != EINTR) break;
    }
    if (fd < 0 || is_late) kill(pid, SIGKILL);
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        ;
    if (fd < 0) return ERR_UNSUPPORTED;
    close(fd);
    return is_late ? ERR_TIMEOUT : OK;
}

enum err ask_program(const char *program, char *const *argv, int question, int wait_ms, int *ret_out,
                     int *ret_status)
{
    int out = memfd_create("answer", MFD_CLOEXEC), status = 0;
    pid_t pid;
    if (out < 0) return err_from_errno(errno);
    int failed = start(program, argv, question, out, &pid);
    enum err err = failed == ENOENT ? ERR_NOT_FOUND
                   : failed         ? err_from_errno(failed)
                                    : wait_for(pid, wait_ms, &status);
    if (err)
        close(out);
    else
        *ret_out = out, *ret_status = status;
    return err;
}
